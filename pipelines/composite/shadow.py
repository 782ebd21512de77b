"""The shadow of the cloth on the person who wears it, without which a garment floats.

It is the silhouette of the cloth, blurred and shifted to where its light does not come from, at a quarter of the size:
near where things touch a shadow depends little on the shape of the light, and without it they are not seen to touch
(Hu et al., "Visual cues for imminent object contact in realistic virtual environments", 2000). It darkens real
pixels of the person alone, and none that are in front of the cloth.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region, RgbaU8

STRENGTH = 0.4  # of the brightness is gone where cloth is all around
CELL = 4  # side of a cell of the blurred silhouette, pixels
UNSURE, SURE = 96.0, 192.0  # of the person's matte: from here a shadow begins, from there it is whole

GainU8 = NDArray[np.uint8]  # (h/2, w/2), one for 2 x 2 pixels: 255 as bright as it is, 0 black


@dataclass(frozen=True, slots=True, eq=False)
class Shadow:
    """How a layer throws its shadow."""

    person: MatteU8  # who wears it, over the whole frame
    reach_px: float  # standard deviation of its edge
    fall_px: tuple[float, float]  # how far right and down it falls


def cast(frame: CameraFrame, layer: GarmentLayer, worn: RgbaU8, shadow: Shadow) -> tuple[GainU8, Region]:
    """Return how much brightness is left about `layer` (not empty), drawn as `worn` (h, w, 4), and where."""
    reach = 2.0 * shadow.reach_px + max(abs(one) for one in shadow.fall_px)
    region = layer.region.grown(reach, reach, frame)
    inside = (layer.region.x0 - region.x0, layer.region.y0 - region.y0)
    width, height = region.x1 - region.x0, region.y1 - region.y0
    cells = np.zeros((-(-height // CELL), -(-width // CELL)), np.uint8)
    _silhouette(worn, *inside, cells)
    soft = np.asarray(cv2.GaussianBlur(cells, (0, 0), max(shadow.reach_px / CELL, 0.3)), np.uint8)
    scale = (shadow.person.shape[1] / frame.width_px, shadow.person.shape[0] / frame.height_px)
    gain = np.empty((height // 2, width // 2), np.uint8)
    _gain(soft, shadow.fall_px, layer.rgba, worn, inside, shadow.person, scale, (region.x0, region.y0), gain)
    return gain, region


@njit(cache=True, nogil=True)
def _silhouette(rgba: NDArray[np.uint8], x0: int, y0: int, cells: NDArray[np.uint8]) -> None:
    """Write the mean alpha of `rgba`, its corner at (x0, y0), into `cells`, from a quarter of its pixels."""
    for cy in range(cells.shape[0]):
        for cx in range(cells.shape[1]):
            total = 0
            for k in range(4):
                j, i = CELL * cy + 1 + (k & 2) - y0, CELL * cx + 1 + (k & 1) * 2 - x0
                if 0 <= j < rgba.shape[0] and 0 <= i < rgba.shape[1]:
                    total += rgba[j, i, 3]
            cells[cy, cx] = total >> 2


@njit(cache=True, nogil=True)
def _alpha(rgba: NDArray[np.uint8], j: int, i: int) -> int:
    """Return the sum of four alphas."""
    return int(rgba[j, i, 3]) + int(rgba[j, i + 1, 3]) + int(rgba[j + 1, i, 3]) + int(rgba[j + 1, i + 1, 3])


@njit(cache=True, nogil=True)
def _between(plane: NDArray[np.uint8], x: float, y: float) -> float:
    """Return `plane` at (x, y), whole numbers in the middle of its pixels, bilinear; its border goes on outside."""
    x = min(max(x, 0.0), plane.shape[1] - 1.0)
    y = min(max(y, 0.0), plane.shape[0] - 1.0)
    i, j = min(int(x), max(plane.shape[1] - 2, 0)), min(int(y), max(plane.shape[0] - 2, 0))
    i1, j1 = min(i + 1, plane.shape[1] - 1), min(j + 1, plane.shape[0] - 1)
    top = plane[j, i] + (x - i) * (float(plane[j, i1]) - plane[j, i])
    bottom = plane[j1, i] + (x - i) * (float(plane[j1, i1]) - plane[j1, i])
    return float(top + (y - j) * (bottom - top))


@njit(cache=True, nogil=True)
def _gain(
    soft: NDArray[np.uint8],
    fall: tuple[float, float],
    rgba: NDArray[np.uint8],
    worn: NDArray[np.uint8],
    inside: tuple[int, int],
    person: NDArray[np.uint8],
    scale: tuple[float, float],
    corner: tuple[int, int],
    out: NDArray[np.uint8],
) -> None:
    """Write what brightness is left; of cloth in `rgba` that is not `worn` something in front is seen."""
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[j, i] = 255
            a, b = 2 * j - inside[1], 2 * i - inside[0]
            behind = 1020
            if 0 <= a < rgba.shape[0] and 0 <= b < rgba.shape[1]:
                cloth = _alpha(worn, a, b)
                behind += cloth - _alpha(rgba, a, b)
                if cloth == 1020 or behind == 0:
                    continue
            dark = _between(soft, (2 * i + 1 - fall[0]) / CELL - 0.5, (2 * j + 1 - fall[1]) / CELL - 0.5)
            if dark < 1.0:
                continue
            x, y = (corner[0] + 2 * i + 1) * scale[0] - 0.5, (corner[1] + 2 * j + 1) * scale[1] - 0.5
            seen = (_between(person, x, y) - UNSURE) / (SURE - UNSURE)
            if seen > 0.0:
                out[j, i] = int(255.5 - STRENGTH * dark * min(seen, 1.0) * behind / 1020)


@njit(cache=True, nogil=True)
def darken_planes(
    y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8], gain: NDArray[np.uint8], x0: int, y0: int
) -> None:
    """Darken the planes in place by `gain`, its corner at (x0, y0), both even; 255 leaves them bit for bit."""
    for j in range(gain.shape[0]):
        for i in range(gain.shape[1]):
            left = np.int32(gain[j, i])
            if left == 255:
                continue
            jj, ii = (y0 >> 1) + j, (x0 >> 1) + i
            for k in range(4):
                a, b = 2 * jj + (k >> 1), 2 * ii + (k & 1)
                y[a, b] = 16 + ((np.int32(y[a, b]) - 16) * left + 127) // 255
            u[jj, ii] = 128 + ((np.int32(u[jj, ii]) - 128) * left + 127) // 255
            v[jj, ii] = 128 + ((np.int32(v[jj, ii]) - 128) * left + 127) // 255
