"""Is somebody really there? The pose network is sure of itself on trees, tables and hanging clothes.

Its visibility gives no evidence; the torso's proportions, a face where the head should be and patience do. A face
inside the head's circle lets a person in at once, anybody else after some frames in which the head stands clear of
the shoulders and the hands are on the person: of hanging clothes the network takes the collar for a head, and puts
the hands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipelines.pose.tracker import to_rgb
from pipelines.types import CameraFrame, Landmarks

HAND = 0.08  # half the side of the window at a wrist, in torso lengths


class FaceFinder(Protocol):
    """A second detector, independent of the pose network. It answers yes or no; nothing of a face is kept."""

    def sees_face(self, frame: CameraFrame, landmarks: Landmarks) -> bool:
        """Return whether a face lies where the landmarks put the head."""

    def close(self) -> None:
        """Release the model."""


class BundledFaceFinder:
    """mediapipe's bundled face detector (BlazeFace, full range)."""

    def __init__(self) -> None:
        from mediapipe.python.solutions.face_detection import FaceDetection

        self._detector = FaceDetection(min_detection_confidence=0.5, model_selection=1)

    def sees_face(self, frame: CameraFrame, landmarks: Landmarks) -> bool:
        """See `FaceFinder.sees_face`."""
        found = self._detector.process(to_rgb(frame)).detections or []
        head_px = landmarks.uv_px[:11].mean(axis=0)
        reach_px = 0.6 * float(np.linalg.norm(landmarks.uv_px[11:13].mean(axis=0) - head_px))
        for face in found:
            box = face.location_data.relative_bounding_box
            middle = np.array([box.xmin + box.width / 2, box.ymin + box.height / 2])
            if np.linalg.norm(middle * (frame.width_px, frame.height_px) - head_px) < reach_px:
                return True
        return False

    def close(self) -> None:
        """See `FaceFinder.close`."""
        self._detector.close()


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """When a pose is believed, and how long it is held when it is lost."""

    min_torso: float = 0.15  # torso length / frame height; smaller poses are mostly not people
    max_shoulders: float = 1.1  # shoulder width / torso length
    min_head: float = 0.3  # from the shoulders to the head / torso length, of somebody without a face
    min_hands: float = 0.4  # of the matte at the wrists that lie in the picture, of somebody without a face
    patience_frames: int = 5  # such frames in a row before somebody without a face is believed
    doubt_frames: int = 3  # implausible frames in a row before somebody is no longer believed
    search_frames: int = 10  # implausible frames in a row before the tracker searches afresh


@dataclass(frozen=True, slots=True)
class PresenceState:
    """How long the pose has been plausible, or not."""

    believed: bool = False
    plausible: int = 0
    implausible: int = 0
    search_afresh: bool = False


def judge_presence(
    landmarks: Landmarks | None,
    frame: CameraFrame,
    faces: FaceFinder,
    state: PresenceState,
    settings: PresenceSettings,
) -> PresenceState:
    """Return whether a person is believed to be there after this frame."""
    if landmarks is None or not is_plausible(landmarks, frame, state.believed, settings):
        doubts = state.implausible + 1
        return PresenceState(
            believed=state.believed and doubts < settings.doubt_frames,
            implausible=doubts,
            search_afresh=landmarks is not None and doubts % settings.search_frames == 0,
        )
    if state.believed:
        return PresenceState(believed=True, plausible=state.plausible + 1)
    streak = state.plausible + 1 if _has_head_and_hands(landmarks, frame, settings) else 0
    believed = streak >= settings.patience_frames or faces.sees_face(frame, landmarks)
    return PresenceState(believed=believed, plausible=streak)


def _has_head_and_hands(landmarks: Landmarks, frame: CameraFrame, settings: PresenceSettings) -> bool:
    uv, matte = landmarks.uv_px, landmarks.matte
    shoulders = uv[11:13].mean(axis=0)
    torso = float(np.linalg.norm(shoulders - uv[23:25].mean(axis=0)))
    if float(np.linalg.norm(uv[:11].mean(axis=0) - shoulders)) < settings.min_head * torso:
        return False
    if matte is None:
        return True
    reach = max(1, round(HAND * torso * matte.shape[0] / frame.height_px))
    at = np.floor(uv[[15, 16]] * (matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px)).astype(int)
    seen = [
        float(matte[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].mean()) / 255.0
        for x, y in at
        if 0 <= x < matte.shape[1] and 0 <= y < matte.shape[0]
    ]
    return not seen or float(np.mean(seen)) >= settings.min_hands


def is_plausible(landmarks: Landmarks, frame: CameraFrame, believed: bool, settings: PresenceSettings) -> bool:
    """Return whether the torso has the size and shape of a person's who stands near enough.

    Whoever is believed already gets a fifth more room, so that nobody blinks at the threshold.
    """
    uv = landmarks.uv_px
    torso = float(np.linalg.norm(uv[11:13].mean(axis=0) - uv[23:25].mean(axis=0)))
    shoulders = float(np.linalg.norm(uv[11] - uv[12]))
    slack = 1.2 if believed else 1.0
    big_enough = torso * slack >= settings.min_torso * frame.height_px
    return big_enough and shoulders <= settings.max_shoulders * slack * torso
