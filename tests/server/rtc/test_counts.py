"""What is lost, refused and asked for is told to whoever counts."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from server.rtc import install, uninstall
from server.settings import MediaSettings
from tests.server.rtc.calls import call
from tests.server.rtc.wire import Impairment, Wire


@pytest.fixture
def counts() -> Iterator[Counter[str]]:
    told: Counter[str] = Counter()
    install(MediaSettings(), lambda what, many: told.update({what: many}))
    yield told
    uninstall()


async def test_losses_and_strangers_are_told(counts: Counter[str]) -> None:
    wire = Wire(Impairment(delay_s=0.01), seed=3)
    async with call(wire) as running:
        await running.frames(10)
        assert not counts
        wire.up.channel.impairment = Impairment(delay_s=0.01, loss=0.2)
        await running.until(lambda: counts["asked_again"] > 5)
        wire.up.lose = lambda data: True
        await running.until(lambda: running.track.number > running.newest + 60)
        wire.up.lose = lambda data: False
        await running.until(lambda: counts["given_up"] > 0 and counts["key_frame_asked"] > 0)
        before = counts["stranger"]
        (pair, *_) = running.receiver.transport.transport._connection._nominated.values()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(bytes([128]) + bytes(60), pair.protocol.transport.get_extra_info("sockname"))
        await running.until(lambda: counts["stranger"] == before + 1)
