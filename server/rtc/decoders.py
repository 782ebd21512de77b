"""Decoders that hand a frame out at once: one thread, no reordering delay."""

from __future__ import annotations

from aiortc.codecs.h264 import H264Decoder
from aiortc.codecs.vpx import Vp8Decoder
from av.codec.context import Flags


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
