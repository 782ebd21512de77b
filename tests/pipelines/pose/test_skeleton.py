"""What is seen of a person becomes a posed skeleton of that person's own lengths."""

import numpy as np

from pipelines.body.model import load_body_model, shape_body
from pipelines.pose.proportions import SCALE, THIGH
from pipelines.pose.ray_pbd import KNEE
from pipelines.pose.skeleton import Skeleton, SkeletonState, SmoothSettings, pose_body
from pipelines.synthetic.shopper import camera_frame
from pipelines.types import SeenJoints

SKELETON = Skeleton.of(shape_body(load_body_model(), np.zeros(24, np.float32)))
FOCAL_PX, WIDTH_PX, AWAY_M = 500.0, 480, 2.0
FRAMES = 60


def build_where_the_picture_ends(below_knees_px: float) -> np.ndarray:
    """Return the lengths of an average person whose knees are seen 10 % of a thigh too low."""
    rig = SKELETON.rig
    points = np.concatenate([rig.joints_m, rig.face_m, rig.knuckles_m])
    in_camera = rig.joints_m - [0.0, rig.joints_m[0, 1], AWAY_M]
    uv = FOCAL_PX * in_camera[:, :2] / -in_camera[:, 2:] * (1.0, -1.0) + WIDTH_PX / 2
    uv[KNEE : KNEE + 2, 1] += 0.1 * (uv[KNEE, 1] - uv[6, 1])
    height = 2 * int((uv[KNEE, 1] + below_knees_px) // 2)
    K = np.array([[FOCAL_PX, 0.0, WIDTH_PX / 2], [0.0, FOCAL_PX, WIDTH_PX / 2], [0.0, 0.0, 1.0]])
    seen = SeenJoints(uv, np.ones(12), points - points[6:8].mean(axis=0))
    state = SkeletonState()
    for number in range(FRAMES):
        frame = camera_frame(np.zeros((height, WIDTH_PX, 3), np.uint8), number / 30, K)
        _, state = pose_body(seen, frame, SKELETON, state, SmoothSettings())
    return state.build.times


def test_a_knee_beside_the_end_of_the_picture_makes_no_thigh_longer() -> None:
    cut, whole = build_where_the_picture_ends(8.0), build_where_the_picture_ends(80.0)
    assert whole[THIGH] > 1.015
    assert abs(cut[THIGH] - 1.0) < 0.005
    assert abs(cut[SCALE] - 1.0) < 0.005
