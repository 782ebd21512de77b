"""Small rotation kernels (numba): frames from points, shortest arcs, axis-angle, interpolation."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def unit(a: F64) -> F64:
    """Return `a` (3,) at length 1; +x where it has no length."""
    length = np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
    if length < 1e-9:
        return np.array([1.0, 0.0, 0.0])
    out: F64 = a / length
    return out


@njit(cache=True, nogil=True)
def cross(a: F64, b: F64) -> F64:
    """Return a x b."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@njit(cache=True, nogil=True)
def dot(a: F64, b: F64) -> float:
    """Return the inner product of two 3-vectors."""
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


@njit(cache=True, nogil=True)
def axis_angle(axis: F64, angle_rad: float) -> F64:
    """Return the (3, 3) rotation about the unit `axis` (Rodrigues)."""
    x, y, z = axis[0], axis[1], axis[2]
    s, c = np.sin(angle_rad), np.cos(angle_rad)
    t = 1.0 - c
    return np.array(
        [
            [t * x * x + c, t * x * y - s * z, t * x * z + s * y],
            [t * x * y + s * z, t * y * y + c, t * y * z - s * x],
            [t * x * z - s * y, t * y * z + s * x, t * z * z + c],
        ]
    )


@njit(cache=True, nogil=True)
def shortest_arc(a: F64, b: F64) -> F64:
    """Return the smallest rotation that takes the direction of `a` to that of `b`."""
    a, b = unit(a), unit(b)
    axis = cross(a, b)
    sine = np.sqrt(dot(axis, axis))
    if sine < 1e-9:
        if dot(a, b) > 0:
            return np.eye(3)
        other = np.array([0.0, 0.0, 1.0]) if abs(a[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
        return axis_angle(unit(cross(a, other)), np.pi)
    return axis_angle(axis / sine, np.arctan2(sine, dot(a, b)))


@njit(cache=True, nogil=True)
def frame(x_axis: F64, y_hint: F64) -> F64:
    """Return the right-handed frame (columns x, y, z) with x along `x_axis` and y near `y_hint`."""
    x = unit(x_axis)
    z = unit(cross(x, y_hint))
    out = np.empty((3, 3))
    out[:, 0] = x
    out[:, 1] = cross(z, x)
    out[:, 2] = z
    return out


@njit(cache=True, nogil=True)
def fraction(rotation: F64, share: float) -> F64:
    """Return `rotation` (3, 3) carried out to `share` (0 none .. 1 whole), about its own axis."""
    cosine = min(1.0, max(-1.0, 0.5 * (rotation[0, 0] + rotation[1, 1] + rotation[2, 2] - 1.0)))
    axis = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    if np.sqrt(dot(axis, axis)) < 1e-9:
        return np.eye(3)
    return axis_angle(unit(axis), np.arccos(cosine) * share)


@njit(cache=True, nogil=True)
def between(a: F64, b: F64, share: float) -> F64:
    """Return the rotation `share` of the way from `a` to `b`, along the geodesic."""
    return fraction(b @ a.T, share) @ a


@njit(cache=True, nogil=True)
def signed_angle(a: F64, b: F64, axis: F64) -> float:
    """Return the angle from `a` to `b` about the unit `axis`, both taken square to it, in radians."""
    a = a - axis * dot(a, axis)
    b = b - axis * dot(b, axis)
    return float(np.arctan2(dot(axis, cross(a, b)), dot(a, b)))
