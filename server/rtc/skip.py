"""Leaving a gap in aiortc's jitter buffer behind, instead of waiting until it is full."""

from __future__ import annotations

from collections.abc import Callable

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add

BeginsKey = Callable[[RtpPacket], bool]


def skip_past(buffer: JitterBuffer, sequence: int, begins_key: BeginsKey) -> None:
    """Let go of everything up to `sequence`, and of the rest of the picture that misses it."""
    count = uint16_add(sequence, 1 - (buffer._origin or 0))
    if buffer._origin is None or count > buffer.capacity:
        return  # it is behind us already
    buffer.remove(count)
    timestamp = None
    while (packet := _at(buffer, 0)) is not None and not begins_key(packet):
        if timestamp is not None and packet.timestamp != timestamp:
            return
        timestamp = packet.timestamp
        buffer.remove(1)
        if packet.marker:
            return


def skip_to(buffer: JitterBuffer, count: int) -> int:
    """Let go of `count` packets; return the sequence number before the new first one."""
    buffer.remove(count)
    return uint16_add(buffer._origin or 0, -1)


def find_key(buffer: JitterBuffer, begins_key: BeginsKey) -> tuple[int | None, bool]:
    """Return how far from the first packet the newest whole key picture begins, and whether any has begun to arrive."""
    whole, start, begun, timestamp = None, None, False, None
    if buffer._origin is None:
        return None, False
    first = buffer._origin % buffer.capacity
    for count, packet in enumerate(buffer._packets[first:] + buffer._packets[:first]):
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
