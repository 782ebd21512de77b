"""What of a body may stand before its garments, and what of them is never seen: made once for each outfit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.conform import arm_share
from pipelines.body.model import Body
from pipelines.body.skinning import vertex_normals
from pipelines.far_side import ROUND_FROM
from pipelines.garment.package import TopTemplate
from pipelines.garment.worn import WornGarment
from pipelines.types import FacesI32, PointsF32

HANDS = ("left_hand", "right_hand")
ARMS = ("left_upper_arm", "left_forearm", "right_upper_arm", "right_forearm")
LOWER_LEGS = ("left_calf", "right_calf", "left_foot", "right_foot")
SLEEVE_GAP_M = 0.02  # the bare arm starts this far below the sleeve, so that it never bites into the hem
LIMB_STEPS = 13
THROAT_RINGS, UNDER_SKIN_M = 2, 0.012  # so far around the neck, and so deep, something is behind a neckline
LEGS_BARE, LEGS_COVERED = ("skirt", "dress", "shorts"), ("jeans", "trousers", "joggers")
ABOVE_HEM_M = 0.04  # so far into a skirt bare legs go on
YOKE_DOWN_M, YOKE_UP_M = 0.25, 0.08  # from the shoulder joints: where own clothes may be seen in necklines and armholes
LEG_SLICE_M, THIGH_M = 0.025, 0.14  # half a slice through a leg; skin farther from its axis is not of it
HEM_GAP_M = 0.08  # a leg hides nothing this near to cloth: what it is inside of it must not tear, however it bends


@dataclass(frozen=True, slots=True, eq=False)
class BodyPatch:
    """Some of the body's vertices, to be skinned each frame."""

    rest_m: PointsF32  # (N, 3)
    arms: NDArray[np.float32]  # (N,) arm weight, for the width conform
    skin_index: NDArray[np.int32]  # (N, 4)
    skin_weight: NDArray[np.float32]  # (N, 4)
    faces: FacesI32  # (F, 3)

    @staticmethod
    def of(body: Body, index: NDArray[Any], faces: FacesI32) -> BodyPatch:
        """Return the patch of `body` at the vertices `index` (N,), with `faces` into it."""
        model = body.model
        bones, weights = (np.ascontiguousarray(own[index]) for own in (model.skin_index, model.skin_weight))
        return BodyPatch(
            np.ascontiguousarray(body.rest_m[index]),
            arm_share(model, bones, weights),
            bones,
            weights,
            np.ascontiguousarray(faces),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """An arm or leg as a line with a radius; places on it are 0 at the shoulder, 1 at the elbow, 2 at the wrist."""

    radius_m: NDArray[np.float64]  # (LIMB_STEPS,) at even steps from 0 to 2
    bare_from: float  # where the longest sleeve, or hem, ends

    @property
    def thickness_m(self) -> tuple[float, float]:
        """The mean radius of the upper arm and of the forearm."""
        elbow = len(self.radius_m) // 2
        return float(self.radius_m[: elbow + 1].mean()), float(self.radius_m[elbow:].mean())


def sides(body: Body, worn: WornGarment) -> NDArray[np.uint8]:
    """Return how many sides of each face (F,) are drawn: 2, 1 the outside, 0 where a hem is folded to the inside.

    An arm fills its sleeve, and the trunk stands before the inside of a back, also where the front is open, and fills
    what has no sleeves, into which one would see through the armholes; but a coat shows its inside between the legs,
    and who squats in a skirt that below the hem, beside them.
    """
    corners = worn.rest_m[worn.faces]
    folded = np.zeros(len(worn.rest_m), bool)
    folded[worn.cloth.count :] = worn.cloth.followers.depth_m > 0.0
    hem = folded[worn.faces].any(axis=1)
    in_sleeve = (worn.arm_weight > 0.5)[worn.faces].all(axis=1)
    hip, neck = (body.heads_m[body.model.bone(bone)] for bone in ("upperleg01.L", "neck01"))
    low, below_neck = corners[..., 1].min(axis=1), corners[..., 1].max(axis=1) < neck[1]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
    before_back = np.where(hem, corners[..., 2].mean(axis=1) < hip[2], outward < 0.0)
    before_back &= low > (hip[1] if worn.package.category == "dress" else _legs_from(body))
    in_trunk = (below_neck & before_back) | (_has_armholes(worn) & (low > hip[1]))
    filled = in_sleeve | (in_trunk & (worn.package.category != "skirt"))
    return np.where(filled & hem, 0, np.where(filled, 1, 2)).astype(np.uint8)


def _has_armholes(worn: WornGarment) -> bool:
    """Return whether `worn` is a closed top without sleeves and collar."""
    cut = worn.package.template
    return isinstance(cut, TopTemplate) and (cut.sleeve, cut.collar, cut.open_front_cm) == ("none", "none", 0.0)


def _legs_from(body: Body) -> float:
    """Return the height below which the legs are apart and round: there their far sides hide what is behind them."""
    knee, hip = (float(body.heads_m[body.model.bone(bone)][1]) for bone in ("lowerleg01.L", "upperleg01.L"))
    return hip + ROUND_FROM * (knee - hip)


def goes_round_legs(body: Body, worn: WornGarment) -> bool:
    """Return whether the legs hide the inside of `worn`."""
    return "left_foot" in worn.occluder_parts or float(worn.rest_m[worn.arm_weight < 0.5, 1].min()) < _legs_from(body)


def hiding_parts(worn: list[WornGarment]) -> frozenset[str]:
    """Return the body parts that may stand before the garments; a torso that a garment covers does not."""
    parts = frozenset().union(*(garment.occluder_parts for garment in worn))
    return parts if all("torso" in garment.occluder_parts for garment in worn) else parts - {"torso"}


def bare_arm(body: Body, worn: list[WornGarment], side: str) -> BodyPatch:
    """Return the skin of one arm beyond the end of the longest sleeve."""
    shoulder, axis, end_m = _sleeve_end(body, worn, side)
    on_arm = body.model.vertices_of(f"{side}_upper_arm", f"{side}_forearm")
    beyond = ((body.rest_m - shoulder) @ axis > end_m + SLEEVE_GAP_M) & on_arm
    return _patch_of(body, _faces_of(body, beyond, np.all))


def _sleeve_end(body: Body, worn: list[WornGarment], side: str) -> tuple[PointsF32, PointsF32, float]:
    """Return (shoulder, direction of the arm at rest, how far along it the longest sleeve ends, -inf without one)."""
    shoulder, _, wrist = _arm_joints(body, side)
    axis = (wrist - shoulder) / np.linalg.norm(wrist - shoulder)
    end_m = -np.inf
    for garment in worn:
        sleeve = garment.rest_m[(garment.arm_weight > 0.5) & (garment.rest_m[:, 0] * shoulder[0] > 0)]
        end_m = max([end_m, *((sleeve - shoulder) @ axis)])
    return shoulder, axis, float(end_m)


def _arm_joints(body: Body, side: str) -> PointsF32:
    """Return shoulder, elbow and wrist (3, 3) of the rest pose."""
    mark = side[0].upper()
    return body.heads_m[[body.model.bone(f"{bone}.{mark}") for bone in ("upperarm01", "lowerarm01", "wrist")]]


def limb(body: Body, worn: list[WornGarment], side: str) -> Limb:
    """Return the arm's radius, the median of the skin's distance from the bones, and where it is bare."""
    radius_m, lengths = _arm_radius(body, side)
    return Limb(radius_m, float(np.interp(_sleeve_end(body, worn, side)[2], lengths, (0.0, 1.0, 2.0))))


@lru_cache(8)
def _arm_radius(body: Body, side: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the radii (LIMB_STEPS,) of one arm, and how far along it (3,) its joints are."""
    joints = _arm_joints(body, side).astype(np.float64)
    shoulder, axis, _ = _sleeve_end(body, [], side)
    lengths = np.concatenate([[0.0], np.cumsum([(joints[i + 1] - joints[i]) @ axis for i in range(2)])])
    skin = body.rest_m[body.model.vertices_of(f"{side}_upper_arm", f"{side}_forearm")].astype(np.float64)
    along = (skin - shoulder) @ axis
    bones = np.stack([np.interp(along, lengths, joints[:, i]) for i in range(3)], axis=1)
    step = np.round(np.interp(along, lengths, (0.0, 1.0, 2.0)) / 2.0 * (LIMB_STEPS - 1)).astype(int)
    away = np.linalg.norm(skin - bones, axis=1)
    radius = np.array([np.median(away[step == i]) if (step == i).any() else np.nan for i in range(LIMB_STEPS)])
    known = np.isfinite(radius)
    return np.interp(np.arange(LIMB_STEPS), np.flatnonzero(known), radius[known]), lengths


def bare_legs(body: Body, worn: list[WornGarment]) -> tuple[Limb, Limb] | None:
    """Return the legs from a little above the hem of skirt, dress or shorts on; None in trousers, or with none of them.

    Places on them are 0 at the hip, 1 at the knee, 2 at the ankle.
    """
    over_legs = [garment for garment in worn if garment.package.category in LEGS_BARE]
    if not over_legs or any(garment.package.category in LEGS_COVERED for garment in worn):
        return None
    hem = min(float(garment.rest_m[:, 1].min()) for garment in over_legs) + ABOVE_HEM_M
    return _bare_leg(body, hem, "left"), _bare_leg(body, hem, "right")


def _bare_leg(body: Body, hem_y_m: float, side: str) -> Limb:
    """Return one leg: at each step the median of the skin's distance from its axis, a finger's breadth up and down."""
    mark = side[0].upper()
    joints = body.heads_m[[body.model.bone(f"{bone}.{mark}") for bone in ("upperleg01", "lowerleg01", "foot")]]
    joints = joints.astype(np.float64)
    no_foot = ~body.model.vertices_of(f"{side}_foot")[body.model.body.vertices]
    skin = body.rest_m[body.model.body.vertices][no_foot].astype(np.float64)
    skin = skin[skin[:, 0] * joints[0, 0] > 0]
    places, radius = np.linspace(0.0, 2.0, LIMB_STEPS), np.full(LIMB_STEPS, np.nan)
    for step, place in enumerate(places):
        first = min(int(place), 1)
        axis = joints[first + 1] - joints[first]
        away = skin - (joints[first] + (place - first) * axis)
        along = away @ axis / np.linalg.norm(axis)
        aside = np.sqrt(np.maximum((away**2).sum(axis=1) - along**2, 0.0))
        near = (np.abs(along) < LEG_SLICE_M) & (aside < THIGH_M)
        radius[step] = np.median(aside[near]) if near.any() else np.nan
    known = np.isfinite(radius)
    radius_m = np.interp(places, places[known], radius[known])
    return Limb(radius_m, float(np.interp(-hem_y_m, -joints[:, 1], (0.0, 1.0, 2.0))))


def before_all(body: Body, worn: list[WornGarment], parts: frozenset[str]) -> BodyPatch:
    """Return the coarse skin of `parts`: up to what touches them, but of legs only what is well below all cloth."""
    inside = body.model.vertices_of(*parts - set(LOWER_LEGS))
    legs = np.flatnonzero(body.model.vertices_of(*parts & set(LOWER_LEGS)))
    clear = np.zeros(len(inside), bool)
    clear[legs] = True
    for garment in worn:
        hem = garment.rest_m[:, 1].min()
        clear[legs] &= body.rest_m[legs, 1] < hem
        close = legs[clear[legs] & (body.rest_m[legs, 1] > hem - HEM_GAP_M)]
        low = garment.rest_m[garment.rest_m[:, 1] < hem + HEM_GAP_M]
        away, _ = cKDTree(low).query(body.rest_m[close], distance_upper_bound=HEM_GAP_M)
        clear[close] &= np.isinf(away)
    return _patch_of(body, np.concatenate([_faces_of(body, inside, np.any), _faces_of(body, clear, np.all)]))


@lru_cache(8)
def throat(body: Body) -> BodyPatch:
    """Return how the neck's skin goes on below it, a little under the trunk's own.

    Else one would look in between a neckline and the neck, at the inside of the back.
    """
    model, faces = body.model, body.model.occluder_faces
    neck = model.vertices_of("neck", "head")[model.occluder_index]
    edge = near = _touched(faces, neck)
    for _ in range(THROAT_RINGS - 1):
        near = _touched(faces, near)
    about = faces[near[faces].any(axis=1) & ~neck[faces].any(axis=1)]
    outward = vertex_normals(body.rest_m[model.occluder_index], faces)
    deep_m = np.where(edge, 0.0, UNDER_SKIN_M)[:, None] * outward
    patch = _patch_of(body, about)
    return replace(patch, rest_m=np.asarray(patch.rest_m - deep_m[np.unique(about)], np.float32))


def yoke(body: Body, worn: list[WornGarment]) -> BodyPatch | None:
    """Return the skin between the shoulders, without sleeves with upper arms; None without a closed collarless top.

    Own clothes may be seen there in a neckline and armholes.
    """
    tops = [one.package.template for one in worn if isinstance(one.package.template, TopTemplate)]
    if not any((cut.open_front_cm, cut.collar) == (0.0, "none") for cut in tops):
        return None
    model, shoulder_y = body.model, float(body.heads_m[body.model.bone("upperarm01.L")][1])
    bare = all(cut.sleeve == "none" for cut in tops)
    inside = model.vertices_of("torso", "neck", *(ARMS[::2] if bare else ()))
    high = (body.rest_m[:, 1] > shoulder_y - YOKE_DOWN_M) & (body.rest_m[:, 1] < shoulder_y + YOKE_UP_M)
    return _patch_of(body, _faces_of(body, inside & high, np.all))


def _touched(faces: FacesI32, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which vertices (V,) are those of faces with a corner `inside` (V,)."""
    return np.isin(np.arange(len(inside)), faces[inside[faces].any(axis=1)])


@lru_cache(8)
def whole(body: Body, parts: frozenset[str]) -> BodyPatch:
    """Return the coarse skin that lies all within `parts`."""
    return _patch_of(body, _faces_of(body, body.model.vertices_of(*parts), np.all))


def _faces_of(body: Body, inside: NDArray[np.bool_], rule: Callable[..., NDArray[np.bool_]]) -> FacesI32:
    """Return the coarse faces with any, or with all of their corners `inside` (V,)."""
    model = body.model
    return np.asarray(model.occluder_faces[rule(inside[model.occluder_index[model.occluder_faces]], axis=1)])


def _patch_of(body: Body, faces: FacesI32) -> BodyPatch:
    used, local = np.unique(faces, return_inverse=True)
    return BodyPatch.of(body, body.model.occluder_index[used], local.reshape(-1, 3).astype(np.int32))
