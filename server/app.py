"""The FastAPI application: pages, API, signalling socket, one rim of headers around all of it."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.api import make_router
from server.body_scan import make_body_scan_router
from server.catalogue import Catalogue
from server.cors import Cors
from server.errors import MessageRefused, Refused
from server.headers import Rim
from server.hub import Hub, product_version
from server.settings import Settings
from server.shop.routes import make_shop_router
from server.signal_socket import serve_socket
from server.size_texts import make_size_text_router
from server.sizes import make_size_router
from server.turntable.routes import make_turntable_router
from server.unity_socket import serve_unity
from server.whip import make_whip_router
from server.worker.pool import LIVE_PATH

SERVED = frozenset(
    (
        ".js",
        ".mjs",
        ".css",
        ".json",
        ".svg",
        ".png",
        ".webp",
        ".jpg",
        ".ico",
        ".webm",
        ".woff2",
        ".webmanifest",
        ".html",
    )
)
HIDDEN = frozenset(("test", "tests", "package.json", "package-lock.json", "tsconfig.json"))
LOCAL_HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))


class PageFiles(StaticFiles):
    """The page's own files: known kinds only; tests and tool settings stay at home."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file."""
        parts = path.replace("\\", "/").split("/")
        suffix = "." + parts[-1].rpartition(".")[2]
        if suffix not in SERVED or any(part in HIDDEN or part.startswith(".") for part in parts):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


ROUTERS = (
    make_turntable_router, make_size_router, make_body_scan_router, make_size_text_router, make_shop_router,
    make_whip_router,
)  # fmt: skip


def create_app(
    settings: Settings, catalogue: Catalogue, hosts: frozenset[str] = frozenset(), pipeline: str = LIVE_PATH
) -> FastAPI:
    """Return the application; `hosts` are the names, besides the local ones, under which it may be called."""
    hub = Hub(settings, catalogue, pipeline)
    page = settings.server.web_dir / "index.html"

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        try:
            yield
        finally:
            await hub.stop()

    app = FastAPI(
        title="Lookglass", version=product_version(), lifespan=lifespan, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.hub = hub
    app.include_router(make_router(hub, page))
    for make in ROUTERS:
        app.include_router(make(hub))
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("text/javascript", ".mjs")
    app.mount("/static", PageFiles(directory=settings.server.web_dir, check_dir=False))

    _add_sockets(app, hub)
    _add_refusals(app)
    app.add_middleware(Cors, origins=settings.standards.origins)
    own = {settings.server.host, *settings.server.public_hosts, *hosts}
    allowed = LOCAL_HOSTS | {name.lower() for name in own if name not in ("0.0.0.0", "::")}  # noqa: S104 - not bound here
    app.add_middleware(Rim, hosts=frozenset(allowed), page=page, hsts=settings.tls.mode == "files")
    return app


def _add_sockets(app: FastAPI, hub: Hub) -> None:
    @app.websocket("/ws")
    async def signalling(socket: WebSocket) -> None:
        await serve_socket(socket, hub)

    @app.websocket("/unity")
    async def unity(socket: WebSocket) -> None:
        await serve_unity(socket, hub)


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        headers = {"Retry-After": str(round(error.retry_s))} if error.retry_s else None
        return JSONResponse(error.said, error.http_status, headers)

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(Refused(f"http.{error.status_code}", str(error.detail)).said, error.status_code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse(MessageRefused("query", f"{key}: {first['msg']}"[:200]).said, 422)
