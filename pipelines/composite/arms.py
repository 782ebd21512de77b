"""Real arms in front of the garment: the picture says where an arm ends, the posed body only where to look.

The arm of a body model never lies on the real one to the pixel, and an own sleeve is wider than it: drawn as an
occluder it leaves wedges of own clothes and paints over real skin. Here the bare part of each arm, from the end of the
drawn sleeve to the wrist, is a ribbon along the posed axis. Across it the picture is read at stations, and the two
borders are found for all stations at once by dynamic programming (Amini, Weymouth & Jain 1990, "Using dynamic
programming for solving variational problems in vision"): they like edges, the arm's colours between them, the width of
the body's own arm and the line before. The arm's colours are those of the shopper's skin where it shows, else those of
the sleeve along the axis against what lies beside it; where neither tells, edges and the body's arm remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Mat33, PointsF32

F64 = NDArray[np.float64]

ABOVE_CUFF, BELOW_WRIST = 0.1, 0.1  # the ribbon reaches so far beyond its ends, in upper arms and forearms
LAST_BARE = 1.8  # a sleeve that ends beyond leaves no arm to be seen
ROUND = 0.2  # the elbow's corner, to either side
NEAREST_M, LEAST_RADIUS_PX, LEAST_LENGTH = 0.2, 2.0, 2.0  # of an arm that can be read; length in radii
SPACING = 0.35  # of the radius, between stations
MOST = 32  # stations
ACROSS = 8  # samples a radius
REACH = 2 * ACROSS  # samples on either side of the axis
SHIFTS = ACROSS  # the ribbon's middle may lie this many samples beside the axis …
NARROWEST, WIDEST = 5, 14  # … and it may be half as wide as this
SKIN_DISTANCE2 = 9.0
SKIN_SHARE = 0.3  # of the samples about the axis, from which the arm is taken to be bare
COLOUR, EDGE = 2.0, 1.0  # weights of what the picture says, against those of the body's arm:
SHIFT_SIGMA, WIDTH_SIGMA, BEND = 0.5, 0.3, 0.15  # radii, logarithm, a step from station to station
EDGE_LEVELS = 12.0  # luma step that is half an edge
CUFF_M = 0.06  # this near to the sleeve's end the cloth must lie behind the axis, else it is that sleeve
SEEN_BEFORE = 0.25  # mean of the colours' say, from which a bare arm is in front whatever the depths say


@dataclass(frozen=True, slots=True, eq=False)
class ArmAxis:
    """The bare part of one arm in the picture, sleeve's end first."""

    points_px: F64  # (S, 2)
    radius_px: F64  # (S,) of the body's own arm
    depth_m: F64  # (S,) of the axis along -z, as the drawn sleeve has it
    front_m: F64  # (S,) cloth beyond this depth may be behind the arm
    from_cuff_m: F64  # (S,) along the axis from the end of the sleeve


def arm_axis(joints_m: PointsF32, radius_m: F64, bare_from: float, advance_m: float, K: Mat33) -> ArmAxis | None:
    """Return the bare part of an arm, or None where it is too short in the picture to be a ribbon.

    `joints_m` (3, 3) are shoulder, elbow and wrist in the camera frame, `radius_m` (N,) the radius at even steps along
    them; `bare_from` is where the sleeve ends, 1 at the elbow and 2 at the wrist. Cloth counts as behind the arm
    although it is up to `advance_m` nearer.
    """
    first, last = max(0.0, bare_from - ABOVE_CUFF), 2.0 + BELOW_WRIST
    if bare_from > LAST_BARE or joints_m[:, 2].max() > -NEAREST_M:
        return None
    place = np.linspace(first, last, 4 * MOST)
    line = _rounded(joints_m.astype(np.float64), place)
    points = project(line, K)
    radius_px = np.interp(place, np.linspace(0.0, 2.0, len(radius_m)), radius_m) * K[0, 0] / -line[:, 2]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    mean_px = float(radius_px.mean())
    if not LEAST_RADIUS_PX < mean_px or along[-1] < LEAST_LENGTH * mean_px:
        return None
    count = int(min(MOST, along[-1] / (SPACING * mean_px)))
    at = np.interp(np.linspace(0.0, along[-1], count), along, np.arange(len(place)))
    index = np.round(at).astype(int)
    travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    depth = -line[index, 2]
    front = depth - advance_m - radius_px[index] * depth / K[0, 0]
    from_cuff = travelled - np.interp(bare_from, place, travelled)
    return ArmAxis(points[index], radius_px[index], depth, front, from_cuff[index])


def _rounded(joints_m: F64, place: F64) -> F64:
    """Return the points (N, 3) at `place` (N,) on the arm, its corner at the elbow rounded."""
    upper, lower = joints_m[1] - joints_m[0], joints_m[2] - joints_m[1]
    bend = np.clip((place - 1.0 + ROUND) / (2.0 * ROUND), 0.0, 1.0)  # 0 above the elbow, 1 below it
    beyond = np.where(place > 1.0 + ROUND, place - 1.0, ROUND * bend * bend)  # integral of bend over the place
    return np.asarray(joints_m[0] + (place - beyond)[:, None] * upper + beyond[:, None] * lower)


@njit(cache=True, nogil=True)
def _read_across(
    y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8], points: F64, normals: F64, radius: F64
) -> NDArray[np.float32]:
    """Return yuv (S, 2 REACH + 1, 3) across the axis; NaN outside of the picture."""
    out = np.full((points.shape[0], 2 * REACH + 1, 3), np.nan, np.float32)
    for s in range(points.shape[0]):
        for k in range(2 * REACH + 1):
            away = (k - REACH) / ACROSS * radius[s]
            i, j = (
                int(np.floor(points[s, 0] + away * normals[s, 0])),
                int(np.floor(points[s, 1] + away * normals[s, 1])),
            )
            if 0 <= i < y.shape[1] and 0 <= j < y.shape[0]:
                out[s, k, 0], out[s, k, 1], out[s, k, 2] = y[j, i], u[j >> 1, i >> 1], v[j >> 1, i >> 1]
    return out


@njit(cache=True, nogil=True)
def _skin_says(
    across: NDArray[np.float32], skin: F64, precision: F64, clothes: F64, clothes_precision: F64
) -> NDArray[np.float32]:
    """Return (S, K) from -1, no skin, to 1, skin: against the own clothes and by the distance to its colour."""
    s, c = precision, clothes_precision
    handicap = np.log(c[0, 0] * c[1, 1] - c[0, 1] ** 2) - np.log(s[0, 0] * s[1, 1] - s[0, 1] ** 2)
    out = np.zeros(across.shape[:2], np.float32)
    for j in range(across.shape[0]):
        for i in range(across.shape[1]):
            a, b = across[j, i, 1] - skin[0], across[j, i, 2] - skin[1]
            if not np.isfinite(a):
                continue
            to_skin = a * a * s[0, 0] + 2.0 * a * b * s[0, 1] + b * b * s[1, 1]
            a, b = across[j, i, 1] - clothes[0], across[j, i, 2] - clothes[1]
            to_clothes = a * a * c[0, 0] + 2.0 * a * b * c[0, 1] + b * b * c[1, 1]
            away = max(to_skin, SKIN_DISTANCE2 + to_skin - to_clothes + handicap)
            out[j, i] = min(1.0, max(-1.0, 1.0 - away / SKIN_DISTANCE2))
    return out


def _sleeve_says(across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (S, K) from -1, like what lies beside the arm, to 1, like what lies along its axis."""
    away = np.abs(np.arange(2 * REACH + 1) - REACH)
    flat = across.reshape(-1, 3)
    seen = np.isfinite(flat[:, 0])
    inner, outer = (np.tile(part, len(across)) & seen for part in (away <= ACROSS // 2, away >= 3 * ACROSS // 2))
    if inner.sum() < 24 or outer.sum() < 24:
        return np.zeros(across.shape[:2], np.float32)
    says = _log_likelihood(flat, flat[inner]) - _log_likelihood(flat, flat[outer])
    return np.where(seen, np.clip(says / 4.0, -1.0, 1.0), 0.0).reshape(across.shape[:2]).astype(np.float32)


def _log_likelihood(samples: NDArray[np.float32], of: NDArray[np.float32]) -> F64:
    """Return the logarithm (N,) of the Gaussian over the colours `of` (M, 3) at `samples` (N, 3)."""
    away = samples - of.mean(axis=0)
    inside = of - of.mean(axis=0)
    cov = (inside.T @ inside).astype(np.float64) / len(of) + np.diag([9.0, 4.0, 4.0])
    precision = np.linalg.inv(cov)
    return np.asarray(-0.5 * np.einsum("ni,ij,nj->n", away, precision, away) + 0.5 * np.log(np.linalg.det(precision)))


@njit(cache=True, nogil=True)
def _edges(across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how much of an edge (S, K), 0..1, lies between sample k - 1 and k."""
    out = np.zeros(across.shape[:2], np.float32)
    for s in range(across.shape[0]):
        for k in range(2, across.shape[1] - 1):
            step = 0.0
            for c in range(3):
                here = across[s, k, c] + across[s, k + 1, c] - across[s, k - 1, c] - across[s, k - 2, c]
                step += abs(here) * (0.5 if c == 0 else 1.0)
            out[s, k] = step / (step + EDGE_LEVELS) if np.isfinite(step) else 0.0
    return out


@njit(cache=True, nogil=True)
def _best_ribbon(says: NDArray[np.float32], edges: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the borders (S, 2), samples: the ribbon is all that lies from the first to before the last."""
    count, width = says.shape
    shifts, halves = 2 * SHIFTS + 1, WIDEST - NARROWEST + 1
    total = np.full((shifts, halves), 0.0)
    came = np.zeros((count, shifts, halves), np.int64)
    sums = np.zeros(width + 1)
    for s in range(count):
        for k in range(width):
            sums[k + 1] = sums[k] + says[s, k]
        before = total.copy()
        for i in range(shifts):
            for h in range(halves):
                half, middle = NARROWEST + h, REACH + i - SHIFTS
                left, right = middle - half, middle + half + 1
                if left < 0 or right > width:
                    total[i, h] = 1e9
                    continue
                inside = sums[right] - sums[left]
                beside = sums[left] - sums[max(0, left - 3)] + sums[min(width, right + 3)] - sums[right]
                cost = -COLOUR * (inside - beside) / ACROSS - EDGE * edges[s, left]
                cost -= EDGE * (edges[s, right] if right < width else 0.0)
                shift, wide = (i - SHIFTS) / ACROSS / SHIFT_SIGMA, np.log(half / ACROSS) / WIDTH_SIGMA
                cost += 0.5 * (shift * shift + wide * wide)
                best, at = 1e18, 0
                for di in range(-1, 2):
                    for dh in range(-1, 2):
                        if 0 <= i + di < shifts and 0 <= h + dh < halves:
                            way = before[i + di, h + dh] + BEND * (abs(di) + abs(dh))
                            if way < best:
                                best, at = way, (i + di) * halves + h + dh
                total[i, h] = cost + best
                came[s, i, h] = at
    borders = np.zeros((count, 2), np.int64)
    at = int(total.argmin())
    for s in range(count - 1, -1, -1):
        i, h = at // halves, at % halves
        middle, half = REACH + i - SHIFTS, NARROWEST + h
        borders[s, 0], borders[s, 1] = middle - half, middle + half + 1
        at = came[s, i, h]
    return borders


def arm_occlusion(
    frame: CameraFrame, layer: GarmentLayer, arm: ArmAxis, skin: SkinChroma, clothes: SkinChroma | None
) -> NDArray[np.uint8] | None:
    """Return how much (h, w) of each of the layer's pixels the arm hides, 255 all; None where it hides none.

    `skin` and `clothes` are the shopper's own colours; `clothes` is None where they do not part.
    """
    normals = _normals(arm.points_px)
    if not _meets_cloth(layer, arm, normals):
        return None
    across = _read_across(frame.y, frame.u, frame.v, arm.points_px, normals, arm.radius_px)
    says, bare = None, False
    if clothes is not None:
        says = _skin_says(across, skin.mean, skin.precision(), clothes.mean, clothes.precision())
        core = says[:, REACH - ACROSS // 2 : REACH + ACROSS // 2 + 1]
        bare = bool((core > 0.0).mean() > SKIN_SHARE)
    if says is None or not bare:
        says = _sleeve_says(across)
    borders = _best_ribbon(says, _edges(across))
    inside = np.array([row[a:b].mean() for row, (a, b) in zip(says, borders, strict=True)])
    last = np.array(layer.rgba.shape[1::-1]) - 1
    at_px = np.clip(arm.points_px.astype(int) - (layer.region.x0, layer.region.y0), 0, last)
    in_front = layer.depth_m[at_px[:, 1], at_px[:, 0]] > arm.front_m
    in_front |= bare & (inside > SEEN_BEFORE)
    edge = (borders - 0.5 - REACH) / ACROSS * arm.radius_px[:, None]
    sides = arm.points_px[:, None] + edge[..., None] * normals[:, None] - (layer.region.x0, layer.region.y0)
    return _filled(sides, in_front, arm, layer)


def _meets_cloth(layer: GarmentLayer, arm: ArmAxis, normals: F64) -> bool:
    """Return whether the arm, away from its own sleeve, lies over anything of the layer."""
    beyond = arm.from_cuff_m > CUFF_M
    aside = np.array([-1.5, 0.0, 1.5])[:, None, None] * (arm.radius_px[:, None] * normals)[None, beyond]
    at = np.floor(arm.points_px[beyond] + aside - (layer.region.x0, layer.region.y0)).astype(int).reshape(-1, 2)
    height, width = layer.rgba.shape[:2]
    at = at[(at >= 0).all(axis=1) & (at[:, 0] < width) & (at[:, 1] < height)]
    return bool(layer.rgba[at[:, 1], at[:, 0], 3].any())


def _normals(points: F64) -> F64:
    """Return unit vectors (S, 2) across the line of `points` (S, 2)."""
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    return np.stack([-along[:, 1], along[:, 0]], axis=1)


def _filled(sides: F64, in_front: NDArray[np.bool_], arm: ArmAxis, layer: GarmentLayer) -> NDArray[np.uint8] | None:
    """Return the ribbon between `sides` (S, 2, 2) where it is `in_front`, as a soft mask over the layer."""
    out = np.zeros(layer.rgba.shape[:2], np.uint8)
    cuff = arm.from_cuff_m < CUFF_M
    _fill(out, sides, in_front & (cuff | np.roll(cuff, 1)))
    if out.any():
        out[layer.depth_m < float(arm.depth_m[cuff].mean())] = 0
    _fill(out, sides, in_front & ~cuff)
    return out if out.any() else None


def _fill(mask: NDArray[np.uint8], sides: F64, taken: NDArray[np.bool_]) -> None:
    """Set `mask` to 255 between `sides` along each run of `taken` stations, in place, with smooth edges."""
    start = None
    for s in range(len(taken) + 1):
        if s < len(taken) and taken[s]:
            start = s if start is None else start
        elif start is not None:
            if s - start > 1:
                outline = np.concatenate([sides[start:s, 0], sides[start:s, 1][::-1]])
                cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], (255,), cv2.LINE_AA, shift=4)
            start = None
