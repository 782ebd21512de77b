"""A call with one video track from left to right over an impaired wire; frames carry their number as a pattern."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from tests.server.rtc.wire import Wire

CELL = 16
BITS = 14


class NumberedTrack(MediaStreamTrack):
    """Noise that moves, `fps` times a second, with the frame's number in black and white cells at the top."""

    kind = "video"

    def __init__(self, fps: int = 30, size: tuple[int, int] = (320, 240)) -> None:
        super().__init__()
        self._fps, self._size = fps, size
        self._began_s: float | None = None
        self._canvas = np.random.default_rng(0).integers(60, 190, (size[1] // 8, size[0] // 4), np.uint8)
        self.number = 0
        self.sent_s: dict[int, float] = {}

    async def recv(self) -> av.VideoFrame:
        now_s = time.monotonic()
        self._began_s = self._began_s or now_s
        await asyncio.sleep(max(0.0, self._began_s + self.number / self._fps - now_s))
        frame = self._paint(self.number)
        self.sent_s[self.number] = time.monotonic()
        self.number += 1
        return frame

    def _paint(self, number: int) -> av.VideoFrame:
        width, height = self._size
        frame = av.VideoFrame(width, height, "yuv420p")
        luma = np.kron(np.roll(self._canvas, number, axis=1), np.ones((8, 8), np.uint8))[:height, :width]
        for bit in range(BITS):
            luma[:CELL, bit * CELL : (bit + 1) * CELL] = 235 if number >> bit & 1 else 16
        for plane, values in zip(frame.planes, (luma, None, None), strict=True):
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            rows[:] = 128
            if values is not None:
                rows[:height, :width] = values
        frame.pts, frame.time_base = number * 90_000 // self._fps, Fraction(1, 90_000)
        return frame


def number_of(frame: av.VideoFrame) -> int:
    """Read the number back."""
    luma = frame.to_ndarray(format="gray")
    cells = luma[4 : CELL - 4, : BITS * CELL].reshape(CELL - 8, BITS, CELL)[:, :, 4:-4].mean(axis=(0, 2))
    return int(sum(1 << bit for bit, value in enumerate(cells) if value > 128))


@dataclass
class Call:
    """A running call; `seen` has (arrival in monotonic seconds, number) of every decoded frame."""

    wire: Wire
    track: NumberedTrack
    left: RTCPeerConnection
    right: RTCPeerConnection
    seen: list[tuple[float, int]] = field(default_factory=list)

    @property
    def receiver(self) -> Any:
        return self.right.getTransceivers()[0].receiver

    @property
    def newest(self) -> int:
        return self.seen[-1][1] if self.seen else -1

    async def until(self, condition: Any, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    async def frames(self, count: int, seconds: float = 10) -> None:
        """Wait for `count` more frames."""
        before = len(self.seen)
        await self.until(lambda: len(self.seen) >= before + count, seconds)

    def longest_gap_s(self, since_s: float = 0.0) -> float:
        """The longest time between two new pictures that arrived after `since_s`."""
        times = [at_s for at_s, _ in self.seen if at_s >= since_s]
        return max(b - a for a, b in zip(times, times[1:], strict=False))


@asynccontextmanager
async def call(
    wire: Wire, codec: str = "video/H264", fps: int = 30, size: tuple[int, int] = (320, 240)
) -> AsyncIterator[Call]:
    """Connect, and yield when the first frame was seen or 20 s have passed."""
    configuration = RTCConfiguration(iceServers=[])
    made = Call(wire, NumberedTrack(fps, size), RTCPeerConnection(configuration), RTCPeerConnection(configuration))
    reading: list[asyncio.Task[None]] = []

    async def read(track: Any) -> None:
        try:
            while True:
                frame = await track.recv()
                made.seen.append((time.monotonic(), number_of(frame)))
        except MediaStreamError:
            pass

    made.right.on("track", lambda track: reading.append(asyncio.ensure_future(read(track))))
    transceiver = made.left.addTransceiver(made.track, "sendonly")
    capabilities = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([c for c in capabilities if c.mimeType in (codec, "video/rtx")])
    try:
        await made.left.setLocalDescription(await made.left.createOffer())
        offer = await wire.offer(made.left.localDescription.sdp)
        await made.right.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await made.right.setLocalDescription(await made.right.createAnswer())
        answer = await wire.answer(made.right.localDescription.sdp)
        await made.left.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await made.until(lambda: made.seen, 20)
        yield made
    finally:
        await asyncio.gather(made.left.close(), made.right.close())
        wire.close()
        for task in reading:
            await task
