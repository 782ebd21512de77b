"""The demo shop: whole, plausible, always the same, and never in the way of a merchant."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from pipelines.errors import ChartRejected
from pipelines.garment.catalogue import Catalogue, load_catalogue
from pipelines.garment.package import SIZE_ORDER, Category, GarmentPackage
from pipelines.sizing.packages import item_of
from server.shop import goods, seed, voices
from server.shop.charts import item_in
from server.shop.keeper import Keeper
from server.shop.routes import ID
from server.shop.tables import (
    BodySize,
    Colourway,
    FitFeedback,
    GarmentSize,
    Price,
    Product,
    Return,
    Review,
    Stock,
    Variant,
)
from tests.server.shop import Card, Shop
from tests.server.shop_data.conftest import Clock, Open, dump


@pytest.fixture(scope="module")
def wardrobe() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def demo(open_shop: Open, wardrobe: Catalogue) -> Keeper:
    return open_shop(wardrobe)


def count(db: Session, table: type) -> int:
    return db.scalar(select(func.count()).select_from(table)) or 0


def test_every_garment_is_sold_in_every_colour_and_size(demo: Keeper, wardrobe: Catalogue) -> None:
    with_ways = {card.id: max(1, len(card.colourways)) * len(card.sizes) for card in wardrobe.cards()}
    sold = demo.read(
        lambda db: dict(db.execute(select(Variant.product_id, func.count()).group_by(Variant.product_id)).all())
    )
    assert sold == with_ways
    assert sum(sold.values()) >= 120
    for table in (Stock, Price):
        assert demo.read(lambda db, table=table: count(db, table)) in (sum(sold.values()), 2 * sum(sold.values()))


def test_charts_are_those_of_the_packages(demo: Keeper, wardrobe: Catalogue) -> None:
    for package in wardrobe.list():
        item, made = demo.read(lambda db, package=package: item_in(db, package.id)), item_of(package)
        assert item is not None and item.body == made.body and item.stretch == made.stretch
        assert item.garment is not None and made.garment is not None
        for row, of_package in zip(item.garment.rows, made.garment.rows, strict=True):
            assert (row.size, row.source) == (of_package.size, of_package.source)
            assert dict(row.garment_cm) == pytest.approx(dict(of_package.garment_cm), abs=0.051)  # whole millimetres


def test_what_is_said_is_said_in_both_languages(demo: Keeper, wardrobe: Catalogue) -> None:
    for one in demo.read(lambda db: [vars(row) for row in db.scalars(select(Product))]):
        assert one["name_en"] and one["name_zh"] and one["description_en"] != one["description_zh"]
        assert one["id"] in seed.demo()["products"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one["description_zh"])
        assert one["description_en"].isascii() or "ê" in one["description_en"] or "é" in one["description_en"]
    languages = demo.read(lambda db: Counter(db.scalars(select(Review.language))))
    assert min(languages["en"], languages["zh"]) > 30


def test_every_category_there_may_be_has_a_price() -> None:
    prices = seed.demo()["prices"]
    assert set(prices) == set(Category.__args__)
    single = [one["price"] for one in seed.demo()["products"].values() if "price" in one]
    assert {tuple(price) for price in (*prices.values(), *single)} == {("EUR", "CNY")}


def test_some_variants_are_sold_out_and_most_are_not(demo: Keeper) -> None:
    quantities = demo.read(lambda db: list(db.scalars(select(Stock.quantity))))
    gone = sum(quantity == 0 for quantity in quantities) / len(quantities)
    assert 0.04 < gone < 0.15
    assert max(quantities) <= seed.MOST


def test_some_items_run_small_or_large_by_what_shoppers_said_and_most_are_true(demo: Keeper) -> None:
    runs = demo.read(lambda db: {id_: voices.runs_in(db, id_) for id_ in db.scalars(select(Product.id))})
    small = {id_ for id_, one in runs.items() if one.sizes > 0.2}
    large = {id_ for id_, one in runs.items() if one.sizes < -0.2}
    said = seed.demo()["products"]
    assert small == {id_ for id_ in runs if said[id_].get("runs") == "small"}
    assert large == {id_ for id_ in runs if said[id_].get("runs") == "large"}
    assert all(one.count >= seed.VOICES[0] for one in runs.values())


def test_returns_go_with_what_was_said_of_the_fit(demo: Keeper) -> None:
    reasons = demo.read(lambda db: Counter(db.scalars(select(Return.reason))))
    voiced = demo.read(lambda db: Counter(db.scalars(select(FitFeedback.fit))))
    assert 0 < reasons["too_small"] < voiced["small"]
    assert 0 < reasons["too_large"] < voiced["large"]


def test_no_review_stands_twice_at_a_product_and_the_newest_comes_first(demo: Keeper) -> None:
    for id_ in demo.read(lambda db: list(db.scalars(select(Product.id)))):
        page = demo.read(lambda db, id_=id_: voices.review_page(db, id_, None, None))
        assert seed.REVIEWS[0] <= len(page.reviews) <= seed.REVIEWS[1]
        assert len({one.title for one in page.reviews}) == len(page.reviews)
        times = [one.at_s for one in page.reviews]
        assert times == sorted(times, reverse=True)
        assert all(one.size in SIZE_ORDER for one in page.reviews)


def test_the_demo_is_always_the_same(open_shop: Open, wardrobe: Catalogue, tmp_path: Path) -> None:
    for name in ("a", "b"):
        open_shop(wardrobe, shop__database=f"sqlite:///{tmp_path / name}.db").read(lambda _: None)
    assert dump(tmp_path / "a.db") == dump(tmp_path / "b.db")


def test_what_a_merchant_changed_is_left_alone(open_shop: Open, wardrobe: Catalogue, file: Path, clock: Clock) -> None:
    def change(db: Session) -> None:
        db.execute(update(Product).where(Product.id == "tee_v").values(name_en="Our tee"))
        db.execute(update(Price).values(amount=1))
        db.execute(update(Stock).values(quantity=7))
        db.execute(delete(Product).where(Product.id == "coat_wool"))

    first = open_shop(wardrobe)
    first.write(change)
    first.close()
    before = dump(file)
    clock.days_pass(1)
    again = open_shop(wardrobe)
    again.read(lambda _: None)
    assert dump(file) == before
    assert again.fill() == 1  # the coat, which was asked for
    assert again.fill() == 0
    assert again.read(lambda db: db.get(Product, "tee_v").name_en) == "Our tee"
    assert again.read(lambda db: set(db.scalars(select(Stock.quantity).where(~Stock.sku.startswith("coat"))))) == {7}


def test_a_shop_that_was_emptied_stays_empty_until_it_is_asked_for(open_shop: Open, wardrobe: Catalogue) -> None:
    first = open_shop(wardrobe)
    first.write(lambda db: db.execute(delete(Product)))
    first.close()
    again = open_shop(wardrobe)
    assert [
        again.read(lambda db, table=table: count(db, table))
        for table in (Product, Variant, Stock, Price, Colourway, Review)
    ] == [0] * 6
    assert again.fill() == len(wardrobe.list())


def test_a_garment_whose_chart_is_refused_is_sold_without(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise ChartRejected("sizes L, S/M are not in rising order")

    monkeypatch.setattr(seed, "item_of", refuse)
    keeper = open_shop()
    assert keeper.read(lambda db: count(db, Variant)) > 0
    assert keeper.read(lambda db: count(db, BodySize) + count(db, GarmentSize)) == 0


def test_no_demo_is_put_in_where_the_settings_say_so(open_shop: Open, wardrobe: Catalogue) -> None:
    keeper = open_shop(wardrobe, shop__demo=False)
    assert keeper.read(lambda db: goods.listing(db, goods.Wish(), goods.Filter()).total) == 0
    assert keeper.fill() == len(wardrobe.list())


def test_a_sku_is_fit_for_an_address_and_no_two_are_alike(demo: Keeper) -> None:
    skus = demo.read(lambda db: list(db.scalars(select(Variant.sku))))
    assert len(set(skus)) == len(skus)
    assert all(len(sku) <= 96 and sku.replace("-", "").replace("_", "").isalnum() for sku in skus)


ALIKE = (
    "a",
    "A",
    "a_",
    "a-",
    "-a",
    "a b",
    "a/b",
    "a_b",
    "a.b",
    "--2f.",
    "/",
    "大",
    "中",
    "小",
    "均码",
    "170/88A",
    "170 88A",
)


def test_skus_of_labels_that_look_alike_differ_and_fit_the_route() -> None:
    assert seed.sku_of("tee_v", None, "170/88A") == "tee_v-170--2f.88A"
    parts = [(product, way, size) for product in ("p", "p_") for way in (None, *ALIKE) for size in ALIKE]
    skus = {seed.sku_of(*one) for one in parts}
    assert len(skus) == len(parts)
    assert all(re.fullmatch(ID, sku) for sku in skus)


@dataclass(frozen=True)
class Odd(Shop):
    """Two garments, one of them with another size."""

    size: str

    def cards(self) -> tuple[Card, ...]:
        plain = super().cards()[0]
        return plain, replace(plain, id="other", sizes=(self.size,))

    def get(self, garment_id: str) -> GarmentPackage:
        return super().get("block")


def test_a_sku_that_is_too_long_leaves_its_garment_out_by_name(open_shop: Open) -> None:
    with capture_logs() as logged:
        keeper = open_shop(Odd("特大码加长加厚" * 2))
        assert keeper.read(lambda db: set(db.scalars(select(Product.id)))) == {"block"}
    told = next(one for one in logged if one["event"] == "garment left out of the shop")
    assert told["product"] == "other" and "longer than 96 characters" in told["reason"]


def test_a_sku_that_a_merchant_gave_to_something_else_is_not_taken(open_shop: Open) -> None:
    first = open_shop()
    first.write(
        lambda db: db.add(Variant(sku="other-red-M", product_id="block", colourway="red", size="5XL", position=9))
    )
    catalogue = Odd("M")
    why = first.read(lambda db: seed.left_out(db, catalogue))
    assert why == {"other": "its SKU other-red-M is product block's already: rename that"}
    first.catalogue = catalogue
    assert first.fill() == 0
