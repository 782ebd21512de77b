"""Whoever, or whatever, passes between the camera and a single shopper, found by its motion.

The camera of a mirror, or of a phone that leans somewhere, stands still. So a picture of a moment ago, in which nobody
passed, is kept as the plate. What differs from it, came in at a border of the picture and stands nearer than the
shopper is the passer, be it a person without a head in the picture, a child or a trolley (background subtraction after
Wren et al., "Pfinder", 1997). Before the shopper, who moves too, only what was seen beside them, carried on by its own
motion, is looked for.

No network runs, and nothing but a comparison of a few hundred cells while nothing stirs beside the shopper. A camera
that is carried about stirs everything: then nobody is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.pose.stir import Stir, stirred
from pipelines.types import CameraFrame, MatteU8

SIDE_PX = 320  # the longer side of what is compared
LUMA, CHROMA = 14, 6  # levels by which something differs from the plate
STILL = 5  # levels of luma by which something may change from frame to frame and counts as still
ALONE_S = 0.7  # who is nearer than the shopper is not inside of their outline for longer
SETTLED_S, STAYED_S = 1.0, 10.0  # what is still so long joins the plate; the latter if it hides the shopper
LOOK_S = 0.09  # between looks while something stirs and nobody passes: from the border they have a way to go
PLATE_S = 0.3  # so old is the plate at least when something begins to stir: it must not be in it
CARRIED_ABOUT, CELLS = 0.5, (16, 12)  # share of the cells beside the shopper that change when the camera moves
CHANGED = 0.05  # share of a cell
LEAST = 0.004  # share of the picture, from which a part that came in at a border counts
HOLE = 0.0003  # and from which a hole stays open: between an arm and the trunk the shopper is seen
ABOVE_FEET, TALL = 0.15, 0.3  # of the shopper's height: so far above their feet a passer ends, and is so tall, at least
AROUND_PX = 9  # how far around their matte the shopper may have moved
REACH_PX, SHAPE_PX = 4, 8  # by which an outline may differ from the last one, and from what was seen beside the shopper
FEW_PX, HIDING = 200, 0.3  # of so many pixels of the shopper so large a share must differ, else the passer is behind
CORNERS = 60

Planes = NDArray[np.uint8]  # (h, w, 3) y, u, v
Mask = NDArray[np.uint8]  # (h, w) 0 or 255


@dataclass(frozen=True, slots=True, eq=False)
class _Trace:
    """What is kept from frame to frame while something stirs; all pictures are small."""

    plate: Planes  # what is there without the passer
    last: Planes  # the frame
    shopper: Mask  # as last seen with nobody before them
    came: Mask  # what came in at a border, be it somebody or a shadow
    still_s: NDArray[np.float32]  # (h, w) for how long each pixel has not changed
    free: Mask  # what was seen of the passer beside the shopper, moved on
    velocity_px_s: NDArray[np.float64]  # (2,)
    alone_s: float  # for how long nothing of the passer was seen beside the shopper


@dataclass(frozen=True, slots=True, eq=False)
class Passer:
    """Who passes; `matte` is 255 where they are, None while nobody does."""

    matte: MatteU8 | None = None
    stir: Stir = field(default_factory=Stir)
    calm: tuple[CameraFrame, ...] = ()  # pictures without a passer, the older first, two at most
    trace: _Trace | None = None
    at_s: float = -1e9

    @property
    def hidden(self) -> float:
        """The share of the shopper that is behind them."""
        if self.matte is None or self.trace is None or not self.trace.shopper.any():
            return 0.0
        both = cv2.countNonZero(cv2.bitwise_and(self.trace.shopper, self.matte))
        return both / cv2.countNonZero(self.trace.shopper)


def passed(frame: CameraFrame, own: MatteU8 | None, before: Passer) -> Passer:
    """Return who passes in `frame`; `own` is the shopper's matte over the whole frame, None where they are not seen."""
    now_s, stir = frame.captured_s, stirred(frame, own, before.stir)
    if before.matte is None and (own is None or stir.share > CARRIED_ABOUT):
        return Passer(stir=stir)
    if before.matte is None and not stir.is_recent(now_s):
        return Passer(stir=stir, calm=_calm(frame, before.calm), at_s=now_s)
    if before.matte is None and before.trace is not None and 0.0 <= now_s - before.at_s < LOOK_S:
        return replace(before, stir=stir)
    small = _small(frame)
    trace = before.trace or _begun(before.calm, small)
    if trace is None or trace.last.shape != small.shape:
        return Passer(stir=stir, calm=(frame,), at_s=now_s)
    matte, trace = _traced(small, own, trace, max(0.0, now_s - before.at_s))
    if trace is None:
        return Passer(stir=stir)
    return Passer(matte, stir, (frame,) if matte is None else (), trace, now_s)


def _calm(frame: CameraFrame, calm: tuple[CameraFrame, ...]) -> tuple[CameraFrame, ...]:
    """Return the calm pictures with `frame`; the first is PLATE_S to 2 PLATE_S old."""
    if not calm or frame.captured_s - calm[-1].captured_s >= PLATE_S:
        return (*calm[-1:], frame)
    return calm


def _small(frame: CameraFrame) -> Planes:
    scale = min(0.5, SIDE_PX / max(frame.width_px, frame.height_px))
    size = (max(2, round(frame.width_px * scale)), max(2, round(frame.height_px * scale)))
    planes = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (frame.y, frame.u, frame.v)]
    return np.asarray(cv2.merge(planes), np.uint8)


def _begun(calm: tuple[CameraFrame, ...], small: Planes) -> _Trace | None:
    if not calm:
        return None
    plate, none = _small(calm[0]), np.zeros(small.shape[:2], np.uint8)
    return _Trace(plate, plate, none, none, none.astype(np.float32), none, np.zeros(2), 0.0)


def _traced(small: Planes, own: MatteU8 | None, before: _Trace, step_s: float) -> tuple[Mask | None, _Trace | None]:
    """Return the outline of who passes in `small`, None where nobody does, and what to keep, None if all has moved."""
    velocity = _velocity(small[..., 0], before, step_s)
    carried, free = (_moved(mask, velocity * step_s) for mask in (before.came, before.free))
    shopper = _shopper(own, before.shopper, carried)
    around = _grown(np.maximum(shopper, before.shopper), AROUND_PX)
    differs = _differs(small, before.plate, around, carried)
    if _is_everywhere(differs, around):
        return None, None
    came = _outline(differs, shopper, around, carried, free)
    alone_s = 0.0 if came[around == 0].any() else before.alone_s + step_s
    if alone_s > ALONE_S:
        came = np.zeros_like(came)
    outline = _standing(came, shopper)
    beside = np.where(around > 0, np.uint8(0), outline)
    plate, still_s = before.plate.copy(), before.still_s.copy()
    long_s = STAYED_S if cv2.countNonZero(cv2.bitwise_and(outline, shopper)) > FEW_PX else SETTLED_S
    _renew(plate, still_s, small, before.last, came, _grown(came, REACH_PX), step_s, long_s)
    trace = _Trace(plate, small, shopper, came, still_s, np.maximum(free, beside), velocity, alone_s)
    return outline if outline.any() else None, trace


def _shopper(own: MatteU8 | None, before: Mask, passer: Mask) -> Mask:
    """Return where the shopper is; behind the passer, who may have crept into their matte, where they were before."""
    if own is None:
        return before
    seen = cv2.resize(own, before.shape[::-1])
    hidden = _grown(passer, AROUND_PX) > 0
    return np.where(hidden, before, np.where(seen > 127, np.uint8(255), np.uint8(0)))


def _velocity(luma: Mask, before: _Trace, step_s: float) -> NDArray[np.float64]:
    """Return the median motion, in pixels a second, of the corners in the last outline (Lucas & Kanade 1981)."""
    if step_s <= 0.0 or not before.came.any():
        return np.zeros(2)
    x, y, w, h = cv2.boundingRect(before.came)
    inside = cv2.erode(before.came[y : y + h, x : x + w], _square(1))
    corners: Any = cv2.goodFeaturesToTrack(before.last[y : y + h, x : x + w, 0], CORNERS, 0.02, 5, mask=inside)
    if corners is None:
        return before.velocity_px_s
    corners += np.array([x, y], np.float32)
    guess = corners + (before.velocity_px_s * step_s).astype(np.float32)
    found, ok, _ = cv2.calcOpticalFlowPyrLK(
        before.last[..., 0], luma, corners, guess, winSize=(15, 15), maxLevel=3, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    steps = (found - corners)[ok.reshape(-1) > 0].reshape(-1, 2)
    return np.median(steps, axis=0) / step_s if len(steps) >= 4 else before.velocity_px_s


def _differs(small: Planes, plate: Planes, around: Mask, carried: Mask) -> Mask:
    """Return 255 where `small` is not the plate; what the whole picture changed by is the light or the exposure."""
    calm = (around == 0) & (carried == 0)
    gain = float(np.median(small[..., 0][calm].astype(np.int16) - plate[..., 0][calm])) if calm.any() else 0.0
    lit = plate.copy()
    lit[..., 0] = np.clip(plate[..., 0] + gain, 0, 255)
    apart = cv2.blur(cv2.absdiff(small, lit), (3, 3))
    same = cv2.inRange(apart, np.zeros(3), np.array([LUMA, CHROMA, CHROMA], np.float64))
    return np.asarray(cv2.morphologyEx(cv2.bitwise_not(same), cv2.MORPH_OPEN, _square(1)), np.uint8)


def _is_everywhere(differs: Mask, around: Mask) -> bool:
    """Return whether there is something new all over the picture, as when the camera moves."""
    change, beside = (cv2.resize(mask, CELLS, interpolation=cv2.INTER_AREA) for mask in (differs, around))
    changed = change[beside < 128] > 255 * CHANGED
    return changed.size > 0 and float(changed.mean()) > CARRIED_ABOUT


def _outline(differs: Mask, shopper: Mask, around: Mask, carried: Mask, free: Mask) -> Mask:
    """Return the outline of who passes; `carried` is the last one, and `free` its part beside the shopper, moved on."""
    near = np.where(around > 0, np.minimum(_grown(carried, REACH_PX), _grown(free, SHAPE_PX)), np.uint8(255))
    kept = np.minimum(cv2.erode(carried, _square(2)), around)
    outline = np.maximum(cv2.bitwise_and(differs, near), kept)
    if _is_behind(differs, shopper, carried):
        outline = np.where(shopper > 0, np.uint8(0), outline)
    return _filled(_of_border(np.asarray(outline, np.uint8), carried))


def _is_behind(differs: Mask, shopper: Mask, carried: Mask) -> bool:
    """Return whether the shopper still looks like themselves where the passer should hide them."""
    both = (shopper > 0) & (carried > 0)
    return int(both.sum()) > FEW_PX and float((differs[both] > 0).mean()) < HIDING


def _of_border(outline: Mask, carried: Mask) -> Mask:
    """Return the parts that are where the passer was, or that come in at the left or right border."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(outline, connectivity=8)
    held = np.bincount(labels[carried > 0], minlength=count) > 0
    left, width, area = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_AREA]
    comes_in = (left <= 1) | (left + width >= outline.shape[1] - 1)
    kept = np.where((held | comes_in) & (area >= LEAST * outline.size), np.uint8(255), np.uint8(0))
    kept[0] = 0
    return np.asarray(kept[labels], np.uint8)


def _standing(came: Mask, shopper: Mask) -> Mask:
    """Return the parts of `came` that stand nearer than the shopper, and so lower in the picture.

    What does not reach so far down, or lies flat there, is the shopper's shadow, a reflection, or what else changes in
    the room; the own limbs may move before it.
    """
    if not shopper.any():
        return came
    _, y, _, h = cv2.boundingRect(shopper)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(came, connectivity=8)
    top, height = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_HEIGHT]
    stands = (top + height >= y + (1.0 - ABOVE_FEET) * h) & (height >= TALL * h)
    kept = np.where(stands, np.uint8(255), np.uint8(0))
    kept[0] = 0
    return np.asarray(kept[labels], np.uint8)


@njit(cache=True, nogil=True)
def _renew(
    plate: Planes,
    still_s: NDArray[np.float32],
    small: Planes,
    last: Planes,
    outline: Mask,
    near: Mask,
    step_s: float,
    long_s: float,
) -> None:
    """Let `plate` be what is seen, but `near` the passer, unless that has been still for `long_s`; in place."""
    for j in range(near.shape[0]):
        for i in range(near.shape[1]):
            is_still = abs(np.int32(small[j, i, 0]) - np.int32(last[j, i, 0])) <= STILL
            still_s[j, i] = still_s[j, i] + step_s if is_still and outline[j, i] > 0 else 0.0
            if near[j, i] == 0 or still_s[j, i] > long_s:
                for c in range(3):
                    plate[j, i, c] = small[j, i, c]


def _filled(mask: Mask) -> Mask:
    """Return `mask` without holes smaller than HOLE."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_not(mask), connectivity=4)
    filled = np.where(stats[:, cv2.CC_STAT_AREA] < HOLE * mask.size, np.uint8(255), np.uint8(0))
    filled[0] = 255
    return np.asarray(filled[labels], np.uint8)


def _moved(mask: Mask, step_px: NDArray[np.float64]) -> Mask:
    move = np.array([[1.0, 0.0, step_px[0]], [0.0, 1.0, step_px[1]]])
    return np.asarray(cv2.warpAffine(mask, move, mask.shape[::-1], flags=cv2.INTER_NEAREST), np.uint8)


def _grown(mask: Mask, px: int) -> Mask:
    return np.asarray(cv2.dilate(mask, _square(px)), np.uint8)


def _square(px: int) -> Mask:
    return np.ones((2 * px + 1, 2 * px + 1), np.uint8)
