"""A real server on a free port, and a shopper made of aiortc, websockets and httpx."""

from __future__ import annotations

import asyncio
import fractions
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from websockets.asyncio.client import ClientConnection, connect

from server.app import create_app
from server.catalogue import Catalogue
from server.hub import Hub
from server.serve_command import listen, server_config
from server.settings import Settings
from tests.server.shop import PAINTED, Shop, shop_settings

CONSENT = {"text_version": "1", "adult": True}


@dataclass
class House:
    """A running server."""

    hub: Hub
    settings: Settings
    host: str  # 127.0.0.1:PORT

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.origin, headers={"Origin": self.origin}, timeout=20)

    def socket(self, **options: Any) -> connect:
        options.setdefault("origin", self.origin)
        return connect(f"ws://{self.host}/ws", compression=None, max_size=None, **options)

    async def token(self) -> str:
        async with self.http() as http:
            answer = await http.post("/api/v1/consent", json=CONSENT)
            answer.raise_for_status()
            return str(answer.json()["token"])

    async def ready(self) -> None:
        async with asyncio.timeout(120):
            while not self.hub.pool.ready:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    var_dir: Path, catalogue: Catalogue | None = None, pipeline: str = PAINTED, **overrides: Any
) -> AsyncIterator[House]:
    """Serve in this event loop: the painted pipeline and its little shop, unless told another."""
    import uvicorn

    settings = shop_settings(var_dir, **overrides)
    listener = listen(settings)
    assert listener is not None
    app = create_app(settings, catalogue or Shop(), pipeline=pipeline)
    server = uvicorn.Server(server_config(app, settings, []))
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        house = House(app.state.hub, settings, f"127.0.0.1:{listener.getsockname()[1]}")
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        await house.ready()
        yield house
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _no_signals() -> Any:
    import contextlib

    return contextlib.nullcontext()


class Camera(VideoStreamTrack):
    """A grey picture whose luma tells its number; `size` may be changed while it runs, and it may be `covered`."""

    def __init__(self, size: tuple[int, int] = (320, 240), fps: float = 30) -> None:
        super().__init__()
        self.size, self.fps = size, fps
        self.sent, self.covered = 0, False
        self._start_s: float | None = None

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        if self._start_s is None:
            self._start_s = time.monotonic()
        await asyncio.sleep(max(0.0, self._start_s + self.sent / self.fps - time.monotonic()))
        width, height = self.size
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, value in zip(frame.planes, (16 if self.covered else 60 + self.sent % 64, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = int(90_000 * self.sent / self.fps)
        frame.time_base = fractions.Fraction(1, 90_000)
        self.sent += 1
        return frame


class Viewing:
    """A peer connection whose returning pictures are kept."""

    pc: RTCPeerConnection
    frames: list[tuple[float, av.VideoFrame]]
    _reading: asyncio.Task[None] | None

    async def until(self, condition: Any, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.01)

    async def sees_paint(self, seconds: float = 10) -> None:
        """Wait for a frame with the square in its middle."""
        seen = len(self.frames)
        await self.until(lambda: any(is_painted(frame) for _, frame in self.frames[seen:]), seconds)

    async def leave(self) -> None:
        await self.pc.close()
        if self._reading is not None:
            self._reading.cancel()

    def _take_track(self, track: Any) -> None:
        self._reading = asyncio.ensure_future(self._read(track))

    async def _read(self, track: Any) -> None:
        try:
            while True:
                self.frames.append((time.monotonic(), await track.recv()))
        except MediaStreamError:
            pass


@dataclass
class Shopper(Viewing):
    """One browser's worth of client."""

    house: House
    camera: Camera = field(default_factory=Camera)
    codec: str | None = None
    labels: tuple[str, ...] = ("control",)

    def __post_init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver = self.pc.addTransceiver(self.camera, "sendrecv")
        if self.codec:
            from aiortc import RTCRtpSender

            codecs = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([c for c in codecs if self.codec in c.mimeType])
        self.channels = [self.pc.createDataChannel(label) for label in self.labels]
        self.channel = self.channels[0]
        self.messages: list[dict[str, Any]] = []
        self.frames: list[tuple[float, av.VideoFrame]] = []
        self.channel.on("message", lambda text: self.messages.append(json.loads(text)))
        self._reading: asyncio.Task[None] | None = None
        self.pc.on("track", self._take_track)

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def enter(self, socket: ClientConnection, resume: str | None = None) -> str:
        """Say hello, offer, wait for a picture, and return the key to come back with; `resume` is such a key."""
        entrance = {"resume": resume} if resume else {"token": await self.house.token()}
        await say(socket, type="hello", **entrance)
        welcome = await hear(socket)
        assert welcome["type"] == "welcome", welcome
        await say(socket, type="offer", sdp=await self.offer())
        answer = await hear(socket)
        assert answer["type"] == "answer", answer
        await self.take(answer["sdp"])
        await self.until(lambda: len(self.frames) > 0)
        return str(welcome["resume"])

    async def enter_by_http(self, http: httpx.AsyncClient, token: str) -> httpx.Response:
        answer = await http.post(
            "/api/v1/session/offer",
            json={"v": 1, "type": "offer", "sdp": await self.offer()},
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code == 200:
            await self.take(answer.json()["sdp"])
        return answer

    def tell(self, **message: Any) -> None:
        self.channel.send(json.dumps({"v": 1, **message}))

    def said(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


def is_painted(frame: av.VideoFrame) -> bool:
    """Whether the painted pipeline's square is in the middle and not at the edge."""
    luma = frame.to_ndarray(format="gray")
    height, width = luma.shape
    middle = luma[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8]
    edge = luma[:8, :8]
    return bool(np.median(middle) > 200 and np.median(edge) < 160)


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps({"v": 1, **message}))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        return dict(json.loads(await socket.recv()))


@asynccontextmanager
async def seeing(house: House) -> AsyncIterator[Shopper]:
    """Have a shopper see a picture, and leave in the end."""
    shopper = Shopper(house)
    async with house.socket() as socket:
        await shopper.enter(socket)
        await shopper.until(lambda: shopper.said("state"))
        yield shopper
        await shopper.leave()
