"""The shopper as a mannequin: their own shape, no face, and no skin where cloth covers it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from pipelines.body.conform import arm_weight
from pipelines.body.model import Body
from pipelines.body.skinning import vertex_normals
from pipelines.garment.worn import WornGarment
from pipelines.hiding import BodyPatch
from pipelines.render.backend import Material
from pipelines.types import FacesI32, PointsF32, UvF32
from pipelines.viewpoint.head import egg_of

F64 = NDArray[np.float64]

SKIN = Material(np.array([201, 193, 184], np.uint8), roughness=0.6, sheen=0.15)
COVER_M = 0.05  # cloth farther out than this does not cover
RIM_M = 0.025  # cloth this near to its edge may lift and show what is below
SUNK_M = 0.006  # covered skin that is still drawn lies this much deeper, so that it cannot come through
NECK_M = 0.03  # this much of the neck runs on inside of the head, and steers its shape
PLAIN_PARTS = ("torso", "left_thigh", "right_thigh")
TAUBIN, PLAIN_ROUNDS = (0.6, -0.62), 60


@dataclass(frozen=True, slots=True, eq=False)
class Avatar:
    """A mannequin in the rest pose, to be skinned like any patch of the body."""

    patch: BodyPatch
    uv: UvF32  # (N, 2) zeros: it has no texture
    key: tuple[str, int]  # names the faces


def avatar_of(body: Body, garments: Sequence[WornGarment]) -> Avatar:
    """Return the mannequin of `body` for wearing `garments`."""
    model = body.model
    skin = np.ascontiguousarray(model.body.faces[: model.skin_faces])
    head, neck = (_in_skin(body, part) for part in ("head", "neck"))
    points = _plain(body).copy()
    near_head = neck & (cKDTree(points[head]).query(points)[0] < NECK_M)
    egg = egg_of(points[head | near_head])
    covered = _covered(points, vertex_normals(body.rest_m, skin), garments)
    points[covered] -= SUNK_M * vertex_normals(body.rest_m, skin)[covered]
    inside = _inside_head(points, head, neck, egg.centre_m)
    faces = skin[~(covered | inside)[skin].all(1)]
    return _joined(body, points, faces, (egg.points_m, egg.faces), np.flatnonzero(head))


def _in_skin(body: Body, *parts: str) -> NDArray[np.bool_]:
    """Return which of the model's vertices (V,) are skin of `parts`."""
    skin = np.zeros(len(body.rest_m), bool)
    skin[body.model.body.faces[: body.model.skin_faces]] = True
    return np.asarray(skin & body.model.vertices_of(*parts))


@lru_cache(4)
def _plain(body: Body) -> F64:
    """Return the points (V, 3) without the skin's small relief, as a shop's mannequin, girths kept (Taubin 1995).

    The same for everything that the body wears, so it is kept.
    """
    points, where = body.rest_m.astype(np.float64), _in_skin(body, *PLAIN_PARTS)
    faces = body.model.body.faces[: body.model.skin_faces]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    size = (len(points), len(points))
    mean = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), size)
    mean = sparse.diags(1.0 / np.maximum(1.0, np.asarray(mean.sum(1)).ravel())) @ mean
    for step in TAUBIN * PLAIN_ROUNDS:
        points[where] += step * ((mean @ points) - points)[where]
    return points


def _inside_head(points: F64, head: NDArray[np.bool_], neck: NDArray[np.bool_], centre: F64) -> NDArray[np.bool_]:
    """Let the neck run on inside the egg, in place; return the vertices that are of no use any more."""
    away, _ = cKDTree(points[neck]).query(points[head])
    shrink = 1.0 - 0.35 * np.clip(away / NECK_M, 0.0, 1.0)
    points[head] = centre + (points[head] - centre) * shrink[:, None]
    beyond = np.zeros(len(points), bool)
    beyond[np.flatnonzero(head)[away > NECK_M]] = True
    return beyond


def _covered(points: F64, normals: PointsF32, garments: Sequence[WornGarment]) -> NDArray[np.bool_]:
    """Return which of the skin's `points` (V, 3) lie below cloth, well inside of its edges."""
    covered = np.zeros(len(points), bool)
    for worn in garments:
        count = worn.cloth.count
        cloth = worn.rest_m[:count].astype(np.float64)
        away, near = cKDTree(cloth).query(points)
        outward = ((cloth[near] - points) * normals).sum(1)
        covered |= (away < COVER_M) & (outward > -SUNK_M) & _off_rim(worn)[near]
    return covered


def _off_rim(worn: WornGarment) -> NDArray[np.bool_]:
    """Return which simulated vertices (S,) lie away from the open edges of `worn`."""
    count, faces = worn.cloth.count, worn.cloth.faces
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    once, uses = np.unique(edges, axis=0, return_counts=True)
    rim = np.unique(once[uses == 1])
    if not len(rim):
        return np.ones(count, bool)
    return np.asarray(cKDTree(worn.rest_m[rim]).query(worn.rest_m[:count])[0] > RIM_M)


def _joined(
    body: Body,
    points: F64,
    faces: FacesI32,
    egg: tuple[F64, FacesI32],
    head: NDArray[np.intp],
) -> Avatar:
    """Return skin and egg as one mesh; the egg moves with the vertices of the head that lie nearest."""
    model = body.model
    used, local = np.unique(faces, return_inverse=True)
    _, near = cKDTree(body.rest_m[head]).query(egg[0])
    source = np.concatenate([used, head[near]])
    all_faces = np.concatenate([local.reshape(-1, 3), egg[1] + len(used)]).astype(np.int32)
    patch = BodyPatch(
        np.concatenate([points[used], egg[0]]).astype(np.float32),
        np.ascontiguousarray(arm_weight(body)[source]),
        np.ascontiguousarray(model.skin_index[source]),
        np.ascontiguousarray(model.skin_weight[source]),
        all_faces,
    )
    return Avatar(patch, np.zeros((len(source), 2), np.float32), ("avatar", zlib.crc32(all_faces.tobytes())))
