"""What differs between kinds of garments once they are placed: binding, limits, colliding limbs, occluders."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.garment.bind import limbs_of, paired
from pipelines.garment.cut import SIDES, Cut
from pipelines.garment.layout import BodyShape
from pipelines.garment.worn import Capsules, Shoulders

Points = NDArray[np.float64]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

ARMS = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "forearm", "hand"))
HANDS = ("left_hand", "right_hand")
LOWER_LEGS = ("left_calf", "right_calf", "left_foot", "right_foot")
GUSSET_M = 0.04
COVER_M = 0.04  # skin nearer than this to a garment counts as covered
LAP_M, LAP_FRONT_M = 0.12, 0.04  # above the crotch, before the hips: a hem there meets the thighs of who sits
LEG_CAPSULES = (("upperleg01", "lowerleg01", 0.35), ("lowerleg01", "foot", 0.0))
LIMB_GAP_M = 0.006  # between a capsule and the skin that it stands for


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Simulated vertices in the rest pose and what was measured on the way."""

    rest: Points  # (S, 3)
    ease_cm: dict[str, float]
    top_s: float  # chest of a top, waist of a skirt or trousers
    end_s: float  # hem
    legs: tuple[float, float] = (1.0, np.inf)  # `Hanging`'s own and room along the legs


def groups(cut: Cut, body: BodyShape, points: Points) -> list[tuple[Mask, Mask]]:
    """Return which garment vertices may bind to which body vertices."""
    left = body.rest[:, 0] > 0
    arm, trunk = body.arm_share, body.arm_share < 0.65
    if cut.kind in ("top", "mesh"):
        low = points[:, 1] < (body.crotch_m - 0.02 if cut.skirted else 0.0)
        here = points[:, 0] > 0
        legs = trunk & (body.rest[:, 1] < body.crotch_m)
        return [
            ((cut.limb < 0) & ~low, trunk),
            (low & here, legs & left),
            (low & ~here, legs & ~left),
            (cut.limb == 0, (arm > 0.5) & left),
            (cut.limb == 1, (arm > 0.5) & ~left),
        ]
    if cut.kind == "trousers":
        feet = body.model.vertices_of("left_foot", "right_foot")
        legs = trunk & (body.rest[:, 1] < body.crotch_m + 0.1) & ~feet
        above = points[:, 1] > float(body.rest[feet, 1].max())  # the hem hangs free over the shoe
        return [
            (cut.limb < 0, trunk),
            ((cut.limb == 0) & above, legs & left),
            ((cut.limb == 1) & above, legs & ~left),
        ]
    low, here = points[:, 1] < body.crotch_m - 0.02, points[:, 0] > 0
    legs = trunk & (body.rest[:, 1] < body.crotch_m)
    return [
        (~low, trunk & (body.rest[:, 1] > body.crotch_m - 0.06)),
        (low & here, legs & left),
        (low & ~here, legs & ~left),
    ]


def limits(cut: Cut, body: BodyShape, placed: Placed, gap: Values) -> Values:
    """Return how far each vertex may go from its anchor, metres: least where the garment is held."""
    y = placed.rest[:, 1]
    loose = np.clip(gap, 0, 0.06)
    if cut.kind == "top":
        top = float(y[cut.rims["neck"]].max())
        down = np.clip((top - y) / (top - placed.end_s), 0, 1)
        limit = np.interp(down, [0, 0.12, 0.3, 0.6, 1.0], [0.002, 0.004, 0.008, 0.016, 0.018])
        if cut.skirted:
            limit += 0.04 * np.clip((body.crotch_m + 0.1 - y) / 0.35, 0, 1)
        for side in (0, 1):
            on = cut.limb == side
            s = body.arms[side].to_local(placed.rest[on])[:, 1]
            limit[on] = np.interp(s, [0, 0.05, 0.25, 0.6], [0.004, 0.008, 0.022, 0.022])
        limit = np.maximum(limit, _gusset(cut, placed.rest))
        return np.asarray(limit + 0.3 * loose * np.clip(down * 4 - 0.4, 0, 1))
    if cut.kind == "mesh":
        down = np.clip((placed.top_s - y) / max(placed.top_s - placed.end_s, 0.1), 0, 1)
        return np.asarray(np.interp(down, [0, 0.1, 0.3, 1], [0.003, 0.005, 0.010, 0.020]) + 0.3 * loose * (down > 0.1))
    below = placed.top_s - y
    if cut.kind == "trousers":
        limit = np.interp(below, [0, 0.04, 0.10, 0.3, 0.6, 1.0], [0.003, 0.004, 0.009, 0.011, 0.018, 0.020])
        return np.asarray(limit + 0.4 * loose * np.clip(below * 8 - 0.4, 0, 1))
    share = np.clip(below / max(placed.top_s - placed.end_s, 0.2), 0, 1)
    return np.interp(share, [0, 0.07, 0.2, 0.5, 1.0], [0.003, 0.004, 0.012, 0.028, 0.065])


def _gusset(cut: Cut, points: Points) -> Values:
    """Return the freedom of the cloth under the arms, which must ride up when they are lifted."""
    armhole = cut.armhole
    if not len(armhole):
        return np.zeros(len(points))
    lowest = [
        part[points[part, 1].argmin()] for part in (armhole[points[armhole, 0] > 0], armhole[points[armhole, 0] < 0])
    ]
    away = np.linalg.norm(points[:, None] - points[lowest], axis=2).min(1)
    below = np.clip((points[lowest, 1].mean() + 0.02 - points[:, 1]) / 0.04, 0, 1)
    return np.asarray(GUSSET_M * below * np.clip(1.4 - away / 0.15, 0, 1))


def capsules(cut: Cut, body: BodyShape, points: Points) -> Capsules:
    """Return the legs that push away cloth which is not bound to them."""
    bones: list[tuple[str, str, float]] = []
    meet: list[NDArray[np.intp]] = []
    hip = body.heads["upperleg01.L"]
    low = np.flatnonzero(
        (cut.limb < 0) & (points[:, 1] < body.crotch_m + LAP_M) & (points[:, 2] > hip[2] + LAP_FRONT_M)
    )
    if cut.kind == "skirt" or cut.skirted:
        low = np.flatnonzero(points[:, 1] < body.crotch_m - 0.08)
    if cut.kind in ("top", "skirt"):
        for side in SIDES:
            bones += [(f"{first}.{side}", f"{last}.{side}", skip) for first, last, skip in LEG_CAPSULES]
            meet += [low] * len(LEG_CAPSULES)
    return replace(limbs_of(body, tuple(bones), LIMB_GAP_M), touch=paired(meet))


def shoulders(body: BodyShape) -> Shoulders:
    """Return the bones that turn inside of the sleeves."""
    model = body.model
    bones = [model.bone(f"upperarm01.{side}") for side in SIDES]
    heads, ends = (np.array([body.heads[f"{bone}.{side}"] for side in SIDES]) for bone in ("upperarm01", "lowerarm01"))
    axes = (ends - heads) / np.linalg.norm(ends - heads, axis=1, keepdims=True)
    parents = [int(model.bone_parents[bone]) for bone in bones]
    return Shoulders(
        np.array(bones, np.int32), np.array(parents, np.int32), heads.astype(np.float32), axes.astype(np.float32)
    )


def warp(cut: Cut, body: BodyShape) -> Points:
    """Return the direction (S, 3) in which the length of the garment runs."""
    along = np.tile([0.0, -1.0, 0.0], (len(cut.limb), 1))
    first, last = ("upperarm01", "wrist") if cut.kind in ("top", "mesh") else ("upperleg01", "foot")
    for n, side in enumerate(SIDES):
        axis = body.heads[f"{last}.{side}"] - body.heads[f"{first}.{side}"]
        along[cut.limb == n] = axis / np.linalg.norm(axis)
    return along


def occluder_parts(cut: Cut, body: BodyShape, points: Points) -> frozenset[str]:
    """Return the body parts whose depth hides the garment: what sticks out of it and may stand before it."""
    if cut.kind == "mesh":
        return _uncovered(body, points)
    if cut.kind == "top":
        elbow = float(body.heads["lowerarm01.L"][0])
        arms = ARMS if float(points[:, 0].max()) < elbow + 0.02 else HANDS
        legs = LOWER_LEGS if cut.skirted else ()
        return frozenset({"neck", "head", *arms, *legs})
    if cut.kind == "skirt":
        return frozenset({"torso", *ARMS, *LOWER_LEGS})
    return frozenset({"torso", *ARMS, "left_foot", "right_foot"})


def _uncovered(body: BodyShape, points: Points) -> frozenset[str]:
    """Return the parts of which the garment covers less than half."""
    model = body.model
    skin = body.rest[model.body.vertices]
    away, _ = cKDTree(points).query(skin, distance_upper_bound=COVER_M)
    part = model.part[model.body.vertices]
    covered = np.isfinite(away)
    return frozenset(name for n, name in enumerate(model.part_names) if covered[part == n].mean() < 0.5)
