"""Nine real spherical harmonics: the light of a frame as irradiance over pi, in linear RGB.

Order and constants follow Ramamoorthi and Hanrahan, "An Efficient Representation for Irradiance
Environment Maps" (2001): 1, y, z, x, xy, yz, 3z²-1, xz, x²-y². The cosine lobe is already folded into
the coefficients, so shading is albedo times their sum.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import Sh9

C0 = 0.282095
C1 = 0.488603
C2_MIXED = 1.092548
C2_AXIS = 0.315392
C2_DIFF = 0.546274


@njit(cache=True, nogil=True)
def sh_basis(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the nine basis values (N, 9) of unit `normals` (N, 3)."""
    basis = np.empty((normals.shape[0], 9), np.float32)
    for i in range(normals.shape[0]):
        x, y, z = normals[i, 0], normals[i, 1], normals[i, 2]
        basis[i, 0] = C0
        basis[i, 1] = C1 * y
        basis[i, 2] = C1 * z
        basis[i, 3] = C1 * x
        basis[i, 4] = C2_MIXED * x * y
        basis[i, 5] = C2_MIXED * y * z
        basis[i, 6] = C2_AXIS * (3.0 * z * z - 1.0)
        basis[i, 7] = C2_MIXED * x * z
        basis[i, 8] = C2_DIFF * (x * x - y * y)
    return basis


def light_from(direction: tuple[float, float, float], ambient: float, key: float) -> Sh9:
    """Return a white light: `ambient` from everywhere plus a distant `key` from `direction`.

    Both are irradiance over pi; `key` is what a surface facing the light receives from it.
    """
    aim = np.asarray([direction], np.float64) / np.linalg.norm(direction)
    coefficients = np.array([ambient, key]) @ lamp_harmonics(aim.astype(np.float32))
    return np.repeat(coefficients[:, None], 3, axis=1).astype(np.float32)


def lamp_harmonics(aims: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the harmonics (1 + N, 9) of an ambient light, then of distant lamps at unit `aims` (N, 3), all of 1."""
    lobe = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], [1, 3, 5])  # max(cos, 0), band by band
    ambient = np.zeros((1, 9))
    ambient[0, 0] = 1.0 / C0
    return np.concatenate([ambient, lobe * sh_basis(aims)])


DEFAULT_LIGHT: Sh9 = light_from((0.25, 0.75, 0.6), ambient=0.5, key=0.45)
DEFAULT_LIGHT.setflags(write=False)


def directions(count: int) -> NDArray[np.float32]:
    """Return `count` directions (count, 3) spread evenly: the Fibonacci sphere."""
    k = np.arange(count) + 0.5
    turn, height = k * np.pi * (3.0 - 5.0**0.5), 1.0 - 2.0 * k / count
    ring = np.sqrt(1.0 - height * height)
    return np.asarray(np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], axis=1), np.float32)


_ALL_AROUND = sh_basis(directions(128))[:, 1:]


def without_negative(light: Sh9, floor: float) -> Sh9:
    """Return `light` with its bands 1 and 2 shrunk until no direction gets less than `floor` of the mean."""
    mean = np.maximum(light[0] * C0, 1e-6)
    dip = -(_ALL_AROUND @ light[1:]).min(axis=0)
    shrink = np.clip((1.0 - floor) * mean / np.maximum(dip, 1e-9), 0.0, 1.0).min()
    return np.asarray(np.concatenate([mean[None] / C0, light[1:] * shrink]), np.float32)
