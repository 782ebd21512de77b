"""Routes of what shoppers say and keep: voices, consents, saved bodies, all of it copied and all of it erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.orm import Session

from server.api import json_body
from server.shop import bodies, people, voices
from server.shop.counter import Counter, WishedLanguage, said
from server.shop.tables import FitFeedback, Return, Review
from server.shop.wire import (
    Agreed,
    Bodies,
    BodyCard,
    BodySaid,
    Consents,
    Erased,
    EventSaid,
    Export,
    FitSaid,
    Language,
    Purpose,
    ReturnSaid,
    ReviewSaid,
    Voice,
)

ProductId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
BodyId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
KINDS: dict[str, type[FitFeedback | Return | Review]] = {"fit": FitFeedback, "return": Return, "review": Review}
Kind = Annotated[str, Path(pattern="^(fit|return|review)$")]


def add_voices(router: APIRouter, counter: Counter) -> None:
    """Add what a shopper says of a product: each kind once, saying it again replaces it."""

    @router.get("/products/{product}/mine", response_model=Voice)
    async def mine(request: Request, product: ProductId, language: WishedLanguage) -> Response:
        """What the asking shopper has said of a product."""
        return said(await counter.own(request, language, lambda db, me, _: voices.voice(db, me, product)))

    async def keep(
        request: Request, product: str, language: Language, say: Callable[[Session, str, int], None]
    ) -> Response:
        """Keep what is said; answer all that the shopper has said of the product."""

        def do(db: Session, me: str, now_s: int) -> Voice:
            say(db, me, now_s)
            return voices.voice(db, me, product)

        return said(await counter.say(request, language, do))

    @router.put("/products/{product}/fit", response_model=Voice, openapi_extra=json_body(FitSaid))
    async def fit(request: Request, product: ProductId, language: WishedLanguage) -> Response:
        """How a size fitted: small, fit or large; size advice learns from it."""
        told = await counter.message(request, FitSaid)
        return await keep(
            request, product, language, lambda db, me, now_s: voices.say_fit(db, me, product, told, language, now_s)
        )

    @router.put("/products/{product}/return", response_model=Voice, openapi_extra=json_body(ReturnSaid))
    async def give_back(request: Request, product: ProductId, language: WishedLanguage) -> Response:
        """Why a product goes back; too small and too large count as how it fitted."""
        told = await counter.message(request, ReturnSaid)
        return await keep(
            request, product, language, lambda db, me, now_s: voices.say_return(db, me, product, told, language, now_s)
        )

    @router.put("/products/{product}/review", response_model=Voice, openapi_extra=json_body(ReviewSaid))
    async def review(request: Request, product: ProductId, language: WishedLanguage) -> Response:
        """A review as plain text, seen by everybody."""
        told = await counter.message(request, ReviewSaid)
        return await keep(
            request, product, language, lambda db, me, now_s: voices.say_review(db, me, product, told, language, now_s)
        )

    @router.delete("/products/{product}/{kind}", status_code=204)
    async def take_back(request: Request, product: ProductId, kind: Kind, language: WishedLanguage) -> Response:
        """Take back what was said: `fit`, `return` or `review`."""
        await counter.drop(request, language, lambda db, me, _: voices.unsay(db, KINDS[kind], me, product))
        return Response(status_code=204)


def add_consents(router: APIRouter, counter: Counter) -> None:
    """Add the texts that can be agreed to, and what was."""

    def told(db: Session, me: str, language: Language) -> Consents:
        return people.consents(db, me, language, counter.keeper.lives)

    @router.get("/consents", response_model=Consents)
    async def consents(request: Request, language: WishedLanguage) -> Response:
        """Every text with its version, and whether it was agreed to."""
        return said(await counter.own(request, language, lambda db, me, _: told(db, me, language)))

    @router.put("/consents/{purpose}", response_model=Consents, openapi_extra=json_body(Agreed))
    async def agree(request: Request, purpose: Purpose, language: WishedLanguage) -> Response:
        """Agree to the version of the text that was shown."""
        agreed = await counter.message(request, Agreed)

        def keep(db: Session, me: str, now_s: int) -> Consents:
            people.agree(db, me, purpose, agreed.text_version, language, now_s)
            return told(db, me, language)

        return said(await counter.own(request, language, keep))

    @router.delete("/consents/{purpose}", response_model=Consents)
    async def revoke(request: Request, purpose: Purpose, language: WishedLanguage) -> Response:
        """Take a consent back; what was kept because of it is deleted."""

        def drop(db: Session, me: str, now_s: int) -> Consents:
            people.revoke(db, me, purpose, now_s)
            return told(db, me, language)

        return said(await counter.drop(request, language, drop))


def add_bodies(router: APIRouter, counter: Counter) -> None:
    """Add the bodies that a shopper asked to keep."""
    keeper = counter.keeper

    @router.get("/bodies", response_model=Bodies)
    async def saved(request: Request, language: WishedLanguage) -> Response:
        """The saved bodies."""
        return said(
            await counter.own(
                request, language, lambda db, me, now_s: bodies.saved(db, keeper.vault, me, now_s)
            )
        )  # fmt: skip

    @router.post("/bodies", response_model=BodyCard, status_code=201, openapi_extra=json_body(BodySaid))
    async def save(request: Request, language: WishedLanguage) -> Response:
        """Keep a body under a name, after consent to `bodies`; measurements alone, sealed, until it expires."""
        told = await counter.message(request, BodySaid)

        def keep(db: Session, me: str, now_s: int) -> BodyCard:
            return bodies.save(db, keeper.vault, me, told, language, now_s, keeper.lives)

        return said(await counter.own(request, language, keep), 201)

    @router.put("/bodies/{body}", response_model=BodyCard, openapi_extra=json_body(BodySaid))
    async def correct(request: Request, body: BodyId, language: WishedLanguage) -> Response:
        """Correct or rename a body; its time begins anew."""
        told = await counter.message(request, BodySaid)

        def keep(db: Session, me: str, now_s: int) -> BodyCard:
            return bodies.correct(db, keeper.vault, me, body, told, language, now_s, keeper.lives)

        return said(await counter.own(request, language, keep))

    @router.delete("/bodies/{body}", status_code=204)
    async def forget(request: Request, body: BodyId, language: WishedLanguage) -> Response:
        """Delete a body."""
        await counter.drop(request, language, lambda db, me, _: bodies.forget(db, me, body))
        return Response(status_code=204)


def add_everything(router: APIRouter, counter: Counter) -> None:
    """Add events, the copy of everything, and its end."""
    keeper = counter.keeper

    @router.post("/events", status_code=204, openapi_extra=json_body(EventSaid))
    async def event(request: Request, language: WishedLanguage) -> Response:
        """Remember what was looked at, after consent to `history`."""
        told = await counter.message(request, EventSaid)
        await counter.own(request, language, lambda db, me, now_s: people.remember(db, me, told, language, now_s))
        return Response(status_code=204)

    @router.get("/mine", response_model=Export)
    async def export(request: Request, language: WishedLanguage) -> Response:
        """Everything that is kept of the asking shopper, as JSON to take away."""

        def copy(db: Session, me: str, now_s: int) -> Export:
            return people.export(db, me, bodies.saved(db, keeper.vault, me, now_s).bodies)

        answer = said(await counter.own(request, language, copy))
        answer.headers["Content-Disposition"] = 'attachment; filename="lookglass.json"'
        return answer

    @router.delete("/mine", response_model=Erased)
    async def erase(request: Request, language: WishedLanguage) -> Response:
        """Erase everything that is kept of the asking shopper, the session and its reviews too, from the file too."""
        erased, scrubbed = await counter.erase(request, language, lambda db, me, _: people.erase(db, me))
        return said(Erased(erased=erased, scrubbed=scrubbed))
