"""Whether own trousers are told from the own top: where that is seen to end above something of another colour.

Beside a drawn hem own clothes may be a top that is wider, which is to go, or hips in trousers, which are to stay. By
colour they are told only where both have colours of their own; or there are none to be seen, where the garment reaches
the picture's lower edge. It is looked at along the trunk, below the garment too, at half the picture's size; a hand or
a belt there tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.matte import matte_over
from pipelines.composite.own_top import COVERED, GAP_S, SKIN2, WHOLE, View, is_own, to_skin2
from pipelines.composite.zones import middle_of
from pipelines.types import Region

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

BELT = 0.72  # of the trunk: from there on trousers may be seen …
BELOW_M = 0.16  # … as far as so much below the hips' joints: farther down legs stand apart
TROUSERS_M = 0.06  # so much of another colour, down the trunk, are trousers: a belt is narrower
WIDE, LEAST_WIDE_M = 0.25, 0.03  # of the hips' width to either side it is looked; at least: somebody may stand sideways
BACK_M = 0.02  # so much of the top below it, and it was a shirt's tail, a belt bag or a print
OUT_M = 0.08  # a garment that ends so near to the picture's lower edge leaves no trousers to be seen
PERSON = 128  # of 255, of the matte: at least
APPEARS_S, GOES_S = 0.4, 5.0  # seen so long trousers are told, and so long after it
EDGE_S = 0.5  # so long after it the garment is taken to reach the edge


@dataclass(frozen=True, slots=True)
class Hem:
    """What is remembered of where the own top ends."""

    looked_s: float = -1.0
    due_s: float = 0.0  # rises while trousers are told, falls while they are not
    told: bool = False  # they are told from the top
    edge_s: float = -1e9  # when the garment last reached the lower edge

    def is_apart(self, now_s: float) -> bool:
        """Return whether nothing that has the colours of the own top is trousers."""
        return self.told or 0.0 <= now_s - self.edge_s < EDGE_S


def followed(known: Hem, view: View, own: F64) -> Hem:
    """Return `known` after a look at one picture; `own` (3, 6) are the top's colours, see `own_top.Look`."""
    now_s = view.frame.captured_s
    hem = counted(known, trousers_told(view, own), now_s)
    return replace(hem, edge_s=now_s) if reaches_edge(view) else hem


def counted(known: Hem, told: bool, now_s: float) -> Hem:
    """Return `known` after a look that `told` trousers, or did not."""
    elapsed_s = min(now_s - known.looked_s, GAP_S) if 0.0 <= known.looked_s <= now_s else 0.0
    due_s = min(GOES_S, max(0.0, known.due_s + (elapsed_s if told else -elapsed_s)))
    if told and not known.told and due_s >= APPEARS_S:
        return replace(known, looked_s=now_s, due_s=GOES_S, told=True)
    return replace(known, looked_s=now_s, due_s=due_s, told=known.told and due_s > 0.0)


def reaches_edge(view: View) -> bool:
    """Return whether the drawn garment leaves no trousers to be seen, in the column of the hips."""
    region, column = view.layer.region, int(np.clip(middle_of(view.joints_px[1])[0], -1e4, 1e4)) - view.layer.region.x0
    if not 0 <= column < view.layer.rgba.shape[1]:
        return False
    rows = np.flatnonzero(view.layer.rgba[:, column, 3] > COVERED)
    return len(rows) > 0 and bool(region.y0 + rows[-1] > view.frame.height_px - OUT_M * view.metre_px)


def trousers_told(view: View, own: F64) -> bool:
    """Return whether trousers are told from a top of the colours `own` (3, 6) in this picture."""
    joints = np.clip(view.joints_px, -1e4, 1e4)
    metre, neck, hips = 0.5 * view.metre_px, middle_of(joints[0]) / 2.0, middle_of(joints[1]) / 2.0
    length = float(np.hypot(*(hips - neck)))
    if length < 1.0:
        return False
    whole = Region(0, 0, view.frame.width_px & ~1, view.frame.height_px & ~1)
    half = max(WIDE * float(np.hypot(*(joints[1, 0] - joints[1, 1]))) / 2.0, LEAST_WIDE_M * metre)
    nothing = np.zeros((0, 0), np.uint8)
    longest = _longest(
        (view.frame.y, view.frame.u, view.frame.v),
        matte_over(view.matte, view.frame, whole, 2),
        (view.layer.rgba, nothing if view.left is None else view.left),
        (view.layer.region.x0, view.layer.region.y0),
        (own, view.skin.mean, view.skin.precision()),
        (neck, (hips - neck) / length),
        (int(BELT * length), int(length + BELOW_M * metre), int(half), int(BACK_M * metre)),
    )
    return bool(longest > TROUSERS_M * metre)


@njit(cache=True, nogil=True)
def _longest(
    planes: tuple[U8, U8, U8],
    person: U8,
    drawn: tuple[U8, U8],
    origin: tuple[int, int],
    colours: tuple[F64, F64, F64],
    trunk: tuple[F64, F64],
    reach: tuple[int, int, int, int],
) -> int:
    """Return over how many steps down the `trunk` (its neck, its way) most of what is seen is neither top nor skin.

    What the top is seen below again does not count.

    `drawn` is the layer, at `origin`, and what is left of it, (0, 0) for all: what is before it is not looked at.
    `reach` is where it is looked, from and to, how far to either side, and how much of the top is the top again.
    """
    (y, u, v), (rgba, left), (own, skin, precision) = planes, drawn, colours
    (neck, way), (start, end, half, back), pixel = trunk, reach, np.empty(3, np.uint8)
    skin_cost = -np.log(precision[0, 0] * precision[1, 1] - precision[0, 1] ** 2)
    longest = rows = again = 0
    for t in range(start, end):
        top = other = 0
        for s in range(-half, half + 1):
            a, b = int(neck[0] + t * way[0] - s * way[1]), int(neck[1] + t * way[1] + s * way[0])
            if not (0 <= b < person.shape[0] and 0 <= a < person.shape[1]) or person[b, a] < PERSON:
                continue
            n, m = 2 * b - origin[1], 2 * a - origin[0]
            if left.size > 0 and 0 <= n < left.shape[0] and 0 <= m < left.shape[1]:
                if rgba[n, m, 3] > COVERED and left[n, m] < WHOLE:
                    continue
            pixel[0], pixel[1], pixel[2] = y[2 * b, 2 * a], u[b, a], v[b, a]
            from_skin2 = to_skin2(pixel, skin, precision)
            if is_own(pixel, own, from_skin2 + skin_cost):
                top += 1
            elif from_skin2 > SKIN2:
                other += 1
        rows = rows + 1 if other > max(half, 2 * top) else 0
        again = again + 1 if top > max(half, 2 * other) else 0
        longest = 0 if again > back else max(longest, rows)
    return longest
