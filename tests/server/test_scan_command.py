"""`run_server.py scan` on pictures of a judging shopper, whose girths are known."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import run_server
from benchmarks.judge.rows import bgr_of
from benchmarks.judge.scanned import scan, truth
from pipelines.errors import InputRejected
from pipelines.scan.guide import ScanWish
from pipelines.scan.outline import LEVELS, Outline
from pipelines.tryon import TryOnSettings, load_track_engine
from pipelines.types import CameraFrame
from server import scan_command
from server.media_files import open_source, to_rgb_picture
from server.worker.live_path import WARM_CLIP
from tests.server.scan_films import scan_films

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def films():
    return scan_films()


@pytest.fixture(scope="module")
def known(films):
    true = truth(films[0].person.body)
    return true, f"sex=female,height={true['height']:.1f},weight={true['weight']:.1f}kg"


@pytest.fixture(scope="module")
def photos(films, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for name, film in zip(("front", "side"), films, strict=True):
        frame = CameraFrame(*film.planes[-1], 0.0, np.eye(3))
        Image.fromarray(cv2.cvtColor(bgr_of(frame), cv2.COLOR_BGR2RGB)).save(folder / f"{name}.png")
    return folder / "front.png", folder / "side.png"


def args(*words: object) -> object:
    return run_server.parse(["scan", *map(str, words)])


def test_two_films_are_a_whole_scan(films, known):
    engine = load_track_engine(TryOnSettings())
    try:
        done = scan(films, ScanWish(known[0]["height"]), engine)
    finally:
        engine.close()
    assert done.step == "done"
    for one in done.found:
        assert abs(one.value - known[0][one.name]) < 3 * one.error, one.name


def test_two_photos_give_girths_with_intervals_and_pictures(photos, known, tmp_path, capsys):
    true, told = known
    assert scan_command.main(args(*photos, "--known", told, "--json", "--pictures", tmp_path / "seen")) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said["camera"]) == {"chest", "navel_waist", "hip"}
    for name in said["camera"]:
        figure = said["figures"][name]
        assert figure["source"] == "camera" and figure["low"] < figure["value"] < figure["high"]
        assert abs(figure["value"] - true[name]) < 0.08 * true[name]
    for name in ("front", "side"):
        with Image.open(tmp_path / "seen" / f"{name}.png") as picture:
            reds = np.asarray(picture)[..., 0].astype(int) - np.asarray(picture)[..., 1]
        assert (reds > 120).any(axis=1).sum() > 10  # a line at many levels


def test_a_front_alone_gives_breadths_and_text(photos, known, capsys):
    assert scan_command.main(args(photos[0], "--known", known[1])) == 0
    text = capsys.readouterr().out
    assert "hip breadth" in text and "without the camera" in text


def test_views_that_are_mixed_up_are_told(photos, known):
    with pytest.raises(InputRejected, match="from the front: Face the camera"):
        scan_command.main(args(photos[1], "--known", known[1]))


def test_who_is_not_seen_whole_is_asked_to_step_back(known, tmp_path):
    with open_source(WARM_CLIP) as source:
        to_rgb_picture(next(source.frames), source.size_px).save(tmp_path / "near.png")
    with pytest.raises(InputRejected, match="Step back"):
        scan_command.main(args(tmp_path / "near.png", "--known", known[1]))


def test_a_film_of_which_a_few_frames_are_good_is_not_measured(monkeypatch):
    good = [Outline("front", np.full(len(LEVELS), 33.0), 0.0)]
    monkeypatch.setattr(scan_command, "_passes", lambda source: islice(source.frames, 15))
    monkeypatch.setattr(scan_command, "look", lambda *_: good.pop() if good else "arms_away")
    with pytest.raises(InputRejected, match="Hold your arms out"):
        scan_command.main(args(WARM_CLIP, "--known", "sex=male,height=175"))


def test_without_a_height_nothing_is_measured():
    with pytest.raises(InputRejected, match="height"):
        scan_command.main(args("nowhere.png", "--known", "sex=male,weight=70kg"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path, known):
    with pytest.raises(InputRejected, match="no such file"):
        scan_command.main(args(tmp_path / "x.png", "--known", known[1]))
