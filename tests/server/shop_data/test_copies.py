"""The database's copies of garments' charts: what differs is told, and renewed when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.shop.copies import astray, renew
from tests.server.shop import Shop
from tests.server.shop_data.conftest import Open, dump
from tests.server.shop_data.test_charts import BODY, GARMENT, change

CHEST = "UPDATE garment_sizes SET garment_mm = json_set(garment_mm, '$.chest', ?) WHERE product_id = 'block'"


@pytest.mark.parametrize(
    ("what", "values", "told"),
    [
        (BODY, ('{"chest": [990, 1060]}',), "body size M chest is [990, 1060] in the database, [940, 1010] in"),
        (GARMENT, ("no JSON",), 'garment size M is "no JSON" in the database, {"chest": '),
        (CHEST, (10,), "garment size XS chest is 10 in the database, "),
        ("UPDATE products SET stretch = ?", (0.5,), "stretch is 0.5 in the database, "),
        ("DELETE FROM body_sizes WHERE product_id = 'block' AND size = 'S'", (), "body size S is not there in the"),
        ("UPDATE body_sizes SET size = 'XXXS' WHERE size = 'XS'", (), "body size XS is not there in the database"),
    ],
)
def test_what_differs_is_told_at_the_start_and_renewed_when_it_is_asked_for(
    open_shop: Open, file: Path, what: str, values: tuple[Any, ...], told: str
) -> None:
    first = open_shop()
    assert first.read(lambda db: astray(db, Shop())) == {}
    first.close()
    before = dump(file)
    change(file, what, *values)
    with capture_logs() as logged:
        keeper = open_shop()
        found = keeper.read(lambda db: astray(db, Shop()))
    assert found["block"].startswith(told)
    warned = {one["product"]: one for one in logged if "size chart" in one["event"]}
    assert warned["block"]["what"] == found["block"] and "shop charts" in warned["block"]["how"]
    assert warned.keys() == found.keys()
    assert keeper.write(lambda db: renew(db, Shop())) == found
    assert keeper.write(lambda db: renew(db, Shop())) == {}
    keeper.close()
    assert sorted(dump(file)) == sorted(before)
