"""The pose model inside the mediapipe 0.10.21 wheel (BlazePose GHUM full, with its person matte)."""

from __future__ import annotations

from mediapipe.python.solutions.pose import Pose

from pipelines.pose.tracker import to_landmarks, to_rgb
from pipelines.types import CameraFrame, Landmarks

_STEP_US = 33_333  # what mediapipe's own clock adds before each picture


class BundledTracker:
    """`Tracker` over mediapipe's legacy pose graph."""

    name = "mediapipe 0.10.21 pose_landmark_full (bundled)"

    def __init__(self) -> None:
        self._pose = Pose(
            static_image_mode=False,
            model_complexity=1,  # the only one in the wheel
            smooth_landmarks=True,
            enable_segmentation=True,
            smooth_segmentation=True,
            min_detection_confidence=0.5,
            min_tracking_confidence=0.5,
        )
        self._last_us = -1
        self._size: tuple[int, int] | None = None

    def track(self, frame: CameraFrame) -> Landmarks | None:
        """See `Tracker.track`."""
        size = (frame.width_px, frame.height_px)
        if self._size not in (None, size):  # the graph smooths mattes of one size only
            self.reset()
        self._size = size
        # mediapipe filters by its own clock, which believes in 30 fps; tell it the camera's time instead
        now_us = max(self._last_us + 1, int(frame.captured_s * 1e6))
        self._last_us = now_us
        self._pose._simulated_timestamp = now_us - _STEP_US
        found = self._pose.process(to_rgb(frame))
        if found.pose_landmarks is None or found.pose_world_landmarks is None:
            return None
        return to_landmarks(
            found.pose_landmarks.landmark, found.pose_world_landmarks.landmark, found.segmentation_mask, frame
        )

    def reset(self) -> None:
        """See `Tracker.reset`."""
        self._pose.reset()
        self._last_us = -1
        self._size = None

    def close(self) -> None:
        """See `Tracker.close`."""
        self._pose.close()
