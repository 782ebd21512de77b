"""The loops of the numba rasteriser that find what is seen: clip, project, visibility. All serial, all deterministic.

The depth loop leaves the nearest triangle of every pixel; then each pixel is shaded once (`raster_shading`).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import FAR_M, NEAR_M

NEAREST = 1.0 / FAR_M  # the inverse depth that an empty pixel starts with


@njit(cache=True, nogil=True)
def clip_near(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], bad: NDArray[np.bool_], new: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cut triangles at the near plane; return vertices (V', C) and faces (F', 3), without broken triangles.

    The first three of the C columns are the position, the others are carried along linearly. `new` is (V + 2 F, C).
    """
    count = vertices.shape[0]
    new[:count] = vertices
    out = np.empty((2 * faces.shape[0], 3), np.int32)
    kept = 0
    ring = np.empty(4, np.int32)
    for t in range(faces.shape[0]):
        if bad[faces[t, 0]] or bad[faces[t, 1]] or bad[faces[t, 2]]:
            continue
        corners = 0
        for k in range(3):
            a, b = faces[t, k], faces[t, (k + 1) % 3]
            za, zb = vertices[a, 2] + NEAR_M, vertices[b, 2] + NEAR_M
            if za <= 0.0:
                ring[corners] = a
                corners += 1
            if (za <= 0.0) != (zb <= 0.0):
                s = np.float32(za / (za - zb))
                new[count] = vertices[a] + s * (vertices[b] - vertices[a])
                ring[corners] = count
                corners, count = corners + 1, count + 1
        for k in range(2, corners):
            out[kept, 0], out[kept, 1], out[kept, 2] = ring[0], ring[k - 1], ring[k]
            kept += 1
    return new[:count], out[:kept]


@njit(cache=True, nogil=True)
def project(
    vertices: NDArray[np.float32], camera: NDArray[np.float64], x0: int, y0: int, recede_m: float
) -> NDArray[np.float64]:
    """Return (V, 3): u and v in pixels of the region, and inverse depth; receding along the view ray."""
    screen = np.empty((vertices.shape[0], 3), np.float64)
    for i in range(vertices.shape[0]):
        x, y, z = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        away = 1.0
        if recede_m > 0.0:
            away += recede_m / max(np.sqrt(x * x + y * y + z * z), 1e-3)
        inverse = 1.0 / (z if z < -1e-6 else -1e-6)
        screen[i, 0] = camera[2] - camera[0] * x * inverse - x0
        screen[i, 1] = camera[3] + camera[1] * y * inverse - y0
        screen[i, 2] = -inverse / away
    return screen


@njit(cache=True, nogil=True, error_model="numpy")
def visibility(
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    owner: int,
    inverse_depth: NDArray[np.float32],
    triangle: NDArray[np.int32],
    owners: NDArray[np.uint8],
) -> None:
    """Leave in the buffers (h, w) every pixel whose centre a triangle of `faces` covers nearer than before."""
    height, width = inverse_depth.shape
    nearest, won, owned = inverse_depth.reshape(-1), triangle.reshape(-1), owners.reshape(-1)
    for t in range(faces.shape[0]):
        a, b, c = np.uint32(faces[t, 0]), np.uint32(faces[t, 1]), np.uint32(faces[t, 2])
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        i0, i1 = _centres(min(ax, bx, cx), max(ax, bx, cx), width)
        j0, j1 = _centres(min(ay, by, cy), max(ay, by, cy), height)
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if i1 < i0 or j1 < j0 or area == 0.0:
            continue
        turn = 1.0 / area
        # Barycentrics of b and c, and the inverse depth, are linear on the screen.
        bdx, bdy = (cy - ay) * turn, (ax - cx) * turn
        cdx, cdy = (ay - by) * turn, (bx - ax) * turn
        qa, qb, qc = screen[a, 2], screen[b, 2] - screen[a, 2], screen[c, 2] - screen[a, 2]
        x, y = i0 + 0.5 - ax, j0 + 0.5 - ay
        b_row, c_row = bdx * x + bdy * y, cdx * x + cdy * y
        for j in range(j0, j1 + 1):
            begin, end = _span(b_row, c_row, bdx, cdx, i1 - i0)
            wb, wc = b_row + begin * bdx, c_row + begin * cdx
            for n in range(np.uint32(j * width + i0 + begin), np.uint32(j * width + i0 + end + 1)):
                if (wb >= 0.0) & (wc >= 0.0) & (wb + wc <= 1.0):
                    q = np.float32(qa + wb * qb + wc * qc)
                    if q > nearest[n]:
                        nearest[n], won[n], owned[n] = q, t, owner
                wb += bdx
                wc += cdx
            b_row += bdy
            c_row += cdy


@njit(cache=True, nogil=True)
def _centres(low: float, high: float, count: int) -> tuple[int, int]:
    """Return the first and the last of `count` pixels whose centres lie between `low` and `high`."""
    return int(np.ceil(max(low, 0.0) - 0.5)), int(np.floor(min(high, float(count)) - 0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def _span(b: float, c: float, bdx: float, cdx: float, last: int) -> tuple[int, int]:
    """Return the first and the last of the pixels 0 to `last` of a row that can lie inside, from its first's shares."""
    if last < 3:
        return 0, last
    low, high = 0.0, float(last)
    for share, step in ((b, bdx), (c, cdx), (1.0 - b - c, -bdx - cdx)):  # each must not fall below 0
        if step > 0.0:
            low = max(low, -share / step - 0.01)
        elif step < 0.0:
            high = min(high, -share / step + 0.01)
    return int(np.ceil(low)), int(np.floor(high))
