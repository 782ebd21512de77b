"""WHIP (RFC 9725): a camera comes in as any shopper does.  WHEP (draft-ietf-wish-whep-03): somebody watches.

A WHIP session is a session like the page's, with the same seat, worker and limits. The token of the consent is the
bearer token of both: who brings a session in may watch it, and give out tokens that are good for watching alone. What
is seen is what was composed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from server import schema
from server.api import address_of, bearer, outfit_of, read_body
from server.catalogue import check_outfit
from server.cors import require_known_origin
from server.errors import (
    NotHere,
    NotYet,
    OfferRefused,
    PreconditionMissing,
    PreconditionWrong,
    Refused,
    TokenRefused,
    WrongMedia,
)
from server.hub import Hub
from server.offers import INGEST, INGEST_BACK
from server.peer import Peer
from server.schema import GARMENTS_MAX
from server.session import Session
from server.settings import StandardsSettings
from server.tokens import VIEWER, Claims
from server.trickle import MEDIA_TYPE, parse_fragment

SDP = "application/sdp"
Garments = Annotated[list[str] | None, Query(max_length=GARMENTS_MAX)]
HeightCm = Annotated[float | None, Query(ge=50, le=250, allow_inf_nan=False)]
_SDP_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {SDP: {"schema": {"type": "string"}}}}}
_FRAGMENT: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}


class ViewerToken(BaseModel):
    """A token for watching one session."""

    token: str = Field(repr=False)
    expires_s: float


def make_whip_router(hub: Hub) -> APIRouter:
    """Return the routes over `hub`."""
    router = APIRouter()
    _add_whip(router, hub)
    _add_whep(router, hub)
    for path in ("/whip", "/whip/{session_id}", "/whep/{session_id}", "/whep/{session_id}/{viewer_id}"):
        _add_courtesies(router, hub, path)
    return router


def _add_whip(router: APIRouter, hub: Hub) -> None:
    @router.post("/whip", status_code=201, openapi_extra=_SDP_BODY)
    async def ingest(
        request: Request, garment: Garments = None, size: Garments = None, height_cm: HeightCm = None,
        mirror: bool = False, back: bool = False,
    ) -> Response:  # fmt: skip
        """Bring a camera in; `garment`, `size` and `height_cm` as for a photo.

        With `back`, a sendrecv offer gets the composed picture on the same connection, which RFC 9725 does not know.
        """
        require_known_origin(request, hub.settings.standards.origins)
        token = bearer(request)
        hub.knock(token)
        wishes = outfit_of(garment or [], size or [])
        check_outfit(hub.catalogue, wishes)
        wished = schema.State(garments=tuple(wishes), height_cm=height_cm, mirror=mirror)
        sdp = await _read_sdp(request, hub)
        claims = hub.enter(token)
        kind = INGEST_BACK if back else INGEST
        answer = await hub.offer(claims, sdp, address_of(request), None, kind, wished)
        peer = _seated(hub, claims.session_id).peer
        return _created(f"/whip/{claims.session_id}", peer, answer, hub.settings.standards)

    @router.patch("/whip/{session_id}", status_code=204, openapi_extra=_FRAGMENT)
    async def trickle(request: Request, session_id: str) -> Response:
        """Add candidates."""
        _own(request, hub, session_id)
        return await _trickle(request, hub, _seated(hub, session_id).peer)

    @router.delete("/whip/{session_id}")
    async def end(request: Request, session_id: str) -> Response:
        """End the session."""
        _own(request, hub, session_id)
        await hub.leave(session_id, "bye")
        return Response()


def _add_whep(router: APIRouter, hub: Hub) -> None:
    @router.post("/whep/{session_id}", status_code=201, openapi_extra=_SDP_BODY)
    async def watch(request: Request, session_id: str) -> Response:
        """Watch the composed picture of a session that came in over WHIP."""
        watcher = _watcher(request, hub, session_id)
        sdp = await _read_sdp(request, hub)
        try:
            hub.limit_offers(address_of(request))
            if (session := hub.session(session_id)) is None:
                raise NotYet("session.silent", "Nothing comes in at the moment. Try again.", retry_s=2)
            viewer_id, peer, answer = await session.viewers.add(sdp, watcher.jti)
        except Refused as refused:
            raise hub.refuse(refused) from None
        return _created(f"/whep/{session_id}/{viewer_id}", peer, answer, hub.settings.standards)

    @router.post("/whep/{session_id}/token", status_code=201)
    async def invite(request: Request, session_id: str) -> ViewerToken:
        """Return a token with which somebody else may watch this session, and do nothing else."""
        _own(request, hub, session_id)
        token, _ = hub.tokens.make_viewer(session_id, time.time())
        return ViewerToken(token=token, expires_s=hub.settings.session.token_s)

    @router.patch("/whep/{session_id}/{viewer_id}", status_code=204, openapi_extra=_FRAGMENT)
    async def trickle(request: Request, session_id: str, viewer_id: str) -> Response:
        """Add candidates of a viewer."""
        _own_viewer(request, hub, session_id, viewer_id)
        return await _trickle(request, hub, _seated(hub, session_id).viewers.get(viewer_id))

    @router.delete("/whep/{session_id}/{viewer_id}")
    async def end(request: Request, session_id: str, viewer_id: str) -> Response:
        """Stop watching."""
        _own_viewer(request, hub, session_id, viewer_id)
        await _seated(hub, session_id).viewers.remove(viewer_id)
        return Response()


def _add_courtesies(router: APIRouter, hub: Hub, path: str) -> None:
    @router.options(path, include_in_schema=False)
    async def options(request: Request) -> Response:
        """What may be posted (RFC 9725 section 4.4); ICE servers, but not for a preflight, which no page can read.

        TURN only with a token.
        """
        require_known_origin(request, hub.settings.standards.origins)
        response = Response(headers={"Accept-Post": SDP, "Accept-Patch": MEDIA_TYPE})
        if "access-control-request-method" not in request.headers:
            user = "options" if _is_known(request, hub) else None
            _tell_ice_servers(response, hub.settings.standards, user, time.time())
        return response

    @router.api_route(path, methods=["GET", "HEAD"], status_code=204, include_in_schema=False)
    async def nothing() -> Response:
        """Nothing to be seen (RFC 9725 section 4)."""
        return Response(status_code=204)


def _is_known(request: Request, hub: Hub) -> bool:
    """Whether the request bears a token that may come in: passwords are not for everybody."""
    try:
        hub.knock(bearer(request))
    except TokenRefused:
        return False
    return True


def _own(request: Request, hub: Hub, session_id: str) -> Claims:
    """Return the claims of the token of this session.  Raises Refused for any other."""
    require_known_origin(request, hub.settings.standards.origins)
    claims = hub.owner(bearer(request))
    if claims.session_id != session_id:
        raise TokenRefused
    return claims


def _watcher(request: Request, hub: Hub, session_id: str) -> Claims:
    """Return the claims of the session's own token, or of one given out for watching it.  Raises Refused."""
    try:
        claims = hub.tokens.check(bearer(request), time.time(), subject=VIEWER)
    except TokenRefused:
        return _own(request, hub, session_id)
    require_known_origin(request, hub.settings.standards.origins)
    if claims.session_id != session_id:
        raise TokenRefused
    return claims


def _own_viewer(request: Request, hub: Hub, session_id: str, viewer_id: str) -> None:
    """Raise Refused unless the viewer came with this token, or the token is the session's own."""
    claims = _watcher(request, hub, session_id)
    if not _seated(hub, session_id).viewers.is_holder(viewer_id, claims.jti):
        _own(request, hub, session_id)


def _seated(hub: Hub, session_id: str) -> Session:
    session = hub.session(session_id)
    if session is None:
        raise NotHere("session.gone", "This session has ended.")
    return session


async def _read_sdp(request: Request, hub: Hub) -> str:
    return await _read_text(request, SDP, hub.settings.limits.offer_kib * 1024)


async def _read_text(request: Request, media_type: str, limit: int) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise WrongMedia("media_type", f"The body has to be {media_type}.")
    try:
        return (await read_body(request, limit)).decode()
    except UnicodeDecodeError:
        raise OfferRefused("offer.malformed", "The body is not UTF-8.") from None


async def _trickle(request: Request, hub: Hub, peer: Peer | None) -> Response:
    """Add the candidates of a fragment to the connection that `If-Match` names (RFC 9725 section 4.3.1)."""
    if peer is None:
        raise NotHere("session.gone", "This connection has ended.")
    text = await _read_text(request, MEDIA_TYPE, hub.settings.limits.offer_kib * 1024)
    fragment = parse_fragment(text, hub.settings.limits)
    condition = request.headers.get("if-match")
    if condition is None:
        raise PreconditionMissing("etag.missing", "If-Match has to name the connection.")
    if condition != "*" and peer.etag not in [tag.strip() for tag in condition.split(",")]:
        raise PreconditionWrong("etag.old", "This connection was replaced by another.")
    if fragment.ufrag != peer.ufrag:
        raise OfferRefused("ice.restart", "There is no ICE restart here: post a new offer with the same token.")
    for candidate in fragment.candidates:
        await peer.add_candidate(schema.IceCandidate(candidate=candidate))
    return Response(status_code=204)


def _created(location: str, peer: Peer | None, answer: str, settings: StandardsSettings) -> Response:
    headers = {"Location": location, "Accept-Patch": MEDIA_TYPE, "ETag": peer.etag if peer else ""}
    response = Response(answer, 201, headers, media_type=SDP)
    _tell_ice_servers(response, settings, location.rpartition("/")[2], time.time())
    return response


def _tell_ice_servers(response: Response, settings: StandardsSettings, user: str | None, now_s: float) -> None:
    for url in settings.ice_servers:
        if user is not None or not url.startswith("turn"):
            response.headers.append("Link", ice_server_link(url, settings, user or "", now_s))


def ice_server_link(url: str, settings: StandardsSettings, user: str, now_s: float) -> str:
    """Return one server as a Link header; TURN with a password for `user` that ends (coturn's REST API, HMAC-SHA1)."""
    link = f'<{url}>; rel="ice-server"'
    if settings.turn_secret is None or not url.startswith("turn"):
        return link
    name = f"{int(now_s + settings.turn_s)}:{user}"
    digest = hmac.new(settings.turn_secret.get_secret_value().encode(), name.encode(), hashlib.sha1).digest()
    password = base64.b64encode(digest).decode()
    return f'{link}; username="{name}"; credential="{password}"; credential-type="password"'
