"""Woven materials on a shelf: a folder in which every worker finds the cloth that another has woven.

Weaving takes a quarter of a second, and several times that beside a live picture. A file holds the two pictures of one
material, is mapped into memory, so that all workers share it, and is named after everything that the weave depends on:
the package and the sources of this folder.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.garment.fabric import SIZE_PX, Weave, material_of
from pipelines.garment.package import GarmentPackage
from pipelines.render.backend import Material

SHELF = Path(__file__).parents[2] / ".cache" / "woven"
SHELF_MAX = 128  # files of 6 MB; those that were not asked for for the longest make room
_PICTURE = (SIZE_PX, SIZE_PX, 3)
_PICTURE_BYTES = SIZE_PX * SIZE_PX * 3
_FILE_BYTES = 2 * _PICTURE_BYTES + 3  # texture, normal map, base colour


def shelved(folder: Path) -> Weave:
    """Return a `material_of` that keeps what it wove in `folder`; where that cannot be written it weaves every time."""

    def woven(package: GarmentPackage) -> Material:
        if package.mesh is not None:  # its pictures are in its own file
            return material_of(package)
        path = folder / f"{_name(package)}.cloth"
        kept = _taken(path)
        if kept is None:
            material = material_of(package)
            if material.texture is not None and material.normal_map is not None:
                with contextlib.suppress(OSError):
                    put(path, material.texture.data, material.normal_map.data, material.base_color_rgb.data)
            return material
        texture, normals = (kept[i * _PICTURE_BYTES : (i + 1) * _PICTURE_BYTES].reshape(_PICTURE) for i in (0, 1))
        return Material(kept[-3:].copy(), texture, normals, *package.material.surface)

    return woven


def _taken(path: Path) -> NDArray[np.uint8] | None:
    """Return the bytes of a whole file, mapped; None where there is none."""
    try:
        touch(path)
        mapped = np.memmap(path, np.uint8, mode="c")  # not read-only: kernels are compiled for plain arrays
    except (OSError, ValueError):
        return None
    return np.asarray(mapped) if mapped.size == _FILE_BYTES else None


def touch(path: Path) -> None:
    """Note that a file is asked for.  Raises OSError."""
    os.utime(path)


def put(path: Path, *parts: memoryview) -> None:
    """Write a file whole or not at all, and make room among those of its kind.  Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        unfinished.write_bytes(b"".join(parts))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    by_age = sorted(path.parent.glob(f"*{path.suffix}"), key=_age_s)
    for old in by_age[:-SHELF_MAX]:
        old.unlink(missing_ok=True)


def _age_s(path: Path) -> float:
    """Return when a file was last asked for; one that another worker has just removed counts as new."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _name(package: GarmentPackage) -> str:
    return hashlib.sha256(sources() + package.model_dump_json().encode()).hexdigest()[:32]


@functools.lru_cache(1)
def sources() -> bytes:
    """Return a digest of the code that cuts and weaves."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.digest()
