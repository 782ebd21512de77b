"""The light of the room, read from the shopper's own skin.

Face, neck and hands are surfaces whose normals the posed body knows. Their brightness over their median,
against the nine harmonics of those normals, is a ridge least-squares problem (real-time light from the user's face:
Knorr and Kurz, ISMAR 2014). It leaves two things open, since nobody knows how dark a person's skin is:

  exposure   skin of middle albedo and a frame whose bright parts are white both make a guess; their weighted
             geometric mean is kept where it makes the skin neither darker nor lighter than skin is
  tint       a camera balances white by itself, and skins differ in red against green; so only a part of how warm
             this skin is, red against blue, counts as the light's, and never much: a white garment stays white

The shape leans on a plausible room light wherever the skin says nothing, as on the back of the head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.light.sh import DEFAULT_LIGHT, sh_basis, without_negative
from pipelines.types import CameraFrame, Sh9, require_shape

TAU_S = 0.5
RESET_S = 2.0  # after a gap this long the light starts afresh
LEAST_SAMPLES = 40
MOST_SAMPLES = 800
SKIN_ALBEDO = (0.12, 0.32, 0.60)  # luminance, linear: darkest, middle, lightest
SKIN_WARMTH = 2.1  # red over blue of average skin, linear
WHITE_ALBEDO = 0.8  # of what the brightest twentieth of a frame shows
EXPOSURE = (0.04, 1.05)
SKIN_TRUST = 0.5  # weight of the skin's guess of the exposure against the frame's
TINT_TRUST = 0.2
TINT_LIMIT = 0.04
RIDGE = np.array([0.005, 0.015, 0.015, 0.015, 0.08, 0.08, 0.08, 0.08, 0.08])  # per sample
LEAST_SHARE = 0.15  # of the mean irradiance, from any direction
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_DEFAULT_FRONT = float((sh_basis(np.array([[0.0, 0.0, 1.0]], np.float32)) @ DEFAULT_LIGHT)[0, 0])

Solver = Callable[[NDArray[np.float32], NDArray[np.float32], Sh9], Sh9]


@dataclass(frozen=True, slots=True, eq=False)
class LightState:
    """The light so far; holds no picture and nothing of a face."""

    light: Sh9 = field(default_factory=lambda: DEFAULT_LIGHT)
    captured_s: float | None = None
    samples: int = 0  # of skin in the newest frame; under LEAST_SAMPLES it was not fitted
    fitted: Sh9 | None = None  # the last fit, before smoothing; None: never fitted
    fitted_exposure: float = 1.0  # of the frame that it was made on


@njit(cache=True, nogil=True)
def _sample(
    y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8], points: NDArray[np.float64], step: int
) -> NDArray[np.float32]:
    """Return (N, 6) linear RGB, luma, Cb, Cr at every `step`-th point; luma -1 outside the frame."""
    count = (points.shape[0] + step - 1) // step
    out = np.empty((count, 6), np.float32)
    for k in range(count):
        x, z = points[k * step, 0], points[k * step, 1]
        if not (0.0 <= x < y.shape[1] and 0.0 <= z < y.shape[0]):
            out[k] = -1.0
            continue
        i, j = int(x), int(z)
        luma, cb, cr = np.float64(y[j, i]), np.float64(u[j >> 1, i >> 1]), np.float64(v[j >> 1, i >> 1])
        grey, blue, red = 1.164384 * (luma - 16.0), cb - 128.0, cr - 128.0
        out[k, 0], out[k, 1] = grey + 1.596027 * red, grey - 0.391762 * blue - 0.812968 * red
        out[k, 2] = grey + 2.017232 * blue
        for c in range(3):
            value = min(max(out[k, c] / 255.0, 0.0), 1.0)
            out[k, c] = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        out[k, 3], out[k, 4], out[k, 5] = luma, cb, cr
    return out


@njit(cache=True, nogil=True)
def _normal_equations(
    basis: NDArray[np.float32], target: NDArray[np.float32], ridge: NDArray[np.float64], prior: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Solve (B'B / n + R) x = B't / n + R prior by Cholesky; returns (9, 3)."""
    n = basis.shape[0]
    a = np.zeros((9, 9), np.float64)
    x = np.zeros((9, 3), np.float64)
    for s in range(n):
        for i in range(9):
            for j in range(i + 1):
                a[i, j] += basis[s, i] * basis[s, j] / n
            for c in range(3):
                x[i, c] += basis[s, i] * target[s, c] / n
    for i in range(9):
        a[i, i] += ridge[i]
        for c in range(3):
            x[i, c] += ridge[i] * prior[i, c]
    for i in range(9):
        for j in range(i + 1):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(a[i, i]) if i == j else a[i, j] / a[j, j]
    for c in range(3):
        for i in range(9):
            for k in range(i):
                x[i, c] -= a[i, k] * x[k, c]
            x[i, c] /= a[i, i]
        for i in range(8, -1, -1):
            for k in range(i + 1, 9):
                x[i, c] -= a[k, i] * x[k, c]
            x[i, c] /= a[i, i]
    return x


def solve_ridge(normals: NDArray[np.float32], target: NDArray[np.float32], prior: Sh9) -> Sh9:
    """Return the harmonics (9, 3) that give `target` (N, 3) on `normals` (N, 3), near `prior` elsewhere."""
    return _normal_equations(sh_basis(normals), target, RIDGE, prior).astype(np.float32)


def fit_light(
    frame: CameraFrame,
    points_px: NDArray[np.float32],
    normals: NDArray[np.float32],
    state: LightState,
    solve: Solver = solve_ridge,
) -> tuple[Sh9, LightState]:
    """Return (light, state) from skin seen at `points_px` (N, 2) with camera-frame `normals` (N, 3).

    Points may lie outside the frame or on hair, glasses or background: what is not of the skin's colour is
    dropped. With too few left the last fit follows the frame's exposure; before any fit, the default light does.
    Raises ShapeError.
    """
    require_shape("points_px", points_px, ("N", 2))
    require_shape("normals", normals, (len(points_px), 3))
    gap_s = RESET_S + 1.0 if state.captured_s is None else frame.captured_s - state.captured_s
    samples, facing = _skin(frame, points_px, normals)
    exposure, fitted, fitted_at = _frame_exposure(frame), state.fitted, state.fitted_exposure
    if len(samples) >= LEAST_SAMPLES:
        fitted, fitted_at = _fit(samples, facing, exposure, solve), exposure
    elif gap_s > RESET_S:
        fitted = None
    if fitted is None:
        fresh = DEFAULT_LIGHT * np.float32(np.clip(exposure, *EXPOSURE) / _DEFAULT_FRONT)
    else:  # while the face is turned away: the same light, brighter or darker with the frame
        fresh = fitted * np.float32(np.clip(exposure / fitted_at, 0.5, 2.0))
    weight = 1.0 if not 0.0 <= gap_s <= RESET_S else 1.0 - float(np.exp(-gap_s / TAU_S))
    light = (state.light + np.float32(weight) * (fresh - state.light)).astype(np.float32)
    return light, LightState(light, frame.captured_s, len(samples), fitted, fitted_at)


def _skin(
    frame: CameraFrame, points_px: NDArray[np.float32], normals: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (samples (M, 6), normals (M, 3)) that face the camera and have the chroma of the majority."""
    step = max(1, -(-len(points_px) // MOST_SAMPLES))
    samples = _sample(frame.y, frame.u, frame.v, np.ascontiguousarray(points_px, np.float64), step)
    facing = np.ascontiguousarray(normals[::step], np.float32)
    usable = (samples[:, 3] > 24.0) & (samples[:, 3] < 232.0) & np.isfinite(facing).all(axis=1)
    usable &= facing[:, 2] > 0.15
    samples, facing = samples[usable], facing[usable]
    if len(samples) < LEAST_SAMPLES:
        return samples, facing
    chroma = samples[:, 4:]
    away = np.abs(chroma - np.median(chroma, axis=0))
    kept = (away <= 3.0 * (1.4826 * np.median(away, axis=0) + 1.0)).all(axis=1)
    low, high = np.percentile(samples[kept, 3], [4.0, 97.0])  # brows and nostrils; highlights
    kept &= (samples[:, 3] >= low) & (samples[:, 3] <= high)
    return samples[kept], facing[kept]


def _fit(samples: NDArray[np.float32], facing: NDArray[np.float32], frame_exposure: float, solve: Solver) -> Sh9:
    median = np.maximum(np.median(samples[:, :3], axis=0), 1e-4)
    level = float(_LUMA @ median)
    target = np.clip(samples[:, :3] / median, 0.0, 3.0).astype(np.float32)
    default_level = float(np.median(sh_basis(facing) @ DEFAULT_LIGHT[:, 0]))
    shape = solve(facing, target, (DEFAULT_LIGHT / max(default_level, 1e-3)).astype(np.float32))
    grey = shape @ np.ones(3) / 3.0
    shape = (0.5 * shape + 0.5 * grey[:, None]).astype(np.float32)
    shape[0] = grey[0]
    exposure = _exposure(level, frame_exposure)
    warmth = TINT_TRUST * np.log(median[0] / median[2] / SKIN_WARMTH)
    warmth = float(np.clip(warmth, -TINT_LIMIT, TINT_LIMIT))
    tint = np.exp([warmth, 0.0, -warmth])
    tint = tint / float(_LUMA @ tint)
    return without_negative((shape * (exposure * tint)).astype(np.float32), LEAST_SHARE)


def _exposure(skin_level: float, frame_exposure: float) -> float:
    """Return the irradiance over pi on the median of the skin."""
    darkest, middle, lightest = SKIN_ALBEDO
    guess = (skin_level / middle) ** SKIN_TRUST * frame_exposure ** (1.0 - SKIN_TRUST)
    return float(np.clip(np.clip(guess, skin_level / lightest, skin_level / darkest), *EXPOSURE))


def _frame_exposure(frame: CameraFrame) -> float:
    """Return the irradiance over pi at which the bright parts of the frame are white."""
    luma = np.bincount(frame.y[::4, ::4].reshape(-1), minlength=256)
    bright = int(np.searchsorted(np.cumsum(luma), 0.95 * luma.sum()))
    value = min(max((bright - 16) / 219.0, 0.01), 1.0)
    return float(((value + 0.055) / 1.055) ** 2.4 / WHITE_ALBEDO)
