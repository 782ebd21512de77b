"""Whole calls over loopback: aiortc as the shopper, a real server, real worker processes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from tests.server.clients import Camera, House, Shopper, hear, is_painted, running, say, seeing

pytestmark = pytest.mark.asyncio(loop_scope="module")
BLOCK = [{"id": "block"}]


def corner_of(frame: av.VideoFrame) -> float:
    """Brightness of the upper left corner, 0..255."""
    return float(np.median(frame.to_ndarray(format="gray")[:8, :8]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = {
        "limits__offers_per_minute": 1000,
        "limits__consents_per_minute": 1000,
        "limits__sessions_max": 2,
        "session__connect_s": 1.5,
        "worker__stall_s": 1.0,
    }
    async with running(tmp_path_factory.mktemp("var"), **settings) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def shopper(house: House) -> AsyncIterator[Shopper]:
    """A shopper who sees a picture."""
    await house.ready()
    async with seeing(house) as shopper:
        yield shopper
    await shopper.until(lambda: not house.hub._sessions)


async def test_shopper_sees_the_camera_first_and_then_the_garment(shopper: Shopper) -> None:
    assert shopper.said("state")[0]["garments"] == []
    assert not is_painted(shopper.frames[0][1])
    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    await shopper.until(lambda: shopper.said("state")[-1]["garments"] == [{"id": "block", "size": "M"}])
    shopper.tell(type="wear", garments=[])
    seen = len(shopper.frames)
    await shopper.until(lambda: any(not is_painted(frame) for _, frame in shopper.frames[seen:]))


async def test_server_tells_times_and_hint_twice_a_second(shopper: Shopper) -> None:
    shopper.camera.covered = True
    await shopper.until(lambda: any(one["hint"] == "covered" for one in shopper.said("stats")))
    shopper.camera.covered = False
    await shopper.until(lambda: len(shopper.said("stats")) >= 3 and shopper.said("stats")[-1]["hint"] != "covered")
    first, last = shopper.said("stats")[0], shopper.said("stats")[-1]
    assert {"pose", "render", "total"} <= set(last["stage_ms"])
    assert last["hint"] == "step_back"
    assert last["fps"] > 0
    assert last["t_s"] - first["t_s"] == pytest.approx(0.5 * (len(shopper.said("stats")) - 1), abs=0.3)


async def test_server_answers_a_ping_with_its_time(shopper: Shopper) -> None:
    shopper.tell(type="ping", t_ms=12.5)
    await shopper.until(lambda: shopper.said("pong"))
    assert shopper.said("pong")[0]["t_ms"] == 12.5


@pytest.mark.parametrize(
    ("garments", "code"),
    [
        ([{"id": "cape"}], "garment.unknown"),
        ([{"id": "block", "size": "XXXL"}], "size.unknown"),
        ([{"id": "block", "colourway": "plaid"}], "colourway.unknown"),
        ([{"id": "slow", "tucked": True}], "garment.untucked"),
        ([{"id": "block", "tucked": "yes"}], "schema"),
        ([{"id": "block"}, {"id": "block", "size": "S"}], "garment.twice"),
        ([{"id": "none"}], "wish"),
        ([{"id": "a"}] * 5, "schema"),
    ],
)
async def test_shopper_is_told_by_name_what_cannot_be_worn(shopper: Shopper, garments: object, code: str) -> None:
    shopper.tell(type="wear", garments=garments)
    await shopper.until(lambda: shopper.said("error"))
    assert shopper.said("error")[0]["code"] == code


async def test_others_are_told_with_their_sizes_and_where_they_stand(shopper: Shopper) -> None:
    shopper.tell(type="people", most=3, others=[None, [{"id": "slow"}]])
    named = [None, [{"id": "slow", "size": "M"}]]
    await shopper.until(lambda: shopper.said("state")[-1]["others"] == named)
    await shopper.until(lambda: any(len(stats["people"]) == 2 for stats in shopper.said("stats")))
    second, third = next(stats["people"] for stats in shopper.said("stats") if stats["people"])
    assert (second["id"], third["id"]) == (1, 2)
    assert (second["above"][0], third["above"][0]) == (0.25, 0.5)
    assert 0.0 < second["above"][1] < 0.5
    shopper.tell(type="people", most=1)
    await shopper.until(lambda: shopper.said("stats")[-1]["people"] == [])


async def test_state_names_the_colourway_that_was_chosen(shopper: Shopper) -> None:
    chosen = {"id": "block", "size": "M", "colourway": "red"}
    shopper.tell(type="wear", garments=[chosen])
    await shopper.until(lambda: shopper.said("state")[-1]["garments"] == [chosen])


async def test_state_says_how_a_top_is_worn_once_it_was_chosen(shopper: Shopper) -> None:
    chosen = [{"id": "block", "size": "M", "tucked": True}, {"id": "slow", "size": "M", "tucked": False}]
    shopper.tell(type="wear", garments=chosen)
    await shopper.until(lambda: shopper.said("state")[-1]["garments"] == chosen)


async def test_picture_follows_the_camera_through_sizes(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    sizes = [(240, 320)] * 2 + [(322, 242), (1280, 320)]
    for size, returned in zip([(240, 320), (180, 240), (322, 242), (1600, 400)], sizes, strict=True):
        shopper.camera.size, sent = size, shopper.camera.sent
        await shopper.until(
            lambda size=returned, sent=sent: (
                shopper.camera.sent > sent + 20
                and (frame := shopper.frames[-1][1])
                and (frame.width, frame.height) == size
                and is_painted(frame)
            )
        )


async def test_slow_stage_lowers_the_frame_rate_and_queues_nothing(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=[{"id": "slow"}])
    await shopper.sees_paint()
    sent, seen = shopper.camera.sent, len(shopper.frames)
    await shopper.until(lambda: shopper.camera.sent >= sent + 90)
    frame = shopper.frames[-1][1].to_ndarray(format="gray")
    lag = (shopper.camera.sent - (int(np.median(frame[:8, :8])) - 60)) % 64
    assert lag <= 12, "a queue of 90 frames at half the rate would lag by more than 40"
    assert len(shopper.frames) - seen < 75
    assert shopper.said("stats")[-1]["dropped"] >= 20


@pytest.mark.parametrize("garment", ["crash", "faulty", "hang"])
async def test_shopper_goes_on_when_the_worker_is_lost(shopper: Shopper, garment: str) -> None:
    loop = asyncio.get_running_loop()
    shopper.tell(type="wear", garments=[{"id": garment}])
    await shopper.until(lambda: any(e["code"] == "worker.lost" for e in shopper.said("error")))
    lost_s = loop.time()
    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    assert loop.time() - lost_s < 10
    await shopper.until(lambda: shopper.said("state")[-1]["garments"] == [{"id": "block", "size": "M"}])


async def test_killed_worker_is_replaced_and_leaves_nothing_behind(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    pool = shopper.house.hub.pool
    (worker,) = pool._seated
    os.kill(worker.pid, signal.SIGKILL)
    await shopper.until(lambda: worker not in pool._seated)
    await shopper.sees_paint()
    assert not os.path.exists(f"/proc/{worker.pid}"), "a killed worker has to be reaped"
    await shopper.until(lambda: pool.counts["idle"] >= 1)


async def test_shopper_looks_from_elsewhere_and_returns_to_the_mirror(shopper: Shopper) -> None:
    def corner() -> float:
        return corner_of(shopper.frames[-1][1])

    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    shopper.tell(type="look", mode="orbit", yaw_deg=0)
    await shopper.until(lambda: shopper.said("state")[-1]["look"] == "orbit" and corner() > 225)
    shopper.tell(type="look", mode="orbit", yaw_deg=60)
    await shopper.until(lambda: corner() < 190)
    shopper.tell(type="look", mode="replay", yaw_deg=0, speed=0.5)
    await shopper.until(lambda: shopper.said("state")[-1]["look"] == "replay" and corner() > 225)
    shopper.tell(type="look", mode="mirror")
    await shopper.until(lambda: shopper.said("state")[-1]["look"] == "mirror" and is_painted(shopper.frames[-1][1]))


async def test_layer_comes_alone_where_it_is_asked_for(shopper: Shopper) -> None:
    def newest() -> av.VideoFrame:
        return shopper.frames[-1][1]

    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    shopper.tell(type="view", mirror=False, delivery="layer")
    await shopper.until(lambda: newest().height == 480)
    assert shopper.said("state")[-1]["delivery"] == "layer"
    colour, alpha = np.split(newest().to_ndarray(format="gray"), 2)
    assert (alpha > 225).mean() == pytest.approx(0.25, abs=0.02)
    assert (alpha < 26).mean() == pytest.approx(0.75, abs=0.02)
    assert np.median(colour) > 225
    shopper.tell(type="look", mode="orbit", yaw_deg=0)
    await shopper.until(lambda: newest().height == 240)  # from elsewhere there is no camera to draw over
    shopper.tell(type="look", mode="mirror")
    await shopper.until(lambda: newest().height == 480)
    shopper.tell(type="view", mirror=False)
    await shopper.until(lambda: newest().height == 240 and is_painted(newest()))


async def test_view_outlives_the_worker_and_ends_with_the_session(house: House, shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    shopper.tell(type="look", mode="orbit", yaw_deg=60)
    await shopper.until(lambda: shopper.said("state")[-1]["look"] == "orbit")
    (worker,) = house.hub.pool._seated
    os.kill(worker.pid, signal.SIGKILL)
    await shopper.until(lambda: worker not in house.hub.pool._seated)
    seen = len(shopper.frames)
    await shopper.until(lambda: any(170 < corner_of(frame) < 190 for _, frame in shopper.frames[seen:]))
    await shopper.leave()
    await shopper.until(lambda: not house.hub._sessions)
    await house.ready()
    other = Shopper(house)
    async with house.socket() as socket:
        await other.enter(socket)
        other.tell(type="wear", garments=BLOCK)
        await other.sees_paint()
        assert {state["look"] for state in other.said("state")} == {"mirror"}
        await other.leave()


async def test_new_offer_on_the_same_socket_keeps_outfit_and_seat(house: House) -> None:
    await house.ready()
    first, second = Shopper(house), Shopper(house)
    async with house.socket() as socket:
        await first.enter(socket)
        first.tell(type="wear", garments=BLOCK)
        await first.sees_paint()
        await say(socket, type="offer", sdp=await second.offer())
        await second.take((await hear(socket))["sdp"])
        await second.sees_paint()
        assert house.hub.pool.counts["seated"] == 1
        await first.leave()
        await second.leave()


async def test_signalling_over_plain_requests_seats_once_and_ends(house: House) -> None:
    await house.ready()
    shopper, token = Shopper(house), await house.token()
    bearer = {"Authorization": f"Bearer {token}"}
    async with house.http() as http:
        assert (await shopper.enter_by_http(http, token)).status_code == 200
        candidate = {"candidate": "candidate:1 1 udp 2113937151 192.0.2.77 50000 typ host", "sdpMid": "0"}
        for body, status in (({"candidate": candidate}, 204), ({"candidate": None}, 204), ({}, 422)):
            answer = await http.post(
                "/api/v1/session/candidate", json={"v": 1, "type": "candidate", **body}, headers=bearer
            )
            assert answer.status_code == status
        await shopper.until(lambda: shopper.frames)
        again = Shopper(house)
        assert (await again.enter_by_http(http, token)).status_code == 200, "comes back to its own session"
        await again.until(lambda: again.frames)
        assert house.hub.pool.counts["seated"] == 1
        async with house.socket() as socket:
            await say(socket, type="hello", token=token)
            assert (await hear(socket))["code"] == "token", "a token seats once"
        assert (await http.delete("/api/v1/session", headers=bearer)).status_code == 204
        assert house.hub.pool.counts["seated"] == 0
        assert (await http.delete("/api/v1/session", headers=bearer)).status_code == 401
    await shopper.leave()
    await again.leave()


async def test_silent_shopper_without_a_socket_is_let_go(tmp_path: Path) -> None:
    async with running(tmp_path, session__silence_s=1.0) as house:
        shopper = Shopper(house)
        async with house.http() as http:
            await shopper.enter_by_http(http, await house.token())
        await shopper.until(lambda: len(shopper.frames) > 40)
        assert house.hub._sessions, "pictures are a sign of life"
        shopper.camera.fps = 0.001
        await shopper.until(lambda: not house.hub._sessions and house.hub.pool.counts["seated"] == 0)
        await shopper.leave()


async def test_nothing_is_left_after_shoppers_have_gone(house: House) -> None:
    def held() -> tuple[int, int, int]:
        return len(asyncio.all_tasks()), threading.active_count(), len(os.listdir("/proc/self/fd"))

    counts = []
    for _ in range(7):
        await house.ready()
        shopper = Shopper(house, Camera((160, 120)))
        async with house.socket() as socket:
            await shopper.enter(socket)
            shopper.tell(type="wear", garments=BLOCK)
            await shopper.sees_paint()
            await shopper.leave()
        await shopper.until(lambda: not house.hub._sessions and house.hub.pool.counts["idle"] == 2)
        gc.collect()
        await asyncio.sleep(0.1)
        counts.append(held())
    assert all(last <= early for last, early in zip(counts[-1], counts[2], strict=True)), counts


async def test_half_open_peer_is_closed_by_time(house: House) -> None:
    await house.ready()
    shopper = Shopper(house)
    async with house.socket() as socket:
        await say(socket, type="hello", token=await house.token())
        await hear(socket)
        await say(socket, type="offer", sdp=await shopper.offer())
        await hear(socket)
        assert await hear(socket) == {"v": 1, "type": "bye", "reason": "not_connected"}
        with pytest.raises(ConnectionClosed):
            await hear(socket)
    assert not house.hub._sessions
    await shopper.leave()


async def test_shopper_beyond_the_last_seat_is_asked_to_try_later(house: House) -> None:
    shoppers = [Shopper(house, Camera((160, 120), fps=5)) for _ in range(3)]
    async with house.socket() as one, house.socket() as two, house.socket() as three:
        for shopper, socket in zip(shoppers[:2], (one, two), strict=True):
            await house.ready()
            await shopper.until(lambda: house.hub.pool.counts["idle"] >= 1)
            await shopper.enter(socket)
        await say(three, type="hello", token=await house.token())
        await hear(three)
        await say(three, type="offer", sdp=await shoppers[2].offer())
        assert (await hear(three))["code"] == "seats"
        with pytest.raises(ConnectionClosed) as closed:
            await hear(three)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        async with house.http() as http:
            answer = await shoppers[2].enter_by_http(http, await house.token())
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        for shopper in shoppers:
            await shopper.leave()


async def test_shopper_who_would_slow_everybody_is_asked_to_try_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shoppers = [Shopper(house, Camera((160, 120), fps=5)) for _ in range(2)]
    async with house.socket() as one:
        await house.ready()
        await shoppers[0].until(lambda: house.hub.pool.counts["idle"] >= 1)
        await shoppers[0].enter(one)
        monkeypatch.setattr(type(house.hub.pool), "frame_cpu_s", property(lambda _: 5.0))
        async with house.http() as http:
            answer = await shoppers[1].enter_by_http(http, await house.token())
            health = (await http.get("/healthz")).json()
        assert answer.status_code == 503
        assert answer.json()["code"] == "capacity"
        assert answer.headers["retry-after"] == "15"
        assert health["sessions"] == {"now": 1, "max": 2, "room": 0}
        for shopper in shoppers:
            await shopper.leave()


@pytest.mark.parametrize("message", ["x" * (17 * 1024), "binary", "flood"])
async def test_control_channel_is_closed_on_abuse(shopper: Shopper, message: str) -> None:
    if message == "flood":
        for index in range(60):
            shopper.tell(type="ping", t_ms=index)
    else:
        with pytest.raises(ValueError, match="16384"):
            shopper.channel.send("x" * (17 * 1024))  # the answer names the limit, which polite clients keep
        shopper.pc.sctp._remote_max_message_size = 0
        shopper.channel.send(b"\0\1" if message == "binary" else message)
    await shopper.until(lambda: shopper.channel.readyState == "closed")
    seen = len(shopper.frames)
    await shopper.until(lambda: len(shopper.frames) > seen + 5)


async def test_only_one_control_channel_is_served(house: House) -> None:
    await house.ready()
    shopper = Shopper(house, labels=("control", "control", "files", *(f"x{i}" for i in range(20))))
    async with house.socket() as socket:
        await shopper.enter(socket)
        await shopper.until(lambda: all(c.readyState == "closed" for c in shopper.channels[1:]))
        shopper.tell(type="ping", t_ms=1)
        await shopper.until(lambda: shopper.said("pong"))
        await shopper.leave()


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_both_codecs_carry_the_picture(house: House, codec: str) -> None:
    await house.ready()
    shopper = Shopper(house, codec=codec)
    async with house.socket() as socket:
        await shopper.enter(socket)
        shopper.tell(type="wear", garments=BLOCK)
        await shopper.sees_paint()
        await shopper.leave()
