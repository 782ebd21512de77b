"""The main path as the worker calls it: plain wishes in, plain words out.

The worker knows only the names of this module, so that a test can put another module in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import GarmentChoice, Outfit, Wish, prepare
from pipelines.tryon import (
    DressEngine,
    DressState,
    TrackEngine,
    TrackState,
    TryOnSettings,
    dress,
    load_dress_engine,
    load_track_engine,
    track,
)
from pipelines.types import CameraFrame
from server.worker.ring import Planes, planes_of

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

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_CLIP = ROOT / "xr_client" / "web" / "demo_shopper.webm"
WARM_FRAMES = 16
FOCAL_OF_LONGER_SIDE = 1.3  # a long lens hides depth noise; flat from 1.2 up


def load_track(tryon: dict[str, str]) -> TrackEngine:
    """Load what `track` needs, in its thread."""
    return load_track_engine(_settings(tryon))


def load_dress(tryon: dict[str, str]) -> DressEngine:
    """Load what `dress` needs, in its thread."""
    return load_dress_engine(_settings(tryon))


def load_tailor() -> Callable[[dict[str, Any]], Outfit]:
    """Return what turns a wish into an outfit; raises TryOnError for a wish that cannot be met."""
    catalogue, model = load_catalogue(), load_body_model()

    def fit(wish: dict[str, Any]) -> Outfit:
        garments = tuple(GarmentChoice(str(g["id"]), g["size"]) for g in wish["garments"])
        return prepare(Wish(garments, wish["height_cm"], bool(wish["mirror"])), catalogue, model)

    return fit


def describe(track_engine: TrackEngine, dress_engine: DressEngine) -> dict[str, dict[str, str]]:
    """Tell which backends run and why, for the log and `/healthz`."""
    reasons = dress_engine.reasons
    return {
        "pose": {"model": track_engine.tracker.name},
        "render": {**dress_engine.renderer.describe(), "reason": reasons["render"]},
        "composite": {"backend": dress_engine.compositor.name, "reason": reasons["composite"]},
    }


def warm_wish() -> dict[str, Any]:
    """Return an outfit that makes every kernel compile."""
    cards = load_catalogue().cards()
    return {"garments": [{"id": card.id, "size": None} for card in cards[:1]], "height_cm": None, "mirror": False}


def warm_frames() -> Iterator[CameraFrame]:
    """Yield the first pictures of the synthetic shopper: somebody to find and to dress."""
    with av.open(str(WARM_CLIP)) as container:
        for index, picture in enumerate(container.decode(video=0)):
            if index == WARM_FRAMES:
                return
            packed = np.asarray(picture.to_ndarray(format="yuv420p"), np.uint8).reshape(-1)
            planes = planes_of(packed, picture.width, picture.height)
            yield camera_frame(planes, index / 30)


def camera_frame(planes: Planes, captured_s: float) -> CameraFrame:
    """Dress planes as a CameraFrame seen through an assumed lens."""
    for plane in planes:
        plane.flags.writeable = False
    height, width = planes[0].shape
    focal_px = FOCAL_OF_LONGER_SIDE * max(width, height)
    intrinsics = np.array([[focal_px, 0, width / 2], [0, focal_px, height / 2], [0, 0, 1]], np.float64)
    return CameraFrame(*planes, captured_s, intrinsics)


def _settings(tryon: dict[str, str]) -> TryOnSettings:
    return TryOnSettings(
        pose_model=tryon["pose_model"],
        render_backend=tryon["render_backend"],
        composite_backend=tryon["composite_backend"],
    )
