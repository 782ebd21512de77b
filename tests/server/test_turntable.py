"""Stills and turns of the mannequin over real HTTP; once with the real studio, else with painted walls."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from pipelines.sizing.recommend import Runs
from server.shop.goods import Facts
from server.turntable.desk import Desk
from server.worker.pool import LIVE_PATH
from tests.server.clients import House, running
from tests.server.shop import shop_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")
TURN = "/api/v1/turntable?garments=block:M,slow:S&height_cm=175&frames=4&width=96"
VIEW = "/api/v1/view?garments=block:M&width=96"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    plenty = {"limits__views_per_minute": 1000, "limits__turntables_per_minute": 1000}
    async with running(tmp_path_factory.mktemp("var"), **plenty) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as http:
        yield http


def read(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def level(picture: Image.Image) -> float:
    return float(np.asarray(picture.convert("L")).mean())


def frames_of(answer: httpx.Response) -> list[Image.Image]:
    """The stills of a multipart answer, read by their lengths."""
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    stills, rest = [], answer.content
    while not rest.startswith(b"--" + boundary + b"--"):
        head, _, body = rest.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
        length = int(fields[b"Content-Length"])
        stills.append(read(body[:length]))
        rest = body[length + 2 :]
    return stills


async def test_still_shows_what_was_asked_for(http: httpx.AsyncClient) -> None:
    levels = []
    for yaw in (0, 90, 180, 270):
        answer = await http.get(f"{VIEW}&yaw={yaw}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert read(answer.content).size == (96, 128)
        levels.append(level(read(answer.content)))
    assert levels == sorted(levels)
    assert level(read((await http.get(f"{VIEW}&yaw=-90")).content)) == levels[3], "an angle is one of a circle"


@pytest.mark.parametrize(
    ("accept", "media_type", "frames"),
    [
        ("*/*", "image/webp", 4),
        ("image/png, image/webp;q=0.5", "image/png", 1),
        ("video/*", "video/mp4", 4),
        ("text/html, video/mp4;q=0.2, */*;q=0.1", "video/mp4", 4),
    ],
)
async def test_accept_chooses_the_form_of_a_turn(
    http: httpx.AsyncClient, accept: str, media_type: str, frames: int
) -> None:
    answer = await http.get(TURN, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    if media_type == "video/mp4":
        with av.open(BytesIO(answer.content)) as video:
            stills = [frame.to_image() for frame in video.decode(video=0)]
        assert len(stills) == frames
        assert level(stills[-1]) > level(stills[0]) + 20
    else:
        picture = read(answer.content)
        assert getattr(picture, "n_frames", 1) == frames
        assert picture.size == ((96, 128) if frames > 1 else (384, 128))


async def test_frames_are_sent_as_they_are_drawn(http: httpx.AsyncClient) -> None:
    url = TURN.replace("frames=4", "frames=12")
    chunks = 0
    async with http.stream("GET", url, headers={"Accept": "multipart/mixed"}) as answer:
        async for _ in answer.aiter_raw():
            chunks += 1
        assert answer.status_code == 200
    assert chunks >= 6, "not all at the end"
    again = await http.get(url, headers={"Accept": "multipart/mixed"})
    levels = [level(still) for still in frames_of(again)]
    assert len(levels) == 12
    assert levels == sorted(levels)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("garments=cape", 422, "garment.unknown"),
        ("garments=block:XXXL", 422, "size.unknown"),
        ("garments=block,block:S", 422, "garment.twice"),
        ("garments=block:M:plaid", 422, "colourway.unknown"),
        ("garments=block:M:red:warm", 422, "query"),
        ("garments=block:M:red:tucked:warm", 422, "query"),
        ("garments=slow:M::tucked", 422, "garment.untucked"),
        ("garments=block,slow,hang,crash,faulty", 422, "query"),
        ("garments=none", 422, "wish"),
        ("garments=", 422, "query"),
        ("height_cm=175", 422, "query"),
        ("garments=block&height_cm=20", 422, "query"),
        ("garments=block&height_cm=nan", 422, "query"),
        ("garments=block&width=4000", 422, "query"),
        ("garments=block&frames=500", 422, "query"),
        ("garments=block&pitch=90", 422, "query"),
    ],
)
async def test_what_cannot_be_shown_is_refused_by_name(
    http: httpx.AsyncClient, query: str, status: int, code: str
) -> None:
    for accept in ("image/webp", "multipart/mixed"):
        answer = await http.get(f"/api/v1/turntable?{query}", headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"]


async def test_form_that_does_not_exist_is_406(http: httpx.AsyncClient) -> None:
    for path, accept in ((VIEW, "video/mp4"), (TURN, "text/html"), (TURN, "image/webp;q=0"), (TURN, "image/webp;q=x")):
        answer = await http.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (406, "accept")


async def test_same_picture_is_drawn_once(house: House, http: httpx.AsyncClient) -> None:
    url = TURN.replace("frames=4", "frames=9")
    first, second = await asyncio.gather(http.get(url), http.get(url))
    assert first.content == second.content
    child = house.hub.desk._child
    assert child is not None
    os.kill(child.pid, 9)
    assert (await http.get(url)).content == first.content, "kept, and needs nobody to draw it"


async def test_child_that_dies_is_answered_and_the_next_one_draws(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/view?garments=crash")
    assert (answer.status_code, answer.json()["code"]) == (503, "turntable")
    assert int(answer.headers["retry-after"]) > 0
    assert (await http.get(f"{VIEW}&yaw=7")).status_code == 200
    faulty = await http.get("/api/v1/view?garments=faulty")
    assert faulty.status_code == 503
    assert (await http.get(f"{VIEW}&yaw=8")).status_code == 200


async def test_fit_of_one_garment_at_a_time(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/fit?garment=block")
    assert answer.json() == {
        "garment": "block", "recommended": None, "sizes": [{"size": "M", "ease_cm": {"chest": 7.2}}],
    }  # fmt: skip
    assert (await http.get("/api/v1/fit?garment=block,slow")).json()["code"] == "query"
    assert (await http.get("/api/v1/fit?garment=cape")).json()["code"] == "garment.unknown"
    described = (await http.get("/openapi.json")).json()["paths"]["/api/v1/fit"]
    for method in ("get", "post"):
        assert described[method]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
            "FitAnswer"
        )
        assert {"422", "429", "503"} <= set(described[method]["responses"])


@pytest.mark.parametrize("known", [[], [98.0, "86 cm"], [98.0, "112 cm"], [133.0, "123 cm"]])
async def test_fit_recommends_what_size_advice_names_and_nothing_where_that_is_unsure(
    http: httpx.AsyncClient, known: list[float | str]
) -> None:
    tapes = [{"name": name, "value": value} for name, value in zip(("chest", "navel_waist"), known, strict=False)]
    body = {"v": 1, "type": "body", "height_cm": 178, "sex": "male", "known": tapes}
    told = [*tapes, {"name": "height", "value": 178}]
    asked = {"v": 1, "known": told, "sex": "male", "garment": "block"}
    advised = (await http.post("/api/v1/size", json=asked)).json()
    assert (await http.post("/api/v1/fit?garment=block", json=body)).json()["recommended"] == advised["size"]
    assert (await http.get("/api/v1/fit?garment=block&height_cm=178")).json()["recommended"] is None


async def test_fit_takes_feedback_as_size_advice_does(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def facts(*_: object) -> Facts:
        return Facts(None, Runs(1.0, 0.1, 40), ())

    known = [{"name": "chest", "value": 98.0}, {"name": "navel_waist", "value": "86 cm"}]
    body = {"v": 1, "type": "body", "height_cm": None, "sex": "male", "known": known}
    assert (await http.post("/api/v1/fit?garment=block", json=body)).json()["recommended"] == "M"
    monkeypatch.setattr(house.hub.shop, "glance", facts)
    assert (await http.post("/api/v1/fit?garment=block", json=body)).json()["recommended"] == "L"


@pytest.mark.parametrize("path", ["fit?garment=block", "view?garments=block", "turntable?garments=block&frames=2"])
@pytest.mark.parametrize("height_cm", [60, 129, 245])
async def test_a_height_that_no_adult_has_is_answered_with_what_adults_have(
    http: httpx.AsyncClient, path: str, height_cm: int
) -> None:
    asked = http.get(f"/api/v1/{path}&height_cm={height_cm}")
    posted = http.post(f"/api/v1/{path}", json={**BODY, "height_cm": height_cm, "known": []})
    for answer in await asyncio.gather(asked, posted):
        assert (answer.status_code, answer.json()["code"]) == (422, "measure.range")
        texts = answer.json()["texts"]
        assert texts["en"].startswith(f"Height {height_cm} cm: adults have 130 to 220")
        assert texts["zh"].startswith("身高：成年人在 130 到 220 厘米之间")


async def test_turns_and_orders_are_limited(tmp_path: Path) -> None:
    few = {"limits__turntables_per_minute": 3, "limits__turntables_waiting": 1}
    async with running(tmp_path, **few) as house, house.http() as http:
        slow = [http.get(TURN.replace("frames=4", f"frames={20 + n}")) for n in range(3)]
        answers = await asyncio.gather(*slow)
        assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
        assert {a.json()["code"] for a in answers if a.status_code == 503} == {"turntable"}
        over = await http.get(TURN)
        assert (over.status_code, over.json()["code"]) == (429, "rate.turntable")
        assert (await http.get(VIEW)).status_code == 200, "stills have a rate of their own"


async def test_cache_gives_way_and_the_child_rests(tmp_path: Path) -> None:
    small = {"limits__turntable_cache_mib": 0.0001, "limits__turntable_rest_s": 0.3}
    async with running(tmp_path, **small) as house, house.http() as http:
        for yaw in range(4):
            assert (await http.get(f"{VIEW}&yaw={yaw}")).status_code == 200
        desk = house.hub.desk
        held = sum(len(part) for order in desk._orders.values() for part in order.parts)
        assert held <= 0.0001 * 2**20
        child = desk._child
        assert child is not None
        async with asyncio.timeout(10):
            await child.wait()
        assert not desk._orders, "and with it every height that somebody asked for"
        assert (await http.get(f"{VIEW}&yaw=9")).status_code == 200
        last = desk._child
        assert last is not None
    assert last.returncode is not None, "nothing runs on after the server"


BODY = {"v": 1, "type": "body", "height_cm": 168, "sex": "female", "known": [{"name": "hip", "value": "112 cm"}]}


async def test_what_is_known_of_the_body_is_posted(house: House, http: httpx.AsyncClient) -> None:
    for path in (VIEW, TURN):
        assert (await http.post(path, json=BODY)).status_code == 200
        for nonsense in ({"name": "hip", "value": 12}, {"name": "hip", "value": "😀"}):
            answer = await http.post(path, json={**BODY, "known": [nonsense]})
            assert (answer.status_code, answer.json()["code"].partition(".")[0]) == (422, "measure")
    assert (await http.post(VIEW, json={})).status_code == 422
    async with httpx.AsyncClient(base_url=house.origin, headers={"Origin": "https://evil.example"}) as stranger:
        assert (await stranger.post(VIEW, json=BODY)).status_code == 403


async def test_real_studio_draws_the_catalogue(tmp_path: Path) -> None:
    desk = Desk(shop_settings(tmp_path), LIVE_PATH)
    wish = {"garments": [{"id": "tee_stripe", "size": "M"}], "height_cm": 168.0}

    async def draw(**wanted: object) -> list[bytes]:
        return [part async for part in desk.order({**wish, **wanted})]

    try:
        stills = [read(part) for part in await draw(kind="frames", frames=3, width=120, pitch_deg=6.0)]
        assert [still.size for still in stills] == [(120, 160)] * 3
        pixels = [np.asarray(still.convert("RGB"), np.int16) for still in stills]
        assert min(np.abs(pixels[0] - pixels[n]).mean() for n in (1, 2)) > 1.0
        ways = ([{"id": "jeans_straight", "size": "M", "colourway": way}] for way in ("light_wash", "black"))
        view = {"kind": "view", "form": "webp", "yaw_deg": 0.0, "width": 120, "pitch_deg": 6.0}
        light, black = [level(read((await draw(garments=way, **view))[0])) for way in ways]
        assert black < light - 2
        (sizes,) = await draw(kind="fit")
        ease = {one["size"]: one["ease_cm"]["chest"] for one in json.loads(sizes)}
        assert ease["S"] < ease["M"] < ease["L"]
        (sizes,) = await draw(
            kind="fit", body={**BODY, "known": [{"name": "chest", "value": 120.0, "source": "tape", "error": None}]}
        )
        known = {one["size"]: one["ease_cm"]["chest"] for one in json.loads(sizes)}
        assert known["M"] < ease["M"] - 10
    finally:
        await desk.stop()
