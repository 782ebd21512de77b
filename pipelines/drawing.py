"""What the renderer is to draw of one person: garments as light as they lie open, behind what may stand before them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import conform
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.far_side import far_side
from pipelines.fit_map import colourless
from pipelines.garment.package import TopTemplate
from pipelines.garment.worn import WornGarment
from pipelines.hiding import BodyPatch
from pipelines.light.openness import LEFT, RIGHT, arm_capsules, less_open
from pipelines.light.sh import sh_basis
from pipelines.outfit import Outfit
from pipelines.render.backend import DrawItem, Material, RenderRequest
from pipelines.types import BodyPose, CameraFrame, PointsF32, Sh9, Surface
from pipelines.wearer import ARMS, LAYER_STEP, Wearer, arm_advance_m, distance_m

GAMMA = 2.2
GREY = Material(np.full(3, 137, np.uint8))  # a quarter of the light: no lamp makes it so bright that it rolls off
NECK_FROM_M, NECK_TO_M = 0.02, 0.04  # below and above the shoulder joints: there the neck begins


def request_of(
    outfit: Outfit,
    pose: BodyPose,
    surfaces: tuple[Surface, ...],
    frame: CameraFrame,
    light: Sh9,
    wearer: Wearer,
) -> RenderRequest:
    """Return what the renderer is to draw: the garments, behind the body parts that may stand before them."""
    items = tuple(
        DrawItem(surface, worn.uv, material, worn, sides)
        for surface, worn, material, sides in zip(
            _shaded(surfaces, outfit, pose), outfit.garments, outfit.materials, outfit.sides, strict=True
        )
    )
    held = wearer.posed_s < frame.captured_s  # nobody is seen: nothing is read from the picture
    arms = []
    for side, advance_m in enumerate(arm_advance_m(pose)):
        nearer = np.float32(1.0 - advance_m / distance_m(pose))
        parts = ((outfit.arms[side], wearer.model_arms[side]), (outfit.hands[side], wearer.model_hands[side]))
        patches = [patch for patch, wanted in parts if wanted or held]
        arms += [(patch, nearer * _posed(patch, outfit, pose, wearer)) for patch in patches]
    behind = 1.0 + LAYER_STEP * _beneath_collars(outfit)
    body = [(outfit.occluder, behind * _posed(outfit.occluder, outfit, pose, wearer)), *arms]
    if outfit.throat is not None:  # behind all layers
        deep = np.float32(1.0 + LAYER_STEP * (len(outfit.garments) - 1))
        body.append((outfit.throat, deep * _posed(outfit.throat, outfit, pose, wearer)))
    occluder = tuple(Surface(points, np.zeros_like(points), patch.faces) for patch, points in body if len(patch.faces))
    if outfit.legs is not None:
        occluder = (*occluder, far_side(outfit.legs, pose.T_cam_rest, LAYER_STEP))
    light = colourless(light) if outfit.mapped else light
    return RenderRequest(items, occluder, frame.K, frame.width_px, frame.height_px, light)


def yoke_request(
    patch: BodyPatch, outfit: Outfit, pose: BodyPose, frame: CameraFrame, light: Sh9, wearer: Wearer
) -> RenderRequest:
    """Return what draws the skin `patch` in GREY, under light without colour, at half the picture's size."""
    points = _posed(patch, outfit, pose, wearer)
    surface = Surface(points, vertex_normals(points, patch.faces), patch.faces)
    outside = np.ones(len(patch.faces), np.uint8)
    item = DrawItem(surface, np.zeros((len(points), 2), np.float32), GREY, patch, outside)
    K = frame.K * np.array([[0.5], [0.5], [1.0]])
    return RenderRequest((item,), (), K, frame.width_px // 2, frame.height_px // 2, colourless(light))


def front_level(light: Sh9) -> float:
    """Return how light (0..255) GREY is drawn where it faces the camera."""
    lit = float((sh_basis(np.array([[0.0, 0.0, 1.0]], np.float32)) @ light).mean())
    return float(255.0 * max(1e-4, lit * (int(GREY.base_color_rgb[0]) / 255.0) ** GAMMA) ** (1.0 / GAMMA))


def shaded(surface: Surface, worn: WornGarment, arms: NDArray[np.float32]) -> Surface:
    """Return the garment's surface as open to the light as its creases and the `arms` (C, 8) about it leave it."""
    on_arm = np.copysign(worn.arm_weight, worn.rest_m[:, 0])  # the left arm is at the right of the picture, +X
    return less_open(surface, worn.cloth.edges, worn.cloth.followers.parent, on_arm, arms)


def _shaded(surfaces: tuple[Surface, ...], outfit: Outfit, pose: BodyPose) -> tuple[Surface, ...]:
    """Return the surfaces with as much light as reaches them."""
    if outfit.mapped:  # there colours are numbers
        return surfaces
    arms = []
    for side, (limb, advance_m) in enumerate(zip(outfit.limbs, arm_advance_m(pose), strict=True)):
        arm = pose.joints_m[ARMS[side]].copy()
        arm[1:] *= np.float32(1.0 - advance_m / distance_m(pose))
        arms.append(arm_capsules(arm, limb.thickness_m, (LEFT, RIGHT)[side]))
    return tuple(shaded(one, worn, np.concatenate(arms)) for one, worn in zip(surfaces, outfit.garments, strict=True))


def _posed(patch: BodyPatch, outfit: Outfit, pose: BodyPose, wearer: Wearer) -> PointsF32:
    rest = conform(patch.rest_m, patch.arms, outfit.torso, wearer.profile)
    return skin_points(rest, patch.skin_index, patch.skin_weight, pose.T_cam_rest)


def _beneath_collars(outfit: Outfit) -> NDArray[np.float32]:
    """Return how many garments each point (V, 1) of neck and head steps back with the collars that are under them."""
    under = [one.beneath for one in outfit.garments if one.beneath is not None and _has_collar(one)]
    layers = max((float(beneath.max()) for beneath in under), default=0.0)
    above_m = outfit.occluder.rest_m[:, 1:2] - outfit.torso.shoulder_y_m
    return np.asarray(layers * np.clip((above_m + NECK_FROM_M) / (NECK_TO_M + NECK_FROM_M), 0.0, 1.0), np.float32)


def _has_collar(worn: WornGarment) -> bool:
    template = worn.package.template
    return isinstance(template, TopTemplate) and template.collar != "none"
