"""The solver gives back the skeleton whose joints it is shown."""

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.pose import kinematics
from pipelines.pose.kinematics import clavicle_rotation, head_rotations, spine_rotations
from pipelines.pose.ray_pbd import place
from pipelines.pose.rig import KEY, KEY_BONES, build_rig
from pipelines.pose.rotations import axis_angle
from pipelines.pose.solver import _place_limbs, _shoulder_shift, local_rotations, posed_limbs, solve

RIG = build_rig(shape_body(load_body_model(), np.zeros(24, np.float32)))
X, Y, Z = np.eye(3)


def turned(yaw_deg: float) -> np.ndarray:
    return axis_angle(Y, np.deg2rad(yaw_deg))


def posed(chest: np.ndarray, pelvis: np.ndarray, arms: list, forearms: list, thighs: list, calves: list):
    """Return the joints (12, 3) and all points (19, 3), pelvis at the origin, of a pose given by directions."""
    rotations = np.empty((len(KEY_BONES), 3, 3))
    spine_rotations(pelvis, chest, rotations)
    lengths = [np.linalg.norm(RIG.joints_m[b] - RIG.joints_m[a]) for a, b in ((0, 2), (2, 4), (6, 8), (8, 10))]
    p = np.zeros((12, 3))
    shift = np.zeros((2, 3))
    for side in range(2):
        rotations[kinematics.CLAVICLE + side] = clavicle_rotation(chest, arms[side])
        shift[side] = _shoulder_shift(RIG.joints_m, RIG.key_heads_m, chest, rotations[kinematics.CLAVICLE + side], side)
        p[2 + side] = p[side] + shift[side] + lengths[0] * arms[side]
        p[4 + side] = p[2 + side] + lengths[1] * forearms[side]
        p[8 + side] = p[6 + side] + lengths[2] * thighs[side]
        p[10 + side] = p[8 + side] + lengths[3] * calves[side]
    world = np.zeros((19, 3))
    world[15:17], world[17:19] = p[4:6] + [0.0, -0.08, 0.03], p[4:6] + [0.0, -0.08, -0.03]
    world[4:6] = p[4:6]
    _place_limbs(p, RIG.joints_m, RIG.key_heads_m, RIG.knuckles_m, world, shift, rotations)
    head_rotations(chest, RIG.face_m, RIG.face_m @ chest.T, rotations)
    joints = posed_limbs(RIG.joints_m, RIG.key_heads_m, rotations)
    knuckles = np.concatenate([joints[4:6] + [0.0, -0.08, 0.03], joints[4:6] + [0.0, -0.08, -0.03]])
    return joints, np.concatenate([joints, RIG.face_m @ chest.T, knuckles])


def unit(*v: float) -> np.ndarray:
    return np.array(v) / np.linalg.norm(v)


DOWN = unit(0.2, -1, 0.05), unit(-0.2, -1, 0.05)
LEGS = [unit(0.05, -1, 0.02), unit(-0.05, -1, 0.02)], [unit(0, -1, -0.05), unit(0, -1, -0.05)]
POSES = {
    "arms down": (DOWN, DOWN, 0.0),
    "t pose": ((X, -X), (unit(1, 0, 0.3), unit(-1, 0, 0.3)), 0.0),
    "hand before the torso": ((unit(0.3, -1, 0.3), DOWN[1]), (unit(-1, 0.3, 0.4), DOWN[1]), 0.0),
    "half turned": ((turned(50) @ DOWN[0], turned(50) @ DOWN[1]), (turned(50) @ DOWN[0], turned(50) @ DOWN[1]), 50.0),
    "back": ((turned(180) @ DOWN[0], turned(180) @ DOWN[1]), (turned(180) @ DOWN[0], turned(180) @ DOWN[1]), 180.0),
}


@pytest.mark.parametrize("name", POSES)
def test_solver_returns_the_pose_when_joints_are_seen_exactly(name: str) -> None:
    arms, forearms, yaw = POSES[name]
    body = turned(yaw)
    thighs, calves = ([body @ d for d in group] for group in LEGS)
    joints, world = posed(body, body, list(arms), list(forearms), thighs, calves)
    place = np.array([0.1, -0.3, -2.6])
    seen = joints + place
    rays = np.ascontiguousarray(seen[:, :2] / -seen[:, 2:])
    torso = np.zeros(12)
    torso[[0, 1, 6, 7]] = 1.0
    rotations, root, _ = solve(
        RIG.joints_m,
        RIG.key_heads_m,
        RIG.face_m,
        RIG.knuckles_m,
        rays,
        np.ones(12),
        torso,
        world,
        np.full(12, np.nan),
        1.0,
    )
    found = posed_limbs(RIG.joints_m, RIG.key_heads_m, rotations)
    solved, true = found + root, joints + place
    across = np.linalg.norm(solved[:, :2] / -solved[:, 2:] - true[:, :2] / -true[:, 2:], axis=1) * -place[2]
    assert np.median(across) < 0.012 * RIG.shoulder_width_m  # as seen in the picture
    assert across.max() < 0.02 * RIG.shoulder_width_m
    assert np.linalg.norm(solved - true, axis=1).max() < 0.05 * RIG.shoulder_width_m


def test_solver_keeps_the_bones_lengths_when_joints_are_noisy() -> None:
    rng = np.random.default_rng(3)
    arms, forearms, _ = POSES["t pose"]
    joints, world = posed(np.eye(3), np.eye(3), list(arms), list(forearms), *LEGS)
    seen = joints + rng.normal(0, 0.03, joints.shape) + [0, 0, -2.5]
    rays = np.ascontiguousarray(seen[:, :2] / -seen[:, 2:])
    noisy = world + rng.normal(0, 0.05, world.shape)
    rotations, _, _ = solve(
        RIG.joints_m,
        RIG.key_heads_m,
        RIG.face_m,
        RIG.knuckles_m,
        rays,
        np.ones(12),
        np.ones(12),
        noisy,
        np.full(12, np.nan),
        1.0,
    )
    found = posed_limbs(RIG.joints_m, RIG.key_heads_m, rotations)
    for a, b in ((2, 4), (3, 5), (6, 8), (7, 9), (8, 10), (9, 11)):
        rest = np.linalg.norm(RIG.joints_m[b] - RIG.joints_m[a])
        assert np.linalg.norm(found[b] - found[a]) == pytest.approx(rest, rel=0.02)
    assert np.allclose(np.linalg.det(rotations), 1.0, atol=1e-6)


def test_key_bone_rows_are_those_the_kernels_expect() -> None:
    rows = {
        "root": kinematics.ROOT, "spine01": kinematics.SPINE01, "neck01": kinematics.NECK01, "head": kinematics.HEAD,
        "clavicle.L": kinematics.CLAVICLE, "upperarm01.L": kinematics.UPPERARM01,
        "upperarm02.L": kinematics.UPPERARM02, "lowerarm01.L": kinematics.LOWERARM01,
        "lowerarm02.L": kinematics.LOWERARM02, "wrist.L": kinematics.WRIST_BONE,
        "upperleg01.L": kinematics.UPPERLEG01, "lowerleg01.L": kinematics.LOWERLEG01,
    }  # fmt: skip
    assert {name: KEY[name] for name in rows} == rows
    assert all(KEY[name[:-1] + "R"] == row + 1 for name, row in rows.items() if name.endswith(".L"))


def test_bones_without_a_key_follow_their_parent() -> None:
    parents = np.array([-1, 0, 1, 2], np.int32)
    keys = np.array([0, -1, 1, -1], np.int32)
    turn, more = axis_angle(Z, 0.3), axis_angle(X, 0.8)
    local = local_rotations(np.array([turn, more]), keys, parents)
    assert np.allclose(local[0], turn)
    assert np.allclose(local[1], np.eye(3))
    assert np.allclose(local[0] @ local[1] @ local[2], more)
    assert np.allclose(local[3], np.eye(3))


def test_placing_farther_keeps_the_middle_on_its_ray() -> None:
    points = RIG.joints_m - RIG.joints_m.mean(axis=0)
    seen, weights = points + [0.2, -0.1, -2.0], np.ones(12)
    rays = np.ascontiguousarray(seen[:, :2] / -seen[:, 2:])
    assert np.allclose(place(points, rays, weights, 1.0), [0.2, -0.1, -2.0], atol=1e-6)
    assert np.allclose(place(points, rays, weights, 1.1), [0.22, -0.11, -2.2], atol=0.02)


def test_twist_of_the_upper_arm_is_believed_as_far_as_the_elbow_is_bent() -> None:
    upper, hinge, tilt = -Y, unit(-1, 0, 0), np.deg2rad(30.0)
    rest_lower = axis_angle(hinge, np.deg2rad(40.0)) @ upper
    found = []
    for flexion in (0.5, 6.0, 25.0, 80.0):
        lower = axis_angle(axis_angle(upper, tilt) @ hinge, np.deg2rad(flexion)) @ upper
        half, whole, fore = kinematics.limb(np.eye(3), upper, rest_lower, hinge, upper, lower)
        found.append(np.arccos(0.5 * (np.trace(whole) - 1.0)) / tilt)
        assert np.allclose(fore @ rest_lower, lower, atol=1e-6)
        assert np.allclose(half @ half, whole, atol=1e-6)
    assert found[0] < 0.02
    assert found[1] == pytest.approx(0.5, abs=0.02)
    assert found[2] > 0.9
    assert found[3] > 0.98
    assert found == sorted(found)
