"""What goes over the shop's API: messages in, answers out."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from server.schema import KNOWN_MAX, Id, Known, Sex, Size

Language = Literal["en", "zh"]
Currency = Literal["EUR", "CNY"]
Fit = Literal["small", "fit", "large"]
Reason = Literal["too_small", "too_large", "colour", "quality", "not_as_shown", "changed_mind", "late"]
Purpose = Literal["bodies", "history"]
EventKind = Literal["viewed", "tried_on", "size_asked"]
AT_MOST = 20  # of one variant in a cart
LINES_MAX = 50


def _plain(text: str) -> str:
    """Return text, its lines ended alike.  Raises ValueError for what is no plain text."""
    text = text.replace("\r\n", "\n")
    _line(text.replace("\n", " ").replace("\t", " "))
    return text


def _line(text: str) -> str:
    # Letters that this Python does not know yet are let through: emoji are newer than any table of them.
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") and letter != "\u200d" for letter in text):
        raise ValueError("plain text alone, no control characters")
    return text


PlainText, PlainLine = AfterValidator(_plain), AfterValidator(_line)
Sku = Annotated[str, Field(min_length=1, max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


# --- in


class Wanted(_In):
    """So many of a variant; 0 takes it out."""

    quantity: int = Field(ge=0, le=AT_MOST)


class FitSaid(_In):
    """How a size fitted."""

    size: Size
    fit: Fit


class ReturnSaid(_In):
    """Why a product goes back."""

    size: Size
    reason: Reason


class ReviewSaid(_In):
    """A review, as plain text."""

    rating: int = Field(ge=1, le=5)
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), PlainLine]
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), PlainText] = ""
    size: Size | None = None
    language: Language = "en"


class Agreed(_In):
    """Which version of the text was agreed to."""

    text_version: str = Field(max_length=16)


class BodySaid(_In):
    """A body to keep: what is known of it, as the size question takes it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), PlainLine]
    known: tuple[Known, ...] = Field(min_length=1, max_length=KNOWN_MAX, strict=False)
    sex: Sex | None = None


class EventSaid(_In):
    """What somebody looked at."""

    product: Id
    kind: EventKind
    size: Size | None = None


# --- out: goods


class Money(_Out):
    """An amount in minor units (cents, fen)."""

    amount: int
    currency: Currency


class VariantCard(_Out):
    """One colour and size; `available` tells how many can go into a cart, at most 20."""

    sku: str
    colourway: str | None
    size: str
    price: Money | None
    available: int


class ColourCard(_Out):
    """One of the colours."""

    id: str
    name: str
    colour: str


class Rating(_Out):
    """What reviews give, of 5 stars; null where there is none."""

    mean: float | None
    count: int


class ProductCard(_Out):
    """A product in the list; `price` is the lowest of its variants."""

    id: str
    name: str
    description: str
    category: str
    thumbnail: str
    price: Money | None
    rating: Rating
    colourways: list[ColourCard]
    sizes: list[str]
    sold_out: list[str]  # sizes of which nothing is left in any colour
    variants: list[VariantCard]


class Listing(_Out):
    """A page of the catalogue; `total` counts all that match."""

    language: Language
    currency: Currency
    total: int
    products: list[ProductCard]


class SourceCard(_Out):
    """Where a row of a chart was taken from."""

    title: str
    kind: str
    where: str


class BodyRowCard(_Out):
    """The bodies a size is made for: dimension to (low, high) in cm."""

    size: str
    body_cm: dict[str, tuple[float, float]]
    source: SourceCard


class GarmentRowCard(_Out):
    """What a size of the garment measures: point of measure to cm."""

    size: str
    garment_cm: dict[str, float]
    source: SourceCard


class ChartCard(_Out):
    """The two charts, which are never mixed; `labels` is what each size is called in other systems, as a guide."""

    body: list[BodyRowCard]
    garment: list[GarmentRowCard]
    system: str = ""  # of the sizes, such as UK; "" where nobody said
    labels: dict[str, dict[str, str]] = {}


class RunsCard(_Out):
    """What feedback and returns say: `sizes` > 0 runs small; counted are those who said small, fit, large."""

    sizes: float
    count: int
    small: int
    fit: int
    large: int
    words: str  # in the wished language; empty where too few have spoken, or it runs true


class ReviewCard(_Out):
    """A review; `mine` where the asking shopper wrote it."""

    id: int
    rating: int
    title: str
    text: str
    language: Language
    size: str | None
    at_s: int
    mine: bool


class ReviewPage(_Out):
    """Reviews, the newest first; `next` is the `before` of the next page, null at the end."""

    reviews: list[ReviewCard]
    next: int | None


class ProductDetail(ProductCard):
    """A product with all that is known of it."""

    chart: ChartCard
    runs: RunsCard
    reviews: ReviewPage


# --- out: shoppers


class SessionAnswer(_Out):
    """The token of a new shopper; it is told once."""

    token: str = Field(repr=False)
    expires_s: int


class LineCard(_Out):
    """A line of the cart; `short` where there is less in stock by now."""

    sku: str
    product: str
    name: str
    colourway: str | None
    size: str
    quantity: int
    available: int
    short: bool
    price: Money | None


class Cart(_Out):
    """The cart and its sum."""

    lines: list[LineCard]
    total: Money


class CartChanged(Cart):
    """The cart after a change; putting `before` for the same SKU undoes it."""

    sku: str
    before: int


class Voice(_Out):
    """What the asking shopper has said of a product; null where nothing."""

    fit: FitSaid | None
    returned: ReturnSaid | None
    review: ReviewCard | None


class ConsentCard(_Out):
    """A text that can be agreed to, and whether the asking shopper has: `given_s` null is no."""

    purpose: Purpose
    text_version: str
    text: str
    given_s: int | None
    outdated: bool  # agreed to an older text, which no longer counts


class Consents(_Out):
    """All purposes."""

    consents: list[ConsentCard]


class BodyCard(_Out):
    """A saved body; unreadable where the key that sealed it is gone."""

    id: str
    name: str | None
    sex: Sex | None
    known: list[Known]
    changed_s: int
    expires_s: int
    readable: bool


class Bodies(_Out):
    """All saved bodies of the asking shopper, in the order in which they were made."""

    bodies: list[BodyCard]


class Erased(_Out):
    """How many rows went, by table."""

    erased: dict[str, int]
    scrubbed: bool  # whether the file holds nothing of them any more; else that follows within the hour


class BodyCopy(_Out):
    """A saved body in an export."""

    name: str | None
    sex: Sex | None
    known: list[Known]
    changed_s: int
    expires_s: int


class Export(_Out):
    """Everything that is kept of a shopper."""

    created_s: int
    expires_s: int
    bodies: list[BodyCopy]
    cart: dict[str, int]
    consents: list[dict[str, str | int | None]]
    fit_feedback: list[dict[str, str | int]]
    returns: list[dict[str, str | int]]
    reviews: list[dict[str, str | int | None]]
    events: list[dict[str, str | int | None]]
