from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from server.rtc import install, uninstall
from server.rtc.sources import QUEUED_MAX, CheckedConnection, CheckedProtocol
from server.settings import MediaSettings
from tests.server.rtc.calls import call
from tests.server.rtc.wire import Impairment, Wire

DTLS, SRTP = bytes([22]) + bytes(60), bytes([128]) + bytes(60)


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    install(MediaSettings())
    yield
    uninstall()


async def test_only_the_peer_that_ice_has_checked_is_heard() -> None:
    async with call(Wire(Impairment(delay_s=0.01))) as running:
        connection: Any = running.receiver.transport.transport._connection
        assert isinstance(connection, CheckedConnection)
        (protocol,) = {pair.protocol for pair in connection._nominated.values()}
        assert isinstance(protocol, CheckedProtocol)
        assert protocol.dropped == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            target = protocol.transport.get_extra_info("sockname")
            for data in (DTLS, SRTP, b"", b"\x05", bytes(5)):
                stranger.sendto(data, target)
        await running.until(lambda: protocol.dropped >= 4)
        await running.frames(10)
        assert protocol.dropped == 4, "the fifth looks like STUN, and ends where its parser refuses it"


async def test_address_is_known_only_over_its_own_socket_and_after_its_proof() -> None:
    connection = CheckedConnection(ice_controlling=False)
    one, other = CheckedProtocol(connection), CheckedProtocol(connection)
    peer = ("192.0.2.1", 5000)
    heard: list[bytes] = []
    connection.data_received = lambda data, component: heard.append(data)  # type: ignore[method-assign]
    for protocol in (one, other):
        protocol.local_candidate = type("Candidate", (), {"component": 1})()  # type: ignore[assignment]
    one.datagram_received(DTLS, peer)
    connection._proved.add((one.id, peer))
    one.datagram_received(DTLS, peer)
    one.datagram_received(DTLS, (*peer, 0, 0))
    one.datagram_received(DTLS, ("192.0.2.1", 5001))
    other.datagram_received(DTLS, peer)
    assert len(heard) == 2
    assert (one.dropped, other.dropped) == (2, 1)


async def test_queue_of_datagrams_ends_and_broken_stun_never_enters_it() -> None:
    connection = CheckedConnection(ice_controlling=False)
    for _ in range(QUEUED_MAX + 10):
        connection.data_received(bytes(30), 1)
    assert connection._queue.qsize() == 0
    for _ in range(QUEUED_MAX + 10):
        connection.data_received(DTLS, 1)
    assert connection._queue.qsize() == QUEUED_MAX


async def test_junk_that_looks_like_stun_harms_nobody() -> None:
    async with call(Wire(Impairment(delay_s=0.01))) as running:
        connection: Any = running.receiver.transport.transport._connection
        (protocol,) = {pair.protocol for pair in connection._nominated.values()}
        cookie = bytes.fromhex("2112a442") + bytes(12)
        junk = [b"\x00\x01\x00\x04" + cookie + attribute for attribute in (b"\x00\x20\x00\x01", b"\x00\x06\x00\x00")]
        junk += [b"\x00\x01\x00\x08" + cookie + b"\x00\x08\x00\x14" + bytes(4), b"\x00", b"\x03" * 20]
        junk += [b"\x00\x01\x00\x08" + cookie + kind + b"\x00\x04" + b"\xff" * 4 for kind in (b"\x00\x06", b"\x00\x24")]
        for data in junk:
            protocol.datagram_received(data, ("192.0.2.9", 9))
        await running.frames(5)
        assert connection._queue.qsize() < 5


async def test_checks_tell_the_round_trip_before_anything_is_lost() -> None:
    async with call(Wire(Impairment(delay_s=0.06))) as running:
        assert 0.12 <= running.receiver._checked_rtt_s() < 0.5


async def test_offer_that_is_answered_late_is_still_connected() -> None:
    wire = Wire(Impairment(delay_s=0.05))
    async with asyncio.timeout(5), call(wire) as running:
        await running.frames(1)


async def test_connection_that_ends_as_its_checks_do_asks_nobody_for_ever() -> None:
    one, other = (CheckedConnection(ice_controlling=controlling) for controlling in (True, False))
    for here, there in ((one, other), (other, one)):
        await here.gather_candidates()
        there.remote_username, there.remote_password = here.local_username, here.local_password
        for candidate in here.local_candidates:
            await there.add_remote_candidate(candidate)
        await there.add_remote_candidate(None)
    connecting = [asyncio.create_task(each.connect()) for each in (one, other)]
    async with asyncio.timeout(5):
        while not one._check_list_done:
            await asyncio.sleep(0)
        await asyncio.gather(one.close(), other.close())
        await asyncio.gather(*connecting, return_exceptions=True)
        for each in (one, other):
            if each._query_consent_task is not None:
                await asyncio.wait([each._query_consent_task])
