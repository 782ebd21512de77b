"""aiortc's sender with our header extensions, rate control, paced key frames and thrifty retransmission."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import Any

from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpSendParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCEncodedFrame, RTCRtpSender
from aiortc.rtp import AnyRtcpPacket, RtpPacket

from server.rtc.control import RateController, SentPackets
from server.rtc.extensions import CaptureClock, CaptureTime, ExtensionsMap
from server.rtc.feedback import TransportFeedback
from server.rtc.pacer import Bucket, PacedTransport
from server.rtc.protection import Protection
from server.settings import MediaSettings

AT_ONCE = (0, 0)  # playout delay: show the frame as soon as it is decoded
RTT_UNKNOWN_S, RTT_MIN_S, RTT_MAX_S = 0.05, 0.01, 0.5
SHARE_S, SHARE_LEAST = 1.0, 0.4
COPY_AFTER_S = 0.008  # what loses a packet often loses the next as well
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


class PictureShare:
    """How much of what is sent is picture, and not headers and repeated packets, over the last second."""

    def __init__(self) -> None:
        self._sums: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])  # (when, bytes of picture, bytes on the wire)

    def book(self, picture: int, wire_total: int, now_s: float) -> float:
        """Add a frame's bytes, with all that was ever sent; return the share."""
        self._sums.append((now_s, self._sums[-1][1] + picture, wire_total))
        while len(self._sums) > 2 and now_s - self._sums[0][0] > SHARE_S:
            self._sums.popleft()
        (_, picture_before, wire_before), (_, picture_now, wire_now) = self._sums[0], self._sums[-1]
        return min(1.0, max(SHARE_LEAST, (picture_now - picture_before) / max(1, wire_now - wire_before)))


class LowDelaySender(RTCRtpSender):
    """Each difference has its own switch in the settings; `install` puts this class in its place."""

    def __init__(self, media: MediaSettings, track_or_kind: Any, transport: Any) -> None:
        super().__init__(track_or_kind, transport)
        self._media = media
        self._resent: dict[int, tuple[int, float]] = {}  # (sequence number, when) by place in the history
        self._bucket = Bucket(media.max_kbps)
        self._stopped = False
        self._protection = Protection()
        self._frame: list[int] = []  # sequence numbers of the frame that is being sent
        self._copying: set[asyncio.Task[None]] = set()
        self._captured: Callable[[int], CaptureTime | None] = lambda _: None
        self._private: Any = vars(self)
        self._sent, self._share = SentPackets(), PictureShare()
        self._control = RateController(*(1000.0 * kbps for kbps in (media.min_kbps, media.start_kbps, media.max_kbps)))
        if media.encoder_pool:
            self._private["_RTCRtpSender__loop"] = _EncodingLoop(asyncio.get_event_loop())

    @property
    def transport(self) -> Any:
        """The DTLS transport, or the way to it: paced for the task that sends frames, booked for all."""
        inner = super().transport
        sends_frames = asyncio.current_task() is self._private["_RTCRtpSender__rtp_task"]
        bucket = self._bucket if self._media.pace_frames and sends_frames else None
        extensions = self._private["_RTCRtpSender__rtp_header_extensions_map"]
        number = extensions.take_number() if isinstance(extensions, ExtensionsMap) else None
        if bucket is None and number is None:
            return inner
        on_sent = None if number is None else partial(self._book, number, sends_frames)
        return PacedTransport(inner, bucket, on_sent)

    def echo_capture(self, captured: Callable[[int], CaptureTime | None]) -> None:
        """Let `captured` tell from a frame's time in 1/90000 s when it was filmed."""
        self._captured = captured

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin to send, unless the connection was closed while it was made: nobody would end it.

        Packets are numbered where the other end tells which arrived.
        """
        if self._stopped:
            return
        await super().send(parameters)
        extensions = self._private["_RTCRtpSender__rtp_header_extensions_map"]
        if self._media.rate_control and self.kind == "video" and isinstance(extensions, ExtensionsMap):
            extensions.number_with(self._sent.next_number)
            # the messages may name either of our streams
            super().transport._rtp_router.register_sender(self, ssrc=self._rtx_ssrc)

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        if not isinstance(packet, TransportFeedback):
            await super()._handle_rtcp_packet(packet)
            return
        now_s = time.monotonic()
        if self._sent.is_silent(now_s):
            self._sent.forget()
            self._control.restart()
        acked, lost = self._sent.take(packet, now_s)
        self._control.take(acked, lost, self._sent.bps, now_s)
        if self._media.send_twice:
            self._protection.update(len(acked), lost, self._control.standing_s, self._control.bps, now_s)

    def _book(self, number: int, sends_frames: bool, data: bytes) -> None:
        self._sent.add(number, len(data), time.monotonic())
        if sends_frames:  # repeated packets have the same SSRC where there is no RTX
            self._frame.append(int.from_bytes(data[2:4], "big"))

    async def _copy(self, sequence_numbers: list[int]) -> None:
        await asyncio.sleep(COPY_AFTER_S)
        with suppress(ConnectionError):
            for sequence_number in sequence_numbers:
                if self._due(sequence_number, time.monotonic()):
                    await super()._retransmit(sequence_number)

    async def stop(self) -> None:
        """End."""
        self._stopped = True
        for task in self._copying:
            task.cancel()
        await super().stop()

    async def _next_encoded_frame(self, codec: RTCRtpCodecParameters) -> RTCEncodedFrame | None:
        sent, self._frame = self._frame, []
        if sent and self._protection.on:
            task = asyncio.ensure_future(self._copy(sent))
            self._copying.add(task)
            task.add_done_callback(self._copying.discard)
        encoded = await super()._next_encoded_frame(codec)
        extensions = self._private["_RTCRtpSender__rtp_header_extensions_map"]
        if encoded is not None and self.kind == "video" and isinstance(extensions, ExtensionsMap):
            extensions.stamp_next(AT_ONCE, self._captured(encoded.timestamp))
            self._lead(sum(map(len, encoded.payloads)))
        return encoded

    def _lead(self, size: int) -> None:
        """Tell the encoder its rate for the next frame, after one of `size` bytes."""
        now_s = time.monotonic()
        share = self._share.book(size, self._sent.bytes, now_s)
        if self._sent.is_silent(now_s):
            self._control.slow_down(now_s)
        rate = getattr(self._private["_RTCRtpSender__encoder"], "rate", None)
        if self._control.heard and rate is not None:
            rate.lead(share * self._control.bps)

    async def _retransmit(self, sequence_number: int) -> None:
        """Send a packet again, unless it was a round trip ago at most: the request crossed the packet on its way."""
        now_s = time.monotonic()
        if self._media.resend_once_per_rtt and not self._due(sequence_number, now_s):
            return
        if self._media.rate_control and not self._control.may_repeat(self._size_of(sequence_number), now_s):
            return
        await super()._retransmit(sequence_number)

    def _size_of(self, sequence_number: int) -> int:
        packet = self._private["_RTCRtpSender__rtp_history"].get(sequence_number % self._media.history_packets)
        return len(packet.payload) if packet is not None else 0

    def _due(self, sequence_number: int, now_s: float) -> bool:
        place = sequence_number % self._media.history_packets
        before, sent_s = self._resent.get(place, (-1, 0.0))
        rtt_s = self._control.round_trip_s or self._private["_RTCRtpSender__rtt"] or RTT_UNKNOWN_S
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
