"""Routes of the goods: catalogue, products, reviews; sessions and carts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from server.api import json_body
from server.hub import Hub
from server.shop import carts, goods
from server.shop.counter import Counter, Wished, WishedLanguage, said
from server.shop.goods import Filter
from server.shop.people import new_session
from server.shop.people_routes import add_bodies, add_consents, add_everything, add_voices
from server.shop.voices import check_size, review_page
from server.shop.wire import Cart, CartChanged, Listing, ProductDetail, ReviewPage, SessionAnswer, Wanted

ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
ProductId = Annotated[str, Path(max_length=64, pattern=ID)]
Sku = Annotated[str, Path(max_length=96, pattern=ID)]


def make_shop_router(hub: Hub) -> APIRouter:
    """Return the routes over `hub`."""
    counter = Counter(hub)
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(counter.admit)])
    _add_goods(router, counter)
    _add_cart(router, counter)
    add_voices(router, counter)
    add_consents(router, counter)
    add_bodies(router, counter)
    add_everything(router, counter)
    return router


def _add_goods(router: APIRouter, counter: Counter) -> None:
    @router.get("/catalogue", response_model=Listing)
    async def catalogue(
        request: Request, wish: Wished,
        category: Annotated[str | None, Query(max_length=32)] = None,
        q: Annotated[str | None, Query(max_length=80, description="in names and descriptions, either language")] = None,
        offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 60,
    ) -> Response:  # fmt: skip
        """What is sold, with prices, stock and variants."""
        which = Filter(category, q, offset, limit)
        return await counter.show(wish.language, (wish, which), lambda db: goods.listing(db, wish, which))

    @router.get("/products/{product}", response_model=ProductDetail)
    async def product(request: Request, product: ProductId, wish: Wished) -> Response:
        """One product with its size charts, what shoppers say of its fit, and its newest reviews."""

        def found(db: Session, me: str | None) -> ProductDetail:
            return goods.detail(db, counter.catalogue, product, wish, me)

        if "authorization" not in request.headers:
            return await counter.show(wish.language, (wish, product), lambda db: found(db, None))
        return said(await counter.look(wish.language, lambda db: found(db, counter.shopper_in(db, request))))

    @router.get("/products/{product}/reviews", response_model=ReviewPage)
    async def reviews(
        request: Request, product: ProductId, language: WishedLanguage,
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next` of the page before")] = None,
    ) -> Response:  # fmt: skip
        """More reviews, the newest first."""

        def found(db: Session) -> ReviewPage:
            check_size(db, product, None, language)
            return review_page(db, product, before, counter.shopper_in(db, request))

        return said(await counter.look(language, found))


def _add_cart(router: APIRouter, counter: Counter) -> None:
    @router.post("/shop/session", response_model=SessionAnswer)
    async def session(request: Request, language: WishedLanguage) -> Response:
        """Begin a shopper's session; its token goes along with everything that is theirs."""
        now_s = counter.keeper.now_s()
        return said(await counter.begin(request, language, lambda db: new_session(db, now_s)), 201)

    @router.get("/cart", response_model=Cart)
    async def cart(request: Request, wish: Wished) -> Response:
        """What is in the cart, what of it has become short, and the sum."""
        return said(await counter.own(request, wish.language, lambda db, me, _: carts.cart(db, me, wish)))

    @router.put("/cart/{sku}", response_model=CartChanged, openapi_extra=json_body(Wanted))
    async def put(request: Request, sku: Sku, wish: Wished) -> Response:
        """Have so many of a variant, 0 for none; putting `before` of the answer undoes it."""
        wanted = await counter.message(request, Wanted)
        return said(
            await counter.own(
                request, wish.language, lambda db, me, now_s: carts.put(db, me, sku, wanted.quantity, wish, now_s)
            )
        )
