"""The live path without codec: time per stage, sustained frame rate, and what a slow stage does.

The real worker process is fed through its shared-memory rings with the demo film at 640x480. The peer is the
common webcam overlay: the same pose network, then a flat picture warped onto the torso, one frame after another.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from pipelines.pose.tracker import load_tracker, to_rgb
from pipelines.synthetic.crowd import SyntheticCrowd, Walk
from pipelines.types import CameraFrame
from server.media_files import open_source
from server.settings import Settings, load_settings
from server.worker.handle import Composed, WorkerHandle
from server.worker.live_path import WARM_CLIP, camera_frame
from server.worker.ring import Planes

SIZE_PX = (640, 480)
SETTLE_S, RUN_S, SLOW_S = 2.0, 10.0, 8.0
PATIENCE_S = 60.0  # for a wish to be fitted
LIVE, SLOW = "server.worker.live_path", "benchmarks.slow_path"
TEE: dict[str, Any] = {"garments": [{"id": "tee_crew", "size": "M"}], "height_cm": None, "mirror": False}
LAYERS: dict[str, Any] = TEE | {
    "garments": [{"id": name, "size": "M"} for name in ("trousers_chino", "shirt_stripe", "jacket_denim")]
}
MAP = TEE | {"fit_map": True}
TWO: dict[str, Any] = TEE | {"compare": {"garment": "tee_crew", "sizes": ["M", "XL"]}}
BARED = TEE | {"garments": [{"id": name, "size": "M"} for name in ("shorts_chino", "tank_top")]}
TARGETS_MS = {"drape": 3.0, "render": 4.0, "composite": 1.5}


@dataclass
class Run:
    """What came back while frames were fed."""

    stage_ms: dict[str, list[float]] = field(default_factory=dict)
    delay_ms: list[float] = field(default_factory=list)  # frame handed over -> composed frame seen
    span_s: float = 0.0

    @property
    def fps(self) -> float:
        """Composed frames a second."""
        return len(self.delay_ms) / self.span_s

    def median(self, stage: str) -> float:
        """Median time of a stage in ms."""
        return float(np.median(self.stage_ms[stage]))


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Feed the worker and return the figures."""
    frames = film()
    live = asyncio.run(feed(LIVE, frames, RUN_S, 60.0))
    layers = asyncio.run(feed(LIVE, frames, RUN_S, 60.0, LAYERS))
    calm = asyncio.run(feed(LIVE, frames, RUN_S, 30.0))
    mapped = asyncio.run(feed(LIVE, frames, RUN_S, 30.0, MAP))
    two = asyncio.run(feed(LIVE, frames, RUN_S, 60.0, TWO))
    bared = asyncio.run(feed(LIVE, long_clothes(), RUN_S, 60.0, BARED))
    slow = asyncio.run(feed(SLOW, frames, SLOW_S, 30.0))
    overlay_fps = flat_overlay_fps(frames)
    metrics: dict[str, Any] = {}
    for stage, times in calm.stage_ms.items():
        metrics[f"{stage}_ms"] = _metric(float(np.median(times)), "ms", TARGETS_MS.get(stage), "lower")
    metrics["path_fps"] = _metric(live.fps, "fps", 30.0, "higher", {"flat overlay": overlay_fps})
    metrics["three_layers_fps"] = _metric(layers.fps, "fps", 30.0, "higher")
    for stage in ("drape", "render", "composite"):
        metrics[f"three_layers_{stage}_ms"] = _metric(layers.median(stage), "ms", None, "lower")
    metrics["fit_map_render_ms"] = _metric(
        mapped.median("render"), "ms", None, "lower", {"as usual": calm.median("render")}
    )
    metrics["two_sizes_fps"] = _metric(two.fps, "fps", 30.0, "higher")
    metrics["bared_fps"] = _metric(bared.fps, "fps", 30.0, "higher")
    metrics["bared_composite_ms"] = _metric(bared.median("composite"), "ms", None, "lower")
    metrics["delay_p50_ms"] = _metric(float(np.median(calm.delay_ms)), "ms", None, "lower")
    metrics["delay_p95_ms"] = _metric(float(np.percentile(calm.delay_ms, 95)), "ms", None, "lower")
    half = len(slow.delay_ms) // 2
    growth = float(np.median(slow.delay_ms[half:]) - np.median(slow.delay_ms[:half]))
    metrics["slow_stage_fps"] = _metric(slow.fps, "fps", None, "higher")
    metrics["slow_stage_delay_p95_ms"] = _metric(float(np.percentile(slow.delay_ms, 95)), "ms", 270.0, "lower")
    metrics["slow_stage_delay_growth_ms"] = _metric(growth, "ms", 15.0, "lower")
    return metrics


def film() -> list[CameraFrame]:
    """Return the demo film's frames, letterboxed to 640x480."""
    with open_source(WARM_CLIP) as source:
        return [_letterbox(frame) for frame in itertools.islice(source.frames, 90)]


def long_clothes() -> list[CameraFrame]:
    """Return who stands in a long-sleeved shirt and trousers: under a tank top and shorts all limbs are bared."""
    crowd = SyntheticCrowd((Walk(6, ((0.0, 0.0, -0.9),), "gesture", sleeve=1.9),), *SIZE_PX, fps=30)
    frames = [crowd.frame(number).frame for number in range(90)]
    crowd.close()
    return frames


def _letterbox(frame: CameraFrame) -> CameraFrame:
    width, height = SIZE_PX
    scale = min(width / frame.width_px, height / frame.height_px)
    size = (int(frame.width_px * scale) // 4 * 4, int(frame.height_px * scale) // 4 * 4)
    planes = []
    for plane, part, value in ((frame.y, 1, 110), (frame.u, 2, 128), (frame.v, 2, 128)):
        small = cv2.resize(plane, (size[0] // part, size[1] // part), interpolation=cv2.INTER_AREA)
        left, top = (width - size[0]) // 2 // part, (height - size[1]) // 2 // part
        whole = np.full((height // part, width // part), value, np.uint8)
        whole[top : top + small.shape[0], left : left + small.shape[1]] = small
        planes.append(whole)
    return camera_frame((planes[0], planes[1], planes[2]), frame.captured_s)


async def feed(
    pipeline: str, frames: list[CameraFrame], seconds: float, rate_hz: float, wish: Mapping[str, Any] = TEE
) -> Run:
    """Hand `frames` to a worker at `rate_hz`, newest wins, and return what came back once the wish had settled."""
    settings: Settings = load_settings(None, {})
    handle = WorkerHandle(settings, pipeline, lambda _: None)
    handle.start()
    await handle.ready
    result = Run()
    begun_s = time.monotonic()
    settled_s = np.inf

    def on_composed(composed: Composed) -> None:
        nonlocal settled_s
        if settled_s == np.inf and composed.report["fitted"]:
            settled_s = time.monotonic() + SETTLE_S
        if time.monotonic() < settled_s:
            return
        result.delay_ms.append(composed.round_trip_ms)
        for stage, ms in composed.report["stage_ms"].items():
            result.stage_ms.setdefault(stage, []).append(ms)

    handle.begin(dict(wish), on_composed)
    order = itertools.cycle([*range(len(frames)), *range(len(frames) - 2, 0, -1)])
    try:
        for number in itertools.count():
            due_s = begun_s + number / rate_hz
            if due_s > min(settled_s + seconds, begun_s + PATIENCE_S):
                break
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            frame = frames[next(order)]
            planes: Planes = (frame.y, frame.u, frame.v)
            handle.push(planes, round(number / rate_hz * 90_000))
        result.span_s = seconds
        await asyncio.sleep(0.2)
    finally:
        await handle.stop()
    return result


def flat_overlay_fps(frames: list[CameraFrame]) -> float:
    """Return the rate of the usual sixty-line overlay: pose, warp a flat garment to four points, blend."""
    tracker = load_tracker("bundled")
    picture = np.full((256, 256, 4), 200, np.uint8)
    corners = np.float32([[0, 0], [255, 0], [255, 255], [0, 255]])
    started_s = time.perf_counter()
    count = 150
    for number in range(count):
        frame = frames[number % len(frames)]
        shown = CameraFrame(frame.y, frame.u, frame.v, number / 30, frame.K)
        rgb = to_rgb(shown)
        found = tracker.track(shown)
        if found is not None:
            quad = found.uv_px[[11, 12, 24, 23]]
            warp = cv2.getPerspectiveTransform(corners, quad)
            layer = cv2.warpPerspective(picture, warp, SIZE_PX)
            alpha = layer[..., 3:] / 255.0
            rgb = (rgb * (1 - alpha) + layer[..., :3] * alpha).astype(np.uint8)
        cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    tracker.close()
    return count / (time.perf_counter() - started_s)


def _metric(
    value: float, unit: str, target: float | None, better: str, peers: dict[str, float] | None = None
) -> dict[str, Any]:
    return {"value": round(value, 3), "unit": unit, "target": target, "better": better, "peers": peers or {}}
