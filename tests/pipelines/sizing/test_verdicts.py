"""A verdict says no more than is true: of a size that fits, a second one with a chance, values that go together."""

import pytest

from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Source
from pipelines.sizing.ease import fit_of
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence, evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.reasons import reason
from pipelines.sizing.recommend import Item, advise, advise_unasked

SOURCE = Source("made up", "brand")
SHOP = load_catalogue()
TEE = item_of(SHOP.get("tee_crew"))
TAPED = ("chest", "waist", "hip")


def body(sex=None, **values):
    return estimate([evidence_of(name, value) for name, value in values.items()], sex)


def names(doubts):
    return tuple(doubt.name for doubt in doubts)


def for_bodies(**sizes):
    """A chart of ranges: size=(dimension, low, high)."""
    rows = tuple(BodyRow(size, {name: (low, high)}, SOURCE) for size, (name, low, high) in sizes.items())
    return Item(BodyChart("", rows), None)


def made(stretch=0.0, cut="regular", **chests):
    """A garment of which only its own chest is known: size=cm."""
    rows = tuple(GarmentRow(size, {"chest": float(cm)}, SOURCE) for size, cm in chests.items())
    return Item(None, GarmentChart(rows), stretch, cut=cut)


@pytest.mark.parametrize(
    ("sex", "values", "check"),
    [
        ("male", {"height": 180, "weight": 80, "navel_waist": 110}, ("weight", "navel_waist")),
        ("male", {"height": 180, "weight": 45}, ("weight",)),
        ("female", {"chest": 90, "hip": 90, "waist": 95}, ("waist",)),
    ],
)
def test_values_that_hardly_go_together_name_no_size_and_are_asked_about(sex, values, check):
    advice = advise(body(sex, **values), TEE)
    assert (advice.verdict, advice.size, names(advice.check)) == ("unsure", None, check)
    assert advice.ask[: len(check)] == check
    assert max(advice.chances.values()) > 0.5  # which size it would be is told all the same


def test_a_doubt_of_what_the_garment_does_not_go_by_leaves_the_size():
    small = body("male", height=135, weight=60, chest=98, navel_waist=86)
    assert {doubt.name for doubt in small.doubts} == {"height"}
    assert (advise(small, TEE).verdict, advise(small, TEE).size, advise(small, TEE).check) == ("sure", "M", ())
    long_legs = body("female", height=165, weight=60, inseam=92)
    assert advise(long_legs, TEE).size == "S"
    assert names(advise(long_legs, item_of(SHOP.get("jeans_straight"))).check) == ("inseam",)


@pytest.mark.parametrize(
    ("sex", "values"),
    [
        ("female", {"height": 178, "weight": 52, "chest": 82, "navel_waist": 66}),
        ("female", {"height": 160, "weight": 105, "chest": 118, "navel_waist": 112}),
        ("male", {"height": 205, "weight": 95, "chest": 104, "navel_waist": 92}),
        ("male", {"height": 178, "weight": 95, "chest": 112, "navel_waist": 92}),
    ],
)
def test_people_of_unusual_build_have_a_size(sex, values):
    advice = advise(body(sex, **values), TEE)
    assert advice.size is not None
    assert advice.check == ()


def test_a_size_without_a_neighbour_that_has_a_chance_is_the_nearest_and_not_one_of_two():
    advice = advise(body("female", height=140, weight=34), TEE)
    assert (advice.verdict, advice.size, advice.too_small) == ("nearest", "XS", False)
    assert advice.chances["S"] == 0.0
    assert advice.none_fits > 0.2
    large = advise(estimate([Evidence("chest", 133.0, "tape"), Evidence("waist", 123.0, "tape")], "male"), TEE)
    assert (large.verdict, large.size, large.too_small) == ("nearest", "XXL", True)


def test_between_names_a_second_size_that_has_a_chance():
    seen = set()
    for chest in range(76, 136, 3):
        for item in (TEE, for_bodies(ONE=("chest", 88, 104)), made(ONE=100), made(S=100, M=108)):
            advice = advise(body("male", height=178, chest=chest), item)
            seen.add(advice.verdict)
            if advice.verdict == "between":
                assert sorted(advice.chances.values())[-2] >= 0.05
    assert seen >= {"sure", "between", "nearest", "none fits"}


@pytest.mark.parametrize("sex", ["female", "male"])
def test_a_sure_size_is_nowhere_far_off(sex):
    items = [item_of(package) for package in SHOP.list()]
    sure = 0
    for height in (150, 170, 190):
        for bmi in (16, 18, 25):
            found = body(sex, height=height, weight=round(bmi * (height / 100) ** 2, 1))
            for item in items:
                advice = advise_unasked(found, item)
                if advice.verdict == "sure":
                    sure += 1
                    girths = [one for one in fit_of(found.figures(), item, advice.size) if one.point in TAPED]
                    assert all(abs(one.off) <= 8 and one.sits != "does not close" for one in girths)
    assert sure > 20


def test_who_lies_between_two_sizes_that_are_far_apart_has_none():
    gap = for_bodies(S=("chest", 80, 84), L=("chest", 120, 124))
    advice = advise(body(chest=102), gap)
    assert (advice.verdict, advice.size, advice.gap) == ("none fits", None, ("S", "L"))
    assert advise(body(chest=82), gap).size == "S"
    assert advise(body(chest=118), gap).size == "L"


def test_a_chart_of_heights_alone_has_ends_too():
    chart = for_bodies(M=("height", 165, 175), L=("height", 175, 185))
    tall = body("male", height=210)
    advice = advise(tall, chart)
    assert (advice.verdict, advice.too_small) == ("none fits", True)
    assert reason(tall.figures(), chart, advice, "en") == "no size fits: even L, the largest, is too small"
    assert advise(body("male", height=172), chart).size == "M"


def test_a_waist_that_the_largest_size_does_not_close_round_has_no_size():
    skirt = item_of(SHOP.get("skirt_pleated"))
    last = skirt.garment.rows[-1].garment_cm["waist"]
    found = estimate([Evidence("waist", last + 3, "measured"), Evidence("hip", 125.0, "measured")], "female")
    assert last + 3 < skirt.body.rows[-1].body_cm["waist"][1]  # which its chart calls in the range
    assert advise(found, skirt).verdict == "none fits"


def test_cloth_that_stretches_is_cut_with_less_ease():
    stiff, compression = (made(stretch, S=80, M=84, L=88) for stretch in (0.0, 0.5))
    assert advise(body(chest=96), stiff).verdict == "none fits"
    assert (advise(body(chest=96), compression).verdict, advise(body(chest=96), compression).size) == ("sure", "L")
    assert advise(body(chest=84), compression).size == "S"


@pytest.mark.parametrize(("id_", "chest"), [("tee_crew", 106), ("shirt_stripe", 106), ("tank_top", 106)])
def test_the_ease_that_stretch_leaves_is_that_of_the_packages(id_, chest):
    """By its own measures alone a garment of the shop is in the size that its chart says, or one beside it."""
    item = item_of(SHOP.get(id_))
    found = estimate([Evidence("chest", float(chest), "measured"), Evidence("waist", 93.0, "measured")], "male")
    by_chart, by_garment = advise(found, item), advise(found, Item(None, item.garment, item.stretch))
    assert by_chart.size == "L"
    assert sum(by_garment.chances[size] for size in ("M", "L", "XL")) > 0.95


def test_one_size_fits_whom_it_leaves_room():
    one = made(ONE=100)
    assert (advise(body(chest=94.5), one).verdict, advise(body(chest=88), one).verdict) == ("sure", "sure")
    assert advise(body(chest=112), one).verdict == "none fits"


@pytest.mark.parametrize("item", [made(ONE=100), for_bodies(ONE=("chest", 80, 95)), TEE])
def test_a_height_alone_makes_a_question_and_not_a_refusal(item):
    for height in (160, 170, 185):
        advice = advise(body(height=height), item)
        assert (advice.verdict, advice.ask[0]) == ("unsure", "weight")
