"""Stills into files: WebP and PNG, one or many, and MP4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from PIL import Image

from pipelines.viewpoint.turntable import RgbU8

TURN_S = 4.0  # that one turn of a moving picture takes
WEBP = {"quality": 88, "method": 2}
MP4_CRF = "20"


def still_webp(picture: RgbU8) -> bytes:
    """Return one picture (H, W, 3) as WebP."""
    return _saved(Image.fromarray(picture), "WEBP", **WEBP)


def still_png(picture: RgbU8) -> bytes:
    """Return one picture (H, W, 3) as PNG."""
    return _saved(Image.fromarray(picture), "PNG", compress_level=4)


def turn_webp(pictures: Sequence[RgbU8]) -> bytes:
    """Return a turn that moves by itself, for ever."""
    first, *rest = (Image.fromarray(picture) for picture in pictures)
    each_ms = round(1000 * TURN_S / len(pictures))
    return _saved(first, "WEBP", save_all=True, append_images=rest, duration=each_ms, loop=0, **WEBP)


def turn_png(pictures: Sequence[RgbU8]) -> bytes:
    """Return the pictures side by side, the front at the left."""
    return still_png(np.concatenate(pictures, 1))


def turn_mp4(pictures: Sequence[RgbU8]) -> bytes:
    """Return a turn as H.264; an odd last row or column is left out."""
    height, width = (side & ~1 for side in pictures[0].shape[:2])
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        rate = Fraction(len(pictures)) / Fraction(TURN_S)
        stream = container.add_stream("libx264", rate=rate, options={"crf": MP4_CRF, "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
