"""Rows of the wire's table for what breaks: the network, a client, a worker. Stock aiortc has no way back from them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.wire.channel import Impairment
from benchmarks.wire.rows import CLEAN, Figures
from benchmarks.wire.shop import Shop, fresh, keeps
from benchmarks.wire.tun import TunWire

PATIENCE_S = 25.0
OTHER_ADDRESS = "10.77.0.3"
WATCHED_S = 8.0


@dataclass(frozen=True)
class Outage:
    """The network is gone for a while, or gives the shopper another address."""

    name: str
    targets: Mapping[str, float]
    seconds: float = 0.0  # 0: another address, at once
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return how long after the network the picture was back, and whether everything chosen was kept."""
        with TunWire(CLEAN, seed=seed) as wire, Shop(wire) as shop:
            page = shop.enter()
            if self.seconds:
                gone = Impairment(down=True)
                wire.impair(up=gone, down=gone)
                time.sleep(self.seconds)
                wire.impair(up=CLEAN, down=CLEAN)
            else:
                wire.readdress("left", OTHER_ADDRESS)
            since_s = time.time()
            while not (seen := fresh(page, since_s + 0.2)) and time.time() < since_s + PATIENCE_S:
                time.sleep(0.05)
            time.sleep(2.0)
            return {"back_s": seen[0] - since_s if seen else float("inf"), "kept": 100.0 * keeps(page)}


@dataclass(frozen=True)
class ClientKilled:
    """A shopper's device dies without a word."""

    name: str
    targets: Mapping[str, float]
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return after how many seconds the seat was free."""
        with TunWire(CLEAN, seed=seed) as wire, Shop(wire) as shop:
            shop.enter()
            shop.kill_browser(0)
            killed_s = time.monotonic()
            while shop.health()["sessions"]["now"] and time.monotonic() < killed_s + PATIENCE_S:
                time.sleep(0.1)
            return {"seat_s": time.monotonic() - killed_s}


@dataclass(frozen=True)
class WorkerKilled:
    """One of two shoppers loses the process that computes."""

    name: str
    targets: Mapping[str, float]
    runs: int = 3

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return when that shopper's picture was back, the other's longest freeze, and whether everything was kept."""
        with TunWire(CLEAN, seed=seed) as wire, Shop(wire) as shop:
            pages = [shop.enter(), shop.enter()]
            before = shop.workers()
            time.sleep(1.0)
            busy = {pid: cpu_s - before.get(pid, cpu_s) for pid, cpu_s in shop.workers().items()}
            since_s = time.time()
            os.kill(max(busy, key=lambda pid: busy[pid]), signal.SIGKILL)  # one that has a shopper
            time.sleep(WATCHED_S)
            gaps = sorted(longest_gap_s(fresh(page, since_s - 0.5), since_s + WATCHED_S) for page in pages)
            kept = 100.0 * all(keeps(page) for page in pages)
            return {"back_s": gaps[1], "freeze_ms": 1000 * gaps[0], "kept": kept}


def longest_gap_s(seen_s: list[float], until_s: float) -> float:
    """Return the longest time without a new picture."""
    return float(np.diff([*seen_s, until_s]).max()) if seen_s else float("inf")


FAULTS = (
    Outage("outage_5", {"back_s": 2, "kept": 100}, 5),
    Outage("outage_15", {"back_s": 2, "kept": 100}, 15),
    Outage("outage_60", {"back_s": 5, "kept": 100}, 60, runs=1),
    Outage("another_address", {"back_s": 5, "kept": 100}),
    ClientKilled("client_killed", {"seat_s": 10}),
    WorkerKilled("worker_killed", {"back_s": 3, "freeze_ms": 400, "kept": 100}),
)
