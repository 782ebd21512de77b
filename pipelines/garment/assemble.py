"""Turn a placed garment into what is worn: smooth, outside the skin, with its cloth model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.body.skinning import vertex_normals
from pipelines.garment import bind, rules, shape
from pipelines.garment.across import skin_across
from pipelines.garment.cut import Cut
from pipelines.garment.hanging import hanging
from pipelines.garment.lap import lap_faces
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage
from pipelines.garment.rules import Placed
from pipelines.garment.worn import ClothModel, WornGarment
from pipelines.types import PointsF32

Points = NDArray[np.float64]

HELD_M = 0.0055  # vertices that may not go farther from their anchors carry the others
TIE_M = 1.2


def assemble(package: GarmentPackage, size: str, body: BodyShape, cut: Cut, placed: Placed) -> WornGarment:
    """Return the worn garment."""
    faces = cut.sheet.faces
    rims = np.zeros(len(placed.rest), bool)
    for rim in cut.rims.values():
        rims[rim] = True
    rest = shape.relaxed(placed.rest, cut.net, rims, 3)
    lap = lap_faces(cut, body, rest) if cut.kind in ("top", "skirt") else None
    skin, candidates = bind.skin_near(body, rest, rules.groups(cut, body, rest), lap)
    for _ in range(3):
        gap, normal = bind.gap_to(skin, candidates, rest)
        rest = rest + normal * np.clip(shape.SKIN_GAP_M - gap, 0, 0.03)[:, None]
    gap = bind.gap_to(skin, candidates, rest)[0] - shape.SKIN_GAP_M
    limit = rules.limits(cut, body, Placed(rest, placed.ease_cm, placed.top_s, placed.end_s), gap)
    skin, across = skin_across(cut, body, skin)
    edges, pull, push, bends, bend = bind.cloth_springs(rest, cut.net, package.fabric, rules.warp(cut, body))
    longest = TIE_M if cut.kind == "trousers" else np.inf
    cloth = ClothModel(
        len(rest), faces, edges, np.ones(len(edges), np.float32), pull, push, bends, np.ones(len(bends), np.float32),
        bend, *bind.ties_to(rest, cut.net.edges, limit <= HELD_M, longest), limit.astype(np.float32), candidates, skin,
        rules.capsules(cut, body, rest), across, rules.shoulders(body),
        hanging(body, rest, (cut.skin_index, cut.skin_weight), placed.legs), cut.followers, body.model.bone("root"),
    )  # fmt: skip
    parts = rules.occluder_parts(cut, body, rest)
    return _worn(package, size, cut, rest, placed.ease_cm, parts, cloth)


def _worn(
    package: GarmentPackage,
    size: str,
    cut: Cut,
    rest: Points,
    ease_cm: dict[str, float],
    parts: frozenset[str],
    cloth: ClothModel,
) -> WornGarment:
    """Add the followers and freeze."""
    parent = cut.followers.parent
    return WornGarment(
        package, size, ease_cm, with_followers(rest, cloth), cut.faces, cut.uv,
        np.concatenate([cut.skin_index, cut.skin_index[parent]]),
        np.concatenate([cut.skin_weight, cut.skin_weight[parent]]),
        np.concatenate([cut.arm_weight, cut.arm_weight[parent]]),
        parts, cloth,
    )  # fmt: skip


def with_followers(rest: Points, cloth: ClothModel) -> PointsF32:
    """Return simulated points (S, 3) with the hem folds, seam twins and collars that follow them, (V, 3)."""
    points, followers = rest.astype(np.float32), cloth.followers
    rim = points[followers.parent]
    inward = points[followers.inner] - rim
    out = vertex_normals(points, cloth.faces)[followers.parent]
    aside = points[followers.side] - rim
    tips = rim + followers.share[:, None] * inward + followers.side_share[:, None] * aside
    tips -= followers.depth_m[:, None] * out
    return np.asarray(np.concatenate([points, tips]), np.float32)
