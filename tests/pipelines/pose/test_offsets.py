"""Guards the landmark table against a new pose model: a small part of the measurement, done again."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.landmark_offsets import LEFT, Offset, Sight, sights, solve, table
from pipelines.pose.rig import landmark_table

TOLERANCE = {"shoulder": 6.0, "hip": 6.0, "nose": 9.0, "ear": 9.0}  # % of the shoulder width, a coordinate
OTHERS = 7.0


@pytest.fixture(scope="module")
def measured() -> tuple[dict[str, Offset], float]:
    return solve(list(sights(1, (("sway", 0.0), ("a_pose", 0.5)), (-60.0, -20.0, 20.0, 60.0, 180.0))))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LEFT))
def test_landmark_still_lies_where_the_table_says(measured, name):
    offsets, _ = measured
    known = np.array(landmark_table()["points"][name]["offset"])
    assert np.abs(offsets[name].value - known).max() <= TOLERANCE.get(name, OTHERS), "\n" + table(*measured)


@pytest.mark.slow
def test_offsets_bring_the_landmarks_nearer_than_bare_joints_do(measured):
    offsets, _ = measured
    for name in ("shoulder", "hip", "ankle", "nose", "ear"):
        assert offsets[name].residual < 0.75 * offsets[name].residual_joint, name


@pytest.mark.slow
def test_landmarks_lie_to_the_image_right_by_the_bias_in_use(measured):
    assert abs(measured[1] - landmark_table()["image_bias_x"]) <= 2.0


def test_solve_finds_a_known_offset_among_outliers():
    rng = np.random.default_rng(0)
    true, seen = np.array([-2.0, 7.0, -5.0]), []
    for i in range(200):
        shows = rng.normal(size=(2, 3))
        away = shows @ true + [1.5, 0.0] + rng.normal(0, 0.3, 2) + (40.0 if i % 20 == 0 else 0.0)
        seen.append(Sight("hip", away, shows))
    offsets, bias = solve(seen)
    assert np.allclose(offsets["hip"].value, true, atol=0.3)
    assert bias == pytest.approx(1.5, abs=0.4)
