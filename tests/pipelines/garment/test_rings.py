import numpy as np
import pytest

from pipelines.garment import rings, shape
from pipelines.garment.rings import ANGLES, Limb, Profile

S = np.linspace(0, 1, 11)


def _tube(radius: float) -> Profile:
    return Profile(S, np.zeros((11, 2)), np.full((11, ANGLES), radius))


def test_grading_gives_the_girth_of_the_chart_where_the_body_allows() -> None:
    wanted = np.linspace(0.8, 1.4, 11)
    skin = _tube(0.15)
    graded = rings.grade(skin, wanted, skin.radius, shape.trunk_spread())
    expected = np.maximum(wanted, skin.girth())
    assert np.abs(graded.girth() - expected).max() < 1e-3


def test_ease_goes_more_to_the_sides_than_to_the_back() -> None:
    skin = _tube(0.15)
    graded = rings.grade(skin, np.full(11, 1.2), skin.radius, shape.trunk_spread())
    front, left, back = graded.radius[5, [0, ANGLES // 4, ANGLES // 2]]
    assert left > front > back > 0.15


def test_cloth_hangs_straight_below_a_bulge() -> None:
    radius = 0.12 + 0.05 * np.exp(-(((S - 0.7) / 0.08) ** 2))
    skin = Profile(S, np.zeros((11, 2)), np.repeat(radius[:, None], ANGLES, 1))
    hung = rings.hung_below(skin, 0.7, 0.9)
    assert hung[4].min() > 0.9 * 0.9 * hung[7].max()
    assert np.allclose(hung[9], skin.radius[9])


def test_profile_bridges_a_valley_between_two_bulges() -> None:
    theta = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = 0.1 + 0.02 * np.cos(2 * theta)  # a waist on both sides
    ring = np.stack([radius * np.sin(theta), np.zeros(200), radius * np.cos(theta)], 1)
    points = np.concatenate([ring + [0, -1, 0], ring + [0, 1, 0]])
    edges = np.stack([np.arange(200), np.arange(200) + 200], 1)
    profile = rings.profile_of(points, edges, np.array([0.0]))
    hull = profile.radius[0]
    side = hull[ANGLES // 4]
    assert side >= 0.08 - 1e-6
    second = np.roll(hull, -1) + np.roll(hull, 1) - 2 * hull * np.cos(2 * np.pi / ANGLES)
    assert second.max() < 2e-3  # no dent is left
    assert profile.girth()[0] >= np.linalg.norm(np.diff(ring[:, [0, 2]], axis=0), axis=1).sum() * 0.95


def test_slicing_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        rings.profile_of(np.zeros((3, 3)), np.array([[0, 1]]), np.array([5.0]))


def test_limb_frame_maps_there_and_back_along_a_bent_arm() -> None:
    joints = np.array([[0.17, 1.35, 0.0], [0.36, 1.14, 0.03], [0.48, 1.02, 0.19]])
    limb = Limb.through(joints, np.array([0.0, 0, 1]))
    rng = np.random.default_rng(3)
    s = rng.uniform(0.02, 0.5, 200)
    around = rng.uniform(-0.05, 0.05, (200, 2))
    points = limb.to_body(np.stack([around[:, 0], s, around[:, 1]], 1))
    back = limb.to_local(points)
    assert np.abs(back[:, 1] - s).max() < 0.012
    assert np.abs(back[:, [0, 2]] - around).max() < 0.006
    up = limb.to_body(np.array([[0, 0.1, 0.05]])) - limb.to_body(np.array([[0, 0.1, 0.0]]))
    assert up[0, 1] > 0.02  # angle 0 is the upper side of the arm


def test_stretching_brings_a_ragged_rim_level_and_leaves_what_is_above() -> None:
    theta = np.linspace(-np.pi, np.pi, 60, endpoint=False)
    rim = 0.5 + 0.02 * np.sin(3 * theta)
    s = np.concatenate([rim, np.full(60, 1.0), np.full(60, 0.9)])
    angles = np.concatenate([theta, theta, theta])
    moved = shape.stretched(s, angles, 0.9, (theta, rim), 0.4)
    assert np.abs(moved[:60] - 0.4).max() < 1e-9
    assert np.allclose(moved[60:], s[60:])
