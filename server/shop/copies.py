"""The copies of garments' charts in the database: where they differ from the garments' own, and how they are renewed.

Advice, the fit map and what is drawn go by the garment's own chart (`charts.py`), so that a copy that somebody edited
counts for nothing. That is told, and never put right unasked: somebody typed it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Text, delete, insert, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from pipelines.errors import ChartRejected
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import Item
from server.catalogue import Catalogue
from server.shop.charts import rows_of
from server.shop.tables import BodySize, GarmentSize, Product

HOW = "drawn and advised is what garment.json says: edit that, restart, then `run_server.py shop charts`"
Copy = dict[tuple[str, str], Any]  # (table, size) to millimetres by name; ("", "stretch") to the share


def astray(db: Session, catalogue: Catalogue) -> dict[str, str]:
    """Return what differs between the database's copy of a chart and the garment's own, by product."""
    own = _own(db, catalogue)
    kept = _kept(db, own)
    told = {product: _first(kept[product], _wanted(product, item)) for product, item in own.items()}
    return {product: what for product, what in told.items() if what}


def renew(db: Session, catalogue: Catalogue) -> dict[str, str]:
    """Put the garments' own charts into the database; return what was different, by product."""
    changed = astray(db, catalogue)
    own = _own(db, catalogue)
    for product in changed:
        for table in (BodySize, GarmentSize):
            db.execute(delete(table).where(table.product_id == product))
        for kind, values in rows_of(product, own[product]):
            db.execute(insert(kind), [values])
        db.execute(update(Product).where(Product.id == product).values(stretch=own[product].stretch))
    return changed


def _own(db: Session, catalogue: Catalogue) -> dict[str, Item]:
    """Return the garments' charts, of those that are sold and can be advised."""
    sold = set(db.scalars(select(Product.id)))
    found = {}
    for card in catalogue.cards():
        if card.id in sold:
            try:
                found[card.id] = item_of(catalogue.get(card.id))
            except ChartRejected:  # sold without a chart
                continue
    return found


def _wanted(product: str, item: Item) -> Copy:
    rows = {(table.__tablename__, values["size"]): _millimetres(values) for table, values in rows_of(product, item)}
    return {**rows, ("", "stretch"): item.stretch}


def _millimetres(values: Mapping[str, Any]) -> Any:
    return values["body_mm"] if "body_mm" in values else values["garment_mm"]


def _kept(db: Session, products: Mapping[str, Item]) -> dict[str, Copy]:
    """Return what the database has of `products`; JSON that is none stays the text that it is."""
    kept: dict[str, Copy] = defaultdict(dict)
    for product, stretch in db.execute(select(Product.id, Product.stretch)):
        kept[product]["", "stretch"] = stretch
    for table, column in ((BodySize, BodySize.body_mm), (GarmentSize, GarmentSize.garment_mm)):
        for product, size, text in db.execute(select(table.product_id, table.size, cast_to(column, Text))):
            if product in products:
                kept[product][table.__tablename__, size] = _read(text)
    return kept


def _read(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return text


def _first(kept: Copy, wanted: Copy) -> str:
    """Return the first difference in words, "" where there is none."""
    return next(_differences(kept, wanted), "")


def _differences(kept: Copy, wanted: Copy) -> Iterator[str]:
    for key in dict.fromkeys((*wanted, *kept)):
        here, there = kept.get(key), wanted.get(key)
        if here == there:
            continue
        name = f"{key[0].replace('_sizes', ' size')} {key[1]}".strip()
        if isinstance(here, dict) and isinstance(there, dict):
            point = next(one for one in (*there, *here) if here.get(one) != there.get(one))
            here, there, name = here.get(point), there.get(point), f"{name} {point}"
        unit = " (mm)" if key[0] else ""
        yield f"{name} is {_said(here)} in the database, {_said(there)} in garment.json{unit}"


def _said(value: Any) -> str:
    return "not there" if value is None else json.dumps(value)[:80]
