"""A jitter buffer that releases video frames with their last packet, all that are whole at once.

Stock aiortc releases a frame when a packet of the *next* one arrives: one frame interval late. RTP
marks the last packet of a video frame (RFC 6184 section 5.1, RFC 7741 section 4.1); senders that do not
are served as before. It also releases one frame a packet at most: when a late packet completes several frames,
the rest stays behind, for good where a frame is a single packet. Here they travel together.
"""

from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket


class FrameBatch(JitterFrame):
    """A frame, and those that became whole with the same packet; aiortc maps the first one's timestamp."""

    def __init__(self, frames: list[JitterFrame]) -> None:
        super().__init__(data=frames[0].data, timestamp=frames[0].timestamp)
        self._raw = [frame.timestamp for frame in frames]
        self._later = frames[1:]

    def frames(self) -> list[JitterFrame]:
        """Return all frames, the later ones on the first one's time axis."""
        first = JitterFrame(data=self.data, timestamp=self.timestamp)
        ticks = [self.timestamp + ((raw - self._raw[0]) & 0xFFFFFFFF) for raw in self._raw[1:]]
        return [first, *(JitterFrame(f.data, at) for f, at in zip(self._later, ticks, strict=True))]


class MarkerJitterBuffer(JitterBuffer):
    """Releases on the marker bit, else on a change of the timestamp."""

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        if not self._is_video or self._origin is None:
            return super()._remove_frame(sequence_number)
        frames: list[JitterFrame] = []
        while (frame := self._first_whole()) is not None:
            frames.append(frame)
        return FrameBatch(frames) if frames else None

    def _first_whole(self) -> JitterFrame | None:
        packets: list[RtpPacket] = []
        origin = self._origin or 0
        for count in range(self._capacity):
            packet = self._packets[(origin + count) % self._capacity]
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
