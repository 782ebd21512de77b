"""Trouser legs as wide as the own ones, where those are a little wider or stand a little to a side.

The pose network puts a leg a centimetre or two beside where it is, and own trousers may be looser than the garment:
a strip of them would be left to see. Where the person's matte shows the sides of a leg, the garment's leg moves so
far to a side that no strip is left, and only what is then still left on both sides widens it. WIDEST_M of that tell
nothing of a garment's size; own clothes that are much wider stay to be seen, and so they do beside the trunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.body.conform import distance_to, project, walk_out
from pipelines.body.model import Body
from pipelines.far_side import ROUND_FROM
from pipelines.garment.package import TROUSERS
from pipelines.garment.worn import WornGarment
from pipelines.types import JOINTS, BodyPose, CameraFrame, MatteU8, PointsF32

F64 = NDArray[np.float64]

PLACES = np.array([ROUND_FROM, 0.55, 0.7, 0.85, 1.0, 1.15, 1.3, 1.45, 1.6, 1.75])  # 0 hip, 1 knee, 2 ankle
STEP = 0.15
ASIDE_M, WIDEST_M = 0.03, 0.01  # what a leg moves to a side, and is widened on each, at most …
MUCH_WIDER_M = 0.04  # … but not where own clothes are so much wider
SEEN_M = 0.06  # an outline farther outside is not that of this leg
OTHER_M = 0.07  # nor one so near to the axis of the other
OVERLAP_M = 0.002  # beyond the outline
SHORTENED = 0.5  # of its length: a leg that points at the camera so much shows no sides
SETTLE_S = 0.25
LEFT_M = 0.03  # own clothes that stand out so far beside the garment are seen there
SHOWN_FROM, SHOWN_TO, SHOWN_S = 0.35, 0.20, 1.0  # of the sides of legs, where the shopper is told; over so long
LEGS = [[JOINTS.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")] for side in ("left", "right")]
LEFT, RIGHT = 0, 1  # of the picture


@dataclass(frozen=True, slots=True, eq=False)
class LegCloth:
    """Where the vertices of a garment lie along the legs."""

    leg: NDArray[np.int64]  # (V,) 0 left, 1 right
    along: F64  # (V,) 0 at the hip, 1 at the knee, 2 at the ankle; less than PLACES[0] where the legs are not apart

    @staticmethod
    def of(body: Body, worn: WornGarment) -> LegCloth | None:
        """Return where the vertices of `worn` lie on the legs of `body`; None where it is no pair of trousers."""
        if worn.package.category not in TROUSERS:
            return None
        model, rest_m = body.model, worn.rest_m
        leg = np.where(rest_m[:, 0] >= 0.0, 0, 1)
        along = np.zeros(len(rest_m))
        for n, side in enumerate("LR"):
            hip, knee, ankle = body.heads_m[[model.bone(f"{b}.{side}") for b in ("upperleg01", "lowerleg01", "foot")]]
            thigh, calf = (_share(rest_m, a, b) for a, b in ((hip, knee), (knee, ankle)))
            along = np.where(leg == n, np.where(thigh < 1.0, thigh, 1.0 + np.maximum(calf, 0.0)), along)
        return LegCloth(leg, along)


def _share(points: PointsF32, a: PointsF32, b: PointsF32) -> F64:
    """Return how far (N,) of the way from `a` to `b` the points lie."""
    return np.asarray((points - a) @ (b - a) / ((b - a) @ (b - a)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class LegOutline:
    """How far the sides of trouser legs move, remembered from frame to frame."""

    moves_m: F64  # (2, P, 2) of each leg at PLACES: its left and its right side in the picture, toward the right
    at_s: float = -1.0
    beside: float = 0.0  # along how much of the legs' sides own clothes stay to be seen, 0..1
    shown: bool = False  # that is so much that the shopper should be told

    @staticmethod
    def none() -> LegOutline:
        """Return the outline that changes nothing."""
        return LegOutline(np.zeros((2, len(PLACES), 2)))


def follow_outline(
    vertices_m: PointsF32,
    cloth: LegCloth,
    pose: BodyPose,
    frame: CameraFrame,
    matte: MatteU8 | None,
    known: LegOutline,
) -> tuple[PointsF32, LegOutline]:
    """Return the garment's vertices (V, 3), its legs led toward the outline of the own ones, and what is remembered.

    Without a matte they go where they were led before.
    """
    joints_px = np.stack([project(pose.joints_m[leg], frame.K) for leg in LEGS])
    sides_px = _sides(project(vertices_m, frame.K), cloth.leg, cloth.along, joints_px, PLACES)
    if matte is not None:
        known = _measured(matte, joints_px, sides_px, pose, frame, known)
    places = joints_px, sides_px, known.moves_m
    return _moved(vertices_m, cloth.leg, cloth.along, *places, frame.K, PLACES), known


def _measured(
    matte: MatteU8, joints_px: F64, sides_px: F64, pose: BodyPose, frame: CameraFrame, known: LegOutline
) -> LegOutline:
    """Return `known` led toward what the person matte shows in this frame."""
    scale = matte.shape[1] / frame.width_px
    metre_px = frame.K[0, 0] * scale / max(0.1, -float(pose.joints_m[0, 2]))
    left_over_px = _left_over(matte, joints_px * scale, sides_px * scale, _lengths(pose) * metre_px, metre_px, PLACES)
    left_over = left_over_px / metre_px
    elapsed_s = max(0.0, frame.captured_s - known.at_s)
    gain = 1.0 if known.at_s < 0 else 1.0 - float(np.exp(-elapsed_s / SETTLE_S))
    moves = known.moves_m + gain * (_smoothed(_moves(_bridged(left_over))) - known.moves_m)
    beside = known.beside
    if known.at_s >= 0:
        beside += (1.0 - float(np.exp(-elapsed_s / SHOWN_S))) * (float((left_over > LEFT_M).mean()) - beside)
    shown = beside > (SHOWN_TO if known.shown else SHOWN_FROM)
    return LegOutline(moves, frame.captured_s, beside, shown)


def _lengths(pose: BodyPose) -> F64:
    """Return the lengths of thigh and calf (2, 2) of each leg, metres."""
    return np.asarray(np.linalg.norm(np.diff(pose.joints_m[np.array(LEGS)], axis=1), axis=2), np.float64)


def _bridged(left_over: F64) -> F64:
    """Return what is left over (2, P, 2) also where it is not seen: as at the nearest places of that side."""
    out = left_over.copy()
    for leg in range(2):
        for side in (LEFT, RIGHT):
            known = np.flatnonzero(np.isfinite(left_over[leg, :, side]))
            if len(known):
                out[leg, :, side] = np.interp(np.arange(len(PLACES)), known, left_over[leg, known, side])
    return out


def _moves(left_over: F64) -> F64:
    """Return how far each side is to move toward the right (2, P, 2), where so much is left over (2, P, 2).

    What is left over is outward, metres, negative where the garment hangs over, NaN where it is not known.
    """
    known = np.isfinite(left_over)
    over = np.where(known, left_over + OVERLAP_M, 0.0)
    left, right = over[..., LEFT], over[..., RIGHT]
    both = known.all(axis=-1)
    aside = np.where(right > left, np.minimum(right, 0.5 * (right - left)), -np.minimum(left, 0.5 * (left - right)))
    aside = np.where(both & (np.maximum(left, right) > 0.0), np.clip(aside, -ASIDE_M, ASIDE_M), 0.0)
    wider = np.stack([left + aside, right - aside], axis=-1)
    fade = np.clip((MUCH_WIDER_M - wider) / (MUCH_WIDER_M - WIDEST_M), 0.0, 1.0)
    wider = fade * np.clip(wider, 0.0, WIDEST_M)
    return np.stack([aside - wider[..., LEFT], aside + wider[..., RIGHT]], axis=-1)


def _smoothed(moves: F64) -> F64:
    """Return `moves` (2, P, 2) smoothed along the legs, none at their beginning."""
    padded = np.concatenate([np.zeros((2, 1, 2)), moves[:, 1:], moves[:, -1:]], axis=1)
    smooth = padded.copy()
    smooth[:, 1:-1] = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return smooth[:, :-1]


@njit(cache=True, nogil=True)
def _axis_at(joints: F64, place: float) -> tuple[float, float, float, float]:
    """Return the point of a leg `joints` (3, 2) at `place`, and the direction square to it, right where it hangs."""
    first = 0 if place < 1.0 else 1
    part, dx, dy = place - first, joints[first + 1, 0] - joints[first, 0], joints[first + 1, 1] - joints[first, 1]
    length = max(1e-6, np.sqrt(dx * dx + dy * dy))
    return joints[first, 0] + part * dx, joints[first, 1] + part * dy, dy / length, -dx / length


@njit(cache=True, nogil=True)
def _sides(uv: F64, leg: NDArray[np.int64], along: F64, joints: F64, places: F64) -> F64:
    """Return where the garment's legs end left and right of their axes (2, P, 2), pixels; infinite where none is."""
    out = np.empty((2, places.size, 2))
    out[:, :, LEFT], out[:, :, RIGHT] = np.inf, -np.inf
    for i in range(uv.shape[0]):
        place = int(np.floor((along[i] - places[0]) / STEP + 0.5))
        if place < 0 or place >= places.size:
            continue
        x, y, rx, ry = _axis_at(joints[leg[i]], along[i])
        across = (uv[i, 0] - x) * rx + (uv[i, 1] - y) * ry
        out[leg[i], place, LEFT] = min(out[leg[i], place, LEFT], across)
        out[leg[i], place, RIGHT] = max(out[leg[i], place, RIGHT], across)
    return out


@njit(cache=True, nogil=True)
def _left_over(matte: NDArray[np.uint8], joints: F64, sides: F64, lengths: F64, metre: float, places: F64) -> F64:
    """Return how far (2, P, 2) the outline lies outside of the garment's sides, pixels of `matte`; NaN where unseen."""
    out = np.full(sides.shape, np.nan)
    for leg in range(2):
        for p in range(places.size):
            part = 0 if places[p] < 1.0 else 1
            seen = joints[leg, part + 1] - joints[leg, part]
            half = 0.5 * (sides[leg, p, RIGHT] - sides[leg, p, LEFT])
            if not 1.0 < half < 1e4 or np.sqrt((seen * seen).sum()) < SHORTENED * lengths[leg, part]:
                continue
            x, y, rx, ry = _axis_at(joints[leg], places[p])
            middle = 0.5 * (sides[leg, p, LEFT] + sides[leg, p, RIGHT])
            x, y = x + middle * rx, y + middle * ry
            for side in range(2):
                dx, dy = (rx, ry) if side == RIGHT else (-rx, -ry)
                found = walk_out(matte, x, y, dx, dy, int(half + SEEN_M * metre) + 2)
                if found > 0.0 and distance_to(x + found * dx, y + found * dy, joints[1 - leg]) >= OTHER_M * metre:
                    out[leg, p, side] = found - half
    return out


@njit(cache=True, nogil=True)
def _moved(
    points: PointsF32,
    leg: NDArray[np.int64],
    along: F64,
    joints: F64,
    sides: F64,
    moves: F64,
    K: F64,
    places: F64,
) -> PointsF32:
    """Return `points` (V, 3) moved square to their leg in the picture: between its sides, in proportion."""
    out = points.copy()
    for i in range(points.shape[0]):
        if along[i] <= places[0]:
            continue
        at = min(places.size - 1.001, (along[i] - places[0]) / STEP)
        row, n = int(at), leg[i]
        left = moves[n, row, LEFT] + (at - row) * (moves[n, row + 1, LEFT] - moves[n, row, LEFT])
        right = moves[n, row, RIGHT] + (at - row) * (moves[n, row + 1, RIGHT] - moves[n, row, RIGHT])
        low, high = sides[n, row, LEFT], sides[n, row, RIGHT]
        depth = max(0.1, -float(points[i, 2]))
        u, v = K[0, 2] + K[0, 0] * points[i, 0] / depth, K[1, 2] - K[1, 1] * points[i, 1] / depth
        x, y, rx, ry = _axis_at(joints[n], along[i])
        share = 0.5
        if high > low:
            share = min(1.0, max(0.0, ((u - x) * rx + (v - y) * ry - low) / (high - low)))
        move = left + share * (right - left)
        out[i, 0] += move * rx
        out[i, 1] -= move * ry
    return out
