"""What shoppers tell of their bodies, checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pipelines.errors import MeasurementRejected
from pipelines.scan.figures import scale_cm
from pipelines.scan.words import words
from pipelines.sizing.estimate import Estimate, estimate
from pipelines.sizing.evidence import Evidence, KnownBody, evidence_of
from pipelines.sizing.measures import MEASURES
from pipelines.sizing.reasons import Language, refusal
from server.errors import MeasureRefused
from server.schema import Body, Known, Sex

SURE_SPREADS = 1.2816  # standard deviations from the middle to the ends of the middle 80 %


def known_body(body: Body | None) -> KnownBody | None:
    """Return what is known by a `body` message; None where that is a height or nothing.  Raises MeasurementRejected."""
    if body is None or not body.known:
        return None
    told = list(body.known)
    if body.height_cm is not None and not any(one.name == "height" for one in told):
        told.append(Known(name="height", value=body.height_cm))
    return _known(tuple(told), body.sex)


def known_in(wish: dict[str, Any]) -> KnownBody | None:
    """Return what is known by the dumped `body` message in a wish or an order, if there is one."""
    body = wish.get("body")
    return None if body is None else known_body(Body.model_validate(body))


def check_body(body: Body) -> None:
    """Raise MeasureRefused when what the shopper tells of their body makes no sense."""
    try:
        known = known_body(body)
        if known is not None:
            estimate(known.evidence, known.sex)
    except MeasurementRejected as error:
        raise _refused(error, "en") from None


def estimated(known: tuple[Known, ...], sex: Sex | None, language: Language) -> Estimate:
    """Return the body that `known` tells of.  Raises MeasureRefused, in words of `language`."""
    try:
        body = _known(known, sex)
        return estimate(body.evidence, body.sex)
    except MeasurementRejected as error:
        raise _refused(error, language) from None


def _refused(error: MeasurementRejected, language: Language) -> MeasureRefused:
    en, zh = refusal(error, "en"), refusal(error, "zh")
    return MeasureRefused(f"measure.{error.problem}", zh if language == "zh" else en, en=en, zh=zh)


def scan_scale(height_cm: float, source: Literal["told", "tape", "measured"]) -> dict[str, float]:
    """Return the most probable height of a shopper who says `height_cm`, and its error.  Raises MeasureRefused."""
    try:
        value, error = scale_cm(height_cm, source)
    except MeasurementRejected as rejected:
        raise _refused(rejected, "en") from None
    return {"height_cm": value, "height_error": error / value}


def scan_interrupted() -> dict[str, Any]:
    """Return what is told of a scan whose worker is gone."""
    return {"step": "refused", "hint": "interrupted", "say": words("interrupted"), "progress": 0.0, "measures": []}


def told_measures(found: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Return measured dimensions as they are told: value, standard deviation, and the ends of the middle 80 %."""
    return [_told_measure(one, one.value * one.relative_error) for one in found]


def _told_measure(one: Evidence, error: float) -> dict[str, Any]:
    low, high = one.value - SURE_SPREADS * error, one.value + SURE_SPREADS * error
    numbers = {"value": one.value, "error": error, "low": low, "high": high}
    rounded = {key: round(number, 2) for key, number in numbers.items()}
    return {"name": one.name, **rounded, "unit": MEASURES[one.name].unit, "source": one.source}


def _known(told: tuple[Known, ...], sex: Sex | None) -> KnownBody:
    return KnownBody(tuple(evidence_of(one.name, one.value, one.source, one.error) for one in told), sex)
