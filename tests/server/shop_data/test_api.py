"""The shop over real HTTP: goods, carts, voices, consent, bodies, and what happens without a database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from server.shop import keeper as keeper_module
from tests.server.clients import House, Shopper, running, say
from tests.server.painted_path import GARMENTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLENTY = {f"limits__shop_{what}_per_minute": 100_000 for what in ("reads", "writes", "sessions")}
BODY = {"name": "Me", "sex": "male", "known": [{"name": "height", "value": "1米78"}, {"name": "weight", "value": 78}]}
TYPED = [{"name": "height", "value": 178}, {"name": "weight", "value": 78}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("var"), limits__size_answers_per_minute=1000, **PLENTY) as house:
        yield house


class Guest:
    """A shopper with a token of the shop."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http, self.headers = http, {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, json: Any = None, code: int = 200) -> Any:
        """Ask, expect a status, and return what is said."""
        answer = await self.http.request(method, f"/api/v1{path}", json=json, headers=self.headers)
        assert answer.status_code == code, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, json: Any = None) -> tuple[int, str]:
        answer = await self.http.request(method, f"/api/v1{path}", json=json, headers=self.headers)
        assert set(answer.json()) == {"code", "message", "texts"}
        return answer.status_code, answer.json()["code"]


async def come(http: httpx.AsyncClient) -> Guest:
    answer = await http.post("/api/v1/shop/session")
    assert answer.status_code == 201
    return Guest(http, answer.json()["token"])


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as http:
        yield http


@pytest_asyncio.fixture(loop_scope="module")
async def guest(http: httpx.AsyncClient) -> Guest:
    return await come(http)


async def get(http: httpx.AsyncClient, path: str, code: int = 200, **headers: str) -> Any:
    answer = await http.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == code, answer.text
    return answer.json()


async def left_of(http: httpx.AsyncClient, product: str = "block") -> dict[str, int]:
    """Return the variants of a product that are in stock."""
    variants = (await get(http, f"/products/{product}"))["variants"]
    return {one["sku"]: one["available"] for one in variants if one["available"]}


def set_stock(house: House, sku: str, quantity: int) -> None:
    with closing(sqlite3.connect(house.settings.server.var_dir / "shop.db")) as connection:
        connection.execute("UPDATE stock SET quantity = ? WHERE sku = ?", (quantity, sku))
        connection.commit()


async def test_catalogue_tells_prices_stock_and_variants_in_the_wished_language(http: httpx.AsyncClient) -> None:
    english, chinese = await get(http, "/catalogue"), await get(http, "/catalogue?language=zh")
    assert english["total"] == len(english["products"]) == len(GARMENTS)
    one, same = english["products"][0], chinese["products"][0]
    assert (one["id"], one["name"], same["name"]) == ("block", "Block", "block")
    assert one["price"] == {"amount": 1990, "currency": "EUR"}
    assert same["price"] == {"amount": 12900, "currency": "CNY"}
    assert [way["name"] for way in same["colourways"]] == ["白色", "红色"]
    assert one["sizes"] == ["S", "M", "L"]
    assert {(v["colourway"], v["size"]) for v in one["variants"]} == {(c, s) for c in ("white", "red") for s in "SML"}
    assert 0 < one["rating"]["count"] and 1 <= one["rating"]["mean"] <= 5
    assert (await get(http, "/catalogue", **{"Accept-Language": "zh-CN,zh;q=0.9"}))["language"] == "zh"
    assert (await get(http, "/catalogue?language=zh&currency=EUR"))["currency"] == "EUR"


async def test_catalogue_is_filtered_searched_and_paged(http: httpx.AsyncClient) -> None:
    first = await get(http, "/catalogue?limit=3")
    second = await get(http, "/catalogue?limit=3&offset=3")
    assert (first["total"], len(first["products"])) == (len(GARMENTS), 3)
    assert not {one["id"] for one in first["products"]} & {one["id"] for one in second["products"]}
    assert [one["id"] for one in (await get(http, "/catalogue?q=BLOC"))["products"]] == ["block"]
    assert (await get(http, "/catalogue?q=_"))["total"] == 0, "a wildcard is a letter like any"
    assert (await get(http, "/catalogue?category=coat"))["products"] == []
    for query in ("limit=0", "limit=101", "offset=-1", "language=fr", "currency=USD", "q=" + "x" * 81):
        assert (await get(http, f"/catalogue?{query}", 422))["code"] == "query"


async def test_product_has_both_charts_what_is_said_of_its_fit_and_reviews(http: httpx.AsyncClient) -> None:
    one = await get(http, "/products/block?language=zh")
    assert one["chart"]["body"][0]["body_cm"]["chest"] == pytest.approx([78, 83], abs=20)
    assert one["chart"]["garment"][0]["garment_cm"]["chest"] > one["chart"]["body"][0]["body_cm"]["chest"][0]
    assert one["chart"]["body"][0]["source"] == {
        "title": "size chart of tee_crew",
        "kind": "brand",
        "where": "garment.json",
    }
    assert one["runs"]["count"] == one["runs"]["small"] + one["runs"]["fit"] + one["runs"]["large"] >= 14
    assert len(one["reviews"]["reviews"]) >= 3
    assert not any(review["mine"] for review in one["reviews"]["reviews"])
    assert (await get(http, "/products/moon", 404))["code"] == "product.unknown"
    assert "moon" in (await get(http, "/products/moon?language=zh", 404))["message"]


async def test_garments_of_the_page_carry_price_and_what_is_sold_out(house: House, http: httpx.AsyncClient) -> None:
    mine = await left_of(http)
    before = {sku: quantity for sku, quantity in mine.items() if sku.endswith("-M")}
    for sku in before:
        set_stock(house, sku, 0)
    try:
        block = (await get(http, "/garments?currency=CNY"))["garments"][0]
        assert block["price"] == {"amount": 12900, "currency": "CNY"}
        assert "M" in block["sold_out"]
        question = {"v": 1, "known": [*TYPED, {"name": "chest", "value": 98.0}], "sex": "male", "garment": "block"}
        answer = (await http.post("/api/v1/size", json=question)).json()
        assert (answer["size"], answer["sold_out"]) == ("M", block["sold_out"])
        assert answer["reason"].endswith("; M is sold out")
        zh = (await http.post("/api/v1/size", json={**question, "language": "zh"})).json()
        assert zh["reason"].endswith("；M 已售罄")
    finally:
        for sku, quantity in before.items():
            set_stock(house, sku, quantity)
    assert "sold out" not in (await http.post("/api/v1/size", json=question)).json()["reason"]


async def test_sold_out_is_told_by_colour_where_one_is_asked_for(house: House, http: httpx.AsyncClient) -> None:
    stock = await left_of(http)
    assert any(sku.startswith("block-red") for sku in stock)
    set_stock(house, "block-white-M", 0)
    set_stock(house, "block-red-M", 5)
    question = {"v": 1, "known": TYPED, "garment": "block"}
    white = (await http.post("/api/v1/size", json={**question, "colourway": "white"})).json()
    assert "M" in white["sold_out"]
    assert "M" not in (await http.post("/api/v1/size", json=question)).json()["sold_out"]


async def test_size_advice_learns_from_feedback(http: httpx.AsyncClient) -> None:
    question = {"v": 1, "known": TYPED, "sex": "male", "garment": "slow"}
    before = (await http.post("/api/v1/size", json=question)).json()
    for n in range(50):
        guest = await come(http)
        kind, what = ("fit", {"fit": "small"}) if n % 2 else ("return", {"reason": "too_small"})
        await guest.ask("PUT", f"/products/slow/{kind}", {"size": "M", **what})
    after = (await http.post("/api/v1/size", json=question)).json()
    assert after["runs"]["count"] == before["runs"]["count"] + 50
    assert after["runs"]["sizes"] > max(0.15, before["runs"]["sizes"] + 0.1)
    assert f"runs small by {after['runs']['count']} pieces of feedback" in after["reason"] or after["size"] is None
    larger = [sum(answer["chances"][size] for size in ("L", "XL", "XXL")) for answer in (before, after)]
    assert larger[1] > larger[0]


async def test_a_cart_is_filled_changed_and_every_change_undone(http: httpx.AsyncClient, guest: Guest) -> None:
    first, second = [sku for sku, left in (await left_of(http)).items() if left >= 4][:2]
    assert await guest.ask("GET", "/cart") == {"lines": [], "total": {"amount": 0, "currency": "EUR"}}
    added = await guest.ask("PUT", f"/cart/{first}", {"quantity": 2})
    assert (added["sku"], added["before"], added["total"]["amount"]) == (first, 0, 2 * 1990)
    again = await guest.ask("PUT", f"/cart/{first}", {"quantity": 2})
    assert (again["before"], again["lines"]) == (2, added["lines"]), "the same again changes nothing"
    await guest.ask("PUT", f"/cart/{second}", {"quantity": 1})
    gone = await guest.ask("PUT", f"/cart/{first}", {"quantity": 0})
    assert ([line["sku"] for line in gone["lines"]], gone["before"]) == ([second], 2)
    back = await guest.ask("PUT", f"/cart/{first}", {"quantity": gone["before"]})
    assert {line["sku"]: line["quantity"] for line in back["lines"]} == {first: 2, second: 1}
    yuan = await guest.ask("GET", "/cart?language=zh")
    assert yuan["total"] == {"amount": 3 * 12900, "currency": "CNY"}
    assert (await (await come(http)).ask("GET", "/cart"))["lines"] == [], "a cart is its owner's alone"


async def test_a_cart_holds_no_more_than_there_is(house: House, http: httpx.AsyncClient, guest: Guest) -> None:
    sku = next(sku for sku, left in (await left_of(http)).items() if left >= 4)
    set_stock(house, sku, 3)
    assert await guest.refused("PUT", f"/cart/{sku}", {"quantity": 4}) == (409, "cart.stock")
    await guest.ask("PUT", f"/cart/{sku}", {"quantity": 3})
    set_stock(house, sku, 1)
    line = (await guest.ask("GET", "/cart"))["lines"][0]
    assert (line["quantity"], line["available"], line["short"]) == (3, 1, True)
    assert (await guest.ask("PUT", f"/cart/{sku}", {"quantity": 2}))["before"] == 3, "less is always taken"
    set_stock(house, sku, 0)
    assert await guest.refused("PUT", f"/cart/{sku}", {"quantity": 3}) == (409, "cart.sold_out")
    await guest.ask("PUT", f"/cart/{sku}", {"quantity": 0})
    set_stock(house, sku, 9)
    for quantity in (-1, 21, 1.5, True, "2", None):
        assert await guest.refused("PUT", f"/cart/{sku}", {"quantity": quantity}) == (422, "schema")
    assert await guest.refused("PUT", "/cart/moon-XL", {"quantity": 1}) == (404, "sku.unknown")
    assert await guest.refused("PUT", "/cart/%F0%9F%98%80", {"quantity": 1}) == (422, "query")


async def test_reviews_are_plain_text_bounded_and_one_a_person(http: httpx.AsyncClient, guest: Guest) -> None:
    count = (await get(http, "/products/hang"))["rating"]["count"]
    said = {"rating": 5, "title": "<b>Bold</b>", "text": "Line one\nline two 👩‍🦰", "size": "M", "language": "en"}
    await guest.ask("PUT", "/products/hang/review", {**said, "rating": 1})
    mine = await guest.ask("PUT", "/products/hang/review", said)
    assert {key: mine["review"][key] for key in said} == said
    page = await guest.ask("GET", "/products/hang/reviews")
    assert [review["title"] for review in page["reviews"] if review["mine"]] == ["<b>Bold</b>"]
    assert (await get(http, "/products/hang"))["rating"]["count"] == count + 1
    for wrong in (
        {"rating": 6}, {"rating": 4.5}, {"title": ""}, {"title": "x" * 121}, {"text": "x" * 2001}, {"text": "a\u202eb"},
        {"title": "a\x00b"}, {"language": "fr"}, {"size": "<M>"}, {"extra": 1},
    ):  # fmt: skip
        assert await guest.refused("PUT", "/products/hang/review", {**said, **wrong}) == (422, "schema"), wrong
    assert await guest.refused("PUT", "/products/hang/review", {**said, "size": "9XL"}) == (422, "size.unknown")
    assert await guest.refused("PUT", "/products/moon/review", said) == (404, "product.unknown")
    await guest.ask("DELETE", "/products/hang/review", code=204)
    assert (await guest.ask("GET", "/products/hang/mine"))["review"] is None
    assert (await get(http, "/products/hang"))["rating"]["count"] == count


async def test_reviews_are_paged(http: httpx.AsyncClient) -> None:
    for n in range(12):
        guest = await come(http)
        await guest.ask("PUT", "/products/none/review", {"rating": 3, "title": f"number {n}"})
    first = (await get(http, "/products/none"))["reviews"]
    assert [review["title"] for review in first["reviews"]] == [f"number {n}" for n in range(11, 1, -1)]
    second = await get(http, f"/products/none/reviews?before={first['next']}")
    assert [review["title"] for review in second["reviews"]][:2] == ["number 1", "number 0"]
    assert second["next"] is None


async def test_bodies_are_kept_after_consent_corrected_renamed_exported_and_deleted(guest: Guest) -> None:
    assert await guest.refused("POST", "/bodies", BODY) == (403, "consent.missing")
    texts = await guest.ask("GET", "/consents?language=zh")
    assert [one["purpose"] for one in texts["consents"]] == ["bodies", "history"]
    assert "90 天" in texts["consents"][0]["text"] and texts["consents"][0]["given_s"] is None
    assert await guest.refused("PUT", "/consents/bodies", {"text_version": "0"}) == (422, "consent.text_version")
    agreed = await guest.ask("PUT", "/consents/bodies", {"text_version": "1"})
    assert abs(agreed["consents"][0]["given_s"] - time.time()) < 60
    saved = await guest.ask("POST", "/bodies", BODY, 201)
    assert abs(saved["expires_s"] - time.time() - 90 * 86_400) < 60
    assert await guest.refused("POST", "/bodies", BODY) == (409, "body.name")
    nonsense = {**BODY, "name": "Other", "known": [{"name": "height", "value": 17}]}
    assert await guest.refused("POST", "/bodies", nonsense) == (422, "measure.range")
    assert await guest.refused("POST", "/bodies", {**BODY, "photo": "x"}) == (422, "schema")
    changed = {"name": "Mum", "sex": "female", "known": [{"name": "height", "value": 165}]}
    assert (await guest.ask("PUT", f"/bodies/{saved['id']}", changed))["name"] == "Mum"
    copy = await guest.ask("GET", "/mine")
    assert [(one["name"], one["known"][0]["value"]) for one in copy["bodies"]] == [("Mum", 165)]
    assert copy["consents"][0]["purpose"] == "bodies"
    await guest.ask("DELETE", f"/bodies/{saved['id']}", code=204)
    assert await guest.ask("GET", "/bodies") == {"bodies": []}
    assert await guest.refused("PUT", f"/bodies/{saved['id']}", changed) == (404, "body.unknown")
    await guest.ask("POST", "/bodies", BODY, 201)
    revoked = await guest.ask("DELETE", "/consents/bodies")
    assert revoked["consents"][0]["given_s"] is None
    assert await guest.ask("GET", "/bodies") == {"bodies": []}


async def test_erasing_everything_ends_the_session(house: House, http: httpx.AsyncClient) -> None:
    guest = await come(http)
    await guest.ask("PUT", "/consents/bodies", {"text_version": "1"})
    await guest.ask("POST", "/bodies", {**BODY, "name": "Xanthippe"}, 201)
    await guest.ask("PUT", "/products/block/review", {"rating": 2, "title": "Flibbertigibbet"})
    erased = await guest.ask("DELETE", "/mine")
    assert erased["scrubbed"] is True
    assert {name: n for name, n in erased["erased"].items() if n} == {
        "consents": 1, "saved_bodies": 1, "reviews": 1, "sessions": 1,
    }  # fmt: skip
    assert await guest.refused("GET", "/cart") == (401, "token")
    files = sorted(house.settings.server.var_dir.glob("shop.db*"))
    assert not any(b"Flibbertigibbet" in path.read_bytes() for path in files)


async def test_events_need_consent(guest: Guest) -> None:
    seen = {"product": "block", "kind": "tried_on", "size": "M"}
    assert await guest.refused("POST", "/events", seen) == (403, "consent.missing")
    await guest.ask("PUT", "/consents/history", {"text_version": "1"})
    await guest.ask("POST", "/events", seen, 204)
    assert await guest.refused("POST", "/events", {**seen, "kind": "paid"}) == (422, "schema")
    (event,) = (await guest.ask("GET", "/mine"))["events"]
    assert (event["product_id"], event["kind"], event["size"]) == ("block", "tried_on", "M")


OWN = [
    ("GET", "/cart"), ("PUT", "/cart/block-red-M"), ("GET", "/products/block/mine"), ("PUT", "/products/block/fit"),
    ("PUT", "/products/block/return"), ("PUT", "/products/block/review"), ("DELETE", "/products/block/fit"),
    ("GET", "/consents"), ("PUT", "/consents/bodies"), ("DELETE", "/consents/bodies"), ("GET", "/bodies"),
    ("POST", "/bodies"), ("PUT", "/bodies/" + "0" * 32), ("DELETE", "/bodies/" + "0" * 32), ("POST", "/events"),
    ("GET", "/mine"), ("DELETE", "/mine"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), OWN)
async def test_what_is_a_shoppers_needs_their_token_and_our_page(
    house: House, http: httpx.AsyncClient, method: str, path: str
) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}, {"Authorization": f"Bearer {await house.token()}"}):
        answer = await http.request(method, f"/api/v1{path}", headers=headers, json={} if method == "PUT" else None)
        if answer.status_code != 422:  # an own but empty message
            assert (answer.status_code, answer.json()["code"]) == (401, "token")
    if method != "GET":
        async with httpx.AsyncClient(base_url=house.origin, headers={"Origin": "https://evil.example"}) as stranger:
            answer = await stranger.request(method, f"/api/v1{path}")
            assert (answer.status_code, answer.json()["code"]) == (403, "origin")


async def test_a_message_that_is_too_large_is_not_read(house: House, guest: Guest) -> None:
    long = {"rating": 5, "title": "x", "text": "y" * (house.settings.limits.signal_message_kib * 1024)}
    assert await guest.refused("PUT", "/products/block/review", long) == (413, "body.too_large")


async def test_openapi_names_every_answer(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    for path, name in (("catalogue", "Listing"), ("products/{product}", "ProductDetail"), ("mine", "Export")):
        schema = document["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        assert schema["$ref"].endswith(name)
    body = document["paths"]["/api/v1/bodies"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["name", "known"]


async def test_shop_has_rates(tmp_path: Path) -> None:
    few = {
        "limits__shop_reads_per_minute": 2,
        "limits__shop_writes_per_minute": 3,
        "limits__shop_sessions_per_minute": 1,
    }
    async with running(tmp_path, **few) as house, house.http() as http:
        assert [(await http.get("/api/v1/catalogue")).status_code for _ in range(3)] == [200, 200, 429]
        codes = [(await http.post("/api/v1/shop/session?language=zh")) for _ in range(2)]
        assert [answer.status_code for answer in codes] == [201, 429]
        said = codes[1].json()
        assert (said["code"], said["message"]) == ("rate.shop", "请求过于频繁，请一分钟后再试。")
        assert said["texts"] == {"en": "Too many requests. Wait a minute.", "zh": said["message"]}
        assert codes[1].headers["retry-after"] == "60"
        assert (await http.put("/api/v1/cart/x", json={"quantity": 1})).status_code == 401
        assert (await http.put("/api/v1/cart/x", json={"quantity": 1})).status_code == 429


async def test_without_a_database_trying_on_and_advice_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.db").write_bytes(b"nothing that SQLite would know\n" * 100)
    async with running(tmp_path) as house, house.http() as http:
        for path in ("/catalogue", "/products/block"):
            assert (await get(http, path, 503))["code"] == "shop.closed"
        assert "试穿不受影响" in (await get(http, "/catalogue?language=zh", 503))["message"]
        assert (await http.get("/healthz")).json()["shop"] == {"status": "closed", "reason": "broken"}
        assert (await http.get("/readyz")).status_code == 200
        garments = (await get(http, "/garments"))["garments"]
        assert (garments[0]["id"], garments[0]["price"], garments[0]["sold_out"]) == ("block", None, None)
        question = {"v": 1, "known": TYPED, "sex": "male", "garment": "block"}
        answer = (await http.post("/api/v1/size", json=question)).json()
        assert (answer["sold_out"], answer["runs"], bool(answer["reason"])) == (None, None, True)
        shopper = Shopper(house)
        async with house.socket() as socket:
            await shopper.enter(socket)
            shopper.tell(type="wear", garments=[{"id": "block", "size": "M"}])
            await shopper.sees_paint()
            await say(socket, type="bye")
        await shopper.leave()
        (tmp_path / "shop.db").unlink()
        monkeypatch.setattr(keeper_module, "RETRY_S", 0.0)
        assert (await get(http, "/catalogue"))["total"] == len(GARMENTS), "the shop opens again by itself"
        assert (await http.get("/healthz")).json()["shop"] == {"status": "open"}


async def test_nothing_waits_for_a_database_that_is_held(tmp_path: Path) -> None:
    async with running(tmp_path) as house, house.http() as http:
        token = await come(http)
        with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert await token.refused("PUT", "/cart/block-red-M", {"quantity": 1}) == (503, "shop.closed")
            assert (await get(http, "/garments"))["garments"][0]["price"]
        await token.ask("GET", "/cart")
