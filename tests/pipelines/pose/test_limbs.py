"""Stretched rests keep their joints."""

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.pose.limbs import LimbBones, stretch
from pipelines.pose.rig import build_rig

BODY = shape_body(load_body_model(), np.zeros(24, np.float32))
RIG = build_rig(BODY)
BONES = LimbBones.of(BODY.model)


def length(joints: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(joints[b] - joints[a]))


def test_rig_is_unchanged_at_length_one() -> None:
    same, maps = stretch(RIG, BONES, np.ones(7))
    assert np.allclose(same.heads_m, RIG.heads_m)
    assert np.allclose(maps, np.eye(4))


def test_each_limb_takes_its_own_length_on_both_sides() -> None:
    wanted = np.array([1.1, 0.9, 1.05, 0.95, 1.0, 1.0, 1.0])
    longer, _ = stretch(RIG, BONES, wanted)
    for limb, (a, b) in enumerate(((0, 2), (2, 4), (6, 8), (8, 10))):
        for side in range(2):
            now, before = length(longer.joints_m, a + side, b + side), length(RIG.joints_m, a + side, b + side)
            assert now == pytest.approx(wanted[limb] * before, rel=1e-6)


def test_maps_carry_the_heads_and_leave_the_trunk_alone() -> None:
    longer, maps = stretch(RIG, BONES, np.array([1.1, 1.1, 1.1, 1.1, 1.0, 1.0, 1.0]))
    moved = np.einsum("bij,bj->bi", maps[:, :3, :3], RIG.heads_m) + maps[:, :3, 3]
    assert np.allclose(moved, longer.heads_m)
    for name in ("root", "spine01", "clavicle.L", "upperarm01.R", "upperleg01.L", "head"):
        bone = BODY.model.bone(name)
        assert np.allclose(longer.heads_m[bone], RIG.heads_m[bone])
    finger = BODY.model.bone("finger2-1.L")
    assert longer.heads_m[finger, 0] > RIG.heads_m[finger, 0] + 0.02


def test_shoulders_take_their_own_width_and_carry_the_arms_along() -> None:
    wider, maps = stretch(RIG, BONES, np.array([1.0, 1.2, 1.0, 1.0, 1.1, 1.0, 1.0]))
    assert wider.joints_m[0, 0] - wider.joints_m[1, 0] == pytest.approx(1.1 * RIG.shoulder_width_m, rel=1e-3)
    assert wider.shoulder_width_m == pytest.approx(1.1 * RIG.shoulder_width_m)
    assert length(wider.joints_m, 0, 2) == pytest.approx(length(RIG.joints_m, 0, 2))
    assert length(wider.joints_m, 3, 5) == pytest.approx(1.2 * length(RIG.joints_m, 3, 5))
    assert np.allclose(wider.joints_m[6:], RIG.joints_m[6:])
    for side, shoulder in zip("LR", wider.joints_m[:2], strict=True):
        bone = BODY.model.bone(f"upperarm01.{side}")
        assert np.allclose(maps[bone, :3, :3] @ RIG.heads_m[bone] + maps[bone, :3, 3], shoulder)
    assert np.allclose(wider.heads_m[BODY.model.bone("clavicle.L")], RIG.heads_m[BODY.model.bone("clavicle.L")])


def test_hips_take_their_own_width_and_carry_the_legs_along() -> None:
    wider, _ = stretch(RIG, BONES, np.array([1.0, 1.0, 1.1, 1.0, 1.0, 1.2, 1.0]))
    assert length(wider.joints_m, 6, 7) == pytest.approx(1.2 * length(RIG.joints_m, 6, 7))
    assert length(wider.joints_m, 6, 8) == pytest.approx(1.1 * length(RIG.joints_m, 6, 8))
    assert np.allclose(wider.joints_m[:6], RIG.joints_m[:6])


def test_a_longer_trunk_carries_arms_and_head_along_and_leaves_the_legs() -> None:
    longer, maps = stretch(RIG, BONES, np.array([1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1]))
    middles = [rig.joints_m[[0, 1]].mean(axis=0) - rig.joints_m[[6, 7]].mean(axis=0) for rig in (longer, RIG)]
    assert np.allclose(middles[0], 1.1 * middles[1], atol=1e-3)
    assert length(longer.joints_m, 0, 2) == pytest.approx(1.1 * length(RIG.joints_m, 0, 2))
    assert np.allclose(longer.joints_m[6:], RIG.joints_m[6:])
    moved = np.einsum("bij,bj->bi", maps[:, :3, :3], RIG.heads_m) + maps[:, :3, 3]
    assert np.allclose(moved, longer.heads_m)
    bone = BODY.model.bone("upperarm01.L")
    assert np.allclose(longer.heads_m[bone], longer.joints_m[0], atol=1e-6)
    rise = longer.heads_m - RIG.heads_m
    for name in ("neck01", "head"):
        assert np.allclose(rise[BODY.model.bone(name)], 0.1 * middles[1], atol=2e-3)
    assert np.allclose(longer.face_m - RIG.face_m, 0.1 * middles[1], atol=2e-3)
    for name in ("root", "upperleg01.L", "foot.R"):
        assert np.allclose(rise[BODY.model.bone(name)], 0.0)
