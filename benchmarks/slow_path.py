"""The live path with a stage that takes 60 ms more, for the stages benchmark."""

from __future__ import annotations

import time
from typing import Any

from pipelines.tryon import dress as _dress
from server.worker.live_path import (
    DressState,
    TrackState,
    camera_frame,
    describe,
    load_dress,
    load_tailor,
    load_track,
    track,
    warm_frames,
    warm_wish,
)

__all__ = [
    "DressState",
    "TrackState",
    "camera_frame",
    "describe",
    "dress",
    "load_dress",
    "load_tailor",
    "load_track",
    "track",
    "warm_frames",
    "warm_wish",
]

SLOW_S = 0.060


def dress(*args: Any) -> Any:
    """Dress as usual, then dawdle."""
    result = _dress(*args)
    time.sleep(SLOW_S)
    return result
