"""Is the drawn cloth outside of the body, and is it stretched? Looked at apart from the solver's own constraints."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.conform import Profile, arm_weight, conform
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.drape.cloth import ClothState
from pipelines.outfit import Outfit
from pipelines.types import FacesI32, PointsF32, Transforms
from pipelines.wearer import garment_shape

EVERY = 8
ABOVE_M = 0.003  # what lies this far outside of the skin must be free, or no cloth can cover it
BELOW_M = 0.002  # cloth deeper than this in its own skin has no excuse


def shares_inside(
    outfit: Outfit, profile: Profile, T_cam_rest: Transforms, cloth: tuple[ClothState, ...]
) -> tuple[float, float]:
    """Return the shares of simulated vertices that lie in the pipeline's own posed body, all garments together.

    First of those that could lie outside, then of those pinched between two parts of a body that lies in itself: the
    skin that such a vertex covers is inside of another part, so that no place outside of both is left to it. Every
    EVERY-th vertex is looked at. The body is the whole closed skin, shaped and posed as the pipeline has it; nothing
    of the planes that the solver keeps the cloth out of is used.
    """
    skin, faces, on_arm = _posed_skin(outfit, profile, T_cam_rest)
    points = np.concatenate([_in_camera(state)[::EVERY] for state in cloth])
    sleeve = np.concatenate([worn.arm_weight[: worn.cloth.count : EVERY] > 0.5 for worn in outfit.garments])
    within = inside(points, skin, faces)
    pinched = np.zeros(len(points), bool)
    normals = vertex_normals(skin, faces)
    for part, own in ((sleeve, on_arm), (~sleeve, ~on_arm)):
        here, below = np.flatnonzero(within & part), np.flatnonzero(own)
        near = below[cKDTree(skin[below]).query(points[here])[1]]
        height = ((points[here] - skin[near]) * normals[near]).sum(1)
        covered = inside(np.ascontiguousarray(skin[near] + np.float32(ABOVE_M) * normals[near]), skin, faces)
        pinched[here] = covered & (height > -BELOW_M)
    return float(np.mean(within & ~pinched)), float(np.mean(pinched))


def _posed_skin(
    outfit: Outfit, profile: Profile, T_cam_rest: Transforms
) -> tuple[PointsF32, FacesI32, NDArray[np.bool_]]:
    """Return the closed skin (N, 3) in the camera frame, its faces, and which vertices are an arm's."""
    body = outfit.body
    model = body.model
    here = model.body.vertices
    arms = arm_weight(body)[here]
    rest = conform(body.rest_m[here], arms, outfit.torso, profile)
    index, weight = model.skin_index[here], model.skin_weight[here]
    posed = skin_points(
        np.ascontiguousarray(rest), np.ascontiguousarray(index), np.ascontiguousarray(weight), T_cam_rest
    )
    faces = np.ascontiguousarray(model.body.faces[: model.skin_faces] - np.int32(here.start))
    return posed, faces, arms > 0.5


def _in_camera(state: ClothState) -> PointsF32:
    T = state.T_cam_root.astype(np.float32)
    return np.asarray(state.x @ T[:3, :3].T + T[:3, 3], np.float32)


def inside(points_m: PointsF32, vertices_m: PointsF32, faces: FacesI32) -> NDArray[np.bool_]:
    """Return which of `points_m` (N, 3) a closed surface winds around (Jacobson et al. 2013)."""
    return np.asarray(_winding(points_m, vertices_m, faces) > 0.5)


@njit(cache=True, nogil=True, fastmath=True)
def _winding(points: PointsF32, vertices: PointsF32, faces: FacesI32) -> NDArray[np.float32]:
    """Return the winding number (N,) by solid angles (van Oosterom and Strackee 1983)."""
    out = np.empty(points.shape[0], np.float32)
    for n in range(points.shape[0]):
        px, py, pz = points[n, 0], points[n, 1], points[n, 2]
        total = np.float32(0.0)
        for f in range(faces.shape[0]):
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay, az = vertices[i, 0] - px, vertices[i, 1] - py, vertices[i, 2] - pz
            bx, by, bz = vertices[j, 0] - px, vertices[j, 1] - py, vertices[j, 2] - pz
            cx, cy, cz = vertices[k, 0] - px, vertices[k, 1] - py, vertices[k, 2] - pz
            a = math.sqrt(ax * ax + ay * ay + az * az)
            b = math.sqrt(bx * bx + by * by + bz * bz)
            c = math.sqrt(cx * cx + cy * cy + cz * cz)
            det = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            ab, bc, ca = ax * bx + ay * by + az * bz, bx * cx + by * cy + bz * cz, cx * ax + cy * ay + cz * az
            total += math.atan2(det, a * b * c + ab * c + bc * a + ca * b)
        out[n] = total / (2.0 * math.pi)
    return out


def strains(
    outfit: Outfit, profile: Profile, cloth: tuple[ClothState, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much longer than at rest (share, 0 where shorter) each cloth edge is, and its length at rest (m)."""
    shares, lengths = [], []
    for worn, state in zip(outfit.garments, cloth, strict=True):
        rest, _ = garment_shape(worn, outfit.torso, profile)
        edges = worn.cloth.edges
        at_rest = np.linalg.norm(rest[edges[:, 0]] - rest[edges[:, 1]], axis=1) * worn.cloth.edge_slack
        now = np.linalg.norm(state.x[edges[:, 0]] - state.x[edges[:, 1]], axis=1)
        shares.append(np.maximum(now / np.maximum(at_rest, 1e-6) - 1.0, 0.0))
        lengths.append(at_rest)
    return np.asarray(np.concatenate(shares), np.float64), np.asarray(np.concatenate(lengths), np.float64)


def exceeded_by(strain: NDArray[np.float64], length_m: NDArray[np.float64], share: float) -> float:
    """Return the strain that `share` of the cloth exceeds: edges count by their length, not their number.

    Where a pattern's line cuts the mesh there are slivers of a millimetre, many in number and nothing in cloth.
    """
    order = np.argsort(strain)[::-1]
    along = np.cumsum(length_m[order]) / length_m.sum()
    return float(strain[order][np.searchsorted(along, share)])
