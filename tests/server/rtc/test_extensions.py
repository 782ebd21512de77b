from __future__ import annotations

import aiortc.rtp
import pytest
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import RtpPacket, wrap_rtx

from server.rtc.extensions import (
    CAPTURE_TIME,
    PLAYOUT_DELAY,
    TICKS_PER_S,
    CaptureClock,
    CaptureTime,
    Extensions,
    ExtensionsMap,
    negotiate,
)

MID, SEND_TIME = "urn:ietf:params:rtp-hdrext:sdes:mid", "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
NOON = CaptureTime(0xEB1C_0000_8000_0000)


def agreed(*uris: str) -> ExtensionsMap:
    """A map whose ids are 1, 2, ... in the order of `uris`."""
    extensions = ExtensionsMap()
    numbered = [RTCRtpHeaderExtensionParameters(id=i, uri=uri) for i, uri in enumerate(uris, 1)]
    extensions.configure(RTCRtpParameters(headerExtensions=numbered))
    return extensions


def packet() -> RtpPacket:
    made = RtpPacket(payload_type=97, sequence_number=7, timestamp=9000, ssrc=1, payload=b"picture")
    made.extensions = Extensions(mid="0", abs_send_time=0x123456)
    return made


@pytest.mark.parametrize("offset", [None, 0, -(1 << 31), 1 << 40])
def test_stamped_packet_tells_playout_delay_and_capture_time_beside_aiortc_s_own(
    offset: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiortc.rtp, "HeaderExtensions", Extensions)
    extensions = agreed(MID, SEND_TIME, PLAYOUT_DELAY, CAPTURE_TIME)
    taken = CaptureTime(NOON.ntp, offset)
    extensions.stamp_next((0, 0), taken)
    wire = packet().serialize(extensions)
    assert b"\x32\x00\x00\x00" in wire, "id 3, three bytes: at least 0, at most 0"
    read = RtpPacket.parse(wire, extensions)
    assert (read.extensions.mid, read.extensions.abs_send_time) == ("0", 0x123456)
    assert isinstance(read.extensions, Extensions)
    assert read.extensions.capture_time == taken
    assert read.payload == b"picture"


def test_delay_is_packed_in_twelve_bits_each() -> None:
    extensions = agreed(PLAYOUT_DELAY)
    extensions.stamp_next((1, 0x234), None)
    assert extensions.set(Extensions())[1] == b"\x12\x00\x12\x34"


def test_only_the_next_packet_is_stamped_and_keeps_its_stamp_when_sent_again() -> None:
    extensions = agreed(MID, SEND_TIME, PLAYOUT_DELAY, CAPTURE_TIME)
    first, second = packet(), packet()
    extensions.stamp_next((0, 0), NOON)
    wires = [first.serialize(extensions), second.serialize(extensions)]
    assert len(wires[0]) > len(wires[1])
    extensions.stamp_next((0, 0), NOON.after(3000))
    packet().serialize(extensions)
    assert first.serialize(extensions) == wires[0]
    assert bytes(NOON) in wrap_rtx(first, 98, 1, 2).serialize(extensions)


def test_nothing_is_written_that_was_not_agreed_on() -> None:
    extensions, stock = agreed(MID, SEND_TIME), packet()
    extensions.stamp_next((0, 0), NOON)
    plain = agreed(MID, SEND_TIME)
    assert stock.serialize(extensions) == packet().serialize(plain)


@pytest.mark.parametrize("value", [b"1", b"1234567", bytes(9), bytes(15)])
def test_capture_time_of_another_length_is_none(value: bytes) -> None:
    assert CaptureTime.parse(value) is None


def test_capture_time_is_read_back() -> None:
    for taken in (NOON, CaptureTime(NOON.ntp, -5)):
        assert CaptureTime.parse(bytes(taken)) == taken


def test_clock_tells_the_frames_between_two_told_ones_across_the_turn_of_the_timestamp() -> None:
    clock = CaptureClock()
    assert clock.at(0) is None
    clock.hear(0xFFFF_FF00, NOON)
    assert clock.at(0xFFFF_FF00) == NOON
    assert clock.at(0xFFFF_FF00 + TICKS_PER_S & 0xFFFF_FFFF) == CaptureTime(NOON.ntp + (1 << 32))
    assert clock.at(0xFFFF_FF00 - TICKS_PER_S) == CaptureTime(NOON.ntp - (1 << 32))
    assert clock.at(0xFFFF_FF00 + 6 * TICKS_PER_S & 0xFFFF_FFFF) is None


def test_descriptions_name_what_is_wanted_and_nothing_twice() -> None:
    negotiate(set())  # whatever ran before in this process may have named some
    stock = [ext.uri for ext in HEADER_EXTENSIONS["video"]]
    try:
        for wanted in ({PLAYOUT_DELAY}, {PLAYOUT_DELAY, CAPTURE_TIME}, {CAPTURE_TIME}):
            negotiate(wanted)
            named = [ext.uri for ext in HEADER_EXTENSIONS["video"]]
            assert named[: len(stock)] == stock
            assert set(named[len(stock) :]) == wanted
            assert len({ext.id for ext in HEADER_EXTENSIONS["video"]}) == len(named)
    finally:
        negotiate(set())
    assert [ext.uri for ext in HEADER_EXTENSIONS["video"]] == stock
