"""The one-euro filter (Casiez, Roussel, Vogel, CHI 2012) over a group of points that share one speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class OneEuroState:
    """The filtered points and their common speed, at the time of the last sample."""

    value: NDArray[np.float64]  # (N, D)
    speed: float  # units of value / s, filtered
    at_s: float


def one_euro(
    value: NDArray[np.float64],
    at_s: float,
    state: OneEuroState | None,
    min_cutoff_hz: float,
    beta: float,
    unit: float,
    reset_s: float = 0.5,
) -> OneEuroState:
    """Return the state after `value` (N, D) was seen at `at_s`; a gap over `reset_s` starts afresh.

    The speed is the mean over all points, so that one cutoff moves them together and the joints of a
    body do not drift apart. `unit` is the length that `beta` counts speed in (the shoulder width).
    """
    if state is None or state.value.shape != value.shape or not 0 <= at_s - state.at_s <= reset_s:
        return OneEuroState(value.copy(), 0.0, at_s)
    step_s = at_s - state.at_s
    if step_s <= 0:
        return state
    moved = float(np.mean(np.sqrt(np.sum((value - state.value) ** 2, axis=1)))) / max(unit, 1e-9)
    speed = state.speed + _gain(1.0, step_s) * (moved / step_s - state.speed)
    gain = _gain(min_cutoff_hz + beta * speed, step_s)
    return OneEuroState(state.value + gain * (value - state.value), speed, at_s)


def _gain(cutoff_hz: float, step_s: float) -> float:
    tau_s = 1.0 / (2.0 * np.pi * cutoff_hz)
    return float(1.0 / (1.0 + tau_s / step_s))
