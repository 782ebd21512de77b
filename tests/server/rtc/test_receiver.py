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


async def test_key_picture_is_asked_for_until_one_comes_but_not_with_every_packet(ours: Any) -> None:
    ours()
    wire = Wire(SHORT)
    async with call(wire, fps=60) as running:
        await running.frames(5)
        ear = Ear(running)
        wire.down.lose = lambda data: rtp(data) is None and data[0] > 127  # no RTCP reaches the sender
        running.receiver._queue.shut = True  # as after a loss
        await running.until(lambda: len(ear.plis) >= 3)
        before = running.newest
        assert running.track.number > before + 20
        gaps = [b - a for a, b in zip(ear.plis, ear.plis[1:], strict=False)]
        assert min(gaps) >= 0.19
        wire.down.lose = lambda data: False
        await running.frames(5)
        assert running.receiver._queue.dropped.undecodable > 10
        assert running.newest > before + 20


async def test_picture_larger_than_allowed_is_not_shown_and_a_key_picture_asked_for(ours: Any) -> None:
    ours(received_side_max_px=160)
    running_wire = Wire(SHORT)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2), call(running_wire):
            pass
    assert "key_frame_guard" not in ours(key_frame_guard=False, received_side_max_px=160)
    async with call(Wire(SHORT)) as running:
        await running.frames(5)


class SlowDecoder(LowDelayH264Decoder):
    def decode(self, encoded_frame: Any) -> Any:
        time.sleep(0.4)
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
        await asyncio.sleep(0.5)
        pulse = asyncio.ensure_future(beat())
        assert len(running.receiver._queue._waiting) > 2
    pulse.cancel()
    assert longest_s < 0.3, "one picture alone takes 0.4 s to decode"
    decoders = [thread for thread in threading.enumerate() if thread.name == "video-decoder"]
    assert decoders == []
    assert threading.active_count() <= threads + 16  # the loop's own executor


async def test_private_names_are_where_they_are_expected() -> None:
    receiver = Receiver("video", type("Transport", (), {"state": "new"})())
    assert receiver._handle_disconnect() is None
    assert all(hasattr(receiver, f"_RTCRtpReceiver__{name}") for name in PRIVATE)
    assert callable(getattr(RTCRtpReceiver, "_RTCRtpReceiver__stop_decoder"))  # noqa: B009 - a mangled name
    assert hasattr(RTCRtpSender("video", type("Transport", (), {"state": "new"})()), SENDER_RTT)
