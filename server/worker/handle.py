"""The rim's end of one worker process."""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import structlog

from server.settings import ROOT, Settings
from server.worker.link import Link
from server.worker.ring import FrameRing, Planes, RingFrame

UNREAD_MAX = 64
PRICES = 60  # frames whose CPU time is remembered
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip

log = structlog.get_logger("lookglass.worker")


@dataclass(frozen=True, slots=True)
class Composed:
    """A frame that came back."""

    frame: RingFrame
    round_trip_ms: float
    report: dict[str, Any]  # see `_result_message` of the worker


class WorkerHandle:
    """One process, its two rings and its messages.  All methods run on the event loop's thread."""

    def __init__(self, settings: Settings, pipeline: str, on_exit: Callable[[WorkerHandle], None]) -> None:
        self._settings, self._pipeline, self._on_exit = settings, pipeline, on_exit
        side = max(settings.media.max_width_px, settings.media.photo_side_px)
        self._pixels = 2 * side * side  # a packed layer is twice as high as its frame
        self.ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.dead = asyncio.Event()
        self.on_composed: Callable[[Composed], None] | None = None
        self.on_refused: Callable[[str], None] | None = None
        self.on_scan: Callable[[dict[str, Any]], None] | None = None
        self.on_death: Callable[[], None] | None = None  # the seated session's
        self.epoch = 0
        self.waiting_since_s: float | None = None  # monotonic, of the oldest unanswered frame
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: asyncio.Event = asyncio.Event()
        self._sent_s: dict[int, float] = {}
        self._read = 0
        self._ahead_allowed = False
        self.composed = 0  # frames, in this sitting
        self._frame_cpu_s: deque[float] = deque(maxlen=PRICES)

    @property
    def frame_cpu_s(self) -> float:
        """CPU seconds that a frame takes: the median of the last, or of the warm-up's."""
        return statistics.median(self._frame_cpu_s) if self._frame_cpu_s else 0.0

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process; `ready` tells when it has composed a frame.  Raises OSError, and leaves nothing then."""
        slots = self._settings.worker.ring_slots
        with ExitStack() as undo:
            undo.callback(self.dead.set)
            self._in = FrameRing.create(slots, self._pixels)
            undo.callback(self._in.close)
            self._out = FrameRing.create(slots, self._pixels)
            undo.callback(self._out.close)
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            with theirs:
                self._process = self._spawn(theirs, slots)
            undo.pop_all()
        ours.setblocking(False)
        self._link = Link(ours)
        asyncio.get_running_loop().add_reader(ours, self._readable)

    def _spawn(self, theirs: socket.socket, slots: int) -> subprocess.Popen[bytes]:
        passed = (theirs.fileno(), self._in.fd, self._out.fd)
        tryon = self._settings.tryon.model_dump_json()
        command = [sys.executable, "-m", "server.worker.process", "--pipeline", self._pipeline, "--tryon", tryon]
        for name, value in zip(("sock", "ring-in", "ring-out", "slots", "pixels"), (*passed, slots, self._pixels),
                               strict=True):  # fmt: skip
            command += [f"--{name}", str(value)]
        return subprocess.Popen(command, pass_fds=passed, env=self._environment(), stdin=subprocess.DEVNULL, cwd=ROOT)

    def begin(self, wish: dict[str, Any], on_composed: Callable[[Composed], None]) -> None:
        """Seat a shopper."""
        self.epoch += 1
        self._read, self.composed = self._out.latest, 0
        self._idle.clear()
        self.on_composed = on_composed
        self._send({"type": "begin", "epoch": self.epoch, "wish": wish})

    def change(self, wish: dict[str, Any]) -> None:
        """Tell what the shopper wants now."""
        self._send({"type": "wish", "wish": wish})

    def expect(self, wish: dict[str, Any]) -> None:
        """Tell what the shopper may want next; the newest counts, and none while there is too much to do."""
        self._send({"type": "likely", "wish": wish})

    def look(self, look: dict[str, Any]) -> None:
        """Tell from where the shopper looks now."""
        self._send({"type": "look", "look": look})

    def scan(self, scan: dict[str, Any]) -> None:
        """Begin or cancel a scan of the shopper's body."""
        self._send({"type": "scan", "scan": scan})

    def prepare_ahead(self, allowed: bool) -> None:
        """Allow or stop the preparations of idle hours, which would take a live picture's time."""
        if allowed is not self._ahead_allowed:
            self._ahead_allowed = allowed
            self._send({"type": "ahead", "allowed": allowed})

    def push(self, planes: Planes, ticks: int) -> bool:
        """Hand a frame over; False when the worker does not even listen."""
        if self.dead.is_set() or self._in.latest - self._in.taken > UNREAD_MAX:
            return False
        seq = self._in.write(planes, ticks)
        now_s = time.monotonic()
        self._sent_s[seq] = now_s
        if self.waiting_since_s is None:
            self.waiting_since_s = now_s
        while len(self._sent_s) > UNREAD_MAX:
            del self._sent_s[next(iter(self._sent_s))]
        return self._send({"type": "frame"})

    async def end(self) -> bool:
        """Unseat the shopper and wipe every picture; False when the worker did not answer."""
        self.on_composed = self.on_refused = self.on_scan = self.on_death = None
        self._sent_s.clear()
        self.waiting_since_s = None
        if not self._send({"type": "end"}):
            return False
        try:
            async with asyncio.timeout(self._settings.worker.stop_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        if self.dead.is_set():
            return False
        self._in.wipe()
        self._out.wipe()
        return True

    async def stop(self) -> None:
        """End the process: the closed link first, then the signal."""
        self._lost()
        if self._process is None:
            return
        try:
            await asyncio.to_thread(self._process.wait, self._settings.worker.stop_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def kill(self) -> None:
        """End a process that hangs."""
        if self._process is not None:
            self._process.kill()

    def _environment(self) -> dict[str, str]:
        threads = dict.fromkeys(THREAD_VARIABLES, str(self._settings.worker.threads))
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        quiet = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2", "PYOPENGL_PLATFORM": "egl"}
        return {**os.environ, **threads, **quiet, "PYTHONPATH": os.pathsep.join(paths)}

    def _send(self, message: dict[str, Any]) -> bool:
        if self.dead.is_set():
            return False
        try:
            self._link.send(message)
        except OSError:  # gone, or so stuck that its socket is full
            self.kill()
            return False
        return True

    def _readable(self) -> None:
        try:
            messages = self._link.receive()
        except BlockingIOError:
            return
        except (EOFError, ValueError):
            self._lost()
            return
        for message in messages:
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "result" if message["epoch"] == self.epoch and self.on_composed is not None:
                self._composed(message)
            case "ready" if not self.ready.done():
                self._frame_cpu_s.append(message["frame_cpu_s"])
                self.ready.set_result(message["info"])
            case "idle":
                self._idle.set()
            case "refused" if message["epoch"] == self.epoch and self.on_refused is not None:
                self.on_refused(str(message["reason"]))
            case "scan" if message["epoch"] == self.epoch and self.on_scan is not None:
                self.on_scan(message["scan"])
            case "broken" | "failed":
                log.warning("worker stage failed", pid=self.pid, detail=message.get("reason") or message.get("stage"))

    def _composed(self, message: dict[str, Any]) -> None:
        self.waiting_since_s = None
        frame = self._out.read_newest(self._read)
        if frame is None or self.on_composed is None:
            return  # a newer one was already taken with an earlier message
        self._read = frame.seq
        self.composed += 1
        self._frame_cpu_s.append(message["cpu_s"])
        now_s = time.monotonic()
        sent_s = self._sent_s.get(message["of"], now_s)
        for seq in [seq for seq in self._sent_s if seq <= message["of"]]:
            del self._sent_s[seq]
        if self._sent_s:
            self.waiting_since_s = now_s
        self.on_composed(Composed(frame, (now_s - sent_s) * 1000, message))

    def _lost(self) -> None:
        """The link is closed, by the process's end or by us."""
        if self.dead.is_set():
            return
        self.dead.set()
        self._idle.set()
        asyncio.get_running_loop().remove_reader(self._link.sock)
        self._link.close()
        self._in.close()
        self._out.close()
        if not self.ready.done():
            self.ready.set_exception(RuntimeError("the worker ended before it was ready"))
            self.ready.exception()  # looked at, so that nobody is warned about it
        self._on_exit(self)
        if self.on_death is not None:
            self.on_death()
