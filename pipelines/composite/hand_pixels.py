"""Which pixels of one hand's surroundings are hand: by the colour of the skin against that of the clothes.

A pixel counts that lies on the person, in a capsule from the wrist to twice the mean of the finger knuckles, has the
face's chroma (squared Mahalanobis distance under 9) and is likelier skin than the shopper's own clothes. Pale cloth in
the warm shade of a hand passes that: it is told from the hand by its redness for its luma, where what was found falls
into two such groups (Otsu 1979, "A threshold selection method from gray-level histograms").
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.fingers import with_fingers
from pipelines.composite.matte import matte_over
from pipelines.composite.shapes import disc, opened
from pipelines.composite.skin import REDNESS_BINS, REDNESS_RANGE, SkinChroma, away2, least_redness
from pipelines.types import CameraFrame, GarmentLayer, MatteU8, Region

SKIN_DISTANCE2 = 9.0
BACK = 0.3  # how far the capsule reaches behind the wrist, in radii
MARGIN_M = 0.05  # a hand this much behind the cloth may still be in front: pose depth is a guess
CUFF_M = 0.03  # near the wrist the cloth must lie this far behind it, else it is the cuff of the sleeve itself
# Of a hand's area: so much with the colour of skin, and none of it where the hand is, tells that the colour cannot be
# trusted; more of it while the real hand is in front than to come back to that.
ASTRAY = (0.4, 0.1)
HOLLOW, COARSE = 0.8, 4  # radii: so near to two sides of what was found, looked at in so coarse steps, pixels …
PALER, REDDER = 0.55, 1.7  # … skin in another light is the hand too, of so much of its chroma, from and to
HOPELESS = 3.0  # hands' areas, from which it is nothing like a hand
PERSON = 96  # of 255: the least that the matte must say of a pixel of skin

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Gaussian = tuple[NDArray[np.float64], NDArray[np.float64]]  # mean and precision
Colours = tuple[SkinChroma, SkinChroma, SkinChroma | None]  # of skin, clothes on the torso, trousers behind the hand


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One hand in pixels of the layer's region."""

    wrist: NDArray[np.float64]
    palm: NDArray[np.float64]  # mean of the knuckles
    radius: float
    depth_m: float
    area_px: float  # expected; twice a hand's where the other hand is as near
    box: Region  # even, inside the layer


@njit(cache=True, nogil=True)
def _distance2(u: U8, v: U8, skin: Gaussian, clothes: Gaussian, in_other_light: bool) -> F32:
    """Return the squared Mahalanobis distance (h, w) of every chroma sample to the skin.

    It is at least SKIN_DISTANCE2 where the shopper's own clothes are the likelier of the two Gaussians. In another
    light skin is as pale or as coloured as the sample is, and clothes have to be twice as far.
    """
    out, (mean, s), (other, c) = np.empty(u.shape, np.float32), skin, clothes
    handicap = np.log(c[0, 0] * c[1, 1] - c[0, 1] ** 2) - np.log(s[0, 0] * s[1, 1] - s[0, 1] ** 2)
    blue, red = mean[0] - 128.0, mean[1] - 128.0
    length2 = max(blue * blue + red * red, 1.0)
    for j in range(u.shape[0]):
        for i in range(u.shape[1]):
            cb, cr = float(u[j, i]), float(v[j, i])
            to_clothes = away2(cb, cr, other, c)
            if in_other_light:
                share = min(max(((cb - 128.0) * blue + (cr - 128.0) * red) / length2, PALER), REDDER)
                to_skin = away2(cb + (1.0 - share) * blue, cr + (1.0 - share) * red, mean, s)
                out[j, i] = max(to_skin, SKIN_DISTANCE2 + 2.0 * to_skin - to_clothes)
            else:
                to_skin = away2(cb, cr, mean, s)
                out[j, i] = max(to_skin, SKIN_DISTANCE2 + to_skin - to_clothes + handicap)
    return out


@njit(cache=True, nogil=True)
def _relative_redness(
    u: NDArray[np.uint8],
    v: NDArray[np.uint8],
    luma: NDArray[np.uint8],
    distance2: NDArray[np.float32],
    candidates: NDArray[np.uint8],
    core: tuple[float, float, float],
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return (log2 of (Cr - Cb) over luma (h, w), its histograms over the candidates and over those in `core`).

    Light and shade on one thing hardly change it. It is told of skin only: infinite where `distance2` is too great.
    `core` is a circle (x, y, radius) in chroma samples.
    """
    out, histogram = np.full(u.shape, np.inf, np.float32), np.zeros((2, REDNESS_BINS), np.int64)
    low, high = REDNESS_RANGE
    for j in range(u.shape[0]):
        for i in range(u.shape[1]):
            if distance2[j, i] >= SKIN_DISTANCE2:
                continue
            total = np.int32(luma[2 * j, 2 * i]) + np.int32(luma[2 * j, 2 * i + 1])
            total += np.int32(luma[2 * j + 1, 2 * i]) + np.int32(luma[2 * j + 1, 2 * i + 1])
            red, light = 1.0 * v[j, i] - u[j, i], total / 4.0 - 16.0
            out[j, i] = np.log2((red if red > 1.0 else 1.0) / (light if light > 4.0 else 4.0))
            if candidates[2 * j, 2 * i] > 0 and low <= out[j, i] < high:
                k = int((out[j, i] - low) / (high - low) * REDNESS_BINS)
                histogram[0, k] += 1
                if (i - core[0]) ** 2 + (j - core[1]) ** 2 <= core[2] ** 2:
                    histogram[1, k] += 1
    return out, histogram


@njit(cache=True, nogil=True)
def _reach(
    depth_m: NDArray[np.float32],
    box: tuple[int, int],
    wrist: NDArray[np.float64],
    palm: NDArray[np.float64],
    radius: float,
    hand_m: float,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
    """Return (capsule, reach) (h, w), and the number of pixels of `reach`.

    255 in `capsule` is a pixel in the hand's capsule; in `reach`, where the hand can also be in front of the cloth.
    """
    capsule, out, count = np.zeros(depth_m.shape, np.uint8), np.zeros(depth_m.shape, np.uint8), 0
    ax, ay = palm[0] - wrist[0], palm[1] - wrist[1]
    knuckles = max(np.sqrt(ax * ax + ay * ay), 1e-3)
    ax, ay = ax / knuckles, ay / knuckles
    tip = max(2.0 * knuckles, 0.7 * radius)
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            x, y = box[0] + i + 0.5 - wrist[0], box[1] + j + 0.5 - wrist[1]
            along = x * ax + y * ay
            if along < -BACK * radius:
                continue
            rest = along - min(max(along, 0.0), tip)
            across = x * ay - y * ax
            if across * across + rest * rest > radius * radius:
                continue
            capsule[j, i] = 255
            near_wrist = along < 0.2 * tip
            if depth_m[j, i] > hand_m + (CUFF_M if near_wrist else -MARGIN_M):
                out[j, i] = 255
                count += 1
    return capsule, out, count


def skin_mask(
    frame: CameraFrame,
    matte: MatteU8 | None,
    layer: GarmentLayer,
    hand: Hand,
    colours: Colours,
    model_drawn: bool,
) -> tuple[NDArray[np.uint8] | None, float]:
    """Return (how much (h, w) of each pixel of the hand's box is hand, how many hands' areas lie before the layer).

    Face and forearm beside the cloth do not count. `model_drawn` tells that the layer has a hole for the model's hand.
    Infinitely many where much has the colour of skin and nothing of it is where the hand is; no mask of HOPELESS.
    """
    box, region = hand.box, layer.region
    depth_m = layer.depth_m[box.y0 : box.y1, box.x0 : box.x1]
    capsule, reach, count = _reach(depth_m, (box.x0, box.y0), hand.wrist, hand.palm, hand.radius, hand.depth_m)
    if count == 0:
        return None, 0.0
    rows = slice((region.y0 + box.y0) // 2, (region.y0 + box.y1) // 2)
    columns = slice((region.x0 + box.x0) // 2, (region.x0 + box.x1) // 2)
    u, v = frame.u[rows, columns], frame.v[rows, columns]
    distance2 = _to_skin(u, v, colours)
    candidates = capsule  # whatever the depth: the guard judges all of it
    if matte is not None:
        window = Region(region.x0 + box.x0, region.y0 + box.y0, region.x0 + box.x1, region.y0 + box.y1)
        seen_person = matte_over(matte, frame, window) > PERSON  # wood and warm walls are no skin
        candidates = np.where(seen_person, capsule, np.uint8(0))
    y = frame.y[region.y0 + box.y0 : region.y0 + box.y1, region.x0 + box.x0 : region.x0 + box.x1]
    pale = False
    if _redness(colours[1]) < _redness(colours[0]):  # else no shade makes the cloth look like skin
        pale = _drop_pale(distance2, (y, u, v), candidates, hand)
    raw = np.where(_full(distance2, capsule.shape) < SKIN_DISTANCE2, np.uint8(255), np.uint8(0)) & candidates
    mask = cv2.morphologyEx(raw, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(7))
    connected = _connected(np.asarray(mask, np.uint8), hand)
    if not connected.any():
        return None, np.inf if np.count_nonzero(mask) > ASTRAY[model_drawn] * hand.area_px else 0.0
    hands = np.count_nonzero(connected & _covered(depth_m, hand.radius, model_drawn)) / hand.area_px
    if hands > HOPELESS:
        return None, hands
    whole = connected
    if not pale:
        whole = with_fingers(connected, candidates, y, u, v, hand.radius)
        whole = _filled(whole, candidates, (u, v), hand.radius, colours)
    seen = np.asarray(cv2.blur(whole, (3, 3)), np.uint8)
    return np.minimum(seen, reach), hands


def _to_skin(u: U8, v: U8, colours: Colours, in_other_light: bool = False) -> F32:
    """Return the squared distance (h, w) of every chroma sample to the skin, great where it is likelier any clothes."""
    skin, *others = ((one.mean, one.precision()) for one in colours if one is not None)
    told = [_distance2(u, v, skin, one, in_other_light) for one in others]
    return told[0] if len(told) == 1 else np.maximum(told[0], told[1])


def _full(distance2: F32, shape: tuple[int, ...]) -> F32:
    """Return `distance2` of the chroma planes at the size (h, w) of the luma's."""
    return np.asarray(cv2.resize(distance2, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _redness(colour: SkinChroma) -> float:
    """Return Cr - Cb of the mean."""
    return float(colour.mean[1] - colour.mean[0])


def _drop_pale(
    distance2: NDArray[np.float32],
    planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    candidates: NDArray[np.uint8],
    hand: Hand,
) -> bool:
    """Set `distance2` (h, w) beyond SKIN_DISTANCE2 where `candidates` are paler than the hand; return whether any are.

    `planes` are luma (2h, 2w) and chroma (h, w) of the hand's box, `candidates` is (2h, 2w).
    """
    y, u, v = planes
    middle = 0.5 * (hand.wrist + 1.5 * (hand.palm - hand.wrist) - (hand.box.x0, hand.box.y0))
    core = float(middle[0]), float(middle[1]), 0.25 * hand.radius
    redness, histogram = _relative_redness(u, v, y, distance2, candidates, core)
    least = least_redness(histogram[0], histogram[1])
    if least is not None:
        distance2[redness < least] = 2.0 * SKIN_DISTANCE2
    return least is not None


def _connected(mask: NDArray[np.uint8], hand: Hand) -> NDArray[np.uint8]:
    """Return the parts of `mask` that touch the line from the wrist to the knuckles."""
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_16U)[:2]
    if count < 2:
        return np.zeros_like(mask)
    line = np.zeros_like(mask)
    corner = np.array([hand.box.x0, hand.box.y0])
    start, stop = (tuple(int(value) for value in np.round(point - corner)) for point in (hand.wrist, hand.palm))
    cv2.line(line, start, stop, (255,), thickness=max(3, int(0.3 * hand.radius)))
    return _touched(np.asarray(labels, np.uint16), line, count)


def _filled(mask: U8, candidates: U8, chroma: tuple[U8, U8], radius: float, colours: Colours) -> U8:
    """Return `mask` (h, w) with what it surrounds and may be skin in another light: a hand's is seldom the face's."""
    side = max(1, round(HOLLOW * radius / COARSE))
    small = np.pad(mask[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE], side)  # the border surrounds nothing
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disc(2 * side + 1))[side:-side, side:-side]
    around = np.asarray(cv2.resize(closed, mask.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    inside = around & candidates & ~mask
    if not inside.any():
        return mask
    inside[_full(_to_skin(*chroma, colours, in_other_light=True), mask.shape) >= SKIN_DISTANCE2] = 0
    return mask | opened(inside, 3)


@njit(cache=True, nogil=True)
def _touched(labels: NDArray[np.uint16], line: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Return 255 (h, w) where the `labels` are, of 1 .. `count` - 1, that the `line` meets."""
    met, out = np.zeros(count, np.uint8), np.empty(labels.shape, np.uint8)
    for j in range(labels.shape[0]):
        for i in range(labels.shape[1]):
            if line[j, i] > 0:
                met[labels[j, i]] = 255
    met[0] = 0
    for j in range(labels.shape[0]):
        for i in range(labels.shape[1]):
            out[j, i] = met[labels[j, i]]
    return out


def _covered(depth_m: NDArray[np.float32], radius: float, has_hole: bool) -> NDArray[np.uint8]:
    """Return 255 (h, w) where the layer is drawn, or would be without a hole of a hand."""
    covered = np.where(np.isfinite(depth_m), np.uint8(255), np.uint8(0))
    if not has_hole:
        return covered
    side = 2 * round(radius) + 1
    return np.asarray(cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)
