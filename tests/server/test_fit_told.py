"""What the worker tells the rim of how garments fit, and when the rim passes it on."""

from contextlib import nullcontext
from itertools import islice
from typing import Any

import pytest

from pipelines.sizing.ease import fit_of
from pipelines.sizing.estimate import estimate
from pipelines.sizing.packages import item_of
from pipelines.tryon import TryOnSettings
from pipelines.viewpoint.live import Look, ViewState
from server import schema
from server.fit_news import FitNews
from server.worker import live_path
from server.worker.fit_told import fit_told

KNOWN = [{"name": "height", "value": 178.0}, {"name": "chest", "value": 97.0}, {"name": "waist", "value": 84.0}]
BODY = {"v": 1, "type": "body", "height_cm": None, "sex": "male", "known": KNOWN}
WISH: dict[str, Any] = {"garments": [{"id": "shirt_stripe", "size": "L"}], "height_cm": None, "mirror": False}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What is told of three wishes, by name, after some pictures of the synthetic shopper."""
    fit, *_ = live_path.load_tailor()
    compare = {"garment": "shirt_stripe", "sizes": ["M", "XL"]}
    wishes = {
        "map": WISH | {"fit_map": True, "body": BODY}, "two": WISH | {"compare": compare, "body": BODY},
        "assumed": WISH | {"fit_map": True}, "off": WISH,
    }  # fmt: skip
    settings = TryOnSettings(render_backend="numba")
    trackers, engine = live_path.load_track_engine(settings), live_path.load_dress_engine(settings)
    found, state = [], live_path.TrackState()
    with live_path.open_source(live_path.WARM_CLIP) as source:
        for frame in islice(source.frames, 4):
            one, state = live_path.track(frame, state, trackers, lambda _: nullcontext(), 1)
            found.append(one)
    said: dict[str, Any] = {}
    for name, wish in wishes.items():
        outfit, view = fit(wish), ViewState()
        for one in found:
            _, view = live_path.dress(one, outfit, view, engine, lambda _: nullcontext(), Look())
        said[name] = fit_told(outfit, view, found[-1].frame)
        if name == "two":
            _, view = live_path.dress(found[-1], outfit, view, engine, lambda _: nullcontext(), Look("orbit"))
            said["orbit"] = fit_told(outfit, view, found[-1].frame)
            said["outfit"] = outfit
    trackers.close()
    engine.close()
    return said


def test_nothing_is_told_while_nobody_asked(told: dict[str, Any]) -> None:
    assert told["off"] is None


def test_numbers_are_those_of_the_size_answer(told: dict[str, Any]) -> None:
    known = live_path.known_in({"body": BODY})
    assert known is not None
    item = item_of(told["outfit"].garments[0].package)
    answer = {one.point: one for one in fit_of(estimate(known.evidence, known.sex).figures(), item, "L")}
    garment = told["map"]["panes"][0]["garments"][0]
    regions = {region["point"]: region for region in garment["regions"]}
    assert garment["size"] == "L"
    for point, one in answer.items():
        assert regions[point]["ease_cm"] == pytest.approx(one.ease, abs=0.06)
        assert (regions[point]["off_cm"], regions[point]["sits"]) == (pytest.approx(one.off, abs=0.06), one.sits)
        assert regions[point]["intended_cm"] == pytest.approx(one.ease - one.off, abs=0.06)
    assert all(0.0 < share < 1.0 for share in regions["chest"]["at"])


def test_body_is_told_or_assumed(told: dict[str, Any]) -> None:
    assert (told["map"]["body"], told["assumed"]["body"]) == ("told", "assumed")


def test_two_sizes_are_told_apart_by_their_places(told: dict[str, Any]) -> None:
    left, right = told["two"]["panes"]
    assert (left["garments"][0]["size"], right["garments"][0]["size"]) == ("M", "XL")
    assert left["place"][2] <= right["place"][0]
    assert [len(told[name]["panes"]) for name in ("map", "orbit")] == [1, 1]
    assert all(one["at"] is None for one in told["orbit"]["panes"][0]["garments"][0]["regions"])


def test_no_measure_of_the_body_is_in_the_message(told: dict[str, Any]) -> None:
    assert "body_cm" not in str(told["map"])


def test_news_is_told_at_once_and_places_now_and_then(told: dict[str, Any]) -> None:
    sent: list[schema.Fit] = []
    news = FitNews(sent.append)
    news.take(None)
    news.tell()
    assert sent == []
    news.take(told["map"])
    assert len(sent) == 1 and sent[0].panes == told["map"]["panes"]
    elsewhere = {**told["map"], "panes": [replace_places(pane) for pane in told["map"]["panes"]]}
    news.take(elsewhere)
    assert len(sent) == 1
    news.tell()
    assert sent[1].panes == elsewhere["panes"]
    news.take(told["two"])
    assert len(sent) == 3
    news.take(None)
    news.tell()
    assert len(sent) == 3


def replace_places(pane: dict[str, Any]) -> dict[str, Any]:
    garments = [
        {**one, "regions": [{**region, "at": [0.1, 0.2]} for region in one["regions"]]} for one in pane["garments"]
    ]
    return {**pane, "garments": garments}
