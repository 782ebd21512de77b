"""What wearers say of an item."""

import numpy as np
import pytest

from pipelines.sizing.feedback import CALLED_OFF, ITEMS_SD, WEARERS_SD, runs_of
from pipelines.sizing.recommend import Runs


def test_too_few_voices_say_nothing():
    assert runs_of(2, 1, 0) == Runs(0.0, 0.0, 3)


def test_more_voices_say_it_louder_and_surer():
    few, many = runs_of(4, 5, 1), runs_of(40, 50, 10)
    assert 0 < few.sizes < many.sizes
    assert many.sd < few.sd < ITEMS_SD
    assert (few.count, many.count) == (10, 100)


def test_small_and_large_mirror_each_other():
    small, large = runs_of(20, 25, 5), runs_of(5, 25, 20)
    assert small.sizes == pytest.approx(-large.sizes, abs=1e-3)
    assert small.sd == pytest.approx(large.sd, abs=1e-3)
    assert runs_of(10, 80, 10).sizes == pytest.approx(0, abs=1e-6)


def test_offsets_are_found_again_within_what_is_said_of_them():
    rng = np.random.default_rng(4)
    held = []
    for true in rng.normal(0, ITEMS_SD, 200):
        felt = true + rng.normal(0, WEARERS_SD, 60)
        small, large = int((felt > CALLED_OFF).sum()), int((felt < -CALLED_OFF).sum())
        runs = runs_of(small, 60 - small - large, large)
        held.append(abs(runs.sizes - true) < 1.2816 * runs.sd)
    assert 0.72 < np.mean(held) < 0.88


def test_counts_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        runs_of(-1, 10, 2)
