"""Sizes as numbers: where a label lies among those that are worn, and what size a body is expected to take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.sizing.fit_learning.table import Feedback
from pipelines.sizing.labels import label_rank
from pipelines.sizing.people import F64

LEAST_WORN = 100  # pieces of feedback from which a category has a mean of its own
RIDGE = 5.0
LEAST_TYPE = 0.005  # share of the rows from which a body type has a slope of its own


@dataclass(frozen=True, slots=True, eq=False)
class SizeScales:
    """Mean and spread of the sizes worn, by scale (letters, numbers, GB/T codes …), and where many are, by category."""

    spans: dict[tuple[str, str], tuple[float, float]]  # (scale, category or "") -> mean, standard deviation of ranks

    @staticmethod
    def learn(rows: Feedback) -> SizeScales:
        """Return the scales of `rows`; what was worn tells nothing of how it fitted."""
        spans: dict[tuple[str, str], tuple[float, float]] = {}
        rank, scale, names = _ranks(rows)
        for i, name in enumerate(names):
            of_scale = scale == i
            if not of_scale.any():
                continue
            spans[name, ""] = _span(rank[of_scale])
            worn = np.bincount(rows.category.codes[of_scale] + 1, minlength=len(rows.category.names) + 1)[1:]
            for code in np.flatnonzero(worn >= LEAST_WORN):
                mean, sd = _span(rank[of_scale & (rows.category.codes == code)])
                if sd > 0:
                    spans[name, rows.category.names[code]] = mean, sd
        return SizeScales(spans)

    def places(self, rows: Feedback) -> F64:
        """Return where the sizes of `rows` lie (N,), in standard deviations; NaN where a label has no order."""
        rank, scale, names = _ranks(rows)
        table = np.full((len(names) + 1, len(rows.category.names) + 1, 2), np.nan)
        for i, name in enumerate(names):
            if (name, "") in self.spans:
                table[i] = self.spans[name, ""]
            for j, category in enumerate(rows.category.names):
                if (name, category) in self.spans:
                    table[i, j] = self.spans[name, category]
        mean, sd = table[scale, rows.category.codes].T
        placed: F64 = (rank - mean) / np.where(sd > 0, sd, 1.0)
        return placed


def _span(ranks: F64) -> tuple[float, float]:
    return float(ranks.mean()), float(ranks.std())


def _ranks(rows: Feedback) -> tuple[F64, NDArray[np.int64], list[str]]:
    """Return rank (N,), number of the scale (N,), -1 where there is none, and the scales' names."""
    found = [label_rank(name) for name in rows.size.names]
    names = sorted({one[0] for one in found if one is not None})
    scale = np.array([*(-1 if one is None else names.index(one[0]) for one in found), -1], np.int64)
    rank = np.array([*(np.nan if one is None else one[1] for one in found), np.nan])
    return rank[rows.size.codes], scale[rows.size.codes], names


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The size that bodies usually take: a ridge regression on height, weight, age and body type."""

    middle: F64  # (D,) means of the columns, which stand for what was not told
    spread: F64  # (D,)
    types: tuple[str, ...]  # body types with a slope
    slopes: F64  # (1 + 2 D + T,) offset; columns; whether each was told; body types

    @staticmethod
    def learn(rows: Feedback, place: F64) -> Expected:
        """Return what sizes `place` (N,) the bodies of `rows` took."""
        columns = _columns(rows)
        told = np.isfinite(columns)
        count = np.maximum(told.sum(axis=0), 1)
        middle = np.where(told, columns, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(told, columns - middle, 0.0) ** 2).sum(axis=0) / count)
        worn = np.bincount(rows.body_type.codes + 1, minlength=1)[1:]
        types = tuple(rows.body_type.names[i] for i in np.flatnonzero(worn >= LEAST_TYPE * len(rows)))
        open_still = Expected(middle, np.where(spread > 0, spread, 1.0), types, np.zeros(0))
        inputs, known = open_still._inputs(rows), np.isfinite(place)
        X, y = inputs[known], place[known]
        slopes = np.linalg.solve(X.T @ X + RIDGE * np.eye(X.shape[1]), X.T @ y)
        return Expected(open_still.middle, open_still.spread, types, slopes)

    def places(self, rows: Feedback) -> F64:
        """Return the expected size (N,), in the units of `SizeScales`."""
        expected: F64 = self._inputs(rows) @ self.slopes
        return expected

    def _inputs(self, rows: Feedback) -> F64:
        columns = _columns(rows)
        told = np.isfinite(columns)
        scaled = np.where(told, (columns - self.middle) / self.spread, 0.0)
        types = rows.body_type.as_in(self.types)[:, None] == np.arange(len(self.types))
        return np.column_stack([np.ones(len(rows)), scaled, told, types])


def _columns(rows: Feedback) -> F64:
    """Return height, ln weight, body-mass index, root of weight over height, age (N, 5), NaN where not told."""
    ratio = rows.weight / rows.height
    columns = (rows.height, np.log(rows.weight), 1e4 * ratio / rows.height, np.sqrt(ratio), rows.age)
    return np.column_stack(columns)
