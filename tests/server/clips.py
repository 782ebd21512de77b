"""Small video files for the tests, made on the spot."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}  # clockwise, as a player has to turn the picture


def write_clip(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    times_s: Sequence[float] | None = None,
    matrix: Colorspace | None = None,
    kind: str | None = None,
) -> Path:
    """Write RGB pictures (H, W, 3) at 25 fps or `times_s`; `kind` names a container that the suffix does not."""
    with av.open(str(path), "w", format=kind) as container:
        stream: Any = None
        for number, rgb in enumerate(pictures):
            if stream is None:
                stream = container.add_stream(codec, rate=25)
                stream.width, stream.height, stream.pix_fmt = rgb.shape[1], rgb.shape[0], pix_fmt
                stream.codec_context.time_base = Fraction(1, 1000)
                if matrix is not None:
                    stream.codec_context.colorspace = matrix
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            frame = frame.reformat(format=pix_fmt, dst_colorspace=matrix)
            frame.pts = round(1000 * (number / 25 if times_s is None else times_s[number]))
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_tone(path: Path) -> Path:
    """Write half a second of sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for part in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, part * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turn(path: Path, degrees: int) -> None:
    """Give an MP4 the display matrix of a phone held sideways (ISO/IEC 14496-12, track header box, version 0)."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 4 + 20 + 16
    a, b, c, d = TURNS[degrees]
    struct.pack_into(">9i", data, matrix, a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
