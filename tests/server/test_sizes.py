"""Size advice over real HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pipelines.body.measure import measure
from server.bodies import known_body
from server.schema import Body
from server.size_answer import RefusalAnswer, SizeAnswer
from server.worker.live_path import load_tailor
from tests.server.clients import House, Shopper, running, say

pytestmark = pytest.mark.asyncio(loop_scope="module")
TYPED = [{"name": "height", "value": "1米78"}, {"name": "weight", "value": "156斤"}]
TAPES = [{"name": "chest", "value": 98.0}, {"name": "navel_waist", "value": "86 cm"}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("var"), limits__size_answers_per_minute=1000) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as http:
        yield http


async def ask(http: httpx.AsyncClient, known: list[dict[str, Any]], **more: Any) -> httpx.Response:
    return await http.post("/api/v1/size", json={"v": 1, "known": known, **more})


MOON_TEE = (
    "INSERT INTO products SELECT 'moon_tee', 99, category, name_en, name_zh, description_en, description_zh, 0.1"
    " FROM products WHERE id = 'block'"
)
MOON_CHART = (
    "INSERT INTO body_sizes (product_id, size, position, body_mm, source_title, source_kind, source_where)"
    " SELECT 'moon_tee', size, position, body_mm, source_title, source_kind, source_where"
    " FROM body_sizes WHERE product_id = 'block'"
)

MOON_GAP = "DELETE FROM body_sizes WHERE product_id = 'moon_tee' AND size IN ('S', 'M', 'L')"


def in_shop(house: House, change: str) -> None:
    with closing(sqlite3.connect(house.settings.server.var_dir / "shop.db")) as connection:
        connection.execute(change)
        connection.commit()


async def test_a_body_and_a_garment_make_a_size_with_its_reason(http: httpx.AsyncClient) -> None:
    answer = await ask(http, [*TYPED, *TAPES], sex="male", garment="block")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert (said["verdict"], said["size"]) == ("sure", "M")
    assert said["reason"].startswith("M ")
    assert said["figures"]["chest"]["source"] == "tape"
    assert said["figures"]["height"]["value"] < 178
    assert said["figures"]["waist"]["low"] < said["figures"]["waist"]["value"] < said["figures"]["waist"]["high"]
    assert sum(said["chances"].values()) + said["none_fits"] == pytest.approx(1, abs=0.01)
    chest = next(point for point in said["fit"]["M"] if point["point"] == "chest")
    assert chest["ease_cm"] == pytest.approx(chest["garment_cm"] - chest["body_cm"], abs=0.11)


async def test_without_a_garment_there_are_figures_alone(http: httpx.AsyncClient) -> None:
    said = (await ask(http, TYPED)).json()
    assert "size" not in said
    assert sum(said["sex"].values()) == pytest.approx(1)
    assert {"chest", "waist", "hip", "inseam"} <= said["figures"].keys()
    assert said["labels"]["GB/T 1335 top"].startswith("175/")


async def test_too_little_is_answered_with_what_to_tell(http: httpx.AsyncClient) -> None:
    said = (await ask(http, TYPED[:1], garment="block", language="zh")).json()
    assert (said["verdict"], said["size"], said["ask"][0]) == ("unsure", None, "weight")
    assert "体重" in said["reason"]


@pytest.mark.parametrize(("language", "words"), [("en", "check first: weight 80 kg"), ("zh", "请先检查体重 80 公斤")])
async def test_values_that_hardly_go_together_are_asked_about_and_no_size_is_named(
    http: httpx.AsyncClient, language: str, words: str
) -> None:
    known = [{"name": name, "value": value} for name, value in (("height", 180), ("weight", 80), ("navel_waist", 110))]
    said = (await ask(http, known, sex="male", garment="block", language=language)).json()
    assert (said["verdict"], said["size"], said["ask"][:2]) == ("unsure", None, ["weight", "navel_waist"])
    assert words in said["reason"]
    assert said["reason"].endswith(" %")


async def test_what_cannot_be_is_refused_with_both_values(http: httpx.AsyncClient) -> None:
    known = [{"name": name, "value": value} for name, value in (("chest", 90), ("underbust", 100))]
    refused = await ask(http, known, sex="female", garment="block")
    assert (refused.status_code, refused.json()["code"]) == (422, "measure.conflict")
    assert refused.json()["message"] == (
        "Underbust girth 100 cm is more than chest girth 90 cm, which cannot be; measure both again"
    )
    assert refused.json()["texts"]["zh"] == "下胸围 100 厘米不可能大于胸围 90 厘米，请把两项都重新测量"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "XS, the smallest, may still be too large"), ("zh", "最小的 XS 可能仍偏大")]
)
async def test_the_last_size_is_said_to_be_the_last(http: httpx.AsyncClient, language: str, words: str) -> None:
    known = [{"name": "height", "value": 140}, {"name": "weight", "value": 34}]
    said = (await ask(http, known, sex="female", garment="block", language=language)).json()
    assert (said["verdict"], said["size"], said["chances"]["S"]) == ("nearest", "XS", 0.0)
    assert said["reason"].endswith(words)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ([{"name": "height", "value": 17}], "measure.range"),
        ([{"name": "height", "value": "😀"}], "measure.number"),
        ([*TYPED, {"name": "weight", "value": 900}], "measure.range"),
        ([*TYPED, {"name": "navel_waist", "value": 135}], "measure.conflict"),
        ([{"name": "shoe", "value": 43}], "measure.unknown"),
        ([], "measure.nothing"),
        ([{"name": "height", "value": True}], "schema"),
        ([{"name": "height", "value": 10**30}], "measure.number"),
        ([{"name": "height", "value": 10**400}], "schema"),
        ([{"name": "height", "value": 170, "source": "guess"}], "schema"),
        ([{"name": "height", "value": 170, "error": -1}], "schema"),
        (TYPED * 20, "schema"),
    ],
)
async def test_nonsense_is_answered_with_what_is_wrong_and_never_with_a_size(
    http: httpx.AsyncClient, known: list[dict[str, Any]], code: str
) -> None:
    for language in ("en", "zh"):
        answer = await ask(http, known, garment="block", language=language)
        assert answer.status_code == 422
        said = answer.json()
        assert set(said) == {"code", "message", "texts"}
        assert said["code"] == code
        if code.startswith("measure"):
            assert said["message"] == said["texts"][language]
        assert said["texts"]["en"].isascii() or "😀" in said["texts"]["en"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said["texts"]["zh"])


async def test_a_value_that_claims_to_be_certain_has_an_answer(http: httpx.AsyncClient) -> None:
    certain = {"name": "height", "value": 178, "error": 1e-300}
    for sex in (None, "male"):
        answer = await ask(http, [certain, certain], sex=sex, garment="block")
        assert answer.status_code == 200
        assert answer.json()["figures"]["height"]["value"] == pytest.approx(178)


async def test_a_number_that_is_none_is_no_json(http: httpx.AsyncClient) -> None:
    body = '{"v": 1, "known": [{"name": "height", "value": NaN}]}'
    answer = await http.post("/api/v1/size", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "json")


async def test_an_unknown_garment_and_another_site_are_refused(house: House, http: httpx.AsyncClient) -> None:
    unknown = (await ask(http, TYPED, garment="moon")).json()
    assert (unknown["code"], "moon" in unknown["texts"]["zh"]) == ("garment.unknown", True)
    async with httpx.AsyncClient(base_url=house.origin, headers={"Origin": "https://evil.example"}) as stranger:
        assert (await ask(stranger, TYPED)).status_code == 403


async def test_advice_and_product_go_by_the_chart_that_is_drawn_whatever_the_database_says(
    house: House, http: httpx.AsyncClient
) -> None:
    before = (await ask(http, TYPED, garment="slow")).json()
    shown = (await http.get("/api/v1/products/slow")).json()["chart"]
    wide = 'UPDATE body_sizes SET body_mm = json_set(body_mm, "$.chest", json("[1400, 1480]"))'
    in_shop(house, f"{wide} WHERE product_id = 'slow' AND size = 'M'")
    assert (await ask(http, TYPED, garment="slow")).json() == before
    assert (await http.get("/api/v1/products/slow")).json()["chart"] == shown


async def test_a_product_that_no_garment_was_made_for_is_advised_by_the_shops_chart(
    house: House, http: httpx.AsyncClient
) -> None:
    in_shop(house, MOON_TEE)
    in_shop(house, MOON_CHART)
    said = (await ask(http, [*TYPED, *TAPES], sex="male", garment="moon_tee")).json()
    assert (said["size"], said["runs"]["count"]) == ("M", 0)
    wide = 'UPDATE body_sizes SET body_mm = json_set(body_mm, "$.chest", json("[1400, 1480]"))'
    in_shop(house, f"{wide} WHERE product_id = 'moon_tee' AND size = 'M'")
    refused = await ask(http, TYPED, garment="moon_tee", language="zh")
    assert (refused.status_code, refused.json()["code"]) == (422, "chart.wrong")
    assert (
        "moon_tee cannot be right, so that no size can be told: chest: 102 in L is below 140 in M"
        in (refused.json()["texts"]["en"])
    )
    assert refused.json()["message"].startswith("商品 moon_tee 的尺码表有误")
    assert (await http.get("/api/v1/products/moon_tee")).json()["chart"]["body"] == []


@pytest.mark.parametrize(("language", "words"), [("en", "XS is too small, XL too large"), ("zh", "XS 偏小，XL 偏大")])
async def test_who_lies_between_the_sizes_that_there_are_is_told_so(
    house: House, http: httpx.AsyncClient, language: str, words: str
) -> None:
    product = f"gap_{language}"
    in_shop(house, MOON_TEE.replace("moon_tee", product))
    in_shop(house, MOON_CHART.replace("moon_tee", product))
    in_shop(house, MOON_GAP.replace("moon_tee", product))
    said = (await ask(http, TAPES[:1], sex="male", garment=product, language=language)).json()
    assert (said["verdict"], said["size"]) == ("none fits", None)
    assert words in said["reason"]


@pytest.mark.parametrize("garment", [None, "block"])
async def test_the_answer_is_as_the_description_says(http: httpx.AsyncClient, garment: str | None) -> None:
    document = (await http.get("/openapi.json")).json()
    responses = document["paths"]["/api/v1/size"]["post"]["responses"]
    reference = responses["200"]["content"]["application/json"]["schema"]["$ref"]
    described = document["components"]["schemas"][reference.rpartition("/")[2]]
    said = (await ask(http, [*TYPED, *TAPES], garment=garment)).json()
    SizeAnswer.model_validate(said, by_alias=True)
    assert set(said) <= set(described["properties"])
    assert set(described["required"]) <= set(said)
    assert "from" in document["components"]["schemas"]["FigureAnswer"]["properties"]
    assert {"422", "403", "429"} <= set(responses)
    refused = (await ask(http, [])).json()
    RefusalAnswer.model_validate(refused)


async def test_questions_have_a_rate(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with (
        running(tmp_path_factory.mktemp("few"), limits__size_answers_per_minute=2) as house,
        house.http() as http,
    ):
        codes = [(await ask(http, TYPED)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


async def test_what_is_told_of_the_body_reaches_the_wish_and_nonsense_does_not(house: House) -> None:
    await house.ready()
    shopper = Shopper(house)
    async with house.socket() as socket:
        await shopper.enter(socket)
        shopper.tell(type="wear", garments=[{"id": "block", "size": "M"}])
        shopper.tell(type="body", height_cm=178, sex="male", known=[{"name": "weight", "value": "78 kg"}])
        await shopper.until(lambda: bool(shopper.said("state")) and shopper.said("state")[-1]["height_cm"] == 178)
        (session,) = house.hub._sessions.values()
        known = known_body(session._state.body)
        assert {one.name: one.value for one in known.evidence} == {"weight": 78, "height": 178}
        assert session._wish()["body"]["sex"] == "male"
        assert "body" not in shopper.said("state")[-1]
        shopper.tell(type="body", height_cm=178, sex="male", known=[{"name": "navel_waist", "value": 20}])
        await shopper.until(lambda: bool(shopper.said("error")))
        assert shopper.said("error")[-1]["code"] == "measure.range"
        assert known_body(session._state.body) == known
        shopper.tell(type="body", height_cm=None)
        await shopper.until(lambda: shopper.said("state")[-1]["height_cm"] is None)
        assert known_body(session._state.body) is None
        await say(socket, type="bye")
    await shopper.leave()


async def test_worker_dresses_the_body_that_was_told() -> None:
    fit, *_ = load_tailor()
    girths = {"chest": 112.0, "navel_waist": "104 cm", "hip": 110}
    known = [{"name": name, "value": value} for name, value in girths.items()]
    told = Body.model_validate({"v": 1, "type": "body", "height_cm": 176.0, "sex": "male", "known": known})
    wish = {"garments": [], "height_cm": 176.0, "mirror": False}
    plain, own = (measure(fit({**wish, "body": body}).body) for body in (None, told.model_dump(mode="json")))
    assert own["chest"] == pytest.approx(112, abs=1)
    assert own["hip"] == pytest.approx(110, abs=1)
    assert plain["chest"] < 105
