"""From what was drawn to straight alpha with smooth edges.

Edges are smoothed after Reshetov, "Morphological Antialiasing" (HPG 2009), applied to the outline alone:
every straight run of the pixel staircase is replaced by the line that it approximates, and a pixel's
alpha is the part of it that lies inside that line. It costs a tenth of four samples on a software renderer, and
where four samples know five steps of alpha it knows all.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import FAR_M, NEAR_M
from pipelines.types import DepthF32, RgbaU8


def _srgb_of_root() -> NDArray[np.uint8]:
    """Return the sRGB byte of every byte that holds the square root of a linear value."""
    linear = (np.arange(256) / 255.0) ** 2
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(srgb * 255.0), np.uint8)


SRGB_OF_ROOT = _srgb_of_root()


@njit(cache=True, nogil=True)
def _straighten(
    color: NDArray[np.uint8],
    depth: NDArray[np.float32],
    table: NDArray[np.uint8],
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
) -> None:
    height, width = depth.shape
    total, span, twice = np.float32(FAR_M + NEAR_M), np.float32(FAR_M - NEAR_M), np.float32(2 * FAR_M * NEAR_M)
    for j in range(height):
        for i in range(width):
            rgba[j, i, 3] = color[j, i, 3]
            if color[j, i, 3] == 0:
                rgba[j, i, 0] = rgba[j, i, 1] = rgba[j, i, 2] = 0
                depth_m[j, i] = np.inf
                continue
            for c in range(3):
                rgba[j, i, c] = table[color[j, i, c]]
            depth_m[j, i] = twice / (total - (np.float32(2.0) * depth[j, i] - np.float32(1.0)) * span)


def straighten(color: NDArray[np.uint8], depth: NDArray[np.float32]) -> tuple[RgbaU8, DepthF32]:
    """Turn GL's buffers into straight sRGB with alpha (h, w, 4) and metres (h, w).

    `color` holds square roots of linear RGB, and alpha 0 or 255; `depth` is the window depth 0..1.
    """
    rgba, depth_m = np.empty(color.shape, np.uint8), np.empty(depth.shape, np.float32)
    _straighten(color, depth, SRGB_OF_ROOT, rgba, depth_m)
    return rgba, depth_m


@njit(cache=True, nogil=True)
def _turn(near_in: bool, far_in: bool) -> float:
    """Return which way the outline turns at the end of a run, from the two pixels beyond it.

    +1: both inside, the garment grows there; -1: both outside; 0: the outline crosses itself.
    """
    if near_in and far_in:
        return 1.0
    if not near_in and not far_in:
        return -1.0
    return 0.0


@njit(cache=True, nogil=True)
def _areas(at: float, length: float, left: float, right: float) -> tuple[float, float]:
    """Return (gained, lost) area of one pixel at `at` of a run, under the line through the run.

    The line stands 0.5 * `left` over the staircase at the start, 0 in the middle, 0.5 * `right` at the end.
    """
    gained = lost = 0.0
    half = 0.5 * length
    for side in range(2):
        turn = left if side == 0 else right
        if turn == 0.0:
            continue
        a, b = (at, at + 1.0) if side == 0 else (length - at - 1.0, length - at)
        if a >= half:
            continue
        b = min(b, half)
        area = 0.5 * (b - a) * (1.0 - 0.5 * (a + b) / half)
        if turn > 0.0:
            gained += area
        else:
            lost += area
    return gained, lost


@njit(cache=True, nogil=True)
def _smooth_run(
    inside: NDArray[np.bool_],
    row: int,
    start: int,
    stop: int,
    delta: NDArray[np.float32],
    source: NDArray[np.int8],
    swap: bool,
) -> None:
    """Book the areas of one run of the outline between `row` and `row + 1`; `swap` exchanges the axes."""
    step = -1 if swap else 1
    width = inside.shape[1]
    top_in = inside[row, start]
    left = right = 0.0
    if start > 0:
        left = _turn(inside[row, start - 1], inside[row + 1, start - 1])
    if stop < width:
        right = _turn(inside[row, stop], inside[row + 1, stop])
    if left == 0.0 and right == 0.0:
        return
    inner, outer = (row, row + 1) if top_in else (row + 1, row)
    for i in range(start, stop):
        gained, lost = _areas(float(i - start), float(stop - start), left, right)
        if gained > delta[outer, i]:
            delta[outer, i] = gained
            source[outer, i] = step * (2 if inner > outer else 1)
        if lost > delta[inner, i]:
            delta[inner, i] = lost


@njit(cache=True, nogil=True)
def _scan(inside: NDArray[np.bool_], delta: NDArray[np.float32], source: NDArray[np.int8], swap: bool) -> None:
    """Find the runs of the outline between neighbouring rows."""
    height, width = inside.shape
    for row in range(height - 1):
        i = 0
        while i < width:
            if inside[row, i] == inside[row + 1, i]:
                i += 1
                continue
            start, top_in = i, inside[row, i]
            while i < width and inside[row, i] == top_in and inside[row + 1, i] != top_in:
                i += 1
            _smooth_run(inside, row, start, i, delta, source, swap)


@njit(cache=True, nogil=True)
def _apply(
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
    delta: NDArray[np.float32],
    source: NDArray[np.int8],
) -> None:
    """Take the lost areas off the alpha; give the gained ones colour and depth of the pixel they grow from."""
    for j in range(delta.shape[0]):
        for i in range(delta.shape[1]):
            part = delta[j, i]
            if part <= 0.0:
                continue
            if rgba[j, i, 3] == 255:
                rgba[j, i, 3] = max(255.0 * (1.0 - part) + 0.5, 1.0)
                continue
            alpha, way = np.uint8(255.0 * part + 0.5), source[j, i]
            if alpha == 0:
                continue
            jj = j + (1 if way == 2 else -1 if way == 1 else 0)
            ii = i + (1 if way == -2 else -1 if way == -1 else 0)
            for c in range(3):
                rgba[j, i, c] = rgba[jj, ii, c]
            rgba[j, i, 3] = alpha
            depth_m[j, i] = depth_m[jj, ii]


def smooth_edges(rgba: RgbaU8, depth_m: DepthF32) -> None:
    """Give the hard outline of `rgba` (alpha 0 or 255) smooth alpha, in place; grow by less than a pixel."""
    inside = rgba[..., 3] > 0
    delta, source = np.zeros(inside.shape, np.float32), np.zeros(inside.shape, np.int8)
    _scan(inside, delta, source, False)
    _scan(inside.T, delta.T, source.T, True)
    _apply(rgba, depth_m, delta, source)
