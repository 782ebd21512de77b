"""Boosted trees over features, and what they say made to hold: calibrated on rows that the trees have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.ensemble import HistGradientBoostingClassifier

from pipelines.sizing.people import F64

ROUNDS, PATIENCE = 200, 15  # of boosting at most; without getting better on the rows held back
RATE, LEAVES, LEAST_IN_LEAF, SHRINK = 0.08, 16, 20, 1.0
DRAWN = 10.0  # rows that the calibration is drawn to nothing with
CLASSES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Trees, and the calibration of their logarithms: one slope, and an offset for each class."""

    trees: HistGradientBoostingClassifier
    told: NDArray[np.bool_]  # (D,) inputs of which anything was known: without a single value trees cannot be grown
    slope: float
    offset: F64  # (3,)

    @staticmethod
    def learn(inputs: F64, called: NDArray[np.int64], held: NDArray[np.bool_], seed: int) -> Boosted:
        """Learn classes `called` (N,) from `inputs` (N, D), NaN for what is not known; stop and calibrate on `held`."""
        trees = HistGradientBoostingClassifier(
            learning_rate=RATE, max_iter=ROUNDS, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST_IN_LEAF,
            l2_regularization=SHRINK, early_stopping=True, n_iter_no_change=PATIENCE, random_state=seed,
        )  # fmt: skip
        told = np.isfinite(inputs[~held]).any(axis=0)
        inputs = inputs[:, told]
        trees.fit(inputs[~held], called[~held], X_val=inputs[held], y_val=called[held])
        slope, offset = _calibrated(np.log(_plain(trees, inputs[held])), called[held])
        return Boosted(trees, told, slope, offset)

    def chances(self, inputs: F64) -> F64:
        """Return the probability (N, 3) of each class."""
        said: F64 = softmax(self.slope * np.log(_plain(self.trees, inputs[:, self.told])) + self.offset, axis=1)
        return said


def _plain(trees: Any, inputs: F64) -> F64:
    """Return what the trees say (N, 3), never quite nothing."""
    said: F64 = np.maximum(trees.predict_proba(inputs), 1e-9)
    return said


def _calibrated(logs: F64, called: NDArray[np.int64]) -> tuple[float, F64]:
    """Return slope and offsets (3,) that make `logs` (N, 3) likeliest; the offset of the middle class is 0."""

    def loss(free: F64) -> float:
        slope, offset = _unpacked(free)
        right = log_softmax(slope * logs + offset, axis=1)[np.arange(len(called)), called]
        return float(-right.sum() + DRAWN * (free**2).sum())

    return _unpacked(minimize(loss, np.zeros(CLASSES), method="L-BFGS-B").x)


def _unpacked(free: F64) -> tuple[float, F64]:
    return float(np.exp(free[0])), np.array([free[1], 0.0, free[2]])
