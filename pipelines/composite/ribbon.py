"""Where an arm ends in the picture: two borders along its axis, read from edges and colours.

Across the axis the picture is read at stations, and the two borders are found for all stations at once by dynamic
programming (Amini, Weymouth & Jain 1990, "Using dynamic programming for solving variational problems in vision"): they
like edges, the arm's colours between them, the width of the body's own arm and the line before.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

ACROSS = 8  # samples a radius
REACH = 2 * ACROSS  # samples on either side of the axis
SHIFTS = ACROSS  # the ribbon's middle may lie this many samples beside the axis …
NARROWEST, WIDEST = 5, 14  # … and it may be half as wide as this
SKIN_DISTANCE2 = 9.0
COLOUR, EDGE = 2.0, 1.0  # weights of what the picture says, against those of the body's arm:
SHIFT_SIGMA, WIDTH_SIGMA, BEND = 0.5, 0.3, 0.15  # radii, logarithm, a step from station to station
EDGE_LEVELS = 12.0  # luma step that is half an edge
LEAST_SAMPLES, SURE = 24, 4.0  # of an own sleeve; the logarithm from which its colours leave no doubt


@njit(cache=True, nogil=True)
def read_across(
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
def skin_says(
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
def sleeve_says(across: NDArray[np.float32]) -> NDArray[np.float32]:
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
def edges(across: NDArray[np.float32]) -> NDArray[np.float32]:
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
def best_ribbon(says: NDArray[np.float32], edges: NDArray[np.float32]) -> NDArray[np.int64]:
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
