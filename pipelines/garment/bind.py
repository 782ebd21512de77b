"""What the drape needs to know of the body below a garment, and the constants of the cloth itself."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from pipelines.body.conform import arm_share
from pipelines.body.model import BodyModel
from pipelines.garment import nearest
from pipelines.garment.layout import BodyShape
from pipelines.garment.mesh import Net
from pipelines.garment.package import Fabric
from pipelines.garment.worn import Capsules, Skin

Points = NDArray[np.float64]

# Ranks among a vertex's nearest triangles: close ones for accuracy, far ones for cloth that slides.
RANKS = np.array([0, 1, 2, 5, 10, 18, 30, 47])
_BEND_S2 = {"soft": 1.6e-4, "medium": 8e-5, "stiff": 3e-5}
_STRETCH_S2 = 2.0e-6  # of a fabric with stretch 1
MOST = 0.7  # of the skin of a limb lies inside of its capsule
SPREAD = 6  # constraints that follow on each other and share no vertex
SEARCHED = 300  # how far ahead such a one is looked for
_YIELD = 60.0  # cloth gives way to compression this much more easily than to a pull


def skin_near(
    body: BodyShape,
    points: Points,
    groups: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    lap: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None,
) -> tuple[Skin, NDArray[np.int32]]:
    """Return the skin below garment `points` (S, 3) and each vertex's candidate triangles (S, 8).

    `groups` pairs garment vertices (S,) with the body vertices (V,) that they may bind to, so that a sleeve
    never binds to the flank beside it; a vertex of no group gets no candidate. `lap` are vertices (L,) and the skin
    faces (L, n) that each may come to lie on when the shopper sits: they take the places of the farthest.
    """
    model, faces = body.model, body.faces
    found = np.full((len(points), len(RANKS)), -1, np.int64)
    for here, skin in groups:
        allowed = np.flatnonzero(skin[faces[:, 0]] & skin[faces[:, 1]] & skin[faces[:, 2]])
        if here.any() and len(allowed) > RANKS[-1]:
            found[here] = allowed[nearest_faces(body.middles[allowed], points[here])]
    if lap is not None:
        found[lap[0], -lap[1].shape[1] :] = lap[1]
    bound = found[:, 0] >= 0
    chosen, local = _renumbered(found[bound], len(faces))
    candidates = np.full(found.shape, -1, np.int32)
    candidates[bound] = local
    used, corners = _renumbered(faces[chosen], len(body.rest))
    index, weight = (np.ascontiguousarray(one[used]) for one in (model.skin_index, model.skin_weight))
    arms = arm_share(model, index, weight)
    return Skin(body.rest[used].astype(np.float32), corners, index, weight, arms), candidates


def _renumbered(numbers: NDArray[np.integer[Any]], count: int) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Return which of 0..`count` are among `numbers`, rising, and `numbers` as places in that list."""
    asked = np.zeros(count, bool)
    asked[numbers] = True
    place = np.cumsum(asked, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(asked), place[numbers]


def nearest_faces(centroid: Points, points: Points) -> NDArray[np.intp]:
    """Return for each point (P, 3) the numbers (P, 8) of candidate faces: near ones and some farther on."""
    return np.asarray(nearest.ranked(centroid, np.ascontiguousarray(points), RANKS))


def gap_to(skin: Skin, candidates: NDArray[np.int32], points: Points) -> tuple[NDArray[np.float64], Points]:
    """Return the signed distance of `points` (S, 3) to their nearest candidate triangle, and its normal.

    A vertex without candidates is 1 m away.
    """
    gap, normal = nearest.gaps(skin.rest_m.astype(np.float64), skin.faces, candidates, np.ascontiguousarray(points))
    return np.asarray(gap), np.asarray(normal)


@functools.lru_cache(16)
def limbs_of(body: BodyShape, bones: tuple[tuple[str, str, float], ...], grow_m: float) -> Capsules:
    """Return capsules along limbs: (bone at the start, at the end, share left out of the start); no cloth meets them.

    Radii are measured: what most of the skin around each end is from the axis, plus `grow_m`; limbs are not round.
    """
    model, rest = body.model, body.rest
    index = np.arange(model.body.vertices.start, model.body.vertices.stop)
    strongest = model.skin_index[index, model.skin_weight[index].argmax(1)]
    pairs, ends, radii = [], [], []
    for first, last, skip in bones:
        a, b = model.bone(first), model.bone(last)
        chain = _chain(model, a, b)
        start = body.heads[first] + skip * (body.heads[last] - body.heads[first])
        axis = body.heads[last] - start
        length = float(np.linalg.norm(axis))
        skin = rest[index[np.isin(strongest, chain)]] - start
        t = skin @ axis / length**2
        away = np.linalg.norm(skin - t[:, None] * axis, axis=1)
        radius = [_radius(away, t, at) + grow_m for at in (0.3, 0.9)]
        pairs.append((chain[min(1, len(chain) - 1)] if skip else a, chain[-1]))
        ends.append((start, body.heads[last]))
        radii.append(radius)
    return Capsules(
        np.array(pairs, np.int32).reshape(-1, 2),
        np.array(ends, np.float32).reshape(-1, 2, 3),
        np.array(radii, np.float32).reshape(-1, 2),
        paired([]),
    )


def paired(vertices: list[NDArray[np.intp]]) -> NDArray[np.int32]:
    """Return (vertex, number of its list) pairs (N, 2)."""
    pairs = [np.stack([own, np.full(len(own), n)], 1) for n, own in enumerate(vertices)]
    return np.asarray(np.concatenate([np.zeros((0, 2)), *pairs]), np.int32)


def _chain(model: BodyModel, first: int, last: int) -> list[int]:
    """Return the bones from `first` down to the one above `last`."""
    chain = []
    bone = int(model.bone_parents[last])
    while bone != first:
        chain.append(bone)
        bone = int(model.bone_parents[bone])
    return [first, *reversed(chain)]


def _radius(away: NDArray[np.float64], t: NDArray[np.float64], at: float) -> float:
    near = np.abs(t - at) < 0.15
    return float(np.quantile(away[near] if near.any() else away, MOST))


def ties_to(
    points: Points, edges: NDArray[np.int32], held: NDArray[np.bool_], longest_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Tie every vertex to the `held` (S,) one nearest along the `edges` (E, 2); returns pairs (T, 2) and slack (T,).

    A few sweeps over springs cannot carry the weight of a whole shirt; the ties do. Cloth that goes round
    a curve may straighten, so a third of its detour is granted.
    """
    if not held.any():
        return np.zeros((0, 2), np.int32), np.zeros(0, np.float32)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    count = len(points)
    graph = sparse.csr_matrix((length, (edges[:, 0], edges[:, 1])), (count, count))
    path, _, source = dijkstra(
        graph, directed=False, indices=np.flatnonzero(held), min_only=True, return_predecessors=True
    )
    tied = np.flatnonzero(~held & (path < longest_m))
    straight = np.linalg.norm(points[tied] - points[source[tied]], axis=1)
    slack = 1.005 + 0.33 * (path[tied] / np.maximum(straight, 1e-6) - 1)
    return np.stack([tied, source[tied]], 1).astype(np.int32), np.minimum(slack, 1.2).astype(np.float32)


def cloth_springs(
    points: Points, net: Net, fabric: Fabric, along: Points
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Return edges (E, 2), their pull and push compliances (E,), bending pairs (B, 2) and compliances (B,).

    `along` (S, 3) is the direction of the warp (the length of the garment) at each vertex. Edges run from
    the top of the garment down, so that one sweep carries the weight to what holds it; neighbours in the order share
    no vertex.
    """
    edges = net.edges[np.argsort(-points[net.edges, 1].max(1), kind="stable")]
    edges = edges[spread_out(edges, len(points))]
    run = points[edges[:, 1]] - points[edges[:, 0]]
    run /= np.linalg.norm(run, axis=1, keepdims=True) + 1e-12
    warp = ((run * along[edges[:, 0]]).sum(1)) ** 2
    straight = (2 * warp - 1) ** 2  # 1 along the threads, 0 on the bias, where cloth shears
    stretch = fabric.stretch_warp * warp + fabric.stretch_weft * (1 - warp) + 0.15 * (1 - straight)
    pull = (_STRETCH_S2 * stretch).astype(np.float32)
    bends = net.bends[spread_out(net.bends, len(points))]
    bend = np.full(len(bends), _BEND_S2[fabric.bend] * fabric.weight_gsm / 180, np.float32)
    return edges, pull, pull * np.float32(_YIELD), bends, bend


@njit(cache=True, nogil=True)
def spread_out(pairs: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the order of `pairs` (C, 2) of `count` vertices nearest to theirs in which near ones share no vertex.

    A projection that needs the result of the one just before it keeps the processor waiting.
    """
    number = pairs.shape[0]
    order, after = np.empty(number, np.int64), np.arange(1, number + 1)  # `after`: a linked list of those left
    last = np.full(count, -SPREAD - 1)
    first = 0
    for place in range(number):
        before, chosen = -1, first
        tried = 0
        while chosen < number and place - max(last[pairs[chosen, 0]], last[pairs[chosen, 1]]) <= SPREAD:
            before, chosen = chosen, after[chosen]
            tried += 1
            if tried == SEARCHED:
                break
        if chosen >= number or tried == SEARCHED:  # as at the end, where few are left
            before, chosen = -1, first
        if before < 0:
            first = after[chosen]
        else:
            after[before] = after[chosen]
        order[place] = chosen
        last[pairs[chosen, 0]] = last[pairs[chosen, 1]] = place
    return order
