"""Own clothes that stand out beside a drawn top, sorted from what else lies beside it; see `paint_out`.

Beside sleeves, shoulders and trunk of the garment, no farther than a bulky sweater reaches, it is told by matte and
colours what is own clothes, what is skin, hair or somebody else, and what is none of that. Where own clothes are made
to be seen, or cannot be told from an arm in them, nothing is looked for: beyond cuffs and below hems, about the neck,
about hands and bare arms. All of it is found at half the picture's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.composite.own_hem import BELT
from pipelines.composite.own_top import SKIN2, View, is_own, may_be_hair, to_skin2
from pipelines.composite.shapes import opened
from pipelines.composite.zones import ASIDE_M, BULKY_M, FOREARM, HAND, SLEEVE, middle_of, zone_of
from pipelines.types import MatteU8, Region

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

REACH_M = 0.13  # from the garment's edge: so far it is looked
ROOM_M = 0.2  # from the garment, and above the shoulders: so far it is looked at the room
WAIST = 0.5  # of the trunk: under this hems are looked for
# Own clothes widen from the BELT to what they are: below may be own trousers. Where they are told apart that holds in
# an open front alone: no farther from the middle than a hip's joint, at least so far, and so much more.
HIP_M, FRONT_M = 0.09, 0.03
BEYOND, BELOW = 0.45, 0.75  # cosines to the way down an arm and the trunk, from which a place lies beyond cuff and hem
EARLIER = (0.25, 1.0)  # of BULKY_M: so long before its farthest end a cuff begins, of a hanging and of a raised arm …
HANGS, RAISED = 0.9, 0.6  # … by the cosine between arm and trunk
ALONE = 0.3  # of the border of a thing may lie at a body, else it is no part of the clothes …
AMONG = 0.25  # … and so much must lie at own clothes
LIKELIER = 4.0  # cost of a colour by which it is own clothes, though it may be skin
THICK_PX = 4  # what is so thick, a thing or skin, is no mere outline
SPECK_PX = 3  # a place that is kept is none that is smaller
SMOOTH_PX = 7  # of half the picture's size: over so much the way from the garment is a mean
NECK_M = 0.2  # so near to the neck hair may fall
PERSON, ELSE = 128, 48  # of 255, of the mattes: at least, of the person and of others
COVERED, WHOLE = 127, 200  # of 255: over this is covered; under this something is before it

TO_HAND = 1.95  # where a bare arm that is painted ends
HAND_FROM = 1.9  # a sleeve that ends there ends at the hand
OUTSIDE, THING, OWN, BODY = 1, 2, 3, 4  # nobody; neither own clothes nor body; own clothes; skin, hair, others, hands
SKIN = 5  # its colour; BODY where it is no mere outline


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What lies beside the garment of one person; all planes (h, w) are over `region`, of half its size."""

    region: Region
    kinds: U8  # OUTSIDE, THING, OWN, BODY; 0 where it is not looked for
    covered: NDArray[np.bool_]  # by the garment, or a bare arm
    forearm: NDArray[np.bool_]  # about bare arms that are painted
    person: MatteU8
    looked: NDArray[np.bool_]  # at what lies there: not where hands, bare arms, the neck or others are


def beside(
    view: View,
    own: F64,
    bare_from: tuple[float, float],
    bared: tuple[bool, bool],
    others: Sequence[MatteU8],
    apart: bool,
) -> Beside | None:
    """Return what lies beside the garment, None where the person is out of the picture.

    `own` (3, 6) are the colours of their clothes, see `own_top.Look`; the drawn sleeves end at `bare_from`, 1 at the
    elbow, 2 at the wrist; where an arm is `bared` it is painted from there on, and taken for a sleeve; `others` are the
    mattes of all other people; `apart` tells that what has the colours of the own top is no trousers.
    """
    region, metre = _region(view), 0.5 * view.metre_px
    if region.is_empty:
        return None
    joints = (np.clip(view.joints_px, -1e4, 1e4) - (region.x0, region.y0)) / 2.0
    shape = (region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2
    zone = zone_of(shape, joints, bare_from, bared, metre)
    for matte in others:
        zone[matte_over(matte, view.frame, region, 2) >= ELSE] = 0
    garment = _half_over(view.layer.rgba[:, :, 3], view.layer.region, region)
    left = garment if view.left is None else _half_over(view.left, view.layer.region, region)
    person, covered = matte_over(view.matte, view.frame, region, 2), garment > COVERED
    away = np.asarray(cv2.distanceTransform((~covered).view(np.uint8), cv2.DIST_L2, 3), np.float32)
    smooth = np.asarray(cv2.blur(away, (SMOOTH_PX, SMOOTH_PX)), np.float32)
    hair = np.zeros((0, 13)) if view.hair is None else view.hair
    picture = (view.frame.y, view.frame.u, view.frame.v), (region.x0 // 2, region.y0 // 2)
    colours = own, view.skin.mean, view.skin.precision(), hair
    forearm = zone == FOREARM
    to = (TO_HAND if bared[0] else bare_from[0], TO_HAND if bared[1] else bare_from[1])
    kinds = _sorted(
        *picture,
        (zone, garment, left, person, away, smooth),
        forearm,
        colours,
        (middle_of(joints[0]), NECK_M * metre, REACH_M * metre),
        _trunk(joints, apart, metre),
        (_cuffs(joints, to), _earlier(joints), BULKY_M * metre),
        _cuffs(joints, bare_from) if any(bared) else np.zeros((0, 2, 2)),
    )
    _settle(kinds, person, covered, smooth, metre)
    return Beside(region, kinds, covered, forearm, person, zone > 0)


def _trunk(joints: F64, apart: bool, metre: float) -> tuple[F64, F64, float, float]:
    """Return the way down the trunk, of length 1, its waist, how far below that own trousers may be, and how far aside.

    Where they are told `apart` from the own top, they matter in an open front alone.
    """
    neck = middle_of(joints[0])
    down = middle_of(joints[1]) - neck
    length = float(np.hypot(*down))
    half = max(0.5 * float(np.hypot(*(joints[1, 0] - joints[1, 1]))), HIP_M * metre) + FRONT_M * metre
    return down / max(1.0, length), neck + WAIST * down, (BELT - WAIST) * length, half if apart else float("inf")


def _settle(kinds: U8, person: U8, covered: NDArray[np.bool_], away: F32, metre: float) -> None:
    """Turn SKIN into BODY or a mere outline, outlines and prints into own clothes, and take out what lies inward."""
    skin = (kinds == SKIN).view(np.uint8)
    kinds[skin > 0] = THING
    kinds[(opened(skin, THICK_PX) & skin) > 0] = BODY
    _, things = cv2.connectedComponents((kinds == THING).view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    _adopt(kinds, things, int(things.max()) + 1, person, covered)
    inner = _inner(kinds, covered, person, away, round(2.0 * REACH_M * metre))
    kinds[cv2.morphologyEx(inner, cv2.MORPH_OPEN, np.ones((SPECK_PX, SPECK_PX), np.uint8)) > 0] = 0


def _region(view: View) -> Region:
    """Return the even region about trunk and arms of the person, where the garment is not far."""
    reach, room = ASIDE_M * view.metre_px, ROOM_M * view.metre_px
    points = np.clip(view.joints_px, -1e4, 1e4).reshape(-1, 2)
    (x0, y0), (x1, y1) = (points.min(axis=0) - (reach, room)).astype(int), (points.max(axis=0) + reach).astype(int)
    about = view.layer.region.grown(room, room, view.frame)
    return Region(
        max(about.x0, int(x0) & ~1),
        max(about.y0, int(y0) & ~1),
        min(about.x1, int(x1 + 2) & ~1),
        min(about.y1, int(y1 + 2) & ~1),
    )


def _cuffs(joints: F64, bare_from: tuple[float, float]) -> F64:
    """Return where either sleeve ends, and the joint after that, or the hand (2, 2, 2)."""
    out = np.empty((2, 2, 2))
    for side in range(2):
        shoulder, elbow, wrist = joints[[0, 2, 3], side]
        start, end, part = (shoulder, elbow, 0.0) if bare_from[side] <= 1.0 else (elbow, wrist, 1.0)
        cuff = start + min(1.0, bare_from[side] - part) * (end - start)
        out[side] = cuff, wrist + HAND * (wrist - elbow) if bare_from[side] >= HAND_FROM else end
    return out


def _earlier(joints: F64) -> F64:
    """Return how long (2,) before its farthest end a cuff may begin, of BULKY_M."""
    shoulders, hips, elbows, _ = joints
    down = middle_of(hips) - middle_of(shoulders)
    arms = elbows - shoulders
    hangs = arms @ down / np.maximum(1.0, np.hypot(arms[:, 0], arms[:, 1]) * float(np.hypot(*down)))
    return np.asarray(np.interp(-hangs, [-HANGS, -RAISED], EARLIER), np.float64)


def _half_over(plane: U8, at: Region, region: Region) -> U8:
    """Return `plane`, which lies at `at`, over `region` at half its size; 0 where it is not."""
    x0, y0, x1, y1 = max(at.x0, region.x0), max(at.y0, region.y0), min(at.x1, region.x1), min(at.y1, region.y1)
    out = np.zeros(((region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2), np.uint8)
    if x1 > x0 and y1 > y0:
        part = np.ascontiguousarray(plane[y0 - at.y0 : y1 - at.y0, x0 - at.x0 : x1 - at.x0])
        half = cv2.resize(part, ((x1 - x0) // 2, (y1 - y0) // 2), interpolation=cv2.INTER_AREA)
        out[(y0 - region.y0) // 2 : (y1 - region.y0) // 2, (x0 - region.x0) // 2 : (x1 - region.x0) // 2] = half
    return out


@njit(cache=True, nogil=True)
def _sorted(
    planes: tuple[U8, U8, U8],
    corner: tuple[int, int],
    masks: tuple[U8, U8, U8, U8, F32, F32],
    forearm: NDArray[np.bool_],
    colours: tuple[F64, F64, F64, F64],
    near: tuple[F64, float, float],
    trunk: tuple[F64, F64, float, float],
    cuffs: tuple[F64, F64, float],
    drawn: F64,
) -> U8:
    """Return the kinds (h, w) of what lies beside the garment, SKIN among them, and BODY where something is before it.

    `masks` are the zone, the garment, what is left of it, the matte, how far the garment is, and that smoothed; `near`
    is the neck, how near to it hair may fall, and how far from the garment it is looked; `trunk` is as `_trunk`
    returns it; `cuffs` are where sleeves end, how much earlier, and how bulky. What
    lies beyond where the `drawn` ones end (2, 2, 2), (0, 2, 2) if those are the same, is added to `forearm`.
    """
    (zone, garment, left, person, away, smooth), kinds = masks, np.zeros_like(masks[0])
    pixel, precision = np.empty(3, np.uint8), colours[2]
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    for j in range(zone.shape[0]):
        for i in range(zone.shape[1]):
            if garment[j, i] > COVERED:
                kinds[j, i] = BODY if left[j, i] < min(WHOLE, garment[j, i]) else 0
            elif zone[j, i] == 0 or away[j, i] > near[2]:
                continue
            elif person[j, i] < PERSON:
                kinds[j, i] = OUTSIDE
            elif not _is_past(smooth, j, i, zone[j, i] == SLEEVE, trunk, cuffs):
                b, a = corner[1] + j, corner[0] + i
                pixel[0], pixel[1], pixel[2] = planes[0][2 * b, 2 * a], planes[1][b, a], planes[2][b, a]
                x, y = i - near[0][0], j - near[0][1]
                kinds[j, i] = _kind(pixel, colours, skin_cost, x * x + y * y < near[1] * near[1])
                if drawn.shape[0] > 0 and _is_past(smooth, j, i, False, trunk, (drawn, cuffs[1], cuffs[2])):
                    forearm[j, i] = True
    return kinds


@njit(cache=True, nogil=True)
def _kind(pixel: U8, colours: tuple[F64, F64, F64, F64], skin_cost: float, may_fall: bool) -> int:
    """Return THING, OWN, BODY or SKIN, by the colours of clothes, skin and of the hair, which may fall there."""
    own, skin, precision, hair = colours
    from_skin2 = to_skin2(pixel, skin, precision)
    if from_skin2 <= SKIN2 and not is_own(pixel, own, from_skin2 + skin_cost - LIKELIER):
        return SKIN
    if not is_own(pixel, own, from_skin2 + skin_cost):
        return THING
    return BODY if may_fall and may_be_hair(pixel, hair) else OWN


@njit(cache=True, nogil=True)
def _outward(away: F32, j: int, i: int) -> tuple[float, float]:
    """Return the way (x, y) from the garment, of length 1, or 0 where it is in the middle of several."""
    x = float(away[j, min(i + 1, away.shape[1] - 1)] - away[j, max(i - 1, 0)])
    y = float(away[min(j + 1, away.shape[0] - 1), i] - away[max(j - 1, 0), i])
    length = max(1e-6, np.sqrt(x * x + y * y))
    return x / length, y / length


@njit(cache=True, nogil=True)
def _adopt(kinds: U8, things: I32, count: int, person: U8, covered: NDArray[np.bool_]) -> None:
    """Turn those `things` (h, w) into own clothes that lie between them, the garment and nobody, in place."""
    border, body, own = np.zeros(count), np.zeros(count), np.zeros(count)
    for j in range(1, kinds.shape[0] - 1):
        for i in range(1, kinds.shape[1] - 1):
            n = things[j, i]
            if n == 0:
                continue
            for b, a in ((j, i - 1), (j, i + 1), (j - 1, i), (j + 1, i)):
                if things[b, a] != n:
                    border[n] += 1.0
                    outside = kinds[b, a] == 0 and not covered[b, a] and person[b, a] >= PERSON
                    body[n] += 1.0 if kinds[b, a] == BODY or outside else 0.0
                    own[n] += 1.0 if kinds[b, a] == OWN else 0.0
    for j in range(kinds.shape[0]):
        for i in range(kinds.shape[1]):
            n = things[j, i]
            if n > 0 and body[n] < ALONE * border[n] and own[n] > AMONG * border[n]:
                kinds[j, i] = OWN


@njit(cache=True, nogil=True)
def _inner(kinds: U8, covered: NDArray[np.bool_], person: U8, away: F32, reach: int) -> U8:
    """Return 1 (h, w) where own clothes lie between the garment and something of the person that stays."""
    out = np.zeros_like(kinds)
    for j in range(kinds.shape[0]):
        for i in range(kinds.shape[1]):
            if kinds[j, i] != OWN:
                continue
            (x, y), thick = _outward(away, j, i), 0
            for n in range(1, reach):
                b, a = int(j + n * y + 0.5), int(i + n * x + 0.5)
                if not (0 <= b < kinds.shape[0] and 0 <= a < kinds.shape[1]) or person[b, a] < PERSON:
                    break
                thick = thick + 1 if kinds[b, a] == THING else 0
                if covered[b, a] or kinds[b, a] == BODY or kinds[b, a] == 0 or thick == THICK_PX:
                    out[j, i] = 1
                    break
    return out


@njit(cache=True, nogil=True)
def _is_past(
    away: F32, j: int, i: int, in_sleeve: bool, trunk: tuple[F64, F64, float, float], cuffs: tuple[F64, F64, float]
) -> bool:
    """Return whether a place lies below the garment's hem or beyond one of its cuffs, rather than beside it."""
    (x, y), (down, waist, belt, half) = _outward(away, j, i), trunk
    along = (i - waist[0]) * down[0] + (j - waist[1]) * down[1]
    across = (i - waist[0]) * down[1] - (j - waist[1]) * down[0]
    below = (along > belt + away[j, i] and abs(across) < half) or (along > 0.0 and x * down[0] + y * down[1] > BELOW)
    if below and not in_sleeve:
        return True
    for side in range(2):
        (cx, cy), (ex, ey) = cuffs[0][side]
        length = max(1e-6, np.sqrt((ex - cx) ** 2 + (ey - cy) ** 2))
        dx, dy, bulky = (ex - cx) / length, (ey - cy) / length, cuffs[2]
        along, across = (i - cx) * dx + (j - cy) * dy, (j - cy) * dx - (i - cx) * dy
        at_end = (i - ex) ** 2 + (j - ey) ** 2 < bulky * bulky
        if along > -bulky and (at_end or (abs(across) < bulky and along < length)):
            if along > -cuffs[1][side] * bulky or x * dx + y * dy > BEYOND:
                return True
    return False
