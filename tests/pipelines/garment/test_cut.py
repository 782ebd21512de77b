import numpy as np
import pytest

from pipelines.body.model import BodyModel
from pipelines.body.slicing import unique_edges
from pipelines.garment import mesh
from pipelines.garment.cut import Cut, heads_of
from pipelines.garment.package import SkirtTemplate, TopTemplate, TrousersTemplate
from pipelines.garment.patterns import cut

TEMPLATES = {
    "tee": TopTemplate(kind="top"),
    "long": TopTemplate(kind="top", sleeve="long"),
    "vee": TopTemplate(kind="top", v_neck_cm=9),
    "tank": TopTemplate(kind="top", sleeve="none", neck_radius_cm=11, armhole_cm=8.6),
    "jacket": TopTemplate(kind="top", sleeve="long", open_front_cm=7),
    "coat": TopTemplate(kind="top", sleeve="long", open_front_cm=6, v_neck_cm=17, skirted=True),
    "dress": TopTemplate(kind="top", sleeve="none", skirted=True),
    "skirt": SkirtTemplate(kind="skirt"),
    "trousers": TrousersTemplate(kind="trousers"),
    "shorts": TrousersTemplate(kind="trousers", short=True),
}
SLEEVED = ("tee", "long", "vee", "jacket", "coat")
OPEN = ("jacket", "coat")


@pytest.fixture(params=TEMPLATES)
def piece(request: pytest.FixtureRequest, model: BodyModel) -> tuple[str, Cut]:
    return request.param, cut(model, TEMPLATES[request.param])


def test_cut_is_a_clean_welded_mesh_of_the_size_that_the_drape_can_pay(
    piece: tuple[str, Cut], model: BodyModel
) -> None:
    _, sewn = piece
    points, faces = sewn.sheet.at(model.mean_m), sewn.sheet.faces
    assert 2500 <= len(points) <= 4500
    halves = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    assert len(np.unique(halves, axis=0)) == len(halves)
    u, w = points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    longest = np.maximum.reduce([(u * u).sum(1), (w * w).sum(1), ((u - w) ** 2).sum(1)])
    assert (np.linalg.norm(np.cross(u, w), axis=1) / longest).min() > 0.02
    assert len(np.unique(np.round(points / 1e-5), axis=0)) == len(points)


def test_cut_faces_outward(piece: tuple[str, Cut], model: BodyModel) -> None:
    name, sewn = piece
    points, faces = sewn.sheet.at(model.mean_m), sewn.sheet.faces
    corner = points[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    out = corner.mean(1) * [1, 0, 1]
    trunk = (sewn.limb[faces] < 0).all(1)
    assert ((normal * out).sum(1)[trunk] > 0).mean() > 0.96, name


def test_cut_has_the_openings_of_its_kind_and_no_other(piece: tuple[str, Cut]) -> None:
    name, sewn = piece
    bottoms = {
        "skirt": {"waist", "hem"},
        "trousers": {"waist", "cuff.L", "cuff.R"},
        "shorts": {"waist", "cuff.L", "cuff.R"},
    }
    expected = bottoms.get(name, {"neck", "hem", "cuff.L", "cuff.R"})
    assert set(sewn.rims) == expected | ({"edge"} if name in OPEN else set())
    assert len(mesh.boundary_loops(sewn.sheet.faces)) == len(expected) - (name in OPEN)


@pytest.mark.parametrize("name", OPEN)
def test_open_front_is_open_from_neck_to_hem_and_nowhere_else(name: str, model: BodyModel) -> None:
    sewn = cut(model, TEMPLATES[name])
    points = sewn.sheet.at(model.mean_m)
    front = points[:, 2] > 0.03
    gap = TEMPLATES[name].open_front_cm / 200
    assert np.abs(points[front, 0]).min() == pytest.approx(gap, abs=0.002)
    assert (np.abs(points[~front, 0]) < gap).sum() > 20
    rest = np.setdiff1d(sewn.rims["edge"], np.concatenate([sewn.rims["neck"], sewn.rims["hem"]]))
    assert (points[rest, 2] > 0).all()
    assert np.ptp(points[sewn.rims["hem"], 1]) < 0.02


@pytest.mark.parametrize("name", ["coat", "dress"])
def test_skirted_top_is_one_tube_down_to_the_knee(name: str, model: BodyModel) -> None:
    sewn = cut(model, TEMPLATES[name])
    points = sewn.sheet.at(model.mean_m)
    knee = heads_of(model, model.mean_m.astype(float))["lowerleg01.L"][1]
    assert points[sewn.rims["hem"], 1] == pytest.approx(knee, abs=0.005)
    assert sewn.skirted
    legs = [n for n, bone in enumerate(model.bone_names) if "upperleg" in bone or "lowerleg" in bone]
    share = (sewn.skin_weight * np.isin(sewn.skin_index, legs)).sum(1)
    assert share[sewn.rims["hem"]].min() > 0.5
    assert share[points[:, 1] > points[:, 1].max() - 0.4].max() < 0.05


def test_point_of_the_v_lies_lower_than_a_round_neckline(model: BodyModel) -> None:
    def lowest(name: str) -> float:
        sewn = cut(model, TEMPLATES[name])
        return float(sewn.sheet.at(model.mean_m)[sewn.rims["neck"], 1].min())

    assert 0.06 < lowest("tee") - lowest("vee") < 0.12


def test_left_and_right_of_a_cut_weigh_alike(piece: tuple[str, Cut], model: BodyModel) -> None:
    _, sewn = piece
    points = sewn.sheet.at(model.mean_m)
    left, right = (points[:, 0] > 0.02).sum(), (points[:, 0] < -0.02).sum()
    assert abs(left - right) < 0.06 * (left + right)
    assert abs(points[:, 0].max() + points[:, 0].min()) < 0.012


def test_texture_keeps_its_scale_all_over_the_garment(piece: tuple[str, Cut], model: BodyModel) -> None:
    _, sewn = piece
    points = sewn.sheet.at(model.mean_m)
    parent = np.concatenate([np.arange(len(points)), sewn.followers.parent])
    uv = sewn.uv * sewn.extent_m
    assert uv.min() >= -1e-4
    assert uv.max() <= sewn.extent_m
    cloth = sewn.faces[(sewn.faces < len(points)).all(1)]
    edges = unique_edges(cloth)
    length = np.linalg.norm(points[parent[edges[:, 0]]] - points[parent[edges[:, 1]]], axis=1)
    drawn = np.linalg.norm(uv[edges[:, 0]] - uv[edges[:, 1]], axis=1)
    ratio = drawn / length
    assert 0.8 < np.median(ratio) < 1.25
    assert np.quantile(ratio, 0.99) < 3.0  # the crotch of trousers apart
    assert drawn.max() < 0.12  # nothing jumps across the atlas


def test_weights_of_skin_and_arms_are_shares(piece: tuple[str, Cut]) -> None:
    name, sewn = piece
    assert np.allclose(sewn.skin_weight.sum(1), 1, atol=1e-5)
    assert sewn.skin_weight.min() >= 0
    assert 0 <= sewn.arm_weight.min() <= sewn.arm_weight.max() <= 1 + 1e-5
    assert (sewn.arm_weight.max() > 0.9) == (name in SLEEVED)


def test_hem_of_a_top_hardly_follows_the_legs(model: BodyModel) -> None:
    tee, trousers = (cut(model, TEMPLATES[name]) for name in ("tee", "trousers"))
    legs = [n for n, name in enumerate(model.bone_names) if "leg" in name or "foot" in name]

    def share(sewn: Cut, rim: str) -> float:
        ring = sewn.rims[rim]
        return float((sewn.skin_weight * np.isin(sewn.skin_index, legs))[ring].sum(1).max())

    assert share(tee, "hem") < 0.4
    assert share(trousers, "cuff.L") > 0.95


def test_cut_is_made_once(model: BodyModel) -> None:
    assert cut(model, TopTemplate(kind="top")) is cut(model, TopTemplate(kind="top"))
    assert cut(model, TopTemplate(kind="top")) is not cut(model, TopTemplate(kind="top", neck_radius_cm=9))
