import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from pipelines.garment import catalogue
from run_server import main


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of garments with one in it, and no picture of it."""
    tee = tmp_path / "tee_crew"
    tee.mkdir()
    shutil.copy(catalogue.DEFAULT_FOLDER / "tee_crew" / "garment.json", tee)
    monkeypatch.setattr(catalogue, "DEFAULT_FOLDER", tmp_path)
    return tmp_path


def test_list_prints_a_line_for_each_garment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["garment", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["id", "category"]
    tee = next(line for line in lines if line.startswith("tee_crew "))
    assert "S M L XL XXL" in tee
    assert "圆领T恤" in tee


def test_list_as_json_tells_ids_names_categories_and_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["garment", "list", "--json"]) == 0
    garments = {row["id"]: row for row in json.loads(capsys.readouterr().out)["garments"]}
    assert garments["skirt_a_line"]["category"] == "skirt"
    assert garments["tee_crew"]["name"] == {"en": "Crew-neck T-shirt", "zh": "圆领T恤"}
    assert garments["trousers_chino"]["sizes"] == ["XS", "S", "M", "L", "XL", "XXL"]


def test_picture_renders_the_thumbnail_of_a_new_garment(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["garment", "picture", "tee_crew"]) == 0
    file = shop / "tee_crew" / "thumbnail.png"
    assert capsys.readouterr().out.split() == [str(file)]
    with Image.open(file) as picture:
        assert picture.mode == "RGBA"
        assert 0.2 < sum(picture.getchannel("A").histogram()[200:]) / (picture.width * picture.height) < 0.9


@pytest.mark.parametrize("change", [{"layer": 99}, {"template": None, "mesh": "tee.glb"}])
def test_garment_that_is_wrong_is_told_in_one_line(
    shop: Path, change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    file = shop / "tee_crew" / "garment.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    assert main(["garment", "picture"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and list(change)[-1] in told[0]


def test_picture_of_a_garment_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["garment", "picture", "toga"]) == 2
    assert "toga" in capsys.readouterr().err
