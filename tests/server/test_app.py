"""Routes, headers, consent and photo over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import stat
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from server.headers import content_security_policy, import_map_hashes
from tests.server.clients import CONSENT, House, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXPECTED = {
    "permissions-policy": "camera=(self), xr-spatial-tracking=(self), accelerometer=(self), gyroscope=(self), "
    "microphone=(self), on-device-speech-recognition=(self), geolocation=(), display-capture=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
ROUTES = [
    ("GET", "/", 200),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/api/v1/garments", 200),
    ("GET", "/api/v1/garments/block/thumbnail.png", 200),
    ("GET", "/api/v1/garments/cape/thumbnail.png", 404),
    ("GET", "/api/v1/view?garments=cape", 422),
    ("GET", "/api/v1/turntable?garments=cape", 422),
    ("GET", "/api/v1/fit?garment=cape", 422),
    ("GET", "/static/style.css", 200),
    ("GET", "/static/src/main.js", 200),
    ("GET", "/static/package.json", 404),
    ("GET", "/static/test/x.js", 404),
    ("GET", "/static/../server/app.py", 404),
    ("GET", "/static/%2e%2e/%2e%2e/etc/passwd", 404),
    ("GET", "/nothing", 404),
    ("GET", "/docs", 404),
    ("DELETE", "/", 405),
    ("POST", "/api/v1/consent", 422),
    ("POST", "/api/v1/session/offer", 401),
    ("POST", "/api/v1/session/candidate", 401),
    ("DELETE", "/api/v1/session", 401),
    ("POST", "/api/v1/photo?garment=block", 401),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    limits = {"limits__photos_per_minute": 1000, "limits__consents_per_minute": 1000}
    async with running(tmp_path_factory.mktemp("var"), **limits) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as client:
        yield client


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
async def test_every_route_carries_every_header(
    house: House, http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED
    policy = answer.headers["content-security-policy"]
    page = (house.settings.server.web_dir / "index.html").read_bytes()
    assert policy == content_security_policy(house.host, False, import_map_hashes(page))
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers
    assert answer.headers["cache-control"]
    if status >= 400:
        assert set(answer.json()) == {"code", "message", "texts"}


async def test_policy_is_the_one_of_the_security_page() -> None:
    policy = content_security_policy("shop.example:8443", True, ("sha256-abc=",))
    assert policy == (
        "default-src 'none'; script-src 'self' 'sha256-abc=' 'wasm-unsafe-eval'; style-src 'self'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' wss://shop.example:8443; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )
    content = b'\n{"imports": {}}\n'
    page = b'<head><script type="importmap">' + content + b"</script></head>"
    expected = "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert import_map_hashes(page) == (expected,)


async def test_real_certificate_brings_hsts(tmp_path: Path) -> None:
    from starlette.responses import PlainTextResponse

    from server.headers import Rim

    for hsts, expected in ((True, "max-age=31536000"), (False, None)):
        rim = Rim(PlainTextResponse("x"), frozenset(("shop.example",)), tmp_path / "none.html", hsts)
        transport = httpx.ASGITransport(app=rim)
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
            assert (await client.get("/")).headers.get("strict-transport-security") == expected
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            assert "strict-transport-security" not in (await client.get("/")).headers


async def test_failure_of_our_own_has_every_header_and_tells_nothing(tmp_path: Path) -> None:
    from server.headers import Rim

    async def broken(*_: object) -> None:
        raise RuntimeError("the secret of the failure")

    rim = Rim(broken, frozenset(("127.0.0.1",)), tmp_path / "none.html", False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rim), base_url="http://127.0.0.1") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert {name: answer.headers[name] for name in EXPECTED} == EXPECTED


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1.evil.example", "localhost@evil.example"])
async def test_foreign_host_name_gets_nothing(house: House, host: str) -> None:
    async with house.http() as client:
        answer = await client.get("/healthz", headers={"Host": host})
    assert answer.status_code in (400, 403)
    assert "version" not in answer.text


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://127.0.0.1", "http://localhost:1", "https://{host}"]
)
async def test_posts_of_other_sites_are_refused_before_anything_is_made(house: House, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin.format(host=house.host)}
    log = house.settings.server.var_dir / "consent.jsonl"
    before = log.read_text() if log.exists() else ""
    token = await house.token()
    before = log.read_text()
    async with httpx.AsyncClient(base_url=house.origin, headers=headers) as client:
        bearer = {"Authorization": f"Bearer {token}"}
        for method, path in [(m, p) for m, p, _ in ROUTES if m != "GET" and p.startswith("/api")]:
            answer = await client.request(method, path, headers=bearer, content=json.dumps(CONSENT))
            assert answer.status_code == 403, path
            assert answer.json()["code"] == "origin"
    assert log.read_text() == before
    assert house.hub.pool.counts["seated"] == 0


async def test_bad_tokens_all_hear_the_same(http: httpx.AsyncClient) -> None:
    heard = set()
    for value in (None, "Bearer", "Bearer x.y.z", "Basic dTpw", "Bearer " + "e" * 5000):
        headers = {} if value is None else {"Authorization": value}
        for method, path in (("POST", "/api/v1/session/offer"), ("POST", "/api/v1/photo?garment=block")):
            answer = await http.request(method, path, headers=headers, content=b"{}")
            heard.add((answer.status_code, answer.text))
    assert len(heard) == 1
    assert heard.pop()[0] == 401


async def test_token_in_the_address_is_worth_nothing(house: House, http: httpx.AsyncClient) -> None:
    token = await house.token()
    for query in (f"token={token}", f"access_token={token}"):
        assert (await http.post(f"/api/v1/photo?garment=block&{query}")).status_code == 401


async def test_consent_is_recorded_as_session_time_and_version_only(house: House) -> None:
    token = await house.token()
    log = house.settings.server.var_dir / "consent.jsonl"
    last = json.loads(log.read_text().splitlines()[-1])
    assert set(last) == {"session", "at_s", "text_version"}
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert last["session"] == claims["sid"]
    assert claims["exp"] - claims["iat"] <= 600
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text_version": "1", "adult": False}, "consent.adult"),
        ({"text_version": "0", "adult": True}, "consent.text_version"),
        ({"text_version": "1"}, "schema"),
        ({"text_version": "1", "adult": "yes"}, "schema"),
        ({"text_version": "1", "adult": True, "name": "x"}, "schema"),
        ([], "json"),
    ],
)
async def test_consent_that_is_none_gives_no_token(http: httpx.AsyncClient, body: object, code: str) -> None:
    answer = await http.post("/api/v1/consent", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == code


async def test_consent_is_limited_a_minute(tmp_path: Path) -> None:
    async with running(tmp_path, limits__consents_per_minute=3) as house, house.http() as http:
        answers = [(await http.post("/api/v1/consent", json=CONSENT)).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]


async def test_lan_link_lets_one_device_in_and_keeps_it_in(tmp_path: Path) -> None:
    lan = {"lan__enabled": True, "server__host": "127.0.0.1", "tls__mode": "off"}
    async with running(tmp_path, **lan) as house, house.http() as phone, house.http() as stranger:
        assert house.hub.joins is not None
        shown: list[str] = []
        house.hub.on_join_used = lambda: shown.append("again")
        join = house.hub.joins.current
        for wrong in ({}, {"join": "x"}):
            answer = await stranger.post("/api/v1/consent", json={**CONSENT, **wrong})
            assert answer.status_code == 401
        answer = await phone.post("/api/v1/consent", json={**CONSENT, "join": join})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert shown == ["again"]
        assert (await phone.post("/api/v1/consent", json=CONSENT)).status_code == 200, "the same device, after a reload"
        assert (await stranger.post("/api/v1/consent", json={**CONSENT, "join": join})).status_code == 401


PICTURE = "/api/v1/garments/block/thumbnail.png"


async def test_garments_are_listed_as_the_protocol_says(http: httpx.AsyncClient) -> None:
    garments = (await http.get("/api/v1/garments")).json()["garments"]
    assert garments[0] == {
        "id": "block",
        "name": {"en": "Block", "zh": "block"},
        "category": "tshirt",
        "sizes": ["S", "M", "L"],
        "tucked": False,
        "thumbnail": "/api/v1/garments/block/thumbnail.png",
        "price": {"amount": 1990, "currency": "EUR"},
        "sold_out": [],
        "colourways": [
            {"id": way, "name": {"en": en, "zh": zh}, "colour": colour, "thumbnail": f"{PICTURE}?colourway={way}"}
            for way, en, zh, colour in (("white", "White", "白色", "#ffffff"), ("red", "Red", "红色", "#c03030"))
        ],
    }
    for address in (garments[0]["thumbnail"], garments[0]["colourways"][1]["thumbnail"]):
        picture = await http.get(address)
        assert Image.open(BytesIO(picture.content)).format == "PNG"
    assert (await http.get(f"{PICTURE}?colourway=plaid")).status_code == 404


async def test_description_of_the_api_refers_to_nothing_that_is_not_in_it(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    body = document["paths"]["/api/v1/size"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "value" in body["properties"]["known"]["items"]["properties"]
    for reference in re.findall(r'"(#/[^"]*)"', json.dumps(document)):
        part = document
        for key in reference.split("/")[1:]:
            part = part[key]


async def test_health_tells_backends_and_metrics_count(http: httpx.AsyncClient) -> None:
    health = (await http.get("/healthz")).json()
    assert health["status"] == "ok"
    assert health["render"] == {"backend": "paint", "reason": "auto", "gl_renderer": "none"}
    assert health["pose"] == {"model": "bundled"}
    metrics = (await http.get("/metrics")).text
    assert 'lookglass_workers{state="seated"} 0.0' in metrics
    assert "lookglass_loop_lag_seconds_count" in metrics


async def test_body_larger_than_a_message_is_refused(house: House, http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1024

    assert (await http.post("/api/v1/consent", content=b" " * 70_000)).status_code == 413
    assert (await http.post("/api/v1/consent", content=endless())).status_code == 413


# --- the photo
