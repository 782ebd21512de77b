"""Charts as a merchant may leave them in their tables, and which of two charts counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ChartRejected, GarmentNotFound
from pipelines.sizing.packages import item_of
from server.shop.charts import chart_for, item_for, item_in
from tests.server.shop import Shop
from tests.server.shop_data.conftest import Open

BODY = "UPDATE body_sizes SET body_mm = ? WHERE product_id = 'block' AND size = 'M'"
GARMENT = "UPDATE garment_sizes SET garment_mm = ? WHERE product_id = 'block' AND size = 'M'"


class Bare(Shop):
    """A catalogue in which no garment was made for what is sold."""

    def get(self, garment_id: str) -> Any:
        raise GarmentNotFound(garment_id)


def change(file: Path, what: str, *values: Any) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(what, values)
        connection.commit()


@pytest.mark.parametrize(
    ("what", "value", "wrong"),
    [
        (BODY, '{"chest": [2000, 2100]}', "M"),  # larger than L, and without a waist
        (BODY, '{"chest": 940}', "body_mm is not like"),
        (BODY, '{"chest": [940, 1010, 1080]}', "body_mm is not like"),
        (BODY, '["chest"]', "body_mm is not like"),
        (GARMENT, '{"chest": "1220"}', "garment_mm is not like"),
        (GARMENT, "null", "garment_mm is not like"),
        (GARMENT, "{}", "M: no point of measure"),
        (GARMENT, "{chest: 1220}", "garment_mm is not like"),
        ("UPDATE products SET stretch = ?", 30.0, "stretch 30.0: a cloth gives a share of 0 to 1; is it in per cent?"),
        ("UPDATE products SET stretch = ?", -0.1, "stretch -0.1: a cloth gives a share of 0 to 1$"),
    ],
)
def test_a_chart_that_makes_no_sense_is_refused_and_not_shown(
    open_shop: Open, file: Path, what: str, value: Any, wrong: str
) -> None:
    keeper = open_shop()
    shown: Any = keeper.read(lambda db: chart_for(db, Bare(), "block"))
    assert len(shown.body) == len(shown.garment) > 2
    change(file, what, value)
    with pytest.raises(ChartRejected, match=wrong.replace("?", r"\?")):
        keeper.read(lambda db: item_for(db, Bare(), "block"))
    shown = keeper.read(lambda db: chart_for(db, Bare(), "block"))
    assert (shown.body, shown.garment) == ([], [])


def test_what_is_tried_on_is_advised_by_the_chart_that_it_is_drawn_by(open_shop: Open, file: Path) -> None:
    keeper = open_shop()
    keeper.read(lambda _: None)
    own = item_of(Shop().get("block"))
    for what, value in ((BODY, '{"chest": [990, 1060]}'), (GARMENT, "{}"), ("UPDATE products SET stretch = ?", 0.9)):
        change(file, what, value)
        assert keeper.read(lambda db: item_for(db, Shop(), "block")) is own
    shown: Any = keeper.read(lambda db: chart_for(db, Shop(), "block"))
    assert [row.garment_cm for row in shown.garment] == [dict(row.garment_cm) for row in own.garment.rows]  # type: ignore[union-attr]


def test_a_product_without_a_chart_has_none(open_shop: Open, file: Path) -> None:
    keeper = open_shop()
    assert keeper.read(lambda db: item_in(db, "moon")) is None
    change(file, "DELETE FROM body_sizes WHERE product_id = 'block'")
    assert keeper.read(lambda db: item_for(db, Bare(), "block")).body is None
    change(file, "DELETE FROM garment_sizes WHERE product_id = 'block'")
    assert keeper.read(lambda db: item_for(db, Bare(), "block")) is None
