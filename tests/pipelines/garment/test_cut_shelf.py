"""Patterns that were cut once are taken from the shelf."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.body.model import Body
from pipelines.garment import cut_shelf, patterns, shelf
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.cut import Cut
from pipelines.garment.cut_shelf import arrays_of, shelved_cuts
from pipelines.garment.fit import fit_garment
from pipelines.garment.patterns import Template


@pytest.fixture()
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of what is cut from here on."""
    kinds: list[str] = []
    real = patterns.cut

    def cut(model: object, template: Template) -> Cut:
        kinds.append(template.kind)
        return real(model, template)  # type: ignore[arg-type]

    monkeypatch.setattr(patterns, "cut", cut)
    return kinds


def template(catalogue: Catalogue, name: str) -> Template:
    found = catalogue.get(name).template
    assert found is not None
    return found


def same(one: Cut, other: Cut) -> None:
    first, second = arrays_of(one), arrays_of(other)
    assert first.keys() == second.keys()
    for name, own in first.items():
        np.testing.assert_array_equal(own, second[name], err_msg=name)
        assert own.dtype == second[name].dtype, name


@pytest.mark.parametrize("name", ["hoodie_fleece", "coat_wool", "skirt_pleated", "jeans_straight"])
def test_cut_from_the_shelf_fits_as_the_one_that_was_cut(
    tmp_path: Path, catalogue: Catalogue, mean_body: Body, cuts: list[str], name: str
) -> None:
    pattern = template(catalogue, name)
    first, second = (shelved_cuts(tmp_path)(mean_body.model, pattern) for _ in range(2))
    assert len(cuts) == 1
    assert first is not second
    same(second, first)
    package = catalogue.get(name)
    cut_now = fit_garment(package, "M", mean_body)
    kept = fit_garment(package, "M", mean_body, shelved_cuts(tmp_path))
    for own in ("rest_m", "faces", "uv", "skin_index", "skin_weight"):
        np.testing.assert_array_equal(getattr(kept, own), getattr(cut_now, own), err_msg=own)
    assert kept.ease_cm == cut_now.ease_cm


def test_other_patterns_bodies_and_code_are_cut_anew(
    tmp_path: Path, catalogue: Catalogue, mean_body: Body, cuts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    skirt = template(catalogue, "skirt_pleated")
    shelved_cuts(tmp_path)(mean_body.model, skirt)
    shelved_cuts(tmp_path)(mean_body.model, template(catalogue, "jeans_straight"))
    assert cuts == ["skirt", "trousers"]
    monkeypatch.setattr(cut_shelf, "_digest", lambda model: b"another body")
    shelved_cuts(tmp_path)(mean_body.model, skirt)
    monkeypatch.setattr(shelf, "sources", lambda: b"other code")
    shelved_cuts(tmp_path)(mean_body.model, skirt)
    assert cuts == ["skirt", "trousers", "skirt", "skirt"]


def test_half_a_file_is_no_cut(tmp_path: Path, catalogue: Catalogue, mean_body: Body, cuts: list[str]) -> None:
    skirt = template(catalogue, "skirt_pleated")
    first = shelved_cuts(tmp_path)(mean_body.model, skirt)
    (path,) = tmp_path.glob("*.cut")
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"no cut"):
        path.write_bytes(broken)
        same(shelved_cuts(tmp_path)(mean_body.model, skirt), first)
    assert len(cuts) == 4
    assert path.read_bytes() == whole


def test_shelf_that_cannot_be_written_only_costs_time(
    tmp_path: Path, catalogue: Catalogue, mean_body: Body, cuts: list[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    for _ in range(2):
        shelved_cuts(tmp_path / "file")(mean_body.model, template(catalogue, "skirt_pleated"))
    assert len(cuts) == 2
