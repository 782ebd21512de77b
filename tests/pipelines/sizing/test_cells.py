"""What stands in the cells of merchants' tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sizing.cells import Cell, read_cell


@pytest.mark.parametrize(
    ("text", "low", "high", "unit", "tolerance"),
    [
        ("100", 100, 100, "", 0),
        ("１０４", 104, 104, "", 0),
        ("34 1/2", 34.5, 34.5, "", 0),
        ("34-1/2", 34.5, 34.5, "", 0),
        ("34½", 34.5, 34.5, "", 0),
        ("34 ½ - 35 ½", 34.5, 35.5, "", 0),
        ("33 1/2-35 1/2 in", 33.5, 35.5, "in", 0),
        ("34⅛", 34.125, 34.125, "", 0),
        ('34"-36"', 34, 36, "in", 0),
        ("1,040", 1040, 1040, "", 0),
        ("1,040.5 mm", 1040.5, 1040.5, "mm", 0),
        ("88,5", 88.5, 88.5, "", 0),
        ("92,5–96,5", 92.5, 96.5, "", 0),
        ("165至175", 165, 175, "", 0),
        ("94 ~ 102cm", 94, 102, "cm", 0),
        ("100±2", 100, 100, "", 2),
        ("100 (+/-2cm)", 100, 100, "cm", 2),
        ("约100左右", 100, 100, "", 0),
        ("91 cm / 36 in", 91, 91, "cm", 0),
    ],
)
def test_numbers_are_read_as_merchants_write_them(text, low, high, unit, tolerance):
    assert read_cell(text) == Cell(low, high, unit, tolerance)


@pytest.mark.parametrize("text", ["", "  ", "-", "—", "–", "/", "n/a", "N/A", "无", "\\"])
def test_what_says_nothing_is_nothing(text):
    assert read_cell(text) is None


@pytest.mark.parametrize(
    "text",
    ["😀", "nan", "-100", "100+", "M", "1/2/3", "91/36", "91 cm / 30 in", "91 cm / -", "9" * 61, "100 cm ± 1 in"],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        read_cell(text)


def test_a_cells_own_unit_counts_before_the_columns():
    assert read_cell("40 in").in_cm("cm") == (101.6, 101.6)
    assert read_cell("1040").in_cm("mm") == (104, 104)


@given(st.text(max_size=70) | st.text(alphabet="0123456789½,./-± cmin'\"", max_size=70))
def test_any_cell_is_read_or_refused(text):
    try:
        read_cell(text)
    except ValueError:
        pass
