"""The WebSocket of Unity Render Streaming's clients at `/unity`: performs what `UnitySignalling` decides.

An unmodified client has no page to agree in and no place for a token but the address. The token in it is as good as
anywhere else; it is never logged, and whoever has it may end the session and come back to it, but not watch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.websockets import WebSocket

from server import schema
from server.api import address_of, outfit_of
from server.catalogue import check_outfit
from server.cors import require_known_origin
from server.errors import MessageRefused, Refused
from server.hub import Hub
from server.offers import UNITY, check_offer
from server.session import Session
from server.signalling import Close, End, Send, TakeCandidate, TakeOffer
from server.socket_end import SocketEnd
from server.two_way_peer import TwoWayPeer
from server.unity import Action, Failed, TakeAnswer, UnitySignalling

WORDS = {"true": True, "1": True, "false": False, "0": False}


async def serve_unity(socket: WebSocket, hub: Hub) -> None:
    """Serve one client from handshake to close; without a token that is good there is none."""
    token, address = socket.query_params.get("token", ""), address_of(socket)
    try:
        require_known_origin(socket, hub.settings.standards.origins)
        hub.knock(token)
        wished = wish_of(socket, hub)
        back = _switch(socket.query_params, "back", True)
    except Refused as refused:
        hub.refuse(refused)
        await socket.close(refused.close_code)  # before accept: HTTP 403
        return
    if not hub.connections.take(address):
        await socket.close(1013)
        return
    conversation = _Conversation(socket, hub, address, token, wished, back)
    try:
        await socket.accept()
        await conversation.run()
    finally:
        hub.connections.give_back(address)
        await conversation.end()


def wish_of(socket: WebSocket, hub: Hub) -> schema.State:
    """Return what the address says that is worn, as /whip reads it.  Raises Refused."""
    asked = socket.query_params
    wishes = outfit_of(asked.getlist("garment"), asked.getlist("size"))
    check_outfit(hub.catalogue, wishes)
    height = asked.get("height_cm")
    try:
        body = schema.Body(v=1, type="body", height_cm=None if height is None else float(height))
    except (ValueError, ValidationError):
        raise MessageRefused("query", "height_cm: from 50 to 250") from None
    return schema.State(garments=tuple(wishes), height_cm=body.height_cm, mirror=_switch(asked, "mirror", False))


def _switch(asked: Mapping[str, str], name: str, default: bool) -> bool:
    value = asked.get(name)
    if value is not None and value not in WORDS:
        raise MessageRefused("query", f"{name}: true or false")
    return default if value is None else WORDS[value]


class _Conversation(SocketEnd):
    def __init__(self, socket: WebSocket, hub: Hub, address: str, token: str, wished: schema.State, back: bool) -> None:
        super().__init__(socket)
        self._hub, self._address = hub, address
        self._token, self._wished, self._back = token, wished, back
        self._session_id = hub.tokens.check(token, time.time(), expired_too=True).session_id
        self._signalling = UnitySignalling(hub.settings.limits.signal_messages_per_s)
        self._negotiating = asyncio.Lock()

    async def run(self) -> None:
        """Serve until the client goes."""
        while not self._closed:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                await self._perform([Close(1003, "text messages only")])
            else:
                await self._perform(self._signalling.receive(text, time.monotonic()))

    async def end(self) -> None:
        """Let go of the session, which lives on as long as its media."""
        self._closed = True
        await self._tasks.dropped()
        await self._hub.hang_up(self._session_id, self._session_ended)

    async def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(message=message):
                    await self._write(message.model_dump_json())
                case Close(code=code, reason=reason):
                    await self._close(code, reason)
                case TakeOffer() | TakeAnswer() | TakeCandidate():
                    self._tasks.spawn(self._negotiate(action))
                case End():
                    await self._hub.leave(self._session_id, "bye")

    async def _negotiate(self, action: TakeOffer | TakeAnswer | TakeCandidate) -> None:
        async with self._negotiating:  # in the order in which they came
            try:
                match action:
                    case TakeOffer(sdp=sdp):
                        await self._offer(sdp)
                    case TakeAnswer(sdp=sdp):
                        await self._answer(sdp)
                    case TakeCandidate(candidate=candidate):
                        await self._hub.candidate(self._session_id, candidate)
            except Refused as refused:
                await self._write(Failed(message=f"{refused.code}: {refused.message}").model_dump_json())

    async def _offer(self, sdp: str) -> None:
        session = self._hub.session(self._session_id)
        peer = None if session is None else session.peer
        if isinstance(peer, TwoWayPeer) and peer.offering:
            if peer.ufrag == check_offer(sdp, self._hub.settings.limits, UNITY).ufrag:
                return  # two offers met: ours stands, theirs comes again
        claims = self._hub.enter(self._token)
        watcher = self._session_ended
        answer = await self._hub.offer(claims, sdp, self._address, watcher, UNITY, self._wished)
        await self._describe("answer", answer)
        session = self._hub.session(self._session_id)
        if self._back and session is not None:
            await self._offer_picture(session)

    async def _offer_picture(self, session: Session) -> None:
        if isinstance(session.peer, TwoWayPeer) and (ours := await session.peer.offer_picture()) is not None:
            await self._describe("offer", ours)

    async def _answer(self, sdp: str) -> None:
        answer = check_offer(sdp, self._hub.settings.limits, UNITY)
        session = self._hub.session(self._session_id)
        if session is not None and isinstance(session.peer, TwoWayPeer):
            await session.peer.take_answer(answer)

    async def _describe(self, kind: Any, sdp: str) -> None:
        await self._perform([self._signalling.describe(kind, sdp, round(time.time() * 1000))])

    async def _session_ended(self, reason: str) -> None:
        """Called by the hub when the session ends."""
        if not self._closed:
            await self._perform(self._signalling.ended())
            if reason == "server_ends":
                await self._close(1001, reason)
