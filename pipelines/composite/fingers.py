"""Fingers, followed from the hand: too thin for chroma to be theirs alone, they are told by their luma as well.

Chroma is coded at half the picture's size, so that a finger of three pixels has half of the cloth's colour. It still
has its own luma. From what was found of the hand it goes on over neighbours that lie nearer to the hand than to the
cloth around it, chroma and luma together. A shadow beside a hand may have the luma of one, and less chroma than the
lit cloth, but its tone, chroma over luma, stays the cloth's.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

LEAST_PX = 40  # of hand and of cloth, to know their colours
LEAST_LUMA = 16.0  # between hand and cloth; with less luma tells nothing
LEAST_CHROMA2 = 36.0  # between them, squared: with less nobody knows a shadow from a finger
TONE_OF_HAND = 0.15  # of the way from the cloth's tone to the hand's
HALF_WAY = 0.55  # of the way from cloth to hand, mean of chroma and luma
LEAST_TONE2 = 0.01  # between hand and cloth, squared
AROUND = 0.4  # radii about the hand: cloth
LONGEST = 0.6  # radii: a finger


@njit(cache=True, nogil=True)
def with_fingers(hand: U8, candidates: U8, y: U8, u: U8, v: U8, radius: float) -> U8:
    """Return `hand` (h, w), 255 where it is, grown over fingers among the `candidates`.

    `y` (h, w), `u` and `v` (h / 2, w / 2) are the picture there, `radius` is the hand's in pixels.
    """
    steps = _steps_from(hand, candidates, int(LONGEST * radius))
    means = _means(hand, candidates, steps, y, u, v, int(AROUND * radius))
    if means[0, 3] < LEAST_PX or means[1, 3] < LEAST_PX:
        return hand
    own, cloth = means[0], means[1]
    luma, blue, red = own[0] - cloth[0], own[1] - cloth[1], own[2] - cloth[2]
    apart2 = blue * blue + red * red
    of_hand, of_cloth = _tone(own[0], own[1], own[2]), _tone(cloth[0], cloth[1], cloth[2])
    tone = of_hand[0] - of_cloth[0], of_hand[1] - of_cloth[1]
    tone2 = tone[0] * tone[0] + tone[1] * tone[1]
    if abs(luma) < LEAST_LUMA or apart2 < LEAST_CHROMA2 or tone2 < LEAST_TONE2:
        return hand
    finger = np.zeros_like(hand)
    for j in range(hand.shape[0]):
        for i in range(hand.shape[1]):
            if steps[j, i] > 0:
                here = float(y[j, i]), float(u[j >> 1, i >> 1]), float(v[j >> 1, i >> 1])
                chroma = ((here[1] - cloth[1]) * blue + (here[2] - cloth[2]) * red) / apart2
                if min(chroma, 1.0) + min((here[0] - cloth[0]) / luma, 1.0) > 2.0 * HALF_WAY:
                    its = _tone(here[0], here[1], here[2])
                    toward = (its[0] - of_cloth[0]) * tone[0] + (its[1] - of_cloth[1]) * tone[1]
                    finger[j, i] = 255 if toward > TONE_OF_HAND * tone2 else 0
    out = hand.copy()
    reached = _steps_from(hand, finger, int(LONGEST * radius))
    for j in range(hand.shape[0]):
        for i in range(hand.shape[1]):
            if reached[j, i] > 0:
                out[j, i] = 255
    return out


@njit(cache=True, nogil=True)
def _tone(luma: float, blue: float, red: float) -> tuple[float, float]:
    """Return chroma over luma."""
    light = max(luma - 16.0, 8.0)
    return (blue - 128.0) / light, (red - 128.0) / light


@njit(cache=True, nogil=True)
def _steps_from(hand: U8, through: U8, most: int) -> NDArray[np.int32]:
    """Return in how many steps (h, w) over pixels of `through` each is reached from `hand`; 0 there, -1 where not."""
    height, width = hand.shape
    steps = np.full(hand.shape, -1, np.int32)
    queue = np.empty((height * width, 2), np.int32)
    first, last = 0, 0
    for j in range(height):
        for i in range(width):
            if hand[j, i] > 0:
                steps[j, i] = 0
                queue[last, 0], queue[last, 1] = j, i
                last += 1
    while first < last:
        j, i = queue[first]
        first += 1
        if steps[j, i] >= most:
            continue
        for b in range(max(j - 1, 0), min(j + 2, height)):
            for a in range(max(i - 1, 0), min(i + 2, width)):
                if steps[b, a] < 0 and through[b, a] > 0:
                    steps[b, a] = steps[j, i] + 1
                    queue[last, 0], queue[last, 1] = b, a
                    last += 1
    return steps


@njit(cache=True, nogil=True)
def _means(hand: U8, candidates: U8, steps: NDArray[np.int32], y: U8, u: U8, v: U8, around: int) -> NDArray[np.float64]:
    """Return luma, chroma and number (2, 4) of the pixels of the hand, and of those `around` steps and more from it."""
    out = np.zeros((2, 4))
    for j in range(hand.shape[0]):
        for i in range(hand.shape[1]):
            if hand[j, i] > 0:
                k = 0
            elif candidates[j, i] > 0 and (steps[j, i] < 0 or steps[j, i] >= around):
                k = 1
            else:
                continue
            out[k, 0] += y[j, i]
            out[k, 1] += u[j >> 1, i >> 1]
            out[k, 2] += v[j >> 1, i >> 1]
            out[k, 3] += 1.0
    for k in range(2):
        out[k, :3] /= max(out[k, 3], 1.0)
    return out
