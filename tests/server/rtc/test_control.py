from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.wire.channel import Channel, Impairment
from server.rtc.control import (
    HEADERS_BYTES,
    LATE_S,
    REPEATS_BYTES,
    REPEATS_SHARE,
    SENT_MAX,
    Acked,
    RateController,
    SentPackets,
)
from server.rtc.feedback import FMT, Arrivals, TransportFeedback

FPS, PACKET = 30, 1200
OFFSET_S = 5000.0  # the receiver's clock


class Run:
    """A sender that fills its rate, frame by frame, over a channel; the way back only delays."""

    def __init__(self, impairment: Impairment, start_bps: float = 1.8e6, seed: int = 1) -> None:
        self.control = RateController(120e3, start_bps, 3e6)
        self.channel = Channel(impairment, seed)
        self.rates: list[tuple[float, float]] = []
        self.queues: list[tuple[float, float]] = []
        self._packets, self._arrivals = SentPackets(), Arrivals()
        self._returning: list[tuple[float, TransportFeedback]] = []
        self._step = 0

    def go(self, seconds: float, app_bps: Callable[[float], float] = lambda bps: bps) -> None:
        for step in range(self._step, self._step + round(seconds * 300)):
            now_s = step / 300
            if step % (300 // FPS) == 0:
                self._send_frame(app_bps(self.control.bps), now_s)
            for data in self.channel.due(now_s):
                self._arrivals.add(int.from_bytes(data[:2], "big"), now_s + OFFSET_S)
            message = self._arrivals.report(1, 2, now_s + OFFSET_S)
            if message is not None:
                self._returning.append((now_s + 0.025, message))
            while self._returning and self._returning[0][0] <= now_s:
                if self._packets.is_silent(now_s):
                    self._packets.forget()
                    self.control.restart()
                acked, lost = self._packets.take(self._returning.pop(0)[1], now_s)
                self.control.take(acked, lost, self._packets.bps, now_s)
            if self._packets.is_silent(now_s):
                self.control.slow_down(now_s)
        self._step += round(seconds * 300)

    def _send_frame(self, bps: float, now_s: float) -> None:
        self.rates.append((now_s, self.control.bps))
        self.queues.append((now_s, max(0.0, self.channel._free_s - now_s)))
        left = round(bps / 8 / FPS)
        while left > 0:
            size = min(PACKET, left)
            number = self._packets.next_number()
            self._packets.add(number, size, now_s)
            self.channel.put(number.to_bytes(2, "big") + bytes(max(0, size + HEADERS_BYTES - 2)), now_s)
            left -= size + HEADERS_BYTES

    def mean(self, since_s: float) -> float:
        rates = [bps for at_s, bps in self.rates if at_s >= since_s]
        return sum(rates) / len(rates)


@pytest.mark.parametrize("kbps", [300, 400, 1000, 2000])
def test_narrow_link_is_filled_without_a_standing_queue(kbps: int) -> None:
    run = Run(Impairment(delay_s=0.025, kbps=kbps))
    run.go(30)
    queues = sorted(queue_s for at_s, queue_s in run.queues if at_s > 5)
    assert run.mean(5) == pytest.approx(0.85e3 * kbps, rel=0.15)
    assert queues[round(0.95 * len(queues))] < 0.2
    assert all(at_s < 3 for at_s, queue_s in run.queues if queue_s > 0.29), "nothing is lost once it is known"


def test_wide_link_gets_the_highest_rate() -> None:
    run = Run(Impairment(delay_s=0.025), start_bps=300e3)
    run.go(8)
    assert run.control.bps == 3e6


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.1, 0.2])
def test_loss_of_the_link_does_not_take_the_rate(loss: float) -> None:
    run = Run(Impairment(delay_s=0.025, loss=loss))
    run.go(20)
    assert run.mean(10) > 1.2e6


def test_jitter_is_no_queue() -> None:
    run = Run(Impairment(delay_s=0.025, jitter_s=0.03, reorder=True))
    run.go(10)
    assert run.mean(5) > 2.5e6


def test_link_without_a_queue_worth_the_name_is_found_by_its_loss() -> None:
    run = Run(Impairment(delay_s=0.025, kbps=600, queue_s=0.03))
    run.go(30)
    assert run.channel.lost / run.channel.sent < 0.3
    assert run.mean(10) < 1e6


def test_link_that_narrows_and_widens_is_followed() -> None:
    run = Run(Impairment(delay_s=0.025))
    run.go(5)
    run.channel.impairment = Impairment(delay_s=0.025, kbps=500)
    run.go(10)
    assert run.mean(7) < 500e3
    run.channel.impairment = Impairment(delay_s=0.025)
    run.go(15)
    assert run.control.bps > 2e6


def test_silence_slows_down_and_the_first_message_speeds_up() -> None:
    run = Run(Impairment(delay_s=0.025))
    run.go(3)
    run.channel.impairment = Impairment(down=True)
    run.go(5)
    assert run.control.bps < 0.2 * 3e6
    run.channel.impairment = Impairment(delay_s=0.025)
    run.go(6)
    assert run.control.bps > 1.5e6


def test_still_picture_keeps_the_rate_it_may_have() -> None:
    run = Run(Impairment(delay_s=0.025))
    run.go(3)
    before = run.control.bps
    run.go(5, lambda bps: 100e3)
    assert run.control.bps == before


def test_few_packets_say_nothing_about_loss() -> None:
    control = RateController(120e3, 1.8e6, 3e6)
    for step in range(20):
        control.take([Acked(1.0 + step / 10, step / 10, 300)], step % 2, 1.8e6, 1.1 + step / 10)
    assert control.bps == 1.8e6


def test_queue_of_others_does_not_take_the_rate_of_a_still_picture() -> None:
    run = Run(Impairment(delay_s=0.025))
    run.go(3)
    run.go(2, lambda bps: 50e3)
    run.channel.impairment = Impairment(delay_s=0.1)  # as if 75 ms of queue stood there
    run.go(0.8, lambda bps: 50e3)
    run.channel.impairment = Impairment(delay_s=0.025)
    run.go(2, lambda bps: 50e3)
    assert run.control.bps > 1e6


def feedback(base: int, *ticks: int | None) -> TransportFeedback:
    return TransportFeedback(fmt=FMT, ssrc=1, media_ssrc=2, base=base, ticks=list(ticks))


def test_packet_counts_as_lost_only_when_it_is_not_told_of_as_late() -> None:
    packets = SentPackets()
    for number in (0, 1, 2, 3):
        packets.add(number, 100, 1.0)
    acked, lost = packets.take(feedback(0, 4000, None, None), 1.1)
    assert ([one.arrived_s for one in acked], lost) == ([1.0], 0)
    acked, lost = packets.take(feedback(1, 4400), 1.2)
    assert (len(acked), acked[0].size, lost) == (1, 138, 0)
    acked, lost = packets.take(feedback(3, 4500), 1.1 + LATE_S + 0.01)
    assert (len(acked), lost) == (1, 1)
    assert packets.take(feedback(0, 4000, 4400, 4400), 3.0) == ([], 0), "told again: nothing new"


def test_full_queue_lets_few_packets_be_repeated_and_an_empty_one_all() -> None:
    control = RateController(120e3, 400e3, 3e6)
    control.take([Acked(1.0, 0.0, 500)], 0, 4e5, 1.1)
    assert all(control.may_repeat(1200, 1.1) for _ in range(100))
    control.take([Acked(1.1 + n / 100, 0.5 + n / 100, 500) for n in range(40)], 0, 4e5, 2.0)
    assert control.round_trip_s == pytest.approx(0.1 + 0.4)
    allowed = sum(control.may_repeat(1200, 2.0 + n / 100) for n in range(200))
    assert allowed * 1200 == pytest.approx(REPEATS_BYTES + 2 * REPEATS_SHARE * control.bps / 8, abs=1200)


def test_receiver_whose_clock_stands_or_steps_back_fills_no_memory() -> None:
    control = RateController(120e3, 400e3, 3e6)
    for step in range(20):
        many = [Acked(step / 10, 5.0, 1200)] * (SENT_MAX // 10)
        control.take(many, 0, 1e6, step / 10 + 0.1)
    for step in range(300):
        control.take([Acked(100 + step / 300, -float(step), 1200)], 0, 1e6, 100 + step / 300)
        control.take([], 0, 1e6, 100 + step / 300)
    assert len(control._arrived) <= SENT_MAX
    assert len(control._delays._recent) == 1
    assert len(control._loss._seen) == 300


def test_receiver_whose_clock_begins_anew_is_followed_as_before() -> None:
    control = RateController(120e3, 400e3, 3e6)
    for step in range(600):
        sent_s = step / 100
        arrived_s = sent_s + 0.05 - (1e6 if step > 300 else 0.0)
        control.take([Acked(sent_s, arrived_s, 1200)], 0, 1e6, sent_s + 0.1)
    assert control.standing_s == pytest.approx(0.0, abs=1e-6)
    assert control.bps > 500e3
