from __future__ import annotations

import asyncio
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from av.video.frame import PictureType

from server.media import (
    LARGER_FRAMES,
    ComposedTrack,
    LatestFrame,
    SteadySize,
    composed_frame,
    fit,
    fitted_size,
    planes_of_video,
    ticks_of,
    to_video_frame,
)
from server.worker.ring import RingFrame, planes_of


def video(width: int, height: int, pts: int | None = 0, pixel_format: str = "yuv420p") -> av.VideoFrame:
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[:, : width // 2] = 200
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixel_format)
    frame.pts, frame.time_base = pts, Fraction(1, 90_000)
    return frame


async def test_mailbox_keeps_the_newest_and_counts_the_rest() -> None:
    box: LatestFrame[int] = LatestFrame()
    for i in range(5):
        box.put(i)
    assert await box.get() == 4
    assert box.dropped == 4
    reader = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    assert not reader.done()
    box.put(7)
    assert await reader == 7
    assert box.dropped == 4


async def test_closed_mailbox_wakes_its_reader() -> None:
    box: LatestFrame[int] = LatestFrame()
    reader = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.close()
    with pytest.raises(EOFError):
        await reader
    box.put(1)
    with pytest.raises(EOFError):
        await box.get()


async def test_track_keeps_source_times_and_never_goes_back() -> None:
    box: LatestFrame[av.VideoFrame] = LatestFrame()
    track = ComposedTrack(box)
    box.put(video(64, 48, 3000))
    assert (await track.recv()).pts == 3000
    for stale in (3000, 2999):
        box.put(video(64, 48, stale))
        waiting = asyncio.create_task(track.recv())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        box.put(video(64, 48, 6000 + stale))
        assert (await waiting).pts == 6000 + stale
        track._last_ticks = 3000
    box.close()
    with pytest.raises(MediaStreamError):
        await track.recv()
    assert track.readyState == "ended"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (640, 480)),
        ((480, 640), (480, 640)),
        ((641, 479), (640, 478)),
        ((1920, 1080), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((2000, 333), (1280, 212)),
    ],
)
def test_frame_is_fitted_to_an_even_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted_size(*size, 1280) == expected
    frame = fit(video(*size, pts=77), expected)
    assert frame is not None
    assert (frame.width, frame.height, frame.format.name) == (*expected, "yuv420p")
    assert ticks_of(frame) == 77
    y, u, v = planes_of_video(frame)
    assert (y.shape, u.shape, v.shape) == (expected[::-1], *[(expected[1] // 2, expected[0] // 2)] * 2)
    assert y[:, : expected[0] // 2 - 4].min() > 150 > y[:, expected[0] // 2 + 4 :].max()


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1280, 8), (8, 1280)])
def test_frame_too_small_to_be_a_picture_is_left_out(size: tuple[int, int]) -> None:
    assert fit(video(*size), fitted_size(*size, 1280)) is None


@pytest.mark.parametrize("pixel_format", ["yuvj420p", "nv12", "rgb24", "yuv444p", "gray"])
def test_other_pixel_formats_become_limited_range_yuv420p(pixel_format: str) -> None:
    frame = fit(video(64, 48, pixel_format=pixel_format), (64, 48))
    assert frame is not None
    assert frame.format.name == "yuv420p"
    y, _, _ = planes_of_video(frame)
    assert abs(int(y[20, 10]) - 188) <= 2
    assert abs(int(y[20, 50]) - 16) <= 1


async def fitted(sizes: SteadySize, *size: int, times: int = 1) -> av.VideoFrame | None:
    """Return the last of some frames of a size."""
    for _ in range(times):
        frame = await sizes.fit(video(*size, pts=77))
    return frame


async def test_sender_that_makes_its_pictures_smaller_changes_no_size() -> None:
    sizes = SteadySize(1280)
    for size, expected in (
        ((480, 640), (480, 640)),
        ((360, 480), (480, 640)),
        ((176, 240), (480, 640)),  # half of it, in whole blocks
        ((336, 480), (480, 640)),  # cut to them
        ((640, 480), (640, 480)),  # turned
        ((480, 240), (480, 240)),  # another camera
        ((480, 640), (480, 640)),
        ((1920, 1440), (1280, 960)),
        ((641, 481), (1280, 960)),
    ):
        frame = await fitted(sizes, *size, times=LARGER_FRAMES)
        assert frame is not None
        assert (frame.width, frame.height, ticks_of(frame)) == (*expected, 77)
        y, _, _ = planes_of_video(frame)
        assert y[:, : expected[0] // 2 - 8].min() > 150 > y[:, expected[0] // 2 + 8 :].max()


async def test_what_a_sender_cuts_off_moves_nobody() -> None:
    sizes = SteadySize(1280)
    await fitted(sizes, 640, 480)
    rgb = np.zeros((336, 480, 3), np.uint8)
    rgb[100:200, 150:250] = 200
    cut = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
    frame = await sizes.fit(cut)
    assert frame is not None
    rows, columns = np.nonzero(planes_of_video(frame)[0] > 100)
    seen = columns.min(), columns.max(), rows.min(), rows.max()
    assert np.abs(np.subtract(seen, (200, 333, 16 + 133, 16 + 266))).max() <= 2


async def test_single_larger_picture_changes_no_size() -> None:
    sizes = SteadySize(1280)
    for size, times, expected in (
        ((640, 480), 1, (640, 480)),
        ((1280, 960), LARGER_FRAMES - 1, (640, 480)),
        ((640, 480), 1, (640, 480)),
        ((1280, 960), LARGER_FRAMES - 1, (640, 480)),
        ((1280, 960), 1, (1280, 960)),
        ((8, 6), 1, None),
        ((640, 480), 1, (1280, 960)),
    ):
        frame = await fitted(sizes, *size, times=times)
        assert (None if frame is None else (frame.width, frame.height)) == expected


def test_frame_for_the_encoder_is_a_copy() -> None:
    source = video(66, 50)
    copy = to_video_frame(planes_of_video(source), 9)
    planes_of_video(source)[0][:] = 0
    assert planes_of_video(copy)[0][5, 5] > 150
    assert (copy.pts, copy.time_base) == (9, Fraction(1, 90_000))


def test_each_sender_gets_a_frame_of_its_own() -> None:
    packed = np.arange(64 * 48 * 3 // 2, dtype=np.uint32).astype(np.uint8)
    ring = RingFrame(planes_of(packed, 64, 48), packed, 3000, 1)
    first, second = composed_frame(ring), composed_frame(ring)
    before = second.to_ndarray()
    for plane in first.planes:
        plane.update(bytes(plane.buffer_size))
    first.pts, first.time_base, first.pict_type = 1, Fraction(1, 30), PictureType.I
    assert np.array_equal(second.to_ndarray(), before)
    assert np.array_equal(ring.packed, packed)
    assert (second.pts, second.time_base, second.pict_type) == (3000, Fraction(1, 90_000), PictureType.NONE)
