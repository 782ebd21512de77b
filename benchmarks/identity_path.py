"""A pipeline that gives every picture back as it is: what the server itself costs.

The worker calls it in the place of `server.worker.live_path`. LOOKGLASS_BENCH_STAGE_S makes it slow.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pipelines.types import CameraFrame, TryOnResult
from server.worker.ring import Planes

STAGE_S = float(os.environ.get("LOOKGLASS_BENCH_STAGE_S", "0"))
TrackState = DressState = type("State", (), {"shown": "mirror"})


def load_track(_tryon: dict[str, str]) -> None:
    """Nothing is loaded."""


load_dress = refresh = load_track


def load_tailor() -> tuple[Callable[[Any], Any], Iterator[None], Callable[[Any], Iterator[None]]]:
    """Return a tailor whose outfits are the wishes."""
    return (lambda wish: wish), iter(()), lambda _wish: iter(())


def look_of(look: dict[str, Any]) -> dict[str, Any]:
    """Return the look; there is only the mirror."""
    return look


def people_of(_wish: dict[str, Any]) -> int:
    """Return 1."""
    return 1


def warm_wish() -> dict[str, Any]:
    """Return a wish for nothing."""
    return {"garments": [], "height_cm": None, "mirror": False}


def warm_frames() -> list[CameraFrame]:
    """Return one grey picture."""
    return [camera_frame((np.full((480, 640), 128, np.uint8), *(np.full((240, 320), 128, np.uint8),) * 2), 0.0)]


def describe(_track: None, _dress: None) -> dict[str, dict[str, str]]:
    """Tell that nothing is computed."""
    return {"pose": {}, "render": {}, "composite": {}}


def camera_frame(planes: Planes, captured_s: float) -> CameraFrame:
    """Return the planes as a frame."""
    return CameraFrame(*planes, captured_s, np.eye(3))


def track(frame: CameraFrame, state: Any, *_: Any) -> tuple[CameraFrame, Any]:
    """Hand the frame on."""
    return frame, state


def dress(frame: CameraFrame, _outfit: Any, state: Any, *_: Any) -> tuple[TryOnResult, Any]:
    """Hand the frame on, after a while."""
    time.sleep(STAGE_S)
    return TryOnResult(frame, None), state


def carried(frame: CameraFrame, _before: CameraFrame, _last: CameraFrame) -> CameraFrame:
    """Hand the frame on."""
    return frame


def eased(engine: Any) -> Any:
    """Return the engine."""
    return engine


def fit_told(outfit: Any, state: Any, picture: Any) -> None:
    """Tell nothing: nobody asks."""
