"""Mask conform: the torso's width and depth follow the shopper's own silhouette, row by row.

A person's matte is wider or narrower than the average body of their height. Each row of the torso is
compared, each side apart, with the posed body's own extent in the image; the ratio scales the rest
shape before skinning, so body, garment and occluder all follow. Facing the camera the silhouette tells
the width (x), side on it tells the depth (z); what is not seen now is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.model import Body, BodyModel
from pipelines.body.skinning import skin_points
from pipelines.types import BodyPose, CameraFrame, MatteU8

F64 = NDArray[np.float64]

ROWS = 16
FIRST_ROW, LAST_ROW = 0.30, 1.20  # 0 at the shoulder joints, 1 at the hip joints
ROW_PLACES = np.linspace(FIRST_ROW, LAST_ROW, ROWS)
EASE_ROWS = {"chest": 0.35, "waist": 0.65, "hip": 1.0}  # where a garment's ease is told, from top to bottom
RATIO_MIN, RATIO_MAX = 0.88, 1.30  # what the shape may follow
TRUST_MIN, TRUST_MAX = 0.60, 1.55  # outside, the walk has met something else
ARM_RADIUS = 0.13  # of the shoulder width
HAND = 0.5  # of the forearm: how far a hand goes on beyond the wrist
ARM_FROM, ARM_TO = 0.12, 0.37  # arm weight over which the scaling fades out
LEG_FROM, LEG_TO = 1.05, 1.45  # rows over which the scaling runs out along the thighs
OWN_CLOTHES_M = 0.020  # the matte shows the shopper's own clothes, loose about this far outside of the skin
CLOTHES_UNSURE = 0.5  # of that, more or less: what little the matte differs may be clothes as well as body
SETTLE_S = 0.35
LEFT, RIGHT, FRONT, BACK = 0, 1, 2, 3
ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")  # parts of their names
_EDGE = 127


@dataclass(frozen=True, slots=True)
class TorsoRows:
    """The torso's rest vertices of one body, sorted into rows."""

    rest_m: NDArray[np.float32]  # (N, 3)
    skin_index: NDArray[np.int32]  # (N, 4)
    skin_weight: NDArray[np.float32]  # (N, 4)
    row: NDArray[np.int64]  # (N,)
    shoulder_y_m: float
    hip_y_m: float
    middle_z_m: float
    shoulder_width_m: float
    half_m: F64  # (ROWS, 2) half the width and half the depth of each row

    @staticmethod
    def of(body: Body, every: int = 2) -> TorsoRows:
        """Return the rows of `body`, taking each `every`-th torso vertex."""
        model = body.model
        heads = body.heads_m
        shoulders = heads[[model.bone("upperarm01.L"), model.bone("upperarm01.R")]]
        hips = heads[[model.bone("upperleg01.L"), model.bone("upperleg01.R")]]
        top, bottom = float(shoulders[:, 1].mean()), float(hips[:, 1].mean())
        indices = np.arange(model.body.vertices.start, model.body.vertices.stop)
        arms = arm_weight(body)[indices]
        t = (top - body.rest_m[indices, 1]) / (top - bottom)
        row = np.round((t - FIRST_ROW) / (LAST_ROW - FIRST_ROW) * (ROWS - 1)).astype(np.int64)
        kept = indices[(arms < ARM_FROM) & (row >= 0) & (row < ROWS)][::every]
        kept_rows = row[kept - model.body.vertices.start]
        return TorsoRows(
            np.ascontiguousarray(body.rest_m[kept]),
            np.ascontiguousarray(model.skin_index[kept]),
            np.ascontiguousarray(model.skin_weight[kept]),
            kept_rows,
            top,
            bottom,
            float(shoulders[:, 2].mean()),
            float(np.linalg.norm(shoulders[0] - shoulders[1])),
            _half_sizes(body.rest_m[kept], kept_rows),
        )


def arm_weight(body: Body) -> NDArray[np.float32]:
    """Return per baked vertex (V,) how much of its skinning belongs to the arms."""
    return arm_share(body.model, body.model.skin_index, body.model.skin_weight)


def arm_share(model: BodyModel, index: NDArray[np.int32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much of the skinning `index`, `weight` (N, 4) of each point belongs to the arms."""
    return np.asarray((weight * _are_of_arms(model)[index]).sum(axis=1), np.float32)


@lru_cache(2)
def _are_of_arms(model: BodyModel) -> NDArray[np.bool_]:
    """Return which bones (B,) are those of the arms."""
    return np.array([any(part in name for part in ARM_BONES) for name in model.bone_names])


def _half_sizes(points_m: NDArray[np.float32], row: NDArray[np.int64]) -> F64:
    """Return half the width and half the depth (ROWS, 2) of each row of `points_m` (N, 3)."""
    rows = [points_m[row == n][:, [0, 2]] for n in range(ROWS)]
    return np.array([np.ptp(one, axis=0) / 2 if len(one) else (0.15, 0.1) for one in rows], np.float64)


@dataclass(frozen=True, slots=True)
class Profile:
    """How much wider than the body's own the shopper's torso is: rows x (left, right, front, back)."""

    ratios: F64  # (ROWS, 4)
    trust: F64  # (4,) 0..1: how much of the ratios was ever seen
    at_s: float

    @staticmethod
    def neutral() -> Profile:
        """Return the profile that changes nothing."""
        return Profile(np.ones((ROWS, 4)), np.zeros(4), -1.0)


def measure_profile(matte: MatteU8, frame: CameraFrame, pose: BodyPose, torso: TorsoRows, profile: Profile) -> Profile:
    """Return `profile` led toward what the person matte shows in this frame."""
    points = skin_points(torso.rest_m, torso.skin_index, torso.skin_weight, pose.T_cam_rest)
    uv = project(points, frame.K)
    scale = np.array([matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px])
    joints = project(pose.joints_m, frame.K)
    middles = np.stack([joints[4:6].mean(axis=0), joints[10:12].mean(axis=0)])
    across = pose.joints_m[4] - pose.joints_m[5]
    across = across / max(1e-6, float(np.linalg.norm(across)))
    facing = float(across[0])  # +1 facing the camera, -1 back to it, 0 side on
    front_right = float(across[2]) < 0.0  # side on, the chest looks to the image's right
    arms = joints[[4, 6, 8, 5, 7, 9]]
    arms[[2, 5]] += HAND * (arms[[2, 5]] - arms[[1, 4]])
    depth_m = max(0.1, -float(pose.joints_m[1, 2]))
    metre_px = float(frame.K[0, 0]) / depth_m * float(scale[0])
    radius_px, clothes_px = ARM_RADIUS * torso.shoulder_width_m * metre_px, OWN_CLOTHES_M * metre_px
    left_right = _row_ratios(matte, uv * scale, torso.row, middles * scale, arms * scale, radius_px, clothes_px)
    elapsed = frame.captured_s - profile.at_s
    gain = 1.0 if profile.at_s < 0 else 1.0 - float(np.exp(-max(0.0, elapsed) / SETTLE_S))
    return _blend(profile, left_right, facing, front_right, gain, frame.captured_s)


def _blend(profile: Profile, sides: F64, facing: float, front_right: bool, gain: float, at_s: float) -> Profile:
    """Lead the remembered ratios toward the image-left and image-right ratios `sides` (ROWS, 2)."""
    lateral, sagittal = facing * facing, 1.0 - facing * facing
    image_right, image_left = sides[:, 1], sides[:, 0]
    seen = np.stack(
        [
            image_right if facing > 0 else image_left,  # the person's left
            image_left if facing > 0 else image_right,
            image_right if front_right else image_left,
            image_left if front_right else image_right,
        ],
        axis=1,
    )
    weight = np.array([lateral, lateral, sagittal, sagittal]) ** 2
    ratios, trust = profile.ratios.copy(), profile.trust.copy()
    for column in range(4):
        column_gain = gain * weight[column] / max(1e-6, gain * weight[column] + (1.0 - gain) * max(trust[column], 1e-6))
        column_gain = min(1.0, max(gain * weight[column], column_gain if trust[column] < 0.2 else 0.0))
        known = np.isfinite(seen[:, column])
        target = np.where(known, seen[:, column], ratios[:, column])
        ratios[:, column] += column_gain * (_smooth_rows(target) - ratios[:, column])
        if known.any():
            trust[column] += column_gain * (1.0 - trust[column])
    return Profile(np.clip(ratios, RATIO_MIN, RATIO_MAX), trust, at_s)


def _smooth_rows(rows: F64) -> F64:
    padded = np.concatenate([rows[:1], rows, rows[-1:]])
    smooth: F64 = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    return smooth


def conform(
    rest_m: NDArray[np.float32], arms: NDArray[np.float32], torso: TorsoRows, profile: Profile
) -> NDArray[np.float32]:
    """Return `rest_m` (N, 3) with its torso scaled by `profile`; `arms` (N,) is each vertex's arm weight."""
    return _conform(
        rest_m, arms, profile.ratios, torso.shoulder_y_m, torso.hip_y_m, torso.middle_z_m, torso.shoulder_width_m
    )


def girth_kept(profile: Profile, torso: TorsoRows, ease_cm: Mapping[str, float]) -> Profile:
    """Return the profile of a garment on the body of `profile`: its girth stays what it is, its proportions follow.

    `ease_cm` is what the garment is wider than the body without a profile, by measure. Only a body that outgrows the
    garment stretches it, and one that is smaller lets it be as narrow as it was made.
    """
    stations = [station for station in EASE_ROWS if station in ease_cm]
    if not stations:
        return profile
    ease_m = np.interp(ROW_PLACES, [EASE_ROWS[one] for one in stations], [ease_cm[one] / 100 for one in stations])
    body = np.sqrt((torso.half_m**2).sum(axis=1))
    ratios = np.stack([profile.ratios[:, :2].mean(axis=1), profile.ratios[:, 2:].mean(axis=1)], axis=1)
    grown = np.sqrt(((ratios * torso.half_m) ** 2).sum(axis=1)) / body
    made = 1.0 + ease_m / (2 * np.pi * np.sqrt(0.5) * body)  # girth of an ellipse, near enough
    factor = np.maximum(made, grown) / (np.maximum(made, 1.0) * grown)
    return replace(profile, ratios=profile.ratios * factor[:, None])


def project(points_m: NDArray[np.float32] | F64, K: F64) -> F64:
    """Return the pixels (N, 2) of camera-frame points; what lies behind the camera lands far outside."""
    depth = np.maximum(1e-3, -points_m[:, 2].astype(np.float64))
    u = K[0, 2] + K[0, 0] * points_m[:, 0] / depth
    v = K[1, 2] - K[1, 1] * points_m[:, 1] / depth
    return np.stack([u, v], axis=1)


@njit(cache=True, nogil=True)
def _conform(
    rest_m: NDArray[np.float32],
    arms: NDArray[np.float32],
    ratios: F64,
    top: float,
    bottom: float,
    middle_z: float,
    width: float,
) -> NDArray[np.float32]:
    out = rest_m.copy()
    for i in range(rest_m.shape[0]):
        t = (top - rest_m[i, 1]) / (top - bottom)
        place = (t - FIRST_ROW) / (LAST_ROW - FIRST_ROW) * (ROWS - 1)
        fade = min(1.0, max(0.0, (ARM_TO - arms[i]) / (ARM_TO - ARM_FROM)))
        if place < 0.0:  # above the first row the effect runs out toward the shoulders
            fade *= max(0.0, 1.0 + place / 4.0)
        if t > LEG_FROM:  # and below the hips toward the thighs, whose middle is not the body's
            fade *= max(0.0, 1.0 - (t - LEG_FROM) / (LEG_TO - LEG_FROM))
        place = min(ROWS - 1.0, max(0.0, place))
        row = min(ROWS - 2, int(place))
        part = place - row
        side = LEFT if rest_m[i, 0] >= 0.0 else RIGHT
        front = FRONT if rest_m[i, 2] >= middle_z else BACK
        rx = ratios[row, side] * (1.0 - part) + ratios[row + 1, side] * part
        rz = ratios[row, front] * (1.0 - part) + ratios[row + 1, front] * part
        out[i, 0] = rest_m[i, 0] * (1.0 + fade * (rx - 1.0))
        out[i, 2] = middle_z + (rest_m[i, 2] - middle_z) * (1.0 + fade * (rz - 1.0))
    return out


@njit(cache=True, nogil=True)
def distance_to(x: float, y: float, line: F64) -> float:
    """Return how far (x, y) is from a line of points (N, 2)."""
    best = 1e9
    for n in range(line.shape[0] - 1):
        ax, ay = line[n]
        dx, dy = line[n + 1, 0] - ax, line[n + 1, 1] - ay
        s = ((x - ax) * dx + (y - ay) * dy) / max(1e-9, dx * dx + dy * dy)
        s = min(1.0, max(0.0, s))
        best = min(best, np.sqrt((x - ax - s * dx) ** 2 + (y - ay - s * dy) ** 2))
    return best


@njit(cache=True, nogil=True)
def _arm_distance(x: float, y: float, arms: F64) -> float:
    return min(distance_to(x, y, arms[:3]), distance_to(x, y, arms[3:]))


@njit(cache=True, nogil=True)
def _is_clear(x: float, y: float, dx: float, dy: float, start: float, stop: float, arms: F64, radius: float) -> bool:
    """Return whether the walk from (x, y) meets no arm between its steps `start` and `stop`."""
    step = min(start, stop)
    while step < stop:
        if _arm_distance(x + step * dx, y + step * dy, arms) <= radius:
            return False
        step += 1.0
    return bool(_arm_distance(x + stop * dx, y + stop * dy, arms) > radius)


@njit(cache=True, nogil=True)
def _across(middles: F64) -> tuple[float, float]:
    """Return the direction square to the torso's axis, toward the image's right if the person is upright."""
    down = middles[1] - middles[0]
    length = max(1e-6, np.sqrt(down[0] ** 2 + down[1] ** 2))
    x, y = down[1] / length, -down[0] / length
    return (x, y) if x >= 0.0 else (-x, -y)


@njit(cache=True, nogil=True)
def _row_extents(uv: F64, row: NDArray[np.int64], ax: float, ay: float) -> tuple[F64, F64]:
    """Return the rows' centres (ROWS, 2), and how far they reach left and right of them; 0 where too few are seen."""
    centre, reach, count = np.zeros((ROWS, 2)), np.zeros((ROWS, 2)), np.zeros(ROWS)
    for i in range(uv.shape[0]):
        centre[row[i]] += uv[i]
        count[row[i]] += 1.0
    for r in range(ROWS):
        centre[r] /= max(1.0, count[r])
    for i in range(uv.shape[0]):
        r = row[i]
        if count[r] < 4:
            continue
        along = (uv[i, 0] - centre[r, 0]) * ax + (uv[i, 1] - centre[r, 1]) * ay
        reach[r, 0] = max(reach[r, 0], -along)
        reach[r, 1] = max(reach[r, 1], along)
    return centre, reach


@njit(cache=True, nogil=True)
def walk_out(matte: NDArray[np.uint8], x: float, y: float, dx: float, dy: float, limit: int) -> float:
    """Return after how many steps from (x, y) the person ends; NaN if not within `limit` or the picture."""
    height, width = matte.shape
    before = 255.0
    for step in range(limit):
        i, j = int(np.floor(x + step * dx)), int(np.floor(y + step * dy))
        if i < 1 or j < 0 or i >= width - 1 or j >= height:
            break
        here = float(matte[j, i])
        if here <= _EDGE:
            return step - (_EDGE - here) / max(1.0, before - here)
        before = here
    return np.nan


@njit(cache=True, nogil=True)
def _row_ratios(
    matte: NDArray[np.uint8], uv: F64, row: NDArray[np.int64], middles: F64, arms: F64, radius: float, clothes: float
) -> F64:
    """Return matte extent / body extent per row, image-left and image-right; NaN where it cannot be told."""
    ax, ay = _across(middles)
    centre, reach = _row_extents(uv, row, ax, ay)
    out = np.full((ROWS, 2), np.nan)
    for r in range(ROWS):
        for side in range(2):
            extent = reach[r, side]
            if extent < 2.0:
                continue
            x, y = centre[r]
            dx, dy = (ax, ay) if side == 1 else (-ax, -ay)
            found = walk_out(matte, x, y, dx, dy, int(TRUST_MAX * extent) + 2)
            ratio = (found - clothes) / extent
            if TRUST_MIN < ratio < TRUST_MAX and _is_clear(x, y, dx, dy, TRUST_MIN * extent, found, arms, radius):
                more = (ratio - 1.0) ** 2
                believed = more / (more + (CLOTHES_UNSURE * clothes / extent) ** 2)
                out[r, side] = min(RATIO_MAX, max(RATIO_MIN, 1.0 + believed * (ratio - 1.0)))
    return out
