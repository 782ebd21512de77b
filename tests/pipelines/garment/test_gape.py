"""What does not close is drawn so: open fronts stay apart by what is missing, and a shirt is worn open."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.body.fit import body_from_measurements
from pipelines.body.model import Body, BodyModel
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fit import fit_garment, unbuttoned
from pipelines.garment.mesh import boundary_loops
from pipelines.garment.worn import WornGarment


@pytest.fixture(scope="module")
def slim(model: BodyModel) -> Body:
    return body_from_measurements(model, {"height": 178, "chest": 95, "waist": 82}, "male")


@pytest.fixture(scope="module")
def large(model: BodyModel) -> Body:
    return body_from_measurements(model, {"height": 178, "chest": 120, "waist": 115}, "male")


def gap_cm(worn: WornGarment, body: Body) -> float:
    """How far the front edges are apart at the waist, along the front; 0 where there are none."""
    points = worn.rest_m[: worn.cloth.count]
    level = float(body.rest_m[body.model.landmarks["waist_front"], 1])
    edge = np.concatenate(boundary_loops(worn.cloth.faces))
    near = edge[(np.abs(points[edge, 1] - level) < 0.02) & (worn.arm_weight[edge] < 0.1) & (points[edge, 2] > 0)]
    left, right = points[near][points[near, 0] > 0, 0], points[near][points[near, 0] < 0, 0]
    return 100 * float(left.mean() - right.mean()) if len(left) and len(right) else 0.0


@pytest.mark.parametrize("garment", ["jacket_denim", "cardigan_knit", "coat_wool"])
def test_open_front_that_would_close_hangs_as_it_is_cut(catalogue: Catalogue, slim: Body, garment: str) -> None:
    package = catalogue.get(garment)
    gaps = [gap_cm(fit_garment(package, size, slim), slim) for size in ("M", "L", "XL")]
    assert max(gaps) - min(gaps) < 2.0


def test_front_edges_are_apart_by_what_is_missing(catalogue: Catalogue, large: Body, slim: Body) -> None:
    package = catalogue.get("jacket_denim")
    usual = gap_cm(fit_garment(package, "M", slim), slim)
    gaps = {size: gap_cm(fit_garment(package, size, large), large) for size in ("XS", "S", "XXL")}
    assert gaps["XS"] > gaps["S"] > gaps["XXL"]
    assert gaps["XXL"] == pytest.approx(usual, abs=3.0)
    missing = 115 - package.row("XS").garment_cm["waist"]
    assert gaps["XS"] > usual + 0.5 * missing  # across; along the belly it is more


def test_shirt_that_cannot_be_buttoned_is_worn_open(catalogue: Catalogue, large: Body, slim: Body) -> None:
    package = catalogue.get("shirt_stripe")
    small, right = fit_garment(package, "S", large), fit_garment(package, "XXL", large)
    assert gap_cm(small, large) > 10.0
    assert gap_cm(right, large) == 0.0
    assert unbuttoned(right) is None
    assert gap_cm(fit_garment(package, "M", slim), slim) == 0.0
    assert small.package.id == package.id and small.size == "S"


def test_closed_tops_stay_closed_however_tight(catalogue: Catalogue, large: Body) -> None:
    for garment in ("tee_crew", "polo_pique"):
        assert gap_cm(fit_garment(catalogue.get(garment), "XS", large), large) == 0.0
