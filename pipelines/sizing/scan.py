"""Measurements from the surface of a body scan: level sections of a standing body, arms away from it, legs apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipelines.body.slicing import tape_length
from pipelines.errors import MeasurementRejected
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.measures import MEASURES

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FACES_MAX = 1_000_000
UNITS_CM = {"metres": 100.0, "centimetres": 1.0, "millimetres": 0.1, "inches": 2.54}
WELD = 2e-5  # of the height: vertices nearer than that are one, as along the seams of a texture
STEP = 0.005  # of the height, from level to level
LEVELS = np.arange(0.38, 0.90, STEP)
NAVEL = 0.6015  # of the height, in both sexes of the survey, standard deviation 0.013
CROTCH_BELOW, ARMS_FROM = 0.56, 0.67  # of the height: where legs and arms are looked for
LIMB = 0.10  # of the height: a section with less girth is a finger, or dirt
MERGES = 1.12  # a trunk whose girth grows so much from level to level has met its arms
# How far off a dimension is on a scan, as a share of it: levels are guessed from where legs and arms part, the navel's
# from the height alone, and 1 % of that is 1.5 % of the girth.
ERROR = {"height": 0.004, "chest": 0.02, "navel_waist": 0.035, "hip": 0.015, "inseam": 0.01, "thigh": 0.015}


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """A welded surface, up is +Y; lengths as shares of the height, the ground is 0."""

    points: F64  # (V, 3)
    faces: I64  # (F, 3)

    def girths(self, level: float) -> list[float]:
        """Return how long a tape around each separate section at `level` is, the largest first, without fingers."""
        above = self.points[:, 1] >= level
        cut = self.faces[above[self.faces].any(axis=1) & ~above[self.faces].all(axis=1)]
        pairs = np.sort(np.concatenate([cut[:, [0, 1]], cut[:, [1, 2]], cut[:, [2, 0]]]), axis=1)
        crossing = (above[pairs[:, 0]] != above[pairs[:, 1]]).reshape(3, -1)
        edges, node = np.unique(pairs[crossing.reshape(-1)], axis=0, return_inverse=True)
        if not len(edges):
            return []
        numbers = np.full(crossing.shape, -1)
        numbers[crossing] = node.reshape(-1)
        ends = np.sort(numbers, axis=0)[1:]  # the two crossed edges of each face
        graph = coo_matrix((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(len(edges), len(edges)))
        count, part = connected_components(graph, directed=False)
        low, high = self.points[edges[:, 0]], self.points[edges[:, 1]]
        share = (level - low[:, 1]) / (high[:, 1] - low[:, 1])
        places = (low + share[:, None] * (high - low))[:, [0, 2]]
        tapes = [tape_length(np.ascontiguousarray(places[part == number])) for number in range(count)]
        return sorted((girth for girth in tapes if girth >= LIMB), reverse=True)


def scan_evidence(vertices: F64, faces: I64, height_cm: float | None = None) -> tuple[Evidence, ...]:
    """Return what a scan of (V, 3) vertices and (F, 3) triangles measures, up being +Y or +Z.

    Without `height_cm` the unit is guessed from the height. Raises MeasurementRejected for what is no standing body.
    """
    surface, own_cm = _surface(vertices, faces)
    height = own_cm if height_cm is None else height_cm
    if not height:
        raise _refused("its unit is not known: tell the height")
    sections = [surface.girths(level) for level in LEVELS]
    trunk = np.array([max(girths, default=0.0) for girths in sections])
    crotch, armpit = _crotch(sections), _armpit(sections, trunk)
    at = {
        "height": 1.0,
        "chest": float(trunk[_between(armpit - 0.06, armpit - 0.008)].max()),
        "navel_waist": float(np.interp(NAVEL, LEVELS, trunk)),
        "hip": float(trunk[_between(crotch + 0.03, crotch + 0.06)].max()),
        "thigh": float(np.mean(surface.girths(crotch - 0.01)[:2])),
        "inseam": crotch,
    }
    evidence = []
    for name, share in at.items():
        value = share * height
        if MEASURES[name].low <= value <= MEASURES[name].high:
            evidence.append(Evidence(name, value, "scan", ERROR[name] * value))
    return tuple(evidence)


def _surface(vertices: F64, faces: I64) -> tuple[_Surface, float]:
    """Return the welded surface and the height that its unit makes, in cm."""
    points = np.asarray(vertices, np.float64)
    triangles = np.asarray(faces, np.int64)
    if points.ndim != 2 or points.shape[1:] != (3,) or triangles.ndim != 2 or triangles.shape[1:] != (3,):
        raise _refused("vertices and triangles are needed")
    if not 100 <= len(triangles) <= FACES_MAX:
        raise _refused(f"{len(triangles)} triangles; 100 to {FACES_MAX} are read")
    if not np.isfinite(points).all() or triangles.min() < 0 or triangles.max() >= len(points):
        raise _refused("coordinates that are no numbers, or triangles of vertices that are not there")
    used, triangles = np.unique(triangles, return_inverse=True)
    points, triangles = points[used], triangles.reshape(-1, 3)
    extent = np.ptp(points, axis=0)
    if extent[2] > extent[1]:
        points = points[:, [0, 2, 1]] * (1.0, 1.0, -1.0)
    height = float(np.ptp(points[:, 1]))
    own = [height * factor for factor in UNITS_CM.values()]
    own_cm = next((cm for cm in own if MEASURES["height"].low <= cm <= MEASURES["height"].high), 0.0)
    if height <= 0 or float(extent.max()) > 1.15 * height:
        raise _refused("no standing body: it is wider than high")
    points = (points - points.min(axis=0)) / height
    grid, number = np.unique(np.round(points / WELD).astype(np.int64), axis=0, return_inverse=True)
    welded = number.reshape(-1)[triangles]
    real = (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 2] != welded[:, 0])
    return _Surface(grid * WELD, welded[real]), own_cm


def _crotch(sections: list[list[float]]) -> float:
    """Return the highest level with two legs.  Raises MeasurementRejected."""
    two = [
        level
        for level, girths in zip(LEVELS, sections, strict=True)
        if level < CROTCH_BELOW and len(girths) >= 2 and girths[1] > 0.6 * girths[0]
    ]
    if not two:
        raise _refused("the legs cannot be told apart: stand with the feet apart")
    return float(max(two)) + STEP / 2


def _armpit(sections: list[list[float]], trunk: F64) -> float:
    """Return the level where the arms meet the trunk.  Raises MeasurementRejected."""
    start = int(np.searchsorted(LEVELS, ARMS_FROM))
    if len(sections[start]) < 3 or trunk[start] == 0.0:
        raise _refused("the arms cannot be told from the trunk: hold them away from it")
    for i in range(start + 1, len(LEVELS)):
        if trunk[i] > MERGES * trunk[i - 1] or trunk[i] == 0.0:
            return float(LEVELS[i - 1])
    raise _refused("no shoulders are found")


def _between(low: float, high: float) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (low <= LEVELS) & (high >= LEVELS)
    return inside


def _refused(why: str) -> MeasurementRejected:
    return MeasurementRejected(f"scan: {why}", "scan", "scan")
