"""The synthetic shopper: a camera that films a dressed, moving person and knows the exact truth.

Used as camera in tests, as warm-up clip and as the demo mode's film. Deterministic: the same arguments give
the same pictures on the same GL driver, and the same joints everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.skinning import pose_bones
from pipelines.errors import InputRejected
from pipelines.synthetic.figure import dress_figure, naked_of
from pipelines.synthetic.motion import motion_named, stance_at
from pipelines.synthetic.paint import Painter, Part
from pipelines.synthetic.rig import body_transform, bone_rotations, true_joints
from pipelines.synthetic.room import paint_room
from pipelines.synthetic.wardrobe import Outfit
from pipelines.types import JOINTS, CameraFrame, Mat33, MatteU8, PointsF32, Transforms

ANKLE_M = 0.07  # height of the ankle joint over the floor
FOCAL = 1.15  # of the longer image side: a webcam's or a phone's main camera
FRAMINGS = {"full": (-0.05, 1.10), "knees": (0.24, 1.09), "hips": (0.40, 1.08)}  # visible span, of body height
SPREAD = 0.5  # of the population's spread: plausible people, no extremes

SHIRTS = ((0.30, 0.36, 0.42), (0.52, 0.50, 0.46), (0.36, 0.12, 0.10), (0.12, 0.22, 0.17), (0.42, 0.33, 0.14))
TROUSERS = ((0.020, 0.028, 0.060), (0.024, 0.022, 0.020), (0.10, 0.075, 0.05), (0.05, 0.055, 0.065))
SKINS = ((0.58, 0.31, 0.20), (0.66, 0.40, 0.29), (0.36, 0.17, 0.09), (0.20, 0.09, 0.05), (0.47, 0.25, 0.14))
HAIRS = ((0.028, 0.016, 0.010), (0.012, 0.009, 0.008), (0.09, 0.05, 0.025), (0.16, 0.10, 0.05))


@dataclass(frozen=True, slots=True)
class SyntheticFrame:
    """One picture and everything that is true of it."""

    frame: CameraFrame
    bgr: NDArray[np.uint8]  # (H, W, 3) what `frame` was made from
    joints_m: PointsF32  # (17, 3) order of JOINTS, camera frame
    T_cam_rest: Transforms  # (B, 4, 4)
    person: MatteU8  # (H, W) 0..255, coverage by the dressed person


class SyntheticShopper:
    """A seeded person before a camera; `frame(i)` films instant i / fps. `close` frees the GL context.

    `motion` is one of `pipelines.synthetic.motion.MOTIONS`, `framing` one of FRAMINGS.
    Raises InputRejected for other names.
    """

    def __init__(
        self,
        seed: int = 0,
        width: int = 640,
        height: int = 480,
        motion: str = "sway",
        *,
        framing: str = "full",
        fps: float = 30.0,
        yaw_deg: float = 0.0,
        noise: float = 1.0,
    ) -> None:
        if framing not in FRAMINGS:
            raise InputRejected(f'no framing "{framing}"; there are: {", ".join(FRAMINGS)}')
        self.seed, self.fps = seed, fps
        self._motion = motion_named(motion)
        self._noise = noise
        self.body = seeded_body(seed)
        self._naked = naked_of(self.body)
        self._pieces = dress_figure(self._naked, seeded_outfit(seed), seed)
        self.K: Mat33 = camera_matrix(width, height, FOCAL)
        self.T_cam_ground = place_camera(self.body, self.K, height, FRAMINGS[framing], yaw_deg)
        self._painter = Painter(width, height)
        room_from = self.T_cam_ground @ _turned(-yaw_deg)
        self._room = paint_room(self._painter, self.K, room_from, seed).astype(np.float32)

    @property
    def room(self) -> NDArray[np.uint8]:
        """The room with nobody in it, BGR (h, w, 3)."""
        return self._room.astype(np.uint8)

    def frame(self, index: int) -> SyntheticFrame:
        """Film frame `index`, counted from 0."""
        return self.film(self.pose(index / self.fps), index / self.fps, index)

    def film(
        self, T_cam_rest: Transforms, captured_s: float, grain: int = 0, things: Sequence[Part] = ()
    ) -> SyntheticFrame:
        """Film the pose `T_cam_rest` (B, 4, 4) and `things`, which count as the person's; `grain` seeds the noise."""
        joints = true_joints(self.body.model.bone_names, self.body.heads_m, T_cam_rest)
        rgba, _ = self._painter.paint([*(piece.pose(T_cam_rest) for piece in self._pieces), *things], self.K)
        height, width = rgba.shape[:2]
        alpha = rgba[:, :, 3:].astype(np.float32) / 255.0
        room = self._room * _floor_shadow(joints, self.K, (height, width))
        picture = rgba[:, :, 2::-1] + room * (1.0 - alpha)
        noise = np.random.default_rng((self.seed, grain)).standard_normal((height, width, 1), np.float32)
        bgr = np.clip(picture + self._noise * noise + 0.5, 0, 255).astype(np.uint8)
        person = np.ascontiguousarray(rgba[:, :, 3])
        return SyntheticFrame(camera_frame(bgr, captured_s, self.K), bgr, joints, T_cam_rest, person)

    def pose(self, t_s: float) -> Transforms:
        """Return T_cam_rest (B, 4, 4) at `t_s`, without filming."""
        stance = stance_at(self._motion, t_s, self.seed)
        rotations = bone_rotations(self._naked.rig, stance)
        return self.place(rotations, body_transform(stance, self.T_cam_ground))

    def place(self, rotations: NDArray[np.float64], T_cam_body: NDArray[np.float64]) -> Transforms:
        """Return T_cam_rest (B, 4, 4) of this shopper's body for local bone `rotations` (B, 3, 3)."""
        return pose_bones(self.body.heads_m, self.body.model.bone_parents, rotations, T_cam_body)

    def close(self) -> None:
        """Free the GL context."""
        self._painter.close()


def seeded_body(seed: int) -> Body:
    """Return a plausible adult; seed 0 is the mean body."""
    rng = np.random.default_rng(seed)
    model = load_body_model()
    coefficients = SPREAD * rng.standard_normal(len(model.components_m)) if seed else np.zeros(len(model.components_m))
    return shape_body(model, coefficients.astype(np.float32))


def seeded_outfit(seed: int) -> Outfit:
    """Return clothes, complexion and hair colour of the seeded person."""
    rng = np.random.default_rng((seed, 1))

    def pick(choices: tuple[tuple[float, float, float], ...]) -> tuple[float, float, float]:
        return choices[int(rng.integers(len(choices)))] if seed else choices[0]

    return Outfit(shirt=pick(SHIRTS), trousers=pick(TROUSERS), skin=pick(SKINS), hair=pick(HAIRS))


def camera_matrix(width_px: int, height_px: int, focal: float) -> Mat33:
    """Return pinhole intrinsics with `focal` in units of the longer side, centred."""
    f = focal * max(width_px, height_px)
    return np.array([[f, 0.0, width_px / 2], [0.0, f, height_px / 2], [0.0, 0.0, 1.0]])


def place_camera(
    body: Body, K: Mat33, height_px: int, span: tuple[float, float], yaw_deg: float = 0.0
) -> NDArray[np.float64]:
    """Return T_cam_ground (4, 4) that shows `span` (bottom, top) of the body's height in the picture's height."""
    tall = float(body.rest_m[body.model.body.vertices, 1].max())
    low, high = span[0] * tall, span[1] * tall
    T = _turned(yaw_deg)
    T[:3, 3] = (0.0, -(low + high) / 2, -K[1, 1] * (high - low) / height_px)
    return T


def camera_frame(bgr: NDArray[np.uint8], captured_s: float, K: Mat33) -> CameraFrame:
    """Return `bgr` (H, W, 3), even sides, as BT.601 limited-range planes."""
    height, width = bgr.shape[:2]
    i420 = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
    chroma = i420[height:].reshape(-1)
    half = (height // 2, width // 2)
    size = half[0] * half[1]
    return CameraFrame(i420[:height], chroma[:size].reshape(half), chroma[size : 2 * size].reshape(half), captured_s, K)


def _floor_shadow(joints_m: PointsF32, K: Mat33, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return (H, W, 1) factors that darken the floor around the feet."""
    shade = np.ones((size[0] // 4, size[1] // 4), np.float32)
    ankles = joints_m[[JOINTS.index("left_ankle"), JOINTS.index("right_ankle")]]
    pixel = K[0, 0] / -float(ankles[:, 2].mean()) / 4
    for x, y, z in ankles.tolist():
        centre = (int((K[0, 2] - K[0, 0] * x / z) / 4), int((K[1, 2] + K[1, 1] * (y - ANKLE_M) / z) / 4))
        cv2.ellipse(shade, centre, (int(0.20 * pixel), max(int(0.06 * pixel), 1)), 0, 0, 360, [0.45], -1)
    soft = cv2.GaussianBlur(shade, (0, 0), max(0.05 * pixel, 0.5))
    return np.asarray(cv2.resize(soft, size[::-1]), np.float32)[:, :, None]


def _turned(yaw_deg: float) -> NDArray[np.float64]:
    T = np.eye(4)
    T[:3, :3], _ = cv2.Rodrigues(np.array([0.0, np.radians(yaw_deg), 0.0]))
    return T
