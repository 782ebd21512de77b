"""A server in a process of its own, for benchmarks and browser tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.errors import BackendUnavailable

ROOT = Path(__file__).resolve().parent.parent
STOP_S = 20.0


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` from the checkout, its output in `log`, until the block ends; then SIGTERM, at last SIGKILL."""
    with log.open("wb") as sink:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=sink, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url: str) -> bool:
    """Return whether our own server on loopback answers `url` with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def await_ready(process: subprocess.Popen[bytes], log: Path, most_s: float) -> str:
    """Return host and port once the server's workers are warm: those that warm up take a core from the answer."""
    deadline = time.monotonic() + most_s
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://(127\.0\.0\.1:\d+)/", log.read_text(errors="replace"))
        if found and answers(f"http://{found[1]}/readyz"):
            time.sleep(5.0)  # the spare worker warms up after the first
            return found[1]
        time.sleep(0.2)
    raise BackendUnavailable("the server did not become ready: " + log.read_text(errors="replace")[-500:])


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and all below it, in seconds."""
    return own_cpu_s(pid) + sum(cpu_s(child) for child in children_of(pid))


def own_cpu_s(pid: int) -> float:
    """Return the CPU time of a process alone, in seconds; 0 of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started and that live."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it ended meanwhile
            found += map(int, task.read_text().split())
    return found
