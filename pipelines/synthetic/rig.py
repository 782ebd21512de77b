"""From a stance to bone rotations, and from posed bones to the true joints.

All rotations are deltas from the rest pose in rest axes (+X the person's left, +Y up, +Z front), local to
the parent bone: what `pipelines.body.skinning.pose_bones` takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.synthetic.motion import ArmPose, Stance
from pipelines.types import JOINTS, PointsF32, Transforms

Array = NDArray[np.float64]

JOINT_BONES: dict[str, str] = {
    "pelvis": "root",
    "chest": "spine01",
    "neck": "neck01",
    "head": "head",
    "left_shoulder": "upperarm01.L",
    "right_shoulder": "upperarm01.R",
    "left_elbow": "lowerarm01.L",
    "right_elbow": "lowerarm01.R",
    "left_wrist": "wrist.L",
    "right_wrist": "wrist.R",
    "left_hip": "upperleg01.L",
    "right_hip": "upperleg01.R",
    "left_knee": "lowerleg01.L",
    "right_knee": "lowerleg01.R",
    "left_ankle": "foot.L",
    "right_ankle": "foot.R",
    "spine": "spine03",
}
SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
FINGERS = tuple(f"finger{i}-{j}" for i in range(2, 6) for j in range(1, 4))
CLAVICLE_SHARE = 0.30  # of the arm's elevation above the angle below
CLAVICLE_FROM_RAD = np.radians(60.0)
CURL_RAD = np.radians(11.0)  # of every finger joint in a relaxed hand


@dataclass(frozen=True, slots=True)
class Rig:
    """Bone tree of one body at rest, and how far its front lies before the bones."""

    names: tuple[str, ...]
    parents: NDArray[np.int32]  # (B,), -1 at the root; parents come first
    heads_m: Array  # (B, 3)
    torso_m: Array  # (N, 3) rest vertices of the trunk, for hands that are held before it
    eyes_m: Array  # (2, 3) centres of the left and right eyeball

    def head(self, name: str) -> Array:
        """Return the rest position of a bone's head, metres."""
        return np.asarray(self.heads_m[self.names.index(name)])

    def front_m(self, x: float, y: float) -> float:
        """Return the z of the trunk's foremost point within 5 cm of (x, y)."""
        near = np.hypot(self.torso_m[:, 0] - x, self.torso_m[:, 1] - y) < 0.05
        return float(self.torso_m[near, 2].max()) if near.any() else 0.15


def true_joints(names: tuple[str, ...], heads_m: NDArray[np.floating[Any]], T_cam_rest: Transforms) -> PointsF32:
    """Return the (17, 3) joints in the order of JOINTS: posed bone heads, see JOINT_BONES."""
    index = [names.index(JOINT_BONES[joint]) for joint in JOINTS]
    heads = np.asarray(heads_m, np.float64)[index]
    T = np.asarray(T_cam_rest, np.float64)[index]
    return np.asarray(np.einsum("nij,nj->ni", T[:, :3, :3], heads) + T[:, :3, 3], np.float32)


def bone_rotations(rig: Rig, stance: Stance) -> Array:
    """Return the (B, 3, 3) local rotations of `stance`; bones it does not name stay at rest."""
    local = np.tile(np.eye(3), (len(rig.names), 1, 1))
    place = {name: i for i, name in enumerate(rig.names)}
    spine = _turn((0.0, np.radians(stance.twist_deg) / 5, -np.radians(stance.lean_deg) / 5))
    for name in SPINE:
        local[place[name]] = spine
    gaze = _turn((np.radians(stance.nod_deg) / 2, np.radians(stance.turn_deg) / 2, 0.0))
    local[place["neck02"]] = local[place["head"]] = gaze
    for side, suffix in enumerate((".L", ".R")):
        for name, rotation in _arm(rig, suffix, stance, side).items():
            local[place[name]] = rotation
        for name, rotation in _leg(rig, suffix, stance).items():
            local[place[name]] = rotation
    return local


def body_transform(stance: Stance, T_cam_ground: Array) -> Array:
    """Return T_cam_body (4, 4): the stance's yaw and shift on the ground point that `T_cam_ground` places."""
    turn = np.eye(4)
    turn[:3, :3] = _turn((0.0, np.radians(stance.yaw_deg), 0.0))
    turn[:3, 3] = stance.shift_m
    return np.asarray(T_cam_ground @ turn)


def _arm(rig: Rig, suffix: str, stance: Stance, side: int) -> dict[str, Array]:
    """Return the arm's local rotations; twist of the upper arm is spread over its two bones."""
    poses = stance.right if side else stance.left
    rest = _rest_frames(rig, suffix)
    ends = [_arm_frames(rig, suffix, pose, stance.arm_wobble[side]) for pose in poses]
    upper, fore = (_between(ends[0][i] @ rest[i].T, ends[1][i] @ rest[i].T, stance.mix) for i in range(2))
    down = upper @ rest[0][:, 0]
    elevation = np.arccos(np.clip(-down[1], -1.0, 1.0))
    lift = CLAVICLE_SHARE * max(0.0, float(elevation - CLAVICLE_FROM_RAD)) * (-1.0 if side else 1.0)
    clavicle = _turn((0.0, 0.0, lift))
    swing = _arc(rest[0][:, 0], down)
    half = swing @ _between(np.eye(3), swing.T @ upper, 0.5)
    rotations = {
        f"clavicle{suffix}": clavicle,
        f"upperarm01{suffix}": clavicle.T @ half,
        f"upperarm02{suffix}": half.T @ upper,
        f"lowerarm01{suffix}": upper.T @ fore,
    }
    return rotations | _relaxed_fingers(rig, suffix)


def _leg(rig: Rig, suffix: str, stance: Stance) -> dict[str, Array]:
    """Return rotations that bring the feet under the hips and keep them there while the pelvis shifts."""
    hip, ankle = (rig.head(f"{name}{suffix}") for name in ("upperleg01", "foot"))
    out = 1.0 if suffix == ".L" else -1.0
    foot = np.array([hip[0] + 0.02 * out, ankle[1], ankle[2]]) - stance.shift_m
    swing = _arc(ankle - hip, foot - hip)
    return {f"upperleg01{suffix}": swing, f"foot{suffix}": swing.T}


def _rest_frames(rig: Rig, suffix: str) -> tuple[Array, Array]:
    shoulder, elbow, wrist = (rig.head(f"{name}{suffix}") for name in ("upperarm01", "lowerarm01", "wrist"))
    return _limb_frames(elbow - shoulder, wrist - elbow)


def _arm_frames(rig: Rig, suffix: str, pose: ArmPose, wobble: Array) -> tuple[Array, Array]:
    """Return the frames (columns: along, hinge, across) of upper and lower arm for `pose`."""
    out = np.array([1.0 if suffix == ".L" else -1.0, 1.0, 1.0])
    upper, fore = _reach(rig, suffix, pose.reach) if pose.reach else (np.array(pose.upper), np.array(pose.fore))
    return _limb_frames((upper + wobble[0]) * out, (fore + wobble[1]) * out)


def _reach(rig: Rig, suffix: str, reach: tuple[float, float, float]) -> tuple[Array, Array]:
    """Return (upper, fore) directions, out/up/front, that hold the wrist `reach[2]` before the trunk.

    Two-bone inverse kinematics; the elbow hangs down and out.
    """
    left, right = rig.head("upperarm01.L"), rig.head("upperarm01.R")
    out = 1.0 if suffix == ".L" else -1.0
    shoulder, elbow, wrist = (rig.head(f"{name}{suffix}") for name in ("upperarm01", "lowerarm01", "wrist"))
    x = out * reach[0] * float(np.linalg.norm(left - right))
    y = float(left[1] - reach[1] * (left[1] - rig.head("upperleg01.L")[1]))
    target = np.array([x, y, rig.front_m(x, y) + reach[2] + 0.03]) - shoulder
    a, b = float(np.linalg.norm(elbow - shoulder)), float(np.linalg.norm(wrist - elbow))
    d = min(float(np.linalg.norm(target)), 0.98 * (a + b))
    along = target / np.linalg.norm(target)
    pole = np.array([0.75 * out, -0.65, 0.0])
    pole -= along * (pole @ along)
    pole /= np.linalg.norm(pole)
    reach_along = (a * a - b * b + d * d) / (2.0 * d)
    knee = along * reach_along + pole * np.sqrt(max(a * a - reach_along * reach_along, 0.0))
    mirror = np.array([out, 1.0, 1.0])
    return knee / a * mirror, (along * d - knee) / b * mirror


def _relaxed_fingers(rig: Rig, suffix: str) -> dict[str, Array]:
    """Return a slight curl of the four fingers about the knuckle line."""
    knuckles = rig.head(f"finger5-1{suffix}") - rig.head(f"finger2-1{suffix}")
    axis = knuckles / np.linalg.norm(knuckles) * CURL_RAD * (1.0 if suffix == ".L" else -1.0)
    curl = _turn((float(axis[0]), float(axis[1]), float(axis[2])))
    return {f"{finger}{suffix}": curl for finger in FINGERS}


def _limb_frames(upper: Array, lower: Array) -> tuple[Array, Array]:
    """Return orthonormal frames of two joined segments that share the hinge axis of their joint."""
    hinge = np.cross(upper, lower)
    hinge = hinge / np.linalg.norm(hinge)
    frames = []
    for segment in (upper, lower):
        along = segment / np.linalg.norm(segment)
        frames.append(np.stack([along, hinge, np.cross(along, hinge)], axis=1))
    return frames[0], frames[1]


def _between(start: Array, end: Array, mix: float) -> Array:
    """Return the rotation `mix` of the way from `start` to `end` on the shortest arc."""
    arc, _ = cv2.Rodrigues(start.T @ end)
    step, _ = cv2.Rodrigues(arc * mix)
    return np.asarray(start @ step)


def _arc(start: Array, end: Array) -> Array:
    """Return the shortest rotation that turns `start` to the direction of `end`."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-9:
        return np.eye(3)
    rotation, _ = cv2.Rodrigues(axis / sine * np.arctan2(sine, a @ b))
    return np.asarray(rotation)


def _turn(vector: tuple[float, float, float]) -> Array:
    """Return the rotation of a rotation vector, radians."""
    rotation, _ = cv2.Rodrigues(np.array(vector, np.float64))
    return np.asarray(rotation)
