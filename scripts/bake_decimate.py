"""Half-edge collapse onto existing vertices (Garland and Heckbert 1997), for the occluder mesh."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

_FLIP = 0.2  # least cosine between a face's normal before and after a collapse


def decimate(
    vertices: NDArray[np.float64], faces: NDArray[np.int32], target: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Collapse edges until `target` vertices are left.

    Returns (kept vertex numbers (N,), faces (F, 3) into the kept ones). Border edges stay put.
    """
    mesh = _Mesh(vertices, faces)
    heap = [mesh.cheapest(a, b) for a, b in mesh.edges()]
    heapq.heapify(heap)
    while len(mesh.ring) > target and heap:
        cost, gone, stays, stamp = heapq.heappop(heap)
        if mesh.stamp.get(gone, -1) + mesh.stamp.get(stays, -1) != stamp or gone not in mesh.ring:
            continue
        if stays not in mesh.ring or not mesh.may_collapse(gone, stays):
            continue
        for other in mesh.collapse(gone, stays):
            heapq.heappush(heap, mesh.cheapest(stays, other))
    return mesh.result()


class _Mesh:
    def __init__(self, vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> None:
        self.at = vertices
        self.faces = {i: tuple(int(v) for v in face) for i, face in enumerate(faces)}
        self.ring: dict[int, set[int]] = {}
        for i, face in self.faces.items():
            for v in face:
                self.ring.setdefault(v, set()).add(i)
        self.stamp = dict.fromkeys(self.ring, 0)
        self.quadric = {v: sum((self._plane(f) for f in ring), np.zeros((4, 4))) for v, ring in self.ring.items()}
        self.fixed = self._border()

    def edges(self) -> set[tuple[int, int]]:
        pairs = ((f[i], f[(i + 1) % 3]) for f in self.faces.values() for i in range(3))
        return {(min(p), max(p)) for p in pairs}

    def cheapest(self, a: int, b: int) -> tuple[float, int, int, int]:
        quadric = self.quadric[a] + self.quadric[b]
        span = float(np.sum((self.at[a] - self.at[b]) ** 2))
        options = [(self._error(quadric, stays), gone, stays) for gone, stays in ((a, b), (b, a))]
        error, gone, stays = min((o for o in options if o[1] not in self.fixed), default=(np.inf, a, b))
        return error + 1e-5 * span, gone, stays, self.stamp[a] + self.stamp[b]

    def may_collapse(self, gone: int, stays: int) -> bool:
        if gone in self.fixed:
            return False
        around_gone, around_stays = self._neighbours(gone), self._neighbours(stays)
        if stays not in around_gone or len(around_gone & around_stays) != 2:
            return False  # link condition: anything else would pinch the surface
        for i in self.ring[gone]:
            face = self.faces[i]
            if stays in face:
                continue
            before = self._normal(face)
            after = self._normal(tuple(stays if v == gone else v for v in face))
            if float(before @ after) < _FLIP * float(np.linalg.norm(before) * np.linalg.norm(after)) + 1e-14:
                return False
        return True

    def collapse(self, gone: int, stays: int) -> set[int]:
        for i in self.ring.pop(gone):
            face = self.faces[i]
            if stays in face:
                for v in face:
                    if v != gone:
                        self.ring[v].discard(i)
                del self.faces[i]
            else:
                self.faces[i] = tuple(stays if v == gone else v for v in face)
                self.ring[stays].add(i)
        self.quadric[stays] = self.quadric[stays] + self.quadric.pop(gone)
        self.stamp.pop(gone)
        self.stamp[stays] += 1_000_003  # invalidates every queued cost of this vertex
        return self._neighbours(stays)

    def result(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        faces = np.array(list(self.faces.values()), np.int32)
        kept, flat = np.unique(faces, return_inverse=True)
        return kept.astype(np.int32), flat.reshape(-1, 3).astype(np.int32)

    def _neighbours(self, v: int) -> set[int]:
        return {u for i in self.ring[v] for u in self.faces[i]} - {v}

    def _normal(self, face: tuple[int, ...]) -> NDArray[np.float64]:
        a, b, c = (self.at[v] for v in face)
        return np.cross(b - a, c - a)

    def _plane(self, i: int) -> NDArray[np.float64]:
        normal = self._normal(self.faces[i])
        area = float(np.linalg.norm(normal))
        if area < 1e-14:
            return np.zeros((4, 4))
        unit = normal / area
        plane = np.append(unit, -unit @ self.at[self.faces[i][0]])
        return area * np.outer(plane, plane)

    def _error(self, quadric: NDArray[np.float64], v: int) -> float:
        point = np.append(self.at[v], 1.0)
        return max(float(point @ quadric @ point), 0.0)

    def _border(self) -> set[int]:
        count: dict[tuple[int, int], int] = {}
        for face in self.faces.values():
            for i in range(3):
                edge = (min(face[i], face[(i + 1) % 3]), max(face[i], face[(i + 1) % 3]))
                count[edge] = count.get(edge, 0) + 1
        return {v for edge, n in count.items() if n != 2 for v in edge}
