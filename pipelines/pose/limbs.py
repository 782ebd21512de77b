"""Proportions of this shopper, read from the picture.

Height alone leaves arms and legs some centimetres wrong, and a bone of the wrong length cannot reach its
landmark. Where a limb lies square to the view its length in the image tells, so the rest skeleton's upper
arms, forearms, thighs and calves are stretched along themselves, both sides alike. Hips are the joints that
clothes hide best, so the trunk alone is a poor measure of how far away somebody stands: trunk and legs together
tell better, and whoever stands upright is placed by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.pose.ray_pbd import ANKLE, ELBOW, HIP, KNEE, SHOULDER, WRIST
from pipelines.pose.rig import Rig

F64 = NDArray[np.float64]

CHAINS = (
    (SHOULDER, ELBOW, WRIST, "upperarm01", "lowerarm01", "wrist"),
    (HIP, KNEE, ANKLE, "upperleg01", "lowerleg01", "foot"),
)
LIMBS = ((SHOULDER, ELBOW), (ELBOW, WRIST), (HIP, KNEE), (KNEE, ANKLE))
TRUNK = (SHOULDER, HIP)
SCALE = 4  # row of Proportions
KNEES_SHARE = 0.5  # of what the scale learns where only the knees are seen, and not the ankles
SHORTEST, LONGEST = 0.88, 1.14  # of the average body's
SQUARE = 0.85  # a limb is measured where this much of its length is seen
SETTLE_S = 1.5  # over which lengths are averaged …
FIRST_S = 0.1  # … and what the average body's count for before anything was seen


@dataclass(frozen=True, slots=True)
class LimbBones:
    """The bones that move with each piece of the limbs, one row a chain and side."""

    upper: tuple[NDArray[np.int64], ...]
    lower: tuple[NDArray[np.int64], ...]
    end: tuple[NDArray[np.int64], ...]

    @staticmethod
    def of(model: BodyModel) -> LimbBones:
        """Sort the bones of `model`."""
        below = [_below(model, f"{name}.{side}") for chain in CHAINS for side in "LR" for name in chain[3:]]
        rows = [below[i : i + 3] for i in range(0, len(below), 3)]
        return LimbBones(
            tuple(np.array(sorted(upper - lower)) for upper, lower, _ in rows),
            tuple(np.array(sorted(lower - end)) for _, lower, end in rows),
            tuple(np.array(sorted(end)) for _, _, end in rows),
        )


def _below(model: BodyModel, name: str) -> set[int]:
    found = {model.bone(name)}
    for bone, parent in enumerate(model.bone_parents):  # parents come before their children
        if int(parent) in found:
            found.add(bone)
    return found


def stretch(rig: Rig, bones: LimbBones, lengths: F64) -> tuple[Rig, F64]:
    """Return the rig with its limbs at `lengths` (4,) times their own, and the rest-pose map (B, 4, 4) of each bone."""
    maps = np.tile(np.eye(4), (rig.heads_m.shape[0], 1, 1))
    joints, knuckles = rig.joints_m.copy(), rig.knuckles_m.copy()
    for number, (first, middle, last, *_) in enumerate(CHAINS):
        for side in range(2):
            row = 2 * number + side
            a, b, c = (rig.joints_m[joint + side] for joint in (first, middle, last))
            longer_b = (lengths[2 * number] - 1.0) * (b - a)
            longer_c = longer_b + (lengths[2 * number + 1] - 1.0) * (c - b)
            maps[bones.upper[row]] = _along(a, b, lengths[2 * number], a, np.zeros(3))
            maps[bones.lower[row]] = _along(b, c, lengths[2 * number + 1], b, longer_b)
            maps[bones.end[row], :3, 3] = longer_c
            joints[middle + side] = b + longer_b
            joints[last + side] = c + longer_c
            if first == SHOULDER:
                knuckles[[side, 2 + side]] += longer_c
    heads = np.einsum("bij,bj->bi", maps[:, :3, :3], rig.heads_m) + maps[:, :3, 3]
    longer = replace(rig, heads_m=heads, key_heads_m=heads[rig.key_bones], joints_m=joints, knuckles_m=knuckles)
    return longer, maps


def _along(start: F64, stop: F64, length: float, fixed: F64, shift: F64) -> F64:
    """Return the map that stretches by `length` along start -> stop, keeps `fixed` in place and then adds `shift`."""
    axis = (stop - start) / np.linalg.norm(stop - start)
    out = np.eye(4)
    out[:3, :3] += (length - 1.0) * np.outer(axis, axis)
    out[:3, 3] = fixed - out[:3, :3] @ fixed + shift
    return out


@dataclass(frozen=True, slots=True)
class Proportions:
    """What is known of a build: upper arms, forearms, thighs, calves, and the whole against its trunk."""

    times: F64 = field(default_factory=lambda: np.ones(5))  # the average body's; last SCALE
    seen_s: F64 = field(default_factory=lambda: np.zeros(5))  # how long each was measured


def measure_proportions(
    known: Proportions, seen_px: F64, drawn_px: F64, drawn_m: F64, depth_px_m: float, weights: F64, elapsed_s: float
) -> Proportions:
    """Return `known` led toward what the picture shows: quickly while little is known, then as a running mean.

    `seen_px` and `drawn_px` (12, 2) are the joints as seen and as solved; `drawn_m` (12, 3) the latter in
    the camera frame, `depth_px_m` pixels a metre there; `weights` (12,) 0 where unseen.
    """
    lines = _lines(seen_px, drawn_px, drawn_m, depth_px_m, weights)
    ratios = [float(np.mean([seen / drawn for seen, drawn in lines[limb]])) if lines[limb] else None for limb in LIMBS]
    ratios.append(_scale_ratio(lines, known))
    step_s = min(max(0.0, elapsed_s), FIRST_S)
    times, seen_s = known.times.copy(), known.seen_s.copy()
    for row, ratio in enumerate(ratios):
        if ratio is not None:
            gain = step_s / min(FIRST_S + seen_s[row] + step_s, SETTLE_S)
            times[row] *= 1.0 + gain * (ratio - 1.0)
            seen_s[row] += step_s
    return Proportions(np.clip(times, SHORTEST, LONGEST), seen_s)


def _lines(
    seen_px: F64, drawn_px: F64, drawn_m: F64, depth_px_m: float, weights: F64
) -> dict[tuple[int, int], list[tuple[float, float]]]:
    """Return (seen, drawn) lengths in pixels of trunk and limbs, of those sides that lie square to the view."""
    found: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for start, stop in (TRUNK, *LIMBS):
        found[start, stop] = []
        for side in range(2):
            a, b = start + side, stop + side
            long_m = np.linalg.norm(drawn_m[b] - drawn_m[a])
            drawn, seen = np.linalg.norm(drawn_px[b] - drawn_px[a]), np.linalg.norm(seen_px[b] - seen_px[a])
            if min(weights[a], weights[b]) >= 0.5 and drawn > SQUARE * long_m * depth_px_m:
                found[start, stop].append((float(seen), float(drawn)))
    return found


def _scale_ratio(lines: dict[tuple[int, int], list[tuple[float, float]]], known: Proportions) -> float | None:
    """Return how much larger than drawn somebody is who stands upright: trunk and legs against the average body's."""
    chain = (TRUNK, *LIMBS[2:])
    own = dict(zip(chain, (1.0, known.times[2], known.times[3]), strict=True))
    shown = [line for line in chain if len(lines[line]) == 2]
    if shown[:2] != list(chain[:2]):
        return None
    seen = sum(length for line in shown for length, _ in lines[line])
    average = sum(length / own[line] for line in shown for _, length in lines[line])
    return float((seen / average) ** (1.0 if len(shown) == 3 else KNEES_SHARE))
