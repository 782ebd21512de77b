"""Collars, lapels and hoods: where they lie on the mean body, on others and on cloth that moves."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pipelines.body.model import Body, BodyModel, shape_body
from pipelines.body.skinning import vertex_normals
from pipelines.drape.cloth import start
from pipelines.drape.surface import surface
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.collars import STYLES
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import TopTemplate
from pipelines.garment.patterns import cut
from pipelines.garment.worn import WornGarment

WORN = ("shirt_stripe", "polo_pique", "hoodie_fleece", "sweater_roll", "coat_wool", "jacket_denim")


def _collar(worn: WornGarment) -> np.ndarray:
    return worn.rest_m[np.unique(worn.cloth.followers.shaped)]


@pytest.mark.parametrize("style", STYLES)
def test_collar_is_where_its_pattern_puts_it_left_and_right_alike(style: str, model: BodyModel) -> None:
    sewn = cut(model, TopTemplate(kind="top", collar=style))
    shaped = sewn.followers.shaped
    assert shaped.min() >= sewn.sheet.weights.shape[0]
    assert shaped.max() == len(sewn.uv) - 1
    assert 0 <= sewn.uv.min() and sewn.uv.max() <= 1  # noqa: PT018
    followers = sewn.followers
    points = sewn.sheet.at(model.mean_m).astype(np.float32)
    out = vertex_normals(points, sewn.sheet.faces)[followers.parent]
    base = points[followers.parent]
    where = base + followers.share[:, None] * (points[followers.inner] - base) - followers.depth_m[:, None] * out
    where += followers.side_share[:, None] * (points[followers.side] - base)
    collar = where[np.unique(shaped) - len(points)]
    mirrored, _ = cKDTree(collar * [-1, 1, 1]).query(collar)
    assert np.quantile(mirrored, 0.95) < 0.02
    assert collar[:, 1].max() - points[:, 1].max() == pytest.approx(STYLES[style].stand[1], abs=0.025)


@pytest.mark.parametrize("garment", WORN)
@pytest.mark.parametrize("girth", [-1.5, 1.5])
def test_collar_keeps_its_shape_on_other_figures(
    catalogue: Catalogue, model: BodyModel, mean_body: Body, garment: str, girth: float
) -> None:
    figure = shape_body(model, girth * np.eye(24)[1])
    package = catalogue.get(garment)
    mean, other = (fit_garment(package, "M", body) for body in (mean_body, figure))
    faces = mean.cloth.followers.shaped

    def sides(worn: WornGarment) -> np.ndarray:
        corner = worn.rest_m[faces]
        return np.linalg.norm(corner - np.roll(corner, 1, 1), axis=2)

    assert np.quantile(np.abs(sides(other) - sides(mean)), 0.95) < 0.012
    assert sides(other).max() < 1.35 * sides(mean).max()


@pytest.mark.parametrize("garment", WORN)
def test_collar_lies_outside_of_the_neck_and_the_cloth(catalogue: Catalogue, mean_body: Body, garment: str) -> None:
    worn = fit_garment(catalogue.get(garment), "M", mean_body)
    model = mean_body.model
    skin = mean_body.rest_m[: model.body.vertices.stop]
    normal = vertex_normals(skin, model.body.faces[: model.skin_faces])
    collar = _collar(worn)
    _, near = cKDTree(skin).query(collar)
    assert (((collar - skin[near]) * normal[near]).sum(1) < -0.002).mean() < 0.02


def test_collar_follows_the_cloth_and_is_lit_by_its_own_normals(catalogue: Catalogue, mean_body: Body) -> None:
    worn = fit_garment(catalogue.get("hoodie_fleece"), "M", mean_body)
    used = np.unique(worn.cloth.followers.shaped)
    x = start(worn, worn.rest_m).x
    T = np.eye(4)
    before = surface(worn, x, T)
    T[:3, 3] = (0.3, -0.2, -2.0)
    after = surface(worn, x, T)
    assert np.abs(after.vertices_m[used] - before.vertices_m[used] - T[:3, 3]).max() < 1e-3
    assert np.allclose(np.linalg.norm(before.normals[used], axis=1), 1, atol=1e-3)
    assert before.normals[used, 1].max() > 0.8
    assert before.normals[used, 2].min() < -0.8
