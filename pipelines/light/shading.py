"""Which samples of a face are lit skin, and where in the picture the face fits best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.light.sh import sh_basis
from pipelines.types import CameraFrame

F64 = NDArray[np.float64]

FACING = 0.15  # cosine to the camera, over which skin counts
LEAST_FACING = 0.3  # of face and neck: a head that shows less is turned away, and what is seen there is hair
DARKEST, BRIGHTEST = 24.0, 234.0  # luma; beyond, a channel is clipped
STEP, LIMIT = 0.05, 0.3  # of the face's size: to the places beside the last one, and the farthest
PULL = 0.1  # cost of a place off the landmarks, per squared size
HOLD = 0.004  # a place must be this much better than the last one
OFF = 0.2  # of the median's square root: as far off as hair or background
TUKEY, ROUNDS = 0.17, 4  # off by more counts for nothing in the last round; in each before, as much more may be off
# Per sample. A lamp at the side makes half the face several times as bright: what can't follow drops the lit half.
_RIDGE = np.array([0.0025, 0.00075, 0.00075, 0.00075, 0.004, 0.004, 0.004, 0.004, 0.004])
_TONE = (0.03, 0.09)  # chroma over luma may differ this much from the median: least, most
_BYTES = np.arange(256) / 255.0
_LINEAR = np.where(_BYTES <= 0.04045, _BYTES / 12.92, ((_BYTES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class LitSkin:
    """Samples of one face that the light can be read from."""

    rgb: NDArray[np.float32]  # (N, 3) linear
    normals: NDArray[np.float32]  # (N, 3)
    weight: F64  # (N,) 0 is no skin .. 1
    offset: tuple[float, float]  # where the face fits best, off the landmarks, in sizes of the face


@njit(cache=True, nogil=True)
def _sample(
    y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8], points: F64, dx: float, dy: float
) -> NDArray[np.float32]:
    """Return (N, 6) linear RGB, luma, Cb, Cr at every point moved by (dx, dy); luma -1 outside the frame."""
    out = np.empty((points.shape[0], 6), np.float32)
    for k in range(points.shape[0]):
        x, z = points[k, 0] + dx, points[k, 1] + dy
        if not (0.0 <= x < y.shape[1] and 0.0 <= z < y.shape[0]):
            out[k] = -1.0
            continue
        i, j = int(x), int(z)
        luma, cb, cr = np.float64(y[j, i]), np.float64(u[j >> 1, i >> 1]), np.float64(v[j >> 1, i >> 1])
        grey, blue, red = 1.164384 * (luma - 16.0), cb - 128.0, cr - 128.0
        out[k, 0], out[k, 1] = grey + 1.596027 * red, grey - 0.391762 * blue - 0.812968 * red
        out[k, 2] = grey + 2.017232 * blue
        for c in range(3):
            out[k, c] = _LINEAR[int(min(max(out[k, c], 0.0), 255.0) + 0.5)]
        out[k, 3], out[k, 4], out[k, 5] = luma, blue, red
    return out


@njit(cache=True, nogil=True)
def _solve9(a: F64, x: F64) -> None:
    """Solve a x = x in place by Cholesky."""
    for i in range(9):
        for j in range(i + 1):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(a[i, i]) if i == j else a[i, j] / a[j, j]
    for i in range(9):
        for k in range(i):
            x[i] -= a[i, k] * x[k]
        x[i] /= a[i, i]
    for i in range(8, -1, -1):
        for k in range(i + 1, 9):
            x[i] -= a[k, i] * x[k]
        x[i] /= a[i, i]


@njit(cache=True, nogil=True)
def _robust(basis: NDArray[np.float32], root: F64, good: NDArray[np.bool_], ridge: F64) -> tuple[float, F64]:
    """Return (cost 0..1, Tukey's weights (N,)) of harmonics that give `root` (N,); what is not `good` is off."""
    n = basis.shape[0]
    weight, away = good.astype(np.float64), np.zeros(n)
    for number in range(ROUNDS):
        a, x = np.zeros((9, 9)), np.zeros(9)
        for s in range(n):
            if weight[s] <= 0.0:
                continue
            for i in range(9):
                scaled = weight[s] * basis[s, i] / n
                x[i] += scaled * root[s]
                for j in range(i + 1):
                    a[i, j] += scaled * basis[s, j]
        for i in range(9):
            a[i, i] += ridge[i]
        _solve9(a, x)
        most = TUKEY * (ROUNDS - number)
        for s in range(n):
            away[s] = root[s]
            for i in range(9):
                away[s] -= basis[s, i] * x[i]
            inlying = 1.0 - (away[s] / most) ** 2
            weight[s] = inlying * inlying if good[s] and inlying > 0.0 else 0.0
    cost = 0.0
    for s in range(n):
        cost += min((away[s] / OFF) ** 2, 1.0) if good[s] else 1.0
    return cost / n, weight


def lit_skin(
    frame: CameraFrame,
    points_px: NDArray[np.float32],
    normals: NDArray[np.float32],
    last: tuple[float, float] | None,
    least: int,
) -> LitSkin | None:
    """Return what is seen of the skin at `points_px` (N, 2), near where it was `last`; None if hardly any is.

    Without a last place all near ones are tried, else the four beside it.
    """
    facing = np.isfinite(normals).all(axis=1) & (normals[:, 2] > FACING) & np.isfinite(points_px).all(axis=1)
    points, outward = points_px[facing].astype(np.float64), np.ascontiguousarray(normals[facing], np.float32)
    if len(points) < max(least, LEAST_FACING * len(normals)):
        return None
    size = float(np.sqrt(points.var(axis=0).sum()))
    basis = sh_basis(outward)
    first = _sample(frame.y, frame.u, frame.v, points, *(size * np.array(last or (0.0, 0.0))))
    tone = _tone_of(first)
    if tone is None:
        return None
    best: tuple[float, LitSkin] | None = None
    for number, place in enumerate(_places(last)):
        samples = _sample(frame.y, frame.u, frame.v, points, size * place[0], size * place[1])
        good = _has_tone(samples, tone)
        luma = (samples[:, :3] @ _LUMA).astype(np.float64)
        if int(good.sum()) < least:
            continue
        root = np.sqrt(np.maximum(luma, 0.0) / max(float(np.median(luma[good])), 1e-5))
        cost, weight = _robust(basis, root, good, _RIDGE)
        cost += PULL * (place[0] ** 2 + place[1] ** 2) + (HOLD if number else 0.0)
        if best is None or cost < best[0]:
            best = cost, LitSkin(samples[:, :3], outward, weight, place)
    if best is None or int((best[1].weight > 0.0).sum()) < least:
        return None
    return best[1]


def _places(last: tuple[float, float] | None) -> list[tuple[float, float]]:
    if last is None:
        steps = np.linspace(-LIMIT, LIMIT, 5)
        return [(0.0, 0.0), *((float(x), float(y)) for y in steps for x in steps)]
    x, y = last
    around = ((x, y), (x - STEP, y), (x + STEP, y), (x, y - STEP), (x, y + STEP))
    return [(a, b) for a, b in around if max(abs(a), abs(b)) <= LIMIT + 1e-6]


def _tone_of(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return (median, tolerance) of chroma over luma, which light and shade leave as it is."""
    seen = (samples[:, 3] > DARKEST) & (samples[:, 3] < BRIGHTEST)
    if int(seen.sum()) < 2:
        return None
    tone = samples[seen, 4:] / (samples[seen, 3:4] - 16.0)
    median = np.median(tone, axis=0)
    spread = 1.4826 * np.median(np.abs(tone - median), axis=0)
    return np.asarray(median, np.float32), np.asarray(np.clip(3.0 * spread, *_TONE), np.float32)


def _has_tone(samples: NDArray[np.float32], tone: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.bool_]:
    seen = (samples[:, 3] > DARKEST) & (samples[:, 3] < BRIGHTEST)
    away = np.abs(samples[:, 4:] / np.maximum(samples[:, 3:4] - 16.0, 8.0) - tone[0])
    return np.asarray(seen & (away <= tone[1]).all(axis=1))
