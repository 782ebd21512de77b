"""Whoever lost the connection comes back to the same session; over loopback, with real worker processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.server.clients import Camera, House, Shopper, hear, running, say
from tests.server.standard_clients import Standard

pytestmark = pytest.mark.asyncio(loop_scope="module")
BLOCK = [{"id": "block"}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = {"limits__offers_per_minute": 1000, "limits__consents_per_minute": 1000}
    async with running(tmp_path_factory.mktemp("var"), **settings) as house:
        yield house


async def test_seat_is_free_as_soon_as_the_shopper_says_goodbye(house: House) -> None:
    await house.ready()
    shopper = Shopper(house)
    async with house.socket() as socket:
        key = await shopper.enter(socket)
        assert house.hub.pool.counts["seated"] == 1
        await say(socket, type="bye")
        await shopper.until(lambda: house.hub.pool.counts["seated"] == 0)
    await shopper.leave()
    async with house.socket() as socket:
        await say(socket, type="hello", resume=key)
        assert (await hear(socket))["code"] == "token"


async def test_picture_outlives_the_socket_and_the_seat_ends_with_the_media(tmp_path: Path) -> None:
    async with running(tmp_path, session__silence_s=1.0) as house:
        shopper = Shopper(house)
        socket = await house.socket()
        await shopper.enter(socket)
        socket.transport.abort()
        seen = len(shopper.frames)
        await shopper.until(lambda: len(shopper.frames) > seen + 60)
        assert house.hub.pool.counts["seated"] == 1
        shopper.camera.fps = 0.001
        await shopper.until(lambda: house.hub.pool.counts["seated"] == 0)
        await shopper.leave()


async def test_who_comes_back_in_time_has_the_same_seat_and_outfit(house: House) -> None:
    await house.ready()
    first, second = Shopper(house), Shopper(house)
    socket = await house.socket()
    key = await first.enter(socket)
    first.tell(type="wear", garments=BLOCK)
    await first.sees_paint()
    session = next(iter(house.hub._sessions))
    socket.transport.abort()
    async with house.socket() as again:
        assert await second.enter(again, resume=key) != key
        await second.sees_paint()
        assert list(house.hub._sessions) == [session]
        assert house.hub.pool.counts["seated"] == 1
        await say(again, type="bye")
        await second.until(lambda: house.hub.pool.counts["seated"] == 0)
    await first.leave()
    await second.leave()


async def test_who_comes_back_after_the_seat_was_freed_is_dressed_as_before(house: House) -> None:
    await house.ready()
    first, second = Shopper(house), Shopper(house)
    socket = await house.socket()
    key = await first.enter(socket)
    first.tell(type="wear", garments=BLOCK)
    first.tell(type="body", height_cm=181)
    await first.until(lambda: first.said("state") and first.said("state")[-1]["height_cm"] == 181)
    socket.transport.abort()
    await first.leave()  # its media ends, and with it the session
    await first.until(lambda: not house.hub._sessions)
    async with house.socket() as again:
        await second.enter(again, resume=key)
        await second.sees_paint()
        assert second.said("state")[0]["height_cm"] == 181
        await say(again, type="bye")
        await second.until(lambda: not house.hub._sessions)
    await second.leave()


async def test_who_signals_by_plain_http_comes_back_with_the_same_token(house: House) -> None:
    await house.ready()
    first, second, token = Shopper(house), Shopper(house), await house.token()
    async with house.http() as http:
        assert (await first.enter_by_http(http, token)).status_code == 200
        await first.until(lambda: first.channel.readyState == "open" and len(first.frames) > 0)
        first.tell(type="wear", garments=BLOCK)
        first.tell(type="body", height_cm=181)
        await first.sees_paint()
        await first.leave()  # its media ends, and with it the session
        await first.until(lambda: not house.hub._sessions)
        await house.ready()
        assert (await second.enter_by_http(http, token)).status_code == 200
        await second.sees_paint()
        assert second.said("state")[0]["height_cm"] == 181
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await http.delete("/api/v1/session", headers=bearer)).status_code == 204
        late = Shopper(house)
        assert (await late.enter_by_http(http, token)).status_code == 401, "a goodbye is for good"
    await second.leave()
    await late.leave()


@pytest.mark.parametrize("kind", ["used", "garbage", "of nobody", "empty secret"])
async def test_a_key_that_is_not_good_is_refused_like_a_token(house: House, kind: str) -> None:
    await house.ready()
    shopper = Shopper(house)
    async with house.socket() as socket:
        key = await shopper.enter(socket)
        session, _, secret = key.rpartition(".")
        given = {"garbage": "x", "of nobody": f"y.{secret}", "empty secret": f"{session}."}.get(kind, key)
        if kind == "used":
            house.hub.returns.use(key, 0.0)
        async with house.socket() as other:
            await say(other, type="hello", resume=given)
            assert (await hear(other))["code"] == "token"
        await say(socket, type="bye")
        await shopper.until(lambda: house.hub.pool.counts["seated"] == 0)
    await shopper.leave()


async def test_token_that_found_no_seat_is_still_good(tmp_path: Path) -> None:
    async with running(tmp_path, limits__sessions_max=1) as house:
        first = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
        second = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
        assert (await first.post("/whip")).status_code == 201
        full = await second.post("/whip")
        assert (full.status_code, full.json()["code"]) == (503, "seats")
        await first.delete()
        await house.ready()
        assert (await second.post("/whip")).status_code == 201
        for one in (first, second):
            await one.leave()
