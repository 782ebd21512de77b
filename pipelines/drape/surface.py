"""What is drawn of a cloth: its simulated points as the camera sees them, and the hems and collars that follow."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.skinning import vertex_normals
from pipelines.garment.worn import WornGarment
from pipelines.types import PointsF32, Surface

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

_FAST = {"contract", "arcp", "reassoc", "nsz"}


def surface(worn: WornGarment, x: PointsF32, T_cam_root: NDArray[np.float64]) -> Surface:
    """Return the drawn surface of simulated points `x` (S, 3), in the camera frame."""
    vertices, normals = np.empty((len(worn.rest_m), 3), np.float32), np.empty((len(worn.rest_m), 3), np.float32)
    points, tips = vertices[: len(x)], vertices[len(x) :]
    followers = worn.cloth.followers
    _move(x, T_cam_root.astype(np.float32), points)
    vertex_normals(points, worn.cloth.faces, normals[: len(x)])
    _follow(
        (points, normals[: len(x)]),
        (followers.parent, followers.inner, followers.side),
        (followers.share, followers.side_share, followers.depth_m),
        tips,
        normals[len(x) :],
    )
    if len(followers.shaped):
        own = vertex_normals(vertices, followers.shaped)[len(x) :]
        normals[len(x) :] = np.where(own.any(axis=1, keepdims=True), own, normals[len(x) :])
    return Surface(vertices, normals, worn.faces)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _move(x: PointsF32, T: Floats, out: PointsF32) -> None:
    """Write into `out` (S, 3) the points `x` (S, 3) moved by `T` (4, 4)."""
    for i in range(x.shape[0]):
        for k in range(3):
            out[i, k] = T[k, 0] * x[i, 0] + T[k, 1] * x[i, 1] + T[k, 2] * x[i, 2] + T[k, 3]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _follow(
    cloth: tuple[PointsF32, PointsF32],
    vertices: tuple[Indices, Indices, Indices],
    shares: tuple[Floats, Floats, Floats],
    tips: PointsF32,
    normals: PointsF32,
) -> None:
    """Place the followers of `cloth` (points and their normals, S, 3): fields of `Followers` in, `tips` (W, 3) out.

    A fold shows its lower edge, so its normal points out of the opening.
    """
    x, n = cloth
    parent, inner, side = vertices
    share, side_share, depth_m = shares
    for w in range(parent.shape[0]):
        p, q, r = parent[w], inner[w], side[w]
        length2 = np.float32(1e-18)
        for k in range(3):
            inward = x[q, k] - x[p, k]
            length2 += inward * inward
            tips[w, k] = x[p, k] + share[w] * inward + side_share[w] * (x[r, k] - x[p, k]) - depth_m[w] * n[p, k]
        folded = depth_m[w] > np.float32(0.0) and r == p
        for k in range(3):
            normals[w, k] = (x[p, k] - x[q, k]) / math.sqrt(length2) if folded else n[p, k]
