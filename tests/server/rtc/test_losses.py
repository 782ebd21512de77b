from __future__ import annotations

import random

import pytest
from aiortc.rtp import RtpPacket

from server.rtc.losses import ASKED_MAX, ASSUMED_RTT_S, RTT_MAX_S, RTT_MIN_S, Losses, RoundTrip


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tracker(clock: Clock, rtt_s: float = 0.05, rtts: float = 4) -> Losses:
    round_trip = RoundTrip()
    round_trip.sample(rtt_s)
    return Losses(clock, round_trip, 0.1, rtts)


def hear(losses: Losses, *numbers: int, retransmission: bool = False) -> None:
    losses.retransmission = retransmission
    for number in numbers:
        assert not losses.add(RtpPacket(sequence_number=number & 0xFFFF))


def test_gap_is_asked_for_at_once_and_again_each_round_trip(clock: Clock) -> None:
    losses = tracker(clock)
    hear(losses, 65_533, 65_534, 1)
    assert losses.due() == [65_535, 0]
    assert losses.due() == []
    asked = []
    for millisecond in range(190):
        clock.now_s = 100 + millisecond / 1000
        asked += [millisecond] if losses.due() else []
    assert asked == [60, 120, 180]


def test_packet_that_came_is_not_asked_for_again(clock: Clock) -> None:
    losses = tracker(clock)
    hear(losses, 1, 4)
    assert losses.due() == [2, 3]
    hear(losses, 2)
    clock.now_s += 0.07
    assert losses.due() == [3]
    hear(losses, 3)
    assert losses.next_s is None


def test_packet_is_given_up_after_its_time_and_not_before(clock: Clock) -> None:
    losses = tracker(clock)
    hear(losses, 1, 3)
    clock.now_s += 0.15
    hear(losses, 6)
    clock.now_s += 0.049
    assert losses.given_up() is None
    clock.now_s += 0.002
    assert losses.given_up() == 2
    assert losses.due() == [4, 5], "younger ones are still waited for"
    assert losses.given_up() is None


@pytest.mark.parametrize(("rtt_s", "patience_s"), [(0.001, 0.1), (0.05, 0.2), (5.0, 4 * RTT_MAX_S)])
def test_patience_follows_the_round_trip_within_bounds(clock: Clock, rtt_s: float, patience_s: float) -> None:
    assert tracker(clock, rtt_s).patience_s == pytest.approx(patience_s)


def test_number_of_requests_is_limited(clock: Clock) -> None:
    losses = tracker(clock, RTT_MIN_S, rtts=1000)
    hear(losses, 1, 3)
    times = 0
    for _ in range(1000):
        clock.now_s += 0.01
        times += bool(losses.due())
    assert times == ASKED_MAX


def test_gap_too_long_to_be_filled_is_given_up_at_once(clock: Clock) -> None:
    losses = tracker(clock)
    hear(losses, 1, 300)
    assert losses.due() == []
    assert losses.given_up() == 299
    assert losses.given_up() is None


def test_number_of_missing_packets_is_bounded(clock: Clock) -> None:
    losses = tracker(clock)
    for number in range(0, 30_000, 100):
        hear(losses, number)
        assert len(losses.due()) <= 128
    assert losses.given_up() == 29_899


@pytest.mark.parametrize(("lasted_s", "asked"), [(0.4, [2]), (0.6, [])])
def test_gap_that_lasted_longer_than_anybody_waits_is_given_up_at_once(
    clock: Clock, lasted_s: float, asked: list[int]
) -> None:
    losses = tracker(clock)
    losses.add(RtpPacket(sequence_number=1, timestamp=0xFFFFFF00))
    losses.add(RtpPacket(sequence_number=3, timestamp=(0xFFFFFF00 + round(lasted_s * 90_000)) & 0xFFFFFFFF))
    assert losses.due() == asked
    assert losses.given_up() == (None if asked else 2)


def test_other_beginning_far_back_is_no_late_packet(clock: Clock) -> None:
    losses = tracker(clock)
    hear(losses, 30_000, 30_002, 5000, 5002)
    assert losses.due() == [5001]


def test_round_trip_is_learnt_from_retransmissions_asked_for_once(clock: Clock) -> None:
    losses = Losses(clock, RoundTrip(), 0.1, 4)
    assert losses.round_trip.seconds == ASSUMED_RTT_S
    losses.round_trip.checked_s = 0.08
    assert losses.round_trip.seconds == 0.08
    hear(losses, 1, 3)
    losses.due()
    clock.now_s += 0.01
    hear(losses, 2)
    assert losses.round_trip.seconds == 0.08, "it was only late"
    hear(losses, 5)
    losses.due()
    clock.now_s += 0.04
    hear(losses, 4, retransmission=True)
    assert losses.round_trip.seconds == pytest.approx(0.04)
    losses.round_trip.reported_s = 0.07
    assert losses.round_trip.seconds == 0.07, "RTCP goes before"


def test_any_order_leaves_exactly_what_never_came(clock: Clock) -> None:
    rng = random.Random(3)  # noqa: S311 - a seed, not a secret
    for first in (0, 65_500):
        numbers = [n for n in range(first + 1, first + 100) if rng.random() > 0.2] + [first + 100]
        shuffled = [first, *sorted(numbers, key=lambda n: n + rng.uniform(0, 8))]
        losses = tracker(clock)
        hear(losses, *shuffled)
        wanted = sorted((n - first) & 0xFFFF for n in losses.due())
        assert wanted == [n for n in range(1, 100) if first + n not in numbers]
