"""The garment layer for who composes elsewhere: colour, alpha and shade of all that is drawn, packed in one picture.

What composition does to a camera frame is linear in it: frame * (1 - alpha) * (1 - shade) + colour * alpha. So it is
blended into a black and a white picture in the frame's place; colour and shade follow from the two and the layer's
alpha (Smith & Blinn 1996, "Blue screen matting"). The packed picture is twice as high as the frame: above the colour,
with straight alpha; below the alpha as luma, 16 nothing .. 235 opaque, and the shade as Cb, 128 none. Where nothing is
drawn the colour goes on smoothly: a codec finds no edge there, and neither its noise nor its coarse chroma is seen at
the garment's.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, GarmentLayer, PlaneU8

BLACK, WHITE = 16, 235
OPAQUE = WHITE - BLACK
SHADE = 224  # Cb of a shade of 1; what is darker than half keeps that, which no shadow of cloth is
CELL = 16  # side of a cell of the colours that go on, pixels
SPREAD = ((3, 1e-2), (9, 1e-4), (61, 1e-6))  # so many cells wide the colours go on, and how little that weighs
FAINT = 32.0  # alpha of 255 under which its rounding would be seen in the colour
SEEN = 12.0  # of 4 x 255: where less of the camera is left, its shade tells nothing


def canvases(frame: CameraFrame) -> tuple[CameraFrame, CameraFrame]:
    """Return a black and a white picture of the size and time of `frame`, to blend into in its place."""
    black, white, grey = _blank(frame.height_px, frame.width_px)
    return replace(frame, y=black, u=grey, v=grey), replace(frame, y=white, u=grey, v=grey)


@lru_cache(4)
def _blank(height: int, width: int) -> tuple[PlaneU8, PlaneU8, PlaneU8]:
    planes = np.full((height, width), BLACK, np.uint8), np.full((height, width), WHITE, np.uint8)
    return *planes, np.full((height // 2, width // 2), 128, np.uint8)


def packed(over_black: CameraFrame, over_white: CameraFrame, layer: GarmentLayer | None) -> CameraFrame:
    """Return colour above alpha and shade (2 H, W) of `layer`, which was blended into both `canvases` (H, W)."""
    height, width = over_black.y.shape
    y, alpha = np.full((2 * height, width), BLACK, np.uint8), np.zeros((height, width), np.uint8)
    u, v = (np.full((height, width // 2), 128, np.uint8) for _ in range(2))
    if layer is not None and not layer.region.is_empty:
        region = layer.region
        alpha[region.y0 : region.y1, region.x0 : region.x1] = layer.rgba[..., 3]
        _carry_on(over_black, alpha, y[:height], u[: height // 2], v[: height // 2])
        _pack(over_black.y, over_black.u, over_black.v, over_white.y, alpha, y, u, v)
    return CameraFrame(y, u, v, over_black.captured_s, over_black.K)


def _carry_on(over_black: CameraFrame, alpha: PlaneU8, *out: PlaneU8) -> None:
    """Fill `out`, y (H, W), u and v (H/2, W/2), with the colours in which the layer goes on beyond its edge."""
    height, width = alpha.shape
    size = (-(-width // CELL), -(-height // CELL))
    share = _cells(alpha, size) / 255
    for plane, filled, origin in zip((over_black.y, over_black.u, over_black.v), out, (BLACK, 128, 128), strict=True):
        colour = _spread(share * (_cells(plane, size) - origin)) / np.maximum(_spread(share * share), np.float32(1e-20))
        levels = np.clip(colour + origin, BLACK, WHITE).round().astype(np.uint8)
        cv2.resize(levels, (filled.shape[1], filled.shape[0]), dst=filled, interpolation=cv2.INTER_LINEAR)


def _cells(plane: PlaneU8, size: tuple[int, int]) -> NDArray[np.float32]:
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _spread(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = [np.float32(weight) * cv2.blur(cells, (side, side)) for side, weight in SPREAD]
    return np.asarray(cells + sum(wide), np.float32)


@njit(cache=True, nogil=True)
def _level(product: int, origin: int, alpha: float, fill: int) -> int:
    """Return the colour whose product with `alpha` (of 255) is `product`; toward `fill` where alpha is faint."""
    colour = (product - origin) * 255.0 / alpha + origin
    if alpha < FAINT:
        colour = fill + (colour - fill) * alpha / FAINT
    return int(min(max(colour, float(BLACK)), float(WHITE)) + 0.5)


@njit(cache=True, nogil=True)
def _pack(
    y: PlaneU8, u: PlaneU8, v: PlaneU8, white: PlaneU8, alpha: PlaneU8, out_y: PlaneU8, out_u: PlaneU8, out_v: PlaneU8
) -> None:
    """Write colours, alpha and shade of what lies over black in y, u, v and over white in `white`."""
    height, below = y.shape[0], u.shape[0]
    for j in range(u.shape[0]):
        for i in range(u.shape[1]):
            total, left, unhidden = 0.0, 0.0, 0.0
            for k in range(4):
                jj, ii = 2 * j + (k >> 1), 2 * i + (k & 1)
                if white[jj, ii] == WHITE and alpha[jj, ii] == 0:
                    left += OPAQUE
                    unhidden += 255.0
                    continue
                a = float(alpha[jj, ii])
                total += a
                left += float(white[jj, ii]) - float(y[jj, ii])
                unhidden += 255.0 - a
                out_y[height + jj, ii] = int(BLACK + a * OPAQUE / 255.0 + 0.5)
                if a > 0.0:
                    out_y[jj, ii] = _level(y[jj, ii], BLACK, a, out_y[jj, ii])
            if total > 0.0:
                out_u[j, i] = _level(u[j, i], 128, 0.25 * total, out_u[j, i])
                out_v[j, i] = _level(v[j, i], 128, 0.25 * total, out_v[j, i])
            if unhidden >= SEEN:
                shade = 1.0 - left * 255.0 / (OPAQUE * unhidden)
                out_u[below + j, i] = 128 + int(min(max(shade, 0.0), 0.5) * SHADE + 0.5)
