"""Texture pyramids, the same ones for every backend."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_SIDE_PX = 2048


def pyramid(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return `picture` (h, w, 3) halved down to one pixel; sides over 2048 px are reduced first."""
    height, width = picture.shape[:2]
    shrink = max(height, width) / MAX_SIDE_PX
    level = np.ascontiguousarray(picture)
    if shrink > 1:
        size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)
    levels = [level]
    while max(level.shape[:2]) > 1:
        size = (max(1, level.shape[1] // 2), max(1, level.shape[0] // 2))
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)
        levels.append(level)
    return levels
