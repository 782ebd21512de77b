"""The lift brings the pose network's points nearer to the true joints, and treats left and right alike."""

import numpy as np
import pytest

from pipelines.pose.lift import LIMB_JOINTS, MIRRORED, POINTS, JointLift, look
from pipelines.pose.tracker import load_tracker
from pipelines.synthetic.shopper import SyntheticShopper
from pipelines.types import JOINTS, CameraFrame, Landmarks

LIFT = JointLift()
FRAME = CameraFrame(
    np.zeros((480, 640), np.uint8),
    np.zeros((240, 320), np.uint8),
    np.zeros((240, 320), np.uint8),
    0.0,
    np.array([[640.0, 0, 320], [0, 640, 240], [0, 0, 1]]),
)
LIMBS = [JOINTS.index(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
         for side in ("left", "right")]  # fmt: skip


def some_landmarks() -> Landmarks:
    rng = np.random.default_rng(1)
    world = rng.normal(0, 0.3, (33, 3))
    uv = np.array([320, 240]) + 250 * world[:, :2] * (1, -1) + rng.normal(0, 5, (33, 2))
    return Landmarks(uv.astype(np.float32), np.ones(33, np.float32), world.astype(np.float32), None)


def test_sight_finds_scale_and_place_of_the_networks_skeleton() -> None:
    rng = np.random.default_rng(0)
    world = rng.normal(0, 0.3, (33, 3))
    uv = np.array([100.0, 50.0]) + 200 * (world - world[[23, 24]].mean(0))[:, :2] * (1, -1)
    sight = look(Landmarks(uv.astype(np.float32), np.ones(33, np.float32), world.astype(np.float32), None), FRAME.K)
    assert sight.scale_px == pytest.approx(200, rel=1e-4)
    assert np.allclose(sight.middle_px, [100, 50], atol=0.1)
    assert np.allclose(sight.image, sight.world[:, :2], atol=1e-3)


def test_the_mirror_picture_gives_the_mirrored_joints() -> None:
    one = some_landmarks()
    uv, visibility, world = one.uv_px.copy(), one.visibility.copy(), one.world_m.copy()
    uv[POINTS] = one.uv_px[POINTS][MIRRORED] * (-1, 1) + np.array([640, 0])
    world[POINTS] = one.world_m[POINTS][MIRRORED] * (-1, 1, 1)
    there, back = LIFT(one, FRAME), LIFT(Landmarks(uv, visibility, world, None), FRAME)
    limbs = MIRRORED[:LIMB_JOINTS]
    assert np.allclose(back.uv_px[limbs] * (-1, 1) + [640, 0], there.uv_px, atol=0.05)
    assert np.allclose(back.points_m[MIRRORED] * (-1, 1, 1), there.points_m, atol=1e-4)


def test_scale_and_place_in_the_picture_carry_through() -> None:
    one = some_landmarks()
    moved = Landmarks(one.uv_px + np.float32([4, -3]), one.visibility, one.world_m, None)
    assert np.allclose(LIFT(moved, FRAME).uv_px - LIFT(one, FRAME).uv_px, [4, -3], atol=1.0)


def test_wild_landmarks_give_finite_joints() -> None:
    wild = Landmarks(
        np.full((33, 2), 1e5, np.float32), np.zeros(33, np.float32), np.full((33, 3), -50, np.float32), None
    )
    seen = LIFT(wild, FRAME)
    assert np.isfinite(seen.uv_px).all()
    assert np.isfinite(seen.points_m).all()


@pytest.mark.slow
def test_lifted_joints_are_nearer_the_truth_than_the_landmarks() -> None:
    """Guards the trained network against a new pose model."""
    bare, lifted = [], []
    for seed, yaw, motion in ((3, 0.0, "a_pose"), (4, 45.0, "sway"), (5, 180.0, "sway"), (6, -20.0, "raise")):
        shopper, tracker = SyntheticShopper(seed, motion=motion, yaw_deg=yaw), load_tracker("bundled")
        for index in range(0, 48, 3):
            film = shopper.frame(index)
            landmarks = tracker.track(film.frame)
            if landmarks is None or index < 12:
                continue
            true, K = film.joints_m[LIMBS].astype(float), film.frame.K
            px = np.stack([K[0, 2] - K[0, 0] * true[:, 0] / true[:, 2], K[1, 2] + K[1, 1] * true[:, 1] / true[:, 2]], 1)
            width_px = K[0, 0] * np.linalg.norm(true[0] - true[1]) / -true[0, 2]
            bare.append(np.linalg.norm(landmarks.uv_px[POINTS[:LIMB_JOINTS]] - px, axis=1) / width_px)
            lifted.append(np.linalg.norm(LIFT(landmarks, film.frame).uv_px - px, axis=1) / width_px)
        tracker.close()
        shopper.close()
    assert len(bare) > 30
    assert np.median(lifted) < 0.6 * np.median(bare)
    assert np.median(lifted) < 0.07
