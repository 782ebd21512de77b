"""What shoppers tell of their bodies, checked."""

from __future__ import annotations

from typing import Any

from pipelines.errors import MeasurementRejected
from pipelines.sizing.estimate import Estimate, estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.sizing.reasons import Language, refusal
from server.errors import MeasureRefused
from server.schema import Body, Known, Sex


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


def _known(told: tuple[Known, ...], sex: Sex | None) -> KnownBody:
    return KnownBody(tuple(evidence_of(one.name, one.value, one.source, one.error) for one in told), sex)
