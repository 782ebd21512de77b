"""Charts that contradict themselves cannot be made; body and garment never mix."""

import pytest

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import ISO_8559_1, BodyChart, BodyRow, GarmentChart, GarmentRow, Source
from pipelines.sizing.labels import label_rank, plain_label
from pipelines.sizing.measures import MEASURES

SOURCE = Source("a shop's table", "brand", "page 3")


def body(**sizes):
    return BodyChart("EU", tuple(BodyRow(size, ranges, SOURCE) for size, ranges in sizes.items()))


def garment(**sizes):
    return GarmentChart(tuple(GarmentRow(size, points, SOURCE) for size, points in sizes.items()))


def test_a_sound_chart_tells_sizes_dimensions_and_source():
    chart = body(S={"chest": (86, 94)}, M={"chest": (94, 102)})
    assert (chart.sizes, chart.dimensions) == (("S", "M"), ("chest",))
    assert chart.rows[0].source.where == "page 3"
    assert garment(S={"chest": 100.0}, M={"chest": 108.0}).sizes == ("S", "M")
    assert set(ISO_8559_1) <= set(MEASURES)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: body(M={"chest": (102, 110)}, L={"chest": (94, 102)}), "chest: 94 in L is below 102 in M"),
        (lambda: garment(M={"chest": 112}, L={"chest": 104}), "chest: 104 in L is below 112 in M"),
        (lambda: body(L={"chest": (94, 102)}, M={"chest": (102, 110)}), "not in rising order"),
        (lambda: body(M={"chest": (102, 94)}), "above"),
        (lambda: body(M={"chest": (37, 40)}), "inches"),
        (lambda: garment(M={"chest": 52}), "half the girth"),
        (lambda: body(M={"chest": (float("nan"), 100)}), "not a number"),
        (lambda: body(M={"chest": ("94", 100)}), "not a number"),
        (lambda: body(M={"hem": (94, 100)}), "no body dimension"),
        (lambda: body(M={"length": (60, 70)}), "no body dimension"),
        (lambda: garment(M={"height": 170}), "no point of measure"),
        (lambda: garment(M={"weight": 70}), "no point of measure"),
        (lambda: body(S={"chest": (86, 94)}, M={"waist": (80, 90)}), "not given for every size"),
        (lambda: body(M={}), "no body dimension"),
        (lambda: body(), "0 sizes"),
        (lambda: BodyChart("EU", (BodyRow("M", {"chest": (90, 98)}, SOURCE),) * 2), "twice"),
        (lambda: body(**{"😀" * 30: {"chest": (90, 98)}}), "label"),
    ],
)
def test_a_chart_that_makes_no_sense_is_refused(make, reason):
    with pytest.raises(ChartRejected, match=reason):
        make()


def test_labels_have_one_spelling_and_an_order():
    spelt = {"2XL": "XXL", "xx-large": "XXL", "Medium": "M", "M码": "M", "均码": "ONE", "one size": "ONE", "LL": "XL"}
    assert {text: plain_label(text) for text in spelt} == spelt
    assert plain_label("165/88A") == "165/88A"
    for rising in (["XXS", "S", "M", "3XL"], ["00", "0", "2", "10"], ["160/84A", "165/88A"], ["30x32", "32x30"]):
        ranks = [label_rank(label) for label in rising]
        assert ranks == sorted(ranks)
        assert len({scale for scale, _ in ranks}) == 1
    assert label_rank("ONE") is None
