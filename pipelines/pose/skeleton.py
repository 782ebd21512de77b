"""The pose stage: the joints that one frame shows -> where the shopper's body is in the camera frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.body.model import Body
from pipelines.body.skinning import pose_bones
from pipelines.pose.limbs import LimbBones, stretch
from pipelines.pose.one_euro import OneEuroState, one_euro
from pipelines.pose.proportions import SCALE, Proportions, measure_proportions, population_spread
from pipelines.pose.ray_pbd import HIP, SHOULDER
from pipelines.pose.rig import Rig, build_rig
from pipelines.pose.solver import local_rotations, posed_limbs, solve
from pipelines.types import BodyPose, CameraFrame, SeenJoints

F64 = NDArray[np.float64]

SEEN = 0.5  # visibility from which a joint counts
GUESSED = 0.2  # weight of one that is hidden: where the lift puts it is better than nothing
# group of each point for the filter: 0 trunk, 1 2 arms, 3 4 legs, 5 head; rows of SeenJoints.points_m
LIMBS = np.array([0, 0, 1, 2, 1, 2, 0, 0, 3, 4, 3, 4, 5, 5, 5, 1, 2, 1, 2])
TRUNK = [SHOULDER, SHOULDER + 1, HIP, HIP + 1]
TELEPORT = 0.4  # shoulder widths from frame to frame
EDGE = 0.17  # shoulder widths, half a knee: a limb that the edge of the picture cuts nearer than so is seen too long
WORLD_UNIT_M = 0.35  # a shoulder width, for the filter's speed


@dataclass(frozen=True, slots=True)
class SmoothSettings:
    """One-euro filter of the image points and the world points."""

    min_cutoff_hz: float = 2.5  # the pose network's own filter is strong where somebody keeps still
    beta: float = 4.0


@dataclass(frozen=True, slots=True)
class SkeletonState:
    """What the stage remembers: the filters and the depths of the frame before."""

    image: OneEuroState | None = None
    world: OneEuroState | None = None
    depths_m: F64 | None = None  # (12,)
    build: Proportions = field(default_factory=Proportions)
    at_s: float = 0.0
    scale_px: float | None = None  # the shoulder width in the image, were it square to the camera


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A body's rig with its bone tree prepared for the solver."""

    body: Body
    rig: Rig
    key_of_bone: NDArray[np.int32]  # (B,) row of KEY_BONES or -1
    limbs: LimbBones
    spread: F64  # (7, 7) of people's proportions

    @staticmethod
    def of(body: Body) -> Skeleton:
        """Return the skeleton of `body`."""
        rig = build_rig(body)
        key_of_bone = np.full(rig.parents.shape[0], -1, np.int32)
        key_of_bone[rig.key_bones] = np.arange(rig.key_bones.shape[0], dtype=np.int32)
        return Skeleton(body, rig, key_of_bone, LimbBones.of(body.model), population_spread(body.model))


def pose_body(
    seen: SeenJoints,
    frame: CameraFrame,
    skeleton: Skeleton,
    state: SkeletonState,
    smooth: SmoothSettings,
) -> tuple[BodyPose, SkeletonState]:
    """Return the posed skeleton of the person whose joints are `seen`."""
    if _teleported(seen, state):
        state = SkeletonState(build=state.build)
    rig, rest_maps = stretch(skeleton.rig, skeleton.limbs, state.build.times[:SCALE])
    scale_px = state.scale_px or _first_scale_px(seen)
    image, world = _smoothed(seen, frame.captured_s, state, smooth, scale_px)
    restarted = not image.speed.any()
    depths = np.full(12, np.nan) if restarted or state.depths_m is None else state.depths_m
    weights, hips_seen = _weights(seen, frame)
    rotations, root_m, depths = solve(
        rig.joints_m,
        rig.key_heads_m,
        rig.face_m,
        rig.knuckles_m,
        _rays(image.value, frame.K),
        weights,
        _torso_weights(weights, hips_seen),
        world.value,
        depths,
        1.0 / state.build.times[SCALE],
    )
    T_cam_rest = np.matmul(_bone_transforms(rotations, root_m, skeleton, rig), rest_maps.astype(np.float32))
    pose = BodyPose(posed_joints(skeleton.body, T_cam_rest), T_cam_rest)
    scale_px = float(frame.K[0, 0]) * rig.shoulder_width_m / max(0.1, -float(pose.joints_m[1, 2]))
    drawn = posed_limbs(rig.joints_m, rig.key_heads_m, rotations) + root_m
    metre_px, elapsed_s = scale_px / rig.shoulder_width_m, frame.captured_s - state.at_s
    shown = project(drawn, frame.K)
    whole = np.where(_inside(image.value, frame, EDGE * scale_px), weights, 0.0)
    build = measure_proportions(state.build, image.value, shown, drawn, metre_px, whole, elapsed_s, skeleton.spread)
    return pose, SkeletonState(image, world, depths, build, frame.captured_s, scale_px)


def _teleported(seen: SeenJoints, state: SkeletonState) -> bool:
    """Return whether the trunk is another one than in the frame before: turned round, or somebody else's."""
    if state.world is None:
        return False
    moved = np.linalg.norm(seen.points_m[TRUNK] - state.world.value[TRUNK], axis=1)
    return bool(np.median(moved) > TELEPORT * WORLD_UNIT_M)


def _smoothed(
    seen: SeenJoints, now_s: float, state: SkeletonState, smooth: SmoothSettings, scale_px: float
) -> tuple[OneEuroState, OneEuroState]:
    """Filter the joints in the image and in space, each in its own unit of length."""
    knobs = smooth.min_cutoff_hz, smooth.beta
    image = one_euro(seen.uv_px, now_s, state.image, *knobs, scale_px, LIMBS[:12])
    world = one_euro(seen.points_m, now_s, state.world, *knobs, WORLD_UNIT_M, LIMBS)
    return image, world


def _bone_transforms(rotations: F64, root_m: F64, skeleton: Skeleton, rig: Rig) -> NDArray[np.float32]:
    """Return T_cam_rest (B, 4, 4) of the rig's own rest pose."""
    local = local_rotations(rotations, skeleton.key_of_bone, rig.parents)
    T_cam_body = np.eye(4)
    T_cam_body[:3, 3] = root_m - rig.heads_m[rig.key_bones[0]]
    return pose_bones(rig.heads_m.astype(np.float32), skeleton.body.model.bone_parents, local, T_cam_body)


JOINT_BONES = (
    *("root", "spine01", "neck01", "head"),
    *(f"{bone}.{side}" for bone in ("upperarm01", "lowerarm01", "wrist") for side in "LR"),
    *(f"{bone}.{side}" for bone in ("upperleg01", "lowerleg01", "foot") for side in "LR"),
    "spine03",
)  # the bones whose heads are the JOINTS of pipelines.types, in their order


def posed_joints(body: Body, T_cam_rest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the posed heads (17, 3) of JOINT_BONES in the camera frame."""
    bones = [body.model.bone(name) for name in JOINT_BONES]
    heads = body.heads_m[bones]
    T = T_cam_rest[bones]
    return np.asarray(np.einsum("bij,bj->bi", T[:, :3, :3], heads) + T[:, :3, 3], np.float32)


def _first_scale_px(seen: SeenJoints) -> float:
    shoulders, hips = seen.uv_px[SHOULDER : SHOULDER + 2], seen.uv_px[HIP : HIP + 2]
    torso = float(np.linalg.norm(shoulders.mean(0) - hips.mean(0)))
    return max(8.0, float(np.linalg.norm(shoulders[0] - shoulders[1])), 0.6 * torso)


def _rays(uv_px: F64, K: F64) -> F64:
    x = (uv_px[:, 0] - K[0, 2]) / K[0, 0]
    y = -(uv_px[:, 1] - K[1, 2]) / K[1, 1]
    return np.ascontiguousarray(np.stack([x, y], axis=1))


def _weights(seen: SeenJoints, frame: CameraFrame) -> tuple[F64, bool]:
    """Return a weight per joint, exactly 0 outside of the picture, and whether both hips are seen."""
    inside = _inside(seen.uv_px, frame, 0.0)
    shown = inside & (seen.visibility > SEEN)
    hips_seen = bool(shown[HIP] and shown[HIP + 1])
    weights = np.where(inside, np.maximum(seen.visibility, GUESSED), 0.0)
    weights[:2] = np.maximum(weights[:2], 0.3)  # a shoulder cut by the frame's edge still anchors
    if not hips_seen:
        weights[HIP:] = 0.0
    return weights, hips_seen


def _inside(uv_px: F64, frame: CameraFrame, margin_px: float) -> NDArray[np.bool_]:
    """Return which points (N, 2) lie in the picture and `margin_px` away from its edges."""
    size = np.array([frame.width_px, frame.height_px])
    return np.asarray(np.all((uv_px >= margin_px) & (uv_px < size - margin_px), axis=1))


def _torso_weights(weights: F64, hips_seen: bool) -> F64:
    torso = np.zeros(12)
    torso[SHOULDER : SHOULDER + 2] = weights[SHOULDER : SHOULDER + 2]
    torso[HIP : HIP + 2] = weights[HIP : HIP + 2]
    if not hips_seen:
        torso[2:4] = 0.1 * weights[2:4]
    return torso
