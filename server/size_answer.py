"""What `POST /api/v1/size` takes and answers: the figures of a body and, of a garment, the size and how each sits."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.sizing.ease import Sits
from pipelines.sizing.measures import Unit
from pipelines.sizing.recommend import Verdict
from server.schema import KNOWN_MAX, FromOutside, Id, Known, Sex

Probability = float


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class SizeQuestion(FromOutside):
    """Which size would fit, and how; without a garment the body's figures alone."""

    known: tuple[Known, ...] = Field(max_length=KNOWN_MAX, strict=False)
    sex: Sex | None = None
    garment: Id | None = None
    colourway: Id | None = None  # nothing: any, of what is sold out
    preference: Literal["snug", "regular", "loose"] = "regular"
    language: Literal["en", "zh"] = "en"


class FigureAnswer(_Answer):
    """One dimension of the body: the median, and the interval that holds it with 80 %."""

    value: float
    low: float
    high: float
    unit: Unit
    source: str = Field(description="told, tape, measured, camera or scan where it was given, else estimated")
    drawn_from: list[tuple[str, float]] = Field(alias="from", description="evidence and its share in what is known")


class DoubtAnswer(_Answer):
    """A value that hardly goes with the others, which would make it about `likely`."""

    name: str
    value: float
    likely: float


class PointAnswer(_Answer):
    """One point of one size on the body."""

    point: str
    body_cm: float
    garment_cm: float | None = Field(description="null where only the body that the size is for is known")
    ease_cm: float | None = Field(description="garment less body")
    off_cm: float = Field(description="beyond what the cut intends; below 0 too narrow or short")
    sits: Sits


class RunsAnswer(_Answer):
    """How a garment runs by what shoppers said of it."""

    sizes: float = Field(description="how many sizes smaller it runs than its chart; below 0 larger")
    count: int = Field(description="how many said so")


class SizeAnswer(_Answer):
    """The answer; what follows `garment` is there when one was asked about."""

    figures: dict[str, FigureAnswer]
    labels: dict[str, str] = Field(description="what size standards call this body, by standard")
    sex: dict[str, Probability]
    doubts: list[DoubtAnswer]
    garment: str | None = None
    verdict: Verdict | None = None
    size: str | None = Field(None, description="null where none is named")
    chances: dict[str, Probability] | None = None
    none_fits: Probability | None = None
    ask: list[str] | None = Field(None, description="what to tell or measure next, or sex, the most telling first")
    reason: str | None = None
    fit: dict[str, list[PointAnswer]] | None = None
    runs: RunsAnswer | None = Field(None, description="null where the shop's data cannot be had")
    sold_out: list[str] | None = Field(None, description="sizes of which nothing is left; null as above")


class TextsAnswer(_Answer):
    """A refusal in both languages."""

    en: str
    zh: str


class RefusalAnswer(_Answer):
    """What is wrong; `message` is in the language of the question."""

    code: str
    message: str
    texts: TextsAnswer
