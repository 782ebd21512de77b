"""The record of consent: session id, time and version of the text, nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from server.errors import Refused
from server.schema import Consent


class ConsentLog:
    """An append-only file, one JSON object a line, mode 0600."""

    def __init__(self, path: Path, text_version: str) -> None:
        self._path = path
        self._text_version = text_version

    def check(self, consent: Consent) -> None:
        """Raise Refused unless the shopper is an adult who agreed to the current text."""
        if not consent.adult:
            raise _ConsentRefused("consent.adult", "Only adults may use the camera here.")
        if consent.text_version != self._text_version:
            raise _ConsentRefused("consent.text_version", f"The text is now version {self._text_version}. Reload.")

    def record(self, session_id: str, now_s: float) -> None:
        """Write one consent down; `now_s` is Unix time."""
        line = json.dumps({"session": session_id, "at_s": round(now_s, 3), "text_version": self._text_version})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a") as file:
            file.write(line + "\n")


class _ConsentRefused(Refused):
    http_status = 422
