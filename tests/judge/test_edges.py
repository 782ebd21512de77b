"""The judge of what stands before the cloth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judge.edges import EdgeCount, occlusion_edges

SHAPE = (240, 320)
NOTHING = np.zeros(SHAPE, bool)


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


SHIRT, ARM = box(60, 30, 260, 220), box(60, 100, 200, 130)


def test_boundary_drawn_where_it_is_scores_one():
    assert occlusion_edges(SHIRT & ~ARM, SHIRT, ARM, NOTHING).f1 == pytest.approx(1.0)


@pytest.mark.parametrize(("shift", "least", "most"), [(3, 0.97, 1.0), (8, 0.0, 0.35), (20, 0.0, 0.1)])
def test_boundary_drawn_beside_scores_less_the_farther_it_is(shift, least, most):
    drawn = SHIRT & ~np.roll(ARM, shift, axis=0)
    assert least <= occlusion_edges(drawn, SHIRT, ARM, NOTHING).f1 <= most


def test_arm_that_is_drawn_over_scores_nothing():
    assert occlusion_edges(SHIRT, SHIRT, ARM, NOTHING).f1 == 0.0


def test_hole_where_nothing_is_costs_precision():
    drawn = SHIRT & ~ARM & ~box(120, 160, 220, 200)
    count = occlusion_edges(drawn, SHIRT, ARM, NOTHING)
    assert count.true_found == count.true
    assert count.drawn_right < count.drawn


def test_outline_of_the_garment_itself_does_not_count():
    drawn = np.roll(SHIRT, 4, axis=1) & ~ARM
    assert occlusion_edges(drawn, SHIRT, ARM, NOTHING).f1 > 0.97


def test_boundary_of_another_thing_does_not_count():
    hair = box(100, 30, 180, 70)
    drawn = SHIRT & ~ARM
    assert occlusion_edges(drawn, SHIRT, ARM, hair).f1 == pytest.approx(1.0)
    assert occlusion_edges(drawn & ~hair, SHIRT, ARM, hair).f1 == pytest.approx(1.0)


def test_frame_in_which_nothing_is_hidden_tells_nothing():
    assert occlusion_edges(SHIRT & ~ARM, SHIRT, NOTHING, NOTHING) == EdgeCount()
    assert np.isnan(EdgeCount().f1)
