"""The shopper's skin colour, as a Gaussian over the two chroma planes.

Luma is left out: it follows the light and the shape. Face points are used inside the frame only; what is
kept from frame to frame is a mean and a covariance of chroma.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, Landmarks

FACE_OUTLINE = (3, 6, 9, 10)  # outer eye corners and mouth corners of BlazePose
_NOSE = 0
_TORSO = (11, 12, 24, 23)
_HIPS, _KNEES = (23, 24), (25, 26)
_SEAT = 0.45  # of the thighs: as far down they are in trousers, shorts or a skirt
_LEAST_SAMPLES = 24  # chroma samples, each of 2 x 2 pixels
_RENEWAL = 0.15  # weight of a new frame
_FLOOR = 4.0  # least variance, in squared levels: noise and coding
_GAMUT = ((90.0, 130.0), (128.0, 178.0))  # Cb and Cr of human skin under indoor lights, generously

REDNESS_RANGE, REDNESS_BINS = (-5.0, 1.0), 48  # log2 of (Cr - Cb) / luma
_EDGES = np.linspace(*REDNESS_RANGE, REDNESS_BINS + 1)
_CENTRES = 0.5 * (_EDGES[1:] + _EDGES[:-1])
_LEAST_SHARE = (0.25, 0.2)  # of the samples: of the paler group, of the redder one
_APART = 1.0  # octaves between the groups; within one hand it is 0.4 to 0.9
_SEPARATE = 0.72  # of the variance must lie between the groups; of one normal group it is 0.64


@dataclass(frozen=True, slots=True, eq=False)
class SkinChroma:
    """Mean and covariance of (Cb, Cr)."""

    mean: NDArray[np.float64]  # (2,)
    cov: NDArray[np.float64]  # (2, 2)
    measured: bool  # False: the default, nobody's skin

    def precision(self) -> NDArray[np.float64]:
        """Return the inverse (2, 2) of the covariance, in closed form: LAPACK wakes its threads for less."""
        return _inverse(self.cov)

    def distance2(self, cb: float, cr: float) -> float:
        """Return the squared Mahalanobis distance of one colour."""
        return float(away2(cb, cr, self.mean, self.precision()))


@njit(cache=True, nogil=True)
def away2(cb: float, cr: float, mean: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Return the squared Mahalanobis distance of a chroma to a Gaussian."""
    a, b = cb - mean[0], cr - mean[1]
    return float(a * a * precision[0, 0] + 2.0 * a * b * precision[0, 1] + b * b * precision[1, 1])


@njit(cache=True, nogil=True)
def _inverse(cov: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, d = cov[0, 0], cov[0, 1], cov[1, 1]
    out = np.array([[d, -b], [-b, a]])
    out /= max(a * d - b * b, 1e-9)
    return out


DEFAULT_SKIN = SkinChroma(np.array([110.0, 149.0]), np.array([[36.0, -18.0], [-18.0, 30.0]]), False)


def measure_skin(frame: CameraFrame, landmarks: Landmarks, previous: SkinChroma = DEFAULT_SKIN) -> SkinChroma:
    """Return `previous` renewed by the face between eyes, nose and mouth, or as it is where none is seen."""
    samples = _face_samples(frame, landmarks)
    if len(samples) < _LEAST_SAMPLES:
        return previous
    mean, cov, kept = _trimmed(samples)
    if kept < _LEAST_SAMPLES // 2:
        return previous
    if not all(low < value < high for value, (low, high) in zip(mean, _GAMUT, strict=True)):
        return previous
    cov += _FLOOR * np.eye(2)
    if not previous.measured:
        return SkinChroma(mean, cov, True)
    mixed = previous.mean + _RENEWAL * (mean - previous.mean)
    return SkinChroma(mixed, previous.cov + _RENEWAL * (cov - previous.cov), True)


def face_luma(frame: CameraFrame, landmarks: Landmarks, previous: float) -> float:
    """Return `previous` renewed by the median luma between eyes, nose and mouth, or as it is where none is seen.

    0 is unknown.
    """
    hull = _face_hull(landmarks)
    if hull is None:
        return previous
    (x0, y0), (x1, y1) = (np.clip(one, 0, frame.u.shape[::-1]).astype(int) for one in (hull.min(0), hull.max(0) + 2))
    half = np.ascontiguousarray(frame.y[2 * y0 : 2 * y1 : 2, 2 * x0 : 2 * x1 : 2])
    samples = _inside(half, half, hull - np.array([x0, y0], np.float32))
    if len(samples) < _LEAST_SAMPLES:
        return previous
    luma = float(np.median(samples[:, 0]))
    return luma if previous == 0.0 else previous + _RENEWAL * (luma - previous)


def measure_clothes(frame: CameraFrame, landmarks: Landmarks) -> SkinChroma | None:
    """Return the chroma of what the shopper wears on the torso in this frame, or None where it is out of sight."""
    return _chroma_within(frame, landmarks.uv_px[list(_TORSO)].astype(np.float64))


def measure_trousers(frame: CameraFrame, landmarks: Landmarks) -> SkinChroma | None:
    """Return the chroma of what the shopper wears about the hips in this frame, or None where it is out of sight."""
    if landmarks.visibility[[*_HIPS, *_KNEES]].min() < 0.5:
        return None
    hips, knees = (landmarks.uv_px[list(pair)].astype(np.float64) for pair in (_HIPS, _KNEES))
    seat = hips + _SEAT * (knees - hips)
    return _chroma_within(frame, np.concatenate([hips, seat[::-1]]))


def _chroma_within(frame: CameraFrame, corners: NDArray[np.float64]) -> SkinChroma | None:
    """Return the chroma of the middle of the quad `corners` (4, 2), px around its outline; None of too few samples."""
    if not np.isfinite(corners).all():
        return None
    samples = _quad_samples(frame.u, frame.v, corners / 2.0)
    if len(samples) < _LEAST_SAMPLES:
        return None
    mean, cov, kept = _trimmed(samples)
    return SkinChroma(mean, cov + _FLOOR * np.eye(2), True) if kept >= _LEAST_SAMPLES else None


def least_redness(histogram: NDArray[np.int64], core: NDArray[np.int64]) -> float | None:
    """Return the least relative redness (log2) of the hand, where the samples may be hand or paler cloth.

    `histogram` (REDNESS_BINS,) counts them over REDNESS_RANGE, `core` those in the middle of the hand. None where
    they are one group: one hand, its light and its shade. Two groups are an octave apart, each holds a good share of
    the samples, and the spread is mostly between them (Otsu's criterion); the middle of the hand is in the redder.
    """
    count = int(histogram.sum())
    if count < _LEAST_SAMPLES:
        return None
    share, moment = np.cumsum(histogram) / count, np.cumsum(histogram * _CENTRES) / count
    inner = np.flatnonzero((share > _LEAST_SHARE[0]) & (share < 1.0 - _LEAST_SHARE[1]))
    if len(inner) == 0:
        return None
    below, mean = share[inner], float(moment[-1])
    low, high = moment[inner] / below, (mean - moment[inner]) / (1.0 - below)
    between = below * (1.0 - below) * (high - low) ** 2
    best = int(between.argmax())
    total = float((histogram * (_CENTRES - mean) ** 2).sum()) / count
    if high[best] - low[best] < _APART or between[best] < _SEPARATE * total:
        return None
    if 2 * core[inner[best] + 1 :].sum() <= core.sum():
        return None
    return float(_EDGES[inner[best] + 1])


@njit(cache=True, nogil=True)
def _quad_samples(u: NDArray[np.uint8], v: NDArray[np.uint8], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return chroma (N, 2) on a grid over the middle of the quad (4, 2), given around its outline."""
    steps = 20
    out, count = np.empty((steps * steps, 2), np.float64), 0
    for i in range(steps):
        for j in range(steps):
            s, t = 0.15 + 0.7 * i / (steps - 1), 0.15 + 0.7 * j / (steps - 1)
            x = (1 - t) * ((1 - s) * corners[0, 0] + s * corners[1, 0]) + t * (
                (1 - s) * corners[3, 0] + s * corners[2, 0]
            )
            y = (1 - t) * ((1 - s) * corners[0, 1] + s * corners[1, 1]) + t * (
                (1 - s) * corners[3, 1] + s * corners[2, 1]
            )
            if 0.0 <= x < u.shape[1] and 0.0 <= y < u.shape[0]:
                out[count, 0], out[count, 1] = u[int(y), int(x)], v[int(y), int(x)]
                count += 1
    return out[:count]


@njit(cache=True, nogil=True)
def _moments(
    samples: NDArray[np.float64], centre: NDArray[np.float64], width: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return mean (2,), covariance (2, 2) and number of the samples (N, 2) within `width` (2,) of `centre`."""
    total, square, kept = np.zeros(2), np.zeros((2, 2)), 0
    for i in range(samples.shape[0]):
        a, b = samples[i, 0] - centre[0], samples[i, 1] - centre[1]
        if abs(a) <= width[0] and abs(b) <= width[1]:
            kept += 1
            total[0], total[1] = total[0] + a, total[1] + b
            square[0, 0], square[0, 1] = square[0, 0] + a * a, square[0, 1] + a * b
            square[1, 1] += b * b
    if kept > 0:
        total, square = total / kept, square / kept
        square[0, 0], square[0, 1] = square[0, 0] - total[0] ** 2, square[0, 1] - total[0] * total[1]
        square[1, 1] -= total[1] ** 2
        square[1, 0] = square[0, 1]
    return centre + total, square, kept


def _trimmed(samples: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return the moments without eyes, lips and glasses: three times, each time within 2.5 deviations."""
    centre, width, kept = np.zeros(2), np.full(2, np.inf), 0
    cov = np.zeros((2, 2))
    for _ in range(3):
        centre, cov, kept = _moments(samples, centre, width)
        spread = np.array([cov[0, 0], cov[1, 1]])
        width = 2.5 * np.sqrt(np.maximum(0.0, spread)) + 0.5  # rounding leaves a hair less than 0 of an even colour
    return centre, cov, kept


def _face_samples(frame: CameraFrame, landmarks: Landmarks) -> NDArray[np.float64]:
    """Return the (N, 2) chroma samples inside the polygon of eyes, nose and mouth."""
    hull = _face_hull(landmarks)
    return np.zeros((0, 2)) if hull is None else np.asarray(_inside(frame.u, frame.v, hull), np.float64)


def _face_hull(landmarks: Landmarks) -> NDArray[np.float32] | None:
    """Return the polygon (P, 2) of eyes, nose and mouth at half the picture's size, None where they are not seen."""
    points = landmarks.uv_px[[*FACE_OUTLINE, _NOSE]]
    if landmarks.visibility[[*FACE_OUTLINE, _NOSE]].min() < 0.5 or not np.isfinite(points).all():
        return None
    hull = cv2.convexHull(np.clip(points / 2.0, -1e4, 1e4).astype(np.float32))
    return np.asarray(hull, np.float32).reshape(-1, 2)


@njit(cache=True, nogil=True)
def _inside(u: NDArray[np.uint8], v: NDArray[np.uint8], hull: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the chroma (N, 2) of all samples inside of the convex `hull` (P, 2), whichever way it goes round."""
    x0, x1 = max(0, int(np.floor(hull[:, 0].min()))), min(u.shape[1], int(np.ceil(hull[:, 0].max())) + 1)
    y0, y1 = max(0, int(np.floor(hull[:, 1].min()))), min(u.shape[0], int(np.ceil(hull[:, 1].max())) + 1)
    out, count = np.empty((max(0, x1 - x0) * max(0, y1 - y0), 2)), 0
    for j in range(y0, y1):
        for i in range(x0, x1):
            left = right = False
            for k in range(len(hull)):
                ax, ay = hull[k - 1, 0], hull[k - 1, 1]
                turn = (hull[k, 0] - ax) * (j - ay) - (hull[k, 1] - ay) * (i - ax)
                left, right = left or turn > 0.0, right or turn < 0.0
            if not (left and right):
                out[count, 0], out[count, 1] = u[j, i], v[j, i]
                count += 1
    return out[:count]
