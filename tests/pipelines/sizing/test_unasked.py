"""What is drawn of whom little is known."""

import pytest

from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.charts import BodyChart, BodyRow
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import Item, advise
from pipelines.sizing.regions import regions_of
from pipelines.sizing.unasked import assumed_figures, drawn_size
from tests.pipelines.sizing.test_recommend import SOURCE, tops

SHOP = load_catalogue()


def known(sex="male", **values):
    return KnownBody(tuple(evidence_of(name, value) for name, value in values.items()), sex)


def test_the_size_that_is_drawn_is_the_advised_one_or_the_middle_of_the_possible():
    named = known(height=178, weight=96, chest=108)
    assert drawn_size(named, tops()) == advise(estimate(named.evidence, named.sex), tops()).size
    dress = item_of(SHOP.get("dress_shift"))
    for weight in (62, 74, 86):
        open_still = known(weight=weight)
        advice = advise(estimate(open_still.evidence, open_still.sex), dress)
        assert advice.size is None
        at = list(advice.chances).index(drawn_size(open_still, dress))
        shares = list(advice.chances.values())
        assert sum(shares[:at]) < 0.5
        assert sum(shares[at + 1 :]) < 0.5


def test_something_is_drawn_of_whom_nothing_fits():
    assert drawn_size(known(height=180, weight=170, chest=150), tops()) == "XL"
    assert drawn_size(known("female", height=150, weight=38, chest=70), tops()) == "S"


def test_who_lies_between_two_sizes_is_drawn_in_the_larger():
    rows = tuple(BodyRow(size, {"chest": ends}, SOURCE) for size, ends in (("S", (80, 84)), ("L", (120, 124))))
    assert drawn_size(known(None, chest=102), Item(BodyChart("", rows), None)) == "L"


def test_whose_measures_are_doubted_is_drawn_in_what_they_would_make():
    advice = advise(estimate(known(height=180, weight=80, navel_waist=110).evidence, "male"), tops())
    assert advice.size is None
    at = drawn_size(known(height=180, weight=80, navel_waist=110), tops())
    assert at == max(advice.chances, key=advice.chances.get)


@pytest.mark.parametrize("card", SHOP.cards(), ids=lambda card: card.id)
def test_who_told_nothing_wears_the_middle_size_and_who_told_a_height_one_near_it(card):
    item = item_of(SHOP.get(card.id))
    assert drawn_size(None, item) == "M"
    by_height = [item.sizes.index(drawn_size(known(None, height=height), item)) for height in range(148, 203, 9)]
    assert by_height == sorted(by_height)
    assert by_height[0] < by_height[-1]
    assert item.sizes[by_height[3]] in ("M", "L")  # 175 cm


@pytest.mark.parametrize("card", SHOP.cards(), ids=lambda card: card.id)
@pytest.mark.parametrize("height_cm", [None, 160.0, 185.0])
def test_what_is_drawn_unasked_sits_as_it_is_cut(card, height_cm):
    item = item_of(SHOP.get(card.id))
    size = drawn_size(None if height_cm is None else known(None, height=height_cm), item)
    regions = regions_of(assumed_figures(item, height_cm), item, size)
    girths = [one for one in regions if one.point in ("chest", "waist", "hip")]
    assert {(one.sits, one.source) for one in girths} == {("as cut", "assumed")}


def test_a_told_height_counts_in_the_lengths():
    item = item_of(SHOP.get("trousers_chino"))
    small, tall = (assumed_figures(item, height_cm) for height_cm in (155.0, 195.0))
    assert (small["height"].value, tall["height"].value) == pytest.approx((155, 195), abs=4)  # people add some
    assert tall["inseam"].value > small["inseam"].value + 10


def test_a_garment_without_a_body_chart_has_nobody_to_assume():
    assert assumed_figures(Item(None, tops().garment), None) is None
