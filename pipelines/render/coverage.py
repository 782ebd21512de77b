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


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _visible_area_px(
    vertices: PointsF32, faces: FacesI32, rgba: RgbaU8, depth_m: DepthF32, K: Mat33, x0: int, y0: int
) -> float:
    """Return the projected area of the triangles that face the camera and are what the layer shows at their centre."""
    across, down = np.empty(len(vertices), np.float32), np.empty(len(vertices), np.float32)  # px from the corner
    away = np.empty(len(vertices), np.float32)  # m
    fx, fy, cx, cy = np.float32(K[0, 0]), np.float32(K[1, 1]), np.float32(K[0, 2] - x0), np.float32(K[1, 2] - y0)
    for n in range(len(vertices)):
        away[n] = max(np.float32(1e-3), -vertices[n, 2])
        across[n], down[n] = cx + fx * vertices[n, 0] / away[n], cy - fy * vertices[n, 1] / away[n]
    third, total = np.float32(1.0 / 3.0), 0.0
    for f in range(len(faces)):
        a, b, c = np.uint32(faces[f, 0]), np.uint32(faces[f, 1]), np.uint32(faces[f, 2])
        toward = (down[b] - down[a]) * (across[c] - across[a]) - (across[b] - across[a]) * (down[c] - down[a])
        if toward <= np.float32(0.0):  # > 0 toward the camera: v points down
            continue
        x = math.floor((across[a] + across[b] + across[c]) * third)
        y = math.floor((down[a] + down[b] + down[c]) * third)
        if not (0 <= x < depth_m.shape[1] and 0 <= y < depth_m.shape[0]):
            continue
        depth = (away[a] + away[b] + away[c]) * third
        if rgba[y, x, 3] > OPAQUE and abs(depth_m[y, x] - depth) < np.float32(SAME_DEPTH_M):
            total += 0.5 * toward
    return total
