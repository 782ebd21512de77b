"""One shopper's WebRTC connection: an incoming camera track, an outgoing composed one, the control channel."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import av
import structlog
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.sdp import candidate_from_sdp
from pydantic import BaseModel

from server import rtc, schema
from server.errors import MessageRefused, OfferRefused, TryLater
from server.limits import RateWindow
from server.media import ComposedTrack, LatestFrame
from server.offers import CheckedOffer, check_candidate
from server.settings import Settings
from server.tasks import Tasks

CONTROL_LABEL = "control"
CODEC_ORDER = {"h264": ("video/H264", "video/VP8"), "vp8": ("video/VP8", "video/H264")}
T = TypeVar("T")
log = structlog.get_logger("lookglass.peer")


class Peer:
    """Wraps aiortc; calls back with frames and control messages.  One event loop only."""

    def __init__(
        self,
        settings: Settings,
        on_frame: Callable[[av.VideoFrame], None],
        on_control: Callable[[schema.Control], None],
        on_open: Callable[[], None],
        on_end: Callable[[str], object],
    ) -> None:
        self._settings = settings
        self._on_frame, self._on_control, self._on_open, self._on_end = on_frame, on_control, on_open, on_end
        self.outbox: LatestFrame[av.VideoFrame] = LatestFrame()
        self.track = ComposedTrack(self.outbox)
        self.etag = f'"{secrets.token_urlsafe(12)}"'  # of this connection, for conditional requests
        self.ufrag = ""  # of the other end
        self._mid = ""  # of the section whose transport the others share
        self.sends = True
        self.connected = False
        self.heard_s = time.monotonic()
        self._turn = asyncio.Lock()  # one thing at a time is done to the connection
        self._turns = Tasks()
        self._closing: asyncio.Task[None] | None = None
        self._candidates = 0
        self._channels = 0
        self._control: Any = None
        self._rate = RateWindow(settings.limits.control_messages_per_s, 1.0)
        self._tasks = Tasks()
        self._ours: list[RTCRtpTransceiver] = []  # the camera's first
        # All offers are bundles. With MAX_BUNDLE aiortc stops the only transport where the first section is not ours.
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.BALANCED))
        self._pc.on("track", self._take_track)
        self._pc.on("datachannel", self._take_channel)
        self._pc.on("connectionstatechange", self._state_changed)

    async def answer(self, offer: CheckedOffer) -> str:
        """Take an offer, return the answer with all our candidates.  Raises OfferRefused, TryLater."""
        self._candidates, self.ufrag, self._mid = offer.candidates, offer.ufrag, offer.mid
        self._add_camera(offer.direction)
        answer = await self._to_its_end(self._agree(offer.sdp))
        if self._closing:
            raise TryLater("session.ended", "This session ended at this moment. Try again.", retry_s=1)
        self._tasks.spawn(self._close_if_half_open())
        return answer

    def _add_camera(self, direction: str) -> None:
        self.sends = direction in ("sendrecv", "sendonly")
        if direction:
            camera = self._add_transceiver(self.track if self.sends else "video", direction)
            rtc.end_on_attack(camera, lambda: self._end("picture_size"))

    def _add_transceiver(self, track: MediaStreamTrack | str, direction: str) -> RTCRtpTransceiver:
        transceiver = self._pc.addTransceiver(track, direction)
        transceiver.setCodecPreferences(self._codecs())
        self._ours.append(transceiver)
        rtc.echo_capture(transceiver, self._ours[0])
        return transceiver

    async def _to_its_end(self, work: Awaitable[T]) -> T:
        """Return what `work` does, in its turn: cut off while it opens or stops sockets, aiortc forgets them."""

        async def in_turn() -> T:
            async with self._turn:
                return await work

        return await asyncio.shield(self._turns.spawn(in_turn()))

    async def _agree(self, sdp: str) -> str:
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            for other in self._pc.getTransceivers():
                if other not in self._ours:
                    other.direction = "inactive"  # audio: nobody here listens
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except OperationError:
            raise OfferRefused("offer.codecs", "No codec in common: VP8, or H264 with packetization-mode=1.") from None
        except Exception as error:
            # aiortc's parser raises what its lines happen to raise: IndexError, AssertionError, KeyError, ...
            log.info("offer refused by the parser", kind=type(error).__name__)
            raise OfferRefused("offer.malformed", "The offer cannot be read.") from None
        return munge_answer(str(self._pc.localDescription.sdp), self._settings)

    async def add_candidate(self, candidate: schema.IceCandidate | None) -> None:
        """Add a trickled candidate.  Raises OfferRefused."""
        if candidate is None or not candidate.candidate or self._closing:
            return
        self._candidates += 1
        if self._candidates > self._settings.limits.candidates_max:
            raise OfferRefused("candidate.many", f"More than {self._settings.limits.candidates_max} candidates.")
        text = check_candidate(candidate.candidate)
        if text is None:
            return
        try:
            parsed = candidate_from_sdp(text)
            parsed.sdpMid = self._mid
            await self._pc.addIceCandidate(parsed)
        except Exception as error:
            log.info("candidate refused by the parser", kind=type(error).__name__)
            raise OfferRefused("candidate.malformed", "The candidate cannot be read.") from None

    @property
    def reached_s(self) -> float | None:
        """When the last datagram of the other end came, be it ICE's or RTCP's; None: not known."""
        return rtc.heard_s(self._ours[0]) if self._ours else None

    def send(self, message: BaseModel) -> None:
        """Send on the control channel, if it is open."""
        if self._control is not None and self._control.readyState == "open":
            self._control.send(message.model_dump_json())

    async def close(self) -> None:
        """End the connection; idempotent, and carried out to its end whoever is cancelled while they wait for it."""
        if self._closing is None:
            self.outbox.close()
            for task in self._tasks - {asyncio.current_task()}:
                task.cancel()
            self._closing = asyncio.create_task(self._take_apart())
        await asyncio.shield(self._closing)

    async def _take_apart(self) -> None:
        async with self._turn:
            with contextlib.suppress(Exception):  # a half-built connection cannot always be taken apart in order
                await self._pc.close()

    def _codecs(self) -> list[RTCRtpCodecCapability]:
        order = CODEC_ORDER[self._settings.media.prefer_codec]
        found = RTCRtpSender.getCapabilities("video").codecs
        preferred = [codec for name in order for codec in found if codec.mimeType == name]
        return preferred + [codec for codec in found if codec not in preferred]

    def _end(self, reason: str) -> None:
        if not self._closing:
            self._on_end(reason)

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected":
            self.connected = True
        elif state in ("failed", "closed"):
            self._end("peer_" + state)

    async def _close_if_half_open(self) -> None:
        await asyncio.sleep(self._settings.session.connect_s)
        if not self.connected:
            self._end("not_connected")

    def _take_track(self, track: Any) -> None:
        if track.kind == "video":
            self._tasks.spawn(self._receive(track))

    async def _receive(self, track: Any) -> None:
        try:
            while True:
                frame = await track.recv()
                self.heard_s = time.monotonic()
                self._on_frame(frame)
        except MediaStreamError:
            self._end("camera_ended")

    def _take_channel(self, channel: Any) -> None:
        self._channels += 1
        if self._channels > self._settings.limits.channels_max or channel.label != CONTROL_LABEL or self._control:
            channel.close()
            return
        self._control = channel
        channel.on("message", self._take_message)
        self._on_open()

    def _take_message(self, text: str | bytes) -> None:
        self.heard_s = time.monotonic()
        limit = self._settings.limits.control_message_kib * 1024
        size = len(text) if isinstance(text, bytes) else len(text.encode())
        if isinstance(text, bytes) or size > limit or not self._rate.allow(self.heard_s):
            log.info("control channel closed", size=size)
            self._control.close()
            return
        try:
            message = schema.parse_control(text)
        except MessageRefused as refused:
            self.send(schema.Error(code=refused.code, message=refused.message))
            return
        self._on_control(message)


def munge_answer(sdp: str, settings: Settings) -> str:
    """Name our limits in the answer: message size, and the bit rates a libwebrtc sender shall begin and stay with.

    Without x-google-start-bitrate a phone begins near 300 kbit/s and stays blurry for seconds.
    """
    media = settings.media
    rates = (
        f"x-google-start-bitrate={media.start_kbps};x-google-min-bitrate={media.min_kbps};"
        f"x-google-max-bitrate={media.max_kbps}"
    )
    lines = sdp.split("\r\n")
    with_parameters = {line.removeprefix("a=fmtp:").split()[0] for line in lines if line.startswith("a=fmtp:")}
    munged: list[str] = []
    for line in lines:
        payload, _, codec = line.removeprefix("a=rtpmap:").partition(" ")
        if line.startswith("a=max-message-size:"):
            line = f"a=max-message-size:{settings.limits.control_message_kib * 1024}"
        elif line.startswith("a=fmtp:") and "apt=" not in line:
            line = f"{line};{rates}"
        munged.append(line)
        if line.startswith("a=rtpmap:") and codec.startswith("VP8/") and payload not in with_parameters:
            munged.append(f"a=fmtp:{payload} {rates}")
    return "\r\n".join(munged)
