"""Joints on image rays: closed-form translation and position-based dynamics with fixed bone lengths.

Joints are seen accurately across the image and poorly in depth, so every joint is pulled onto its ray while the
bones keep their lengths and the depth leans on weak springs (position-based dynamics: Mueller et al. 2007).

The twelve joints are shoulders, elbows, wrists, hips, knees and ankles, left before right.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

SHOULDER, ELBOW, WRIST, HIP, KNEE, ANKLE = 0, 2, 4, 6, 8, 10
BONES = np.array(
    [[0, 2], [1, 3], [2, 4], [3, 5], [6, 8], [7, 9], [8, 10], [9, 11]], np.int64
)  # limbs; the torso is the rigid quad below
QUAD = np.array([[0, 1], [6, 7], [0, 6], [1, 7], [0, 7], [1, 6]], np.int64)

SWEEPS = 14
RAY_PULL = 0.8
NETWORK_DEPTH_PULL = 0.08
PREVIOUS_DEPTH_PULL = 0.10


@njit(cache=True, nogil=True)
def translation(points_m: F64, rays: F64, weights: F64) -> F64:
    """Return t (3,) that best puts `points_m` + t (N, 3) on the image rays.

    `rays` (N, 2) are x/-z and y/-z; the residual is linear in t: x + tx = ray_x * -(z + tz).
    """
    normal = np.zeros((3, 3))
    right = np.zeros(3)
    for i in range(points_m.shape[0]):
        for axis in range(2):
            row = np.zeros(3)
            row[axis] = 1.0
            row[2] = rays[i, axis]
            rest = -points_m[i, axis] - rays[i, axis] * points_m[i, 2]
            for a in range(3):
                right[a] += weights[i] * row[a] * rest
                for b in range(3):
                    normal[a, b] += weights[i] * row[a] * row[b]
    for a in range(3):
        normal[a, a] += 1e-9
    return np.linalg.solve(normal, right)


@njit(cache=True, nogil=True)
def place(points_m: F64, rays: F64, weights: F64, farther: float) -> F64:
    """Return the translation (3,) onto the rays, the points' middle `farther` times as far away as fits them best."""
    t = translation(points_m, rays, weights)
    total = np.sum(weights)
    t[2] += (farther - 1.0) * (np.sum(weights * points_m[:, 2]) / total + t[2])
    for axis in range(2):
        t[axis] = np.sum(weights * (-rays[:, axis] * (points_m[:, 2] + t[2]) - points_m[:, axis])) / total
    return t


@njit(cache=True, nogil=True)
def _pull_to_ray(p: F64, shift: F64, ray: F64, weight: float) -> None:
    x, y, z = p[0] + shift[0], p[1] + shift[1], p[2] + shift[2]
    norm = ray[0] * ray[0] + ray[1] * ray[1] + 1.0
    along = (x * ray[0] + y * ray[1] - z) / norm  # the ray's direction is (rx, ry, -1)
    p[0] += weight * (along * ray[0] - x)
    p[1] += weight * (along * ray[1] - y)
    p[2] += weight * (-along - z)


@njit(cache=True, nogil=True)
def _keep_length(p: F64, q: F64, shift: F64, length: float, share_p: float) -> None:
    dx, dy, dz = q[0] - p[0] - shift[0], q[1] - p[1] - shift[1], q[2] - p[2] - shift[2]
    now = np.sqrt(dx * dx + dy * dy + dz * dz)
    if now < 1e-9:
        return
    pull = (now - length) / now
    for axis, d in enumerate((dx, dy, dz)):
        p[axis] += share_p * pull * d
        q[axis] -= (1.0 - share_p) * pull * d


@njit(cache=True, nogil=True)
def solve_points(
    start_m: F64,
    shoulder_shift_m: F64,
    rays: F64,
    weights: F64,
    network_z: F64,
    previous_z: F64,
) -> F64:
    """Return the joints (12, 3) in the camera frame.

    `start_m` (12, 3): layout whose bone lengths hold, the shoulders where a resting clavicle holds them;
    `shoulder_shift_m` (2, 3): how far the clavicle carries each shoulder from there;
    `rays` (12, 2); `weights` (12,) 0..1, exactly 0 for points that are not seen;
    `network_z` (12,): depth that the network believes; `previous_z` (12,) of the frame before, NaN for none.
    """
    p = start_m.copy()
    none = np.zeros(3)
    limb = np.empty(BONES.shape[0])
    for i in range(BONES.shape[0]):
        a, b = BONES[i]
        shift = shoulder_shift_m[a] if a < 2 else none
        limb[i] = np.sqrt(np.sum((start_m[b] - start_m[a] - shift) ** 2))
    quad = np.empty(QUAD.shape[0])
    for i in range(QUAD.shape[0]):
        quad[i] = np.sqrt(np.sum((start_m[QUAD[i, 1]] - start_m[QUAD[i, 0]]) ** 2))
    for _ in range(SWEEPS):
        for i in range(12):
            if weights[i] > 0.0:
                shift = shoulder_shift_m[i] if i < 2 else none
                _pull_to_ray(p[i], shift, rays[i], RAY_PULL * weights[i])
            p[i, 2] += NETWORK_DEPTH_PULL * (network_z[i] - p[i, 2])
            if previous_z[i] == previous_z[i]:
                p[i, 2] += PREVIOUS_DEPTH_PULL * (previous_z[i] - p[i, 2])
        for i in range(QUAD.shape[0]):
            _keep_length(p[QUAD[i, 0]], p[QUAD[i, 1]], none, quad[i], 0.5)
        for i in range(BONES.shape[0]):
            a, b = BONES[i]
            shift = shoulder_shift_m[a] if a < 2 else none
            _keep_length(p[a], p[b], shift, limb[i], 0.25 if a < 2 or 6 <= a < 8 else 0.5)
    return p
