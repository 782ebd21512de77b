"""A body from tape measurements: the most probable shape that meets them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pipelines.body.measure import MEASURES, measure_rest, tape_for
from pipelines.body.model import COMPONENTS, SEXES, Body, BodyModel, Sex, shape_body
from pipelines.errors import MeasurementRejected

# What adults have, thinnest to heaviest, shortest to tallest; centimetres, kilograms.
PLAUSIBLE = {
    "height": (130.0, 220.0),
    "neck": (24.0, 60.0),
    "chest": (65.0, 170.0),
    "underbust": (52.0, 160.0),
    "waist": (50.0, 180.0),
    "hip": (70.0, 180.0),
    "thigh": (35.0, 100.0),
    "upper_arm": (17.0, 60.0),
    "wrist": (11.0, 26.0),
    "shoulder_width": (29.0, 60.0),
    "sleeve": (40.0, 80.0),
    "inseam": (55.0, 110.0),
    "back_waist": (26.0, 60.0),
    "weight": (32.0, 220.0),
}
TOLERANCE = 0.05  # cm or kg
ROUNDS = 16
SETTLING = 2  # rounds that aim at the most probable shape; the later ones only mend
STEP = 0.05  # standard deviations, for the numerical Jacobian
TAPE_ERROR = 0.02  # of the value: what two people's tapes, and our levels and theirs, differ by
MAX_SURPRISE = 5.0  # root mean square, in standard deviations of people, of all values together
MAX_CONFLICT = 6.0  # standard deviations of one value given the others


def body_from_measurements(model: BodyModel, measurements_cm: Mapping[str, float], sex: Sex | None = None) -> Body:
    """Return the most probable adult body with these measures; {} gives the mean one.

    `measurements_cm` is any subset of MEASURES in centimetres, `weight` in kilograms. Without `sex`
    women and men are pooled. Gauss-Newton steps of the constrained maximum a posteriori problem:
    minimise the Mahalanobis distance to the population subject to the measures, met to 0.1.
    Raises MeasurementRejected, naming the value, if one is unknown, out of range or contradicts the rest.
    """
    wanted = _checked(measurements_cm)
    mean, covariance = _population(model, sex)
    if not wanted:
        return shape_body(model, mean)
    rows = [MEASURES.index(name) for name in wanted]
    target = np.array(list(wanted.values()))
    z, found = mean, _measured(model, mean, rows)
    for turn in range(ROUNDS):
        jacobian = _jacobian(model, z, found, rows)
        spread = jacobian @ covariance @ jacobian.T + 1e-6 * np.eye(len(rows))
        if turn == 0:
            _refuse_contradictions(list(wanted), target, found, spread)
        # Settle on the most probable shape first; then only mend what the measures' curvature left over.
        start = mean if turn < SETTLING else z
        miss = target - found - jacobian @ (start - z)
        z, found = _step(model, z, start + covariance @ jacobian.T @ np.linalg.solve(spread, miss), rows, target)
        if np.abs(found - target).max() <= TOLERANCE:
            return shape_body(model, z)
    worst = list(wanted)[int(np.abs(found - target).argmax())]
    raise MeasurementRejected(f"{worst} {wanted[worst]:g} {_unit(worst)} cannot be met together with the others")


def _step(
    model: BodyModel, z: NDArray[np.float64], goal: NDArray[np.float64], rows: list[int], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The longest of a few steps from `z` toward `goal` that comes nearest the target, with its measures."""
    tried = []
    before = np.abs(_measured(model, z, rows) - target).max()
    for length in (1.0, 0.5, 0.25, 0.1):
        found = _measured(model, z + length * (goal - z), rows)
        tried.append((float(np.abs(found - target).max()), length, found))
        if tried[-1][0] < 0.7 * before:
            break
    _, length, found = min(tried, key=lambda one: one[0])
    return z + length * (goal - z), found


def _checked(measurements_cm: Mapping[str, float]) -> dict[str, float]:
    for name, value in measurements_cm.items():
        if name not in PLAUSIBLE:
            raise MeasurementRejected(f"{name}: unknown measurement; known are {', '.join(MEASURES)}")
        low, high = PLAUSIBLE[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise MeasurementRejected(f"{name}: not a number")
        if not low <= value <= high:
            raise MeasurementRejected(f"{name} {value:g} {_unit(name)}: adults have {low:g} to {high:g}")
    return {name: float(value) for name, value in measurements_cm.items()}


def _population(model: BodyModel, sex: Sex | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (24,) and covariance (24, 24) of the coefficients."""
    if sex is None:
        return np.zeros(COMPONENTS), np.eye(COMPONENTS)
    if sex not in SEXES:
        raise MeasurementRejected(f"sex: {', '.join(SEXES)} or nothing")
    index = SEXES.index(sex)
    return model.sex_mean[index], model.sex_covariance[index]


def _measured(model: BodyModel, z: NDArray[np.float64], rows: list[int]) -> NDArray[np.float64]:
    body = shape_body(model, z)
    values: NDArray[np.float64] = measure_rest(tape_for(model), body.rest_m, body.heads_m)[rows]
    return values


def _jacobian(
    model: BodyModel, z: NDArray[np.float64], found: NDArray[np.float64], rows: list[int]
) -> NDArray[np.float64]:
    """One-sided numerical derivative (M, 24) of the measures, which are `found` at `z`."""
    moved = z + STEP * np.eye(COMPONENTS)
    slopes: NDArray[np.float64] = np.stack([_measured(model, one, rows) - found for one in moved], axis=1) / STEP
    return slopes


def _refuse_contradictions(
    names: list[str], target: NDArray[np.float64], expected: NDArray[np.float64], spread: NDArray[np.float64]
) -> None:
    """Raise MeasurementRejected when no person is likely to have these values together.

    A value's conflict is its distance from what all the others predict (the inverse covariance holds
    the conditional variances on its diagonal).
    """
    precision = np.linalg.inv(spread + np.diag((TAPE_ERROR * target) ** 2))
    misfit = target - expected
    pull = precision @ misfit
    surprise = math.sqrt(max(float(misfit @ pull), 0.0) / len(names))
    conflict = np.abs(pull) / np.sqrt(np.diag(precision))
    worst = int(conflict.argmax())
    if surprise > MAX_SURPRISE or conflict[worst] > MAX_CONFLICT:
        likely = target[worst] - pull[worst] / precision[worst, worst]
        raise MeasurementRejected(
            f"{names[worst]} {target[worst]:g} {_unit(names[worst])} does not go with the other measurements:"
            f" about {likely:.0f} {_unit(names[worst])} would; measure again"
        )


def _unit(name: str) -> str:
    return "kg" if name == "weight" else "cm"
