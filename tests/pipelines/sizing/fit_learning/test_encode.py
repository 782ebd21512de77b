"""What the learner sees of a row, and that it is never the row's own answer."""

import numpy as np
import pytest

from benchmarks.fit_scores import auc
from pipelines.sizing.fit_learning.encode import FEATURES, Encoder, folds_of
from pipelines.sizing.fit_learning.table import read_feedback
from tests.pipelines.sizing.fit_learning.shops import HEADER, shop

ANSWERED = [i for i, name in enumerate(FEATURES) if name.endswith(("_small", "_large")) or name == "beyond_needed"]


@pytest.fixture(scope="module")
def rows():
    return shop()


def encoded(rows, folds):
    return Encoder.learn(rows, folds).features(rows, folds)


def test_a_rows_own_answer_never_enters_what_it_is_learnt_with(rows):
    folds = folds_of(rows, np.random.default_rng(0))
    before = encoded(rows, folds)
    changed = rows.rows(np.arange(len(rows)))
    asked = np.flatnonzero(folds == 2)
    changed.fit[asked] = (changed.fit[asked] + 1) % 3
    after = encoded(changed, folds)
    assert np.array_equal(before[asked], after[asked], equal_nan=True)
    others = np.flatnonzero(folds != 2)
    assert (before[others][:, ANSWERED] != after[others][:, ANSWERED]).any(axis=0).all()


def test_shuffled_answers_cannot_be_read_off_any_feature(rows):
    rng = np.random.default_rng(1)
    shuffled = rows.rows(np.arange(len(rows)))
    shuffled.fit[:] = rng.permutation(shuffled.fit)
    inputs = np.nan_to_num(encoded(shuffled, folds_of(rows, rng)), nan=-9.0)
    areas = np.array([auc(column, shuffled.fit == i) for column in inputs.T for i in range(3)])
    assert np.abs(areas - 0.5).max() < 0.05


def test_rates_are_of_the_other_folds_alone_and_drawn_to_what_is_said_beforehand():
    lines = [HEADER, *(f"u{n},tee,M,168,62,30,,tops,{'small' if n % 2 else 'fit'},{n}" for n in range(40))]
    rows = read_feedback(lines).feedback
    folds = np.arange(40) % 5
    at = {name: i for i, name in enumerate(FEATURES)}
    inputs = encoded(rows, folds)
    assert (inputs[:, at["item_count"]] == 32).all()
    assert inputs[:, at["item_small"]] == pytest.approx(0.5, abs=0.02)
    assert (inputs[:, at["user_count"]] == 0).all()
    fresh = Encoder.learn(rows, folds).features(rows)
    assert (fresh[:, at["item_count"]] == 40).all()
    assert (fresh[:, at["user_count"]] == 1).all()


def test_an_item_that_was_never_spoken_of_takes_the_rates_of_its_kind(rows):
    encoder = Encoder.learn(rows, folds_of(rows, np.random.default_rng(0)))
    asked = read_feedback(
        [HEADER, "new,new,8,166,63,30,pear,c1,fit,", "new,new,8,166,63,30,pear,unheard,fit,"]
    ).feedback
    at = {name: i for i, name in enumerate(FEATURES)}
    inputs = encoder.features(asked)
    assert encoder.knows_item(asked).tolist() == [False, False]
    assert inputs[:, at["item_small"]] == pytest.approx(inputs[:, at["category_small"]])
    assert abs(inputs[0, at["category_small"]] - inputs[1, at["category_small"]]) > 0.005
    assert inputs[1, at["category_small"]] == pytest.approx((rows.fit == 0).mean())
    assert np.isfinite(inputs[:, at["place"]]).all()


def test_sizes_without_order_and_bodies_that_nobody_told_leave_gaps_and_no_error(rows):
    encoder = Encoder.learn(rows, folds_of(rows, np.random.default_rng(0)))
    inputs = encoder.features(read_feedback([HEADER, ",i3,petite,,,,,,fit,"]).feedback)[0]
    at = {name: i for i, name in enumerate(FEATURES)}
    assert np.isnan(inputs[[at["height"], at["place"], at["beyond"]]]).all()
    assert inputs[at["item_count"]] > 10


def test_larger_bodies_are_expected_to_take_larger_sizes_on_every_scale():
    rng = np.random.default_rng(0)
    lines = [HEADER]
    for n in range(600):
        place = int(rng.integers(0, 5))
        label = ("XS", "S", "M", "L", "XL")[place] if n % 2 else str(34 + 2 * place)
        lines.append(f"u{n},i{n % 9},{label},{166},{50 + 6 * place + rng.normal(0, 2):.1f},30,,c{n % 2},fit,{n}")
    rows = read_feedback(lines).feedback
    encoder = Encoder.learn(rows, folds_of(rows, rng))
    place, expected = encoder.scales.places(rows), encoder.expected.places(rows)
    assert np.corrcoef(place, expected)[0, 1] > 0.95
    asked = read_feedback([HEADER, "a,i1,XL,166,74,30,,c1,fit,", "a,i1,42,166,74,30,,c0,fit,"]).feedback
    assert encoder.scales.places(asked)[0] == pytest.approx(encoder.scales.places(asked)[1], abs=0.2)
