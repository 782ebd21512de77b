"""Garments over garments: the outer one goes round the inner one, which is not drawn where it is covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.model import BodyModel
from pipelines.body.skinning import vertex_normals
from pipelines.garment import bind, mesh
from pipelines.garment.assemble import with_followers
from pipelines.garment.cut import ARM_BONES
from pipelines.garment.tuck import tucked
from pipelines.garment.worn import Skin, WornGarment
from pipelines.types import FacesI32

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]

GAP_M = 0.004  # between two layers of cloth, at rest
NEAR_M = 0.045  # cloth farther from the inner layer than this does not cover it
RIM_M = 0.015  # this far from its edge the outer layer may open and show what is below
DEEPEST_M = 0.08


def layered(garments: Sequence[WornGarment], model: BodyModel) -> tuple[WornGarment, ...]:
    """Return `garments` innermost first, each fitted over those below it; what is tucked in lies below all others."""
    inside_out = sorted(tucked(garments), key=lambda garment: (not garment.tucked, garment.package.layer))
    result: list[WornGarment] = []
    for garment in inside_out:
        for number, inner in enumerate(result):
            if inner.tucked and garment.package.is_bottom:
                continue  # which made room for it
            garment = _over(garment, inner, number, model)  # noqa: PLW2901
        result.append(garment)
    for n, inner in enumerate(result):
        for outer in result[n + 1 :]:
            result[n] = inner = _trimmed(result[n], outer)
    return tuple(result)


def _over(outer: WornGarment, inner: WornGarment, number: int, model: BodyModel) -> WornGarment:
    """Push `outer` out of garment `number`, `inner`, and keep it out: that cloth becomes part of the skin below."""
    cloth = outer.cloth
    rest = outer.rest_m[: cloth.count].astype(np.float64)
    covered = _covered(cloth.skin.rest_m.astype(np.float64), inner)
    kept = cloth.skin.faces[~covered[cloth.skin.faces].all(1)]
    joined, faces = _joined(cloth.skin, kept, inner)
    skin = bind.skin_below(joined.rest_m.astype(np.float64), faces, (joined.skin_index, joined.skin_weight), rest)
    skin = replace(skin, layers=(*cloth.skin.layers, (len(cloth.skin.rest_m), number)))
    candidates = np.full_like(cloth.candidates, -1)
    arms = np.array([any(word in name for word in ARM_BONES) for name in model.bone_names])
    share = (skin.skin_weight * arms[skin.skin_index]).sum(1)[faces].mean(1)
    centroid = skin.rest_m[faces].mean(1).astype(np.float64)
    on_arm = outer.arm_weight[: cloth.count] > 0.5
    for here, fits in (
        (~on_arm, share < 0.65),
        (on_arm & (rest[:, 0] > 0), (share > 0.25) & (centroid[:, 0] > 0)),
        (on_arm & (rest[:, 0] <= 0), (share > 0.25) & (centroid[:, 0] <= 0)),
    ):
        allowed = np.flatnonzero(fits)
        if here.any() and len(allowed) > bind.RANKS[-1]:
            candidates[here] = allowed[bind.nearest_faces(centroid[allowed], rest[here])]
    meets = (candidates >= len(kept)).any(1)
    for _ in range(4):
        gap, normal = bind.gap_to(skin, candidates, rest)
        push = np.clip(GAP_M - gap, 0, 0.03) * (meets & (gap > -DEEPEST_M))
        rest = rest + normal * push[:, None]
    cloth = replace(cloth, skin=skin, candidates=candidates)
    return replace(outer, rest_m=with_followers(rest, cloth), cloth=cloth)


def _joined(skin: Skin, kept: FacesI32, inner: WornGarment) -> tuple[Skin, FacesI32]:
    """Return the skin and the inner cloth as one surface."""
    count = inner.cloth.count
    both = Skin(
        np.concatenate([skin.rest_m, inner.rest_m[:count]]),
        np.zeros((0, 3), np.int32),
        np.concatenate([skin.skin_index, inner.skin_index[:count]]),
        np.concatenate([skin.skin_weight, inner.skin_weight[:count]]),
        np.zeros(0, np.int32),
        np.zeros((0, 3), np.float32),
    )
    return both, np.concatenate([kept, inner.cloth.faces + np.int32(len(skin.rest_m))]).astype(np.int32)


def _trimmed(inner: WornGarment, outer: WornGarment) -> WornGarment:
    """Return `inner` without the faces that `outer` covers well inside of its own edges."""
    covered = _covered(inner.rest_m.astype(np.float64), outer)
    shown = inner.faces[~covered[inner.faces].all(1)]
    return replace(inner, faces=np.ascontiguousarray(shown)) if len(shown) else inner


def _covered(points: Points, outer: WornGarment) -> Mask:
    """Return which of `points` (N, 3) lie below `outer`, away from its edges."""
    cloth = outer.rest_m[: outer.cloth.count].astype(np.float64)
    away, near = cKDTree(cloth).query(points)
    normal = vertex_normals(cloth.astype(np.float32), outer.cloth.faces)[near]
    below = ((points - cloth[near]) * normal).sum(1) < GAP_M
    rims = mesh.boundary_loops(outer.cloth.faces)
    inside = np.ones(len(cloth), bool)
    if rims:
        inside = cKDTree(cloth[np.concatenate(rims)]).query(cloth)[0] > RIM_M
    return np.asarray(below & (away < NEAR_M) & inside[near])
