"""Real arms in front of the garment: the picture says where an arm ends, the posed body only where to look.

The arm of a body model never lies on the real one to the pixel, and an own sleeve is wider than it: drawn as an
occluder it leaves wedges of own clothes and paints over real skin. Here the bare part of each arm, from the end of the
drawn sleeve to the wrist, is a ribbon along the posed axis whose borders are read from the picture
(`pipelines.composite.ribbon`). The arm's colours are those of the shopper's skin where it shows, else those of
the sleeve along the axis against what lies beside it; where neither tells, edges and the body's arm remain.

The ribbon begins inside of the sleeve, as deep as its mouth may be seen into: there the arm hides what lies behind it,
and never the sleeve's near side; deeper inside it would bite into the trunk beside the sleeve. Of the arm's own sleeve
the rest of the ribbon hides only what the posed arm is before, and so does the upper arm of all cloth: it hangs from
the shoulder, so that its depth is known, and its borders are often lost where an own sleeve lies beside an own shirt.
It ends where the hand begins that is seen before the layer, for the posed wrist often falls short of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.ribbon import (
    ACROSS,
    REACH,
    best_ribbon,
    edges,
    read_across,
    skin_says,
    sleeve_says,
)
from pipelines.composite.skin import SkinChroma
from pipelines.composite.sleeve import LEAST_SLEEVE, OWN_M, SOFT_M, leave_nearer, sleeve_line
from pipelines.types import CameraFrame, GarmentLayer, Mat33, PointsF32, Region

F64 = NDArray[np.float64]

BELOW_WRIST = 0.1  # the ribbon reaches so far beyond the wrist, in forearms,
ABOVE_CUFF, MOST_ABOVE = 0.1, 0.35  # and into the sleeve, in upper arms, at least and at most,
MOUTH = 0.6  # so much deeper where its mouth faces the camera
TO_HAND, ONWARD = 6.0, 0.4  # radii from the ribbon's end to the hand, and the cosine of its turn there
OVERLAP = 0.5  # radii: how far it goes into the hand
LAST_BARE = 1.8  # a sleeve that ends beyond leaves no arm to be seen
ROUND = 0.2  # the elbow's corner, to either side
NEAREST_M, LEAST_RADIUS_PX, LEAST_LENGTH = 0.2, 2.0, 2.0  # of an arm that can be read; length in radii
SPACING = 0.35  # of the radius, between stations
MOST = 32  # stations
SKIN_SHARE = 0.3  # of the samples about the axis, from which the arm is taken to be bare
CUFF_M = 0.02  # this near to the sleeve's end the cloth must lie behind the axis, else it is that sleeve
AHEAD = 0.5  # of its radius: the skin of an arm on average before its axis
WITHIN = 1.15  # radii: no farther from its axis does an arm hide its own sleeve, into which its border blends
ABOUT_CUFF, THINNEST = 2.0, 0.12  # radii: how far about the end of a sleeve cloth is looked at that is so thin
EVEN_ABOUT, EVEN = 2.5, 0.6  # radii: how far about it jags are taken out, and how large ones
SEEN_BEFORE = 0.25  # mean of the colours' say, from which a bare arm is in front whatever the depths say


@dataclass(frozen=True, slots=True, eq=False)
class ArmAxis:
    """The bare part of one arm in the picture, sleeve's end first."""

    points_px: F64  # (S, 2)
    radius_px: F64  # (S,) of the body's own arm
    depth_m: F64  # (S,) of the axis along -z, as the drawn sleeve has it
    front_m: F64  # (S,) cloth beyond this depth may be behind the arm
    from_cuff_m: F64  # (S,) along the axis from the end of the sleeve
    sleeve_m: F64  # (3, 3) the axis of the sleeve, see `sleeve_line`
    sleeved: bool  # whether there is one
    upper: NDArray[np.bool_]  # (S,) above the elbow


def arm_axis(joints_m: PointsF32, radius_m: F64, bare_from: float, advance_m: float, K: Mat33) -> ArmAxis | None:
    """Return the bare part of an arm, or None where it is too short in the picture to be a ribbon.

    `joints_m` (3, 3) are shoulder, elbow and wrist in the camera frame, `radius_m` (N,) the radius at even steps along
    them; `bare_from` is where the sleeve ends, 1 at the elbow and 2 at the wrist. Cloth counts as behind the arm
    although it is up to `advance_m` nearer, above the elbow by the less the nearer to the shoulder.
    """
    if bare_from > LAST_BARE or joints_m[:, 2].max() > -NEAREST_M:
        return None
    stations = _stations(joints_m.astype(np.float64), radius_m, bare_from, _above_cuff(joints_m, bare_from), K)
    if len(stations) == 0:
        return None
    radius_px, depth_m = stations[:, 3], stations[:, 2]
    place = stations[:, 5]
    front_m = depth_m - advance_m * np.minimum(place, 1.0) - radius_px * depth_m / K[0, 0]
    points = np.ascontiguousarray(stations[:, :2])
    line, sleeved = sleeve_line(joints_m, bare_from), bare_from >= LEAST_SLEEVE
    return ArmAxis(points, radius_px.copy(), depth_m, front_m, stations[:, 4], line, sleeved, place < 1.0)


def _above_cuff(joints_m: PointsF32, bare_from: float) -> float:
    """Return how far above the sleeve's end, in upper arms, its mouth may be seen into.

    That is the deeper, the more the mouth faces the camera.
    """
    first = 0 if bare_from <= 1.0 else 1
    along = (joints_m[first + 1] - joints_m[first]).astype(np.float64)
    end = joints_m[first] + (bare_from - first) * along
    faces = -float(along @ end) / max(1e-9, float(np.linalg.norm(along) * np.linalg.norm(end)))
    return min(MOST_ABOVE, ABOVE_CUFF + MOUTH * max(0.0, faces))


@njit(cache=True, nogil=True)
def _stations(joints_m: F64, radius_m: F64, bare_from: float, above: float, K: F64) -> F64:
    """Return (S, 6) pixels, depth, radius in pixels, metres from the cuff and place; none if the arm is too short."""
    place = np.linspace(max(0.0, bare_from - above), 2.0 + BELOW_WRIST, 4 * MOST)
    line, travelled, along, radius_px = _lay(joints_m, radius_m, place, K)
    mean_px = radius_px.mean()
    if not LEAST_RADIUS_PX < mean_px or along[-1] < LEAST_LENGTH * mean_px:
        return np.empty((0, 6))
    count = int(min(float(MOST), along[-1] / (SPACING * mean_px)))
    at = np.searchsorted(along, np.linspace(0.0, along[-1], count))
    cuff_m = travelled[min(int(np.searchsorted(place, bare_from)), len(place) - 1)]
    out = np.empty((count, 6))
    for s in range(count):
        k = min(at[s], len(place) - 1)
        out[s, :3], out[s, 3], out[s, 4], out[s, 5] = line[k], radius_px[k], travelled[k] - cuff_m, place[k]
    return out


@njit(cache=True, nogil=True)
def _lay(joints_m: F64, radius_m: F64, place: F64, K: F64) -> tuple[F64, F64, F64, F64]:
    """Return the arm at `place` (N,), its corner at the elbow rounded.

    Pixels and depth (N, 3), the way there in metres (N,) and in pixels (N,), and the radius in pixels (N,).
    """
    count, even = len(place), len(radius_m) - 1
    line, travelled, along, radius = np.empty((count, 3)), np.zeros(count), np.zeros(count), np.empty(count)
    here, before = np.empty(3), np.empty(3)
    for n in range(count):
        bend = min(max((place[n] - 1.0 + ROUND) / (2.0 * ROUND), 0.0), 1.0)  # 0 above the elbow, 1 below it
        beyond = place[n] - 1.0 if place[n] > 1.0 + ROUND else ROUND * bend * bend  # integral of bend over the place
        for c in range(3):
            upper, lower = joints_m[1, c] - joints_m[0, c], joints_m[2, c] - joints_m[1, c]
            here[c] = joints_m[0, c] + (place[n] - beyond) * upper + beyond * lower
        depth = -here[2]
        line[n, 0], line[n, 1], line[n, 2] = (
            K[0, 2] + K[0, 0] * here[0] / depth,
            K[1, 2] - K[1, 1] * here[1] / depth,
            depth,
        )
        step = min(max(place[n] / 2.0, 0.0), 1.0) * even
        k = min(int(step), even - 1)
        radius[n] = (radius_m[k] + (step - k) * (radius_m[k + 1] - radius_m[k])) * K[0, 0] / depth
        if n:
            travelled[n] = travelled[n - 1] + np.sqrt(np.sum((here - before) ** 2))
            along[n] = along[n - 1] + np.hypot(line[n, 0] - line[n - 1, 0], line[n, 1] - line[n - 1, 1])
        before[:] = here
    return line, travelled, along, radius


def arm_occlusion(
    frame: CameraFrame,
    layer: GarmentLayer,
    arm: ArmAxis,
    skin: SkinChroma,
    clothes: SkinChroma | None,
    hand_px: F64 | None = None,
    left: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8] | None:
    """Return how much (h, w) of each of the layer's pixels the arm hides, 255 all; None where it hides none.

    `skin` and `clothes` are the shopper's own colours; `clothes` is None where they do not part. `hand_px` (2,) is the
    middle of the hand where that is seen before the layer, of which the hands leave `left` (h, w): the arm reaches it.
    """
    normals = _normals(arm.points_px)
    corner = (layer.region.x0, layer.region.y0)
    slivers = _slivers(layer, arm) if arm.sleeved else None
    if not _meets_cloth(layer.rgba, corner, arm.points_px, normals, arm.radius_px, arm.from_cuff_m):
        return slivers
    across = read_across(frame.y, frame.u, frame.v, arm.points_px, normals, arm.radius_px)
    says, bare = None, False
    if clothes is not None:
        says = skin_says(across, skin.mean, skin.precision(), clothes.mean, clothes.precision())
        core = says[:, REACH - ACROSS // 2 : REACH + ACROSS // 2 + 1]
        bare = bool((core > 0.0).mean() > SKIN_SHARE)
    if says is None or not bare:
        says = sleeve_says(across)
    borders = best_ribbon(says, edges(across))
    in_front = _cloth_depth(layer.depth_m, corner, arm.points_px) > arm.front_m
    if bare:
        in_front |= _mean_inside(says, borders) > SEEN_BEFORE
    edge = (borders - 0.5 - REACH) / ACROSS
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
def _normals(points: F64) -> F64:
    """Return unit vectors (S, 2) across the line of `points` (S, 2)."""
    out, last = np.empty_like(points), len(points) - 1
    for s in range(last + 1):
        x, y = points[min(s + 1, last)] - points[max(s - 1, 0)]
        length = max(np.hypot(x, y), 1e-6)
        out[s, 0], out[s, 1] = -y / length, x / length
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
