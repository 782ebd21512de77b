"""What is missing on the wire: when each packet is asked for, again and again, and when it is given up.

Stock aiortc asks once, when it sees the gap; where that request or its answer is lost too, the picture stands still
until another gap or 512 packets have passed. Here packets are asked for again each round trip (RFC 4585 section 6.2.1;
the round trip by RFC 3550 section 6.4.1, or from retransmissions that came after one request, Karn's rule, or as ICE's
checks last told it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add, uint16_gt

ASSUMED_RTT_S, RTT_MIN_S, RTT_MAX_S = 0.1, 0.02, 0.5
REPEAT_MARGIN, REPEAT_EXTRA_S = 1.1, 0.005  # a retransmission waits for its turn behind live packets
ASKED_MAX = 10
MISSING_MAX = 128  # packets; aiortc's senders remember no more
GAP_MAX_S = 0.5  # a key picture is smaller than what was sent in a longer time
TICKS_PER_S = 90_000
RESTART = 1024  # packets back: not late, but another beginning


class RoundTrip:
    """Seconds to the sender and back, bounded."""

    def __init__(self) -> None:
        self._smooth_s: float | None = None
        self.reported_s: float | None = None  # RTCP's, where this end sends as well; it goes before
        self.checked_s: float | None = None  # ICE's; better than nothing

    def sample(self, seconds: float) -> None:
        """Take one answer's time; what comes sooner than an answer can was sent unasked."""
        if self.checked_s is not None and seconds < self.checked_s / 2:
            return
        self._smooth_s = seconds if self._smooth_s is None else self._smooth_s + (seconds - self._smooth_s) / 8

    @property
    def seconds(self) -> float:
        """Return the estimate; ASSUMED_RTT_S before there is one."""
        found = self.reported_s or self._smooth_s or self.checked_s or ASSUMED_RTT_S
        return min(RTT_MAX_S, max(RTT_MIN_S, found))


@dataclass(slots=True)
class _Missing:
    since_s: float
    asked_s: float = 0.0
    asked: int = 0


class Losses:
    """In the place of aiortc's NackGenerator.

    Args:
        clock: counts seconds and never steps.
        round_trip: the estimate, which retransmissions feed.
        deadline_s: how long a packet is waited for at least …
        deadline_rtts: … and at least in round trips.
    """

    def __init__(
        self, clock: Callable[[], float], round_trip: RoundTrip, deadline_s: float, deadline_rtts: float
    ) -> None:
        self._clock, self.round_trip = clock, round_trip
        self._deadline_s, self._deadline_rtts = deadline_s, deadline_rtts
        self._missing: dict[int, _Missing] = {}
        self._newest: int | None = None
        self._newest_ticks = 0
        self.retransmission = False  # whether the packet to be added is one (RFC 4588)
        self._overrun = False  # a gap too long to be filled
        self.lost = 0  # packets, of the last `given_up`

    def add(self, packet: RtpPacket) -> bool:
        """Book a packet; always False: `due` says what is asked for, not aiortc."""
        sequence = packet.sequence_number
        if self._newest is None or self._is_restart(sequence, self._newest):
            self._missing.clear()
            self._newest, self._newest_ticks = sequence, packet.timestamp
        elif uint16_gt(sequence, self._newest):
            if count := uint16_add(sequence, -self._newest) - 1:
                self._book_gap(count, (packet.timestamp - self._newest_ticks & 0xFFFFFFFF) / TICKS_PER_S)
            self._newest, self._newest_ticks = sequence, packet.timestamp
        else:
            found = self._missing.pop(sequence, None)
            if found is not None and found.asked == 1 and self.retransmission:
                self.round_trip.sample(self._clock() - found.asked_s)
        return False

    def due(self) -> list[int]:
        """Return what is to be asked for now, and book that it was."""
        now_s = self._clock()
        wanted = [number for number, one in self._missing.items() if self._next_ask_s(one) <= now_s]
        for number in wanted:
            one = self._missing[number]
            one.asked, one.asked_s = one.asked + 1, now_s
        return wanted

    def given_up(self) -> int | None:
        """Return the newest packet whose time is over, and forget it and all that are older."""
        limit_s, waited = self._clock() - self.patience_s, len(self._missing)
        over = [number for number, one in self._missing.items() if one.since_s <= limit_s]
        if self._overrun and self._newest is not None:
            self._overrun, over = False, [uint16_add(self._newest, -1)]
        if not over:
            return None
        self.forget_to(over[-1])
        self.lost = max(1, waited - len(self._missing))
        return over[-1]

    def forget_to(self, sequence: int) -> None:
        """Forget what is missing up to and with `sequence`."""
        self._missing = {number: one for number, one in self._missing.items() if uint16_gt(number, sequence)}

    @property
    def idle(self) -> bool:
        """Whether nothing is missing."""
        return not self._missing and not self._overrun

    @property
    def patience_s(self) -> float:
        """How long a packet is waited for."""
        return max(self._deadline_s, self._deadline_rtts * self.round_trip.seconds)

    @property
    def next_s(self) -> float | None:
        """When `due` or `given_up` have something next."""
        if self.idle:
            return None
        if not self._missing:
            return self._clock()
        oldest = next(iter(self._missing.values()))
        return min(oldest.since_s + self.patience_s, *(self._next_ask_s(one) for one in self._missing.values()))

    def _is_restart(self, sequence: int, newest: int) -> bool:
        return not self.retransmission and RESTART < uint16_add(newest, -sequence) < 0x8000

    def _next_ask_s(self, one: _Missing) -> float:
        if one.asked == 0:
            return one.since_s
        if one.asked >= ASKED_MAX:
            return float("inf")
        return one.asked_s + REPEAT_MARGIN * self.round_trip.seconds + REPEAT_EXTRA_S

    def _book_gap(self, count: int, lasted_s: float) -> None:
        too_long = lasted_s > max(GAP_MAX_S, self.patience_s)
        if too_long or count + len(self._missing) > MISSING_MAX:
            self._missing.clear()
            self._overrun = True
            return
        now_s = self._clock()
        for offset in range(1, count + 1):
            self._missing[uint16_add(self._newest or 0, offset)] = _Missing(now_s)
