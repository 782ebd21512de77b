"""Takes orders for pictures of the mannequin: shares, keeps and limits them, and runs the child that draws."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

import structlog

from server.child import end_child
from server.errors import ChoiceRefused, Refused, TryLater
from server.settings import ROOT, Settings
from server.tasks import Tasks
from server.worker.handle import THREAD_VARIABLES

log = structlog.get_logger("lookglass.turntable")
PART_S = 40.0  # without another part for so long, the child is taken for stuck
START_S = 120.0  # one that has just started loads, and at its first time ever compiles kernels, behind everybody else
LINE_MAX = 1 << 16


class Order:
    """The parts of one order, for everybody who asked for it."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.done = False
        self.refused: Refused | None = None
        self._changed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give each part as soon as it is there.  Raises Refused."""
        given = 0
        while True:
            for part in self.parts[given:]:
                given += 1
                yield part
            if self.refused is not None:
                raise self.refused
            if given == len(self.parts):
                if self.done:
                    return
                changed = self._changed
                await changed.wait()

    def tell(self, part: bytes | None = None, refused: Refused | None = None, done: bool = False) -> None:
        """Add a part, or the end."""
        if part is not None:
            self.parts.append(part)
        self.refused, self.done = refused, done
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Desk:
    """One event loop only.  The child starts with the first order; when nobody has asked for a while, all is let go."""

    def __init__(self, settings: Settings, pipeline: str) -> None:
        self._limits, self._pipeline, self._threads = settings.limits, pipeline, settings.worker.threads
        self._orders: OrderedDict[str, Order] = OrderedDict()  # those that are drawn, and those that are kept
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        self._ends: set[asyncio.Task[None]] = set()  # of children

    def order(self, wanted: dict[str, Any]) -> Order:
        """Return the order for `wanted`, perhaps one that stands already.  Raises TryLater when there are too many."""
        key = json.dumps(wanted, sort_keys=True)
        found = self._orders.get(key)
        if found is not None:
            self._orders.move_to_end(key)
            return found
        if sum(not order.done for order in self._orders.values()) >= self._limits.turntables_waiting:
            raise TryLater("turntable", "Too many pictures are being drawn. Try again in a moment.", retry_s=3)
        order = self._orders[key] = Order()
        self._tasks.spawn(self._draw(key, order))
        return order

    async def stop(self) -> None:
        """End the child and every order."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end_child()
        await asyncio.gather(*self._ends)

    async def _draw(self, key: str, order: Order) -> None:
        refused: Refused | None = TryLater("turntable", "The drawing was interrupted. Try again.", retry_s=2)
        try:
            async with self._turn:
                await self._ask(key, order)
            refused = order.refused
        except Exception as error:  # whatever it was, who waits for this order is told
            log.error("mannequin not drawn", kind=type(error).__name__)
            await self._end_child()
        finally:
            order.tell(refused=refused, done=True)
            if refused is not None:
                self._orders.pop(key, None)
            self._forget()
            self._rest()

    async def _ask(self, key: str, order: Order) -> None:
        """Have the child draw one order."""
        running = self._child is not None and self._child.returncode is None
        patience_s = PART_S if running else START_S
        child = await self._ready_child()
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
        child.stdin.write(key.encode() + b"\n")
        while True:
            async with asyncio.timeout(patience_s):
                line = await child.stdout.readline()
                if not line:
                    raise EOFError
                head = json.loads(line)
                patience_s = PART_S
                if "bytes" in head:
                    order.tell(await child.stdout.readexactly(int(head["bytes"])))
                    continue
            if "refused" in head:
                order.tell(refused=ChoiceRefused("wish", str(head["refused"])))
            return

    async def _ready_child(self) -> asyncio.subprocess.Process:
        if self._resting is not None:
            self._resting.cancel()
        if self._child is None or self._child.returncode is not None:
            environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(self._threads))}
            paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server.turntable.process", self._pipeline,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT, limit=LINE_MAX,
                env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
            )  # fmt: skip
        return self._child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if self._resting is not None:
            self._resting.cancel()
        if child is not None:  # it holds nothing that would have to be put away
            ending = asyncio.create_task(end_child(child))
            self._ends.add(ending)
            ending.add_done_callback(self._ends.discard)
            await asyncio.shield(ending)

    def _rest(self) -> None:
        """Let child and pictures go when nobody asks any more; then no height that was asked for is kept either."""
        if self._resting is not None:
            self._resting.cancel()
        if all(order.done for order in self._orders.values()):
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(self._limits.turntable_rest_s, self._sleep)

    def _sleep(self) -> None:
        if all(order.done for order in self._orders.values()):  # none came at this very moment
            self._orders.clear()
            self._tasks.spawn(self._end_child())

    def _forget(self) -> None:
        """Keep the pictures asked for last, within the limit."""
        room = self._limits.turntable_cache_mib * 2**20
        held = sum(len(part) for order in self._orders.values() for part in order.parts)
        for key, order in list(self._orders.items()):
            if held <= room:
                return
            if order.done:
                held -= sum(map(len, order.parts))
                del self._orders[key]
