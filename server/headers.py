"""Response headers of every route, and the check that a request is for us and from our own page."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import OriginRefused, Refused

PERMISSIONS = (
    "camera=(self), xr-spatial-tracking=(self), accelerometer=(self), gyroscope=(self), microphone=(self), "
    "on-device-speech-recognition=(self), geolocation=(), display-capture=(), payment=(), usb=()"
)
FIXED = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HSTS = "max-age=31536000"
log = structlog.get_logger("lookglass.rim")
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)


def content_security_policy(host: str, secure: bool, script_hashes: tuple[str, ...]) -> str:
    """Return the policy for pages that were asked for under `host`."""
    scripts = "".join(f" '{value}'" for value in script_hashes)
    return (
        f"default-src 'none'; script-src 'self'{scripts} 'wasm-unsafe-eval'; style-src 'self'; "
        f"img-src 'self' blob: data:; media-src 'self' blob:; "
        f"connect-src 'self' {'wss' if secure else 'ws'}://{host}; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def import_map_hashes(html: bytes) -> tuple[str, ...]:
    """Return the CSP hash of every inline import map of a page."""
    digests = (hashlib.sha256(match[1]).digest() for match in _IMPORT_MAP.finditer(html))
    return tuple("sha256-" + base64.b64encode(digest).decode() for digest in digests)


class Rim:
    """ASGI layer: knows our host names, adds the headers, lets nobody else's page in."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], page: Path, hsts: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._page = page
        self._hsts = hsts
        self._hashes: tuple[float, tuple[str, ...]] = (-1.0, ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        secure = scope["scheme"] in ("https", "wss")

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                self._add(MutableHeaders(scope=message), host, secure)
            await send(message)

        if host_name(host) not in self._hosts:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": OriginRefused.close_code})
                return
            refused = OriginRefused()
            answer = JSONResponse(refused.said, refused.http_status)
            host = "localhost"
            await answer(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("request failed", path=scope["path"], kind=type(error).__name__, exc_info=error)
            if started or scope["type"] == "websocket":
                raise
            body = Refused("internal", "That went wrong on our side. It is noted.", zh="服务器出错了，我们已记录").said
            await JSONResponse(body, 500)(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, host: str, secure: bool) -> None:
        for name, value in FIXED.items():
            headers[name] = value
        headers["Content-Security-Policy"] = content_security_policy(host, secure, self._page_hashes())
        if secure and self._hsts:
            headers["Strict-Transport-Security"] = HSTS
        headers.setdefault("Cache-Control", "no-store")

    def _page_hashes(self) -> tuple[str, ...]:
        try:
            changed = self._page.stat().st_mtime
        except OSError:
            return ()
        if changed != self._hashes[0]:
            self._hashes = (changed, import_map_hashes(self._page.read_bytes()))
        return self._hashes[1]


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0].removeprefix("[").lower()
    return host.partition(":")[0].lower()


def require_same_origin(connection: HTTPConnection) -> None:
    """Raise OriginRefused unless the request was made by a page of this server."""
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    if connection.headers.get("origin") != f"{scheme}://{connection.headers.get('host', '')}":
        raise OriginRefused
