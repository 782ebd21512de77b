"""What a merchant's sizes are called in other countries, and by whose word."""

import pytest

from pipelines.sizing.charts import Source
from pipelines.sizing.elsewhere import labels_elsewhere, sources_elsewhere
from pipelines.sizing.merchant import charts_from_csv

SOURCE = Source("the merchant", "brand")


def test_sizes_are_called_by_the_merchant_then_by_line_then_by_girth():
    text = "UK,US,Bust cm,Waist cm\n10,5,86-90,70-74\n12,7,90-94,74-78\n"
    labels = labels_elsewhere(charts_from_csv(text, SOURCE, "body", group="women"))
    assert labels["12"]["US"] == "7"  # as the merchant says
    assert labels["12"]["EU"] == "40"  # what stands in line with UK 12
    assert labels["12"]["EN 13402"] == "M"  # by the girth
    assert labels_elsewhere(charts_from_csv(text, SOURCE, "body"))["12"] == {"UK": "12", "US": "7"}


@pytest.mark.parametrize(
    ("text", "system", "group"),
    [
        ("size,bust cm\n8,82-86\n10,86-90\n", "UK", "women"),
        ("size,chest cm,waist cm,height cm\nM,94-102,80-88,170-178\n", "", "men"),
        ("UK,US,Bust cm\n8,5,82-86\n", "", "women"),
    ],
)
def test_every_name_elsewhere_has_a_source_or_is_the_merchants_own(text, system, group):
    charts = charts_from_csv(text, SOURCE, "body", system, group=group)
    own = {charts.system, *(name for names in charts.labels.values() for name in names)}
    named = {name for names in labels_elsewhere(charts).values() for name in names}
    assert len(named) > 3
    assert named - own == set(sources_elsewhere(charts))


def test_mens_trousers_are_no_jackets():
    trousers = charts_from_csv("size,waist cm\n34,86\n36,91\n", SOURCE, "body", "US", group="men")
    assert labels_elsewhere(trousers)["34"] == {"US": "34", "JP": "L"}  # JIS L 4004 has waists; no jacket of EU 44
