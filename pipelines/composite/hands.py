"""Real hands in front of the garment: their own pixels, found by the colour of the shopper's skin (`hand_pixels`).

A drawn hand of the body model never has the shape of the real one, so it leaves a ghost. Where the skin colour cannot
be trusted - the clothes look like it, or there is too much of it for a hand - the hand is left to the body model's
occluder, and the result says so. That is drawn one frame later: until then the pixels go on to tell. It takes more to
leave the real hand than to come back to it, or it would blink at the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.hand_pixels import Hand, skin_mask
from pipelines.composite.skin import DEFAULT_SKIN, SkinChroma, measure_clothes, measure_skin, measure_trousers
from pipelines.composite.sleeve import Cuff, leave_cuff
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

WIDTH = 0.5  # of the capsule, in shoulder widths
HAND_AREA = 0.11  # of a spread hand, in squared shoulder widths
# Times the hand's area, beyond which the skin colour has found something else: not to come back from the model's hand,
# and to leave the real one.
RETURN, LEAVE = 1.5, 2.0
APART2 = 4.0  # squared distance of the clothes' mean colour from the skin, under which the two look alike
TROUSERS_APART2 = 2.5  # the same of trousers, which lie behind a part of the hand alone
STAYS = 0.75  # of these, while the real hand is in front
GREY_CLOTHES = SkinChroma(np.array([128.0, 128.0]), np.array([[9.0, 0.0], [0.0, 9.0]]), False)

Point = NDArray[np.float64]

_WRISTS = ((15, (17, 19, 21)), (16, (18, 20, 22)))
_SHOULDERS_HIPS = (11, 12, 23, 24)


@dataclass(frozen=True, slots=True, eq=False)
class HandOcclusion:
    """What is in front of the garment."""

    multiplier: NDArray[np.uint8] | None  # (h, w) over the layer: 255 garment stays, 0 hand; None: no hand
    use_model: tuple[bool, bool]  # left, right: draw the body model's hand as occluder in the next frame
    skin: SkinChroma  # for the next frame
    clothes: SkinChroma | None  # what the shopper wears; None where its colour and the skin's do not part
    middles_px: tuple[Point | None, Point | None] = (None, None)  # (2,) left, right, where seen before the layer


@njit(cache=True, nogil=True)
def _mean_depth(depth_m: NDArray[np.float32]) -> float:
    """Return the mean of the finite depths (h, w), sampled four by four; 0 where there is none."""
    total, count = 0.0, 0
    for j in range(0, depth_m.shape[0], 4):
        for i in range(0, depth_m.shape[1], 4):
            if depth_m[j, i] < 1e3:
                total += depth_m[j, i]
                count += 1
    return total / count if count > 0 else 0.0


def hand_occlusion(
    frame: CameraFrame,
    landmarks: Landmarks,
    layer: GarmentLayer,
    wrist_depth_m: tuple[float, float],
    skin: SkinChroma = DEFAULT_SKIN,
    cuffs: tuple[Cuff | None, Cuff | None] = (None, None),
    model_drawn: tuple[bool, bool] = (False, False),
) -> HandOcclusion:
    """Return where the shopper's hands hide `layer`.

    `wrist_depth_m` is the depth (metres along -z) of the left and the right wrist joint of the posed body; NaN
    means unknown, which is taken as in front. `skin` is what the last frame returned, `model_drawn` its `use_model`.
    Of the own sleeve in `cuffs` a hand hides only what is behind the sleeve's end: bare skin may go on beneath it.
    """
    skin = measure_skin(frame, landmarks, skin)
    multiplier: NDArray[np.uint8] | None = None
    clothes = measure_clothes(frame, landmarks) or GREY_CLOTHES
    telling = _apart2(skin, clothes) >= APART2 * (1.0 if any(model_drawn) else STAYS)
    use_model = [False, False]
    middles: list[Point | None] = [None, None]
    for side, drawn in enumerate(model_drawn):
        hand = _hand(landmarks, layer, side, wrist_depth_m[side])
        if hand is None:
            continue
        seen, use_model[side] = _pixels(frame, landmarks, layer, hand, (skin, clothes), telling, drawn)
        if seen is None:
            continue
        middles[side] = _middle(seen, layer.region, hand.box)
        leave_cuff(seen, layer, hand.box, cuffs[side], frame.K)
        if multiplier is None:
            multiplier = np.full(layer.rgba.shape[:2], 255, np.uint8)
        box = hand.box
        window = multiplier[box.y0 : box.y1, box.x0 : box.x1]
        np.minimum(window, 255 - seen, out=window)
    told = clothes if telling else None
    return HandOcclusion(multiplier, (use_model[0], use_model[1]), skin, told, (middles[0], middles[1]))


def _pixels(
    frame: CameraFrame,
    landmarks: Landmarks,
    layer: GarmentLayer,
    hand: Hand,
    colours: tuple[SkinChroma, SkinChroma],
    telling: bool,
    drawn: bool,
) -> tuple[NDArray[np.uint8] | None, bool]:
    """Return (how much of each pixel of the hand's box is hand, or None, whether the model's hand is wanted).

    `colours` are of skin and clothes, `telling` whether they part; `drawn` tells that the model's hand is in the layer.
    """
    trousers = measure_trousers(frame, landmarks) if _reaches_hips(landmarks, layer, hand) else None
    apart2 = TROUSERS_APART2 * (1.0 if drawn else STAYS)
    parted = telling and (trousers is None or _apart2(colours[0], trousers) >= apart2)
    if drawn and not parted:
        return None, True
    seen, hands = skin_mask(frame, landmarks.matte, layer, hand, (*colours, trousers), drawn)
    wanted = not parted or hands > (RETURN if drawn else LEAVE)
    unfit = drawn or (hands > LEAVE and not parted)  # else it tells until the model's hand is drawn
    return None if wanted and unfit else seen, wanted


def _middle(seen: NDArray[np.uint8], region: Region, box: Region) -> Point | None:
    """Return the middle (2,) of a hand's mask over `box` of the layer, pixels of the picture; None of an empty one."""
    sums = cv2.moments(seen, binaryImage=True)
    if sums["m00"] == 0.0:
        return None
    corner = region.x0 + box.x0, region.y0 + box.y0
    return np.array([sums["m10"], sums["m01"]]) / sums["m00"] + corner + 0.5


def _hand(landmarks: Landmarks, layer: GarmentLayer, side: int, depth_m: float) -> Hand | None:
    """Return the hand, or None where it is unseen or away from the layer."""
    index, knuckles = _WRISTS[side]
    uv, region = landmarks.uv_px.astype(np.float64), layer.region
    if landmarks.visibility[index] < 0.5 or not np.isfinite(uv[[index, *knuckles, *_SHOULDERS_HIPS]]).all():
        return None
    corner = np.array([region.x0, region.y0], np.float64)
    wrist, palm = uv[index] - corner, uv[list(knuckles)].mean(axis=0) - corner
    shoulder_px = _shoulder_width_px(uv)
    radius = 0.5 * WIDTH * shoulder_px
    ends = np.stack([wrist, wrist + 2.0 * (palm - wrist)])
    low, high = ends.min(axis=0) - radius, ends.max(axis=0) + radius
    height, width = layer.rgba.shape[:2]
    x0, y0 = (int(max(value, 0)) & ~1 for value in low)
    x1, y1 = (int(max(min(value, limit), 0)) + 1 & ~1 for value, limit in zip(high, (width, height), strict=True))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    behind_m = _mean_depth(layer.depth_m[y0:y1, x0:x1])
    if behind_m <= 0.0:
        return None
    near = depth_m if np.isfinite(depth_m) and depth_m > 0.0 else 0.0
    scale = min(max(behind_m / near, 1.0), 1.5) if near else 1.0
    hands = 2.0 if np.linalg.norm(_other_palm(landmarks, side) - corner - palm) < 3.0 * radius else 1.0
    area_px = hands * HAND_AREA * (shoulder_px * scale) ** 2
    return Hand(wrist, palm, radius, near, area_px, Region(x0, y0, x1, y1))


def _apart2(skin: SkinChroma, clothes: SkinChroma) -> float:
    """Return the squared distance of the mean colour of `clothes` from the skin."""
    return skin.distance2(clothes.mean[0], clothes.mean[1])


def _reaches_hips(landmarks: Landmarks, layer: GarmentLayer, hand: Hand) -> bool:
    """Return whether trousers may lie behind the hand: it comes lower than the hips."""
    hips_y = float(landmarks.uv_px[list(_SHOULDERS_HIPS[2:]), 1].mean()) - layer.region.y0
    return hand.box.y1 > hips_y


def _other_palm(landmarks: Landmarks, side: int) -> NDArray[np.float64]:
    """Return the palm (2,) of the other hand, far away where it is unseen."""
    index, knuckles = _WRISTS[1 - side]
    palm = landmarks.uv_px[list(knuckles)].astype(np.float64).mean(axis=0)
    return palm if landmarks.visibility[index] >= 0.5 and np.isfinite(palm).all() else np.full(2, 1e6)


def _shoulder_width_px(uv: NDArray[np.float64]) -> float:
    """Return the shoulder width in pixels; seen from the side it comes from the length of the torso."""
    left, right, left_hip, right_hip = uv[list(_SHOULDERS_HIPS)]
    torso = np.linalg.norm((left + right) / 2 - (left_hip + right_hip) / 2)
    return max(float(np.linalg.norm(left - right)), 0.65 * float(torso), 4.0)
