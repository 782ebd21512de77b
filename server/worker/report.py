"""What passes between the worker's threads, and what of it the rim is told."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from pipelines.types import CameraFrame, TryOnResult
from server.worker.ledger import Ledger
from server.worker.level import Level
from server.worker.places import place_above
from server.worker.scanning import Scanning

BARE: dict[str, Any] = {"garments": [], "height_cm": None, "mirror": False}


@dataclass(eq=False)
class Sitting:
    """One shopper's stay in this process."""

    epoch: int
    wish: dict[str, Any]
    track_state: Any
    dress_state: Any
    outfit: Any
    look: Any
    fitted: dict[str, Any] = field(default_factory=lambda: BARE)  # the wish that `outfit` is made for
    likely: dict[str, Any] | None = None  # a wish that may come, to be prepared once there is nothing else to do
    warm: list[CameraFrame] = field(default_factory=list)  # pictures of the warm-up, instead of the ring
    after: int = 0  # number of the last frame taken
    level: Level = field(default_factory=Level)
    size: tuple[int, int] = (0, 0)  # of the last picture, px
    followed: tuple[Any, ...] = ()  # the last two frames that were tracked; less where that says nothing of the next
    rested: int = 0  # pictures that were not looked at since one was, while the first outfit is made
    cpu_s: float = field(default_factory=time.process_time)  # of this process, when the last frame was composed
    skipped: int = 0
    scanning: Scanning = field(default_factory=Scanning)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What the track thread leaves for the dress thread."""

    sitting: Sitting
    tracked: Any
    picture: CameraFrame  # what was tracked
    ticks: int
    seq: int
    ledger: Ledger
    track_s: float = 0.0  # time that the track thread took
    fitted: bool = False  # the outfit is the one that was asked for, not the one before


def result_message(result: TryOnResult, job: HandOver, seq: int) -> dict[str, Any]:
    """Return what the rim is told: times, hint, who wears what and stands where. No landmark leaves this process."""
    seen = next((person for person in result.people if person.pose), None)
    first = result.people[0] if result.people else None
    stage_ms = {**job.ledger.stage_ms, **result.stage_ms}
    return {
        "type": "result", "epoch": job.sitting.epoch, "seq": seq, "of": job.seq, "skipped": job.sitting.skipped,
        "stage_ms": {name: round(ms, 3) for name, ms in stage_ms.items()},
        "fitted": job.fitted, "look": job.sitting.dress_state.shown,
        "person": seen is not None, "hint": (seen or first).hint if first else None,
        "people": [
            {"id": one.id, "worn": {g.id: g.size for g in one.garments}, "above": place_above(one, job.picture)}
            for one in result.people
        ],
    }  # fmt: skip
