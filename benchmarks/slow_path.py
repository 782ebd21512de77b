"""The live path with a stage that takes 60 ms more, for the stages benchmark."""

from __future__ import annotations

import time
from typing import Any

from server.worker import live_path

SLOW_S = 0.060


def __getattr__(name: str) -> Any:
    """Everything but `dress` is the live path's own."""
    return getattr(live_path, name)


def dress(*args: Any) -> Any:
    """Dress as usual, then dawdle."""
    result = live_path.dress(*args)
    time.sleep(SLOW_S)
    return result
