"""A scan that runs beside the live picture, on the frames that are tracked anyway."""

from __future__ import annotations

import threading
from typing import Any

LOOK_ROUND_EVERY = 8  # frames, for other people
TELL_S = 0.2


class Scanning:
    """One shopper's scan: asked for by the main thread, led on by the track thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scan: Any = None
        self._frames = 0
        self._alone = True
        self._told: tuple[Any, ...] = ()  # step and hint, last
        self._told_s = 0.0

    def ask(self, wish: dict[str, Any], pipeline: Any) -> dict[str, Any] | None:
        """Begin or cancel a scan; return what the shopper is told, None where nothing ran that could be cancelled."""
        with self._lock:
            if wish["action"] == "start":
                self._scan, self._frames, self._alone, self._told_s = pipeline.begin_scan(wish), 0, True, 0.0
            elif self._scan is None:
                return None
            else:
                self._scan = pipeline.cancel_scan(self._scan)
            return self._tell(pipeline)

    def see(self, picture: Any, tracked: Any, engine: Any, pipeline: Any) -> dict[str, Any] | None:
        """Take one tracked picture; return what the shopper is told, None where that is nothing new."""
        with self._lock:
            if self._scan is None:
                return None
            if self._frames % LOOK_ROUND_EVERY == 0:
                self._alone = pipeline.is_alone(picture, engine)
            self._frames += 1
            self._scan = pipeline.advance_scan(self._scan, picture, tracked, self._alone)
            fresh = (self._scan.step, self._scan.hint) != self._told
            if not fresh and picture.captured_s - self._told_s < TELL_S:
                return None
            self._told_s = picture.captured_s
            return self._tell(pipeline)

    def _tell(self, pipeline: Any) -> dict[str, Any]:
        scan = self._scan
        self._told = (scan.step, scan.hint)
        if not scan.running:
            self._scan = None
        told: dict[str, Any] = pipeline.tell_scan(scan)
        return told
