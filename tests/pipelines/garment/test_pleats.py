"""Pleated skirts: folds of even width that open toward the hem and follow the cloth."""

import numpy as np
import pytest

from pipelines.body.model import Body, BodyModel
from pipelines.body.skinning import vertex_normals
from pipelines.drape.cloth import start, surface
from pipelines.errors import GarmentRejected
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.cut import Cut
from pipelines.garment.fabric import EXTENT_M, SIZE_PX, material_of
from pipelines.garment.fit import fit_garment
from pipelines.garment.package import SkirtTemplate, parse_package
from pipelines.garment.patterns import cut
from pipelines.garment.pleats import HEIGHT, ROWS
from pipelines.garment.stretch import pleat_at, pleat_share
from pipelines.garment.worn import WornGarment

PLEATS = 32


@pytest.fixture(scope="module")
def sewn(model: BodyModel) -> Cut:
    return cut(model, SkirtTemplate(kind="skirt", pleats=PLEATS))


@pytest.fixture(scope="module")
def worn(catalogue: Catalogue, mean_body: Body) -> WornGarment:
    return fit_garment(catalogue.get("skirt_pleated"), "M", mean_body)


def _folds(garment: WornGarment) -> np.ndarray:
    """Return the folds' vertices as rows, pleats, places across, xyz."""
    return garment.rest_m[garment.cloth.followers.shaped.min() :].reshape(ROWS, -1, len(HEIGHT), 3)


def test_pleats_are_as_many_and_as_wide_as_the_pattern_says(worn: WornGarment) -> None:
    folds = _folds(worn)
    assert folds.shape[1] == PLEATS
    hem = np.linalg.norm(folds[-1, :, 5] - folds[-1, :, 0], axis=1)
    assert hem.max() < 1.7 * hem.min()
    assert 100 * hem.sum() == pytest.approx(worn.package.row("M").garment_cm["hem"], rel=0.02)


def test_pleats_open_toward_the_hem_and_are_shut_at_the_waistband(worn: WornGarment) -> None:
    folds = _folds(worn)
    out = np.linalg.norm(folds[..., 4, :] - folds[..., 5, :], axis=-1).mean(1)
    assert out[0] < 0.002
    assert out[1] < 0.004
    assert (np.diff(out) > 0).all()
    assert out[-1] == pytest.approx(0.019, abs=0.003)


def test_folds_lie_outside_of_the_smooth_cloth(worn: WornGarment) -> None:
    assert worn.cloth.followers.depth_m[-_folds(worn).size // 3 :].max() <= 0
    faces, points = worn.cloth.followers.shaped, worn.rest_m
    corner = points[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    outward = (normal * corner.mean(1) * [1, 0, 1]).sum(1) > 0
    assert outward.mean() > 0.7  # what lies back below the edges apart
    assert (np.linalg.norm(normal, axis=1)[outward] > 0).all()


def test_smooth_cloth_below_the_pleats_is_not_drawn_and_the_waistband_is(sewn: Cut, model: BodyModel) -> None:
    points, plain = sewn.sheet.at(model.mean_m), sewn.faces[(sewn.faces < len(sewn.limb)).all(1)]
    plain_skirt = cut(model, SkirtTemplate(kind="skirt"))
    assert points[plain, 1].min() > points[:, 1].max() - 0.05
    assert len(plain) < 0.15 * len(plain_skirt.faces)
    assert sewn.faces.max() == len(sewn.uv) - 1 == len(sewn.limb) + len(sewn.followers.parent) - 1
    assert np.array_equal(sewn.sheet.faces, plain_skirt.sheet.faces)


def test_folds_follow_the_cloth_where_it_swings(worn: WornGarment) -> None:
    state = start(worn, worn.rest_m)
    at_rest = surface(worn, state.x, np.eye(4))
    swung = state.x + np.array([0.1, 0, 0], np.float32) * (state.x[:, 1:2] < state.x[:, 1].mean())
    moved = surface(worn, swung.astype(np.float32), np.eye(4)).vertices_m - at_rest.vertices_m
    first = worn.cloth.followers.shaped.min()
    low = at_rest.vertices_m[first:, 1] < state.x[:, 1].mean() - 0.05
    assert moved[first:][low, 0] == pytest.approx(0.1, abs=0.02)
    own = vertex_normals(at_rest.vertices_m, worn.cloth.followers.shaped)[first:]
    assert np.allclose(at_rest.normals[first:], own, atol=1e-5)


def test_shade_lies_below_the_edges_and_widens_toward_the_hem(catalogue: Catalogue) -> None:
    package = catalogue.get("skirt_pleated")
    cloth = material_of(package)
    assert cloth.texture is not None
    bright = cloth.texture.astype(float).mean(2)
    to_px = SIZE_PX / EXTENT_M["skirt"]
    dark = []
    for down in (0.12, 0.55):
        row = bright[round(down * to_px) - 6 : round(down * to_px) + 6, : round(0.56 * to_px)].mean(0)
        dark.append(float((row < 0.8 * row.max()).mean()))
    assert 0.02 < dark[0] < dark[1] < 0.5


def test_pleats_are_even_in_the_cloth_and_not_in_the_atlas() -> None:
    share = np.linspace(0, 1, 33)
    assert pleat_share(pleat_at(share)) == pytest.approx(share)
    wide = np.diff(pleat_at(share))
    assert wide[-1] > 1.5 * wide[8]


@pytest.mark.parametrize("pleats", [0, 15, 33, 62, "many"])
def test_number_of_pleats_that_cannot_be_sewn_is_refused(catalogue: Catalogue, pleats: object) -> None:
    fields = catalogue.get("skirt_pleated").model_dump(mode="json", exclude_none=True)
    fields["template"] = {"kind": "skirt", "pleats": pleats}
    with pytest.raises(GarmentRejected, match=r"template\.skirt\.pleats"):
        parse_package(fields)
