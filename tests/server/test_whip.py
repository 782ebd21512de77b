"""WHIP and WHEP over loopback, with aiortc as the other end and real worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from server.offers import CheckedOffer
from server.peer import Peer
from tests.server.clients import Camera, House, running
from tests.server.standard_clients import Standard

pytestmark = pytest.mark.asyncio(loop_scope="module")
STUDIO = "https://studio.example.org"
ICE = ("stun:stun.example.org", "turn:turn.example.org:3478?transport=udp")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    settings = {
        "limits__offers_per_minute": 1000,
        "limits__consents_per_minute": 1000,
        "limits__viewers_max": 1,
        "standards__origins": (STUDIO,),
        "standards__ice_servers": ICE,
    }
    async with running(tmp_path_factory.mktemp("var"), **settings) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def camera(house: House) -> AsyncIterator[Standard]:
    """A camera that came in over WHIP, wearing the block."""
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
    answer = await camera.post("/whip?garment=block&size=M&height_cm=172")
    assert answer.status_code == 201, answer.text
    yield camera
    await camera.delete()
    await camera.leave()
    await camera.until(lambda: not house.hub._sessions and house.hub.pool.counts["seated"] == 0)


def fragment_of(sdp: str, *candidates: str, ufrag: str | None = None) -> str:
    """Return the fragment that a client with this offer would send."""
    lines = sdp.splitlines()
    name = ufrag or next(line for line in lines if line.startswith("a=ice-ufrag:")).partition(":")[2]
    password = next(line for line in lines if line.startswith("a=ice-pwd:"))
    media = "m=video 9 UDP/TLS/RTP/SAVPF 96"
    return "\r\n".join([f"a=ice-ufrag:{name}", password, media, "a=mid:0", *(f"a={one}" for one in candidates), ""])


async def test_camera_comes_in_and_one_watches_what_was_composed(house: House, camera: Standard) -> None:
    assert camera.location.startswith("/whip/")
    session_id = camera.location.rpartition("/")[2]
    viewer = Standard(house, camera.token, "recvonly")
    answer = await viewer.post(f"/whep/{session_id}")
    assert answer.status_code == 201, answer.text
    assert viewer.location.startswith(f"/whep/{session_id}/")
    assert "a=sendonly" in answer.text
    await viewer.sees_paint()
    second = Standard(house, camera.token, "recvonly")
    refused = await second.post(f"/whep/{session_id}")
    assert (refused.status_code, refused.json()["code"]) == (503, "viewers")
    assert int(refused.headers["retry-after"]) > 0
    async with house.http() as http:
        metrics = (await http.get("/metrics")).text
    assert "lookglass_viewers 1.0" in metrics
    assert 'lookglass_refused_total{code="viewers"} 1.0' in metrics
    assert (await viewer.delete()).status_code == 200
    assert (await second.post(f"/whep/{session_id}")).status_code == 201, "the place is free again"
    await second.sees_paint()
    for one in (viewer, second):
        await one.leave()


async def test_answer_is_what_the_standard_asks_for(house: House) -> None:
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
    answer = await camera.post("/whip")
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
    assert answer.headers["etag"].startswith('"')
    assert [link.partition(">")[0] for link in answer.headers.get_list("link")] == [f"<{url}" for url in ICE]
    assert "a=recvonly" in answer.text
    assert "a=sendrecv" not in answer.text
    assert (await camera.delete()).status_code == 200
    assert not house.hub._sessions
    assert (await camera.delete()).status_code == 401, "the session is forgotten, and its token worth nothing"
    await camera.leave()


async def test_offer_with_audio_is_taken_and_no_audio_is_asked_for(house: House) -> None:
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)), audio=True)
    answer = await camera.post("/whip")
    assert answer.status_code == 201, answer.text
    audio, video = answer.text.split("m=")[1:]
    assert "a=inactive" in audio
    assert "a=recvonly" in video
    (session,) = house.hub._sessions.values()
    await camera.until(lambda: session._composed_s)
    await camera.delete()
    await camera.leave()


async def test_section_that_leaves_its_transport_to_the_first_one_is_understood(house: House) -> None:
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)), audio=True)
    session, audio, video = (await camera.offer()).split("m=")
    shared = ("a=ice-", "a=fingerprint", "a=setup", "a=rtcp-mux", "a=candidate", "a=end-of", "c=")
    bare = [line for line in video.splitlines() if not line.startswith(shared)]
    bare[0] = " ".join(["video", "0", *bare[0].split(" ")[2:]])
    sdp = "m=".join([session, audio, "\r\n".join([*bare, "a=bundle-only", ""])])
    assert (await camera.post("/whip", sdp)).status_code == 201
    (seated,) = house.hub._sessions.values()
    await camera.until(lambda: seated._composed_s)
    await camera.delete()
    await camera.leave()


async def test_picture_comes_back_on_the_same_connection_only_where_it_is_asked_for(house: House) -> None:
    await house.ready()
    for back, seen in (("false", False), ("true", True)):
        camera = Standard(house, await house.token(), "sendrecv", Camera((160, 120)))
        assert (await camera.post(f"/whip?garment=block&back={back}")).status_code == 201
        (session,) = house.hub._sessions.values()
        await camera.until(lambda session=session: len(session._composed_s) > 5)
        if seen:
            await camera.sees_paint()
        assert bool(camera.frames) is seen
        await camera.delete()
        await camera.leave()
        await camera.until(lambda: not house.hub._sessions)
        await house.ready()


async def test_wishes_are_changed_by_a_message_of_the_control_channel(house: House, camera: Standard) -> None:
    async with house.http() as http:
        taken = await http.post(
            "/api/v1/session/control", json={"v": 1, "type": "wear", "garments": []}, headers=camera.bearer
        )
        assert taken.status_code == 200
        assert taken.json()["garments"] == []
        assert taken.json()["height_cm"] == 172
        wrong = {"v": 1, "type": "wear", "garments": [{"id": "cape"}]}
        refused = await http.post("/api/v1/session/control", json=wrong, headers=camera.bearer)
        assert (refused.status_code, refused.json()["code"]) == (422, "garment.unknown")
        layer = {"v": 1, "type": "view", "mirror": False, "delivery": "layer"}
        refused = await http.post("/api/v1/session/control", json=layer, headers=camera.bearer)
        assert (refused.status_code, refused.json()["code"]) == (422, "delivery.watched")


async def test_candidates_are_added_to_the_connection_that_was_named(house: House, camera: Standard) -> None:
    offer = str(camera.pc.localDescription.sdp)
    good = "candidate:9 1 udp 2113937151 127.0.0.1 50123 typ host"
    tcp = "candidate:8 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"
    named = "candidate:7 1 udp 2113937151 host.example.org 50123 typ host"
    cases = [
        (fragment_of(offer, good, tcp, named), camera.etag, 204),
        (fragment_of(offer, good), "*", 204),
        (fragment_of(offer), None, 428),
        (fragment_of(offer), '"another"', 412),
        (fragment_of(offer, good, ufrag="newname"), "*", 422),
        ("v=0", camera.etag, 422),
    ]
    for fragment, etag, status in cases:
        answer = await camera.patch(fragment, **({"If-Match": etag} if etag else {}))
        assert answer.status_code == status, (fragment, answer.text)
        assert "etag" not in answer.headers
    wrong = await camera.patch(fragment_of(offer), **{"If-Match": camera.etag, "Content-Type": "text/plain"})
    assert wrong.status_code == 415
    (session,) = house.hub._sessions.values()
    assert session.peer is not None
    await camera.until(lambda: session.peer.connected)


async def test_camera_that_was_cut_off_comes_back_with_the_same_token(house: House, camera: Standard) -> None:
    again = Standard(house, camera.token, "sendonly", Camera((160, 120)))
    (session,) = house.hub._sessions.values()
    await camera.until(lambda: len(session._composed_s) > 3)
    assert (await again.post("/whip?garment=block")).status_code == 201
    assert again.location == camera.location
    assert again.etag != camera.etag
    assert list(house.hub._sessions.values()) == [session]
    old = await camera.patch(fragment_of(str(camera.pc.localDescription.sdp)), **{"If-Match": camera.etag})
    assert old.status_code == 412
    await again.until(lambda: session.peer is not None and session.peer.connected)
    await again.leave()
    await camera.until(lambda: not house.hub._sessions)
    await house.ready()
    third = Standard(house, camera.token, "sendonly", Camera((160, 120)))
    assert (await third.post("/whip")).status_code == 201
    (session,) = house.hub._sessions.values()
    assert session.kept.height_cm == 172, "what was wished for is remembered"
    await third.leave()


@pytest.mark.parametrize(
    ("path", "change", "status", "code"),
    [
        ("/whip", {"Content-Type": "text/plain"}, 415, "media_type"),
        ("/whip", {"Authorization": ""}, 401, "token"),
        ("/whip", {"Authorization": "Bearer abc"}, 401, "token"),
        ("/whip", {"Origin": "https://evil.example"}, 403, "origin"),
        ("/whip?garment=cape", {}, 422, "garment.unknown"),
        ("/whip?garment=block&size=XXXL", {}, 422, "size.unknown"),
        ("/whip?height_cm=20", {}, 422, "query"),
        ("/whip", {"sdp": "v=1"}, 422, "offer.malformed"),
        ("/whip", {"sdp": "x" * 40_000}, 413, "body.too_large"),
        ("/whep/someone", {}, 401, "token"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    house: House, path: str, change: dict[str, str], status: int, code: str
) -> None:
    camera = Standard(house, await house.token(), "sendonly")
    answer = await camera.post(path, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not house.hub._sessions
    await camera.leave()


async def test_offer_of_the_wrong_direction_is_refused(house: House, camera: Standard) -> None:
    watcher = Standard(house, await house.token(), "recvonly")
    refused = await watcher.post("/whip")
    assert (refused.status_code, refused.json()["code"]) == (422, "offer.video")
    sender = Standard(house, camera.token, "sendonly")
    refused = await sender.post(camera.location.replace("whip", "whep"))
    assert (refused.status_code, refused.json()["code"]) == (422, "offer.video")
    await sender.leave()
    await watcher.leave()


async def test_nobody_watches_with_the_token_of_another(house: House, camera: Standard) -> None:
    stranger = Standard(house, await house.token(), "recvonly")
    for path in (camera.location.replace("whip", "whep"), camera.location.replace("whip", "whep") + "x"):
        assert (await stranger.post(path)).status_code == 401
    async with stranger.http() as http:
        assert (await http.delete(camera.location, headers=stranger.bearer)).status_code == 401
        assert (await http.delete(camera.location)).status_code == 401
    assert house.hub._sessions
    await stranger.leave()


async def test_viewer_comes_too_early_or_too_late_and_is_told_so(house: House, camera: Standard) -> None:
    viewer = Standard(house, camera.token, "recvonly")
    path = camera.location.replace("whip", "whep")
    assert (await viewer.post(path)).status_code == 201
    await viewer.until(lambda: viewer.frames)
    await camera.leave()
    await camera.until(lambda: not house.hub._sessions)
    late = Standard(house, camera.token, "recvonly")
    answer = await late.post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "session.silent")
    assert int(answer.headers["retry-after"]) > 0
    assert (await viewer.delete()).status_code == 404
    await viewer.until(lambda: viewer.pc.connectionState in ("closed", "failed"))
    for one in (viewer, late):
        await one.leave()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/whip"), ("PATCH", "/whip/x"), ("DELETE", "/whip/x"), ("POST", "/whep/x"), ("PATCH", "/whep/x/y"),
     ("DELETE", "/whep/x/y"), ("POST", "/api/v1/session/control")],
)  # fmt: skip
async def test_nothing_is_done_without_a_token(house: House, method: str, path: str) -> None:
    async with house.http() as http:
        answer = await http.request(method, path)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "texts"}
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/whip", "/whip/a", "/whep/a", "/whep/a/b"])
async def test_page_of_a_named_site_may_ask_and_no_other(house: House, path: str) -> None:
    async with httpx.AsyncClient(base_url=house.origin) as http:
        plain = await http.options(path)
        assert plain.status_code == 200
        assert plain.headers["accept-post"] == "application/sdp"
        assert [link.partition(">")[0] for link in plain.headers.get_list("link")] == [f"<{ICE[0]}"]
        known = await http.options(path, headers={"Authorization": f"Bearer {await house.token()}"})
        assert len(known.headers.get_list("link")) == len(ICE), "passwords are for who may come in"
        assert "access-control-allow-origin" not in plain.headers
        preflight = {"Origin": STUDIO, "Access-Control-Request-Method": "POST"}
        asked = await http.options(path, headers=preflight)
        assert asked.headers["access-control-allow-origin"] == STUDIO
        assert {"Authorization", "Content-Type", "If-Match"} <= set(
            asked.headers["access-control-allow-headers"].split(", ")
        )
        assert "link" not in asked.headers, "passwords are not for preflights"
        assert asked.headers["vary"] == "Origin"
        refused = await http.post("/whip", headers={"Origin": STUDIO})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == STUDIO
        assert (await http.options(path, headers={**preflight, "Origin": "https://evil.example"})).status_code == 403
        for method in ("GET", "HEAD"):
            nothing = await http.request(method, path)
            assert (nothing.status_code, nothing.content) == (204, b"")
        assert (await http.put(path)).status_code == 405


async def test_no_task_is_left_when_viewers_and_camera_have_gone(house: House) -> None:
    counts = []
    for _ in range(4):
        await house.ready()
        camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
        assert (await camera.post("/whip?garment=block")).status_code == 201
        viewer = Standard(house, camera.token, "recvonly")
        await viewer.post(camera.location.replace("whip", "whep"))
        await viewer.sees_paint()
        await camera.delete()
        await camera.leave()
        await viewer.leave()
        await viewer.until(lambda: not house.hub._sessions and house.hub.pool.counts["idle"] == 2)
        await asyncio.sleep(0.2)
        counts.append(len(asyncio.all_tasks()))
    assert counts[-1] <= counts[1], counts


@pytest.mark.parametrize("again", [False, True])
async def test_session_that_ends_while_it_is_called_keeps_no_seat(
    house: House, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    await house.ready()
    token = await house.token()
    first, second, third = (Standard(house, token, "sendonly", Camera((160, 120))) for _ in range(3))
    if again:
        assert (await first.post("/whip")).status_code == 201
    answer = Peer.answer

    async def late(peer: Peer, offer: CheckedOffer) -> str:
        made = await answer(peer, offer)
        for session_id in list(house.hub._sessions):
            await house.hub.leave(session_id, "silence")
        return made

    monkeypatch.setattr(Peer, "answer", late)
    ended = await second.post("/whip")
    assert (ended.status_code, ended.json()["code"]) == (503, "session.ended")
    monkeypatch.undo()
    assert not house.hub._sessions
    assert house.hub.pool.counts["seated"] == 0
    await house.ready()
    assert (await third.post("/whip")).status_code == 201
    await third.delete()
    for one in (first, second, third):
        await one.leave()


async def test_viewers_go_when_a_connection_comes_that_is_not_to_be_watched(house: House, camera: Standard) -> None:
    viewer = Standard(house, camera.token, "recvonly")
    assert (await viewer.post(camera.location.replace("whip", "whep"))).status_code == 201
    (session,) = house.hub._sessions.values()
    assert len(session.viewers) == 1
    again = Standard(house, camera.token, "sendrecv", Camera((160, 120)))
    async with house.http() as http:
        message = {"v": 1, "type": "offer", "sdp": await again.offer()}
        answer = await http.post("/api/v1/session/offer", json=message, headers=again.bearer)
        assert answer.status_code == 200, answer.text
    await camera.until(lambda: not session.viewers)
    await again.leave()
    await viewer.leave()


async def test_token_that_has_had_its_seat_is_not_good_for_another_after_a_refusal(house: House) -> None:
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
    assert (await camera.post("/whip")).status_code == 201
    (session_id,) = house.hub._sessions
    await house.hub.leave(session_id, "silence")
    assert (await camera.post("/whip", sdp="v=1")).status_code == 422
    await camera.delete()
    last = await camera.post("/whip", sdp="v=1")
    assert last.status_code == 401
    await camera.leave()
    await house.ready()


async def test_too_many_messages_over_plain_http_are_refused(house: House, camera: Standard) -> None:
    async with house.http() as http:
        asked = [
            http.post("/api/v1/session/control", json={"v": 1, "type": "ping", "t_ms": 1}, headers=camera.bearer)
            for _ in range(4 * house.settings.limits.control_messages_per_s)
        ]
        codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert {200, 429} == set(codes)
