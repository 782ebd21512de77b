"""How many of a layer's pixels belong to each of its garments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.types import GarmentLayer, Mat33, Surface

SAME_DEPTH_M = 0.015
OPAQUE = 127


def garment_areas(surfaces: Sequence[Surface], layer: GarmentLayer | None, K: Mat33) -> tuple[int, ...]:
    """Return pixels with alpha > 127 per surface, in the order in which they were given to the renderer.

    One garment owns them all. Among several the pixels are shared by visible projected triangle area: a
    triangle is visible where the layer has its depth at its centre.
    """
    if layer is None or layer.region.is_empty:
        return (0,) * len(surfaces)
    total = int(np.count_nonzero(layer.rgba[..., 3] > OPAQUE))
    if len(surfaces) < 2 or total == 0:
        return (total,) * len(surfaces)
    shares = np.array([_visible_area_px(surface, layer, K) for surface in surfaces])
    if shares.sum() <= 0.0:
        return (0,) * len(surfaces)
    return tuple(int(round(share)) for share in total * shares / shares.sum())


def _visible_area_px(surface: Surface, layer: GarmentLayer, K: Mat33) -> float:
    depth = np.maximum(1e-3, -surface.vertices_m[:, 2].astype(np.float64))
    uv = np.stack(
        [
            K[0, 2] + K[0, 0] * surface.vertices_m[:, 0] / depth - layer.region.x0,
            K[1, 2] - K[1, 1] * surface.vertices_m[:, 1] / depth - layer.region.y0,
        ],
        axis=1,
    )
    corners = uv[surface.faces]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = 0.5 * (first[:, 1] * second[:, 0] - first[:, 0] * second[:, 1])  # > 0 toward the camera: v points down
    middle = np.floor(corners.mean(axis=1)).astype(np.int64)
    return float(area[_is_seen(middle, depth[surface.faces].mean(axis=1), layer) & (area > 0)].sum())


def _is_seen(pixel: NDArray[np.int64], depth_m: NDArray[np.float64], layer: GarmentLayer) -> NDArray[np.bool_]:
    height, width = layer.depth_m.shape
    inside = (pixel[:, 0] >= 0) & (pixel[:, 0] < width) & (pixel[:, 1] >= 0) & (pixel[:, 1] < height)
    x, y = np.where(inside, pixel[:, 0], 0), np.where(inside, pixel[:, 1], 0)
    opaque = layer.rgba[y, x, 3] > OPAQUE
    seen: NDArray[np.bool_] = inside & opaque & (np.abs(layer.depth_m[y, x] - depth_m) < SAME_DEPTH_M)
    return seen
