"""Whether every packet is sent twice: on a link that loses some and has room, a copy saves the wait for a round trip.

Copies go as retransmissions (RFC 4588), which every receiver of ours and libwebrtc takes unasked. They never take what
a good picture needs, never enter a queue, and end where more packets are lost since they are sent: then it was we who
filled the link.
"""

from __future__ import annotations

SHARE_ON, SHARE_OFF = 0.008, 0.002
QUEUE_ON_S, QUEUE_OFF_S = 0.02, 0.05
BPS_ON, BPS_OFF = 1.0e6, 0.8e6
SEEN_LEAST, MEMORY = 120, 400  # packets
TRIAL_S, WORSE, WORSE_BY = 3.0, 2.0, 0.08
REST_S, QUEUE_REST_S = 30.0, 2.0


class Protection:
    """Decides from the messages of what arrived.  The clock is an argument."""

    def __init__(self) -> None:
        self.on = False
        self._share, self._seen = 0.0, 0
        self._began: tuple[float, float] = 0.0, 0.0  # when, and the share lost then
        self._rests_until_s = float("-inf")

    def update(self, arrived: int, lost: int, queue_s: float, bps: float, now_s: float) -> None:
        """Take the counts of a message, the standing queue and the rate."""
        told = arrived + lost
        if told == 0:
            return
        self._seen = min(MEMORY, self._seen + told)
        self._share += (lost / told - self._share) * min(1.0, told / self._seen)
        if not self.on:
            ready = self._seen >= SEEN_LEAST and now_s >= self._rests_until_s
            self.on = ready and self._share > SHARE_ON and queue_s < QUEUE_ON_S and bps > BPS_ON
            self._began = now_s, self._share
        elif self._made_it_worse(now_s):
            self.on, self._rests_until_s = False, now_s + REST_S
        elif queue_s > QUEUE_OFF_S:
            self.on, self._rests_until_s = False, now_s + QUEUE_REST_S
        elif self._share < SHARE_OFF or bps < BPS_OFF:
            self.on = False

    def _made_it_worse(self, now_s: float) -> bool:
        since_s, before = self._began
        return now_s - since_s > TRIAL_S and self._share > WORSE * before + WORSE_BY
