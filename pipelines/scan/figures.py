"""From the outlines of many frames to body dimensions, each with its error: evidence for `pipelines.sizing`.

What a silhouette shows at a station of the trunk is not what a caliper finds there: the matte has an edge of its own,
cloth stands off, levels are reckoned from the height. `data/calibration.json` holds, for each station, the line that
brings one to the other and what it leaves open; `scripts/calibrate_scan.py` fits it on synthetic people in fitted clothes.
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
FRAMES_MIN = 3
FAR = 3.0  # times the median deviation: a frame beyond that is dropped
# What loose clothes add to a breadth beyond what fitted ones do, and how unsure that is; cm.
LOOSE_CM, LOOSE_ERROR_CM = 2.4, 1.6
# What is looked for, where: levels are shares of the height above the ground.
STATIONS: dict[str, tuple[View, float, float, Literal["max", "mean"]]] = {
    "chest_breadth": ("front", 0.655, 0.705, "mean"),
    "waist_breadth": ("front", 0.590, 0.615, "mean"),
    "hip_breadth": ("front", 0.470, 0.530, "max"),
    "chest_depth": ("side", 0.690, 0.745, "max"),
    "waist_depth": ("side", 0.590, 0.615, "mean"),
    "hip_depth": ("side", 0.475, 0.545, "max"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """From what a silhouette shows at a station to the body's own: value = gain * shown + offset."""

    gain: float
    offset_cm: float
    error_cm: float  # standard deviation of what is left


def scale_cm(height: float, source: Source) -> float:
    """Return the most probable height of somebody who says `height` cm: people add a centimetre or two.

    Raises MeasurementRejected.
    """
    return estimate([Evidence("height", height, source)]).figure("height").value


def measured(outlines: Iterable[Outline], clothes: Clothes) -> tuple[Evidence, ...]:
    """Return the dimensions that `outlines` tell; what too few of them show is left out."""
    seen = tuple(outlines)
    found = []
    for name, line in calibration().items():
        shown = [station(one, name) for one in seen if one.view == STATIONS[name][0]]
        value = settled(np.array(shown))
        if value is None:
            continue
        loose = clothes == "loose"
        cm = line.gain * value + line.offset_cm - LOOSE_CM * loose
        if MEASURES[name].low <= cm <= MEASURES[name].high:
            error = float(np.hypot(line.error_cm, LOOSE_ERROR_CM * loose))
            found.append(Evidence(name, round(cm, 2), "camera", round(error, 2)))
    return tuple(found)


def station(outline: Outline, name: str) -> float:
    """Return how broad `outline` is at a station, cm; NaN where less than half of it is seen."""
    _, low, high, take = STATIONS[name]
    rows = outline.breadth_cm[(low <= LEVELS + 1e-9) & (high >= LEVELS - 1e-9)]
    known = rows[np.isfinite(rows)]
    if len(known) * 2 < len(rows):
        return float("nan")
    return float(known.max() if take == "max" else known.mean())


def settled(values: F64) -> float | None:
    """Return the median of what `values` (F,) agree on; None where too few are known."""
    known = values[np.isfinite(values)]
    if len(known) < FRAMES_MIN or len(known) * 5 < len(values):
        return None
    away = np.abs(known - np.median(known))
    return float(np.median(known[away <= FAR * max(float(np.median(away)), 0.05)]))


@functools.cache
def calibration() -> dict[str, Line]:
    """Return the line of each station."""
    fields = json.loads(CALIBRATION.read_text("utf-8"))["stations"]
    return {name: Line(**fields[name]) for name in STATIONS}

