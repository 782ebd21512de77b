"""Round shapes, by which masks are opened, closed and widened."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]


def disc(width: int) -> U8:
    """Return a disc (width, width) of ones, to hand to OpenCV's morphology."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)), np.uint8)


def opened(mask: U8, width: int) -> U8:
    """Return what of `mask` (h, w) lies in parts that are `width` pixels wide."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(width)), np.uint8)
