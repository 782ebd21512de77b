"""The shoppers of the capacity benchmark, in a process of their own: each replays a film encoded beforehand.

What a shopper sends costs almost nothing that way, and the same for every server. Each frame carries its number in
its pixels; what comes back is decoded and the number read.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from server import rtc
from server.settings import load_settings

FILM = Path(__file__).parent.parent / "xr_client" / "web" / "demo_shopper.webm"
WIDTH_PX, HEIGHT_PX, FPS = 640, 480, 30
FRAMES, KEY_EVERY = 240, 30
MARK_BITS, MARK_PX = 8, 16
KBPS = 1500
CONNECT_S, REFUSED_S = 20.0, 10.0
GARMENT = "tee_crew"
ENCODERS = {
    "H264": ("libx264", {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "bf": "0"}),
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "4", "lag-in-frames": "0"}),
}


def encode(codec: str) -> list[bytes]:
    """Return the film as FRAMES packets of `codec`, "H264" or "VP8": a loop with a key frame each second."""
    name, options = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    context.bit_rate, context.gop_size, context.options = 1000 * KBPS, KEY_EVERY, options
    context.framerate, context.time_base, context.thread_count = Fraction(FPS), Fraction(1, FPS), 1
    packets: list[bytes] = []
    for number, frame in enumerate(_pictures()):
        frame.pts, frame.time_base = number, context.time_base
        packets += [bytes(packet) for packet in context.encode(frame)]
    packets += [bytes(packet) for packet in context.encode(None)]
    if len(packets) != FRAMES:
        raise RuntimeError(f"{name} made {len(packets)} packets of {FRAMES} frames")
    return packets


def _pictures() -> list[av.VideoFrame]:
    """Return the synthetic shopper in the middle of a wide picture, each frame with its number."""
    with av.open(str(FILM)) as source:
        upright = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    pictures = []
    for number in range(FRAMES):
        picture = upright[number % len(upright)]
        small = cv2.resize(picture, (HEIGHT_PX * picture.shape[1] // picture.shape[0], HEIGHT_PX))
        left = (WIDTH_PX - small.shape[1]) // 2
        wide = cv2.copyMakeBorder(small, 0, 0, left, WIDTH_PX - small.shape[1] - left, cv2.BORDER_REPLICATE)
        packed = cv2.cvtColor(wide, cv2.COLOR_BGR2YUV_I420)
        for bit in range(MARK_BITS):
            packed[:MARK_PX, bit * MARK_PX : (bit + 1) * MARK_PX] = 235 if number >> bit & 1 else 16
        pictures.append(av.VideoFrame.from_ndarray(packed, format="yuv420p"))
    return pictures


class Replay(MediaStreamTrack):
    """The film again and again, at its own pace; tells when each number was last sent."""

    kind = "video"

    def __init__(self, packets: list[bytes], phase_s: float) -> None:
        super().__init__()
        self._packets, self._count = packets, 0
        self._began_s = time.monotonic() + phase_s
        self.sent_s = np.zeros(FRAMES)

    async def recv(self) -> Any:
        """Return the next packet when it is due."""
        await asyncio.sleep(max(0.0, self._began_s + self._count / FPS - time.monotonic()))
        number = self._count % FRAMES
        packet = av.Packet(self._packets[number])
        packet.pts, packet.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self.sent_s[number] = time.monotonic()
        return packet


@dataclass(eq=False)
class Shopper:
    """One session."""

    peer: RTCPeerConnection
    track: Replay
    rows: list[tuple[float, float]] = field(default_factory=list)  # seen at, delay; s
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def watch(self, track: Any) -> None:
        """Take down every frame that comes back, once."""
        last = -1
        with suppress(MediaStreamError):
            while True:
                number = read_mark(await track.recv())
                now_s = time.monotonic()
                if number != last and number < FRAMES and self.track.sent_s[number]:
                    self.rows.append((now_s, now_s - self.track.sent_s[number]))
                    self.seen.set()
                last = number


def read_mark(frame: Any) -> int:
    """Return the number that is drawn into a frame."""
    plane = frame.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    scale = frame.width / WIDTH_PX
    at = ((np.arange(MARK_BITS) + 0.5) * MARK_PX * scale).astype(int)
    return int(sum(1 << bit for bit in range(MARK_BITS) if luma[int(MARK_PX * scale / 2), at[bit]] > 125))


async def join(address: str, kind: str, packets: list[bytes], codec: str, phase_s: float) -> Shopper | float:
    """Return a new shopper of the server of `kind`, or after how many seconds it was refused."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    shopper = Shopper(peer, Replay(packets, phase_s))
    peer.on("track", lambda track: shopper.tasks.append(asyncio.ensure_future(shopper.watch(track))))
    codecs = [each for each in RTCRtpSender.getCapabilities("video").codecs if each.mimeType == f"video/{codec}"]
    peer.addTransceiver(shopper.track, "sendrecv").setCodecPreferences(codecs)
    channel = peer.createDataChannel("control" if kind == "lookglass" else "text")
    if kind == "lookglass":
        wear = {"v": 1, "type": "wear", "garments": [{"id": GARMENT}]}
        channel.on("open", lambda: channel.send(json.dumps(wear)))
    await peer.setLocalDescription(await peer.createOffer())
    asked_s = time.monotonic()
    try:
        answer = await asyncio.to_thread(SIGNALLING[kind], address, peer.localDescription.sdp)
    except urllib.error.HTTPError as refused:
        await peer.close()
        if refused.code != 503:
            raise
        return time.monotonic() - asked_s
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.wait_for(shopper.seen.wait(), CONNECT_S)
    return shopper


def _post(url: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})  # noqa: S310
    with urllib.request.urlopen(request, timeout=REFUSED_S) as answer:  # noqa: S310 - our own servers on loopback
        told: dict[str, Any] = json.load(answer)
        return told


def _ask_lookglass(address: str, sdp: str) -> str:
    origin = {"Origin": address}
    consent = _post(f"{address}/api/v1/consent", {"text_version": "1", "adult": True}, origin)
    headers = {**origin, "Authorization": f"Bearer {consent['token']}"}
    offer = {"v": 1, "type": "offer", "sdp": sdp}
    return str(_post(f"{address}/api/v1/session/offer", offer, headers)["sdp"])


def _ask_stock(address: str, sdp: str) -> str:
    return str(_post(f"{address}/offer", {"sdp": sdp, "type": "offer"}, {})["sdp"])


def _ask_fastrtc(address: str, sdp: str) -> str:
    session = {"webrtc_id": uuid.uuid4().hex}
    told = _post(f"{address}/webrtc/offer", {"sdp": sdp, "type": "offer", **session}, {})
    if "sdp" not in told:
        raise RuntimeError(f"FastRTC said: {told}")
    _post(f"{address}/input_hook", session, {})
    return str(told["sdp"])


SIGNALLING: dict[str, Callable[[str, str], str]] = {
    "lookglass": _ask_lookglass,
    "stock": _ask_stock,
    "fastrtc": _ask_fastrtc,
}


def crowd(address: str, kind: str, codec: str, orders: Connection) -> None:
    """Serve the orders "join" -> how long a refusal took or None, "measure" S -> a shopper's (fps, delays), "end"."""
    rtc.install(load_settings(None, {}).media)  # the same quick receiver for every server
    asyncio.run(_crowd(address, kind, codec, orders))


async def _crowd(address: str, kind: str, codec: str, orders: Connection) -> None:
    packets = encode(codec)
    shoppers: list[Shopper] = []
    while True:
        order, value = await asyncio.to_thread(orders.recv)
        if order == "end":
            break
        try:
            if order == "join":
                came = await join(address, kind, packets, codec, len(shoppers) / 7.0 % (1.0 / FPS))
                if isinstance(came, Shopper):
                    shoppers.append(came)
                orders.send(None if isinstance(came, Shopper) else came)
            else:
                began_s = time.monotonic()
                await asyncio.sleep(value)
                seen = [[delay for at_s, delay in one.rows if at_s > began_s] for one in shoppers]
                orders.send([(len(delays) / value, delays) for delays in seen])
        except Exception as error:
            why = error.read().decode() if isinstance(error, urllib.error.HTTPError) else ""
            orders.send(RuntimeError(f"{error!r} {why}"))
    await asyncio.gather(*(one.peer.close() for one in shoppers))
    orders.send(None)
