"""The charts of a garment of the shop."""

from __future__ import annotations

import functools

from pipelines.garment.package import GarmentPackage
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Source
from pipelines.sizing.recommend import Item

NAMES = {"shoulder": "shoulder_width", "arm": "sleeve"}  # of body dimensions, where a package's differ


@functools.lru_cache(1024)
def item_of(package: GarmentPackage) -> Item:
    """Return what size advice needs of `package`.  Raises ChartRejected."""
    source = Source(f"size chart of {package.id}", "brand", "garment.json")
    body = tuple(
        BodyRow(row.size, {NAMES.get(name, str(name)): limits for name, limits in row.body_cm.items()}, source)
        for row in package.size_chart
    )
    garment = tuple(
        GarmentRow(row.size, {str(name): value for name, value in row.garment_cm.items()}, source)
        for row in package.size_chart
    )
    return Item(BodyChart("", body), GarmentChart(garment), package.fabric.stretch_weft)
