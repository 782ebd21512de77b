"""The rim of the own clothes around shoulders and sleeves that are a little narrower: covered by the garment's colour.

What somebody wears under the garment stands a centimetre or two off the body, so a strip of it would be left to see.
Such a strip lies between the garment and the outline of the person, is thin, and has the colour of what the garment
covers beside it. It gets the colour of the garment at its edge. Where the own clothes are wider than RIM_M, or go on
below a cuff, they are no rim and stay. All of it is found at half the picture's size.
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
PERSON = 140  # of 255, of the matte
INSIDE = 2.0  # rims: so far inside of the garment's edge colours are taken
CHROMA_APART, LUMA_APART = 9.0, 45.0  # from what the garment covers beside it, at most
LEAST_PX = 2.0  # narrower a rim is not worth a look


def cover_rim(
    frame: CameraFrame, matte: MatteU8, layer: GarmentLayer, yoke_px: NDArray[np.float64], metre_px: float
) -> GarmentLayer:
    """Return `layer`, grown over the thin rim that own clothes leave around it.

    It is looked for near the line `yoke_px` (N, 2) alone, from elbow to elbow; `metre_px` is a metre on the person.
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
    near = np.zeros_like(garment)
    line = np.round((yoke_px - (region.x0, region.y0)) / 2.0).astype(np.int32)
    cv2.polylines(near, [line.reshape(-1, 1, 2)], False, (255,), round(REACH_M * metre_px))
    rim = _rim(frame, matte_over(matte, frame, region, 2), near, garment, region, width)
    if not rim.any():
        return layer
    carried, count = _edge(rgba[part][::2, ::2], depth_m[part][::2, ::2], garment, width)
    alpha, wide = cv2.blur(rim | garment, (3, 3)), cv2.dilate(rim, np.ones((3, 3), np.uint8))
    _fill(rgba[part], depth_m[part], np.asarray(alpha, np.uint8), np.asarray(wide, np.uint8), carried, count)
    return replace(layer, rgba=rgba, depth_m=depth_m, region=outer)


def _around(line_px: NDArray[np.float64], reach_px: float, within: Region) -> Region:
    """Return the even region about `line_px` (N, 2), cut to `within`."""
    (x0, y0), (x1, y1) = line_px.min(axis=0) - reach_px, line_px.max(axis=0) + reach_px
    return Region(
        max(within.x0, int(x0) & ~1),
        max(within.y0, int(y0) & ~1),
        min(within.x1, (int(x1) + 2) & ~1),
        min(within.y1, (int(y1) + 2) & ~1),
    )


def _padded(layer: GarmentLayer, region: Region) -> tuple[U8, F32]:
    """Return colours and depth of the layer over the larger `region`."""
    old = layer.region
    sides = (old.y0 - region.y0, region.y1 - old.y1, old.x0 - region.x0, region.x1 - old.x1)
    rgba = cv2.copyMakeBorder(layer.rgba, *sides, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    depth_m = cv2.copyMakeBorder(layer.depth_m, *sides, cv2.BORDER_CONSTANT, value=(float("inf"),))
    return np.asarray(rgba, np.uint8), np.asarray(depth_m, np.float32)


def _half(plane: U8) -> U8:
    return np.asarray(cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA))


def _rim(frame: CameraFrame, matte: MatteU8, near: U8, garment: U8, region: Region, width: float) -> U8:
    """Return 255 (h, w) at half the size where the rim is, of no more than `width` pixels; none where `near` is 0."""
    person, covered = matte >= PERSON, garment > 127
    left = person & ~covered
    thick = _away(left) > 0.5 * width  # the opening of `left`: what is not within reach of its thick parts is thin
    thin = (near > 0) & left & (_away(~thick) > 0.5 * width) & (_away(~covered) <= width) & (_away(person) <= width)
    x0, y0, x1, y1 = region.x0 // 2, region.y0 // 2, region.x1 // 2, region.y1 // 2
    luma = _half(frame.y[region.y0 : region.y1, region.x0 : region.x1])
    picture = np.asarray(cv2.merge([luma, frame.u[y0:y1, x0:x1], frame.v[y0:y1, x0:x1]]), np.uint8)
    under = (covered & person).astype(np.uint8)
    return _alike(thin, picture, *_sums(picture * under[:, :, None], under, INSIDE * width))


def _edge(rgba: U8, depth_m: F32, garment: U8, width: float) -> tuple[F32, F32]:
    """Return the sums of colour and depth (h, w, 4) of the garment's pixels within `width`, and their number (h, w)."""
    solid = ((garment == 255) & np.isfinite(depth_m)).astype(np.uint8)
    values = np.dstack([rgba[:, :, :3] * solid[:, :, None], np.where(solid > 0, depth_m, np.float32(0.0))])
    return _sums(np.asarray(values, np.float32), solid, width)


def _sums(values: NDArray[np.generic], weight: U8, reach: float) -> tuple[F32, F32]:
    """Return the sums of `values` (h, w, C) and of `weight` (h, w) within `reach` pixels of each."""
    size = (2 * round(reach) + 1,) * 2
    sums = [cv2.boxFilter(np.asarray(one), cv2.CV_32F, size, normalize=False) for one in (values, weight)]
    return np.asarray(sums[0], np.float32), np.asarray(sums[1], np.float32)


def _away(mask: NDArray[np.bool_]) -> F32:
    """Return how far (h, w) in pixels each pixel that is set lies from the nearest that is not."""
    return np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3), np.float32)


@njit(cache=True, nogil=True)
def _alike(thin: NDArray[np.bool_], picture: U8, own: F32, count: F32) -> U8:
    """Return 255 (h, w) where `thin` pixels have nearly the mean colour of what is covered beside them."""
    out = np.zeros(thin.shape, np.uint8)
    for j in range(thin.shape[0]):
        for i in range(thin.shape[1]):
            if not thin[j, i] or count[j, i] < 1.0:
                continue
            if (
                abs(picture[j, i, 0] - own[j, i, 0] / count[j, i]) < LUMA_APART
                and abs(picture[j, i, 1] - own[j, i, 1] / count[j, i]) < CHROMA_APART
                and abs(picture[j, i, 2] - own[j, i, 2] / count[j, i]) < CHROMA_APART
            ):
                out[j, i] = 255
    return out


@njit(cache=True, nogil=True)
def _fill(rgba: U8, depth_m: F32, alpha: U8, rim: U8, carried: F32, count: F32) -> None:
    """Carry colour and depth on over `rim`; what is not of `rgba` and `depth_m` has half their size."""
    for j in range(rgba.shape[0]):
        for i in range(rgba.shape[1]):
            b, a = j >> 1, i >> 1
            old, new = rgba[j, i, 3], alpha[b, a]
            if rim[b, a] == 0 or new <= old or count[b, a] < 1.0:
                continue
            share = old / new
            for c in range(3):
                rgba[j, i, c] = np.uint8(share * rgba[j, i, c] + (1.0 - share) * carried[b, a, c] / count[b, a] + 0.5)
            rgba[j, i, 3] = new
            if not np.isfinite(depth_m[j, i]):
                depth_m[j, i] = carried[b, a, 3] / count[b, a]
