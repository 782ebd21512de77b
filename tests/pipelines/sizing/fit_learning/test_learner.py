"""The learner predicts, says how sure it is, and sees no answer that it must not see."""

import numpy as np
import pytest

from benchmarks.fit_scores import calibration_error, plain_scores, split_by_time
from pipelines.errors import InputRejected
from pipelines.sizing.fit_learning.learner import learn_fit
from pipelines.sizing.fit_learning.table import read_feedback
from tests.pipelines.sizing.fit_learning.shops import HEADER, shop, shop_lines


@pytest.fixture(scope="module")
def rows():
    return shop(6000)


@pytest.fixture(scope="module")
def learnt(rows):
    model = learn_fit(rows.rows(np.arange(len(rows)) % 5 > 0))
    return model, rows.rows(np.arange(len(rows)) % 5 == 0)


def test_fit_is_predicted_better_than_by_chance_and_as_surely_as_it_is_right(learnt):
    model, tested = learnt
    said = model.chances(tested)
    assert said.sum(axis=1) == pytest.approx(1)
    assert plain_scores(said, tested.fit)["auc"] > 0.75
    assert calibration_error(said, tested.fit) < 0.04


def test_answers_of_the_rows_asked_about_change_nothing(learnt):
    model, tested = learnt
    dealt = tested.rows(np.arange(len(tested)))
    dealt.fit[:] = np.random.default_rng(0).permutation(dealt.fit)
    assert np.array_equal(model.chances(tested), model.chances(dealt))


def test_answers_dealt_out_at_random_teach_nothing(rows):
    dealt = rows.rows(np.arange(len(rows)))
    dealt.fit[:] = np.random.default_rng(3).permutation(dealt.fit)
    learnt = np.arange(len(rows)) % 5 > 0
    said = learn_fit(dealt.rows(learnt)).chances(rows.rows(~learnt))
    assert plain_scores(said, rows.fit[~learnt])["auc"] == pytest.approx(0.5, abs=0.06)


def test_what_comes_later_changes_nothing_of_what_was_learnt_before(rows):
    split = split_by_time(rows)
    assert rows.time_s[split.learnt].max() < rows.time_s[split.tested].min()
    later = rows.rows(np.arange(len(rows)))
    later.fit[split.tested] = 2
    said = [
        learn_fit(table.rows(split_by_time(table).learnt)).chances(rows.rows(split.tested)) for table in (rows, later)
    ]
    assert np.array_equal(*said)


def test_items_nobody_has_spoken_of_are_judged_by_body_size_and_kind(rows):
    new = rows.item.codes < 6
    model, tested = learn_fit(rows.rows(~new)), rows.rows(new)
    assert not model.encoder.knows_item(tested).any()
    assert plain_scores(model.chances(tested), tested.fit)["auc"] > 0.6


def test_the_same_feedback_teaches_the_same(rows):
    few = rows.rows(np.arange(600))
    assert np.array_equal(learn_fit(few).chances(rows), learn_fit(few).chances(rows))


@pytest.mark.parametrize(
    ("answers", "reason"), [(["fit", "small", "large"] * 30, "fewer than 200"), (["fit", "small"] * 150, "large")]
)
def test_too_little_feedback_is_refused_with_what_is_missing(answers, reason):
    lines = [HEADER, *(f"u{n},tee,M,168,62,30,,tops,{fit},{n}" for n, fit in enumerate(answers))]
    with pytest.raises(InputRejected, match=reason):
        learn_fit(read_feedback(lines).feedback)


def test_a_small_shop_with_nothing_but_items_and_answers_is_learnt_from():
    rng = np.random.default_rng(0)
    lines = ["item_id,fit"]
    for n in range(400):
        lines.append(
            f"i{n % 5},{('small', 'fit', 'large')[int(rng.choice(3, p=(0.6, 0.3, 0.1) if n % 5 else (0.1, 0.3, 0.6)))]}"
        )
    rows = read_feedback(lines).feedback
    said = learn_fit(rows).chances(rows)
    assert said[rows.item.codes == 0, 2].mean() > said[rows.item.codes == 1, 2].mean() + 0.2


@pytest.mark.parametrize("item", ["", "tee"])
@pytest.mark.filterwarnings("error")
def test_a_shop_that_tells_no_items_or_sells_one_is_learnt_from(item):
    lines = [HEADER]
    for line in shop_lines(900)[1:]:
        cells = line.split(",")
        lines.append(",".join([cells[0], item, *cells[2:]]))
    rows = read_feedback(lines).feedback
    model = learn_fit(rows)
    assert model.encoder.knows_item(rows).all() == bool(item)
    assert plain_scores(model.chances(rows), rows.fit)["auc"] > 0.6
    elsewhere = read_feedback([HEADER, "stranger,moon,均码,,,,alien,hats,fit,", ",moon,M/10,170,,,,,fit,"]).feedback
    assert np.isfinite(model.chances(elsewhere)).all()
