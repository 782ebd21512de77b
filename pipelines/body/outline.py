"""Where the trunk really is: the posed body is moved until its shoulders lie in the shopper's own outline.

The pose network's points lie a centimetre off, all to one side for as long as somebody stands alike. The person's matte
is true to some millimetres there: the outer edges of both upper arms tell left and right, the shoulders' upper edge up
and down. Own clothes lie alike on both arms, and on the shoulders about half as far off as on the arms. Shoulders
differ, so what the outline tells is not believed to the full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.conform import project, walk_out
from pipelines.body.model import Body
from pipelines.body.skinning import skin_points
from pipelines.types import JOINTS, BodyPose, CameraFrame, MatteU8

F64 = NDArray[np.float64]

COLUMNS = np.array([-1.05, -0.95, -0.85, -0.75, -0.65, 0.65, 0.75, 0.85, 0.95, 1.05])  # of half the shoulder width
ROWS = np.array([0.2, 0.3, 0.4, 0.5, 0.6])  # of it, below the shoulders
ENOUGH = 3  # of five columns or rows must tell
HALF_BIN = 0.07  # of it: vertices this near to a column or row belong to it
ABOVE, BELOW = 0.9, 0.8  # of half the shoulder width: the body about the shoulder joints that is looked at
FARTHEST_M = 0.05  # the matte is sought this far inside and outside of the body's edge
RAISED = -0.6  # of the upper arm: an elbow higher than this below the shoulder lifts the shoulder's edge
FACING = 0.6  # of the shoulder width that the camera must see
ALIKE_M = 0.025  # left and right edge may differ: beyond it hair, a strap or a neighbour lies on one of them
BELIEVED = np.array(
    [0.67, 0.7]
)  # of what the outline tells right and up: least squares over people filmed with the truth
CLOTHES_UP = 0.65  # of how far own clothes stand off at the arms: how far they do on the shoulders …
CLOTHES_UP_M = 0.0055  # … and this more
SETTLE_S = 1.0  # over which what is seen is averaged
LONGEST_STEP_S = 0.1  # that one frame counts for
FORGET_S = 2.0  # in which it fades while nothing is told
SHOULDERS, ELBOWS, HIPS = (
    [JOINTS.index(f"{side}_{one}") for side in ("left", "right")] for one in ("shoulder", "elbow", "hip")
)


@dataclass(frozen=True, slots=True, eq=False)
class Yoke:
    """A body's rest vertices about its shoulders and upper arms."""

    rest_m: NDArray[np.float32]  # (N, 3)
    skin_index: NDArray[np.int32]  # (N, 4)
    skin_weight: NDArray[np.float32]  # (N, 4)

    @staticmethod
    def of(body: Body) -> Yoke:
        """Return the yoke of `body`."""
        model = body.model
        ends = body.heads_m[[model.bone("upperarm01.L"), model.bone("upperarm01.R")]]
        half = float(np.linalg.norm(ends[0] - ends[1])) / 2.0
        indices = np.arange(model.body.vertices.start, model.body.vertices.stop)
        off = body.rest_m[indices] - ends.mean(axis=0)
        near = (np.abs(off[:, 1]) < 1.2 * half) & (np.abs(off[:, 0]) > 0.4 * half)
        kept = indices[near]
        return Yoke(
            np.ascontiguousarray(body.rest_m[kept]),
            np.ascontiguousarray(model.skin_index[kept]),
            np.ascontiguousarray(model.skin_weight[kept]),
        )


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the body is moved in the picture's plane, metres: right and up."""

    right_m: float = 0.0
    up_m: float = 0.0
    told_s: tuple[float, float] = (0.0, 0.0)  # for how long each was told
    at_s: float = -1.0

    def applied(self, pose: BodyPose) -> BodyPose:
        """Return `pose` moved."""
        move = np.array([self.right_m, self.up_m, 0.0], np.float32)
        T = pose.T_cam_rest.copy()
        T[:, :3, 3] += move
        return BodyPose(pose.joints_m + move, T)


def measure_offset(matte: MatteU8, frame: CameraFrame, pose: BodyPose, yoke: Yoke, offset: Offset) -> Offset:
    """Return `offset` led toward what the person matte shows of `pose`, which is not moved yet: a running mean."""
    seen = BELIEVED * _seen_m(matte, frame, pose, yoke)
    told = np.isfinite(seen)
    step_s = LONGEST_STEP_S if offset.at_s < 0 else float(np.clip(frame.captured_s - offset.at_s, 0.0, LONGEST_STEP_S))
    kept, told_s = np.array([offset.right_m, offset.up_m]), np.array(offset.told_s)
    faded = np.exp(-step_s / FORGET_S)
    told_s = np.where(told, np.minimum(told_s + step_s, SETTLE_S), told_s * faded)
    gain = step_s / np.maximum(told_s, 1e-6)
    right_m, up_m = np.where(told, kept + gain * (np.where(told, seen, 0.0) - kept), kept * faded)
    return Offset(float(right_m), float(up_m), (float(told_s[0]), float(told_s[1])), frame.captured_s)


def _seen_m(matte: MatteU8, frame: CameraFrame, pose: BodyPose, yoke: Yoke) -> F64:
    """Return how far right and up (2,) of the posed body the matte lies; NaN where it does not tell."""
    across_m = pose.joints_m[SHOULDERS[0]] - pose.joints_m[SHOULDERS[1]]
    wide_m = float(np.linalg.norm(across_m))
    if abs(float(across_m[0])) < FACING * wide_m:
        return np.full(2, np.nan)
    scale = np.array([matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px])
    joints = project(pose.joints_m, frame.K) * scale
    metre_px = float(frame.K[0, 0]) / max(0.1, -float(pose.joints_m[SHOULDERS, 2].mean())) * float(scale[0])
    uv = project(skin_points(yoke.rest_m, yoke.skin_index, yoke.skin_weight, pose.T_cam_rest), frame.K) * scale
    middle = joints[SHOULDERS].mean(axis=0)
    up = middle - joints[HIPS].mean(axis=0)
    up /= max(1e-6, float(np.linalg.norm(up)))
    right = np.array([-up[1], up[0]])
    half_px = float(np.abs((joints[SHOULDERS] - middle) @ right).mean())
    lowered = _lowered(joints, up, right, middle)
    reach = FARTHEST_M * metre_px
    edges = _middles(_edge_offsets(matte, uv, middle, right, up, max(1.0, half_px), reach)) / metre_px
    edges[~lowered] = np.nan
    tops, sides = edges.T
    clothes_m = CLOTHES_UP * sides.mean() + CLOTHES_UP_M
    moved = np.array([(sides[1] - sides[0]) / 2.0, _agreed(tops) - clothes_m])
    return _to_axes(moved, right, up)


def _to_axes(moved: F64, right: F64, up: F64) -> F64:
    """Turn a move along the trunk's own axes in the picture into one right and up; what is NaN stays so."""
    if np.isnan(moved).all():
        return moved
    known = np.nan_to_num(moved)
    turned = known[0] * right + known[1] * up
    return np.where(np.isnan(moved), np.nan, turned * (1.0, -1.0))


def _lowered(joints: F64, up: F64, right: F64, middle: F64) -> NDArray[np.bool_]:
    """Return of the image-left and the image-right arm (2,) whether it hangs enough to leave the shoulder alone."""
    upper = joints[ELBOWS] - joints[SHOULDERS]
    hangs = (upper @ up) / np.maximum(1e-6, np.linalg.norm(upper, axis=1)) < RAISED
    order = np.argsort((joints[SHOULDERS] - middle) @ right)
    return np.asarray(hangs[order])


def _agreed(tops: F64) -> float:
    """Return one offset of both shoulders; hair and straps only ever add to one of them."""
    if np.isnan(tops).any():
        return float("nan")
    return float(tops.mean() if abs(tops[0] - tops[1]) < ALIKE_M else tops.min())


@njit(cache=True, nogil=True)
def _middles(edges: F64) -> F64:
    """Return the medians (2, 2) of each side's offsets upward and outward, NaN where too few tell."""
    count = len(ROWS)
    out = np.full((2, 2), np.nan)
    for side in range(2):
        for way in range(2):
            told = edges[side, way * count : (way + 1) * count]
            told = told[np.isfinite(told)]
            if len(told) >= ENOUGH:
                out[side, way] = np.median(told)
    return out


@njit(cache=True, nogil=True)
def _edge_offsets(
    matte: NDArray[np.uint8], uv: F64, middle: F64, right: F64, up: F64, half: float, reach: float
) -> F64:
    """Return how far (2, 10) the matte's edge lies outside of the body's, matte pixels; NaN where not within `reach`.

    Image-left and image-right side, by columns upward and rows outward.
    """
    count = len(ROWS)
    out = np.full((2, 2 * count), np.nan)
    top, far = _body_edges(uv, middle, right, up, half)
    for side in range(2):
        outward = right if side == 1 else -right
        for n in range(count):
            column = side * count + n
            shoulder = middle + half * (COLUMNS[column] * right + top[column] * up)
            arm = middle + half * (far[side, n] * outward - ROWS[n] * up)
            out[side, n] = _beyond(matte, shoulder, up, reach)
            out[side, count + n] = _beyond(matte, arm, outward, reach)
    return out


@njit(cache=True, nogil=True)
def _body_edges(uv: F64, middle: F64, right: F64, up: F64, half: float) -> tuple[F64, F64]:
    """Return how high the columns (10,) and how far out the rows (2, 5) of the body reach, over half its width."""
    top, far = np.full(len(COLUMNS), np.nan), np.full((2, len(ROWS)), np.nan)
    for i in range(uv.shape[0]):
        x, y = (uv[i, 0] - middle[0]) / half, (uv[i, 1] - middle[1]) / half
        a, b = x * right[0] + y * right[1], x * up[0] + y * up[1]
        if b > ABOVE or b < -BELOW:
            continue
        for c in range(len(COLUMNS)):
            if abs(a - COLUMNS[c]) < HALF_BIN and not top[c] > b:
                top[c] = b
        side = 0 if a < 0.0 else 1
        for r in range(len(ROWS)):
            if abs(b + ROWS[r]) < HALF_BIN and not far[side, r] > abs(a):
                far[side, r] = abs(a)
    return top, far


@njit(cache=True, nogil=True)
def _beyond(matte: NDArray[np.uint8], place: F64, way: F64, reach: float) -> float:
    """Return how far along `way` from `place` (2,) the person ends, NaN where that is farther than `reach`."""
    start = place - reach * way
    if not np.isfinite(start).all():
        return np.nan
    found = walk_out(matte, start[0], start[1], way[0], way[1], int(2.0 * reach) + 2)
    return found - reach if found > 0.0 else np.nan
