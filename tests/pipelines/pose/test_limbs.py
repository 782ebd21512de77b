"""Proportions: stretched rests keep their joints, and the picture leads lengths and scale."""

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.pose.limbs import LONGEST, SCALE, LimbBones, Proportions, measure_proportions, stretch
from pipelines.pose.rig import build_rig

BODY = shape_body(load_body_model(), np.zeros(24, np.float32))
RIG = build_rig(BODY)
BONES = LimbBones.of(BODY.model)


def length(joints: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(joints[b] - joints[a]))


def test_rig_is_unchanged_at_length_one() -> None:
    same, maps = stretch(RIG, BONES, np.ones(5))
    assert np.allclose(same.heads_m, RIG.heads_m)
    assert np.allclose(maps, np.eye(4))


def test_each_limb_takes_its_own_length_on_both_sides() -> None:
    wanted = np.array([1.1, 0.9, 1.05, 0.95])
    longer, _ = stretch(RIG, BONES, wanted)
    for limb, (a, b) in enumerate(((0, 2), (2, 4), (6, 8), (8, 10))):
        for side in range(2):
            now, before = length(longer.joints_m, a + side, b + side), length(RIG.joints_m, a + side, b + side)
            assert now == pytest.approx(wanted[limb] * before, rel=1e-6)


def test_maps_carry_the_heads_and_leave_the_trunk_alone() -> None:
    longer, maps = stretch(RIG, BONES, np.array([1.1, 1.1, 1.1, 1.1]))
    moved = np.einsum("bij,bj->bi", maps[:, :3, :3], RIG.heads_m) + maps[:, :3, 3]
    assert np.allclose(moved, longer.heads_m)
    for name in ("root", "spine01", "clavicle.L", "upperarm01.R", "upperleg01.L", "head"):
        bone = BODY.model.bone(name)
        assert np.allclose(longer.heads_m[bone], RIG.heads_m[bone])
    finger = BODY.model.bone("finger2-1.L")
    assert longer.heads_m[finger, 0] > RIG.heads_m[finger, 0] + 0.02


def square_points(upper_arm: float) -> np.ndarray:
    points = np.zeros((12, 3))
    points[:, 2] = -2.0
    for side, sign in enumerate((1.0, -1.0)):
        points[side] = sign * 0.2, 0.5, -2.0
        points[2 + side] = sign * 0.2, 0.5 - upper_arm, -2.0
        points[4 + side] = points[2 + side] + (0.0, -0.25, 0.0)
    return points


def measured(seconds: float, weights: np.ndarray, seen_arm: float = 0.33) -> np.ndarray:
    known = Proportions()
    for _ in range(int(seconds * 30)):
        drawn = square_points(0.30 * known.times[0])
        seen = square_points(seen_arm)
        known = measure_proportions(known, 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, weights, 1 / 30)
    return known.times


def test_lengths_settle_at_what_the_picture_shows() -> None:
    assert measured(8.0, np.ones(12))[0] == pytest.approx(1.10, abs=0.01)


def test_a_third_of_a_second_tells_most() -> None:
    assert measured(0.34, np.ones(12))[0] == pytest.approx(1.10, abs=0.03)


def test_lengths_stay_within_what_people_have() -> None:
    assert measured(20.0, np.ones(12), seen_arm=0.6)[0] == LONGEST


def test_limbs_that_are_not_seen_keep_their_lengths() -> None:
    weights = np.ones(12)
    weights[2:4] = 0.0
    assert measured(5.0, weights)[0] == 1.0


def test_foreshortened_limbs_are_not_measured() -> None:
    drawn = square_points(0.30)
    drawn[2:4, 2] += 0.5  # toward the camera: its length in the picture says nothing
    seen = square_points(0.40)
    known = measure_proportions(Proportions(), 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, np.ones(12), 1.0)
    assert known.times[0] == 1.0


def standing(trunk: float, thigh: float, calf: float) -> np.ndarray:
    points = np.zeros((12, 3))
    for side, x in enumerate((0.15, -0.15)):
        for row, y in ((0, 0.0), (2, -0.3), (4, -0.55), (6, -trunk), (8, -trunk - thigh), (10, -trunk - thigh - calf)):
            points[row + side] = x, y, -2.0
    return points


def test_trunk_and_legs_tell_the_scale_where_the_hips_are_seen_too_high() -> None:
    average, seen = (0.50, 0.42, 0.42), standing(0.47, 0.47, 0.44)
    fitted, known = 0.47 / 0.50, Proportions()  # placed by the trunk alone
    for _ in range(300):
        times = known.times * fitted * known.times[SCALE]
        drawn = standing(average[0] * fitted * known.times[SCALE], average[1] * times[2], average[2] * times[3])
        known = measure_proportions(known, 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, np.ones(12), 1 / 30)
    assert known.times[SCALE] * fitted == pytest.approx(1.38 / 1.34, abs=0.01)


def test_scale_is_left_alone_where_the_legs_are_not_seen_or_bent() -> None:
    seen, drawn, weights = standing(0.47, 0.47, 0.44), standing(0.47, 0.40, 0.40), np.ones(12)
    weights[8:] = 0.0
    known = measure_proportions(Proportions(), 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, weights, 1.0)
    assert known.times[SCALE] == 1.0
    drawn[8:10, 2] += 0.4  # seated: the thighs point toward the camera
    known = measure_proportions(Proportions(), 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, np.ones(12), 1.0)
    assert known.times[SCALE] == 1.0
