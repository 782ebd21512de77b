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
        standards.jacket_chart(),
    ],
)
def test_every_row_of_a_standard_names_its_source(chart):
    assert len(chart.rows) >= 3
    assert all(row.source.title and row.source.kind in ("standard", "retail") for row in chart.rows)
    assert all(row.source.where.startswith("http") for row in chart.rows)


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
    told = {"height": 175.0, "chest": 97.0, "waist": 82.0}
    found = estimate([Evidence(name, value, "measured") for name, value in told.items()], "male")
    assert standards.labels_of(found) == {
        "EN 13402-3": "M", "GB/T 1335 top": "175/96A", "GB/T 1335 bottom": "175/82A",
        "US": "38", "UK": "38", "EU": "48", "JP": "L",
    }  # fmt: skip


def test_a_womans_body_is_told_the_numbers_of_every_country():
    told = {"height": 165.0, "chest": 92.0, "waist": 76.0}
    found = estimate([Evidence(name, value, "measured") for name, value in told.items()], "female")
    labels = standards.labels_of(found)
    assert {system: labels[system] for system in ("US", "UK", "EU")} == {"US": "8", "UK": "12", "EU": "40"}
    assert labels["JP"] == "15"


def test_numbers_reach_as_far_as_the_chest_is_known():
    """A tape leaves a size or two; height and weight leave so many that a number would say nothing."""
    known = [Evidence("height", 165.0, "told"), Evidence("weight", 60.0, "told")]
    assert "US" not in standards.labels_of(estimate(known, "female"))
    assert standards.labels_of(estimate([*known, Evidence("chest", 88.0, "tape")], "female"))["US"] == "4–6"


def test_who_is_beyond_a_systems_chart_has_no_number_of_it():
    told = {"height": 165.0, "chest": 121.0, "waist": 105.0}
    labels = standards.labels_of(
        estimate([Evidence(name, value, "measured") for name, value in told.items()], "female")
    )
    assert labels["UK"] == "24"
    assert "US" not in labels and "JP" not in labels


def test_what_is_hardly_known_has_no_label():
    height = Evidence("height", 175.0, "told")
    assert standards.labels_of(estimate([height])) == {}
    assert standards.labels_of(estimate([height, Evidence("weight", 75.0, "told")], "male"))


def test_a_size_is_called_by_the_girths_that_it_is_made_for():
    assert standards.labels_made_for({"chest": (90, 94)}, "female") == {
        "EN 13402": "M", "US": "8", "UK": "12", "EU": "40", "JP": "15",
    }  # fmt: skip
    men = standards.labels_made_for({"height": (170, 178), "chest": (94, 102), "waist": (80, 88)}, "male")
    assert (men["EN 13402"], men["US"], men["JP"], men["CN"]) == ("M", "38–40", "L", "175/100A")
    assert standards.labels_made_for({"height": (160, 170)}, "female") == {}
