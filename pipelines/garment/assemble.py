"""Turn a placed garment into what is worn: smooth, outside the skin, with its cloth model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.skinning import vertex_normals
from pipelines.garment import bind, shape
from pipelines.garment.cut import Cut
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage
from pipelines.garment.worn import ClothModel, WornGarment

Points = NDArray[np.float64]
Values = NDArray[np.float64]

HELD_M = 0.0055  # vertices that may not go farther from their anchors carry the others
TOP_OCCLUDERS = {"neck", "head", "left_forearm", "left_hand", "right_forearm", "right_hand"}


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Simulated vertices in the rest pose and what was measured on the way."""

    rest: Points  # (S, 3)
    ease_cm: dict[str, float]
    chest_s: float
    end_s: float


def assemble(package: GarmentPackage, size: str, body: BodyShape, cut: Cut, placed: Placed) -> WornGarment:
    """Return the worn garment."""
    faces = cut.sheet.faces
    rims = np.zeros(len(placed.rest), bool)
    rims[np.concatenate(list(cut.rims.values()))] = True
    rest = shape.relaxed(placed.rest, faces, rims, 3)
    skin, candidates = bind.skin_near(body.model, body.rest, rest, cut.limb, body.arm_share)
    for _ in range(3):
        gap, normal = bind.gap_to(skin, candidates, rest)
        rest = rest + normal * np.clip(shape.SKIN_GAP_M - gap, 0, 0.03)[:, None]
    gap, _ = bind.gap_to(skin, candidates, rest)
    limit = _limits_top(body, cut, placed, rest, gap)
    along = np.tile([0.0, -1.0, 0.0], (len(rest), 1))
    for side in (0, 1):
        on = cut.limb == side
        axis = body.heads["wrist.LR"[:6] + "LR"[side]] - body.heads["upperarm01." + "LR"[side]]
        along[on] = axis / np.linalg.norm(axis)
    edges, pull, push, bends, bend = bind.cloth_springs(rest, faces, package.fabric, along)
    capsules = bind.limb_capsules(body.model, body.rest, [], np.zeros(0, np.int32), 0.0)
    cloth = ClothModel(
        len(rest), faces, edges, np.ones(len(edges), np.float32), pull, push, bends, np.ones(len(bends), np.float32),
        bend, *bind.ties_to(rest, faces, limit <= HELD_M), limit.astype(np.float32), candidates, skin, capsules, cut.followers, body.model.bone("root"),
    )  # fmt: skip
    return _worn(package, size, cut, rest, placed.ease_cm, cloth)


def _worn(
    package: GarmentPackage, size: str, cut: Cut, rest: Points, ease_cm: dict[str, float], cloth: ClothModel
) -> WornGarment:
    parent = cut.followers.parent
    points = rest.astype(np.float32)
    normals = vertex_normals(points, cut.sheet.faces)
    inward = points[cut.followers.inner] - points[parent]
    tips = points[parent] + cut.followers.share[:, None] * inward - cut.followers.depth_m[:, None] * normals[parent]
    return WornGarment(
        package, size, ease_cm,
        np.concatenate([points, tips]).astype(np.float32), cut.faces, cut.uv,
        np.concatenate([cut.skin_index, cut.skin_index[parent]]),
        np.concatenate([cut.skin_weight, cut.skin_weight[parent]]),
        np.concatenate([cut.arm_weight, cut.arm_weight[parent]]),
        frozenset(TOP_OCCLUDERS), cloth,
    )  # fmt: skip


def _limits_top(body: BodyShape, cut: Cut, placed: Placed, rest: Points, gap: Values) -> Values:
    """Return how far each vertex may go from its anchor: little on neck and shoulders, more toward the hems."""
    top = float(rest[cut.rims["neck"], 1].max())
    down = np.clip((top - rest[:, 1]) / (top - placed.end_s), 0, 1)
    limit = np.interp(down, [0, 0.12, 0.3, 0.6, 1.0], [0.002, 0.004, 0.010, 0.030, 0.045])
    for side in (0, 1):
        on = cut.limb == side
        s = body.arms[side].to_local(rest[on])[:, 1]
        limit[on] = np.interp(s, [0, 0.05, max(0.1, s.max())], [0.004, 0.008, 0.022])
    return limit + 0.6 * np.clip(gap - shape.SKIN_GAP_M, 0, 0.06) * np.clip(down * 4 - 0.4, 0, 1)
