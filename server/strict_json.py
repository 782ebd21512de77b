"""JSON from outside: bounded depth, no duplicate keys, no NaN, objects only."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from server.errors import MessageRefused

DEPTH_MAX = 16
_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)  # the closing quote may be missing: linear time


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Parse one JSON object.  Raises MessageRefused."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise MessageRefused("json", "not UTF-8") from None
    _check_depth(decoded)
    try:
        value = json.loads(decoded, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MessageRefused("json", "not JSON") from None
    if not isinstance(value, dict):
        raise MessageRefused("json", "not a JSON object")
    return value


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the recursive parser sees it; brackets inside strings do not count."""
    depth = 0
    for match in _BRACKET.finditer(text):
        char = match[0]
        if char in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise MessageRefused("json", f"nested deeper than {DEPTH_MAX}")
        elif char in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MessageRefused("json", "the same key twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise MessageRefused("json", f"{name} is not JSON")
