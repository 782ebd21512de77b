"""Spreads a large frame over a few milliseconds, so that a hundred packets do not meet a router's short queue at once.

A leaky bucket: what a frame of usual size needs leaves at once, the rest at a bucket in two milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

BURST_BYTES = 16 * 1300
ROOM = 1.25  # bucket over the mean frame of the highest rate
DRAIN_S = 0.002
NAP_S = 0.001  # the event loop's clock does not tell shorter waits apart


class Bucket:
    """Tells how long a packet has to wait; the clock is an argument."""

    def __init__(self, max_kbps: int, fps: int = 30) -> None:
        self.burst = max(BURST_BYTES, round(ROOM * max_kbps * 125 / fps))
        self._level, self._at_s = 0.0, 0.0

    def wait_s(self, size: int, now_s: float) -> float:
        """Put `size` bytes in; return seconds until they may leave, 0 below a nap."""
        leaked = (now_s - self._at_s) * self.burst / DRAIN_S
        self._level, self._at_s = max(0.0, self._level - leaked) + size, now_s
        wait_s = (self._level - self.burst) * DRAIN_S / self.burst
        return wait_s if wait_s >= NAP_S else 0.0


class PacedTransport:
    """The way out for the media packets of one sender; `on_sent` gets each one when it leaves."""

    def __init__(self, inner: Any, bucket: Bucket | None, on_sent: Callable[[bytes], None] | None) -> None:
        self._inner, self._bucket, self._on_sent = inner, bucket, on_sent

    async def _send_rtp(self, data: bytes) -> None:
        wait_s = self._bucket.wait_s(len(data), time.monotonic()) if self._bucket else 0.0
        if wait_s:
            await asyncio.sleep(wait_s)
        if self._on_sent:
            self._on_sent(data)
        await self._inner._send_rtp(data)
