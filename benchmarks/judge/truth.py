"""Where the garment really is: the same package in the same size, fitted to the true body in its true pose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenes import FPS, Film
from pipelines.body.skinning import skin_points
from pipelines.drape.cloth import drape, start
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import GarmentPackage
from pipelines.synthetic.paint import Painter, Part
from pipelines.types import PointsF32, Surface

HIDING = (
    "head",
    "neck",
    "left_forearm",
    "right_forearm",
    "left_hand",
    "right_hand",
    "left_upper_arm",
    "right_upper_arm",
)


def true_silhouettes(film: Film, package: GarmentPackage, size: str) -> Iterator[NDArray[np.bool_]]:
    """Yield the garment's visible pixels (H, W) per frame: on the true body, hidden by its arms, head and hair."""
    body, lens = film.person.body, film.lens
    worn = fit_garment(package, size, body)
    cloth = start(worn, worn.rest_m)
    limbs = _limbs(film)
    hair = [piece for piece in film.person.pieces if "hair" in piece.name]
    width, height, K = lens.canvas
    painter = Painter(width, height)
    try:
        for T in film.T_cam_rest:
            surface, cloth = drape(worn, worn.rest_m, T, cloth, 1.0 / FPS)
            hiding = [_part(skin_points(body.rest_m, body.model.skin_index, body.model.skin_weight, T), limbs)]
            garment = painter.depth([_part_of(surface)], K)
            before = painter.depth([*hiding, *(piece.pose(T) for piece in hair)], K)
            visible = np.isfinite(garment) & (garment < before)
            yield lens.bend(visible.astype(np.uint8) * 255) > 127
    finally:
        painter.close()


def _limbs(film: Film) -> NDArray[np.int32]:
    """Return the skin's faces (F, 3) of arms, hands, neck and head."""
    model = film.person.body.model
    faces = model.body.faces[: model.skin_faces]
    return np.ascontiguousarray(faces[model.vertices_of(*HIDING)[faces].all(axis=1)])


def _part(points: PointsF32, faces: NDArray[np.int32]) -> Part:
    return Part(points, np.zeros_like(points), faces, np.ones(3))


def _part_of(surface: Surface) -> Part:
    return Part(surface.vertices_m, surface.normals, surface.faces, np.ones(3))
