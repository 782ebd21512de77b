"""Tasks beside their owner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks(set[asyncio.Task[Any]]):
    """What goes on beside its owner: held, since the event loop holds it but weakly, until it ends."""

    def __init__(self, on_error: Callable[[BaseException], None] | None = None) -> None:
        super().__init__()
        self._on_error = on_error  # None: asyncio tells of it

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin `work`."""
        task = asyncio.create_task(work)
        self.add(task)
        task.add_done_callback(self._done)
        return task

    async def ended(self) -> None:
        """Wait until all has ended, and what that began."""
        while self:
            await asyncio.wait(self)

    async def dropped(self) -> None:
        """Cancel what is being done, and wait until all of it has been undone."""
        for task in self:
            task.cancel()
        await self.ended()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.discard(task)
        if self._on_error is not None and not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error)
