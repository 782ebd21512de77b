"""Our end of a WebSocket: what is said to one that is gone is lost without a word."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

log = structlog.get_logger("lookglass.socket")


class SocketEnd:
    """Writes and closes, as long as both ends are there; holds what is done meanwhile."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._closed = False
        self._session_id = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def _write(self, text: str) -> None:
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.send_text(text)

    async def _close(self, code: int, reason: str) -> None:
        self._closed = True
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code, reason)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("negotiation failed", session=self._session_id, kind=type(error).__name__, exc_info=error)

    async def _drop_tasks(self) -> None:
        """Cancel what is being done, and wait until all of it has been undone."""
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _open(self) -> bool:
        states = (self._socket.application_state, self._socket.client_state)
        return all(state is WebSocketState.CONNECTED for state in states)
