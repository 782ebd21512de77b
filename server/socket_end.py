"""Our end of a WebSocket: what is said to one that is gone is lost without a word."""

from __future__ import annotations

import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState


class SocketEnd:
    """Writes and closes, as long as both ends are there."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._closed = False

    async def _write(self, text: str) -> None:
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.send_text(text)

    async def _close(self, code: int, reason: str) -> None:
        self._closed = True
        if self._open():
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code, reason)

    def _open(self) -> bool:
        states = (self._socket.application_state, self._socket.client_state)
        return all(state is WebSocketState.CONNECTED for state in states)
