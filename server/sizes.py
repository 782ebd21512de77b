"""The route of size advice: a body from what is told, and which size of a garment that makes.

Stateless: what is asked is answered and forgotten; nothing of it is logged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from pipelines.errors import ChartRejected, GarmentNotFound
from pipelines.sizing.ease import PointFit, fit_of
from pipelines.sizing.estimate import Figure, estimate
from pipelines.sizing.evidence import KnownBody
from pipelines.sizing.packages import item_of
from pipelines.sizing.reasons import Language, reason
from pipelines.sizing.recommend import Advice, Item, advise, advise_unasked
from pipelines.sizing.standards import labels_of
from server.api import address_of, json_body, read_message, refusals
from server.bodies import estimated
from server.catalogue import Catalogue
from server.errors import ChoiceRefused, TooMany
from server.headers import require_same_origin
from server.hub import Hub
from server.limits import AddressRates
from server.shop import goods
from server.shop.goods import Facts
from server.shop.store import StoreClosed
from server.shop.words import refused
from server.size_answer import (
    DoubtAnswer,
    FigureAnswer,
    PointAnswer,
    RunsAnswer,
    SizeAnswer,
    SizeQuestion,
)

log = structlog.get_logger("lookglass.sizes")


def make_size_router(hub: Hub) -> APIRouter:
    """Return the route over `hub`."""
    router = APIRouter(prefix="/api/v1")
    rates = AddressRates(hub.settings.limits.size_answers_per_minute, 60)

    @router.post(
        "/size",
        openapi_extra=json_body(SizeQuestion),
        response_model=SizeAnswer,
        responses=refusals(403, 413, 422, 429),
    )
    async def size(request: Request) -> Response:
        """The body's figures with intervals and, of a garment, the size, how sure that is, and why."""
        require_same_origin(request)
        if not rates.allow(address_of(request), time.monotonic()):
            raise hub.refuse(TooMany("rate.sizes", "Too many questions. Wait a minute.", retry_s=60))
        question = await read_message(request, hub, SizeQuestion)
        try:
            facts = await _facts(hub, question.garment, question.colourway)
            answer = await asyncio.to_thread(answer_to, question, hub.catalogue, facts)  # some milliseconds
        except ChartRejected as error:
            log.warning("size chart refused", product=question.garment, reason=str(error))
            wrong = refused(
                ChoiceRefused, "chart.wrong", question.language, product=question.garment, why=str(error).rstrip(".")
            )
            raise hub.refuse(wrong) from None
        said = answer.model_dump_json(exclude_unset=True)
        return Response(said, media_type="application/json", headers={"Cache-Control": "no-store"})

    return router


async def recommended(hub: Hub, garment: str, known: KnownBody | None) -> str | None:
    """Return the size of a garment of the catalogue that an answer would name, None where it would name none."""
    if known is None:
        return None
    item = _item(garment, hub.catalogue, await _facts(hub, garment))
    return await asyncio.to_thread(lambda: advise_unasked(estimate(known.evidence, known.sex), item).size)


def answer_to(question: SizeQuestion, catalogue: Catalogue, facts: Facts | None = None) -> SizeAnswer:
    """Return the answer; `facts` is what the shop knows.  Raises MeasureRefused or ChoiceRefused."""
    found = estimated(question.known, question.sex, question.language)
    figures = found.figures()
    told: dict[str, Any] = {
        "figures": {name: _figure(one) for name, one in figures.items()},
        "labels": labels_of(found),
        "sex": {one.sex: round(one.probability, 3) for one in found.posteriors},
        "doubts": [
            DoubtAnswer(name=one.name, value=round(one.value, 1), likely=round(one.likely, 1)) for one in found.doubts
        ],
    }
    if question.garment is not None:
        told["garment"] = question.garment
        item = _item(question.garment, catalogue, facts)
        advice = advise(found, item, question.preference)
        told |= _advice(advice, figures, item)
        told["reason"] = reason(figures, item, advice, question.language)
        told |= _shop_says(facts, told["size"], told["reason"], question.language)
    return SizeAnswer(**told)


def _advice(advice: Advice, figures: Mapping[str, Figure], item: Item) -> dict[str, Any]:
    return {
        "verdict": advice.verdict,
        "size": advice.size,
        "chances": {size: round(chance, 3) for size, chance in advice.chances.items()},
        "none_fits": round(advice.none_fits, 3),
        "ask": list(advice.ask),
        "fit": {size: [_point(one) for one in fit_of(figures, item, size)] for size in item.sizes},
    }


def _item(garment: str, catalogue: Catalogue, facts: Facts | None) -> Item:
    """Return the charts of the garment or product, with what feedback says.  Raises ChoiceRefused, ChartRejected."""
    try:
        item = (facts and facts.item) or item_of(catalogue.get(garment))
        return replace(item, runs=facts.runs) if facts else item
    except GarmentNotFound:
        zh = f"没有编号为 {garment} 的商品"
        raise ChoiceRefused("garment.unknown", f"There is no garment {garment}.", zh=zh) from None


def _shop_says(facts: Facts | None, size: str | None, reason: str, language: Language) -> dict[str, Any]:
    """Return what feedback and stock say; null where the shop's data cannot be had."""
    if facts is None:
        return {"runs": None, "sold_out": None}
    if size in facts.sold_out:
        reason += f"；{size} 已售罄" if language == "zh" else f"; {size} is sold out"
    runs = RunsAnswer(sizes=round(facts.runs.sizes, 2), count=facts.runs.count)
    return {"runs": runs, "sold_out": list(facts.sold_out), "reason": reason}


async def _facts(hub: Hub, garment: str | None, colourway: str | None = None) -> Facts | None:
    """Return what the shop knows of the garment; without its database advice goes on from the package."""
    if garment is None:
        return None
    try:
        key = ("facts", garment, colourway)
        return await hub.shop.glance(key, lambda db: goods.facts(db, hub.catalogue, garment, colourway))
    except StoreClosed:
        return None


def _figure(one: Figure) -> FigureAnswer:
    value, low, high = (round(number, 1) for number in (one.value, one.low, one.high))
    drawn = list(one.drawn_from)
    return FigureAnswer(value=value, low=low, high=high, unit=one.unit, source=one.source, drawn_from=drawn)


def _point(one: PointFit) -> PointAnswer:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 1)

    return PointAnswer(
        point=one.point, body_cm=round(one.body, 1), garment_cm=rounded(one.garment),
        ease_cm=rounded(one.ease), off_cm=round(one.off, 1), sits=one.sits,
    )  # fmt: skip
