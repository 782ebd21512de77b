"""Several synthetic shoppers before one camera: who walks where, who hides whom, and every joint of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body
from pipelines.body.skinning import pose_bones
from pipelines.synthetic.figure import Piece, dress_figure, naked_of
from pipelines.synthetic.motion import motion_named, stance_at
from pipelines.synthetic.paint import Painter, Part
from pipelines.synthetic.rig import Rig, body_transform, bone_rotations, true_joints
from pipelines.synthetic.room import paint_room
from pipelines.synthetic.shopper import (
    FOCAL,
    FRAMINGS,
    camera_frame,
    camera_matrix,
    place_camera,
    seeded_body,
    seeded_outfit,
)
from pipelines.types import CameraFrame, Mat33, PointsF32

SAME_M = 0.01  # a person is seen where the picture is not this much nearer than they are


@dataclass(frozen=True, slots=True)
class Walk:
    """One person of the crowd and the way they go: (t_s, x_m, z_m) on the floor, x to the right, z toward us."""

    seed: int
    way: tuple[tuple[float, float, float], ...]
    motion: str = "sway"
    yaw_deg: float = 0.0
    sleeve: float | None = None  # length of the own sleeves, 1 to the elbow, 2 to the wrist; None as the seed has it

    def at(self, t_s: float) -> tuple[float, float]:
        """Return where (x, z) the person stands at `t_s`; before the first and after the last point, there."""
        times, xs, zs = zip(*self.way, strict=True)
        return float(np.interp(t_s, times, xs)), float(np.interp(t_s, times, zs))


@dataclass(frozen=True, slots=True)
class CrowdFrame:
    """One picture and, per person in the order of the walks, what is true of them."""

    frame: CameraFrame
    bgr: NDArray[np.uint8]  # (H, W, 3) what `frame` was made from
    joints_m: tuple[PointsF32, ...]  # (17, 3) order of JOINTS, camera frame
    seen: tuple[NDArray[np.bool_], ...]  # (H, W) where the person is what the picture shows


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    walk: Walk
    body: Body
    rig: Rig
    pieces: tuple[Piece, ...]


class SyntheticCrowd:
    """Seeded people in one room; `frame(i)` films instant i / fps. `close` frees the GL context."""

    def __init__(
        self, walks: tuple[Walk, ...], width: int = 640, height: int = 480, framing: str = "knees", fps: float = 30.0
    ) -> None:
        self.fps = fps
        self.K: Mat33 = camera_matrix(width, height, FOCAL)
        self._members = tuple(_member(walk) for walk in walks)
        self._ground = place_camera(self._members[0].body, self.K, height, FRAMINGS[framing])
        self._painter = Painter(width, height)
        self._room = paint_room(self._painter, self.K, self._ground, walks[0].seed).astype(np.float32)

    def frame(self, index: int) -> CrowdFrame:
        """Film frame `index`, counted from 0."""
        t_s = index / self.fps
        people = [self._posed(member, t_s) for member in self._members]
        everybody = [part for parts, _ in people for part in parts]
        rgba, depth = self._painter.paint(everybody, self.K)
        seen = tuple(self._seen(parts, depth) for parts, _ in people)
        alpha = rgba[:, :, 3:].astype(np.float32) / 255.0
        noise = np.random.default_rng(index).standard_normal((*depth.shape, 1), np.float32)
        bgr = np.clip(rgba[:, :, 2::-1] + self._room * (1.0 - alpha) + noise + 0.5, 0, 255).astype(np.uint8)
        return CrowdFrame(camera_frame(bgr, t_s, self.K), bgr, tuple(joints for _, joints in people), seen)

    def close(self) -> None:
        """Free the GL context."""
        self._painter.close()

    def _posed(self, member: _Member, t_s: float) -> tuple[list[Part], PointsF32]:
        walk, body = member.walk, member.body
        stance = stance_at(motion_named(walk.motion), t_s, walk.seed)
        rotations = bone_rotations(member.rig, stance)
        x, z = walk.at(t_s)
        T = body_transform(stance, self._ground @ _placed(x, z, walk.yaw_deg))
        T_cam_rest = pose_bones(body.heads_m, body.model.bone_parents, rotations, T)
        joints = true_joints(body.model.bone_names, body.heads_m, T_cam_rest)
        return [piece.pose(T_cam_rest) for piece in member.pieces], joints

    def _seen(self, parts: list[Part], nearest_m: NDArray[np.float32]) -> NDArray[np.bool_]:
        own_m = self._painter.depth(parts, self.K)
        return np.asarray(np.isfinite(own_m) & (own_m <= nearest_m + SAME_M))


def _member(walk: Walk) -> _Member:
    body = seeded_body(walk.seed)
    naked = naked_of(body)
    outfit = seeded_outfit(walk.seed)
    if walk.sleeve is not None:
        outfit = replace(outfit, sleeve=walk.sleeve)
    return _Member(walk, body, naked.rig, dress_figure(naked, outfit, walk.seed))


def _placed(x_m: float, z_m: float, yaw_deg: float) -> NDArray[np.float64]:
    T = np.eye(4)
    cos, sin = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    T[:3, :3] = [[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]]
    T[:3, 3] = (x_m, 0.0, z_m)
    return T
