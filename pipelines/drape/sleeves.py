"""An arm turns inside of its sleeve: the cloth swings with the upper arm, but does not twist with it."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.garment.worn import Shoulders
from pipelines.types import Transforms

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]


def untwisted(T: Transforms, shoulders: Shoulders) -> Transforms:
    """Return the bones `T` (B, 4, 4) with the twist of `shoulders` against their parents taken out."""
    out = T.copy()
    _untwist(T, shoulders.bones, shoulders.parents, shoulders.heads_m, shoulders.axes, out)
    return out


@njit(cache=True, nogil=True)
def _untwist(T: Transforms, bones: Indices, parents: Indices, heads: Floats, axes: Floats, out: Transforms) -> None:
    for n in range(bones.shape[0]):
        R, above = np.ascontiguousarray(T[bones[n], :3, :3]), np.ascontiguousarray(T[parents[n], :3, :3])
        axis, head = axes[n].copy(), heads[n].copy()
        along, before = _unit(R @ axis), _unit(above @ axis)
        side = np.zeros(3, np.float32)  # some direction square to the bone at rest
        side[int(np.argmin(np.abs(axis)))] = 1.0
        side = _unit(side - np.sum(side * axis) * axis)
        swung = _arc(before, along) @ (above @ side)
        turned = R @ side
        angle = math.atan2(np.sum(along * np.cross(swung, turned)), np.sum(swung * turned))
        back = _about(along, -angle)
        place = R @ head + T[bones[n], :3, 3]
        turned_back = back @ R
        out[bones[n], :3, :3] = turned_back
        out[bones[n], :3, 3] = place - turned_back @ head


@njit(cache=True, nogil=True)
def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.float32(math.sqrt(np.sum(v * v)) + 1e-12))


@njit(cache=True, nogil=True)
def _about(axis: Floats, angle: float) -> Floats:
    """Return the rotation (3, 3) by `angle` about the unit `axis` (Rodrigues)."""
    x, y, z = axis
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]).astype(np.float32)
    turn = np.eye(3).astype(np.float32) + np.float32(math.sin(angle)) * K
    return np.asarray(turn + np.float32(1.0 - math.cos(angle)) * (K @ K))


@njit(cache=True, nogil=True)
def _arc(before: Floats, along: Floats) -> Floats:
    """Return the shortest rotation (3, 3) that takes one unit vector to another."""
    axis = np.cross(before, along)
    sine = math.sqrt(np.sum(axis * axis))
    if sine < 1e-6:
        return np.eye(3).astype(np.float32)
    return _about(axis / np.float32(sine), math.atan2(sine, np.sum(before * along)))
