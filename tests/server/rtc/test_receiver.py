from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import aiortc.rtcrtpreceiver
import pytest
from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtp import RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpRtpfbPacket

from server.rtc import install, uninstall
from server.rtc.decoders import LowDelayH264Decoder
from server.rtc.receiver import PRIVATE, SENDER_RTT, Receiver
from server.settings import MediaSettings
from tests.server.rtc.calls import Call, call
from tests.server.rtc.wire import Impairment, Wire, rtp

CODECS = ("video/H264", "video/VP8")
SHORT = Impairment(delay_s=0.01)


@pytest.fixture
def ours() -> Iterator[Callable[..., tuple[str, ...]]]:
    yield lambda **switches: install(MediaSettings(**switches))
    uninstall()


class Ear:
    """Counts what a call's receiver asks for."""

    def __init__(self, running: Call) -> None:
        self.nacks: list[list[int]] = []
        self.plis: list[float] = []
        self._send = running.receiver._send_rtcp
        running.receiver._send_rtcp = self._hear

    async def _hear(self, packet: Any) -> None:
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self.nacks.append(list(packet.lost))
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_PLI:
            self.plis.append(time.monotonic())
        await self._send(packet)


class Thief:
    """Takes the next live packet off the wire, and the first `retransmissions` of it."""

    def __init__(self, wire: Wire, retransmissions: int = 0) -> None:
        live = next(found for data in wire.up.seen if (found := rtp(data)))
        self._live, self._left = live[3], retransmissions
        self.taken: int | None = None
        wire.up.lose = self

    def __call__(self, data: bytes) -> bool:
        packet = rtp(data)
        if packet is None:
            return False
        if packet[3] == self._live:
            first = self.taken is None
            self.taken = packet[1] if first else self.taken
            return first
        self._left -= 1
        return self._left >= 0


def missing(running: Call) -> set[int]:
    """Frames between the first and the last seen that were not."""
    numbers = [number for _, number in running.seen]
    return set(range(numbers[0], numbers[-1])) - set(numbers)


@pytest.mark.parametrize("codec", CODECS)
async def test_lost_packet_is_asked_for_until_it_comes(ours: Any, codec: str) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire, codec) as running:
        await running.frames(5)
        ear, thief = Ear(running), Thief(wire, retransmissions=1)
        await running.frames(25)
        assert [thief.taken] in ear.nacks
        assert ear.nacks.count([thief.taken]) >= 2
        assert ear.plis == []
        assert len(missing(running)) == running.receiver.track._queue.dropped, "all came, if late"


@pytest.mark.parametrize("codec", CODECS)
async def test_packet_that_never_comes_is_given_up_for_a_key_picture(ours: Any, codec: str) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire, codec) as running:
        await running.frames(5)
        ear = Ear(running)
        Thief(wire, retransmissions=10**6)
        await running.frames(30)
        assert len(ear.plis) >= 1
        numbers = [number for _, number in running.seen]
        assert numbers == sorted(numbers)
        assert 1 <= len(missing(running)) <= 45, "1.5 s; aiortc itself waits until 512 packets have passed"
        assert running.receiver._queue.dropped.undecodable <= len(missing(running))
        assert not running.receiver._queue.shut


async def test_stock_receiver_stands_still_where_ours_goes_on() -> None:
    uninstall()
    wire = Wire(SHORT)
    async with call(wire) as running:
        await running.frames(5)
        assert type(running.receiver) is RTCRtpReceiver
        Thief(wire, retransmissions=10**6)
        await running.until(lambda: running.track.number > running.newest + 40)


async def test_key_picture_is_asked_for_until_one_comes_but_not_with_every_packet(ours: Any) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire, fps=60) as running:
        await running.frames(20)  # the encoder has found its pace: no key picture comes by itself
        ear = Ear(running)
        wire.down.lose = lambda data: rtp(data) is None and data[0] > 127  # no RTCP reaches the sender
        Thief(wire)
        await running.until(lambda: len(ear.plis) >= 3)
        before = running.newest
        assert running.track.number > before + 20
        gaps = [b - a for a, b in zip(ear.plis, ear.plis[1:], strict=False)]
        assert min(gaps) >= 0.19
        wire.down.lose = lambda data: False
        await running.frames(5)
        assert running.receiver._queue.dropped.undecodable > 10
        assert running.newest > before + 20


async def test_gap_of_an_outage_ends_with_the_first_packets_after_it(ours: Any) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire) as running:
        await running.frames(5)
        ear, wire.up.lose = Ear(running), lambda data: True
        await asyncio.sleep(1.5)
        wire.up.lose = lambda data: False
        before = running.newest
        await running.frames(3, seconds=5)
        assert running.newest > before + 30
        assert len(ear.plis) <= 5


async def test_picture_larger_than_allowed_is_not_shown_and_a_key_picture_asked_for(ours: Any) -> None:
    ours(received_side_max_px=160)
    running_wire = Wire(SHORT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2), call(running_wire):
            pass
    assert "key_frame_guard" not in ours(key_frame_guard=False, received_side_max_px=160)
    async with call(Wire(SHORT)) as running:
        await running.frames(5)


@pytest.mark.parametrize("loss", [0.05, 0.2])
async def test_picture_goes_on_through_losses_in_both_directions(ours: Any, loss: float) -> None:
    ours()
    wire = Wire(Impairment(delay_s=0.02), seed=5)
    async with call(wire) as running:
        await running.frames(10)
        wire.up.channel.impairment = wire.down.channel.impairment = Impairment(delay_s=0.02, loss=loss)
        await running.frames(30)
        numbers = [number for _, number in running.seen]
        assert numbers == sorted(set(numbers))
        wire.up.channel.impairment = wire.down.channel.impairment = Impairment(delay_s=0.02)
        await running.until(lambda: running.newest > running.track.number - 10)


async def test_reordered_and_doubled_packets_lose_no_picture(ours: Any) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire) as running:
        await running.frames(10)
        wire.up.channel.impairment = Impairment(delay_s=0.01, jitter_s=0.03, reorder=True, duplicate=0.1)
        await running.frames(40)
        wire.up.channel.impairment = SHORT
        await running.frames(10)
        assert len(missing(running)) <= 2 + running.receiver.track._queue.dropped


class SlowDecoder(LowDelayH264Decoder):
    def decode(self, encoded_frame: Any) -> Any:
        time.sleep(1.5)
        return super().decode(encoded_frame)


async def test_peer_that_leaves_a_slow_decoder_does_not_hold_up_the_others(
    ours: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours()
    monkeypatch.setattr(aiortc.rtcrtpreceiver, "get_decoder", lambda codec: SlowDecoder())
    threads = threading.active_count()
    longest_s = 0.0

    async def beat() -> None:
        nonlocal longest_s
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(0.01)
            longest_s = max(longest_s, time.monotonic() - before_s)

    async with call(Wire(SHORT)) as running:
        await running.until(lambda: running.track.number > 20)
        pulse = asyncio.ensure_future(beat())
        assert len(running.receiver._queue._waiting) > 2
    pulse.cancel()
    assert longest_s < 1, "one picture alone takes 1.5 s to decode"
    decoders = [thread for thread in threading.enumerate() if thread.name == "video-decoder"]
    assert decoders == []
    assert threading.active_count() <= threads + 16  # the loop's own executor


async def test_private_names_are_where_they_are_expected() -> None:
    receiver = Receiver("video", type("Transport", (), {"state": "new"})())
    assert receiver._handle_disconnect() is None
    assert all(hasattr(receiver, f"_RTCRtpReceiver__{name}") for name in PRIVATE)
    assert callable(getattr(RTCRtpReceiver, "_RTCRtpReceiver__stop_decoder"))  # noqa: B009 - a mangled name
    assert hasattr(RTCRtpSender("video", type("Transport", (), {"state": "new"})()), SENDER_RTT)
