"""Pages of other sites at /whip and /whep: those that the settings name, no others (Fetch standard, section 3.2)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.headers import require_same_origin

PATHS = ("/whip", "/whep")
SEEN = "Location, Link, ETag, Accept-Patch, Retry-After"  # what a page may read of an answer
MAY_SEND = "Authorization, Content-Type, If-Match"
MAY_DO = "OPTIONS, GET, POST, PATCH, DELETE"


def require_known_origin(connection: HTTPConnection, origins: tuple[str, ...]) -> None:
    """Raise OriginRefused for a page of a site that is neither ours nor named; programs that are no page have none."""
    origin = connection.headers.get("origin")
    if origin is not None and origin not in origins:
        require_same_origin(connection)


class Cors:
    """ASGI layer: tells the browser that a named site's page may see the answers, refusals too."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin not in self._origins or not scope["path"].startswith(PATHS):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin or ""
                headers["Access-Control-Expose-Headers"] = SEEN
                headers["Access-Control-Allow-Methods"] = MAY_DO
                headers["Access-Control-Allow-Headers"] = MAY_SEND
                headers.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, send_with_headers)
