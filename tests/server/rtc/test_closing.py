"""A connection that is closed in the middle of being made runs nothing afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiortc import RTCPeerConnection, VideoStreamTrack

from server.rtc import install, uninstall
from server.settings import MediaSettings


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    install(MediaSettings())
    yield
    uninstall()


async def test_neither_sender_nor_receiver_begins_once_they_were_stopped() -> None:
    client, server = RTCPeerConnection(), RTCPeerConnection()
    client.addTransceiver(VideoStreamTrack(), "sendrecv")
    transceiver: Any = server.addTransceiver(VideoStreamTrack(), "sendrecv")
    transport, connected, go_on = transceiver.receiver.transport, asyncio.Event(), asyncio.Event()
    start, stop = transport.start, transceiver.stop

    async def slow_start(parameters: Any) -> None:
        await start(parameters)
        connected.set()
        await go_on.wait()

    async def stop_first() -> None:
        await stop()
        go_on.set()
        for _ in range(20):
            await asyncio.sleep(0)

    transport.start, transceiver.stop = slow_start, stop_first
    await client.setLocalDescription(await client.createOffer())
    await server.setRemoteDescription(client.localDescription)
    await server.setLocalDescription(await server.createAnswer())
    await client.setRemoteDescription(server.localDescription)
    async with asyncio.timeout(10):
        await connected.wait()
    await server.close()
    await client.close()
    sender = vars(transceiver.sender)
    assert not transceiver.receiver._get("started")
    assert not sender["_RTCRtpSender__started"]
