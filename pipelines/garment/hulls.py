"""Convex rings by rays, compiled: slices of a mesh, the girth of a ring, how far it must grow.

A ring is the distance from its middle along evenly spread rays, `rays` (A, 2); all floats are float64, in metres.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.slicing import convex_hull, turned

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]

FEWEST = 6  # crossings that make a slice
_FACING = 1e-12
_FLAT_M2 = 1e-12
_BISECTIONS = 24


@njit(cache=True, nogil=True)
def sliced_rings(crossings: Values, ends: Numbers, rays: Values, centre: Values, radius: Values) -> None:
    """Write into `centre` (H, 2) and `radius` (H, A) the hulls of slices: `crossings` (N, 2) up to `ends` (H,).

    The centre is the middle of the hull's extent; rows that meet too little stay as they are.
    """
    begin = 0
    for row in range(ends.shape[0]):
        hull = _hull_of(crossings[begin : ends[row]]) if ends[row] - begin >= FEWEST else crossings[:0]
        begin = ends[row]
        if hull.shape[0] < 3:
            continue
        for k in range(2):
            centre[row, k] = (hull[:, k].min() + hull[:, k].max()) / 2
            hull[:, k] -= centre[row, k]
        _reach(hull, rays, radius[row])


@njit(cache=True, nogil=True)
def hung(radius: Values, centre: Values, s: Values, top_s: float, fall: Values, rays: Values) -> None:
    """Let no ring of `radius` (H, A) below `top_s` be narrower than the hull of the one above it times `fall` (H,)."""
    count, angles = radius.shape
    above, keep = np.empty((angles, 2)), np.empty(angles)
    for row in range(count - 2, -1, -1):
        if s[row] >= top_s:
            continue
        for k in range(2):
            above[:, k] = centre[row + 1, k] + radius[row + 1] * rays[:, k] - centre[row, k]
        _reach(_hull_of(above), rays, keep)
        radius[row] = np.maximum(radius[row], keep * fall[row])


@njit(cache=True, nogil=True)
def _hull_of(points: Values) -> Values:
    """Return the convex hull (N, 2) of `points`; none where they lie on a line."""
    hull = convex_hull(points)
    area2 = 0.0
    for n in range(2, hull.shape[0]):
        area2 += turned(hull[0], hull[n - 1], hull[n])
    return hull if area2 > _FLAT_M2 else hull[:0]


@njit(cache=True, nogil=True)
def _reach(hull: Values, rays: Values, out: Values) -> None:
    """Write into `out` (A,) the distance from the origin to a convex polygon (N, 2) along each ray; inf beside it."""
    out[:] = np.inf
    count = hull.shape[0]
    for n in range(count):
        p, q = hull[n], hull[(n + 1) % count]
        nx, ny = q[1] - p[1], p[0] - q[0]
        offset = nx * p[0] + ny * p[1]
        sign = -1.0 if offset < 0.0 else 1.0
        for a in range(rays.shape[0]):
            facing = (rays[a, 0] * nx + rays[a, 1] * ny) * sign
            if facing > _FACING:
                out[a] = min(out[a], abs(offset) / facing)


@njit(cache=True, nogil=True)
def girth(ring: Values, rays: Values) -> float:
    """Return the length of one closed ring (A,)."""
    total = 0.0
    last = ring.shape[0] - 1
    u, w = ring[last] * rays[last, 0], ring[last] * rays[last, 1]
    for a in range(ring.shape[0]):
        before_u, before_w = u, w
        u, w = ring[a] * rays[a, 0], ring[a] * rays[a, 1]
        total += math.sqrt((u - before_u) ** 2 + (w - before_w) ** 2)
    return total


@njit(cache=True, nogil=True)
def girths(radius: Values, rays: Values) -> Values:
    """Return the lengths (H,) of closed rings (H, A)."""
    out = np.empty(radius.shape[0])
    for row in range(radius.shape[0]):
        out[row] = girth(radius[row], rays)
    return out


@njit(cache=True, nogil=True)
def grown(radius: Values, out: Values, target_m: Values, top: float, rays: Values) -> Values:
    """Bisect for the t in 0..`top` (H,) at which `radius` + t `out`, both (H, A), has the girth `target_m` (H,)."""
    found = np.empty(radius.shape[0])
    for row in range(radius.shape[0]):
        low, high = 0.0, top
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            if girth(radius[row] + middle * out[row], rays) > target_m[row]:
                high = middle
            else:
                low = middle
        found[row] = (low + high) / 2
    return found


@njit(cache=True, nogil=True)
def along(points: Values, s: Values, centre: Values, axes: Values) -> Values:
    """Return `points` (N, 3) in the frame of the nearest of the places on a curve.

    They are `s` (M,) along it, at `centre` (M, 3), with `axes` (M, 3, 3).
    """
    local = np.empty(points.shape)
    for n in range(points.shape[0]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        best, near = np.inf, 0
        for m in range(centre.shape[0]):
            dx, dy, dz = x - centre[m, 0], y - centre[m, 1], z - centre[m, 2]
            away = dx * dx + dy * dy + dz * dz
            if away < best:
                best, near = away, m
        dx, dy, dz = x - centre[near, 0], y - centre[near, 1], z - centre[near, 2]
        for k in range(3):
            local[n, k] = axes[near, k, 0] * dx + axes[near, k, 1] * dy + axes[near, k, 2] * dz
        local[n, 1] += s[near]
    return local
