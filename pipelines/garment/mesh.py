"""Triangle meshes whose vertices are weighted means of template vertices.

Cutting a `Sheet` once on the mean body gives weights that can be evaluated on any body with the same
template: `sheet.weights @ template_points`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from pipelines.body.slicing import unique_edges
from pipelines.types import FacesI32

SNAP = 0.22  # a cut nearer to a vertex than this share of the edge moves the vertex instead

Points = NDArray[np.float64]
Pairs = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Faces over vertices that are rows of `weights` (V, T), each summing to 1."""

    weights: sparse.csr_matrix
    faces: FacesI32

    def at(self, template: NDArray[np.floating[Any]]) -> Points:
        """Evaluate any per-template-vertex quantity (T, ...) at the sheet's vertices."""
        return np.asarray(self.weights @ np.asarray(template, np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """How the vertices of a sheet hang together; nothing of it depends on where they are."""

    faces: FacesI32  # (F, 3)
    edges: Pairs  # (E, 2), each once, smaller number first
    bends: Pairs  # (B, 2) for every inner edge the two vertices that face it
    mean: sparse.csr_matrix  # (V, V) replaces a value by the mean of its neighbours'

    @staticmethod
    def of(sheet: Sheet) -> Net:
        """Return the net of `sheet`."""
        faces = sheet.faces
        return Net(faces, unique_edges(faces), opposite_pairs(faces), smoothing(faces, sheet.weights.shape[0]))


def opposite_pairs(faces: FacesI32) -> Pairs:
    """Return for every inner edge the two vertices that face it (B, 2)."""
    halves = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    tip = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    key = np.sort(halves, 1)
    order = np.lexsort((key[:, 1], key[:, 0]))
    key, tip = key[order], tip[order]
    same = (key[1:] == key[:-1]).all(1)
    return np.asarray(np.stack([tip[:-1][same], tip[1:][same]], 1), np.int32)


def compact(sheet: Sheet, faces: FacesI32) -> Sheet:
    """Return `sheet` with `faces` and without the vertices that none of them uses."""
    used = np.unique(faces)
    renumber = np.full(sheet.weights.shape[0], -1, np.int32)
    renumber[used] = np.arange(len(used), dtype=np.int32)
    return Sheet(sheet.weights[used], renumber[faces])


def refine(sheet: Sheet, points: Points, longest_m: float) -> Sheet:
    """Halve every edge longer than `longest_m` once; neighbours stay conforming."""
    edges = unique_edges(sheet.faces)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    chosen = edges[length > longest_m]
    count = sheet.weights.shape[0]
    if not len(chosen):
        return sheet
    halves = sparse.csr_matrix(
        (np.full(2 * len(chosen), 0.5), (np.repeat(np.arange(len(chosen)), 2), chosen.ravel())), (len(chosen), count)
    )
    weights = sparse.vstack([sheet.weights, halves @ sheet.weights], format="csr")
    lookup = np.concatenate([points, (points[chosen[:, 0]] + points[chosen[:, 1]]) / 2])
    return Sheet(weights, _split(sheet.faces, _middles(sheet.faces, chosen, count), lookup))


def _middles(faces: FacesI32, chosen: Pairs, count: int) -> FacesI32:
    """Return the new vertex on each side of each face (F, 3), -1 without one; `chosen` (N, 2) are from `count` on."""
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], -1).astype(np.int64)
    key = sides.min(-1) * count + sides.max(-1)
    known = chosen[:, 0].astype(np.int64) * count + chosen[:, 1]
    place = np.minimum(np.searchsorted(known, key), len(known) - 1)
    return np.where(known[place] == key, count + place, -1).astype(np.int32)


@njit(cache=True, nogil=True)
def _split(faces: FacesI32, middle: FacesI32, points: Points) -> FacesI32:
    """Return `faces` cut at the vertices on their sides: in four with three of them, else so that none gets thin."""
    out = np.empty((4 * len(faces), 3), np.int32)
    ring = np.empty(6, np.int32)
    end = 0
    for face in range(len(faces)):
        n = 0
        for side in range(3):
            ring[n] = faces[face, side]
            n += 1
            if middle[face, side] >= 0:
                ring[n] = middle[face, side]
                n += 1
        if n == 3:
            out[end] = ring[:3]
        elif n == 4:
            _split_quad(ring, points, out[end : end + 2])
        elif n == 5:
            _split_pentagon(ring, points, out[end : end + 3])
        else:
            for row, (i, j, k) in enumerate(((0, 1, 5), (1, 2, 3), (3, 4, 5), (1, 3, 5))):
                out[end + row] = ring[i], ring[j], ring[k]
        end += n - 2
    return out[:end].copy()


@njit(cache=True, nogil=True)
def _split_pentagon(ring: NDArray[np.int32], points: Points, out: FacesI32) -> None:
    """Split the convex ring so that its thinnest triangle is as fat as can be."""
    best = -1.0
    faces = np.empty((3, 3), np.int32)
    rest = np.empty(4, np.int32)
    for n in range(5):
        faces[0] = ring[n - 1 if n else 4], ring[n], ring[(n + 1) % 5]
        rest[:n] = ring[:n]
        rest[n:] = ring[n + 1 : 5]
        fat = min(_fatness(faces[0], points), _split_quad(rest, points, faces[1:]))
        if fat > best:
            best = fat
            out[:] = faces


@njit(cache=True, nogil=True)
def _split_quad(ring: NDArray[np.int32], points: Points, out: FacesI32) -> float:
    """Split the convex ring so that its thinner triangle is as fat as can be; returns how fat it is."""
    best = -1.0
    ear = np.empty(3, np.int32)
    rest = np.empty(3, np.int32)
    for n in range(4):
        ear[:] = ring[n - 1 if n else 3], ring[n], ring[(n + 1) % 4]
        rest[:n] = ring[:n]
        rest[n:] = ring[n + 1 : 4]
        fat = min(_fatness(ear, points), _fatness(rest, points))
        if fat > best:
            best = fat
            out[0] = ear
            out[1] = rest
    return best


@njit(cache=True, nogil=True)
def _fatness(face: NDArray[np.int32], points: Points) -> float:
    """Area over squared longest edge, 0 for a degenerate triangle."""
    u = points[face[1]] - points[face[0]]
    w = points[face[2]] - points[face[0]]
    v = u - w
    nx, ny, nz = u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2], u[0] * w[1] - u[1] * w[0]
    longest = max((u * u).sum(), (w * w).sum(), (v * v).sum())
    return float(math.sqrt(nx * nx + ny * ny + nz * nz) / (longest + 1e-18))


def clip(
    sheet: Sheet, field: NDArray[np.floating[Any]], keep_below: bool = False
) -> tuple[Sheet, NDArray[np.bool_], NDArray[np.bool_]]:
    """Cut `sheet` along the line where `field` (V,) is zero, between vertices, without saw teeth.

    Keeps the side where the field is positive, or both with `keep_below`. Returns the sheet, whether
    each vertex lies on the line, and whether each face lies on the negative side.
    """
    weights, field = _snapped(sheet, np.asarray(field, np.float64))
    sign = np.sign(field).astype(np.int8)[sheet.faces]
    crossing = (sign.min(1) < 0) & (sign.max(1) > 0)
    below = ~crossing & (sign.max(1) <= 0)
    upper = [sheet.faces[~crossing & ~below]]
    lower = [sheet.faces[below]]
    rows: list[tuple[int, int, float]] = []
    cuts: dict[tuple[int, int], int] = {}
    count = weights.shape[0]
    for face in sheet.faces[crossing].tolist():
        up, down = _halves(face, field, cuts, rows, count)
        upper.append(np.array(_fan(up), np.int32).reshape(-1, 3))
        lower.append(np.array(_fan(down), np.int32).reshape(-1, 3))
    if rows:
        a, b, t = (np.array(column) for column in zip(*rows, strict=True))
        n = np.arange(len(rows))
        mix = sparse.csr_matrix(
            (np.concatenate([1 - t, t]), (np.concatenate([n, n]), np.concatenate([a, b]))), (len(rows), count)
        )
        weights = sparse.vstack([weights, mix @ weights], format="csr")
    on_line = np.concatenate([field == 0, np.ones(len(rows), bool)])
    up_faces, low_faces = np.concatenate(upper), np.concatenate(lower)
    faces = np.concatenate([up_faces, low_faces]) if keep_below else up_faces
    used = np.unique(faces)
    is_below = np.arange(len(faces)) >= len(up_faces)
    return compact(Sheet(weights, faces), faces), on_line[used], is_below


def _halves(
    face: list[int],
    field: NDArray[np.float64],
    cuts: dict[tuple[int, int], int],
    rows: list[tuple[int, int, float]],
    count: int,
) -> tuple[list[int], list[int]]:
    """Return the two polygons into which the line cuts `face`; new vertices go to `rows`."""
    up: list[int] = []
    down: list[int] = []
    for i, j in zip(face, face[1:] + face[:1], strict=True):
        if field[i] >= 0:
            up.append(i)
        if field[i] <= 0:
            down.append(i)
        if field[i] * field[j] < 0:
            key = (min(i, j), max(i, j))
            if key not in cuts:
                cuts[key] = count + len(rows)
                rows.append((*key, float(field[key[0]] / (field[key[0]] - field[key[1]]))))
            up.append(cuts[key])
            down.append(cuts[key])
    return up, down


def _fan(ring: list[int]) -> list[tuple[int, int, int]]:
    return [(ring[0], ring[n], ring[n + 1]) for n in range(1, len(ring) - 1)]


def _snapped(sheet: Sheet, field: NDArray[np.float64]) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
    """Move vertices that lie almost on the line onto it, so that the cut leaves no slivers."""
    edges = unique_edges(sheet.faces)
    edges = edges[field[edges[:, 0]] * field[edges[:, 1]] < 0]
    ends = np.concatenate([edges, edges[:, ::-1]])
    near, far = ends[:, 0], ends[:, 1]
    t = field[near] / (field[near] - field[far])
    close = np.flatnonzero(t < SNAP)
    close = close[np.argsort(t[close])]
    _, first = np.unique(near[close], return_index=True)
    chosen = close[first]
    field = field.copy()
    count = sheet.weights.shape[0]
    share = np.zeros(count)
    share[near[chosen]] = t[chosen]
    move = sparse.diags(1 - share) + sparse.csr_matrix((t[chosen], (near[chosen], far[chosen])), (count, count))
    field[near[chosen]] = 0.0
    return (move @ sheet.weights).tocsr(), field


def boundary_loops(faces: FacesI32) -> list[NDArray[np.int32]]:
    """Return the closed rims of the mesh, longest first, each running with its faces on the left."""
    halves = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    count = int(faces.max()) + 1
    open_ = ~np.isin(halves @ (count, 1), halves @ (1, count))  # no face has the same edge the other way round
    following = dict(halves[open_].tolist())
    loops: list[NDArray[np.int32]] = []
    while following:
        first, here = next(iter(following.items()))
        loop = [first]
        del following[first]
        while here != first and here in following:
            loop.append(here)
            here = following.pop(here)
        loops.append(np.array(loop, np.int32))
    return sorted(loops, key=len, reverse=True)


def largest_part(sheet: Sheet) -> Sheet:
    """Return the connected part of `sheet` with the most vertices."""
    edges = unique_edges(sheet.faces)
    count = sheet.weights.shape[0]
    graph = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    _, part = sparse.csgraph.connected_components(graph, directed=False)
    return compact(sheet, sheet.faces[part[sheet.faces[:, 0]] == np.bincount(part).argmax()])


def smoothing(faces: FacesI32, count: int) -> sparse.csr_matrix:
    """Return the matrix (V, V) that replaces a value by the mean of its neighbours'."""
    edges = unique_edges(faces)
    graph = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    graph = graph + graph.T
    return (sparse.diags(1 / np.maximum(np.asarray(graph.sum(1)).ravel(), 1)) @ graph).tocsr()
