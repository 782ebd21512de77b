"""A mannequin's head: the shopper's skull as one smooth egg, without a face and without ears.

The distance from the middle of the head to its skin is fitted by real spherical harmonics. The fit is robust
(Cauchy weights), so nose, ears, lips and sockets count as the outliers that they are on an egg.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import lpmv

from pipelines.types import FacesI32

F64 = NDArray[np.float64]

DEGREE = 4
ROWS, COLUMNS = 40, 56  # of the egg's grid, poles up and down
OUTLIER_M = 0.004  # what lies this far off the egg counts half
ROUNDS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Egg:
    """A closed surface."""

    points_m: F64  # (N, 3)
    faces: FacesI32  # (F, 3) counter-clockwise from outside
    centre_m: F64  # (3,)


def egg_of(points_m: F64) -> Egg:
    """Return the smooth head around the head's vertices `points_m` (N, 3), body frame."""
    centre = (points_m.min(0) + points_m.max(0)) / 2
    offset = points_m - centre
    radius = np.linalg.norm(offset, axis=1)
    basis = _harmonics(offset / radius[:, None])
    weight, fit = np.ones(len(radius)), np.zeros(basis.shape[1])
    for _ in range(ROUNDS):
        scaled = basis * weight[:, None]
        fit = np.linalg.solve(scaled.T @ basis + 1e-3 * np.eye(len(fit)), scaled.T @ radius)
        weight = 1.0 / (1.0 + ((radius - basis @ fit) / OUTLIER_M) ** 2)
    directions, faces = _grid()
    return Egg(centre + directions * (_harmonics(directions) @ fit)[:, None], faces, centre)


def _harmonics(directions: F64) -> F64:
    """Return the real spherical harmonics of `directions` (N, 3) up to DEGREE: (N, (DEGREE + 1)^2)."""
    longitude = np.arctan2(directions[:, 0], directions[:, 2])
    height = np.clip(directions[:, 1], -1.0, 1.0)
    columns = []
    for degree in range(DEGREE + 1):
        for order in range(-degree, degree + 1):
            wave = np.cos(order * longitude) if order >= 0 else np.sin(-order * longitude)
            scale = math.sqrt(math.factorial(degree - abs(order)) / math.factorial(degree + abs(order)))
            columns.append(scale * lpmv(abs(order), degree, height) * wave)
    return np.stack(columns, 1)


def _grid() -> tuple[F64, FacesI32]:
    """Return the unit directions and faces of a globe."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, ROWS)[1:-1]
    longitude = np.arange(COLUMNS) * (2 * np.pi / COLUMNS)
    up, round_ = np.meshgrid(latitude, longitude, indexing="ij")
    ring = np.stack([np.cos(up) * np.sin(round_), np.sin(up), np.cos(up) * np.cos(round_)], -1).reshape(-1, 3)
    low, high = len(ring), len(ring) + 1
    here = np.arange(ring.shape[0]).reshape(-1, COLUMNS)
    east = np.roll(here, -1, 1)
    a, b, c, d = (part.ravel() for part in (here[:-1], east[:-1], east[1:], here[1:]))
    faces = [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    faces.append(np.stack([np.full(COLUMNS, low), east[0], here[0]], 1))
    faces.append(np.stack([np.full(COLUMNS, high), here[-1], east[-1]], 1))
    poles = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])
    return np.concatenate([ring, poles]), np.concatenate(faces).astype(np.int32)
