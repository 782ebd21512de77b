"""Structured logs: no pixels, landmarks, measurements or tokens; addresses truncated."""

from __future__ import annotations

import logging
from typing import Any

import structlog

from server.limits import truncated

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
SECRET_KEYS = frozenset(
    ("token", "secret", "authorization", "cookie", "sdp", "join", "height_cm", "known", "body", "uv_px")
)


def set_up(level: str, as_json: bool) -> None:
    """Configure structlog and quiet the libraries, which would log addresses and SDP."""
    # Plain: the default would print every frame's local variables, and with them what shoppers sent.
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if as_json else console
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            scrub,
            structlog.processors.format_exc_info if as_json else _as_is,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    for name in ("aioice", "aiortc", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("libav").setLevel(logging.CRITICAL)


def scrub(_: Any, __: str, event: Any) -> Any:
    """Take out what must not be written down, whoever put it in."""
    for key in list(event):
        if key in SECRET_KEYS:
            event[key] = "(hidden)"
        elif key == "address":
            event[key] = truncated(str(event[key]))
    return event


def _as_is(_: Any, __: str, event: Any) -> Any:
    return event
