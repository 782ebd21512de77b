"""The route for merchants' product texts: the size facts in one, each with its words, and the chart they make.

Stateless: what is sent is answered and forgotten; nothing of it is logged.
"""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import Source
from pipelines.sizing.merchant import charts_from_facts
from pipelines.sizing.text.facts import By, Fact, SizeFacts
from server.api import address_of, json_body, read_message, refusals
from server.errors import TooMany
from server.headers import require_same_origin
from server.hub import Hub
from server.limits import AddressRates
from server.schema import FromOutside

TEXT_MAX = 20_000  # characters


class ProductText(FromOutside):
    """A merchant's text, to read sizes from; `source` is said with the chart."""

    text: str = Field(min_length=1, max_length=TEXT_MAX)
    source: str = Field("product text", min_length=1, max_length=200)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ModelAnswer(_Answer):
    """How tall the model in the picture is, and what they wear."""

    height_cm: float | None = None
    wears: str | None = None


class WordsAnswer(_Answer):
    """One fact and the words that say it: `text[start:end]`."""

    fact: str
    value: str
    start: int
    end: int
    words: str
    size: str | None = None  # of a measurement
    name: str | None = None  # its point of measure
    by: By  # who read it: the rules, or the language model


class NotBelievedAnswer(WordsAnswer):
    """What cannot be, and why."""

    problem: str


class ChartRowAnswer(_Answer):
    """One size of the garment."""

    size: str
    garment_cm: dict[str, float]


class SizeTextAnswer(_Answer):
    """What a product text says of sizes; `chart` is null where the text makes none, and `chart_problem` says why."""

    letters: list[str]
    numeric_sizes: list[str]
    gender: str | None
    fit: str | None
    runs: str | None
    measurements_cm: dict[str, dict[str, float | list[float]]]  # by size, * all of them
    model: ModelAnswer
    evidence: list[WordsAnswer]
    doubted: list[NotBelievedAnswer]
    chart: list[ChartRowAnswer] | None
    chart_left_out: list[str]  # what the chart goes without, and why
    chart_problem: str | None
    note: str | None  # why the language model was asked and gave nothing


def make_size_text_router(hub: Hub) -> APIRouter:
    """Return the route over `hub`."""
    router = APIRouter(prefix="/api/v1/size")
    rates = AddressRates(hub.settings.limits.size_texts_per_minute, 60)

    @router.post(
        "/text",
        openapi_extra=json_body(ProductText),
        response_model=SizeTextAnswer,
        responses=refusals(403, 413, 422, 429),
    )
    async def text(request: Request) -> JSONResponse:
        """What a product text says of sizes: what can be had, fit, measurements with their words, and the chart."""
        require_same_origin(request)
        if not rates.allow(address_of(request), time.monotonic()):
            raise hub.refuse(TooMany("rate.sizes", "Too many questions. Wait a minute.", retry_s=60))
        sent = await read_message(request, hub, ProductText)
        found = await hub.text_reader.read(sent.text)
        return JSONResponse(answer_of(found, sent.source), headers={"Cache-Control": "no-store"})

    return router


def answer_of(found: SizeFacts, source: str) -> dict[str, Any]:
    """Return the JSON of a `SizeTextAnswer`."""
    answer = found.contract() | {
        "evidence": [_evidence(found, fact) for fact in found.facts],
        "doubted": [_evidence(found, fact) | {"problem": fact.problem} for fact in found.doubted],
        "chart": None,
        "chart_left_out": [],
        "chart_problem": None,
        "note": found.note or None,
    }
    try:
        charts = charts_from_facts(found, Source(source, "brand"))
        rows = charts.garment.rows if charts.garment else ()
        answer["chart"] = [{"size": row.size, "garment_cm": dict(row.garment_cm)} for row in rows]
        answer["chart_left_out"] = list(charts.left_out)
    except ChartRejected as error:
        answer["chart_problem"] = str(error)
    return answer


def _evidence(found: SizeFacts, fact: Fact) -> dict[str, Any]:
    told = {"fact": fact.kind, "value": fact.value, "start": fact.start, "end": fact.end, "by": fact.by}
    of_value = {"size": fact.size, "name": fact.name} if fact.kind == "value" else {}
    return told | of_value | {"words": found.text[fact.start : fact.end]}
