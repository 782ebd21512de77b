"""Bare arms and legs painted in place of own sleeves and trousers: round, in the colour of a hand, in the room's light.

An arm goes along the middle of the sleeve that was read (`pipelines.composite.own_sleeves`), into the drawn sleeve at
one end and to the real skin of the hand at the other; real skin is never painted over. It is laid over the picture
before the garment is, which it hides as any arm does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.arm_reading import normals_of
from pipelines.composite.matte import matte_over
from pipelines.composite.own_sleeves import OWN, SKIN, TROUSERS, Bared, SleeveColours, kind_of
from pipelines.composite.paint_out import Patch
from pipelines.composite.people import left_visible
from pipelines.composite.plate import SURE, Plate
from pipelines.composite.shapes import opened
from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Lit = Callable[[F32], F32]  # normals (N, 3) -> luma (N,)

ENDS = 40, 120  # of 255, of the matte: between these an arm fades
BARE = 0.75  # of FRINGE, at half the picture's size: skin that is so wide is no speck
SPECK_PX = 3  # of half the picture's size: smaller spots like skin are none
SOFT_PX = 5  # so wide skin and arm go over into each other
DARKEST, LIGHTEST = 0.4, 1.5  # of the hand's light
RIM = 0.18  # by so much an arm is darker where it turns away
GAMMA = 2.2
ROUND = 33  # samples across a ball, of how light it is
SEEN = 127
EDGE_PX, AROUND_PX = 3.0, 6.0  # so soft an arm's side is; so far around it its colour is known
EDGE = 0.15  # radii: own trousers may reach so far beyond the matte
FRINGE = 0.4  # radii: what of a sleeve stands out so far beside the arm becomes a part of it
TO_CAMERA = np.array([[0.0, 0.0, 1.0]], np.float32)


def bare_limb(
    frame: CameraFrame,
    matte: MatteU8,
    before: Sequence[MatteU8],
    bared: Bared,
    tip_px: F64 | None,
    hands_px: F64 | None,
    lit: Lit,
    plate: Plate | None,
) -> Patch | None:
    """Return the limb in place of an own sleeve or trouser leg, None where none is painted.

    It goes on to `tip_px` (2,), if that is given. Real skin is left alone, of specks only what hangs together with a
    hand, of which `hands_px` (H, 4, 2) are wrist, little finger, index and thumb; None: all. `before` are the mattes of
    the people in front, and `lit` tells how much light falls on what faces along camera-frame normals. What of the
    sleeve stands out beside the limb becomes a part of it where the room behind is not known by `plate`.
    """
    if bared.alpha == 0.0:
        return None
    line, half_px = _outline(bared, tip_px)
    fringe = FRINGE * float(bared.arm.radius_px.mean())
    points = line if hands_px is None else np.concatenate([line, hands_px.reshape(-1, 2)])
    region = _around(_nearby(points, line), float(half_px.max()) + fringe + 2.0, frame)
    if region.is_empty:
        return None
    beyond = min(int(np.searchsorted(bared.arm.from_cuff_m, 0.0)), len(line) - 2)
    outline = line - (region.x0, region.y0), half_px
    alpha, levels, near, at = _painted(outline, (beyond, fringe), _lightness(lit), bared.skin, _half_size(region))
    own, skin = own_and_skin(frame, region, bared.colours)
    person = around = matte_over(matte, frame, region)
    if hands_px is None:
        alpha = np.minimum(alpha, _before_shoe(own, at >= TROUSERS * len(line), fringe))
        own, around = grown(own, 1), grown(person, round(EDGE * float(bared.arm.radius_px.mean())))
    alpha = np.minimum(alpha, ends(person))
    alpha = np.maximum(alpha, np.minimum(_fringe(near, own, plate, region), ends(around)))
    if hands_px is not None:
        skin = np.maximum(opened(skin, max(SPECK_PX, round(BARE * fringe))), _of_hands(skin, hands_px, region))
    alpha = np.minimum(alpha, 255 - soft(skin))
    shown = left_visible(before, frame, region, np.asarray(cv2.convertScaleAbs(alpha, alpha=bared.alpha), np.uint8))
    return Patch(region, shown, levels) if shown is not None and shown.any() else None


def without(patch: Patch, held: U8, at: Region) -> Patch:
    """Return `patch` without what is `held` (h, w), which lies at `at`."""
    alpha, region = patch.alpha.copy(), patch.region
    x0, y0, x1, y1 = max(at.x0, region.x0), max(at.y0, region.y0), min(at.x1, region.x1), min(at.y1, region.y1)
    if x1 > x0 and y1 > y0:
        part = alpha[y0 - region.y0 : y1 - region.y0, x0 - region.x0 : x1 - region.x0]
        np.minimum(part, 255 - held[y0 - at.y0 : y1 - at.y0, x0 - at.x0 : x1 - at.x0], out=part)
    return replace(patch, alpha=alpha)


def with_arms(layer: GarmentLayer, left: U8 | None, arms: Sequence[Patch]) -> tuple[GarmentLayer, U8 | None]:
    """Return `layer`, and what is `left` of it, as if `arms` were a part of the garment: its alpha alone."""
    region = reduce(Region.united, (arm.region for arm in arms), layer.region)
    if not arms or region.is_empty:
        return layer, left
    (height, width), old = (region.y1 - region.y0, region.x1 - region.x0), layer.region
    inner = np.s_[old.y0 - region.y0 : old.y1 - region.y0, old.x0 - region.x0 : old.x1 - region.x0]
    rgba, rest = np.zeros((height, width, 4), np.uint8), np.full((height, width), 255, np.uint8)
    rgba[inner] = layer.rgba
    if left is not None:
        rest[inner] = left
    for arm in arms:
        at = arm.region
        part = np.s_[at.y0 - region.y0 : at.y1 - region.y0, at.x0 - region.x0 : at.x1 - region.x0]
        rgba[part][:, :, 3] = np.maximum(rgba[part][:, :, 3], arm.alpha)
        rest[part] = np.where(arm.alpha > SEEN, 255, rest[part])
    return replace(layer, region=region, rgba=rgba, depth_m=np.full((height, width), np.inf, np.float32)), rest


def _outline(bared: Bared, tip_px: F64 | None) -> tuple[F64, F64]:
    """Return the middle of the limb (S, 2), pixels, and half its width (S,)."""
    arm, count = bared.arm, max(2, int(np.ceil(bared.ends)) + 1)
    radius, sides = arm.radius_px[:count], bared.sides[:count]
    line = arm.points_px[:count] + (sides.mean(axis=1) * radius)[:, None] * normals_of(arm.points_px)[:count]
    half_px = 0.5 * (sides[:, 1] - sides[:, 0]) * radius
    if tip_px is None or count < len(arm.points_px):  # or it ends before the wrist
        return line, half_px
    return np.concatenate([line, tip_px[None]]), np.append(half_px, half_px[-1])


def _nearby(points: F64, line: F64) -> F64:
    """Return the `points` (N, 2) that lie no farther from `line` (S, 2) than it is long."""
    low, high = line.min(axis=0), line.max(axis=0)
    reach = float(np.hypot(*(high - low)))
    return np.asarray(points[((points >= low - reach) & (points <= high + reach)).all(axis=1)], np.float64)


def _around(line: F64, reach: float, frame: CameraFrame) -> Region:
    """Return the even region about the points `line` (S, 2), within the picture."""
    (x0, y0), (x1, y1) = (line.min(axis=0) - reach).astype(int), (line.max(axis=0) + reach).astype(int)
    return Region(
        max(0, int(x0) & ~1),
        max(0, int(y0) & ~1),
        min(frame.width_px, int(x1 + 2) & ~1),
        min(frame.height_px, int(y1 + 2) & ~1),
    )


def _half_size(region: Region) -> tuple[int, int]:
    return (region.y1 - region.y0) // 2, (region.x1 - region.x0) // 2


def ends(person: U8) -> U8:
    """Return how much (h, w) may be painted: nothing beyond the person."""
    low, high = ENDS
    return np.asarray(
        cv2.convertScaleAbs(np.maximum(person, np.uint8(low)) - np.uint8(low), alpha=255.0 / (high - low))
    )


def grown(mask: U8, by_px: int) -> U8:
    """Return `mask` (h, w) so much wider: clothes with their edge, which is half room."""
    return np.asarray(cv2.dilate(mask, np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8)), np.uint8)


def own_and_skin(frame: CameraFrame, region: Region, colours: SleeveColours) -> tuple[U8, U8]:
    """Return 255 where own clothes are, and where skin is (h, w), at half the picture's size."""
    like = colours.own, colours.skin.mean, colours.skin.precision(), colours.palest
    own, skin = _kinds((frame.y, frame.u, frame.v), (region.x0 // 2, region.y0 // 2), _half_size(region), *like)
    kernel = np.ones((SPECK_PX, SPECK_PX), np.uint8)
    clean = [np.asarray(cv2.morphologyEx(one, cv2.MORPH_OPEN, kernel), np.uint8) for one in (own, skin)]
    return clean[0], clean[1]


def _fringe(near: NDArray[np.bool_], own: U8, plate: Plate | None, region: Region) -> U8:
    """Return what (2h, 2w) of `own` clothes (h, w) `near` the arm is to be a part of it."""
    taken = near if plate is None or not plate.is_settled else near & (_looks(plate, region) < SURE)
    whole = cv2.resize(own * taken, (2 * own.shape[1], 2 * own.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blur(whole, (3, 3)), np.uint8)


def _before_shoe(own: U8, low: NDArray[np.bool_], fringe: float) -> U8:
    """Return how much (2h, 2w) of a leg may be painted: where it is `low` (h, w), only over `own` clothes (h, w)."""
    side = max(SPECK_PX, round(fringe) | 1)
    whole = cv2.morphologyEx(own, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return soft(np.where(low, whole, 255).astype(np.uint8))


def _looks(plate: Plate, region: Region) -> U8:
    return plate.looks[region.y0 // 2 : region.y1 // 2, region.x0 // 2 : region.x1 // 2]


def _of_hands(skin: U8, hands_px: F64, region: Region) -> U8:
    """Return what (h, w) of `skin` hangs together with a hand."""
    _, pieces = cv2.connectedComponents(skin, connectivity=4, ltype=cv2.CV_32S)
    hands = np.zeros_like(skin)
    for wrist, small, index, _ in hands_px:
        knuckles = 0.5 * (small + index)
        middle = (0.5 * (wrist + knuckles) - (region.x0, region.y0)) / 2.0
        radius = 0.5 * float(np.hypot(*(knuckles - wrist)))
        x, y = np.clip(middle, -1e4, 1e4).round().astype(int).tolist()
        cv2.circle(hands, (x, y), max(1, round(min(radius, 1e3))), (1,), -1)
    kept = np.zeros(int(pieces.max()) + 1, np.uint8)
    kept[pieces[hands > 0]] = 255
    kept[0] = 0
    return np.asarray(kept[pieces], np.uint8)


def soft(skin: U8) -> U8:
    """Return `skin` (h, w) at the picture's size (2h, 2w), with soft edges."""
    whole = cv2.resize(skin, (2 * skin.shape[1], 2 * skin.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blur(whole, (SOFT_PX, SOFT_PX)), np.uint8)


def _lightness(lit: Lit) -> F64:
    """Return the luma (ROUND, ROUND) of a ball of skin, y and x from -1 to 1, over that of what faces the camera."""
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, ROUND), np.linspace(-1.0, 1.0, ROUND))
    aside2 = np.minimum(x * x + y * y, 1.0)
    out = np.maximum(1.0, np.hypot(x, y))
    normals = np.stack([x / out, -y / out, np.sqrt(1.0 - aside2)], axis=2).reshape(-1, 3).astype(np.float32)
    light = lit(normals).reshape(ROUND, ROUND) / max(float(lit(TO_CAMERA)[0]), 1e-3)
    return np.asarray((np.clip(light, DARKEST, LIGHTEST) * (1.0 - RIM * aside2**2)) ** (1.0 / GAMMA), np.float64)


@njit(cache=True, nogil=True)
def _kinds(
    planes: tuple[U8, U8, U8],
    corner: tuple[int, int],
    size: tuple[int, int],
    own: F64,
    skin: F64,
    precision: F64,
    palest: float,
) -> tuple[U8, U8]:
    """Return 255 where the picture is like own clothes, and where like skin (h, w), from the `corner` of its chroma."""
    clothes, bare, pixel = np.zeros(size, np.uint8), np.zeros(size, np.uint8), np.empty(3)
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    for j in range(size[0]):
        for i in range(size[1]):
            b, a = corner[1] + j, corner[0] + i
            pixel[0], pixel[1], pixel[2] = planes[0][2 * b, 2 * a], planes[1][b, a], planes[2][b, a]
            kind = kind_of(pixel, own, skin, precision, skin_cost, palest)
            clothes[j, i], bare[j, i] = 255 if kind == OWN else 0, 255 if kind == SKIN else 0
    return clothes, bare


@njit(cache=True, nogil=True)
def _painted(
    outline: tuple[F64, F64], fringe: tuple[int, float], lightness: F64, skin: F64, size: tuple[int, int]
) -> tuple[U8, U8, NDArray[np.bool_], I32]:
    """Return the arm's alpha (2h, 2w), its four lumas, u and v (h, w, 6), what is near it, and the stations (h, w).

    `outline` is its middle (S, 2), and half its width (S,); the `fringe` begins at a station, and is so wide.
    """
    (line, half_px), (beyond, wide), base = outline, fringe, max(skin[0] - 16.0, 1.0)
    at, along = _nearest(line, half_px, wide + AROUND_PX, size)
    alpha, levels = np.zeros((2 * size[0], 2 * size[1]), np.uint8), np.zeros((size[0], size[1], 6), np.uint8)
    near = np.zeros(size, np.bool_)
    for j in range(size[0]):
        for i in range(size[1]):
            s, part, mean = at[j, i], along[j, i], 0.0
            if s < 0:
                continue
            middle = line[s] + part * (line[s + 1] - line[s])
            half = max(1.0, half_px[s] + part * (half_px[s + 1] - half_px[s]))
            away = np.sqrt((2 * i + 1 - middle[0]) ** 2 + (2 * j + 1 - middle[1]) ** 2)
            near[j, i] = away < half + wide and (s > beyond or (s == beyond and part > 0.0))
            for k in range(4):
                x, y = 2 * i + (k & 1) + 0.5 - middle[0], 2 * j + (k >> 1) + 0.5 - middle[1]
                edge = (half - np.sqrt(x * x + y * y)) / EDGE_PX + 0.5
                alpha[2 * j + (k >> 1), 2 * i + (k & 1)] = int(255.0 * min(max(edge, 0.0), 1.0))
                lit = _light_at(lightness, x / half, y / half)
                levels[j, i, k] = int(min(16.5 + base * lit, 235.0))
                mean += 0.25 * lit
            for c in range(1, 3):
                levels[j, i, 3 + c] = int(min(max(128.5 + (skin[c] - 128.0) * mean, 16.0), 240.0))
    return alpha, levels, near, at


@njit(cache=True, nogil=True)
def _nearest(line: F64, half_px: F64, beside: float, size: tuple[int, int]) -> tuple[I32, F32]:
    """Return the segment of `line` (S, 2) nearest to each 2 x 2 pixels (h, w), and how far along that.

    The segment is -1 farther than `beside` half the width.
    """
    at, along = np.full(size, -1, np.int32), np.zeros(size, np.float32)
    best = np.full(size, np.inf, np.float32)
    for s in range(len(line) - 1):
        reach = max(half_px[s], half_px[s + 1]) + beside
        dx, dy = line[s + 1, 0] - line[s, 0], line[s + 1, 1] - line[s, 1]
        long2 = max(1e-9, dx * dx + dy * dy)
        low_x, high_x = min(line[s, 0], line[s + 1, 0]) - reach, max(line[s, 0], line[s + 1, 0]) + reach
        low_y, high_y = min(line[s, 1], line[s + 1, 1]) - reach, max(line[s, 1], line[s + 1, 1]) + reach
        for j in range(max(0, int(low_y / 2)), min(size[0], int(high_y / 2) + 1)):
            for i in range(max(0, int(low_x / 2)), min(size[1], int(high_x / 2) + 1)):
                x, y = 2 * i + 1 - line[s, 0], 2 * j + 1 - line[s, 1]
                part = min(max((x * dx + y * dy) / long2, 0.0), 1.0)
                away = (x - part * dx) ** 2 + (y - part * dy) ** 2
                if away < best[j, i] and away < reach * reach:
                    best[j, i], at[j, i], along[j, i] = away, s, part
    return at, along


@njit(cache=True, nogil=True)
def _light_at(lightness: F64, x: float, y: float) -> float:
    """Return the `lightness` (ROUND, ROUND) at a place of the ball, bilinear; beyond it that of its border."""
    scale = 0.5 * (ROUND - 1) / max(1.0, np.sqrt(x * x + y * y))
    a, b = 0.5 * (ROUND - 1) + scale * x, 0.5 * (ROUND - 1) + scale * y
    i, j = min(int(a), ROUND - 2), min(int(b), ROUND - 2)
    top = lightness[j, i] + (a - i) * (lightness[j, i + 1] - lightness[j, i])
    bottom = lightness[j + 1, i] + (a - i) * (lightness[j + 1, i + 1] - lightness[j + 1, i])
    return float(top + (b - j) * (bottom - top))
