"""Datagrams from addresses that ICE has not checked end at the socket.

Stock aioice hands every datagram that is not STUN to DTLS and SRTP, whoever sent it: a stranger who knows the port can
disturb the handshake, and fill a queue without end. Only addresses that have proved to know the call's password count:
by a request with the right MESSAGE-INTEGRITY, or by an answer to one of ours (RFC 8445 section 7).
"""

from __future__ import annotations

import struct
import time
from typing import Any

from aioice.ice import CandidatePair, Connection, StunProtocol

from server.rtc.decoding import Count, uncounted
from server.rtc.handshake import CHECK_S

STUN_FIRST_BYTE_MAX = 3  # RFC 7983 section 7
QUEUED_MAX = 1024  # datagrams
PROVED_MAX = 64  # addresses


class CheckedConnection(Connection):
    """Remembers who has proved to be the peer; its queue of datagrams ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._proved: set[tuple[int, tuple[str, int]]] = set()
        self.heard_s = time.monotonic()  # the last datagram that is surely the peer's

    def check_incoming(self, message: Any, addr: tuple[str, int], protocol: StunProtocol) -> None:
        """Take a request whose integrity was verified."""
        self.heard_s = time.monotonic()
        if len(self._proved) < PROVED_MAX:
            self._proved.add((protocol.id, addr))
        super().check_incoming(message, addr, protocol)

    async def query_consent(self) -> None:
        """Ask the peer now and then whether it is still there; not one that was closed as its checks ended."""
        if not self._closing:
            await super().query_consent()

    def knows(self, addr: tuple[str, int], protocol: StunProtocol) -> bool:
        """Whether `addr` has proved to be the peer's, over this socket."""
        if (protocol.id, addr) in self._proved:
            return True
        return any(
            pair.protocol is protocol and pair.remote_addr == addr and pair.state == CandidatePair.State.SUCCEEDED
            for pair in self._check_list
        )

    def data_received(self, data: bytes, component: int) -> None:
        """Queue a datagram for DTLS and SRTP, if it can be for them and there is room; broken STUN ends here."""
        if data[0] > STUN_FIRST_BYTE_MAX and self._queue.qsize() < QUEUED_MAX:
            self.heard_s = time.monotonic()
            super().data_received(data, component)


class CheckedProtocol(StunProtocol):
    """A socket that lets STUN in, and everything else from the peer only."""

    count: Count = staticmethod(uncounted)  # replaced by `install`
    dropped = 0
    rtt_s: float | None = None  # of the last check or consent that was answered before it was repeated

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Take the time of a STUN transaction."""
        began_s = time.monotonic()
        answer = await super().request(*args, **kwargs)
        took_s = time.monotonic() - began_s
        if isinstance(self.receiver, CheckedConnection):
            self.receiver.heard_s = time.monotonic()
        if took_s < CHECK_S:
            self.rtt_s = took_s
        return answer

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """Take a datagram, or drop and count it."""
        first = data[0] if data else None
        if not isinstance(first, int) or not self._is_welcome(first, (addr[0], addr[1])):
            self._drop()
            return
        try:
            super().datagram_received(data, addr)
        except (struct.error, IndexError, UnicodeDecodeError):  # what aioice's parser raises beside ValueError
            self._drop()

    def _drop(self) -> None:
        self.dropped += 1
        self.count("stranger", 1)

    def _is_welcome(self, first_byte: int, addr: tuple[str, int]) -> bool:
        if first_byte <= STUN_FIRST_BYTE_MAX:
            return True
        receiver = self.receiver
        return not isinstance(receiver, CheckedConnection) or receiver.knows(addr, self)


def heard_s(transceiver: Any) -> float | None:
    """Return the monotonic time of the last datagram from the peer, ICE's own included; None: not known."""
    return getattr(transceiver.receiver.transport.transport._connection, "heard_s", None)
