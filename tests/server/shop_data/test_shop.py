"""The shop's thread as the server sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.shop import shop as shop_module
from server.shop.store import StoreClosed
from tests.server.shop import Shop as Goods
from tests.server.shop import shop_settings


async def test_tidying_goes_on_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [OSError("no copy"), StoreClosed("locked", "later"), KeyError("a bug")]
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    shop = shop_module.Shop(shop_settings(tmp_path), Goods())

    def tidy() -> int:
        if errors:
            raise errors.pop()
        loop.call_soon_threadsafe(done.set)
        return 0

    monkeypatch.setattr(shop_module, "TIDY_S", 0.0)
    monkeypatch.setattr(shop.keeper, "tidy", tidy)
    tidying = asyncio.create_task(shop.keep_tidy())
    await asyncio.wait_for(done.wait(), 10)
    tidying.cancel()
    await shop.stop()
    assert errors == []
