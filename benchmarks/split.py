"""Split compositing in Chromium: how late the shopper sees themself, and how far the garment is from where it belongs.

A synthetic shopper goes from side to side at half a shoulder width a second before a room that stands still; the
camera's frames are numbered. Read from the picture that the page shows, for each way of composing: when a frame is on
the screen, against a plain video of the same camera, and where the garment's middle is, against the true trunk of that
very frame. What the composed picture shows of that is the error of the pose; the layer's is told beyond it, at the same
place of the way. Browser and server share the machine.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from benchmarks.latency import browsing, metric, serving, until
from pipelines.body.conform import project
from pipelines.errors import BackendUnavailable
from pipelines.synthetic.crowd import SyntheticCrowd, Walk
from pipelines.types import JOINTS

PROBE = Path(__file__).with_name("split_probe.js")
MODES = {"composed": "off", "live": "live", "synced": "synced"}
GARMENT = "tee_crew"
SEED, FPS = 3, 30
SPEED = 0.5  # shoulder widths a second
SHOULDERS_M, HALF_WAY_M = 0.36, 0.27
BITS, BLOCK_PX = 12, 24
TURN_FRAMES = 10  # about a turn: there nobody goes at that speed
SETTLE_S, RUN_S = 4.0, 12.0
FRAME_MS = 1000.0 / FPS

F64 = NDArray[np.float64]
TRUNK = [JOINTS.index(f"{side}_{joint}") for joint in ("shoulder", "hip") for side in ("left", "right")]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure composed, live and synced one after the other in one visit; return the figures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise BackendUnavailable("Chromium is missing: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "walk.mjpeg"
        truth, shoulders = make_film(film)
        seen = watch(chromium, film)
    return figures(seen, truth, shoulders)


def make_film(path: Path) -> tuple[F64, float]:
    """Write the numbered film; return where the trunk is (N,) and how wide the shoulders are, both in pixels."""
    quarter_s = HALF_WAY_M / (SPEED * SHOULDERS_M)
    way = ((0.0, 0.0, 0.0), (quarter_s, HALF_WAY_M, 0.0), (3 * quarter_s, -HALF_WAY_M, 0.0), (4 * quarter_s, 0.0, 0.0))
    crowd = SyntheticCrowd((Walk(SEED, way),))
    middles, widths = [], []
    with path.open("wb") as target:
        for number in range(round(4 * quarter_s * FPS)):
            shot = crowd.frame(number)
            trunk = project(shot.joints_m[0][TRUNK], crowd.K)
            middles.append(trunk[:, 0].mean())
            widths.append(float(np.linalg.norm(trunk[0] - trunk[1])))
            target.write(cv2.imencode(".jpg", stamped(shot.bgr, number), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    crowd.close()
    return np.array(middles), float(np.median(widths))


def stamped(bgr: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """Return the picture with `number` in blocks along its upper edge, parity last."""
    bits = [number >> bit & 1 for bit in range(BITS)]
    out = bgr.copy()
    for place, bit in enumerate([*bits, sum(bits) % 2]):
        out[:BLOCK_PX, place * BLOCK_PX : (place + 1) * BLOCK_PX] = 255 * bit
    return out


def watch(chromium: str, film: Path) -> dict[str, F64]:
    """Return, by mode, rows (N, 4): shown later than a plain video, ms; number; x of the garment; layer's age, ms."""
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    command = [sys.executable, "run_server.py", "serve", "--port", "0"]
    with serving(command, None, "readyz") as address, browsing(chromium, address, PROBE, *camera) as page:
        until(page, "Boolean(window.lookglass)")
        page.evaluate(f"probe.watch(); lookglass.wear(['{GARMENT}'])")
        page.click("#start")
        page.check("#consent-adult")
        page.click("#consent-yes")
        until(page, "probe.rows.some((row) => row[2] > 0)", 60.0)
        return {name: rows_of(page, mode) for name, mode in MODES.items()}


def rows_of(page: Page, mode: str) -> F64:
    """Compose in `mode`, let it settle, record."""
    page.evaluate(f"lookglass.setSplit('{mode}')")
    time.sleep(SETTLE_S)
    page.evaluate("probe.rows = []")
    time.sleep(RUN_S)
    rows, plain = (np.array(part, np.float64) for part in page.evaluate("[probe.rows, probe.plain]"))
    for row in rows:  # a number comes again each time the film begins anew: the nearest is meant
        away = row[0] - plain[plain[:, 1] == row[1], 0]
        row[0] = away[np.abs(away).argmin()] if len(away) else np.nan
    return rows[~np.isnan(rows[:, 0])]


def figures(seen: dict[str, F64], truth: F64, shoulders: float) -> dict[str, Any]:
    """Return the metrics of all modes."""
    metrics: dict[str, Any] = {}
    pose = _pose_error(seen["composed"], truth, shoulders)
    for name, rows in seen.items():
        late = _late_ms(rows)
        target = None if name != "live" else FRAME_MS
        metrics[f"person_late_{name}_p50_ms"] = metric(float(np.median(late)), "ms", target, "lower")
        metrics[f"person_late_{name}_p95_ms"] = metric(float(np.percentile(late, 95)), "ms", None, "lower")
        metrics[f"pictures_{name}_per_s"] = metric(len(late) / RUN_S, "1/s", None, "higher")
        made_of, error = _errors(rows, truth, shoulders)
        beyond = np.abs(error - pose[made_of])
        known = ~np.isnan(beyond)
        for share in (50, 95):
            target = 5.0 if name == "live" and share == 95 else None
            value = float(np.percentile(beyond[known], share))
            metrics[f"garment_off_{name}_p{share}_pct"] = metric(value, "% of shoulders", target, "lower")
        if name != "composed":
            age = rows[rows[:, 3] >= 0, 3]
            metrics[f"layer_age_{name}_p50_ms"] = metric(float(np.median(age)), "ms", None, "lower")
    return metrics


def _late_ms(rows: F64) -> F64:
    """Return how much later than in a plain video each frame was first shown."""
    first: dict[tuple[int, int], float] = {}
    turn, before = 0, -1.0
    for late, number, *_ in rows:
        turn += number < before - 60  # the film has begun again
        before = number
        first.setdefault((turn, int(number)), late)
    return np.array(list(first.values()))


def _errors(rows: F64, truth: F64, shoulders: float) -> tuple[NDArray[np.int64], F64]:
    """Return of which frames the layers were made, and how far each is right of the trunk that it is drawn over.

    In % of the shoulders; turns are left out.
    """
    pace = np.gradient(truth)
    turning = np.abs(pace) < 0.7 * np.median(np.abs(pace))
    turning = np.convolve(turning, np.ones(2 * TURN_FRAMES + 1), "same") > 0
    numbers = rows[:, 1].astype(np.int64)
    whole = (rows[:, 2] > 0) & ~turning[numbers]
    made_of = (numbers - np.round(np.maximum(rows[:, 3], 0.0) / FRAME_MS).astype(np.int64)) % len(truth)
    return made_of[whole], 100.0 * (rows[whole, 2] - truth[numbers[whole]]) / shoulders


def _pose_error(rows: F64, truth: F64, shoulders: float) -> F64:
    """Return, by frame number, how far off the composed garment is: the mean about that place of the way."""
    numbers, error = _errors(rows, truth, shoulders)
    at = np.arange(len(truth))
    near = np.abs(numbers[None, :] - at[:, None]) <= TURN_FRAMES // 2
    count = near.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, (near * error).sum(axis=1) / count, np.nan)
