"""Rows of the wire's table for what adds up: a slow stage, and shoppers who come and go. No wire is needed for them."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.capacity import serving
from benchmarks.capacity_load import Shopper, encode, join
from benchmarks.serving import children_of
from benchmarks.wire.rows import Figures
from pipelines.errors import BackendUnavailable

SETTLED_S = 30.0  # from here on memory is compared
WARM_CYCLES = 40  # until the pools of threads have grown
FREE_S = 20.0


@dataclass(frozen=True)
class SlowStage:
    """One shopper before a stage that cannot keep up with the camera."""

    name: str
    targets: Mapping[str, float]
    stage_s: float = 0.06
    seconds: float = 300.0
    runs: int = 1

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return the p95 of the delay and how much the memory of server and workers grew."""
        with serving("lookglass", "identity", LOOKGLASS_BENCH_STAGE_S=str(self.stage_s)) as (address, process):
            return asyncio.run(self._watch(address, process.pid))

    async def _watch(self, address: str, pid: int) -> Figures:
        shopper = await _join(address, encode("H264"))
        await asyncio.sleep(SETTLED_S)
        shopper.rows.clear()
        before_mb = memory_mb(pid)
        await asyncio.sleep(self.seconds - SETTLED_S)
        grown_mb = memory_mb(pid) - before_mb
        await shopper.peer.close()
        delays = [delay for _, delay in shopper.rows]
        return {"p95_ms": 1000 * float(np.percentile(delays, 95)), "grown_mb": abs(grown_mb)}


@dataclass(frozen=True)
class Cycles:
    """Shoppers who come, see a picture and go, one after another."""

    name: str
    targets: Mapping[str, float]
    cycles: int = 200
    runs: int = 1

    def measure(self, ours: bool, seed: int) -> Figures:
        """Return what a shopper leaves behind: tasks, threads and descriptors of all, memory of each."""
        with serving("lookglass", "identity") as (address, process):
            return asyncio.run(self._come_and_go(address, process.pid))

    async def _come_and_go(self, address: str, pid: int) -> Figures:
        packets = encode("H264")
        for number in range(WARM_CYCLES + self.cycles):
            if number == WARM_CYCLES:
                before, before_mb = await _left_behind(address, pid), memory_mb(pid)
            shopper = await _join(address, packets)
            await shopper.peer.close()
            await _until_empty(address)
        after, after_mb = await _left_behind(address, pid), memory_mb(pid)
        left = {f"left_{name}": float(after[name] - before[name]) for name in before}
        return {**left, "session_mb": (after_mb - before_mb) / self.cycles}


async def _join(address: str, packets: list[bytes]) -> Shopper:
    came = await join(address, "lookglass", packets, "H264", 0.0)
    if not isinstance(came, Shopper):
        raise BackendUnavailable("the server has no room")
    return came


async def _until_empty(address: str) -> None:
    deadline = time.monotonic() + FREE_S
    while True:
        told = json.loads(await asyncio.to_thread(_get, f"{address}/healthz"))
        if told["sessions"]["now"] == 0 and told["workers"]["idle"] >= 1:
            return
        if time.monotonic() > deadline:
            raise BackendUnavailable("the seat does not become free")
        await asyncio.sleep(0.02)


async def _left_behind(address: str, pid: int) -> dict[str, int]:
    await asyncio.sleep(3.0)  # for what ends by time
    lines = (await asyncio.to_thread(_get, f"{address}/metrics")).splitlines()
    tasks = next(float(line.split()[1]) for line in lines if line.startswith("lookglass_tasks "))
    process = Path(f"/proc/{pid}")
    counts = {"threads": len(list((process / "task").iterdir())), "descriptors": len(list((process / "fd").iterdir()))}
    return {"tasks": int(tasks), **counts}


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and its workers."""
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in (pid, *children_of(pid)))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server on loopback
        text: str = answer.read().decode()
        return text


SOAKS = (
    SlowStage("slow_stage_60", {"p95_ms": 270, "grown_mb": 5}),
    Cycles("cycles_200", {"left_tasks": 0, "left_threads": 0, "left_descriptors": 0, "session_mb": 0.2}),
)
