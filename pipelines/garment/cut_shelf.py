"""Cuts on the shelf: a garment's pattern is the same for every body and size, and cutting it takes a tenth of a second.

A file holds the arrays of one cut and is named after everything that it depends on: the template, the body's model and
the sources of this folder. It is read at once and not unpacked: numpy's own files, of one array after the other, cost a
tenth of a garment's time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.body.model import BodyModel
from pipelines.garment import patterns, shelf
from pipelines.garment.cut import Cut
from pipelines.garment.mesh import Net, Sheet
from pipelines.garment.patterns import Cutter, Template
from pipelines.garment.worn import Followers

Arrays: TypeAlias = dict[str, NDArray[Any]]

_OWN = ("limb", "armhole", "faces", "uv", "skin_index", "skin_weight", "arm_weight")  # arrays of a cut
_STEP = 16  # bytes: where arrays begin
_SPARSE = ("data", "indices", "indptr", "shape")


def shelved_cuts(folder: Path) -> Cutter:
    """Return a `patterns.cut` that keeps what it cut in `folder`; where that cannot be written it cuts every time."""

    @functools.lru_cache(64)
    def cut(model: BodyModel, template: Template) -> Cut:
        name = hashlib.sha256(shelf.sources() + _digest(model) + template.model_dump_json().encode()).hexdigest()
        path = folder / f"{name[:32]}.cut"
        kept = _taken(path)
        if kept is None:
            kept = patterns.cut(model, template)
            with contextlib.suppress(OSError):
                shelf.put(path, *_packed(arrays_of(kept)))
        return kept

    return cut


def _taken(path: Path) -> Cut | None:
    """Return the cut in a file; None where there is none, or it is not whole."""
    try:
        kept = cut_of(_unpacked(np.fromfile(path, np.uint8)))
        shelf.touch(path)
    except (OSError, TypeError, ValueError, KeyError):
        return None
    return kept


def _packed(arrays: Arrays) -> list[memoryview]:
    """Return the parts of a file of `arrays`: how long the list of them is, that list, and what they hold."""
    parts, told, end = [], [], 0
    for name, own in arrays.items():
        told.append([name, own.dtype.str, own.shape, end])
        held = own.tobytes()
        held += bytes(-len(held) % _STEP)
        parts.append(memoryview(held))
        end += len(held)
    words = json.dumps([told, end]).encode()
    words += b" " * (-len(words) % _STEP)
    return [memoryview(len(words).to_bytes(_STEP, "little")), memoryview(words), *parts]


def _unpacked(raw: NDArray[np.uint8]) -> Arrays:
    """Return the arrays in a file.  Raises ValueError or TypeError of another, or of half of one."""
    begin = _STEP + int.from_bytes(raw[:_STEP].tobytes(), "little")
    told, length = json.loads(raw[_STEP:begin].tobytes())
    held = raw[begin:]
    if len(held) != length:
        raise ValueError(f"{len(held)} bytes, must be {length}")
    arrays: Arrays = {}
    for name, kind, shape, at in told:
        dtype = np.dtype(kind)
        size = dtype.itemsize * math.prod(shape)
        arrays[name] = held[at : at + size].view(dtype).reshape(shape)
    return arrays


@functools.lru_cache(2)
def _digest(model: BodyModel) -> bytes:
    """Return a digest of what a cut takes from `model`."""
    digest = hashlib.sha256(repr((model.tights.vertices, model.skirt.vertices, model.bone_names)).encode())
    templates = (model.tights.faces, model.skirt.faces)
    for own in (*templates, model.mean_m, model.skin_index, model.skin_weight, model.joint_index, model.joint_weight):
        digest.update(np.ascontiguousarray(own).data)
    return digest.digest()


def arrays_of(cut: Cut) -> Arrays:
    """Return everything in `cut` as named arrays."""
    arrays: Arrays = {name: getattr(cut, name) for name in _OWN}
    arrays |= {"kind": np.array(cut.kind), "extent_m": np.array(cut.extent_m), "skirted": np.array(cut.skirted)}
    arrays |= {"sheet": cut.sheet.faces, "edges": cut.net.edges, "bends": cut.net.bends}
    arrays |= {f"rim.{name}": rim for name, rim in cut.rims.items()}
    arrays |= {f"follow.{field.name}": getattr(cut.followers, field.name) for field in fields(Followers)}
    for name, matrix in (("weights", cut.sheet.weights), ("mean", cut.net.mean)):
        arrays |= {f"{name}.{part}": np.asarray(getattr(matrix, part)) for part in _SPARSE}
    return arrays


def cut_of(arrays: Arrays) -> Cut:
    """Return the cut of `arrays`.  Raises KeyError if one is missing."""
    weights, mean = (
        sparse.csr_matrix(tuple(arrays[f"{name}.{part}"] for part in _SPARSE[:3]), tuple(arrays[f"{name}.shape"]))
        for name in ("weights", "mean")
    )
    sheet = Sheet(weights, arrays["sheet"])
    return Cut(
        kind=str(arrays["kind"]),
        sheet=sheet,
        net=Net(sheet.faces, arrays["edges"], arrays["bends"], mean),
        rims={name.removeprefix("rim."): rim for name, rim in arrays.items() if name.startswith("rim.")},
        followers=Followers(**{field.name: arrays[f"follow.{field.name}"] for field in fields(Followers)}),
        extent_m=float(arrays["extent_m"]),
        skirted=bool(arrays["skirted"]),
        **{name: arrays[name] for name in _OWN},
    )
