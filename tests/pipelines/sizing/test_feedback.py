"""What wearers say of an item."""

import numpy as np
import pytest

from pipelines.sizing.feedback import CALLED_OFF, ITEMS_SD, WEARERS_SD, runs_of, tendencies, tendencies_in
from pipelines.sizing.fit_learning.table import read_feedback
from pipelines.sizing.recommend import Runs
from tests.pipelines.sizing.fit_learning.shops import shop_lines


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


def shop_of(offsets, kinds, rng, voices=40):
    """Voices on items of these offsets, in sizes."""
    felt = offsets[:, None] + rng.normal(0, WEARERS_SD, (len(offsets), voices))
    small, large = (felt > CALLED_OFF).sum(axis=1), (felt < -CALLED_OFF).sum(axis=1)
    counts = {
        f"i{n}": (int(s), voices - int(s) - int(lg), int(lg))
        for n, (s, lg) in enumerate(zip(small, large, strict=True))
    }
    return counts, {f"i{n}": kind for n, kind in enumerate(kinds)}


def test_a_shop_teaches_how_its_kinds_run_and_new_items_are_taken_for_that():
    rng = np.random.default_rng(0)
    kinds = ["jeans" if n % 2 else "tops" for n in range(200)]
    offsets = np.array([0.3 if kind == "jeans" else -0.1 for kind in kinds]) + rng.normal(0, 0.2, 200)
    found = tendencies(*shop_of(offsets, kinds, rng))
    assert found.kinds["jeans"].mean == pytest.approx(0.3, abs=0.07)
    assert found.kinds["tops"].mean == pytest.approx(-0.1, abs=0.07)
    new = found.runs("unheard", "jeans")
    assert new.sizes == pytest.approx(found.kinds["jeans"].mean, abs=0.01)
    assert (new.count, new.sd > 0.15) == (0, True)
    assert abs(found.runs("unheard", "hats").sizes) < 0.2


def test_an_items_own_voices_outweigh_its_kind():
    rng = np.random.default_rng(1)
    kinds = ["jeans"] * 100
    voices, categories = shop_of(rng.normal(0.3, 0.15, 100), kinds, rng)
    voices |= {"large": (0, 40, 60), "few": (0, 1, 2)}
    categories |= {"large": "jeans", "few": "jeans"}
    found = tendencies(voices, categories)
    assert found.runs("large", "jeans").sizes < -0.3
    assert found.runs("large", "jeans").sizes < found.runs("few", "jeans").sizes < found.kinds["jeans"].mean
    assert found.runs("few", "jeans").count == 3


def test_offsets_hold_as_often_as_is_said_also_of_items_with_few_voices():
    rng = np.random.default_rng(2)
    offsets = 0.2 + rng.normal(0, 0.25, 400)
    voices, categories = shop_of(offsets, ["tops"] * 400, rng, voices=6)
    found = tendencies(voices, categories)
    runs = [found.runs(f"i{n}", "tops") for n in range(400)]
    held = [abs(one.sizes - true) < 1.2816 * one.sd for one, true in zip(runs, offsets, strict=True)]
    assert 0.74 < np.mean(held) < 0.87
    error = np.mean([abs(one.sizes - true) for one, true in zip(runs, offsets, strict=True)])
    plain = np.mean([abs(runs_of(*voices[f"i{n}"]).sizes - true) for n, true in enumerate(offsets)])
    assert error < plain


def test_a_small_shop_teaches_nothing_beforehand():
    found = tendencies({"a": (9, 3, 0), "b": (0, 2, 1)}, {"a": "tops"})
    assert found.kinds == {}
    assert found.runs("a", "tops") == runs_of(9, 3, 0)
    assert found.runs("b") == Runs(count=3)
    assert found.runs("c") == Runs()


def test_tendencies_come_from_a_table_of_feedback():
    rows = read_feedback(shop_lines(3000, 60)).feedback
    found = tendencies_in(rows)
    small, fit, large = found.voices["i7"]
    of_item = rows.fit[rows.item.codes == rows.item.names.index("i7")]
    assert [small, fit, large] == np.bincount(of_item, minlength=3).tolist()
    assert set(found.kinds) == {"", "c0", "c1", "c2", "c3"}
