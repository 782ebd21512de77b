from __future__ import annotations

import pytest
from aiortc.rtp import RtcpPacket, RtcpRtpfbPacket
from hypothesis import given
from hypothesis import strategies as st

from server.rtc.feedback import FMT, SPAN_MAX, Arrivals, TransportFeedback

TICK = st.one_of(st.none(), st.integers(0, 60_000))


def read(packet: TransportFeedback) -> TransportFeedback:
    parsed = TransportFeedback.parse(bytes(packet)[4:], FMT)
    assert isinstance(parsed, TransportFeedback)
    return parsed


@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.lists(TICK, min_size=1, max_size=60), st.integers(0, 2000))
def test_message_says_what_was_written(base: int, count: int, ticks: list[int | None], first: int) -> None:
    shifted = [first, *(None if tick is None else first + tick % 30_000 for tick in ticks)]
    wrote = TransportFeedback(fmt=FMT, ssrc=1, media_ssrc=2, base=base, count=count, ticks=shifted)
    assert len(bytes(wrote)) % 4 == 0
    assert read(wrote) == wrote


@given(st.binary(max_size=80))
def test_broken_message_is_a_value_error(data: bytes) -> None:
    try:
        TransportFeedback.parse(data, FMT)
    except ValueError:
        pass


def test_message_of_the_draft_s_layout_is_read() -> None:
    # base 5, three packets, reference 2 x 64 ms, message 7; a vector of one-bit symbols: received, not, received
    data = bytes.fromhex("00000001 00000002 0005 0003 000002 07 a800 04 08")
    message = TransportFeedback.parse(data, FMT)
    assert isinstance(message, TransportFeedback)
    assert (message.base, message.count, message.ticks) == (5, 7, [516, None, 524])


def test_negative_reference_time_is_signed() -> None:
    data = bytes.fromhex("00000001 00000002 0005 0001 ffffff 00 2001 00")
    message = TransportFeedback.parse(data, FMT)
    assert isinstance(message, TransportFeedback)
    assert message.ticks == [-256]


def test_claim_of_too_many_packets_is_refused() -> None:
    data = bytes.fromhex(f"00000001 00000002 0005 {SPAN_MAX + 1:04x} 000002 07 1fff")
    with pytest.raises(ValueError, match="too many"):
        TransportFeedback.parse(data, FMT)


def test_lists_of_lost_packets_stay_aiortc_s() -> None:
    nack = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=2, lost=[5, 7])
    assert TransportFeedback.parse(bytes(nack)[4:], 1) == nack
    assert RtcpPacket.parse(bytes(nack)) == [nack]


def test_arrivals_are_told_once_an_interval_with_the_gaps_between() -> None:
    arrivals = Arrivals()
    arrivals.add(0xFFFF, 10.0)
    first = arrivals.report(1, 2, 10.0)
    assert first is not None
    assert (first.base, first.ticks) == (0xFFFF, [40_000])
    arrivals.add(1, 10.02)
    assert arrivals.report(1, 2, 10.05) is None
    second = arrivals.report(1, 2, 10.2)
    assert second is not None
    assert (second.base, second.ticks, second.count) == (0, [None, 40_080], 2)
    assert arrivals.report(1, 2, 10.3) is None


def test_late_packet_is_told_of_after_all() -> None:
    arrivals = Arrivals()
    for number in (1, 2, 4):
        arrivals.add(number, 1.0)
    assert arrivals.report(1, 2, 1.0) is not None
    arrivals.add(3, 1.05)
    arrivals.add(5, 1.06)
    late = arrivals.report(1, 2, 1.2)
    assert late is not None
    assert (late.base, late.ticks) == (3, [4200, None, 4240])
