"""The synthetic shopper's outfit: shirt, trousers with a waistband, shoes, hair, eyes, and a painted face.

Everything is cut from the body's own rest surfaces, so that it fits every shape. A visible waistband matters:
landmark networks place the hips by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.synthetic.rig import Rig
from pipelines.synthetic.shell import (
    Array,
    Shell,
    clip,
    hang,
    normals,
    offset,
    smooth,
    smooth_weights,
    subdivide,
    thicken,
)

ARM_BONES = ("upperarm", "lowerarm", "wrist", "metacarpal", "finger")


@dataclass(frozen=True, slots=True)
class Naked:
    """What clothes are cut from: the rig, the skin and the tights surface at rest."""

    rig: Rig
    skin: Shell
    tights: Shell

    @property
    def shoulder_width_m(self) -> float:
        """Distance between the upper arms' heads."""
        return float(np.linalg.norm(self.rig.head("upperarm01.L") - self.rig.head("upperarm01.R")))

    @property
    def hip_y_m(self) -> float:
        """Height of the hip joints."""
        return float(self.rig.head("upperleg01.L")[1])


@dataclass(frozen=True, slots=True)
class Outfit:
    """Cut, lengths in metres and colours (linear RGB) of one person's clothes."""

    sleeve: float = 0.62  # 1 at the elbow, 2 at the wrist
    tucked: bool = True
    hangs: bool = True  # from the chest, as loose cloth does; else the shirt lies on all the way down
    waist_over_hip_m: float = 0.085
    shirt_ease_m: float = 0.009
    trouser_ease_m: float = 0.003
    hem_over_hip_m: float = -0.01  # where an untucked shirt ends
    sleeve_flare_m: float = 0.008
    fold_m: float = 0.004
    thickness_m: float = 0.002
    shirt: tuple[float, float, float] = (0.30, 0.36, 0.42)
    trousers: tuple[float, float, float] = (0.03, 0.04, 0.08)
    belt: tuple[float, float, float] = (0.02, 0.012, 0.008)
    shoes: tuple[float, float, float] = (0.25, 0.24, 0.23)
    hair: tuple[float, float, float] = (0.028, 0.016, 0.010)
    skin: tuple[float, float, float] = (0.58, 0.31, 0.20)


def arm_share(shell: Shell, rig: Rig) -> Array:
    """Return (V,) how much of a vertex's weight is on the arms."""
    columns = [i for i, name in enumerate(rig.names) if name.startswith(ARM_BONES)]
    return np.asarray(shell.weights[:, columns].sum(1))


def sleeve_field(shell: Shell, rig: Rig, length: float) -> Array:
    """Return (V,) positive from the trunk to `length` along the arm: 1 is the elbow, 2 the wrist."""
    on_arm = arm_share(shell, rig) > 0.5
    field = np.ones(len(shell.rest_m))
    for suffix, out in ((".L", 1.0), (".R", -1.0)):
        joints = [rig.head(f"{name}{suffix}") for name in ("upperarm01", "lowerarm01", "wrist")]
        first = min(int(length), 1)
        axis = joints[first + 1] - joints[first]
        end = joints[first] + axis * (length - first)
        mine = on_arm & (shell.rest_m[:, 0] * out > 0)
        field[mine] = (end - shell.rest_m[mine]) @ axis / np.linalg.norm(axis)
    return field


def neck_field(shell: Shell, rig: Rig, radius_m: float) -> Array:
    """Return (V,) positive outside the neckline's sphere, which dips toward the front."""
    centre = rig.head("neck01") + np.array([0.0, 0.02, 0.02])
    return np.asarray(np.linalg.norm((shell.rest_m - centre) / np.array([1.05, 0.95, 1.0]), axis=1) - radius_m)


def height_field(shell: Shell, rig: Rig, y_m: float) -> Array:
    """Return (V,) height above `y_m` on the trunk and legs, positive all over the arms."""
    return np.where(arm_share(shell, rig) > 0.5, 1.0, shell.rest_m[:, 1] - y_m)


def folds(shell: Shell, seed: int, amplitude_m: float) -> Array:
    """Return (V,) seeded folds of cloth, about +-`amplitude_m`: oblique waves, ten to four to a metre."""
    rng = np.random.default_rng(seed)
    total = np.zeros(len(shell.rest_m))
    for _ in range(9):
        direction = rng.normal(size=3) * (1.0, 1.6, 1.0)
        direction *= 2.0 * np.pi * rng.uniform(4.0, 12.0) / np.linalg.norm(direction)
        total += np.sin(shell.rest_m @ direction + rng.uniform(0, 2 * np.pi)) / 3.0
    return amplitude_m * total


def make_shirt(naked: Naked, outfit: Outfit, seed: int) -> Shell:
    """Return the shirt: cut, eased, hung from the chest, folded."""
    rig = naked.rig
    hem = naked.hip_y_m + (outfit.waist_over_hip_m - 0.025 if outfit.tucked else outfit.hem_over_hip_m)
    cut = clip(naked.tights, sleeve_field(naked.tights, rig, outfit.sleeve))
    cut = clip(cut, height_field(cut, rig, hem))
    cut = smooth(subdivide(clip(cut, neck_field(cut, rig, 0.078))), 3)
    arms = arm_share(cut, rig)
    torso = 1.0 - np.clip(arms * 3.0, 0.0, 1.0)
    centre = np.array([0.0, 0.0, rig.head("spine03")[2]])
    taper = (0.97 if outfit.tucked else 0.995) if outfit.hangs else 0.0
    loose = hang(cut, centre, float(rig.head("upperarm01.L")[1]) - 0.12, torso, taper)
    flare = np.clip(1.0 - sleeve_field(loose, rig, outfit.sleeve) / 0.20, 0.0, 1.0)
    flare = flare * np.clip(2.0 * arms - 0.5, 0.0, 1.0)
    loose = smooth(offset(loose, outfit.shirt_ease_m + outfit.sleeve_flare_m * flare), 2)
    below = np.clip((rig.head("neck01")[1] - loose.rest_m[:, 1]) / 0.15, 0.0, 1.0)
    if outfit.tucked:
        loose = _tuck(loose, cut, arms, naked.hip_y_m + outfit.waist_over_hip_m)
    cloth = smooth_weights(offset(loose, folds(loose, seed, outfit.fold_m) * below), 5)
    return thicken(cloth, outfit.thickness_m, rings=4)


def make_trousers(naked: Naked, outfit: Outfit, seed: int) -> tuple[Shell, Shell]:
    """Return the trousers and their waistband."""
    rig = naked.rig
    top = naked.hip_y_m + outfit.waist_over_hip_m
    tights = naked.tights
    ankle = float(rig.head("foot.L")[1])
    legs = clip(tights, np.where(arm_share(tights, rig) > 0.5, -1.0, top - tights.rest_m[:, 1]))
    legs = smooth(subdivide(clip(legs, legs.rest_m[:, 1] - ankle + 0.02)), 4)
    low = np.clip((naked.hip_y_m - legs.rest_m[:, 1]) / 0.5, 0.0, 1.0)
    legs = offset(legs, outfit.trouser_ease_m + 0.012 * low + folds(legs, seed + 1, outfit.fold_m) * low)
    band = clip(legs, legs.rest_m[:, 1] - (top - 0.038))
    return thicken(legs, outfit.thickness_m, rings=3), thicken(offset(band, 0.003), 0.004, rings=2)


def make_shoes(naked: Naked) -> Shell:
    """Return shoes: the convex hulls of the feet, rounded and thickened."""
    import trimesh

    ankle = float(naked.rig.head("foot.L")[1])
    points: list[Array] = []
    faces: list[NDArray[np.integer[Any]]] = []
    weights: list[Array] = []
    for out in (1.0, -1.0):
        mine = np.flatnonzero((naked.skin.rest_m[:, 1] < ankle + 0.005) & (naked.skin.rest_m[:, 0] * out > 0))
        hull = trimesh.convex.convex_hull(naked.skin.rest_m[mine])
        nearest = ((hull.vertices[:, None] - naked.skin.rest_m[None, mine]) ** 2).sum(2).argmin(1)
        faces.append(np.asarray(hull.faces) + sum(len(one) for one in points))
        points.append(np.asarray(hull.vertices))
        weights.append(naked.skin.weights[mine][nearest])
    rest = np.concatenate(points)
    hulls = Shell(rest, np.concatenate(faces).astype(np.int32), np.concatenate(weights), np.ones_like(rest))
    return offset(smooth(subdivide(subdivide(hulls)), 3), 0.010)


def visible_skin(naked: Naked, outfit: Outfit) -> Shell:
    """Return the skin that clothes and hair leave free, with a margin under their edges."""
    skin = replace(naked.skin, colour=paint_face(naked, outfit.skin))
    body = naked.rig
    free = np.maximum(0.035 - sleeve_field(skin, body, outfit.sleeve), 0.022 - neck_field(skin, body, 0.078))
    free = np.maximum(free, skin.rest_m[:, 1] - body.head("neck01")[1] - 0.03)
    free = np.maximum(free, body.head("foot.L")[1] + 0.03 - skin.rest_m[:, 1])
    return clip(skin, np.minimum(free, 0.020 - hair_field(skin, body)))


def hair_field(shell: Shell, rig: Rig) -> Array:
    """Return (V,) positive over the scalp: above a line from the forehead over the ears to the nape."""
    eye, scale = _eyes(rig)
    rel = (shell.rest_m - eye) / scale
    line = rel[:, 1] - 0.066 - 0.74 * np.clip(rel[:, 2] + 0.005, -0.145, 0.1)
    return np.asarray(np.where(rel[:, 1] > -0.13, line, -1.0) * scale)


def make_hair(naked: Naked, seed: int) -> Shell:
    """Return a cap of hair over the scalp."""
    cap = subdivide(clip(naked.skin, hair_field(naked.skin, naked.rig)))
    rim = np.clip(hair_field(cap, naked.rig) / 0.05, 0.0, 1.0) ** 0.5
    strands = folds(replace(cap, rest_m=cap.rest_m * (6.0, 1.5, 4.0)), seed + 2, 0.0016) * rim
    volume = smooth(offset(smooth(cap, 5), 0.002 + 0.017 * rim), 4)
    shades = np.random.default_rng(seed).uniform(0.75, 1.3, (len(volume.rest_m), 1))
    return thicken(replace(offset(volume, strands), colour=volume.colour * shades), 0.006, rings=2)


def paint_face(naked: Naked, skin: tuple[float, float, float]) -> Array:
    """Return (V, 3) skin colours: the complexion with lips, brows and a little blood in the cheeks."""
    eye, scale = _eyes(naked.rig)
    rel = (naked.skin.rest_m - eye) / scale
    x, y, z = np.abs(rel[:, 0]), rel[:, 1], rel[:, 2]
    base = np.tile(np.array(skin), (len(rel), 1))
    face = z > -0.03

    def tint(weight: Array, colour: tuple[float, float, float]) -> None:
        base[:] += (np.clip(weight, 0, 1) * face)[:, None] * (np.array(colour) * base - base)

    def blob(cx: float, cy: float, rx: float, ry: float) -> Array:
        return np.asarray(np.exp(-(((x - cx) / rx) ** 4) - ((y - cy) / ry) ** 4))

    tint(0.8 * blob(0.0, -0.0765, 0.024, 0.009), (0.80, 0.47, 0.50))
    tint(0.9 * blob(0.033, 0.021, 0.019, 0.0055), (0.15, 0.13, 0.13))
    tint(0.35 * blob(0.045, -0.045, 0.022, 0.020), (1.0, 0.78, 0.75))
    tint(0.55 * blob(0.031, 0.001, 0.019, 0.010), (0.45, 0.38, 0.36))
    return base


def make_eyes(naked: Naked) -> Shell:
    """Return two eyeballs with a dark iris, moved by the head."""
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=3)
    points: list[Array] = []
    faces: list[NDArray[np.integer[Any]]] = []
    colours: list[Array] = []
    scale = _eyes(naked.rig)[1]
    for centre in naked.rig.eyes_m:
        faces.append(np.asarray(ball.faces) + len(ball.vertices) * len(points))
        points.append(centre + np.asarray(ball.vertices) * 0.0152 * scale)
        off_axis = np.arccos(np.clip(np.asarray(ball.vertices)[:, 2], -1, 1))
        colours.append(np.where(off_axis[:, None] < 0.48, (0.03, 0.02, 0.015), (0.75, 0.72, 0.70)))
    weights = np.zeros((2 * len(ball.vertices), len(naked.rig.names)))
    weights[:, naked.rig.names.index("head")] = 1.0
    return Shell(np.concatenate(points), np.concatenate(faces).astype(np.int32), weights, np.concatenate(colours))


def occlusion(shell: Shell) -> Array:
    """Return (V,) 0..1 a cheap ambient occlusion: creases, where smoothed normals disagree, are darker."""
    normal = normals(shell.rest_m, shell.faces)
    blurred = smooth(shell, 4).rest_m
    depth = ((blurred - shell.rest_m) * normal).sum(1)
    return np.asarray(np.clip(1.0 - 60.0 * np.clip(depth, 0.0, 0.006), 0.55, 1.0))


def _tuck(loose: Shell, tight: Shell, arms: Array, waist_y_m: float) -> Shell:
    """Return `loose` gathered toward `tight` where it goes into the waistband."""
    rise = np.clip((loose.rest_m[:, 1] - waist_y_m) / 0.07, 0.0, 1.0)
    rise = np.where(arms > 0.5, 1.0, rise)[:, None]
    inner = offset(tight, -0.003).rest_m
    return replace(loose, rest_m=inner + (loose.rest_m - inner) * rise)


def _eyes(rig: Rig) -> tuple[Array, float]:
    """Return the point between the eyes and the head's scale (1 at 61.5 mm between the pupils)."""
    left, right = rig.eyes_m
    return (left + right) / 2, float(np.linalg.norm(left - right)) / 0.0615
