from __future__ import annotations

import pytest

from server.rtc import install, uninstall
from server.rtc.protection import REST_S, Protection
from server.settings import MediaSettings
from tests.server.rtc.calls import call
from tests.server.rtc.wire import Impairment, Wire, rtp

BPS = 2e6


def told(
    protection: Protection, lost: int, seconds: float, at_s: float = 0.0, queue_s: float = 0.0, bps: float = BPS
) -> float:
    """Ten messages a second of 20 packets each; return the time."""
    for _ in range(round(10 * seconds)):
        at_s += 0.1
        protection.update(20 - lost, lost, queue_s, bps, at_s)
    return at_s


def test_clean_link_is_left_alone() -> None:
    protection = Protection()
    told(protection, 0, 10)
    assert not protection.on


def test_link_that_loses_gets_copies_until_it_is_clean_again() -> None:
    protection = Protection()
    at_s = told(protection, 1, 2)
    assert protection.on
    told(protection, 0, 20, at_s)
    assert not protection.on


@pytest.mark.parametrize("how", [{"queue_s": 0.1}, {"bps": 5e5}])
def test_full_or_narrow_link_gets_no_copies(how: dict[str, float]) -> None:
    protection = Protection()
    told(protection, 2, 5, **how)
    assert not protection.on
    protection = Protection()
    told(protection, 2, 1, told(protection, 2, 5), **how)
    assert not protection.on


def test_copies_that_make_it_worse_end_and_rest() -> None:
    protection = Protection()
    at_s = told(protection, 1, 2)
    assert protection.on
    at_s = told(protection, 9, 5, at_s)
    assert not protection.on
    at_s = told(protection, 1, REST_S - 5, at_s)
    assert not protection.on
    told(protection, 1, 6, at_s)
    assert protection.on


@pytest.mark.parametrize("switched", [True, False])
async def test_every_packet_of_a_link_that_loses_is_followed_by_a_copy(switched: bool) -> None:
    install(MediaSettings(send_twice=switched))
    try:
        wire = Wire(Impairment(delay_s=0.01, loss=0.05))
        async with call(wire) as running:
            await running.until(lambda: running.track.number > 180)
            wire.up.seen.clear()
            await running.frames(40)
            packets = [found for data in wire.up.seen if (found := rtp(data)) is not None]
            live = max({ssrc for _, _, _, ssrc in packets}, key=lambda ssrc: sum(p[3] == ssrc for p in packets))
            copies = sum(packet[3] != live for packet in packets) / sum(packet[3] == live for packet in packets)
            numbers = [number for _, number in running.seen]
            assert numbers == sorted(set(numbers)), "a copy makes no picture appear twice"
            assert (copies > 0.85) == switched
    finally:
        uninstall()
