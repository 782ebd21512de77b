from __future__ import annotations

import pytest

from server.rtc.ladder import UP_S, Ladder, Rung

STEP = 3000


class Film:
    """Frames at 30 fps on a ladder."""

    def __init__(self, width: int, height: int) -> None:
        self.ladder, self._size, self._number = Ladder(), (width, height), 0

    def play(self, kbps: float, seconds: float) -> list[Rung]:
        rungs = []
        for _ in range(round(seconds * 30)):
            rungs.append(self.ladder.climb(1000 * kbps, *self._size, 30, self._number * STEP))
            self._number += 1
        return rungs


@pytest.mark.parametrize(
    ("size", "kbps", "rung"),
    [
        ((640, 480), 1800, Rung()),
        ((640, 480), 400, Rung(0.75)),
        ((640, 480), 200, Rung(0.5)),
        ((640, 480), 60, Rung(0.5, 2)),
        ((640, 480), 10, Rung(0.5, 3)),
        ((1280, 720), 1800, Rung()),
        ((1280, 720), 400, Rung(0.5)),
        ((1280, 720), 70, Rung(0.25, 2)),
        ((300, 200), 10, Rung(1.0, 3)),
    ],
)
def test_size_goes_before_the_frame_rate(size: tuple[int, int], kbps: float, rung: Rung) -> None:
    assert Film(*size).play(kbps, 3)[-1] == rung


def test_short_dip_changes_nothing() -> None:
    film = Film(640, 480)
    film.play(1800, 3)
    assert set(film.play(200, 0.3) + film.play(1800, 3)) == {Rung()}


def test_way_up_is_taken_rung_by_rung_with_a_wait_before_each() -> None:
    film = Film(640, 480)
    film.play(200, 3)
    rungs = film.play(3000, 3 * UP_S)
    assert list(dict.fromkeys(rungs)) == [Rung(0.5), Rung(0.75), Rung()]
    assert rungs.index(Rung(0.75)) >= UP_S * 30
    assert rungs.index(Rung()) - rungs.index(Rung(0.75)) >= UP_S * 30


def test_rate_between_the_marks_keeps_the_rung_it_has() -> None:
    down, up = Film(640, 480), Film(640, 480)
    down.play(1800, 2)
    up.play(300, 2)
    assert {*down.play(520, 20)} == {Rung()}
    assert {*up.play(520, 20)} == {Rung(0.75)}


def test_camera_that_turns_keeps_a_rung_that_exists() -> None:
    ladder = Ladder()
    for number in range(60):
        ladder.climb(200e3, 640, 480, 30, number * STEP)
    assert ladder.climb(3e6, 320, 240, 30, 60 * STEP).scale == 1.0
