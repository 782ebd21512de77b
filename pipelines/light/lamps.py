"""An ambient light and lamps all around, none of them negative, that explain the brightness of a surface.

Non-negative least squares with a ridge towards what is usual in rooms and under the sky, light from
above, by coordinate descent (Franc, Hlavac and Navara, CAIP 2005).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.light.sh import directions, lamp_harmonics
from pipelines.types import Sh9

F64 = NDArray[np.float64]
Gather = Callable[[NDArray[np.float32], F64, F64], tuple[F64, F64]]

TRUST, MOST_RIDGE = 4.0, 0.3  # of the ridge on each lamp's distance from the usual; the ambient light is free
USUAL = 0.9  # of the median skin's light comes from lamps above and before the shopper, unless the skin tells otherwise
SWEEPS = 40
_AIMS = directions(40)
_AIMS = _AIMS[_AIMS[:, 2] > -0.4]  # what shines from farther behind reaches no skin that the camera sees
_ABOVE = np.maximum(_AIMS @ np.array([0.0, 0.75, 0.66], np.float32), 0.0) ** 2
_USUAL = USUAL * _ABOVE / float(_ABOVE @ np.maximum(_AIMS[:, 2], 0.0))
_HARMONICS = lamp_harmonics(_AIMS)  # (1 + lamps, 9)


@njit(cache=True, nogil=True)
def _gathered(normals: NDArray[np.float32], aims: NDArray[np.float32], target: F64, weight: F64) -> tuple[F64, F64]:
    lamps = aims.shape[0]
    left, right = np.zeros((lamps + 1, lamps + 1)), np.zeros(lamps + 1)
    row, total = np.empty(lamps + 1), 0.0
    for s in range(normals.shape[0]):
        if weight[s] <= 0.0:
            continue
        total += weight[s]
        row[0] = 1.0
        for k in range(lamps):
            cosine = normals[s, 0] * aims[k, 0] + normals[s, 1] * aims[k, 1] + normals[s, 2] * aims[k, 2]
            row[k + 1] = max(cosine, 0.0)
        for i in range(lamps + 1):
            if row[i] == 0.0:
                continue
            scaled = weight[s] * row[i]
            right[i] += scaled * target[s]
            for j in range(i + 1):
                left[i, j] += scaled * row[j]
    for i in range(lamps + 1):
        right[i] /= total
        for j in range(i + 1):
            left[i, j] /= total
            left[j, i] = left[i, j]
    return left, right


def gather(normals: NDArray[np.float32], target: F64, weight: F64) -> tuple[F64, F64]:
    """Return the normal equations (L, L), (L,) of the lights that give `target` (N,) on `normals` (N, 3)."""
    return _gathered(normals, _AIMS, target, weight)


def design(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what each light (N, L) gives to `normals` (N, 3); the first is the ambient one."""
    lit = np.maximum(normals @ _AIMS.T, np.float32(0.0))
    return np.concatenate([np.ones((len(lit), 1), np.float32), lit], axis=1)


@njit(cache=True, nogil=True)
def _non_negative(left: F64, right: F64, sweeps: int) -> F64:
    x = np.full(right.shape[0], 1e-3)
    for _ in range(sweeps):
        for i in range(x.shape[0]):
            slope = right[i]
            for j in range(x.shape[0]):
                slope -= left[i, j] * x[j]
            x[i] = max(0.0, x[i] + slope / left[i, i])
    return x


def solve_lamps(left: F64, right: F64, spread: float) -> Sh9:
    """Return the harmonics (9, 3) of the white lights that solve the normal equations.

    `spread` is what the samples are off by, of their median: the more, the nearer the light is to the usual.
    """
    ridge = np.full(len(right), min(TRUST * spread * spread, MOST_RIDGE))
    ridge[0] = 1e-6
    lean = ridge * np.concatenate([[0.0], _USUAL])
    lights = _non_negative(left + np.diag(ridge), right + lean, SWEEPS)
    return np.repeat((lights @ _HARMONICS)[:, None], 3, axis=1).astype(np.float32)
