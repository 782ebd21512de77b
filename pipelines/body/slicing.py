"""Plane sections of a mesh and the length of a tape pulled around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import FacesI32, PointsF32


def unique_edges(faces: FacesI32) -> NDArray[np.int32]:
    """Return the edges (E, 2) of `faces`, each once, smaller index first."""
    halves = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    halves = np.sort(halves, 1).astype(np.int64)
    count = int(faces.max()) + 1
    key = np.unique(halves[:, 0] * count + halves[:, 1])
    return np.asarray(np.stack([key // count, key % count], 1), np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane with its own axes: `across` and `up` are orthogonal unit vectors."""

    origin_m: NDArray[np.float64]  # (3,)
    across: NDArray[np.float64]  # (3,)
    up: NDArray[np.float64]  # (3,)


def plane_at(origin_m: NDArray[np.floating[Any]], normal: NDArray[np.floating[Any]]) -> Plane:
    """Return the plane through `origin_m` square to `normal`; its `across` is horizontal."""
    unit = np.asarray(normal, np.float64) / np.linalg.norm(normal)
    across = np.array([unit[2], 0.0, -unit[0]])
    length = float(np.linalg.norm(across))
    across = across / length if length > 1e-6 else np.array([1.0, 0.0, 0.0])
    return Plane(np.asarray(origin_m, np.float64), across, np.cross(unit, across))


def section(
    points_m: PointsF32, edges: NDArray[np.int32], plane: Plane, radius_m: float = np.inf
) -> NDArray[np.float64]:
    """Return where `edges` (E, 2) cross `plane`, (N, 2) metres along its axes from its origin.

    Only crossings within `radius_m` of the origin count.
    """
    unit = np.cross(plane.across, plane.up)
    out = np.empty((len(edges), 2))
    count = _section(points_m, edges, plane.origin_m, unit, plane.across, plane.up, float(radius_m) ** 2, out)
    return out[:count]


def tape_length(points: NDArray[np.float64]) -> float:
    """Return the perimeter of the convex hull of `points` (N, 2): a tape bridges hollows; 0 for N < 3."""
    return float(_perimeter(convex_hull(points))) if len(points) >= 3 else 0.0


def enclosed_volume(points_m: PointsF32, faces: FacesI32) -> float:
    """Return the volume in cubic metres inside a closed, outward-facing surface (divergence theorem)."""
    return float(_volume(points_m, faces))


@njit(cache=True, nogil=True)
def _section(
    points: PointsF32,
    edges: NDArray[np.int32],
    origin: NDArray[np.float64],
    unit: NDArray[np.float64],
    across: NDArray[np.float64],
    up: NDArray[np.float64],
    radius2: float,
    out: NDArray[np.float64],
) -> int:
    side = np.empty(len(points))
    for n in range(len(points)):
        side[n] = (
            (points[n, 0] - origin[0]) * unit[0]
            + (points[n, 1] - origin[1]) * unit[1]
            + (points[n, 2] - origin[2]) * unit[2]
        )
    count = 0
    for e in range(len(edges)):
        a, b = edges[e, 0], edges[e, 1]
        if (side[a] >= 0) == (side[b] >= 0):
            continue
        t = side[a] / (side[a] - side[b])
        u = v = 0.0
        for i in range(3):
            offset = points[a, i] + t * (points[b, i] - points[a, i]) - origin[i]
            u += offset * across[i]
            v += offset * up[i]
        if u * u + v * v <= radius2:
            out[count, 0], out[count, 1] = u, v
            count += 1
    return count


@njit(cache=True, nogil=True)
def convex_hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the hull (N, 2) of `points`, in order (Andrew 1979); two of them where they lie on a line."""
    order = np.argsort(points[:, 1], kind="mergesort")
    order = order[np.argsort(points[order, 0], kind="mergesort")]
    count = order.shape[0]
    hull = np.empty((2 * count, 2))
    size = 0
    for turn in range(2):
        least = size + 2 if turn == 0 else size + 1
        for n in range(turn, count):  # there along the lower side, back along the upper
            point = points[order[n]] if turn == 0 else points[order[count - 1 - n]]
            while size >= least and turned(hull[size - 2], hull[size - 1], point) <= 0.0:
                size -= 1
            hull[size] = point
            size += 1
    return hull[: size - 1]  # which begins again


@njit(cache=True, nogil=True)
def turned(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    """Return twice the area of a triangle, positive where it turns to the left."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


@njit(cache=True, nogil=True)
def _perimeter(ring: NDArray[np.float64]) -> float:
    length = 0.0
    for k in range(ring.shape[0]):
        length += np.hypot(ring[k, 0] - ring[k - 1, 0], ring[k, 1] - ring[k - 1, 1])
    return length


@njit(cache=True, nogil=True)
def _volume(points: PointsF32, faces: FacesI32) -> float:
    total = 0.0
    for f in range(len(faces)):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        total += (
            a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
        )
    return total / 6.0
