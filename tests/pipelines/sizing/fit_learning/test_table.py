"""Tables of fit feedback."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import InputRejected
from pipelines.sizing.fit_learning.table import HEADERS, read_feedback, seconds_of

HEADER = ",".join(HEADERS)
WORN = "ann,tee,M,168,62,30,pear,tops,small,2026-03-01"


def test_a_row_is_read_column_by_column_whatever_the_order_and_what_else_is_there():
    lines = ["Time,FIT,colour,size,item_id,user_id,height_cm,weight_kg,age,body_type,category"]
    lines += ["2026-03-01T12:00:00Z,Small,red,2XL,tee,ann,168,137 lbs,30,pear,tops", ",large,,28,jeans,,,,,,"]
    rows = read_feedback(lines).feedback
    assert len(rows) == 2
    assert rows.size.names == ("XXL", "28")
    assert rows.user.codes.tolist() == [0, -1]
    assert rows.fit.tolist() == [0, 2]
    assert rows.weight[0] == pytest.approx(62.1, abs=0.1)
    assert np.isnan([rows.height[1], rows.age[1], rows.time_s[1]]).all()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("1700000000", 1.7e9), ("1700000000000", 1.7e9), ("1970-01-02", 86400), ("1970/1/2", 86400),
        ("1970-01-02T01:00:00+01:00", 86400), ("1970-01-01 23:30:00-0030", 86400), ("1970-01-01T00:00:01.5Z", 1.5),
    ],
)  # fmt: skip
def test_times_are_iso_or_an_epoch(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-02-31", "2026-13-01", "2026-01-01T25:00", "-5", "nan", "inf", "1e300"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InputRejected, match="time"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ann,tee,M,17,62,30,,tops,small,", "height 17"), ("ann,tee,M,168,900,30,,tops,small,", "weight 900"),
        ("ann,tee,M,168,62,3,,tops,small,", "age 3"), ("ann,tee,M,😀,62,30,,tops,small,", "height"),
        ("ann,tee,M,168,62,30,,tops,fabulous,", "fabulous"), ("ann,tee,M,168,62,30,,tops,,", "small, fit, large"),
        ("ann,tee,M,168,62,30,,tops,small,soon", "soon"), (",,M,,,30,,tops,small,", "neither"),
        ("ann,tee,M,168,62,5,30,,tops,small,", "more cells"), (f"{'a' * 300},tee,M,,,,,,small,", "longer"),
    ],
)  # fmt: skip
def test_rows_that_make_no_sense_are_left_out_and_told(row, reason):
    reading = read_feedback([HEADER, row, WORN])
    assert len(reading.feedback) == 1
    assert len(reading.refused) == 1
    assert reading.refused[0].startswith("line 2: ")
    assert reason in reading.refused[0]


def test_a_row_that_stands_there_twice_counts_once_but_two_strangers_count_twice():
    stranger = ",tee,M,,,,,tops,small,"
    reading = read_feedback([HEADER, WORN, WORN, stranger, stranger, WORN.replace("small", "fit")])
    assert reading.repeats == 1
    assert len(reading.feedback) == 4


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no column"), (["user_id,size"], "no column `fit`"), ([HEADER], "no rows"),
        ([HEADER.replace(",", ";"), "a;b"], "semicolons"),
    ],
)  # fmt: skip
def test_a_table_without_feedback_is_refused(lines, reason):
    with pytest.raises(InputRejected, match=reason):
        read_feedback(lines)


@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_text_is_feedback_or_refused(lines):
    try:
        reading = read_feedback([HEADER, *lines])
    except InputRejected:
        return
    assert set(reading.feedback.fit.tolist()) <= {0, 1, 2}


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_refused(text):
    try:
        seconds = seconds_of(text)
    except InputRejected:
        return
    assert math.isnan(seconds) or math.isfinite(seconds)
