"""Whole calls over loopback: how garments fit, and two sizes of one, over the control channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.server.clients import Shopper, running, seeing

BLOCK = [{"id": "block"}]


@pytest_asyncio.fixture
async def shopper(tmp_path: Path) -> AsyncIterator[Shopper]:
    """A shopper who sees a picture."""
    async with running(tmp_path) as house, seeing(house) as shopper:
        yield shopper


async def test_shopper_hears_how_garments_fit_while_the_map_is_on(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    await shopper.sees_paint()
    assert not shopper.said("fit")
    shopper.tell(type="fit_map", on=True)
    await shopper.until(lambda: shopper.said("state")[-1]["fit_map"] is True)
    await shopper.until(lambda: len(shopper.said("fit")) >= 3)
    first, *_, last = shopper.said("fit")
    assert first["panes"][0]["garments"][0]["size"] == "M"
    at = [fit["panes"][0]["garments"][0]["regions"][0]["at"] for fit in (first, last)]
    assert at[1][1] > at[0][1], "where it is now is told now and then"
    seen, stats = len(shopper.said("fit")), len(shopper.said("stats"))
    await shopper.until(lambda: len(shopper.said("stats")) >= stats + 3)
    assert len(shopper.said("fit")) - seen <= 4, "not with every picture"
    shopper.tell(type="fit_map", on=False)
    await shopper.until(lambda: shopper.said("state")[-1]["fit_map"] is False)


async def test_two_sizes_are_compared_until_the_garment_is_taken_off(shopper: Shopper) -> None:
    two = {"garment": "block", "sizes": ["S", "M"]}
    shopper.tell(type="compare", **two)
    await shopper.until(lambda: shopper.said("error"))
    assert shopper.said("error")[-1]["code"] == "compare.unworn"
    shopper.tell(type="wear", garments=BLOCK)
    for sizes, code in ((["M", "M"], "compare.sizes"), (["M", "XXXL"], "size.unknown"), (["M"], "schema")):
        count = len(shopper.said("error"))
        shopper.tell(type="compare", garment="block", sizes=sizes)
        await shopper.until(lambda count=count: len(shopper.said("error")) > count)
        assert shopper.said("error")[-1]["code"] == code
    shopper.tell(type="compare", **two)
    await shopper.until(lambda: shopper.said("state")[-1]["compare"] == two)
    await shopper.until(lambda: shopper.said("fit"))
    shopper.tell(type="wear", garments=[])
    await shopper.until(lambda: shopper.said("state")[-1]["compare"] is None)
    shopper.tell(type="wear", garments=BLOCK)
    shopper.tell(type="compare", **two)
    await shopper.until(lambda: shopper.said("state")[-1]["compare"] == two)
    shopper.tell(type="compare", garment=None)
    await shopper.until(lambda: shopper.said("state")[-1]["compare"] is None)


async def test_nothing_is_told_of_a_fit_that_is_no_longer_seen(shopper: Shopper) -> None:
    shopper.tell(type="wear", garments=BLOCK)
    shopper.tell(type="fit_map", on=True)
    await shopper.until(lambda: shopper.said("fit"))
    shopper.tell(type="wear", garments=[{"id": "crash"}])
    await shopper.until(lambda: any(one["code"] == "worker.lost" for one in shopper.said("error")))
    told, stats = len(shopper.said("fit")), len(shopper.said("stats"))
    await shopper.until(lambda: len(shopper.said("stats")) >= stats + 3)
    assert len(shopper.said("fit")) == told
