from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.rtc.headers import NAL_UNITS_MAX, begins_key_picture, claimed_sizes


def encoded(codec: str, size: tuple[int, int], profile: str = "", frames: int = 3, **options: str) -> list[bytes]:
    """Encode grey pictures, a key picture first."""
    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt = "yuv444p" if "4:4:4" in profile else "yuv420p"
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30, 1)
    context.options = options
    if profile:
        context.profile = profile
    packets = []
    for number in range(frames):
        frame = av.VideoFrame(*size, context.pix_fmt)
        for plane in frame.planes:
            plane.update(bytes([100 + number]) * plane.buffer_size)
        frame.pts = number
        packets += context.encode(frame)
    return [bytes(packet) for packet in [*packets, *context.encode(None)]]


def h264(size: tuple[int, int], profile: str = "Baseline", **options: str) -> list[bytes]:
    return encoded("libx264", size, profile, preset="ultrafast", tune="zerolatency", **options)


def vp8(size: tuple[int, int]) -> list[bytes]:
    return encoded("libvpx", size, deadline="realtime")


SIZES = [(16, 16), (320, 240), (640, 480), (1280, 720), (720, 1280), (1920, 1088), (2048, 1536)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("profile", ["Baseline", "Main", "High", "High 4:4:4 Predictive"])
def test_size_of_what_x264_writes_is_read(size: tuple[int, int], profile: str) -> None:
    key, *later = h264(size, profile)
    assert claimed_sizes("H264", key) == [size]
    assert begins_key_picture("H264", key)
    assert not any(begins_key_picture("H264", data) for data in later)
    assert all(claimed_sizes("H264", data) == [] for data in later)


def test_interlaced_stream_and_scaling_lists_are_read() -> None:
    key = h264((640, 480), "High", **{"x264-params": "interlaced=1:cqm=jvt"})[0]
    assert claimed_sizes("H264", key) == [(640, 480)]


@pytest.mark.parametrize("size", SIZES)
def test_size_of_what_libvpx_writes_is_read(size: tuple[int, int]) -> None:
    key, *later = vp8(size)
    assert claimed_sizes("VP8", key) == [size]
    assert begins_key_picture("VP8", key)
    assert not any(begins_key_picture("VP8", data) for data in later)


def test_first_packet_tells_a_key_picture_and_a_later_one_does_not() -> None:
    key = h264((640, 480))[0]
    assert begins_key_picture("H264", key[:20])
    assert not begins_key_picture("H264", key[-20:])
    idr = key.index(b"\x00\x00\x01\x65")
    assert begins_key_picture("H264", key[idr : idr + 10]), "parameter sets may have come before"
    assert not begins_key_picture("H264", b"\x00\x00\x01\x65\x40\x00"), "not the picture's first slice"
    assert not begins_key_picture("VP8", vp8((640, 480))[0][:9])


def test_parameter_set_is_read_wherever_it_stands() -> None:
    key, delta, *_ = h264((2048, 1536))
    assert claimed_sizes("H264", delta + key) == [(2048, 1536)]
    assert claimed_sizes("H264", h264((320, 240))[0] + key) == [(320, 240), (2048, 1536)]


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("H264", b"\x00\x00\x01\x67"),
        ("H264", b"\x00\x00\x01\x67\x42\xe0\x1f" + bytes(40)),
        ("H264", h264((320, 240))[0][:9]),
        ("H264", b"\x00\x00\x01\x06" * NAL_UNITS_MAX + h264((320, 240))[0]),
        ("H264", h264((320, 240))[0] * 5),
        ("VP8", b"\x10\x00"),
        ("VP8", b"\x10\x00\x00\x9d\x01\x2b" + bytes(8)),
    ],
)
def test_header_that_cannot_be_read_is_refused(codec: str, data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the documented one
        claimed_sizes(codec, data)


def test_other_codecs_are_left_alone() -> None:
    assert claimed_sizes("VP9", b"\x00") == []
    assert begins_key_picture("VP9", b"\x00")


SEEDS = [h264((320, 240), "High")[0], h264((320, 240))[0], vp8((320, 240))[0]]


@settings(max_examples=600, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    cut=st.integers(0, 60),
    changes=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), max_size=8),
    codec=st.sampled_from(["H264", "VP8"]),
)
@example(seed=b"", cut=0, changes=[], codec="VP8")
def test_any_bytes_are_read_or_refused(seed: bytes, cut: int, changes: list[tuple[int, int]], codec: str) -> None:
    data = bytearray(seed[: len(seed) - cut])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    begins_key_picture(codec, bytes(data))
    try:
        sizes = claimed_sizes(codec, bytes(data))
    except ValueError:
        return
    assert all(width >= 0 and height >= 0 for width, height in sizes)


@given(data=st.binary(max_size=200))
def test_noise_is_read_or_refused(data: bytes) -> None:
    for codec in ("H264", "VP8"):
        for start in (b"", b"\x00\x00\x01\x67\x64\x00\x1f"):
            begins_key_picture(codec, start + data)
            try:
                claimed_sizes(codec, start + data)
            except ValueError:
                pass
