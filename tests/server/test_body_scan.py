"""Body scans from files over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from server import body_scan
from server.body_scan import measure_file
from server.errors import ScanRefused
from tests.pipelines.scan.mesh_files import glb, hostile, obj, ply, standing
from tests.server.clients import House, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    limits = {"limits__scans_per_minute": 1000, "limits__consents_per_minute": 1000}
    async with running(tmp_path_factory.mktemp("var"), **limits) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.http() as client:
        client.timeout = 60
        client.headers["Authorization"] = f"Bearer {await house.token()}"
        yield client


async def send(http: httpx.AsyncClient, data: bytes, **headers: str) -> httpx.Response:
    return await http.post("/api/v1/body/scan", content=data, headers=headers)


@pytest.mark.parametrize("write", [glb, obj, ply])
async def test_a_scan_is_measured_and_its_measures_become_a_body(http: httpx.AsyncClient, write) -> None:
    answer = await send(http, write(*standing()))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["format"] == write.__name__ and told["triangles"] > 1000
    measures = {one["name"]: one for one in told["measures"]}
    assert {"height", "chest", "navel_waist", "hip", "inseam"} <= set(measures)
    chest = measures["chest"]
    assert chest["low"] < chest["value"] < chest["high"] and chest["source"] == "scan" and chest["unit"] == "cm"
    known = [{key: one[key] for key in ("name", "value", "error", "source")} for one in told["measures"]]
    size = await http.post("/api/v1/size", json={"v": 1, "known": known})
    assert size.status_code == 200, size.text
    assert size.json()["figures"]["chest"]["source"] == "scan"
    assert size.json()["figures"]["chest"]["value"] == pytest.approx(chest["value"], abs=1.0)


async def test_the_height_comes_in_a_header_and_gives_the_scale(http: httpx.AsyncClient) -> None:
    points, faces = standing()
    odd = glb(points * 7.3, faces)
    assert (await send(http, odd)).json()["code"] == "scan.body"
    told = (await send(http, odd, **{"Height-Cm": "171.5"})).json()
    assert {one["name"]: one["value"] for one in told["measures"]}["height"] == 171.5
    assert (await send(http, odd, **{"Height-Cm": "17"})).status_code == 422


@pytest.mark.parametrize("name", ["glb with a URI", "obj of not numbers", "ply of a billion faces", "ply cut off"])
async def test_hostile_files_are_refused_with_what_is_wrong(http: httpx.AsyncClient, name: str) -> None:
    answer = await send(http, hostile()[name])
    assert answer.status_code == 422 and answer.json()["code"] in ("scan.file", "scan.body")
    assert "Traceback" not in answer.text


async def test_what_is_no_scan_is_refused_before_anything_starts(
    house: House, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr(body_scan.asyncio, "create_subprocess_exec", never)
    assert (await send(http, b"GIF89a")).status_code == 415
    assert (await send(http, b"glTF" + bytes(21 * 2**20))).status_code == 413
    async with house.http() as stranger:
        assert (await send(stranger, glb(*standing()))).status_code == 401
    assert (await send(http, glb(*standing()), Origin="http://elsewhere.example")).status_code == 403


async def test_a_file_that_takes_too_long_ends_with_its_child(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_scan, "START_GRACE_S", 0.0)
    limits = house.settings.limits.model_copy(update={"scan_read_s": 0.01})
    with pytest.raises(ScanRefused, match="too long"):
        await measure_file(glb(*standing()), None, limits)


async def test_a_file_that_takes_too_much_memory_ends_with_its_child(house: House) -> None:
    limits = house.settings.limits.model_copy(update={"scan_memory_mib": 16})
    many = b"v 0 0 0\n" * 390_000 + b"f 1 2 3\n" * 190_000
    with pytest.raises(ScanRefused):
        await measure_file(many, None, limits)


async def test_too_many_scans_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running(tmp_path_factory.mktemp("var"), limits__scans_per_minute=1) as house, house.http() as http:
        http.headers["Authorization"] = f"Bearer {await house.token()}"
        assert (await send(http, b"GIF89a")).status_code == 415
        answer = await send(http, b"GIF89a")
        assert answer.status_code == 429 and answer.json()["code"] == "rate.scans"
