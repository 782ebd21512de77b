"""Lay a cut garment around a body in true size: rings of the trunk and limbs to the chart's girths."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from pipelines.body.skinning import vertex_normals
from pipelines.garment.mesh import Net
from pipelines.garment.rings import ANGLES, Frame, Profile, grade, hung_below, smooth_rows, widened

Points = NDArray[np.float64]
Values = NDArray[np.float64]

SKIN_GAP_M = 0.004  # cloth that is tight lies this far above the skin
HANG_SHARE = 0.9  # how much of the chest's width cloth keeps as it falls


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """One tube of a garment on one body and what its rings shall become."""

    frame: Frame
    skin: Profile  # of the body
    graded: Profile  # of the garment
    held: NDArray[np.intp]  # vertices that the tube places
    reach: Values | None = None  # (H,) how much of each ring the cloth goes round, from behind; None: all of it

    def place(self, points: Points, local: Points, moved_s: Values) -> Points:
        """Return where the held vertices go: from `local` (S, 3) to the graded ring at height `moved_s` (S,)."""
        here = self.held
        theta = self.skin.angle(local[here])
        if self.reach is not None:
            behind = np.pi - np.abs(theta)
            theta = np.sign(theta) * (np.pi - behind * np.interp(moved_s[here], self.graded.s, self.reach))
        ring = self.graded.at(moved_s[here], theta)
        return self.frame.to_body(np.stack([ring[:, 0], moved_s[here], ring[:, 1]], 1))


def trunk_spread() -> Values:
    """Return the share of ease by direction for the trunk: mostly sides, then front, least the back."""
    theta = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    return np.asarray(0.62 + 0.38 * np.sin(theta) ** 2 + 0.14 * np.cos(theta))


def limb_spread(down: Values) -> Values:
    """Return the share of ease by direction for a limb, which hangs below it; `down` (2,) in (u, w)."""
    theta = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    below = np.sin(theta) * down[0] + np.cos(theta) * down[1]
    return np.asarray(0.55 + 0.45 * below)


def girths(s: Values, stations: list[tuple[float, float]]) -> Values:
    """Return the girth wanted at heights `s` (H,) from `stations` (height, girth in metres), any order."""
    stations = sorted(stations)
    return np.interp(s, [height for height, _ in stations], [girth for _, girth in stations])


def eases(skin: Profile, stations: list[tuple[float, float]], where: dict[str, float]) -> dict[str, float]:
    """Return chart minus body in cm at the named heights."""
    girth = skin.girth()
    return {
        name: round(100 * float(girths(np.array([s]), stations)[0] - np.interp(s, skin.s, girth)), 1)
        for name, s in where.items()
    }


def graded_trunk(skin: Profile, stations: list[tuple[float, float]], hang_s: float, even: bool = False) -> Profile:
    """Grade the rings of a trunk; cloth hangs straight from height `hang_s` down.

    Ease goes mostly to the sides, or all round with `even`.
    """
    close = widened(skin, SKIN_GAP_M)
    spread = np.ones(ANGLES) if even else trunk_spread()
    rings = grade(close, girths(skin.s, stations), hung_below(close, hang_s, HANG_SHARE), spread)
    return _eased(rings, close)


def graded_limb(skin: Profile, stations: list[tuple[float, float]], down: Values) -> Profile:
    """Grade the rings of a sleeve or leg."""
    close = widened(skin, SKIN_GAP_M)
    return _eased(grade(close, girths(skin.s, stations), close.radius, limb_spread(down)), close)


def _eased(rings: Profile, close: Profile) -> Profile:
    """Round off where cloth that hangs free meets cloth that lies on the skin."""
    soft = smooth_rows(rings, 4)
    return replace(soft, radius=np.maximum(soft.radius, smooth_rows(close, 1).radius))


def stretched(s: Values, theta: Values, start: float, rim: tuple[Values, Values], end: float) -> Values:
    """Remap heights so that the rim (angles, heights) lands level at `end`; nothing moves before `start`."""
    order = np.argsort(rim[0])
    angle, height = rim[0][order], rim[1][order]
    old_end = np.interp(theta, angle, height, period=2 * np.pi)
    t = np.clip((s - start) / (old_end - start), 0, None)
    shift = end - old_end
    return np.asarray(s + shift * t * (0.4 + 0.6 * np.minimum(t, 1)))


def spread_moves(net: Net, move: Points, held: NDArray[np.bool_]) -> Points:
    """Fill in `move` (S, 3) where it is not `held`, as smoothly as a membrane."""
    laplacian = (sparse.identity(len(move)) - net.mean).tocsr()
    free = np.flatnonzero(~held)
    if not len(free):
        return move
    inner = laplacian[free][:, free].tocsc()
    right = -(laplacian[free][:, np.flatnonzero(held)] @ move[held])
    result = move.copy()
    symmetric = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    result[free] = splu(inner, **symmetric).solve(right)  # in its pattern
    return result


def relaxed(points: Points, net: Net, fixed: NDArray[np.bool_], rounds: int) -> Points:
    """Smooth `points` (S, 3) without shrinking (Taubin 1995), leaving `fixed` vertices.

    They move along their normals alone, so that what is printed on the cloth stays straight.
    """
    normal = vertex_normals(points.astype(np.float32), net.faces).astype(np.float64) * ~fixed[:, None]
    for n in range(2 * rounds):
        move = (0.5 if n % 2 == 0 else -0.52) * (net.mean @ points - points)
        points = points + (move * normal).sum(1, keepdims=True) * normal
    return points
