"""The rim of the own clothes around shoulders and sleeves that are a little narrower: covered by the garment's colour.

What somebody wears under the garment stands a centimetre or two off the body, so a strip of it would be left to see.
Such a strip lies between the garment and the outline of the person, is thin, and has the colour of what the garment
covers beside it, and another than what is behind the person: else nobody sees the strip, and the outline is not
sure. It gets the colour of the garment at its edge. Where the own clothes are wider than RIM_M, or go on below a cuff,
they are no rim and stay. All of it is found at half the picture's size.

Short pieces of it are left out, its stairs are smoothed, and it ends as softly as the person does: never beyond.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

RIM_M = 0.03  # the widest strip that is covered
REACH_M = 0.11  # from the line through shoulders and upper arms
PERSON, NOBODY = 160, 64  # of 255, of the matte: at least, and under this
INSIDE = 2.0  # rims: so far inside of the garment's edge colours are taken
CHROMA_APART, LUMA_APART = 9.0, 45.0  # from what the garment covers beside it, at most
LEAST_LONG = 2.0  # widths of a rim: shorter pieces are left out
ENDS = 40, 120  # of 255, of the matte: between these the rim fades
SMOOTH_PX = 1.5  # of half the picture's size
LEAST_PX = 2.0  # narrower a rim is not worth a look


def cover_rim(
    frame: CameraFrame,
    matte: MatteU8,
    layer: GarmentLayer,
    yoke_px: NDArray[np.float64],
    metre_px: float,
    gone: U8 | None = None,
) -> GarmentLayer:
    """Return `layer`, grown over the thin rim that own clothes leave around it.

    It is looked for near the line `yoke_px` (N, 2) alone, from elbow to elbow; `metre_px` is a metre on the person.
    There is none about what is `gone` (H/2, W/2): there own clothes are painted out.
    """
    width = 0.5 * RIM_M * metre_px
    if width < LEAST_PX:
        return layer
    outer = layer.region.grown(2.0 * width, 2.0 * width, frame)
    region = _around(yoke_px, REACH_M * metre_px, outer)
    if region.is_empty:
        return layer
    rgba, depth_m = _padded(layer, outer)
    part = np.s_[region.y0 - outer.y0 : region.y1 - outer.y0, region.x0 - outer.x0 : region.x1 - outer.x0]
    garment = _half(rgba[part][:, :, 3])
    line_px = (yoke_px - (region.x0, region.y0)) / 2.0
    near = _near(line_px, garment.shape, REACH_M * metre_px)
    person = matte_over(matte, frame, region, 2)
    thin = _thin(person >= PERSON, garment > 127, near, width)
    if gone is not None:
        thin[_about(gone[region.y0 // 2 : region.y1 // 2, region.x0 // 2 : region.x1 // 2], width)] = 0
    rim = _own(frame.y, frame.u, frame.v, thin, person, garment, region.x0, region.y0, round(INSIDE * width))
    rim = _long(rim, LEAST_LONG * width)
    if not rim.any():
        return layer
    edge = _beside(rim, garment, rgba[part], depth_m[part], round(width))
    rim = np.asarray(np.isfinite(edge[:, :, 3]), np.uint8) * np.uint8(255)
    _fill(rgba[part], depth_m[part], _smooth(rim | garment, matte_over(matte, frame, region)), edge)
    return replace(layer, rgba=rgba, depth_m=depth_m, region=outer)


def _about(mask: U8, width: float) -> NDArray[np.bool_]:
    """Return where (h, w) `mask` is no farther than `width`."""
    side = 2 * round(width) + 1
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)) > 0)


def _long(rim: U8, least_px: float) -> U8:
    """Return the pieces of `rim` (h, w) that go on for `least_px`: shorter ones are specks beside the garment."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rim, connectivity=8, ltype=cv2.CV_16U)
    kept = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= least_px
    kept[0] = False
    return np.asarray(kept[labels].view(np.uint8)) if count > 1 else rim


def _smooth(drawn: U8, person: U8) -> U8:
    """Return `drawn` (h, w) at the size of `person` (2h, 2w), its stairs smoothed, and softly ended with the person."""
    soft = cv2.resize(cv2.GaussianBlur(drawn, (0, 0), SMOOTH_PX), person.shape[::-1], interpolation=cv2.INTER_LINEAR)
    steep = cv2.convertScaleAbs(np.maximum(soft, np.uint8(64)) - np.uint8(64), alpha=2.0)
    low, high = ENDS
    ends = cv2.convertScaleAbs(np.maximum(person, np.uint8(low)) - np.uint8(low), alpha=255.0 / (high - low))
    return np.asarray(np.minimum(steep, ends), np.uint8)


def _around(line_px: NDArray[np.float64], reach_px: float, within: Region) -> Region:
    """Return the even region about `line_px` (N, 2), cut to `within`."""
    (x0, y0), (x1, y1) = line_px.min(axis=0) - reach_px, line_px.max(axis=0) + reach_px
    return Region(
        max(within.x0, int(x0) & ~1),
        max(within.y0, int(y0) & ~1),
        min(within.x1, (int(x1) + 2) & ~1),
        min(within.y1, (int(y1) + 2) & ~1),
    )


def _near(line_px: NDArray[np.float64], shape: tuple[int, ...], width_px: float) -> NDArray[np.bool_]:
    """Return True (h, w) on a band of `width_px` along the lines `line_px` (..., N, 2)."""
    band = np.zeros(shape[:2], np.uint8)
    lines = np.round(line_px).astype(np.int32).reshape(-1, *line_px.shape[-2:])
    cv2.polylines(band, list(lines), False, (255,), round(width_px))
    return band > 0


def _padded(layer: GarmentLayer, region: Region) -> tuple[U8, F32]:
    """Return colours and depth of the layer over the larger `region`."""
    old = layer.region
    sides = (old.y0 - region.y0, region.y1 - old.y1, old.x0 - region.x0, region.x1 - old.x1)
    rgba = cv2.copyMakeBorder(layer.rgba, *sides, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    depth_m = cv2.copyMakeBorder(layer.depth_m, *sides, cv2.BORDER_CONSTANT, value=(float("inf"),))
    return np.asarray(rgba, np.uint8), np.asarray(depth_m, np.float32)


def _half(plane: U8) -> U8:
    return np.asarray(cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA))


def _thin(person: NDArray[np.bool_], covered: NDArray[np.bool_], near: NDArray[np.bool_], width: float) -> U8:
    """Return 1 (h, w) on strips of `person` of no more than `width` pixels between what is covered and the outline."""
    left = person & ~covered
    thick = _away(left) > 0.5 * width  # the opening of `left`: what is not within reach of its thick parts is thin
    thin = near & left & (_away(~thick) > 0.5 * width) & (_away(~covered) <= width) & (_away(person) <= width)
    return np.asarray(thin.view(np.uint8), np.uint8)


def _away(mask: NDArray[np.bool_]) -> F32:
    """Return how far (h, w) in pixels each pixel that is set lies from the nearest that is not."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3), np.float32)


@njit(cache=True, nogil=True)
def _own(y: U8, u: U8, v: U8, thin: U8, person: U8, garment: U8, x0: int, y0: int, reach: int) -> U8:
    """Return 1 (h, w) where what is `thin` is own clothes."""
    out = np.zeros_like(thin)
    for j in range(thin.shape[0]):
        for i in range(thin.shape[1]):
            if thin[j, i] > 0 and _is_own(y, u, v, j, i, person, garment, x0, y0, reach):
                out[j, i] = 1
    return out


@njit(cache=True, nogil=True)
def _beside(rim: U8, garment: U8, rgba: U8, depth_m: F32, width: int) -> F32:
    """Return colour and depth (h, w, 4) of the garment beside each pixel of the rim, NaN where there is no rim."""
    out = np.full((*rim.shape, 4), np.nan, np.float32)
    for j in range(rim.shape[0]):
        for i in range(rim.shape[1]):
            if rim[j, i] > 0:
                _mean(out[j, i], j, i, garment, rgba, depth_m, width)
    return out


@njit(cache=True, nogil=True)
def _is_own(y: U8, u: U8, v: U8, j: int, i: int, person: U8, garment: U8, x0: int, y0: int, reach: int) -> bool:
    """Return whether the picture at (j, i) is like what is covered beside it, and unlike what is behind the person."""
    own, behind = np.zeros(4), np.zeros(4)
    for b in range(max(0, j - reach), min(person.shape[0], j + reach + 1), 2):
        for a in range(max(0, i - reach), min(person.shape[1], i + reach + 1), 2):
            if person[b, a] >= PERSON and garment[b, a] > 127:
                _add(own, y, u, v, y0 + 2 * b, x0 + 2 * a)
            elif person[b, a] < NOBODY:
                _add(behind, y, u, v, y0 + 2 * b, x0 + 2 * a)
    here = np.zeros(4)
    _add(here, y, u, v, y0 + 2 * j, x0 + 2 * i)
    return _alike(here, own) and not _alike(here, behind)


@njit(cache=True, nogil=True)
def _add(total: NDArray[np.float64], y: U8, u: U8, v: U8, j: int, i: int) -> None:
    """Add the picture at (j, i) to `total`: luma, both chromas, their number."""
    total[0] += y[j, i]
    total[1] += u[j // 2, i // 2]
    total[2] += v[j // 2, i // 2]
    total[3] += 1.0


@njit(cache=True, nogil=True)
def _alike(here: NDArray[np.float64], total: NDArray[np.float64]) -> bool:
    """Return whether the colour `here` is nearly the mean of `total`; no colours are like none."""
    if total[3] == 0.0:
        return False
    away = np.abs(here - total / total[3])
    return bool(away[0] < LUMA_APART and away[1] < CHROMA_APART and away[2] < CHROMA_APART)


@njit(cache=True, nogil=True)
def _mean(out: F32, j: int, i: int, garment: U8, rgba: U8, depth_m: F32, reach: int) -> None:
    """Set `out` (4,) to the mean colour and depth of the garment's whole pixels within `reach`, if there are any."""
    total, count = np.zeros(4), 0.0
    for b in range(max(0, j - reach), min(garment.shape[0], j + reach + 1)):
        for a in range(max(0, i - reach), min(garment.shape[1], i + reach + 1)):
            if garment[b, a] == 255 and np.isfinite(depth_m[2 * b, 2 * a]):
                for c in range(3):
                    total[c] += rgba[2 * b, 2 * a, c]
                total[3] += depth_m[2 * b, 2 * a]
                count += 1.0
    if count > 0.0:
        for c in range(4):
            out[c] = total[c] / count


@njit(cache=True, nogil=True)
def _fill(rgba: U8, depth_m: F32, alpha: U8, edge: F32) -> None:
    """Carry colour and depth on over the rim and the pixels beside it; `edge` has half the size."""
    height, width = edge.shape[:2]
    for j in range(height):
        for i in range(width):
            b, a = j, i
            if np.isnan(edge[j, i, 3]):
                for n in range(9):
                    jj, ii = j + n // 3 - 1, i + n % 3 - 1
                    if 0 <= jj < height and 0 <= ii < width and not np.isnan(edge[jj, ii, 3]):
                        b, a = jj, ii
                if np.isnan(edge[b, a, 3]):
                    continue
            for n in range(4):
                jj, ii = 2 * j + (n >> 1), 2 * i + (n & 1)
                old = rgba[jj, ii, 3]
                if alpha[jj, ii] <= old:
                    continue
                share = old / alpha[jj, ii]
                for c in range(3):
                    rgba[jj, ii, c] = np.uint8(share * rgba[jj, ii, c] + (1.0 - share) * edge[b, a, c] + 0.5)
                rgba[jj, ii, 3] = alpha[jj, ii]
                if not np.isfinite(depth_m[jj, ii]):
                    depth_m[jj, ii] = edge[b, a, 3]
