"""Own clothes that stand out beside a drawn top, painted over with the room behind them.

Under a T-shirt a bulky sweater stands out beside sleeves, shoulders and trunk (`overhang`). Such a piece of it is
painted over as a whole or not at all: where too little is known of the room behind (`room`) it stays, for a part of a
sleeve looks worse than a sleeve. What is no own clothes by its colour goes too where it lies in them alone, such as a
print. Pieces come and go softly, and one that is painted may become smaller than one that is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.overhang import BODY, OUTSIDE, OWN, PERSON, THING, Beside, beside
from pipelines.composite.own_top import View
from pipelines.composite.plate import Plate
from pipelines.composite.room import levels_of, room_behind
from pipelines.composite.shapes import disc, opened
from pipelines.types import CameraFrame, MatteU8, Region

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

WIDE_M, LEAST_M2 = 0.012, 0.0012  # so wide a piece is somewhere, over so large an area, before it is painted over
UNKNOWN, MORE_UNKNOWN = 0.15, 0.35  # share of a piece of which nothing is known: where it stays, where it comes back
COMES_S, LONGEST_S = 0.3, 0.1  # in which a piece comes or goes; a step of that is no longer
FRINGE_PX = 3  # around own clothes is of their colour too: the matte is no sharper
UNDER_PX = 2  # the room goes on below the garment's soft edge
SOFT_PX = 3  # so wide it ends


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """Where the room was painted over own clothes in the last frame."""

    alpha: U8  # (H/2, W/2), 0 also where the garment lies over it
    at_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """What is painted over a part of the picture."""

    region: Region
    alpha: U8  # (h, w)
    levels: U8  # (h/2, w/2, 6) four lumas, u and v; 0 where there is nothing


def paint_out(
    view: View,
    own: F64,
    bare_from: tuple[float, float],
    bared: tuple[bool, bool],
    others: Sequence[MatteU8],
    apart: bool,
    plate: Plate,
    before: Painted | None,
) -> tuple[Patch | None, Painted | None]:
    """Return what of the room is to be painted over own clothes, and what is remembered; None where nothing is.

    `own` (3, 6) are their colours, see `own_top.Look`; sleeves end at `bare_from`, where arms may be `bared`; `others`
    are the mattes of all other people; own trousers may be told `apart` from the own top (`own_hem`).
    """
    before = None if before is None or before.alpha.shape != plate.looks.shape else before
    if before is None and not plate.is_settled:
        return None, None
    seen = beside(view, own, bare_from, bared, others, apart)
    if seen is None or (before is None and not (seen.kinds == OWN).any()):
        return None, None
    region, metre, now_s = seen.region, 0.5 * view.metre_px, view.frame.captured_s
    half = np.s_[region.y0 // 2 : region.y1 // 2, region.x0 // 2 : region.x1 // 2]
    was = np.zeros_like(seen.kinds) if before is None else before.alpha[half]
    pieces, free = _pieces(seen)
    masks = pieces > 0, seen.covered | (free == 0)
    room = room_behind(view.frame, plate, seen.person, region, masks, view.metre_px)
    wide = opened((seen.kinds == OWN).view(np.uint8), max(2, round(WIDE_M * metre)))
    weights = _weigh(pieces, int(pieces.max()) + 1, seen.kinds, wide, room.sure, was)
    passed_s = COMES_S if before is None else now_s - before.at_s
    step_s = min(max(passed_s, 0.0), LONGEST_S)
    alpha = _strengths(weights, LEAST_M2 * metre**2, step_s if plate.is_settled else -step_s)[pieces]
    alpha = np.maximum(alpha, _fading(was, round(255.0 * step_s / COMES_S), seen, (pieces == 0) & (free > 0)))
    if not alpha.any():
        return None, None
    kept = np.zeros(plate.looks.shape, np.uint8)
    kept[half] = alpha
    below = cv2.dilate(alpha, disc(2 * UNDER_PX + 1))
    alpha = np.where(seen.covered, below, alpha) * free
    levels = levels_of(room, plate, region, cv2.dilate(alpha, np.ones((5, 5), np.uint8)) > 0)
    return Patch(region, _soft(alpha, free, region), levels), Painted(kept, now_s)


def laid_over(frame: CameraFrame, patches: Sequence[Patch]) -> CameraFrame:
    """Return a new frame with `patches` painted over it, one after the other; `frame` itself where there are none."""
    if not patches:
        return frame
    y, u, v = frame.y.copy(), frame.u.copy(), frame.v.copy()
    for patch in patches:
        _lay((y, u, v), patch.levels, patch.alpha, (patch.region.x0 // 2, patch.region.y0 // 2))
    return CameraFrame(y, u, v, frame.captured_s, frame.K)


def left_of(matte: MatteU8, painted: Painted | None) -> MatteU8:
    """Return the person's `matte` without what is painted over."""
    if painted is None:
        return matte
    gone = cv2.resize(painted.alpha, matte.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(np.minimum(matte, 255 - gone), np.uint8)


def _pieces(seen: Beside) -> tuple[I32, U8]:
    """Return the pieces (h, w) of own clothes with their fringes, counted from 1, and 1 (h, w) where nothing stays.

    What is about forearms that are painted is no part of what is above.
    """
    kinds = seen.kinds
    free = ((kinds != BODY) & (kinds != THING)).view(np.uint8)
    free = np.asarray(cv2.morphologyEx(free, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)
    near = cv2.dilate((kinds == OWN).view(np.uint8), disc(2 * FRINGE_PX + 1))
    mask = near & free & (kinds >= OUTSIDE)
    count, pieces = cv2.connectedComponents(mask & ~seen.forearm, connectivity=8, ltype=cv2.CV_32S)
    if seen.forearm.any():
        _, below = cv2.connectedComponents(mask & seen.forearm, connectivity=8, ltype=cv2.CV_32S)
        pieces = np.where(below > 0, below + (count - 1), pieces)
    return np.asarray(pieces, np.int32), free


def _fading(was: U8, step: int, seen: Beside, left: NDArray[np.bool_]) -> U8:
    """Return how much (h, w) is still painted of what is `left` by all pieces, on the person, beside the garment."""
    stays = left & seen.looked & ~seen.covered & (seen.person >= PERSON)
    return np.where(stays, np.maximum(was, np.uint8(step)) - np.uint8(step), np.uint8(0))


@njit(cache=True, nogil=True)
def _weigh(pieces: I32, count: int, kinds: U8, wide: U8, sure: NDArray[np.bool_], was: U8) -> F64:
    """Return of each piece (count, 4): its area, how much is unknown, how much is wide, and how much it was painted."""
    out = np.zeros((count, 4))
    for j in range(pieces.shape[0]):
        for i in range(pieces.shape[1]):
            if pieces[j, i] > 0:
                piece = out[pieces[j, i]]
                piece[3] = max(piece[3], was[j, i])
                if kinds[j, i] == OWN:
                    piece[0] += 1.0
                    piece[1] += 0.0 if sure[j, i] else 1.0
                    piece[2] += wide[j, i]
    return out


def _strengths(weights: F64, least: float, step_s: float) -> U8:
    """Return how much (count,) each piece is painted now, that of nothing 0; a negative step lets all go."""
    area, unknown, wide, was = weights.T
    comes = (unknown <= UNKNOWN * area) & (wide >= least)
    stays = (was > 0.0) & (unknown <= MORE_UNKNOWN * area)
    step = 255.0 * step_s / COMES_S
    now = np.clip(was + np.where(comes | stays, step, -abs(step)), 0.0, 255.0)
    now[0] = 0.0
    return np.asarray(now, np.uint8)


def _soft(alpha: U8, free: U8, region: Region) -> U8:
    """Return `alpha` (h, w) over the whole of `region`, softly ended, and nowhere where it is not `free`."""
    one, two = (cv2.blur(plane, (SOFT_PX, SOFT_PX)) for plane in (alpha, free * np.uint8(255)))
    size = region.x1 - region.x0, region.y1 - region.y0
    return np.asarray(cv2.resize(np.minimum(one, two), size, interpolation=cv2.INTER_LINEAR), np.uint8)


@njit(cache=True, nogil=True)
def _lay(planes: tuple[U8, U8, U8], levels: U8, alpha: U8, corner: tuple[int, int]) -> None:
    """Blend `levels` (h, w, 6) by `alpha` (2h, 2w) into the planes, in place."""
    for j in range(levels.shape[0]):
        for i in range(levels.shape[1]):
            if levels[j, i, 0] == 0:
                continue
            b, a, total = corner[1] + j, corner[0] + i, 0.0
            for k in range(4):
                share = alpha[2 * j + (k >> 1), 2 * i + (k & 1)] / 255.0
                y, x = 2 * b + (k >> 1), 2 * a + (k & 1)
                total += 0.25 * share
                planes[0][y, x] = _mixed(planes[0][y, x], levels[j, i, k], share)
            for c in range(1, 3):
                planes[c][b, a] = _mixed(planes[c][b, a], levels[j, i, 3 + c], total)


@njit(cache=True, nogil=True)
def _mixed(old: int, level: int, share: float) -> int:
    return int(old + share * (float(level) - float(old)) + 0.5)
