from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aioice import stun

from server.rtc import install, uninstall
from server.rtc.handshake import CHECK_S, QuickTransaction
from server.settings import MediaSettings
from tests.server.rtc.calls import call
from tests.server.rtc.wire import Impairment, Wire

STOCK_S = 1.0  # OpenSSL's first wait


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    uninstall()


class Deaf:
    """A socket that only counts."""

    def __init__(self) -> None:
        self.sent_s: list[float] = []

    def send_stun(self, message: Any, addr: Any) -> None:
        self.sent_s.append(time.monotonic())


async def transact(**options: Any) -> list[float]:
    """Return the waits between the requests of half a second."""
    socket = Deaf()
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    transaction = QuickTransaction(request, ("127.0.0.1", 1), socket, **options)
    with pytest.raises((TimeoutError, stun.TransactionTimeout)):
        async with asyncio.timeout(0.75):
            await transaction.run()
    return [b - a for a, b in zip(socket.sent_s, socket.sent_s[1:], strict=False)]


async def test_check_is_repeated_after_a_fifth_of_a_second_and_twice_that() -> None:
    waits = await transact()
    assert waits == pytest.approx([CHECK_S, 2 * CHECK_S], abs=0.1)


async def test_question_for_consent_is_asked_once() -> None:
    assert await transact(retransmissions=0) == []


def flights(data: bytes) -> bool:
    return 19 < data[0] < 64


def lose_first(match: Callable[[bytes], bool], count: int) -> Callable[[bytes], bool]:
    """Lose the first datagrams that match."""
    left = [count]

    def lose(data: bytes) -> bool:
        if not match(data) or not left[0]:
            return False
        left[0] -= 1
        return True

    return lose


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("place", [1, 2])
async def test_lost_flight_is_repeated_long_before_openssl_would(direction: str, place: int) -> None:
    """The first or the second flight of either end, and its first repetition too."""
    install(MediaSettings())
    wire = Wire(Impairment(delay_s=0.005))
    face = getattr(wire, direction)
    known: list[bytes] = []

    def lose(data: bytes) -> bool:
        if not flights(data):
            return False
        if data not in known:
            known.append(data)
        return len(known) == place and sum(each == data for each in face.seen) <= 2

    face.lose = lose
    began_s = time.monotonic()
    async with call(wire) as running:
        assert running.seen
        assert time.monotonic() - began_s < STOCK_S
        states = [peer.connectionState for peer in (running.left, running.right)]
        assert states == ["connected", "connected"]


async def test_flight_is_not_repeated_for_ever() -> None:
    install(MediaSettings())
    wire = Wire(Impairment())
    async with call(wire) as running:
        await asyncio.sleep(0.5)
        seen = sum(flights(data) for data in (*wire.up.seen, *wire.down.seen))
        await running.left.close()
        await asyncio.sleep(1.0)
        assert sum(flights(data) for data in (*wire.up.seen, *wire.down.seen)) < seen + 6


async def test_stock_handshake_stays_where_it_is_switched_off() -> None:
    install(MediaSettings(quick_handshake=False))
    wire = Wire(Impairment())
    wire.up.lose = lose_first(flights, 1)
    began_s = time.monotonic()
    async with call(wire):
        assert time.monotonic() - began_s > 0.9 * STOCK_S
