"""Bare shoulders, neck and upper chest painted in place of own clothes that a neckline or armholes leave to be seen.

Under a tank top a T-shirt stays on the shoulders, under a V-neck its collar. The posed body's own skin is drawn there,
lit by the renderer; of that is laid over the picture what in it has the colours of the own clothes and is likelier that
than skin, with what stands a little off the skin. Real skin, long hair, and what has other colours and is no narrow
letter stay. A yoke comes and goes as bare arms do (`pipelines.composite.own_sleeves`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.bare_limbs import DARKEST, GAMMA, LIGHTEST, ends, grown, own_and_skin, soft
from pipelines.composite.hair import HairState, cut, is_long, likely_hair, on_forearms
from pipelines.composite.matte import matte_over
from pipelines.composite.own_sleeves import OwnSleeve, SleeveColours, faded, gone_on
from pipelines.composite.paint_out import Patch
from pipelines.composite.people import left_visible
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, MatteU8, Region

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

STANDS_OFF_M = 0.02  # so far beside the skin own clothes are taken for it
GAP_M = 0.01  # radius of what is closed: seams, folds, small letters
LEAST_M2, LESS_M2 = 0.0008, 0.0004  # of own clothes, to be painted over, and to go on
ALIKE = 0.1  # of own clothes that may be hair: where more may, they cannot be told from each other
COVERED = 127  # of 255, of a layer
PERSON = 128  # of 255, of the matte
UNDER = 4  # half pixels: so far below the garments it goes on
NO_PIXELS = np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class YokeSight:
    """One person in one picture, what is drawn of them, and the colours by which all is told."""

    frame: CameraFrame
    landmarks: Landmarks  # with a matte
    before: Sequence[MatteU8]  # the mattes of the people in front
    layer: GarmentLayer  # the garments
    drawn: GarmentLayer  # the body's skin, grey, at half the picture's size
    front: float  # how light that is where it faces the camera, 0..255
    colours: SleeveColours
    skin: F64  # (3,) yuv of what is painted
    hair: HairState
    metre_px: float

    @property
    def matte(self) -> MatteU8:
        """Where the person is."""
        assert self.landmarks.matte is not None  # noqa: S101
        return self.landmarks.matte


def bare_yoke(sight: YokeSight, known: OwnSleeve) -> tuple[Patch | None, OwnSleeve]:
    """Return the skin that is painted over own clothes, None where none is, and what is remembered."""
    known, step_s = gone_on(known, sight.frame.captured_s)
    region, bare = _open(sight)
    own, skin, told = _own(sight, region, bare) if bare.any() else (NO_PIXELS, NO_PIXELS, False)
    seen_m2 = 4.0 * np.count_nonzero(own[bare]) / sight.metre_px**2 if told else 0.0
    known = faded(known, seen_m2 > (LESS_M2 if known.alpha > 0.0 else LEAST_M2), 1.0, step_s)
    known = replace(known, looked_s=sight.frame.captured_s)
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
    at = sight.layer.region
    covered = _part(sight.layer.rgba[::2, ::2, 3], (at.x0 // 2, at.y0 // 2), region)
    bare = _there(sight, region) & (covered <= COVERED)
    if not bare.any():
        return region, bare
    x, y, width, height = cv2.boundingRect(bare.view(np.uint8))
    about = _reach(sight) + UNDER
    x0, y0, x1, y1 = max(0, x - about), max(0, y - about), x + width + about, y + height + about
    bare = bare[y0:y1, x0:x1]
    x0, y0 = region.x0 + 2 * x0, region.y0 + 2 * y0
    return Region(x0, y0, x0 + 2 * bare.shape[1], y0 + 2 * bare.shape[0]), bare


def _own(sight: YokeSight, region: Region, bare: NDArray[np.bool_]) -> tuple[U8, U8, bool]:
    """Return 255 where own clothes are to become skin, and where real skin is (h, w), at half the picture's size.

    And whether own clothes can be told from hair; where they cannot, no hair is left out.
    """
    told = True
    own, skin = own_and_skin(sight.frame, region, sight.colours)
    gap = 2 * max(1, round(0.5 * GAP_M * sight.metre_px)) + 1
    own = np.asarray(cv2.morphologyEx(own, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)), np.uint8)
    picture, person = cut(sight.frame, sight.matte, region)
    if sight.hair.hair is not None and is_long(sight.frame, sight.landmarks, sight.hair):
        falls = _falls(likely_hair(picture, sight.hair.hair, sight.colours.own), _reach(sight))
        told = np.count_nonzero(own[falls]) <= ALIKE * np.count_nonzero(own)
        own[falls & told] = 0
    own[(person < PERSON) | on_forearms(sight.landmarks, region, own.shape)] = 0
    near = np.where(bare, np.uint8(255), np.uint8(0))
    return np.minimum(own, grown(near, _reach(sight) + UNDER)), skin, bool(told)


def _falls(alike: NDArray[np.bool_], rows: int) -> NDArray[np.bool_]:
    """Return what (h, w) of what is `alike` hair hangs together with some in the upper `rows`, at the neck."""
    _, pieces = cv2.connectedComponents(alike.view(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(alike & np.isin(pieces, np.unique(pieces[:rows])))


def _part(picture: U8, corner: tuple[int, int], region: Region) -> U8:
    """Return `picture` (h, w), of half size from its `corner` on, over `region` at half size; 0 beside it."""
    out = np.zeros(((region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2), np.uint8)
    (x, y), (height, width) = (corner[0] - region.x0 // 2, corner[1] - region.y0 // 2), picture.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(out.shape[1], x + width), min(out.shape[0], y + height)
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = picture[y0 - y : y1 - y, x0 - x : x1 - x]
    return out


def _there(sight: YokeSight, region: Region) -> NDArray[np.bool_]:
    """Return where (h, w) skin is drawn."""
    at = sight.drawn.region
    return np.asarray(_part(sight.drawn.rgba[:, :, 3], (at.x0, at.y0), region) > COVERED)


def _levels(sight: YokeSight, region: Region) -> U8:
    """Return four lumas, u and v (h, w, 6) of the skin, where it is not drawn as light as beside."""
    at, there = sight.drawn.region, _there(sight, region).astype(np.float32)
    grey = _part(sight.drawn.rgba[:, :, 1], (at.x0, at.y0), region) * there
    side = 2 * (_reach(sight) + UNDER) + 1
    beside = cv2.blur(grey, (side, side)) / np.maximum(cv2.blur(there, (side, side)), 1e-6)
    light = np.where(there > 0.0, grey, beside) / max(sight.front, 1.0)
    light = np.clip(light, DARKEST ** (1.0 / GAMMA), LIGHTEST ** (1.0 / GAMMA))
    luma = np.clip(16.5 + max(float(sight.skin[0]) - 16.0, 1.0) * light, 16.0, 235.0).astype(np.uint8)
    u, v = (np.clip(128.5 + (float(c) - 128.0) * light, 16.0, 240.0).astype(np.uint8) for c in sight.skin[1:])
    return np.asarray(cv2.merge([luma, luma, luma, luma, u, v]), np.uint8)
