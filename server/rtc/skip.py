"""Leaving a gap in aiortc's jitter buffer behind, instead of waiting until it is full."""

from __future__ import annotations

from collections.abc import Callable

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

BeginsKey = Callable[[RtpPacket], bool]


def find_key(buffer: JitterBuffer, begins_key: BeginsKey) -> tuple[int | None, bool]:
    """Return how far from the first packet the newest whole key picture begins, and whether any has begun to arrive."""
    whole, start, begun, timestamp = None, None, False, None
    if buffer._origin is None:
        return None, False
    for count in range(buffer.capacity):
        packet = _at(buffer, count)
        if packet is None:
            start = None
            continue
        if start is not None and packet.timestamp != timestamp:
            whole, start = start, None
        if start is None and begins_key(packet):
            start, begun, timestamp = count, True, packet.timestamp
        if start is not None and packet.marker:
            whole, start = start, None
    return whole, begun


def _at(buffer: JitterBuffer, count: int) -> RtpPacket | None:
    return buffer._packets[((buffer._origin or 0) + count) % buffer.capacity]
