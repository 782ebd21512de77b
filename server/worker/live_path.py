"""The main path as the worker calls it: plain wishes in, plain words out.

The worker knows only the names of this module, so that a test can put another module in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pipelines.body.model import load_body_model
from pipelines.carried import carried
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.cut_shelf import shelved_cuts
from pipelines.garment.shelf import SHELF, shelved
from pipelines.outfit import Comparison, GarmentChoice, Outfit, Tailor, Wish
from pipelines.scan.figures import allowance_cm
from pipelines.scan.guide import Scan, ScanWish, Sight, advance, begin, cancelled, is_alone_among
from pipelines.scan.words import words
from pipelines.tryon import (
    DressEngine,
    Tracked,
    TrackEngine,
    TrackState,
    TryOnSettings,
    load_dress_engine,
    load_track_engine,
    track,
)
from pipelines.types import CameraFrame
from pipelines.viewpoint.live import Look, dress
from pipelines.viewpoint.live import ViewState as DressState
from pipelines.viewpoint.studio import View
from server.bodies import known_in, told_measures
from server.media_files import intrinsics, open_source
from server.turntable.draw import load_studio
from server.worker.fit_told import fit_told
from server.worker.ring import Planes

__all__ = [
    "DressState",
    "TrackState",
    "advance_scan",
    "begin_scan",
    "camera_frame",
    "cancel_scan",
    "carried",
    "describe",
    "dress",
    "eased",
    "fit_told",
    "is_alone",
    "load_dress",
    "load_studio",
    "load_tailor",
    "load_track",
    "look_of",
    "people_of",
    "refresh",
    "tell_scan",
    "track",
    "warm_frames",
    "warm_wish",
]

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_CLIP = ROOT / "xr_client" / "web" / "demo_shopper.webm"
WARM_FRAMES = 16
EASED_SUBSTEPS = 6


def load_track(tryon: dict[str, str]) -> TrackEngine:
    """Load what `track` needs, in its thread."""
    return load_track_engine(_settings(tryon))


def refresh(engine: TrackEngine) -> None:
    """Forget the last shopper."""
    engine.reset()


def load_dress(tryon: dict[str, str]) -> DressEngine:
    """Load what `dress` needs, in its thread."""
    return load_dress_engine(_settings(tryon))


def eased(engine: DressEngine) -> DressEngine:
    """Return the same engine with coarser cloth and nothing painted out, for a machine that cannot keep up."""
    coarser = replace(engine.settings.drape, substeps=EASED_SUBSTEPS)
    return replace(engine, settings=replace(engine.settings, drape=coarser, paint_out=False))


def load_tailor() -> tuple[
    Callable[[dict[str, Any]], Outfit], Iterator[None], Callable[[dict[str, Any]], Iterator[None]]
]:
    """Return what turns a wish into an outfit, steps that make it quicker, for idle hours, and those for one wish.

    A wish that cannot be met raises TryOnError.
    """
    tailor = Tailor(load_catalogue(), load_body_model(), shelved(SHELF), shelved_cuts(SHELF))

    def read(wish: dict[str, Any]) -> Wish:
        others = tuple(None if own is None else _choices(own) for own in wish.get("others", ()))
        mirror, people, delivery = bool(wish["mirror"]), people_of(wish), wish.get("delivery", "composed")
        known = known_in(wish)
        choices = _choices(wish["garments"])
        in_colours, compare = bool(wish.get("fit_map")), _comparison(wish.get("compare"))
        height = wish["height_cm"]
        return Wish(choices, height, mirror, people, others, known, delivery, in_colours, compare)

    return lambda wish: tailor.prepare(read(wish)), tailor.prepare_ahead(), lambda wish: tailor.foresee(read(wish))


def look_of(look: dict[str, Any]) -> Look:
    """Return from where to look; what is not told is the mirror, seen from the front."""
    view = View(float(look.get("yaw_deg", 0.0)), float(look.get("pitch_deg", 0.0)))
    return Look(look.get("mode", "mirror"), view, float(look.get("speed", 1.0)))


def people_of(wish: dict[str, Any]) -> int:
    """Return how many people are to be tracked; one where nothing is said."""
    return int(wish.get("people", 1))


def begin_scan(wish: dict[str, Any]) -> Scan:
    """Return the scan that is asked for; the height is the most probable one already."""
    views: tuple[Literal["front", "side"], ...] = ("front", "side") if wish["views"] == "both" else ("front",)
    return begin(ScanWish(wish["height_cm"], wish["height_error"], views, wish["clothes"]))


def cancel_scan(scan: Scan) -> Scan:
    """Return the scan, ended by the shopper."""
    return cancelled(scan)


def is_alone(picture: CameraFrame, engine: TrackEngine) -> bool:
    """Whether nobody else stands about as near as the shopper."""
    return is_alone_among(engine.finder.find(picture))


def advance_scan(scan: Scan, picture: CameraFrame, tracked: Tracked, alone: bool) -> Scan:
    """Return the scan after one more picture."""
    shopper = next((seen for seen in tracked.people if seen.id == 0), None)
    alone = alone and tracked.passer is None
    landmarks, joints = (None, None) if shopper is None else (shopper.landmarks, shopper.joints)
    return advance(scan, Sight(picture, landmarks, joints, alone))


def tell_scan(scan: Scan) -> dict[str, Any]:
    """Return what the shopper is told of a scan."""
    return {
        "step": scan.step, "hint": scan.hint, "say": words(scan.hint), "progress": round(scan.progress, 3),
        "measures": told_measures(scan.found),
        "clothes_cm": allowance_cm(scan.wish.clothes) if scan.step == "done" else None,
    }  # fmt: skip


def _choices(garments: list[dict[str, Any]]) -> tuple[GarmentChoice, ...]:
    return tuple(GarmentChoice(str(g["id"]), g["size"], g.get("colourway"), g.get("tucked")) for g in garments)


def _comparison(told: dict[str, Any] | None) -> Comparison | None:
    return None if told is None else Comparison(str(told["garment"]), (told["sizes"][0], told["sizes"][1]))


def describe(track_engine: TrackEngine, dress_engine: DressEngine) -> dict[str, dict[str, str]]:
    """Tell which backends run and why, for the log and `/healthz`."""
    reasons = dress_engine.reasons
    return {
        "pose": {"model": track_engine.tracker_of(0).name},
        "render": {**dress_engine.renderer.describe(), "reason": reasons["render"]},
        "composite": {"backend": dress_engine.compositor.name, "reason": reasons["composite"]},
    }


def warm_wish() -> dict[str, Any]:
    """Return a wish that makes every kernel compile: those of the layer, too."""
    garments = [{"id": card.id, "size": None} for card in load_catalogue().cards()[:1]]
    return {"garments": garments, "height_cm": None, "mirror": False, "delivery": "layer"}


def warm_frames() -> list[CameraFrame]:
    """Return the first pictures of the synthetic shopper: somebody to find and to dress."""
    with open_source(WARM_CLIP) as source:
        return list(islice(source.frames, WARM_FRAMES))


def camera_frame(planes: Planes, captured_s: float) -> CameraFrame:
    """Dress planes as a CameraFrame seen through an assumed lens."""
    height, width = planes[0].shape
    return CameraFrame(*planes, captured_s, intrinsics(width, height))


def _settings(tryon: dict[str, str]) -> TryOnSettings:
    return TryOnSettings(
        pose_model=tryon["pose_model"],
        render_backend=tryon["render_backend"],
        composite_backend=tryon["composite_backend"],
    )
