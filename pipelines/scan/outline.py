"""How broad a silhouette is at each level of the body, in one frame; arms do not count as trunk.

Levels and scale come from the height and from where it begins and ends: crown and ears, heels and soles, of the matte
and of the landmarks, since each of them errs in its own way. No point of the face leaves this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.types import Landmarks, SeenJoints

F64 = NDArray[np.float64]
View: TypeAlias = Literal["front", "side"]

# Above the ground, shares of the height, of somebody whose joints are where most people's are: legs and necks are long
# or short, and seat, navel and bust lie higher or lower with hips and shoulders, as a camera moves them that leans.
LEVELS = np.arange(0.42, 0.80, 0.01)
HIP_LEVEL: dict[View, float] = {"front": 0.539, "side": 0.534}  # of most people, as the pose sees them
SHOULDER_LEVEL: dict[View, float] = {"front": 0.801, "side": 0.807}
HIPS_FOLLOWED = 0.6  # share: a hip joint lies deep, and the pose errs in it more than in shoulders
OFF = 0.05  # so far from there they may be; beyond, the pose is mistaken
EARS, HEELS = [7, 8], [29, 30]  # rows of the landmarks
# Where the middle of crown and ears and that of sole and heels are seen, shares of the height above the ground, as
# scripts/calibrate_scan.py finds them: hair, shoes and a camera that looks at the feet from above are in it.
HEAD_LEVEL: dict[View, float] = {"front": 0.987, "side": 0.974}
FOOT_LEVEL = -0.0155
LEAST_PX = 2  # of a row of the matte that belongs to the person
EDGE = 127.0  # of the matte
GAP_CM = 3.0  # between the trunk's edge and the middle of an arm beside it: less is the arm itself
HALF_ARM_CM = 4.0
UNEVEN_CM = 0.8  # so much farther than on the other side the trunk may reach
ARM_CM = 7.0  # around the middle of an arm, with its sleeve, that lies before the trunk from the side
LEAST_KNOWN = 0.35  # share of the levels at which an arm must not be in the way from the side
HAND = 0.8  # of the forearm: how far a hand goes on beyond the wrist
# rows of `SeenJoints.uv_px`
SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES = (slice(2 * i, 2 * i + 2) for i in range(5))


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What one frame tells of the trunk."""

    view: View
    breadth_cm: F64  # (L,) at LEVELS, in the plane of the body; NaN where an arm or the picture's end hides it
    yaw_deg: float  # 0 faces the camera, 90 shows one side, 180 the back; always positive


@dataclass(frozen=True, slots=True, eq=False)
class Upright:
    """Where somebody stands in the picture, and how large."""

    head_px: float  # row between crown and ears
    foot_px: float  # row between sole and heels
    head_level: float
    cm_px: float  # centimetres a pixel at the body's distance

    @staticmethod
    def of(size_px: tuple[int, int], landmarks: Landmarks, view: View, height_cm: float) -> Upright:
        """Return where the person of `landmarks` stands in a picture of `size_px`, who is `height_cm` high."""
        ears, heels = (float(landmarks.uv_px[part, 1].mean()) for part in (EARS, HEELS))
        crown, sole = ears, heels
        if landmarks.matte is not None:
            rows = np.flatnonzero((landmarks.matte > EDGE).sum(axis=1) >= LEAST_PX)
            if len(rows):
                row_px = size_px[1] / landmarks.matte.shape[0]
                crown, sole = float(rows[0]) * row_px, float(rows[-1] + 1) * row_px
        head, foot = (crown + ears) / 2, (sole + heels) / 2
        level = HEAD_LEVEL[view]
        return Upright(head, foot, level, height_cm * (level - FOOT_LEVEL) / max(1.0, foot - head))

    @property
    def tall_px(self) -> float:
        """Rows from `foot_px` up to `head_px`, about the height."""
        return self.foot_px - self.head_px

    def rows_px(self, levels: F64) -> F64:
        """Return the rows of the picture at `levels`."""
        rows: F64 = self.foot_px - (levels - FOOT_LEVEL) / (self.head_level - FOOT_LEVEL) * self.tall_px
        return rows


def yaw_deg(joints: SeenJoints) -> float:
    """Return how far the trunk is turned away from the camera, 0 … 180."""
    p = joints.points_m
    across = p[0] - p[1] + p[6] - p[7]
    return abs(float(np.degrees(np.arctan2(across[2], across[0]))))


def outline_of(
    size_px: tuple[int, int], landmarks: Landmarks, joints: SeenJoints, view: View, height_cm: float
) -> Outline | None:
    """Return the trunk's breadths in a frame of `size_px`; None where there is no matte."""
    if landmarks.matte is None:
        return None
    _, left, right = ends_px(size_px, landmarks, joints, view, height_cm)
    cm_px = Upright.of(size_px, landmarks, view, height_cm).cm_px
    return Outline(view, (right - left) * cm_px, yaw_deg(joints))


def ends_px(
    size_px: tuple[int, int], landmarks: Landmarks, joints: SeenJoints, view: View, height_cm: float
) -> tuple[F64, F64, F64]:
    """Return the rows of LEVELS in the picture, and where the trunk ends there, left and right, NaN where it is hidden.

    From the side an arm lies before the trunk; where its border is the silhouette's, the trunk ends where it does above
    and below, or sooner.
    """
    stands = Upright.of(size_px, landmarks, view, height_cm)
    rows = _rows_px(stands, joints, view)
    if landmarks.matte is None:
        return rows, np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    middle = _along(np.stack([joints.uv_px[SHOULDERS].mean(axis=0), joints.uv_px[HIPS].mean(axis=0)]), rows)
    left, right = _edges(landmarks.matte, size_px, rows, middle)
    if view == "front":
        for side in range(2):
            arm = _arm_at(joints, side, rows)
            reach, gap = np.abs(arm - middle), GAP_CM / stands.cm_px
            left = np.where((arm < middle) & (middle - left > reach - gap), np.nan, left)
            right = np.where((arm >= middle) & (right - middle > reach - gap), np.nan, right)
    reach_px = (HALF_ARM_CM if view == "front" else ARM_CM) / stands.cm_px
    near_left, near_right = (_near_arms(joints, edge, rows, reach_px) for edge in (left, right))
    if view == "front":
        left, right = np.where(near_left, np.nan, left), np.where(near_right, np.nan, right)
        return rows, *_even(left, right, UNEVEN_CM / stands.cm_px)
    return rows, _bridged(left, near_left, np.maximum), _bridged(right, near_right, np.minimum)


def _rows_px(stands: Upright, joints: SeenJoints, view: View) -> F64:
    """Return the rows of LEVELS in the picture: moved with the hip joints, the higher the more with the shoulders."""
    hips = HIPS_FOLLOWED * _off_px(stands, joints.uv_px[HIPS], HIP_LEVEL[view])
    shoulders = _off_px(stands, joints.uv_px[SHOULDERS], SHOULDER_LEVEL[view])
    up = np.clip((LEVELS - HIP_LEVEL[view]) / (SHOULDER_LEVEL[view] - HIP_LEVEL[view]), 0.0, 1.0)
    return stands.rows_px(LEVELS) + hips + up * (shoulders - hips)


def _off_px(stands: Upright, pair_px: F64, level: float) -> float:
    """Return how far below `level` the joints `pair_px` (2, 2) are seen, pixels."""
    off = float(pair_px[:, 1].mean()) - float(stands.rows_px(np.array([level]))[0])
    most = OFF * stands.tall_px
    return min(max(off, -most), most)


def _near_arms(joints: SeenJoints, edge: F64, rows: F64, reach_px: float) -> NDArray[np.bool_]:
    """Return which of the points (edge, rows) (L,) lie within `reach_px` of an arm or hand."""
    points = np.stack([edge, rows], axis=1)
    near = np.zeros(len(rows), bool)
    for side in range(2):
        joint = _arm(joints, side)
        for a, b in zip(joint[:-1], joint[1:], strict=True):
            along = (b - a) / max(1.0, float((b - a) @ (b - a)))
            share = np.clip((points - a) @ along, 0.0, 1.0)[:, None]
            near |= np.linalg.norm(points - a - share * (b - a), axis=1) < reach_px
    return near


def _even(left: F64, right: F64, uneven_px: float) -> tuple[F64, F64]:
    """Return the ends without what only one side has: things behind somebody are taken for them, here and there."""
    known = np.isfinite(left + right)
    if not known.any():
        return left, right
    middle = float(np.median((left + right)[known])) / 2
    half_left, half_right = middle - left, right - middle
    most = np.fmin(half_left, half_right) + uneven_px
    return middle - np.minimum(half_left, most), middle + np.minimum(half_right, most)


def _bridged(edge: F64, hidden: NDArray[np.bool_], sooner: np.ufunc) -> F64:
    """Return `edge` (L,) with what is `hidden` taken from above and below; NaN where that is too much of it."""
    known = np.isfinite(edge) & ~hidden
    if known.sum() < LEAST_KNOWN * len(edge):
        return np.where(known, edge, np.nan)
    at = np.arange(len(edge))
    across = np.interp(at, at[known], edge[known])
    bridged: F64 = np.where(known, edge, sooner(across, edge))
    return bridged


def _along(line: F64, rows: F64) -> F64:
    """Return the columns of the straight `line` (2, 2) at `rows`."""
    (x0, y0), (x1, y1) = line
    slope = (x1 - x0) / max(1.0, y1 - y0)
    columns: F64 = x0 + slope * (rows - y0)
    return columns


def _arm(joints: SeenJoints, side: int) -> tuple[F64, ...]:
    """Return shoulder, elbow, wrist and finger tips of an arm."""
    shoulder, elbow, wrist = (joints.uv_px[part][side] for part in (SHOULDERS, ELBOWS, WRISTS))
    return shoulder, elbow, wrist, wrist + HAND * (wrist - elbow)


def _arm_at(joints: SeenJoints, side: int, rows: F64) -> F64:
    """Return the columns of an arm's middle at `rows`, NaN where it does not pass."""
    joint = _arm(joints, side)
    columns = np.full(len(rows), np.nan)
    for (x0, y0), (x1, y1) in zip(joint[:-1], joint[1:], strict=True):
        share = (rows - y0) / (y1 - y0 if abs(y1 - y0) > 1e-6 else 1e-6)
        columns = np.where((share >= 0.0) & (share <= 1.0) & np.isnan(columns), x0 + share * (x1 - x0), columns)
    return columns


def _edges(matte: NDArray[np.uint8], size_px: tuple[int, int], rows: F64, middle: F64) -> tuple[F64, F64]:
    """Return the columns where the person around `middle` ends, left and right, at each of `rows`; pixels."""
    sx, sy = matte.shape[1] / size_px[0], matte.shape[0] / size_px[1]
    y = rows * sy - 0.5
    low = np.clip(np.floor(y).astype(np.int64), 0, matte.shape[0] - 2)
    part = np.clip(y - low, 0.0, 1.0)[:, None]
    lines = matte[low] * (1.0 - part) + matte[low + 1] * part  # (L, w)
    inside = (rows >= 0) & (rows < size_px[1])
    start = np.clip(np.round(middle * sx - 0.5).astype(np.int64), 0, matte.shape[1] - 1)
    ends = []
    for step in (-1, 1):
        columns = [_end(line, at, step) if ok else np.nan for line, at, ok in zip(lines, start, inside, strict=True)]
        ends.append((np.array(columns) + 0.5) / sx)
    return ends[0], ends[1]


def _end(line: F64, start: int, step: int) -> float:
    """Return where `line` (w,) falls below EDGE, walking from `start`; NaN if it does not before the picture ends."""
    walk = line[start::step] if step > 0 else line[start::-1]
    out = np.flatnonzero(walk <= EDGE)
    if not len(out) or out[0] == 0:
        return float("nan")
    first = int(out[0])
    before, here = walk[first - 1], walk[first]
    return float(start + step * (first - (EDGE - here) / max(1.0, before - here)))
