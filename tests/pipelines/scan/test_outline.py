"""Breadths of a paper person whose measures are known."""

import numpy as np
import pytest

from pipelines.scan.outline import HIP_LEVEL, HIPS_FOLLOWED, LEVELS, SHOULDER_LEVEL, outline_of, yaw_deg
from tests.pipelines.scan.paper import HEIGHT_CM, SIDE_CM, TRUNK_CM, person


def breadths(sight, view, height_cm=HEIGHT_CM):
    size = sight.frame.width_px, sight.frame.height_px
    found = outline_of(size, sight.landmarks, sight.joints, view, height_cm)
    return found.breadth_cm


def at(values, level):
    return float(values[np.argmin(np.abs(LEVELS - level))])


@pytest.mark.parametrize("level", [0.50, 0.60, 0.68])
def test_the_trunk_is_as_broad_as_it_was_cut(level):
    assert at(breadths(person(), "front"), level) == pytest.approx(TRUNK_CM[level], abs=0.4)


@pytest.mark.parametrize("level", [0.50, 0.60, 0.72])
def test_from_the_side_the_trunk_is_as_deep_as_it_was_cut(level):
    assert at(breadths(person(yaw_deg=90), "side"), level) == pytest.approx(SIDE_CM[level], abs=0.4)


def test_arms_are_never_taken_for_trunk():
    found = breadths(person(), "front")
    cut = np.interp(LEVELS, list(TRUNK_CM), list(TRUNK_CM.values()))
    assert np.nanmax(found - cut) < 0.5
    assert np.isnan(at(found, 0.77))  # where the arms leave the trunk


def test_arms_that_hang_close_hide_the_trunk():
    assert np.isnan(breadths(person(arms="down"), "front")[(LEVELS > 0.55) & (LEVELS < 0.7)]).all()


def test_from_the_side_an_arm_stretched_forward_does_not_deepen_the_chest():
    found = breadths(person(yaw_deg=90), "side")
    assert np.nanmax(found) < max(SIDE_CM.values()) + 0.6


def test_the_told_height_gives_the_scale():
    small, tall = (breadths(person(), "front", height) for height in (160.0, 180.0))
    assert at(tall, 0.6) / at(small, 0.6) == pytest.approx(180 / 160, rel=1e-6)


@pytest.mark.parametrize("yaw_deg, view, cut", [(0, "front", TRUNK_CM), (90, "side", SIDE_CM)])
def test_levels_go_up_and_down_with_hip_joints_and_shoulders(yaw_deg, view, cut):
    found = breadths(person(yaw_deg=yaw_deg, hips_up=0.03, shoulders_up=-0.02), view)
    levels = np.array([0.50, HIP_LEVEL[view], 0.62, 0.70, 0.74])
    higher = (HIP_LEVEL[view], SHOULDER_LEVEL[view]), (HIPS_FOLLOWED * 0.03, -0.02)
    wanted = np.interp(levels + np.interp(levels, *higher), list(cut), list(cut.values()))
    assert np.interp(levels, LEVELS, found) == pytest.approx(wanted, abs=0.35)


def test_hip_joints_where_nobody_has_them_move_the_levels_no_farther_than_people_differ():
    far, farther = (breadths(person(hips_up=up), "front") for up in (0.06, 0.12))
    np.testing.assert_allclose(far, farther)


def test_what_the_picture_does_not_show_is_not_known():
    assert np.isnan(at(breadths(person(shift_px=225), "front"), 0.5))


@pytest.mark.parametrize("turned", [0.0, 37.0, 90.0, 180.0])
def test_the_turn_is_read_from_shoulders_and_hips(turned):
    assert yaw_deg(person(yaw_deg=turned).joints) == pytest.approx(turned, abs=1e-6)
