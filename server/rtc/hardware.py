"""H.264 on a GPU, taken only after it has proved itself here: a GPU, a driver or a build of FFmpeg may each lack it.

Data-centre GPUs for computing decode but have no encoder at all, so the presence of CUDA says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc.codecs.h264 import h264_depayload
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import VIDEO_TIME_BASE
from av.codec.context import Flags

from server.rtc.decoders import LowDelayH264Decoder
from server.rtc.encoders import NOMINAL_FPS, LowDelayH264
from server.settings import MediaSettings

NVENC, NVDEC = "h264_nvenc", "h264_cuvid"
TRIAL_SIZE, TRIAL_FRAMES, TRIAL_ERROR = (320, 240), 6, 6.0


class NvencH264(LowDelayH264):
    """NVENC as x264 is set: no B-frames, no delay, CBR with its buffer, key frames on request only."""

    def _open(self, width: int, height: int) -> Any:
        codec: Any = av.CodecContext.create(NVENC, "w")
        codec.width, codec.height = width, height
        codec.pix_fmt = "yuv420p"
        codec.bit_rate = self._media.max_kbps * 1000
        codec.framerate = Fraction(NOMINAL_FPS, 1)
        codec.time_base = VIDEO_TIME_BASE
        codec.options = {
            "preset": "p2", "tune": "ull", "profile": "baseline", "rc": "cbr", "bf": "0", "delay": "0",
            "zerolatency": "1", "forced-idr": "1", "g": "-1",
            "bufsize": f"{self._vbv_kbit}k",
        }  # fmt: skip
        codec.open()
        return codec


class NvdecH264Decoder(LowDelayH264Decoder):
    """NVDEC without display delay; its frames come back to main memory, where the stages read them.

    After an error it goes on as a decoder on the CPU: a GPU may run out of memory or be lost, a camera must not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._on_cpu = self.codec
        codec: Any = av.CodecContext.create(NVDEC, "r")
        self.codec = codec
        self.codec.flags |= Flags.low_delay

    def decode(self, encoded_frame: JitterFrame) -> list[Any]:
        """Return the frame as yuv420p planes, as a decoder on the CPU does."""
        try:
            frames: list[Any] = super().decode(encoded_frame)
            return [frame.reformat(format="yuv420p") for frame in frames]
        except av.FFmpegError:
            self.codec = self._on_cpu
            raise


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the hardware is taken, and why."""

    taken: bool
    reason: str


def probe_encoder(
    media: MediaSettings,
    make: Callable[[MediaSettings], LowDelayH264] = NvencH264,
    known: Collection[str] = av.codecs_available,
) -> Verdict:
    """Encode some frames on the GPU and look whether each comes out at once and is the picture that went in."""
    return _probe(NVENC, known, lambda: (make(media), LowDelayH264Decoder()))


def probe_decoder(
    media: MediaSettings,
    make: Callable[[], LowDelayH264Decoder] = NvdecH264Decoder,
    known: Collection[str] = av.codecs_available,
) -> Verdict:
    """Decode some frames on the GPU and look whether each comes out at once and is the picture that went in."""
    return _probe(NVDEC, known, lambda: (LowDelayH264(media), make()))


def _probe(name: str, known: Collection[str], make: Callable[[], tuple[LowDelayH264, LowDelayH264Decoder]]) -> Verdict:
    if name not in known:
        return Verdict(False, f"this FFmpeg has no {name}")
    try:
        return _try(name, *make())
    except (av.FFmpegError, ValueError, OSError) as error:
        return Verdict(False, f"{name} does not start: {getattr(error, 'strerror', None) or error}")


def _try(name: str, encoder: LowDelayH264, decoder: LowDelayH264Decoder) -> Verdict:
    width, height = TRIAL_SIZE
    for number in range(TRIAL_FRAMES):
        packed = np.full((height * 3 // 2, width), 128, np.uint8)
        packed[:height] = 60 + (np.arange(width) + 8 * number) % 120
        frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
        frame.pts, frame.time_base = number * 3000, VIDEO_TIME_BASE
        payloads, timestamp = encoder.encode(frame, force_keyframe=number in (0, TRIAL_FRAMES // 2))
        pictures = decoder.decode(JitterFrame(b"".join(map(h264_depayload, payloads)), timestamp)) if payloads else []
        if len(pictures) != 1:
            return Verdict(False, f"{name} keeps frames back")
        shown: Any = pictures[0]
        error = np.abs(shown.to_ndarray(format="yuv420p").astype(int) - packed).mean()
        if error > TRIAL_ERROR:
            return Verdict(False, f"{name} draws another picture: {error:.0f} levels off")
    return Verdict(True, f"{name} hands each of {TRIAL_FRAMES} frames out at once")
