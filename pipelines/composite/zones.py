"""Where own clothes beside a drawn top are looked for: about trunk and sleeves, not about neck, hands and bared arms.

All of it is at half the picture's size.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.sleeve import LEAST_SLEEVE

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

ASIDE_M = 0.15  # about the lines of trunk and arms
BULKY_M = 0.13  # about the line of an arm: there it may be, in a bulky sleeve
HAND_M, HAND = 0.13, 0.4  # about hands' middles, and wrists that are bare; these beyond the wrist, in forearms
INWARD, THROAT = 0.5, 0.3  # of the way from the middle to a shoulder: there the neckline ends; above NAPE_M, there
NAPE_M = 0.11  # above the shoulders
ARMHOLE = 0.35  # of the trunk: where the sides begin of what has no sleeves
SLEEVE_M = 0.09  # from the line of a drawn sleeve, away from the trunk
FOREARM, SLEEVE = 2, 3  # about a bare arm that is painted; beside a drawn sleeve, where no hips are; 1 elsewhere


def zone_of(
    shape: tuple[int, int], joints: F64, bare_from: tuple[float, float], bared: tuple[bool, bool], metre: float
) -> U8:
    """Return where (h, w) is looked: 1, FOREARM or SLEEVE; 0 nowhere.

    `joints` (4, 2, 2) are those of a `View`, `metre` one on the person, in pixels of `shape`; drawn sleeves end at
    `bare_from`, from there on arms may be `bared`.
    """
    zone = np.zeros(shape, np.uint8)
    _allow(zone, joints, bare_from, metre)
    _forbid(zone, joints, bare_from, bared, metre)
    return zone


def _allow(zone: U8, joints: F64, bare_from: tuple[float, float], metre: float) -> None:
    """Paint into `zone` (h, w) what is about trunk and sleeves; `joints` (4, 2, 2) are those of a `View`."""
    shoulders, hips, elbows, wrists = joints
    collar = _collar(joints, INWARD)
    for side in range(2):
        lines = [[collar[side], shoulders[side], hips[side]], [shoulders[side], elbows[side]]]
        if bare_from[side] < LEAST_SLEEVE:
            lines = [[shoulders[side] + ARMHOLE * (hips[side] - shoulders[side]), hips[side]]]
        elif bare_from[side] > 1.0:
            lines[1].append(wrists[side])
        for line in lines:
            whole = np.array(line).round().astype(np.int32)
            cv2.polylines(zone, [whole], False, (1,), max(1, round(2.0 * ASIDE_M * metre)))
    middle = middle_of(np.concatenate([shoulders.mean(0, keepdims=True), hips.mean(0, keepdims=True)]))
    for side in range(2):
        if bare_from[side] > 1.0:
            across = _across(elbows[side], wrists[side]) * SLEEVE_M * metre
            across *= np.copysign(1.0, across @ (elbows[side] - middle))
            _fill(zone, [elbows[side], elbows[side] + across, wrists[side] + across, wrists[side]], SLEEVE)


def _forbid(zone: U8, joints: F64, bare_from: tuple[float, float], bared: tuple[bool, bool], metre: float) -> None:
    """Take the neck, hands and bare arms out of `zone` (h, w); about those that are painted is FOREARM."""
    shoulders, hips, elbows, wrists = joints
    up = middle_of(shoulders) - middle_of(hips)
    up *= metre / max(1.0, float(np.hypot(*up)))
    collar, throat = _collar(joints, INWARD), _collar(joints, THROAT)
    bulky = BULKY_M * metre
    for side in range(2):
        if bare_from[side] <= 1.0:
            _limb(zone, elbows[side], wrists[side], bulky, FOREARM if bared[side] else 0)
    _fill(zone, [*collar, *(collar[::-1] + NAPE_M * up)])
    _fill(zone, [*throat, *(throat[::-1] + 2.0 * ASIDE_M * up)])
    for side in range(2):
        shoulder, elbow, wrist = shoulders[side], elbows[side], wrists[side]
        if bare_from[side] < LEAST_SLEEVE:
            cv2.circle(zone, _whole(shoulder), round(bulky), (0,), -1)
            cv2.circle(zone, _whole(elbow), round(bulky), (0,), -1)
            _limb(zone, shoulder, elbow, bulky)
        for middle in (wrist, wrist + HAND * (wrist - elbow))[bare_from[side] > 1.0 :]:
            cv2.circle(zone, _whole(middle), round(HAND_M * metre), (0,), -1)


def middle_of(points: F64) -> F64:
    """Return the middle (2,) of two points (2, 2)."""
    return np.asarray(0.5 * (points[0] + points[1]), np.float64)


def _collar(joints: F64, inward: float) -> F64:
    """Return the points (2, 2) so far from the middle to the shoulders."""
    middle = middle_of(joints[0])
    return np.asarray(middle + inward * (joints[0] - middle), np.float64)


def _limb(zone: U8, a: F64, b: F64, half: float, value: int = 0) -> None:
    """Paint `value` about a limb from `a` to `b` into `zone`, `half` of its width."""
    across = half * _across(a, b)
    _fill(zone, [a - across, a + across, b + across, b - across], value)


def _across(a: F64, b: F64) -> F64:
    """Return the way across that from `a` to `b`, of length 1."""
    way = (b - a) / max(1.0, float(np.hypot(*(b - a))))
    return np.array([-way[1], way[0]])


def _fill(zone: U8, corners: Sequence[F64], value: int = 0) -> None:
    cv2.fillConvexPoly(zone, np.array(corners).round().astype(np.int32), (value,))


def _whole(point: F64) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
