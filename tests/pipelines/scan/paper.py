"""A person cut from paper: a matte and landmarks of known measures."""

from __future__ import annotations

import cv2
import numpy as np

from pipelines.scan.guide import Sight
from pipelines.scan.outline import FOOT_LEVEL, HEAD_LEVEL, HIP_LEVEL, SHOULDER_LEVEL, View
from pipelines.types import CameraFrame, Landmarks, SeenJoints

HEIGHT_CM = 172.0
WIDTH_PX, HEIGHT_PX = 480, 640
BETWEEN = 0.03  # of the height: ears below and crown above the head's level, heels and soles likewise
CM_PX, GROUND_PX, MIDDLE_PX = 3.2, 610.0, 240.0
FINE = 8  # times as fine is drawn as the matte is
TRUNK_CM = {0.40: 34.0, 0.50: 35.0, 0.60: 28.0, 0.68: 31.0, 0.72: 32.0, 0.80: 34.0}
SIDE_CM = {0.40: 20.0, 0.50: 24.0, 0.60: 21.0, 0.68: 23.0, 0.72: 24.0, 0.80: 20.0}
FROM_SHOULDER_CM = {
    "away": ((14.0, -24.0), (28.0, -47.0)),
    "down": ((0.0, -29.0), (-1.0, -55.0)),
    "ahead": ((29.0, 0.0), (54.0, 0.0)),
}


def row_px(level: float) -> float:
    return GROUND_PX - level * HEIGHT_CM * CM_PX


def person(
    at_s: float = 0.0, yaw_deg: float = 0.0, arms: str = "away", shift_px: float = 0.0, luma: int = 120,
    alone: bool = True, down_px: float = 0.0, wider: float = 1.0, hips_up: float = 0.0, shoulders_up: float = 0.0,
) -> Sight:  # fmt: skip
    """Return what one frame shows of them."""
    middle = MIDDLE_PX + shift_px
    is_side = 45.0 < yaw_deg < 135.0
    half = 4.0 if is_side else 17.0
    points = np.zeros((33, 2))
    view: View = "side" if is_side else "front"
    head, hips = HEAD_LEVEL[view], HIP_LEVEL[view] + hips_up
    points[:11] = middle, row_px(head - BETWEEN)
    joints = np.zeros((12, 2))
    if is_side and arms == "away":
        arms = "ahead"
    for side, sign in enumerate((1.0, -1.0)):
        shoulder = np.array([middle + sign * half * CM_PX, row_px(SHOULDER_LEVEL[view] + shoulders_up)])
        out = (1.0 if arms == "ahead" else 0.1 * sign) if is_side else sign
        elbow, wrist = (shoulder + np.array([out * x, -y]) * CM_PX for x, y in FROM_SHOULDER_CM[arms])
        hip = np.array([middle + sign * 8.0 * CM_PX * (0.2 if is_side else 1.0), row_px(hips)])
        knee, ankle = hip + (0.0, row_px(0.28) - hip[1]), hip + (0.0, row_px(0.04) - hip[1])
        limbs = shoulder, elbow, wrist, hip, knee, ankle
        for i, joint in enumerate(limbs):
            joints[2 * i + side] = joint
        points[[number + side for number in (11, 13, 15, 23, 25, 27)]] = limbs
        points[[29 + side, 31 + side]] = ankle[0], row_px(FOOT_LEVEL + BETWEEN)
    points[:, 1] += down_px
    joints[:, 1] += down_px
    ends = (row_px(head + BETWEEN) + down_px, row_px(FOOT_LEVEL - BETWEEN) + down_px)
    matte = _matte(SIDE_CM if is_side else TRUNK_CM, joints, middle, ends, down_px, wider)
    world = np.zeros((33, 3), np.float32)
    space = np.zeros((19, 3))
    across = np.array([np.cos(np.radians(yaw_deg)), 0.0, np.sin(np.radians(yaw_deg))])
    space[[0, 6]], space[[1, 7]] = 0.18 * across, -0.18 * across
    grey = np.full((HEIGHT_PX // 2, WIDTH_PX // 2), 128, np.uint8)
    planes = np.full((HEIGHT_PX, WIDTH_PX), luma, np.uint8), grey, grey
    landmarks = Landmarks(points.astype(np.float32), np.ones(33, np.float32), world, matte)
    frame = CameraFrame(*planes, at_s, np.eye(3))
    return Sight(frame, landmarks, SeenJoints(joints, np.ones(12), space), alone)


def nobody(at_s: float, luma: int = 120) -> Sight:
    one = person(at_s, luma=luma)
    return Sight(one.frame, None, None)


def _matte(
    trunk_cm: dict[float, float], joints: np.ndarray, middle: float, ends: tuple[float, float], down_px: float,
    wider: float,
) -> np.ndarray:  # fmt: skip
    scale = 256 / HEIGHT_PX * FINE
    size = (256 * FINE, round(256 * WIDTH_PX / HEIGHT_PX) * FINE)
    out = np.zeros(size, np.uint8)

    def at(*points: object) -> np.ndarray:
        return np.round(np.array(points, np.float64) * scale).astype(np.int32)

    levels = list(trunk_cm)
    half = [wider * trunk_cm[one] * CM_PX / 2 for one in levels]
    rows = [row_px(one) + down_px for one in levels]
    left = [(middle - x, y) for x, y in zip(half, rows, strict=True)]
    right = [(middle + x, y) for x, y in zip(half, rows, strict=True)]
    cv2.fillPoly(out, [at(*left, *reversed(right))], [255])
    head = at((middle - 7 * CM_PX, ends[0]), (middle + 7 * CM_PX, row_px(0.79) + down_px))
    cv2.rectangle(out, head[0].tolist(), head[1].tolist(), [255], -1)
    for side in range(2):
        arm = [joints[2 * i + side] for i in range(3)]
        cv2.polylines(out, [at(*arm)], False, [255], round(8.0 * CM_PX * scale))
        x = joints[6 + side, 0]
        leg = at((x - 6 * CM_PX, joints[6 + side, 1]), (x + 6 * CM_PX, ends[1]))
        cv2.rectangle(out, leg[0].tolist(), leg[1].tolist(), [255], -1)
    return cv2.resize(out, (size[1] // FINE, size[0] // FINE), interpolation=cv2.INTER_AREA)
