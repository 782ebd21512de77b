"""The worker process: frames from one ring, composed frames into the other.

    main thread    messages; ends the process when the rim is gone
    tailor thread  newest wish -> outfit, beside the live path; what is likely to be wished, while there is no wish
    ahead thread   the catalogue's outfits, while nobody sits here
    track thread   newest frame -> `track` -> hand-over (capacity 1, newest wins)
    dress thread   hand-over and outfit -> `dress` -> ring -> result message

Each thread loads its own engine (an OpenGL context belongs to its thread). A slow stage lowers the frame
rate: the track thread always takes the newest frame, and a hand-over that was not fetched is replaced.
Nothing is queued anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import logging
import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pipelines.errors import TryOnError
from pipelines.types import CameraFrame
from server.collector import leave_loaded_out
from server.worker.ledger import Ledger
from server.worker.link import Link
from server.worker.report import BARE, HandOver, Sitting, result_message
from server.worker.ring import FrameRing

TICKS_PER_S = 90_000
FAILURES_MAX = 5
WARM_EPOCH = 0
REST_EVERY = 3

log = logging.getLogger("lookglass.worker")


class Worker:
    """The stage threads and what they share, all of it guarded by `_turn`."""

    def __init__(
        self, link: Link, ring_in: FrameRing, ring_out: FrameRing, pipeline: Any, tryon: dict[str, str]
    ) -> None:
        self._link, self._in, self._out, self._pipeline, self._tryon = link, ring_in, ring_out, pipeline, tryon
        self._turn = threading.Condition()
        self._send_lock = threading.Lock()
        self._sitting: Sitting | None = None
        self._hand_over: HandOver | None = None
        self._busy = 0
        self._engines: dict[str, Any] = {}
        self._bare: Any = None
        self._ahead: Iterator[None] | None = None
        self._ahead_allowed = False  # until the rim says that nobody needs the processor
        self._ready = False
        self._failures = 0
        self._warm_cpu_s: list[float] = []  # of each picture of the warm-up

    def run(self) -> None:
        """Serve until the rim is gone."""
        for loop in (self._tailor_loop, self._ahead_loop, self._track_loop, self._dress_loop):
            threading.Thread(target=self._guarded, args=(loop,), name=loop.__name__, daemon=True).start()
        while True:
            try:
                messages = self._link.receive()
            except EOFError:
                os._exit(0)  # threads inside C code cannot be joined; the kernel frees everything we share
            for message in messages:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        with self._turn:
            match message["type"]:
                case "begin":
                    self._sitting = self._seat(int(message["epoch"]), message["wish"])
                case "wish" if self._sitting is not None:
                    self._sitting.wish = message["wish"]
                case "likely" if self._sitting is not None:
                    self._sitting.likely = message["wish"] if self._sitting.level.now == 0 else None
                case "look" if self._sitting is not None:
                    self._sitting.look = self._pipeline.look_of(message["look"])
                case "scan" if self._sitting is not None:
                    self._tell_scan(self._sitting, self._sitting.scanning.ask(message["scan"], self._pipeline))
                case "ahead":
                    self._ahead_allowed = bool(message["allowed"])
                case "end":
                    self._sitting = self._hand_over = None
                    self._turn.wait_for(lambda: self._busy == 0)
                    self._hand_over = None
                    self._send({"type": "idle"})
            self._turn.notify_all()

    def _seat(self, epoch: int, wish: dict[str, Any]) -> Sitting:
        pipeline = self._pipeline
        return Sitting(epoch, wish, pipeline.TrackState(), pipeline.DressState(), self._bare, pipeline.look_of({}))

    # --- the tailor

    def _tailor_loop(self) -> None:
        fit, ahead, foresee = self._pipeline.load_tailor()
        bare = fit(BARE)
        warm_wish = self._pipeline.warm_wish()
        with self._turn:
            self._bare, self._ahead = bare, ahead
            self._turn.wait_for(lambda: len(self._engines) == 2)
            warm = self._seat(WARM_EPOCH, warm_wish)
            warm.warm = list(self._pipeline.warm_frames())
            self._sitting = warm
            self._turn.notify_all()
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._is_unfitted() or self._expects())
                sitting = self._sitting
                epoch, wish = (sitting.epoch, sitting.wish) if sitting else (WARM_EPOCH, BARE)
                likely = None if sitting is None or self._is_unfitted() else sitting.likely
                if sitting is not None and likely is not None:
                    sitting.likely = None
            if likely is not None:
                self._prepare(foresee(likely))
                continue
            try:
                outfit = fit(wish)
            except TryOnError as error:
                self._send({"type": "refused", "epoch": epoch, "reason": str(error)[:300]})
                outfit = None
            with self._turn:
                if sitting is not None:
                    sitting.fitted = wish
                    sitting.outfit = outfit if outfit is not None else sitting.outfit
                self._turn.notify_all()

    def _prepare(self, steps: Iterator[None]) -> None:
        """Prepare what is likely, until there is a wish or something else is likelier."""
        with contextlib.suppress(TryOnError):  # whoever wishes for it will be told
            while not self._is_unfitted() and not self._expects():
                if next(steps, self) is self:
                    return

    def _expects(self) -> bool:
        return self._sitting is not None and self._sitting.likely is not None

    def _is_unfitted(self) -> bool:
        return self._sitting is not None and self._sitting.wish is not self._sitting.fitted

    def _ahead_loop(self) -> None:
        done = object()  # no lower priority: this thread would keep the interpreter's lock while others have its core
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._ready and self._sitting is None and self._ahead_allowed)
                steps = self._ahead
            if steps is None or next(steps, done) is done:
                return

    # --- tracking

    def _track_loop(self) -> None:
        engine = self._load("track", self._pipeline.load_track)
        known: Sitting | None = None
        while True:
            with self._turn:
                self._turn.wait_for(self._has_frame)
                sitting = self._sitting
                if sitting is None:
                    continue
                self._busy += 1
            done = None
            try:
                if sitting is not known:
                    self._pipeline.refresh(engine)
                    known = sitting
                done = self._track_one(sitting, engine)
            except Exception:
                self._failed("track")
                sitting.track_state = self._pipeline.TrackState()
                engine = self._renew(engine)
            finally:
                with self._turn:
                    self._busy -= 1
                    if done is not None and self._sitting is sitting:
                        sitting.skipped += self._hand_over is not None
                        self._hand_over = done
                    self._turn.notify_all()

    def _renew(self, engine: Any) -> Any:
        """Replace an engine that failed: a broken graph cannot always be mended, or even closed."""
        with contextlib.suppress(Exception):
            engine.close()
        return self._load("track", self._pipeline.load_track)

    def _has_frame(self) -> bool:
        sitting = self._sitting
        if sitting is None or sitting.epoch == WARM_EPOCH:
            return sitting is not None and bool(sitting.warm) and not self._is_unfitted() and self._hand_over is None
        return self._in.latest > sitting.after

    def _track_one(self, sitting: Sitting, engine: Any) -> HandOver | None:
        ledger = Ledger()
        if sitting.epoch == WARM_EPOCH:
            picture, seq, ticks = sitting.warm.pop(0), sitting.after + 1, 0
        else:
            frame = self._in.read_newest(sitting.after)
            if frame is None:
                return None
            seq, ticks = frame.seq, frame.ticks
            picture = self._pipeline.camera_frame(frame.planes, ticks / TICKS_PER_S)
            sitting.skipped += seq - sitting.after - 1
        sitting.after = seq
        began_s = time.monotonic()
        tracked = self._follow(sitting, picture, engine, ledger)
        return HandOver(sitting, tracked, picture, ticks, seq, ledger, time.monotonic() - began_s)

    def _follow(self, sitting: Sitting, picture: CameraFrame, engine: Any, ledger: Ledger) -> Any:
        """Return the picture's people: as seen, or in every second frame of an overloaded machine as expected.

        So it is while another outfit is made, which is then there sooner; of three pictures two are not looked at while
        the first one is: nothing is drawn yet.
        """
        size = (picture.width_px, picture.height_px)
        if size != sitting.size:
            sitting.size, sitting.followed = size, ()
        fitting = sitting.wish is not sitting.fitted
        if sitting.outfit is self._bare and fitting and sitting.followed:
            sitting.rested = (sitting.rested + 1) % REST_EVERY
            if sitting.rested:
                return self._pipeline.carried(picture, sitting.followed[-1], sitting.followed[-1])
        elif (sitting.level.now >= 2 or fitting) and len(sitting.followed) == 2:
            before, last = sitting.followed
            sitting.followed = (last,)
            return self._pipeline.carried(picture, before, last)
        people = self._pipeline.people_of(sitting.wish)
        tracked, sitting.track_state = self._pipeline.track(picture, sitting.track_state, engine, ledger.watch, people)
        sitting.followed = (*sitting.followed, tracked)[-2:]
        self._tell_scan(sitting, sitting.scanning.see(picture, tracked, engine, self._pipeline))
        return tracked

    # --- dressing

    def _dress_loop(self) -> None:
        engine = self._load("dress", self._pipeline.load_dress)
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._hand_over is not None)
                job, self._hand_over = self._hand_over, None
                if job is None:
                    continue
                self._busy += 1
                self._turn.notify_all()
            try:
                self._dress_one(job, engine)
            finally:
                with self._turn:
                    self._busy -= 1
                    self._turn.notify_all()

    def _dress_one(self, job: HandOver, engine: Any) -> None:
        sitting = job.sitting
        with self._turn:
            outfit, fitted, look = sitting.outfit, sitting.fitted is sitting.wish, sitting.look
        began_s = time.monotonic()
        try:
            result, sitting.dress_state = self._pipeline.dress(
                job.tracked, outfit, sitting.dress_state,
                self._pipeline.eased(engine) if sitting.level.now >= 1 else engine, job.ledger.watch, look,
            )  # fmt: skip
        except Exception:
            self._failed("dress")
            sitting.dress_state = self._pipeline.DressState()
            return
        self._failures = 0
        now_s = time.monotonic()
        sitting.level.note(now_s, job.track_s, now_s - began_s)
        before_s, sitting.cpu_s = sitting.cpu_s, time.process_time()
        if sitting.epoch == WARM_EPOCH:
            self._warm_cpu_s.append(sitting.cpu_s - before_s)
            self._warmed(sitting)
            return
        made = result.frame
        seq = self._out.write((made.y, made.u, made.v), job.ticks)
        message = result_message(result, replace(job, fitted=fitted), seq)
        message["fit"] = self._pipeline.fit_told(outfit, sitting.dress_state, job.picture)
        self._send({**message, "cpu_s": round(sitting.cpu_s - before_s, 6), "level": sitting.level.now})

    def _warmed(self, sitting: Sitting) -> None:
        if sitting.warm:
            return
        leave_loaded_out()
        with self._turn:
            if self._sitting is sitting:
                self._sitting = None
            self._ready = True
            self._turn.notify_all()
        info = self._pipeline.describe(self._engines["track"], self._engines["dress"])
        self._send({"type": "ready", "info": info, "frame_cpu_s": statistics.median(self._warm_cpu_s)})

    # --- common

    def _load(self, name: str, load: Callable[[dict[str, str]], Any]) -> Any:
        engine = load(self._tryon)
        with self._turn:
            self._engines[name] = engine
            self._turn.notify_all()
        return engine

    def _failed(self, stage: str) -> None:
        log.exception("stage %s failed", stage)
        self._failures += 1
        self._send({"type": "failed", "stage": stage})
        if self._failures >= FAILURES_MAX:
            os._exit(70)

    def _guarded(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except BrokenPipeError:
            os._exit(0)  # the rim is gone
        except BaseException as error:
            log.exception("a worker thread ended")
            self._send({"type": "broken", "reason": f"{type(error).__name__}: {error}"[:500]})
            os._exit(71)

    def _tell_scan(self, sitting: Sitting, told: dict[str, Any] | None) -> None:
        if told is not None:
            self._send({"type": "scan", "epoch": sitting.epoch, "scan": told})

    def _send(self, message: dict[str, Any]) -> None:
        with self._send_lock:
            self._link.send(message)


def main() -> None:
    """Run a worker on the file descriptors named by the command line."""
    parser = argparse.ArgumentParser()
    for name in ("sock", "ring-in", "ring-out", "slots", "pixels"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--tryon", required=True, type=json.loads)
    args = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the rim drains, then closes the link
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    link = Link(socket.socket(fileno=args.sock))
    try:
        pipeline = importlib.import_module(args.pipeline)
    except Exception as error:
        link.send({"type": "broken", "reason": f"{type(error).__name__}: {error}"[:500]})
        raise
    ring_in, ring_out = (FrameRing(fd, args.slots, args.pixels) for fd in (args.ring_in, args.ring_out))
    Worker(link, ring_in, ring_out, pipeline, args.tryon).run()


if __name__ == "__main__":
    main()
