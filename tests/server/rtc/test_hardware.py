from __future__ import annotations

import sys
from typing import Any

import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
import av
import pytest
from aiortc.codecs import CODECS
from aiortc.codecs.h264 import h264_depayload
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import VIDEO_TIME_BASE

from server.rtc import install, uninstall
from server.rtc.decoders import LowDelayH264Decoder
from server.rtc.encoders import LowDelayH264
from server.rtc.hardware import NVDEC, NVENC, NvdecH264Decoder, NvencH264, Verdict, probe_decoder, probe_encoder
from server.settings import MediaSettings

WANTED = MediaSettings(hardware_encoder=True)


class Late(LowDelayH264):
    """Gives every frame one frame later, as an encoder with a delay does."""

    def encode(self, frame: Any, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        kept, self.kept = getattr(self, "kept", ([], 0)), super().encode(frame, force_keyframe)
        return kept


class Black(LowDelayH264):
    """Draws nothing."""

    def encode(self, frame: Any, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        dark = av.VideoFrame(frame.width, frame.height, "yuv420p")
        for plane in dark.planes:
            plane.update(bytes(plane.buffer_size))
        dark.pts, dark.time_base = frame.pts, frame.time_base
        return super().encode(dark, force_keyframe)


class Broken(LowDelayH264):
    """Has no driver."""

    def _open(self, width: int, height: int) -> Any:
        raise av.ExternalError(-1, "Cannot load libcuda.so.1")


def test_encoder_that_hands_out_every_frame_at_once_is_taken() -> None:
    assert probe_encoder(WANTED, LowDelayH264, {NVENC}).taken


@pytest.mark.parametrize(
    ("make", "reason"), [(Late, "keeps frames back"), (Black, "another picture"), (Broken, "libcuda")]
)
def test_encoder_that_fails_its_trial_is_not_taken_and_the_verdict_says_why(make: Any, reason: str) -> None:
    verdict = probe_encoder(WANTED, make, {NVENC})
    assert not verdict.taken
    assert reason in verdict.reason


def test_no_trial_is_made_without_the_codec() -> None:
    assert probe_encoder(WANTED, Broken, {"libx264"}).reason == f"this FFmpeg has no {NVENC}"


@pytest.mark.parametrize(("wished", "passes"), [(True, True), (True, False), (False, True)])
def test_gpu_encodes_where_it_is_wished_for_and_passes_its_trial(
    wished: bool, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["server.rtc.install"], "probe_encoder", lambda _: Verdict(passes, "because"))
    install(MediaSettings(hardware_encoder=wished))
    h264 = next(codec for codec in CODECS["video"] if codec.name == "H264")
    made = aiortc.rtcrtpsender.get_encoder(h264)
    uninstall()
    assert isinstance(made, NvencH264) == (wished and passes)
    assert isinstance(made, LowDelayH264)


class LateDecoder(LowDelayH264Decoder):
    """Shows every frame one frame later, as a decoder that reorders does."""

    def decode(self, encoded_frame: JitterFrame) -> list[Any]:
        kept, self.kept = getattr(self, "kept", []), super().decode(encoded_frame)
        return kept


class LostGpu(NvdecH264Decoder):
    """Its GPU decodes nothing: the codec of another format in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.codec = av.CodecContext.create("png", "r")


def _coded(frames: int) -> list[JitterFrame]:
    encoder, coded = LowDelayH264(WANTED), []
    for number in range(frames):
        frame = av.VideoFrame(320, 240, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([40 + 10 * number]) * plane.buffer_size)
        frame.pts, frame.time_base = 3000 * number, VIDEO_TIME_BASE
        payloads, timestamp = encoder.encode(frame, force_keyframe=True)
        coded.append(JitterFrame(b"".join(map(h264_depayload, payloads)), timestamp))
    return coded


def test_decoder_that_hands_out_every_frame_at_once_is_taken() -> None:
    assert probe_decoder(WANTED, LowDelayH264Decoder, {NVDEC}).taken


def test_decoder_that_keeps_frames_back_or_reads_nothing_is_not_taken() -> None:
    assert "keeps frames back" in probe_decoder(WANTED, LateDecoder, {NVDEC}).reason
    assert not probe_decoder(WANTED, LostGpu, {NVDEC}).taken
    assert probe_decoder(WANTED, LostGpu, {"h264"}).reason == f"this FFmpeg has no {NVDEC}"


def test_camera_goes_on_when_its_gpu_is_lost() -> None:
    first, second = _coded(2)
    decoder = LostGpu()
    with pytest.raises(av.FFmpegError):
        decoder.decode(first)
    (shown,) = decoder.decode(second)
    assert (shown.width, shown.height, shown.format.name) == (320, 240, "yuv420p")
    assert abs(int(shown.to_ndarray(format="yuv420p")[:240].mean()) - 50) < 4


@pytest.mark.parametrize(("wished", "passes"), [(True, True), (True, False), (False, True)])
def test_gpu_decodes_where_it_is_wished_for_and_passes_its_trial(
    wished: bool, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["server.rtc.install"], "probe_decoder", lambda _: Verdict(passes, "because"))
    install(MediaSettings(hardware_decoder=wished))
    h264 = next(codec for codec in CODECS["video"] if codec.name == "H264")
    made = aiortc.rtcrtpreceiver.get_decoder(h264)
    uninstall()
    assert isinstance(made, NvdecH264Decoder) == (wished and passes)
    assert isinstance(made, LowDelayH264Decoder)


def test_this_machine_gets_a_verdict() -> None:
    assert probe_encoder(WANTED).reason
    assert probe_decoder(WANTED).reason
