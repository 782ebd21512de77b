"""Where in the picture are people? The detector in front of the pose network finds all of them, faces or backs.

The pose graph of mediapipe keeps only the surest of what its detector (BlazePose's, an SSD over 224 x 224) finds.
The same subgraph run by itself gives everybody, for about half of what following one person costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.pose.tracker import to_rgb
from pipelines.types import CameraFrame

MIN_SCORE = 0.5
_HIPS, _SHOULDERS = 0, 2  # of the detector's four points
_GRAPH = """
input_stream: "image"
output_stream: "detections"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }
"""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """Somebody in one picture."""

    shoulders_px: NDArray[np.float64]  # (2,) the middle between them
    hips_px: NDArray[np.float64]  # (2,) the middle between them, may lie outside the frame

    @property
    def axis_px(self) -> NDArray[np.float64]:
        """The middle line (2, 2) of the torso, shoulders first."""
        return np.stack([self.shoulders_px, self.hips_px])

    @property
    def torso_px(self) -> float:
        """The length of the torso."""
        return float(np.linalg.norm(self.hips_px - self.shoulders_px))


class PersonFinder(Protocol):
    """Finds everybody in one picture, without a memory."""

    def find(self, frame: CameraFrame) -> tuple[Sighting, ...]:
        """Return who is seen, the surest first."""

    def close(self) -> None:
        """Release the model."""


class BundledPersonFinder:
    """The person detector inside the mediapipe 0.10.21 wheel."""

    def __init__(self) -> None:
        self._detector: Any = None  # loaded when others are first looked for

    def _load(self) -> Any:
        from mediapipe.python.solution_base import SolutionBase

        return SolutionBase(graph_config=_GRAPH, outputs=["detections"])

    def find(self, frame: CameraFrame) -> tuple[Sighting, ...]:
        """See `PersonFinder.find`."""
        if self._detector is None:
            self._detector = self._load()
        found = self._detector.process({"image": to_rgb(frame)}).detections or []
        size = np.array([frame.width_px, frame.height_px], np.float64)
        sightings = []
        for person in sorted(found, key=lambda person: -person.score[0]):
            points = person.location_data.relative_keypoints
            hips, shoulders = (np.array([points[i].x, points[i].y]) * size for i in (_HIPS, _SHOULDERS))
            if person.score[0] >= MIN_SCORE:
                sightings.append(Sighting(shoulders, hips))
        return tuple(sightings)

    def close(self) -> None:
        """See `PersonFinder.close`."""
        if self._detector is not None:
            self._detector.close()
