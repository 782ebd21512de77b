from __future__ import annotations

import random

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from server.rtc.jitter import FrameBatch, MarkerJitterBuffer


def packets(frames: int, each: int = 3, first: int = 0, marker: bool = True) -> list[RtpPacket]:
    """`frames` pictures of `each` packets; payloads tell frame and part."""
    made = []
    for number in range(frames):
        for part in range(each):
            packet = RtpPacket(
                sequence_number=(first + number * each + part) & 0xFFFF,
                timestamp=(3000 * (number + 1)) & 0xFFFFFFFF,
                marker=int(marker and part == each - 1),
            )
            packet._data = f"{number}.{part} ".encode()  # type: ignore[attr-defined]
            made.append(packet)
    return made


def whole(number: int, each: int = 3) -> bytes:
    return b"".join(f"{number}.{part} ".encode() for part in range(each))


def feed(buffer: JitterBuffer, stream: list[RtpPacket]) -> list[tuple[int, bytes, int]]:
    """Return (index of the packet that released it, data, timestamp) of every frame."""
    out = []
    for index, packet in enumerate(stream):
        _, frame = buffer.add(packet)
        if frame is not None:
            whole = frame.frames() if isinstance(frame, FrameBatch) else [frame]
            out += [(index, part.data, part.timestamp) for part in whole]
    return out


def buffer(capacity: int = 64) -> MarkerJitterBuffer:
    return MarkerJitterBuffer(capacity=capacity, is_video=True)


def test_frame_leaves_with_its_last_packet_and_not_with_the_next_frame() -> None:
    ours = feed(buffer(), packets(4))
    assert [index for index, _, _ in ours] == [2, 5, 8, 11]
    assert [data for _, data, _ in ours] == [whole(n) for n in range(4)]
    assert [timestamp for _, _, timestamp in ours] == [3000, 6000, 9000, 12_000]
    stock = feed(JitterBuffer(capacity=64, is_video=True), packets(4))
    assert [index for index, _, _ in stock] == [3, 6, 9], "if aiortc does it by itself one day, ours can go"


def test_sender_without_markers_is_served_as_before() -> None:
    ours = feed(buffer(), packets(4, marker=False))
    assert ours == feed(JitterBuffer(capacity=64, is_video=True), packets(4, marker=False))
    assert len(ours) == 3


def test_marker_that_comes_early_waits_for_the_packets_before_it() -> None:
    a, b, c = packets(1)
    assert feed(buffer(), [a, c, b]) == [(2, whole(0), 3000)]


def test_packets_of_two_frames_may_interleave() -> None:
    p = packets(2)
    out = feed(buffer(), [p[0], p[3], p[1], p[4], p[5], p[2]])
    assert [(index, data) for index, data, _ in out] == [(5, whole(0)), (5, whole(1))]


def test_packet_that_was_late_lets_all_frames_go_that_waited_for_it() -> None:
    p = packets(30, each=1)
    stream = [*p[:3], *p[4:9], p[3], *p[9:]]
    out = feed(buffer(), stream)
    assert [data for _, data, _ in out] == [whole(n, 1) for n in range(30)]
    assert [index for index, _, _ in out] == [0, 1, 2, *[8] * 6, *range(9, 30)]
    stock = JitterBuffer(capacity=64, is_video=True)
    assert len(feed(stock, stream)) < 25, "stock aiortc lags for good after one reordering"


def test_later_frames_of_a_batch_keep_their_distance_across_the_wrap_of_the_clock() -> None:
    p = packets(3, each=1)
    for packet, timestamp in zip(p, (0xFFFFF000, 0xFFFFFBB8, 0x770), strict=True):
        packet.timestamp = timestamp
    jitter = buffer()
    jitter.add(p[0])
    jitter.add(p[2])
    _, batch = jitter.add(p[1])
    assert isinstance(batch, FrameBatch)
    batch.timestamp = 3000  # as aiortc's mapper does
    assert [frame.timestamp for frame in batch.frames()] == [3000, 6000]


def test_lost_packet_holds_its_frame_back_and_its_return_lets_it_go() -> None:
    p = packets(2)
    held = [p[0], p[2], p[3], p[4], p[5]]
    jitter = buffer()
    assert feed(jitter, held) == []
    assert [data for _, data, _ in feed(jitter, [p[1]])] == [whole(0), whole(1)]


def test_loss_that_never_returns_ends_with_a_key_frame_request_and_whole_frames() -> None:
    stream = packets(40)
    del stream[4]
    jitter = buffer(capacity=32)
    wanted_key, frames = False, []
    for packet in stream:
        pli, frame = jitter.add(packet)
        wanted_key |= pli
        if frame is not None:
            assert isinstance(frame, FrameBatch)
            frames += [part.data for part in frame.frames()]
    assert wanted_key
    assert whole(1) not in frames
    assert set(frames) <= {whole(n) for n in range(40)}


def test_duplicates_change_nothing() -> None:
    doubled = [packet for packet in packets(5) for _ in (0, 1)]
    assert [data for _, data, _ in feed(buffer(), doubled)] == [whole(n) for n in range(5)]


@pytest.mark.parametrize("first", [65_530, 65_535, 65_534])
def test_sequence_numbers_wrap_around(first: int) -> None:
    out = feed(buffer(), packets(6, first=first))
    assert [data for _, data, _ in out] == [whole(n) for n in range(6)]


def test_single_packet_frames_leave_at_once() -> None:
    assert [index for index, _, _ in feed(buffer(), packets(5, each=1))] == [0, 1, 2, 3, 4]


def test_any_reordering_within_the_buffer_gives_whole_frames_in_order() -> None:
    rng = random.Random(7)  # noqa: S311 - a seed, not a secret
    for _ in range(50):
        stream = packets(20)
        for i in range(0, len(stream) - 6, 3):
            window = stream[i : i + 6]
            if i:
                rng.shuffle(window)
            stream[i : i + 6] = window
        numbers = [data for _, data, _ in feed(buffer(), stream)]
        assert set(numbers) <= {whole(n) for n in range(20)}
        assert numbers == sorted(numbers, key=lambda data: int(data.split(b".")[0]))
        assert len(numbers) == 20


def test_audio_buffer_is_left_as_it_was() -> None:
    ours = MarkerJitterBuffer(capacity=16, prefetch=4)
    stock = JitterBuffer(capacity=16, prefetch=4)
    assert feed(ours, packets(10, each=1)) == feed(stock, packets(10, each=1))
