"""One leg of WebRTC at 720p30, from `track.recv()` to the decoded frame, beside stock aiortc in the same run.

With --wire: calls over an impaired wire instead, row by row of the table in docs/stream.md.
Two processes on this machine, textured moving content that is made before the clock starts, ours and stock by turns.
Both run with their own defaults: stock begins at 1 Mbit/s (H.264) and 0.5 (VP8), ours with the settings' rate.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks import transport_leg
from benchmarks.film import FILM_FRAMES
from benchmarks.transport_leg import FPS, FRAMES, PATIENCE_S, WARM_FRAMES, Row
from benchmarks.wire import table
from pipelines.errors import BackendUnavailable

RUNS = 3
CODECS = ("H264", "VP8")
P50_MS, P95_MS = 8.0, 12.0
FASTER, CHEAPER = 4.0, 3.0
UNITS = {
    "p50_ms": "ms", "p95_ms": "ms", "p99_ms": "ms", "send_cores": "cores", "receive_cores": "cores",
    "delivered": "%", "largest_kb": "kB", "kbps": "kbit/s",
}  # fmt: skip
Figures = dict[str, float]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Run every leg RUNS times by turns; return medians, with the lowest and the highest run beside them."""
    if args.wire:
        return table.run(args.only)
    legs = [(codec, ours) for codec in CODECS for ours in (False, True)]
    runs: dict[tuple[str, bool], list[Figures]] = {leg: [] for leg in legs}
    for turn in range(RUNS):
        for codec, ours in legs:
            figures = measure(codec, ours)
            runs[codec, ours].append(figures)
            told = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
            print(f"run {turn + 1} {'ours' if ours else 'stock':5} {codec:4}  {told}", file=sys.stderr)
    metrics: dict[str, Any] = {}
    for codec in CODECS:
        metrics |= compare(codec.lower(), runs[codec, True], runs[codec, False])
    stock, ours_h264 = (np.median([each["send_cores"] for each in runs["H264", ours]]) for ours in (False, True))
    metrics["h264_send_cpu_ratio"] = _metric([float(stock / ours_h264)], "x", CHEAPER, "higher")
    return metrics


def compare(codec: str, ours: Sequence[Figures], stock: Sequence[Figures]) -> dict[str, Any]:
    """Lay the runs of one codec out as metrics."""
    targets = {"p50_ms": P50_MS, "p95_ms": P95_MS}
    higher = ("delivered", "kbps")
    metrics = {}
    for name, unit in UNITS.items():
        mine, theirs = ([each[name] for each in runs] for runs in (ours, stock))
        better = "higher" if name in higher else "lower"
        metrics[f"{codec}_{name}"] = _metric(mine, unit, targets.get(name), better, float(np.median(theirs)))
    faster = np.median([each["p50_ms"] for each in stock]) / np.median([each["p50_ms"] for each in ours])
    metrics[f"{codec}_p50_ratio"] = _metric([float(faster)], "x", FASTER, "higher")
    return metrics


def measure(codec: str, ours: bool) -> Figures:
    """Run one leg.  Raises BackendUnavailable when no picture comes through."""
    spawn = multiprocessing.get_context("spawn")
    (sender, sender_end), (receiver, receiver_end) = spawn.Pipe(), spawn.Pipe()
    ends = [
        spawn.Process(target=transport_leg.send, args=(codec, ours, sender_end), daemon=True),
        spawn.Process(target=transport_leg.receive, args=(ours, receiver_end), daemon=True),
    ]
    for process in ends:
        process.start()
    try:
        receiver.send(_take(sender))
        sender.send(_take(receiver))
        (sent, sizes), received = _take(sender), _take(receiver)
    finally:
        for process in ends:
            process.join(5.0)
            process.kill()
    return figures(sent, received, sizes)


def _take(wire: Connection) -> Any:
    if not wire.poll(PATIENCE_S):
        raise BackendUnavailable("one end of the leg does not answer")
    try:
        return wire.recv()
    except EOFError:
        raise BackendUnavailable("one end of the leg ended early; its error is above") from None


def figures(sent: Sequence[Row], received: Sequence[Row], sizes: Sequence[int]) -> Figures:
    """Return the figures of one leg without its first second.  Raises BackendUnavailable when nothing arrived."""
    delays = delays_s(sent, received)
    late = [1000 * delay for number, delay in delays.items() if number >= WARM_FRAMES]
    if not late:
        raise BackendUnavailable("no frame came through")
    begun_s = sent[WARM_FRAMES][1]
    measured = sizes[WARM_FRAMES:]
    return {
        "p50_ms": float(np.percentile(late, 50)),
        "p95_ms": float(np.percentile(late, 95)),
        "p99_ms": float(np.percentile(late, 99)),
        "send_cores": _cores(sent, begun_s),
        "receive_cores": _cores(received, begun_s),
        "delivered": 100 * len(late) / FRAMES,
        "largest_kb": max(sizes) / 1000,
        "kbps": sum(measured) * 8 / 1000 / (len(measured) / FPS),
    }


def delays_s(sent: Sequence[Row], received: Sequence[Row]) -> dict[int, float]:
    """Return the delay of each frame that arrived, by number: a mark means the newest frame before it that bears it."""
    delays: dict[int, float] = {}
    for mark, arrived_s, _ in received:
        numbers = [number for number, left_s, _ in sent[mark::FILM_FRAMES] if left_s <= arrived_s]
        if numbers:
            delays.setdefault(numbers[-1], arrived_s - sent[numbers[-1]][1])
    return delays


def _cores(rows: Sequence[Row], begun_s: float) -> float:
    """Return CPU time over time, from `begun_s` to the last row."""
    rows = [row for row in rows if row[1] >= begun_s]
    return (rows[-1][2] - rows[0][2]) / (rows[-1][1] - rows[0][1])


def _metric(
    runs: Sequence[float], unit: str, target: float | None, better: str, stock: float | None = None
) -> dict[str, Any]:
    spread = {"lowest": min(runs), "highest": max(runs)} if len(runs) > 1 else {}
    peers = spread if stock is None else {"stock": stock, **spread}
    return {"value": round(float(np.median(runs)), 3), "unit": unit, "target": target, "better": better, "peers": peers}
