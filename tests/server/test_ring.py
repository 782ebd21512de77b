from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from server.worker.ring import FrameRing, Planes

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - looked at, not written to


def planes(value: int, width: int = 64, height: int = 48) -> Planes:
    half = (height // 2, width // 2)
    return (
        np.full((height, width), value, np.uint8),
        np.full(half, value + 1, np.uint8),
        np.full(half, value + 2, np.uint8),
    )


@pytest.fixture
def ring():  # type: ignore[no-untyped-def]
    ring = FrameRing.create(slots=4, pixels=128 * 96)
    yield ring
    ring.close()


def test_frame_comes_out_as_it_went_in(ring: FrameRing) -> None:
    assert ring.read_newest(0) is None
    assert ring.write(planes(7), ticks=123) == 1
    frame = ring.read_newest(0)
    assert frame is not None
    assert (frame.seq, frame.ticks) == (1, 123)
    for got, put in zip(frame.planes, planes(7), strict=True):
        np.testing.assert_array_equal(got, put)
    assert ring.read_newest(frame.seq) is None


def test_newest_wins_and_the_gap_counts_what_was_skipped(ring: FrameRing) -> None:
    for value in range(1, 12):
        ring.write(planes(value), ticks=value)
    frame = ring.read_newest(3)
    assert frame is not None
    assert (frame.seq, frame.ticks, int(frame.planes[0][0, 0])) == (11, 11, 11)
    assert ring.taken == 11


def test_frame_that_was_read_is_not_touched_by_later_ones(ring: FrameRing) -> None:
    ring.write(planes(1), 1)
    frame = ring.read_newest(0)
    assert frame is not None
    for value in range(2, 20):
        ring.write(planes(value), value)
    assert (frame.planes[0] == 1).all()


def test_size_may_change_from_frame_to_frame(ring: FrameRing) -> None:
    for width, height in ((64, 48), (48, 64), (128, 96), (2, 2)):
        ring.write(planes(5, width, height), 0)
        frame = ring.read_newest(ring.latest - 1)
        assert frame is not None
        assert frame.planes[0].shape == (height, width)
        assert frame.planes[2].shape == (height // 2, width // 2)


def test_planes_with_padded_rows_are_packed(ring: FrameRing) -> None:
    wide = np.arange(96 * 128, dtype=np.uint8).reshape(96, 128)
    ring.write((wide[:48, :64], wide[:24, :32], wide[:24, 32:64]), 0)
    frame = ring.read_newest(0)
    assert frame is not None
    np.testing.assert_array_equal(frame.planes[0], wide[:48, :64])
    np.testing.assert_array_equal(frame.planes[2], wide[:24, 32:64])


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (130, 96), (0, 0)])
def test_frame_that_does_not_fit_is_refused(ring: FrameRing, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ring.write(planes(1, *size), 0)
    assert ring.latest == 0


def test_other_end_sees_the_same_frames_and_wiping_leaves_zeros(ring: FrameRing) -> None:
    other = FrameRing(os.dup(ring.fd), ring.slots, ring.pixels)
    ring.write(planes(9), 5)
    frame = other.read_newest(0)
    assert frame is not None
    assert int(frame.planes[0][3, 3]) == 9
    ring.wipe()
    assert not other._bytes.any()
    assert other.read_newest(0) is None
    assert ring.write(planes(4), 6) == 1
    other.close()


def test_reader_never_sees_a_torn_frame_while_the_writer_runs(ring: FrameRing) -> None:
    stop = threading.Event()

    def write() -> None:
        value = 0
        while not stop.is_set():
            value = (value + 1) % 200
            ring.write(planes(value), value)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        after, seen = 0, 0
        while seen < 40:
            frame = ring.read_newest(after)
            if frame is None:
                continue
            after, seen = frame.seq, seen + 1
            y, u, v = frame.planes
            assert (y == frame.ticks).all()
            assert (u == frame.ticks + 1).all()
            assert (v == frame.ticks + 2).all()
    finally:
        stop.set()
        writer.join()


def test_rings_leave_no_name_and_no_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        ring = FrameRing.create(4, 640 * 480)
        ring.write(planes(1), 0)
        assert "/memfd:" in (mapped := Path("/proc/self/maps").read_text())
        assert SHARED_MEMORY not in mapped
        ring.close()
    assert len(os.listdir("/proc/self/fd")) == before
