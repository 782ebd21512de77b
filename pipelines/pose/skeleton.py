"""The pose stage: landmarks of one frame -> where the shopper's body is in the camera frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.body.model import Body
from pipelines.body.skinning import pose_bones
from pipelines.pose.limbs import LimbBones, measure_lengths, stretch
from pipelines.pose.one_euro import OneEuroState, one_euro
from pipelines.pose.ray_pbd import HIP, SHOULDER
from pipelines.pose.rig import Rig, build_rig
from pipelines.pose.solver import BODY_LANDMARKS, local_rotations, posed_landmarks, solve
from pipelines.types import BodyPose, CameraFrame, Landmarks

F64 = NDArray[np.float64]

SEEN = 0.5  # visibility from which a landmark counts
RAY_PITCH_SHARE = 0.75  # world points lean toward the camera by this share of the torso's ray angle
UNSEEN_HIPS_PITCH_RAD = np.deg2rad(13.0)
# group of each point for the filter: 0 trunk, 1 2 arms, 3 4 legs, 5 head; rows of BODY_LANDMARKS
LIMBS = np.array([0, 0, 1, 2, 1, 2, 0, 0, 3, 4, 3, 4, 5, 5, 5, 1, 2, 1, 2])
WORLD_UNIT_M = 0.35  # a shoulder width, for the filter's speed


@dataclass(frozen=True, slots=True)
class SmoothSettings:
    """One-euro filter of the image points and the world points."""

    min_cutoff_hz: float = 1.5
    beta: float = 0.6


@dataclass(frozen=True, slots=True)
class SkeletonState:
    """What the stage remembers: the filters and the depths of the frame before."""

    image: OneEuroState | None = None
    world: OneEuroState | None = None
    depths_m: F64 | None = None  # (12,)
    lengths: F64 = field(default_factory=lambda: np.ones(4))  # of the limbs, times the body's own
    at_s: float = 0.0
    scale_px: float | None = None  # the shoulder width in the image, were it square to the camera


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A body's rig with its bone tree prepared for the solver."""

    body: Body
    rig: Rig
    key_of_bone: NDArray[np.int32]  # (B,) row of KEY_BONES or -1
    limbs: LimbBones

    @staticmethod
    def of(body: Body) -> Skeleton:
        """Return the skeleton of `body`."""
        rig = build_rig(body)
        key_of_bone = np.full(rig.parents.shape[0], -1, np.int32)
        key_of_bone[rig.key_bones] = np.arange(rig.key_bones.shape[0], dtype=np.int32)
        return Skeleton(body, rig, key_of_bone, LimbBones.of(body.model))


def pose_body(
    landmarks: Landmarks,
    frame: CameraFrame,
    skeleton: Skeleton,
    state: SkeletonState,
    smooth: SmoothSettings,
) -> tuple[BodyPose, SkeletonState]:
    """Return the posed skeleton of the person that `landmarks` describe."""
    rig, rest_maps = stretch(skeleton.rig, skeleton.limbs, state.lengths)
    scale_px = state.scale_px or _first_scale_px(landmarks)
    image, world = _smoothed(landmarks, frame.captured_s, state, smooth, scale_px)
    restarted = not image.speed.any()
    depths = np.full(12, np.nan) if restarted or state.depths_m is None else state.depths_m
    uv = image.value - np.array([rig.image_bias * scale_px, 0.0])
    rays = _rays(uv, frame.K)
    weights, hips_seen = _weights(landmarks, frame)
    rotations, root_m, depths = solve(
        rig.joints_m,
        rig.offsets_m,
        rig.key_heads_m,
        rig.face_m,
        rig.knuckles_m,
        rays,
        weights,
        _torso_weights(weights, hips_seen),
        _unpitch(world.value, rays, hips_seen),
        depths,
    )
    T_cam_rest = np.matmul(_bone_transforms(rotations, root_m, skeleton, rig), rest_maps.astype(np.float32))
    pose = BodyPose(posed_joints(skeleton.body, T_cam_rest), T_cam_rest)
    scale_px = float(frame.K[0, 0]) * rig.shoulder_width_m / max(0.1, -float(pose.joints_m[1, 2]))
    _, points = posed_landmarks(rig.joints_m, rig.offsets_m, rig.key_heads_m, rotations)
    points += root_m
    metre_px, elapsed_s = scale_px / rig.shoulder_width_m, frame.captured_s - state.at_s
    lengths = measure_lengths(state.lengths, uv, project(points, frame.K), points, metre_px, weights, elapsed_s)
    return pose, SkeletonState(image, world, depths, lengths, frame.captured_s, scale_px)


def _smoothed(
    landmarks: Landmarks, now_s: float, state: SkeletonState, smooth: SmoothSettings, scale_px: float
) -> tuple[OneEuroState, OneEuroState]:
    """Filter the image points and the world points, each in its own unit of length."""
    uv, world_m = landmarks.uv_px[BODY_LANDMARKS[:12]], landmarks.world_m[BODY_LANDMARKS]
    knobs = smooth.min_cutoff_hz, smooth.beta
    image = one_euro(uv.astype(np.float64), now_s, state.image, *knobs, scale_px, LIMBS[:12])
    world = one_euro(world_m.astype(np.float64), now_s, state.world, *knobs, WORLD_UNIT_M, LIMBS)
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


def _first_scale_px(landmarks: Landmarks) -> float:
    shoulders, hips = landmarks.uv_px[11:13], landmarks.uv_px[23:25]
    torso = float(np.linalg.norm(shoulders.mean(0) - hips.mean(0)))
    return max(8.0, float(np.linalg.norm(shoulders[0] - shoulders[1])), 0.6 * torso)


def _rays(uv_px: F64, K: F64) -> F64:
    x = (uv_px[:, 0] - K[0, 2]) / K[0, 0]
    y = -(uv_px[:, 1] - K[1, 2]) / K[1, 1]
    return np.ascontiguousarray(np.stack([x, y], axis=1))


def _weights(landmarks: Landmarks, frame: CameraFrame) -> tuple[F64, bool]:
    """Return a weight per solver point, exactly 0 for what is not seen, and whether both hips are seen."""
    rows = BODY_LANDMARKS[:12]
    uv, visibility = landmarks.uv_px[rows], landmarks.visibility[rows].astype(np.float64)
    size = np.array([frame.width_px, frame.height_px], np.float32)
    inside = np.all((uv >= 0) & (uv < size), axis=1)
    seen = inside & (visibility > SEEN)
    hips_seen = bool(seen[HIP] and seen[HIP + 1])
    weights = np.where(seen, visibility, 0.0)
    weights[:2] = np.maximum(weights[:2], 0.3)  # a shoulder cut by the frame's edge still anchors
    if not hips_seen:
        weights[HIP:] = 0.0
    return weights, hips_seen


def _torso_weights(weights: F64, hips_seen: bool) -> F64:
    torso = np.zeros(12)
    torso[SHOULDER : SHOULDER + 2] = weights[SHOULDER : SHOULDER + 2]
    torso[HIP : HIP + 2] = weights[HIP : HIP + 2]
    if not hips_seen:
        torso[2:4] = 0.1 * weights[2:4]
    return torso


def _unpitch(world: F64, rays: F64, hips_seen: bool) -> F64:
    """Undo the lean toward the camera of world points below the optical axis (they follow the crop's ray)."""
    angle = UNSEEN_HIPS_PITCH_RAD
    if hips_seen:
        middle = 0.25 * (rays[SHOULDER] + rays[SHOULDER + 1] + rays[HIP] + rays[HIP + 1])
        angle = RAY_PITCH_SHARE * max(0.0, -float(np.arctan(middle[1])))
    s, c = np.sin(-angle), np.cos(-angle)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    return np.ascontiguousarray(world @ turn.T)
