"""A shopper's call over the wire: frames go up, are echoed as they come, and their numbers are read on return.

The left end is the shopper, the right one the server, each in a process inside its namespace; signalling goes by pipes,
which the wire does not touch. "Ours" is the server's own peer and, as shopper, aiortc with our parts; "stock" is aiortc
alone at both ends, its first codec (VP8) and its own bit rates.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from benchmarks.film import FILM_FRAMES, film, read_mark, stamp
from benchmarks.wire.tun import TunWire, enter
from pipelines.errors import BackendUnavailable
from server import rtc
from server.offers import check_offer
from server.peer import Peer
from server.settings import Settings, load_settings

WIDTH_PX, HEIGHT_PX, FPS = 640, 480, 30
ANSWER_S, END_S = 20.0, 15.0
PICTURE_S = 30.0  # patience for the first one


@dataclass
class Record:
    """What the shopper saw; all times in s of CLOCK_MONOTONIC."""

    offered_s: float = 0.0
    connected_s: float | None = None  # the later of both ends
    sent_s: dict[int, float] = field(default_factory=dict)  # by frame number
    seen: list[tuple[float, int]] = field(default_factory=list)  # (arrival, frame number)
    sizes: list[tuple[int, int]] = field(default_factory=list)  # of the returned pictures, by arrival


class EchoCall:
    """A context manager around one call.  Raises BackendUnavailable when an end does not answer."""

    def __init__(self, wire: TunWire, ours: bool) -> None:
        self._wire, self._ours = wire, ours

    def __enter__(self) -> EchoCall:
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(["benchmarks.wire.warm"])
        (self._shopper, shopper_end), (self._server, server_end) = forks.Pipe(), forks.Pipe()
        self._ends = [
            forks.Process(target=_run, args=(work, namespace, self._ours, pipe), daemon=True)
            for work, namespace, pipe in (
                (_shop, self._wire.left, shopper_end),
                (_serve, self._wire.right, server_end),
            )
        ]
        for process in self._ends:
            process.start()
        self._server.send(self._take(self._shopper, ANSWER_S))
        self._shopper.send(self._take(self._server, ANSWER_S))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._ends:
            process.kill()
            process.join()

    def wait_for_picture(self, patience_s: float) -> bool:
        """Wait for the first picture to return; whether it did."""
        return bool(self._shopper.poll(patience_s)) and self._shopper.recv() == "picture"

    def end(self) -> Record:
        """Hang up, and return what was seen."""
        self._shopper.send("end")
        self._server.send("end")
        while (record := self._take(self._shopper, END_S)) == "picture":
            pass
        other_s: float | None = self._take(self._server, END_S)
        both = [at_s for at_s in (record.connected_s, other_s) if at_s is not None]
        record.connected_s = max(both) if len(both) == 2 else None
        return record

    def _take(self, pipe: Connection, patience_s: float) -> Any:
        if not pipe.poll(patience_s):
            raise BackendUnavailable("one end of the call does not answer")
        try:
            return pipe.recv()
        except EOFError:
            raise BackendUnavailable("one end of the call ended early; its error is above") from None


class StampedFilm(MediaStreamTrack):
    """Plays the film at its rate, every frame with a number of its own."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.sent_s: dict[int, float] = {}
        self._film = film(WIDTH_PX, HEIGHT_PX)
        self._begun_s = 0.0

    async def recv(self) -> av.VideoFrame:
        """Return the next frame when it is due; numbers whose time has passed are left out, as a camera does."""
        now_s = time.monotonic()
        self._begun_s = self._begun_s or now_s
        number = max(len(self.sent_s) and max(self.sent_s) + 1, int((now_s - self._begun_s) * FPS))
        await asyncio.sleep(max(0.0, self._begun_s + number / FPS - now_s))
        frame = self._film[number % FILM_FRAMES]
        stamp(frame, number)
        frame.pts, frame.time_base = number * 90_000 // FPS, Fraction(1, 90_000)
        self.sent_s[number] = time.monotonic()
        return frame


def _run(work: Callable[[bool, Connection], Any], namespace: str, ours: bool, pipe: Connection) -> None:
    enter(namespace)
    if ours:
        rtc.install(load_settings().media)
    asyncio.run(work(ours, pipe))


async def _shop(ours: bool, pipe: Connection) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    track, record = StampedFilm(), Record()
    reading: list[asyncio.Task[None]] = []
    peer.on("track", lambda returned: reading.append(asyncio.ensure_future(_watch(returned, record, pipe))))
    transceiver = peer.addTransceiver(track, "sendrecv")
    if ours:
        known = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([codec for codec in known if codec.name in ("H264", "rtx")])
    await peer.setLocalDescription(await peer.createOffer())
    connected = _note_connection(peer)
    pipe.send(peer.localDescription.sdp)
    answer = await asyncio.to_thread(pipe.recv)
    record.offered_s = time.monotonic()
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.to_thread(pipe.recv)
    record.connected_s, record.sent_s = (connected or [None])[0], track.sent_s
    pipe.send(record)


async def _watch(track: Any, record: Record, pipe: Connection) -> None:
    try:
        while True:
            frame = await track.recv()
            record.seen.append((time.monotonic(), read_mark(frame, WIDTH_PX)))
            record.sizes.append((frame.width, frame.height))
            if len(record.seen) == 1:
                pipe.send("picture")
    except MediaStreamError:
        pass


async def _serve(ours: bool, pipe: Connection) -> None:
    offer = await asyncio.to_thread(pipe.recv)
    answer, connection = await (answer_ours(offer) if ours else answer_stock(offer))
    connected = _note_connection(connection)
    pipe.send(answer)
    await asyncio.to_thread(pipe.recv)
    pipe.send((connected or [None])[0])


async def answer_ours(offer: str) -> tuple[str, Any]:
    """Answer as the server does, without its session; return the answer and the connection."""
    settings: Settings = load_settings()
    peer = Peer(settings, lambda frame: peer.outbox.put(frame), lambda _: None, lambda: None, lambda _: None)
    answer = await peer.answer(check_offer(offer, settings.limits))
    return answer, peer._pc


async def answer_stock(offer: str) -> tuple[str, Any]:
    """Answer as aiortc's examples do; return the answer and the connection."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.on("track", lambda track: peer.addTrack(track))
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    return peer.localDescription.sdp, peer


def _note_connection(peer: Any) -> list[float]:
    """Return a list that gets the time at which the peer is connected."""
    times: list[float] = []

    def note() -> None:
        if peer.connectionState == "connected" and not times:
            times.append(time.monotonic())

    peer.on("connectionstatechange", note)
    return times
