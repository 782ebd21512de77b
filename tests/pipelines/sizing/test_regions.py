"""How a garment sits all over: the chart's own points, and those that follow from it."""

import pytest

from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit_top import GIVES
from pipelines.sizing.ease import LENGTHS, fit_of, rows_of
from pipelines.sizing.estimate import Figure, estimate
from pipelines.sizing.evidence import evidence_of
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import CLOSES, Item
from pipelines.sizing.regions import regions_of


def item(garment: str) -> Item:
    return item_of(load_catalogue().get(garment))


def figures(sex: str | None = None, **told: float) -> dict[str, Figure]:
    return estimate([evidence_of(name, value, "tape") for name, value in told.items()], sex).figures()  # type: ignore[arg-type]


MAN = {"height": 178.0, "chest": 97.0, "waist": 84.0, "hip": 98.0}


@pytest.mark.parametrize("garment", ["tee_crew", "shirt_stripe", "jeans_straight", "dress_a_line", "skirt_pencil"])
def test_points_of_the_chart_have_the_numbers_of_the_size_answer(garment: str) -> None:
    man, one = figures("male", **MAN), item(garment)
    for size in one.sizes:
        regions = {region.point: region for region in regions_of(man, one, size)}
        for fit in fit_of(man, one, size):
            if fit.garment is not None:
                assert regions[fit.point] == fit
                assert not regions[fit.point].inferred


def test_what_the_chart_does_not_say_is_inferred_and_marked_so() -> None:
    regions = {one.point: one for one in regions_of(figures("male", **MAN), item("shirt_stripe"), "M")}
    assert {point for point, one in regions.items() if one.inferred} == {
        "hip", "upper_arm", "shoulder", "sleeve", "length",
    }  # fmt: skip
    assert regions["hip"].garment == 110  # its hem


@pytest.mark.parametrize(
    ("garment", "sex"),
    [("tee_crew", "male"), ("coat_wool", "male"), ("trousers_chino", "male"), ("skirt_a_line", "female")],
)
def test_the_body_that_a_size_is_for_is_as_cut_everywhere(garment: str, sex: str) -> None:
    one = item(garment)
    for size in one.sizes[1:-1]:
        bodies, _ = rows_of(one, size)
        middle = figures(sex, **{name: (low + high) / 2 for name, (low, high) in bodies.items()})
        assert all(abs(region.off) < 1.0 for region in regions_of(middle, one, size)), size


def test_every_larger_size_sits_looser_on_the_same_body() -> None:
    man, one = figures("male", **MAN), item("shirt_stripe")
    sizes = [{region.point: region for region in regions_of(man, one, size)} for size in one.sizes]
    for smaller, larger in zip(sizes, sizes[1:], strict=False):
        for point in smaller:
            assert larger[point].ease is not None and smaller[point].ease is not None
            assert larger[point].ease > smaller[point].ease or point in LENGTHS
            assert larger[point].off >= smaller[point].off


def test_what_does_not_close_says_so_and_how_far_the_cloth_would_be_pulled() -> None:
    large = figures("male", height=178.0, chest=120.0, waist=115.0, hip=115.0)
    chest = next(one for one in regions_of(large, item("shirt_stripe"), "M") if one.point == "chest")
    assert chest.sits == "does not close"
    assert chest.strain == pytest.approx((chest.body - 110) / 110)
    loose = next(one for one in regions_of(large, item("shirt_stripe"), "XXL") if one.point == "chest")
    assert loose.strain == 0.0


def test_the_length_of_a_short_sleeve_is_a_matter_of_style() -> None:
    man = figures("male", **MAN)
    assert "sleeve" not in {one.point for one in regions_of(man, item("tee_crew"), "M")}
    assert "sleeve" in {one.point for one in regions_of(man, item("long_sleeve"), "M")}


def test_a_front_gapes_from_where_sizing_says_that_it_does_not_close() -> None:
    assert GIVES == CLOSES
