import functools
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from pipelines.body.fit import body_from_measurements
from pipelines.body.model import Body, BodyModel, shape_body
from pipelines.errors import GarmentNotFound, ShapeError
from pipelines.garment import mesh
from pipelines.garment.bind import gap_to
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.worn import WornGarment

GARMENTS = (
    "tee_crew", "long_sleeve", "tank_top", "jacket_denim", "coat_wool", "dress_shift", "skirt_a_line", "trousers_chino",
    "shorts_chino",
)  # fmt: skip


Fit = Callable[..., WornGarment]


@pytest.fixture(scope="module")
def fit(catalogue: Catalogue, bodies: dict[str, Body]) -> Fit:
    """Fits each garment once."""

    @functools.cache
    def fitted(garment: str, size: str = "M", figure: str = "mean") -> WornGarment:
        return fit_garment(catalogue.get(garment), size, bodies[figure])

    return fitted


@pytest.fixture(scope="module")
def bodies(model: BodyModel) -> dict[str, Body]:
    thin, heavy = (body_from_measurements(model, {"height": 170.0, "weight": kilos}) for kilos in (60.0, 96.0))
    return {"mean": shape_body(model, np.zeros(24)), "thin": thin, "heavy": heavy}


def _girth_cm(points: np.ndarray, edges: np.ndarray, height: float) -> float:
    """Tape measure round a horizontal slice."""
    a, b = points[edges[:, 0]], points[edges[:, 1]]
    cut = (a[:, 1] - height) * (b[:, 1] - height) < 0
    t = ((height - a[cut, 1]) / (b[cut, 1] - a[cut, 1]))[:, None]
    ring = (a[cut] + t * (b[cut] - a[cut]))[:, [0, 2]]
    hull = ring[ConvexHull(ring).vertices]
    return 100 * float(np.linalg.norm(hull - np.roll(hull, -1, 0), axis=1).sum())


def _trunk_girth_cm(worn: WornGarment, height: float) -> float:
    edges = worn.cloth.edges
    return _girth_cm(worn.rest_m, edges[(worn.arm_weight[edges] < 0.3).all(1)], height)


def _chest_height(worn: WornGarment) -> float:
    """Below the armpit: the lowest point where the sleeves are set in."""
    sleeve = (worn.arm_weight > 0.45) & (worn.arm_weight < 0.55)
    return float(worn.rest_m[sleeve, 1].min()) - 0.05


@pytest.mark.parametrize("size", ["L", "XL", "XXL"])
def test_loose_top_measures_what_the_chart_says(catalogue: Catalogue, fit: Fit, size: str) -> None:
    worn = fit("tee_crew", size)
    chart = catalogue.get("tee_crew").row(size).garment_cm
    assert worn.ease_cm["chest"] > 3
    assert _trunk_girth_cm(worn, _chest_height(worn)) == pytest.approx(chart["chest"], abs=1.0)
    cloth = worn.rest_m[: worn.cloth.count]
    assert 100 * (cloth[:, 1].max() - cloth[:, 1].min()) == pytest.approx(chart["length"], abs=1.0)


@pytest.mark.parametrize("garment", GARMENTS)
def test_each_size_is_longer_or_wider_than_the_one_before(fit: Fit, garment: str) -> None:
    areas = []
    for size in ("S", "L", "XXL"):
        worn = fit(garment, size)
        cloth = worn.rest_m[: worn.cloth.count].astype(float)
        corner = cloth[worn.cloth.faces]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        areas.append(float(np.linalg.norm(normal, axis=1).sum() / 2))
    assert all(small * 1.02 < large for small, large in itertools.pairwise(areas)), areas


def test_hem_of_a_top_is_level_and_where_the_chart_puts_it(catalogue: Catalogue, fit: Fit) -> None:
    package = catalogue.get("tee_crew")
    for figure in ("mean", "thin", "heavy"):
        hems = {}
        for size in ("S", "XL"):
            worn = fit("tee_crew", size, figure)
            cloth = worn.rest_m[: worn.cloth.count]
            loops = mesh.boundary_loops(worn.cloth.faces)
            hem = min(loops, key=lambda loop: float(cloth[loop, 1].mean()))
            assert np.ptp(cloth[hem, 1]) < 0.012
            hems[size] = float(cloth[hem, 1].mean())
        grown = package.row("XL").garment_cm["length"] - package.row("S").garment_cm["length"]
        assert 100 * (hems["S"] - hems["XL"]) == pytest.approx(grown, abs=1.0)


def test_skirt_hem_is_a_level_circle_of_the_charts_girth(catalogue: Catalogue, fit: Fit) -> None:
    package = catalogue.get("skirt_a_line")
    worn = fit("skirt_a_line", "L")
    cloth = worn.rest_m[: worn.cloth.count]
    hem = min(mesh.boundary_loops(worn.cloth.faces), key=lambda loop: float(cloth[loop, 1].mean()))
    assert np.ptp(cloth[hem, 1]) < 0.01
    around = 100 * np.linalg.norm(cloth[hem] - np.roll(cloth[hem], -1, 0), axis=1).sum()
    assert around == pytest.approx(package.row("L").garment_cm["hem"], abs=2.0)


def test_garment_that_is_too_small_lies_on_the_skin_and_says_so(fit: Fit) -> None:
    worn = fit("tee_crew", "S", "heavy")
    assert min(worn.ease_cm.values()) < -3
    gap, _ = gap_to(worn.cloth.skin, worn.cloth.candidates, worn.rest_m[: worn.cloth.count].astype(float))
    assert (gap < 0.003).mean() < 0.005
    assert np.median(gap) < 0.02


@pytest.mark.parametrize("garment", GARMENTS)
@pytest.mark.parametrize("figure", ["thin", "heavy"])
def test_garment_stays_outside_of_every_figure(fit: Fit, garment: str, figure: str) -> None:
    worn = fit(garment, "M", figure)
    gap, _ = gap_to(worn.cloth.skin, worn.cloth.candidates, worn.rest_m[: worn.cloth.count].astype(float))
    assert (gap < 0.002).mean() < 0.005
    assert np.isfinite(worn.rest_m).all()


@pytest.mark.parametrize("garment", ["jeans_straight", "shorts_chino"])
def test_trousers_close_between_thighs_that_touch(catalogue: Catalogue, model: BodyModel, garment: str) -> None:
    heavy = body_from_measurements(model, {"height": 165.0, "weight": 96.0}, "male")
    worn = fit_garment(catalogue.get(garment), "XL", heavy)
    edges = worn.cloth.edges
    length_m = np.linalg.norm(worn.rest_m[edges[:, 0]] - worn.rest_m[edges[:, 1]], axis=1)
    assert length_m.max() < 0.08


def test_more_body_means_less_ease(fit: Fit) -> None:
    ease = {figure: fit("tee_crew", "S", figure).ease_cm for figure in ("mean", "thin", "heavy")}
    for place in ("chest", "waist"):
        assert ease["thin"][place] > ease["mean"][place] > ease["heavy"][place]


def test_fit_takes_plain_rest_vertices_as_well(catalogue: Catalogue, mean_body: Body) -> None:
    package = catalogue.get("long_sleeve")
    by_body = fit_garment(package, "M", mean_body)
    by_points = fit_garment(package, "M", np.array(mean_body.rest_m))
    assert np.array_equal(by_body.rest_m, by_points.rest_m)
    with pytest.raises(ShapeError):
        fit_garment(package, "M", np.zeros((100, 3), np.float32))


def test_fit_refuses_a_size_that_does_not_exist(catalogue: Catalogue, mean_body: Body) -> None:
    with pytest.raises(GarmentNotFound, match="comes in"):
        fit_garment(catalogue.get("tee_crew"), "XXXL", mean_body)


@pytest.mark.parametrize("garment", GARMENTS)
def test_rims_have_no_saw_teeth(fit: Fit, garment: str) -> None:
    worn = fit(garment)
    for rim in mesh.boundary_loops(worn.cloth.faces):
        loop = worn.rest_m[rim].astype(float)
        along = np.diff(np.concatenate([loop, loop[:2]]), axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        turn = np.degrees(np.arccos(np.clip((along[1:] * along[:-1]).sum(1), -1, 1)))
        corners = (
            4 if getattr(worn.package.template, "open_front_cm", 0) and len(rim) > 150 else 0
        )  # where front edges end
        assert np.sort(turn)[: len(turn) - corners].max() < 60
        assert turn.max() < (110 if corners else 60)
        assert (
            turn.sum() < (4 if corners else 2.2) * 360
        )  # round and round, hardly to and fro; an open front goes round thrice


@pytest.mark.parametrize("garment", GARMENTS)
def test_arrays_of_a_worn_garment_agree(fit: Fit, garment: str) -> None:
    worn = fit(garment)
    count = len(worn.rest_m)
    assert worn.uv.shape == (count, 2)
    assert worn.skin_index.shape == worn.skin_weight.shape == (count, 4)
    assert worn.arm_weight.shape == (count,)
    assert worn.faces.min() == 0
    assert worn.faces.max() == count - 1
    assert np.unique(worn.faces).size == count
    assert worn.rest_m.dtype == np.float32
    assert worn.cloth.limit_m.min() > 0


def test_occluder_leaves_out_what_the_garment_covers(fit: Fit) -> None:
    parts = {name: fit(name).occluder_parts for name in GARMENTS}
    assert {"neck", "head", "left_forearm", "left_hand"} <= parts["tee_crew"]
    assert not {"torso", "left_thigh"} & parts["tee_crew"]
    assert not {"left_forearm", "left_upper_arm", "torso"} & parts["long_sleeve"]
    assert not {"left_thigh", "left_calf"} & parts["trousers_chino"]
    assert {"left_hand", "right_hand", "left_foot"} <= parts["trousers_chino"]


def test_sleeve_ends_where_the_chart_says_and_never_beyond_the_wrist(
    catalogue: Catalogue, mean_body: Body, fit: Fit
) -> None:
    heads = dict(zip(mean_body.model.bone_names, mean_body.heads_m, strict=True))
    shoulder, elbow, wrist = (heads[f"{bone}.L"] for bone in ("upperarm01", "lowerarm01", "wrist"))
    reach = {}
    for size in ("S", "XXL"):
        worn = fit("tee_crew", size)
        axis = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
        sleeve = worn.rest_m[(worn.arm_weight > 0.9) & (worn.rest_m[:, 0] > 0)]
        reach[size] = 100 * float(((sleeve - shoulder) @ axis).max())
    chart = {size: catalogue.get("tee_crew").row(size).garment_cm for size in reach}
    grown = {size: chart[size]["shoulder"] / 2 + chart[size]["sleeve"] for size in reach}
    assert reach["XXL"] - reach["S"] == pytest.approx(grown["XXL"] - grown["S"], abs=1.5)
    long = fit("long_sleeve", "XXL")
    assert np.linalg.norm(long.rest_m - wrist, axis=1).min() < 0.07
    assert long.rest_m[:, 0].max() < wrist[0] + 0.05
