"""The far sides of the legs: what of the cloth lies behind a leg, the inside of a hem, is hidden.

The near side of a leg cannot tell: cloth lies on it, and what the body is a little off would tear the cloth. Behind
the leg's far side there is nothing of the cloth's front, so every leg may hide what is there. Arms need none of this:
they fill their sleeves, whose inside is never drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.model import Body
from pipelines.body.skinning import skin_points
from pipelines.garment.worn import WornGarment
from pipelines.types import FacesI32, PointsF32, Surface, Transforms

ADVANCE_M = 0.02  # the cloth on a leg's back lies this near to its far side
# At its outline a leg has no depth; there it steps back and hides nothing of its own cloth.
THIN_M, RECEDE_M = 0.03, 0.08
# part, the bones it lies between, share of its beginning that is left out: there it is not round
ROUND_FROM = 0.4
LEG = (("thigh", "upperleg01", "lowerleg01", ROUND_FROM), ("calf", "lowerleg01", "foot", 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class LegSkin:
    """The coarse skin of the legs, and for each vertex the nearest point of the leg's axis."""

    rest_m: PointsF32  # (N, 3)
    axis_m: PointsF32  # (N, 3)
    skin_index: NDArray[np.int32]  # (N, 4)
    skin_weight: NDArray[np.float32]  # (N, 4)
    faces: FacesI32  # (F, 3)
    beneath: NDArray[np.float32]  # (N,) how many garments are worn over what is next to the skin

    @staticmethod
    def of(body: Body, garments: Sequence[WornGarment] = ()) -> LegSkin:
        """Return the skin of both legs in `garments`."""
        model = body.model
        axis = np.full_like(body.rest_m, np.nan)
        for part, first, last, skip in LEG:
            for side in ("left", "right"):
                here = model.vertices_of(f"{side}_{part}")
                a, b = (body.heads_m[model.bone(f"{bone}.{side[0].upper()}")] for bone in (first, last))
                along = (body.rest_m[here] - a) @ (b - a) / ((b - a) @ (b - a))
                on_axis = a + np.clip(along, 0.0, 1.0)[:, None] * (b - a)
                axis[here] = np.where(along[:, None] >= skip, on_axis, np.nan)
        corners = model.occluder_index[model.occluder_faces]
        used, faces = np.unique(corners[np.isfinite(axis[corners, 0]).all(1)], return_inverse=True)
        return LegSkin(
            np.ascontiguousarray(body.rest_m[used]),
            np.ascontiguousarray(axis[used], np.float32),
            np.ascontiguousarray(model.skin_index[used]),
            np.ascontiguousarray(model.skin_weight[used]),
            np.ascontiguousarray(faces.reshape(-1, 3), np.int32),
            _beneath(body.rest_m[used], garments),
        )


def _beneath(points: PointsF32, garments: Sequence[WornGarment]) -> NDArray[np.float32]:
    """Return under how many garments the cloth next to each of `points` (N, 3) is worn."""
    count = np.zeros(len(points), np.float32)
    for worn in garments:
        if worn.beneath is not None:
            count = np.maximum(count, worn.beneath[cKDTree(worn.rest_m).query(points)[1]])
    return count


def far_side(legs: LegSkin, T_cam_rest: Transforms, layer_step: float = 0.0) -> Surface:
    """Return the legs in the camera frame, each point of their near side moved along its ray to the far side.

    Cloth steps back by the share `layer_step` of its distance for every garment that is worn over it, and the legs in
    it step back with it.
    """
    points = skin_points(legs.rest_m, legs.skin_index, legs.skin_weight, T_cam_rest)
    axis = skin_points(legs.axis_m, legs.skin_index, legs.skin_weight, T_cam_rest)
    away = np.linalg.norm(points, axis=1, keepdims=True)
    to_axis = ((axis - points) * points).sum(1, keepdims=True) / away  # metres deeper than the point
    outline = 1.0 - np.clip(np.abs(to_axis) / THIN_M, 0.0, 1.0)
    deeper = 2.0 * np.maximum(to_axis, 0.0) - ADVANCE_M + RECEDE_M * outline
    back = 1.0 + layer_step * legs.beneath[:, None]
    moved = np.asarray(points * (1.0 + deeper / away) * back, np.float32)
    return Surface(moved, np.zeros_like(moved), legs.faces)
