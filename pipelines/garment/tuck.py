"""Tops that are tucked in: below the waistband they lie on the body and are not drawn, above it they blouse.

The bottom is cut as if nothing were below it. The top is drawn in until it fits inside of the waistband, moves with
it there, and is held: what is drawn of it ends a little below the edge, where the waistband hides it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.garment import bind, mesh
from pipelines.garment.assemble import with_followers
from pipelines.garment.cut import top_bones
from pipelines.garment.rings import Profile, profile_of
from pipelines.garment.worn import WornGarment

Points = NDArray[np.float64]
Values = NDArray[np.float64]

BLOUSE_M = 0.10  # above the waistband the cloth is drawn in from here on
INSET_M = 0.004  # of the top from the inside of the waistband
SKIN_GAP_M = 0.002
DEEP_M, RING_M = 0.14, 0.01  # how far down the rings of the bottom go, and how far they are apart
OVERLAP_M = 0.015  # below the edge of the waistband the top is drawn so far
CLEAR_M = 0.03  # above the edge the top no longer steps behind the waistband
HELD_M = 0.003
ON_ARM = 0.5  # arm weight of a sleeve


def tucked(garments: Sequence[WornGarment]) -> tuple[WornGarment, ...]:
    """Return `garments` with those marked as tucked, and the tops below them, inside of the highest waistband.

    Without trousers or skirt, or where a top ends above the waistband, nothing is tucked.
    """
    bottoms = [one for one in garments if one.package.is_bottom]
    wanted = [one.package.layer for one in garments if one.tucked]
    if not bottoms or not wanted:
        return tuple(replace(one, tucked=False) if one.tucked else one for one in garments)
    bottom = max(bottoms, key=lambda one: float(one.rest_m[:, 1].max()))
    return tuple(
        _inside(one, bottom) if one.tucked or (one.package.can_be_tucked and one.package.layer < max(wanted)) else one
        for one in garments
    )


def _inside(top: WornGarment, bottom: WornGarment) -> WornGarment:
    """Return `top` inside of the waistband of `bottom`."""
    cloth = top.cloth
    rest = top.rest_m[: cloth.count].astype(np.float64)
    rings, edge = _waist(bottom)
    trunk = top.arm_weight[: cloth.count] < ON_ARM
    above = np.where(trunk, rest[:, 1] - edge(rest), np.inf)
    if above.min() > -OVERLAP_M:
        return replace(top, tucked=False)
    rest = np.where(trunk[:, None], _drawn_in(rest, above, rings), rest)
    for _ in range(2):
        gap, normal = bind.gap_to(cloth.skin, cloth.candidates, rest)
        rest = rest + normal * np.clip(SKIN_GAP_M - gap, 0, 0.03)[:, None] * (above < BLOUSE_M)[:, None]
    share = np.clip(1 - above / BLOUSE_M, 0, 1)
    limit = np.minimum(cloth.limit_m, HELD_M + (1 - share) * np.maximum(cloth.limit_m - HELD_M, 0))
    held = replace(cloth.hanging, far_m=cloth.hanging.far_m * (1 - share[:, None]).astype(np.float32))
    cloth = replace(cloth, limit_m=limit.astype(np.float32), hanging=held)
    index, weight = _moved_along(top, bottom, rest, share)
    points = with_followers(rest, cloth)
    above = np.where(top.arm_weight < ON_ARM, points[:, 1] - edge(points.astype(np.float64)), np.inf)
    parent = cloth.followers.parent
    return replace(
        top, tucked=True, rest_m=points, cloth=cloth,
        faces=np.ascontiguousarray(top.faces[(above > -OVERLAP_M)[top.faces].any(1)]),
        inside=np.clip(1 - above / CLEAR_M, 0, 1).astype(np.float32),
        skin_index=np.concatenate([index, index[parent]]), skin_weight=np.concatenate([weight, weight[parent]]),
    )  # fmt: skip


def _waist(bottom: WornGarment) -> tuple[Profile, Callable[[Points], Values]]:
    """Return the rings of `bottom` from its waist down, and what tells how high its edge is at points (N, 3)."""
    cloth = bottom.rest_m[: bottom.cloth.count].astype(np.float64)
    rim = max(mesh.boundary_loops(bottom.cloth.faces), key=lambda loop: float(cloth[loop, 1].mean()))
    high, low = float(cloth[rim, 1].max()), float(cloth[rim, 1].min())
    rings = profile_of(cloth, bottom.cloth.edges, np.arange(low - DEEP_M, high, RING_M))
    angle = rings.angle(cloth[rim])
    order = np.argsort(angle)

    def edge(points: Points) -> Values:
        return np.interp(rings.angle(points), angle[order], cloth[rim, 1][order], period=2 * np.pi)

    return rings, edge


def _drawn_in(rest: Points, above: Values, rings: Profile) -> Points:
    """Return `rest` (S, 3), whose heights above the waistband's edge are `above` (S,), within the rings."""
    height = rest[:, 1] - np.maximum(above, 0)  # what lies above the edge is drawn in to the ring at the edge
    centre = np.stack([np.interp(height, rings.s, rings.centre[:, k]) for k in range(2)], 1)
    out = rest[:, [0, 2]] - centre
    own = np.maximum(np.linalg.norm(out, axis=1), 1e-6)
    angle = np.arctan2(out[:, 0], out[:, 1])
    inside = np.linalg.norm(rings.at(np.minimum(height, rings.s[-1]), angle) - centre, axis=1) - INSET_M
    share = 1 - np.clip(1 - above / BLOUSE_M, 0, 1) ** 2
    radius = np.minimum(own, inside + share * (own - inside))
    flat = centre + out * (radius / own)[:, None]
    return np.stack([flat[:, 0], rest[:, 1], flat[:, 1]], 1)


def _moved_along(
    top: WornGarment, bottom: WornGarment, rest: Points, share: Values
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the four strongest bones (S, 4) of the top and their weights, to `share` (S,) those of the waistband."""
    count = bottom.cloth.count
    _, near = cKDTree(bottom.rest_m[:count]).query(rest)
    own = (top.skin_index[: len(rest)], top.skin_weight[: len(rest)], 1 - share)
    waist = (bottom.skin_index[:count][near], bottom.skin_weight[:count][near], share)
    dense = np.zeros((len(rest), 1 + max(int(top.skin_index.max()), int(bottom.skin_index.max()))))
    for index, weight, part in (own, waist):
        np.add.at(dense, (np.arange(len(rest))[:, None], index), weight * part[:, None])
    return top_bones(dense)
