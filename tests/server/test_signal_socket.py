"""The signalling WebSocket against bad callers, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from tests.server.clients import House, Shopper, hear, running, say

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    limits = {
        "limits__offers_per_minute": 1000,
        "limits__consents_per_minute": 1000,
        "limits__signal_messages_per_s": 20,
        "session__hello_s": 1.0,
    }
    async with running(tmp_path_factory.mktemp("var"), **limits) as house:
        yield house


async def close_code(socket: Any) -> int | None:
    """Read until the server closes; return its code."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1"])
async def test_foreign_page_gets_403_before_the_handshake(house: House, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with house.socket(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_foreign_host_name_gets_403(house: House) -> None:
    from websockets.asyncio.client import connect

    port = int(house.host.rpartition(":")[2])
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://evil.example:{port}/ws", host="127.0.0.1", origin=f"http://evil.example:{port}"):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("kind", ["none", "garbage", "unsigned", "used", "used by http"])
async def test_bad_token_closes_with_4401_and_one_wording(house: House, kind: str) -> None:
    token = await house.token()
    if kind == "used":
        async with house.socket() as first:
            await say(first, type="hello", token=token)
            await hear(first)
    elif kind == "used by http":
        house.hub.tokens.use(token, __import__("time").time())
    given = {"none": "", "garbage": "x.y.z", "unsigned": token.rpartition(".")[0] + "."}.get(kind, token)
    async with house.socket() as socket:
        await say(socket, type="hello", token=given)
        assert await hear(socket) == {
            "v": 1,
            "type": "error",
            "code": "token",
            "message": "The token is missing or not valid. Agree again to get a new one.",
        }
        assert await close_code(socket) == 4401
    assert house.hub.pool.counts["seated"] == 0


async def test_silent_socket_is_closed_by_time(house: House) -> None:
    async with house.socket() as socket:
        assert await close_code(socket) == 4401


CASES: dict[str, tuple[Any, int]] = {
    "too large": ("x" * (65 * 1024), 1009),
    "binary": (b"{}", 1003),
    "not JSON": ("hello", 1007),
    "deep": ("[" * 1000 + "]" * 1000, 1007),
    "duplicate keys": ('{"v":1,"v":1,"type":"bye"}', 1007),
    "unknown type": ('{"v":1,"type":"dance"}', 1007),
    "offer first": ('{"v":1,"type":"offer","sdp":"v=0"}', 1007),
}


@pytest.mark.parametrize("case", CASES)
async def test_message_outside_the_protocol_closes_only_its_sender(house: House, case: str) -> None:
    data, code = CASES[case]
    async with house.socket() as bystander:
        await say(bystander, type="hello", token=await house.token())
        await hear(bystander)
        async with house.socket() as socket:
            await socket.send(data)
            assert await close_code(socket) == code
        await say(bystander, type="candidate", candidate=None)
        await say(bystander, type="offer", sdp="v=0")
        assert (await hear(bystander))["code"] == "offer.media"


async def test_invalid_utf8_closes_with_1007(house: House) -> None:
    async with house.socket() as socket:
        async with socket.send_context():  # the public side of the client cannot send broken text
            socket.protocol.send_frame(Frame(Opcode.TEXT, b"\xff\xfe broken"))
        assert await close_code(socket) == 1007


async def test_thousand_messages_in_a_second_close_with_1008(house: House) -> None:
    async with house.socket() as socket:
        await say(socket, type="hello", token=await house.token())
        await hear(socket)
        try:
            for _ in range(1000):
                await say(socket, type="candidate", candidate=None)
        except ConnectionClosed:
            pass
        assert await close_code(socket) == 1008


async def test_ninth_connection_of_an_address_is_refused(house: House) -> None:
    sockets = [await house.socket() for _ in range(8)]
    ninth = await house.socket()
    assert await close_code(ninth) == 1013
    await asyncio.gather(*(socket.close() for socket in sockets))
    async with asyncio.timeout(5):
        while house.hub.connections._held:
            await asyncio.sleep(0.01)
    async with house.socket() as again:
        await say(again, type="hello", token=await house.token())
        assert (await hear(again))["type"] == "welcome"


async def test_malformed_offer_is_told_by_name_and_may_be_mended(house: House) -> None:
    shopper = Shopper(house)
    async with house.socket() as socket:
        await say(socket, type="hello", token=await house.token())
        await hear(socket)
        good = await shopper.offer()
        for bad, code in (
            (good.replace("m=video", "m=audio"), "offer.audio"),
            (good.replace("a=sendrecv", "a=recvonly"), "offer.video"),
            (good.replace("a=rtpmap:97 VP8/90000", "a=rtpmap:97"), "offer.malformed"),
            (good.replace("a=rtpmap:", "a=rtpmop:"), "offer.malformed"),
            (good.replace("a=extmap:1 ", "a=extmap:x "), "offer.malformed"),
        ):
            await say(socket, type="offer", sdp=bad)
            assert (await hear(socket))["code"] == code
            assert house.hub.pool.counts["seated"] == 0
            assert not house.hub._sessions
        await say(socket, type="offer", sdp=good)
        assert (await hear(socket))["type"] == "answer"
        for index in range(3):
            await say(socket, type="candidate", candidate={"candidate": f"nonsense {index}"})
            assert (await hear(socket))["code"] == "candidate.malformed"
    await shopper.leave()


async def test_eleventh_offer_in_a_minute_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, limits__consents_per_minute=100) as house:
        codes = []
        for _ in range(12):
            async with house.http() as http:
                answer = await http.post(
                    "/api/v1/session/offer",
                    content=json.dumps({"v": 1, "type": "offer", "sdp": "v=0"}),
                    headers={"Authorization": f"Bearer {await house.token()}"},
                )
            codes.append(answer.status_code)
        assert codes == [422] * 10 + [429] * 2
        async with house.socket() as socket:
            await say(socket, type="hello", token=await house.token())
            await hear(socket)
            await say(socket, type="offer", sdp="v=0")
            assert (await hear(socket))["code"] == "rate.offers"
            assert await close_code(socket) == 1008


async def test_half_open_peers_are_limited(tmp_path: Path) -> None:
    limits = {"limits__half_open_max": 1, "limits__offers_per_minute": 100, "limits__sessions_max": 4}
    async with running(tmp_path, **limits) as house:
        shoppers = [Shopper(house), Shopper(house)]
        async with house.http() as http:
            offers = [await shopper.offer() for shopper in shoppers]
            answers = [
                await http.post(
                    "/api/v1/session/offer",
                    json={"v": 1, "type": "offer", "sdp": offer},
                    headers={"Authorization": f"Bearer {await house.token()}"},
                )
                for offer in offers
            ]
        assert [answer.status_code for answer in answers] == [200, 503]
        assert answers[1].json()["code"] == "half_open"
        for shopper in shoppers:
            await shopper.leave()


async def test_server_that_ends_says_goodbye(tmp_path: Path) -> None:
    async with running(tmp_path) as house:
        shopper = Shopper(house)
        async with house.socket() as socket:
            await shopper.enter(socket)
            await house.hub.farewell()
            assert (await hear(socket))["reason"] == "server_ends"
            assert await close_code(socket) == 1001
            async with house.http() as http:
                assert (await http.get("/readyz")).status_code == 503
                late = Shopper(house)
                answer = await late.enter_by_http(http, await house.token())
                await late.leave()
                assert answer.status_code == 503
        await shopper.leave()
