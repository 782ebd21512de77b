"""Rotations of the skeleton's key bones from solved joints: frames, swing, and twist by bend planes (numba)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.pose.rotations import (
    axis_angle,
    between,
    cross,
    dot,
    fraction,
    frame,
    shortest_arc,
    signed_angle,
    unit,
)

F64 = NDArray[np.float64]

# rows of rig.KEY_BONES (checked by a test)
ROOT, SPINE01, NECK01, HEAD = 0, 5, 6, 9
CLAVICLE, UPPERARM01, UPPERARM02, LOWERARM01, LOWERARM02, WRIST_BONE, UPPERLEG01, LOWERLEG01 = range(10, 26, 2)

UNSURE_RAD = np.deg2rad(6.0)  # at this flexion half of the twist is believed
MAX_TWIST_RAD = np.deg2rad(100.0)
MAX_FOREARM_TWIST_RAD = np.deg2rad(80.0)
MAX_HEAD_RAD = np.deg2rad(70.0)
CLAVICLE_FROM_RAD, CLAVICLE_SHARE = np.deg2rad(60.0), 0.3


@njit(cache=True, nogil=True)
def torso_frame(left: F64, right: F64, top: F64, bottom: F64) -> F64:
    """Return the frame with x from `right` to `left` and y near `top` - `bottom`."""
    return frame(left - right, top - bottom)


@njit(cache=True, nogil=True)
def clavicle_rotation(chest: F64, arm_direction: F64) -> F64:
    """Return the clavicle's rotation: it takes 30 % of the arm's elevation above 60 degrees."""
    down = -np.ascontiguousarray(chest[:, 1])
    elevation = np.arccos(min(1.0, max(-1.0, dot(down, unit(arm_direction)))))
    if elevation <= CLAVICLE_FROM_RAD:
        return chest.copy()
    axis = unit(cross(down, arm_direction))
    return axis_angle(axis, CLAVICLE_SHARE * (elevation - CLAVICLE_FROM_RAD)) @ chest


@njit(cache=True, nogil=True)
def spine_rotations(pelvis: F64, chest: F64, out: F64) -> None:
    """Set the root, the five spine bones and leave the rest of `out` (K, 3, 3) alone."""
    out[ROOT] = pelvis
    for i in range(1, SPINE01 + 1):
        out[i] = between(pelvis, chest, i / SPINE01)


@njit(cache=True, nogil=True)
def chain(rotations: F64, heads_m: F64, out: F64) -> None:
    """Set the posed heads of the spine and neck (rows ROOT..HEAD of `out`), the root at the origin."""
    out[ROOT] = 0.0
    for i in range(1, HEAD + 1):
        out[i] = out[i - 1] + rotations[i - 1] @ (heads_m[i] - heads_m[i - 1])


@njit(cache=True, nogil=True)
def limb(parent: F64, rest_upper: F64, rest_lower: F64, hinge: F64, upper: F64, lower: F64) -> tuple[F64, F64, F64]:
    """Return the rotations of the upper bone without twist, with twist, and of the lower bone.

    `upper`, `lower` are the solved directions, `hinge` the rest axis about which the joint flexes.
    """
    swing = shortest_arc(parent @ rest_upper, upper) @ parent
    along, below = unit(upper), unit(lower)
    sine2 = np.sum(cross(along, below) ** 2)
    fade = sine2 / (sine2 + UNSURE_RAD**2)
    twist = 0.0
    if fade > 0.0:
        twist = signed_angle(swing @ hinge, cross(along, below), along)
        twist = fade * min(MAX_TWIST_RAD, max(-MAX_TWIST_RAD, twist))
    twisted = axis_angle(along, twist) @ swing
    return axis_angle(along, 0.5 * twist) @ swing, twisted, shortest_arc(twisted @ rest_lower, lower) @ twisted


@njit(cache=True, nogil=True)
def hand_rotations(
    forearm: F64, rest_across: F64, across: F64, rest_hand: F64, hand: F64, along: F64
) -> tuple[F64, F64]:
    """Return the rotations of the lower forearm (half the twist) and of the wrist (all of it, and its bend)."""
    axis = unit(along)
    twist = signed_angle(forearm @ rest_across, across, axis)
    twist = min(MAX_FOREARM_TWIST_RAD, max(-MAX_FOREARM_TWIST_RAD, twist))
    turned = axis_angle(axis, twist) @ forearm
    return axis_angle(axis, 0.5 * twist) @ forearm, shortest_arc(turned @ rest_hand, hand) @ turned


@njit(cache=True, nogil=True)
def head_rotations(chest: F64, rest_face: F64, face: F64, out: F64) -> None:
    """Set the three neck bones and the head of `out`; `face` (3, 3) is left ear, right ear, nose."""
    goal = _face_frame(face) @ _face_frame(rest_face).T
    turn = goal @ chest.T
    angle = np.arccos(min(1.0, max(-1.0, 0.5 * (turn[0, 0] + turn[1, 1] + turn[2, 2] - 1.0))))
    share = 1.0 if angle < MAX_HEAD_RAD else MAX_HEAD_RAD / angle
    for i in range(NECK01, HEAD + 1):
        out[i] = fraction(turn, share * (i - NECK01 + 1) / 4.0) @ chest


@njit(cache=True, nogil=True)
def _face_frame(face: F64) -> F64:
    across = face[0] - face[1]
    forward = face[2] - 0.5 * (face[0] + face[1])
    return frame(across, cross(forward, across))
