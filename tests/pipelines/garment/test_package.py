import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from pipelines.errors import GarmentNotFound, GarmentRejected
from pipelines.garment.catalogue import DEFAULT_FOLDER, Catalogue, load_catalogue
from pipelines.garment.package import Category, load_package, parse_package

Fields = dict[str, Any]


@pytest.fixture
def fields() -> Fields:
    return json.loads((DEFAULT_FOLDER / "tee_crew" / "garment.json").read_text("utf-8"))


def _put(*path: str | int, value: object) -> Callable[[Fields], None]:
    def change(fields: Fields) -> None:
        at: Any = fields
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def _swap_sizes(fields: Fields) -> None:
    rows = fields["size_chart"]
    rows[0]["size"], rows[1]["size"] = rows[1]["size"], rows[0]["size"]


def _drop_chest(fields: Fields) -> None:
    for row in fields["size_chart"]:
        del row["garment_cm"]["chest"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_put("colour", value="red"), "colour"),
        (_put("id", value="../tee"), "id"),
        (_put("category", value="tee"), "category"),
        (_put("fabric", "stretch_warp", value=float("nan")), "fabric.stretch_warp"),
        (_put("fabric", "stretch_warp", value=1.2), "fabric.stretch_warp"),
        (_put("fabric", "stretch_weft", value=-0.1), "fabric.stretch_weft"),
        (_put("fabric", "stretch_weft", value=30), "fabric.stretch_weft: 30 is no share of 0 to 1; for 30 % write 0.3"),
        (_put("fabric", "bend", value="floppy"), "fabric.bend"),
        (_put("material", "base_colour", value="teal"), "material.base_colour"),
        (_put("template", "kind", value="cape"), "template"),
        (_put("template", "neck_radius_cm", value=40), "neck_radius_cm"),
        (_put("mesh", value="garment.glb"), "template: give either"),
        (_put("template", value=None), "template: give either"),
        (_put("folder", value="/etc"), "folder"),
        (_put("base_size", value="3XL"), "base_size"),
        (_put("size_chart", value=[]), "size_chart"),
        (_put("size_chart", 3, "size", value="S"), "size_chart: a size stands there twice"),
        (_swap_sizes, "rising order"),
        (_drop_chest, "size_chart.0.garment_cm.chest: missing"),
        (_put("size_chart", 0, "garment_cm", "chest", value=38), "inches"),
        (_put("size_chart", 0, "garment_cm", "chest", value=960), "size_chart.0.garment_cm.chest"),
        (_put("size_chart", 3, "garment_cm", "chest", value=100), "size_chart.3.garment_cm.chest: 100 in L is below M"),
        (_put("size_chart", 2, "garment_cm", "collar", value=40), "size_chart.2.garment_cm.collar"),
        (_put("size_chart", 1, "body_cm", "chest", value=[101, 94]), "size_chart.1.body_cm.chest"),
        (_put("size_chart", 1, "body_cm", "chest", value=[70, 80]), "S lies below XS"),
    ],
)
def test_package_is_refused_by_the_key_that_is_wrong(
    fields: Fields, change: Callable[[Fields], None], key: str
) -> None:
    change(fields)
    with pytest.raises(GarmentRejected, match=".") as refusal:
        parse_package(fields)
    assert key in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"id": "x"}', "[" * 100_000])
def test_loader_refuses_files_that_are_no_package(tmp_path: Path, content: str) -> None:
    (tmp_path / "garment.json").write_text(content)
    with pytest.raises(GarmentRejected):
        load_package(tmp_path)


def test_loader_refuses_a_folder_without_garment(tmp_path: Path) -> None:
    with pytest.raises(GarmentRejected, match="cannot be read"):
        load_package(tmp_path)


def test_loader_refuses_a_mesh_that_is_not_there(tmp_path: Path, fields: Fields) -> None:
    del fields["template"]
    (tmp_path / "garment.json").write_text(json.dumps(fields | {"mesh": "garment.glb"}))
    with pytest.raises(GarmentRejected, match=r"garment\.glb"):
        load_package(tmp_path)


def test_catalogue_offers_the_built_in_garments_with_two_names_each(catalogue: Catalogue) -> None:
    cards = {card.id: card for card in catalogue.cards()}
    assert {"tee_crew", "tee_stripe", "long_sleeve", "skirt_a_line", "trousers_chino"} < set(cards)
    for card in cards.values():
        assert card.sizes == ("XS", "S", "M", "L", "XL", "XXL")
        assert card.category in get_args(Category)
        assert set(card.name) == {"en", "zh"}
    assert len({card.category for card in cards.values()}) >= 12


def test_catalogue_names_what_there_is_when_asked_for_what_there_is_not(catalogue: Catalogue) -> None:
    with pytest.raises(GarmentNotFound, match="tee_crew"):
        catalogue.get("cloak")
    with pytest.raises(GarmentNotFound, match="S, M, L"):
        catalogue.get("tee_crew").row("XXS")
    assert catalogue.thumbnail_png("cloak") is None


def test_catalogue_refuses_two_garments_of_one_name(tmp_path: Path, fields: Fields) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "garment.json").write_text(json.dumps(fields))
    with pytest.raises(GarmentRejected, match="tee_crew"):
        load_catalogue([tmp_path])


def test_catalogue_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GarmentRejected, match="no such folder"):
        load_catalogue([tmp_path / "none"])


def test_package_from_a_copy_of_its_own_json_is_equal(catalogue: Catalogue, fields: Fields) -> None:
    package = catalogue.get("tee_crew")
    again = parse_package(copy.deepcopy(package.model_dump(mode="json", exclude_none=True)))
    assert again.size_chart == package.size_chart
    assert again.template == package.template
