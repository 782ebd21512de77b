"""Frames between the wire and the rings: newest wins, one owner a frame."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Generic, TypeVar

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from server.worker.ring import Planes, RingFrame

TICK = Fraction(1, 90_000)
SIDE_MIN_PX = 16
SAME_PICTURE = 0.8  # of the whole, from which a smaller picture is the same one, cut to blocks of the encoder
LARGER_FRAMES = 15  # in a row, from which they are believed
T = TypeVar("T")


class LatestFrame(Generic[T]):
    """A mailbox of capacity 1: a new item replaces the one that was not fetched, which is counted."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._filled = asyncio.Event()
        self._closed = False
        self.dropped = 0

    def put(self, item: T) -> None:
        """Leave `item`; never waits."""
        if self._closed:
            return
        if self._item is not None:
            self.dropped += 1
        self._item = item
        self._filled.set()

    async def get(self) -> T:
        """Wait for the newest item.  Raises EOFError after `close`."""
        while self._item is None:
            if self._closed:
                raise EOFError
            self._filled.clear()
            await self._filled.wait()
        item, self._item = self._item, None
        return item

    def close(self) -> None:
        """Wake the reader for the last time."""
        self._closed = True
        self._item = None
        self._filled.set()


class ComposedTrack(MediaStreamTrack):
    """The returned picture: a frame leaves when it exists, under its source's timestamp, never paced by a clock."""

    kind = "video"

    def __init__(self, mailbox: LatestFrame[av.VideoFrame]) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._last_ticks: int | None = None
        self.sent = 0

    async def recv(self) -> av.VideoFrame:
        """Return the next frame; one that is not newer than the last is left out."""
        while True:
            try:
                frame = await self._mailbox.get()
            except EOFError:
                self.stop()
                raise MediaStreamError from None
            if frame.pts is not None and (self._last_ticks is None or frame.pts > self._last_ticks):
                self._last_ticks = frame.pts
                self.sent += 1
                return frame


def fitted_size(width: int, height: int, side_max_px: int) -> tuple[int, int]:
    """Return the even size, at most `side_max_px` on the longer side, that a frame is brought to."""
    scale = min(1.0, side_max_px / max(width, height))
    return int(width * scale) & ~1, int(height * scale) & ~1


def fit(frame: av.VideoFrame, size: tuple[int, int]) -> av.VideoFrame | None:
    """Bring a frame to yuv 4:2:0 of that even `size`; None when either is too small to be a picture.

    An odd size loses its last row or column rather than being resampled.
    """
    if min(*size, frame.width, frame.height) < SIDE_MIN_PX:
        return None
    scaled = _is_scaled(frame, size)
    if scaled or frame.format.name != "yuv420p":
        width, height = size if scaled else (frame.width, frame.height)
        fitted = frame.reformat(width, height, format="yuv420p")
        fitted.pts, fitted.time_base = ticks_of(frame), TICK
        frame = fitted
    if (frame.width, frame.height) != size:
        return to_video_frame(planes_of_video(frame), ticks_of(frame))
    return frame


class SteadySize:
    """Brings the frames of one connection to one size.

    A sender makes its pictures smaller while its network or its processor is too slow, cut to whole blocks of its
    encoder. Scaled up again, nothing behind this sees a change: a tracker that begins anew loses who stands sideways,
    and what was seen of the room before would be forgotten. Larger pictures are believed when some have come: while a
    page changes its camera, a single one may be.
    """

    def __init__(self, side_max_px: int) -> None:
        self._side_max_px = side_max_px
        self._size = (0, 0)
        self._larger = 0  # frames in a row

    async def fit(self, frame: av.VideoFrame) -> av.VideoFrame | None:
        """Return `frame` as yuv 4:2:0, of the size of the largest of its shape since the shape changed; see `fit`.

        Scaling, where needed, happens off the loop.
        """
        size = fitted_size(frame.width, frame.height, self._side_max_px)
        if min(size) < SIDE_MIN_PX:
            return None
        self._follow(size)
        if _is_scaled(frame, self._size) or frame.format.name != "yuv420p":
            return await asyncio.to_thread(self._fit, frame, _within(size, self._size))
        return fit(frame, self._size)

    def _follow(self, size: tuple[int, int]) -> None:
        """Choose the size at which the stream goes on."""
        within = _within(size, self._size)
        is_other = within[0] * within[1] < SAME_PICTURE * self._size[0] * self._size[1]
        self._larger = self._larger + 1 if size[0] * size[1] > self._size[0] * self._size[1] else 0
        if is_other or self._larger >= LARGER_FRAMES or self._size == (0, 0):
            self._size, self._larger = size, 0

    def _fit(self, frame: av.VideoFrame, within: tuple[int, int]) -> av.VideoFrame | None:
        """Return `frame` scaled to `within` and in the middle; what a sender has cut off is as its edge."""
        fitted = fit(frame, within)
        if fitted is None or within == self._size:
            return fitted
        (y, u, v), (width, height) = planes_of_video(fitted), self._size
        left, top = (width - within[0]) // 2 & ~1, (height - within[1]) // 2 & ~1
        edges = (top, height - within[1] - top), (left, width - within[0] - left)
        half = tuple((before // 2, after // 2) for before, after in edges)
        padded = np.pad(y, edges, "edge"), np.pad(u, half, "edge"), np.pad(v, half, "edge")
        return to_video_frame(padded, ticks_of(fitted))


def _is_scaled(frame: av.VideoFrame, size: tuple[int, int]) -> bool:
    return (frame.width & ~1, frame.height & ~1) != size


def _within(size: tuple[int, int], whole: tuple[int, int]) -> tuple[int, int]:
    """Return the even size at which a picture of `size` just goes into `whole`."""
    scale = min(whole[0] / size[0], whole[1] / size[1])
    return round(size[0] * scale / 2) * 2, round(size[1] * scale / 2) * 2


def planes_of_video(frame: av.VideoFrame) -> Planes:
    """View a yuv420p frame's planes, without copying, cut to an even size."""
    width, height = frame.width & ~1, frame.height & ~1
    y, u, v = (_plane(plane) for plane in frame.planes)
    return y[:height, :width], u[: height // 2, : width // 2], v[: height // 2, : width // 2]


def to_video_frame(planes: Planes, ticks: int) -> av.VideoFrame:
    """Copy planes into a new frame with a timestamp in 1/90000 s."""
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for target, source in zip(frame.planes, planes, strict=True):
        rows, columns = source.shape
        np.copyto(_plane(target)[:rows, :columns], source)
    frame.pts, frame.time_base = ticks, TICK
    return frame


def composed_frame(frame: RingFrame, origin_ticks: int = 0) -> av.VideoFrame:
    """Copy a frame of the ring into one for the encoder, its time counted from `origin_ticks`."""
    return to_video_frame(frame.planes, frame.ticks - origin_ticks)


def ticks_of(frame: av.VideoFrame) -> int:
    """Return a frame's timestamp in 1/90000 s."""
    if frame.pts is None or frame.time_base is None:
        return 0
    return round(frame.pts * frame.time_base / TICK)


def _plane(plane: av.video.plane.VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload,no-any-return]
