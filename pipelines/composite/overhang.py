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
from pipelines.composite.own_top import SKIN2, View, is_own, may_be_hair, to_skin2
from pipelines.composite.shapes import opened
from pipelines.composite.sleeve import LEAST_SLEEVE
from pipelines.types import MatteU8, Region

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

ASIDE_M, REACH_M = 0.15, 0.13  # about the lines of trunk and arms, and from the garment's edge: so far it is looked
ROOM_M = 0.2  # from the garment, and above the shoulders: so far it is looked at the room
BULKY_M = 0.13  # about the line of an arm: there it may be, in a bulky sleeve
HAND_M, HAND = 0.13, 0.4  # about wrists and the hands' middles; these beyond the wrist, in forearms
INWARD, THROAT = 0.5, 0.3  # of the way from the middle to a shoulder: there the neckline ends; above NAPE_M, there
NAPE_M = 0.11
ARMHOLE, WAIST = 0.35, 0.5  # of the trunk: where the sides begin of what has no sleeves; under this hems are looked for
BELT = 0.72  # of the trunk: below may be own trousers; own clothes widen from there to what they are …
TROUSERS_M = 0.03  # … unless those are seen to have other colours, over so much, or are not in the picture
BEYOND, BELOW = 0.45, 0.75  # cosines to the way down an arm and the trunk, from which a place lies beyond cuff and hem
EARLIER = (0.25, 1.0)  # of BULKY_M: so long before its farthest end a cuff begins, of a hanging and of a raised arm …
HANGS, RAISED = 0.9, 0.6  # … by the cosine between arm and trunk
ALONE = 0.3  # of the border of a thing may lie at a body, else it is no part of the clothes
LIKELIER = 4.0  # cost of a colour by which it is own clothes, though it may be skin
THICK_PX, SPECK_PX = (
    4,
    3,
)  # a thing, or skin, is no mere outline that is so thick; a place that is kept is none that is smaller
SMOOTH_PX = 7  # of half the picture's size: over so much the way from the garment is a mean
NECK_M = 0.2  # so near to the neck hair may fall
PERSON, ELSE = 128, 48  # of 255, of the mattes: at least, of the person and of others
COVERED, WHOLE = 127, 200  # of 255: over this is covered; under this something is before it

TO_HAND = 1.95  # where a bare arm that is painted ends
HAND_FROM = 1.9  # a sleeve that ends there ends at the hand
FOREARM, SLEEVE, SLEEVE_M = 2, 3, 0.09  # in a zone: about a bare arm that is painted; about a drawn sleeve, so far
OUTSIDE, THING, OWN, BODY = 1, 2, 3, 4  # nobody; neither own clothes nor body; own clothes; skin, hair, others, hands


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What lies beside the garment of one person; all planes (h, w) are over `region`, of half its size."""

    region: Region
    kinds: U8  # OUTSIDE, THING, OWN, BODY; 0 where it is not looked for
    covered: NDArray[np.bool_]  # by the garment, or a bare arm
    forearm: NDArray[np.bool_]  # about bare arms that are painted
    person: MatteU8


def beside(
    view: View, own: F64, bare_from: tuple[float, float], bared: tuple[bool, bool], others: Sequence[MatteU8]
) -> Beside | None:
    """Return what lies beside the garment, None where the person is out of the picture.

    `own` (3, 6) are the colours of their clothes, see `own_top.Look`; the drawn sleeves end at `bare_from`, 1 at the
    elbow, 2 at the wrist; where an arm is `bared` it is painted from there on, and taken for a sleeve; `others` are the
    mattes of all other people.
    """
    region, metre = _region(view), 0.5 * view.metre_px
    if region.is_empty:
        return None
    joints = (np.clip(view.joints_px, -1e4, 1e4) - (region.x0, region.y0)) / 2.0
    zone = np.zeros(((region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2), np.uint8)
    _allow(zone, joints, bare_from, metre)
    _forbid(zone, joints, bare_from, bared, metre)
    to = (TO_HAND if bared[0] else bare_from[0], TO_HAND if bared[1] else bare_from[1])
    for matte in others:
        zone[matte_over(matte, view.frame, region, 2) >= ELSE] = 0
    garment = _half_over(view.layer.rgba[:, :, 3], view.layer.region, region)
    left = garment if view.left is None else _half_over(view.left, view.layer.region, region)
    person = matte_over(view.matte, view.frame, region, 2)
    covered = garment > COVERED
    neck = _middle(joints[0])
    down = _middle(joints[1]) - neck
    away = np.asarray(cv2.distanceTransform((~covered).view(np.uint8), cv2.DIST_L2, 3), np.float32)
    smooth = np.asarray(cv2.blur(away, (SMOOTH_PX, SMOOTH_PX)), np.float32)
    forearm = zone == FOREARM
    planes, corner = (view.frame.y, view.frame.u, view.frame.v), (region.x0 // 2, region.y0 // 2)
    colours = own, view.skin.mean, view.skin.precision(), np.zeros((0, 13)) if view.hair is None else view.hair
    belt = (BELT - WAIST) * float(np.hypot(*down))
    to_bottom = region.y1 >= view.frame.height_px - 1 and bool(covered[-1].any())
    if to_bottom or _ends_above_trousers(
        planes, corner, person, (neck + BELT * down, joints[1]), colours, TROUSERS_M * metre
    ):
        belt = float("inf")
    kinds = _sorted(
        planes,
        corner,
        (zone, garment, left, person, away, smooth),
        forearm,
        colours,
        (neck, NECK_M * metre, REACH_M * metre),
        (down / max(1.0, float(np.hypot(*down))), neck + WAIST * down, belt),
        (_cuffs(joints, to), _earlier(joints), BULKY_M * metre),
        _cuffs(joints, bare_from) if any(bared) else np.zeros((0, 2, 2)),
    )
    bodies = ((kinds == BODY) & ~covered).view(np.uint8)
    kinds[(bodies & ~opened(bodies, THICK_PX)) > 0] = THING
    _, things = cv2.connectedComponents((kinds == THING).view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    _adopt(kinds, things, int(things.max()) + 1, person, covered)
    inner = _inner(kinds, covered, person, smooth, round(2.0 * REACH_M * metre))
    kinds[cv2.morphologyEx(inner, cv2.MORPH_OPEN, np.ones((SPECK_PX, SPECK_PX), np.uint8)) > 0] = 0
    return Beside(region, kinds, covered, forearm, person)


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


def _allow(zone: U8, joints: F64, bare_from: tuple[float, float], metre: float) -> None:
    """Paint into `zone` (h, w) what is about trunk and sleeves; `joints` (4, 2, 2) are those of a `View`."""
    shoulders, hips, elbows, wrists = joints
    collar = _collar(joints, INWARD)
    for side in range(2):
        lines = [[collar[side], shoulders[side], hips[side]], [shoulders[side], elbows[side]]]
        if bare_from[side] < LEAST_SLEEVE:
            lines = [[shoulders[side] + ARMHOLE * (hips[side] - shoulders[side]), hips[side]]]
        elif bare_from[side] > 1.0:
            lines[1].append(wrists[side])
        for line in lines:
            whole = np.array(line).round().astype(np.int32)
            cv2.polylines(zone, [whole], False, (1,), max(1, round(2.0 * ASIDE_M * metre)))
    for side in range(2):
        if bare_from[side] > 1.0:
            _limb(zone, elbows[side], wrists[side], SLEEVE_M * metre, SLEEVE)


def _forbid(zone: U8, joints: F64, bare_from: tuple[float, float], bared: tuple[bool, bool], metre: float) -> None:
    """Take the neck, hands and bare arms out of `zone` (h, w); about those that are painted is FOREARM."""
    shoulders, hips, elbows, wrists = joints
    up = _middle(shoulders) - _middle(hips)
    up *= metre / max(1.0, float(np.hypot(*up)))
    collar, throat = _collar(joints, INWARD), _collar(joints, THROAT)
    bulky = BULKY_M * metre
    for side in range(2):
        if bare_from[side] <= 1.0:
            _limb(zone, elbows[side], wrists[side], bulky, FOREARM if bared[side] else 0)
    _fill(zone, [*collar, *(collar[::-1] + NAPE_M * up)])
    _fill(zone, [*throat, *(throat[::-1] + 2.0 * ASIDE_M * up)])
    for side in range(2):
        shoulder, elbow, wrist = shoulders[side], elbows[side], wrists[side]
        if bare_from[side] < LEAST_SLEEVE:
            cv2.circle(zone, _whole(shoulder), round(bulky), (0,), -1)
            cv2.circle(zone, _whole(elbow), round(bulky), (0,), -1)
            _limb(zone, shoulder, elbow, bulky)
        for middle in (wrist, wrist + HAND * (wrist - elbow))[bare_from[side] > 1.0 :]:
            cv2.circle(zone, _whole(middle), round(HAND_M * metre), (0,), -1)


def _middle(points: F64) -> F64:
    """Return the middle (2,) of two points (2, 2)."""
    return np.asarray(0.5 * (points[0] + points[1]), np.float64)


def _collar(joints: F64, inward: float) -> F64:
    """Return the points (2, 2) so far from the middle to the shoulders."""
    middle = _middle(joints[0])
    return np.asarray(middle + inward * (joints[0] - middle), np.float64)


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
    down = _middle(hips) - _middle(shoulders)
    arms = elbows - shoulders
    hangs = arms @ down / np.maximum(1.0, np.hypot(arms[:, 0], arms[:, 1]) * float(np.hypot(*down)))
    return np.asarray(np.interp(-hangs, [-HANGS, -RAISED], EARLIER), np.float64)


def _limb(zone: U8, a: F64, b: F64, half: float, value: int = 0) -> None:
    """Paint `value` about a limb from `a` to `b` into `zone`, `half` of its width."""
    way = (b - a) / max(1.0, float(np.hypot(*(b - a))))
    across = half * np.array([-way[1], way[0]])
    _fill(zone, [a - across, a + across, b + across, b - across], value)


def _fill(zone: U8, corners: Sequence[F64], value: int = 0) -> None:
    cv2.fillConvexPoly(zone, np.array(corners).round().astype(np.int32), (value,))


def _whole(point: F64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


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
def _ends_above_trousers(
    planes: tuple[U8, U8, U8],
    corner: tuple[int, int],
    person: U8,
    trunk: tuple[F64, F64],
    colours: tuple[F64, F64, F64, F64],
    least: float,
) -> bool:
    """Return whether the own top is seen to end: below the belt, in the middle, other colours than its own follow.

    `trunk` is the belt's middle and the hips (2, 2), `least` for how many rows other colours must be seen. It is looked
    at below the garment too.
    """
    (middle, hips), precision = trunk, colours[2]
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    half, rows, pixel = max(1, int(0.25 * abs(hips[0, 0] - hips[1, 0]))), 0, np.empty(3, np.uint8)
    for j in range(max(0, int(middle[1])), person.shape[0]):
        own = other = 0
        for i in range(max(0, int(middle[0]) - half), min(person.shape[1], int(middle[0]) + half + 1)):
            if person[j, i] < PERSON:
                continue
            b, a = corner[1] + j, corner[0] + i
            pixel[0], pixel[1], pixel[2] = planes[0][2 * b, 2 * a], planes[1][b, a], planes[2][b, a]
            kind = _kind(pixel, colours, skin_cost, False)
            own += kind == OWN
            other += kind == THING
        rows = rows + 1 if other > 2 * own else 0
        if rows > least:
            return True
    return False


@njit(cache=True, nogil=True)
def _sorted(
    planes: tuple[U8, U8, U8],
    corner: tuple[int, int],
    masks: tuple[U8, U8, U8, U8, F32, F32],
    forearm: NDArray[np.bool_],
    colours: tuple[F64, F64, F64, F64],
    near: tuple[F64, float, float],
    trunk: tuple[F64, F64, float],
    cuffs: tuple[F64, F64, float],
    drawn: F64,
) -> U8:
    """Return the kinds (h, w) of what lies beside the garment, and BODY where something real is before it.

    `masks` are the zone, the garment, what is left of it, the matte, how far the garment is, and that smoothed; `near`
    is the neck, how near to it hair may fall, and how far from the garment it is looked; `trunk` is the way down it,
    its waist and how far below that the belt is; `cuffs` are where sleeves end, how much earlier, and how bulky. What
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
    """Return THING, OWN or BODY, by the colours of clothes, skin and of the hair, which may fall there."""
    own, skin, precision, hair = colours
    from_skin2 = to_skin2(pixel, skin, precision)
    if from_skin2 <= SKIN2 and not is_own(pixel, own, from_skin2 + skin_cost - LIKELIER):
        return BODY
    if not is_own(pixel, own, from_skin2 + skin_cost):
        return THING
    return BODY if may_fall and hair.shape[0] > 0 and may_be_hair(pixel, hair) else OWN


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
    border, body = np.zeros(count), np.zeros(count)
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
    for j in range(kinds.shape[0]):
        for i in range(kinds.shape[1]):
            n = things[j, i]
            if n > 0 and body[n] < ALONE * border[n]:
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
    away: F32, j: int, i: int, in_sleeve: bool, trunk: tuple[F64, F64, float], cuffs: tuple[F64, F64, float]
) -> bool:
    """Return whether a place lies below the garment's hem or beyond one of its cuffs, rather than beside it."""
    (x, y), (down, waist, belt) = _outward(away, j, i), trunk
    along = (i - waist[0]) * down[0] + (j - waist[1]) * down[1]
    below = along > belt + away[j, i] or (along > 0.0 and x * down[0] + y * down[1] > BELOW)
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
