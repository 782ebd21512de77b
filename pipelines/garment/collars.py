"""Collars, lapels and hoods: shapes that stand up from the neckline, turn over and lie on the cloth below.

They are not simulated. Each vertex follows the simulated cloth: it keeps its place in the frame of a cloth
vertex near it, two others some centimetres off, and the normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.body.skinning import vertex_normals
from pipelines.garment.mesh import Points, Sheet

Values = NDArray[np.float64]

COLUMNS = 56
GAP_M = 0.004  # between a collar's leaf and the cloth below
THICK_M = 0.002
SMOOTH = 4  # rounds along the neck
FRAME_M = 0.035  # how far off the two vertices lie that span a follower's frame


@dataclass(frozen=True, slots=True)
class Style:
    """Measures in metres, (front, back), blended by how far back a point of the neckline lies."""

    stand: tuple[float, float]  # height above the neckline
    leaf: tuple[float, float]  # from the neckline down to the edge of what is turned over
    roll: tuple[float, float]  # radius of the turn at the top
    bulge: tuple[float, float]  # height of the middle of the leaf above the cloth
    point: float  # how far the front corners reach farther out
    hang: float  # 0 the leaf goes straight away from the neck .. 1 falls down the back
    end: float  # share of the neckline left free at each front end


STYLES = {
    "shirt": Style((0.020, 0.032), (0.048, 0.046), (0.003, 0.004), (0.006, 0.007), 0.022, 0.0, 0.012),
    "stand": Style((0.026, 0.034), (0.002, 0.002), (0.003, 0.003), (0.0, 0.0), 0.0, 0.0, 0.006),
    "turtle": Style((0.050, 0.066), (0.012, 0.012), (0.005, 0.006), (0.012, 0.012), 0.0, 0.0, 0.0),
    "lapel": Style((0.002, 0.028), (0.062, 0.060), (0.003, 0.005), (0.006, 0.008), 0.0, 0.0, 0.004),
    "hood": Style((0.006, 0.045), (0.026, 0.225), (0.006, 0.020), (0.010, 0.045), 0.0, 0.75, 0.006),
}


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is sewn on: vertices near cloth vertices, on the mean body."""

    parent: NDArray[np.int32]  # (N,) cloth vertex
    move: Points  # (N, 3) from it
    uv_m: Values  # (N, 2)
    faces: NDArray[np.int32]  # (K, 3) into the piece


def collar(style: str, sheet: Sheet, mean: Points, neck: NDArray[np.int32], up: Points, chart: Values) -> Piece:
    """Return the collar of `style` on the neckline `neck`, a rim of `sheet` over the template at `mean` (T, 3).

    `up` (3,) is the direction of the neck, `chart` (2,) the corner of the collar in the texture and its size (2,).
    """
    form, points = STYLES[style], sheet.at(mean)
    normals = vertex_normals(points.astype(np.float32), sheet.faces).astype(np.float64)
    closed = form.end == 0
    base, back = _neckline(points, neck, form.end)
    tree = cKDTree(points)
    normal = normals[tree.query(base)[1]]
    out = _outward(base, normal, up, form.hang * back)
    stand, leaf, roll, bulge = (
        (a + (b - a) * back)[:, None] for a, b in (form.stand, form.leaf, form.roll, form.bulge)
    )
    corner = np.exp(-np.minimum(np.arange(COLUMNS), COLUMNS - 1 - np.arange(COLUMNS)) / 3.0)[:, None]
    away = base - base.mean(0)
    away -= (away @ up)[:, None] * up
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    top = base + up * stand
    edge = _on_cloth(base + out * (leaf + form.point * corner), points, normals, tree, GAP_M + THICK_M)
    turned = top + away * 2 * roll
    rows = [base, base + (top - base) * 0.55 + away * 0.001, top, top + away * roll + up * roll * 0.8, turned]
    for t in (0.25, 0.5, 0.75, 0.92):
        middle = turned + (edge - turned) * t
        rows.append(_lifted(middle, bulge * np.sin(np.pi * t**1.2) + GAP_M, points, normals, tree))
    rows += [edge, _on_cloth(edge, points, normals, tree, GAP_M - THICK_M)]
    return _woven(_evened(np.stack(rows), closed), closed, points, tree, chart)


def _evened(grid: Points, closed: bool) -> Points:
    """Return a grid (R, C, 3) with its rows smoothed along the neck; open ends stay."""
    for _ in range(SMOOTH):
        mean = (np.roll(grid, 1, 1) + np.roll(grid, -1, 1)) / 4 + grid / 2
        if not closed:
            mean[:, [0, -1]] = grid[:, [0, -1]]
        grid = mean
    return grid


def _neckline(points: Points, neck: NDArray[np.int32], end: float) -> tuple[Points, Values]:
    """Return evenly spaced points from one front end round the neck to the other, and how far back each is, 0..1."""
    loop = points[neck]
    jump = np.linalg.norm(np.roll(loop, -1, 0) - loop, axis=1)
    if jump.max() > 0.045:  # an open front: begin behind the gap
        loop = np.roll(loop, -int(jump.argmax()) - 1, 0)
    else:
        loop = np.roll(loop, -int((np.abs(loop[:, 0]) - loop[:, 2]).argmin()), 0)
        loop = np.concatenate([loop, loop[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))])
    share = np.linspace(end, 1 - end, COLUMNS, endpoint=end > 0)
    base = np.stack([np.interp(share * length[-1], length, loop[:, k]) for k in range(3)], 1)
    front, rear = base[:, 2].max(), base[:, 2].min()
    return base, np.clip((front - base[:, 2]) / (front - rear), 0, 1) ** 1.5


def _outward(base: Points, normal: Points, up: Points, hang: Values) -> Points:
    """Return the direction along the cloth away from the neck; where it hangs, down."""
    away = base - base.mean(0)
    away -= (away @ up)[:, None] * up
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    away = away * (1 - hang[:, None]) - hang[:, None] * np.array([0.0, 1.0, 0.0])
    away -= (away * normal).sum(1, keepdims=True) * normal
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True))


def _on_cloth(where: Points, points: Points, normals: Points, tree: cKDTree, gap_m: float) -> Points:
    """Return `where` brought to `gap_m` above the cloth."""
    for _ in range(3):
        _, near = tree.query(where, k=4)
        normal = normals[near].mean(1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        above = ((where - points[near].mean(1)) * normal).sum(1, keepdims=True)
        where = where + (gap_m - above) * normal
    return where


def _lifted(where: Points, gap_m: Values, points: Points, normals: Points, tree: cKDTree) -> Points:
    """Return `where` pushed out to at least `gap_m` (N, 1) above the cloth."""
    _, near = tree.query(where, k=4)
    normal = normals[near].mean(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    above = ((where - points[near].mean(1)) * normal).sum(1, keepdims=True)
    return np.asarray(where + np.clip(gap_m - above, 0, None) * normal)


def _woven(grid: Points, closed: bool, points: Points, tree: cKDTree, chart: Values) -> Piece:
    """Return a grid (R, C, 3) as a piece; it faces away from the neck."""
    rows, columns = grid.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        number = np.concatenate([number, number[:, :1]], 1)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = np.concatenate([np.stack(part, -1).reshape(-1, 3) for part in ((a, c, b), (b, c, d))])
    where = grid.reshape(-1, 3)
    corner = where[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    middle = where.mean(0)
    if ((corner.mean(1) - middle) * normal)[len(faces) // 4 :].sum() < 0:
        faces = faces[:, ::-1]
    _, parent = tree.query(where)
    across = np.abs(2 * np.arange(columns) / (columns - 1) - 1)
    u = np.broadcast_to(chart[0] + (1 - across) * chart[2], (rows, columns))
    v = np.broadcast_to(chart[1] + np.linspace(0, 1, rows)[:, None] * chart[3], (rows, columns))
    return Piece(
        parent.astype(np.int32), where - points[parent], np.stack([u, v], -1).reshape(-1, 2), faces.astype(np.int32)
    )


def frames(
    points: Points, normals: Points, piece: Piece
) -> tuple[NDArray[np.int32], NDArray[np.int32], Values, Values, Values]:
    """Return per vertex of `piece` two cloth vertices that span a frame with the normal, and the three coordinates."""
    tree = cKDTree(points)
    _, near = tree.query(points[piece.parent], k=48)
    normal = normals[piece.parent]
    side = np.cross(normal, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    axes = (np.cross(side, normal), side)
    to = points[near] - points[piece.parent][:, None]
    length = np.linalg.norm(to, axis=2)
    chosen = []
    for axis in axes:
        along = np.abs((to * axis[:, None]).sum(2)) / np.maximum(length, 1e-9)
        score = along - np.abs(length - FRAME_M) / FRAME_M * 0.5 - (length < 1e-6)
        chosen.append(np.take_along_axis(near, score.argmax(1)[:, None], 1)[:, 0].astype(np.int32))
    first, second = chosen
    base = points[piece.parent]
    basis = np.stack([points[first] - base, points[second] - base, -normal], 2)
    share = np.linalg.solve(basis, piece.move[..., None])[..., 0]
    return first, second, share[:, 0], share[:, 1], share[:, 2]
