from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from server.rtc.jitter import FrameBatch, MarkerJitterBuffer
from server.rtc.skip import find_key, skip_past, skip_to


def stream(frames: int, each: int = 3, keys: tuple[int, ...] = (0,), first: int = 65_530) -> list[RtpPacket]:
    made = []
    for number in range(frames):
        for part in range(each):
            packet = RtpPacket(
                sequence_number=(first + number * each + part) & 0xFFFF,
                timestamp=3000 * number,
                marker=int(part == each - 1),
            )
            kind = b"K" if number in keys and part == 0 else b"d"
            packet._data = kind + f"{number}.{part} ".encode()  # type: ignore[attr-defined]
            made.append(packet)
    return made


def begins_key(packet: RtpPacket) -> bool:
    return bool(packet._data.startswith(b"K"))  # type: ignore[attr-defined]


def filled(packets: list[RtpPacket], without: set[int]) -> tuple[JitterBuffer, list[bytes]]:
    buffer = MarkerJitterBuffer(capacity=64, is_video=True)
    out = []
    for index, packet in enumerate(packets):
        if index not in without:
            out += datas(buffer.add(packet)[1])
    return buffer, out


def datas(frame: object) -> list[bytes]:
    return [part.data for part in frame.frames()] if isinstance(frame, FrameBatch) else []


def numbers(found: list[bytes]) -> list[int]:
    return [int(data[1:].split(b".")[0]) for data in found]


def test_skip_drops_the_broken_picture_and_gives_the_whole_ones_behind_it() -> None:
    packets = stream(6)
    buffer, before = filled(packets, {4})
    assert numbers(before) == [0]
    skip_past(buffer, packets[4].sequence_number, begins_key)
    assert numbers(datas(buffer._remove_frame(0))) == [2, 3, 4, 5]


def test_skip_over_a_lost_end_of_a_picture_does_not_swallow_a_key_picture() -> None:
    packets = stream(4, keys=(0, 2))
    buffer, _ = filled(packets, {5})
    skip_past(buffer, packets[5].sequence_number, begins_key)
    assert numbers(datas(buffer._remove_frame(0))) == [2, 3]


def test_skip_of_what_is_behind_us_changes_nothing() -> None:
    packets = stream(4)
    buffer, _ = filled(packets, {7})
    skip_past(buffer, packets[1].sequence_number, begins_key)
    buffer.add(packets[7])
    assert buffer._origin == (packets[-1].sequence_number + 1) & 0xFFFF


def test_newest_whole_key_picture_is_found_behind_any_number_of_gaps() -> None:
    packets = stream(10, keys=(0, 3, 6, 9))
    buffer, _ = filled(packets, {4, 13, 28})
    whole, begun = find_key(buffer, begins_key)
    assert begun
    assert whole is not None
    assert skip_to(buffer, whole) == (packets[18].sequence_number - 1) & 0xFFFF
    assert numbers(datas(buffer._remove_frame(0))) == [6, 7, 8]


def test_key_picture_that_lacks_a_packet_has_begun_but_is_not_whole() -> None:
    buffer, _ = filled(stream(4, keys=(0, 2)), {4, 7})
    assert find_key(buffer, begins_key) == (None, True)


def test_key_picture_of_a_sender_without_markers_is_whole_when_the_next_begins() -> None:
    packets = stream(4, keys=(0, 2))
    for packet in packets:
        packet.marker = 0
    buffer, _ = filled(packets, {4})
    assert find_key(buffer, begins_key)[0] is not None


def test_empty_buffer_has_no_key_picture() -> None:
    assert find_key(MarkerJitterBuffer(capacity=16, is_video=True), begins_key) == (None, False)
