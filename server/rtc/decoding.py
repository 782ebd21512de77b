"""Between the jitter buffer and the track: only pictures that can be decoded and may be, in queues that end.

Stock aiortc hands everything to the decoder: the pictures that lean on a lost one, which come out smeared, and pictures
of any size. All its queues are endless.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from server.rtc.headers import begins_key_picture, claimed_sizes
from server.rtc.jitter import FrameBatch

WAITING_MAX = 64  # pictures before the decoder …
WAITING_S = 0.5  # … and how long the oldest of them may wait: more is a decoder that cannot keep up, not a burst
DECODED_MAX = 8
OVERSIZED_MAX = 3  # pictures of a call that claim too much: a mistake may happen, the third is an attack
Count = Callable[[str, int], None]
log = structlog.get_logger("lookglass.rtc")


@dataclass
class Dropped:
    """Pictures that never reached the decoder, by reason."""

    undecodable: int = 0
    oversized: int = 0
    unreadable: int = 0
    overload: int = 0


def uncounted(what: str, many: int) -> None:
    """Count nothing."""


class DecoderQueue:
    """In the place of the receiver's queue.Queue: `put` never waits, `get` does.

    `shut` keeps everything out until a key picture comes. A decoder that cannot keep up goes on with what waits for it,
    so that the picture moves, while newer pictures are refused and a key picture is asked for; that one replaces what
    still waits.

    Args:
        side_max_px: the longest side a key picture may claim; None lets all through.
        bounded: whether pictures are refused when too many wait.
        count: is told the name in `Dropped` and how many.
    """

    def __init__(self, side_max_px: int | None, bounded: bool, shut: bool, count: Count = uncounted) -> None:
        self._side_max_px, self._bounded = side_max_px, bounded
        self.shut = shut
        self.dropped = Dropped()
        self.on_attack: Callable[[], None] = lambda: None  # the third picture that claims too much
        self._count = count
        self._waiting: deque[tuple[float, Any, JitterFrame]] = deque()
        self._lags = False
        self._ended = False
        self._changed = threading.Condition()

    def put(self, task: tuple[Any, JitterFrame] | None) -> None:
        """Take (codec, picture or batch of pictures); None ends it and forgets what waits."""
        if task is None:
            with self._changed:
                self._ended = True
                self._waiting.clear()
                self._changed.notify_all()
            return
        codec, frame = task
        for one in frame.frames() if isinstance(frame, FrameBatch) else [frame]:
            if one.data:  # an empty packet, of padding only, would tell libavcodec that the stream has ended
                self._admit(codec, one)

    def get(self) -> tuple[Any, JitterFrame] | None:
        """Wait for the next picture; None when it has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return None
            _, codec, frame = self._waiting.popleft()
            return codec, frame

    def _admit(self, codec: Any, frame: JitterFrame) -> None:
        if (reason := self._refusal(codec.name, frame.data)) is not None:
            self._refuse(*reason)
            return
        key = begins_key_picture(codec.name, frame.data)
        if self.shut and not key:
            self._drop("undecodable")
            return
        now_s = time.monotonic()
        with self._changed:
            self._lags = self._lags or (self._bounded and self._is_full(now_s))
            if self._lags and not key:
                self._drop("overload")
                self.shut = True
                return
            if self._lags:
                self._drop("overload", len(self._waiting))
                self._waiting.clear()
            self._lags = False
            self.shut = self.shut and not key
            self._waiting.append((now_s, codec, frame))
            self._changed.notify()

    def _refuse(self, kind: str, reason: str) -> None:
        if not self.dropped.oversized + self.dropped.unreadable:
            log.warning("picture dropped before the decoder; more of it is only counted", reason=reason)
        self._drop(kind)
        self.shut = True
        if kind == "oversized" and self.dropped.oversized == OVERSIZED_MAX:
            self.on_attack()

    def _drop(self, kind: str, many: int = 1) -> None:
        setattr(self.dropped, kind, getattr(self.dropped, kind) + many)
        self._count(kind, many)

    def _is_full(self, now_s: float) -> bool:
        waiting = self._waiting
        return bool(waiting) and (len(waiting) >= WAITING_MAX or now_s - waiting[0][0] > WAITING_S)

    def _refusal(self, codec: str, data: bytes) -> tuple[str, str] | None:
        """Return the name in `Dropped` and why a picture must not reach the decoder, or None where it may."""
        if self._side_max_px is None:
            return None
        limit = (self._side_max_px + 15) // 16 * 16  # sizes on the wire are whole blocks of 16
        try:
            sizes = claimed_sizes(codec, data)
        except ValueError as error:
            return "unreadable", str(error)
        refused = [size for size in sizes if max(size) > limit or not min(size)]
        return ("oversized", f"claims {refused[0][0]} x {refused[0][1]} pixels") if refused else None


class NewestFrames(asyncio.Queue[Any]):
    """Decoded frames for the track: at most DECODED_MAX, the oldest goes; the None that ends the track is kept."""

    def __init__(self) -> None:
        super().__init__(DECODED_MAX)
        self.dropped = 0

    async def put(self, item: Any) -> None:
        """Never waits."""
        if self.full():
            self.get_nowait()
            self.dropped += 1
        self.put_nowait(item)


class BoundedTrack(RemoteStreamTrack):
    """A received track that does not fill the memory when nobody reads it."""

    def __init__(self, kind: str, id: str | None = None) -> None:
        super().__init__(kind, id)
        if kind == "video":
            self._queue = NewestFrames()
