"""Several people: who stands in front hides the garment of who stands behind, and all layers become one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region

CLEAR, FULL = 96.0, 160.0  # matte levels at which a person begins to hide what is behind, and hides all of it


def left_visible(
    mattes: Sequence[MatteU8], frame: CameraFrame, region: Region, occlusion: NDArray[np.uint8] | None
) -> NDArray[np.uint8] | None:
    """Return `occlusion` (h, w) over `region`, 0 also where one of the `mattes` of the people in front lies.

    255 stands for what stays visible; None for all of it.
    """
    if not mattes or region.is_empty:
        return occlusion
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    out = np.full(shape, 255, np.uint8) if occlusion is None else occlusion
    for matte in mattes:
        out = np.minimum(out, _SHOWN[matte_over(matte, frame, region)])
    return out


_SHOWN = np.clip(255.0 * (FULL - np.arange(256)) / (FULL - CLEAR), 0.0, 255.0).astype(np.uint8)


def merged(layers: Sequence[GarmentLayer]) -> GarmentLayer | None:
    """Return the `layers`, the farthest first, as one; None where there is none."""
    drawn = [layer for layer in layers if not layer.region.is_empty]
    if len(drawn) < 2:
        return drawn[0] if drawn else (layers[0] if layers else None)
    region = reduce(Region.united, (layer.region for layer in drawn))
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    rgba, depth_m = np.zeros((*shape, 4), np.uint8), np.full(shape, np.inf, np.float32)
    for layer in drawn:
        _lay_over(rgba, depth_m, layer.rgba, layer.depth_m, layer.region.x0 - region.x0, layer.region.y0 - region.y0)
    return GarmentLayer(rgba, depth_m, region)


@njit(cache=True, nogil=True)
def _lay_over(
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
    over: NDArray[np.uint8],
    over_m: NDArray[np.float32],
    x0: int,
    y0: int,
) -> None:
    """Lay the straight-alpha picture `over` on `rgba` in place (Porter & Duff 1984), its corner at (x0, y0)."""
    for j in range(over.shape[0]):
        for i in range(over.shape[1]):
            a = np.int32(over[j, i, 3])
            if a == 0:
                continue
            y, x = y0 + j, x0 + i
            rest = np.int32(rgba[y, x, 3]) * (255 - a)
            whole = 255 * a + rest
            for c in range(3):
                mixed = 255 * a * np.int32(over[j, i, c]) + rest * np.int32(rgba[y, x, c])
                rgba[y, x, c] = (mixed + whole // 2) // whole
            rgba[y, x, 3] = (whole + 127) // 255
            depth_m[y, x] = over_m[j, i] if a > 127 else min(over_m[j, i], depth_m[y, x])
