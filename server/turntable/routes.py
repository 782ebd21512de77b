"""The routes of the mannequin: a still, a turn, and how each size would sit.

A height fits into the query; what more is known of the body is posted, so that no address holds it.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from pipelines.sizing.evidence import KnownBody, evidence_of
from server.api import json_body, read_message, refusals
from server.bodies import check_body, estimated, known_in
from server.catalogue import check_outfit, read_tucked
from server.errors import MessageRefused, NotAcceptable, TooMany
from server.headers import require_same_origin
from server.hub import Hub
from server.limits import AddressRates
from server.schema import GARMENTS_MAX, Body, GarmentWish, Known
from server.sizes import recommended
from server.turntable.desk import Order

FORMS = {"image/webp": "webp", "image/png": "png", "video/mp4": "mp4"}
STREAM, BOUNDARY = "multipart/mixed", "lookglass-frame"
FRAMES_MAX, WIDTH_MAX = 36, 640

Garments = Annotated[str, Query(min_length=1, max_length=400, description="ID:SIZE:COLOURWAY:tucked,ID,…; at most 4")]
HeightCm = Annotated[float | None, Query(ge=50, le=250, allow_inf_nan=False)]
Width = Annotated[int, Query(ge=96, le=WIDTH_MAX)]
Pitch = Annotated[float, Query(ge=-10, le=60, allow_inf_nan=False)]


class SizeFit(BaseModel):
    """How one size would sit."""

    model_config = ConfigDict(extra="forbid")

    size: str
    ease_cm: dict[str, float] = Field(description="garment less body, by girth; below 0 it is tight")


class FitAnswer(BaseModel):
    """How every size of a garment would sit."""

    model_config = ConfigDict(extra="forbid")

    garment: str
    recommended: str | None = Field(description="the size that `POST /api/v1/size` names, null where it names none")
    sizes: list[SizeFit]


def make_turntable_router(hub: Hub) -> APIRouter:
    """Return the routes over `hub`."""
    router = APIRouter(prefix="/api/v1")
    views = AddressRates(hub.settings.limits.views_per_minute, 60)
    turns = AddressRates(hub.settings.limits.turntables_per_minute, 60)

    def admit(request: Request, rates: AddressRates) -> None:
        address = request.client.host if request.client else ""
        if not rates.allow(address, time.monotonic()):
            raise hub.refuse(TooMany("rate.turntable", "Too many pictures. Wait a minute.", retry_s=60))

    @router.post("/view", responses={200: {"content": {"image/webp": {}, "image/png": {}}}},
                 response_class=Response, openapi_extra=json_body(Body))  # fmt: skip
    @router.get("/view", responses={200: {"content": {"image/webp": {}, "image/png": {}}}}, response_class=Response)
    async def view(
        request: Request, garments: Garments, height_cm: HeightCm = None, width: Width = 480, pitch: Pitch = 6.0,
        yaw: Annotated[float, Query(ge=-3600, le=3600, allow_inf_nan=False)] = 0.0,
    ) -> Response:  # fmt: skip
        """The mannequin in these garments, once; yaw 90 shows its own left side, 180 its back."""
        media_type = accepted(request, ("image/webp", "image/png"))
        wanted = _wish(hub, garments) | await _told(request, hub, height_cm)
        admit(request, views)
        order = hub.desk.order({
            **wanted, "kind": "view", "form": FORMS[media_type], "width": width, "pitch_deg": pitch,
            "yaw_deg": yaw % 360.0,
        })  # fmt: skip
        return Response(await _whole(order), media_type=media_type)

    @router.post("/turntable", responses={200: {"content": {name: {} for name in (*FORMS, STREAM)}}},
                 response_class=Response, openapi_extra=json_body(Body))  # fmt: skip
    @router.get("/turntable", responses={200: {"content": {name: {} for name in (*FORMS, STREAM)}}},
                response_class=Response)  # fmt: skip
    async def turntable(
        request: Request, garments: Garments, height_cm: HeightCm = None, width: Width = 480, pitch: Pitch = 6.0,
        frames: Annotated[int, Query(ge=2, le=FRAMES_MAX)] = 24,
    ) -> Response:  # fmt: skip
        """The mannequin once round, the front first, its left side next.

        `Accept` chooses: an animated WebP, a strip as PNG, an MP4, or multipart/mixed: WebP stills as they are drawn.
        """
        media_type = accepted(request, (*FORMS, STREAM))
        wanted = _wish(hub, garments) | await _told(request, hub, height_cm)
        admit(request, turns)
        kind = {"kind": "frames"} if media_type == STREAM else {"kind": "turn", "form": FORMS[media_type]}
        order = hub.desk.order({**wanted, **kind, "width": width, "pitch_deg": pitch, "frames": frames})
        if media_type != STREAM:
            return Response(await _whole(order), media_type=media_type)
        parts = aiter(order)
        first = await anext(parts)  # a refusal has its own status
        return StreamingResponse(_multipart(first, parts), media_type=f"{STREAM}; boundary={BOUNDARY}")

    @router.post("/fit", openapi_extra=json_body(Body), responses=refusals(403, 413, 422, 429, 503))
    @router.get("/fit", responses=refusals(422, 429, 503))
    async def fit(request: Request, garment: Garments, height_cm: HeightCm = None) -> FitAnswer:
        """How every size of a garment would sit: its ease, garment minus body, in centimetres."""
        wanted = _wish(hub, garment) | await _told(request, hub, height_cm)
        if len(wanted["garments"]) != 1:
            raise MessageRefused("query", "garment: one at a time")
        admit(request, views)
        name = wanted["garments"][0]["id"]
        sizes = json.loads(await _whole(hub.desk.order({**wanted, "kind": "fit"})))
        return FitAnswer(garment=name, recommended=await recommended(hub, name, _known(wanted)), sizes=sizes)

    return router


def accepted(request: Request, offered: tuple[str, ...]) -> str:
    """Return the offered media type that `Accept` likes best, the first where it does not care.

    Raises NotAcceptable.  RFC 9110, section 12.5.1.
    """
    likes = [_like(entry) for entry in request.headers.get("accept", "*/*").split(",")]

    def quality(media_type: str) -> float:
        ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
        return next((q for name in ranges for entry, q in likes if entry == name), 0.0)

    best = max(offered, key=quality)
    if quality(best) <= 0.0:
        raise NotAcceptable("accept", f"There is {', '.join(offered)}.")
    return best


def _like(entry: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _wish(hub: Hub, garments: str) -> dict[str, Any]:
    """Read `ID:SIZE:COLOURWAY:tucked,ID,…`.  Raises MessageRefused or ChoiceRefused."""
    wishes = []
    for entry in garments.split(","):
        name, size, colourway, how, *more = (*entry.split(":"), "", "", "")
        if len(more) > 3:
            raise MessageRefused("query", "garments: ID:SIZE:COLOURWAY:tucked, the last three if you like")
        wishes.append(
            GarmentWish.model_construct(
                id=name, size=size or None, colourway=colourway or None, tucked=read_tucked(how)
            )
        )
    if len(wishes) > GARMENTS_MAX:
        raise MessageRefused("query", f"garments: at most {GARMENTS_MAX}")
    check_outfit(hub.catalogue, wishes)
    return {"garments": [wish.model_dump() for wish in wishes]}


async def _told(request: Request, hub: Hub, height_cm: float | None) -> dict[str, Any]:
    """Return what is told of the body: the query's height, or the `body` message that was posted.  Raises Refused."""
    if request.method == "GET":
        _check_height(height_cm)
        return {"height_cm": height_cm}
    require_same_origin(request)
    body = await read_message(request, hub, Body)
    check_body(body)
    _check_height(body.height_cm)
    return {"height_cm": body.height_cm, "body": body.model_dump(mode="json")}


def _check_height(height_cm: float | None) -> None:
    """Raise MeasureRefused for the height of no adult: of nobody else the body is known."""
    if height_cm is not None:
        estimated((Known(name="height", value=height_cm),), None, "en")


def _known(wanted: dict[str, Any]) -> KnownBody | None:
    """Return what is known of the body by what was `_told`."""
    height_cm = wanted["height_cm"]
    alone = None if height_cm is None else KnownBody((evidence_of("height", height_cm),))
    return known_in(wanted) or alone


async def _whole(order: Order) -> bytes:
    return b"".join([part async for part in order])


async def _multipart(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Frame WebP stills as RFC 2046 has it, each with its length."""
    yield _framed(first)
    async for part in rest:
        yield _framed(part)
    yield f"--{BOUNDARY}--\r\n".encode()


def _framed(part: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/webp\r\nContent-Length: {len(part)}\r\n\r\n"
    return head.encode() + part + b"\r\n"
