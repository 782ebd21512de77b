"""A garment layer blended straight into the yuv planes of the frame, on one core.

Colours are converted with BT.601 limited range. A chroma sample covers 2 x 2 pixels: it takes the mean of
their colours, each weighted by its own alpha. Where alpha is 0 nothing is written: the frame stays as it was,
bit for bit.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.shadow import Shadow, cast, darken_planes
from pipelines.errors import InputRejected
from pipelines.types import CameraFrame, GarmentLayer, Region, RgbaU8, require_shape

OcclusionU8 = NDArray[np.uint8]  # (h, w) over the layer's region: 255 garment stays, 0 something real is in front


@njit(cache=True, nogil=True)
def blend_planes(
    y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8], rgba: NDArray[np.uint8], x0: int, y0: int
) -> None:
    """Blend `rgba` (h, w, 4), its corner at (x0, y0), into the planes in place. All four numbers are even."""
    for j in range(0, rgba.shape[0], 2):
        for i in range(0, rgba.shape[1], 2):
            weight = blue = red = np.int32(0)
            for k in range(4):
                jj, ii = j + (k >> 1), i + (k & 1)
                a = np.int32(rgba[jj, ii, 3])
                if a == 0:
                    continue
                r, g, b = np.int32(rgba[jj, ii, 0]), np.int32(rgba[jj, ii, 1]), np.int32(rgba[jj, ii, 2])
                luma = 1081344 + 16829 * r + 33039 * g + 6416 * b  # 16.5 and the rounding, in 1/65536
                old = np.int32(y[y0 + jj, x0 + ii])
                if a == 255:
                    y[y0 + jj, x0 + ii] = luma >> 16
                else:
                    y[y0 + jj, x0 + ii] = old + (((luma >> 8) - (old << 8) - 128) * a + 32640) // 65280
                weight += a
                blue += a * ((-9714 * r - 19070 * g + 28784 * b) >> 8)
                red += a * ((28784 * r - 24103 * g - 4681 * b) >> 8)
            if weight == 0:
                continue
            jj, ii = (y0 + j) >> 1, (x0 + i) >> 1
            rest = (1020 - weight) * 256
            u[jj, ii] = 128 + (rest * (np.int32(u[jj, ii]) - 128) + blue + 130560) // 261120
            v[jj, ii] = 128 + (rest * (np.int32(v[jj, ii]) - 128) + red + 130560) // 261120


@njit(cache=True, nogil=True)
def _scaled(rgba: NDArray[np.uint32], occlusion: NDArray[np.uint8], opacity: int, out: NDArray[np.uint32]) -> None:
    """Write into `out` (h, w) the pixels of `rgba`, alpha in their highest byte, with that scaled."""
    color, highest = np.uint32(0xFFFFFF), np.uint32(24)
    for j in range(rgba.shape[0]):
        for i in range(rgba.shape[1]):
            a = np.int32(rgba[j, i] >> highest) * np.int32(opacity)
            a = np.int32(a * np.int32(occlusion[j, i]) + np.int32(127)) // np.int32(255)
            out[j, i] = (rgba[j, i] & color) | (np.uint32((a + np.int32(128)) >> np.int32(8)) << highest)


def fade(rgba: RgbaU8, occlusion: OcclusionU8 | None, opacity: float) -> RgbaU8:
    """Return `rgba` with its alpha times `occlusion` times `opacity`."""
    strength = int(round(min(max(opacity, 0.0), 1.0) * 256))
    if occlusion is None and strength == 256:
        return rgba
    if occlusion is None:
        occlusion = np.full(rgba.shape[:2], 255, np.uint8)
    out = np.empty(rgba.shape[:2], np.uint32)
    _scaled(np.ascontiguousarray(rgba).view(np.uint32)[..., 0], occlusion, strength, out)
    return out[..., None].view(np.uint8)


def check_layer(frame: CameraFrame, layer: GarmentLayer, occlusion: OcclusionU8 | None) -> None:
    """Raise InputRejected unless layer and occlusion fit each other and lie inside `frame`."""
    region = layer.region
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    require_shape("rgba", layer.rgba, (*shape, 4))
    if occlusion is not None:
        require_shape("occlusion", occlusion, shape)
    odd = (region.x0 | region.y0 | region.x1 | region.y1) & 1
    if odd or region.x0 < 0 or region.y0 < 0 or region.x1 > frame.width_px or region.y1 > frame.height_px:
        raise InputRejected(f"layer at {region}: must be even and inside {frame.width_px} x {frame.height_px}")


def composite(
    frame: CameraFrame,
    layer: GarmentLayer,
    occlusion: OcclusionU8 | None = None,
    opacity: float = 1.0,
    shadow: Shadow | None = None,
) -> tuple[CameraFrame, GarmentLayer]:
    """Return (a new frame with `layer` blended in, the layer as it was blended).

    The new frame has planes of its own. `shadow` darkens the frame about the layer, and is no part of the layer.
    Raises InputRejected if layer, occlusion and frame do not fit.
    """
    check_layer(frame, layer, occlusion)
    rgba = fade(layer.rgba, occlusion, opacity)
    y, u, v = frame.y.copy(), frame.u.copy(), frame.v.copy()
    region: Region = layer.region
    if not region.is_empty:
        if shadow is not None:
            gain, shaded = cast(frame, layer, rgba, shadow)
            darken_planes(y, u, v, gain, shaded.x0, shaded.y0)
        blend_planes(y, u, v, np.ascontiguousarray(rgba), region.x0, region.y0)
    return CameraFrame(y, u, v, frame.captured_s, frame.K), GarmentLayer(rgba, layer.depth_m, region)
