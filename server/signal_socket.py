"""The signalling WebSocket: performs what `Signalling` decides."""

from __future__ import annotations

import asyncio
import time

from pydantic import BaseModel
from starlette.websockets import WebSocket, WebSocketDisconnect

from server import schema
from server.api import address_of
from server.errors import OriginRefused, Refused, TooMany
from server.headers import require_same_origin
from server.hub import Hub
from server.signalling import Action, Authenticate, Close, End, Send, Signalling, TakeCandidate, TakeOffer
from server.socket_end import SocketEnd
from server.tokens import Claims


async def serve_socket(socket: WebSocket, hub: Hub) -> None:
    """Serve one WebSocket from handshake to close; its end frees the seat."""
    address = address_of(socket)
    try:
        require_same_origin(socket)
    except OriginRefused as refused:
        hub.refuse(refused)
        await socket.close(refused.close_code)  # before accept: HTTP 403
        return
    if not hub.connections.take(address):
        await socket.accept()
        await socket.close(1013, "too many connections")
        return
    conversation = _Conversation(socket, hub, address)
    try:
        await socket.accept()
        await conversation.run()
    finally:
        hub.connections.give_back(address)
        await conversation.end()


class _Conversation(SocketEnd):
    def __init__(self, socket: WebSocket, hub: Hub, address: str) -> None:
        super().__init__(socket)
        self._hub, self._address = hub, address
        self._signalling = Signalling(hub.settings.limits.signal_messages_per_s)
        self._claims: Claims | None = None
        self._offering = asyncio.Lock()

    async def run(self) -> None:
        hello = asyncio.create_task(self._expect_hello())
        try:
            while not self._closed:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None:
                    await self._perform(self._signalling.receive_binary())
                else:
                    await self._perform(self._signalling.receive(text, time.monotonic()))
        except WebSocketDisconnect:
            return
        finally:
            hello.cancel()

    async def end(self) -> None:
        """Let go of the session: without a goodbye the shopper may come back."""
        self._closed = True
        await self._tasks.dropped()
        if self._claims is not None:
            await self._hub.hang_up(self._session_id, self._session_ended)

    async def _expect_hello(self) -> None:
        await asyncio.sleep(self._hub.settings.session.hello_s)
        if not self._signalling.greeted:
            await self._close(4401, "token")

    async def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(message=message):
                    await self._send(message)
                case Close(code=code, reason=reason):
                    await self._close(code, reason)
                case Authenticate(token=token, resume=resume):
                    await self._authenticate(token, resume)
                case TakeOffer(sdp=sdp):
                    self._tasks.spawn(self._offer(sdp))
                case TakeCandidate(candidate=candidate):
                    self._tasks.spawn(self._candidate(candidate))
                case End() if self._claims is not None:
                    await self._hub.leave(self._session_id, "bye")

    async def _authenticate(self, token: str, resume: str) -> None:
        try:
            self._claims = self._hub.come_back(resume) if resume else self._hub.tokens.use(token, time.time())
        except Refused as refused:
            self._hub.refuse(refused)
            await self._perform(self._signalling.refused(refused))
            return
        self._session_id = self._claims.session_id
        key = self._hub.returns.new_key(self._session_id, time.monotonic())
        await self._perform(self._signalling.accepted(self._session_id, key))

    async def _offer(self, sdp: str) -> None:
        async with self._offering:
            if self._claims is None or self._closed:
                return
            try:
                answer = await self._hub.offer(self._claims, sdp, self._address, self._session_ended)
            except TooMany as refused:
                await self._perform(self._signalling.refused(refused))
            except Refused as refused:
                await self._refuse(refused)
            else:
                await self._send(schema.Answer(sdp=answer))

    async def _candidate(self, candidate: schema.IceCandidate | None) -> None:
        async with self._offering:  # candidates that overtake the answer wait for it
            if self._claims is None or self._closed:
                return
            try:
                await self._hub.candidate(self._session_id, candidate)
            except Refused as refused:
                await self._refuse(refused)

    async def _refuse(self, refused: Refused) -> None:
        if refused.http_status == 503:
            await self._perform(self._signalling.refused(refused))
        else:
            await self._send(schema.Error(code=refused.code, message=refused.message))

    async def _session_ended(self, reason: str) -> None:
        """Called by the hub when the session ends for another reason than this socket's."""
        if not self._closed:
            await self._send(schema.Goodbye(reason=reason))
            await self._close(1001 if reason == "server_ends" else 1000, reason)

    async def _send(self, message: BaseModel) -> None:
        await self._write(message.model_dump_json())
