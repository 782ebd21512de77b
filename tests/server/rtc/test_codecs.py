from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder, h264_depayload
from aiortc.codecs.vpx import vp8_depayload
from aiortc.jitterbuffer import JitterFrame

from server.rtc.decoders import LowDelayH264Decoder, LowDelayVp8Decoder
from server.rtc.encoders import LowDelayH264, LowDelayVp8, SendRate
from server.settings import MediaSettings
from tests.server.rtc.sps import Bits, reorder_limits

MEDIA = MediaSettings()
UNCAPPED = MediaSettings(max_kbps=3000, bits_per_pixel_max=8, network_ladder=False)
PAIRS: dict[str, tuple[Any, Any, Any]] = {
    "h264": (LowDelayH264, LowDelayH264Decoder, h264_depayload),
    "vp8": (LowDelayVp8, LowDelayVp8Decoder, vp8_depayload),
}


def picture(number: int, size: tuple[int, int] = (320, 240), noise: int = 0) -> av.VideoFrame:
    """A gradient that moves; `noise` makes it hard to compress."""
    width, height = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    luma = 60 + (x + y + 4 * number) % 120
    luma = luma + np.random.default_rng(number).integers(-noise, noise + 1, luma.shape)
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, values in zip(frame.planes, (luma, None, None), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        rows[:] = 128
        if values is not None:
            rows[:height, :width] = np.clip(values, 16, 235)
    frame.pts, frame.time_base = number * 3000 + 1, Fraction(1, 90_000)
    return frame


@pytest.mark.parametrize("name", PAIRS)
def test_every_frame_comes_out_at_once_with_its_exact_time(name: str) -> None:
    encoder, decoder, depayload = PAIRS[name]
    encoder, decoder = encoder(MEDIA), decoder()
    for number in range(12):
        source = picture(number)
        original = source.to_ndarray(format="gray").astype(int)
        payloads, timestamp = encoder.encode(source, force_keyframe=number == 0)
        assert timestamp == number * 3000 + 1
        assert all(len(payload) <= 1300 for payload in payloads)
        data = b"".join(depayload(payload) for payload in payloads)
        (decoded,) = decoder.decode(JitterFrame(data, timestamp))
        assert abs(decoded.to_ndarray(format="gray").astype(int) - original).mean() < 6


@pytest.mark.parametrize("name", PAIRS)
def test_key_frame_comes_when_asked_for_and_when_the_size_changes(name: str) -> None:
    encoder, decoder, depayload = PAIRS[name]
    encoder = encoder(MEDIA)
    sizes = [(320, 240)] * 40 + [(240, 320)] * 3
    keys = []
    for number, size in enumerate(sizes):
        payloads, timestamp = encoder.encode(picture(number, size), force_keyframe=number == 20)
        data = b"".join(depayload(payload) for payload in payloads)
        if decoder_starts(decoder(), data, timestamp):
            keys.append(number)
    assert keys == [0, 20, 40]


def decoder_starts(decoder: Any, data: bytes, timestamp: int) -> bool:
    """Whether a fresh decoder can begin with this frame."""
    try:
        return bool(decoder.decode(JitterFrame(data, timestamp)))
    except av.FFmpegError:
        return False


def test_h264_changes_its_rate_in_place_without_a_key_frame() -> None:
    encoder = LowDelayH264(UNCAPPED)

    def encode(first: int, count: int) -> int:
        return sum(sum(map(len, encoder.encode(picture(n, noise=12))[0])) for n in range(first, first + count))

    encode(0, 15)
    codec, before = encoder.codec, encode(15, 30)
    encoder.target_bitrate = 500_000
    encode(45, 15)
    lower = encode(60, 30)
    encoder.target_bitrate = 3_000_000
    higher = encode(90, 30)
    assert encoder.codec is codec
    assert lower < 0.5 * before
    assert higher > 1.2 * before


@pytest.mark.parametrize("name", PAIRS)
def test_estimate_of_the_receiver_is_kept_inside_the_settings(name: str) -> None:
    encoder = PAIRS[name][0](MEDIA)
    assert encoder.target_bitrate == MEDIA.start_kbps * 1000
    encoder.target_bitrate = 1
    assert encoder.target_bitrate == MEDIA.start_kbps * 1000, "nothing was sent yet: this is no congestion"
    for number in range(31):
        encoder.encode(picture(number, noise=20))
    encoder.target_bitrate = 1
    assert encoder.target_bitrate == MEDIA.min_kbps * 1000
    encoder.target_bitrate = 10**9
    assert encoder.target_bitrate == MEDIA.max_kbps * 1000


def test_slow_picture_does_not_talk_its_rate_down() -> None:
    rate = SendRate(MEDIA)
    for number in range(20):
        rate.book(number * 22_500, 1000)  # 4 fps, 32 kbit/s
    assert rate.sent_bps == pytest.approx(32_000)
    rate.aim(48_000)
    assert rate.bps == MEDIA.start_kbps * 1000
    for number in range(60):
        rate.book(20 * 22_500 + number * 3000, 10_000)  # 30 fps, 2.4 Mbit/s
    rate.aim(1_000_000)
    assert rate.bps == 1_000_000
    rate.aim(1_100_000)
    assert rate.bps == 1_100_000


def test_h264_tells_decoders_that_no_frame_comes_out_of_order() -> None:
    encoder, kinds = LowDelayH264(MEDIA), set()
    for number in range(20):
        payloads, _ = encoder.encode(picture(number, noise=8), force_keyframe=number == 10)
        stream = b"".join(map(h264_depayload, payloads))
        nals = list(H264Encoder._split_bitstream(stream))
        slices = [nal for nal in nals if nal[0] & 31 in (1, 5)]
        kinds |= {slice_kind(nal) for nal in slices}
        for sps in (nal for nal in nals if nal[0] & 31 == 7):
            limits = reorder_limits(sps)
            assert (limits["reorder"], limits["buffered"]) == (0, limits["references"])
    assert kinds == {"P", "I"}


@pytest.mark.parametrize("name", PAIRS)
def test_frame_keeps_its_time_and_picture_when_it_is_encoded(name: str) -> None:
    encoder, frame = PAIRS[name][0](MEDIA), picture(3)
    before = frame.to_ndarray()
    encoder.encode(frame, force_keyframe=True)
    assert (frame.pts, frame.time_base) == (9001, Fraction(1, 90_000)), "no rebasing: both count the same ticks"
    assert np.array_equal(frame.to_ndarray(), before)


def slice_kind(nal: bytes) -> str:
    """Return I, P or B (ITU-T H.264 table 7-6)."""
    bits = Bits(nal)
    bits.ue()
    return "PBI"[bits.ue() % 5]


@pytest.mark.parametrize("fps", [30, 10, 5])
def test_h264_keeps_its_rate_when_frames_come_slower(fps: int) -> None:
    media = UNCAPPED.model_copy(update={"start_kbps": 300})
    encoder, sent = LowDelayH264(media), 0
    for number in range(3 * fps):
        frame = picture(number, noise=12)
        frame.pts = number * 90_000 // fps
        sent += sum(map(len, encoder.encode(frame)[0]))
    assert sent * 8 / 3 == pytest.approx(300_000, rel=0.35)


def test_encoders_and_decoders_use_one_thread() -> None:
    for name in PAIRS:
        encoder = PAIRS[name][0](MEDIA)
        encoder.encode(picture(0))
        assert encoder.codec.thread_count == 1
        assert PAIRS[name][1]().codec.thread_count == 1
