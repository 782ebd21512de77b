"""Transport-wide feedback: which packets arrived, and when, told every 100 ms.

The wire format of draft-holmer-rmcat-transport-wide-cc-extensions-01, which libwebrtc speaks in both directions. aiortc
knows the header extension but not the RTCP message, which it would read as a list of lost packets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from struct import pack, unpack_from

from aiortc.rtp import RTCP_RTPFB, RtcpRtpfbPacket, pack_rtcp_packet

FMT = 15
TICKS_PER_S = 4000  # a delta counts 250 µs
REFERENCE_TICKS = 256  # the reference time counts 64 ms
NOT_RECEIVED, SMALL, LARGE = 0, 1, 2
RUN_MAX, VECTOR = 0x1FFF, 7  # symbols in a run-length chunk, and in a vector of two bits each
SPAN_MAX = 1024  # packets in a message
INTERVAL_S = 0.1
HEADER = 8  # bytes of the message's own header, after the two SSRCs


@dataclass
class TransportFeedback(RtcpRtpfbPacket):
    """One message.  Raises ValueError while parsing."""

    base: int = 0  # transport-wide sequence number of the first packet
    count: int = 0  # of this message, modulo 256
    ticks: list[int | None] = field(default_factory=list)  # arrival by packet, 1/TICKS_PER_S; None: not received

    def __bytes__(self) -> bytes:
        first = next(tick for tick in self.ticks if tick is not None)
        reference = first // REFERENCE_TICKS
        symbols, deltas = self._encode(reference * REFERENCE_TICKS)
        head = pack("!HHL", self.base, len(self.ticks), (reference & 0xFFFFFF) << 8 | self.count)
        body = head + b"".join(pack("!H", chunk) for chunk in _chunks(symbols)) + deltas
        body += bytes(-len(body) % 4)
        return pack_rtcp_packet(RTCP_RTPFB, FMT, pack("!LL", self.ssrc, self.media_ssrc) + body)

    def _encode(self, last: int) -> tuple[list[int], bytes]:
        symbols, deltas = [], b""
        for tick in self.ticks:
            if tick is None:
                symbols.append(NOT_RECEIVED)
                continue
            delta, last = tick - last, tick
            if 0 <= delta < 256:
                symbols.append(SMALL)
                deltas += pack("!B", delta)
            else:
                symbols.append(LARGE)
                deltas += pack("!h", max(-0x8000, min(0x7FFF, delta)))
        return symbols, deltas

    @classmethod
    def parse(cls, data: bytes, fmt: int) -> RtcpRtpfbPacket:
        """Read the message after its RTCP header; other formats are aiortc's."""
        if fmt != FMT:
            return RtcpRtpfbPacket.parse(data, fmt)
        if len(data) < 8 + HEADER:
            raise ValueError("transport feedback is too short")
        ssrc, media_ssrc, base, span, times = unpack_from("!LLHHL", data)
        if span > SPAN_MAX:
            raise ValueError("transport feedback tells of too many packets")
        symbols, offset = _read_symbols(data, 8 + HEADER, span)
        reference = times >> 8
        last = (reference - (reference >> 23 << 24)) * REFERENCE_TICKS
        ticks: list[int | None] = []
        for symbol in symbols:
            delta, offset = _read_delta(data, offset, symbol)
            last += delta or 0
            ticks.append(None if delta is None else last)
        return cls(fmt=FMT, ssrc=ssrc, media_ssrc=media_ssrc, base=base, count=times & 0xFF, ticks=ticks)


def _chunks(symbols: list[int]) -> Iterator[int]:
    at = 0
    while at < len(symbols):
        run = 1
        while at + run < len(symbols) and run < RUN_MAX and symbols[at + run] == symbols[at]:
            run += 1
        if run >= VECTOR or at + run == len(symbols):
            yield symbols[at] << 13 | run
            at += run
            continue
        vector = list(islice(symbols, at, at + VECTOR))
        yield 0xC000 | sum(symbol << 2 * (VECTOR - 1 - place) for place, symbol in enumerate(vector))
        at += VECTOR


def _read_symbols(data: bytes, offset: int, span: int) -> tuple[list[int], int]:
    symbols: list[int] = []
    while len(symbols) < span:
        if offset + 2 > len(data):
            raise ValueError("transport feedback is truncated")
        chunk = int.from_bytes(data[offset : offset + 2], "big")
        offset += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13] * min(chunk & RUN_MAX, span)
            if not chunk & RUN_MAX:
                raise ValueError("transport feedback has an empty run")
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return symbols[:span], offset


def _read_delta(data: bytes, offset: int, symbol: int) -> tuple[int | None, int]:
    """Return the delta in ticks, None for a packet that did not arrive, and where the next one begins."""
    size = {NOT_RECEIVED: 0, SMALL: 1, LARGE: 2}.get(symbol)
    if size is None or offset + size > len(data):
        raise ValueError("transport feedback is broken")
    if size == 0:
        return None, offset
    return int.from_bytes(data[offset : offset + size], "big", signed=size == 2), offset + size


class Arrivals:
    """Notes when the packets of one transport arrived, and makes the messages; the clock is an argument."""

    def __init__(self) -> None:
        self._pending: dict[int, int] = {}  # ticks by unwrapped number
        self._next: int | None = None  # the number after the last one told of
        self._newest: int | None = None
        self._told_s: float | None = None
        self._count = 0

    def add(self, number: int, now_s: float) -> None:
        """Note a packet's arrival by its 16-bit number."""
        if self._newest is None:
            self._newest = number
        unwrapped = self._newest + ((number - self._newest + 0x8000) % 0x10000 - 0x8000)
        self._newest = max(self._newest, unwrapped)
        self._pending.setdefault(unwrapped, round(now_s * TICKS_PER_S))

    def report(self, ssrc: int, media_ssrc: int, now_s: float) -> TransportFeedback | None:
        """Return a message, if it is time for one: from where the last ended, or an earlier packet that came late."""
        if not self._pending or (self._told_s is not None and now_s - self._told_s < INTERVAL_S):
            return None
        self._told_s = now_s
        last = max(self._pending)
        first = min(min(self._pending), last if self._next is None else self._next)
        first = max(first, last - SPAN_MAX + 1)
        ticks = [self._pending.get(number) for number in range(first, last + 1)]
        self._pending.clear()
        self._next = last + 1
        self._count = (self._count + 1) % 256
        return TransportFeedback(
            fmt=FMT, ssrc=ssrc, media_ssrc=media_ssrc, base=first % 0x10000, count=self._count, ticks=ticks
        )
