"""Where the skin of face and neck is in the picture, and which way it faces.

The head of the posed body lies some pixels off the real one, a tenth of a face, and its light would be read from
hair and background. So it is moved in the picture (a similarity) until eyes and mouth lie on the landmarks of eyes
and mouth. Those steer the frame that they were seen in; nothing of them is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.body.model import Body
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.types import Mat33, PointsF32, Transforms

MARKS = (2, 5, 9, 10)  # landmarks: left and right eye, left and right corner of the mouth
# The same from the head's joint, in shoulder widths (+x left, +y up, +z front); measured on renders of bare bodies.
_MARKS = np.array([[0.075, 0.130, 0.246], [-0.075, 0.130, 0.246], [0.060, -0.056, 0.286], [-0.060, -0.056, 0.286]])
_FACE = (0.21, 0.30, -0.235, 0.0)  # |x| and y under, y and z over these: no ears, no scalp
_NECK = -0.16  # z over this
LEAST_SCALE = 0.6
SAMPLES = 1500
_TIP_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class FaceSkin:
    """Points on a body's face and neck, one for each like area; the first four rows are the marks."""

    rest_m: PointsF32  # (4 + N, 3)
    tips_m: PointsF32  # (4 + N, 3), a little outward along the normal
    skin_index: NDArray[np.int32]  # (4 + N, 4)
    skin_weight: NDArray[np.float32]  # (4 + N, 4)

    @staticmethod
    def of(body: Body) -> FaceSkin:
        """Return the samples of `body`."""
        model = body.model
        head = model.bone("head")
        shoulders = [body.heads_m[model.bone(f"upperarm01.{side}")] for side in "LR"]
        width = float(np.linalg.norm(shoulders[0] - shoulders[1]))
        used = _evenly_spread(body, body.heads_m[head], width)
        normals = vertex_normals(body.rest_m, model.body.faces[: model.skin_faces])[used]
        marks = body.heads_m[head] + width * _MARKS
        bones = np.concatenate([np.tile([head, 0, 0, 0], (len(marks), 1)), model.skin_index[used]])
        weights = np.concatenate([np.tile([1.0, 0, 0, 0], (len(marks), 1)), model.skin_weight[used]])
        rest = np.concatenate([marks, body.rest_m[used]])
        outward = np.concatenate([np.zeros_like(marks), normals])
        return FaceSkin(
            rest.astype(np.float32),
            (rest + _TIP_M * outward).astype(np.float32),
            bones.astype(np.int32),
            weights.astype(np.float32),
        )

    def seen(
        self, T_cam_rest: Transforms, K: Mat33, uv_px: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (points_px (N, 2), unit normals (N, 3)), on the face that the landmarks `uv_px` (33, 2) show."""
        points = skin_points(self.rest_m, self.skin_index, self.skin_weight, T_cam_rest)
        outward = skin_points(self.tips_m, self.skin_index, self.skin_weight, T_cam_rest) - points
        points_px = project(points, K)
        count = len(MARKS)
        if uv_px is not None:
            points_px = _moved(points_px, points_px[:count], uv_px[list(MARKS)].astype(np.float64))
        normals = outward[count:] / np.maximum(np.linalg.norm(outward[count:], axis=1, keepdims=True), 1e-9)
        return points_px[count:].astype(np.float32), normals


def _evenly_spread(body: Body, head_m: NDArray[np.float32], width_m: float) -> NDArray[np.intp]:
    """Return vertices (N,) of face and neck that stand for like areas: the mesh is dense about eyes and mouth."""
    model = body.model
    faces = model.body.faces[: model.skin_faces]
    corners = body.rest_m[faces].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    x, y, z = ((corners.mean(axis=1) - head_m) / width_m).T
    side, top, chin, front = _FACE
    eyes = (np.abs(x) < 0.15) & (np.abs(y - 0.134) < 0.045) & (z > 0.13)
    mouth = (np.abs(x) < 0.08) & (np.abs(y + 0.067) < 0.054) & (z > 0.18)
    face = (
        ~eyes
        & ~mouth
        & model.vertices_of("head")[faces].all(axis=1)
        & (np.abs(x) < side)
        & (y < top)
        & (y > chin)
        & (z > front)
    )
    neck = model.vertices_of("neck")[faces].any(axis=1) & (z > _NECK)
    total = np.cumsum(area * (face | neck))
    picked = np.searchsorted(total / total[-1], (np.arange(SAMPLES) + 0.5) / SAMPLES)
    return np.asarray(np.unique(faces[picked, 0]), np.intp)


def _moved(
    points_px: NDArray[np.float64], from_px: NDArray[np.float64], to_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `points_px` (N, 2) under the similarity that takes `from_px` (M, 2) nearest to `to_px` (M, 2)."""
    a, b = (one - one.mean(axis=0) for one in (from_px, to_px))
    spread = max(float((a * a).sum()), 1e-6)
    if not np.isfinite(b).all():
        return points_px
    along, across = float((a * b).sum()) / spread, float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    if not LEAST_SCALE < np.hypot(along, across) < 1.0 / LEAST_SCALE:  # these are no eyes and mouth of this head
        return points_px
    turn = np.array([[along, across], [-across, along]])
    return np.asarray((points_px - from_px.mean(axis=0)) @ turn + to_px.mean(axis=0))
