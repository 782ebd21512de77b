"""Texture pyramids, and which level of one a garment is drawn with: the same for every backend.

One level serves the whole garment: its texels are spread evenly and all of it is about equally far away.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_SIDE_PX = 2048
MOST_LEVELS = MAX_SIDE_PX.bit_length()


def base_size(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """Return (width, height) of the lowest level of the pyramid of `picture`."""
    height, width = picture.shape[:2]
    shrink = max(1.0, max(height, width) / MAX_SIDE_PX)
    return max(1, round(width / shrink)), max(1, round(height / shrink))


def pyramid(picture: NDArray[np.uint8], most: int = MOST_LEVELS) -> list[NDArray[np.uint8]]:
    """Return `picture` (h, w, 3) halved down to one pixel, or `most` levels; sides over 2048 px are reduced first."""
    width, height = base_size(picture)
    level = np.ascontiguousarray(picture)
    if (height, width) != picture.shape[:2]:
        level = np.asarray(cv2.resize(level, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    levels = [level]
    while max(level.shape[:2]) > 1 and len(levels) < most:
        size = (max(1, level.shape[1] // 2), max(1, level.shape[0] // 2))
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)
        levels.append(level)
    return levels


@njit(cache=True, nogil=True)
def uv_per_pixel(packed: NDArray[np.float32], faces: NDArray[np.int32], camera: NDArray[np.float64]) -> float:
    """Return the area in uv that a pixel shows of the triangles facing the camera; 0 where none does.

    `packed` (V, C) begins with the position and ends with uv; camera is (fx, fy, cx, cy). Every fourth triangle counts.
    """
    shown = pixels = 0.0
    for t in range(0, faces.shape[0], 4):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        za, zb, zc = packed[a, 2], packed[b, 2], packed[c, 2]
        if not (za < -1e-3 and zb < -1e-3 and zc < -1e-3):
            continue
        ax, ay = packed[a, 0] / za, packed[a, 1] / za
        bx, by = packed[b, 0] / zb - ax, packed[b, 1] / zb - ay
        cx, cy = packed[c, 0] / zc - ax, packed[c, 1] / zc - ay
        area = bx * cy - by * cx
        if area <= 0.0:
            continue
        u1, v1 = packed[b, -2] - packed[a, -2], packed[b, -1] - packed[a, -1]
        u2, v2 = packed[c, -2] - packed[a, -2], packed[c, -1] - packed[a, -1]
        pixels += area * camera[0] * camera[1]
        shown += abs(u1 * v2 - u2 * v1)
    return shown / pixels if pixels > 0.0 else 0.0


def level_for(uv_area: float, scale: float, size: tuple[int, int], levels: int) -> int:
    """Return the level of a pyramid over `size` (width, height) at which a texel is about as large as a pixel."""
    texels = uv_area * scale * scale * size[0] * size[1]
    return 0 if texels <= 1.0 else min(levels - 1, int(0.5 * np.log2(texels) + 0.5))
