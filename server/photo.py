"""A still photo: checked by its header, decoded in a limited child, composed by a warm worker, never kept."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Mapping
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.child import end_child
from server.errors import PhotoRefused, Refused, TryLater
from server.media import composed_frame, fit, fitted_size, planes_of_video
from server.photo_header import read_header
from server.settings import ROOT, LimitSettings, Settings
from server.worker.handle import Composed, WorkerHandle
from server.worker.pool import Pool

FRAME_TICKS = 3000  # 1/30 s
SEAT_WAIT_S = 5.0
START_GRACE_S = 3.0
PHOTO_S = 20.0


async def compose_photo(data: bytes, wish: Mapping[str, Any], settings: Settings, pool: Pool) -> bytes:
    """Return the composed PNG of a photo.  Raises PhotoRefused, PhotoTooLarge, TryLater."""
    rgb = await decode_photo(data, settings.limits, settings.media.photo_side_px)
    frame = await asyncio.to_thread(_yuv, rgb, settings.media.photo_side_px)
    composed = await _through_worker(frame, wish, settings, pool)
    return await asyncio.to_thread(_png, composed)


async def decode_photo(data: bytes, limits: LimitSettings, side_px: int) -> NDArray[np.uint8]:
    """Return (H, W, 3) sRGB of a stranger's photo, longer side at most `side_px`.  Raises PhotoRefused."""
    pixels = int(limits.photo_mpx * 1e6)
    header = read_header(data, int(limits.photo_mib * 2**20), pixels)
    numbers = (pixels, side_px, limits.photo_decode_s, limits.photo_memory_mib)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(ROOT / "server" / "photo_child.py"), header.format, *map(str, numbers),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={},
    )  # fmt: skip
    try:
        async with asyncio.timeout(limits.photo_decode_s * 2 + START_GRACE_S):
            output, _ = await child.communicate(data)
    except TimeoutError:
        output = b""
    finally:
        if child.returncode is None:
            await end_child(child)
    head, _, pixels_rgb = output.partition(b"\n")
    try:
        width, height = map(int, head.split())
        return np.frombuffer(pixels_rgb, np.uint8).reshape(height, width, 3)
    except ValueError:
        raise PhotoRefused("photo.broken", "The photo cannot be read.") from None


async def _through_worker(
    frame: av.VideoFrame, wish: Mapping[str, Any], settings: Settings, pool: Pool
) -> av.VideoFrame:
    """Show the photo to the pipeline until the outfit is cut and cloth and filters have settled."""
    worker = await pool.take(SEAT_WAIT_S)
    answers: asyncio.Queue[Composed | Refused] = asyncio.Queue(maxsize=4)  # a question at a time
    try:
        worker.begin(dict(wish), answers.put_nowait)
        worker.on_refused = lambda reason: answers.put_nowait(PhotoRefused("wish", reason))
        worker.on_death = lambda: answers.put_nowait(_interrupted())
        async with asyncio.timeout(PHOTO_S):
            return await _settle(worker, frame, answers, settings.worker.photo_frames)
    except TimeoutError:
        raise _interrupted() from None
    finally:
        await pool.give_back(worker)


async def _settle(
    worker: WorkerHandle, frame: av.VideoFrame, answers: asyncio.Queue[Composed | Refused], frames: int
) -> av.VideoFrame:
    planes = planes_of_video(frame)
    ticks = settled = 0
    while True:
        if not worker.push(planes, ticks):
            raise _interrupted()
        answer = await answers.get()
        if isinstance(answer, Refused):
            raise answer
        ticks += FRAME_TICKS
        settled += bool(answer.report["fitted"])
        if settled >= frames:
            return composed_frame(answer.frame)


def _interrupted() -> TryLater:
    return TryLater("workers", "The fitting was interrupted. Try again.", retry_s=2)


def _yuv(rgb: NDArray[np.uint8], side_px: int) -> av.VideoFrame:
    height, width = rgb.shape[:2]
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    frame = fit(picture, fitted_size(width, height, side_px))
    if frame is None:
        raise PhotoRefused("photo.size", "The photo is too small.")
    return frame


def _png(frame: av.VideoFrame) -> bytes:
    target = io.BytesIO()
    Image.fromarray(frame.to_ndarray(format="rgb24")).save(target, "PNG", compress_level=3)
    return target.getvalue()
