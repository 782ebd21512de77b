"""The triangles of a body scan's file that came from outside: GLB, OBJ or PLY, told apart by content.

At most 20 MiB, 200,000 triangles and 400,000 vertices; counts are looked at before anything is decoded. Nothing beside
the file is opened: materials and pictures are left out, a GLB with URIs is refused. OBJ and PLY are read by trimesh,
which may fail on hostile files in any way: call this where time and memory are limited.
"""

from __future__ import annotations

import io
import re
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import GarmentRejected, MeasurementRejected
from pipelines.garment.glb import MAX_BYTES, MAX_TRIANGLES, MAX_VERTICES, read_surface

Kind: TypeAlias = Literal["glb", "obj", "ply"]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FARTHEST = 1e5  # in the file's unit: some metres in millimetres
HEAD_BYTES = 65_536
OBJ_LINE = re.compile(rb"^(?:#|v |vn |vt |g |o |s |mtllib |usemtl )")
PLY_ELEMENT = re.compile(rb"^element\s+(\w+)\s+(-?\d+)\s*$", re.MULTILINE)
PLY_MOST = {b"face": MAX_TRIANGLES, b"vertex": MAX_VERTICES}


def kind_of(data: bytes) -> Kind | None:
    """Return what a file is, None for none of these."""
    if data[:4] == b"glTF":
        return "glb"
    if data[:4] in (b"ply\n", b"ply\r"):
        return "ply"
    lines = [line.strip() for line in data[:HEAD_BYTES].splitlines()[:50] if line.strip()]
    return "obj" if lines and all(OBJ_LINE.match(line + b" ") for line in lines[:-1] or lines) else None


def read_mesh(data: bytes) -> tuple[F64, I64]:
    """Return vertices (V, 3) and triangles (F, 3) of a scan.  Raises MeasurementRejected."""
    if len(data) > MAX_BYTES:
        raise _refused(f"{len(data) / 2**20:.0f} MiB, {MAX_BYTES // 2**20} are the most")
    kind = kind_of(data)
    if kind == "glb":
        try:
            points, faces = read_surface(data, FARTHEST)
        except GarmentRejected as error:
            raise _refused(str(error).removeprefix("GLB: ")) from None
        return points.astype(np.float64), faces.astype(np.int64)
    if kind is None:
        raise _refused("not a GLB, OBJ or PLY file")
    _check_obj(data) if kind == "obj" else _check_ply(data)
    return _by_trimesh(data, kind)


def _check_obj(data: bytes) -> None:
    for start, most, what in ((b"f ", MAX_TRIANGLES, "triangles"), (b"v ", MAX_VERTICES, "vertices")):
        count = data.count(b"\n" + start) + data.startswith(start)
        if count > most:
            raise _too_many(count, most, what)


def _check_ply(data: bytes) -> None:
    end = data[:HEAD_BYTES].find(b"end_header")
    if end < 0:
        raise _refused("the header of the PLY is cut off")
    counts = {name: int(count) for name, count in PLY_ELEMENT.findall(data[:end])}
    if not set(counts) >= set(PLY_MOST):
        raise _refused("a PLY without vertices or faces")
    for name, count in counts.items():
        most = PLY_MOST.get(name, MAX_VERTICES)
        if not 0 <= count <= most:
            raise _too_many(count, most, name.decode())


def _by_trimesh(data: bytes, kind: Kind) -> tuple[F64, I64]:
    import trimesh

    options: dict[str, Any] = {"skip_materials": True} if kind == "obj" else {}
    try:
        loaded = trimesh.load_mesh(io.BytesIO(data), file_type=kind, process=False, **options)
        points, faces = np.asarray(loaded.vertices, np.float64), np.asarray(loaded.faces, np.int64)
    except Exception as error:  # whatever a parser of strangers' files fails with
        raise _refused(f"the {kind.upper()} is damaged or cut off ({type(error).__name__})") from None
    if len(faces) > MAX_TRIANGLES:
        raise _too_many(len(faces), MAX_TRIANGLES, "triangles")
    if not len(faces):
        raise _refused("no triangles")
    return points, faces


def _too_many(count: int, most: int, what: str) -> MeasurementRejected:
    return _refused(f"{count} {what}, {most} are the most; make the scan coarser")


def _refused(why: str) -> MeasurementRejected:
    return MeasurementRejected(f"scan: {why}", "scan", "file")
