import json

import pytest

from run_server import main


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
    assert garments["trousers_chino"]["sizes"] == ["S", "M", "L", "XL", "XXL"]
