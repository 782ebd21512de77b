"""Sizes of several systems in one line, each from a page that is named."""

import pytest

from pipelines.sizing import standards
from pipelines.sizing.systems import LINES, same_line


@pytest.mark.parametrize("sex", ["female", "male"])
def test_every_line_names_the_page_it_was_taken_from(sex):
    for line in LINES[sex].values():
        assert line.source.title
        assert line.source.where.startswith("http")
    assert len({len(line.sizes) for line in LINES[sex].values()}) == 1


def test_women_of_every_system_stand_in_line():
    assert same_line("12", "UK", "US") == "8"
    assert [same_line("12", "UK", wanted) for wanted in ("DE", "FR", "IT")] == ["38", "40", "44"]  # as BSI has them
    assert same_line("38", "EU", "UK") == "10"
    assert same_line("9", "JP", "EU") == "36"
    assert same_line("12", "UK", "CN") == "170/92A"
    assert same_line("160/84A", "CN", "UK") == "8"


def test_men_stand_in_line_by_the_inches_of_their_jackets():
    assert same_line("40", "US", "EU", "male") == "50"
    assert same_line("l", "JP", "UK", "male") == "38"
    assert same_line("40", "US", "CN", "male") is None  # nobody who agrees with GB/T 1335's own girths


def test_what_no_source_says_is_not_said():
    assert same_line("13", "UK", "US") is None
    assert same_line("12", "moon", "US") is None
    assert same_line("4", "UK", "CN") is None
    assert same_line("", "CN", "UK") is None
    assert same_line("LL", "JP", "US", "male") is None  # two lines have it


def test_lines_agree_with_the_girths_of_the_standards_to_a_size():
    """UK by Aldrich, US by ASTM, Japan by JIS, China by its code: one line is made for the same busts, to 4 cm."""
    middles = {
        chart.system: {row.size: sum(row.body_cm["chest"]) / 2 for row in chart.rows}
        for chart in standards.numbered_charts("female")
    }
    for size, bust in middles["UK"].items():
        for wanted in ("US", "JP"):
            theirs = middles[wanted].get(same_line(size, "UK", wanted) or "")
            assert theirs is None or abs(theirs - bust) <= 4, (size, wanted)
        code = same_line(size, "UK", "CN")  # 160/84A: height and girth
        assert code is None or abs(int(code[4:-1]) - bust) <= 4
