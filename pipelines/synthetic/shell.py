"""Clothes cut from the body's own surfaces: clip along iso-lines, subdivide, let hang, offset.

A shell carries skin weights, so that it is posed like the body. Clean hems come from cutting triangles
where a scalar field crosses zero instead of dropping whole faces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shell:
    """A skinned triangle mesh in the rest frame."""

    rest_m: Array  # (V, 3)
    faces: Index  # (F, 3)
    weights: Array  # (V, B) dense skin weights, rows sum to 1
    colour: Array  # (V, 3) linear RGB, multiplies the material's

    def skin(self) -> tuple[Index, NDArray[np.float32]]:
        """Return the four largest weights a vertex: bone index and weight (V, 4)."""
        index = np.argsort(-self.weights, axis=1)[:, :4]
        weight = np.take_along_axis(self.weights, index, axis=1)
        return index.astype(np.int32), (weight / weight.sum(1, keepdims=True)).astype(np.float32)


def make_shell(rest_m: Array, faces: Index, weights: Array) -> Shell:
    """Return a white shell of the vertices that `faces` uses."""
    used, faces = np.unique(faces, return_inverse=True)
    vertices = np.asarray(rest_m[used], np.float64)
    white = np.ones_like(vertices)
    return Shell(vertices, faces.reshape(-1, 3).astype(np.int32), np.asarray(weights[used], np.float64), white)


def dense_weights(index: Index, weight: NDArray[np.float32], bones: int) -> Array:
    """Return (V, B) weights from the sparse form (V, K)."""
    dense = np.zeros((len(index), bones))
    np.add.at(dense, (np.arange(len(index))[:, None], index), weight)
    return dense


def clip(shell: Shell, field: Array) -> Shell:
    """Return the part of `shell` where `field` (V,) is positive, cut along its zero line."""
    inside = field > 0
    count = inside[shell.faces].sum(1)
    whole = shell.faces[count == 3]
    cut: list[Index] = [whole]
    edges: list[tuple[int, int]] = []
    place: dict[tuple[int, int], int] = {}

    def crossing(i: int, j: int) -> int:
        key = (min(i, j), max(i, j))
        if key not in place:
            place[key] = len(field) + len(edges)
            edges.append(key)
        return place[key]

    for face in shell.faces[(count == 1) | (count == 2)]:
        alone = int(np.flatnonzero(inside[face] == (inside[face].sum() == 1))[0])
        a, b, c = (int(face[(alone + k) % 3]) for k in range(3))
        ab, ac = crossing(a, b), crossing(a, c)
        pieces = [[a, ab, ac]] if inside[a] else [[ab, b, c], [ab, c, ac]]
        cut.append(np.array(pieces, np.int32))
    grown = _append_edges(shell, np.array(edges, np.int64).reshape(-1, 2), field)
    return compact(replace(grown, faces=np.concatenate(cut).astype(np.int32)))


def subdivide(shell: Shell) -> Shell:
    """Return `shell` with every triangle split in four at its edge midpoints."""
    corners = np.sort(shell.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, which = np.unique(corners, axis=0, return_inverse=True)
    grown = _append_edges(shell, edges, None)
    a, b, c = shell.faces.T
    ab, bc, ca = (which.reshape(-1, 3) + len(shell.rest_m)).T
    faces = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    return replace(grown, faces=faces.astype(np.int32))


def smooth(shell: Shell, rounds: int, amount: float = 0.5) -> Shell:
    """Return `shell` Laplacian-smoothed; open edges move along themselves only."""
    size = len(shell.rest_m)
    inside, rim = _neighbours(shell.faces, size), _neighbours(_open_edges(shell), size)
    on_rim = np.asarray(rim.sum(1)).ravel() > 0
    points = shell.rest_m.copy()
    for _ in range(rounds):
        mean = np.where(on_rim[:, None], rim @ points, inside @ points)
        points += amount * (mean - points)
    return replace(shell, rest_m=points)


def smooth_weights(shell: Shell, rounds: int) -> Shell:
    """Return `shell` with softer skin weights, as cloth bends wider than the joint under it."""
    mean = _neighbours(shell.faces, len(shell.rest_m))
    weights = shell.weights
    for _ in range(rounds):
        weights = 0.5 * (weights + mean @ weights)
    return replace(shell, weights=weights)


def compact(shell: Shell) -> Shell:
    """Return `shell` without vertices that no face uses."""
    used, faces = np.unique(shell.faces, return_inverse=True)
    return Shell(shell.rest_m[used], faces.reshape(-1, 3).astype(np.int32), shell.weights[used], shell.colour[used])


def offset(shell: Shell, distance_m: Array | float) -> Shell:
    """Return `shell` moved along its outward normals by `distance_m`, a number or (V,)."""
    step = np.broadcast_to(np.asarray(distance_m, np.float64), (len(shell.rest_m),))
    return replace(shell, rest_m=shell.rest_m + normals(shell.rest_m, shell.faces) * step[:, None])


def thicken(shell: Shell, thickness_m: float, rings: int | None = None) -> Shell:
    """Return `shell` with its copy `thickness_m` inside, joined along open edges.

    With `rings` the inner sheet is only as deep as that many rings of triangles from an edge: a hem,
    which cannot come out through the outer sheet where the body bends.
    """
    inner = offset(shell, -thickness_m)
    size = len(shell.rest_m)
    rim = _open_edges(shell)
    near = np.zeros(size, bool)
    near[rim] = True
    for _ in range(rings or 0):
        near[shell.faces[near[shell.faces].any(1)]] = True
    lining = shell.faces if rings is None else shell.faces[near[shell.faces].all(1)]
    a, b = rim.T
    band = np.concatenate([np.stack([b, a, a + size], 1), np.stack([b, a + size, b + size], 1)])
    sheets = Shell(
        np.concatenate([shell.rest_m, inner.rest_m]),
        np.concatenate([shell.faces, lining[:, ::-1] + size, band]).astype(np.int32),
        np.concatenate([shell.weights, shell.weights]),
        np.concatenate([shell.colour, shell.colour * 0.6]),
    )
    return compact(sheets)


def hang(shell: Shell, centre_m: Array, from_y_m: float, amount: NDArray[np.float64], taper: float = 0.985) -> Shell:
    """Return `shell` hanging below `from_y_m`: no row is narrower than `taper` times the one above, per direction.

    `amount` (V,) in 0..1 says how much of the move a vertex makes (0 on sleeves). Bridges the bust,
    the small of the back and the buttock cleft as cloth does.
    """
    rel = shell.rest_m - centre_m
    angle, radius = np.arctan2(rel[:, 0], rel[:, 2]), np.hypot(rel[:, 0], rel[:, 2])
    bins, step = 48, 0.012
    column = np.floor((angle + np.pi) / (2 * np.pi) * bins).astype(int) % bins
    row = np.floor((from_y_m - shell.rest_m[:, 1]) / step).astype(int)
    free = amount > 0.5
    rows = max(int(row[free].max()) + 1, 1)
    reach = np.zeros((rows, bins))
    below = free & (row >= 0)
    np.maximum.at(reach, (row[below], column[below]), radius[below])
    for _ in range(2):  # directions that no vertex of a row lies in
        reach = np.where(reach > 0, reach, np.maximum(np.roll(reach, 1, 1), np.roll(reach, -1, 1)))
    for i in range(1, rows):
        reach[i] = np.maximum(reach[i], taper * reach[i - 1])
    for _ in range(3):  # neighbouring directions share the cloth
        reach = 0.25 * np.roll(reach, 1, 1) + 0.5 * reach + 0.25 * np.roll(reach, -1, 1)
    wanted = reach[np.clip(row, 0, rows - 1), column]
    gain = np.where(row >= 0, np.maximum(wanted / np.maximum(radius, 1e-6), 1.0) - 1.0, 0.0) * amount
    moved = shell.rest_m.copy()
    moved[:, [0, 2]] += rel[:, [0, 2]] * gain[:, None]
    return replace(shell, rest_m=moved)


def normals(points: Array, faces: Index) -> Array:
    """Return unit vertex normals (V, 3), area weighted."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for k in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, k], face[:, axis], len(points))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


def _open_edges(shell: Shell) -> Index:
    """Return the directed edges (E, 2) that belong to one triangle only."""
    size = len(shell.rest_m)
    edges = np.concatenate([shell.faces[:, [0, 1]], shell.faces[:, [1, 2]], shell.faces[:, [2, 0]]])
    there = edges[:, 0].astype(np.int64) * size + edges[:, 1]
    return np.asarray(edges[~np.isin(there, edges[:, 1].astype(np.int64) * size + edges[:, 0])])


def _neighbours(polygons: Index, size: int) -> csr_matrix:
    """Return the (size, size) matrix that takes each vertex's value to its neighbours' mean."""
    pairs = np.concatenate([polygons[:, [i, (i + 1) % polygons.shape[1]]] for i in range(polygons.shape[1])])
    both = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    matrix = csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(size, size))
    return matrix.multiply(1.0 / np.maximum(np.asarray(matrix.sum(1)), 1.0)).tocsr()


def _append_edges(shell: Shell, edges: NDArray[np.int64], field: Array | None) -> Shell:
    """Return `shell` with one more vertex on every edge: at the field's zero, or at the middle."""
    if not len(edges):
        return shell
    i, j = edges.T
    t = 0.5 * np.ones(len(edges)) if field is None else field[i] / (field[i] - field[j])

    def mix(values: Array) -> Array:
        return np.concatenate([values, values[i] * (1 - t[:, None]) + values[j] * t[:, None]])

    return replace(shell, rest_m=mix(shell.rest_m), weights=mix(shell.weights), colour=mix(shell.colour))
