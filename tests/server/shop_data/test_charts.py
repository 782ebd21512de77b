"""Charts as a merchant may leave them in their tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ChartRejected
from server.shop.charts import chart_in, item_in
from tests.server.shop_data.conftest import Open

BODY = "UPDATE body_sizes SET body_mm = ? WHERE product_id = 'block' AND size = 'M'"
GARMENT = "UPDATE garment_sizes SET garment_mm = ? WHERE product_id = 'block' AND size = 'M'"


@pytest.mark.parametrize(
    ("change", "value", "wrong"),
    [
        (BODY, '{"chest": [2000, 2100]}', "M"),  # larger than L, and without a waist
        (BODY, '{"chest": 940}', "body_mm is not like"),
        (BODY, '{"chest": [940, 1010, 1080]}', "body_mm is not like"),
        (BODY, '["chest"]', "body_mm is not like"),
        (GARMENT, '{"chest": "1220"}', "garment_mm is not like"),
        (GARMENT, "null", "garment_mm is not like"),
        (GARMENT, "{}", "M: no point of measure"),
        (GARMENT, "{chest: 1220}", "garment_mm is not like"),
    ],
)
def test_a_chart_that_makes_no_sense_is_refused_and_not_shown(
    open_shop: Open, file: Path, change: str, value: str, wrong: str
) -> None:
    keeper = open_shop()
    assert keeper.read(lambda db: item_in(db, "block")) is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(change, (value,))
        connection.commit()
    with pytest.raises(ChartRejected, match=wrong):
        keeper.read(lambda db: item_in(db, "block"))
    shown: Any = keeper.read(lambda db: chart_in(db, "block"))
    assert (shown.body, shown.garment) == ([], [])
