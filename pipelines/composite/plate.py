"""The background plate: what is behind the person, remembered per pixel while the camera stands still.

What no matte covers, nor comes near to, is the room. Where it looks the same a few times in a row it is known, and a
slow mean of it is kept, with less of the camera's noise. A camera that moves, or a light that is switched, changes
what is known of the room at many places at once, its edges first: then all of it is forgotten (background subtraction
after Wren et al., "Pfinder", 1997; its plate is kept of the room alone, not of people). It lies in memory only, and as
long as what is kept of the shopper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, MatteU8

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]

LOOK_S, GAP_S = 0.19, 1.0  # between looks; after a longer gap the room may be another
STEADY_S = 0.5  # so long after all of it was forgotten nothing is painted over with it
NOBODY = 24  # of 255, of a matte: under this nobody is …
AROUND = 0.02  # … nor so near, of the longer side
SURE = 3  # looks in a row that agree
LONGEST = 200
LUMA, CHROMA = 10, 6  # levels by which looks may differ
EDGE = 12  # levels between neighbours: there a camera that moves is seen first
MOVED, EDGES_MOVED = 0.12, 0.4  # share of what is known, and of edges, that differs when the camera has moved
LEAST_EDGES = 40
FINE = 16  # steps of a level
RENEWAL = 3  # halvings of what a new look counts for in the mean, at most


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """The room as far as it is known; sizes are those of the camera's planes."""

    y: U16  # (H, W) levels, times FINE
    u: U16  # (H/2, W/2)
    v: U16
    looks: U8  # (H/2, W/2) how often in a row each 2 x 2 pixels looked the same; SURE and more are known
    at_s: float  # of the last look
    since_s: float  # nothing of it was forgotten

    @staticmethod
    def unknown(frame: CameraFrame) -> Plate:
        """Return the plate of which nothing is known."""
        half, now_s = frame.u.shape, frame.captured_s
        y, u, v = np.zeros(frame.y.shape, np.uint16), np.zeros(half, np.uint16), np.zeros(half, np.uint16)
        return Plate(y, u, v, np.zeros(half, np.uint8), now_s, now_s)

    @property
    def is_settled(self) -> bool:
        """Whether camera and light have been steady for long enough to paint anything over with the room."""
        return self.at_s - self.since_s >= STEADY_S


def learnt(frame: CameraFrame, mattes: Sequence[MatteU8], before: Plate | None) -> Plate:
    """Return the plate with what `frame` shows where none of `mattes`, of all who are there, lies."""
    if before is None or before.y.shape != frame.y.shape or not 0.0 <= frame.captured_s - before.at_s <= GAP_S:
        before = Plate.unknown(frame)
    elif frame.captured_s - before.at_s < LOOK_S:
        return before
    planes = frame.y, frame.u, frame.v
    somebody = _somebody(mattes, frame)
    if _has_moved(planes, somebody, before):
        before = Plate.unknown(frame)
    (y, u, v), looks = (before.y.copy(), before.u.copy(), before.v.copy()), before.looks.copy()
    _renew(planes, somebody, (y, u, v), looks)
    return Plate(y, u, v, looks, frame.captured_s, before.since_s)


def _somebody(mattes: Sequence[MatteU8], frame: CameraFrame) -> U8:
    """Return 255 (H/2, W/2) where somebody may be."""
    out = np.zeros(frame.u.shape, np.uint8)
    for matte in mattes:
        side = 2 * max(1, round(AROUND * max(matte.shape))) + 1
        near = cv2.dilate(np.asarray(matte > NOBODY).view(np.uint8) * np.uint8(255), np.ones((side, side), np.uint8))
        out = np.maximum(out, cv2.resize(near, out.shape[::-1], interpolation=cv2.INTER_NEAREST))
    return out


def _has_moved(planes: tuple[U8, U8, U8], somebody: U8, plate: Plate) -> bool:
    """Return whether so much differs from `plate` that camera or light must have changed."""
    known, differs, edges, moved = _compared(planes, somebody, (plate.y, plate.u, plate.v), plate.looks)
    return differs > MOVED * known or (edges >= LEAST_EDGES and moved > EDGES_MOVED * edges)


@njit(cache=True, nogil=True)
def _compared(
    planes: tuple[U8, U8, U8], somebody: U8, plate: tuple[U16, U16, U16], looks: U8
) -> tuple[int, int, int, int]:
    """Return how much of a quarter of what is known is seen, how much of that differs; the same of edges seen."""
    known = differs = edges = moved = 0
    for j in range(1, looks.shape[0] - 1, 2):
        for i in range(1, looks.shape[1] - 1, 2):
            if somebody[j, i] > 0 or looks[j, i] == 0:
                continue
            other = _differs(planes, plate, j, i)
            if looks[j, i] >= SURE:
                known += 1
                differs += other
            here, right, below = planes[0][2 * j, 2 * i], planes[0][2 * j, 2 * i + 2], planes[0][2 * j + 2, 2 * i]
            if max(abs(np.int32(here) - np.int32(right)), abs(np.int32(here) - np.int32(below))) > EDGE:
                edges += 1
                moved += other and _is_elsewhere(planes[0], plate[0], looks, j, i)
    return known, differs, edges, moved


@njit(cache=True, nogil=True)
def _is_elsewhere(y: U8, plate: U16, looks: U8, j: int, i: int) -> bool:
    """Return whether the luma at the 2 x 2 pixels (j, i) is none of the plate's around: a drift of 2 pixels is none."""
    low, high, here = np.int32(1 << 20), np.int32(0), np.int32(y[2 * j, 2 * i]) * FINE
    for b in range(j - 1, j + 2):
        for a in range(i - 1, i + 2):
            if looks[b, a] == 0:
                return False
            low, high = min(low, np.int32(plate[2 * b, 2 * a])), max(high, np.int32(plate[2 * b, 2 * a]))
    return bool(here < low - LUMA * FINE or here > high + LUMA * FINE)


@njit(cache=True, nogil=True)
def _differs(planes: tuple[U8, U8, U8], plate: tuple[U16, U16, U16], j: int, i: int) -> int:
    """Return 1 where the picture differs from the plate at the 2 x 2 pixels (j, i), else 0."""
    a, b = 2 * j, 2 * i
    seen = np.int32(planes[0][a, b]) + planes[0][a, b + 1] + planes[0][a + 1, b] + planes[0][a + 1, b + 1]
    kept = np.int32(plate[0][a, b]) + plate[0][a, b + 1] + plate[0][a + 1, b] + plate[0][a + 1, b + 1]
    if abs(seen * FINE - kept) > 4 * FINE * LUMA:
        return 1
    blue = np.int32(planes[1][j, i]) * FINE - np.int32(plate[1][j, i])
    red = np.int32(planes[2][j, i]) * FINE - np.int32(plate[2][j, i])
    return 1 if max(abs(blue), abs(red)) > FINE * CHROMA else 0


@njit(cache=True, nogil=True)
def _renew(planes: tuple[U8, U8, U8], somebody: U8, plate: tuple[U16, U16, U16], looks: U8) -> None:
    """Lead the plate to what is seen where nobody is, in place; what differs again and again takes its place."""
    for j in range(looks.shape[0]):
        for i in range(looks.shape[1]):
            if somebody[j, i] > 0:
                continue
            if looks[j, i] > 0 and _differs(planes, plate, j, i) == 1:
                looks[j, i] >>= 1
                if looks[j, i] > 0:
                    continue
            halved = min(RENEWAL, int(looks[j, i]))
            looks[j, i] = min(LONGEST, looks[j, i] + 1)
            for k in range(4):
                _lead(plate[0], planes[0], 2 * j + (k >> 1), 2 * i + (k & 1), halved)
            _lead(plate[1], planes[1], j, i, halved)
            _lead(plate[2], planes[2], j, i, halved)


@njit(cache=True, nogil=True)
def _lead(plate: U16, plane: U8, j: int, i: int, halved: int) -> None:
    """Lead a pixel of `plate` to that of `plane`: all of the way, `halved` so often."""
    kept = np.int32(plate[j, i])
    plate[j, i] = kept + ((np.int32(plane[j, i]) * np.int32(FINE) - kept + ((np.int32(1) << halved) >> 1)) >> halved)
