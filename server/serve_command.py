"""`run_server.py serve`: settings in, a running server, an exit code out."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import contextlib
import datetime
import errno
import os
import signal
import socket
import sys
from typing import Any

import segno
import structlog
import uvicorn

from server import logs, tls
from server.app import create_app
from server.catalogue import Catalogue, open_catalogue
from server.collector import leave_loaded_out
from server.hub import Hub
from server.settings import Settings, SettingsRejected, load_settings
from server.worker.pool import LIVE_PATH

BACKLOG = 128
EXECUTOR_THREADS = 4  # encoders and scaling; more would only fight for the cores
log = structlog.get_logger("lookglass.serve")


class _Server(uvicorn.Server):
    """uvicorn, with signals left to us."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        leave_loaded_out()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def main(args: argparse.Namespace) -> int:
    """Serve with the command line's settings.  Returns the exit code."""
    overrides: dict[str, object] = {}
    if getattr(args, "lan", False) or os.environ.get("LAN", "") not in ("", "0"):
        overrides["lan.enabled"] = True
    for key in ("host", "port"):
        if getattr(args, key, None) is not None:
            overrides[f"server.{key}"] = getattr(args, key)
    try:
        settings = load_settings(getattr(args, "config", None), overrides)
        return serve(settings)
    except SettingsRejected as rejected:
        print(f"lookglass: settings: {rejected}", file=sys.stderr)
        return 2


def serve(settings: Settings, catalogue: Catalogue | None = None, pipeline: str = LIVE_PATH) -> int:
    """Serve until SIGTERM or SIGINT (then drain, exit 0) or a second one (then at once).  Raises SettingsRejected."""
    logs.set_up(settings.server.log_level, settings.server.log_json)
    listener = listen(settings)
    if listener is None:
        return 2
    with listener:
        addresses = tls.lan_addresses() if settings.lan.enabled else []
        app = create_app(settings, catalogue or open_catalogue(settings), frozenset(addresses), pipeline)
        hub: Hub = app.state.hub
        server = _Server(server_config(app, settings, addresses))
        _announce(settings, hub, addresses, listener.getsockname()[1])
        asyncio.run(_run(server, hub, listener, settings.server.drain_s))
    return 0


async def _run(server: _Server, hub: Hub, listener: socket.socket, drain_s: float) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(EXECUTOR_THREADS, "lookglass"))
    asked = asyncio.Event()

    def end() -> None:
        if asked.is_set():
            os._exit(1)  # asked twice: at once; the workers see the closed link and follow
        asked.set()

    async def drain() -> None:
        await asked.wait()
        log.info("ending; a second signal ends at once")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_s):
                await hub.farewell()
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    draining = asyncio.create_task(drain())
    await server.serve(sockets=[listener])
    draining.cancel()


def server_config(app: Any, settings: Settings, addresses: list[str]) -> uvicorn.Config:
    """Return uvicorn's options: limits, pings and TLS as the settings say, nothing logged by itself."""
    limits = settings.limits
    options: dict[str, Any] = {}
    if settings.tls.mode == "files":
        options = {"ssl_certfile": settings.tls.cert_file, "ssl_keyfile": settings.tls.key_file}
    elif settings.tls.mode == "self_made":
        now = datetime.datetime.now(datetime.UTC)
        files = tls.self_made(settings.server.var_dir / "tls", addresses, settings.tls.valid_days, now)
        options = {"ssl_certfile": files.cert, "ssl_keyfile": files.key}
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on",
        ws="websockets-sansio", ws_max_size=limits.signal_message_kib * 1024, ws_ping_interval=5, ws_ping_timeout=5,
        ws_per_message_deflate=False, limit_concurrency=limits.connections_max, timeout_keep_alive=15,
        timeout_graceful_shutdown=max(1, round(settings.server.drain_s)), backlog=BACKLOG, **options,
    )  # fmt: skip


def listen(settings: Settings) -> socket.socket | None:
    """Bind, so that a port in use is one clear line instead of a trace."""
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named: else the second write of every answer waits
    # for the browser's delayed acknowledgement, 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # who follows the printed link at once waits instead of being turned away
    except OSError as error:
        listener.close()
        hint = {
            errno.EADDRINUSE: "the port is in use; stop the other server or choose another: --port 8081",
            errno.EACCES: "this port needs root; choose one above 1023: --port 8080",
            errno.EADDRNOTAVAIL: "this machine has no such address; see server.host",
        }.get(error.errno or 0, str(error))
        print(f"lookglass: cannot listen on {host}:{port}: {hint}", file=sys.stderr)
        return None
    return listener


def _announce(settings: Settings, hub: Hub, addresses: list[str], port: int) -> None:
    scheme = "http" if settings.tls.mode == "off" else "https"
    if not settings.lan.enabled:
        print(f"Lookglass: {scheme}://{settings.server.host}:{port}/", flush=True)
        return

    def show() -> None:
        token = f"#join={hub.joins.current}" if hub.joins is not None else ""
        for address in addresses or ["127.0.0.1"]:
            print(f"Lookglass: {scheme}://{address}:{port}/{token}", flush=True)
        segno.make(f"{scheme}://{(addresses or ['127.0.0.1'])[0]}:{port}/{token}", micro=False).terminal(compact=True)
        print("The link works once; the next one is printed when it was used.", flush=True)

    hub.on_join_used = show
    if settings.tls.mode == "self_made":
        fingerprint = tls.fingerprint(settings.server.var_dir / "tls" / "lan.crt")
        print(f"The certificate is our own; the browser will ask. SHA-256 {fingerprint}", flush=True)
    show()
