"""The two ends of the transport benchmark, each in a process of its own; `benchmarks.transport` starts them.

A frame carries its number in blocks of pixels, so that nothing on the way has to be trusted with it.
"""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import is_rtcp
from numpy.typing import NDArray

from server import rtc
from server.settings import load_settings

WIDTH_PX, HEIGHT_PX, FPS = 1280, 720, 30
FILM_FRAMES = 90
MARK_BITS, MARK_PX = 7, 16
WARM_FRAMES, FRAMES = 30, 240
LINGER_S, PATIENCE_S = 0.5, 60.0
Row = tuple[int, float, float]  # frame number or mark, CLOCK_MONOTONIC in s, CPU of the process in s


def send(codec: str, ours: bool, wire: Connection) -> None:
    """Offer a film in `codec` ("H264", "VP8"), send it, tell (rows, bytes of each frame)."""
    wire.send(asyncio.run(_send(codec, ours, wire)))


def receive(ours: bool, wire: Connection) -> None:
    """Answer, take every frame, tell the rows."""
    wire.send(asyncio.run(_receive(ours, wire)))


def film() -> list[av.VideoFrame]:
    """Return a closed loop of numbered 720p frames: a textured room in a hand-held camera, a textured ball, noise."""
    chance = np.random.default_rng(20)
    room, ball = _texture(chance, HEIGHT_PX + 64, WIDTH_PX + 96), _texture(chance, 280, 280)
    noise = [chance.normal(0, 2, (HEIGHT_PX, WIDTH_PX)).astype(np.int8) for _ in range(8)]
    inside = np.hypot(*np.mgrid[-140:140, -140:140]) < 140
    frames = []
    for number in range(FILM_FRAMES):
        turn = 2 * np.pi * number / FILM_FRAMES
        top, left = round(32 + 30 * np.sin(turn)), round(48 + 44 * np.cos(turn))
        luma = room[top : top + HEIGHT_PX, left : left + WIDTH_PX] + noise[number % len(noise)]
        y, x = round(220 + 180 * np.sin(2 * turn)), round(500 + 420 * np.cos(turn))
        np.copyto(luma[y : y + 280, x : x + 280], ball, where=inside)
        frames.append(_frame(luma, number))
    return frames


def _texture(chance: np.random.Generator, rows: int, columns: int) -> NDArray[np.int16]:
    """Return luma with detail at four scales, like walls, furniture and cloth."""
    sizes = [(columns // step + 1, rows // step + 1) for step in (64, 16, 4, 2)]
    layers = [chance.normal(0, 1, (high, wide)).astype(np.float32) for wide, high in sizes]
    grown = [cv2.resize(layer, (columns, rows), interpolation=cv2.INTER_CUBIC) for layer in layers]
    mixed = 30 * grown[0] + 14 * grown[1] + 6 * grown[2] + 3 * grown[3]
    return np.clip(120 + mixed, 20, 230).astype(np.int16)


def _frame(luma: NDArray[np.int16], number: int) -> av.VideoFrame:
    packed = np.full((HEIGHT_PX * 3 // 2, WIDTH_PX), 128, np.uint8)
    packed[:HEIGHT_PX] = np.clip(luma, 16, 235)
    for bit in range(MARK_BITS):
        packed[:MARK_PX, bit * MARK_PX : (bit + 1) * MARK_PX] = 235 if number >> bit & 1 else 16
    return av.VideoFrame.from_ndarray(packed, format="yuv420p")


def read_mark(frame: av.VideoFrame) -> int:
    """Return the number that was drawn into a frame of the film."""
    plane = frame.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
    centres = luma[MARK_PX // 2, MARK_PX // 2 : MARK_BITS * MARK_PX : MARK_PX]
    return int(sum(1 << bit for bit, value in enumerate(centres) if value > 125))


class FilmTrack(MediaStreamTrack):
    """Plays the film at its rate; the frames exist before the first is asked for."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.ended = asyncio.Event()
        self._film = film()
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
                rows.append((read_mark(frame), arrived_s, time.process_time()))
    except (MediaStreamError, TimeoutError):
        pass
    await peer.close()
    return rows


def _peer(ours: bool) -> RTCPeerConnection:
    if ours:
        rtc.install(load_settings().media)
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))
