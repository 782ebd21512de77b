"""Size charts of products.  What is tried on has one chart: its garment's own, by which it is drawn and advised.

The tables hold a copy of it, and the charts of products that no garment was made for, in integer millimetres.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipelines.errors import ChartRejected, GarmentNotFound
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Source, SourceKind
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import Item
from server.catalogue import Catalogue
from server.shop.tables import Base, BodySize, GarmentSize, MerchantChart, Product
from server.shop.wire import BodyRowCard, ChartCard, GarmentRowCard, SourceCard

MM = 10.0
Row = tuple[type[Base], dict[str, Any]]
FrozenRow = tuple[str, tuple[tuple[str, Any], ...], Source]


def item_for(db: Session, catalogue: Catalogue, product_id: str) -> Item | None:
    """Return what size advice needs of a product: its garment's charts, or else the database's.

    None where neither has any.  Raises ChartRejected.
    """
    try:
        package = catalogue.get(product_id)
    except GarmentNotFound:
        return item_in(db, product_id)
    return item_of(package)


def item_in(db: Session, product_id: str) -> Item | None:
    """Return the charts that the database has of a product, None where it is not sold or has no chart.

    Raises ChartRejected where the chart makes no sense: a merchant writes into the tables as they please.
    """
    stretch = db.scalar(select(Product.stretch).where(Product.id == product_id))
    body, garment = _body_rows(db, product_id), _garment_rows(db, product_id)
    if stretch is None or not (body or garment):
        return None
    return _item(body, garment, stretch)


def rows_of(product_id: str, item: Item) -> Iterator[Row]:
    """Yield the rows that hold the charts of `item`: table and values."""
    for position, body in enumerate(item.body.rows if item.body else ()):
        ranges = {name: [round(low * MM), round(high * MM)] for name, (low, high) in body.body_cm.items()}
        yield BodySize, _common(product_id, position, body) | {"body_mm": ranges}
    for position, garment in enumerate(item.garment.rows if item.garment else ()):
        lengths = {name: round(value * MM) for name, value in garment.garment_cm.items()}
        yield GarmentSize, _common(product_id, position, garment) | {"garment_mm": lengths}


def chart_for(db: Session, catalogue: Catalogue, product_id: str) -> ChartCard:
    """Return both charts of a product as they are shown, empty where there is none or it makes no sense."""
    try:
        item = item_for(db, catalogue, product_id)
    except ChartRejected:
        item = None
    body = item.body.rows if item and item.body else ()
    garment = item.garment.rows if item and item.garment else ()
    system, labels = _named(db, catalogue, product_id)
    return ChartCard(
        system=system,
        labels={size: labels[size] for size in (item.sizes if item else ()) if size in labels},
        body=[BodyRowCard(size=row.size, body_cm=dict(row.body_cm), source=_shown(row.source)) for row in body],
        garment=[
            GarmentRowCard(size=row.size, garment_cm=dict(row.garment_cm), source=_shown(row.source)) for row in garment
        ],
    )


def _named(db: Session, catalogue: Catalogue, product_id: str) -> tuple[str, dict[str, dict[str, str]]]:
    """Return the system of a merchant's sizes, and what they are called in others: of a garment's own nobody says."""
    asked = select(MerchantChart.system, MerchantChart.labels).where(MerchantChart.product_id == product_id)
    found = db.execute(asked).one_or_none()
    try:
        catalogue.get(product_id)
    except GarmentNotFound:
        return (found.system, found.labels) if found else ("", {})
    return "", {}


@functools.lru_cache(1024)
def _item(body: tuple[FrozenRow, ...], garment: tuple[FrozenRow, ...], stretch: float) -> Item:
    bodies = tuple(BodyRow(size, dict(cm), source) for size, cm, source in body)
    garments = tuple(GarmentRow(size, dict(cm), source) for size, cm, source in garment)
    return Item(BodyChart("", bodies) if bodies else None, GarmentChart(garments) if garments else None, stretch)


def _body_rows(db: Session, product_id: str) -> tuple[FrozenRow, ...]:
    asked = select(BodySize.size, BodySize.body_mm, BodySize.source_title, BodySize.source_kind, BodySize.source_where)
    asked = asked.where(BodySize.product_id == product_id).order_by(BodySize.position)
    try:
        return tuple(
            (size, tuple((name, (low / MM, high / MM)) for name, (low, high) in mm.items()), _source(*source))
            for size, mm, *source in db.execute(asked).all()
        )
    except (AttributeError, TypeError, ValueError):
        raise ChartRejected('body_mm is not like {"chest": [940, 1010]}, in millimetres') from None


def _garment_rows(db: Session, product_id: str) -> tuple[FrozenRow, ...]:
    asked = select(
        GarmentSize.size, GarmentSize.garment_mm, GarmentSize.source_title, GarmentSize.source_kind,
        GarmentSize.source_where,
    )  # fmt: skip
    asked = asked.where(GarmentSize.product_id == product_id).order_by(GarmentSize.position)
    try:
        return tuple(
            (size, tuple((name, value / MM) for name, value in mm.items()), _source(*source))
            for size, mm, *source in db.execute(asked).all()
        )
    except (AttributeError, TypeError, ValueError):
        raise ChartRejected('garment_mm is not like {"chest": 1220}, in millimetres') from None


def _common(product_id: str, position: int, row: BodyRow | GarmentRow) -> dict[str, Any]:
    source = row.source
    return {
        "product_id": product_id, "position": position, "size": row.size, "source_title": source.title,
        "source_kind": source.kind, "source_where": source.where,
    }  # fmt: skip


def _source(title: str, kind: str, where: str) -> Source:
    known: Sequence[str] = get_args(SourceKind)
    return Source(title, cast(SourceKind, kind if kind in known else "retail"), where)


def _shown(source: Source) -> SourceCard:
    return SourceCard(title=source.title, kind=source.kind, where=source.where)
