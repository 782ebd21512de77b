"""How one size of a garment sits on a body, point by point: the ease, what the cut intends, and what that means."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.sizing.estimate import Figure
from pipelines.sizing.recommend import CLOSES, Item

Sits: TypeAlias = Literal["does not close", "tight", "snug", "as cut", "loose", "wide"]

# Points of measure and the body dimension that each goes round or along.
BODY_OF = {
    "chest": "chest", "waist": "waist", "hip": "hip", "thigh": "thigh", "upper_arm": "upper_arm", "neck": "neck",
    "shoulder": "shoulder_width", "sleeve": "sleeve", "inseam": "inseam", "length": "fall",
}  # fmt: skip
LENGTHS = ("shoulder", "sleeve", "inseam", "length")
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
    inferred: bool = False  # the chart says nothing of the bodies that the size is for here; people's proportions do

    @property
    def intended(self) -> float | None:
        """The nearest ease that the cut intends here."""
        return None if self.ease is None else self.ease - self.off

    @property
    def strain(self) -> float:
        """The share that the cloth is pulled across: 0 where the garment is as wide as the body, or wider."""
        if self.ease is None or not self.garment or self.point in LENGTHS:
            return 0.0
        return max(0.0, -self.ease / self.garment)


def fit_of(figures: Mapping[str, Figure], item: Item, size: str) -> tuple[PointFit, ...]:
    """Return how `size` sits on the body of `figures` at every point that can be told, girths first.

    Raises StopIteration for no such size.
    """
    return points_of(figures, *rows_of(item, size), item.stretch)


def points_of(
    figures: Mapping[str, Figure],
    body_cm: Mapping[str, tuple[float, float]],
    garment_cm: Mapping[str, float],
    stretch: float,
    inferred: Collection[str] = (),
) -> tuple[PointFit, ...]:
    """Return how a garment of the measures `garment_cm`, for bodies of `body_cm`, sits on the body of `figures`.

    `inferred` are the points of which no chart says for which bodies they are.
    """
    fits = []
    for point, dimension in BODY_OF.items():
        limits = body_cm.get(dimension)
        measured = garment_cm.get(point)
        if limits is None or (point in LENGTHS and measured is None):
            continue  # what the cut intends here is not known
        figure = figures[dimension]
        off = min(limits[1] - figure.value, 0.0) + max(limits[0] - figure.value, 0.0)
        ease = None if measured is None else measured - figure.value
        unsure = (figure.high - figure.low) / 2
        sits = _sits(off, point) if spare(point, ease, measured, stretch) >= 0 else "does not close"
        fits.append(PointFit(point, figure.value, unsure, figure.source, measured, ease, off, sits, point in inferred))
    return tuple(fits)


def spare(point: str, ease: float | None, garment: float | None, stretch: float) -> float:
    """Return by how many cm a garment still closes, its cloth pulled gently; infinite where nothing must be closed."""
    if ease is None or garment is None or point in LENGTHS:
        return math.inf
    return ease + CLOSES * stretch * garment


def rows_of(item: Item, size: str) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Return in cm the bodies that `size` is for and what it measures, {} where no chart says so.

    Raises StopIteration for no such size.
    """
    body, garment = item.body, item.garment
    bodies = {} if body is None else dict(next(row.body_cm for row in body.rows if row.size == size))
    made = {} if garment is None else dict(next(row.garment_cm for row in garment.rows if row.size == size))
    return bodies, made


def _sits(off: float, point: str) -> Sits:
    much = SNUG_CM["length" if point in LENGTHS else "girth"]
    off = round(off, 1)  # as it is shown: the same figure never gets two words
    if abs(off) <= AS_CUT_CM:
        return "as cut"
    if off < 0:
        return "snug" if off > -much else "tight"
    return "loose" if off < much else "wide"
