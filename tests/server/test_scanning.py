"""A scan beside the live picture: when it is led on, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from pipelines.pose.finder import Sighting
from pipelines.scan.guide import VIEW_S
from pipelines.tryon import Tracked
from pipelines.wearer import Seen
from server.worker import live_path
from server.worker.scanning import LOOK_ROUND_EVERY, Scanning
from tests.pipelines.scan.paper import HEIGHT_CM, person

WISH = {"action": "start", "height_cm": HEIGHT_CM, "height_error": 0.01, "views": "both", "clothes": "fitted"}


@dataclass
class Finder:
    """Sees so many people of the same size, and counts how often it is asked."""

    people: int = 1
    asked: int = 0

    def find(self, _frame: Any) -> tuple[Sighting, ...]:
        self.asked += 1
        return (Sighting(np.zeros(2), np.array([0.0, 100.0])),) * self.people


@dataclass
class Engine:
    finder: Finder


def show(scanning: Scanning, at_s: float, engine: Engine, passer: bool = False, **how: Any) -> dict[str, Any] | None:
    sight = person(at_s, **how)
    matte = sight.landmarks.matte if passer else None
    tracked = Tracked(sight.frame, (Seen(0, sight.landmarks, sight.joints),), matte)
    return scanning.see(sight.frame, tracked, engine, live_path)


def shown(scanning: Scanning, start_s: float, seconds: float, engine: Engine, **how: Any) -> list[dict[str, Any]]:
    told = [show(scanning, start_s + number / 10, engine, **how) for number in range(round(10 * seconds))]
    return [one for one in told if one is not None]


@pytest.fixture
def engine() -> Engine:
    return Engine(Finder())


def test_nothing_is_seen_or_told_before_a_scan_is_asked_for(engine: Engine) -> None:
    scanning = Scanning()
    assert shown(scanning, 0.0, 1.0, engine) == [] and engine.finder.asked == 0
    assert scanning.ask({"action": "cancel"}, live_path) is None


def test_a_scan_is_told_step_by_step_and_forgotten_at_its_end(engine: Engine) -> None:
    scanning = Scanning()
    began = scanning.ask(WISH, live_path)
    assert began is not None and (began["step"], began["progress"], began["measures"]) == ("front", 0.0, [])
    front = shown(scanning, 0.0, VIEW_S + 0.5, engine)
    side = shown(scanning, 10.0, VIEW_S + 0.5, engine, yaw_deg=90.0)
    assert len(front) <= 5 * VIEW_S + 5  # at most five a second, and one at each change
    assert [one["hint"] for one in front if one["step"] == "front"][-1] == "hold"
    assert front[-1]["say"]["zh"]
    done = side[-1]
    assert done["step"] == "done" and {one["name"] for one in done["measures"]} == {"chest", "navel_waist", "hip"}
    for one in done["measures"]:
        assert one["low"] < one["value"] < one["high"] and one["source"] == "camera" and one["unit"] == "cm"
        assert one["error"] > 0.01 * one["value"]  # the height's is in it
    assert shown(scanning, 30.0, 1.0, engine) == []
    assert scanning.ask({"action": "cancel"}, live_path) is None


def test_others_and_passers_hold_the_scan_up(engine: Engine) -> None:
    scanning = Scanning()
    scanning.ask(WISH, live_path)
    assert show(scanning, 0.0, engine, passer=True)["hint"] == "one_person"
    engine.finder.people = 2
    told = shown(scanning, 1.0, 2.0, engine)
    assert told[-1]["hint"] == "one_person" and told[-1]["progress"] < 0.2
    assert engine.finder.asked <= 3 + 20 // LOOK_ROUND_EVERY


def test_a_second_start_begins_anew(engine: Engine) -> None:
    scanning = Scanning()
    scanning.ask(WISH, live_path)
    shown(scanning, 0.0, 2.0, engine)
    again = scanning.ask({**WISH, "views": "front"}, live_path)
    assert again is not None and again["progress"] == 0.0
    assert shown(scanning, 5.0, VIEW_S + 0.5, engine)[-1]["step"] == "done"


def test_a_cancelled_scan_says_so_and_keeps_nothing(engine: Engine) -> None:
    scanning = Scanning()
    scanning.ask(WISH, live_path)
    shown(scanning, 0.0, 2.0, engine)
    told = scanning.ask({"action": "cancel"}, live_path)
    assert told is not None and told["step"] == "cancelled" and told["measures"] == []
    assert shown(scanning, 3.0, 1.0, engine) == []
