"""The demo shop: every garment of the wardrobe in all its colours and sizes, with prices, stock and voices of shoppers.

All of it is made up, and always the same. Only products that the database does not have are put in, each with all that
belongs to it; what a merchant changed, or took out while others remain, is left alone.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pipelines.errors import ChartRejected
from pipelines.garment.package import GarmentPackage
from pipelines.sizing.packages import item_of
from server.catalogue import Catalogue, GarmentCard
from server.settings import ROOT
from server.shop.charts import Row, rows_of
from server.shop.tables import (
    Base,
    Colourway,
    FitFeedback,
    Mark,
    Price,
    Product,
    Return,
    Review,
    Stock,
    Variant,
)

log = structlog.get_logger("lookglass.shop")
DEMO = ROOT / "configs" / "shop" / "demo.toml"
SEEDED = "demo"
SKU_MOST = 96  # characters, of the column and of the route
ODD = re.compile(r"[^A-Za-z0-9_.]")  # in a SKU
SOLD_OUT, FEW = 0.09, 0.22  # shares of the variants
MOST = 40
SPAN_DAYS = 300  # over which shoppers have spoken
DAY_S = 86_400
VOICES = (14, 60)  # of fit, a product
REVIEWS = (3, 7)  # a product
RUNS = {  # shares of small, fit and large; true is what a large rental site sees (docs/sizing.md)
    "true": (0.13, 0.74, 0.13), "small": (0.52, 0.43, 0.05), "large": (0.05, 0.47, 0.48),
}  # fmt: skip
RETURNED = {"small": 0.5, "fit": 0.08, "large": 0.4}  # share of those who said so that gave it back
REASONS = ("colour", "quality", "not_as_shown", "changed_mind", "late")


@dataclass(frozen=True, slots=True)
class Draw:
    """Numbers that look like chance and are always the same: each is asked for by a name."""

    seed: str

    def share(self, *names: object) -> float:
        """Return a number in 0 … 1."""
        text = "/".join(map(str, (self.seed, *names)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48

    def whole(self, low: int, high: int, *names: object) -> int:
        """Return a whole number, both ends included."""
        return low + int(self.share(*names) * (high - low + 1))


@cache
def demo() -> Mapping[str, Any]:
    """Return what the demo shop says: descriptions, prices, reviews."""
    with DEMO.open("rb") as file:
        return tomllib.load(file)


def is_untouched(db: Session) -> bool:
    """Whether nobody has put anything into the shop yet, nor taken everything out."""
    return not db.scalar(select(func.count()).select_from(Product)) and db.get(Mark, SEEDED) is None


def seed(db: Session, catalogue: Catalogue, now_s: int) -> int:
    """Put in the garments that the shop does not sell yet; return how many."""
    position = db.scalar(select(func.max(Product.position))) or 0
    refused = left_out(db, catalogue)
    for product, reason in refused.items():  # one garment does not close the shop
        log.error("garment left out of the shop", product=product, reason=reason)
    new = [card for card in _unsold(db, catalogue) if card.id not in refused]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for n, card in enumerate(new, position + 1):
        package = catalogue.get(card.id)
        for table, values in chain(_product(card, package, n), _offers(card), _voices(card, now_s)):
            rows[table.__tablename__].append(values)
    for name in (table.name for table in Base.metadata.sorted_tables if table.name in rows):
        db.execute(insert(Base.metadata.tables[name]), rows[name])  # what others refer to comes first
    db.merge(Mark(name=SEEDED, at_s=now_s))
    return len(new)


def left_out(db: Session, catalogue: Catalogue) -> dict[str, str]:
    """Return, of the garments that the shop does not sell yet, why some cannot be put in."""
    owners = {sku: product for sku, product in db.execute(select(Variant.sku, Variant.product_id))}
    return {card.id: why for card in _unsold(db, catalogue) if (why := _unfit(card, owners))}


def sku_of(product: str, colourway: str | None, size: str) -> str:
    """Return the stock-keeping unit of a variant, fit for an address; no two variants have the same.

    What an address cannot hold stands in it by its code: size 170/88A is `…-170--2f.88A`.
    """
    return "-".join(ODD.sub(lambda odd: f"--{ord(odd[0]):x}.", part) for part in (product, colourway, size) if part)


def _unsold(db: Session, catalogue: Catalogue) -> list[GarmentCard]:
    there = set(db.scalars(select(Product.id)))
    return [card for card in catalogue.cards() if card.id not in there]


def _unfit(card: GarmentCard, owners: Mapping[str, str]) -> str:
    """Return why a garment's variants cannot be named, "" where they can; `owners` are the products of SKUs."""
    for sku in (sku_of(card.id, way, size) for way in _ways(card) for size in card.sizes):
        if len(sku) > SKU_MOST:
            return f"its SKU {sku} is longer than {SKU_MOST} characters: shorten colourway or size"
        if sku in owners:
            return f"its SKU {sku} is product {owners[sku]}'s already: rename that"
    return ""


def _ways(card: GarmentCard) -> list[str | None]:
    return [way.id for way in card.colourways] or [None]


def _product(card: GarmentCard, package: GarmentPackage, position: int) -> Iterator[Row]:
    said = demo()["products"].get(card.id, {})
    fibres = package.fabric.fibres
    yield Product, dict(
        id=card.id, position=position, category=card.category, name_en=card.name["en"], name_zh=card.name["zh"],
        description_en=said.get("en", fibres), description_zh=said.get("zh", fibres),
        stretch=package.fabric.stretch_weft,
    )  # fmt: skip
    for n, way in enumerate(card.colourways):
        yield (
            Colourway,
            dict(
                product_id=card.id,
                id=way.id,
                position=n,
                name_en=way.name["en"],
                name_zh=way.name["zh"],
                colour=way.colour,
            ),
        )
    try:
        yield from rows_of(card.id, item_of(package))
    except ChartRejected as error:  # sold without a chart: one garment does not close the shop
        log.warning("size chart left out", product=card.id, reason=str(error))


def _offers(card: GarmentCard) -> Iterator[Row]:
    draw = Draw("offers")
    prices = demo()["products"].get(card.id, {}).get("price") or demo()["prices"][card.category]
    ways = _ways(card)
    for way in ways:
        for n, size in enumerate(card.sizes):
            sku = sku_of(card.id, way, size)
            yield Variant, dict(sku=sku, product_id=card.id, colourway=way, size=size, position=n)
    for sku in (sku_of(card.id, way, size) for way in ways for size in card.sizes):
        yield Stock, dict(sku=sku, quantity=_quantity(draw, sku))
        for currency, amount in prices.items():
            yield Price, dict(sku=sku, currency=currency, amount=amount)


def _quantity(draw: Draw, sku: str) -> int:
    share = draw.share(sku)
    if share < SOLD_OUT:
        return 0
    return draw.whole(1, 3, sku, "few") if share < FEW else draw.whole(4, MOST, sku, "many")


def _voices(card: GarmentCard, now_s: int) -> Iterator[Row]:
    draw = Draw(f"voices/{card.id}")
    runs = demo()["products"].get(card.id, {}).get("runs", "true")
    small, fit, _ = RUNS[runs]
    for n in range(draw.whole(*VOICES, "voices")):
        share, size = draw.share("fit", n), _size(draw, card, n)
        said = "small" if share < small else "fit" if share < small + fit else "large"
        at_s = now_s - draw.whole(1, SPAN_DAYS * DAY_S, "at", n)
        yield FitFeedback, dict(product_id=card.id, size=size, fit=said, at_s=at_s)
        if draw.share("returned", n) < RETURNED[said]:
            reason = {"small": "too_small", "large": "too_large"}.get(said) or REASONS[draw.whole(0, 4, "reason", n)]
            yield Return, dict(product_id=card.id, size=size, reason=reason, at_s=at_s)
    yield from _reviews(draw, card, runs, now_s)


def _reviews(draw: Draw, card: GarmentCard, runs: str, now_s: int) -> Iterator[Row]:
    """Make reviews, as many of how it runs as voices would have it; none stands twice at a product."""
    told = demo()["reviews"]
    pools = {key: sorted(told[key], key=lambda one: draw.share("pool", one["title"])) for key in told}
    for n in reversed(range(draw.whole(*REVIEWS, "reviews"))):  # the newest last
        pool = pools[runs if runs != "true" and n % 2 == 0 else "any"]
        if not pool:
            return
        one = pool.pop()
        yield Review, dict(
            product_id=card.id, language=one["language"], rating=one["rating"], title=one["title"], text=one["text"],
            size=_size(draw, card, f"review {n}"), at_s=now_s - (n * 17 + draw.whole(1, 16, "day", n)) * DAY_S,
        )  # fmt: skip


def _size(draw: Draw, card: GarmentCard, n: object) -> str:
    """Return a size, the middle ones oftener."""
    middle = (draw.share("size", n) + draw.share("size too", n)) / 2
    return card.sizes[int(middle * len(card.sizes))]
