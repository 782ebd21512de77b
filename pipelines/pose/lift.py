"""From landmarks to joints: where the skeleton's joints are, given where the pose network puts its points.

BlazePose's points do not lie on the joints, and how far off they lie changes with the view and the pose: a
shoulder's point climbs with the arm, a far elbow's is pulled toward the trunk, all lean toward the camera when
it looks down. Small networks (two hidden layers, tanh) trained on synthetic people, whose joints are exactly
known, take that out: `scripts/bake_joint_lift.py`. They differ in where their training began, and the mean of them all
errs less than any. They see no pixels and no face points but ears and nose.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.types import CameraFrame, Landmarks, SeenJoints

F64 = NDArray[np.float64]

# The network's points that are read, left before right: shoulders, elbows, wrists, hips, knees, ankles (the JOINTS
# of the solver), then ears, nose, knuckles of index and little finger.
POINTS = np.array([11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 7, 8, 0, 19, 20, 17, 18], np.int64)
MIRRORED = np.array([1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 14, 16, 15, 18, 17], np.int64)
LIMB_JOINTS = 12
LAYERS = 3
HIPS = [6, 7]
SHOULDER_WIDTH_M = 0.35  # of the skeleton in space: its scale means nothing, only its shape
LEAST_VISIBILITY = 0.05
FARTHEST = 4.0  # standard deviations: what is stranger than all that was trained on is held there
WEIGHTS = Path(__file__).parent / "data" / "joint_lift.npz"


@dataclass(frozen=True, slots=True)
class Sight:
    """One person's points seen as a weak-perspective picture of the network's own skeleton."""

    scale_px: float  # pixels a metre of that skeleton
    middle_px: F64  # (2,) where its origin, the mid-hip, lies
    image: F64  # (19, 2) x right, y up, metres
    world: F64  # (19, 3) about the mid-hip, camera axes, metres
    visibility: F64  # (19,)
    ray: F64  # (2,) of the origin, x/-z and y/-z
    nearness: float  # metres of focal length a metre of distance: 1 / distance

    def mirrored(self) -> Sight:
        """Return what a mirror shows."""
        flip = np.array([-1.0, 1.0])
        image, world, visibility = self.image[MIRRORED], self.world[MIRRORED], self.visibility[MIRRORED]
        return Sight(
            self.scale_px,
            self.middle_px,
            image * flip,
            world * np.array([-1.0, 1.0, 1.0]),
            visibility,
            self.ray * flip,
            self.nearness,
        )

    def features(self) -> F64:
        """Return the network's input (117,)."""
        away = self.image - self.world[:, :2]
        return np.concatenate(
            [2 * self.world.ravel(), 8 * away.ravel(), self.visibility, 2 * self.ray, [2 * self.nearness]]
        )


def look(landmarks: Landmarks, K: NDArray[np.float64]) -> Sight:
    """Fit scale and place of the network's skeleton to its image points (weighted least squares)."""
    uv, world = landmarks.uv_px[POINTS].astype(np.float64), landmarks.world_m[POINTS].astype(np.float64)
    visibility = landmarks.visibility[POINTS].astype(np.float64)
    world = world - world[HIPS].mean(axis=0)
    up = np.array([1.0, -1.0])  # pixels count downward
    weight = np.maximum(visibility, LEAST_VISIBILITY)[:, None]
    mean_px, mean_m = np.average(uv, 0, weight[:, 0]), np.average(world[:, :2] * up, 0, weight[:, 0])
    spread = world[:, :2] * up - mean_m
    size = max(1e-9, float((weight * spread * spread).sum()))
    scale = max(1e-3, float((weight * spread * (uv - mean_px)).sum()) / size)
    middle = mean_px - scale * mean_m
    ray = (middle - K[:2, 2]) / K[0, 0] * up
    return Sight(scale, middle, (uv - middle) / scale * up, world, visibility, ray, scale / float(K[0, 0]))


class JointLift:
    """The trained networks."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as file:
            arrays = {name: file[name].astype(np.float64) for name in file}
        self._mean, self._spread = arrays["mean"], arrays["spread"]
        # weights (N, out, in) and biases (N, out, 1) of N networks
        self._layers = [(arrays[f"weight{i}"], arrays[f"bias{i}"][..., None]) for i in range(LAYERS)]

    def __call__(self, landmarks: Landmarks, frame: CameraFrame) -> SeenJoints:
        """Return the joints of the person that `landmarks` describe; picture and mirror picture are averaged."""
        sight = look(landmarks, frame.K)
        (image, mirrored), (world, world_mirrored) = self._moves(
            np.stack([sight.features(), sight.mirrored().features()])
        )
        image = image + mirrored[MIRRORED[:LIMB_JOINTS]] * (-1.0, 1.0)
        world = world + world_mirrored[MIRRORED] * (-1.0, 1.0, 1.0)
        seen = sight.image[:LIMB_JOINTS] + 0.5 * image
        uv_px = sight.middle_px + sight.scale_px * seen * (1.0, -1.0)
        return SeenJoints(uv_px, sight.visibility[:LIMB_JOINTS], sight.world + 0.5 * world)

    def _moves(self, features: F64) -> tuple[F64, F64]:
        """Return from each point to its joint: in the picture (P, 12, 2) and in space (P, 19, 3), metres.

        `features` (P, 117) are those of P pictures.
        """
        x = np.clip((features - self._mean) / self._spread, -FARTHEST, FARTHEST).T
        for weight, bias in self._layers[:-1]:
            x = np.tanh(weight @ x + bias)
        weight, bias = self._layers[-1]
        out = (weight @ x + bias).mean(axis=0).T
        cut = 2 * LIMB_JOINTS
        return out[:, :cut].reshape(-1, LIMB_JOINTS, 2), out[:, cut:].reshape(-1, len(POINTS), 3)
