"""A tracker that cannot err: the landmarks as they would be, were the network perfect and the table exact.

What is left with these is the error of the solver, the body's shape and the garment's fit alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenes import Film
from pipelines.pose.rig import landmark_table
from pipelines.types import LANDMARKS, CameraFrame, Landmarks

NUMBERS = {"shoulder": 11, "elbow": 13, "wrist": 15, "hip": 23, "knee": 25, "ankle": 27, "ear": 7}  # left; right is + 1
BARE = {17: "finger5-1", 19: "finger2-1", 21: "finger1-2", 29: "foot", 31: "foot"}
FRAMES = {
    "chest": "spine01",
    "upperarm": "upperarm02.{side}",
    "lowerarm": "lowerarm01.{side}",
    "pelvis": "root",
    "upperleg": "upperleg01.{side}",
    "head": "head",
}
MATTE_SIDE_PX = 256


def true_landmarks(film: Film, index: int, frame: CameraFrame) -> Landmarks:
    """Return the 33 points of frame `index` from the true pose and the landmark table, all visible."""
    points = np.tile(_point(film, index, "nose", "L"), (LANDMARKS, 1))
    for offset, side in enumerate("LR"):
        for name, number in NUMBERS.items():
            points[number + offset] = _point(film, index, name, side)
        for number, bone in BARE.items():
            points[number + offset] = _head(film, index, f"{bone}.{side}")
    uv = film.lens.project(points)
    left, right = _head(film, index, "upperarm01.L"), _head(film, index, "upperarm01.R")
    width_px = film.lens.K[0, 0] * np.linalg.norm(left - right) / -left[2]
    uv[:, 0] += landmark_table()["image_bias_x"] / 100.0 * width_px
    inside = ((uv >= 0) & (uv < (frame.width_px, frame.height_px))).all(axis=1)
    world = points - (points[23] + points[24]) / 2
    visibility = np.where(inside, 1.0, 0.1).astype(np.float32)
    return Landmarks(uv.astype(np.float32), visibility, world.astype(np.float32), _matte(film.persons[index]))


def _point(film: Film, index: int, name: str, side: str) -> NDArray[np.float64]:
    """Return a landmark (3,) in the camera frame: its joint and the table's offset, posed with the offset's bone."""
    body, row = film.person.body, landmark_table()["points"][name]
    joint = row["joint"] if row["joint"] in body.model.bone_names else f"{row['joint']}.{side}"
    lateral, down, back = row["offset"]
    rest = np.array([lateral if side == "L" else -lateral, -down, -back]) / 100.0
    heads = body.heads_m
    rest *= np.linalg.norm(heads[body.model.bone("upperarm01.L")] - heads[body.model.bone("upperarm01.R")])
    turn = film.T_cam_rest[index][body.model.bone(FRAMES[row["frame"]].format(side=side))][:3, :3]
    return np.asarray(_head(film, index, joint) + turn @ rest)


def _head(film: Film, index: int, bone: str) -> NDArray[np.float64]:
    body = film.person.body
    number = body.model.bone(bone)
    T = film.T_cam_rest[index][number].astype(np.float64)
    return np.asarray(T[:3, :3] @ body.heads_m[number] + T[:3, 3])


def _matte(person: NDArray[np.bool_]) -> NDArray[np.uint8]:
    scale = MATTE_SIDE_PX / max(person.shape)
    size = (round(person.shape[1] * scale), round(person.shape[0] * scale))
    return np.asarray(cv2.resize(person.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA), np.uint8)
