"""Product texts over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from server.size_texts import TEXT_MAX, SizeTextAnswer
from tests.server.clients import House, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("var"), limits__size_texts_per_minute=40) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as http:
        yield http


async def send(http: httpx.AsyncClient, **message: Any) -> httpx.Response:
    return await http.post("/api/v1/size/text", json={"v": 1, **message})


async def test_a_text_is_answered_with_facts_words_and_chart(http: httpx.AsyncClient) -> None:
    text = "女款T恤\nS 胸围92 衣长60\nM 胸围96 衣长61\n模特170cm 穿S"
    answer = await send(http, text=text, source="our shop")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert (said["letters"], said["gender"]) == (["S", "M"], "women")
    assert said["model"] == {"height_cm": 170, "wears": "S"}
    assert said["chart"] == [
        {"size": "S", "garment_cm": {"chest": 92, "length": 60}},
        {"size": "M", "garment_cm": {"chest": 96, "length": 61}},
    ]
    for one in said["evidence"]:
        assert text[one["start"] : one["end"]] == one["words"]


async def test_a_text_without_a_chart_says_why(http: httpx.AsyncClient) -> None:
    said = (await send(http, text="S M L，适合胸围80-90")).json()
    assert said["chart"] is None
    assert "no size" in said["chart_problem"]
    said = (await send(http, text="M 胸围100\nL 胸围96")).json()
    assert "below" in said["chart_problem"]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": ""},
        {"text": 3},
        {"text": "S" * (TEXT_MAX + 1)},
        {"text": "S", "more": 1},
        {"text": "S", "source": ""},
    ],
)
async def test_what_is_no_text_is_refused(http: httpx.AsyncClient, message: dict[str, Any]) -> None:
    assert (await send(http, **message)).status_code == 422


async def test_too_large_a_body_and_another_site_are_refused(house: House, http: httpx.AsyncClient) -> None:
    assert (await send(http, text="尺" * 60_000)).status_code == 413
    async with httpx.AsyncClient(base_url=house.origin, headers={"Origin": "http://elsewhere.example"}) as other:
        assert (await send(other, text="S")).status_code == 403


async def test_a_long_text_does_not_stop_the_loop(http: httpx.AsyncClient) -> None:
    reading = asyncio.create_task(send(http, text="胸围104 M/L/XL, " * 1000))
    await asyncio.sleep(0.01)
    assert (await http.get("/healthz")).status_code == 200
    assert (await reading).status_code == 200


async def test_texts_have_a_rate(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running(tmp_path_factory.mktemp("few"), limits__size_texts_per_minute=2) as house, house.http() as http:
        assert [(await send(http, text="S")).status_code for _ in range(3)] == [200, 200, 429]


async def test_the_answer_is_as_the_description_says(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    responses = document["paths"]["/api/v1/size/text"]["post"]["responses"]
    assert {"200", "403", "413", "422", "429"} == set(responses)
    said = (await send(http, text="胸围 S 92 M 96，衣长 S 60。身高 17cm")).json()
    assert "length of the garment: M has none" in SizeTextAnswer.model_validate(said).chart_left_out[0]
    assert [one["problem"] for one in said["doubted"]] == ["120 to 230 cm are possible"]
    scan = document["paths"]["/api/v1/body/scan"]["post"]["responses"]
    assert {"401", "403", "413", "415", "422", "429", "503"} <= set(scan)
