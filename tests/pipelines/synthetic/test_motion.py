"""What the synthetic shopper does over time."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.body.skinning import pose_bones
from pipelines.errors import InputRejected
from pipelines.synthetic.figure import naked_of
from pipelines.synthetic.motion import MOTIONS, motion_named, stance_at
from pipelines.synthetic.rig import JOINT_BONES, body_transform, bone_rotations, true_joints
from pipelines.types import JOINTS


@pytest.fixture(scope="module")
def body():
    model = load_body_model()
    return shape_body(model, np.zeros(len(model.components_m), np.float32))


@pytest.fixture(scope="module", autouse=True)
def naked(body):
    return _NAKED.setdefault("mean", naked_of(body))


_NAKED: dict[str, object] = {}


def joints_of(body, motion: str, t_s: float, seed: int = 5) -> dict[str, np.ndarray]:
    stance = stance_at(motion_named(motion), t_s, seed)
    rotations = bone_rotations(_NAKED["mean"].rig, stance)
    T = pose_bones(body.heads_m, body.model.bone_parents, rotations, body_transform(stance, np.eye(4)))
    return dict(zip(JOINTS, true_joints(body.model.bone_names, body.heads_m, T), strict=True))


def test_joint_map_names_every_joint_and_only_bones_that_exist(body):
    assert set(JOINT_BONES) == set(JOINTS)
    assert set(JOINT_BONES.values()) <= set(body.model.bone_names)


@pytest.mark.parametrize("name", sorted(MOTIONS))
def test_motion_closes_its_loop_and_never_jumps(body, name):
    motion = motion_named(name)
    steps = np.linspace(0.0, motion.period_s, round(motion.period_s * 15) + 1)
    points = np.array([list(joints_of(body, name, t).values()) for t in steps])
    assert np.abs(points[-1] - points[0]).max() < 1e-4
    assert np.linalg.norm(np.diff(points, axis=0), axis=2).max() < 0.26  # metres in 1/15 s: under 4 m/s


@pytest.mark.parametrize("name", sorted(MOTIONS))
def test_motion_keeps_bone_lengths(body, name):
    rest = {bone: body.heads_m[body.model.bone(bone)] for bone in JOINT_BONES.values()}
    for t in (0.3, 1.1, 2.6):
        joints = joints_of(body, name, t)
        for upper, lower in (
            ("left_shoulder", "left_elbow"),
            ("right_elbow", "right_wrist"),
            ("left_hip", "left_knee"),
        ):
            length = np.linalg.norm(rest[JOINT_BONES[upper]] - rest[JOINT_BONES[lower]])
            assert np.linalg.norm(joints[upper] - joints[lower]) == pytest.approx(length, abs=1e-4)


def test_arms_go_where_the_pose_says(body):
    down, t_pose, up = (joints_of(body, m, t) for m, t in (("still", 0.0), ("t_pose", 0.0), ("raise", 0.72 * 5.0)))
    for side in ("left", "right"):
        shoulder, wrist = f"{side}_shoulder", f"{side}_wrist"
        assert down[wrist][1] < down[shoulder][1] - 0.4
        assert abs(t_pose[wrist][1] - t_pose[shoulder][1]) < 0.12
        assert up[wrist][1] > up["head"][1]
    assert t_pose["left_wrist"][0] > 0.4 > -0.4 > t_pose["right_wrist"][0]


def test_hand_crosses_before_the_chest_without_touching_it(body, naked):
    joints = joints_of(body, "cross", 0.3 * 4.0)
    wrist = joints["left_wrist"]
    assert wrist[0] < joints["neck"][0]  # past the midline, to the person's right
    assert wrist[2] > naked.rig.front_m(float(wrist[0]), float(wrist[1])) + 0.03


def test_turn_shows_the_back_half_way_round(body):
    front, back = joints_of(body, "turn", 0.0), joints_of(body, "turn", 6.0)
    assert front["left_shoulder"][0] > front["right_shoulder"][0]
    assert back["left_shoulder"][0] < back["right_shoulder"][0]


def test_still_person_does_not_move_at_all(body):
    first, later = joints_of(body, "still", 0.0), joints_of(body, "still", 1.7)
    assert all(np.array_equal(first[joint], later[joint]) for joint in JOINTS)


def test_seed_decides_the_sway(body):
    once, again, other = (joints_of(body, "sway", 1.0, seed) for seed in (1, 1, 2))
    assert np.array_equal(once["left_wrist"], again["left_wrist"])
    assert not np.array_equal(once["left_wrist"], other["left_wrist"])


def test_unknown_motion_is_refused_by_name():
    with pytest.raises(InputRejected, match='"moonwalk".*sway'):
        motion_named("moonwalk")
