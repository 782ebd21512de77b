"""A jitter buffer that releases a video frame with its last packet.

Stock aiortc releases a frame when a packet of the *next* one arrives: one frame interval late. RTP
marks the last packet of a video frame (RFC 6184 section 5.1, RFC 7741 section 4.1); senders that do not
are served as before.
"""

from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket


class MarkerJitterBuffer(JitterBuffer):
    """Releases on the marker bit, else on a change of the timestamp."""

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        if not self._is_video or self._origin is None:
            return super()._remove_frame(sequence_number)
        packets: list[RtpPacket] = []
        for count in range(self._capacity):
            packet = self._packets[(self._origin + count) % self._capacity]
            if packet is None:
                return None
            if packets and packet.timestamp != packets[0].timestamp:
                return self._release(packets)
            packets.append(packet)
            if packet.marker:
                return self._release(packets)
        return None

    def _release(self, packets: list[RtpPacket]) -> JitterFrame:
        data = b"".join(packet._data for packet in packets)  # type: ignore[attr-defined]
        self.remove(len(packets))
        return JitterFrame(data=data, timestamp=packets[0].timestamp)
