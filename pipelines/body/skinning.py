"""Linear blend skinning: bone rotations to transforms, rest points to posed points, normals."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import FacesI32, PointsF32, Transforms

Floats: TypeAlias = NDArray[np.floating[Any]]


def pose_bones(
    heads_m: PointsF32,
    parents: NDArray[np.int32],
    rotations: Floats,
    T_cam_body: Floats,
) -> Transforms:
    """Return T_cam_rest (B, 4, 4), which takes rest-pose points to the camera frame.

    `rotations` (B, 3, 3) turn each bone about its own head `heads_m` (B, 3), relative to its parent, in
    the axes of the rest-pose body: G_b = G_parent . Trans(h_b) R_b Trans(-h_b), G_root starting from
    `T_cam_body` (4, 4). Parents come before their children, -1 marks the root.
    """
    posed = np.empty((len(parents), 4, 4), np.float32)
    _pose_bones(
        np.ascontiguousarray(heads_m, np.float64),
        np.ascontiguousarray(parents, np.int32),
        np.ascontiguousarray(rotations, np.float64),
        np.ascontiguousarray(T_cam_body, np.float64),
        posed,
    )
    return posed


def skin_points(
    rest_m: PointsF32,
    skin_index: NDArray[np.int32],
    skin_weight: NDArray[np.float32],
    T_cam_rest: Transforms,
    out: PointsF32 | None = None,
) -> PointsF32:
    """Return points (N, 3) float32 posed by up to four bones each; `skin_index`, `skin_weight` (N, 4).

    `out` (N, 3) float32 is filled and returned when given.
    """
    if out is None:
        out = np.empty((len(rest_m), 3), np.float32)
    _skin_points(rest_m, skin_index, skin_weight, T_cam_rest, out)
    return out


def vertex_normals(vertices_m: PointsF32, faces: FacesI32, out: PointsF32 | None = None) -> PointsF32:
    """Return unit normals (N, 3) float32, weighted by face area; a vertex without faces gets zero."""
    if out is None:
        out = np.empty((len(vertices_m), 3), np.float32)
    _vertex_normals(vertices_m, faces, out)
    return out


@njit(cache=True, nogil=True)
def _pose_bones(
    heads: Floats, parents: NDArray[np.int32], rotations: Floats, T_cam_body: Floats, posed: Transforms
) -> None:
    bones = len(parents)
    world = np.empty((bones, 3, 4))
    for b in range(bones):
        parent = parents[b]
        above = T_cam_body[:3, :4] if parent < 0 else world[parent]
        for i in range(3):
            for j in range(3):
                total = 0.0
                for k in range(3):
                    total += above[i, k] * rotations[b, k, j]
                world[b, i, j] = total
        for i in range(3):
            shift = above[i, 3]
            for k in range(3):
                shift += (above[i, k] - world[b, i, k]) * heads[b, k]
            world[b, i, 3] = shift
        posed[b, :3, :] = world[b]
        posed[b, 3, :3] = 0.0
        posed[b, 3, 3] = 1.0


@njit(cache=True, nogil=True, fastmath=True)
def _skin_points(
    rest: PointsF32, index: NDArray[np.int32], weight: NDArray[np.float32], transforms: Transforms, out: PointsF32
) -> None:
    for n in range(len(rest)):
        x, y, z = rest[n, 0], rest[n, 1], rest[n, 2]
        px = py = pz = np.float32(0)
        for k in range(4):
            w = weight[n, k]
            if w == 0:
                continue
            m = transforms[index[n, k]]
            px += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
            py += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
            pz += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[n, 0], out[n, 1], out[n, 2] = px, py, pz


@njit(cache=True, nogil=True, fastmath={"contract", "arcp", "reassoc", "nsz"})
def _vertex_normals(vertices: PointsF32, faces: FacesI32, out: PointsF32) -> None:
    out[:] = 0
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        vx, vy, vz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            out[v, 0] += nx
            out[v, 1] += ny
            out[v, 2] += nz
    for n in range(len(out)):
        length2 = out[n, 0] * out[n, 0] + out[n, 1] * out[n, 1] + out[n, 2] * out[n, 2]
        if length2 > 0:
            scale = np.float32(1.0) / math.sqrt(length2)
            out[n, 0] *= scale
            out[n, 1] *= scale
            out[n, 2] *= scale
