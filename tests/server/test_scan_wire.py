"""A camera scan over the control channel, on the painted pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.server.clients import House, Shopper, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("var"), limits__consents_per_minute=1000) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def shopper(house: House) -> AsyncIterator[Shopper]:
    async with house.socket() as socket:
        shopper = Shopper(house)
        await shopper.enter(socket)
        await shopper.until(lambda: bool(shopper.said("state")))
        yield shopper
        await shopper.leave()


def start(shopper: Shopper, height_cm: float | None = 172, **more: Any) -> None:
    shopper.tell(type="scan", action="start", height_cm=height_cm, height_source="measured", **more)


async def told(shopper: Shopper, step: str) -> dict[str, Any]:
    await shopper.until(lambda: any(one["step"] == step for one in shopper.said("scan")))
    return next(one for one in shopper.said("scan") if one["step"] == step)


async def test_a_scan_is_guided_through_both_views_and_ends_with_measures(shopper: Shopper) -> None:
    start(shopper)
    done = await told(shopper, "done")
    steps = [one["step"] for one in shopper.said("scan")]
    assert steps[0] == "front" and "side" in steps and steps[-1] == "done"
    progress = [one["progress"] for one in shopper.said("scan")]
    assert progress == sorted(progress) and progress[-1] == 1.0
    assert done["measures"][0]["name"] == "chest_breadth" and done["measures"][0]["source"] == "camera"
    assert all(not one["measures"] for one in shopper.said("scan")[:-1])
    assert shopper.said("scan")[0]["v"] == 1


async def test_measures_of_a_scan_make_a_body_over_http(house: House, shopper: Shopper) -> None:
    start(shopper)
    found = (await told(shopper, "done"))["measures"]
    known = [
        {"name": "height", "value": 172.0},
        *({k: one[k] for k in ("name", "value", "error", "source")} for one in found),
    ]
    async with house.http() as http:
        answer = await http.post("/api/v1/size", json={"v": 1, "known": known})
    assert answer.status_code == 200
    assert answer.json()["figures"]["chest_breadth"]["source"] == "camera"


async def test_a_scan_can_be_cancelled_and_begun_anew(shopper: Shopper) -> None:
    start(shopper)
    await told(shopper, "front")
    shopper.tell(type="scan", action="cancel")
    await told(shopper, "cancelled")
    count = len(shopper.said("scan"))
    shopper.tell(type="scan", action="cancel")  # nothing runs: nothing is said
    shopper.tell(type="ping", t_ms=1)
    await shopper.until(lambda: bool(shopper.said("pong")))
    assert len(shopper.said("scan")) == count
    start(shopper)
    await told(shopper, "done")


async def test_whoever_is_lost_is_told(shopper: Shopper) -> None:
    start(shopper, 150)
    assert (await told(shopper, "refused"))["hint"] == "lost"


async def test_a_scan_whose_worker_ends_is_interrupted_and_the_picture_goes_on(shopper: Shopper) -> None:
    start(shopper, 151)
    refused = await told(shopper, "refused")
    assert refused["hint"] == "interrupted" and set(refused["say"]) == {"en", "zh"}
    seen = len(shopper.frames)
    await shopper.until(lambda: len(shopper.frames) > seen + 5, 30)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"action": "start"}, "schema"),
        ({"action": "start", "height_cm": 90.0}, "measure.range"),
        ({"action": "stop"}, "schema"),
        ({"action": "start", "height_cm": 172.0, "clothes": "none"}, "schema"),
        ({"action": "start", "height_cm": "tall"}, "schema"),
    ],
)
async def test_nonsense_is_refused_and_starts_nothing(shopper: Shopper, message: dict[str, Any], code: str) -> None:
    shopper.tell(type="scan", **message)
    await shopper.until(lambda: bool(shopper.said("error")))
    assert shopper.said("error")[0]["code"] == code
    assert shopper.said("scan") == []
