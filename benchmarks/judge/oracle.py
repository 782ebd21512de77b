"""A tracker that cannot err: the joints as they are, and the landmarks on them.

What is left with these is the error of the solver, the body's shape and the garment's fit alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenes import Film
from pipelines.pose.lift import POINTS
from pipelines.pose.rig import KNUCKLE_BONES, LIMB_BONES, build_rig
from pipelines.types import LANDMARKS, CameraFrame, Landmarks, SeenJoints

FACE = {  # left and right landmark: the left one's place from the head's joint, in shoulder widths
    (2, 5): (0.075, 0.130, 0.246),  # eyes
    (3, 6): (0.105, 0.130, 0.230),  # their outer corners
    (9, 10): (0.060, -0.056, 0.286),  # corners of the mouth
}
BARE = {21: "finger1-2", 29: "foot", 31: "foot"}  # left; right is + 1
MATTE_SIDE_PX = 256


def true_sight(film: Film, index: int, frame: CameraFrame) -> tuple[Landmarks, SeenJoints]:
    """Return the 33 points and the joints of frame `index` from the true pose; visible is what the picture shows."""
    points = true_points(film, index)
    landmarks_m = np.tile(points[14], (LANDMARKS, 1))
    landmarks_m[POINTS] = points
    for pair, (x, y, z) in FACE.items():
        for number, sign in zip(pair, (1.0, -1.0), strict=True):
            landmarks_m[number] = _on_head(film, index, np.array([sign * x, y, z]))
    for offset, side in enumerate("LR"):
        for number, bone in BARE.items():
            landmarks_m[number + offset] = _posed(film, index, f"{bone}.{side}")
    uv = film.lens.project(landmarks_m)
    inside = ((uv >= 0) & (uv < (frame.width_px, frame.height_px))).all(axis=1)
    world = landmarks_m - points[6:8].mean(axis=0)
    visibility = np.where(inside, 1.0, 0.1)
    landmarks = Landmarks(
        uv.astype(np.float32), visibility.astype(np.float32), world.astype(np.float32), _matte(film.persons[index])
    )
    limbs = POINTS[:12]
    return landmarks, SeenJoints(uv[limbs], visibility[limbs], world[POINTS])


def true_points(film: Film, index: int) -> NDArray[np.float64]:
    """Return the points (19, 3) of `pipelines.pose.lift.POINTS` in the camera frame."""
    rig = build_rig(film.person.body)
    joints = [_posed(film, index, f"{bone}.{side}") for bone in LIMB_BONES for side in "LR"]
    face = [_posed(film, index, "head", rest) for rest in rig.face_m]
    knuckles = [_posed(film, index, f"{bone}.{side}") for bone in KNUCKLE_BONES for side in "LR"]
    return np.array(joints + face + knuckles)


def _on_head(film: Film, index: int, widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the point `widths` (3,), in shoulder widths from the head's joint at rest, lies."""
    body = film.person.body
    rest = body.heads_m[body.model.bone("head")] + build_rig(body).shoulder_width_m * widths
    return _posed(film, index, "head", rest)


def _posed(film: Film, index: int, bone: str, rest_m: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return where `rest_m` on `bone`, by default its head, lies."""
    body = film.person.body
    number = body.model.bone(bone)
    T = film.T_cam_rest[index][number].astype(np.float64)
    return np.asarray(T[:3, :3] @ (body.heads_m[number] if rest_m is None else rest_m) + T[:3, 3])


def _matte(person: NDArray[np.bool_]) -> NDArray[np.uint8]:
    scale = MATTE_SIDE_PX / max(person.shape)
    size = (round(person.shape[1] * scale), round(person.shape[0] * scale))
    return np.asarray(cv2.resize(person.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA), np.uint8)
