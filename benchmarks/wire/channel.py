"""One direction of an impaired wire: when each datagram arrives, if it does.  No socket, no clock."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Impairment:
    """What a direction does to datagrams.  Bursts: Gilbert-Elliott, a bad state that loses everything."""

    delay_s: float = 0.0
    jitter_s: float = 0.0  # uniform, on top of the delay; reorders only with `reorder`
    loss: float = 0.0
    burst_begin: float = 0.0  # a datagram's chance to begin the bad state …
    burst_end: float = 0.3  # … and to end it
    duplicate: float = 0.0
    reorder: bool = False
    kbps: float = 0.0  # 0: no limit; above it a queue of `queue_s`, then loss
    queue_s: float = 0.3
    down: bool = False  # an outage: everything is lost


class Channel:
    """`put` a datagram, `due` gives back what has arrived; every fate is drawn from one seed."""

    def __init__(self, impairment: Impairment, seed: int) -> None:
        self.impairment = impairment
        self.sent = self.lost = 0
        self._random = random.Random(seed)  # noqa: S311 - a seed, not a secret
        self._bad = False
        self._free_s = 0.0
        self._last_s = 0.0
        self._order = itertools.count()
        self._flying: list[tuple[float, int, bytes]] = []
        self._doomed, self._doomed_bytes = 0, 0

    def lose_next(self, count: int, at_least_bytes: int = 0) -> None:
        """Lose the next `count` datagrams of at least that size."""
        self._doomed, self._doomed_bytes = count, at_least_bytes

    def put(self, data: bytes, now_s: float) -> None:
        """Send a datagram into the channel."""
        # every datagram draws the same numbers whatever happens to it, so that seeds stay comparable
        lost, begin, end, twice, *jitter = (self._random.random() for _ in range(6))
        how = self.impairment
        self.sent += 1
        self._bad = end >= how.burst_end if self._bad else begin < how.burst_begin
        if self._bad or lost < how.loss or how.down or self._is_doomed(data) or self._is_full(now_s):
            self.lost += 1
            return
        if how.kbps:
            self._free_s = max(self._free_s, now_s) + len(data) * 8 / how.kbps / 1000
        for part in jitter[: 2 if twice < how.duplicate else 1]:
            at_s = max(now_s, self._free_s if how.kbps else 0.0) + how.delay_s + how.jitter_s * part
            if not how.reorder:
                at_s = self._last_s = max(at_s, self._last_s)
            heapq.heappush(self._flying, (at_s, next(self._order), data))

    def due(self, now_s: float) -> list[bytes]:
        """Take out the datagrams that have arrived."""
        arrived = []
        while self._flying and self._flying[0][0] <= now_s:
            arrived.append(heapq.heappop(self._flying)[2])
        return arrived

    @property
    def next_s(self) -> float | None:
        """When the next datagram arrives."""
        return self._flying[0][0] if self._flying else None

    def _is_doomed(self, data: bytes) -> bool:
        if not self._doomed or len(data) < self._doomed_bytes:
            return False
        self._doomed -= 1
        return True

    def _is_full(self, now_s: float) -> bool:
        return bool(self.impairment.kbps) and self._free_s - now_s > self.impairment.queue_s
