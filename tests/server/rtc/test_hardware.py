from __future__ import annotations

import sys
from typing import Any

import aiortc.rtcrtpsender
import av
import pytest
from aiortc.codecs import CODECS

from server.rtc import install, uninstall
from server.rtc.encoders import LowDelayH264
from server.rtc.hardware import NVENC, NvencH264, Verdict, probe
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
    assert probe(WANTED, LowDelayH264, {NVENC}).taken


@pytest.mark.parametrize(
    ("make", "reason"), [(Late, "keeps frames back"), (Black, "another picture"), (Broken, "libcuda")]
)
def test_encoder_that_fails_its_trial_is_not_taken_and_the_verdict_says_why(make: Any, reason: str) -> None:
    verdict = probe(WANTED, make, {NVENC})
    assert not verdict.taken
    assert reason in verdict.reason


def test_no_trial_is_made_without_the_codec() -> None:
    assert probe(WANTED, Broken, {"libx264"}).reason == f"this FFmpeg has no {NVENC}"


@pytest.mark.parametrize(("wished", "passes"), [(True, True), (True, False), (False, True)])
def test_gpu_encodes_where_it_is_wished_for_and_passes_its_trial(
    wished: bool, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["server.rtc.install"], "probe", lambda _: Verdict(passes, "because"))
    install(MediaSettings(hardware_encoder=wished))
    h264 = next(codec for codec in CODECS["video"] if codec.name == "H264")
    made = aiortc.rtcrtpsender.get_encoder(h264)
    uninstall()
    assert isinstance(made, NvencH264) == (wished and passes)
    assert isinstance(made, LowDelayH264)


def test_this_machine_gets_a_verdict() -> None:
    assert probe(WANTED).reason
