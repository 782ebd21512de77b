"""Who watches a session with a token that somebody else gave them, over loopback, with real worker processes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.server.clients import Camera, House, running
from tests.server.standard_clients import Standard

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with running(tmp_path_factory.mktemp("var"), limits__offers_per_minute=1000) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def camera(house: House) -> AsyncIterator[Standard]:
    """A camera that came in over WHIP, wearing the block."""
    await house.ready()
    camera = Standard(house, await house.token(), "sendonly", Camera((160, 120)))
    assert (await camera.post("/whip?garment=block&size=M&height_cm=172")).status_code == 201
    yield camera
    await camera.delete()
    await camera.leave()
    await camera.until(lambda: not house.hub._sessions and house.hub.pool.counts["seated"] == 0)


async def test_guest_watches_with_a_token_that_does_nothing_else(house: House, camera: Standard) -> None:
    path = camera.location.replace("whip", "whep")
    async with camera.http() as http:
        given = await http.post(f"{path}/token", headers=camera.bearer)
    assert given.status_code == 201
    guest = Standard(house, given.json()["token"], "recvonly")
    assert (await guest.post(path)).status_code == 201
    await guest.sees_paint()
    async with guest.http() as http:
        for method, where in (
            ("DELETE", camera.location), ("DELETE", f"{path}/another"), ("POST", f"{path}/token"), ("POST", path + "x"),
            ("POST", "/whip"), ("POST", "/api/v1/session/control"),
        ):  # fmt: skip
            refused = await http.request(method, where, headers=guest.bearer)
            assert refused.status_code in (401, 403), (method, where, refused.text)
    assert len(house.hub._sessions) == 1
    assert (await guest.delete()).status_code == 200
    await guest.leave()


async def test_guest_cannot_send_away_who_else_watches(house: House, camera: Standard) -> None:
    path = camera.location.replace("whip", "whep")
    own = Standard(house, camera.token, "recvonly")
    assert (await own.post(path)).status_code == 201
    async with camera.http() as http:
        token = (await http.post(f"{path}/token", headers=camera.bearer)).json()["token"]
        refused = await http.delete(own.location, headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert (await http.delete(own.location, headers=own.bearer)).status_code == 200
    await own.leave()
