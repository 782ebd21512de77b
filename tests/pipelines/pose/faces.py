"""A face detector that answers as told, and a black picture to ask it about."""

import numpy as np

from pipelines.types import CameraFrame, Landmarks

FRAME = CameraFrame(
    np.zeros((480, 640), np.uint8), np.zeros((240, 320), np.uint8), np.zeros((240, 320), np.uint8), 0.0, np.eye(3)
)


class Faces:
    def __init__(self, answer: bool) -> None:
        self.answer, self.asked = answer, 0

    def sees_face(self, frame: CameraFrame, landmarks: Landmarks) -> bool:
        self.asked += 1
        return self.answer

    def close(self) -> None:
        pass
