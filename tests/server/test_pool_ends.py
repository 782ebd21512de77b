"""Workers that end, or whose start fails, at the worst moments; no process is started here."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.settings import load_settings
from server.worker import handle as handle_module
from server.worker.handle import WorkerHandle
from server.worker.pool import Pool
from server.worker.ring import FrameRing

INFO = {"type": "ready", "info": {}, "frame_cpu_s": 0.01}


class Idler:
    """In the place of the process: never says anything, dies when it is told to."""

    pid = 1

    def __init__(self, *_: Any, pass_fds: tuple[int, ...], **__: Any) -> None:
        self._end = socket.socket(fileno=os.dup(pass_fds[0]))

    def wait(self, _: float | None = None) -> int:
        self._end.close()
        return 0

    def kill(self) -> None:
        self._end.close()


@pytest.fixture
async def pool(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """A pool of one, whose process is no process."""
    monkeypatch.setattr(handle_module.subprocess, "Popen", Idler)
    made = Pool(load_settings(None, {"worker.spares": 0, "worker.stop_s": 1.0}), "none")
    yield made
    await made.stop()


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def starting(pool: Pool) -> WorkerHandle:
    await until(lambda: pool._starting is not None)
    assert pool._starting is not None
    return pool._starting


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_worker_that_ends_as_it_becomes_ready_is_not_handed_out(pool: Pool) -> None:
    pool.start()
    first = await starting(pool)
    first._take(INFO)
    first._lost()
    await until(lambda: pool._starting is None)
    assert not pool.ready
    assert pool.counts["idle"] == 0


@pytest.mark.parametrize("made_before", [0, 1])
async def test_start_that_fails_leaves_nothing_and_is_tried_again(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, made_before: int
) -> None:
    create, calls = FrameRing.create, []

    def scarce(*args: Any) -> FrameRing:
        calls.append(args)
        if len(calls) == made_before + 1:
            raise OSError(24, "Too many open files")
        return create(*args)

    monkeypatch.setattr(FrameRing, "create", scarce)
    before = open_files()
    assert await pool._add_one() is False
    assert open_files() == before
    adding = asyncio.create_task(pool._add_one())
    (await starting(pool))._take(INFO)
    assert await adding
    assert pool.ready


@pytest.mark.parametrize("turns", range(4))
async def test_pool_ends_though_a_worker_becomes_ready_at_that_moment(pool: Pool, turns: int) -> None:
    pool.start()
    handle = await starting(pool)
    await asyncio.sleep(0)
    handle._take(INFO)
    for _ in range(turns):
        await asyncio.sleep(0)
    stopping = asyncio.create_task(pool.stop())
    done, _ = await asyncio.wait([stopping], timeout=5)
    assert done
    assert handle.dead.is_set()


async def test_worker_is_given_back_though_who_gives_it_is_cancelled(pool: Pool) -> None:
    pool.start()
    (await starting(pool))._take(INFO)
    await until(lambda: pool.ready)
    worker = await pool.take()
    worker.begin({}, lambda _: None)
    giving = asyncio.create_task(pool.give_back(worker))
    await asyncio.sleep(0)
    giving.cancel()
    await asyncio.wait([giving])
    assert giving.cancelled()
    worker._take({"type": "idle"})
    await until(lambda: pool.counts["seated"] == 0)
    assert pool.counts["idle"] == 1


async def test_refusal_of_an_earlier_shoppers_wish_is_told_to_nobody(pool: Pool) -> None:
    pool.start()
    (await starting(pool))._take(INFO)
    await until(lambda: pool.ready)
    worker, told = await pool.take(), list[str]()
    worker.begin({}, lambda _: None)
    before = worker.epoch
    giving = asyncio.create_task(pool.give_back(worker))
    await asyncio.sleep(0)
    worker._take({"type": "idle"})
    await giving
    assert await pool.take() is worker
    worker.begin({}, lambda _: None)
    worker.on_refused = told.append
    for epoch in (before, worker.epoch):
        worker._take({"type": "refused", "epoch": epoch, "reason": f"of {epoch}"})
    assert told == [f"of {worker.epoch}"]
