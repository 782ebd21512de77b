"""The body of an estimate: the most probable shape coefficients, given all that is known of the dimensions.

Survey and body model speak of the same dimensions. The estimate says how these are distributed for this shopper; the
model says which shapes have them. By Jeffrey's rule the shape is what the model's people of those dimensions have, on
average: a linear map of the logarithms about the mean body of the sex, corrected by measuring the body that comes out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from pipelines.body.measure import tape_for
from pipelines.body.model import COMPONENTS, SEXES, Body, BodyModel, Sex, shape_body
from pipelines.body.survey import survey_measures
from pipelines.sizing.estimate import Estimate, Figure
from pipelines.sizing.people import F64

# Dimensions that survey and model take alike, and how far the model may miss each (standard deviation of a logarithm).
SAME = {
    "height": 0.002, "weight": 0.02, "neck": 0.015, "chest": 0.01, "navel_waist": 0.01, "hip": 0.01, "thigh": 0.02,
    "calf": 0.02, "upper_arm": 0.03, "wrist": 0.02, "biacromial": 0.015, "sleeve": 0.01, "inseam": 0.01,
    "nape_height": 0.005, "upper_arm_length": 0.02, "forearm_length": 0.02, "thigh_length": 0.02, "calf_length": 0.02,
    "waist": 0.015, "underbust": 0.02, "shoulder_width": 0.015, "back_waist": 0.03,
}  # fmt: skip
# These the model takes at other places than the survey: only how much more or less they are than usual is compared.
ALIKE = {"waist_breadth": 0.04, "waist_depth": 0.05, "hip_breadth": 0.04, "hip_depth": 0.05}
GIVEN = 0.25  # of SAME, for what the shopper gave: that should be met
ROUNDS = 3
STEP = 0.1  # standard deviations, for the numerical Jacobian


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A body's coefficients and how sure they are."""

    sex: Sex  # whose people it was taken from
    coefficients: F64  # (24,)
    covariance: F64  # (24, 24)


@dataclass(frozen=True, slots=True, eq=False)
class _Map:
    """The logarithms of SAME and ALIKE near the mean body of one sex."""

    mean: F64  # (M,) at the mean coefficients
    slopes: F64  # (M, 24)


def shape_of(found: Estimate, model: BodyModel) -> Shape:
    """Return the most probable shape of `found`; of an unknown sex, that of the more probable one.  Some 10 ms."""
    posterior = found.likeliest
    near = _map(model, posterior.sex)
    sex = SEXES.index(posterior.sex)
    prior, spread = model.sex_mean[sex], model.sex_covariance[sex]
    at = [found.names.index(name) for name in (*SAME, *ALIKE)]
    target = posterior.mean[at]
    target[len(SAME) :] += near.mean[len(SAME) :] - posterior.usual[at[len(SAME) :]]
    given = {one.name for one in found.evidence}
    miss = np.array([*(sd * (GIVEN if name in given else 1.0) for name, sd in SAME.items()), *ALIKE.values()])
    across = near.slopes @ spread
    gain = np.linalg.solve(across @ near.slopes.T + np.diag(miss**2), across).T  # (24, M)
    z, measured = prior, near.mean
    for _ in range(ROUNDS):
        z = prior + gain @ (target - measured + near.slopes @ (z - prior))
        measured = _logs(model, z)
    covariance = spread - gain @ across + gain @ posterior.covariance[np.ix_(at, at)] @ gain.T
    return Shape(posterior.sex, z, (covariance + covariance.T) / 2)


def body_of(found: Estimate, model: BodyModel) -> Body:
    """Return the most probable body of `found`."""
    return shape_body(model, shape_of(found, model).coefficients)


def figures_of(body: Body) -> dict[str, Figure]:
    """Return the dimensions of a body that is assumed, as an estimate has them, without intervals."""
    found = survey_measures(tape_for(body.model), body.rest_m, body.heads_m)
    return {name: Figure(name, value, value, value, "assumed", ()) for name, value in found.items()}


@functools.cache
def _map(model: BodyModel, sex: Sex) -> _Map:
    """Measure the mean body of `sex` and its neighbours; some 60 ms, once a sex."""
    mean = model.sex_mean[SEXES.index(sex)]
    logs = _logs(model, mean)
    slopes = [(_logs(model, mean + step) - logs) / STEP for step in STEP * np.eye(COMPONENTS)]
    return _Map(logs, np.stack(slopes, axis=1))


def _logs(model: BodyModel, coefficients: F64) -> F64:
    body = shape_body(model, coefficients)
    found = survey_measures(tape_for(model), body.rest_m, body.heads_m)
    logs: F64 = np.log([found[name] for name in (*SAME, *ALIKE)])
    return logs
