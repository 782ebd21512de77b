"""aiortc's receiver, made to get over losses: asks again, gives up in time, asks for a key picture until one comes.

One class in the place of RTCRtpReceiver; what it does beyond stock is switched in `[media]`. It reaches into private
names of aiortc 1.16, which `install` guards: PRIVATE and SENDER_RTT.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiortc.codecs import is_rtx
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket

from server.rtc.decoding import Count, DecoderQueue, uncounted
from server.rtc.feedback import Arrivals
from server.rtc.headers import begins_key_picture
from server.rtc.losses import Losses, RoundTrip
from server.rtc.skip import find_key, skip_past, skip_to
from server.settings import MediaSettings

PLI_INTERVAL_S = 0.2  # or a round trip, if that is longer
PLI_PATIENCE_S = 1.0  # while a key picture is arriving
SILENCE_S = 1.0  # without packets for so long nothing is asked for: the next one wakes us
PRIVATE = ("codecs", "decoder_queue", "decoder_thread", "jitter_buffer", "nack_generator", "timestamp_mapper")
SENDER_RTT = "_RTCRtpSender__rtt"


class Receiver(RTCRtpReceiver):
    """A video receiver that does not freeze; for audio it is aiortc's own.  Runs on one event loop."""

    media = MediaSettings()  # both replaced by `install`
    count: Count = staticmethod(uncounted)

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        media = self.media
        self._is_video = kind == "video"
        self._round_trip = RoundTrip()
        self._losses: Losses | None = None
        self._media_ssrc = 0
        self._stopped = False
        self._codec: Any = None
        self._heard_s = 0.0
        self._asked_key_s: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue = DecoderQueue(
            media.received_side_max_px if media.key_frame_guard else None, media.bounded_decoding, media.key_frame_gate,
            self.count,
        )  # fmt: skip
        if self._is_video:
            self._put("decoder_queue", self._queue)
        if self._is_video and media.nack_timer:
            deadline_s = media.loss_deadline_ms / 1000
            self._losses = Losses(time.monotonic, self._round_trip, deadline_s, media.loss_deadline_rtts)
            self._put("nack_generator", self._losses)

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin, unless the connection was closed while it was made: nobody would end it."""
        if not self._stopped:
            await super().receive(parameters)

    async def stop(self) -> None:
        """End; the decoder's thread has ended then, without having held up the event loop."""
        self._stopped = True
        if self._alarm:
            self._alarm.cancel()
        await super().stop()
        self._is_video = False  # nothing is attended to any more
        await asyncio.gather(*self._tasks, return_exceptions=True)  # what fails in them does not keep sockets open

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if not (self._is_video and self._enabled):
            await super()._handle_rtp_packet(packet, arrival_time_ms)
            return
        self._heard_s = time.monotonic()
        if self.media.rate_control:
            await self._tell_arrival(packet)
        codec = self._get("codecs").get(packet.payload_type)
        repeated = codec is not None and is_rtx(codec)
        if codec is not None and not repeated:
            self._media_ssrc, self._codec = packet.ssrc, codec
        if self._losses:
            self._losses.retransmission = repeated
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        if self._codec is not None:
            await self._attend()

    async def _tell_arrival(self, packet: RtpPacket) -> None:
        """Tell now and then what arrived, where packets are numbered; the sender's controller needs no REMB then."""
        number, ssrc = packet.extensions.transport_sequence_number, self._get("rtcp_ssrc")
        if number is None:
            return
        self._put("remote_bitrate_estimator", None)
        arrivals: Arrivals = vars(self.transport).setdefault("arrivals", Arrivals())  # numbers are the transport's
        arrivals.add(number, self._heard_s)
        if ssrc is not None and (message := arrivals.report(ssrc, packet.ssrc, self._heard_s)) is not None:
            await self._send_rtcp(message)

    async def _send_rtcp_pli(self, media_ssrc: int) -> None:
        """A picture is lost: nothing goes to the decoder until a key picture does."""
        if not (self._is_video and self.media.key_frame_gate):
            await super()._send_rtcp_pli(media_ssrc)
            return
        self._queue.shut = True
        await self._ask_for_key()

    async def _attend(self) -> None:
        """Do what the moment asks for, and come again when the next is due."""
        if self._losses and (self._queue.shut or not self._losses.idle):
            self._round_trip.reported_s, self._round_trip.checked_s = self._reported_rtt_s(), self._checked_rtt_s()
            await self._leave_gaps(self._losses)
            if wanted := self._losses.due():
                self.count("asked_again", len(wanted))
                await self._send_rtcp_nack(self._media_ssrc, wanted)
        if self._queue.shut:
            await self._ask_for_key()
        self._set_alarm()

    async def _leave_gaps(self, losses: Losses) -> None:
        """Jump to a key picture that is whole, else over what has been waited for too long."""
        buffer = self._get("jitter_buffer")
        if whole := find_key(buffer, self._begins_key)[0]:
            losses.forget_to(skip_to(buffer, whole))
        elif (lost := losses.given_up()) is not None:
            self.count("given_up", losses.lost)
            skip_past(buffer, lost, self._begins_key)
            await self._send_rtcp_pli(self._media_ssrc)
        else:
            return
        frame = buffer._remove_frame(0)
        if frame is not None and self._get("decoder_thread"):
            frame.timestamp = self._get("timestamp_mapper").map(frame.timestamp)
            self._queue.put((self._codec, frame))

    async def _ask_for_key(self) -> None:
        """Send a PLI, not too often; while a key picture arrives it is waited for."""
        now_s = time.monotonic()
        if self._asked_key_s is not None and now_s - self._asked_key_s < PLI_INTERVAL_S:
            return
        arriving = find_key(self._get("jitter_buffer"), self._begins_key)[1]
        if self._asked_key_s is None and arriving:
            self._asked_key_s = now_s  # the first one comes unasked
        wait_s = PLI_PATIENCE_S if arriving else max(PLI_INTERVAL_S, self._round_trip.seconds)
        if self._asked_key_s is None or now_s - self._asked_key_s >= wait_s:
            self._asked_key_s = now_s
            self.count("key_frame_asked", 1)
            await super()._send_rtcp_pli(self._media_ssrc)

    def _set_alarm(self) -> None:
        now_s = time.monotonic()
        times = [self._losses.next_s] if self._losses and self._losses.next_s is not None else []
        if self._queue.shut and now_s - self._heard_s < SILENCE_S:
            times.append(now_s + PLI_INTERVAL_S / 4)
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        if times:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(max(0.001, min(times) - now_s), self._ring)

    def _ring(self) -> None:
        if self._is_video:
            self._spawn(self._attend())

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begins_key(self, packet: RtpPacket) -> bool:
        return begins_key_picture(self._codec.name, packet._data)  # type: ignore[attr-defined]

    def _reported_rtt_s(self) -> float | None:
        """Return the round trip that RTCP told a sender of the same connection."""
        senders = self.transport._rtp_router.senders.values()
        return next((rtt for sender in senders if (rtt := getattr(sender, SENDER_RTT, None))), None)

    def _checked_rtt_s(self) -> float | None:
        """Return the round trip that ICE's checks told, where `source_filter` times them."""
        pairs = self.transport.transport._connection._nominated.values()
        return next((getattr(pair.protocol, "rtt_s", None) for pair in pairs), None)

    def _get(self, name: str) -> Any:
        return getattr(self, f"_RTCRtpReceiver__{name}")

    def _put(self, name: str, value: object) -> None:
        setattr(self, f"_RTCRtpReceiver__{name}", value)

    def _RTCRtpReceiver__stop_decoder(self) -> None:
        """In the place of aiortc's, which joins the thread on the event loop."""
        thread = self._get("decoder_thread")
        if thread is not None:
            self._put("decoder_thread", None)
            self._get("decoder_queue").put(None)
            self._spawn(asyncio.to_thread(thread.join))


def end_on_attack(transceiver: Any, end: Callable[[], None]) -> None:
    """Call `end` at the third picture that claims to be larger than is allowed."""
    if isinstance(transceiver.receiver, Receiver):
        transceiver.receiver._queue.on_attack = end
