"""Whole calls over loopback: what a shopper may wear next, over the control channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.server.clients import Shopper, running, seeing

BLOCK = [{"id": "block"}]


@pytest_asyncio.fixture
async def shopper(tmp_path: Path) -> AsyncIterator[Shopper]:
    """A shopper who sees a picture."""
    async with running(tmp_path) as house, seeing(house) as shopper:
        yield shopper


async def test_what_is_expected_is_prepared_and_worn_only_when_it_is_wished(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    shopper.tell(type="wear", garments=[{"id": "rare"}])
    await shopper.until(lambda: [error["code"] for error in shopper.said("error")] == ["wish"])
    shopper.tell(type="wear", garments=BLOCK)
    shopper.tell(type="likely", garments=[{"id": "none"}])  # cannot be prepared: nobody is told
    shopper.tell(type="likely", garments=[{"id": "rare"}])
    told = len(shopper.said("stats"))
    await shopper.until(lambda: len(shopper.said("stats")) > told + 1)
    assert shopper.said("state")[-1]["garments"] == [{"id": "block", "size": "M"}]
    shopper.tell(type="wear", garments=[{"id": "rare"}])
    await shopper.until(lambda: shopper.said("state")[-1]["garments"] == [{"id": "rare", "size": "M"}])
    assert len(shopper.said("error")) == 1


@pytest.mark.parametrize(
    ("garments", "code"),
    [([{"id": "cape"}], "garment.unknown"), ([{"id": "block", "size": 3}], "schema"), ([{"id": "a"}] * 5, "schema")],
)
async def test_what_cannot_be_expected_is_refused_by_name(shopper: Shopper, garments: object, code: str) -> None:
    shopper.tell(type="likely", garments=garments)
    await shopper.until(lambda: shopper.said("error"))
    assert shopper.said("error")[0]["code"] == code
