"""Tubes of cloth around a trunk or a limb: local frames, body profiles, grading to girths.

A tube has a frame that maps the body frame to (u, s, w): `s` metres along the tube, `u` and `w` across
it. A profile holds, for a row of heights `s`, the radius of a convex ring over evenly spaced angles;
angle 0 points along +w (for the trunk: to the front) and grows toward +u (to the person's left).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from pipelines.garment import hulls

Points = NDArray[np.float64]
ANGLES = 96
_THETA = np.arange(ANGLES) * (2 * np.pi / ANGLES)
_RAYS = np.stack([np.sin(_THETA), np.cos(_THETA)], 1)  # (A, 2) in (u, w)


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """The frame of the trunk: s is the height above the ground."""

    def to_local(self, points: Points) -> Points:
        """Map body points (N, 3) to (u, s, w)."""
        return points

    def to_body(self, local: Points) -> Points:
        """Map (u, s, w) back to the body frame."""
        return local


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """The frame of a limb: s runs along a smooth curve through its joints."""

    s: NDArray[np.float64]  # (M,) rising
    centre: Points  # (M, 3)
    axes: NDArray[np.float64]  # (M, 3, 3) rows u, tangent, w

    @staticmethod
    def through(joints: Points, side: Points) -> Limb:
        """Return the frame of the curve through `joints` (J, 3); `side` is the direction kept nearest to u."""
        knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(joints, axis=0), axis=1))])
        before, after = 0.15, 0.08  # metres of straight line beyond the ends
        curve = CubicSpline(knots, joints, bc_type="natural")
        inner = np.linspace(0, knots[-1], 80)
        first, last = curve(0, 1), curve(knots[-1], 1)
        head = np.linspace(-before, -0.005, 30)
        tail = np.linspace(0.005, after, 16)
        centre = np.concatenate([joints[0] + head[:, None] * first, curve(inner), joints[-1] + tail[:, None] * last])
        s = np.concatenate([head, inner, knots[-1] + tail])
        tangent = np.gradient(centre, s, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        u = side - (tangent @ side)[:, None] * tangent
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        return Limb(s, centre, np.stack([u, tangent, np.cross(u, tangent)], 1))

    def to_local(self, points: Points) -> Points:
        """Map body points (N, 3) to (u, s, w)."""
        return np.asarray(hulls.along(np.ascontiguousarray(points, np.float64), self.s, self.centre, self.axes))

    def to_body(self, local: Points) -> Points:
        """Map (u, s, w) back to the body frame."""
        s = local[:, 1]
        centre = np.stack([np.interp(s, self.s, self.centre[:, k]) for k in range(3)], 1)
        flat = self.axes.reshape(-1, 9)
        axes = np.stack([np.interp(s, self.s, flat[:, k]) for k in range(9)], 1).reshape(-1, 3, 3)
        beyond = s - np.clip(s, self.s[0], self.s[-1])
        return np.asarray(centre + local[:, :1] * axes[:, 0] + beyond[:, None] * axes[:, 1] + local[:, 2:] * axes[:, 2])


Frame = Trunk | Limb


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Convex rings along a tube."""

    s: NDArray[np.float64]  # (H,) rising
    centre: NDArray[np.float64]  # (H, 2) in (u, w)
    radius: NDArray[np.float64]  # (H, A)

    def points(self) -> NDArray[np.float64]:
        """Return the ring points (H, A, 2) in (u, w)."""
        return np.asarray(self.centre[:, None] + self.radius[..., None] * _RAYS)

    def girth(self) -> NDArray[np.float64]:
        """Return the girth of each ring, metres."""
        return girth_of(self.radius)

    def at(self, s: NDArray[np.float64], theta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (u, w) of the rings at heights `s` (N,) and angles `theta` (N,)."""
        row = np.clip(np.interp(s, self.s, np.arange(len(self.s))), 0, len(self.s) - 1.001)
        column = (theta / (2 * np.pi) * ANGLES) % ANGLES
        r0, a0 = row.astype(int), column.astype(int) % ANGLES
        fr, fa = (row - r0)[:, None], (column - column.astype(int))[:, None]
        a1 = (a0 + 1) % ANGLES
        ring = self.points()
        low = ring[r0, a0] * (1 - fa) + ring[r0, a1] * fa
        high = ring[r0 + 1, a0] * (1 - fa) + ring[r0 + 1, a1] * fa
        return np.asarray(low * (1 - fr) + high * fr)

    def angle(self, local: Points) -> NDArray[np.float64]:
        """Return the angle of local points (N, 3) about the centre of their ring."""
        u = local[:, 0] - np.interp(local[:, 1], self.s, self.centre[:, 0])
        w = local[:, 2] - np.interp(local[:, 1], self.s, self.centre[:, 1])
        return np.asarray(np.arctan2(u, w))


def girth_of(radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths (H,) of closed polar rings `radius` (H, A)."""
    return np.asarray(hulls.girths(np.ascontiguousarray(radius), _RAYS))


def profile_of(local: Points, edges: NDArray[np.integer[Any]], s: NDArray[np.float64]) -> Profile:
    """Slice a mesh, given in a tube's frame, at heights `s`; rows that meet nothing copy their neighbour."""
    centre, radius = np.full((len(s), 2), np.nan), np.full((len(s), ANGLES), np.nan)
    hulls.sliced_rings(*_slices(local, edges, s), _RAYS, centre, radius)
    good = np.isfinite(radius).all(axis=1)  # a sliver of a slice may not go round its own middle
    if not good.any():
        raise ValueError("the slices meet nothing")
    known = np.flatnonzero(good)
    nearest = known[np.abs(np.arange(len(s))[:, None] - known).argmin(1)]
    return Profile(s, centre[nearest], radius[nearest])


def _slices(local: Points, edges: NDArray[np.integer[Any]], s: NDArray[np.float64]) -> tuple[Points, NDArray[np.int64]]:
    """Return where the edges cross the heights, as (u, w) (N, 2) height by height, and where each height's end (H,)."""
    a, b = local[edges[:, 0]], local[edges[:, 1]]
    first = np.searchsorted(s, np.minimum(a[:, 1], b[:, 1]), "right")
    count = np.maximum(0, np.searchsorted(s, np.maximum(a[:, 1], b[:, 1]), "left") - first)
    edge = np.repeat(np.arange(len(edges)), count)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    order = np.argsort(row, kind="stable")
    edge, row = edge[order], row[order]
    a, b = a[edge], b[edge]
    t = (s[row] - a[:, 1]) / (b[:, 1] - a[:, 1])
    points = (a + t[:, None] * (b - a))[:, [0, 2]]
    return points, np.searchsorted(row, np.arange(1, len(s) + 1))


def widened(profile: Profile, ease_m: float) -> Profile:
    """Return the rings moved out by `ease_m`."""
    return replace(profile, radius=profile.radius + ease_m)


def grade(
    skin: Profile, target_m: NDArray[np.float64], fall: NDArray[np.float64], spread: NDArray[np.float64]
) -> Profile:
    """Widen rings until their girth is `target_m` (H,); a ring that is already wider stays.

    First the ring goes from the skin toward `fall` (H, A), the shape in which cloth hangs free; what girth
    is left over goes out along `spread` (A,), the share of the ease that each direction takes.
    """
    hanging = np.maximum(fall, skin.radius) - skin.radius
    toward = hulls.grown(skin.radius, hanging, target_m, 1.0, _RAYS)
    radius = skin.radius + toward[:, None] * hanging
    even = np.tile(spread, (len(radius), 1))
    out = hulls.grown(radius, even, target_m, 0.6, _RAYS)
    return replace(skin, radius=radius + out[:, None] * even)


def hung_below(profile: Profile, top_s: float, share: float) -> NDArray[np.float64]:
    """Return the shape of cloth that hangs from height `top_s` down: at least `share` of the ring above."""
    radius = profile.radius.copy()
    fall = np.ones(len(radius))
    fall[:-1] = 1 - (1 - share) * np.diff(profile.s) / 0.3
    hulls.hung(radius, profile.centre, profile.s, top_s, fall, _RAYS)
    return radius


def smooth_rows(profile: Profile, rows: int = 2) -> Profile:
    """Return the profile with its rings averaged over `rows` neighbours above and below."""
    window = 2 * rows + 1

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        padded = np.pad(values, ((rows, rows), (0, 0)), mode="edge")
        return np.asarray(sum(padded[k : k + len(values)] for k in range(window)) / window)

    return replace(profile, centre=mean(profile.centre), radius=mean(profile.radius))
