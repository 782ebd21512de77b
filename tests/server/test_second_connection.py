"""A shopper who opens another connection in the same session, as after a change of network."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from server.session import Session
from server.worker.handle import Composed, WorkerHandle
from tests.server.clients import Shopper, hear, running, say


async def test_second_connection_goes_on_in_time_and_shows_nothing_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[int] = []
    composed: list[Composed] = []
    push, take = WorkerHandle.push, Session._take_composed
    monkeypatch.setattr(WorkerHandle, "push", lambda self, planes, at: pushed.append(at) or push(self, planes, at))
    monkeypatch.setattr(Session, "_take_composed", lambda self, one: composed.append(one) or take(self, one))
    async with running(tmp_path) as house, house.socket() as socket:
        await house.ready()
        first, second = Shopper(house), Shopper(house)
        await first.enter(socket)
        await first.until(lambda: len(composed) > 20)
        stale = composed[-1]
        await say(socket, type="offer", sdp=await second.offer())
        await second.take((await hear(socket))["sdp"])
        await second.until(lambda: len(second.frames) > 10)
        assert all(earlier < later for earlier, later in zip(pushed, pushed[1:], strict=False))
        (session,) = house.hub._sessions.values()
        shown: list[av.VideoFrame] = []
        assert session._peer is not None
        monkeypatch.setattr(session._peer.outbox, "put", shown.append)
        take(session, stale)
        assert not shown
        fresh = composed[-1]
        take(session, fresh)
        assert shown[0].pts is not None
        assert 0 <= shown[0].pts < fresh.frame.ticks
        await first.leave()
        await second.leave()
