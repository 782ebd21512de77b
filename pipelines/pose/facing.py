"""Does the shopper face us? The pose network takes long hair seen from behind for a face, and swaps left and right.

A face detector gives a second opinion: whoever is said to face the camera, and shows no face in several frames
although the head is big enough in the picture, has turned the back. A face that was seen once is proof until the
shopper turns sideways: nobody turns round without passing there, but many hide their face behind a phone. For the same
reason a back that is a front in the next frame, without a face, has not turned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.pose.presence import FaceFinder
from pipelines.types import CameraFrame, Landmarks

LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 11, 12, 23, 24
# what a mirror swaps: inner eye, eye, outer eye, ear, mouth, shoulder ... foot
PAIRS = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9] + [i + 1 if i % 2 else i - 1 for i in range(11, 33)], np.int64)

FRONT_COS, SIDE_COS = np.cos(np.radians(50.0)), np.cos(np.radians(65.0))  # of the turn away from the camera
MIN_HEAD = 0.07  # ears over shoulders / longer side of the picture; the detector misses smaller faces
CHECKS = 8  # frames in a row without a face until the back is believed
RECHECK_FRAMES = 10  # between looks for the face of somebody who is believed to have turned the back


@dataclass(frozen=True, slots=True)
class FacingState:
    """What is known about which way the shopper stands."""

    proven: bool = False  # a face was seen since the shopper last stood sideways
    missing: int = 0  # frames in a row that should have shown a face
    turned: bool = False  # the network's left and right are swapped
    behind: bool = False  # the network itself saw the back a frame ago


def judge_facing(landmarks: Landmarks, frame: CameraFrame, faces: FaceFinder, state: FacingState) -> FacingState:
    """Return whether the shopper of `landmarks`, who is believed to be there, has been mistaken for facing us."""
    front = _toward_camera(landmarks)
    if front < SIDE_COS:
        return FacingState(turned=state.turned and front > -SIDE_COS, behind=front < -SIDE_COS)
    if state.proven or front < FRONT_COS or not _head_is_big(landmarks, frame):
        return state
    missing = state.missing + 1
    if state.turned and missing % RECHECK_FRAMES:
        return replace(state, missing=missing)
    if faces.sees_face(frame, landmarks):
        return FacingState(proven=True)
    return FacingState(missing=missing, turned=state.turned or state.behind or missing >= CHECKS)


def turned_round(landmarks: Landmarks) -> Landmarks:
    """Return the same points of somebody who stands the other way round: left is right, and near is far."""
    world = landmarks.world_m[PAIRS] * np.array([1.0, 1.0, -1.0], np.float32)
    return replace(landmarks, uv_px=landmarks.uv_px[PAIRS], visibility=landmarks.visibility[PAIRS], world_m=world)


def _toward_camera(landmarks: Landmarks) -> float:
    """Return the cosine of the trunk's turn away from the camera: 1 faces it, -1 shows the back."""
    world = landmarks.world_m.astype(np.float64)
    across = world[LEFT_SHOULDER] - world[RIGHT_SHOULDER] + world[LEFT_HIP] - world[RIGHT_HIP]
    return float(across[0] / max(1e-9, np.hypot(across[0], across[2])))


def _head_is_big(landmarks: Landmarks, frame: CameraFrame) -> bool:
    """Return whether the whole head is in the picture, and big enough for the detector."""
    uv = landmarks.uv_px
    ears, shoulders = uv[7:9].mean(axis=0), uv[LEFT_SHOULDER : RIGHT_SHOULDER + 1].mean(axis=0)
    size_px = float(np.linalg.norm(ears - shoulders))
    top = ears[1] - 0.6 * size_px
    inside = top > 0 and 0 < ears[0] < frame.width_px
    return bool(inside and size_px > MIN_HEAD * max(frame.width_px, frame.height_px))
