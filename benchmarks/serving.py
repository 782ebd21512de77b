"""A server in a process of its own, for benchmarks and browser tests."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

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
