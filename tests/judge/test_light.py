"""The judge of light and colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.judge.exposure import Exposed
from benchmarks.judge.light import ciede2000, colour_error, direction_error_deg, true_direction
from benchmarks.judge.people import make_person
from pipelines.light.sh import light_from
from pipelines.synthetic.paint import Light

# Pairs 1, 7, 10, 13, 17, 19, 24, 25 and 34 of Sharma, Wu and Dalal (2005), table 1.
SHARMA = (
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0000),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
)


@pytest.mark.parametrize(("one", "two", "expected"), SHARMA)
def test_colour_difference_is_the_published_one(one, two, expected):
    first, second = (np.array([colour], float) for colour in (one, two))
    assert ciede2000(first, second)[0] == pytest.approx(expected, abs=5e-5)
    assert ciede2000(second, first)[0] == pytest.approx(expected, abs=5e-5)


@pytest.fixture(scope="module")
def person():
    return make_person(1, 1)


@pytest.mark.parametrize("toward", [(0.5, -0.6, -0.8), (-0.9, -0.2, -0.5)])
def test_light_read_right_has_no_error_and_from_elsewhere_has_the_angle(person, toward):
    lit = replace(person, light=Exposed((Light(toward, (1.0, 0.9, 0.8), 3.0),), 0.2))
    aim = true_direction(lit)
    assert direction_error_deg(light_from(tuple(aim), 0.4, 0.6), lit) == pytest.approx(0.0, abs=0.1)
    aside = np.cross(aim, (0.0, 1.0, 0.0))
    aside /= np.linalg.norm(aside)
    away = np.cos(np.radians(30.0)) * aim + np.sin(np.radians(30.0)) * aside
    assert direction_error_deg(light_from(tuple(away), 0.4, 0.6), lit) == pytest.approx(30.0, abs=0.1)


def test_several_lamps_add_up_by_strength(person):
    left, right = Light((1.0, 0.0, -1.0), (1.0, 1.0, 1.0), 2.0), Light((-1.0, 0.0, -1.0), (1.0, 1.0, 1.0), 1.0)
    direction = true_direction(replace(person, light=Exposed((left, right), 0.2)))
    assert direction[0] < 0 < direction[2]
    assert np.degrees(np.arctan2(-direction[0], direction[2])) == pytest.approx(18.43, abs=0.01)


def test_same_colour_has_no_error_and_a_darker_one_has_despite_grain():
    rng = np.random.default_rng(5)
    cloth = np.full((120, 160, 3), (120, 90, 60), np.uint8)
    grain = np.clip(cloth + rng.normal(0, 4, cloth.shape), 0, 255).astype(np.uint8)
    both = np.zeros((120, 160), bool)
    both[20:100, 30:130] = True
    assert colour_error(grain, cloth, both) < 1.0
    assert 5.0 < colour_error((cloth * 0.8).astype(np.uint8), cloth, both) < 15.0
    assert np.isnan(colour_error(cloth, cloth, np.zeros_like(both)))
