"""How many of a layer's pixels belong to each of its garments."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit

from pipelines.types import DepthF32, FacesI32, GarmentLayer, Mat33, PointsF32, RgbaU8, Surface

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
    at = layer.region.x0, layer.region.y0
    shares = np.array(
        [_visible_area_px(one.vertices_m, one.faces, layer.rgba, layer.depth_m, K, *at) for one in surfaces]
    )
    if shares.sum() <= 0.0:
        return (0,) * len(surfaces)
    return tuple(int(round(share)) for share in total * shares / shares.sum())


@njit(cache=True, nogil=True, fastmath=True)
def _visible_area_px(
    vertices: PointsF32, faces: FacesI32, rgba: RgbaU8, depth_m: DepthF32, K: Mat33, x0: int, y0: int
) -> float:
    """Return the projected area of the triangles that face the camera and are what the layer shows at their centre."""
    seen = np.empty((vertices.shape[0], 3), np.float32)  # u, v from the layer's corner, px, and depth, m
    for n in range(vertices.shape[0]):
        z = max(np.float32(1e-3), -vertices[n, 2])
        seen[n, 0] = K[0, 2] - x0 + K[0, 0] * vertices[n, 0] / z
        seen[n, 1] = K[1, 2] - y0 - K[1, 1] * vertices[n, 1] / z
        seen[n, 2] = z
    third, area = np.float32(1.0 / 3.0), 0.0
    for f in range(faces.shape[0]):
        a, b, c = seen[faces[f, 0]], seen[faces[f, 1]], seen[faces[f, 2]]
        toward = (b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1])  # > 0 toward the camera: v points down
        if toward <= 0.0:
            continue
        x, y = math.floor((a[0] + b[0] + c[0]) * third), math.floor((a[1] + b[1] + c[1]) * third)
        if not (0 <= x < depth_m.shape[1] and 0 <= y < depth_m.shape[0]):
            continue
        if rgba[y, x, 3] > OPAQUE and abs(depth_m[y, x] - (a[2] + b[2] + c[2]) * third) < SAME_DEPTH_M:
            area += 0.5 * toward
    return area
