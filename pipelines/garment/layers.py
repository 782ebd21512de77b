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
from pipelines.garment.package import TopTemplate
from pipelines.garment.tuck import tucked
from pipelines.garment.worn import Across, Layer, Skin, WornGarment
from pipelines.types import FacesI32

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]

GAP_M = 0.004  # between two layers of cloth, at rest
NEAR_M = 0.045  # cloth farther from the inner layer than this does not cover it
CLEAR_M = 0.12  # and farther than this it is not even near
RIM_M = 0.015  # this far from its edge the outer layer may open and show what is below …
OPEN_RIM_M = 0.06  # … and so far where its front is open and swings
DEEPEST_M = 0.08
STILL_M = 0.04  # inner cloth farther than this from what is drawn of it is held still


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
    return tuple(_still_where_hidden(_beneath(garment, result[n + 1 :])) for n, garment in enumerate(result))


def _over(outer: WornGarment, inner: WornGarment, number: int, model: BodyModel) -> WornGarment:
    """Push `outer` out of garment `number`, `inner`, and keep it out: that cloth becomes part of the skin below."""
    cloth = outer.cloth
    rest = outer.rest_m[: cloth.count].astype(np.float64)
    covered = _covered(cloth.skin.rest_m.astype(np.float64), inner)
    kept = cloth.skin.faces[~covered[cloth.skin.faces].all(1)]
    skin = _joined(cloth.skin, kept, inner, number)
    faces = skin.faces
    candidates = np.full_like(cloth.candidates, -1)
    share = skin.arms[faces].mean(1)
    centroid = skin.rest_m[faces].mean(1).astype(np.float64)
    on_arm = outer.arm_weight[: cloth.count] > 0.5
    for here, fits in (
        (~on_arm, share < 0.65),
        (on_arm & (rest[:, 0] > 0), (share > 0.5) & (centroid[:, 0] > 0)),
        (on_arm & (rest[:, 0] <= 0), (share > 0.5) & (centroid[:, 0] <= 0)),
    ):
        allowed = np.flatnonzero(fits)
        if here.any() and len(allowed) > bind.RANKS[-1]:
            candidates[here] = allowed[bind.nearest_faces(centroid[allowed], rest[here])]
    meets = (candidates >= len(kept)).any(1)
    for _ in range(4):
        gap, normal = bind.gap_to(skin, candidates, rest)
        push = np.clip(GAP_M - gap, 0, 0.03) * (meets & (gap > -DEEPEST_M))
        rest = rest + normal * push[:, None]
    skin, candidates, across = _needed(skin, candidates, cloth.across)
    cloth = replace(cloth, skin=skin, candidates=candidates, across=across)
    return replace(outer, rest_m=with_followers(rest, cloth), cloth=cloth)


def _joined(skin: Skin, kept: FacesI32, inner: WornGarment, number: int) -> Skin:
    """Return the faces `kept` of `skin` and the cloth of garment `number`, `inner`, as one surface."""
    count = inner.cloth.count
    return Skin(
        np.concatenate([skin.rest_m, inner.rest_m[:count]]),
        np.concatenate([kept, inner.cloth.faces + np.int32(len(skin.rest_m))]).astype(np.int32),
        np.concatenate([skin.skin_index, inner.skin_index[:count]]),
        np.concatenate([skin.skin_weight, inner.skin_weight[:count]]),
        np.concatenate([skin.arms, inner.arm_weight[:count]]),
        (*skin.layers, Layer(len(skin.rest_m), number, np.arange(count, dtype=np.int32))),
    )


def _needed(skin: Skin, candidates: NDArray[np.int32], across: Across) -> tuple[Skin, NDArray[np.int32], Across]:
    """Return `skin` with only the triangles that are candidates of a vertex or `across`, by their new numbers."""
    bound = candidates[:, 0] >= 0
    chosen, local = np.unique(candidates[bound], return_inverse=True)
    faces = np.concatenate([skin.faces[chosen], across.faces])
    kept, corners = np.unique(faces, return_inverse=True)
    corners = np.asarray(corners.reshape(-1, 3), np.int32)
    renumbered = np.full_like(candidates, -1)
    renumbered[bound] = local.reshape(-1, candidates.shape[1])
    layers = []
    for layer in skin.layers:
        own = (kept >= layer.first) & (kept < layer.first + len(layer.vertices))
        first = int(np.searchsorted(kept, layer.first))
        layers.append(Layer(first, layer.garment, layer.vertices[kept[own] - layer.first]))
    points = (skin.rest_m, skin.skin_index, skin.skin_weight, skin.arms)
    rest, index, weight, share = (np.ascontiguousarray(one[kept]) for one in points)
    skin = Skin(rest, corners[: len(chosen)], index, weight, share, tuple(layers))
    return skin, renumbered, replace(across, faces=corners[len(chosen) :])


def _trimmed(inner: WornGarment, outer: WornGarment) -> WornGarment:
    """Return `inner` without the faces that `outer` covers well inside of its own edges."""
    covered = _covered(inner.rest_m.astype(np.float64), outer)
    shown = inner.faces[~covered[inner.faces].all(1)]
    return replace(inner, faces=np.ascontiguousarray(shown)) if len(shown) else inner


def _still_where_hidden(worn: WornGarment) -> WornGarment:
    """Return `worn` with the cloth that no drawn face is near to held at its anchors: what nobody sees need not swing.

    It keeps what is worn over it off the body all the same, and what is drawn of it hangs from it.
    """
    cloth, own = worn.cloth, worn.cloth.followers
    drawn = np.zeros(len(worn.rest_m), bool)
    drawn[worn.faces] = True
    followed = drawn[cloth.count :]
    for source in (own.parent, own.inner, own.side):
        drawn[source[followed]] = True
    if drawn[: cloth.count].all():
        return worn
    rest = worn.rest_m[: cloth.count]
    still = cKDTree(rest[drawn[: cloth.count]]).query(rest)[0] > STILL_M
    if not still.any():
        return worn
    edges, bends, ties = (~still[pairs].all(1) for pairs in (cloth.edges, cloth.bends, cloth.ties))
    capsules = cloth.capsules
    touch = np.ascontiguousarray(capsules.touch[~still[capsules.touch[:, 0]]])
    calm = replace(
        cloth,
        edges=np.ascontiguousarray(cloth.edges[edges]),
        edge_slack=cloth.edge_slack[edges],
        edge_pull_s2=cloth.edge_pull_s2[edges],
        edge_push_s2=cloth.edge_push_s2[edges],
        bends=np.ascontiguousarray(cloth.bends[bends]),
        bend_slack=cloth.bend_slack[bends],
        bend_s2=cloth.bend_s2[bends],
        ties=np.ascontiguousarray(cloth.ties[ties]),
        tie_slack=cloth.tie_slack[ties],
        limit_m=np.where(still, np.float32(0), cloth.limit_m),
        capsules=replace(capsules, touch=touch),
        across=replace(cloth.across, own=np.where(still, np.int32(-1), cloth.across.own)),
    )
    return replace(worn, cloth=calm)


def _beneath(inner: WornGarment, over: Sequence[WornGarment]) -> WornGarment:
    """Return `inner` with how many of the garments `over` lie over each of its vertices.

    It fades out beyond their edges: trousers lie below a coat at the hips, and not at the ankles.
    """
    if not over:
        return inner
    count = np.zeros(len(inner.rest_m))
    for outer in over:
        if inner.inside is not None and outer.package.is_bottom:
            count += inner.inside
        else:
            away = cKDTree(outer.rest_m).query(inner.rest_m)[0]
            count += np.clip((CLEAR_M - away) / (CLEAR_M - NEAR_M), 0, 1)
    return replace(inner, beneath=count.astype(np.float32))


def _covered(points: Points, outer: WornGarment) -> Mask:
    """Return which of `points` (N, 3) lie below `outer`, away from its edges."""
    cloth = outer.rest_m[: outer.cloth.count].astype(np.float64)
    away, near = cKDTree(cloth).query(points)
    normal = vertex_normals(cloth.astype(np.float32), outer.cloth.faces)[near]
    below = ((points - cloth[near]) * normal).sum(1) < GAP_M
    rims = mesh.boundary_loops(outer.cloth.faces)
    inside = np.ones(len(cloth), bool)
    if rims:
        template = outer.package.template
        rim_m = OPEN_RIM_M if isinstance(template, TopTemplate) and template.open_front_cm else RIM_M
        inside = cKDTree(cloth[np.concatenate(rims)]).query(cloth)[0] > rim_m
    return np.asarray(below & (away < NEAR_M) & inside[near])
