from __future__ import annotations

from server.rtc import uninstall
from tests.server.rtc.calls import call
from tests.server.rtc.wire import Impairment, Wire, rtp


async def test_two_peers_see_each_other_through_the_wire() -> None:
    uninstall()
    wire = Wire(Impairment(delay_s=0.01))
    async with call(wire) as running:
        await running.frames(10)
        numbers = [number for _, number in running.seen]
        assert numbers == sorted(set(numbers))
        assert any(rtp(data) for data in wire.up.seen)
        wire.up.lose = lambda data: True
        await running.until(lambda: running.track.number > running.newest + 20)
