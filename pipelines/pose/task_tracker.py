"""A pose model of the MediaPipe Tasks API, from a `.task` file that the operator provides."""

from __future__ import annotations

from pathlib import Path

import mediapipe as mp
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

from pipelines.errors import BackendUnavailable
from pipelines.pose.tracker import to_landmarks, to_rgb
from pipelines.types import CameraFrame, Landmarks


class TaskTracker:
    """`Tracker` over `PoseLandmarker` in video mode, one person."""

    def __init__(self, path: Path) -> None:
        self.name = f"mediapipe tasks {path.name}"
        self._options = PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=path.read_bytes()),
            running_mode=RunningMode.VIDEO,
            num_poses=1,
            output_segmentation_masks=True,
        )
        self._last_ms = -1
        self._open()

    def _open(self) -> None:
        try:
            self._landmarker = PoseLandmarker.create_from_options(self._options)
        except (RuntimeError, ValueError) as error:
            raise BackendUnavailable(f"{self.name}: not a pose landmarker ({error})") from error

    def track(self, frame: CameraFrame) -> Landmarks | None:
        """See `Tracker.track`."""
        self._last_ms = max(self._last_ms + 1, int(frame.captured_s * 1e3))
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=to_rgb(frame))
        found = self._landmarker.detect_for_video(image, self._last_ms)
        if not found.pose_landmarks:
            return None
        mattes = found.segmentation_masks
        matte = mattes[0].numpy_view() if mattes else None
        return to_landmarks(found.pose_landmarks[0], found.pose_world_landmarks[0], matte, frame)

    def reset(self) -> None:
        """See `Tracker.reset`."""
        self._landmarker.close()
        self._last_ms = -1
        self._open()

    def close(self) -> None:
        """See `Tracker.close`."""
        self._landmarker.close()
