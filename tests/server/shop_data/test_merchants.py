"""Merchants' charts in the database: put in, shown, advised by, and taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.drafts import Charts
from pipelines.sizing.merchant import charts_from_csv
from server.shop.charts import chart_for, item_in
from server.shop.keeper import Keeper
from server.shop.merchants import Sold, fitted, put, sold_in, take_back
from tests.server.shop import Shop
from tests.server.shop_data.conftest import NOW_S, Open, dump
from tests.server.shop_data.test_charts import Bare, change

SOURCE = Source("size chart uk.csv", "brand")
UK = "UK,US,Bust cm\n8,5,82-86\n10,7,86-90\n12,9,90-94\n"


def charts(text: str = UK) -> Charts:
    return charts_from_csv(text, SOURCE, "body", group="women")


def sell(file: Path, *sizes: str) -> None:
    """Put in a product that no garment was made for."""
    change(file, "INSERT INTO products VALUES ('coat', 9, 'coat', 'Coat', '大衣', '', '', 0.02)")
    for n, size in enumerate(sizes):
        change(file, "INSERT INTO variants VALUES (?, 'coat', NULL, ?, ?)", f"coat-{size}", size, n)


@pytest.fixture
def shop(open_shop: Open, file: Path) -> Keeper:
    keeper = open_shop()
    keeper.read(lambda _: None)
    sell(file, "8", "10", "16")
    return keeper


def put_in(keeper: Keeper, text: str = UK) -> None:
    def job(db: Session) -> None:
        sold = sold_in(db, "coat")
        assert sold is not None
        put(db, sold, fitted(charts(text), sold), int(NOW_S))

    keeper.write(job)


def shown(keeper: Keeper) -> Any:
    return keeper.read(lambda db: chart_for(db, Shop(), "coat"))


def undo(keeper: Keeper) -> None:
    keeper.write(lambda db: take_back(db, "coat", int(NOW_S)))


def test_a_chart_is_put_in_for_the_sizes_that_are_sold(shop: Keeper) -> None:
    assert shop.read(lambda db: sold_in(db, "moon")) is None
    put_in(shop)
    found = shown(shop)
    assert [(row.size, row.body_cm) for row in found.body] == [("8", {"chest": (82, 86)}), ("10", {"chest": (86, 90)})]
    assert found.body[0].source.title == "size chart uk.csv"
    item = shop.read(lambda db: item_in(db, "coat"))
    assert item is not None and item.sizes == ("8", "10")


def test_shoppers_are_told_what_sizes_are_called_at_home(shop: Keeper) -> None:
    put_in(shop)
    found = shown(shop)
    assert found.system == "UK"
    assert set(found.labels) == {"8", "10"}
    assert {name: found.labels["10"][name] for name in ("UK", "US", "EU", "JP", "CN")} == {
        "UK": "10", "US": "7", "EU": "38", "JP": "11", "CN": "165/88A",
    }  # fmt: skip
    assert shop.read(lambda db: chart_for(db, Shop(), "block")).labels == {}


def test_the_former_chart_comes_back_and_goes_again(shop: Keeper) -> None:
    put_in(shop)
    first = shown(shop)
    put_in(shop, "size,garment chest cm,body chest cm\n8,100,84\n10,104,88\n")
    second = shown(shop)
    assert second.system == "" and second.garment
    undo(shop)
    assert shown(shop) == first
    undo(shop)
    assert shown(shop) == second


def test_a_first_chart_can_be_undone_too(shop: Keeper) -> None:
    before = shown(shop)
    with pytest.raises(ChartRejected, match="nothing to undo"):
        undo(shop)
    put_in(shop)
    undo(shop)
    assert shown(shop) == before
    assert shop.read(lambda db: item_in(db, "coat")) is None


def test_a_chart_that_is_no_json_is_replaced_but_not_kept(shop: Keeper, file: Path) -> None:
    put_in(shop)
    change(file, "UPDATE body_sizes SET body_mm = '{chest: 1}' WHERE product_id = 'coat'")
    put_in(shop)
    assert len(shown(shop).body) == 2
    with pytest.raises(ChartRejected, match="could not be read, and was not kept"):
        undo(shop)


@pytest.mark.parametrize("job", [put_in, undo])
@pytest.mark.parametrize("when", ["INSERT ON body_sizes", "UPDATE ON merchant_charts"])
def test_what_fails_half_way_changes_nothing(
    shop: Keeper, file: Path, when: str, job: Callable[[Keeper], None]
) -> None:
    put_in(shop)
    put_in(shop, UK.replace("82-86", "81-86"))
    before = dump(file)
    change(file, f"CREATE TRIGGER full BEFORE {when} BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(IntegrityError, match="full"):
        job(shop)
    change(file, "DROP TRIGGER full")
    assert dump(file) == before


def test_labels_are_spelt_as_the_product_does(shop: Keeper, file: Path) -> None:
    sold = Sold("coat", ("S", "2XL"), 0.0)
    new = fitted(charts("size,bust cm\nXXL,110-118\nsmall,86-90\nM,90-94\n"), sold)
    assert new.item.sizes == ("S", "2XL")
    assert (new.unsold, new.uncharted) == (("M",), ())


@pytest.mark.parametrize(
    ("sizes", "text", "wrong"),
    [
        (("S", "M"), UK, "coat comes in S, M; the chart has 8, 10, 12"),
        ((), "size,bust cm\nExtraordinarily big,90-94\n", "more than 16 characters"),
    ],
)
def test_a_chart_that_does_not_go_with_the_product_is_refused(sizes: tuple[str, ...], text: str, wrong: str) -> None:
    with pytest.raises(ChartRejected, match=wrong):
        fitted(charts(text), Sold("coat", sizes, 0.0))


def test_a_product_without_variants_takes_every_size() -> None:
    assert fitted(charts(), Sold("coat", (), 0.0)).item.sizes == ("8", "10", "12")


def test_a_product_that_changed_meanwhile_is_left_alone(shop: Keeper) -> None:
    sold = Sold("coat", ("8", "10"), 0.02)  # as it was before somebody put in 16
    with pytest.raises(ChartRejected, match="try again"):
        shop.write(lambda db: put(db, sold, fitted(charts(), sold), int(NOW_S)))


def test_what_a_merchant_put_in_counts_for_nothing_beside_a_garment(shop: Keeper, file: Path) -> None:
    put_in(shop)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE merchant_charts SET product_id = 'block'")
        connection.commit()
    assert shop.read(lambda db: chart_for(db, Shop(), "block")).labels == {}
    assert shop.read(lambda db: chart_for(db, Bare(), "block")).system == "UK"
