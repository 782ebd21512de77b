"""The one-euro filter (Casiez, Roussel, Vogel, CHI 2012) over points that move in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class OneEuroState:
    """The filtered points and the speed of each of their groups, at the time of the last sample."""

    value: NDArray[np.float64]  # (N, D)
    speed: NDArray[np.float64]  # (G,) units / s, filtered
    at_s: float


def one_euro(
    value: NDArray[np.float64],
    at_s: float,
    state: OneEuroState | None,
    min_cutoff_hz: float,
    beta: float,
    unit: float,
    groups: NDArray[np.int64] | None = None,
    reset_s: float = 0.5,
) -> OneEuroState:
    """Return the state after `value` (N, D) was seen at `at_s`; a gap over `reset_s` starts afresh.

    `groups` (N,) numbers the group of each point. A group shares one cutoff, so that its points do not
    drift apart, and is never slower than group 0, the trunk that carries the others; without groups all
    points are one. `unit` is the length that `beta` counts speed in (the shoulder width).
    """
    groups = np.zeros(len(value), np.int64) if groups is None else groups
    if state is None or state.value.shape != value.shape or not 0 <= at_s - state.at_s <= reset_s:
        return OneEuroState(value.copy(), np.zeros(int(groups.max()) + 1), at_s)
    step_s = at_s - state.at_s
    if step_s <= 0:
        return state
    moved = np.sqrt(np.sum((value - state.value) ** 2, axis=1)) / max(unit, 1e-9)
    mean = np.bincount(groups, moved) / np.bincount(groups)
    speed = state.speed + _gain(1.0, step_s) * (mean / step_s - state.speed)
    gain = _gain(min_cutoff_hz + beta * np.maximum(speed, speed[0]), step_s)[groups, None]
    return OneEuroState(state.value + gain * (value - state.value), speed, at_s)


def _gain(cutoff_hz: Any, step_s: float) -> Any:
    tau_s = 1.0 / (2.0 * np.pi * cutoff_hz)
    return 1.0 / (1.0 + tau_s / step_s)
