"""How one size of a garment sits on a body, point by point: the ease, what the cut intends, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.sizing.charts import BodyChart, GarmentChart
from pipelines.sizing.estimate import Figure
from pipelines.sizing.recommend import CLOSES, Item

Sits: TypeAlias = Literal["does not close", "tight", "snug", "as cut", "loose", "wide"]

# Points of measure and the body dimension that each goes round or along.
BODY_OF = {
    "chest": "chest", "waist": "waist", "hip": "hip", "thigh": "thigh", "upper_arm": "upper_arm", "neck": "neck",
    "shoulder": "shoulder_width", "sleeve": "sleeve", "inseam": "inseam",
}  # fmt: skip
LENGTHS = ("shoulder", "sleeve", "inseam")
SNUG_CM = {"girth": 4.0, "length": 3.0}  # off the intended ease by less is snug or loose, by more tight or wide
AS_CUT_CM = 0.5  # off by less than that is as the cut intends


@dataclass(frozen=True, slots=True)
class PointFit:
    """One point of one size on one body, in cm."""

    point: str
    body: float  # median
    unsure: float  # half the width of the body's 80 % interval
    source: str  # of the body's figure: "tape", "estimated" …
    garment: float | None  # None where only the body that the size is for is known
    ease: float | None  # garment less body
    off: float  # beyond what the cut intends: > 0 too wide or long, < 0 too narrow or short
    sits: Sits


def fit_of(figures: Mapping[str, Figure], item: Item, size: str) -> tuple[PointFit, ...]:
    """Return how `size` sits on the body of `figures` at every point that can be told, girths first.

    Raises StopIteration for no such size.
    """
    body_cm = _body_row(item.body, size)
    garment_cm = _garment_row(item.garment, size)
    fits = []
    for point, dimension in BODY_OF.items():
        limits = body_cm.get(dimension)
        measured = garment_cm.get(point)
        if limits is None or (point in LENGTHS and measured is None):
            continue  # what the cut intends here is not known
        figure = figures[dimension]
        off = min(limits[1] - figure.value, 0.0) + max(limits[0] - figure.value, 0.0)
        ease = None if measured is None else measured - figure.value
        closes = point in LENGTHS or measured is None or figure.value <= measured * (1 + CLOSES * item.stretch)
        unsure = (figure.high - figure.low) / 2
        sits = _sits(off, point) if closes else "does not close"
        fits.append(PointFit(point, figure.value, unsure, figure.source, measured, ease, off, sits))
    return tuple(fits)


def _sits(off: float, point: str) -> Sits:
    much = SNUG_CM["length" if point in LENGTHS else "girth"]
    if abs(off) <= AS_CUT_CM:
        return "as cut"
    if off < 0:
        return "snug" if off > -much else "tight"
    return "loose" if off < much else "wide"


def _body_row(chart: BodyChart | None, size: str) -> dict[str, tuple[float, float]]:
    return {} if chart is None else dict(next(row.body_cm for row in chart.rows if row.size == size))


def _garment_row(chart: GarmentChart | None, size: str) -> dict[str, float]:
    return {} if chart is None else dict(next(row.garment_cm for row in chart.rows if row.size == size))
