"""Tape measurements of a body in the rest pose, named as in ISO 8559-1:2017.

Girths are convex-hull perimeters of plane sections, so a tape bridges hollows; arms are left out of
the trunk's sections by part. Levels come from fixed vertices of the mesh (landmarks), hence every
measure is continuous in the shape coefficients.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body, BodyModel
from pipelines.body.slicing import Plane, enclosed_volume, plane_at, section, tape_length, unique_edges
from pipelines.types import PointsF32

MEASURES = (
    "height",  # stature
    "neck",  # neck girth: below the Adam's apple, square to the neck
    "chest",  # bust (chest) girth: horizontal at the bust points
    "underbust",  # underbust girth: horizontal, just below the breasts
    "waist",  # waist girth: horizontal, midway between the lowest rib and the top of the hip bone
    "hip",  # hip girth: horizontal at the fullest of the buttocks
    "thigh",  # thigh girth: horizontal, just below the gluteal fold
    "upper_arm",  # upper arm girth: midway between shoulder and elbow, square to the arm, muscle relaxed
    "wrist",  # wrist girth: over the wrist bone, square to the forearm
    "shoulder_width",  # total shoulder length: from shoulder point to shoulder point over the back neck point
    "sleeve",  # arm length: shoulder point, elbow, wrist
    "inseam",  # inside leg height: crotch to ground
    "back_waist",  # back neck point to waist along the spine
    "weight",  # kilograms
)
UP = np.array([0.0, 1.0, 0.0])
DENSITY_KG_M3 = 985.0  # a whole adult at mid breath: tissue about 1050, with 2 to 3 litres of air


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Which edges and landmarks of a body model each measure needs."""

    model: BodyModel
    trunk: NDArray[np.int32]  # edges (E, 2): torso and thighs
    neck: NDArray[np.int32]
    shoulders: NDArray[np.int32]  # neck, torso and upper arms
    thighs: tuple[NDArray[np.int32], ...]  # left, right
    upper_arms: tuple[NDArray[np.int32], ...]
    wrists: tuple[NDArray[np.int32], ...]
    calves: tuple[NDArray[np.int32], ...]


@functools.cache
def tape_for(model: BodyModel) -> Tape:
    """Prepare the edges of `model`; some 50 ms, once a model."""
    edges = unique_edges(model.body.faces[: model.skin_faces])
    trunk = edges_within(model, edges, "torso", "left_thigh", "right_thigh")
    mean_x = model.mean_m[trunk, 0]
    return Tape(
        model=model,
        trunk=trunk,
        neck=edges_within(model, edges, "neck", "torso", "head"),
        shoulders=edges_within(model, edges, "neck", "torso", "left_upper_arm", "right_upper_arm"),
        thighs=(trunk[(mean_x >= 0).all(axis=1)], trunk[(mean_x <= 0).all(axis=1)]),
        upper_arms=tuple(edges_within(model, edges, f"{side}_upper_arm") for side in ("left", "right")),
        wrists=tuple(edges_within(model, edges, f"{side}_forearm", f"{side}_hand") for side in ("left", "right")),
        calves=tuple(edges_within(model, edges, f"{side}_calf") for side in ("left", "right")),
    )


def edges_within(model: BodyModel, edges: NDArray[np.int32], *parts: str) -> NDArray[np.int32]:
    """Return those `edges` (E, 2) that have both ends in `parts`. Raises KeyError."""
    return np.ascontiguousarray(edges[model.vertices_of(*parts)[edges].all(axis=1)])


def measure(body: Body) -> dict[str, float]:
    """Return every one of MEASURES in centimetres, `weight` in kilograms."""
    values = measure_rest(tape_for(body.model), body.rest_m, body.heads_m)
    return dict(zip(MEASURES, values.tolist(), strict=True))


def measure_rest(tape: Tape, rest_m: PointsF32, heads_m: PointsF32) -> NDArray[np.float64]:
    """Return MEASURES (14,) of rest vertices (V, 3) with bone heads (B, 3)."""
    model = tape.model
    skin = rest_m[model.body.vertices]
    at = {name: rest_m[index].astype(np.float64) for name, index in model.landmarks.items()}
    bones = heads_m.astype(np.float64)
    levels = _levels(at, skin)
    lengths = {
        "height": float(skin[:, 1].max() - skin[:, 1].min()),
        "neck": _neck(tape, skin, at, bones),
        "chest": _level(tape, skin, levels["chest"]),
        "underbust": _underbust(tape, skin, (at["underbust_left"] + at["underbust_right"]) / 2),
        "waist": _level(tape, skin, levels["waist"]),
        "hip": _level(tape, skin, levels["hip"]),
        "thigh": _thigh(tape, skin, levels["thigh"]),
        "upper_arm": _upper_arm(tape, skin, bones),
        "wrist": _wrist(tape, skin, at, bones),
        "shoulder_width": _shoulder_width(tape, skin, at),
        "sleeve": _sleeve(at),
        "inseam": float(at["crotch"][1] - skin[:, 1].min()),
        "back_waist": _back_waist(model, rest_m, at),
    }
    weight = DENSITY_KG_M3 * enclosed_volume(skin, model.body.faces[: model.skin_faces])
    return np.array([100.0 * lengths[name] for name in MEASURES[:-1]] + [weight])


def _level(tape: Tape, skin: PointsF32, height_m: float) -> float:
    return tape_length(section(skin, tape.trunk, plane_at(np.array([0.0, height_m, 0.0]), UP)))


def levels_m(model: BodyModel, rest_m: PointsF32) -> dict[str, float]:
    """Return the heights at which chest, waist, hip and thigh of rest vertices (V, 3) are measured."""
    at = {name: rest_m[index].astype(np.float64) for name, index in model.landmarks.items()}
    return _levels(at, rest_m[model.body.vertices])


def trunk_girths_cm(body: Body, heights_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the girth (H,) of trunk and thighs, arms left out, at each of `heights_m` (H,)."""
    tape, skin = tape_for(body.model), body.rest_m[body.model.body.vertices]
    return np.array([100.0 * _level(tape, skin, float(height)) for height in heights_m])


def _levels(at: dict[str, NDArray[np.float64]], skin: PointsF32) -> dict[str, float]:
    """The chest's is at the bust points, or just below the armpits where those are lower: there a tape passes."""
    bust = (at["bust_left"] + at["bust_right"]) / 2
    armpit = min(float(at[f"armpit_{end}_{side}"][1]) for end in ("front", "back") for side in ("left", "right"))
    height = float(skin[:, 1].max() - skin[:, 1].min())
    return {
        "chest": min(float(bust[1]), armpit - 0.015),
        "waist": float(at["waist_front"][1]),
        "hip": float((at["buttock_left"] + at["buttock_right"])[1] / 2),
        "thigh": float(at["crotch"][1]) - 0.01 * height,
    }


def _underbust(tape: Tape, skin: PointsF32, at: NDArray[np.float64]) -> float:
    """The least girth from the fold downward: lower breasts hang over the fold itself."""
    return min(_level(tape, skin, float(at[1]) - drop) for drop in (0.0, 0.02, 0.04))


def _neck(tape: Tape, skin: PointsF32, at: dict[str, NDArray[np.float64]], bones: NDArray[np.float64]) -> float:
    axis = bones[tape.model.bone("head")] - bones[tape.model.bone("neck01")]
    throat = at["throat"]
    middle = bones[tape.model.bone("neck02")]
    origin = middle + axis * ((throat - middle) @ axis) / (axis @ axis)
    return tape_length(section(skin, tape.neck, plane_at(origin, axis), radius_m=0.13))


def _thigh(tape: Tape, skin: PointsF32, height_m: float) -> float:
    level = plane_at(np.array([0.0, height_m, 0.0]), UP)
    return float(np.mean([tape_length(section(skin, edges, level)) for edges in tape.thighs]))


def _upper_arm(tape: Tape, skin: PointsF32, bones: NDArray[np.float64]) -> float:
    girths = []
    for side, edges in zip("LR", tape.upper_arms, strict=True):
        shoulder, elbow = bones[tape.model.bone(f"upperarm01.{side}")], bones[tape.model.bone(f"lowerarm01.{side}")]
        plane = plane_at((shoulder + elbow) / 2, elbow - shoulder)
        girths.append(tape_length(section(skin, edges, plane, radius_m=0.14)))
    return float(np.mean(girths))


def _wrist(tape: Tape, skin: PointsF32, at: dict[str, NDArray[np.float64]], bones: NDArray[np.float64]) -> float:
    girths = []
    for name, side, edges in zip(("left", "right"), "LR", tape.wrists, strict=True):
        hand, elbow = bones[tape.model.bone(f"wrist.{side}")], bones[tape.model.bone(f"lowerarm01.{side}")]
        axis = hand - elbow
        origin = hand + axis * ((at[f"wrist_{name}"] - hand) @ axis) / (axis @ axis)
        girths.append(tape_length(section(skin, edges, plane_at(origin, axis), radius_m=0.06)))
    return float(np.mean(girths))


def _shoulder_width(tape: Tape, skin: PointsF32, at: dict[str, NDArray[np.float64]]) -> float:
    """The hull between both shoulder points in the plane through them and the back neck point."""
    left, right = at["acromion_left"], at["acromion_right"]
    middle, span = (left + right) / 2, float(np.linalg.norm(left - right))
    across = (left - right) / span
    behind = at["nape"] - middle
    behind -= across * (behind @ across)
    plane = Plane(middle, across, behind / np.linalg.norm(behind))
    points = section(skin, tape.shoulders, plane)
    over = points[(points[:, 1] > 0) & (np.abs(points[:, 0]) < span / 2)]
    ends = np.array([[span / 2, 0.0], [-span / 2, 0.0]])
    return tape_length(np.concatenate([over, ends])) - span


def _sleeve(at: dict[str, NDArray[np.float64]]) -> float:
    return float(
        np.mean(
            [
                np.linalg.norm(at[f"elbow_{side}"] - at[f"acromion_{side}"])
                + np.linalg.norm(at[f"wrist_{side}"] - at[f"elbow_{side}"])
                for side in ("left", "right")
            ]
        )
    )


def _back_waist(model: BodyModel, rest_m: PointsF32, at: dict[str, NDArray[np.float64]]) -> float:
    """Length of the spine's midline from the back neck point down to the level of the waist."""
    line = rest_m[model.spine].astype(np.float64)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    fall = line[:-1, 1] - line[1:, 1]
    used = np.clip((line[:-1, 1] - at["waist_front"][1]) / np.maximum(fall, 1e-6), 0.0, 1.0)
    return float(steps @ used)
