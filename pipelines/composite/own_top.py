"""Own clothes that stay to be seen beside a drawn top: how much of them, and whether the shopper is to be told.

A sweater under a T-shirt, long sleeves under short ones, own shoulders beside a tank top: covered they would tell a
wrong size, so they stay, and it is told where that is much and does not pass. Of the person's matte counts what lies
about trunk and arms, is not covered, and has the colours of what is covered on the front of the trunk; it must be
likelier that than skin, and near the neck unlike hair. What is in doubt does not count: thin strips (there neither
matte nor pose is sure), what is dark before a dark room, and what is as near to a hand as things that are held. A
garment that was drawn aside leaves as much as it covers in vain, so that is taken off.

Own clothes in a neckline or between open fronts do not count either: those are painted over, or made to be seen. All of
it is found at the matte's size, a few times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.hair import Colours
from pipelines.composite.shapes import opened
from pipelines.composite.skin import SkinChroma, away2
from pipelines.types import CameraFrame, GarmentLayer, MatteU8

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

LOOK_S = 0.25  # so often it is looked for
MUCH_M2, LITTLE_M2 = 0.012, 0.006  # more is told, and more is still told
APPEARS_S, GOES_S = 1.0, 2.0  # told after it was seen so long, no more after it was gone so long
GAP_S = 0.5  # between looks; of what was in a longer one nothing is known

ASIDE_M, ARM_M, FOREARM_M = 0.12, 0.09, 0.07  # about the lines of the trunk's sides, of upper arms and forearms
DOWN, ENDS, ALONG = 0.55, 0.75, 0.8  # of the trunk, where the lines of its sides and its front end; of a forearm
INWARD = 0.5  # of the way from the middle to a shoulder: so wide is the neckline
HAND, HELD_M = 0.4, 0.15  # the hand's middle beyond the wrist, in forearms; so near to it things may be held …
SLEEVE_M = 0.05  # … but not so near to the line of a forearm
NECK_M = 0.2  # so near to the neck hair may fall
THIN_M = 0.03  # what is not so wide does not count

PERSON, NOBODY = 200, 64  # of 255, of a matte: at least, and under this
COVERED, BARE, WHOLE = 127, 64, 200  # of 255: over this is covered, under this bare; over this nothing is before it
SKIN2, OWN2, HAIR2 = 9.0, 12.0, 14.0  # squared Mahalanobis distances within which a colour is like these
FLOOR = (150.0, 5.0, 5.0)  # least variances of luma, for folds and shade, and of chroma
LEAST_SAMPLES, LEAST_SHARE = 30, 0.5  # of what is covered, that is no skin
DARK = 60  # luma under which a matte takes the room for the person …
ROOM_LUMA, ROOM_CHROMA = 20.0, 5.0  # … where it is like the room's mean colour …
AROUND_M, LEAST_ROOM = 0.1, 0.02  # … so far around; of that so much must be seen

FRONT, BESIDE = 1, 2  # zones: the front of the trunk; about it and the arms
UNDER, LEFT, VAIN = 1, 2, 3  # what is seen: clothes under the garment, what it leaves, garment where nobody is


@dataclass(frozen=True, slots=True)
class OwnTop:
    """What is remembered of own clothes beside the garment."""

    looked_s: float = -1.0  # when it was looked for them
    due_s: float = 0.0  # rises while they are seen, falls while they are not
    shown: bool = False  # they are so much, for so long, that the shopper should be told
    colours: F64 | None = None  # of the last `Look` that saw them


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One person in one picture, and what is drawn of their garments."""

    frame: CameraFrame
    matte: MatteU8
    before: Sequence[MatteU8]  # the mattes of the people in front
    layer: GarmentLayer
    left: U8 | None  # (h, w) how much of the layer own hands, arms and hair leave; None: all of it
    joints_px: F64  # (4, 2, 2) of shoulders, hips, elbows, wrists the left and the right one
    metre_px: float  # a metre on the person
    skin: SkinChroma
    hair: Colours | None  # None where it is not known
    painted: U8 | None = None  # (H/2, W/2) of the frame: over 127 where the room is painted over own clothes


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a look at own clothes finds."""

    area_m2: float  # of what is seen of them beside the layer, square metres on the person
    colours: F64 | None  # (3, 6) medians and variances of yuv: their dark, middle and light third; None if not seen


def is_due(known: OwnTop, now_s: float) -> bool:
    """Return whether it is time to look again."""
    return not 0.0 <= now_s - known.looked_s < LOOK_S


def remembered(known: OwnTop, look: Look, now_s: float) -> OwnTop:
    """Return `known` after a `look`."""
    elapsed_s = min(now_s - known.looked_s, GAP_S) if 0.0 <= known.looked_s <= now_s else 0.0
    colours = known.colours if look.colours is None else look.colours
    much = look.area_m2 > (LITTLE_M2 if known.shown else MUCH_M2)
    if known.shown:
        due_s = min(GOES_S, known.due_s + (elapsed_s if much else -elapsed_s))
        return OwnTop(now_s, due_s, due_s > 0.0, colours)
    due_s = max(0.0, known.due_s + (elapsed_s if much else -2.0 * elapsed_s))
    return OwnTop(now_s, GOES_S, True, colours) if due_s >= APPEARS_S else OwnTop(now_s, due_s, False, colours)


def looked_at(view: View) -> Look:
    """Return what is seen of the own clothes."""
    scale = view.matte.shape[1] / view.frame.width_px
    metre = view.metre_px * scale
    zones, corner = _zones(view.joints_px * scale, metre, view.matte.shape)
    if zones.size == 0:
        return Look(0.0, None)
    nothing = np.zeros((0, 0), np.uint8)
    left = nothing if view.left is None else view.left
    painted = nothing if view.painted is None else view.painted
    picture, room, seen = _read(
        (view.frame.y, view.frame.u, view.frame.v),
        (view.matte, _hidden(view)),
        (zones, corner, 1.0 / scale),
        (view.layer.rgba, left, painted),
        (view.layer.region.x0, view.layer.region.y0),
    )
    skin = view.skin.mean, view.skin.precision()
    own = clothes_of(picture, seen, *skin)
    if len(own) == 0:
        return Look(0.0, None)
    around = 2 * round(AROUND_M * metre) + 1
    room = np.asarray(cv2.blur(room, (around, around)), np.float32)
    neck_x, neck_y = view.joints_px[0].mean(axis=0) * scale - corner
    hair = np.zeros((0, 13)) if view.hair is None else view.hair
    _claim(picture, room, seen, own, *skin, hair, (float(neck_x), float(neck_y), NECK_M * metre))
    wide = max(1, round(THIN_M * metre))
    return Look(max(0, _wide(seen == LEFT, wide) - _wide(seen == VAIN, wide)) / metre**2, own)


def _hidden(view: View) -> MatteU8:
    """Return where (h, w) people in front are, of the matte's size; (0, 0) where there are none."""
    hidden = np.zeros((0, 0), np.uint8)
    for one in view.before:
        same = np.asarray(cv2.resize(one, view.matte.shape[::-1]), np.uint8)
        hidden = same if hidden.size == 0 else np.maximum(hidden, same)
    return hidden


def _wide(mask: NDArray[np.bool_], width: int) -> int:
    """Return how many pixels of `mask` (h, w) lie in parts that are `width` pixels wide."""
    return cv2.countNonZero(opened(mask.view(np.uint8), width))


def _zones(joints: F64, metre: float, shape: tuple[int, ...]) -> tuple[U8, tuple[int, int]]:
    """Return FRONT and BESIDE (h, w) over a part of the matte of `shape`, and the corner (x, y) of that part.

    `joints` (4, 2, 2) are those of a `View`, `metre` its metre, in the matte's pixels.
    """
    joints = np.clip(joints, -1e4, 1e4)
    low = np.maximum(0, joints.min(axis=(0, 1)) - ASIDE_M * metre).astype(int)
    high = np.minimum(shape[::-1], joints.max(axis=(0, 1)) + ASIDE_M * metre).astype(int)
    zones = np.zeros((max(0, high[1] - low[1]), max(0, high[0] - low[0])), np.uint8)
    if zones.size > 0:
        _paint(zones, joints - low, metre)
    return zones, (int(low[0]), int(low[1]))


def _paint(zones: U8, joints: F64, metre: float) -> None:
    """Paint the zones about `joints` (4, 2, 2) into `zones` (h, w)."""
    shoulders, hips, elbows, wrists = joints
    middle = shoulders.mean(axis=0)
    up = middle - hips.mean(axis=0)
    collar = middle + INWARD * (shoulders - middle)
    over = collar[::-1] + 2.0 * ASIDE_M * metre / max(1.0, float(np.hypot(*up))) * up
    sides, waist = (shoulders + share * (hips - shoulders) for share in (DOWN, ENDS))
    cuffs, hands = elbows + ALONG * (wrists - elbows), wrists + HAND * (wrists - elbows)
    trunk, upper, fore = (collar, shoulders, sides), (shoulders, elbows), (elbows, cuffs)
    for lines, reach_m in ((trunk, ASIDE_M), (upper, ARM_M), (fore, FOREARM_M)):
        both = np.round(np.stack(lines, axis=1)).astype(np.int32)
        cv2.polylines(zones, list(both), False, (BESIDE,), max(1, round(2.0 * reach_m * metre)))
    for x, y in hands.round().astype(int).tolist():
        cv2.circle(zones, (x, y), round(HELD_M * metre), (0,), -1)
    cv2.polylines(zones, list(both), False, (BESIDE,), max(1, round(2.0 * SLEEVE_M * metre)))
    for quad, zone in (((collar, over), 0), ((shoulders, waist[::-1]), FRONT)):
        cv2.fillConvexPoly(zones, np.round(np.concatenate(quad)).astype(np.int32), (zone,))


@njit(cache=True, nogil=True)
def _read(
    planes: tuple[U8, U8, U8],
    mattes: tuple[U8, U8],
    grid: tuple[U8, tuple[int, int], float],
    drawn: tuple[U8, U8, U8],
    origin: tuple[int, int],
) -> tuple[U8, F32, U8]:
    """Return (yuv (h, w, 3) of the person, yuv and 1 (h, w, 4) where nobody is, what is seen in the zones (h, w)).

    `mattes` are of the person and who is in front, `grid` is the zones, their corner and how many pixels are one of the
    matte, `drawn` the layer, what is left of it and where the room is painted, `origin` where the layer lies.
    """
    (y, u, v), (matte, hidden), (zones, corner, step), (rgba, left, over) = planes, mattes, grid, drawn
    picture, seen = np.zeros((*zones.shape, 3), np.uint8), np.zeros_like(zones)
    room = np.zeros((*zones.shape, 4), np.float32)
    for j in range(zones.shape[0]):
        for i in range(zones.shape[1]):
            b, a = corner[1] + j, corner[0] + i
            nobody = matte[b, a] < NOBODY
            if (zones[j, i] == 0 and not nobody) or (hidden.size > 0 and hidden[b, a] >= NOBODY):
                continue
            row, column = min(y.shape[0] - 1, int((b + 0.5) * step)), min(y.shape[1] - 1, int((a + 0.5) * step))
            n, m = row - origin[1], column - origin[0]
            inside = 0 <= n < rgba.shape[0] and 0 <= m < rgba.shape[1]
            alpha, stays = rgba[n, m, 3] if inside else 0, left[n, m] if inside and left.size > 0 else 255
            alpha = max(alpha, COVERED if over.size > 0 and over[row // 2, column // 2] > COVERED else 0)
            here = y[row, column], u[row // 2, column // 2], v[row // 2, column // 2]
            if nobody:
                seen[j, i] = VAIN if alpha > COVERED and zones[j, i] > 0 else 0
                for c in range(3):
                    room[j, i, c] = here[c]
                room[j, i, 3] = 1.0
            elif matte[b, a] >= PERSON:
                for c in range(3):
                    picture[j, i, c] = here[c]
                if alpha > COVERED and stays > WHOLE:
                    seen[j, i] = UNDER if zones[j, i] == FRONT and (i | j) & 1 == 0 else 0
                elif (alpha > COVERED and stays < BARE) or (alpha < BARE and zones[j, i] == BESIDE):
                    seen[j, i] = LEFT
    return picture, room, seen


@njit(cache=True, nogil=True)
def to_skin2(pixel: U8 | F64, mean: F64, precision: F64) -> float:
    """Return the squared Mahalanobis distance of a pixel's chroma to the skin's."""
    return float(away2(pixel[1], pixel[2], mean, precision))


@njit(cache=True, nogil=True)
def clothes_of(picture: U8, seen: U8, skin: F64, precision: F64) -> F64:
    """Return medians and variances (3, 6) of what is UNDER the garment and no skin: its dark, middle and light third.

    (0, 6) where that is too little, or most is like skin. Stray colours, of a print or a badge, are left out.
    """
    samples, covered, count = np.empty((seen.size, 3), np.uint8), 0, 0
    for j in range(seen.shape[0]):
        for i in range(seen.shape[1]):
            if seen[j, i] == UNDER:
                covered += 1
                if to_skin2(picture[j, i], skin, precision) > SKIN2:
                    samples[count] = picture[j, i]
                    count += 1
    if count < LEAST_SAMPLES or count < LEAST_SHARE * covered:
        return np.zeros((0, 6))
    order, out = np.argsort(samples[:count, 0]), np.empty((3, 6))
    for n in range(3):
        third = samples[order[n * count // 3 : (n + 1) * count // 3]].astype(np.float64)
        for c in range(3):
            out[n, c] = np.median(third[:, c])
            away = np.abs(third[:, c] - out[n, c])
            near = away[away <= 3.0 * np.median(away) + 2.0]
            out[n, 3 + c] = (near * near).mean() + FLOOR[c]
    return out


@njit(cache=True, nogil=True)
def _claim(
    picture: U8,
    room: F32,
    seen: U8,
    own: F64,
    skin: F64,
    precision: F64,
    hair: F64,
    neck: tuple[float, float, float],
) -> None:
    """Let of what is LEFT in `seen` (h, w) only own clothes stand.

    `neck` is where it is, and how far around it hair may fall.
    """
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    for j in range(seen.shape[0]):
        for i in range(seen.shape[1]):
            if seen[j, i] != LEFT:
                continue
            pixel = picture[j, i]
            from_skin2 = to_skin2(pixel, skin, precision)
            if from_skin2 <= SKIN2 or not is_own(pixel, own, from_skin2 + skin_cost) or _is_room(pixel, room[j, i]):
                seen[j, i] = 0
            elif (i - neck[0]) ** 2 + (j - neck[1]) ** 2 < neck[2] ** 2 and may_be_hair(pixel, hair):
                seen[j, i] = 0


@njit(cache=True, nogil=True)
def is_own(pixel: U8 | F64, own: F64, skin_cost: float) -> bool:
    """Return whether a pixel is like the own clothes, and by its chroma likelier theirs than skin."""
    for n in range(own.shape[0]):
        luma, cb, cr = pixel[0] - own[n, 0], pixel[1] - own[n, 1], pixel[2] - own[n, 2]
        chroma2 = cb * cb / own[n, 4] + cr * cr / own[n, 5]
        if chroma2 + luma * luma / own[n, 3] < OWN2 and chroma2 + np.log(own[n, 4] * own[n, 5]) < skin_cost:
            return True
    return False


@njit(cache=True, nogil=True)
def _is_room(pixel: U8, room: F32) -> bool:
    """Return whether a dark pixel is like the room around it: `room` (4,) is the mean of its yuv, times its share."""
    share = room[3]
    if pixel[0] >= DARK or share < LEAST_ROOM:
        return False
    luma, cb, cr = pixel[0] - room[0] / share, pixel[1] - room[1] / share, pixel[2] - room[2] / share
    return bool(abs(luma) < ROOM_LUMA and abs(cb) < ROOM_CHROMA and abs(cr) < ROOM_CHROMA)


@njit(cache=True, nogil=True)
def may_be_hair(pixel: U8, hair: F64) -> bool:
    """Return whether a pixel is like one of the Gaussians `hair` (G, 13), or none is known."""
    for n in range(hair.shape[0]):
        c = hair[n]
        a, b, d = pixel[0] - c[0], pixel[1] - c[1], pixel[2] - c[2]
        away2 = a * (c[3] * a + 2.0 * c[4] * b + 2.0 * c[5] * d) + b * (c[7] * b + 2.0 * c[8] * d) + c[11] * d * d
        if away2 < HAIR2:
            return True
    return hair.shape[0] == 0
