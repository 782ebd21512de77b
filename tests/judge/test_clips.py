"""The judge of real clips: what counts as a blink, and as drawn on nobody."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.judge.clips import (
    BLINK_FRAMES,
    EMPTY,
    HIDDEN,
    SLOW_FRAMES,
    WALKERS,
    Watched,
    blinks,
    fastest,
    misplaced,
)
from benchmarks.judge.sheets import COLUMNS, smaller, write_mosaic


def watched(name: str, drawn: list[bool], place: float | None = 0.5) -> Watched:
    return Watched(name, tuple(900 * one for one in drawn), tuple(place if one else np.nan for one in drawn), None)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ([True] * 30, 0),
        ([False] * 5 + [True] * 20 + [False] * 5, 0),  # comes in and leaves
        ([True] * 10 + [False] * 3 + [True] * 10, 1),
        ([True] * 10 + [False] + [True] * 2 + [False] + [True] * 10, 2),
        ([True] * 10 + [False] * BLINK_FRAMES + [True] * 10, 0),  # was gone, and came back
        ([False] * 30, 0),
    ],
)
def test_blink_is_a_short_gap_between_two_garments(drawn, expected):
    assert blinks(watched("x", drawn).drawn) == expected


def test_garment_behind_somebody_is_no_blink():
    first, last = HIDDEN["intel_store_aisle"][0]
    drawn = [not first <= frame <= last for frame in range(60)]
    assert blinks(watched("intel_store_aisle", drawn).drawn) == 0
    assert blinks(watched("another", drawn).drawn) == 1


def test_garment_in_an_empty_room_is_misplaced():
    first, last = EMPTY["onebyone_p6"][-1]
    drawn = [100 <= frame <= first + 1 for frame in range(last + 1)]
    assert misplaced(watched("onebyone_p6", drawn)) == [first, first + 1]
    assert misplaced(watched("another", drawn)) == []


def test_garment_beside_all_walkers_is_misplaced():
    (path, _) = WALKERS["walk_across_far"]
    frame, place = map(float, path[3])
    drawn = [index == frame for index in range(200)]
    assert misplaced(watched("walk_across_far", drawn, place + 0.02)) == []
    assert misplaced(watched("walk_across_far", drawn, 0.95)) == [int(frame)]


def test_the_fastest_part_of_a_clip_is_looked_at_slowly() -> None:
    place = np.full(100, 0.4)
    place[60:70] += np.linspace(0.0, 0.3, 10)
    place[70:] += 0.3
    place[10:14] = np.nan
    part = fastest(tuple(place))
    assert part.start <= 60 < 70 <= part.stop
    assert part.stop - part.start == SLOW_FRAMES
    assert fastest((0.1, 0.9)) == slice(0, SLOW_FRAMES)


def test_a_sheet_shows_all_pictures_in_order(tmp_path: Path) -> None:
    pictures = [smaller(np.full((480, 640, 3), 10 * number, np.uint8)) for number in range(COLUMNS + 2)]
    write_mosaic(tmp_path / "sheets" / "one.png", pictures)
    sheet = cv2.imread(str(tmp_path / "sheets" / "one.png"))
    height, width = pictures[0].shape[:2]
    assert sheet.shape == (2 * height, COLUMNS * width, 3)
    middles = [int(sheet[row, column, 0]) for row in (height // 2, 3 * height // 2) for column in (9, width + 9)]
    assert middles == [0, 10, 10 * COLUMNS, 10 * (COLUMNS + 1)]
