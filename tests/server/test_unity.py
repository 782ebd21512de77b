"""Unity Render Streaming's clients: what they say, and a whole call as its C# client makes it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from server.peer import Peer
from tests.server.clients import Camera, House, is_painted, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
ID = "4f0b6b4e-3c1c-4a3e-9a57-0f5b2d1c7a11"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = {"limits__offers_per_minute": 1000, "limits__consents_per_minute": 1000, "session__silence_s": 3.0}
    async with running(tmp_path_factory.mktemp("var"), **settings) as house:
        yield house


class Unity:
    """Behaves as Unity's `WebSocketSignaling`, `PeerConnection` and `SingleConnection` do: it never asks to receive."""

    def __init__(self, socket: ClientConnection, camera: Camera) -> None:
        self.socket, self.camera = socket, camera
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.on("track", self._take_track)
        self.heard: list[dict[str, Any]] = []
        self.frames: list[Any] = []
        self._tasks = [asyncio.ensure_future(self._listen())]

    async def say(self, kind: str, **data: Any) -> None:
        """Send as JsonUtility writes it: every field of the class, filled or not."""
        if kind in ("connect", "disconnect"):
            await self.socket.send(json.dumps({"type": kind, "connectionId": ID}))
            return
        message = {"from": ID, "to": "", "type": kind, "data": {"connectionId": ID, **data}}
        await self.socket.send(json.dumps(message))

    async def offer(self) -> None:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        await self.say("offer", sdp=self.pc.localDescription.sdp, type="offer", polite=False)

    async def enter(self) -> None:
        await self.say("connect")
        assert (await self.hears("connect")) == {"type": "connect", "connectionId": ID, "polite": True}
        self.pc.addTransceiver(self.camera, "sendonly")
        await self.offer()

    async def hears(self, kind: str, seconds: float = 10) -> dict[str, Any]:
        await self.until(lambda: any(message["type"] == kind for message in self.heard), seconds)
        return next(message for message in self.heard if message["type"] == kind)

    async def until(self, condition: Any, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        await self.pc.close()
        for task in self._tasks:
            task.cancel()

    async def _listen(self) -> None:
        async for text in self.socket:
            message = json.loads(text)
            self.heard.append(message)
            if message["type"] in ("offer", "answer"):
                assert message["from"] == ID
                assert abs(message["data"]["datetime"] / 1000 - time.time()) < 60
                await self.pc.setRemoteDescription(RTCSessionDescription(message["data"]["sdp"], message["type"]))
            if message["type"] == "offer":
                assert message["data"]["polite"]
                await self.pc.setLocalDescription(await self.pc.createAnswer())
                await self.say("answer", sdp=self.pc.localDescription.sdp, type="answer", polite=False)

    def _take_track(self, track: Any) -> None:
        self._tasks.append(asyncio.ensure_future(self._read(track)))

    async def _read(self, track: Any) -> None:
        try:
            while True:
                self.frames.append(await track.recv())
        except MediaStreamError:
            pass


def socket_of(house: House, token: str, query: str = "", **options: Any) -> connect:
    return connect(f"ws://{house.host}/unity?token={token}{query}", compression=None, max_size=None, **options)


async def gone(unity: Unity, house: House) -> None:
    await unity.until(lambda: not house.hub._sessions and house.hub.pool.counts["seated"] == 0)
    await house.ready()


async def test_unity_sends_its_camera_and_is_offered_the_composed_picture(house: House) -> None:
    await house.ready()
    async with socket_of(house, await house.token(), "&garment=block&height_cm=181") as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        await unity.until(lambda: any(is_painted(frame) for frame in unity.frames))
        assert [message["type"] for message in unity.heard] == ["connect", "answer", "offer"]
        offer = unity.heard[2]["data"]["sdp"]
        assert offer.count("m=video") == 2
        assert "a=setup:active" not in offer
        (session,) = house.hub._sessions.values()
        assert session.kept.height_cm == 181
        await unity.say("disconnect")
        assert await unity.hears("disconnect") == {"type": "disconnect", "connectionId": ID, "polite": True}
        await gone(unity, house)
        await unity.leave()


async def test_unity_adds_a_channel_later_over_the_same_connection(house: House) -> None:
    await house.ready()
    async with socket_of(house, await house.token(), "&garment=block") as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        await unity.until(lambda: any(is_painted(frame) for frame in unity.frames))
        (session,) = house.hub._sessions.values()
        peer = session.peer
        channel = unity.pc.createDataChannel("control")
        told: list[dict[str, Any]] = []
        channel.on("message", lambda text: told.append(json.loads(text)))
        await unity.offer()
        await unity.until(lambda: told)
        assert told[0]["type"] == "state"
        assert session.peer is peer
        seen = len(unity.frames)
        await unity.until(lambda: len(unity.frames) > seen + 10)
        await unity.say("disconnect")
        await gone(unity, house)
        await unity.leave()


async def test_camera_that_starts_slower_than_a_channel_comes_later(house: House) -> None:
    await house.ready()
    async with socket_of(house, await house.token(), "&garment=block") as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.say("connect")
        unity.pc.createDataChannel("input")
        await unity.offer()
        await unity.hears("answer")
        await unity.until(lambda: unity.pc.connectionState == "connected")
        unity.pc.addTransceiver(unity.camera, "sendonly")
        await unity.offer()
        await unity.until(lambda: any(is_painted(frame) for frame in unity.frames))
        await unity.say("disconnect")
        await gone(unity, house)
        await unity.leave()


async def test_our_offer_stands_where_two_meet(house: House) -> None:
    await house.ready()
    async with socket_of(house, await house.token(), "&garment=block") as socket:
        unity = Unity(socket, Camera((160, 120)))
        answer, held = unity.say, []

        async def hold(kind: str, **data: Any) -> None:
            if kind == "answer":
                held.append(data)
            else:
                await answer(kind, **data)

        unity.say = hold  # type: ignore[method-assign]
        await unity.enter()
        await unity.until(lambda: held)
        await answer("offer", sdp=unity.pc.localDescription.sdp, type="offer", polite=False)
        await answer("answer", **held[0])
        await unity.until(lambda: any(is_painted(frame) for frame in unity.frames))
        assert [message["type"] for message in unity.heard] == ["connect", "answer", "offer"]
        await unity.leave()
    await gone(unity, house)


async def test_picture_is_not_offered_where_it_is_not_wanted_and_nobody_else_watches(house: House) -> None:
    await house.ready()
    token = await house.token()
    async with socket_of(house, token, "&garment=block&back=false") as socket, house.http() as http:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        (session,) = (await unity.hears("answer")) and house.hub._sessions.values()
        await unity.until(lambda: len(session._composed_s) > 3)
        assert not any(message["type"] == "offer" for message in unity.heard)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        answer = await http.post(f"/whep/{session.id}", content="v=0", headers=headers)
        assert answer.status_code == 401, "a token that stood in an address is no good for watching"
        await unity.leave()
    await gone(unity, house)


async def test_lost_socket_leaves_the_picture_and_a_new_one_may_end_it(house: House) -> None:
    await house.ready()
    token = await house.token()
    async with socket_of(house, token, "&garment=block") as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        await unity.until(lambda: any(is_painted(frame) for frame in unity.frames))
    seen = len(unity.frames)
    await unity.until(lambda: len(unity.frames) > seen + 10)
    async with socket_of(house, token) as socket:
        again = Unity(socket, Camera((160, 120)))
        await again.enter()
        await again.until(lambda: any(is_painted(frame) for frame in again.frames))
        assert len(house.hub._sessions) == 1, "the token comes back to its own session, in what was worn"
        await again.say("disconnect")
        await gone(again, house)
    with pytest.raises(InvalidStatus):
        async with socket_of(house, token):
            pass
    await unity.leave()
    await again.leave()


async def test_new_connection_is_taken_while_an_offer_of_ours_to_the_lost_one_waits(house: House) -> None:
    await house.ready()
    token = await house.token()
    async with socket_of(house, token, "&garment=block") as socket:
        unity = Unity(socket, Camera((160, 120)))
        say = unity.say

        async def mute(kind: str, **data: Any) -> None:
            if kind != "answer":
                await say(kind, **data)

        unity.say = mute  # type: ignore[method-assign]
        await unity.enter()
        await unity.hears("offer")
        (session,) = house.hub._sessions.values()
        await unity.until(lambda: session.peer is not None and session.peer.connected)
    async with socket_of(house, token) as socket:
        again = Unity(socket, Camera((160, 120)))
        await again.enter()
        await again.hears("answer", 2)
        assert list(house.hub._sessions.values()) == [session]
        await again.say("disconnect")
        await gone(again, house)
    await unity.leave()
    await again.leave()


async def test_socket_that_is_lost_while_it_is_answered_does_not_cost_the_token(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.ready()
    token, began = await house.token(), asyncio.Event()

    async def never(*_: Any) -> str:
        began.set()
        await asyncio.sleep(60)
        return ""

    monkeypatch.setattr(Peer, "answer", never)
    async with socket_of(house, token) as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        await began.wait()
    await unity.until(lambda: not house.hub._sessions)
    monkeypatch.undo()
    async with socket_of(house, token):
        pass
    await unity.leave()


async def test_sections_with_ever_new_names_do_not_pile_up(house: House) -> None:
    await house.ready()
    async with socket_of(house, await house.token()) as socket:
        unity = Unity(socket, Camera((160, 120)))
        await unity.enter()
        await unity.hears("answer")
        (session,) = house.hub._sessions.values()
        mid, sdp = unity.pc.getTransceivers()[0].mid, str(unity.pc.localDescription.sdp)
        await unity.until(lambda: not session.peer.offering)  # type: ignore[union-attr]

        async def ignore(_: Any) -> None:
            pass

        unity.pc.setRemoteDescription = ignore  # type: ignore[method-assign]
        for name in range(20):
            await unity.say(
                "offer", sdp=sdp.replace(f"a=mid:{mid}", f"a=mid:n{name}").replace(f"BUNDLE {mid}", f"BUNDLE n{name}")
            )
        await unity.until(lambda: any("offer.media" in str(message) for message in unity.heard))
        assert len(session.peer._pc.getTransceivers()) <= 8  # type: ignore[union-attr]
        await unity.leave()
    await gone(unity, house)


@pytest.mark.parametrize(
    ("query", "origin"),
    [("?token=abc", None), ("", None), ("?token={good}&garment=cape", None), ("?token={good}&height_cm=x", None),
     ("?token={good}&back=perhaps", None), ("?token={good}", "https://evil.example")],
)  # fmt: skip
async def test_address_that_is_no_good_is_refused_before_the_handshake(
    house: House, query: str, origin: str | None
) -> None:
    address = f"ws://{house.host}/unity{query.format(good=await house.token())}"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address, origin=origin):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_what_cannot_be_done_is_told_and_the_socket_lives(house: House) -> None:
    async with socket_of(house, await house.token()) as socket:
        unity = Unity(socket, Camera((160, 120)))
        for text, answer in (
            ('{"type":"disconnect","connectionId":"x"}', "disconnect"),
            ('{"type":"offer","from":"x","data":{"connectionId":"x","sdp":"v=0"}}', "error"),
            ('{"type":"connect"}', "error"),
            ("not JSON", "error"),
        ):
            await socket.send(text)
            await unity.until(lambda answer=answer: unity.heard)
            assert unity.heard.pop()["type"] == answer
        await unity.say("connect")
        await unity.hears("connect")
        await socket.send('{"type":"connect","connectionId":"another"}')
        assert "One connection" in (await unity.hears("error"))["message"]
        unity.heard.clear()
        await unity.say("offer", sdp="v=0")
        assert (await unity.hears("error"))["message"].startswith("offer.")
        unity.heard.clear()
        await unity.say("answer", sdp="v=0")
        await unity.hears("error")
        assert not house.hub._sessions
        await unity.leave()


async def test_token_in_the_address_is_not_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from server import logs

    logs.set_up("debug", as_json=True)
    async with running(tmp_path) as house:
        token = await house.token()
        async with socket_of(house, token, "&garment=block") as socket:
            unity = Unity(socket, Camera((160, 120)))
            await unity.enter()
            await unity.until(lambda: unity.frames)
            await unity.leave()
        with pytest.raises(InvalidStatus):
            async with socket_of(house, token[:-1] + "x", "&garment=cape"):
                pass
    out, err = capfd.readouterr()
    assert "session seated" in out + err
    assert token[:-1] not in out + err
    assert token.split(".")[2][:20] not in out + err
