"""Shoppers who are gone without a word, and those who must go; over loopback, with real worker processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server.clients import Camera, Shopper, hear, running
from tests.server.standard_clients import Standard


def cut(client: Any) -> None:
    """Let no datagram of `client` leave any more: the cable is out."""
    connection = client.pc.getTransceivers()[0].receiver.transport.transport._connection
    for protocol in connection._protocols:
        protocol.transport.sendto = lambda *_: None


async def test_seat_is_free_when_no_datagram_comes_though_the_socket_lives(tmp_path: Path) -> None:
    async with running(tmp_path, session__silence_s=2.0) as house, house.socket() as socket:
        shopper = Shopper(house)
        await shopper.enter(socket)
        shopper.camera.fps = 0.001  # no more pictures, but the other end is there
        (session,) = house.hub._sessions.values()
        await shopper.until(lambda: session.peer is not None and session.peer.reached_s is not None)
        seen = session.peer.heard_s + 3  # type: ignore[union-attr]
        await shopper.until(lambda: session.peer is None or (session.peer.reached_s or 0) > seen)
        assert house.hub.pool.counts["seated"] == 1, "RTCP and the checks of ICE are signs of life"
        cut(shopper)
        await shopper.until(lambda: house.hub.pool.counts["seated"] == 0, seconds=5)
        assert (await hear(socket))["reason"] == "silence"
        await shopper.leave()


async def test_place_of_a_viewer_is_free_when_no_datagram_comes(tmp_path: Path) -> None:
    async with running(tmp_path, session__silence_s=2.0) as house:
        camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
        await camera.post("/whip?garment=block")
        viewer = Standard(house, camera.token, "recvonly")
        await viewer.post(camera.location.replace("whip", "whep"))
        await viewer.sees_paint()
        (session,) = house.hub._sessions.values()
        cut(viewer)
        await viewer.until(lambda: not len(session.viewers), seconds=5)
        for client in (viewer, camera):
            await client.leave()


async def test_third_picture_that_claims_too_much_ends_the_call_by_name(tmp_path: Path) -> None:
    async with (
        running(tmp_path, media__received_side_max_px=160) as house,
        house.socket() as socket,
        house.http() as http,
    ):
        shopper = Shopper(house, Camera((160, 120)))
        await shopper.enter(socket)
        shopper.camera.size = (320, 240)
        assert await hear(socket) == {"v": 1, "type": "bye", "reason": "picture_size"}
        metrics = (await http.get("/metrics")).text
        assert 'lookglass_wire_total{what="oversized"} 3.0' in metrics
        assert 'lookglass_sessions_ended_total{reason="picture_size"} 1.0' in metrics
        await shopper.leave()
