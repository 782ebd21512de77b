from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pipelines.body.model import Body, BodyModel
from pipelines.body.skinning import vertex_normals
from pipelines.drape.cloth import start
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered
from pipelines.garment.worn import WornGarment


def _sunk(outer: WornGarment, inner: WornGarment) -> float:
    """Share of the outer cloth between waist and crotch of the inner one that lies inside of it."""
    o, i = outer.rest_m[: outer.cloth.count], inner.rest_m[: inner.cloth.count]
    o = o[o[:, 1] > i[np.abs(i[:, 0]) < 0.01, 1].min() + 0.03]
    o = o[o[:, 1] < i[:, 1].max() - 0.02]
    away, near = cKDTree(i).query(o)
    depth = ((o - i[near]) * vertex_normals(i, inner.cloth.faces)[near]).sum(1)
    return float((depth[away < 0.05] < -0.002).mean())


@pytest.fixture(scope="module")
def pair(catalogue: Catalogue, mean_body: Body) -> tuple[WornGarment, WornGarment]:
    """Wide trousers and a close top: they go through each other."""
    return (
        fit_garment(catalogue.get("long_sleeve"), "M", mean_body),
        fit_garment(catalogue.get("trousers_chino"), "XL", mean_body),
    )


def test_outer_garment_goes_round_the_inner_one(pair: tuple[WornGarment, WornGarment], model: BodyModel) -> None:
    top, trousers = pair
    assert _sunk(top, trousers) > 0.1
    inner, outer = layered(pair, model)
    assert [inner.package.id, outer.package.id] == ["trousers_chino", "long_sleeve"]
    assert _sunk(outer, inner) < 0.03
    sleeves = outer.arm_weight > 0.6
    assert np.array_equal(outer.rest_m[sleeves], top.rest_m[sleeves])


def test_inner_garment_is_drawn_only_where_it_shows(pair: tuple[WornGarment, WornGarment], model: BodyModel) -> None:
    _, trousers = pair
    inner, outer = layered(pair, model)
    assert np.array_equal(inner.rest_m, trousers.rest_m)
    drawn = inner.rest_m[np.unique(inner.faces), 1]
    hem = outer.rest_m[:, 1].min()
    assert 0.6 < len(inner.faces) / len(trousers.faces) < 0.95
    assert drawn.min() == pytest.approx(trousers.rest_m[:, 1].min())
    assert (drawn > hem + 0.05).mean() < 0.05


def test_outer_cloth_is_kept_off_the_inner_cloth(pair: tuple[WornGarment, WornGarment], model: BodyModel) -> None:
    _, outer = layered(pair, model)
    skin = outer.cloth.skin
    assert outer.cloth.candidates.max() < len(skin.faces)
    assert skin.faces.max() < len(skin.rest_m)
    assert len(skin.arms) == len(skin.rest_m)
    assert (outer.cloth.candidates[:, 0] >= 0).all()


def test_outer_cloth_gives_way_where_the_inner_cloth_swings_out(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    below = start(inner, inner.rest_m)
    front = below.x[:, 2] > 0.05
    swung = replace(below, x=(below.x + front[:, None] * np.array([0, 0, 0.015], np.float32)).astype(np.float32))
    reach = []
    for state in (below, swung):
        hung = start(outer, outer.rest_m, below=(state,))
        over = cKDTree(state.x[front]).query(hung.x)[0] < 0.04
        reach.append(hung.x[over & (hung.x[:, 2] > 0), 2].mean())
    assert reach[1] > reach[0] + 0.003


def test_trousers_lie_beneath_a_top_at_the_hips_and_not_at_the_ankles(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    hem = outer.rest_m[outer.arm_weight < 0.1, 1].min()
    assert outer.beneath is None
    assert inner.beneath is not None
    assert inner.beneath[inner.rest_m[:, 1] > hem + 0.03].min() > 0.99
    assert inner.beneath[inner.rest_m[:, 1] < hem - 0.15].max() == 0.0


def test_trousers_are_drawn_some_way_under_an_open_front_that_swings(
    catalogue: Catalogue, mean_body: Body, model: BodyModel
) -> None:
    trousers, coat = (fit_garment(catalogue.get(name), "M", mean_body) for name in ("trousers_chino", "coat_wool"))
    inner, outer = layered([trousers, coat], model)
    front = outer.rest_m[(outer.rest_m[:, 2] > 0.05) & (np.abs(outer.rest_m[:, 1] - 0.9) < 0.05)]
    edge_x = np.abs(front[:, 0]).min()
    drawn = inner.rest_m[np.unique(inner.faces)]
    hips = drawn[(drawn[:, 2] > 0.05) & (np.abs(drawn[:, 1] - 0.9) < 0.03), 0]
    assert hips.max() > edge_x + 0.04
    assert hips.min() < -edge_x - 0.04


def test_single_garment_stays_as_it_is(pair: tuple[WornGarment, WornGarment], model: BodyModel) -> None:
    assert layered(pair[:1], model) == (pair[0],)
    assert layered((), model) == ()


def test_only_what_the_outer_cloth_may_touch_is_kept_of_the_layer_below(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    skin = outer.cloth.skin
    used = np.concatenate([skin.faces, outer.cloth.across.faces])
    assert set(np.unique(used)) == set(range(len(skin.rest_m)))
    assert set(np.unique(outer.cloth.candidates)) - {-1} == set(range(len(skin.faces)))
    (layer,) = skin.layers
    assert layer.garment == 0
    assert layer.first + len(layer.vertices) == len(skin.rest_m)
    assert np.array_equal(skin.rest_m[layer.first :], inner.rest_m[layer.vertices])


def test_cloth_that_nobody_sees_keeps_still_and_what_is_seen_hangs_from_it(
    pair: tuple[WornGarment, WornGarment], model: BodyModel
) -> None:
    inner, outer = layered(pair, model)
    still = inner.cloth.limit_m == 0
    assert 0.05 < still.mean() < 0.6
    assert not still[np.unique(inner.faces[inner.faces < inner.cloth.count])].any()
    assert not still[inner.cloth.edges].all(1).any()
    assert still[inner.cloth.edges].any()  # what hangs is joined to what keeps still
    assert (outer.cloth.limit_m > 0).all()
    cloth = start(inner, inner.rest_m)
    assert np.linalg.norm(cloth.x - cloth.anchor, axis=1)[still].max() < 0.004
    assert np.linalg.norm(cloth.x - cloth.anchor, axis=1)[~still].max() > 0.005
