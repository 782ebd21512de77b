"""An impaired wire in memory: two UDP sockets on this machine that stand for the peers, needing no privileges.

    left peer  <->  socket in the right one's place | Channel | socket in the left one's place  <->  right peer

Every datagram's fate is drawn from one seed. Each direction has its own `Channel`, whose `Impairment` may be replaced
while packets fly; `lose` names single packets instead of leaving them to chance.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from benchmarks.wire.channel import Channel, Impairment

CANDIDATE = re.compile(r"a=candidate:(\S+) 1 udp (\d+) (\d+\.\d+\.\d+\.\d+) (\d+) typ host.*")


class _Face(asyncio.DatagramProtocol):
    """The socket that one peer believes to be the other."""

    def __init__(self, channel: Channel, wake: Callable[[], None]) -> None:
        self.channel, self.wake = channel, wake
        self.transport: Any = None
        self.peer: tuple[str, int] | None = None  # the address of the peer that talks to this socket
        self.lose: Callable[[bytes], bool] = lambda data: False
        self.seen: deque[bytes] = deque(maxlen=20_000)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.seen.append(data)
        if not self.lose(data):
            self.channel.put(data, time.monotonic())
            self.wake()


class Wire:
    """Joins two peer connections: `offer`/`answer` rewrite their candidates so that they talk through it."""

    def __init__(self, up: Impairment, down: Impairment | None = None, seed: int = 1) -> None:
        self._loop = asyncio.get_running_loop()
        self.up = _Face(Channel(up, seed), self._move)  # offerer to answerer
        self.down = _Face(Channel(down or up, seed + 1), self._move)
        self._handle: asyncio.TimerHandle | None = None

    async def offer(self, sdp: str) -> str:
        """Rewrite the offer: its sender seems to be at our second socket."""
        return await self._rewrite(sdp, sender=self.up, shown=self.down)

    async def answer(self, sdp: str) -> str:
        """Rewrite the answer: its sender seems to be at our first socket."""
        return await self._rewrite(sdp, sender=self.down, shown=self.up)

    def close(self) -> None:
        """Cut the wire."""
        if self._handle:
            self._handle.cancel()
        for face in (self.up, self.down):
            if face.transport:
                face.transport.close()
                face.transport = None

    async def _rewrite(self, sdp: str, sender: _Face, shown: _Face) -> str:
        found = CANDIDATE.search(sdp)
        assert found is not None, "no IPv4 host candidate"
        host = found[3]
        sender.peer = (host, int(found[4]))
        if shown.transport is None:
            await self._loop.create_datagram_endpoint(lambda: shown, local_addr=(host, 0))
        port = shown.transport.get_extra_info("sockname")[1]
        line = f"a=candidate:{found[1]} 1 udp {found[2]} {host} {port} typ host"
        lines = [text for text in sdp.split("\r\n") if not text.startswith("a=candidate:")]
        ends = [n for n, text in enumerate(lines) if text.startswith("a=ice-ufrag:")]
        for n in reversed(ends):
            lines.insert(n, line)
        return "\r\n".join(lines)

    def _move(self) -> None:
        """Deliver what is due, and come again when the next is."""
        now_s = time.monotonic()
        for face, other in ((self.up, self.down), (self.down, self.up)):
            for data in face.channel.due(now_s):
                if other.transport is not None and other.peer is not None:
                    other.transport.sendto(data, other.peer)
        times = [face.channel.next_s for face in (self.up, self.down) if face.channel.next_s is not None]
        if self._handle:
            self._handle.cancel()
        self._handle = self._loop.call_later(max(0.0, min(times) - now_s), self._move) if times else None


def rtp(data: bytes) -> tuple[int, int, bool, int] | None:
    """Return (payload type, sequence number, marker, SSRC) of an RTP datagram, None for anything else."""
    if len(data) < 12 or not 127 < data[0] < 192 or 192 <= data[1] <= 223:
        return None
    marker, payload_type = data[1] >> 7, data[1] & 0x7F
    return payload_type, int.from_bytes(data[2:4], "big"), bool(marker), int.from_bytes(data[8:12], "big")
