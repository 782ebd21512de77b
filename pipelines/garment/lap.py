"""The lap: cloth that hangs before the hips comes to lie on the thighs of who sits, far from where it hung."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.model import BodyModel
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.garment.cut import SIDES, Cut
from pipelines.garment.layout import BodyShape
from pipelines.types import Transforms

Points = NDArray[np.float64]

SIT_DEG = 80.0  # how far the thighs of who sits are lifted
ABOVE_CROTCH_M = 0.33  # from there down cloth before the hips may meet them
RANKS = (0, 2, 5)  # among the triangles nearest to a vertex


def lap_faces(cut: Cut, body: BodyShape, points: Points) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the cloth before the hips, vertices (L,), and the skin faces (L, 3) of the thighs that it meets when sat.

    `points` (S, 3) are the cloth's vertices, standing. Only what then is the upper side of the thighs counts.
    """
    hip = body.heads["upperleg01.L"]
    low = (points[:, 1] < body.crotch_m + ABOVE_CROTCH_M) & (points[:, 2] > hip[2])
    here = np.flatnonzero(low & (cut.limb < 0))
    T, thighs, tree = _sat(body)
    index, weight = np.ascontiguousarray(cut.skin_index[here]), np.ascontiguousarray(cut.skin_weight[here])
    cloth = skin_points(points[here].astype(np.float32), index, weight, T)
    _, near = tree.query(cloth, k=RANKS[-1] + 1)
    return here, thighs[near[:, RANKS]]


@functools.lru_cache(4)
def _sat(body: BodyShape) -> tuple[Transforms, NDArray[np.intp], cKDTree]:
    """Return the bones of `body` sitting, the skin faces (F,) on the upper side of its thighs, and their middles."""
    model = body.model
    T = _sitting(model, np.stack([body.heads[name] for name in model.bone_names]))
    skin = skin_points(body.rest.astype(np.float32), model.skin_index, model.skin_weight, T)
    thighs = np.flatnonzero(model.vertices_of("left_thigh", "right_thigh")[body.faces].all(1))
    corner = skin[body.faces[thighs]]
    up = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 1] > 0.0
    return T, thighs[up], cKDTree(corner[up].mean(1))


def _sitting(model: BodyModel, heads: Points) -> Transforms:
    """Return the bones (B, 4, 4), at rest at `heads` (B, 3), with the thighs lifted."""
    cos, sin = np.cos(np.radians(SIT_DEG)), np.sin(np.radians(SIT_DEG))
    rotations = np.tile(np.eye(3), (len(heads), 1, 1))
    for side in SIDES:
        rotations[model.bone(f"upperleg01.{side}")] = [[1, 0, 0], [0, cos, sin], [0, -sin, cos]]
    return pose_bones(heads.astype(np.float32), model.bone_parents, rotations, np.eye(4))
