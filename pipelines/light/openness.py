"""How open cloth lies to the light: a crease takes some of it from itself, and an arm from the cloth behind it.

Spherical harmonics light each point as if nothing stood around it. What does stand there is ambient occlusion: soft,
the same whatever the lamp, and as steady as cloth and pose. A crease is told by how far its neighbours rise above it,
held against the whole garment, whose mean colour thus stays. Arms are capsules: of a long strip of half its width r
that is d away, a surface that faces it loses r / d of its light, so far as the strip goes (the configuration factor
from a point to a strip; Howell, "A Catalog of Radiation Heat Transfer Configuration Factors", section B).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import PointsF32, Surface

Floats = NDArray[np.float32]

LEFT, RIGHT = 1.0, -1.0  # whose arm a capsule is
NO_ARMS: Floats = np.zeros((0, 8), np.float32)
CREASE = 2.0  # light lost where the neighbours rise one in one, if it were not bounded …
LEAST, MOST = 0.55, 1.12  # … by this
ARM = 0.75  # of what arms take: skin and cloth send some of it back
_FAST = {"contract", "arcp", "reassoc", "nsz"}


def less_open(
    surface: Surface, edges: NDArray[np.int32], parents: NDArray[np.int32], on_arm: Floats, arms: Floats
) -> Surface:
    """Return `surface` with its normals (V, 3) as long as the share of the light that reaches them is.

    `edges` (E, 2) join the first S vertices, the other V - S have the creases of their `parents`. `on_arm` (V,) is how
    much each vertex belongs to an arm, below 0 to the right one; `arms` (C, 8) are capsules as `arm_capsules` gives.
    """
    rise = _rise(surface.vertices_m, surface.normals, edges, len(surface.vertices_m) - len(parents))
    normals = surface.normals.copy()
    _shorten(surface.vertices_m, normals, (rise, parents), on_arm, arms)
    return replace(surface, normals=normals)


def arm_capsules(joints_m: PointsF32, radius_m: tuple[float, float], side: float) -> Floats:
    """Return upper arm and forearm (2, 8: both ends, radius, side) between shoulder, elbow and wrist (3, 3).

    All in the camera frame, metres; `side` is LEFT or RIGHT: an arm takes nothing from its own sleeve.
    """
    parts = [np.concatenate([joints_m[i], joints_m[i + 1], [radius_m[i], side]]) for i in range(2)]
    return np.asarray(parts, np.float32)


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _rise(points: PointsF32, normals: PointsF32, edges: NDArray[np.int32], count: int) -> Floats:
    """Return how steeply the neighbours of each of the first `count` points rise above it, less the mean of all.

    A point that is not finite is nobody's neighbour, and one whose normal is not rises by nothing.
    """
    rise, around = np.zeros(count, np.float32), np.zeros(count, np.float32)
    for e in range(edges.shape[0]):
        i, j = edges[e, 0], edges[e, 1]
        x, y, z = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
        edge2 = x * x + y * y + z * z
        if not math.isfinite(edge2):
            continue
        inverse = np.float32(1.0) / (math.sqrt(edge2) + np.float32(1e-9))
        rise[i] += inverse * (x * normals[i, 0] + y * normals[i, 1] + z * normals[i, 2])
        rise[j] -= inverse * (x * normals[j, 0] + y * normals[j, 1] + z * normals[j, 2])
        around[i] += np.float32(1.0)
        around[j] += np.float32(1.0)
    rise /= np.maximum(around, np.float32(1.0))
    for i in range(count):
        if not math.isfinite(rise[i]):
            rise[i] = np.float32(0.0)
    even = rise.copy()  # the mean with the neighbours: triangles of unlike size would be seen
    for e in range(edges.shape[0]):
        i, j = edges[e, 0], edges[e, 1]
        if around[i] > np.float32(0.0) and around[j] > np.float32(0.0):
            even[i] += rise[j]
            even[j] += rise[i]
    even /= around + np.float32(1.0)
    even -= even.mean()
    return even


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _shorten(
    points: PointsF32, normals: PointsF32, creases: tuple[Floats, NDArray[np.int32]], on_arm: Floats, arms: Floats
) -> None:
    """Shorten `normals` (V, 3) by what creases and arms take."""
    rise, parents = creases
    one, most, least = np.float32(1.0), np.float32(MOST), np.float32(LEAST)
    for i in range(points.shape[0]):
        near = rise[i] if i < rise.shape[0] else rise[parents[i - rise.shape[0]]]
        left = min(max(one - np.float32(CREASE) * near, least), most)
        for n in range(arms.shape[0]):
            own = max(on_arm[i] * arms[n, 7], np.float32(0.0))
            if own < one:
                left *= one - (one - own) * np.float32(ARM) * _taken(points, normals, i, arms, n)
        for k in range(3):
            normals[i, k] *= left


@njit(cache=True, nogil=True, fastmath=_FAST, error_model="numpy")
def _taken(points: PointsF32, normals: PointsF32, i: int, arms: Floats, n: int) -> np.float32:
    """Return how much (0..1) of the light of a surface at point `i` capsule `n` takes."""
    nothing, one = np.float32(0.0), np.float32(1.0)
    length2, along = np.float32(1e-12), nothing
    for k in range(3):
        axis = arms[n, 3 + k] - arms[n, k]
        length2 += axis * axis
        along += axis * (points[i, k] - arms[n, k])
    place = along / length2
    near = min(max(place, nothing), one)
    away2, facing = np.float32(1e-12), nothing
    for k in range(3):
        to = arms[n, k] + near * (arms[n, 3 + k] - arms[n, k]) - points[i, k]
        away2 += to * to
        facing += to * normals[i, k]
    if facing <= nothing:
        return nothing
    first, last = place * math.sqrt(length2), (one - place) * math.sqrt(length2)
    aside2 = max(away2 - ((place - near) ** 2) * length2, np.float32(1e-12))
    reach = first / math.sqrt(first * first + aside2) + last / math.sqrt(last * last + aside2)
    taken = min(arms[n, 6], math.sqrt(away2)) * facing / away2 * np.float32(0.5) * reach
    return np.float32(min(taken, one))
