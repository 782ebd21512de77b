"""A connection whose caller is cancelled leaves no socket behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aioice.ice import Connection
from aiortc import RTCPeerConnection

from server.errors import TryLater
from server.offers import PLAYBACK, UNITY, CheckedOffer, check_offer
from server.peer import Peer
from server.settings import Settings
from server.two_way_peer import TwoWayPeer
from tests.server.shop import shop_settings


@pytest.fixture()
def opened(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.DatagramTransport]:
    """Every datagram socket that the event loop opens in this test."""
    transports: list[asyncio.DatagramTransport] = []
    endpoint = asyncio.BaseEventLoop.create_datagram_endpoint

    async def noted(loop: asyncio.BaseEventLoop, *args: Any, **options: Any) -> Any:
        made = await endpoint(loop, *args, **options)
        transports.append(made[0])
        return made

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_datagram_endpoint", noted)
    return transports


async def watched(settings: Settings) -> tuple[RTCPeerConnection, CheckedOffer]:
    """Return one who would watch, and their offer."""
    client = RTCPeerConnection()
    client.addTransceiver("video", "recvonly")
    await client.setLocalDescription(await client.createOffer())
    return client, check_offer(str(client.localDescription.sdp), settings.limits, PLAYBACK)


def peer_of(settings: Settings) -> Peer:
    return Peer(settings, lambda _: None, lambda _: None, lambda: None, lambda _: None)


async def test_close_goes_on_where_its_caller_is_cancelled(
    tmp_path: Path, opened: list[asyncio.DatagramTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = shop_settings(tmp_path)
    client, offer = await watched(settings)
    peer = peer_of(settings)
    theirs = len(opened)
    await peer.answer(offer)
    ours = opened[theirs:]
    assert ours
    begun, go_on = asyncio.Event(), asyncio.Event()
    close = Connection.close

    async def slow(connection: Connection) -> None:
        begun.set()
        await go_on.wait()
        await close(connection)

    monkeypatch.setattr(Connection, "close", slow)
    closing = asyncio.create_task(peer.close())
    await begun.wait()
    closing.cancel()
    go_on.set()
    await peer.close()
    assert closing.cancelled()
    assert all(transport.is_closing() for transport in ours)
    await client.close()


async def test_answer_cut_off_while_it_opens_sockets_leaves_none(
    tmp_path: Path, opened: list[asyncio.DatagramTransport]
) -> None:
    settings = shop_settings(tmp_path)
    client, offer = await watched(settings)
    peer = peer_of(settings)
    theirs = len(opened)
    answering = asyncio.create_task(peer.answer(offer))
    while len(opened) == theirs:
        await asyncio.sleep(0)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    await peer.close()
    assert all(transport.is_closing() for transport in opened[theirs:])
    await client.close()


async def test_second_offer_waits_for_the_first_though_who_made_that_is_gone(
    tmp_path: Path, opened: list[asyncio.DatagramTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = shop_settings(tmp_path)
    client = RTCPeerConnection()
    client.addTransceiver("video", "sendonly")
    await client.setLocalDescription(await client.createOffer())
    offer = check_offer(str(client.localDescription.sdp), settings.limits, UNITY)
    peer = TwoWayPeer(settings, lambda _: None, lambda _: None, lambda: None, lambda _: None)
    begun, go_on = asyncio.Event(), asyncio.Event()
    gather = Connection.gather_candidates

    async def slow(connection: Connection) -> None:
        begun.set()
        await go_on.wait()
        await gather(connection)

    monkeypatch.setattr(Connection, "gather_candidates", slow)
    first = asyncio.create_task(peer.answer(offer))
    await begun.wait()
    first.cancel()
    second = asyncio.create_task(peer.agree_again(offer))
    await asyncio.wait([second], timeout=0.2)
    go_on.set()
    answer = await second
    assert first.cancelled()
    await peer.close()
    await client.close()
    assert "a=candidate" in answer, "those of the sockets that the first has opened"
    assert all(transport.is_closing() for transport in opened)


async def test_connection_that_ends_while_it_answers_says_so(tmp_path: Path) -> None:
    settings = shop_settings(tmp_path)
    client, offer = await watched(settings)
    peer = peer_of(settings)
    answering = asyncio.create_task(peer.answer(offer))
    await asyncio.sleep(0)
    await peer.close()
    with pytest.raises(TryLater):
        await answering
    assert not peer._tasks
    await client.close()
