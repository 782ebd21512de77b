"""The rows of the wire's table: what the wire does, for how long, and what has to hold.

A row is anything with a name, a number of runs and `measure`; `table` asks nothing else of it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from benchmarks.wire.browser import BrowserCall, chromium
from benchmarks.wire.call import PICTURE_S, EchoCall, Record
from benchmarks.wire.channel import Impairment
from benchmarks.wire.tun import TunWire

CLEAN = Impairment(delay_s=0.025)  # 50 ms there and back
NARROW = Impairment(delay_s=0.025, kbps=400)
NARROW_TARGETS = {"fps": 10.0, "p95_ms": 1000.0, "freeze_ms": 2000.0}
LOST_EVERY_S = 1.0
MEDIA_BYTES = 300  # a datagram of that size is picture, nothing else is so large
UNITS = {
    "fps": "fps", "p50_ms": "ms", "p95_ms": "ms", "freeze_ms": "ms", "connected": "%", "connect_s": "s",
    "back_s": "s", "seat_s": "s", "kept": "%", "grown_mb": "MB", "session_mb": "MB",
    "left_tasks": "", "left_threads": "", "left_descriptors": "",
}  # fmt: skip
HIGHER = ("fps", "connected", "kept")
Figures = dict[str, float]


class Row(Protocol):
    """One line of the table."""

    @property
    def name(self) -> str:
        """What `--only` takes."""

    @property
    def runs(self) -> int:
        """How many of ours are measured; stock is measured once."""

    @property
    def targets(self) -> Mapping[str, float]:
        """Bounds by figure; UNITS has the figures there are, HIGHER those that are the better the higher."""

    def measure(self, ours: bool, seed: int) -> Figures:
        """Run once.  Raises BackendUnavailable."""


@dataclass(frozen=True)
class Call:
    """A call over an unchanging wire."""

    name: str
    wire: Impairment
    targets: Mapping[str, float]
    seconds: float = 8.0
    settle_s: float = 2.0
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return fps, delays and the longest freeze after `settle_s`."""
        with TunWire(self.wire, seed=seed) as wire, EchoCall(wire, ours) as call:
            if not call.wait_for_picture(PICTURE_S):
                return nothing()
            time.sleep(self.settle_s + self.seconds)
            return figures(call.end(), self.settle_s, self.seconds)


@dataclass(frozen=True)
class LostPacket:
    """Single packets lost on a clean link, now of the way up, now of the way down."""

    name: str
    targets: Mapping[str, float]
    losses: int = 4
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return the longest freeze around any of the losses."""
        with TunWire(CLEAN, seed=seed) as wire, EchoCall(wire, ours) as call:
            if not call.wait_for_picture(PICTURE_S):
                return nothing()
            time.sleep(2.0)
            for number in range(self.losses):
                wire.lose_next("down" if number % 2 else "up", 1, MEDIA_BYTES)
                time.sleep(LOST_EVERY_S)
            return figures(call.end(), 2.0, self.losses * LOST_EVERY_S)


@dataclass(frozen=True)
class Connect:
    """Calls that are begun over a bad wire, several at a time; one that has no connection by `limit_s` has failed."""

    name: str
    wire: Impairment
    targets: Mapping[str, float]
    calls: int = 10
    together: int = 10
    limit_s: float = 10.0
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return the share that connected in time, and the median time."""
        times: list[float] = []
        for first in range(0, self.calls, self.together):
            with ExitStack() as stack:
                wires = [
                    stack.enter_context(TunWire(self.wire, seed=1000 * seed + first + number))
                    for number in range(self.together)
                ]
                calls = [stack.enter_context(EchoCall(wire, ours)) for wire in wires]
                until_s = time.monotonic() + self.limit_s
                for call in calls:
                    call.wait_for_picture(max(0.0, until_s - time.monotonic()))
                times += [connect_time_s(call.end()) for call in calls]
        share = 100 * sum(each <= self.limit_s for each in times) / len(times)
        return {"connected": share, "connect_s": float(np.median(times)), "slowest_s": max(times)}


def connect_time_s(record: Record) -> float:
    """Return seconds from the answer to both ends being connected; infinity when they are not."""
    return record.connected_s - record.offered_s if record.connected_s is not None else float("inf")


def figures(record: Record, settle_s: float, seconds: float) -> Figures:
    """Return the figures of the `seconds` that begin `settle_s` after the first picture."""
    begin_s = record.seen[0][0] + settle_s
    seen = {number: at_s for at_s, number in reversed(record.seen) if number in record.sent_s}
    seen = {number: at_s for number, at_s in seen.items() if begin_s <= at_s < begin_s + seconds}
    if not seen:
        return nothing()
    delays_ms = [1000 * (at_s - record.sent_s[number]) for number, at_s in seen.items()]
    times = np.array([begin_s, *sorted(seen.values()), begin_s + seconds])
    return {
        "fps": len(seen) / seconds,
        "p50_ms": float(np.percentile(delays_ms, 50)),
        "p95_ms": float(np.percentile(delays_ms, 95)),
        "freeze_ms": 1000 * float(np.diff(times).max()),
    }


def nothing() -> Figures:
    """Return the figures of a call without a picture."""
    return {"fps": 0.0, "p50_ms": float("inf"), "p95_ms": float("inf"), "freeze_ms": float("inf")}


def _loss(percent: int, fps: float, p95_ms: float, freeze_ms: float) -> Call:
    wire = Impairment(delay_s=CLEAN.delay_s, loss=percent / 100)
    return Call(f"loss_{percent}", wire, {"fps": fps, "p95_ms": p95_ms, "freeze_ms": freeze_ms})


ROWS: Sequence[Row] = (
    _loss(2, 29, 230, 400),
    _loss(5, 27, 400, 600),
    _loss(10, 24, 650, 800),
    LostPacket("lost_packet", {"freeze_ms": 200}),
    Connect("connect_loss_20", Impairment(delay_s=0.025, loss=0.2), {"connected": 90}),
    Call("jitter_30", Impairment(delay_s=0.025, jitter_s=0.03, reorder=True), {"fps": 28}),
    Call("narrow_400", NARROW, NARROW_TARGETS, seconds=10, settle_s=10),
    *([BrowserCall("narrow_400_chromium", NARROW, NARROW_TARGETS)] if chromium() else []),
)
