"""Which colours the shopper's own clothes have: a histogram of what was seen of them while nothing was before them.

Luma and chroma are counted together, a few times a second, on the trunk and about it, while both hands are away from
the trunk, and never near a hand: what is held there must not be taken for clothes. What is worn above and below the
waist is counted apart, or a black telephone would be black trousers. A fold lies in shade and a shoulder in light, so
with a colour go those that it has when it is darker or lighter. Nothing but counts is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.types import CameraFrame, Landmarks, Region

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

LOOK_S = 0.2  # so often they are looked at
RENEWAL = 0.1  # weight of a look
ENOUGH = 3  # looks, from which they are known
LEAST_SAMPLES = 200
SELDOM, COMMON = 1.5e-4, 0.01  # share of the samples that a colour must have, and to be met in other light
SHAPE = (2, 16, 32, 32)  # top or trousers, bins of luma and of both chroma planes
TOP, TROUSERS = 1, 2  # bits of a colour that is theirs
SHADE, SHINE = 0.4, 1.1  # times its light that a colour may have
FADED = 0.3, 1.3  # and times its chroma, at least and at most

PERSON = 235  # of 255, of the matte: nothing of the room is learnt
AWAY_M = 0.3  # from a hand
HEAD_M = 0.17  # so near to the nose is face or hair
ASIDE_M, BELOW_M = 0.1, 0.35  # of the layer
FREE_M, LOW_M = 0.12, 0.03  # so far beside the trunk, or not so far above the hips, a hand is away from it
WAIST_M = 0.15  # above the hips
SHOULDERS, HIPS, NOSE = (11, 12), (23, 24), 0
HANDS = ((15, 17, 19, 21), (16, 18, 20, 22))  # wrist and knuckles of each


@dataclass(frozen=True, slots=True, eq=False)
class OwnColours:
    """The colours of the own clothes."""

    counts: F32 = field(default_factory=lambda: np.zeros(SHAPE, np.float32))  # shares of all samples
    table: U8 = field(default_factory=lambda: np.zeros(SHAPE[1:], np.uint8))  # whose colour it is: TOP, TROUSERS, both
    looks: int = 0  # up to ENOUGH
    looked_s: float = -1.0

    @property
    def known(self) -> bool:
        """Whether they were seen often enough."""
        return self.looks >= ENOUGH


def is_due(known: OwnColours, now_s: float) -> bool:
    """Return whether it is time to look again."""
    return not 0.0 <= now_s - known.looked_s < LOOK_S


def renewed(
    known: OwnColours,
    frame: CameraFrame,
    landmarks: Landmarks,
    around: Region,
    metre_px: float,
    held: tuple[U8, tuple[int, int]],
) -> OwnColours:
    """Return `known` after a look at the clothes in and about the region `around`; as it is while a hand is before it.

    `held` is what is held (h, w), one value for 2 x 2 pixels, which is not learnt, and its corner in those.
    """
    uv = landmarks.uv_px.astype(np.float64)
    counts, samples = np.zeros_like(known.counts), 0
    window = _window(frame, around, metre_px)
    if landmarks.matte is not None and window is not None and _is_free(uv, metre_px):
        matte = matte_over(landmarks.matte, frame, window, 4)
        hands = uv[[*HANDS[0], *HANDS[1]]]
        circles = np.vstack([np.column_stack([hands, np.full(len(hands), AWAY_M)]), [*uv[NOSE], HEAD_M]])
        circles[:, 2] *= metre_px
        planes = frame.y, frame.u, frame.v
        counts, samples = _counted(planes, matte, (window.x0, window.y0), waist_px(uv, metre_px), circles, *held)
    if samples < LEAST_SAMPLES:
        return OwnColours(known.counts, known.table, known.looks, frame.captured_s)
    weight = RENEWAL if known.looks > 0 else 1.0
    counts = np.asarray(known.counts + weight * (counts / samples - known.counts), np.float32)
    return OwnColours(counts, _table(counts), min(known.looks + 1, ENOUGH), frame.captured_s)


def waist_px(uv: F64, metre: float) -> float:
    """Return the row under which trousers may be seen, of landmarks `uv` (33, 2) in pixels."""
    return float(uv[list(HIPS), 1].mean() - WAIST_M * metre)


def _window(frame: CameraFrame, around: Region, metre: float) -> Region | None:
    """Return the even region about `around` in which clothes are looked at; None of a tiny one."""
    aside, below = ASIDE_M * metre, BELOW_M * metre
    x0, x1 = int(max(0.0, around.x0 - aside)) & ~1, int(min(frame.width_px, around.x1 + aside)) & ~1
    y0, y1 = around.y0 & ~1, int(min(frame.height_px, around.y1 + below)) & ~1
    return Region(x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= 8 else None


def _is_free(uv: F64, metre: float) -> bool:
    """Return whether both hands are beside the trunk or lower than it."""
    trunk = uv[[*SHOULDERS, *HIPS]]
    left, right = trunk[:, 0].min() - FREE_M * metre, trunk[:, 0].max() + FREE_M * metre
    low = trunk[2:, 1].mean() - LOW_M * metre
    hands = (uv[list(points)].mean(axis=0) for points in HANDS)
    return not any(left < x < right and y < low for x, y in hands)


@njit(cache=True, nogil=True)
def _counted(
    planes: tuple[U8, U8, U8],
    matte: U8,
    corner: tuple[int, int],
    waist: float,
    circles: F64,
    held: U8,
    held_at: tuple[int, int],
) -> tuple[F32, int]:
    """Return how often each colour (SHAPE) lies on the person above and below the row `waist`, and the samples' number.

    `matte` (h, w) has a value for 4 x 4 pixels from `corner`; nothing counts inside the `circles` (N, 3), nor what is
    `held`.
    """
    y, u, v = planes
    counts, samples = np.zeros(SHAPE, np.float32), 0
    for j in range(matte.shape[0]):
        for i in range(matte.shape[1]):
            row, column = corner[1] // 2 + 2 * j, corner[0] // 2 + 2 * i
            if matte[j, i] < PERSON or row >= u.shape[0] or column >= u.shape[1]:
                continue
            b, a = row - held_at[1], column - held_at[0]
            if 0 <= b < held.shape[0] and 0 <= a < held.shape[1] and held[b, a] > 0:
                continue
            inside = False
            for n in range(circles.shape[0]):
                away2 = (2.0 * column - circles[n, 0]) ** 2 + (2.0 * row - circles[n, 1]) ** 2
                inside = inside or away2 < circles[n, 2] ** 2
            if not inside:
                light, cb, cr = y[2 * row, 2 * column] >> 4, u[row, column] >> 3, v[row, column] >> 3
                counts[0 if 2 * row < waist else 1, light, cb, cr] += 1.0
                samples += 1
    return counts, samples


@njit(cache=True, nogil=True)
def _table(counts: F32) -> U8:
    """Return whose colours are counted often enough, in light and shade, and those beside them."""
    out = np.zeros(counts.shape[1:], np.uint8)
    for whose, n, a, b in np.argwhere(counts > SELDOM):
        light, cb, cr = max(16.0 * n - 8.0, 4.0), 8.0 * a - 124.0, 8.0 * b - 124.0
        darkest, lightest = n - 1, n + 1
        if counts[whose, n, a, b] > COMMON:
            darkest, lightest = (
                min(darkest, int(SHADE * light / 16.0) + 1),
                max(lightest, int(SHINE * light / 16.0) + 1),
            )
        for k in range(max(0, darkest), min(SHAPE[1], lightest + 1)):
            times = min(max(max(16.0 * k - 8.0, 4.0) / light, FADED[0]), FADED[1])
            p, q = int((times * cb + 128.0) / 8.0), int((times * cr + 128.0) / 8.0)
            out[k, max(0, p - 1) : p + 2, max(0, q - 1) : q + 2] |= np.uint8(TROUSERS if whose else TOP)
    return out
