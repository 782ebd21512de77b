"""Single people whom the camera scan is calibrated on and judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.judge.individuals import CALIBRATING, JUDGING, individuals
from benchmarks.judge.people import beyond_model, shaped
from benchmarks.judge.scanned import truth
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence

GIRTHS = ("chest", "navel_waist", "hip")


@pytest.mark.parametrize("path", [CALIBRATING, JUDGING], ids=lambda path: path.stem)
def test_individuals_differ_as_much_as_the_estimate_says_that_people_of_their_height_and_weight_do(path: Path) -> None:
    away, people = [], individuals(path)
    for number, (sex, looks) in enumerate(people):
        true = truth(shaped(number, looks), looks.navel)
        known = estimate([Evidence(name, true[name], "measured") for name in ("height", "weight")], sex)
        for name in GIRTHS:
            figure = known.figure(name)
            away.append((true[name] - figure.value) / (figure.high - figure.low))
    assert [sex for sex, _ in people[:2]] == ["female", "male"]
    assert 0.68 < np.mean(np.abs(away) <= 0.5) < 0.92  # of 80 %, for some seventy to a hundred and twenty figures
    assert abs(np.mean(away)) < 0.2


def test_no_coefficients_of_the_model_express_those_who_judge_and_none_of_them_was_calibrated_on() -> None:
    judges, others = ([shaped(0, looks) for _, looks in individuals(path)] for path in (JUDGING, CALIBRATING))
    for judge in judges:
        assert np.linalg.norm(beyond_model(judge), axis=1).mean() > 0.004
        assert min(np.abs(judge.rest_m - one.rest_m).mean() for one in others) > 0.004
