"""Tops tucked into trousers and skirts: inside of the waistband, nothing below it, the rest as before."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.body.model import Body, BodyModel
from pipelines.drape.cloth import start
from pipelines.errors import GarmentRejected
from pipelines.garment import mesh
from pipelines.garment.bind import gap_to
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered
from pipelines.garment.package import parse_package
from pipelines.garment.worn import WornGarment

PAIRS = [
    ("shirt_stripe", "trousers_chino"), ("tee_crew", "jeans_straight"), ("blouse_dots", "skirt_pleated"),
    ("sweater_cable", "skirt_pencil"), ("top_linen", "shorts_chino"),
]  # fmt: skip


def _fitted(catalogue: Catalogue, body: Body, name: str, size: str = "M", tucked: bool = False) -> WornGarment:
    return replace(fit_garment(catalogue.get(name), size, body), tucked=tucked)


def _trunk(garment: WornGarment) -> np.ndarray:
    """Return the drawn vertices of the trunk."""
    used = np.unique(garment.faces)
    return garment.rest_m[used[garment.arm_weight[used] < 0.5]]


def _edge(bottom: WornGarment) -> float:
    cloth = bottom.rest_m[: bottom.cloth.count]
    return float(max(cloth[loop, 1].mean() for loop in mesh.boundary_loops(bottom.cloth.faces)))


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest, catalogue: Catalogue, mean_body: Body) -> tuple[WornGarment, WornGarment]:
    top, bottom = request.param
    return _fitted(catalogue, mean_body, top, tucked=True), _fitted(catalogue, mean_body, bottom)


def test_nothing_of_a_tucked_top_is_drawn_below_the_waistbands_edge(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    assert inner.package.id == pair[0].package.id
    assert _edge(outer) - 0.05 < _trunk(inner)[:, 1].min() < _edge(outer) - 0.002
    below = (inner.rest_m[:, 1] < _edge(outer) - 0.05) & (inner.arm_weight < 0.5)
    assert below.any()
    assert not below[inner.faces].any(1).any()


def test_tucked_top_lies_within_the_waistband_and_outside_of_the_body(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    drawn = _trunk(inner)
    at_edge = drawn[np.abs(drawn[:, 1] - _edge(outer)) < 0.012]
    band = outer.rest_m[: outer.cloth.count]
    band = band[np.abs(band[:, 1] - _edge(outer)) < 0.02]
    assert len(at_edge) > 20
    assert np.abs(at_edge[:, 0]).max() < np.abs(band[:, 0]).max() + 0.001
    assert at_edge[:, 2].max() < band[:, 2].max() + 0.001
    assert at_edge[:, 2].min() > band[:, 2].min() - 0.001
    gap, _ = gap_to(inner.cloth.skin, inner.cloth.candidates, inner.rest_m[: inner.cloth.count].astype(float))
    assert (gap < -0.001).mean() < 0.01


def test_bottom_is_as_if_nothing_were_tucked_into_it(pair: tuple[WornGarment, WornGarment], model: BodyModel) -> None:
    assert layered(pair, model)[1] is pair[1]


def test_tucked_top_is_held_at_the_waist_and_hangs_as_before_above(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    top, count = pair[0], inner.cloth.count
    high = (top.rest_m[:, 1] > _edge(outer) + 0.12) | (top.arm_weight >= 0.5)
    assert np.allclose(inner.rest_m[high], top.rest_m[high], atol=1e-5)
    assert np.allclose(inner.cloth.limit_m[high[:count]], top.cloth.limit_m[high[:count]], atol=1e-6)
    low = (inner.rest_m[:count, 1] < _edge(outer)) & (inner.arm_weight[:count] < 0.5)
    assert inner.cloth.limit_m[low].max() < 0.0035
    assert inner.inside is not None
    assert inner.inside[:count][low].min() > 0.99
    assert inner.beneath is not None
    assert np.array_equal(inner.beneath, inner.inside)
    assert np.allclose(inner.skin_weight.sum(1), 1, atol=1e-5)


def test_settled_top_keeps_to_the_waistband_and_blouses_a_little(
    catalogue: Catalogue, mean_body: Body, model: BodyModel
) -> None:
    worn = [_fitted(catalogue, mean_body, "shirt_stripe", tucked=True), _fitted(catalogue, mean_body, "jeans_straight")]
    inner, outer = layered(worn, model)
    hung = start(inner, inner.rest_m).x
    trunk = inner.arm_weight[: inner.cloth.count] < 0.5

    def width(low: float, high: float) -> float:
        band = trunk & (hung[:, 1] > _edge(outer) + low) & (hung[:, 1] < _edge(outer) + high)
        return float(np.ptp(hung[band, 0]))

    assert width(-0.01, 0.01) < width(0.04, 0.06) < width(-0.01, 0.01) + 0.12


def test_untucked_top_goes_over_and_nothing_is_tucked_without_a_waistband(
    catalogue: Catalogue, mean_body: Body, model: BodyModel
) -> None:
    jeans, tee = (_fitted(catalogue, mean_body, name) for name in ("jeans_straight", "tee_crew"))
    assert [one.package.id for one in layered([tee, jeans], model)] == ["jeans_straight", "tee_crew"]
    alone = layered([replace(tee, tucked=True)], model)[0]
    assert not alone.tucked
    assert alone.inside is None
    assert np.array_equal(alone.rest_m, tee.rest_m)


def test_jacket_goes_over_what_is_tucked_in_and_what_is_below_a_tucked_top_is_tucked_too(
    catalogue: Catalogue, mean_body: Body, model: BodyModel
) -> None:
    names = ("jacket_denim", "sweater_roll", "trousers_chino", "tee_crew")
    worn = [_fitted(catalogue, mean_body, name, tucked=name == "sweater_roll") for name in names]
    order = layered(worn, model)
    assert [one.package.id for one in order] == ["tee_crew", "sweater_roll", "trousers_chino", "jacket_denim"]
    assert [one.tucked for one in order] == [True, True, False, False]


def test_only_closed_tops_that_end_below_the_waist_can_be_tucked(catalogue: Catalogue) -> None:
    can = {package.id for package in catalogue.list() if package.can_be_tucked}
    assert {"tee_crew", "shirt_stripe", "polo_pique", "blouse_dots", "tank_top", "sweater_cable"} <= can
    assert not can & {"jacket_denim", "coat_wool", "cardigan_knit", "hoodie_fleece", "dress_shift", "jeans_straight"}
    fields = catalogue.get("coat_wool").model_dump(mode="json", exclude_none=True) | {"tucked": True}
    with pytest.raises(GarmentRejected, match="tucked: only a closed top"):
        parse_package(fields)
