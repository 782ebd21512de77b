"""Limbs and trunk of this shopper's own lengths: the average body's rest skeleton, stretched piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.pose.ray_pbd import ANKLE, ELBOW, HIP, KNEE, SHOULDER, WRIST
from pipelines.pose.rig import Rig

F64 = NDArray[np.float64]

GIRDLE = ("clavicle", "upperarm01")  # from where a shoulder moves outward, and what it carries along
SPINE = tuple(f"spine0{number}" for number in range(1, 6))
SHOULDERS, HIPS, TRUNK = 4, 5, 6  # rows of the lengths
CHAINS = (
    (SHOULDER, ELBOW, WRIST, "upperarm01", "lowerarm01", "wrist"),
    (HIP, KNEE, ANKLE, "upperleg01", "lowerleg01", "foot"),
)


@dataclass(frozen=True, slots=True)
class LimbBones:
    """The bones that move with each piece of the limbs, one row a chain and side."""

    upper: tuple[NDArray[np.int64], ...]
    lower: tuple[NDArray[np.int64], ...]
    end: tuple[NDArray[np.int64], ...]
    girdle: tuple[NDArray[np.int64], ...]  # left, right: between the breastbone and the arm
    inner: tuple[int, ...]  # left, right: where that begins
    spine: NDArray[np.int64]
    above: NDArray[np.int64]  # what it carries

    @staticmethod
    def of(model: BodyModel) -> LimbBones:
        """Sort the bones of `model`."""
        below = [_below(model, f"{name}.{side}") for chain in CHAINS for side in "LR" for name in chain[3:]]
        rows = [below[i : i + 3] for i in range(0, len(below), 3)]
        spine = {model.bone(name) for name in SPINE}
        carried = set().union(*(_below(model, name) for name in SPINE)) - spine
        girdles = [tuple(_below(model, f"{bone}.{side}") for bone in GIRDLE) for side in "LR"]
        return LimbBones(
            tuple(np.array(sorted(upper - lower)) for upper, lower, _ in rows),
            tuple(np.array(sorted(lower - end)) for _, lower, end in rows),
            tuple(np.array(sorted(end)) for _, _, end in rows),
            tuple(np.array(sorted(whole - arm)) for whole, arm in girdles),
            tuple(model.bone(f"{GIRDLE[0]}.{side}") for side in "LR"),
            np.array(sorted(spine)),
            np.array(sorted(carried)),
        )


def _below(model: BodyModel, name: str) -> set[int]:
    found = {model.bone(name)}
    for bone, parent in enumerate(model.bone_parents):  # parents come before their children
        if int(parent) in found:
            found.add(bone)
    return found


def stretch(rig: Rig, bones: LimbBones, lengths: F64) -> tuple[Rig, F64]:
    """Return the rig with every segment at `lengths` (7,) times its own, and each bone's rest map (B, 4, 4)."""
    maps = np.tile(np.eye(4), (rig.heads_m.shape[0], 1, 1))
    joints, knuckles = rig.joints_m.copy(), rig.knuckles_m.copy()
    middle_hip, middle_shoulder = (rig.joints_m[[joint, joint + 1]].mean(axis=0) for joint in (HIP, SHOULDER))
    for side in range(2):
        outward = _widen(rig, bones, lengths[SHOULDERS], side, maps)
        for number, (first, middle, last, *_) in enumerate(CHAINS):
            row = 2 * number + side
            a, b, c = (rig.joints_m[joint + side] for joint in (first, middle, last))
            moved_a = outward if first == SHOULDER else (lengths[HIPS] - 1.0) * (a - middle_hip)
            moved_b = moved_a + (lengths[2 * number] - 1.0) * (b - a)
            moved_c = moved_b + (lengths[2 * number + 1] - 1.0) * (c - b)
            maps[bones.upper[row]] = _along(a, b, lengths[2 * number], a, moved_a)
            maps[bones.lower[row]] = _along(b, c, lengths[2 * number + 1], b, moved_b)
            maps[bones.end[row], :3, 3] = moved_c
            for joint, moved in ((first, moved_a), (middle, moved_b), (last, moved_c)):
                joints[joint + side] += moved
            if first == SHOULDER:
                knuckles[[side, 2 + side]] += moved_c
    taller = (lengths[TRUNK] - 1.0) * (middle_shoulder - middle_hip)
    maps[bones.spine] = _along(middle_hip, middle_shoulder, lengths[TRUNK], middle_hip, np.zeros(3))
    maps[bones.above, :3, 3] += taller
    joints[:HIP], knuckles = joints[:HIP] + taller, knuckles + taller
    heads = np.einsum("bij,bj->bi", maps[:, :3, :3], rig.heads_m) + maps[:, :3, 3]
    return replace(
        rig,
        heads_m=heads,
        key_heads_m=heads[rig.key_bones],
        joints_m=joints,
        face_m=rig.face_m + taller,
        knuckles_m=knuckles,
        shoulder_width_m=rig.shoulder_width_m * float(lengths[SHOULDERS]),
    ), maps


def _widen(rig: Rig, bones: LimbBones, times: float, side: int, maps: F64) -> F64:
    """Set the maps of one side's shoulder girdle; return how far (3,) the shoulder moves."""
    inner, shoulder = rig.heads_m[bones.inner[side]], rig.joints_m[SHOULDER + side]
    longer = 1.0 + (times - 1.0) * shoulder[0] / (shoulder[0] - inner[0])
    maps[bones.girdle[side]] = _along(inner, shoulder, longer, inner, np.zeros(3))
    return np.asarray((longer - 1.0) * (shoulder - inner))


def _along(start: F64, stop: F64, length: float, fixed: F64, shift: F64) -> F64:
    """Return the map that stretches by `length` along start -> stop, keeps `fixed` in place and then adds `shift`."""
    axis = (stop - start) / np.linalg.norm(stop - start)
    out = np.eye(4)
    out[:3, :3] += (length - 1.0) * np.outer(axis, axis)
    out[:3, 3] = fixed - out[:3, :3] @ fixed + shift
    return out
