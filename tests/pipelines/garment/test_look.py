from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.body.model import Body
from pipelines.errors import InputRejected
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fabric import SIZE_PX, material_of, normal_map
from pipelines.garment.thumbnail import thumbnail, write_thumbnails
from pipelines.render.backend import Renderer, select_renderer


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return select_renderer("numba")[0]


def _picture(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGBA"))


def _luma(texture: np.ndarray) -> np.ndarray:
    return texture.astype(float).mean(2)


def test_normal_map_of_flat_cloth_points_straight_out() -> None:
    assert (normal_map(np.zeros((8, 8)), 0.1) == [128, 128, 255]).all()
    ramp = np.tile(np.arange(64) * 1e-4, (64, 1))
    slope = normal_map(ramp, 0.64)[32, 32].astype(float) / 255 * 2 - 1
    assert slope[0] < -0.005
    assert abs(slope[1]) < 0.01


def test_materials_fit_their_limits_and_differ(catalogue: Catalogue) -> None:
    looks = []
    for package in catalogue.list():
        material = material_of(package)
        assert material.texture is not None
        assert material.normal_map is not None
        assert material.texture.shape == material.normal_map.shape == (SIZE_PX, SIZE_PX, 3)
        small = material.texture[::16, ::16] * (material.base_color_rgb / 255)
        bumps = material.normal_map[::4, ::4].astype(float).std((0, 1))
        for other, relief in looks:
            assert np.abs(other - small).mean() > 4 or np.abs(relief - bumps).max() > 4, package.id
        looks.append((small, bumps))


def test_stripes_run_across_and_repeat_at_their_spacing(catalogue: Catalogue) -> None:
    texture = material_of(catalogue.get("tee_stripe")).texture
    assert texture is not None
    column = _luma(texture)[120:880, 80]
    row = _luma(texture)[400, 40:300]
    assert np.ptp(column) > 120 > 3 * np.ptp(row)
    assert np.argmax(np.abs(np.fft.rfft(column - column.mean()))) == pytest.approx(760 / 1024 * 0.8 / 0.03, abs=1)


def test_hem_is_stitched(catalogue: Catalogue) -> None:
    texture = material_of(catalogue.get("tee_crew")).texture
    assert texture is not None
    rows = _luma(texture)[880:1000, 60:300].mean(1)
    assert (rows < np.median(rows) - 6).sum() in range(3, 14)


@pytest.mark.parametrize("garment", ["tee_stripe", "skirt_a_line"])
def test_thumbnail_shows_the_garment_alone_and_whole(
    catalogue: Catalogue, mean_body: Body, renderer: Renderer, garment: str
) -> None:
    picture = thumbnail(catalogue.get(garment), renderer, mean_body, 96)
    assert picture.shape == (96, 96, 4)
    alpha = picture[..., 3]
    assert 0.2 < (alpha > 127).mean() < 0.7
    assert not alpha[[0, -1]].any()
    assert not alpha[:, [0, -1]].any()
    drawn = picture[alpha > 200][:, :3].astype(float)
    assert drawn.mean(0).max() > 60
    assert drawn.std(0).max() > 5


def test_thumbnails_of_the_shop_are_those_that_the_renderer_makes(
    catalogue: Catalogue, mean_body: Body, renderer: Renderer
) -> None:
    for package in catalogue.list():
        assert package.folder is not None
        kept = _picture(package.folder / "thumbnail.png").astype(float)
        fresh = thumbnail(package, renderer, mean_body, kept.shape[0]).astype(float)
        assert np.abs(kept - fresh).mean() < 4, f"{package.id}: render its thumbnail again (write_thumbnails)"
        assert catalogue.thumbnail_png(package.id) is not None


def test_thumbnails_are_written_beside_their_garments(
    catalogue: Catalogue, mean_body: Body, renderer: Renderer, tmp_path: Path
) -> None:
    moved = Catalogue([catalogue.get("tee_ringer").model_copy(update={"folder": tmp_path})])
    files = write_thumbnails(moved, renderer, mean_body, 64)
    assert [file.name for file in files] == ["thumbnail.png", "thumbnail_navy.png", "thumbnail_yellow.png"]
    red, navy, yellow = (_picture(file) for file in files)
    assert red.shape == (64, 64, 4)
    assert moved.thumbnail_png("tee_ringer") == moved.thumbnail_png("tee_ringer", "red") == files[0].read_bytes()
    assert moved.thumbnail_png("tee_ringer", "navy") == files[1].read_bytes()
    assert moved.thumbnail_png("tee_ringer", "../navy") is None
    assert np.abs(red.astype(float) - navy).mean() > 0.5
    assert red[..., 2][red[..., 3] > 200].mean() > yellow[..., 2][yellow[..., 3] > 200].mean() + 40


def test_every_colourway_has_its_thumbnail(catalogue: Catalogue) -> None:
    for package in catalogue.list():
        pictures = {catalogue.thumbnail_png(package.id, way.id) for way in package.material.colourways}
        assert None not in pictures
        assert len(pictures) == len(package.material.colourways)


def test_thumbnail_of_no_size_is_refused(catalogue: Catalogue, mean_body: Body, renderer: Renderer) -> None:
    with pytest.raises(InputRejected):
        thumbnail(catalogue.get("tee_crew"), renderer, mean_body, 0)
