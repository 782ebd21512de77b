"""The render command over real clips: who is there is dressed without a blink, who is not there is not."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import run_server

pytestmark = pytest.mark.slow
HELD_S = 1.0  # a person who is lost may keep the garment this long


def rendered(clip: Path, folder: Path) -> list[dict[str, Any]]:
    """Render `clip` in a T-shirt; return the lines of its frames."""
    args = ["render", clip, "--garment", "tee_crew", "--out", folder / "out.mp4", "--report", folder / "r.jsonl"]
    assert run_server.main([str(arg) for arg in args]) == 0
    lines = [json.loads(line) for line in (folder / "r.jsonl").read_text().splitlines()]
    return [line for line in lines if "frame" in line]


def is_drawn(line: dict[str, Any]) -> bool:
    return any(garment["area_px"] for person in line["people"] for garment in person["garments"])


def has_pose(line: dict[str, Any]) -> bool:
    return any(person["pose"] for person in line["people"])


@pytest.mark.parametrize("name", ["squats_woman.mp4", "asl_E_want.mkv", "asl_C_learn.mkv"])
def test_render_dresses_who_is_there_in_every_frame(media: Path, tmp_path: Path, name: str) -> None:
    drawn = [is_drawn(line) for line in rendered(media / "people_video" / name, tmp_path)]
    assert sum(drawn) >= 0.98 * len(drawn)
    assert not any(before and not after for before, after in pairwise(drawn))


def test_render_does_not_dress_trees(media: Path, tmp_path: Path) -> None:
    lines = rendered(media / "people_video" / "walk_across_far.mp4", tmp_path)
    drawn = [line["frame"] for line in lines if is_drawn(line)]
    assert all(frame < 60 for frame in drawn)  # a man stands on the box up to there
    assert_nothing_outlives_its_person(lines)


def test_render_does_not_dress_an_empty_room(media: Path, tmp_path: Path) -> None:
    lines = rendered(media / "people_video" / "onebyone_p6.mp4", tmp_path)
    assert not any(is_drawn(line) for line in lines[:5])  # before he walks in
    assert not any(is_drawn(line) for line in lines[127:])  # after he has gone, over the edge of the picture
    assert sum(is_drawn(line) for line in lines[20:115]) >= 94
    assert_nothing_outlives_its_person(lines)


def assert_nothing_outlives_its_person(lines: list[dict[str, Any]]) -> None:
    seen_s = float("-inf")
    for line in lines:
        seen_s = line["t_s"] if has_pose(line) else seen_s
        assert not is_drawn(line) or line["t_s"] - seen_s <= HELD_S, f"frame {line['frame']}"
