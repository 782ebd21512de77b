"""The capacity benchmark: its sums, and that its film can be read again."""

import os
import subprocess
import sys
import time

import av
import pytest

from benchmarks.capacity import Held, compare
from benchmarks.capacity_load import FRAMES, KEY_EVERY, encode, read_mark
from benchmarks.serving import cpu_s


def held(sessions: int, cores: float, refused_ms: float = float("nan"), kept: float = float("nan")) -> Held:
    return Held(sessions, cores, refused_ms=refused_ms, kept=kept)


def test_identity_is_compared_by_cores_with_each_peer() -> None:
    runs = {
        "lookglass": [held(4, 0.1), held(5, 0.2), held(6, 0.3)],
        "stock H.264": [held(1, 0.5)],
        "FastRTC": [held(1, 0.4)],
    }
    metrics = compare("identity", runs)
    assert metrics["identity_cores_a_session"]["value"] == 0.2
    assert metrics["identity_cores_a_session"]["peers"] == {"stock H.264": 0.5, "FastRTC": 0.4}
    assert metrics["identity_cores_to_stock_h264"]["value"] == 0.4
    assert (metrics["identity_cores_to_fastrtc"]["value"], metrics["identity_cores_to_fastrtc"]["target"]) == (0.5, 0.5)
    assert metrics["identity_sessions"]["value"] == 5


def test_full_path_is_compared_by_sessions_and_the_refusal_counts() -> None:
    runs = {"lookglass": [held(2, 0.8, 90.0, 0.97)], "stock H.264": [held(1, 0.9)], "stock VP8": [held(0, 0.9)]}
    metrics = compare("full", runs)
    assert (metrics["full_sessions_to_stock_h264"]["value"], metrics["full_sessions_to_stock_h264"]["target"]) == (
        2,
        1.3,
    )
    assert metrics["full_sessions_to_stock_vp8"]["value"] == 2.0
    assert metrics["refused_ms"]["value"] == 90.0
    assert metrics["kept_beside_refusal"]["value"] == 0.97


def test_without_peers_there_is_no_ratio() -> None:
    assert set(compare("identity", {"lookglass": [held(4, 0.1)]})) == {"identity_cores_a_session", "identity_sessions"}


def test_time_of_a_process_and_of_its_children_is_counted() -> None:
    burn = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    with subprocess.Popen([sys.executable, "-c", burn], start_new_session=True) as process:
        try:
            deadline = time.monotonic() + 20
            while cpu_s(process.pid) < 0.5:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            os.killpg(process.pid, 9)


@pytest.mark.parametrize(("codec", "decoder"), [("H264", "h264"), ("VP8", "vp8")])
def test_numbers_are_read_again_from_each_packet(codec: str, decoder: str) -> None:
    packets = encode(codec)
    context = av.CodecContext.create(decoder, "r")
    numbers = [read_mark(frame) for packet in packets[: KEY_EVERY + 5] for frame in context.decode(av.Packet(packet))]
    numbers += [read_mark(frame) for frame in context.decode(None)]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= KEY_EVERY
    assert len(packets) == FRAMES
