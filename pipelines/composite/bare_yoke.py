"""Bare shoulders, neck and upper chest painted in place of own clothes that a neckline or armholes leave to be seen.

Under a tank top a T-shirt stays on the shoulders, under a V-neck its collar. The posed body's own skin is drawn there,
lit by the renderer; of that is laid over the picture what in it has the colours of the own clothes and is likelier that
than skin or hair, with what stands a little off the skin. Real skin, hair, and what has other colours stay. A yoke
comes and goes as bare arms do (`pipelines.composite.own_sleeves`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.bare_arms import DARKEST, GAMMA, LIGHTEST, ends, grown, own_and_skin, soft
from pipelines.composite.hair import Colours, likely_hair
from pipelines.composite.matte import matte_over
from pipelines.composite.own_sleeves import GAP_S, LONGEST_S, OwnSleeve, SleeveColours, faded
from pipelines.composite.paint_out import Patch
from pipelines.composite.people import left_visible
from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

STANDS_OFF_M = 0.02  # so far beside the skin own clothes are taken for it
GAP_M = 0.012  # radius of what is closed: seams, folds, small letters
LEAST_M2, LESS_M2 = 0.0015, 0.0007  # of own clothes, to be painted over, and to go on
COVERED = 127  # of 255, of a layer
PERSON = 128  # of 255, of the matte
UNDER = 4  # half pixels: so far below the garments it goes on
NO_PIXELS = np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class YokeSight:
    """One person in one picture, what is drawn of them, and the colours by which all is told."""

    frame: CameraFrame
    matte: MatteU8
    before: Sequence[MatteU8]  # the mattes of the people in front
    layer: GarmentLayer  # the garments
    drawn: GarmentLayer  # the body's skin, grey, at half the picture's size
    front: float  # how light that is where it faces the camera, 0..255
    colours: SleeveColours
    skin: F64  # (3,) yuv of what is painted
    hair: Colours | None  # None where none falls so far
    metre_px: float


def bare_yoke(sight: YokeSight, known: OwnSleeve) -> tuple[Patch | None, OwnSleeve]:
    """Return the skin that is painted over own clothes, None where none is, and what is remembered."""
    now_s, elapsed_s = sight.frame.captured_s, sight.frame.captured_s - known.looked_s
    if known.looked_s >= 0.0 and not 0.0 <= elapsed_s <= GAP_S:
        known, elapsed_s = OwnSleeve(), 0.0
    step_s = min(elapsed_s, LONGEST_S) if known.looked_s >= 0.0 else 0.0
    region, bare = _open(sight)
    own, skin = _own(sight, region) if bare.any() else (NO_PIXELS, NO_PIXELS)
    seen = 4.0 * np.count_nonzero(own[bare]) / sight.metre_px**2 if bare.any() else 0.0
    known = faded(known, seen > (LESS_M2 if known.alpha > 0.0 else LEAST_M2), 1.0, step_s)
    known = replace(known, looked_s=now_s)
    if known.alpha == 0.0 or not own.any():
        return None, known
    alpha = np.minimum(soft(own), 255 - soft(skin))
    alpha = np.minimum(alpha, ends(matte_over(sight.matte, sight.frame, region)))
    alpha = np.asarray(cv2.convertScaleAbs(alpha, alpha=known.alpha), np.uint8)
    shown = left_visible(sight.before, sight.frame, region, alpha)
    return None if shown is None else Patch(region, shown, _levels(sight, region)), known


def _reach(sight: YokeSight) -> int:
    """Return how far beside the skin clothes are taken for it, half pixels."""
    return max(1, round(0.5 * STANDS_OFF_M * sight.metre_px))


def _open(sight: YokeSight) -> tuple[Region, NDArray[np.bool_]]:
    """Return the part of the picture where skin would be seen beside the garments, and where (h, w), at half size."""
    at, reach = sight.drawn.region, 2 * _reach(sight)
    region = Region(2 * at.x0, 2 * at.y0, 2 * at.x1, 2 * at.y1)
    if region.is_empty:
        return region, np.zeros((0, 0), np.bool_)
    region = region.grown(reach, reach, sight.frame)
    bare = (_skin(sight, region)[1] > COVERED) & (_covered(sight.layer, region) <= COVERED)
    if not bare.any():
        return region, bare
    x, y, width, height = cv2.boundingRect(bare.view(np.uint8))
    about = _reach(sight) + UNDER
    x0, y0, x1, y1 = max(0, x - about), max(0, y - about), x + width + about, y + height + about
    bare = bare[y0:y1, x0:x1]
    x0, y0 = region.x0 + 2 * x0, region.y0 + 2 * y0
    return Region(x0, y0, x0 + 2 * bare.shape[1], y0 + 2 * bare.shape[0]), bare


def _own(sight: YokeSight, region: Region) -> tuple[U8, U8]:
    """Return 255 where own clothes are to become skin, and where real skin is (h, w), at half the picture's size."""
    own, skin = own_and_skin(sight.frame, region, sight.colours)
    if sight.hair is not None:
        part = np.s_[region.y0 // 2 : region.y1 // 2, region.x0 // 2 : region.x1 // 2]
        planes = sight.frame.y[region.y0 : region.y1 : 2, region.x0 : region.x1 : 2], sight.frame.u[part]
        picture = np.stack([*planes, sight.frame.v[part]], axis=2)
        own[_falls(likely_hair(picture, sight.hair, sight.colours.own), _reach(sight))] = 0
    own[matte_over(sight.matte, sight.frame, region, 2) < PERSON] = 0
    gap = 2 * max(1, round(0.5 * GAP_M * sight.metre_px)) + 1
    own = np.asarray(cv2.morphologyEx(own, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)), np.uint8)
    return np.minimum(own, grown(_skin(sight, region)[1], _reach(sight))), skin


def _falls(alike: NDArray[np.bool_], rows: int) -> NDArray[np.bool_]:
    """Return which pixels of what is `alike` hair (h, w) hang together with the upper `rows`: there the neck is."""
    _, pieces = cv2.connectedComponents(alike.view(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(alike & np.isin(pieces, np.unique(pieces[:rows])))


def _covered(layer: GarmentLayer, region: Region) -> U8:
    """Return the alpha (h, w) of `layer` over `region`, at half the picture's size."""
    out = np.zeros(((region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2), np.uint8)
    at = layer.region
    x0, y0, x1, y1 = max(at.x0, region.x0), max(at.y0, region.y0), min(at.x1, region.x1), min(at.y1, region.y1)
    if x1 > x0 and y1 > y0:
        to = np.s_[(y0 - region.y0) // 2 : (y1 - region.y0) // 2, (x0 - region.x0) // 2 : (x1 - region.x0) // 2]
        out[to] = layer.rgba[y0 - at.y0 : y1 - at.y0 : 2, x0 - at.x0 : x1 - at.x0 : 2, 3]
    return out


def _skin(sight: YokeSight, region: Region) -> tuple[U8, U8]:
    """Return how light the drawn skin is, and its alpha (h, w), over `region` at half the picture's size."""
    grey, alpha = (np.zeros(((region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2), np.uint8) for _ in range(2))
    at, left, top = sight.drawn.region, region.x0 // 2, region.y0 // 2
    x0, y0, x1, y1 = max(at.x0, left), max(at.y0, top), min(at.x1, region.x1 // 2), min(at.y1, region.y1 // 2)
    if x1 > x0 and y1 > y0:
        to, drawn = np.s_[y0 - top : y1 - top, x0 - left : x1 - left], sight.drawn.rgba
        alpha[to] = drawn[y0 - at.y0 : y1 - at.y0, x0 - at.x0 : x1 - at.x0, 3]
        grey[to] = drawn[y0 - at.y0 : y1 - at.y0, x0 - at.x0 : x1 - at.x0, 1]
    return grey, alpha


def _levels(sight: YokeSight, region: Region) -> U8:
    """Return four lumas, u and v (h, w, 6) of the skin, where it is not drawn as light as beside."""
    grey, alpha = _skin(sight, region)
    there = np.where(alpha > COVERED, np.float32(1.0), np.float32(0.0))
    side = 2 * _reach(sight) + 1
    beside = cv2.blur(grey * there, (side, side)) / np.maximum(cv2.blur(there, (side, side)), 1e-3)
    light = np.where(there > 0.0, grey, beside) / max(sight.front, 1.0)
    light = np.clip(light, DARKEST ** (1.0 / GAMMA), LIGHTEST ** (1.0 / GAMMA))
    luma = np.clip(16.5 + max(float(sight.skin[0]) - 16.0, 1.0) * light, 16.0, 235.0).astype(np.uint8)
    u, v = (np.clip(128.5 + (float(c) - 128.0) * light, 16.0, 240.0).astype(np.uint8) for c in sight.skin[1:])
    return np.asarray(cv2.merge([luma, luma, luma, luma, u, v]), np.uint8)
