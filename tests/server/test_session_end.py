"""Sessions that end while something else goes on: whoever is cancelled, seat, worker and sockets are given back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server import session as session_module
from server.errors import OfferRefused, TryLater
from server.hub import Hub
from server.tokens import Claims
from server.viewers import Viewers
from tests.server.clients import Shopper
from tests.server.shop import Shop, shop_settings


class SlowPeer:
    """A connection whose answer and end wait until they are let go, or fail."""

    def __init__(self, *_: Any) -> None:
        self.may_answer, self.may_close = asyncio.Event(), asyncio.Event()
        self.failing: Exception | None = None
        self.connected = self.sends = self.closed = False
        PEERS.append(self)

    async def answer(self, _: object) -> str:
        await self.may_answer.wait()
        if self.failing:
            raise self.failing
        return "answer"

    async def close(self) -> None:
        await self.may_close.wait()
        self.closed = True

    def send(self, _: object) -> None:
        pass


PEERS: list[SlowPeer] = []


class Worker:
    frame_cpu_s, composed = 0.0, 0

    def begin(self, *_: object) -> None:
        pass


class CountingPool:
    """Two workers, and who has them."""

    frame_cpu_s, composed = 0.0, 0

    def __init__(self) -> None:
        self.idle, self.seated = [Worker(), Worker()], set[Worker]()

    async def take(self, _: float = 0.0) -> Worker:
        worker = self.idle.pop()
        self.seated.add(worker)
        return worker

    async def give_back(self, worker: Worker) -> None:
        self.seated.remove(worker)
        self.idle.append(worker)

    async def stop(self) -> None:
        pass


@pytest.fixture
async def sdp() -> AsyncIterator[str]:
    shopper = Shopper(None)  # type: ignore[arg-type]
    yield await shopper.offer()
    await shopper.leave()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(session_module, "Peer", SlowPeer)
    PEERS.clear()
    hub = Hub(shop_settings(tmp_path), Shop())
    hub.pool = CountingPool()  # type: ignore[assignment]
    return hub


class Socket:
    """Who is told of the end."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def ended(self, reason: str) -> None:
        self.told.append(reason)


def claims(session_id: str = "one") -> Claims:
    return Claims(session_id, "", time.time())


def seated(hub: Hub) -> float:
    return float(hub.metrics.sessions._value.get())


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def sit(hub: Hub, sdp: str, socket: Socket) -> SlowPeer:
    offering = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", socket.ended))
    await until(lambda: PEERS)
    PEERS[-1].may_answer.set()
    assert await offering == "answer"
    return PEERS[-1]


async def test_seat_is_given_back_though_who_ends_the_session_is_cancelled(hub: Hub, sdp: str) -> None:
    socket = Socket()
    peer = await sit(hub, sdp, socket)
    assert len(hub.pool.seated) == seated(hub) == 1  # type: ignore[attr-defined]
    leaving = asyncio.create_task(hub.leave("one", "bye"))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    peer.may_close.set()
    await until(lambda: socket.told)
    assert socket.told == ["bye"]
    assert peer.closed
    assert not hub.pool.seated  # type: ignore[attr-defined]
    assert seated(hub) == 0


async def test_farewell_waits_for_those_who_are_leaving_already(hub: Hub, sdp: str) -> None:
    socket = Socket()
    peer = await sit(hub, sdp, socket)
    leaving = asyncio.create_task(hub.leave("one", "silence"))
    await asyncio.sleep(0)
    farewell = asyncio.create_task(hub.farewell())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not farewell.done()
    peer.may_close.set()
    await farewell
    assert socket.told == ["silence"]
    await leaving


async def test_who_comes_back_before_the_seat_is_theirs_waits_for_it(hub: Hub, sdp: str) -> None:
    first, second = Socket(), Socket()
    one = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", first.ended))
    await until(lambda: PEERS)
    other = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", second.ended))
    await asyncio.sleep(0)
    PEERS[0].may_answer.set()
    PEERS[0].may_close.set()  # it is replaced
    assert await one == "answer"
    await until(lambda: len(PEERS) == 2)
    PEERS[1].may_answer.set()
    assert await other == "answer"
    assert len(hub.pool.seated) == seated(hub) == 1  # type: ignore[attr-defined]
    await hub.hang_up("one", first.ended)
    assert hub.session("one") is not None, "the newer socket holds it"
    PEERS[1].may_close.set()
    await hub.leave("one", "bye")
    assert (first.told, second.told) == ([], ["bye"])


async def test_nobody_is_kept_of_a_session_that_failed_before_the_one_who_came_back(hub: Hub, sdp: str) -> None:
    first, second = Socket(), Socket()
    one = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", first.ended))
    await until(lambda: PEERS)
    other = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", second.ended))
    await asyncio.sleep(0)
    PEERS[0].failing = OfferRefused("offer.codecs", "none")
    for event in (PEERS[0].may_close, PEERS[0].may_answer):
        event.set()
    with pytest.raises(OfferRefused):
        await one
    await until(lambda: len(PEERS) == 2)
    for event in (PEERS[1].may_close, PEERS[1].may_answer):
        event.set()
    with pytest.raises(TryLater):
        await other
    assert all(peer.closed for peer in PEERS)
    assert not hub._sessions
    assert not hub._leavers
    assert not hub.pool.seated  # type: ignore[attr-defined]
    assert seated(hub) == 0


async def test_session_that_fails_takes_no_other_of_its_name_with_it(hub: Hub, sdp: str) -> None:
    lost = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", None))
    await until(lambda: PEERS)
    await hub.leave("one", "left")
    again = asyncio.create_task(hub.offer(claims(), sdp, "127.0.0.1", None))
    await until(lambda: len(PEERS) == 2)
    for event in (PEERS[0].may_close, PEERS[0].may_answer, PEERS[1].may_answer):
        event.set()
    with pytest.raises(TryLater):
        await lost
    await again
    assert hub.session("one") is not None
    PEERS[1].may_close.set()
    await hub.leave("one", "bye")


async def test_viewers_end_waits_for_those_who_are_leaving_already(tmp_path: Path) -> None:
    viewers = Viewers(shop_settings(tmp_path))
    peer = SlowPeer()
    viewers._peers["one"] = peer  # type: ignore[assignment]
    leaving = asyncio.create_task(viewers.remove("one"))
    await asyncio.sleep(0)
    leaving.cancel()
    closing = asyncio.create_task(viewers.close())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    peer.may_close.set()
    await closing
    assert peer.closed
