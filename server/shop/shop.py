"""The shop as the routes see it: jobs over its database, one after the other in a thread of their own.

Nothing here blocks the event loop, and nothing of trying on waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from server.catalogue import Catalogue
from server.settings import Settings
from server.shop.keeper import Keeper
from server.shop.store import StoreClosed

T = TypeVar("T")
WAITING_MAX = 32  # jobs; more are asked to try later
PATIENCE_S = 2.0  # of who can do without the shop
TIDY_S = 3600.0
log = structlog.get_logger("lookglass.shop")


class Shop:
    """The shop of one server.  `clock` tells Unix time."""

    def __init__(self, settings: Settings, catalogue: Catalogue, clock: Callable[[], float] = time.time) -> None:
        self.keeper = Keeper(settings, catalogue, clock)
        self._thread = ThreadPoolExecutor(1, "shop")
        self._waiting = 0

    @property
    def health(self) -> dict[str, str]:
        """What `/healthz` tells."""
        closed = self.keeper.closed  # read once: the other thread may open the shop meanwhile
        if closed is not None:
            return {"status": "closed", "reason": closed.kind}
        return {"status": "open" if self.keeper.is_open else "opening"}

    def start(self) -> None:
        """Open the database; returns before it is open.  Jobs wait for it."""
        self._thread.submit(self.keeper.read, lambda _: None)

    async def stop(self) -> None:
        """Finish what has begun and give the database back."""
        self._thread.submit(self.keeper.close)
        await asyncio.to_thread(self._thread.shutdown)

    async def read(self, job: Callable[[Session], T]) -> T:
        """Return what `job` finds.  Raises StoreClosed, and what the job raises."""
        return await self._run(lambda: self.keeper.read(job))

    async def recall(self, key: Hashable, job: Callable[[Session], T]) -> T:
        """Return what `job` finds, or found under this key since anybody last wrote.  Raises like `read`."""
        return await self._run(lambda: self.keeper.recall(key, job))

    async def glance(self, key: Hashable, job: Callable[[Session], T]) -> T:
        """Recall for somebody who can do without, and therefore does not wait long.  Raises like `read`."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.recall(key, job)
        except TimeoutError:
            raise StoreClosed("busy", "the shop's database takes too long") from None

    async def write(self, job: Callable[[Session], T], *, seen: bool = True) -> T:
        """Return what `job` answers once its changes, `seen` by all or not, are kept.  Raises like `read`."""
        return await self._run(lambda: self.keeper.write(job, seen=seen))

    async def drop(self, job: Callable[[Session], T]) -> T:
        """Do a job that deletes; what is left of it in the file goes within the hour.  Raises like `read`."""
        return await self._run(lambda: self.keeper.drop(job))

    async def erase(self, job: Callable[[Session], T]) -> tuple[T, bool]:
        """Do a job that deletes; tell whether the file holds nothing of it any more.  Raises like `read`."""
        return await self._run(lambda: self.keeper.erase(job))

    async def keep_tidy(self) -> None:
        """Delete what has outlived its time, every hour, for ever."""
        while True:
            await asyncio.sleep(TIDY_S)
            try:
                await self._run(self.keeper.tidy)
            except StoreClosed:
                pass  # the log has it
            except Exception as error:
                log.error("tidying the shop failed; it is tried again", kind=type(error).__name__, exc_info=error)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise StoreClosed("busy", "too many wait for the shop's database")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
