"""Cuts on the shelf: a garment's pattern is the same for every body and size, and cutting it takes a tenth of a second.

A file holds the arrays of one cut and is named after everything that it depends on: the template, the body's model and
the sources of this folder.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import zipfile
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
            file = io.BytesIO()
            np.savez(file, **arrays_of(kept))
            with contextlib.suppress(OSError):
                shelf.put(path, file.getbuffer())
        return kept

    return cut


def _taken(path: Path) -> Cut | None:
    """Return the cut in a file; None where there is none, or it is not whole."""
    try:
        with path.open("rb") as raw, np.load(raw) as file:
            kept = cut_of({name: file[name] for name in file.files})
        shelf.touch(path)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    return kept


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
