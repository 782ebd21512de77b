"""What the rim needs of the garment catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pipelines.garment.package import GarmentPackage
from server.errors import ChoiceRefused, MessageRefused
from server.schema import Compare, Comparison, GarmentWish
from server.settings import Settings

TUCKED = {"": None, "tucked": True, "untucked": False}


class Offered(Protocol):
    """Something that a shopper can choose."""

    @property
    def id(self) -> str:
        """Name in messages and URLs."""

    @property
    def name(self) -> Mapping[str, str]:
        """Language code to name."""


class GarmentColourway(Offered, Protocol):
    """One of the colours that a garment comes in."""

    @property
    def colour(self) -> str:
        """`#rrggbb`, for a swatch."""


class GarmentCard(Offered, Protocol):
    """What a shopper sees of a garment before wearing it."""

    @property
    def category(self) -> str:
        """Such as "tee"."""

    @property
    def sizes(self) -> Sequence[str]:
        """From small to large."""

    @property
    def colourways(self) -> Sequence[GarmentColourway]:
        """The default first; empty when it comes in one."""

    @property
    def tucked(self) -> bool | None:
        """Whether it is worn tucked in by default; None where it never is."""


class Catalogue(Protocol):
    """The garments that are offered."""

    def cards(self) -> Sequence[GarmentCard]:
        """All garments, in the order of the shop."""

    def get(self, garment_id: str) -> GarmentPackage:
        """The garment itself.  Raises GarmentNotFound."""

    def thumbnail_png(self, garment_id: str, colourway: str | None = None) -> bytes | None:
        """A small picture of the garment, or None where there is none."""


def split_name(name: str) -> tuple[str, str | None, bool | None]:
    """Read `id[:colourway[:tucked]]`, as queries and the command line name a garment.  Raises MessageRefused."""
    garment_id, colourway, how, *more = (*name.split(":"), "", "")
    if len(more) > 2:
        raise MessageRefused("query", f"garment: ID, ID:COLOURWAY or ID:COLOURWAY:tucked, not {name[:80]!r}")
    return garment_id, colourway or None, read_tucked(how)


def read_tucked(how: str) -> bool | None:
    """Read how a top is worn: `tucked`, `untucked`, or nothing for as it is by default.  Raises MessageRefused."""
    if how not in TUCKED:
        raise MessageRefused("query", f"garment: tucked or untucked, not {how[:80]!r}")
    return TUCKED[how]


def check_outfit(catalogue: Catalogue, garments: Sequence[GarmentWish]) -> None:
    """Raise ChoiceRefused unless every garment and size is offered, each garment once."""
    cards = {card.id: card for card in catalogue.cards()}
    if len({wish.id for wish in garments}) != len(garments):
        raise ChoiceRefused("garment.twice", "A garment can be worn once.")
    for wish in garments:
        card = cards.get(wish.id)
        if card is None:
            raise ChoiceRefused("garment.unknown", f"There is no garment {wish.id}.")
        if wish.size is not None and wish.size not in card.sizes:
            raise ChoiceRefused("size.unknown", f"{wish.id} comes in {', '.join(card.sizes)}.")
        ways = [way.id for way in card.colourways]
        if wish.colourway is not None and wish.colourway not in ways:
            raise ChoiceRefused("colourway.unknown", f"{wish.id} comes in {', '.join(ways) or 'one colour'}.")
        if wish.tucked and card.tucked is None:
            raise ChoiceRefused("garment.untucked", f"{wish.id} is worn over the waistband.")


def comparison_of(catalogue: Catalogue, worn: Sequence[GarmentWish], asked: Compare) -> Comparison | None:
    """Return which garment of the outfit `worn` is seen in two sizes, None for none.  Raises ChoiceRefused."""
    if asked.garment is None:
        return None
    if all(wish.id != asked.garment for wish in worn):
        raise ChoiceRefused("compare.unworn", f"{asked.garment} is not worn: there is nothing to compare.")
    card = next(card for card in catalogue.cards() if card.id == asked.garment)
    if asked.sizes is None or asked.sizes[0] == asked.sizes[1]:
        raise ChoiceRefused("compare.sizes", "Two different sizes are compared.")
    if not set(asked.sizes) <= set(card.sizes):
        raise ChoiceRefused("size.unknown", f"{asked.garment} comes in {', '.join(card.sizes)}.")
    return Comparison(garment=asked.garment, sizes=asked.sizes)


def open_catalogue(settings: Settings) -> Catalogue:
    """Return the garments of this machine."""
    from pipelines.garment.catalogue import load_catalogue

    return load_catalogue()
