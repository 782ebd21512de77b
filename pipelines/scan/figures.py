"""From the outlines of many frames to body dimensions, each with its error: evidence for `pipelines.sizing`.

What a silhouette shows is not what a tape finds: the matte has an edge of its own, cloth stands off, levels are
reckoned from the height, and sections of a body are no ellipses. `data/calibration.json` holds the lines that bring one
to the other and what they leave open; `scripts/calibrate_scan.py` fits them on synthetic people in fitted clothes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.scan.outline import LEVELS, Outline, View
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence, Source
from pipelines.sizing.measures import MEASURES

F64 = NDArray[np.float64]
Clothes: TypeAlias = Literal["fitted", "loose"]

CALIBRATION = Path(__file__).parent / "data" / "calibration.json"
FRAMES_MIN = 5
FAR = 3.0  # times the median deviation: a frame beyond that is dropped
QUANTILE_80 = 1.2816  # standard deviations from the middle to the ends of the middle 80 %
# What fitted clothes add to a breadth or depth: on those who calibrate they lie 5 to 10 mm off the skin, so that the
# lines of the calibration take so much off.
FITTED_CM = 1.5
# What loose clothes add to a breadth beyond what fitted ones do, and how unsure that is; cm.
LOOSE_CM, LOOSE_ERROR_CM = 2.4, 1.6
# What is looked for, where: LEVELS. Nobody sees a navel through clothes; from the front the narrowest of the waist
# tells its girth better than the breadth at one level, from the side the depth of the belly does.
STATIONS: dict[str, tuple[View, float, float, Literal["max", "mean", "min"]]] = {
    "chest_breadth": ("front", 0.68, 0.74, "mean"),
    "waist_breadth": ("front", 0.57, 0.68, "min"),
    "hip_breadth": ("front", 0.50, 0.56, "mean"),
    "chest_depth": ("side", 0.71, 0.75, "mean"),
    "waist_depth": ("side", 0.57, 0.62, "mean"),
    "hip_depth": ("side", 0.49, 0.57, "mean"),
}
# Which girth a tape finds around a breadth and a depth; from the front alone only what a caliper finds follows.
GIRTHS = {
    "chest": ("chest_breadth", "chest_depth"),
    "navel_waist": ("waist_breadth", "waist_depth"),
    "hip": ("hip_breadth", "hip_depth"),
}
BREADTHS = ("waist_breadth", "hip_breadth")
# How much more people's sections differ from ellipses than those of the bodies that were filmed: the survey's tape over
# the ellipse of breadth and depth has a standard deviation of 1.9 % at waist and hip, that of those bodies 1.1.
SECTION_ERROR = 0.016
BREADTH_ERROR = 0.04  # more, of a breadth: whether people's sections are as the survey's caliper finds them


def allowance_cm(clothes: Clothes) -> float:
    """Return what is taken off each breadth and depth for `clothes`, cm."""
    return FITTED_CM + (LOOSE_CM if clothes == "loose" else 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """From what is shown to what a tape or a caliper finds, in logarithms: offset + breadth * ln b + depth * ln d."""

    offset: float
    breadth: float
    depth: float
    error: float  # standard deviation of what is left, a share of the value

    def __call__(self, breadth_cm: float, depth_cm: float = 1.0) -> float:
        """Return the dimension, cm."""
        return float(np.exp(self.offset + self.breadth * np.log(breadth_cm) + self.depth * np.log(depth_cm)))


def scale_cm(height: float, source: Source) -> tuple[float, float]:
    """Return the most probable height of somebody who says `height` cm, and its standard deviation.

    People add a centimetre or two. Raises MeasurementRejected.
    """
    figure = estimate([Evidence("height", height, source)]).figure("height")
    return figure.value, (figure.high - figure.low) / (2 * QUANTILE_80)


def measured(outlines: Iterable[Outline], clothes: Clothes, height_error: float = 0.0) -> tuple[Evidence, ...]:
    """Return what `outlines` tell: girths where both views are there, else breadths; what too few show is left out.

    `height_error` is the standard deviation of the height that gave the scale, a share of it.
    """
    seen, lines, found = shown(outlines), calibration(), []
    off, off_error = (LOOSE_CM, LOOSE_ERROR_CM) if clothes == "loose" else (0.0, 0.0)
    for name, (breadth, depth) in GIRTHS.items():
        b, d = seen[breadth], seen[depth]
        if b is not None and d is not None:
            line, cloth = lines[name], np.hypot(lines[name].breadth / b, lines[name].depth / d) * off_error
            found.append((name, line(b - off, d - off), float(np.linalg.norm([line.error, SECTION_ERROR, cloth]))))
        elif b is not None and breadth in BREADTHS:
            line = lines[breadth]
            found.append((breadth, line(b - off), float(np.linalg.norm([line.error, BREADTH_ERROR, off_error / b]))))
    return tuple(
        Evidence(name, round(value, 2), "camera", round(value * float(np.hypot(error, height_error)), 2))
        for name, value, error in found
        if MEASURES[name].low <= value <= MEASURES[name].high
    )


def shown(outlines: Iterable[Outline]) -> dict[str, float | None]:
    """Return how broad the silhouette is at each station over all frames, cm; None where too few show it."""
    seen = tuple(outlines)
    return {
        name: settled(np.array([station(one, name) for one in seen if one.view == STATIONS[name][0]]))
        for name in STATIONS
    }


def station(outline: Outline, name: str) -> float:
    """Return how broad `outline` is at a station, cm; NaN where less than half of it is seen."""
    _, low, high, take = STATIONS[name]
    rows = outline.breadth_cm[(low <= LEVELS + 1e-9) & (high >= LEVELS - 1e-9)]
    known = rows[np.isfinite(rows)]
    if len(known) * 2 < len(rows):
        return float("nan")
    if take == "mean":
        return float(known.mean())
    return float(known.max() if take == "max" else known.min())


def settled(values: F64) -> float | None:
    """Return the median of what `values` (F,) agree on; None where too few are known."""
    known = values[np.isfinite(values)]
    if len(known) < FRAMES_MIN or len(known) * 5 < len(values):
        return None
    away = np.abs(known - np.median(known))
    return float(np.median(known[away <= FAR * max(float(np.median(away)), 0.05)]))


@functools.cache
def calibration() -> dict[str, Line]:
    """Return the line of each girth and breadth."""
    fields = json.loads(CALIBRATION.read_text("utf-8"))["lines"]
    return {name: Line(**fields[name]) for name in (*GIRTHS, *BREADTHS)}
