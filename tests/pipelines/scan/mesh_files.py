"""Body scans as files, good ones and hostile ones."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.body.model import load_body_model

JUDGES = Path(__file__).parents[2] / "data" / "judge_bodies.npz"


def standing() -> tuple[np.ndarray, np.ndarray]:
    """A judging body: vertices (V, 3) metres, triangles (F, 3)."""
    model = load_body_model()
    with np.load(JUDGES) as file:
        rest = file["rest_m"][0].astype(np.float64)
    faces = model.body.faces[: model.skin_faces].astype(np.int64)
    used, local = np.unique(faces, return_inverse=True)
    return rest[used], local.reshape(-1, 3)


def glb(points: np.ndarray, faces: np.ndarray, **changes: Any) -> bytes:
    """The mesh as GLB; `changes` replace top-level fields."""
    chunks = [faces.astype(np.uint32).tobytes(), points.astype(np.float32).tobytes()]
    fields: dict[str, Any] = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 1}, "indices": 0}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5125, "count": int(faces.size), "type": "SCALAR"},
            {"bufferView": 1, "componentType": 5126, "count": len(points), "type": "VEC3"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(chunks[0])},
            {"buffer": 0, "byteOffset": len(chunks[0]), "byteLength": len(chunks[1])},
        ],
        "buffers": [{"byteLength": len(chunks[0]) + len(chunks[1])}],
    } | changes  # fmt: skip
    binary = b"".join(chunks)
    text = json.dumps(fields).encode()
    text += b" " * (-len(text) % 4)
    length = 28 + len(text) + len(binary)
    head = struct.pack("<4sIIII", b"glTF", 2, length, len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def obj(
    points: np.ndarray, faces: np.ndarray, head: str = "# a scan\nmtllib ../../etc/passwd.mtl\nusemtl skin\n"
) -> bytes:
    """The mesh as OBJ, in centimetres."""
    lines = [f"v {x:.3f} {y:.3f} {z:.3f}" for x, y, z in 100 * points]
    lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in faces + 1]
    return (head + "\n".join(lines) + "\n").encode()


def ply(points: np.ndarray, faces: np.ndarray, vertices: int | None = None, triangles: int | None = None) -> bytes:
    """The mesh as binary PLY, in millimetres; the header may say other counts."""
    head = (
        "ply\nformat binary_little_endian 1.0\ncomment TextureFile ../../secret.png\n"
        f"element vertex {len(points) if vertices is None else vertices}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces) if triangles is None else triangles}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    rows = np.zeros(len(faces), np.dtype([("n", "u1"), ("i", "<i4", 3)]))
    rows["n"], rows["i"] = 3, faces
    return head.encode() + (1000 * points).astype("<f4").tobytes() + rows.tobytes()


def hostile() -> dict[str, bytes]:
    """Files that must be refused, by what is wrong with them."""
    points, faces = standing()
    good = glb(points, faces)
    far = [{"bufferView": 0, "componentType": 5125, "count": 10**9, "type": "SCALAR"}]
    return {
        "glb cut off": good[: len(good) // 2],
        "glb of a billion": glb(points, faces, accessors=far * 2),
        "glb with a URI": glb(points, faces, buffers=[{"byteLength": 10, "uri": "file:///etc/passwd"}]),
        "glb of not numbers": glb(points * np.nan, faces),
        "glb with wrong indices": glb(points, faces + len(points)),
        "glb whose nodes are a cycle": glb(points, faces, nodes=[{"mesh": 0, "children": [0]}]),
        "glb of nothing": b"glTF" + bytes(16),
        "obj of not numbers": obj(points, faces).replace(b"v 1", b"v nan"),
        "obj with wrong indices": obj(points, faces) + b"f 1 2 99999999\nf -9 -99999999 4\n",
        "obj cut off": obj(points, faces)[:30_000],
        "obj without faces": obj(points, faces[:0]),
        "obj of too many faces": b"v 0 0 0\nv 0 1 0\nv 1 0 0\n" + b"f 1 2 3\n" * 200_001,
        "ply of a billion vertices": ply(points, faces, vertices=10**9),
        "ply of a billion faces": ply(points, faces, triangles=10**9),
        "ply of less than nothing": ply(points, faces, triangles=-5),
        "ply that has less than it says": ply(points, faces, triangles=len(faces) + 1000),
        "ply cut off": ply(points, faces)[:-5000],
        "ply without an end": b"ply\nformat ascii 1.0\nelement vertex 3\n" + b"comment x\n" * 9000,
    }
