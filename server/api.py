"""The HTTP routes.  Every refusal is `{"code", "message"}` with the status of its error."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import TypeAdapter

from server import schema
from server.catalogue import check_outfit, split_name
from server.errors import MessageRefused, NotHere, OfferRefused, OriginRefused, Refused, TokenRefused, TooMany
from server.headers import require_same_origin
from server.hub import Hub
from server.photo import compose_photo
from server.schema import GARMENTS_MAX, GarmentWish
from server.settings import is_loopback
from server.shop import goods
from server.shop.store import StoreClosed
from server.size_answer import RefusalAnswer
from server.tokens import PASS_S

BODY_S = 10.0
REFUSALS = {
    401: "No usable token", 403: "From another site", 413: "Too large", 415: "A body of another kind",
    422: "What is wrong with the question", 429: "Too many", 503: "No room at the moment",
}  # fmt: skip
PASS_COOKIE = "lookglass_joined"  # noqa: S105 - a name


class _BodyTooLarge(Refused):
    http_status = 413


def make_router(hub: Hub, page: Path) -> APIRouter:
    """Return the routes over `hub`; `page` is the try-on page."""
    router = APIRouter()
    _add_pages(router, hub, page)
    _add_garments(router, hub)
    _add_consent(router, hub)
    _add_session(router, hub)
    _add_photo(router, hub)
    return router


def _add_pages(router: APIRouter, hub: Hub, page: Path) -> None:
    @router.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(page, headers={"Cache-Control": "no-cache"})

    @router.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """What runs here."""
        return hub.health()

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """200 once a worker has composed a frame, else 503."""
        ready = hub.pool.ready and not hub.draining
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Prometheus text; only for this machine unless server.metrics_public."""
        if not (hub.settings.server.metrics_public or is_loopback(address_of(request))):
            raise OriginRefused
        hub.health()
        return Response(hub.metrics.text(), media_type="text/plain; version=0.0.4")


def _add_garments(router: APIRouter, hub: Hub) -> None:
    @router.get("/api/v1/garments")
    async def garments(currency: Literal["EUR", "CNY"] = "EUR") -> dict[str, Any]:
        """What can be tried on, with what the shop asks for it; price and sold_out are null where it is not sold."""
        offers = await _offers(hub, currency)
        return {
            "garments": [
                {
                    "id": card.id, "name": dict(card.name), "category": card.category, "sizes": list(card.sizes),
                    "tucked": card.tucked, "thumbnail": _picture(card.id, None),
                    **offers.get(card.id, {"price": None, "sold_out": None}),
                    "colourways": [
                        {"id": w.id, "name": dict(w.name), "colour": w.colour, "thumbnail": _picture(card.id, w.id)}
                        for w in card.colourways
                    ],
                }
                for card in hub.catalogue.cards()
            ]
        }  # fmt: skip

    @router.get("/api/v1/garments/{garment_id}/thumbnail.png")
    async def thumbnail(garment_id: str, colourway: str | None = None) -> Response:
        """A small picture of a garment in one of its colourways."""
        picture = await asyncio.to_thread(hub.catalogue.thumbnail_png, garment_id, colourway)
        if picture is None:
            raise NotHere("garment.unknown", "There is no such picture.", zh="没有这张图片")
        return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


async def _offers(hub: Hub, currency: Literal["EUR", "CNY"]) -> dict[str, dict[str, Any]]:
    """Return price and sizes sold out of every garment that is sold; nothing where the shop's data cannot be had."""
    try:
        found = await hub.shop.glance(("offers", currency), lambda db: goods.offers(db, currency))
    except StoreClosed:
        return {}
    return {
        id_: {"price": price and price.model_dump(), "sold_out": list(gone)} for id_, (price, gone) in found.items()
    }


def _add_consent(router: APIRouter, hub: Hub) -> None:
    @router.post("/api/v1/consent", openapi_extra=json_body(schema.Consent))
    async def consent(request: Request) -> Response:
        """Agree to the text; returns the token of one session."""
        require_same_origin(request)
        asked = await read_message(request, hub, schema.Consent)
        answer, earned = hub.consent(asked, address_of(request), request.cookies.get(PASS_COOKIE))
        response = JSONResponse(answer.model_dump())
        if earned:
            response.set_cookie(
                PASS_COOKIE, hub.tokens.make_pass(time.time()), max_age=int(PASS_S), path="/api/v1/consent",
                secure=request.url.scheme == "https", httponly=True, samesite="strict",
            )  # fmt: skip
        return response


def _add_session(router: APIRouter, hub: Hub) -> None:
    @router.post("/api/v1/session/offer", openapi_extra=json_body(schema.Offer))
    async def offer(request: Request) -> Response:
        """Signalling without a WebSocket: an offer in, the answer out; the same token comes back to its session."""
        require_same_origin(request)
        token = bearer(request)
        hub.knock(token)
        try:
            asked = await read_message(request, hub, schema.Offer)
        except MessageRefused as refused:
            raise OfferRefused("offer.malformed", refused.message) from None
        claims = hub.enter(token)
        answer = await hub.offer(claims, asked.sdp, address_of(request), None)
        return JSONResponse(schema.Answer(sdp=answer).model_dump())

    @router.post("/api/v1/session/candidate", status_code=204, openapi_extra=json_body(schema.Candidate))
    async def candidate(request: Request) -> Response:
        """A trickled candidate."""
        require_same_origin(request)
        claims = hub.owner(bearer(request))
        asked = await read_message(request, hub, schema.Candidate)
        await hub.candidate(claims.session_id, asked.candidate)
        return Response(status_code=204)

    @router.post("/api/v1/session/control", openapi_extra=json_body(schema.ClientControl))
    async def control(request: Request) -> Response:
        """Do what a message of the control channel asks for, for clients that have none; returns the state."""
        require_same_origin(request)
        claims = hub.owner(bearer(request))
        message = schema.parse_control(await read_body(request, hub.settings.limits.control_message_kib * 1024))
        session = hub.session(claims.session_id)
        if session is None:
            raise NotHere("session.gone", "This session has ended.")
        return JSONResponse(session.request(message).model_dump(mode="json"))

    @router.delete("/api/v1/session", status_code=204)
    async def end(request: Request) -> Response:
        """End a session that signals over plain HTTP."""
        require_same_origin(request)
        await hub.leave(hub.owner(bearer(request)).session_id, "bye")
        return Response(status_code=204)


def _add_photo(router: APIRouter, hub: Hub) -> None:
    @router.post("/api/v1/photo", responses={200: {"content": {"image/png": {}}}}, response_class=Response)
    async def photo(
        request: Request,
        garment: Annotated[list[str], Query(min_length=1, max_length=GARMENTS_MAX)],
        size: Annotated[list[str] | None, Query(max_length=GARMENTS_MAX)] = None,
        height_cm: Annotated[float | None, Query(ge=50, le=250, allow_inf_nan=False)] = None,
    ) -> Response:
        """Dress the person of a still photo (PNG, JPEG or WebP as the body); nothing is kept.

        `garment` may be repeated; then either every one has its `size` (empty: the recommended one), or one
        size goes for all.
        """
        require_same_origin(request)
        hub.tokens.check(bearer(request), time.time())
        if not hub.photo_rates.allow(address_of(request), time.monotonic()):
            raise hub.refuse(TooMany("rate.photos", "Too many photos. Wait a minute.", retry_s=60))
        wishes = outfit_of(garment, size or [])
        check_outfit(hub.catalogue, wishes)
        data = await read_body(request, int(hub.settings.limits.photo_mib * 2**20))
        wish = {"garments": [w.model_dump() for w in wishes], "height_cm": height_cm, "mirror": False}
        picture = await compose_photo(data, wish, hub.settings, hub.pool)
        return Response(picture, media_type="image/png")


def _picture(garment_id: str, colourway: str | None) -> str:
    return f"/api/v1/garments/{garment_id}/thumbnail.png" + (f"?colourway={colourway}" if colourway else "")


def outfit_of(garments: list[str], sizes: list[str]) -> list[GarmentWish]:
    """Return the outfit that a query names.  Raises MessageRefused."""
    names = [name for entry in garments for name in entry.split(",")]
    each = sizes * len(names) if len(sizes) == 1 else sizes or [""] * len(names)
    if len(each) != len(names) or len(names) > GARMENTS_MAX:
        raise MessageRefused("query", "size: as many as garments, or one for all, or none")
    wishes = []
    for name, size in zip(names, each, strict=True):
        garment_id, colourway, tucked = split_name(name)
        wishes.append(GarmentWish.model_construct(id=garment_id, size=size or None, colourway=colourway, tucked=tucked))
    return wishes


def address_of(request: Any) -> str:
    """Return the address a request came from."""
    return request.client.host if request.client else ""


def bearer(request: Request) -> str:
    """Return the token of the Authorization header.  Raises TokenRefused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused
    return token


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body of at most `limit` bytes within ten seconds.  Raises Refused."""
    too_large = _BodyTooLarge("body.too_large", f"More than {limit} bytes.")
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limit:
                    raise too_large
    except TimeoutError:
        raise Refused("body.slow", "The upload took too long.") from None
    return bytes(data)


async def read_message(request: Request, hub: Hub, model: type[schema.M]) -> schema.M:
    """Read a JSON body as one of our messages.  Raises Refused."""
    return schema.parse_as(model, await read_body(request, hub.settings.limits.signal_message_kib * 1024))


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Tell OpenAPI which refusals a route may answer with."""
    return {status: {"model": RefusalAnswer, "description": REFUSALS[status]} for status in statuses}


def json_body(model: Any) -> dict[str, Any]:
    """Tell OpenAPI what a route reads by itself."""
    schema_of = TypeAdapter(model).json_schema()
    content = {"application/json": {"schema": _whole(schema_of, schema_of.pop("$defs", {}))}}
    return {"requestBody": {"required": True, "content": content}}


def _whole(part: Any, definitions: dict[str, Any]) -> Any:
    """Return a part of a schema with what it refers to in its place: in OpenAPI's document a reference would miss."""
    if isinstance(part, list):
        return [_whole(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _whole(definitions[part["$ref"].rpartition("/")[2]], definitions)
    return {key: _whole(value, definitions) for key, value in part.items() if key != "discriminator"}
