"""Our end of a WebSocket: what is said to one that is gone is lost without a word."""

from __future__ import annotations

import contextlib

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from server.tasks import Tasks

log = structlog.get_logger("lookglass.socket")


class SocketEnd:
    """Writes and closes, as long as both ends are there; holds what is done meanwhile."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._closed = False
        self._session_id = ""
        self._tasks = Tasks(self._failed)

    async def _write(self, text: str) -> None:
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.send_text(text)

    async def _close(self, code: int, reason: str) -> None:
        self._closed = True
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code, reason)

    def _failed(self, error: BaseException) -> None:
        log.error("negotiation failed", session=self._session_id, kind=type(error).__name__, exc_info=error)

    def _open(self) -> bool:
        states = (self._socket.application_state, self._socket.client_state)
        return all(state is WebSocketState.CONNECTED for state in states)
