"""Landmark trackers behind one protocol: picture in, the 33 BlazePose points of one person out.

`bundled` is the model inside the mediapipe wheel (works offline); a path to a `.task` file selects the
Tasks API with that model instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import BackendUnavailable
from pipelines.types import CameraFrame, Landmarks, MatteU8

MATTE_SIDE_PX = 256  # the network's own matte resolution; more would be interpolation
INPUT_SIDE_PX = 640  # the network sees a 256 px crop; a larger picture costs time and adds nothing


class Tracker(Protocol):
    """Finds one person in a stream of frames; keeps the region of interest from frame to frame."""

    name: str

    def track(self, frame: CameraFrame) -> Landmarks | None:
        """Return the person's landmarks, or None; `frame.captured_s` must rise from call to call."""

    def reset(self) -> None:
        """Forget the tracked region: the next frame is searched afresh."""

    def close(self) -> None:
        """Release the model."""


def load_tracker(model: str) -> Tracker:
    """Return the tracker that `model` names: "bundled", or the path of a Tasks `.task` file.

    Raises BackendUnavailable, telling what is missing.
    """
    if model == "bundled":
        from pipelines.pose.bundled_tracker import BundledTracker

        return BundledTracker()
    path = Path(model)
    if path.suffix != ".task" or not path.is_file():
        raise BackendUnavailable(f'pose model "{model}": neither "bundled" nor a .task file that exists')
    from pipelines.pose.task_tracker import TaskTracker

    return TaskTracker(path)


def to_rgb(frame: CameraFrame) -> NDArray[np.uint8]:
    """Return `frame` as contiguous sRGB (h, w, 3), its longer side at most INPUT_SIDE_PX."""
    y, u, v = frame.y, frame.u, frame.v
    longer = max(frame.width_px, frame.height_px)
    if longer > INPUT_SIDE_PX:
        scale = INPUT_SIDE_PX / longer
        half = (max(1, round(frame.width_px * scale / 2)), max(1, round(frame.height_px * scale / 2)))
        y, u, v = _shrink(y, (half[0] * 2, half[1] * 2)), _shrink(u, half), _shrink(v, half)
    height, width = y.shape
    i420 = np.empty((height * 3 // 2, width), np.uint8)
    i420[:height] = y
    i420[height:].reshape(-1)[: u.size] = u.reshape(-1)
    i420[height:].reshape(-1)[u.size :] = v.reshape(-1)
    return np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420), np.uint8)


def _shrink(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_landmarks(image: object, world: object, matte: NDArray[np.float32] | None, frame: CameraFrame) -> Landmarks:
    """Build `Landmarks` from MediaPipe's normalised image points and world points.

    MediaPipe's world axes are x right, y down, z away from the camera; ours are x right, y up, z toward it.
    """
    size = np.array([frame.width_px, frame.height_px], np.float32)
    uv = np.array([(p.x, p.y) for p in image], np.float32) * size  # type: ignore[attr-defined]
    visibility = np.array([p.visibility for p in image], np.float32)  # type: ignore[attr-defined]
    xyz = np.array([(p.x, -p.y, -p.z) for p in world], np.float32)  # type: ignore[attr-defined]
    return Landmarks(uv, visibility, xyz, None if matte is None else _shrink_matte(matte))


def _shrink_matte(matte: NDArray[np.float32]) -> MatteU8:
    height, width = matte.shape
    scale = min(1.0, MATTE_SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    return np.clip(small * 255.0, 0, 255).astype(np.uint8)
