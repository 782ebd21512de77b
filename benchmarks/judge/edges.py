"""Where the cloth ends because something stands before it: F1 of that boundary, as in Martin et al. (2004)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

TOLERANCE_PX = 4  # at 640 x 480
INSET_PX = 8  # from the garment's own outline, which is judged by its overlap
LEAST_PX = 40  # of boundary; a frame with less hides nothing worth judging


@dataclass(frozen=True, slots=True)
class EdgeCount:
    """Boundary pixels of one frame, or of many added up."""

    drawn: int = 0
    drawn_right: int = 0  # within TOLERANCE_PX of the true boundary
    true: int = 0
    true_found: int = 0  # within TOLERANCE_PX of the drawn boundary

    def __add__(self, other: EdgeCount) -> EdgeCount:
        """Return both together."""
        return EdgeCount(
            self.drawn + other.drawn,
            self.drawn_right + other.drawn_right,
            self.true + other.true,
            self.true_found + other.true_found,
        )

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN without a true boundary, 0 where nothing fits."""
        if not self.true:
            return float("nan")
        precision = self.drawn_right / self.drawn if self.drawn else 0.0
        recall = self.true_found / self.true
        return 2.0 * precision * recall / (precision + recall) if precision + recall else 0.0


def occlusion_edges(drawn: Mask, full: Mask, hidden: Mask, elsewhere: Mask) -> EdgeCount:
    """Compare the drawn boundary of what hides the cloth with the true one.

    `full` is the true garment with nothing in front, `hidden` what of it the judged things hide, `elsewhere`
    what others hide: near those, and near the garment's outline, no boundary counts.
    """
    field = _eroded(full, INSET_PX) & ~_dilated(elsewhere, INSET_PX)
    truth = _rim(full & ~hidden, full) & field
    if truth.sum() < LEAST_PX:
        return EdgeCount()
    ours = _rim(drawn & full, full) & field
    return EdgeCount(
        int(ours.sum()), int((ours & _near(truth)).sum()), int(truth.sum()), int((truth & _near(ours)).sum())
    )


def _rim(part: Mask, whole: Mask) -> Mask:
    """Return the pixels of `part` that touch what of `whole` is not in it."""
    rest = (whole & ~part).astype(np.uint8)
    return np.asarray(part & (cv2.dilate(rest, np.ones((3, 3), np.uint8)) > 0))


def _near(rim: Mask) -> Mask:
    if not rim.any():
        return np.zeros_like(rim)
    return np.asarray(cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5) <= TOLERANCE_PX)


def _eroded(mask: Mask, pixels: int) -> Mask:
    return np.asarray(cv2.erode(mask.astype(np.uint8), _disc(pixels)) > 0)


def _dilated(mask: Mask, pixels: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disc(pixels)) > 0)


def _disc(pixels: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1)), np.uint8)
