"""aiortc's sender with our header extensions, paced key frames, thrifty retransmission and an executor of its own."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCEncodedFrame, RTCRtpSender
from aiortc.rtp import RtpPacket

from server.rtc.extensions import CaptureClock, CaptureTime, ExtensionsMap
from server.rtc.pacer import Bucket, PacedTransport
from server.settings import MediaSettings

AT_ONCE = (0, 0)  # playout delay: show the frame as soon as it is decoded
RTT_UNKNOWN_S, RTT_MIN_S, RTT_MAX_S = 0.05, 0.01, 0.5
stock_handle_rtp_packet = RTCRtpReceiver._handle_rtp_packet


@cache
def encoding_pool() -> ThreadPoolExecutor:
    """Return the threads that encode: one a core, and nobody else's files or name look-ups on them."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="encode")


class _EncodingLoop:
    """Stands where the sender keeps its event loop, of which it uses one method."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run_in_executor(self, _: None, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run `work` on the threads for encoding."""
        return self._loop.run_in_executor(encoding_pool(), work, *args)


class LowDelaySender(RTCRtpSender):
    """Each difference has its own switch in the settings; `install` puts this class in its place."""

    def __init__(self, media: MediaSettings, track_or_kind: Any, transport: Any) -> None:
        super().__init__(track_or_kind, transport)
        self._media = media
        self._resent: dict[int, tuple[int, float]] = {}  # (sequence number, when) by place in the history
        self._bucket = Bucket(media.max_kbps)
        self._captured: Callable[[int], CaptureTime | None] = lambda _: None
        self._private: Any = vars(self)
        if media.encoder_pool:
            self._private["_RTCRtpSender__loop"] = _EncodingLoop(asyncio.get_event_loop())

    @property
    def transport(self) -> Any:
        """The DTLS transport; for the task that sends frames, the paced way to it."""
        inner = super().transport
        sends_frames = asyncio.current_task() is self._private["_RTCRtpSender__rtp_task"]
        return PacedTransport(inner, self._bucket) if self._media.pace_frames and sends_frames else inner

    def echo_capture(self, captured: Callable[[int], CaptureTime | None]) -> None:
        """Let `captured` tell from a frame's time in 1/90000 s when it was filmed."""
        self._captured = captured

    async def _next_encoded_frame(self, codec: RTCRtpCodecParameters) -> RTCEncodedFrame | None:
        encoded = await super()._next_encoded_frame(codec)
        extensions = self._private["_RTCRtpSender__rtp_header_extensions_map"]
        if encoded is not None and self.kind == "video" and isinstance(extensions, ExtensionsMap):
            extensions.stamp_next(AT_ONCE, self._captured(encoded.timestamp))
        return encoded

    async def _retransmit(self, sequence_number: int) -> None:
        """Send a packet again, unless it was a round trip ago at most: the request crossed the packet on its way."""
        if self._media.resend_once_per_rtt and not self._due(sequence_number, time.monotonic()):
            return
        await super()._retransmit(sequence_number)

    def _due(self, sequence_number: int, now_s: float) -> bool:
        place = sequence_number % self._media.history_packets
        before, sent_s = self._resent.get(place, (-1, 0.0))
        rtt_s = self._private["_RTCRtpSender__rtt"] or RTT_UNKNOWN_S
        if before == sequence_number and now_s - sent_s < min(RTT_MAX_S, max(RTT_MIN_S, rtt_s)):
            return False
        self._resent[place] = sequence_number, now_s
        return True


async def hear_capture(self: RTCRtpReceiver, packet: RtpPacket, arrival_time_ms: int) -> None:
    """Note a capture time that a packet bears, then let the receiver take the packet."""
    told = getattr(packet.extensions, "capture_time", None)
    if told is not None:
        vars(self).setdefault("capture_clock", CaptureClock()).hear(packet.timestamp, told)
    await stock_handle_rtp_packet(self, packet, arrival_time_ms)


def echo_capture(transceiver: Any, camera: Any) -> None:
    """Let outgoing frames bear the capture times of those of the transceiver `camera` whose timestamps they keep."""
    sender, receiver = transceiver.sender, vars(camera.receiver)

    def captured(ticks: int) -> CaptureTime | None:
        origin = receiver["_RTCRtpReceiver__timestamp_mapper"]._origin
        clock: CaptureClock | None = receiver.get("capture_clock")
        return clock.at(ticks + origin & 0xFFFF_FFFF) if clock is not None and origin is not None else None

    if isinstance(sender, LowDelaySender):
        sender.echo_capture(captured)
