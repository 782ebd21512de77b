"""How a garment of the shop sits all over: the points of its chart, and those that follow from it.

A chart says for which bodies a size is at chest and waist, seldom at hip, upper arm or shoulder; yet the garment was
cut for the rest of those bodies too. What people of the chart's dimensions have there is what the cut intends there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from pipelines.body.model import SEXES, Sex
from pipelines.errors import MeasurementRejected
from pipelines.sizing.ease import BODY_OF, PointFit, points_of, rows_of
from pipelines.sizing.estimate import Estimate, Figure, estimate
from pipelines.sizing.evidence import evidence_of
from pipelines.sizing.measures import BONES
from pipelines.sizing.recommend import Item

Row: TypeAlias = tuple[tuple[str, tuple[float, float]], ...]  # (dimension, (low, high) in cm), …

LONG_SLEEVE = 0.7  # of the arm: where a shorter one ends is a matter of style


def regions_of(figures: Mapping[str, Figure], item: Item, size: str) -> tuple[PointFit, ...]:
    """Return how `size` sits on the body of `figures`, wherever that can be told.

    The points of `fit_of` are among them, with the same numbers.  Raises StopIteration for no such size.
    """
    body_cm, garment_cm = rows_of(item, size)
    top = "chest" in garment_cm
    if top and "hip" not in garment_cm and "hem" in garment_cm:
        garment_cm["hip"] = garment_cm["hem"]  # a top ends at the hips; what goes on below them has a hip in its chart
    figures = _with_fall(figures, top)
    if garment_cm.get("sleeve", 0.0) < LONG_SLEEVE * figures["sleeve"].value:
        garment_cm.pop("sleeve", None)
    rows = tuple(tuple(sorted(row.body_cm.items())) for row in item.body.rows) if item.body is not None else ()
    ends = _people_of(tuple(sorted(body_cm.items())), _sex_of(rows)) if body_cm else None
    inferred = set()
    if ends is not None:
        smallest, largest = (_with_fall(end, top) for end in ends)
        for point, dimension in BODY_OF.items():
            if point in garment_cm and dimension not in body_cm:
                low, high = smallest[dimension].value, largest[dimension].value
                body_cm[dimension] = (min(low, high), max(low, high))
                inferred.add(point)
    return points_of(figures, body_cm, garment_cm, item.stretch, inferred)


def made_for(item: Item, size: str, height_cm: float | None = None) -> dict[str, Figure] | None:
    """Return the figures of the people in the middle of the bodies that `size` is for, if wanted of another height.

    None where nobody is like that.  Raises ValueError for no such size.
    """
    if item.body is None:
        return None
    rows = tuple(tuple(sorted(row.body_cm.items())) for row in item.body.rows)
    row = dict(rows[item.sizes.index(size)])
    if height_cm is not None:
        row = {name: ends for name, ends in row.items() if name not in BONES} | {"height": (height_cm, height_cm)}
    try:
        return _people(tuple(row.items()), 0.5, _sex_of(rows)).figures()
    except MeasurementRejected:
        return None


@functools.lru_cache(512)
def _people_of(row: Row, sex: Sex | None) -> tuple[dict[str, Figure], dict[str, Figure]] | None:
    """Return the figures of the smallest and of the largest people of a chart's row; None where nobody is like that."""
    if sex is None:
        return None
    try:
        return _people(row, 0.0, sex).figures(), _people(row, 1.0, sex).figures()
    except MeasurementRejected:
        return None


@functools.lru_cache(128)
def _sex_of(rows: tuple[Row, ...]) -> Sex | None:
    """Return whose chart it likelier is, by the middles of all its rows together; None where nobody is like that."""
    try:
        chances = [{one.sex: one.probability for one in _people(row, 0.5, None).posteriors} for row in rows]
    except MeasurementRejected:
        return None
    return max(SEXES, key=lambda sex: math.prod(chance[sex] + 1e-9 for chance in chances))


def _people(row: Row, share: float, sex: Sex | None) -> Estimate:
    """Return the people so far on the way, 0..1, from the least to the most of `row`."""
    evidence = [evidence_of(name, low + share * (high - low), "measured") for name, (low, high) in row]
    return estimate(evidence, sex)


def _with_fall(figures: Mapping[str, Figure], top: bool) -> dict[str, Figure]:
    """Return `figures` and how far down a garment has to reach: from the nape to the crotch, the waist to the ground.

    What is longer or shorter than that by another amount than on the next body ends elsewhere on this one.
    """
    nape, less = figures["nape_height"], figures["inseam" if top else "back_waist"]
    unsure = (nape.high - nape.low) / 2
    value = nape.value - less.value
    fall = replace(nape, name="fall", value=value, low=value - unsure, high=value + unsure, source="estimated")
    return {**figures, "fall": fall}
