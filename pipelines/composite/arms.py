"""Real arms in front of the garment: the picture says where an arm ends, the posed body only where to look.

The arm of a body model never lies on the real one to the pixel, and an own sleeve is wider than it: drawn as an
occluder it leaves wedges of own clothes and paints over real skin. Here the bare part of each arm, from the end of the
drawn sleeve to the wrist, is a ribbon along the posed axis whose borders are read from the picture
(`pipelines.composite.arm_reading`).

The ribbon begins inside of the sleeve, as deep as its mouth may be seen into: there the arm hides what lies behind it,
and never the sleeve's near side; deeper inside it would bite into the trunk beside the sleeve. Of the arm's own sleeve
the rest of the ribbon hides only what the posed arm is before, and so does the upper arm of all cloth: it hangs from
the shoulder, so that its depth is known, and its borders are often lost where an own sleeve lies beside an own shirt.
It ends where the hand begins that is seen before the layer, for the posed wrist often falls short of that.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.arm_reading import ArmAxis, normals_of, read_arm
from pipelines.composite.own_sleeves import Bared
from pipelines.composite.skin import SkinChroma
from pipelines.composite.sleeve import OWN_M, SOFT_M, leave_nearer
from pipelines.types import CameraFrame, GarmentLayer, Mat33, Region

F64 = NDArray[np.float64]

TO_HAND, ONWARD = 6.0, 0.4  # radii from the ribbon's end to the hand, and the cosine of its turn there
OVERLAP = 0.5  # radii: how far it goes into the hand
CUFF_M = 0.02  # this near to the sleeve's end the cloth must lie behind the axis, else it is that sleeve
AHEAD = 0.5  # of its radius: the skin of an arm on average before its axis
WITHIN = 1.15  # radii: no farther from its axis does an arm hide its own sleeve, into which its border blends
ABOUT_CUFF, THINNEST = 2.0, 0.12  # radii: how far about the end of a sleeve cloth is looked at that is so thin
EVEN_ABOUT, EVEN = 2.5, 0.6  # radii: how far about it jags are taken out, and how large ones
SEEN_BEFORE = 0.25  # mean of the colours' say, from which a bare arm is in front whatever the depths say


def arm_occlusion(
    frame: CameraFrame,
    layer: GarmentLayer,
    arm: ArmAxis,
    skin: SkinChroma,
    clothes: SkinChroma | None,
    hand_px: F64 | None = None,
    left: NDArray[np.uint8] | None = None,
    bared: Bared | None = None,
) -> NDArray[np.uint8] | None:
    """Return how much (h, w) of each of the layer's pixels the arm hides, 255 all; None where it hides none.

    `skin` and `clothes` are the shopper's own colours; `clothes` is None where they do not part. `hand_px` (2,) is the
    middle of the hand where that is seen before the layer, of which the hands leave `left` (h, w): the arm reaches it.
    Where skin is painted over an own sleeve, `bared` tells what of the arm is left to hide anything.
    """
    normals = normals_of(arm.points_px)
    corner = (layer.region.x0, layer.region.y0)
    slivers = _slivers(layer, arm) if arm.sleeved else None
    if not _meets_cloth(layer.rgba, corner, arm.points_px, normals, arm.radius_px, arm.from_cuff_m):
        return slivers
    reading = read_arm(frame, arm, skin, clothes) if bared is None else bared.reading
    in_front = _cloth_depth(layer.depth_m, corner, arm.points_px) > arm.front_m
    if reading.bare:
        in_front |= _mean_inside(reading.says, reading.borders) > SEEN_BEFORE
    edge = reading.sides if bared is None else bared.sides
    read, narrow = (
        arm.points_px[:, None] + (part * arm.radius_px[:, None])[..., None] * normals[:, None] - corner
        for part in (edge, np.clip(edge, -WITHIN, WITHIN))
    )
    if hand_px is not None and left is not None:
        way = _to_hand(arm, hand_px, left, corner)
        read[-1], narrow[-1] = read[-1] + way, narrow[-1] + way
    ribbon = _filled(read, narrow, in_front, arm, layer, frame.K)
    return ribbon if slivers is None else slivers if ribbon is None else np.maximum(ribbon, slivers)


def _slivers(layer: GarmentLayer, arm: ArmAxis) -> NDArray[np.uint8] | None:
    """Return what (h, w) of the layer is thinner than cloth can be about the end of the sleeve; None where nothing is.

    There the far side of a sleeve, whose inside is never drawn, shows as a line of dots beside the arm.
    """
    part, radius = _about_cuff(arm, (layer.region.x0, layer.region.y0), ABOUT_CUFF)
    alpha = np.ascontiguousarray(layer.rgba[part][:, :, 3])
    if not alpha.any():
        return None
    size = 2 * round(0.5 * THINNEST * radius) + 1
    kept = cv2.morphologyEx(alpha, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    thin = np.asarray(alpha - kept, np.uint8)
    if not thin.any():
        return None
    out = np.zeros(layer.rgba.shape[:2], np.uint8)
    out[part] = thin * 255.0 / np.maximum(alpha, 1)
    return out


@njit(cache=True, nogil=True)
def _meets_cloth(
    rgba: NDArray[np.uint8], corner: tuple[int, int], points: F64, normals: F64, radius: F64, from_cuff: F64
) -> bool:
    """Return whether the arm, away from its own sleeve, lies over anything of the layer."""
    for s in range(len(points)):
        for aside in (-1.5, 0.0, 1.5):
            x, y = points[s] + aside * radius[s] * normals[s]
            i, j = int(np.floor(x)) - corner[0], int(np.floor(y)) - corner[1]
            if from_cuff[s] > CUFF_M and 0 <= i < rgba.shape[1] and 0 <= j < rgba.shape[0] and rgba[j, i, 3] > 0:
                return True
    return False


@njit(cache=True, nogil=True)
def _cloth_depth(depth_m: NDArray[np.float32], corner: tuple[int, int], points: F64) -> F64:
    """Return the layer's depth (S,) on the axis; beyond its border that of the nearest pixel."""
    out = np.empty(len(points))
    for s in range(len(points)):
        i, j = int(points[s, 0]) - corner[0], int(points[s, 1]) - corner[1]
        out[s] = depth_m[min(max(j, 0), depth_m.shape[0] - 1), min(max(i, 0), depth_m.shape[1] - 1)]
    return out


@njit(cache=True, nogil=True)
def _mean_inside(says: NDArray[np.float32], borders: NDArray[np.int64]) -> F64:
    """Return the mean (S,) of what is said between the borders."""
    out = np.empty(len(says))
    for s in range(len(says)):
        out[s] = says[s, borders[s, 0] : borders[s, 1]].mean()
    return out


def _to_hand(arm: ArmAxis, hand_px: F64, left: NDArray[np.uint8], corner: tuple[int, int]) -> F64:
    """Return the way (2,) in pixels from the ribbon's end to where the hand begins; zeros where they meet, or cannot.

    The posed wrist often falls short of the real one, and of an own sleeve the hand's colours do not tell.
    """
    end = arm.points_px[-1]
    way, along = hand_px - end, end - arm.points_px[max(0, len(arm.points_px) - 3)]
    length, step = float(np.linalg.norm(way)), float(np.linalg.norm(along))
    if not 1.0 < length < TO_HAND * arm.radius_px[-1] or way @ along < ONWARD * length * step:
        return np.zeros(2)
    places = np.arange(0.0, 1.0, 1.0 / length)
    x, y = np.floor(end[:, None] + way[:, None] * places - np.reshape(corner, (2, 1))).astype(int)
    hand = left[np.clip(y, 0, left.shape[0] - 1), np.clip(x, 0, left.shape[1] - 1)] < 128
    first = int(hand.argmax())
    return np.asarray(way * (places[first] + OVERLAP * arm.radius_px[-1] / length if first else 0.0))


def _filled(
    read: F64, narrow: F64, in_front: NDArray[np.bool_], arm: ArmAxis, layer: GarmentLayer, K: Mat33
) -> NDArray[np.uint8] | None:
    """Return the ribbon where it is `in_front`, as a soft mask over the layer.

    Its sides (S, 2, 2) are those `read`; `narrow` are those up to which it may hide the arm's own sleeve.
    """
    cuff = arm.from_cuff_m < CUFF_M
    in_front = in_front | (cuff & bool(in_front[~cuff][:1].any()))
    height, width = layer.rgba.shape[:2]
    (x0, y0), (x1, y1) = np.floor(read.min(axis=(0, 1))).astype(int) - 1, np.ceil(read.max(axis=(0, 1))).astype(int) + 2
    box = Region(max(0, x0), max(0, y0), min(width, x1), min(height, y1))
    if box.is_empty or not in_front.any():
        return None
    part = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    sides = read - (box.x0, box.y0), narrow - (box.x0, box.y0)
    hidden = _hidden(sides, (in_front, cuff), arm, layer, box, K)
    if not hidden.any():
        return None
    if arm.sleeved:
        _even_out(hidden, arm, (layer.region.x0 + box.x0, layer.region.y0 + box.y0))
    out = np.zeros((height, width), np.uint8)
    out[part] = hidden
    return out


def _hidden(
    sides: tuple[F64, F64],
    taken: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    arm: ArmAxis,
    layer: GarmentLayer,
    box: Region,
    K: Mat33,
) -> NDArray[np.uint8]:
    """Return how much the arm hides in `box` of the layer.

    `sides` are those read and the narrow ones; `taken` are the stations in front and those at the cuff.
    """
    (read, narrow), (in_front, cuff) = (_pieces(one) for one in sides), taken
    depth_m = layer.depth_m[box.y0 : box.y1, box.x0 : box.x1]
    corner = (layer.region.x0 + box.x0, layer.region.y0 + box.y0)
    radius_m = arm.radius_px * arm.depth_m / K[0, 0]
    out, rest, within = (np.zeros(depth_m.shape, np.uint8) for _ in range(3))
    near_m = np.full(depth_m.shape, -np.inf, np.float32)
    mouth = in_front & (cuff | np.roll(cuff, 1))
    if _fill(out, read, mouth):
        _fill(near_m, read, mouth, arm.depth_m + SOFT_M)
        leave_nearer(out, out, depth_m, _grown(near_m), corner, arm.sleeve_m, np.inf, K)
    if _fill(rest, read, in_front & ~cuff):
        near_m[:] = -np.inf
        _fill(near_m, read, in_front & ~cuff, arm.depth_m - AHEAD * radius_m)
        _fill(within, narrow, in_front & ~cuff)
        leave_nearer(rest, within, depth_m, _grown(near_m), corner, arm.sleeve_m, float(radius_m[0]) + OWN_M, K)
        if arm.upper.any():
            ahead_m = np.where(arm.upper, arm.front_m + (1.0 - AHEAD) * radius_m, -np.inf)
            _fill(near_m, read, in_front & ~cuff, ahead_m)
            _fill(within, _pieces(np.where(arm.upper[:, None, None], sides[1], sides[0])), in_front & ~cuff)
            leave_nearer(rest, within, depth_m, _grown(near_m), corner, arm.sleeve_m, np.inf, K)
    return np.maximum(out, rest)


def _even_out(hidden: NDArray[np.uint8], arm: ArmAxis, corner: tuple[int, int]) -> None:
    """Take the jags out of `hidden` (h, w) about the end of the sleeve, in place: there cloth and arm cut each other.

    By the median, which leaves straight borders as they are.
    """
    around, radius = _about_cuff(arm, corner, EVEN_ABOUT)
    part = np.ascontiguousarray(hidden[around])
    if not part.size:
        return
    hidden[around] = cv2.medianBlur(part, 2 * round(EVEN * radius) + 1)


def _about_cuff(arm: ArmAxis, corner: tuple[int, int], radii: float) -> tuple[tuple[slice, slice], float]:
    """Return what lies about the end of the sleeve, rows and columns from `corner`, and the arm's radius there."""
    cuff = np.abs(arm.from_cuff_m).argmin()
    radius = float(arm.radius_px[cuff])
    x, y = np.round(arm.points_px[cuff]).astype(int) - corner
    reach = round(radii * radius)
    return np.s_[max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)], radius


def _grown(near_m: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.dilate(near_m, np.ones((3, 3), np.uint8)), np.float32)


def _fill(
    plane: NDArray[np.uint8] | NDArray[np.float32],
    pieces: NDArray[np.int32],
    taken: NDArray[np.bool_],
    depth_m: F64 | None = None,
) -> bool:
    """Set `plane` to 255, with smooth edges, or to `depth_m` (S,) in `pieces` between stations both `taken`, in place.

    Piece by piece, because the outline of a bent arm crosses itself at the elbow. Returns whether there was any.
    """
    both = np.flatnonzero(taken[:-1] & taken[1:])
    for s in both:
        value, line = (255.0, cv2.LINE_AA) if depth_m is None else (float(depth_m[s]), cv2.LINE_8)
        cv2.fillConvexPoly(plane, pieces[s], (value,), line, shift=4)
    return len(both) > 0


def _pieces(sides: F64) -> NDArray[np.int32]:
    """Return what lies between `sides` (S, 2, 2), from station to station (S - 1, 4, 2), sixteenths of pixels."""
    corners = np.round((sides - 0.5) * 16).astype(np.int32)
    return np.ascontiguousarray(np.stack([corners[:-1, 0], corners[1:, 0], corners[1:, 1], corners[:-1, 1]], axis=1))
