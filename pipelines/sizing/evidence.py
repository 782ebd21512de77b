"""What is known of one shopper: values, where each came from, and how far each may be off."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.body.model import Sex
from pipelines.errors import MeasurementRejected
from pipelines.sizing.measures import MEASURES
from pipelines.sizing.quantity import quantity

Source: TypeAlias = Literal["told", "tape", "measured", "camera", "scan"]

# Standard deviation of a value about the survey's, as a share of it. A camera states its own error.
# "told" is height and weight as people tell them: `people.py` knows bias and spread of these two.
RELATIVE_ERROR: dict[Source, float] = {
    "tape": 0.015,  # oneself with a household tape: where it lies, how tight, over what
    "measured": 0.001,  # by somebody trained, with the survey's instruments
    "scan": 0.01,  # of a body scan's surface, whose pose and clothing are not the survey's
}
LEAST_ERROR = 1e-4  # of a value: nobody measures people better, and from certainties nothing can be reckoned
TOLD = ("height", "weight", "age")
# Units that people mean where a value makes no sense, the likeliest first: what one is in the measure's own.
MEANT = {
    "kg": {"pounds": 0.4536, "jin": 0.5},
    "cm": {"inches": 2.54, "metres": 100.0, "millimetres": 0.1, "feet": 30.48},
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value; `error` is the standard deviation in the value's own unit, where the source states one."""

    name: str
    value: float  # cm, kg or years
    source: Source
    error: float | None = None

    @property
    def relative_error(self) -> float:
        """Standard deviation of the value's logarithm; that of told height and weight lies with the people."""
        if self.error is not None:
            return max(self.error / self.value, LEAST_ERROR)
        return 0.01 if self.source == "told" else RELATIVE_ERROR[self.source]


@dataclass(frozen=True, slots=True)
class KnownBody:
    """All that is known of one body."""

    evidence: tuple[Evidence, ...]
    sex: Sex | None = None


def evidence_of(name: str, value: float | str, source: Source | None = None, error: float | None = None) -> Evidence:
    """Return evidence of a value as it was typed: without a source told from memory, or else by a tape.

    Raises MeasurementRejected.
    """
    number = quantity(name, value) if isinstance(value, str) else value
    return Evidence(name, number, source or ("told" if name in TOLD else "tape"), error)


def checked(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return `evidence` once every value is one that an adult can have.  Raises MeasurementRejected.

    What a source says twice it knows no better: equal values of one measure from one source count once.
    """
    once: dict[tuple[str, float, Source], Evidence] = {}
    for one in evidence:
        _check(one)
        said = (one.name, one.value, one.source)
        once[said] = min(once.get(said, one), one, key=lambda same: same.error or math.inf)
    known = tuple(once.values())
    if not any(one.name != "age" for one in known):
        raise MeasurementRejected("nothing is known of the body yet: tell height and weight", problem="nothing")
    return known


def _check(one: Evidence) -> None:
    measure = MEASURES.get(one.name)
    if measure is None:
        raise MeasurementRejected(
            f"{one.name}: unknown measurement; known are {', '.join(MEASURES)}", one.name, "unknown"
        )
    if not is_number(one.value):
        raise MeasurementRejected(f"{measure.en}: not a number", one.name, "number")
    if not measure.low <= one.value <= measure.high:
        meant = _meant(one)
        text = f"{measure.en} {one.value:g} {measure.unit}: adults have {measure.low:g} to {measure.high:g}"
        text += f"; are these {meant}?" if meant else ""
        raise MeasurementRejected(text, one.name, "range", low=measure.low, high=measure.high, meant=meant)
    if one.error is None and one.source == "camera":
        raise MeasurementRejected(f"{one.name}: a camera's value needs its error", one.name, "number")
    if one.source == "told" and one.name not in TOLD:
        raise MeasurementRejected(f"{measure.en}: told from memory is no measurement; take a tape", one.name, "unknown")
    if one.error is not None and not (is_number(one.error) and 0 < one.error < one.value / 3):
        raise MeasurementRejected(
            f"{one.name}: an error of {one.error} {measure.unit} makes no sense", one.name, "number"
        )


def is_number(value: object) -> bool:
    """Whether `value` is a number that anything could measure, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9


def _meant(one: Evidence) -> str:
    """Return the unit in which the value would make sense; empty where none is known."""
    measure = MEASURES[one.name]
    for unit, factor in MEANT.get(measure.unit, {}).items():
        if measure.low <= one.value * factor <= measure.high:
            return unit
    return ""
