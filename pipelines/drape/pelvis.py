"""What cloth that is simulated in the frame of the pelvis feels of the pelvis' own motion."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]

TOP_M_S, TOP_RAD_S = 3.0, 6.0  # what is faster is no motion of a body
TOP_M_S2, TOP_RAD_S2 = 12.0, 30.0
NEW = 0.5  # share of a velocity that is taken from this frame


@njit(cache=True, nogil=True)
def felt(
    T_cam_root: tuple[F64, F64], velocity: tuple[F64, F64], dt_s: float, gravity_m_s2: float, share: float
) -> tuple[F64, F64, F64, F64]:
    """Return the acceleration field in the pelvis frame, constant (3,) and gradient (3, 3), and the pelvis' velocities.

    `T_cam_root` are the pelvis (4, 4) now and `dt_s` ago, `velocity` its velocity (3,) m/s and its spin (3,) rad/s
    then, in the camera's axes; the cloth feels `share` of its acceleration.
    """
    R = np.ascontiguousarray(T_cam_root[0][:3, :3])
    back = np.ascontiguousarray(R.T)
    turn = R @ np.ascontiguousarray(T_cam_root[1][:3, :3].T)
    spin = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / (2 * dt_s)
    moved = (T_cam_root[0][:3, 3] - T_cam_root[1][:3, 3]) / dt_s
    linear = (1 - NEW) * velocity[0] + NEW * _capped(moved, TOP_M_S)
    angular = (1 - NEW) * velocity[1] + NEW * _capped(spin, TOP_RAD_S)
    force = np.array([0.0, -gravity_m_s2, 0.0]) - share * _capped((linear - velocity[0]) / dt_s, TOP_M_S2)
    bend = _cross(_capped((angular - velocity[1]) / dt_s, TOP_RAD_S2)) + _cross(angular) @ _cross(angular)
    return back @ force, -share * (back @ bend @ R), linear, angular


@njit(cache=True, nogil=True)
def _capped(vector: F64, top: float) -> F64:
    length = np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
    return np.asarray(vector * min(1.0, top / (length + 1e-12)))


@njit(cache=True, nogil=True)
def _cross(w: F64) -> F64:
    return np.array([[0.0, -w[2], w[1]], [w[2], 0.0, -w[0]], [-w[1], w[0], 0.0]], np.float64)
