"""What the rim is told of how the garments fit, where the fit map or a comparison is on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipelines.beside import Pane, panes
from pipelines.fit_map import SCALE
from pipelines.outfit import Outfit
from pipelines.sizing.ease import PointFit
from pipelines.types import CameraFrame
from pipelines.viewpoint.live import ViewState


def fit_told(outfit: Outfit, state: ViewState, picture: CameraFrame) -> dict[str, Any] | None:
    """Return the `fit` message of the picture that was made of the camera's; None while nobody asked for it."""
    if not outfit.fits:
        return None
    assumed = any(one.source == "assumed" for fit in outfit.fits for one in fit.regions)
    seen = state.shown == "mirror"
    outfit = outfit if seen else replace(outfit, beside=None)
    return {
        "body": "assumed" if assumed else "told",
        "scale": [{"off_cm": off, "colour": "#{:02x}{:02x}{:02x}".format(*rgb)} for off, rgb in SCALE],
        "panes": [_pane(pane, seen) for pane in panes(picture, outfit, state.dress)],
    }


def _pane(pane: Pane, seen: bool) -> dict[str, Any]:
    garments = []
    for worn, fit, spots in zip(pane.outfit.garments, pane.outfit.fits, pane.spots, strict=True):
        at = [None] * len(fit.regions) if spots is None or not seen else spots.round(4).tolist()
        regions = [_region(one, here) for one, here in zip(fit.regions, at, strict=True)]
        garments.append({"id": worn.package.id, "size": worn.size, "closes": fit.closes, "regions": regions})
    return {"place": [round(share, 4) for share in pane.place], "garments": garments}


def _region(one: PointFit, at: list[float] | None) -> dict[str, Any]:
    return {
        "point": one.point, "sits": one.sits, "ease_cm": _cm(one.ease), "intended_cm": _cm(one.intended),
        "off_cm": round(one.off, 1), "strain": round(one.strain, 3), "inferred": one.inferred, "at": at,
    }  # fmt: skip


def _cm(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
