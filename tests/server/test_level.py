"""Less is computed where the machine cannot keep up, and more again when it can, without a seesaw."""

from types import SimpleNamespace
from typing import Any

import pytest

from server.worker.ledger import Ledger
from server.worker.level import BUDGET_S, CALM_S, REST_S, WINDOW_S, Level
from server.worker.process import Sitting, Worker


def run(level: Level, from_s: float, seconds: float, track_s: float, dress_s: float = 0.01) -> list[tuple[float, int]]:
    """Feed frames as such a machine makes them; return the changes."""
    changes, now_s = [], from_s
    while now_s < from_s + seconds:
        share = 0.5 if level.now == 2 else 1.0  # every second pose is left out, in the mean
        before = level.now
        level.note(now_s, share * track_s, dress_s)
        if level.now != before:
            changes.append((now_s, level.now))
        now_s += max(share * track_s, dress_s, 1 / 30)
    return changes


def test_a_slow_machine_goes_down_step_by_step_and_no_further() -> None:
    changes = run(Level(), 0.0, 60.0, 0.12)
    assert [level for _, level in changes] == [1, 2]
    assert changes[0][0] == pytest.approx(WINDOW_S, abs=0.3)
    assert changes[1][0] - changes[0][0] >= REST_S


def test_a_machine_that_is_free_again_goes_up_slowly() -> None:
    level = Level()
    run(level, 0.0, 20.0, 0.12)
    changes = run(level, 20.0, 60.0, 0.02)
    assert [level for _, level in changes] == [1, 0]
    assert changes[0][0] >= 20.0 + CALM_S - WINDOW_S


def test_a_machine_at_the_edge_does_not_seesaw() -> None:
    changes = run(Level(), 0.0, 300.0, 1.1 * BUDGET_S)
    assert [level for _, level in changes] == [1, 2], "half the poses fit, all of them would not"


@pytest.mark.parametrize("dress_s", [0.01, 0.9 * BUDGET_S])
def test_a_machine_that_keeps_up_computes_everything(dress_s: float) -> None:
    assert run(Level(), 0.0, 60.0, 0.9 * BUDGET_S, dress_s) == []


def test_a_single_slow_frame_changes_nothing() -> None:
    level = Level()
    run(level, 0.0, 5.0, 0.03)
    level.note(5.0, 0.9, 0.9)
    assert run(level, 5.1, 10.0, 0.03) == []


@pytest.mark.parametrize(
    ("at", "fitting", "turned_at", "seen"),
    [
        (0, False, None, "tttttt"), (1, False, None, "tttttt"), (2, False, None, "ttctct"), (2, False, 4, "ttcttt"),
        (2, False, 2, "ttttct"), (0, True, None, "ttctct"),
    ],
)  # fmt: skip
def test_every_second_picture_is_expected_at_the_lowest_level_and_while_another_outfit_is_made(
    at: int, fitting: bool, turned_at: int | None, seen: str
) -> None:
    done: list[str] = []

    def track(picture: Any, state: Any, *_: Any) -> tuple[Any, Any]:
        done.append("t")
        return picture, state

    def carried(picture: Any, before: Any, last: Any) -> Any:
        done.append("c")
        assert before.number < last.number < picture.number
        return picture

    pipeline = SimpleNamespace(track=track, carried=carried, people_of=lambda _: 1)
    worker = Worker(None, None, None, pipeline, {})  # type: ignore[arg-type]
    worker._bare = "bare"
    sitting = Sitting(1, {}, None, None, "tee", None)
    sitting.level.now = at
    sitting.fitted = {"garments": ["shirt"]} if fitting else sitting.wish
    for number in range(6):
        turned = turned_at is not None and number >= turned_at
        width_px, height_px = (480, 640) if turned else (640, 480)
        picture: Any = SimpleNamespace(number=number, width_px=width_px, height_px=height_px)
        worker._follow(sitting, picture, None, Ledger())
    assert "".join(done) == seen


def test_two_of_three_pictures_are_not_looked_at_while_the_first_outfit_is_made() -> None:
    done: list[str] = []

    def track(picture: Any, state: Any, *_: Any) -> tuple[Any, Any]:
        done.append("t")
        return picture, state

    def carried(picture: Any, before: Any, last: Any) -> Any:
        done.append("c")
        assert before is last, "nobody is moved on"
        return picture

    pipeline = SimpleNamespace(track=track, carried=carried, people_of=lambda _: 1)
    worker = Worker(None, None, None, pipeline, {})  # type: ignore[arg-type]
    worker._bare = "bare"
    sitting = Sitting(1, {"garments": ["tee"]}, None, None, "bare", None)
    for number in range(10):
        if number == 7:
            sitting.outfit, sitting.fitted = "tee", sitting.wish
        worker._follow(sitting, SimpleNamespace(number=number, width_px=640, height_px=480), None, Ledger())  # type: ignore[arg-type]
    assert "".join(done) == "tcctcctttt"
