"""The shopper's skin colour, as a Gaussian over the two chroma planes.

Luma is left out: it follows the light and the shape. Face points are used inside the frame only; what is
kept from frame to frame is a mean and a covariance of chroma.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import CameraFrame, Landmarks

FACE_OUTLINE = (3, 6, 9, 10)  # outer eye corners and mouth corners of BlazePose
_NOSE = 0
_LEAST_SAMPLES = 24  # chroma samples, each of 2 x 2 pixels
_RENEWAL = 0.15  # weight of a new frame
_FLOOR = 4.0  # least variance, in squared levels: noise and coding
_GAMUT = ((90.0, 130.0), (128.0, 178.0))  # Cb and Cr of human skin under indoor lights, generously


@dataclass(frozen=True, slots=True, eq=False)
class SkinChroma:
    """Mean and covariance of (Cb, Cr)."""

    mean: NDArray[np.float64]  # (2,)
    cov: NDArray[np.float64]  # (2, 2)
    measured: bool  # False: the default, nobody's skin

    def precision(self) -> NDArray[np.float64]:
        """Return the inverse (2, 2) of the covariance, in closed form: LAPACK wakes its threads for less."""
        (a, b), (_, d) = self.cov
        return np.asarray(np.array([[d, -b], [-b, a]]) / max(a * d - b * b, 1e-9), np.float64)

    def distance2(self, cb: float, cr: float) -> float:
        """Return the squared Mahalanobis distance of one colour."""
        away = np.array([cb, cr]) - self.mean
        return float(away @ self.precision() @ away)


DEFAULT_SKIN = SkinChroma(np.array([110.0, 149.0]), np.array([[36.0, -18.0], [-18.0, 30.0]]), False)


def measure_skin(frame: CameraFrame, landmarks: Landmarks, previous: SkinChroma = DEFAULT_SKIN) -> SkinChroma:
    """Return `previous` renewed by the face between eyes, nose and mouth, or as it is where none is seen."""
    samples = _face_samples(frame, landmarks)
    if len(samples) < _LEAST_SAMPLES:
        return previous
    centre = np.median(samples, axis=0)
    spread = np.median(np.abs(samples - centre), axis=0) * 1.4826 + 1.0
    kept = samples[(np.abs(samples - centre) < 2.5 * spread).all(axis=1)]
    if len(kept) < _LEAST_SAMPLES // 2:
        return previous
    mean = kept.mean(axis=0)
    if not all(low < value < high for value, (low, high) in zip(mean, _GAMUT, strict=True)):
        return previous
    cov = np.cov(kept.T) + _FLOOR * np.eye(2)
    if not previous.measured:
        return SkinChroma(mean, cov, True)
    mixed = previous.mean + _RENEWAL * (mean - previous.mean)
    return SkinChroma(mixed, previous.cov + _RENEWAL * (cov - previous.cov), True)


def _face_samples(frame: CameraFrame, landmarks: Landmarks) -> NDArray[np.float64]:
    """Return the (N, 2) chroma samples inside the polygon of eyes and mouth."""
    nothing = np.zeros((0, 2))
    points = landmarks.uv_px[[*FACE_OUTLINE, _NOSE]]
    if landmarks.visibility[[*FACE_OUTLINE, _NOSE]].min() < 0.5 or not np.isfinite(points).all():
        return nothing
    outline = np.clip(points / 2.0, -1e4, 1e4)
    x0, y0 = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(outline.max(axis=0)) + 1, (frame.u.shape[1], frame.u.shape[0])).astype(int)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return nothing
    hull = cv2.convexHull(np.round(outline).astype(np.int32) - np.array([x0, y0], np.int32))
    inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(inside, hull, (1,))
    taken = inside > 0
    return np.asarray(np.stack([frame.u[y0:y1, x0:x1][taken], frame.v[y0:y1, x0:x1][taken]], axis=1), np.float64)
