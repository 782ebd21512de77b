"""The size that the chart recommends for a body."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.garment.package import GarmentPackage, SizeRow

# What decides: girths that the garment must go round. Height only breaks ties.
_WEIGHT = {"height": 0.15, "inseam": 0.4}


def recommended_size(package: GarmentPackage, measurements_cm: Mapping[str, float]) -> str:
    """Return the size whose body ranges lie nearest to `measurements_cm`; without a common measure the base size."""
    known = {str(key): value for key, value in measurements_cm.items() if key in package.size_chart[0].body_cm}
    if not known:
        return package.base_size
    return min(package.size_chart, key=lambda row: _distance(row, known)).size


def _distance(row: SizeRow, measurements_cm: Mapping[str, float]) -> tuple[float, float]:
    """Return how far outside of the row's ranges a body lies, and how far from their middles."""
    outside = middle = 0.0
    for key, (low, high) in row.body_cm.items():
        if key in measurements_cm:
            value, weight = measurements_cm[key], _WEIGHT.get(key, 1.0)
            outside += weight * max(low - value, value - high, 0.0)
            middle += weight * abs(value - (low + high) / 2)
    return outside, middle
