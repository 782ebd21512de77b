"""How fast to send: from what the receiver says arrived and when.

Delay comes first. A queue that never empties within a quarter of a second is a standing one (the measure of CoDel,
RFC 8289), over the least delay of the last half minute (LEDBAT, RFC 6817): bursts, as key frames are, and jitter
both leave gaps. Loss counts only where it answers to the rate: what stays after a cut belongs to the link. The shape,
a cut to a part of what arrived, then a rise that is careful near the rate of the last cut, is Google congestion
control's (draft-ietf-rmcat-gcc).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from server.rtc.feedback import TICKS_PER_S, TransportFeedback

HEADERS_BYTES = 38  # IPv4, UDP and the tag of SRTP
SENT_MAX = 4096  # packets remembered
LATE_S = 0.15  # a packet that was told of as missing may still be told of as late
STANDING_S = 0.25
BASE_S = 30.0
QUEUE_HIGH_S, QUEUE_LOW_S = 0.04, 0.02
CUT, CUT_LEAST = 0.85, 0.5  # of what arrived; the less the longer the queue
QUEUE_USUAL_S = 0.1
DELIVERED_S = 0.6
SENT_S, USED = 1.0, 0.7  # a rate of which the picture uses less than that part is not what fills the link
LOSS_HIGH, LOSS_HOPELESS, LOSS_WINDOW_S, LOSS_LEAST = 0.1, 0.3, 1.0, 20
INHERENT_FADES = 0.002  # a message
INHERENT_MAX = 0.35  # a link that loses more is not believed to be that bad by nature
RISE_FAR, RISE_NEAR = 0.5, 0.05  # a second; far from the rate of the last cut, and near it
NEAR = 0.8
ROOM = 1.2  # over what arrives: a rate that the picture does not use is not tested
SILENCE_S = 1.0  # without a message about what was sent
REPEATS_QUEUE_S, REPEATS_SHARE, REPEATS_BYTES = 0.08, 0.2, 4 * 1300


@dataclass(slots=True)
class Sent:
    """A packet on its way."""

    sent_s: float
    size: int  # bytes on the wire
    missing_s: float | None = None  # when it was told of as missing


@dataclass(frozen=True, slots=True)
class Acked:
    """A packet that arrived; the receiver's clock is not ours."""

    sent_s: float
    arrived_s: float
    size: int


class SentPackets:
    """Numbers the packets of one transport, and finds them again in the messages."""

    def __init__(self) -> None:
        self._number = 0
        self._sent: dict[int, Sent] = {}
        self._unanswered_s: float | None = None  # when the first packet left that no message followed
        self._totals: deque[tuple[float, int]] = deque()  # (when, bytes until then)
        self.bytes = 0

    def next_number(self) -> int:
        """Return the number for the next packet."""
        self._number = (self._number + 1) % 0x10000
        return self._number

    def add(self, number: int, size: int, now_s: float) -> None:
        """Note that a packet of `size` bytes, without IP's and UDP's headers, left now."""
        self._sent.pop(number, None)
        self._sent[number] = Sent(now_s, size + HEADERS_BYTES)
        self.bytes += size + HEADERS_BYTES
        self._unanswered_s = self._unanswered_s or now_s
        self._totals.append((now_s, self.bytes))
        while now_s - self._totals[0][0] > SENT_S:
            self._totals.popleft()
        if len(self._sent) > SENT_MAX:
            del self._sent[next(iter(self._sent))]

    @property
    def bps(self) -> float:
        """What was sent in the last second before the newest packet."""
        (begin_s, before), (end_s, total) = (self._totals[0], self._totals[-1]) if self._totals else ((0, 0), (0, 0))
        return (total - before) * 8 / max(SENT_S / 4, end_s - begin_s)

    def is_silent(self, now_s: float) -> bool:
        """Whether nobody says that anything arrives."""
        return self._unanswered_s is not None and now_s - self._unanswered_s > SILENCE_S

    def forget(self) -> None:
        """Forget what is on its way: it was sent into an outage, which says nothing about the rate."""
        self._sent.clear()

    def take(self, message: TransportFeedback, now_s: float) -> tuple[list[Acked], int]:
        """Return what a message says arrived, and how many packets are lost for good by now."""
        self._unanswered_s = None
        acked = []
        for place, tick in enumerate(message.ticks):
            number = (message.base + place) % 0x10000
            sent = self._sent.get(number)
            if sent is None:
                continue
            if tick is None:
                sent.missing_s = sent.missing_s or now_s
                continue
            del self._sent[number]
            acked.append(Acked(sent.sent_s, tick / TICKS_PER_S, sent.size))
        lost = [n for n, sent in self._sent.items() if sent.missing_s is not None and now_s - sent.missing_s > LATE_S]
        for number in lost:
            del self._sent[number]
        return acked, len(lost)


class Delays:
    """One-way delays: the least of the last half minute, and how far above it the last quarter of a second stayed.

    Times are the receiver's: what is sent in a moment into a full queue arrives over many.
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()  # (arrived, delay)
        self._least: list[tuple[float, float]] = []  # (since, least delay) of this period and the one before

    def add(self, arrived_s: float, delay_s: float) -> None:
        """Take a packet's delay, which is true but for a constant."""
        self._recent.append((arrived_s, delay_s))
        while arrived_s - self._recent[0][0] > STANDING_S:
            self._recent.popleft()
        if not self._least or arrived_s - self._least[-1][0] > BASE_S / 2:
            self._least = [*self._least[-1:], (arrived_s, delay_s)]
        since_s, least_s = self._least[-1]
        self._least[-1] = since_s, min(least_s, delay_s)

    @property
    def standing_s(self) -> float:
        """The standing queue."""
        return self._over_least(min(delay for _, delay in self._recent)) if self._recent else 0.0

    @property
    def newest_s(self) -> float:
        """The queue that the newest packet met."""
        return self._over_least(self._recent[-1][1]) if self._recent else 0.0

    def _over_least(self, delay_s: float) -> float:
        return delay_s - min(delay for _, delay in self._least)


class Loss:
    """The share lost in the last second, and the part of it that belongs to the link."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()  # (when, arrived, lost)
        self.inherent = 0.0
        self._before_cut: tuple[float, float] | None = None  # when, and the share then

    def add(self, arrived: int, lost: int, now_s: float) -> None:
        """Take the counts of a message."""
        self._seen.append((now_s, arrived, lost))
        while now_s - self._seen[0][0] > LOSS_WINDOW_S:
            self._seen.popleft()
        if self._before_cut is not None and now_s - self._before_cut[0] > 1.5 * LOSS_WINDOW_S:
            if self.share > 0.7 * self._before_cut[1]:
                self.inherent = min(INHERENT_MAX, self.share)
            self._before_cut = None
        self.inherent = min(self.inherent, max(self.share, self.inherent - INHERENT_FADES))

    @property
    def share(self) -> float:
        """Lost packets over all; 0 where they are too few to tell."""
        lost = sum(each[2] for each in self._seen)
        told = lost + sum(each[1] for each in self._seen)
        return lost / told if told >= LOSS_LEAST else 0.0

    @property
    def excess(self) -> float:
        """What is lost beyond what the link loses anyway."""
        return self.share - self.inherent

    def book_cut(self, now_s: float) -> None:
        """Note that the rate was cut because of the loss."""
        self._before_cut = now_s, self.share

    @property
    def on_trial(self) -> bool:
        """Whether a cut has yet to show what it did."""
        return self._before_cut is not None


class RateController:
    """The rate of one sender in bits per second on the wire, headers included.  The clock is an argument."""

    def __init__(self, low_bps: float, start_bps: float, high_bps: float) -> None:
        self._low, self._high = low_bps, high_bps
        self.bps = float(start_bps)
        self._delays, self._loss = Delays(), Loss()
        self._arrived: deque[tuple[float, int]] = deque()  # (receiver's time, bytes)
        self._ceiling: float | None = None  # what arrived when the last cut was made
        self._rtt_s, self._rtt_least_s = 0.1, 1.0
        self._repeats, self._repeats_s = 0.0, 0.0  # bytes that may be sent again
        self._sent_bps = 0.0
        self._hold_s = 0.0  # after a cut, until it shows
        self._cut_s = self._risen_s = self._heard_s = float("-inf")

    @property
    def heard(self) -> bool:
        """Whether the receiver has ever told what arrived."""
        return self._heard_s > float("-inf")

    @property
    def standing_s(self) -> float:
        """The queue that did not empty for a while; a computer that is busy for a moment makes none."""
        return self._delays.standing_s

    @property
    def queue_s(self) -> float:
        """The queue that the newest packet met."""
        return self._delays.newest_s

    @property
    def round_trip_s(self) -> float | None:
        """The round trip at this moment, queue included; None before the first message."""
        return self._rtt_least_s + self.queue_s if self.heard else None

    def take(self, acked: list[Acked], lost: int, sent_bps: float, now_s: float) -> None:
        """Take what a message told, and what is being sent."""
        self._heard_s, self._sent_bps = now_s, sent_bps
        for one in acked:
            self._delays.add(one.arrived_s, one.arrived_s - one.sent_s)
            self._arrived.append((one.arrived_s, one.size))
        if acked:
            newest_s = max(one.sent_s for one in acked)
            self._rtt_s = min(1.0, now_s - newest_s)
            self._rtt_least_s = min(self._rtt_least_s, self._rtt_s)
        while self._arrived and self._arrived[-1][0] - self._arrived[0][0] > DELIVERED_S:
            self._arrived.popleft()
        self._loss.add(len(acked), lost, now_s)
        self._decide(now_s)

    def slow_down(self, now_s: float) -> None:
        """Send less while there is silence; once a second is enough."""
        if self.heard and now_s - self._cut_s > SILENCE_S:
            self._set(CUT_LEAST * self.bps)
            self._cut_s = now_s

    def restart(self) -> None:
        """Take the link for a new one: there was silence."""
        self._delays, self._loss, self._ceiling = Delays(), Loss(), None
        self._arrived.clear()

    def may_repeat(self, size: int, now_s: float) -> bool:
        """Whether a lost packet of `size` bytes may be sent again: into a full queue only a few may."""
        filled = (now_s - self._repeats_s) * REPEATS_SHARE * self.bps / 8
        self._repeats = min(REPEATS_BYTES, self._repeats + filled)
        self._repeats_s = now_s
        if self.queue_s < REPEATS_QUEUE_S:
            return True
        if self._repeats < size:
            return False
        self._repeats -= size
        return True

    def _decide(self, now_s: float) -> None:
        queue_s, settled = self.standing_s, now_s - self._cut_s > self._hold_s
        if queue_s > QUEUE_HIGH_S:
            if settled:
                longer_s = max(0.0, self.queue_s - QUEUE_USUAL_S)
                self._cut(max(CUT_LEAST, CUT - longer_s), now_s)
        elif self._loss.excess > LOSS_HOPELESS:
            if settled:
                self._cut(CUT, now_s)
        elif self._loss.excess > LOSS_HIGH:
            if not self._loss.on_trial:
                self._loss.book_cut(now_s)
                self._set((1 - self._loss.excess / 2) * self.bps)
                self._cut_s, self._hold_s = now_s, self._rtt_s
        elif queue_s < QUEUE_LOW_S and settled:
            self._rise(now_s)
            return
        self._risen_s = now_s

    def _cut(self, factor: float, now_s: float) -> None:
        used = self._sent_bps > USED * self.bps
        self._ceiling = self._delivered_bps if used else None
        self._set(min(self.bps, factor * (self._delivered_bps if used else self.bps)))
        self._cut_s, self._hold_s = now_s, self._rtt_s + STANDING_S

    def _rise(self, now_s: float) -> None:
        passed_s = min(0.5, now_s - self._risen_s)
        self._risen_s = now_s
        delivered = self._delivered_bps
        if self._ceiling is not None and self.bps > 1.2 * self._ceiling:
            self._ceiling = None  # the link has become wider
        near = self._ceiling is not None and self.bps > NEAR * self._ceiling
        risen = self.bps * (1 + (RISE_NEAR if near else RISE_FAR) * passed_s)
        if self.bps < ROOM * delivered:
            self._set(min(risen, ROOM * delivered))

    @property
    def _delivered_bps(self) -> float:
        if len(self._arrived) < 2:
            return self._low
        lasted_s = max(0.1, self._arrived[-1][0] - self._arrived[0][0])
        return sum(size for _, size in list(self._arrived)[1:]) * 8 / lasted_s

    def _set(self, bps: float) -> None:
        self.bps = max(self._low, min(bps, self._high))
