import pytest

from pipelines.sizing import standards
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence


@pytest.mark.parametrize(
    "chart",
    [
        standards.letter_chart("female"),
        standards.letter_chart("male"),
        standards.astm_women_chart(),
        standards.uk_women_chart(),
        standards.jis_women_chart(),
        standards.jis_men_chart(),
    ],
)
def test_every_row_of_a_standard_names_its_source(chart):
    assert len(chart.rows) >= 3
    assert all(row.source.title and row.source.kind in ("standard", "retail") for row in chart.rows)


def test_rows_of_a_standard_meet_without_gaps():
    rows = standards.astm_women_chart().rows
    for smaller, larger in zip(rows, rows[1:], strict=False):
        assert smaller.body_cm["chest"][1] == larger.body_cm["chest"][0]
    eight = next(row for row in rows if row.size == "8")
    assert eight.body_cm["chest"][0] < 36.25 * 2.54 < eight.body_cm["chest"][1]


def test_codes_of_china_follow_height_girth_and_drop():
    assert standards.gbt_type(88, 74, "male") == "A"
    assert standards.gbt_type(92, 74, "male") == "Y"
    assert standards.gbt_type(84, 68, "female") == "A"
    assert standards.gbt_type(84, 84, "female") == ""
    assert standards.gbt_code(169, 87, "A") == "170/88A"
    assert standards.gbt_code(172.4, 83.2, "A") == "170/84A"
    assert standards.gbt_code(160, 67.2, "A", lower=True) == "160/68A"


def test_labels_follow_the_median_body():
    told = {"height": 175.0, "chest": 96.0, "waist": 82.0}
    found = estimate([Evidence(name, value, "measured") for name, value in told.items()], "male")
    assert standards.labels_of(found) == {
        "EN 13402-3": "M", "GB/T 1335 top": "175/96A", "GB/T 1335 bottom": "175/82A",
    }  # fmt: skip


def test_what_is_hardly_known_has_no_label():
    height = Evidence("height", 175.0, "told")
    assert standards.labels_of(estimate([height])) == {}
    assert standards.labels_of(estimate([height, Evidence("weight", 75.0, "told")], "male"))


def test_systems_stand_in_line():
    assert standards.same_line("12", "UK", "US") == "8"
    assert standards.same_line("38", "EU", "UK") == "10"
    assert standards.same_line("9", "JP", "EU") == "40"
    assert standards.same_line("13", "UK", "US") is None
    assert standards.same_line("12", "moon", "US") is None
    assert len({len(line) for line in standards.WOMEN.values()}) == 1
