from __future__ import annotations

import pytest

from benchmarks.wire.channel import Channel, Impairment

N = 4000


def through(impairment: Impairment, seed: int = 1, size: int = 1000, every_s: float = 0.001) -> list[tuple[int, float]]:
    """Send N numbered datagrams; return (number, seconds underway) in the order of arrival."""
    channel, arrived = Channel(impairment, seed), []
    for number in range(N):
        channel.put(number.to_bytes(4, "big") + bytes(size - 4), number * every_s)
    while (at_s := channel.next_s) is not None:
        numbers = [int.from_bytes(data[:4], "big") for data in channel.due(at_s)]
        arrived += [(number, at_s - number * every_s) for number in numbers]
    return arrived


def test_clean_channel_keeps_everything_in_order_and_adds_its_delay() -> None:
    arrived = through(Impairment(delay_s=0.03))
    assert [number for number, _ in arrived] == list(range(N))
    assert {round(took_s, 6) for _, took_s in arrived} == {0.03}


def test_same_seed_loses_the_same_and_another_one_others() -> None:
    first, again, other = (through(Impairment(loss=0.1), seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) / N == pytest.approx(0.9, abs=0.02)


def test_bursts_are_as_long_as_their_end_is_improbable() -> None:
    numbers = [number for number, _ in through(Impairment(burst_begin=0.01, burst_end=0.2))]
    gaps = [b - a - 1 for a, b in zip(numbers, numbers[1:], strict=False) if b - a > 1]
    assert sum(gaps) / len(gaps) == pytest.approx(5, rel=0.3)


def test_jitter_reorders_only_where_it_may() -> None:
    tame, wild = (through(Impairment(jitter_s=0.03, reorder=reorder)) for reorder in (False, True))
    assert tame == sorted(tame)
    assert wild != sorted(wild)
    assert max(took_s for _, took_s in wild) <= 0.03 + 1e-9


def test_duplicates_arrive_twice() -> None:
    numbers = [number for number, _ in through(Impairment(duplicate=0.25))]
    assert set(numbers) == set(range(N))
    assert len(numbers) / N == pytest.approx(1.25, abs=0.03)


def test_narrow_channel_queues_then_loses() -> None:
    arrived = through(Impairment(kbps=4000))  # 8 Mbit/s go in
    assert max(took_s for _, took_s in arrived) == pytest.approx(0.3, abs=0.01)
    assert len(arrived) / N == pytest.approx(0.5, abs=0.05)


def test_outage_loses_everything_and_ends_without_a_trace() -> None:
    channel = Channel(Impairment(down=True), 1)
    channel.put(b"a", 0.0)
    channel.impairment = Impairment()
    channel.put(b"b", 1.0)
    assert channel.due(1.0) == [b"b"]
    assert (channel.sent, channel.lost) == (2, 1)


def test_named_losses_take_the_next_datagrams_of_a_size() -> None:
    channel = Channel(Impairment(), 1)
    channel.lose_next(2, at_least_bytes=3)
    for data in (b"a", b"bbb", b"cc", b"ddd", b"eee"):
        channel.put(data, 0.0)
    assert channel.due(0.0) == [b"a", b"cc", b"eee"]
