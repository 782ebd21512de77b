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
CUFF_M = 0.02  # this near to the sleeve's end the cloth must lie behind the axis, else it is that sleeve
LEAST_SAMPLES, SURE = 24, 4.0  # of an own sleeve; the logarithm from which its colours leave no doubt
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
    if bare_from > LAST_BARE or joints_m[:, 2].max() > -NEAREST_M:
        return None
    stations = _stations(joints_m.astype(np.float64), radius_m, bare_from, K)
    if len(stations) == 0:
        return None
    radius_px, depth_m = stations[:, 3], stations[:, 2]
    front_m = depth_m - advance_m - radius_px * depth_m / K[0, 0]
    return ArmAxis(np.ascontiguousarray(stations[:, :2]), radius_px.copy(), depth_m, front_m, stations[:, 4])


@njit(cache=True, nogil=True)
def _stations(joints_m: F64, radius_m: F64, bare_from: float, K: F64) -> F64:
    """Return (S, 5) pixels, depth, radius in pixels and metres from the cuff along the arm; none if it is too short."""
    place = np.linspace(max(0.0, bare_from - ABOVE_CUFF), 2.0 + BELOW_WRIST, 4 * MOST)
    line, travelled, along, radius_px = _lay(joints_m, radius_m, place, K)
    mean_px = radius_px.mean()
    if not LEAST_RADIUS_PX < mean_px or along[-1] < LEAST_LENGTH * mean_px:
        return np.empty((0, 5))
    count = int(min(float(MOST), along[-1] / (SPACING * mean_px)))
    at = np.searchsorted(along, np.linspace(0.0, along[-1], count))
    cuff_m = travelled[min(int(np.searchsorted(place, bare_from)), len(place) - 1)]
    out = np.empty((count, 5))
    for s in range(count):
        k = min(at[s], len(place) - 1)
        out[s, :3], out[s, 3], out[s, 4] = line[k], radius_px[k], travelled[k] - cuff_m
    return out


@njit(cache=True, nogil=True)
def _lay(joints_m: F64, radius_m: F64, place: F64, K: F64) -> tuple[F64, F64, F64, F64]:
    """Return the arm at `place` (N,), its corner at the elbow rounded.

    Pixels and depth (N, 3), the way there in metres (N,) and in pixels (N,), and the radius in pixels (N,).
    """
    count, even = len(place), len(radius_m) - 1
    line, travelled, along, radius = np.empty((count, 3)), np.zeros(count), np.zeros(count), np.empty(count)
    here, before = np.empty(3), np.empty(3)
    for n in range(count):
        bend = min(max((place[n] - 1.0 + ROUND) / (2.0 * ROUND), 0.0), 1.0)  # 0 above the elbow, 1 below it
        beyond = place[n] - 1.0 if place[n] > 1.0 + ROUND else ROUND * bend * bend  # integral of bend over the place
        for c in range(3):
            upper, lower = joints_m[1, c] - joints_m[0, c], joints_m[2, c] - joints_m[1, c]
            here[c] = joints_m[0, c] + (place[n] - beyond) * upper + beyond * lower
        depth = -here[2]
        line[n, 0], line[n, 1], line[n, 2] = (
            K[0, 2] + K[0, 0] * here[0] / depth,
            K[1, 2] - K[1, 1] * here[1] / depth,
            depth,
        )
        step = min(max(place[n] / 2.0, 0.0), 1.0) * even
        k = min(int(step), even - 1)
        radius[n] = (radius_m[k] + (step - k) * (radius_m[k + 1] - radius_m[k])) * K[0, 0] / depth
        if n:
            travelled[n] = travelled[n - 1] + np.sqrt(np.sum((here - before) ** 2))
            along[n] = along[n - 1] + np.hypot(line[n, 0] - line[n - 1, 0], line[n, 1] - line[n - 1, 1])
        before[:] = here
    return line, travelled, along, radius


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


@njit(cache=True, nogil=True)
def _sleeve_says(across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (S, K) from -1, like what lies beside the arm, to 1, like what lies along its axis."""
    says = np.zeros(across.shape[:2], np.float32)
    inner, outer = _gaussian(across, 0, ACROSS // 2), _gaussian(across, 3 * ACROSS // 2, REACH)
    if min(inner[3], outer[3]) < LEAST_SAMPLES:
        return says
    for j in range(across.shape[0]):
        for i in range(across.shape[1]):
            if np.isfinite(across[j, i, 0]):
                told = _log_likelihood(across[j, i], inner) - _log_likelihood(across[j, i], outer)
                says[j, i] = min(1.0, max(-1.0, told / SURE))
    return says


@njit(cache=True, nogil=True)
def _gaussian(across: NDArray[np.float32], nearest: int, farthest: int) -> tuple[F64, F64, float, int]:
    """Return mean (3,), precision (3, 3), half of its log determinant, and how many were seen so far from the axis."""
    mean, square, count = np.zeros(3), np.zeros((3, 3)), 0
    for j in range(across.shape[0]):
        for i in range(across.shape[1]):
            sample = across[j, i]
            if nearest <= abs(i - REACH) <= farthest and np.isfinite(sample[0]):
                count += 1
                for c in range(3):
                    mean[c] += sample[c]
                    for d in range(3):
                        square[c, d] += sample[c] * sample[d]
    mean /= max(count, 1)
    cov = square / max(count, 1) - np.outer(mean, mean) + np.diag(np.array([9.0, 4.0, 4.0]))
    precision = np.linalg.inv(cov)
    return mean, precision, 0.5 * np.log(np.linalg.det(precision)), count


@njit(cache=True, nogil=True)
def _log_likelihood(sample: NDArray[np.float32], of: tuple[F64, F64, float, int]) -> float:
    square = 0.0
    for c in range(3):
        for d in range(3):
            square += (sample[c] - of[0][c]) * of[1][c, d] * (sample[d] - of[0][d])
    return float(of[2] - 0.5 * square)


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
    corner = (layer.region.x0, layer.region.y0)
    if not _meets_cloth(layer.rgba, corner, arm.points_px, normals, arm.radius_px, arm.from_cuff_m):
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
    in_front = _cloth_depth(layer.depth_m, corner, arm.points_px) > arm.front_m
    if bare:
        in_front |= _mean_inside(says, borders) > SEEN_BEFORE
    edge = (borders - 0.5 - REACH) / ACROSS * arm.radius_px[:, None]
    sides = arm.points_px[:, None] + edge[..., None] * normals[:, None] - corner
    return _filled(sides, in_front, arm, layer)


@njit(cache=True, nogil=True)
def _normals(points: F64) -> F64:
    """Return unit vectors (S, 2) across the line of `points` (S, 2)."""
    out, last = np.empty_like(points), len(points) - 1
    for s in range(last + 1):
        x, y = points[min(s + 1, last)] - points[max(s - 1, 0)]
        length = max(np.hypot(x, y), 1e-6)
        out[s, 0], out[s, 1] = -y / length, x / length
    return out


@njit(cache=True, nogil=True)
def _meets_cloth(
    rgba: NDArray[np.uint8], corner: tuple[int, int], points: F64, normals: F64, radius: F64, from_cuff: F64
) -> bool:
    """Return whether the arm, away from its own sleeve, lies over anything of the layer."""
    for s in range(len(points)):
        for aside in (-1.5, 0.0, 1.5):
            x, y = points[s] + aside * radius[s] * normals[s]
            i, j = int(np.floor(x)) - corner[0], int(np.floor(y)) - corner[1]
            if from_cuff[s] > CUFF_M and 0 <= i < rgba.shape[1] and 0 <= j < rgba.shape[0] and rgba[j, i, 3] > 0:
                return True
    return False


@njit(cache=True, nogil=True)
def _cloth_depth(depth_m: NDArray[np.float32], corner: tuple[int, int], points: F64) -> F64:
    """Return the layer's depth (S,) on the axis; beyond its border that of the nearest pixel."""
    out = np.empty(len(points))
    for s in range(len(points)):
        i, j = int(points[s, 0]) - corner[0], int(points[s, 1]) - corner[1]
        out[s] = depth_m[min(max(j, 0), depth_m.shape[0] - 1), min(max(i, 0), depth_m.shape[1] - 1)]
    return out


@njit(cache=True, nogil=True)
def _mean_inside(says: NDArray[np.float32], borders: NDArray[np.int64]) -> F64:
    """Return the mean (S,) of what is said between the borders."""
    out = np.empty(len(says))
    for s in range(len(says)):
        out[s] = says[s, borders[s, 0] : borders[s, 1]].mean()
    return out


def _filled(sides: F64, in_front: NDArray[np.bool_], arm: ArmAxis, layer: GarmentLayer) -> NDArray[np.uint8] | None:
    """Return the ribbon between `sides` (S, 2, 2) where it is `in_front`, as a soft mask over the layer."""
    cuff = arm.from_cuff_m < CUFF_M
    beside = in_front & (cuff | np.roll(cuff, 1))
    out = np.zeros(layer.rgba.shape[:2], np.uint8)
    if _fill(out, sides, beside):
        _drop_nearer(out, layer.depth_m, float(arm.depth_m[cuff].mean()))
    return out if _fill(out, sides, in_front & ~cuff) or out.any() else None


@njit(cache=True, nogil=True)
def _drop_nearer(mask: NDArray[np.uint8], depth_m: NDArray[np.float32], limit_m: float) -> None:
    """Set `mask` (h, w) to 0 where the cloth is nearer than `limit_m`, in place."""
    for j in range(mask.shape[0]):
        for i in range(mask.shape[1]):
            mask[j, i] = 0 if depth_m[j, i] < limit_m else mask[j, i]


def _fill(mask: NDArray[np.uint8], sides: F64, taken: NDArray[np.bool_]) -> bool:
    """Set `mask` to 255 between `sides` of neighbours that are both `taken`, in place, with smooth edges.

    Piece by piece, because the outline of a bent arm crosses itself at the elbow. Returns whether there was any.
    """
    corners = np.round((sides - 0.5) * 16).astype(np.int32)
    both = np.flatnonzero(taken[:-1] & taken[1:])
    for s in both:
        outline = np.array([corners[s, 0], corners[s, 1], corners[s + 1, 1], corners[s + 1, 0]])
        cv2.fillConvexPoly(mask, outline, (255,), cv2.LINE_AA, shift=4)
    return len(both) > 0
