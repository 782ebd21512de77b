"""Extended position-based dynamics of cloth, one thread, in place.

Macklin et al., "XPBD: Position-Based Simulation of Compliant Constrained Dynamics" (2016), with one
Gauss-Seidel sweep a substep ("Small Steps in Physics Simulation", 2019). All masses are equal, so a
constraint's compliance enters as a dimensionless softness s = compliance * mass / h^2.

All arrays are float32 and C-contiguous, indices int32; positions in metres.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]
_F = np.float32
_Axis = tuple[_F, _F, _F, _F, _F, _F, _F, _F, _F]

# No "nnan"/"ninf": the solver tests its own result for NaN.
_FAST = {"contract", "arcp", "reassoc", "nsz"}
_TINY = np.float32(1e-9)
_TINY2 = np.float32(1e-18)
LOYAL, LOYAL_ACROSS = np.float32(0.7), np.float32(0.4)  # of the squared distance to the face of the last frame counts
PRESS = np.float32(0.4)  # share of the way toward its own skin that pressed cloth goes at once: all of it trembles
REACH_M = np.float32(0.05)  # the middle of a face of another limb that is met


@njit(cache=True, nogil=True, fastmath=_FAST)
def rest_lengths(rest_m: Floats, pairs: Indices, slack: Floats, out: Floats) -> None:
    """Write into `out` (C,) the length of each of `pairs` (C, 2) over `rest_m` (V, 3), times `slack` (C,)."""
    for c in range(pairs.shape[0]):
        i, j = pairs[c, 0], pairs[c, 1]
        dx = rest_m[i, 0] - rest_m[j, 0]
        dy = rest_m[i, 1] - rest_m[j, 1]
        dz = rest_m[i, 2] - rest_m[j, 2]
        out[c] = math.sqrt(dx * dx + dy * dy + dz * dz) * slack[c]


@njit(cache=True, nogil=True, fastmath=_FAST)
def project_lengths(x: Floats, pairs: Indices, length: Floats, pull: Floats, push: Floats) -> None:
    """Project distance constraints; each end takes the share 1 / (2 + s) of the error.

    `pull` (C,) is that share where the constraint is too long, `push` (C,) where it is too short. Without branches,
    and with `pairs` (C, 2) in an order in which neighbours share no vertex (`pipelines.garment.bind.spread_out`), the
    processor works on several at once.
    """
    for c in range(pairs.shape[0]):
        i, j = pairs[c, 0], pairs[c, 1]
        dx = x[i, 0] - x[j, 0]
        dy = x[i, 1] - x[j, 1]
        dz = x[i, 2] - x[j, 2]
        error = np.float32(1.0) - length[c] / math.sqrt(dx * dx + dy * dy + dz * dz + _TINY2)
        k = max(error, np.float32(0.0)) * pull[c] + min(error, np.float32(0.0)) * push[c]
        x[i, 0] -= k * dx
        x[i, 1] -= k * dy
        x[i, 2] -= k * dz
        x[j, 0] += k * dx
        x[j, 1] += k * dy
        x[j, 2] += k * dz


@njit(cache=True, nogil=True, fastmath=_FAST)
def predict(x: Floats, v: Floats, prev: Floats, push: Floats, h: np.float32) -> None:
    """Keep `x` in `prev`, add the acceleration `push` (V, 3) over `h` seconds, and move."""
    place, before, speed, gain = x.reshape(-1), prev.reshape(-1), v.reshape(-1), push.reshape(-1)
    for i in range(place.shape[0]):
        before[i] = place[i]
        speed[i] += h * gain[i]
        place[i] += h * speed[i]


@njit(cache=True, nogil=True, fastmath=_FAST)
def keep_tied(x: Floats, ties: Indices, length: Floats) -> None:
    """Let no vertex hang lower than its tie allows (Kim et al. 2012, long range attachments)."""
    for t in range(ties.shape[0]):
        i, j = ties[t, 0], ties[t, 1]
        dx = x[i, 0] - x[j, 0]
        dy = x[i, 1] - x[j, 1]
        dz = x[i, 2] - x[j, 2]
        k = min(np.float32(1.0), length[t] / math.sqrt(dx * dx + dy * dy + dz * dz + _TINY2))
        x[i, 0] = x[j, 0] + k * dx
        x[i, 1] = x[j, 1] + k * dy
        x[i, 2] = x[j, 2] + k * dz


@njit(cache=True, nogil=True, fastmath=_FAST)
def keep_near(x: Floats, anchor: Floats, radius: Floats) -> None:
    """Hold every vertex inside the sphere of `radius` (V,) around its `anchor` (V, 3)."""
    for i in range(x.shape[0]):
        dx = x[i, 0] - anchor[i, 0]
        dy = x[i, 1] - anchor[i, 1]
        dz = x[i, 2] - anchor[i, 2]
        k = min(np.float32(1.0), radius[i] / math.sqrt(dx * dx + dy * dy + dz * dz + _TINY2))
        x[i, 0] = anchor[i, 0] + k * dx
        x[i, 1] = anchor[i, 1] + k * dy
        x[i, 2] = anchor[i, 2] + k * dz


@njit(cache=True, nogil=True, fastmath=_FAST)
def keep_outside(x: Floats, prev: Floats, plane: Floats, depth_limit: np.float32, friction: np.float32) -> None:
    """Push vertices out of the half space below `plane` (V, 4: normal, offset).

    A vertex deeper than `depth_limit` metres is taken for one that the plane does not concern. One
    that touches loses the share `friction` of what it slid since `prev`.
    """
    for i in range(x.shape[0]):
        nx, ny, nz = plane[i, 0], plane[i, 1], plane[i, 2]
        d = nx * x[i, 0] + ny * x[i, 1] + nz * x[i, 2] - plane[i, 3]
        if d < np.float32(0.0) and d > -depth_limit:
            sx = x[i, 0] - prev[i, 0]
            sy = x[i, 1] - prev[i, 1]
            sz = x[i, 2] - prev[i, 2]
            along = sx * nx + sy * ny + sz * nz
            x[i, 0] -= d * nx + friction * (sx - along * nx)
            x[i, 1] -= d * ny + friction * (sy - along * ny)
            x[i, 2] -= d * nz + friction * (sz - along * nz)


@njit(cache=True, nogil=True, fastmath=_FAST)
def lift_out(points: Floats, plane: Floats, depth_limit: np.float32) -> None:
    """Move `points` (V, 3) that lie less than `depth_limit` metres below their `plane` (V, 4) onto it."""
    for i in range(points.shape[0]):
        nx, ny, nz = plane[i, 0], plane[i, 1], plane[i, 2]
        d = nx * points[i, 0] + ny * points[i, 1] + nz * points[i, 2] - plane[i, 3]
        if d < np.float32(0.0) and d > -depth_limit:
            points[i, 0] -= d * nx
            points[i, 1] -= d * ny
            points[i, 2] -= d * nz


@njit(cache=True, nogil=True, fastmath=_FAST)
def keep_off_capsules(x: Floats, touch: Indices, capsules: Floats) -> None:
    """Push vertices out of the `capsules` (K, 8: two ends, their radii) with which `touch` (N, 2) pairs them."""
    here = np.int32(-1)
    for t in range(touch.shape[0]):
        i, c = touch[t, 0], touch[t, 1]
        if c != here:
            here, axis = c, _axis(capsules, c)
        px, py, pz, r = _from_axis(x, i, axis)
        d2 = px * px + py * py + pz * pz
        if d2 < r * r and d2 > _TINY:
            k = r / math.sqrt(d2) - np.float32(1.0)
            x[i, 0] += k * px
            x[i, 1] += k * py
            x[i, 2] += k * pz


@njit(cache=True, nogil=True, fastmath=_FAST)
def press_between(x: Floats, across: Floats, plane: Floats) -> None:
    """Press vertices that lie below the plane `across` (V, 4) toward their own `plane` (V, 4).

    Cloth of the trunk that an arm has caught can only lie between the two: it never comes out beyond the arm.
    """
    for i in range(x.shape[0]):
        depth = across[i, 3] - across[i, 0] * x[i, 0] - across[i, 1] * x[i, 1] - across[i, 2] * x[i, 2]
        if depth > np.float32(0.0):
            nx, ny, nz = plane[i, 0], plane[i, 1], plane[i, 2]
            d = nx * x[i, 0] + ny * x[i, 1] + nz * x[i, 2] - plane[i, 3]
            k = PRESS * min(max(d, np.float32(0.0)), depth)
            x[i, 0] -= k * nx
            x[i, 1] -= k * ny
            x[i, 2] -= k * nz


@njit(cache=True, nogil=True, fastmath=_FAST)
def _axis(capsules: Floats, c: int) -> _Axis:
    """Return of capsule `c` the start, the way to its end, one over its length squared, and the radius and its gain."""
    bx, by, bz = capsules[c, 0], capsules[c, 1], capsules[c, 2]
    ax, ay, az = capsules[c, 3] - bx, capsules[c, 4] - by, capsules[c, 5] - bz
    over = np.float32(1.0) / (ax * ax + ay * ay + az * az + _TINY)
    return bx, by, bz, ax, ay, az, over, capsules[c, 6], capsules[c, 7] - capsules[c, 6]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _from_axis(x: Floats, i: int, axis: _Axis) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Return the vector from the `axis` of a capsule to vertex `i`, and the capsule's radius there, metres."""
    bx, by, bz, ax, ay, az, over, radius, gain = axis
    px, py, pz = x[i, 0] - bx, x[i, 1] - by, x[i, 2] - bz
    s = min(np.float32(1.0), max(np.float32(0.0), (px * ax + py * ay + pz * az) * over))
    return px - s * ax, py - s * ay, pz - s * az, radius + s * gain


@njit(cache=True, nogil=True, fastmath=_FAST)
def update_velocity(
    x: Floats, prev: Floats, v: Floats, h: np.float32, keep: np.float32, still_m_s: np.float32, top_m_s: np.float32
) -> None:
    """Set `v` from the move since `prev`, times `keep`; slower than `still_m_s` fades out, `top_m_s` caps."""
    for i in range(x.shape[0]):
        vx = (x[i, 0] - prev[i, 0]) / h
        vy = (x[i, 1] - prev[i, 1]) / h
        vz = (x[i, 2] - prev[i, 2]) / h
        speed = math.sqrt(vx * vx + vy * vy + vz * vz) + _TINY
        k = keep * min(np.float32(1.0), speed / still_m_s) * min(np.float32(1.0), top_m_s / speed)
        v[i, 0] = k * vx
        v[i, 1] = k * vy
        v[i, 2] = k * vz


@njit(cache=True, nogil=True, fastmath=_FAST)
def calm(x: Floats, before: Floats, still_m: np.float32, share: np.float32) -> None:
    """Take only `share` of the move since `before` (V, 3), and less of moves shorter than `still_m`.

    A fold that snaps to and fro between two constraints comes to rest; cloth sticks before it slides.
    """
    for i in range(x.shape[0]):
        dx = x[i, 0] - before[i, 0]
        dy = x[i, 1] - before[i, 1]
        dz = x[i, 2] - before[i, 2]
        k = share * min(np.float32(1.0), math.sqrt(dx * dx + dy * dy + dz * dz) / still_m)
        x[i, 0] = before[i, 0] + k * dx
        x[i, 1] = before[i, 1] + k * dy
        x[i, 2] = before[i, 2] + k * dz


@njit(cache=True, nogil=True, fastmath=_FAST)
def even_out(x: Floats, anchor: Floats, pairs: Indices, share: np.float32) -> None:
    """Lead each vertex's way from its `anchor` (V, 3) by `share` toward the mean of those of its neighbours.

    Cloth that is pushed together creases over the length of a thread, never of a mesh's edge.
    """
    away, gain = x - anchor, np.zeros_like(x)
    count = np.zeros(x.shape[0], np.float32)
    for c in range(pairs.shape[0]):
        i, j = pairs[c, 0], pairs[c, 1]
        count[i] += np.float32(1.0)
        count[j] += np.float32(1.0)
        for k in range(3):
            d = away[j, k] - away[i, k]
            gain[i, k] += d
            gain[j, k] -= d
    for i in range(x.shape[0]):
        s = share / max(np.float32(1.0), count[i])
        for k in range(3):
            x[i, k] += s * gain[i, k]


@njit(cache=True, nogil=True, fastmath=_FAST)
def bind_planes(
    x: Floats, body: Floats, faces: Indices, candidates: Indices, bound: Indices, gap_m: np.float32, plane: Floats
) -> None:
    """Write into `plane` (V, 4) the plane of the nearest of each vertex's `candidates` (V, k) of `faces`.

    `body` (N, 3) are the skinned body points; the plane stands `gap_m` above the skin. A vertex leaves the
    triangle `bound` (V,) of the last frame only for one that is clearly nearer, or it would jump to and fro;
    `bound` is updated. A negative first candidate means that the vertex has none.
    """
    middle = np.empty((faces.shape[0], 3), np.float32)
    for f in range(faces.shape[0]):
        a, b, e = faces[f, 0], faces[f, 1], faces[f, 2]
        for k in range(3):
            middle[f, k] = (body[a, k] + body[b, k] + body[e, k]) * np.float32(1.0 / 3.0)
    for i in range(x.shape[0]):
        best = 1e9
        found = -1
        for c in range(candidates.shape[1]):
            f = candidates[i, c]
            if f < 0:
                break
            dx, dy, dz = x[i, 0] - middle[f, 0], x[i, 1] - middle[f, 1], x[i, 2] - middle[f, 2]
            d2 = dx * dx + dy * dy + dz * dz
            if f == bound[i]:
                d2 *= LOYAL
            if d2 < best:
                best = d2
                found = f
        bound[i] = found
        if found < 0:
            plane[i, :] = np.float32(0.0)
        else:
            _plane_of(body, faces, found, gap_m, plane, i)


@njit(cache=True, nogil=True, fastmath=_FAST)
def bind_across(
    x: Floats,
    body: Floats,
    faces: Indices,
    first: Indices,
    limb: Indices,
    own: Indices,
    met: Indices,
    gap_m: np.float32,
    plane: Floats,
) -> None:
    """Write into `plane` (V, 4) the plane, `gap_m` above, of the nearest of `faces` (K, 3) of other limbs.

    `first`, `limb` and `own` are those of `pipelines.garment.worn.Across`; farther than REACH_M nothing is met. A face
    that was `met` (V,) in the last frame, -1 for none, is left only for one that is clearly nearer; `met` is updated.
    """
    middle, spheres = _spheres(body, faces, first)
    for i in range(x.shape[0]):
        plane[i, 0], plane[i, 1], plane[i, 2], plane[i, 3] = _F(0.0), _F(0.0), _F(0.0), _F(-1.0)
        if own[i] < 0:
            continue
        near, found = REACH_M, met[i]
        if found >= 0:
            dx, dy, dz = x[i, 0] - middle[found, 0], x[i, 1] - middle[found, 1], x[i, 2] - middle[found, 2]
            near = np.float32(math.sqrt(LOYAL_ACROSS * (dx * dx + dy * dy + dz * dz)))
            if near >= REACH_M:
                near, found = REACH_M, -1
        for p in range(limb.shape[0]):
            if limb[p] == own[i]:
                continue
            dx, dy, dz = x[i, 0] - spheres[p, 0], x[i, 1] - spheres[p, 1], x[i, 2] - spheres[p, 2]
            reach = near + spheres[p, 3]
            if dx * dx + dy * dy + dz * dz >= reach * reach:
                continue
            best = near * near
            for f in range(first[p], first[p + 1]):
                dx, dy, dz = x[i, 0] - middle[f, 0], x[i, 1] - middle[f, 1], x[i, 2] - middle[f, 2]
                d2 = dx * dx + dy * dy + dz * dz
                if d2 < best:
                    best, found = d2, f
            near = np.float32(math.sqrt(best))
        met[i] = found
        if found >= 0:
            _plane_of(body, faces, found, gap_m, plane, i)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _spheres(body: Floats, faces: Indices, first: Indices) -> tuple[Floats, Floats]:
    """Return the middles (K, 3) of `faces`, and the spheres (P, 4: centre, radius) about those of each patch."""
    count = first.shape[0] - 1
    middle, spheres = np.empty((faces.shape[0], 3), np.float32), np.zeros((count, 4), np.float32)
    for p in range(count):
        share = np.float32(1.0) / np.float32(first[p + 1] - first[p])
        for f in range(first[p], first[p + 1]):
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            for k in range(3):
                middle[f, k] = (body[a, k] + body[b, k] + body[c, k]) * np.float32(1.0 / 3.0)
                spheres[p, k] += share * middle[f, k]
        for f in range(first[p], first[p + 1]):
            dx, dy, dz = (
                middle[f, 0] - spheres[p, 0],
                middle[f, 1] - spheres[p, 1],
                middle[f, 2] - spheres[p, 2],
            )
            spheres[p, 3] = max(spheres[p, 3], math.sqrt(dx * dx + dy * dy + dz * dz))
    return middle, spheres


@njit(cache=True, nogil=True, fastmath=_FAST)
def _plane_of(body: Floats, faces: Indices, f: int, gap_m: np.float32, plane: Floats, i: int) -> None:
    a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
    ux, uy, uz = body[b, 0] - body[a, 0], body[b, 1] - body[a, 1], body[b, 2] - body[a, 2]
    wx, wy, wz = body[c, 0] - body[a, 0], body[c, 1] - body[a, 1], body[c, 2] - body[a, 2]
    nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-12)
    nx, ny, nz = nx / length, ny / length, nz / length
    plane[i, 0], plane[i, 1], plane[i, 2] = nx, ny, nz
    plane[i, 3] = nx * body[a, 0] + ny * body[a, 1] + nz * body[a, 2] + gap_m


@njit(cache=True, nogil=True)
def all_finite(x: Floats) -> bool:
    """Whether every number of `x` (V, 3) is finite."""
    for i in range(x.shape[0]):
        if not (math.isfinite(x[i, 0]) and math.isfinite(x[i, 1]) and math.isfinite(x[i, 2])):
            return False
    return True
