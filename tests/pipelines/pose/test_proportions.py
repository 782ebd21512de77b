"""Proportions: the picture leads lengths and scale as far as it can be believed."""

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.pose.proportions import (
    APART,
    LONGEST,
    NOISE,
    SCALE,
    Proportions,
    measure_proportions,
    most_probable,
    population_spread,
)
from pipelines.pose.rig import build_rig

MODEL = load_body_model()
SPREAD = population_spread(MODEL)
ARM, FOREARM, THIGH, CALF, SHOULDERS, HIPS, TRUNK = range(7)


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
        drawn, seen = square_points(0.30 * known.times[ARM]), square_points(seen_arm)
        known = measure_proportions(known, 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, weights, 1 / 30, SPREAD)
    return known.times


def only_arms() -> np.ndarray:
    weights = np.zeros(12)
    weights[:4] = 1.0
    return weights


def test_spread_is_that_of_people_drawn_from_the_population() -> None:
    rng, logs = np.random.default_rng(1), []
    for _ in range(300):
        body = shape_body(MODEL, rng.standard_normal(24).astype(np.float32))
        joints, tall = build_rig(body).joints_m, np.ptp(body.rest_m[MODEL.body.vertices, 1])
        pairs = ((0, 2), (2, 4), (6, 8), (8, 10), (0, 1), (6, 7), (0, 6))
        logs.append([np.log(np.linalg.norm(joints[b] - joints[a])) for a, b in pairs] + [np.log(tall)])
    found = np.cov(np.array(logs).T)
    given_height = found[:7, :7] - np.outer(found[:7, 7], found[:7, 7]) / found[7, 7]
    given_height[HIPS, HIPS] += APART**2
    assert np.allclose(np.sqrt(np.diag(SPREAD)), np.sqrt(np.diag(given_height)), rtol=0.15)
    assert SPREAD[THIGH, TRUNK] < 0.0  # of one height: long legs, short trunk


def test_a_length_is_believed_as_far_as_people_differ_more_than_readings_do() -> None:
    share = SPREAD[ARM, ARM] / (SPREAD[ARM, ARM] + NOISE[ARM] ** 2)
    read, seen_s = np.zeros(7), np.zeros(7)
    read[ARM], seen_s[ARM] = 0.1, 1e6
    read[TRUNK], seen_s[TRUNK] = 0.0, 1e6
    times = most_probable(read, seen_s, SPREAD)
    assert np.log(times[ARM]) == pytest.approx(0.1 * share, abs=0.02)
    assert 1.0 < times[ARM] < np.exp(0.1)


def test_what_was_seen_for_a_moment_tells_less() -> None:
    moment, second = measured(0.1, only_arms())[ARM], measured(2.0, only_arms())[ARM]
    assert 1.0 < moment < second < 1.10


def test_lengths_stand_still_once_they_are_known() -> None:
    assert measured(4.0, only_arms())[ARM] == pytest.approx(measured(8.0, only_arms())[ARM], abs=0.003)


def test_lengths_stay_within_what_people_have() -> None:
    assert measured(9.0, only_arms(), seen_arm=2.0)[ARM] == LONGEST


def test_what_is_not_seen_changes_nothing() -> None:
    assert np.all(measured(2.0, np.zeros(12)) == 1.0)
    assert np.all(most_probable(np.zeros(7), np.zeros(7), SPREAD) == 1.0)


def test_foreshortened_limbs_are_not_measured() -> None:
    drawn, seen = square_points(0.30), square_points(0.40)
    drawn[2:4, 2] += 0.5  # toward the camera: its length in the picture says nothing
    both = 300 * seen[:, :2], 300 * drawn[:, :2]
    known = measure_proportions(Proportions(), *both, drawn, 300.0, only_arms(), 1.0, SPREAD)
    assert np.all(known.times == 1.0)


def standing(trunk: float, thigh: float, calf: float, shoulders: float = 0.30, hips: float = 0.30) -> np.ndarray:
    points = np.zeros((12, 3))
    for side, sign in enumerate((0.5, -0.5)):
        for row, y in ((0, 0.0), (2, -0.3), (4, -0.55), (6, -trunk), (8, -trunk - thigh), (10, -trunk - thigh - calf)):
            points[row + side] = sign * (shoulders if row < 6 else hips), y, -2.0
    return points


def drawn_as(known: Proportions, scale: float) -> np.ndarray:
    """Return an average body of the lengths that are `known`, drawn at `scale`."""
    own = dict(zip((TRUNK, THIGH, CALF, SHOULDERS, HIPS), (0.50, 0.42, 0.42, 0.30, 0.30), strict=True))
    return standing(*(scale * length * float(known.times[row]) for row, length in own.items()))


def scale_told(seen: np.ndarray, weights: np.ndarray, fitted: float) -> float:
    """Return the scale that comes out where the trunk alone tells `fitted`."""
    known = Proportions()
    for _ in range(300):
        drawn = drawn_as(known, fitted * known.times[SCALE])
        known = measure_proportions(known, 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, weights, 1 / 30, SPREAD)
    return fitted * known.times[SCALE]


def test_legs_tell_the_scale_of_somebody_with_a_short_trunk() -> None:
    seen, legs = standing(0.47, 0.44, 0.43), np.ones(12)
    legs[2:6] = 0.0
    trunk = legs.copy()
    trunk[8:] = 0.0
    assert 0.97 < scale_told(seen, legs, 0.94) < 1.01
    small = standing(0.47, 0.44, 0.43, shoulders=0.282, hips=0.282)
    assert scale_told(small, trunk, 0.94) == pytest.approx(0.94, abs=0.01)


def test_a_knee_seen_too_low_makes_nobody_larger() -> None:
    seen_s, low = np.array([0.0, 0.0, 9.0, 9.0, 0.0, 0.0, 9.0]), np.array([0.0, 0.0, 0.08, -0.08, 0.0, 0.0, 0.0])
    times = most_probable(low, seen_s, SPREAD)
    assert 1.0 < times[THIGH] < 1.05
    assert times[SCALE] == pytest.approx(1.0, abs=0.01)


def test_wide_shoulders_are_told_by_both_and_only_where_they_lie_square_to_the_view() -> None:
    seen, drawn = square_points(0.30), square_points(0.30)
    seen[:2, 0] *= 1.1
    known, weights = Proportions(), only_arms()
    for _ in range(60):
        both = 300 * seen[:, :2], 300 * drawn[:, :2]
        known = measure_proportions(known, *both, drawn, 300.0, weights, 1 / 30, SPREAD)
    assert 1.01 < known.times[SHOULDERS] < 1.1
    weights[1] = 0.3  # one is hidden
    fresh = measure_proportions(Proportions(), *both, drawn, 300.0, weights, 1 / 30, SPREAD)
    assert fresh.seen_s[SHOULDERS] == 0.0


def test_a_short_trunk_and_narrow_hips_are_led_to_what_is_seen_at_the_own_scale() -> None:
    seen, known = standing(0.46, 0.44, 0.43, hips=0.27), Proportions()
    weights = np.ones(12)
    weights[2:6] = 0.0
    for _ in range(300):
        drawn = drawn_as(known, known.times[SCALE])
        known = measure_proportions(known, 300 * seen[:, :2], 300 * drawn[:, :2], drawn, 300.0, weights, 1 / 30, SPREAD)
    drawn = drawn_as(known, known.times[SCALE])
    assert -drawn[6, 1] == pytest.approx(0.46, abs=0.012)
    assert drawn[6, 0] - drawn[7, 0] == pytest.approx(0.27, abs=0.01)
    assert known.times[SCALE] == pytest.approx(1.0, abs=0.02)


def test_hips_tell_nothing_of_the_scale() -> None:
    narrow, seen_s = np.zeros(7), np.full(7, 9.0)
    narrow[HIPS] = -0.2
    times = most_probable(narrow, seen_s, SPREAD)
    assert times[HIPS] == pytest.approx(np.exp(-0.2), rel=0.04)
    assert times[SCALE] == pytest.approx(1.0, abs=0.01)
