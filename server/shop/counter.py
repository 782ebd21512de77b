"""What every route of the shop does alike: rates, the wished language, the shopper's token, the form of answers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.api import address_of, bearer, read_message
from server.errors import TooMany, TryLater
from server.headers import require_same_origin
from server.hub import Hub
from server.limits import AddressRates
from server.shop.goods import CURRENCY_OF, Wish
from server.shop.people import session_of
from server.shop.store import StoreClosed
from server.shop.wire import Currency, Language
from server.shop.words import refused

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def wished_language(request: Request, language: Annotated[Language | None, Query()] = None) -> Language:
    """Return the language that the query or else the browser wishes."""
    if language is not None:
        return language
    return "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


WishedLanguage = Annotated[Language, Depends(wished_language)]


def wished(language: WishedLanguage, currency: Annotated[Currency | None, Query()] = None) -> Wish:
    """Return how goods are shown: euro in English, yuan in Chinese, unless the query says otherwise."""
    return Wish(language, currency or CURRENCY_OF[language])


Wished = Annotated[Wish, Depends(wished)]


class Counter:
    """The shop's side of a request."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self.catalogue = hub, hub.catalogue
        self.shop, self.keeper = hub.shop, hub.shop.keeper
        limits = hub.settings.limits
        self._reads = AddressRates(limits.shop_reads_per_minute, 60)
        self._writes = AddressRates(limits.shop_writes_per_minute, 60)
        self._sessions = AddressRates(limits.shop_sessions_per_minute, 60)

    def admit(self, request: Request, language: WishedLanguage) -> None:
        """Let a request in: before anything of it is read.  Raises OriginRefused and TooMany."""
        reads = request.method == "GET"
        if not reads:
            require_same_origin(request)
        self._count(self._reads if reads else self._writes, request, language)

    async def message(self, request: Request, model: type[M]) -> M:
        """Read the body that a shopper sends.  Raises Refused."""
        bearer(request)
        return await read_message(request, self._hub, model)

    async def look(self, language: Language, job: Callable[[Session], T]) -> T:
        """Do a job that only reads, for anybody.  Raises Refused."""
        return await self._try(self.shop.read(job), language)

    async def show(self, language: Language, key: Hashable, job: Callable[[Session], BaseModel]) -> Response:
        """Answer anybody what a job finds, kept until somebody writes.  Raises Refused."""
        text = self.shop.recall(key, lambda db: job(db).model_dump_json().encode())
        return _json(await self._try(text, language))

    async def begin(self, request: Request, language: Language, job: Callable[[Session], T]) -> T:
        """Do the job that begins a session.  Raises Refused."""
        self._count(self._sessions, request, language)
        return await self._try(self.shop.write(job, seen=False), language)

    async def own(self, request: Request, language: Language, job: Callable[[Session, str, int], T]) -> T:
        """Do a job (session, shopper's id, now) on what is theirs alone, for whose token it is.  Raises Refused."""
        return await self._try(self.shop.write(self._as(request, job), seen=False), language)

    async def say(self, request: Request, language: Language, job: Callable[[Session, str, int], T]) -> T:
        """Do a job whose changes all shoppers see, for the same.  Raises Refused."""
        return await self._try(self.shop.write(self._as(request, job)), language)

    async def drop(self, request: Request, language: Language, job: Callable[[Session, str, int], T]) -> T:
        """Do a job that deletes, for the same.  Raises Refused."""
        return await self._try(self.shop.drop(self._as(request, job)), language)

    async def erase(
        self, request: Request, language: Language, job: Callable[[Session, str, int], T]
    ) -> tuple[T, bool]:
        """Do the same, and tell whether the file holds nothing of it any more, which takes longer.  Raises Refused."""
        return await self._try(self.shop.erase(self._as(request, job)), language)

    def shopper_in(self, db: Session, request: Request) -> str | None:
        """Return the id of the shopper whose token comes along, None without a token.  Raises TokenRefused."""
        if "authorization" not in request.headers:
            return None
        return session_of(db, bearer(request), self.keeper.now_s())

    def _as(self, request: Request, job: Callable[[Session, str, int], T]) -> Callable[[Session], T]:
        token = bearer(request)

        def do(db: Session) -> T:
            now_s = self.keeper.now_s()
            return job(db, session_of(db, token, now_s, self.keeper.lives), now_s)

        return do

    def _count(self, rates: AddressRates, request: Request, language: Language) -> None:
        if not rates.allow(address_of(request), time.monotonic()):
            raise self._hub.refuse(refused(TooMany, "rate.shop", language, retry_s=60))

    async def _try(self, work: Awaitable[T], language: Language) -> T:
        try:
            return await work
        except StoreClosed as closed:
            code = "shop.busy" if closed.kind == "busy" else "shop.closed"
            raise self._hub.refuse(refused(TryLater, code, language, retry_s=5)) from None


def said(answer: BaseModel, status: int = 200) -> Response:
    """Return an answer as JSON, never cached."""
    return _json(answer.model_dump_json().encode(), status)


def _json(text: bytes, status: int = 200) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, "application/json")
