"""Which triangles of the skin are nearest to cloth, compiled: by their ranks, and how far off the nearest is.

With scipy's k-d tree for the ranks a new garment costs a quarter more (`bench outfit`), while its wearer waits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import FacesI32

Points = NDArray[np.float64]
Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

CELL_M = 0.035


@njit(cache=True, nogil=True)
def ranked(places: Points, points: Points, ranks: Numbers) -> Numbers:
    """Return for each of `points` (P, 3) the numbers (P, R) of its `ranks`-th nearest `places` (C, 3).

    `ranks` (R,) rise from 0 and are smaller than C. The places lie in the cells of a grid; a point looks at the cells
    around its own, shell by shell, until no farther one can hold a nearer place.
    """
    low, shape, first, order = _grid(places)
    sorted_m = places[order]
    most = ranks[-1] + 1
    away, who = np.empty(most), np.empty(most, np.int64)
    found = np.empty((points.shape[0], ranks.shape[0]), np.int64)
    cell = np.empty(3, np.int64)
    for p in range(points.shape[0]):
        count, shell = 0, 0
        point = (points[p, 0], points[p, 1], points[p, 2])
        for k in range(3):
            cell[k] = math.floor((points[p, k] - low[k]) / CELL_M)
            shell = max(shell, -cell[k], cell[k] - shape[k] + 1)
        shell = max(0, shell)
        begin = 0
        while True:
            for ring in range(begin, shell + 1):
                count = _look(sorted_m, point, (shape, first), cell, ring, away, who, count)
            begin = shell + 1
            if count == most and away[most - 1] <= _seen_m(points[p], low, shape, cell, shell) ** 2:
                break
            shell += 1
        for r in range(ranks.shape[0]):
            found[p, r] = order[who[ranks[r]]]
    return found


@njit(cache=True, nogil=True)
def _grid(places: Points) -> tuple[Values, Numbers, Numbers, Numbers]:
    """Return the grid's corner, its shape (3,), where each cell's places begin in the order, and that order (C,)."""
    low, shape = np.empty(3), np.empty(3, np.int64)
    for k in range(3):
        low[k] = places[:, k].min()
        shape[k] = int((places[:, k].max() - low[k]) / CELL_M) + 1
    cells = np.zeros(places.shape[0], np.int64)
    first = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for c in range(places.shape[0]):
        for k in range(3):
            cells[c] = cells[c] * shape[k] + int((places[c, k] - low[k]) / CELL_M)
        first[cells[c] + 1] += 1
    first = np.cumsum(first)
    order, filled = np.empty(places.shape[0], np.int64), first[:-1].copy()
    for c in range(places.shape[0]):
        order[filled[cells[c]]] = c
        filled[cells[c]] += 1
    return low, shape, first, order


@njit(cache=True, nogil=True)
def _look(
    sorted_m: Points, point: tuple[float, float, float], grid: tuple[Numbers, Numbers], cell: Numbers, shell: int,
    away: Values, who: Numbers, count: int,
) -> int:  # fmt: skip
    """Take the places of one shell of cells into the list of the nearest, `away` rising; returns the list's length."""
    shape, first = grid
    most = away.shape[0]
    x, y, z = point
    for i in range(max(0, cell[0] - shell), min(shape[0] - 1, cell[0] + shell) + 1):
        for j in range(max(0, cell[1] - shell), min(shape[1] - 1, cell[1] + shell) + 1):
            row = (i * shape[1] + j) * shape[2]
            side = abs(i - cell[0]) == shell or abs(j - cell[1]) == shell or shell == 0
            wide = 2 * shell + 1 if side else 1  # inside of the shell's sides only its two ends
            for k in range(cell[2] - shell, cell[2] + shell + 1, 2 * shell + 1 if side else 2 * shell):
                low, high = min(max(k, 0), shape[2]), min(max(k + wide, 0), shape[2])
                for place in range(first[row + low], first[row + high]):
                    dx, dy, dz = sorted_m[place, 0] - x, sorted_m[place, 1] - y, sorted_m[place, 2] - z
                    distance = dx * dx + dy * dy + dz * dz
                    if count < most:
                        count += 1
                    elif distance >= away[most - 1]:
                        continue
                    n = count - 1
                    while n > 0 and away[n - 1] > distance:
                        away[n], who[n] = away[n - 1], who[n - 1]
                        n -= 1
                    away[n], who[n] = distance, place
    return count


@njit(cache=True, nogil=True)
def _seen_m(point: Values, low: Values, shape: Numbers, cell: Numbers, shell: int) -> float:
    """Return how far from `point` everything has been looked at."""
    seen = np.inf
    for k in range(3):
        if cell[k] - shell > 0:
            seen = min(seen, point[k] - low[k] - (cell[k] - shell) * CELL_M)
        if cell[k] + shell < shape[k] - 1:
            seen = min(seen, low[k] + (cell[k] + shell + 1) * CELL_M - point[k])
    return max(0.0, seen)


@njit(cache=True, nogil=True)
def gaps(corners: Points, faces: FacesI32, candidates: NDArray[np.int32], points: Points) -> tuple[Values, Points]:
    """Return the signed distance (S,) of `points` to the plane of the nearest of their `candidates` (S, k), its normal.

    Near is the middle of a triangle; a point without candidates is 1 m away from anything.
    """
    middle, normal = np.empty((faces.shape[0], 3)), np.empty((faces.shape[0], 3))
    for f in range(faces.shape[0]):
        a, b, c = corners[faces[f, 0]], corners[faces[f, 1]], corners[faces[f, 2]]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
        normal[f, 0], normal[f, 1], normal[f, 2] = nx / length, ny / length, nz / length
        for k in range(3):
            middle[f, k] = (a[k] + b[k] + c[k]) / 3
    gap, out = np.ones(points.shape[0]), np.zeros((points.shape[0], 3))
    for p in range(points.shape[0]):
        if candidates[p, 0] < 0:
            continue
        best, chosen = np.inf, -1
        for c in range(candidates.shape[1]):
            f = candidates[p, c]
            dx, dy, dz = points[p, 0] - middle[f, 0], points[p, 1] - middle[f, 1], points[p, 2] - middle[f, 2]
            distance = dx * dx + dy * dy + dz * dz
            if distance < best:
                best, chosen = distance, f
        out[p] = normal[chosen]
        gap[p] = 0.0
        for k in range(3):
            gap[p] += (points[p, k] - middle[chosen, k]) * normal[chosen, k]
    return gap, out
