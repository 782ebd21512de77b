"""Who may still come in: whoever leaves everybody enough frames a second.

The machine is asked what it did, not what it is: a frame's price in processor time, all threads together, times the
frames of everybody there, against the cores. Others' load is not looked at: it may be gone in a second.
"""

from __future__ import annotations

import os
from pathlib import Path

from server.errors import TryLater

CAMERA_FPS = 30.0
USABLE = 0.7  # of the cores: three sessions on two cores got 0.73 of what their price lets expect
RETRY_S = 15
SETTLE = 0.3  # share of a new look at the price
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores() -> float:
    """Return how many cores this process may use: its affinity, or less where its container has a quota."""
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = QUOTA.read_text().split()
    except (OSError, ValueError):
        return count
    return count if quota == "max" else min(count, int(quota) / int(period))


class Admission:
    """Keeps the price of a frame in this process (the rim), and does the sum."""

    def __init__(self, least_fps: float, cores: float) -> None:
        self._least_fps, self._cores = least_fps, cores
        self._rim_s = 0.0  # a frame, in this process
        self._frames = 0
        self._before: tuple[float, int] | None = None

    def look(self, rim_cpu_s: float, frames: int) -> None:
        """Take down this process's CPU time and how many frames were composed so far; once a second or so."""
        last, self._frames = self._frames, frames
        if self._before is None or frames <= last:  # nobody is there, or those who were have gone
            self._before = (rim_cpu_s, frames)
            return
        if frames - self._before[1] < CAMERA_FPS / 2:
            return
        price_s = (rim_cpu_s - self._before[0]) / (frames - self._before[1])
        self._before = (rim_cpu_s, frames)
        self._rim_s += (SETTLE if self._rim_s else 1.0) * (price_s - self._rim_s)

    def fps_of(self, sessions: int, worker_s: float) -> float:
        """Return the frames a second that each of `sessions` gets if a worker needs `worker_s` CPU seconds a frame."""
        price_s = worker_s + self._rim_s
        return CAMERA_FPS if price_s <= 0.0 else min(CAMERA_FPS, USABLE * self._cores / (price_s * max(sessions, 1)))

    def room(self, seated: int, worker_s: float) -> int:
        """Return how many more may come in, 64 at most; an empty house always has room for one."""
        more = 0
        while more < 64 and self.fps_of(seated + more + 1, worker_s) >= self._least_fps:
            more += 1
        return max(more, int(seated == 0))

    def check(self, seated: int, worker_s: float) -> None:
        """Raise TryLater where one more would leave everybody too few frames a second."""
        if self.room(seated, worker_s) == 0:
            fps = self.fps_of(seated + 1, worker_s)
            raise TryLater(
                "capacity",
                f"With one more everybody would see {fps:.0f} frames a second, under {self._least_fps:.0f}. "
                f"Try again in {RETRY_S} seconds.",
                retry_s=RETRY_S,
            )
