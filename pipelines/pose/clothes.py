"""What colours does somebody wear? The one thing, place apart, by which people are told from each other.

No face is looked at: two histograms, of chroma and of luma, over a band down the middle of the torso.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.pose.blanked import PERSON
from pipelines.types import CameraFrame, MatteU8

F32 = NDArray[np.float32]
Axis = NDArray[np.float64]  # (2, 2) pixels: the middle of the shoulders, the middle of the hips

HALF_WIDTH = 0.22  # of the band, in torso lengths
FROM, TO = 0.10, 0.85  # of the way from the shoulders to the hips
ROWS, COLUMNS = 28, 12
CHROMA_BINS, LUMA_BINS = 32, 16
CHROMA_LOW, CHROMA_STEP = 64, 4
LEAST = 40  # samples inside the picture, fewer tell nothing
FLOOR = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Clothes:
    """Shares of the colours of a torso."""

    chroma: F32  # (CHROMA_BINS, CHROMA_BINS), sums to 1
    luma: F32  # (LUMA_BINS,), sums to 1

    def alike(self, other: Clothes) -> float:
        """Return 0 (nothing in common) .. 1 (the same): Bhattacharyya's coefficients."""
        chroma = float(np.sqrt(self.chroma * other.chroma).sum())
        return chroma * float(np.sqrt(np.sqrt(self.luma * other.luma).sum()))

    def blended(self, other: Clothes, share: float) -> Clothes:
        """Return these clothes led toward `other` by `share`."""
        return Clothes(
            self.chroma + np.float32(share) * (other.chroma - self.chroma),
            self.luma + np.float32(share) * (other.luma - self.luma),
        )

    def likelihood(self, frame: CameraFrame, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logarithm of how likely each of the points (N, 2) inside `frame` shows these clothes."""
        x, y = points_px.astype(np.int64).T
        u, v = (_chroma_bin(plane[y // 2, x // 2]) for plane in (frame.u, frame.v))
        luma = self.luma[frame.y[y, x] // (256 // LUMA_BINS)]
        return np.asarray(np.log(self.chroma[u, v] + FLOOR) + 0.5 * np.log(luma + FLOOR), np.float64)


def torso_band(axis_px: Axis) -> NDArray[np.float64]:
    """Return sample points (ROWS * COLUMNS, 2) of the torso with the middle line `axis_px`."""
    down = axis_px[1] - axis_px[0]
    across = HALF_WIDTH * np.array([-down[1], down[0]])
    t, s = np.meshgrid(np.linspace(FROM, TO, ROWS), np.linspace(-1.0, 1.0, COLUMNS), indexing="ij")
    return np.asarray(axis_px[0] + t.reshape(-1, 1) * down + s.reshape(-1, 1) * across)


def inside(points_px: NDArray[np.float64], frame: CameraFrame) -> NDArray[np.bool_]:
    """Return which of the points (N, 2) lie in the picture."""
    return np.asarray(((points_px >= 0) & (points_px < (frame.width_px, frame.height_px))).all(axis=1))


def behind(points_px: NDArray[np.float64], frame: CameraFrame, mattes: Sequence[MatteU8]) -> NDArray[np.bool_]:
    """Return which of the points (N, 2) lie in none of the picture that the people of `mattes` leave."""
    out = ~inside(points_px, frame)
    for matte in mattes:
        at = points_px[~out] * (matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px)
        out[~out] = matte[at[:, 1].astype(np.int64), at[:, 0].astype(np.int64)] > PERSON
    return out


def seen_band(frame: CameraFrame, axis_px: Axis, mattes: Sequence[MatteU8] = ()) -> NDArray[np.float64] | None:
    """Return the points (N, 2) of the torso `axis_px` behind the people of `mattes`, None where little shows."""
    points = torso_band(axis_px)
    points = points[~behind(points, frame, mattes)]
    return points if len(points) >= LEAST else None


def clothes_at(frame: CameraFrame, axis_px: Axis, mattes: Sequence[MatteU8] = ()) -> Clothes | None:
    """Return the clothes of whoever has the torso `axis_px` behind the people of `mattes`, None where little shows."""
    points = seen_band(frame, axis_px, mattes)
    if points is None:
        return None
    x, y = points.astype(np.int64).T
    u, v = (_chroma_bin(plane[y // 2, x // 2]) for plane in (frame.u, frame.v))
    chroma = np.bincount(u * CHROMA_BINS + v, minlength=CHROMA_BINS**2).astype(np.float32)
    luma = np.bincount(frame.y[y, x] // (256 // LUMA_BINS), minlength=LUMA_BINS).astype(np.float32)
    soft = cv2.GaussianBlur(chroma.reshape(CHROMA_BINS, -1), (5, 5), 1.0), cv2.GaussianBlur(luma[None], (5, 1), 1.0)[0]
    return Clothes(*(np.asarray(part / part.sum(), np.float32) for part in soft))


def _chroma_bin(samples: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.clip((samples.astype(np.int64) - CHROMA_LOW) // CHROMA_STEP, 0, CHROMA_BINS - 1)
