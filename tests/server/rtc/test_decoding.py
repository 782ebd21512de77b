from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest
from aiortc.jitterbuffer import JitterFrame

from server.rtc import decoding
from server.rtc.decoding import DECODED_MAX, OVERSIZED_MAX, WAITING_MAX, BoundedTrack, DecoderQueue, NewestFrames
from server.rtc.jitter import FrameBatch
from tests.server.rtc.test_headers import h264, vp8

H264, VP8 = SimpleNamespace(name="H264"), SimpleNamespace(name="VP8")
KEY, DELTA = h264((320, 240))[:2]


def queue(side_max_px: int | None = 1920, bounded: bool = True, shut: bool = True) -> DecoderQueue:
    return DecoderQueue(side_max_px, bounded, shut)


def put(target: DecoderQueue, *data: bytes, codec: SimpleNamespace = H264) -> None:
    for number, one in enumerate(data):
        target.put((codec, JitterFrame(one, 3000 * number)))


def waiting(target: DecoderQueue) -> list[bytes]:
    return [frame.data for _, _, frame in target._waiting]


def test_nothing_goes_in_before_a_key_picture_does() -> None:
    q = queue()
    put(q, DELTA, DELTA, KEY, DELTA)
    assert waiting(q) == [KEY, DELTA]
    assert not q.shut
    assert q.dropped.undecodable == 2


def test_pictures_of_a_batch_are_looked_at_one_by_one() -> None:
    q = queue()
    q.put((H264, FrameBatch([JitterFrame(data, 3000 * n) for n, data in enumerate([DELTA, KEY, DELTA])])))
    assert waiting(q) == [KEY, DELTA]
    got = [q.get(), q.get()]
    assert [task[1].timestamp for task in got if task] == [3000, 6000]


def test_third_picture_that_claims_too_much_is_taken_for_an_attack() -> None:
    told: list[tuple[str, int]] = []
    calls: list[int] = []
    q = DecoderQueue(1280, True, True, lambda what, many: told.append((what, many)))
    q.on_attack = lambda: calls.append(q.dropped.oversized)
    large = h264((1920, 1080))[0]
    put(q, large, large)
    put(q, b"\0\0\0\1\x67\x42")
    assert not calls, "what cannot be read is a broken sender, no attack"
    put(q, large, large)
    assert calls == [OVERSIZED_MAX]
    assert told == [("oversized", 1), ("oversized", 1), ("unreadable", 1), ("oversized", 1), ("oversized", 1)]


@pytest.mark.parametrize(("codec", "make"), [(H264, h264), (VP8, vp8)])
@pytest.mark.parametrize(("size", "allowed"), [((1280, 720), True), ((720, 1280), True), ((1296, 720), False)])
def test_key_picture_larger_than_allowed_never_reaches_the_decoder(
    codec: SimpleNamespace, make: object, size: tuple[int, int], allowed: bool
) -> None:
    q = queue(side_max_px=1280)
    key, delta = make(size)[:2]  # type: ignore[operator]
    put(q, key, delta, codec=codec)
    assert waiting(q) == ([key, delta] if allowed else [])
    assert q.shut != allowed
    assert q.dropped.oversized == (0 if allowed else 1)


def test_size_smuggled_in_with_another_picture_is_found() -> None:
    q = queue(side_max_px=640)
    put(q, KEY, DELTA + h264((1280, 720))[0], DELTA)
    assert waiting(q) == [KEY]
    put(q, KEY)
    assert waiting(q) == [KEY, KEY]


def test_broken_header_never_reaches_the_decoder() -> None:
    q = queue()
    put(q, KEY, KEY[:9])
    assert waiting(q) == [KEY]
    put(q, b"\x10\x00", codec=VP8)
    assert waiting(q) == [KEY]
    off = queue(side_max_px=None)
    put(off, KEY, KEY[:9])
    assert len(waiting(off)) == 2


def test_empty_picture_is_no_end_of_the_stream() -> None:
    q = queue()
    put(q, KEY, b"", DELTA)
    assert waiting(q) == [KEY, DELTA]


def test_decoder_that_cannot_keep_up_goes_on_and_jumps_with_the_next_key_picture() -> None:
    q = queue()
    put(q, KEY, *[DELTA] * (WAITING_MAX + 20))
    assert len(waiting(q)) == WAITING_MAX
    assert q.shut
    assert q.get() is not None, "what waits is decodable and keeps the picture moving"
    put(q, DELTA)
    assert len(waiting(q)) == WAITING_MAX - 1
    put(q, KEY, DELTA)
    assert not q.shut
    assert waiting(q) == [KEY, DELTA]


def test_pictures_that_wait_too_long_are_replaced_by_the_next_key_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 10.0
    monkeypatch.setattr(decoding, "time", SimpleNamespace(monotonic=lambda: now_s))
    q = queue()
    put(q, KEY, DELTA, DELTA)
    now_s += 0.6
    put(q, DELTA)
    assert waiting(q) == [KEY, DELTA, DELTA]
    assert q.shut
    put(q, DELTA, KEY, DELTA)
    assert waiting(q) == [KEY, DELTA]
    assert not q.shut
    assert q.dropped.overload == 4


def test_end_wakes_the_decoder_at_once_whatever_waits() -> None:
    q, got = queue(), []
    thread = threading.Thread(target=lambda: got.append(q.get()))
    thread.start()
    q.put(None)
    thread.join(5)
    assert got == [None]


async def test_track_that_nobody_reads_keeps_the_newest_frames_and_its_end() -> None:
    track = BoundedTrack("video")
    frames = track._queue
    assert isinstance(frames, NewestFrames)
    for item in [*range(100), None]:
        await frames.put(item)
    assert frames.dropped == 101 - DECODED_MAX
    assert [frames.get_nowait() for _ in range(DECODED_MAX)] == [*range(101 - DECODED_MAX, 100), None]
    assert type(BoundedTrack("audio")._queue) is asyncio.Queue
