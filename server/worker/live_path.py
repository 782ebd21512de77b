"""The main path as the worker calls it: plain wishes in, plain words out.

The worker knows only the names of this module, so that a test can put another module in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    Stopwatch,
    Tracked,
    TrackEngine,
    TrackState,
    TryOnSettings,
    dress,
    load_dress_engine,
    load_track_engine,
)
from pipelines.tryon import track as find_person
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
    "refresh",
    "track",
    "warm_frames",
    "warm_wish",
]

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_CLIP = ROOT / "xr_client" / "web" / "demo_shopper.webm"
WARM_FRAMES = 16
FOCAL_OF_LONGER_SIDE = 1.3  # a long lens hides depth noise; flat from 1.2 up


@dataclass(eq=False)
class LiveTracker:
    """The track engine, and for which pictures its graph is set up."""

    engine: TrackEngine
    size: tuple[int, int] | None = None

    def close(self) -> None:
        """Release the models."""
        self.engine.close()


def load_track(tryon: dict[str, str]) -> LiveTracker:
    """Load what `track` needs, in its thread."""
    return LiveTracker(load_track_engine(_settings(tryon)))


def refresh(live: LiveTracker) -> None:
    """Forget the last shopper."""
    live.size = None


def track(frame: CameraFrame, state: TrackState, live: LiveTracker, watch: Stopwatch) -> tuple[Tracked, TrackState]:
    """Find the person; a camera that turns or changes its size is looked at afresh.

    MediaPipe's matte filter keeps the last matte, and its whole graph fails for good on one of another shape.
    """
    size = (frame.width_px, frame.height_px)
    if live.size != size:
        live.engine.tracker.reset()
        live.size = size
    return find_person(frame, state, live.engine, watch)


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


def describe(live: LiveTracker, dress_engine: DressEngine) -> dict[str, dict[str, str]]:
    """Tell which backends run and why, for the log and `/healthz`."""
    reasons = dress_engine.reasons
    return {
        "pose": {"model": live.engine.tracker.name},
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
