"""The two ends of the transport benchmark, each in a process of its own; `benchmarks.transport` starts them."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import is_rtcp

from benchmarks.film import FILM_FRAMES, film, read_mark
from server import rtc
from server.settings import load_settings

WIDTH_PX, HEIGHT_PX, FPS = 1280, 720, 30
WARM_FRAMES, FRAMES = 30, 240
LINGER_S, PATIENCE_S = 0.5, 60.0
Row = tuple[int, float, float]  # frame number or mark, CLOCK_MONOTONIC in s, CPU of the process in s


def send(codec: str, ours: bool, wire: Connection) -> None:
    """Offer a film in `codec` ("H264", "VP8"), send it, tell (rows, bytes of each frame)."""
    wire.send(asyncio.run(_send(codec, ours, wire)))


def receive(ours: bool, wire: Connection) -> None:
    """Answer, take every frame, tell the rows."""
    wire.send(asyncio.run(_receive(ours, wire)))


class FilmTrack(MediaStreamTrack):
    """Plays the film at its rate; the frames exist before the first is asked for."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.ended = asyncio.Event()
        self._film = film(WIDTH_PX, HEIGHT_PX)
        self._begun_s = 0.0

    async def recv(self) -> av.VideoFrame:
        """Return the next frame when it is due."""
        number = len(self.rows)
        if number == WARM_FRAMES + FRAMES:
            self.ended.set()
            await asyncio.Event().wait()
        self._begun_s = self._begun_s or time.monotonic()
        await asyncio.sleep(max(0.0, self._begun_s + number / FPS - time.monotonic()))
        frame = self._film[number % FILM_FRAMES]
        frame.pts, frame.time_base = number * 90_000 // FPS, Fraction(1, 90_000)
        self.rows.append((number, time.monotonic(), time.process_time()))
        return frame


async def _send(codec: str, ours: bool, wire: Connection) -> tuple[list[Row], list[int]]:
    peer = _peer(ours)
    track = FilmTrack()
    transceiver = peer.addTransceiver(track, "sendonly")
    known = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([c for c in known if c.name in (codec, "rtx")])
    await peer.setLocalDescription(await peer.createOffer())
    sizes = _weigh(transceiver.sender)
    wire.send(peer.localDescription.sdp)
    answer = await asyncio.to_thread(wire.recv)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(PATIENCE_S):
        await track.ended.wait()
    await asyncio.sleep(LINGER_S)
    await peer.close()
    return track.rows, list(sizes.values())


def _weigh(sender: Any) -> dict[int, int]:
    """Return a dict that fills with the bytes of each frame's packets, by RTP timestamp, in order."""
    sizes: dict[int, int] = {}
    transport, pass_on = sender.transport, sender.transport._send_rtp

    async def weigh(data: bytes) -> None:
        if not is_rtcp(data) and int.from_bytes(data[8:12]) == sender._ssrc:
            timestamp = int.from_bytes(data[4:8])
            sizes[timestamp] = sizes.get(timestamp, 0) + len(data)
        await pass_on(data)

    transport._send_rtp = weigh
    return sizes


async def _receive(ours: bool, wire: Connection) -> list[Row]:
    peer = _peer(ours)
    rows: list[Row] = []
    offer = await asyncio.to_thread(wire.recv)
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    track = peer.getTransceivers()[0].receiver.track
    await peer.setLocalDescription(await peer.createAnswer())
    wire.send(peer.localDescription.sdp)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = await track.recv()
                arrived_s = time.monotonic()
                rows.append((read_mark(frame, WIDTH_PX), arrived_s, time.process_time()))
    except (MediaStreamError, TimeoutError):
        pass
    await peer.close()
    return rows


def _peer(ours: bool) -> RTCPeerConnection:
    if ours:
        rtc.install(load_settings().media)
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))
