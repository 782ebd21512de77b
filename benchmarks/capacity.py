"""How many sessions a machine holds, and what one costs, beside stock aiortc and FastRTC under the same load.

Sessions join one by one, each a 640x480 camera at 30 fps that replays packets encoded beforehand, until one session is
too slow: p95 over 250 ms, or too few frames a second. All on this machine, one server at a time. The product chooses
by itself when to refuse: the first refusal ends its row, and the others are watched meanwhile.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import capacity_load
from benchmarks.registry import table
from benchmarks.serving import answers, cpu_s, started
from pipelines.errors import BackendUnavailable

ROOT = Path(__file__).resolve().parent.parent
FASTRTC = ("fastrtc==0.0.34", "numpy<2")  # mediapipe, for the full path, needs numpy 1
FASTRTC_FOLDER = ROOT / ".cache" / "fastrtc"
RUNS = 3
P95_MS = 250.0
LEAST_FPS = {"identity": 27.0, "full": 10.0}
SESSIONS_MAX = {"identity": 10, "full": 6}
SETTLE_S = {"identity": 3.0, "full": 12.0}  # the full path loads its models first
MEASURE_S, PATIENCE_S, READY_S = 8.0, 60.0, 120.0
FULL_TARGETS = {"stock H.264": 1.3, "stock VP8": 1.0}  # sessions of ours, of theirs
PEERS = {  # name: (server, codec)
    "lookglass": ("lookglass", "H264"),
    "stock H.264": ("stock", "H264"),
    "stock VP8": ("stock", "VP8"),
    "FastRTC": ("fastrtc", "H264"),
}


@dataclass
class Held:
    """What one server held."""

    sessions: int = 0
    cores: float = float("nan")  # a session, while all of `sessions` were held, or the first alone
    p95_ms: list[float] = field(default_factory=list)  # of the worst session, by number of sessions
    fps: list[float] = field(default_factory=list)  # of the slowest session
    refused_ms: float = float("nan")
    kept: float = float("nan")  # share of the others' frame rate beside the one that was refused


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure every server with every stage RUNS times by turns; return medians."""
    peers, count = getattr(args, "peer", None) or list(PEERS), getattr(args, "runs", RUNS)
    stages = [args.stage] if getattr(args, "stage", None) else list(LEAST_FPS)
    metrics: dict[str, Any] = {}
    for stage in stages:
        runs: dict[str, list[Held]] = {peer: [] for peer in peers}
        for turn in range(count):
            for peer in peers:
                held = measure(*PEERS[peer], stage)
                runs[peer].append(held)
                print(f"run {turn + 1} {stage:8} {peer:11} {_told(held)}", file=sys.stderr)
        metrics |= compare(stage, runs)
    return metrics


def compare(stage: str, runs: dict[str, list[Held]]) -> dict[str, Any]:
    """Lay the runs of one stage out as metrics."""
    ours = runs.pop("lookglass", [])
    cores, sessions, peers = _medians(ours, "cores"), _medians(ours, "sessions"), {}
    for name, helds in runs.items():
        peers[name] = _medians(helds, "cores"), _medians(helds, "sessions")
    metrics = {
        f"{stage}_cores_a_session": _metric(cores, "cores", None, "lower", {n: c for n, (c, _) in peers.items()}),
        f"{stage}_sessions": _metric(sessions, "", None, "higher", {n: s for n, (_, s) in peers.items()}),
    }
    if ours and stage == "identity":
        for name, (theirs, _) in peers.items():
            target = None if name == "stock VP8" else 0.5  # it sends a third of the bits
            metrics[f"identity_cores_to_{_key(name)}"] = _metric(cores / theirs, "x", target, "lower")
    if ours and stage == "full":
        for name, (_, theirs) in peers.items():
            ratio, target = sessions / max(theirs, 1.0), FULL_TARGETS.get(name)
            metrics[f"full_sessions_to_{_key(name)}"] = _metric(ratio, "x", target, "higher")
        metrics["refused_ms"] = _metric(_medians(ours, "refused_ms"), "ms", 200.0, "lower")
        metrics["kept_beside_refusal"] = _metric(_medians(ours, "kept"), "", 0.95, "higher")
    return metrics


def measure(server: str, codec: str, stage: str) -> Held:
    """Let sessions join one server until it is full.  Raises BackendUnavailable where it does not serve at all."""
    held = Held()
    with serving(server, stage) as (address, process), _crowd(address, server, codec) as orders:
        for count in range(1, SESSIONS_MAX[stage] + 1):
            refused_s = _order(orders, "join")
            if refused_s is not None:
                held.refused_ms = 1000 * refused_s
                seen = _order(orders, "measure", MEASURE_S)
                held.kept = min(fps for fps, _ in seen) / held.fps[-1] if held.fps else float("nan")
                break
            time.sleep(SETTLE_S[stage])
            before = cpu_s(process.pid)
            seen = _order(orders, "measure", MEASURE_S)
            cores = (cpu_s(process.pid) - before) / MEASURE_S / count
            late = max(1000 * float(np.percentile(delays, 95)) if delays else float("inf") for _, delays in seen)
            slowest = min(fps for fps, _ in seen)
            held.p95_ms.append(late)
            held.fps.append(slowest)
            held.cores = cores if count == 1 else held.cores
            if late > P95_MS or slowest < LEAST_FPS[stage]:
                break
            held.sessions, held.cores = count, cores
    return held


@contextmanager
def serving(server: str, stage: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a server in a process of its own until the block ends; gives its address."""
    port = 18_000 + os.getpid() % 1000
    address = f"http://127.0.0.1:{port}"
    python, extra = sys.executable, {}
    if server == "fastrtc":
        python = fastrtc_python()
        extra = {"LOOKGLASS_SITE": str(Path(np.__file__).parents[1])}
    command = [python, "-m", "benchmarks.capacity_server", server, stage, str(port)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with started(command, {**os.environ, "PYTHONPATH": str(ROOT), **extra, **environment}, log) as process:
            ready = "/readyz" if server == "lookglass" else "/openapi.json"
            deadline = time.monotonic() + READY_S
            while not answers(address + ready):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BackendUnavailable(f"{server} did not start: {log.read_text(errors='replace')[-600:]}")
                time.sleep(0.2)
            yield address, process


def fastrtc_python() -> str:
    """Return the Python of FastRTC's own environment; makes it once.  Raises BackendUnavailable."""
    python = FASTRTC_FOLDER / "bin" / "python"
    if not (FASTRTC_FOLDER / "ready").exists():
        print("FastRTC gets an environment of its own, once …", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", FASTRTC_FOLDER], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *FASTRTC], check=True)
        except subprocess.CalledProcessError as error:
            raise BackendUnavailable(f"FastRTC cannot be installed here: {error}") from error
        (FASTRTC_FOLDER / "ready").touch()
    return str(python)


@contextmanager
def _crowd(address: str, server: str, codec: str) -> Iterator[Connection]:
    spawn = multiprocessing.get_context("spawn")
    orders, theirs = spawn.Pipe()
    process = spawn.Process(target=capacity_load.crowd, args=(address, server, codec, theirs), daemon=True)
    process.start()
    try:
        yield orders
        _order(orders, "end")
    finally:
        process.join(5.0)
        process.kill()


def _order(orders: Connection, order: str, value: float = 0.0) -> Any:
    orders.send((order, value))
    if not orders.poll(value + PATIENCE_S):
        raise BackendUnavailable(f"the shoppers do not answer: {order}")
    told = orders.recv()
    if isinstance(told, Exception):
        raise BackendUnavailable(f"{order}: {told!r}") from told
    return told


def _key(name: str) -> str:
    return name.lower().replace(" ", "_").replace(".", "")


def _medians(helds: list[Held], name: str) -> float:
    return float(np.median([getattr(held, name) for held in helds])) if helds else float("nan")


def _told(held: Held) -> str:
    steps = "  ".join(f"{fps:.1f} fps {late:.0f} ms" for fps, late in zip(held.fps, held.p95_ms, strict=True))
    refusal = f"  refused in {held.refused_ms:.0f} ms, others kept {held.kept:.2f}" if held.refused_ms > 0 else ""
    return f"{held.sessions} sessions, {held.cores:.3f} cores each: {steps}{refusal}"


def _metric(
    value: float, unit: str, target: float | None, better: str, peers: dict[str, float] | None = None
) -> dict[str, Any]:
    rounded = {name: round(figure, 3) for name, figure in (peers or {}).items()}
    return {"value": round(value, 3), "unit": unit, "target": target, "better": better, "peers": rounded}


def main() -> None:
    """Run from the command line, for some of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stage", choices=tuple(LEAST_FPS), help="one of the two, instead of both")
    parser.add_argument("--peer", action="append", choices=tuple(PEERS), help="only this server; may be repeated")
    parser.add_argument("--runs", type=int, default=RUNS)
    print(table(run(parser.parse_args())))


if __name__ == "__main__":
    main()
