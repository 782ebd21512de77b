"""What is sold: the list, one product, and what the page and size advice need to know of a garment."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from pipelines.sizing.recommend import Item, Runs
from server.catalogue import Catalogue
from server.errors import NotHere
from server.shop.charts import chart_for, item_for
from server.shop.tables import Colourway, Price, Product, Review, Stock, Variant
from server.shop.voices import review_page, runs_card, runs_in
from server.shop.wire import (
    AT_MOST,
    ColourCard,
    Currency,
    Language,
    Listing,
    Money,
    ProductCard,
    ProductDetail,
    Rating,
    VariantCard,
)
from server.shop.words import refused

CURRENCY_OF: Mapping[Language, Currency] = {"en": "EUR", "zh": "CNY"}
ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Wish:
    """How goods are shown."""

    language: Language = "en"
    currency: Currency = "EUR"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which goods are shown."""

    category: str | None = None
    text: str | None = None  # in a name or description of either language
    offset: int = 0
    limit: int = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """What size advice takes from the shop."""

    item: Item | None  # None: neither garment nor product is known
    runs: Runs
    sold_out: tuple[str, ...]


def listing(db: Session, wish: Wish, which: Filter) -> Listing:
    """Return a page of the catalogue."""
    found = _matching(select(Product.id), which).order_by(Product.position, Product.id)
    ids = list(db.scalars(found.offset(which.offset).limit(which.limit)))
    total = db.scalar(_matching(select(func.count()).select_from(Product), which)) or 0
    return Listing(language=wish.language, currency=wish.currency, total=total, products=cards(db, ids, wish))


def detail(db: Session, catalogue: Catalogue, product_id: str, wish: Wish, session_id: str | None) -> ProductDetail:
    """Return one product with charts and reviews.  Raises NotHere."""
    found = cards(db, [product_id], wish)
    if not found:
        raise unknown_product(product_id, wish.language)
    return ProductDetail(
        **dict(found[0]),
        chart=chart_for(db, catalogue, product_id),
        runs=runs_card(db, product_id, wish.language),
        reviews=review_page(db, product_id, None, session_id),
    )


def facts(db: Session, catalogue: Catalogue, product_id: str, colourway: str | None = None) -> Facts:
    """Return what size advice takes from the shop, of any garment or product.  Raises ChartRejected."""
    item = item_for(db, catalogue, product_id)
    return Facts(item, runs_in(db, product_id), sold_out(db, product_id, colourway))


def sold_out(db: Session, product_id: str, colourway: str | None = None) -> tuple[str, ...]:
    """Return the sizes of which nothing is left, in one colourway or in any, the smallest first."""
    left = func.sum(func.coalesce(Stock.quantity, 0))
    asked = select(Variant.size).outerjoin(Stock).where(Variant.product_id == product_id)
    if colourway is not None:
        asked = asked.where(Variant.colourway == colourway)
    asked = asked.group_by(Variant.size).having(left == 0).order_by(func.min(Variant.position))
    return tuple(db.scalars(asked))


def offers(db: Session, currency: Currency) -> dict[str, tuple[Money | None, tuple[str, ...]]]:
    """Return the lowest price and the sizes that are sold out of every product, for the page's garments."""
    left = func.sum(func.coalesce(Stock.quantity, 0))
    asked = (
        select(Variant.product_id, Variant.size, func.min(Price.amount), left)
        .outerjoin(Stock, Stock.sku == Variant.sku)
        .outerjoin(Price, (Price.sku == Variant.sku) & (Price.currency == currency))
        .group_by(Variant.product_id, Variant.size)
        .order_by(func.min(Variant.position))
    )
    prices: dict[str, list[int]] = defaultdict(list)
    gone: dict[str, list[str]] = defaultdict(list)
    for product_id, size, amount, quantity in db.execute(asked):
        prices[product_id] += [] if amount is None else [amount]
        gone[product_id] += [size] if not quantity else []
    return {
        product_id: (Money(amount=min(amounts), currency=currency) if amounts else None, tuple(gone[product_id]))
        for product_id, amounts in prices.items()
    }


def cards(db: Session, ids: Sequence[str], wish: Wish) -> list[ProductCard]:
    """Return the cards of products, in the order of `ids`; unknown ones are left out."""
    zh = wish.language == "zh"
    names = (Product.name_zh, Product.description_zh) if zh else (Product.name_en, Product.description_en)
    found = {row[0]: row for row in db.execute(select(Product.id, Product.category, *names).where(Product.id.in_(ids)))}
    colours, variants, ratings = _colours(db, ids, zh), _variants(db, ids, wish.currency), _ratings(db, ids)
    return [_card(found[id_], colours[id_], variants[id_], ratings.get(id_)) for id_ in ids if id_ in found]


def unknown_product(product_id: str, language: Language) -> NotHere:
    """Return the refusal of a product that is not sold."""
    return refused(NotHere, "product.unknown", language, product=product_id)


def _card(
    row: Any, colours: list[ColourCard], variants: list[VariantCard], rating: tuple[float, int] | None
) -> ProductCard:
    id_, category, name, description = row
    sizes = list(dict.fromkeys(one.size for one in variants))
    there = {one.size for one in variants if one.available}
    return ProductCard(
        id=id_, name=name, description=description, category=category,
        thumbnail=f"/api/v1/garments/{id_}/thumbnail.png",
        price=min((one.price for one in variants if one.price), key=lambda price: price.amount, default=None),
        rating=Rating(mean=None, count=0) if rating is None else Rating(mean=round(rating[0], 2), count=rating[1]),
        colourways=colours, sizes=sizes, sold_out=[size for size in sizes if size not in there], variants=variants,
    )  # fmt: skip


def _matching(asked: Select[Any], which: Filter) -> Select[Any]:
    if which.category is not None:
        asked = asked.where(Product.category == which.category)
    if which.text:
        escaped = which.text.replace(ESCAPE, ESCAPE * 2).replace("%", ESCAPE + "%").replace("_", ESCAPE + "_")
        columns = (Product.name_en, Product.name_zh, Product.description_en, Product.description_zh)
        asked = asked.where(or_(*(column.ilike(f"%{escaped}%", escape=ESCAPE) for column in columns)))
    return asked


@functools.lru_cache(16_384)
def _variant(
    sku: str, colourway: str | None, size: str, available: int, amount: int | None, currency: Currency
) -> VariantCard:
    """Return the same record for the same variant: a catalogue has hundreds, of which one write changes few."""
    price = None if amount is None else Money(amount=amount, currency=currency)
    return VariantCard(sku=sku, colourway=colourway, size=size, price=price, available=available)


def _colours(db: Session, ids: Sequence[str], zh: bool) -> dict[str, list[ColourCard]]:
    name = Colourway.name_zh if zh else Colourway.name_en
    asked = select(Colourway.product_id, Colourway.id, name, Colourway.colour).where(Colourway.product_id.in_(ids))
    found: dict[str, list[ColourCard]] = defaultdict(list)
    for product_id, id_, word, colour in db.execute(asked.order_by(Colourway.product_id, Colourway.position)):
        found[product_id].append(ColourCard(id=id_, name=word, colour=colour))
    return found


@functools.cache
def _asked_variants(currency: Currency) -> Executable:
    """Return the query of the variants of `ids`: making it takes longer than a small shop's answer."""
    return (
        select(
            Variant.product_id, Variant.sku, Variant.colourway, Variant.size, Stock.quantity, Price.amount
        )
        .outerjoin(Stock, Stock.sku == Variant.sku)
        .outerjoin(Price, (Price.sku == Variant.sku) & (Price.currency == currency))
        .outerjoin(
            Colourway, (Colourway.product_id == Variant.product_id) & (Colourway.id == Variant.colourway)
        )
        .where(Variant.product_id.in_(bindparam("ids", expanding=True)))
        .order_by(Variant.product_id, Variant.position, Colourway.position)
    )  # fmt: skip


def _variants(db: Session, ids: Sequence[str], currency: Currency) -> dict[str, list[VariantCard]]:
    found: dict[str, list[VariantCard]] = defaultdict(list)
    for product_id, sku, colourway, size, quantity, amount in db.execute(_asked_variants(currency), {"ids": ids}):
        found[product_id].append(_variant(sku, colourway, size, min(quantity or 0, AT_MOST), amount, currency))
    return found


def _ratings(db: Session, ids: Sequence[str]) -> dict[str, tuple[float, int]]:
    asked = select(Review.product_id, func.avg(Review.rating), func.count()).where(Review.product_id.in_(ids))
    return {id_: (float(mean), count) for id_, mean, count in db.execute(asked.group_by(Review.product_id))}
