"""From metres to pixels: bounding boxes, the region of interest, packing of vertices for a buffer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import LIMIT_M, NEAR_M, DrawItem
from pipelines.types import Mat33, Region, Surface

MARGIN_PX = 2
TANGENT_COLUMNS = 12  # of packed vertices that carry a tangent; 8 do not


@njit(cache=True, nogil=True)
def screen_box(vertices: NDArray[np.float32], camera: NDArray[np.float64]) -> tuple[float, float, float, float, int]:
    """Return (u0, v0, u1, v1, behind) of vertices (V, 3); camera is (fx, fy, cx, cy).

    `behind` counts vertices on the camera's side of the near plane; broken vertices count nowhere.
    """
    u0 = v0 = 1e30
    u1 = v1 = -1e30
    behind = 0
    for i in range(vertices.shape[0]):
        x, y, z = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        if not (abs(x) < LIMIT_M and abs(y) < LIMIT_M and abs(z) < LIMIT_M):
            continue
        if z > -NEAR_M:
            behind += 1
            continue
        u = camera[2] - camera[0] * x / z
        v = camera[3] + camera[1] * y / z
        u0, u1 = min(u0, u), max(u1, u)
        v0, v1 = min(v0, v), max(v1, v)
    return u0, v0, u1, v1, behind


@njit(cache=True, nogil=True)
def pack_vertices(
    vertices: NDArray[np.float32], normals: NDArray[np.float32], out: NDArray[np.float32], bad: NDArray[np.bool_]
) -> int:
    """Write position and normal into the first six columns of `out` (V, C); return how many are broken.

    A broken vertex becomes the origin and is marked in `bad` (V,).
    """
    count = 0
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        bad[i] = not (abs(x) < LIMIT_M and abs(y) < LIMIT_M and abs(z) < LIMIT_M)
        if bad[i]:
            count += 1
            x = y = z = np.float32(0.0)
        out[i, 0], out[i, 1], out[i, 2] = x, y, z
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        length = nx * nx + ny * ny + nz * nz
        if not (1e-12 < length < 1e12):
            nx, ny, nz = np.float32(0.0), np.float32(0.0), np.float32(1.0)
        out[i, 3], out[i, 4], out[i, 5] = nx, ny, nz
    return count


def sides_of(item: DrawItem | None, faces: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return which sides of `faces` (F, 3) of `item`, None for an occluder, are drawn."""
    return np.full(len(faces), 2, np.uint8) if item is None or item.sides is None else item.sides


def packed_for(surface: Surface, item: DrawItem | None) -> NDArray[np.float32]:
    """Return packed vertices of a garment, uv filled in, or of an occluder (None)."""
    woven = item is not None and item.material.normal_map is not None
    packed = np.zeros((len(surface.vertices_m), TANGENT_COLUMNS if woven else 8), np.float32)
    if item is not None:
        packed[:, -2:] = item.uv
    return packed


@njit(cache=True, nogil=True, fastmath=True)
def add_tangents(packed: NDArray[np.float32], faces: NDArray[np.int32]) -> None:
    """Write glTF tangents into columns 6..9 of `packed` (V, 12: position, normal, tangent, uv).

    The tangent is the mean direction of u; its fourth number is 1 where the texture's top (falling v) lies along
    cross(normal, tangent), else -1.
    """
    packed[:, 6:10] = 0.0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        u1, v1 = packed[b, 10] - packed[a, 10], packed[b, 11] - packed[a, 11]
        u2, v2 = packed[c, 10] - packed[a, 10], packed[c, 11] - packed[a, 11]
        # Falling v is counter-clockwise from rising u where the chart is not mirrored, and there the area is negative.
        turn = np.float32(1.0) if u1 * v2 - u2 * v1 >= 0.0 else np.float32(-1.0)
        for k in range(3):
            along = turn * ((packed[b, k] - packed[a, k]) * v2 - (packed[c, k] - packed[a, k]) * v1)
            packed[a, 6 + k] += along
            packed[b, 6 + k] += along
            packed[c, 6 + k] += along
        packed[a, 9] -= turn
        packed[b, 9] -= turn
        packed[c, 9] -= turn
    for i in range(packed.shape[0]):
        x, y, z = packed[i, 6], packed[i, 7], packed[i, 8]
        length = np.sqrt(x * x + y * y + z * z)
        if length < 1e-20:
            x, y, z, length = np.float32(1.0), np.float32(0.0), np.float32(0.0), np.float32(1.0)
        packed[i, 6], packed[i, 7], packed[i, 8] = x / length, y / length, z / length
        packed[i, 9] = 1.0 if packed[i, 9] >= 0.0 else -1.0


@njit(cache=True, nogil=True)
def front_first(
    packed: NDArray[np.float32],
    faces: NDArray[np.int32],
    sides: NDArray[np.uint8],
    bad: NDArray[np.bool_],
    out: NDArray[np.uint32],
) -> int:
    """Write `faces` (F, 3) into `out`, those that show their outside to the camera first; return how many.

    Triangles with a broken vertex are left out, and those that show a side which is not drawn: `sides` (F,) says 2 for
    both, 1 for the outside, 0 for none. Drawn in this order, the outside hides most of the inside before it is shaded.
    """
    first, last = 0, faces.shape[0]
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if bad[a] or bad[b] or bad[c] or sides[t] == 0:
            continue
        ax, ay, az = packed[a, 0], packed[a, 1], packed[a, 2]
        bx, by, bz = packed[b, 0] - ax, packed[b, 1] - ay, packed[b, 2] - az
        cx, cy, cz = packed[c, 0] - ax, packed[c, 1] - ay, packed[c, 2] - az
        away = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        if away < 0.0:
            at, first = first, first + 1
        elif sides[t] == 1:
            continue
        else:
            last -= 1
            at = last
        out[at, 0], out[at, 1], out[at, 2] = a, b, c
    behind = faces.shape[0] - last
    for k in range(behind):  # close the gap that broken triangles leave
        for corner in range(3):
            out[first + k, corner] = out[last + k, corner]
    return first + behind


def pinhole(K: Mat33) -> NDArray[np.float64]:
    """Return (fx, fy, cx, cy)."""
    return np.array([K[0, 0], K[1, 1], K[0, 2], K[1, 2]], np.float64)


def region_of_interest(surfaces: Sequence[Surface], K: Mat33, width_px: int, height_px: int) -> Region:
    """Return the even rectangle that holds `surfaces` on screen, or an empty one.

    A surface that crosses the near plane may project anywhere: then it is the whole picture.
    """
    camera = pinhole(K)
    u0 = v0 = np.inf
    u1 = v1 = -np.inf
    whole = Region(0, 0, width_px & ~1, height_px & ~1)
    for surface in surfaces:
        a, b, c, d, behind = screen_box(np.ascontiguousarray(surface.vertices_m, np.float32), camera)
        if c < a:
            continue
        if behind:
            return whole
        u0, v0, u1, v1 = min(u0, a), min(v0, b), max(u1, c), max(v1, d)
    if u1 < u0:
        return Region(0, 0, 0, 0)
    x0, x1 = (_even(u0 - MARGIN_PX, whole.x1, up=False), _even(u1 + MARGIN_PX, whole.x1, up=True))
    y0, y1 = (_even(v0 - MARGIN_PX, whole.y1, up=False), _even(v1 + MARGIN_PX, whole.y1, up=True))
    return Region(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else Region(0, 0, 0, 0)


def _even(value: float, limit: int, up: bool) -> int:
    inside = min(max(value, 0.0), float(limit))
    return int(-(-inside // 2) * 2) if up else int(inside // 2 * 2)
