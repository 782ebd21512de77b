"""Charts that merchants put in by `shop chart`: into a product's tables in one transaction, and back out of them.

The charts that were there are kept beside the new ones, so that the last change can be undone, and the undoing too.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow
from pipelines.sizing.drafts import Charts
from pipelines.sizing.elsewhere import labels_elsewhere
from pipelines.sizing.labels import plain_label
from pipelines.sizing.recommend import Item
from server.shop.charts import rows_of
from server.shop.tables import BodySize, GarmentSize, MerchantChart, Product, Variant

TABLES: Mapping[str, type[BodySize] | type[GarmentSize]] = {"body": BodySize, "garment": GarmentSize}
LABEL_MOST = 16  # characters, of the column


@dataclass(frozen=True, slots=True)
class Sold:
    """What a chart has to go with: a product's sizes, the smallest first, and its stretch."""

    product: str
    sizes: tuple[str, ...]
    stretch: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """Charts as a product takes them: in its own labels, without sizes that it does not come in."""

    item: Item
    system: str
    labels: Mapping[str, Mapping[str, str]]  # size to system to label
    unsold: tuple[str, ...]  # of the chart, which the product does not have
    uncharted: tuple[str, ...]  # of the product, of which the chart says nothing


def sold_in(db: Session, product: str) -> Sold | None:
    """Return what there is of a product, None where it is not sold."""
    stretch = db.scalar(select(Product.stretch).where(Product.id == product))
    asked = select(Variant.size).where(Variant.product_id == product).group_by(Variant.size)
    sizes = db.scalars(asked.order_by(func.min(Variant.position)))
    return None if stretch is None else Sold(product, tuple(sizes), stretch)


def fitted(charts: Charts, sold: Sold) -> Fitted:
    """Return `charts` as the product takes them.  Raises ChartRejected where they do not go with it."""
    own = {plain_label(size): size for size in reversed(sold.sizes)}
    spelt = {size: own[size] for size in charts.sizes if size in own} if own else {size: size for size in charts.sizes}
    if not spelt:
        raise ChartRejected(f"{sold.product} comes in {', '.join(sold.sizes)}; the chart has {', '.join(charts.sizes)}")
    long = next((size for size in spelt.values() if len(size) > LABEL_MOST), None)
    if long is not None:
        raise ChartRejected(f"size {long!r}: more than {LABEL_MOST} characters")
    bodies = [BodyRow(spelt[row.size], row.body_cm, row.source) for row in _rows(charts.body, spelt)]
    garments = [GarmentRow(spelt[row.size], row.garment_cm, row.source) for row in _rows(charts.garment, spelt)]
    body = BodyChart(charts.system, tuple(bodies)) if bodies else None
    item = Item(body, GarmentChart(tuple(garments)) if garments else None, sold.stretch)
    labels = {spelt[size]: names for size, names in labels_elsewhere(charts).items() if size in spelt and names}
    unsold = tuple(size for size in charts.sizes if size not in spelt)
    return Fitted(
        item,
        charts.system[:LABEL_MOST],
        labels,
        unsold,
        tuple(size for size in sold.sizes if size not in spelt.values()),
    )


def put(db: Session, sold: Sold, new: Fitted, now_s: int) -> None:
    """Put charts in the place of a product's own, which are kept.  Raises ChartRejected where that has changed."""
    if sold_in(db, sold.product) != sold:
        raise ChartRejected(f"{sold.product}: somebody else changed the product just now; try again")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for table, values in rows_of(sold.product, new.item):
        rows["body" if table is BodySize else "garment"].append(values)
    labels = {size: dict(names) for size, names in new.labels.items()}
    _replace(db, sold.product, {**rows, "system": new.system, "labels": labels}, now_s)


def take_back(db: Session, product: str, now_s: int) -> None:
    """Bring the former charts back; the present ones become the former.  Raises ChartRejected where none are kept."""
    mark = db.get(MerchantChart, product)
    if mark is None:
        raise ChartRejected(f"{product}: no chart was put in by `shop chart`; there is nothing to undo")
    if not mark.former:
        raise ChartRejected(f"{product}: the chart that was there could not be read, and was not kept")
    _replace(db, product, mark.former, now_s)


def _replace(db: Session, product: str, charts: Mapping[str, Any], now_s: int) -> None:
    former = _present(db, product)
    for name, table in TABLES.items():
        db.execute(delete(table).where(table.product_id == product))
        if charts[name]:
            db.execute(insert(table), [{**values, "product_id": product} for values in charts[name]])
    mark = {"system": charts["system"], "labels": charts["labels"], "former": former, "changed_s": now_s}
    db.merge(MerchantChart(product_id=product, **mark))


def _present(db: Session, product: str) -> dict[str, Any]:
    """Return the charts that a product has, as JSON; {} where somebody wrote what is none."""
    mark = db.get(MerchantChart, product)
    found: dict[str, Any] = {"system": mark.system if mark else "", "labels": mark.labels if mark else {}}
    try:
        for name, table in TABLES.items():
            rows = db.execute(select(table.__table__).where(table.product_id == product).order_by(table.position))
            found[name] = [dict(row) for row in rows.mappings()]
    except ValueError:
        return {}
    return found


def _rows(chart: BodyChart | GarmentChart | None, sizes: Container[str]) -> list[Any]:
    return [row for row in chart.rows if row.size in sizes] if chart else []
