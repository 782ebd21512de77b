"""Contact sheets: every build in a column of its own, in the size that is recommended for it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.body.measure import measure
from pipelines.viewpoint import sheet
from run_server import main


def test_builds_have_the_height_and_weight_they_are_named_for() -> None:
    for sex, height_cm, weight_kg in sheet.BUILDS:
        found = measure(sheet.build(sex, height_cm, weight_kg))
        assert found["height"] == pytest.approx(height_cm, abs=0.5)
        assert found["weight"] == pytest.approx(weight_kg, abs=0.5)


def test_sheet_shows_a_column_for_each_build_and_a_row_for_each_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "BUILDS", sheet.BUILDS[1:3])
    assert main(["garment", "sheet", "tee_crew", "--out", str(tmp_path / "sheets")]) == 0
    with Image.open(tmp_path / "sheets" / "tee_crew.jpg") as picture:
        width, height = sheet.STILL_PX
        assert picture.size == (2 * width, sheet.CAPTION_PX + 3 * height)
        stills = np.asarray(picture)[sheet.CAPTION_PX :].reshape(3, height, 2, width, 3)
    heavy, slim = ((stills[0, :, column].std(axis=-1) > 15).sum() for column in (0, 1))  # the tee's green
    assert heavy > 1.15 * slim > 1000
