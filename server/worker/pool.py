"""Keeps the workers: one a shopper, warm spares, replacements for those that die."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import structlog

from server.admission import cores
from server.errors import TryLater
from server.settings import Settings
from server.worker.handle import WorkerHandle

log = structlog.get_logger("lookglass.pool")
BACKOFF_MAX_S = 30.0
WATCH_S = 0.5
CORES_A_PATH = 2  # tracking and dressing run side by side
LIVE_PATH = "server.worker.live_path"


class Pool:
    """Hands out warm workers.  One event loop only."""

    def __init__(self, settings: Settings, pipeline: str = LIVE_PATH) -> None:
        self._settings, self._pipeline = settings, pipeline
        self._idle: list[WorkerHandle] = []
        self._seated: set[WorkerHandle] = set()
        self._starting: WorkerHandle | None = None
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._ending: set[asyncio.Task[None]] = set()  # of sittings and processes
        self.info: dict[str, Any] = {}
        self.deaths = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many workers are in which state."""
        return {
            "seated": len(self._seated), "idle": len(self._idle), "starting": int(self._starting is not None),
            "deaths": self.deaths,
        }  # fmt: skip

    @property
    def ready(self) -> bool:
        """Whether a worker has composed a frame and lives."""
        return bool(self._idle or self._seated)

    @property
    def frame_cpu_s(self) -> float:
        """CPU seconds that a frame takes in the dearest of the workers that serve, or would be the next to."""
        return max((handle.frame_cpu_s for handle in self._seated or self._idle), default=0.0)

    @property
    def composed(self) -> int:
        """Frames that the seated workers have composed."""
        return sum(handle.composed for handle in self._seated)

    def start(self) -> None:
        """Begin to fill; returns at once."""
        self._tasks = [asyncio.create_task(self._fill()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """End every process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        handles = [*self._idle, *self._seated, *([self._starting] if self._starting else [])]
        self._idle.clear()
        self._seated.clear()
        await asyncio.gather(*(handle.stop() for handle in handles))
        while self._ending:
            await asyncio.wait(self._ending)

    async def take(self, wait_s: float = 0.0) -> WorkerHandle:
        """Return a warm worker.  Raises TryLater when none is free within `wait_s`."""
        deadline_s = time.monotonic() + wait_s
        while True:
            if self._idle:
                handle = self._idle.pop(0)
                self._seated.add(handle)
                self._seats_changed()
                return handle
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TryLater("workers", "Every place is taken. Try again in a moment.", retry_s=10)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._freed()

    async def give_back(self, handle: WorkerHandle) -> None:
        """Clean a worker up for the next shopper, or end it; carried out to its end whoever stops waiting for it."""
        await asyncio.shield(self._spawn(self._clean(handle)))

    async def _clean(self, handle: WorkerHandle) -> None:
        clean = await handle.end()
        self._seated.discard(handle)
        if clean and len(self._idle) + len(self._seated) < self._wanted() and not handle.dead.is_set():
            self._idle.append(handle)
        else:
            await handle.stop()
        self._seats_changed()

    def _wanted(self) -> int:
        worker = self._settings.worker
        return min(max(1, len(self._seated)), self._settings.limits.sessions_max) + worker.spares

    async def _freed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _fill(self) -> None:
        backoff_s = 1.0
        while True:
            if len(self._idle) + len(self._seated) >= self._wanted():
                await self._freed()
                continue
            if await self._add_one():
                backoff_s = 1.0
            else:
                await asyncio.sleep(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    async def _add_one(self) -> bool:
        handle = self._starting = WorkerHandle(self._settings, self._pipeline, self._exited)
        try:
            handle.start()
            async with asyncio.timeout(self._settings.worker.start_s):
                self.info = await asyncio.shield(handle.ready)
            if handle.dead.is_set():
                raise RuntimeError("the worker ended as soon as it was ready")
        except (TimeoutError, RuntimeError, OSError) as error:
            self._starting = None
            log.error("worker did not start", reason=str(error) or type(error).__name__)
            await handle.stop()
            return False
        self._starting = None
        self._idle.append(handle)
        self._seats_changed()
        log.info("worker ready", pid=handle.pid, **self.counts)
        return True

    async def _watch(self) -> None:
        """End workers that stall."""
        while True:
            await asyncio.sleep(WATCH_S)
            now_s = time.monotonic()
            for handle in [*self._seated, *self._idle]:
                since_s = handle.waiting_since_s
                if since_s is not None and now_s - since_s > self._settings.worker.stall_s:
                    log.error("worker stalled", pid=handle.pid)
                    handle.waiting_since_s = None
                    handle.kill()

    def _exited(self, handle: WorkerHandle) -> None:
        """Take a process that is gone off the lists; one that we did not end counts as a death."""
        if handle in self._seated or handle in self._idle:
            self.deaths += 1
            log.error("worker died", pid=handle.pid)
            self._seated.discard(handle)
            self._idle = [other for other in self._idle if other is not handle]
        self._spawn(handle.stop())
        self._seats_changed()

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    def _seats_changed(self) -> None:
        """Let idle workers prepare garments only where the live pictures leave a whole path's cores free."""
        free = CORES_A_PATH * (len(self._seated) + 1) <= cores()
        for handle in self._idle:
            handle.prepare_ahead(free or not self._seated)
        self._changed.set()
