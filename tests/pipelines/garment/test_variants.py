"""Variants of a GLB as colourways: what the shop shows, what is drawn, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.body.model import Body, BodyModel
from pipelines.errors import GarmentNotFound, GarmentRejected
from pipelines.garment.catalogue import DEFAULT_FOLDER, load_catalogue
from pipelines.garment.fabric import material_of
from pipelines.garment.package import load_package
from pipelines.garment.thumbnail import write_thumbnails
from pipelines.outfit import GarmentChoice, Tailor, Wish
from pipelines.render.raster import NumbaBackend
from tests.pipelines.garment.glb_files import fields_and_binary, pack, png, tube, with_variants

Looks = dict[str, tuple[float, float, float] | None]
LOOKS: Looks = {"Deep sea": (0, 0.1, 0.5), "Red!": None, "红色": (1, 0, 0), "red": (0, 1, 0)}


def _write(folder: Path, material: dict[str, Any] | None = None, **looks: tuple[float, float, float] | None) -> Path:
    fields = json.loads((DEFAULT_FOLDER / "tee_crew" / "garment.json").read_text("utf-8"))
    del fields["template"]
    fields |= {"id": "tube", "mesh": "garment.glb"}
    fields["material"] |= material or {}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "garment.json").write_text(json.dumps(fields))
    glb = fields_and_binary(*tube(), png())
    (folder / "garment.glb").write_bytes(pack(*(with_variants(*glb, **looks) if looks else glb)))
    return folder


def test_every_variant_is_a_colourway_and_the_files_default_comes_first(tmp_path: Path) -> None:
    _write(tmp_path / "tube", **LOOKS)
    (card,) = load_catalogue([tmp_path]).cards()
    assert [(way.id, way.name["en"], way.colour) for way in card.colourways] == [
        ("red", "Red!", "#c82828"),
        ("deep_sea", "Deep sea", "#0059bc"),
        ("variant", "红色", "#ff0000"),
        ("red_2", "red", "#00ff00"),
    ]


def test_garment_is_drawn_in_the_variant_that_was_chosen(tmp_path: Path, model: BodyModel) -> None:
    _write(tmp_path / "tube", **LOOKS)
    tailor = Tailor(load_catalogue([tmp_path]), model)

    def drawn(colourway: str | None) -> tuple[list[int], bool]:
        (cloth,) = tailor.prepare(Wish((GarmentChoice("tube", "M", colourway),))).materials
        return cloth.base_color_rgb.tolist(), cloth.texture is not None

    assert drawn(None) == drawn("red") == ([255, 255, 255], True)
    assert drawn("deep_sea") == ([0, 89, 188], False)
    assert drawn("red_2") == ([0, 255, 0], False)
    with pytest.raises(GarmentNotFound, match="no colourway 'plaid'"):
        drawn("plaid")


def test_files_own_look_is_offered_where_no_variant_has_it(tmp_path: Path) -> None:
    package = load_package(_write(tmp_path / "tube", Blue=(0, 0, 1)))
    assert [way.id for way in package.material.colourways] == ["as_made", "blue"]
    assert material_of(package).texture is not None
    assert material_of(package.in_colourway("blue")).base_color_rgb.tolist() == [0, 0, 255]


def test_package_may_name_and_choose_the_variants_itself(tmp_path: Path) -> None:
    ways = [
        {"id": "sea", "name": {"en": "Sea", "zh": "海蓝"}, "base_colour": "#0059bc", "variant": "Deep sea"},
        {"id": "warm", "name": {"en": "Warm", "zh": "暖红"}, "base_colour": "#c82828", "variant": "Red!"},
    ]
    material = {"base_colour": "#0059bc", "variant": "Deep sea", "colourways": ways}
    package = load_package(_write(tmp_path / "tube", material, **LOOKS))
    assert [way.name.zh for way in package.material.colourways] == ["海蓝", "暖红"]
    assert material_of(package).base_color_rgb.tolist() == [0, 89, 188]
    assert material_of(package.in_colourway("warm")).texture is not None


@pytest.mark.parametrize(
    ("material", "looks", "words"),
    [
        ({"variant": "Rust"}, LOOKS, "has no variant 'Rust'"),
        ({"variant": "Red!"}, {}, "the GLB has no variants"),
        ({}, LOOKS, r"colourways\.0\.variant: only a mesh"),
    ],
)
def test_colourways_that_the_file_does_not_have_are_refused(
    tmp_path: Path, material: dict[str, Any], looks: Looks, words: str
) -> None:
    way = {"id": "one", "name": {"en": "One", "zh": "一"}, "base_colour": "#c82828", **material}
    folder = _write(tmp_path / "tube", {"base_colour": "#c82828", **material, "colourways": [way]}, **looks)
    with pytest.raises(GarmentRejected, match=words):
        load_package(folder)


def test_package_of_a_broken_file_is_refused_by_its_folder(tmp_path: Path) -> None:
    folder = _write(tmp_path / "tube", **LOOKS)
    (folder / "garment.glb").write_bytes(b"glTF")
    with pytest.raises(GarmentRejected, match=r"tube.garment\.json: GLB: no binary glTF file"):
        load_package(folder)


def test_pictures_show_the_variants(tmp_path: Path, mean_body: Body) -> None:
    _write(tmp_path / "tube", **LOOKS)
    files = write_thumbnails(load_catalogue([tmp_path]), NumbaBackend(), mean_body, 32)
    assert [file.name for file in files] == [
        "thumbnail.png", "thumbnail_deep_sea.png", "thumbnail_variant.png", "thumbnail_red_2.png"
    ]  # fmt: skip
    means = [np.asarray(Image.open(file))[..., :3].reshape(-1, 3).sum(0).argmax() for file in files]
    assert means == [0, 2, 0, 1]
