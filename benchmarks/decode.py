"""What decoding a camera's H.264 at 720p costs: on the CPU, and on a GPU where its decoder passes the trial.

One camera is timed from the packets to the planes in main memory. Then as many decode side by side, each in a thread
of its own, as a server for many shoppers has; what counts there is the processor time that is left for the stages.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from aiortc.codecs.h264 import h264_depayload
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import VIDEO_TIME_BASE

from benchmarks.film import film
from pipelines.errors import BackendUnavailable
from server.rtc.decoders import LowDelayH264Decoder
from server.rtc.encoders import LowDelayH264
from server.rtc.hardware import NvdecH264Decoder, probe_decoder
from server.settings import MediaSettings

WIDTH_PX, HEIGHT_PX = 1280, 720
CAMERAS = 8
LOOPS = 3  # of the film; the first is not timed
TICKS = 3000  # of 1/90000 s between two frames


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Decode the same packets with every decoder that works here; `args` is not used."""
    media = MediaSettings()
    packets = encoded(media)
    kinds: dict[str, type[LowDelayH264Decoder]] = {"cpu": LowDelayH264Decoder}
    verdict = probe_decoder(media)
    print(f"NVDEC: {verdict.reason}")
    if verdict.taken:
        kinds["nvdec"] = NvdecH264Decoder
    alone = {name: timed(kind, packets, 1) for name, kind in kinds.items()}
    many = {name: timed(kind, packets, CAMERAS) for name, kind in kinds.items()}
    metrics: dict[str, Any] = {}
    for cameras, figures in ((1, alone), (CAMERAS, many)):
        for unit in ("wall", "core"):
            values = {name: each[unit] for name, each in figures.items()}
            for name, value in values.items():
                peers = {other: ms for other, ms in values.items() if other != name}
                told = {"value": value, "unit": "ms a frame", "target": None, "better": "lower", "peers": peers}
                metrics[f"{name}_{cameras}_cameras_{unit}_ms"] = told
    return metrics


def encoded(media: MediaSettings) -> list[JitterFrame]:
    """Return the film as a phone sends it, a key frame first."""
    encoder = LowDelayH264(media)
    packets = []
    for number, frame in enumerate(film(WIDTH_PX, HEIGHT_PX)):
        frame.pts, frame.time_base = number * TICKS, VIDEO_TIME_BASE
        payloads, timestamp = encoder.encode(frame, force_keyframe=number == 0)
        packets.append(JitterFrame(b"".join(map(h264_depayload, payloads)), timestamp))
    return packets


def timed(kind: type[LowDelayH264Decoder], packets: Sequence[JitterFrame], cameras: int) -> dict[str, float]:
    """Return the median `wall` ms of a frame, and the `core` ms of processor time that one costs."""
    decoders = [kind() for _ in range(cameras)]
    with ThreadPoolExecutor(cameras) as pool:
        list(pool.map(lambda one: _decode(one, packets), decoders))
        before_s = time.process_time()
        spans = [span for spans in pool.map(lambda one: _decode_often(one, packets), decoders) for span in spans]
        spent_s = time.process_time() - before_s
    return {"wall": 1000 * float(np.median(spans)), "core": 1000 * spent_s / len(spans)}


def _decode_often(decoder: LowDelayH264Decoder, packets: Sequence[JitterFrame]) -> list[float]:
    return [span for _ in range(LOOPS - 1) for span in _decode(decoder, packets)]


def _decode(decoder: LowDelayH264Decoder, packets: Sequence[JitterFrame]) -> list[float]:
    """Return how long each frame took, in seconds; raises BackendUnavailable where one does not come out at once."""
    spans = []
    for packet in packets:
        begun_s = time.perf_counter()
        pictures = decoder.decode(packet)
        planes = [np.asarray(plane) for picture in pictures for plane in picture.planes]
        spans.append(time.perf_counter() - begun_s)
        if len(planes) != 3:
            raise BackendUnavailable(f"{type(decoder).__name__} gave {len(pictures)} pictures for a frame")
    return spans
