"""Figures: a mannequin with its garments, standing at ease, or in a pose that the shopper took."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import Profile, conform
from pipelines.body.model import BodyModel
from pipelines.body.skinning import pose_bones, skin_points, vertex_normals
from pipelines.drape.cloth import ClothState, DrapeSettings, drape
from pipelines.drawing import shaded
from pipelines.light.openness import NO_ARMS
from pipelines.outfit import Outfit
from pipelines.types import Surface, Transforms
from pipelines.viewpoint.avatar import SKIN, Avatar
from pipelines.viewpoint.studio import Figure, Part

F64 = NDArray[np.float64]

STEP_S = 1 / 30
LOWER_FRAMES, SETTLE_FRAMES = 15, 30  # from the rest pose to ease, then until the cloth hangs
ARM_DEG, ELBOW_DEG, LEG_DEG = 31.0, 16.0, 2.0  # from the rest pose: arms 45 degrees down, elbows bent
AT_EASE = (
    ("upperarm01", (0.0, 0.0, -ARM_DEG)),
    ("lowerarm01", (ELBOW_DEG, 0.0, 0.0)),
    ("upperleg01", (0.0, 0.0, -LEG_DEG)),
)


def standing(outfit: Outfit, avatar: Avatar, settings: DrapeSettings | None = None) -> Figure:
    """Return the figure at ease, arms down, its cloth settled there; body frame."""
    cloth = outfit.cloth
    surfaces: list[Surface] = []
    moved: list[ClothState] = []
    T = np.broadcast_to(np.eye(4, dtype=np.float32), (len(outfit.body.heads_m), 4, 4))
    for frame in range(1, LOWER_FRAMES + SETTLE_FRAMES + 1):
        T = at_ease(outfit, min(1.0, frame / LOWER_FRAMES))
        surfaces, moved = [], []
        for worn, state in zip(outfit.garments, cloth, strict=True):
            surface, hung = drape(worn, worn.rest_m, T, state, STEP_S, settings, moved)
            surfaces.append(surface)
            moved.append(hung)
        cloth = tuple(moved)
    return figure_of(outfit, avatar, T, surfaces, Profile.neutral())


def figure_of(
    outfit: Outfit,
    avatar: Avatar,
    T_up_rest: Transforms,
    surfaces: Sequence[Surface],
    profile: Profile,
) -> Figure:
    """Return the figure whose bones are at `T_up_rest` (B, 4, 4) and whose cloth are `surfaces`, in one upright frame.

    It stands on its lowest point.
    """
    patch = avatar.patch
    rest = conform(patch.rest_m, patch.arms, outfit.torso, profile)
    points = skin_points(rest, patch.skin_index, patch.skin_weight, T_up_rest)
    body = Surface(points, vertex_normals(points, patch.faces), patch.faces)
    parts = [Part(body, avatar.uv, SKIN, avatar.key)]
    for worn, cloth, material in zip(outfit.garments, surfaces, outfit.materials, strict=True):
        surface = cloth if outfit.mapped else shaded(cloth, worn, NO_ARMS)
        parts.append(Part(surface, worn.uv, material, worn))
    pelvis = T_up_rest[0, :3, :3] @ outfit.body.heads_m[0] + T_up_rest[0, :3, 3]
    foot = np.array([pelvis[0], points[:, 1].min(), pelvis[2]], np.float64)
    return Figure(tuple(parts), foot, float(outfit.body.rest_m[outfit.body.model.body.vertices, 1].max()))


def at_ease(outfit: Outfit, share: float = 1.0) -> Transforms:
    """Return the bones (B, 4, 4) on the way (0..1) from the rest pose to standing at ease."""
    model, heads = outfit.body.model, outfit.body.heads_m
    return pose_bones(heads, model.bone_parents, _rotations(model, share), np.eye(4))


def _rotations(model: BodyModel, share: float) -> F64:
    rotations = np.tile(np.eye(3), (len(model.bone_names), 1, 1))
    for bone, angles in AT_EASE:
        for side, mirror in (("L", 1.0), ("R", -1.0)):
            x, y, z = share * np.radians(angles) * (1.0, mirror, mirror)
            rotations[model.bone(f"{bone}.{side}")] = _turn(x, y, z)
    return rotations


def _turn(x: float, y: float, z: float) -> F64:
    """Return the rotation about X, then Y, then Z, radians."""
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)
