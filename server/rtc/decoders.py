"""Decoders that hand a frame out at once: one thread, no reordering delay."""

from __future__ import annotations

from typing import Any

from aiortc.codecs.base import Decoder
from aiortc.codecs.h264 import H264Decoder
from aiortc.codecs.vpx import Vp8Decoder
from aiortc.jitterbuffer import JitterFrame
from av.codec.context import Flags
from av.frame import Frame

from server.rtc.jitter import FrameBatch


class LowDelayH264Decoder(H264Decoder):
    """H.264 as the wire has it: no B-frames, so nothing to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.codec.thread_count = 1
        self.codec.flags |= Flags.low_delay


class LowDelayVp8Decoder(Vp8Decoder):
    """VP8 in the calling thread."""

    def __init__(self) -> None:
        super().__init__()
        self.codec.thread_count = 1


class BatchDecoder(Decoder):
    """Takes the batches of our jitter buffer apart for a decoder of single frames."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def decode(self, encoded_frame: JitterFrame) -> list[Frame]:
        """Decode every frame of a batch, or a plain frame."""
        batch = encoded_frame.frames() if isinstance(encoded_frame, FrameBatch) else [encoded_frame]
        return [frame for part in batch for frame in self.inner.decode(part)]
