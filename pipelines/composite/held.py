"""What the shopper holds before the garment, a phone, a cup, a bag: it is in front, as the hand is.

Held is what hangs together, reaches to a hand, lies on the person, is no skin and has none of the colours of the own
clothes (`own_colours`), which are covered there. It is filled to its convex outline where it nearly is convex: a board
may have figures in the colour of a shirt. Much that is strange and near no hand tells that the colours are not to be
trusted; then nothing is in front. It must be seen for a while before it is, and stays a little longer.

A part in the colour of the own clothes, at the edge of a thing, is taken for them, and a thing in the colour of skin
for nothing. Who never was seen with both hands away from the trunk has no known colours: nothing is in front there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.composite.own_colours import HANDS, TOP, TROUSERS, OwnColours, is_due, renewed, waist_px
from pipelines.composite.shapes import disc
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

REACH_M = 0.45  # from a hand
TOUCH_M, STILL_M = 0.09, 0.18  # from a hand's joints, to be held, and to be still
LEAST_M2, SMALL_M2, MOST_M2 = 0.002, 0.001, 0.15  # of a thing, to be held, to be still, and ever
MOST = 0.5  # of what is covered in the hands' reach
STRANGE = 0.08  # of it: so much more that has strange colours, and is not held
SOLID = 0.5  # of its convex outline, to be filled
THIN_M, GAP_M, RIM_M = 0.008, 0.02, 0.02  # radii: what is left out, what is closed, what is not learnt about it
HOLE_M = 0.06  # so far about a thing the matte may miss it
STRIP_M = 0.01  # half of what is too narrow to stay between a thing and the layer's edge
PERSON, COVERED, BEFORE = 96, 127, 128  # of 255: of the matte; over this is covered; under this something is before it
WIDEST = 8  # of those radii, pixels at half size: wider ones take long
SKIN2 = 12.0  # squared Mahalanobis distance of skin
SEEN = 0.5  # visibility of a wrist
COMES_S, GOES_S = 0.4, 0.6  # it is in front after it was seen so long, and not after it was gone so long
FADE_S = 0.2
LAPSE_S = 0.25  # between frames; of what was in a longer one nothing is known
ON, BESIDE = 2, 3  # covered and strange, on the person's matte and beside it
NOTHING = np.zeros((0, 0), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What is remembered of held things: that there are, and what they are told from."""

    own: OwnColours = field(default_factory=OwnColours)
    seen_s: float = -1.0  # the last frame
    due_s: float = 0.0  # rises while something is seen, falls while not
    shown: bool = False  # it is in front
    opacity: float = 0.0  # of what is in front


def held_occlusion(
    frame: CameraFrame,
    landmarks: Landmarks,
    layer: GarmentLayer,
    left: U8 | None,
    skin: SkinChroma,
    metre_px: float,
    before: Held,
) -> tuple[U8 | None, Held]:
    """Return (how much (h, w) of each of the layer's pixels a held thing hides, 255 all, or None of nothing, state).

    `left` (h, w) is how much of the layer own hands, arms and hair leave, None for all; `metre_px` is a metre on the
    person.
    """
    region = layer.region
    if landmarks.matte is None or region.is_empty or not np.isfinite(landmarks.uv_px).all():
        return None, before
    window, thing = _window(landmarks, region, metre_px), NOTHING
    if window is not None and before.own.known:
        strange = _strange(frame, landmarks, (layer, left), skin, metre_px, window, before.own.table)
        thing = _thing(strange, _near_hands(landmarks, window, metre_px, before.shown), metre_px, before.shown)
    state = _moved_on(before, thing.size > 0, frame.captured_s)
    if is_due(before.own, frame.captured_s):
        wide = cv2.dilate(thing, _disc(RIM_M * metre_px)) if thing.size > 0 else NOTHING
        corner = (0, 0) if window is None else (window.x0 // 2, window.y0 // 2)
        own = renewed(before.own, frame, landmarks, region, metre_px, (np.asarray(wide, np.uint8), corner))
        state = replace(state, own=own)
    if thing.size == 0 or window is None or state.opacity <= 0.0:
        return None, state
    return _on_layer(thing, state.opacity, window, region), state


def _window(landmarks: Landmarks, region: Region, metre: float) -> Region | None:
    """Return the even part of the layer's `region` in the hands' reach; None where they are far from it."""
    hands = landmarks.uv_px[[*HANDS[0], *HANDS[1]]].astype(np.float64)
    low = np.maximum(hands.min(axis=0) - REACH_M * metre, (region.x0, region.y0)).astype(int)
    high = np.minimum(hands.max(axis=0) + REACH_M * metre, (region.x1, region.y1)).astype(int)
    window = Region(int(low[0]) + 1 & ~1, int(low[1]) + 1 & ~1, int(high[0]) & ~1, int(high[1]) & ~1)
    return window if window.x1 - window.x0 > 8 and window.y1 - window.y0 > 8 else None


def _strange(
    frame: CameraFrame,
    landmarks: Landmarks,
    drawn: tuple[GarmentLayer, U8 | None],
    skin: SkinChroma,
    metre: float,
    window: Region,
    own: U8,
) -> U8:
    """Return what (h, w) the layer covers, for 2 x 2 pixels of `window` each: ON, BESIDE or else 1."""
    layer, left = drawn
    assert landmarks.matte is not None  # noqa: S101
    hands = landmarks.uv_px[[*HANDS[0], *HANDS[1]]].astype(np.float64)
    told = _told(
        (frame.y, frame.u, frame.v),
        matte_over(landmarks.matte, frame, window, 2),
        (layer.rgba, NOTHING if left is None else left),
        ((window.x0, window.y0), (layer.region.x0, layer.region.y0)),
        np.column_stack([hands, np.full(len(hands), REACH_M * metre)]),
        (own, waist_px(landmarks.uv_px.astype(np.float64), metre)),
        (skin.mean, skin.precision()),
    )
    return np.asarray(told, np.uint8)


@njit(cache=True, nogil=True)
def _told(
    planes: tuple[U8, U8, U8],
    matte: U8,
    drawn: tuple[U8, U8],
    corners: tuple[tuple[int, int], tuple[int, int]],
    circles: F64,
    own: tuple[U8, float],
    skin: tuple[F64, F64],
) -> U8:
    """Return what `_strange` does; strange things lie in one of the `circles` (N, 3).

    `drawn` are the layer and what is left of it; `corners` (x, y) are those of the window, whose size is the matte's
    twice, and of the layer; `own` are the colours of the own clothes, and the row from which trousers may be seen.
    """
    y, u, v = planes
    rgba, left = drawn
    (x0, y0), (layer_x, layer_y) = corners
    (colours, waist), (mean, precision) = own, skin
    out = np.zeros(matte.shape, np.uint8)
    for j in range(matte.shape[0]):
        for i in range(matte.shape[1]):
            row, column = y0 + 2 * j, x0 + 2 * i
            m, n = row - layer_y, column - layer_x
            if rgba[m, n, 3] <= COVERED:
                continue
            out[j, i] = 1
            if left.size > 0 and left[m, n] < BEFORE:
                continue
            light = np.int32(y[row, column]) + y[row, column + 1] + y[row + 1, column] + y[row + 1, column + 1]
            cb, cr = u[row >> 1, column >> 1], v[row >> 1, column >> 1]
            if colours[light >> 6, cb >> 3, cr >> 3] & (TOP if row < waist else TOP | TROUSERS):
                continue
            a, b = cb - mean[0], cr - mean[1]
            if a * a * precision[0, 0] + 2.0 * a * b * precision[0, 1] + b * b * precision[1, 1] < SKIN2:
                continue
            for k in range(circles.shape[0]):
                if (column - circles[k, 0]) ** 2 + (row - circles[k, 1]) ** 2 < circles[k, 2] ** 2:
                    out[j, i] = ON if matte[j, i] >= PERSON else BESIDE
    return out


def _near_hands(landmarks: Landmarks, window: Region, metre: float, shown: bool) -> U8:
    """Return 1 (h, w) where in `window`, at half size, a thing touches a hand that is seen."""
    out = np.zeros(((window.y1 - window.y0) // 2, (window.x1 - window.x0) // 2), np.uint8)
    for wrist, *knuckles in HANDS:
        if landmarks.visibility[wrist] < SEEN:
            continue
        points = (landmarks.uv_px[[wrist, *knuckles]] - (window.x0, window.y0)) / 2.0
        for x, y in np.clip(points, -1e4, 1e4).round().astype(int).tolist():
            cv2.circle(out, (x, y), max(1, round((STILL_M if shown else TOUCH_M) * metre / 2.0)), (1,), -1)
    return out


def _thing(told: U8, near: U8, metre: float, shown: bool) -> U8:
    """Return 1 (h, w) where a thing is held, (0, 0) where none is; `told` is what `_strange` returns.

    `near` is 1 about the hands; `shown` tells that a thing was in front in the last frame.
    """
    pixels_m2 = (metre / 2.0) ** 2
    least, most = (SMALL_M2 if shown else LEAST_M2) * pixels_m2, MOST_M2 * pixels_m2
    strange = np.asarray(told == ON, np.uint8)
    if cv2.countNonZero(strange) < least:
        return NOTHING
    x, y, width, height = cv2.boundingRect(strange)
    about = round(HOLE_M * metre)
    part = np.s_[max(0, y - about) : y + height + about, max(0, x - about) : x + width + about]
    pieces = _in_pieces(strange[part], metre)
    count, labels, stats = cv2.connectedComponentsWithStats(pieces, connectivity=8, ltype=cv2.CV_16U)[:3]
    touching = np.bincount(labels[near[part] > 0], minlength=count) > 0
    areas = stats[:, cv2.CC_STAT_AREA]
    held = touching & (areas > least) & (areas < most)
    held[0] = False
    rest = int(areas[1:][~touching[1:] | (areas[1:] >= most)].sum())
    covered = cv2.countNonZero(told)
    if not held.any() or areas[held].sum() > MOST * covered or rest > STRANGE * covered:
        return NOTHING
    out = np.zeros_like(told)
    out[part] = _whole(held.astype(np.uint8)[labels], told[part], metre)
    return out


def _whole(thing: U8, told: U8, metre: float) -> U8:
    """Return `thing` (h, w) with what the matte misses of it, filled, and as far as the layer's edge where it is near.

    `told` (h, w) is what `_strange` returns.
    """
    side = 2 * round(HOLE_M * metre / 2.0) + 1
    about = np.asarray(cv2.dilate(thing, np.ones((side, side), np.uint8)), np.uint8)
    out = _filled(np.maximum(thing, _in_pieces(np.asarray(told >= ON, np.uint8) & about, metre)))
    return _over_edge(out, np.asarray(told == 0, np.uint8), metre)


def _in_pieces(mask: U8, metre: float) -> U8:
    """Return `mask` (h, w) without what is thin, its small gaps closed."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(THIN_M * metre))
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_CLOSE, _disc(GAP_M * metre)), np.uint8)


def _filled(thing: U8) -> U8:
    """Return `thing` (h, w), each piece of it filled to its convex outline where it nearly is convex."""
    out = thing.copy()
    for outline in cv2.findContours(thing, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        hull = cv2.convexHull(outline)
        if cv2.contourArea(outline) > SOLID * cv2.contourArea(hull):
            cv2.fillConvexPoly(out, hull, (1,))
    return out


def _over_edge(thing: U8, bare: U8, metre: float) -> U8:
    """Return `thing` (h, w) without the strips that stay between it and what is `bare` of the layer."""
    closed = cv2.morphologyEx(np.maximum(thing, bare), cv2.MORPH_CLOSE, _disc(STRIP_M * metre))
    near = cv2.dilate(thing, _disc(2.0 * STRIP_M * metre))
    return np.maximum(thing, np.asarray(closed, np.uint8) & np.asarray(near, np.uint8))


def _moved_on(before: Held, seen: bool, now_s: float) -> Held:
    """Return what is remembered after a frame in which a held thing was `seen` or not."""
    elapsed_s = min(now_s - before.seen_s, LAPSE_S) if 0.0 <= before.seen_s <= now_s else 0.0
    due_s, shown = before.due_s + (elapsed_s if seen else -elapsed_s), before.shown
    if shown:
        shown, due_s = due_s > 0.0, min(max(due_s, 0.0), GOES_S)
    elif due_s >= COMES_S:
        shown, due_s = True, GOES_S
    step = elapsed_s / FADE_S
    opacity = min(1.0, before.opacity + step) if shown else max(0.0, before.opacity - step)
    return replace(before, seen_s=now_s, due_s=max(due_s, 0.0), shown=shown, opacity=opacity)


def _on_layer(thing: U8, opacity: float, window: Region, region: Region) -> U8:
    """Return `thing` (h, w), at half size over `window`, as a mask over `region` with a soft edge."""
    soft = cv2.GaussianBlur(np.asarray(thing * np.uint8(round(255.0 * opacity)), np.uint8), (5, 5), 0.0)
    out = np.zeros((region.y1 - region.y0, region.x1 - region.x0), np.uint8)
    size = window.x1 - window.x0, window.y1 - window.y0
    part = np.s_[window.y0 - region.y0 : window.y1 - region.y0, window.x0 - region.x0 : window.x1 - region.x0]
    out[part] = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)
    return out


def _disc(radius: float) -> U8:
    """Return a disc at half size of `radius` pixels at full size."""
    return disc(2 * min(max(1, round(radius / 2.0)), WIDEST) + 1)
