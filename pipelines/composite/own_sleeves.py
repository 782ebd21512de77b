"""Own sleeves that go on where the drawn ones end: how far and how wide, and whether a bare arm can be painted there.

What is said of sleeves and arms holds for own trousers below a skirt and for legs as well.

Under a T-shirt the sleeves of a sweater stay to be seen. Such a sleeve is told along the arm's axis by the colours of
the own clothes; it ends at the hand, or where skin shows. It must lie within the person, and the hand at its end tells
what colour the arm has (`pipelines.composite.bare_limbs` paints it). The arm is as wide as the body's own, at most a
little wider, and never wider than the sleeve. What of the sleeve is left beside it is garment or room, so a bulky
sleeve stays where the room behind is not known. Bare arms come and go softly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.arm_reading import ArmAxis, ArmReading, normals_of
from pipelines.composite.own_top import SKIN2, UNDER, clothes_of, is_own, to_skin2
from pipelines.composite.plate import SURE, Plate
from pipelines.composite.ribbon import ACROSS, REACH
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, MatteU8

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

PLACES = 24  # along the arm, at which its sides are remembered
SIDES_S = 0.12  # in which they follow
APPEARS_S, GOES_S, FADE_S = 0.4, 1.5, 0.3  # seen so long, gone so long; in which an arm comes and goes
LOOK_S, LONGEST_S, GAP_S = 0.2, 0.1, 1.0  # between looks; a step in time is no longer; all begins afresh after it
OWN_SHARE, SKIN_SHARE = 0.4, 0.25  # of the samples about the axis: at least like own clothes, at most like skin
WITHIN = 0.9  # of the stations lie in the person
PERSON = 160  # of 255, of the matte
SKIN_RUN, SKIN_HALF = 3, 0.5  # stations in a row of which so much is like skin: there the sleeve has ended …
GOES_ON = 0.3  # … unless beyond them so much is like own clothes again
OTHER_SHARE, OTHER_FASTER = 0.15, 5.0  # less of own clothes is something else: the arm goes so much faster
LEAST_LONG = 1.5  # radii: a shorter piece of a sleeve stays
WIDER = 1.1  # radii: half of a bare arm at most
BACKED = 0.9  # of the stations: there the room behind a bulky sleeve is known
UNDER_M, NARROW = 0.012, 0.8  # farther into the drawn sleeve a bare arm is no wider than that, radii
OWN, SKIN = 1, 2  # kinds of pixels
CORE = slice(REACH - ACROSS // 2, REACH + ACROSS // 2 + 1)  # samples about the axis
STAYS, STAYS_WIDE = 0.75, 0.9  # of what is asked of a sleeve is enough where an arm is painted: it would come and go
LEAST_HAND, HAND_STEPS = 16, 12.0  # chroma samples at least, and from one border of a hand to the other
PALER, PALEST = 0.72, 0.4  # of the face's redness: skin in another light has the same; beside white clothes, and else
COLOURLESS = 10.0  # levels of chroma


@dataclass(frozen=True, slots=True, eq=False)
class OwnSleeve:
    """What is remembered of an own sleeve from frame to frame; colours and sizes alone."""

    alpha: float = 0.0  # how much of a bare arm is painted over it
    due_s: float = 0.0  # rises while it is seen, falls while it is not
    looked_s: float = -1.0
    sides: F64 | None = None  # (PLACES, 2) where the bare arm ends on either side, radii from the axis
    ends: float = 1.0  # how far along the axis it goes
    skin: F64 | None = None  # (3,) yuv of the hand
    skin_s: float = -math.inf  # when that was seen last


@dataclass(frozen=True, slots=True, eq=False)
class SleeveColours:
    """By what own clothes and skin are told."""

    own: F64  # (3, 6) see `own_top.Look`
    skin: SkinChroma
    palest: float  # (Cr - Cb) / luma of skin: white cloth beside it has its chroma, that is how pictures are coded

    @staticmethod
    def of(own: F64, skin: SkinChroma, face_luma: float) -> SleeveColours:
        """Return the colours with skin that is not much paler than that of the face, if its luma is known."""
        redness = float(skin.mean[1] - skin.mean[0]) / face_luma if face_luma > 0.0 else 0.0
        colourless = bool(np.abs(own[:, 1:3] - 128.0).max(initial=0.0) < COLOURLESS)
        return SleeveColours(own, skin, (PALER if colourless else PALEST) * redness)


@dataclass(frozen=True, slots=True, eq=False)
class Bared:
    """An arm whose own sleeve is looked at in this frame."""

    arm: ArmAxis
    reading: ArmReading
    sides: F64  # (S, 2) where the arm ends on either side, radii from its axis: of the sleeve, or of what is painted
    ends: float  # station at which the sleeve ends
    alpha: float  # how much is painted, 0: nothing
    skin: F64  # (3,) yuv of what is painted
    colours: SleeveColours


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked where a limb of a kind is to be painted."""

    hand_s: float  # so long ago a hand was seen at most
    skin_s: float  # in which the limb's colour follows that of the hand
    bulky: float  # radii: half of a sleeve from which on the room must be known, at most stations
    next_to: int  # stations beyond it tell the colour before a hand does


ARM = Kind(1.0, 0.5, 1.45, 6)  # its own hand, in its own light
LEG = Kind(math.inf, 5.0, 1.65, 0)  # trousers are wide; a hand's light is not a leg's; beyond may be a brown shoe
TROUSERS = 0.7  # of a leg's stations tell what colour trousers have: below there may be a shoe


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What limbs are looked at in."""

    frame: CameraFrame
    layer: GarmentLayer
    matte: MatteU8  # of the person
    hands_px: F64  # (H, 4, 2) wrist, little finger, index and thumb of hands that are there
    plate: Plate  # the room


def leg_colours(reading: ArmReading, skin: SkinChroma, face_luma: float) -> SleeveColours:
    """Return the colours of the trouser leg about an axis; of none where skin shows there."""
    across = reading.across[: math.ceil(TROUSERS * len(reading.across)), CORE]
    picture = np.nan_to_num(across).astype(np.uint8)
    seen = np.where(np.isfinite(across[..., 0]), UNDER, 0).astype(np.uint8)
    return SleeveColours.of(clothes_of(picture, seen, skin.mean, skin.precision()), skin, face_luma)


def is_due(known: OwnSleeve, now_s: float) -> bool:
    """Return whether it is time to look at the sleeve."""
    return known.due_s > 0.0 or known.alpha > 0.0 or not 0.0 <= now_s - known.looked_s < LOOK_S


def gone_on(known: OwnSleeve, now_s: float) -> tuple[OwnSleeve, float]:
    """Return `known` with how long ago it was looked at; after a gap all but the colour begins afresh."""
    elapsed_s = now_s - known.looked_s
    if known.looked_s < 0.0:
        return known, 0.0
    if not 0.0 <= elapsed_s <= GAP_S:
        return OwnSleeve(skin=known.skin, skin_s=known.skin_s), 0.0
    return known, min(elapsed_s, LONGEST_S)


def follow_sleeve(
    sight: Sight, arm: ArmAxis, reading: ArmReading, colours: SleeveColours, kind: Kind, known: OwnSleeve
) -> tuple[Bared, OwnSleeve]:
    """Return how the sleeve about `arm` lies in this frame, and what is remembered of it.

    `reading` is what the picture shows of the arm. The first hand in `sight` that shows skin tells the arm's colour.
    """
    frame = sight.frame
    now_s = frame.captured_s
    known, step_s = gone_on(known, now_s)
    like = colours.own, colours.skin.mean, colours.skin.precision(), colours.palest
    told = _told(reading.across, *like)
    cuff = int(np.searchsorted(arm.from_cuff_m, 0.0))
    end = _end_of(told, cuff)
    if not 0.0 <= now_s - known.skin_s < LOOK_S:
        known = _coloured(known, sight, reading.across[end : end + kind.next_to], like, kind.skin_s)
    asked, wide = (STAYS, kind.bulky / STAYS_WIDE) if known.alpha > 0.0 else (1.0, kind.bulky)
    inside = np.isfinite(reading.across[cuff:, REACH, 0])
    shown = told[cuff:][inside]
    seen = (
        known.skin is not None
        and 0.0 <= now_s - known.skin_s <= kind.hand_s
        and _is_sleeve(told[cuff:end][inside[: end - cuff]], asked)
        and _is_long(arm, cuff, end, asked)
        and _is_within(sight.matte, frame, arm, reading.sides, end, asked)
        and (_half(reading.sides[cuff:end]) < wide or _is_backed(sight, arm, cuff, end, kind.bulky))
    )
    other = len(shown) == 0 or bool(shown[:, 0].mean() < OTHER_SHARE)
    known = _remembered(known, reading.sides, end, step_s)
    known = replace(faded(known, seen, OTHER_FASTER if other else 1.0, step_s), looked_s=now_s)
    return _bared(arm, reading, colours, known), known


def _coloured(
    known: OwnSleeve, sight: Sight, beyond: F32, like: tuple[F64, F64, F64, float], skin_s: float
) -> OwnSleeve:
    """Return `known` with the colour of skin `beyond` the sleeve (S, K, 3), else of the first hand that shows some."""
    now_s, planes = sight.frame.captured_s, (sight.frame.y, sight.frame.u, sight.frame.v)
    skin = _skin_of(np.ascontiguousarray(beyond[:, CORE]), *like)
    for hand_px in sight.hands_px:
        skin = skin if len(skin) > 0 else _hand_colour(planes, sight.matte, hand_px, *like)
    if len(skin) == 0:
        return known
    share = 1.0 if known.skin is None else 1.0 - math.exp(-min(max(0.0, now_s - known.skin_s), GAP_S) / skin_s)
    before = skin if known.skin is None else known.skin
    return replace(known, skin=before + share * (skin - before), skin_s=now_s)


def _remembered(known: OwnSleeve, read: F64, end: int, step_s: float) -> OwnSleeve:
    """Return `known` led toward what was read of the sides (S, 2) and the end."""
    stations = np.linspace(0.0, len(read) - 1.0, PLACES)
    sides = np.stack([np.interp(stations, np.arange(len(read)), side) for side in _as_arm(read).T], axis=1)
    ends = end / max(1.0, len(read) - 1.0)
    if known.sides is not None and known.due_s > 0.0:
        gain = 1.0 - float(np.exp(-step_s / SIDES_S))
        sides, ends = known.sides + gain * (sides - known.sides), known.ends + gain * (ends - known.ends)
    return replace(known, sides=sides, ends=ends)


def _as_arm(sides: F64) -> F64:
    """Return the sides (S, 2) of a bare arm in the sleeve with those `sides`."""
    middle, half = sides.mean(axis=1), 0.5 * (sides[:, 1] - sides[:, 0])
    middle, half = (np.convolve(np.pad(one, 3, mode="edge"), np.full(7, 1 / 7), "valid") for one in (middle, half))
    half = np.minimum(half, WIDER)
    return np.stack([middle - half, middle + half], axis=1)


def faded(known: OwnSleeve, seen: bool, faster: float, step_s: float) -> OwnSleeve:
    """Return `known` a step later: an arm is painted once the sleeve was `seen` for a while; it goes so much faster."""
    if known.due_s >= APPEARS_S or known.alpha > 0.0:
        due_s = min(APPEARS_S + GOES_S, known.due_s + (step_s if seen else -faster * step_s))
    else:
        due_s = known.due_s + step_s if seen else max(0.0, known.due_s - 2.0 * step_s)
        due_s = APPEARS_S + GOES_S if due_s >= APPEARS_S else due_s
    step = step_s / FADE_S if due_s >= APPEARS_S else -step_s / FADE_S
    return replace(known, due_s=max(0.0, due_s), alpha=min(1.0, max(0.0, known.alpha + step)))


def _bared(arm: ArmAxis, reading: ArmReading, colours: SleeveColours, known: OwnSleeve) -> Bared:
    """Return the arm in this frame, part way between sleeve and bare arm while that comes or goes."""
    count = len(arm.points_px)
    if known.sides is None or known.skin is None or known.alpha == 0.0:
        return Bared(arm, reading, reading.sides, 0.0, 0.0, np.zeros(3), colours)
    places = np.linspace(0.0, PLACES - 1.0, count)
    painted = np.stack([np.interp(places, np.arange(PLACES), side) for side in known.sides.T], axis=1)
    ends = known.ends * (count - 1.0)
    mixed = known.alpha * (np.arange(count) <= ends)[:, None]
    painted = np.where((arm.from_cuff_m < -UNDER_M)[:, None], np.clip(painted, -NARROW, NARROW), painted)
    sides = reading.sides + mixed * (painted - reading.sides)
    return Bared(arm, reading, sides, ends, known.alpha, known.skin, colours)


def _is_sleeve(told: F64, asked: float) -> bool:
    """Return whether stations that tell so much (S, 2) of own clothes and of skin are those of a sleeve."""
    return len(told) > 0 and bool(told[:, 0].mean() >= asked * OWN_SHARE and asked * told[:, 1].mean() <= SKIN_SHARE)


def _is_long(arm: ArmAxis, cuff: int, end: int, asked: float) -> bool:
    """Return whether there is enough of it between the stations `cuff` and `end`."""
    line = arm.points_px[cuff:end]
    way = float(np.hypot(*np.diff(line, axis=0).T).sum()) if len(line) > 1 else 0.0
    return way >= asked * LEAST_LONG * float(arm.radius_px.mean())


def _is_within(matte: MatteU8, frame: CameraFrame, arm: ArmAxis, sides: F64, end: int, asked: float) -> bool:
    """Return whether the arm's middle lies within the person's matte."""
    middle = arm.points_px + (sides.mean(axis=1) * arm.radius_px)[:, None] * normals_of(arm.points_px)
    x, y = np.floor(middle[:end] * matte.shape[1] / frame.width_px).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < matte.shape[1]) & (y < matte.shape[0])
    x, y = np.clip(x, 0, matte.shape[1] - 1), np.clip(y, 0, matte.shape[0] - 1)
    person = matte[y, x] >= PERSON
    return bool(inside.any() and person[inside].mean() >= asked * WITHIN)


def _half(sides: F64) -> float:
    """Return half the usual width, radii."""
    return float(np.median(0.5 * (sides[:, 1] - sides[:, 0])))


def _is_backed(sight: Sight, arm: ArmAxis, cuff: int, end: int, bulky: float) -> bool:
    """Return whether what lies behind a bulky sleeve beside the arm is garment, or a room that is known."""
    plate, layer = sight.plate, sight.layer
    if not plate.is_settled:
        return False
    beside = (bulky * arm.radius_px)[:, None] * normals_of(arm.points_px)
    points = np.concatenate([arm.points_px[cuff:end] + beside[cuff:end], arm.points_px[cuff:end] - beside[cuff:end]])
    x, y = np.floor(points).astype(int).T
    rows, columns = np.clip(y // 2, 0, plate.looks.shape[0] - 1), np.clip(x // 2, 0, plate.looks.shape[1] - 1)
    height, width = layer.rgba.shape[:2]
    n, m = y - layer.region.y0, x - layer.region.x0
    over = (n >= 0) & (m >= 0) & (n < height) & (m < width)
    covered = over & (layer.rgba[np.clip(n, 0, height - 1), np.clip(m, 0, width - 1), 3] > 127)
    return bool((covered | (plate.looks[rows, columns] >= SURE)).mean() >= BACKED)


def _end_of(told: F64, cuff: int) -> int:
    """Return the station before which the sleeve ends: from there on skin shows, but for a hand that lies on it.

    `told` (S, 2) is how much is like own clothes and like skin.
    """
    is_skin = told[:, 1] >= SKIN_HALF
    for s in range(cuff, len(told) - SKIN_RUN + 1):
        if is_skin[s : s + SKIN_RUN].all() and told[s:, 0].mean() < GOES_ON:
            return s
    return len(told)


@njit(cache=True, nogil=True)
def kind_of(pixel: U8 | F64, own: F64, skin: F64, precision: F64, skin_cost: float, palest: float) -> int:
    """Return OWN where a pixel is like own clothes, and likelier that than skin, else SKIN where it is like that, or 0.

    `skin_cost` is the logarithm of the determinant of the skin's covariance.
    """
    from_skin2 = to_skin2(pixel, skin, precision)
    if is_own(pixel, own, from_skin2 + skin_cost):
        return OWN
    return SKIN if from_skin2 <= SKIN2 and float(pixel[2]) - float(pixel[1]) >= palest * pixel[0] else 0


@njit(cache=True, nogil=True)
def _told(across: F32, own: F64, skin: F64, precision: F64, palest: float) -> F64:
    """Return how much (S, 2) about the axis is like own clothes, and how much like skin."""
    out, half = np.zeros((across.shape[0], 2)), ACROSS // 2
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    for s in range(across.shape[0]):
        for k in range(REACH - half, REACH + half + 1):
            if not np.isfinite(across[s, k, 0]):
                continue
            kind = kind_of(across[s, k], own, skin, precision, skin_cost, palest)
            if kind != 0:
                out[s, kind - 1] += 1.0 / (2 * half + 1)
    return out


@njit(cache=True, nogil=True)
def _skin_of(across: F32, own: F64, skin: F64, precision: F64, palest: float) -> F64:
    """Return the median yuv (3,) of what is skin in `across` (S, K, 3), (0,) of too little."""
    samples, count = np.empty((across.shape[0] * across.shape[1], 3)), 0
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    for s in range(across.shape[0]):
        for k in range(across.shape[1]):
            if np.isfinite(across[s, k, 0]) and kind_of(across[s, k], own, skin, precision, skin_cost, palest) == SKIN:
                for c in range(3):
                    samples[count, c] = across[s, k, c]
                count += 1
    out = np.empty(3 if count >= LEAST_HAND else 0)
    for c in range(len(out)):
        out[c] = np.median(samples[:count, c])
    return out


@njit(cache=True, nogil=True)
def _hand_colour(
    planes: tuple[U8, U8, U8], matte: U8, hand_px: F64, own: F64, skin: F64, precision: F64, palest: float
) -> F64:
    """Return the median yuv (3,) of the skin within a hand of the person, (0,) where too little of it shows."""
    (y, u, v), wrist = planes, hand_px[0]
    knuckles = 0.5 * (hand_px[1] + hand_px[2])
    middle, radius = 0.5 * (wrist + knuckles), np.hypot(knuckles[0] - wrist[0], knuckles[1] - wrist[1])
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    scale, stride = 2.0 * matte.shape[1] / y.shape[1], max(1, int(radius / HAND_STEPS))
    low_i, high_i = max(1, int((middle[0] - radius) / 2)), min(u.shape[1] - 2, int((middle[0] + radius) / 2))
    low_j, high_j = max(1, int((middle[1] - radius) / 2)), min(u.shape[0] - 2, int((middle[1] + radius) / 2))
    samples, count, pixel = np.empty((max(0, high_j - low_j + 1) * max(0, high_i - low_i + 1), 3)), 0, np.empty(3)
    for j in range(low_j, high_j + 1, stride):
        for i in range(low_i, high_i + 1, stride):
            if (2 * i - middle[0]) ** 2 + (2 * j - middle[1]) ** 2 > radius * radius:
                continue
            row, column = min(int(j * scale), matte.shape[0] - 1), min(int(i * scale), matte.shape[1] - 1)
            whole = matte[row, column] >= PERSON
            for b, a in ((j, i), (j, i - 1), (j, i + 1), (j - 1, i), (j + 1, i)):
                pixel[0], pixel[1], pixel[2] = y[2 * b, 2 * a], u[b, a], v[b, a]
                whole = whole and kind_of(pixel, own, skin, precision, skin_cost, palest) == SKIN
            if whole:
                samples[count, 0], samples[count, 1], samples[count, 2] = y[2 * j, 2 * i], u[j, i], v[j, i]
                count += 1
    out = np.empty(3 if count >= LEAST_HAND else 0)
    for c in range(len(out)):
        out[c] = np.median(samples[:count, c])
    return out
