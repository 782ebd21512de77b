"""Cloth that was woven once is taken from the shelf."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.garment import shelf
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.fabric import material_of
from pipelines.garment.package import GarmentPackage
from pipelines.render.backend import Material


@pytest.fixture()
def woven(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of what is woven from here on; every cloth is plain, which is quick."""
    ids: list[str] = []

    def weave(package: GarmentPackage) -> Material:
        ids.append(package.id)
        plain = np.full((shelf.SIZE_PX, shelf.SIZE_PX, 3), len(package.id), np.uint8)
        return Material(np.array([1, 2, 3], np.uint8), plain, plain + 1, *package.material.surface)

    monkeypatch.setattr(shelf, "material_of", weave)
    return ids


def same(one: Material, other: Material) -> None:
    for name in ("base_color_rgb", "texture", "normal_map", "roughness", "sheen", "texture_scale"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_cloth_from_the_shelf_is_the_cloth_that_was_woven(tmp_path: Path, catalogue: Catalogue) -> None:
    package = catalogue.get("tee_stripe")
    weave = shelf.shelved(tmp_path)
    first, second = weave(package), weave(package)
    same(first, material_of(package))
    same(second, first)
    assert second.texture is not first.texture
    assert type(second.texture) is np.ndarray, "kernels are compiled for plain arrays"
    assert second.texture.flags.c_contiguous
    assert second.texture.flags.writeable


def test_each_look_is_woven_once(tmp_path: Path, catalogue: Catalogue, woven: list[str]) -> None:
    tee, shirt = catalogue.get("tee_crew"), catalogue.get("shirt_stripe")
    red = tee.model_copy(update={"material": tee.material.model_copy(update={"base_colour": "#aa0000"})})
    for package in (tee, shirt, red) * 2:
        shelf.shelved(tmp_path)(package)
    assert woven == ["tee_crew", "shirt_stripe", "tee_crew"]


def test_cloth_is_woven_anew_by_other_code(
    tmp_path: Path, catalogue: Catalogue, woven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tee = catalogue.get("tee_crew")
    shelf.shelved(tmp_path)(tee)
    monkeypatch.setattr(shelf, "sources", lambda: b"other")
    shelf.shelved(tmp_path)(tee)
    assert len(woven) == 2


def test_half_a_file_is_no_cloth(tmp_path: Path, catalogue: Catalogue, woven: list[str]) -> None:
    tee, weave = catalogue.get("tee_crew"), shelf.shelved(tmp_path)
    first = weave(tee)
    (path,) = tmp_path.glob("*.cloth")
    for broken in (path.read_bytes()[:100], b""):
        path.write_bytes(broken)
        same(weave(tee), first)
    assert len(woven) == 3
    assert path.stat().st_size == shelf._FILE_BYTES


def test_shelf_that_cannot_be_written_only_costs_time(tmp_path: Path, catalogue: Catalogue, woven: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    weave = shelf.shelved(tmp_path / "file")
    same(weave(catalogue.get("tee_crew")), weave(catalogue.get("tee_crew")))
    assert len(woven) == 2


def test_what_was_not_asked_for_for_the_longest_makes_room(
    tmp_path: Path, catalogue: Catalogue, woven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "SHELF_MAX", 2)
    weave = shelf.shelved(tmp_path)
    for age, name in ((300, "tee_crew"), (200, "tee_v")):
        weave(catalogue.get(name))
        newest = max(tmp_path.glob("*.cloth"), key=lambda path: path.stat().st_mtime)
        os.utime(newest, (newest.stat().st_atime, newest.stat().st_mtime - age))
    weave(catalogue.get("tee_crew"))  # asked for again: the other one is the oldest now
    weave(catalogue.get("tank_top"))
    assert len(list(tmp_path.iterdir())) == 2
    weave(catalogue.get("tee_crew"))
    assert woven == ["tee_crew", "tee_v", "tank_top"]


def test_garment_with_pictures_of_its_own_is_not_kept(
    tmp_path: Path, catalogue: Catalogue, woven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(shelf, "material_of", made.append)
    shelf.shelved(tmp_path)(catalogue.get("tee_crew").model_copy(update={"mesh": "scan.glb"}))
    assert len(made) == 1
    assert not list(tmp_path.iterdir())
