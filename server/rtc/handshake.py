"""Connecting on a link that loses packets: checks and flights that get no answer are repeated soon.

Stock waits half a second before it repeats an ICE check and a whole one before a DTLS flight, doubling each time: at
20 % loss a handshake takes seconds. OpenSSL's own timer cannot be reached from Python, so the flight's datagram is sent
again as it is: where it had arrived, DTLS drops it as a replay (RFC 6347 section 4.1.2.6).
"""

from __future__ import annotations

import asyncio
from typing import Any

from aioice.stun import RETRY_MAX, Transaction
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from OpenSSL import SSL

CHECK_S, CHECKS_MORE = 0.2, 1  # first wait; as many more as it takes to be as patient as stock
FLIGHT_S, FLIGHTS_MAX = 0.15, 6
DATAGRAM_MAX = 1500


class QuickTransaction(Transaction):
    """A STUN transaction that repeats its request sooner; one that is not to be repeated stays as it is."""

    def __init__(
        self, request: Any, addr: Any, protocol: Any, retransmissions: int | None = None, **options: Any
    ) -> None:
        more = RETRY_MAX + CHECKS_MORE if retransmissions is None else retransmissions
        super().__init__(request, addr, protocol, retransmissions=more, **options)
        if more:
            self._Transaction__timeout_delay = CHECK_S


class QuickDtls(RTCDtlsTransport):
    """Repeats the newest flight of its handshake until another takes its place, a few times."""

    _repeating: asyncio.TimerHandle | None = None

    async def stop(self) -> None:
        """End."""
        await super().stop()  # which may send a last flight
        if self._repeating:
            self._repeating.cancel()

    async def _write_ssl(self) -> None:
        if self._state != State.CONNECTING or self._ssl is None:
            await super()._write_ssl()
            return
        try:
            flight = self._ssl.bio_read(DATAGRAM_MAX)
        except SSL.Error:
            return
        if self._repeating:
            self._repeating.cancel()
        self._repeat_later(flight, FLIGHT_S, FLIGHTS_MAX)
        await self._send_flight(flight)

    def _repeat_later(self, flight: bytes, wait_s: float, left: int) -> None:
        loop = asyncio.get_running_loop()
        self._repeating = loop.call_later(wait_s, self._repeat, flight, wait_s, left) if left else None

    def _repeat(self, flight: bytes, wait_s: float, left: int) -> None:
        if self._state in (State.CONNECTING, State.CONNECTED):
            self._repeat_later(flight, 2 * wait_s, left - 1)
            self._repeated = asyncio.ensure_future(self._send_flight(flight))

    async def _send_flight(self, flight: bytes) -> None:
        try:
            await self.transport._send(flight)
        except ConnectionError:  # ICE has ended; the handshake finds out by itself
            return
        counted: Any = vars(self)
        counted["_RTCDtlsTransport__tx_bytes"] += len(flight)
        counted["_RTCDtlsTransport__tx_packets"] += 1
