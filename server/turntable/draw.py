"""What the child does: an order in, its parts out, one after another.

An order is `{"kind", "garments": [{"id", "size", "colourway"?, "tucked"?}], "height_cm", "body"?}` and, but for "fit",
`{"width", "pitch_deg"}`:

fit              how every size of the one garment would sit: JSON
view             one still from `yaw_deg`, in `form` webp or png
turn             `frames` stills round the figure, as one file in `form` webp, png or mp4
frames           the same as single WebP stills, each as soon as it is drawn
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from pipelines.body.model import load_body_model
from pipelines.composite.backend import NumbaCompositor
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.cut_shelf import shelved_cuts
from pipelines.garment.shelf import SHELF, shelved
from pipelines.outfit import GarmentChoice, Tailor, Wish
from pipelines.render.raster import NumbaBackend
from pipelines.sizing.ease import LENGTHS, PointFit
from pipelines.sizing.evidence import KnownBody
from pipelines.viewpoint.studio import Figure, View
from pipelines.viewpoint.turntable import stand, still, turn
from server.bodies import known_in
from server.turntable import encode

Draw = Callable[[dict[str, Any]], Iterator[bytes]]
FIGURES = 12  # that stay standing, so that a look from another side is quick

STILLS = {"webp": encode.still_webp, "png": encode.still_png}
TURNS = {"webp": encode.turn_webp, "png": encode.turn_png, "mp4": encode.turn_mp4}


def load_studio() -> Draw:
    """Return what draws orders.  It raises TryOnError for one that cannot be met.

    The rasteriser in numba draws: one thread, so that shoppers before their mirrors keep the rest of the machine.
    """
    tailor = Tailor(load_catalogue(), load_body_model(), shelved(SHELF), shelved_cuts(SHELF))
    backends = NumbaBackend(), NumbaCompositor()

    @lru_cache(FIGURES)
    def figure(garments: tuple[GarmentChoice, ...], height_cm: float | None, known: KnownBody | None) -> Figure:
        return stand(tailor.prepare(Wish(garments, height_cm, known=known)))

    def draw(order: dict[str, Any]) -> Iterator[bytes]:
        if order["kind"] == "fit":
            yield _fit(tailor, order)
            return
        garments = tuple(
            GarmentChoice(str(one["id"]), one["size"], one.get("colourway"), one.get("tucked"))
            for one in order["garments"]
        )
        standing = figure(garments, order["height_cm"], known_in(order))
        size, pitch = size_px(order["width"]), float(order["pitch_deg"])
        if order["kind"] == "view":
            yield STILLS[order["form"]](still(standing, View(float(order["yaw_deg"]), pitch), size, backends))
            return
        pictures = turn(standing, int(order["frames"]), pitch, size, backends)
        if order["kind"] == "frames":
            yield from map(encode.still_webp, pictures)
        else:
            yield TURNS[order["form"]](list(pictures))

    return draw


def size_px(width: int) -> tuple[int, int]:
    """Return (width, height) of every picture: three to four."""
    return width, round(width * 4 / 3)


def _fit(tailor: Tailor, order: dict[str, Any]) -> bytes:
    """Return each size with its ease, garment minus body in centimetres."""
    fits = tailor.fits(str(order["garments"][0]["id"]), known_in(order) or order["height_cm"])
    return json.dumps([{"size": size, "ease_cm": _girths(fit)} for size, fit in fits.items()]).encode()


def _girths(fit: tuple[PointFit, ...]) -> dict[str, float]:
    return {one.point: round(one.ease, 1) for one in fit if one.ease is not None and one.point not in LENGTHS}
