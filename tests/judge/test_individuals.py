"""Shoppers who are individuals."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judge.individuals import BMI, KEPT, individual, measures_of
from benchmarks.judge.people import Looks, beyond_model, bodies, shaped
from benchmarks.judge.scanned import truth
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence


def test_an_individual_has_the_drawn_measures_and_the_deviations_of_a_judging_body() -> None:
    number = 13
    sex, looks = individual(number, Looks(fitted=True))
    drawn_sex, drawn = measures_of(number)
    body = shaped(number, looks)
    found = truth(body)
    assert sex == drawn_sex and looks.fitted
    for name in KEPT:
        assert found[name] == pytest.approx(drawn[name], rel=0.002), name
    np.testing.assert_allclose(beyond_model(body), beyond_model(bodies()[1]), atol=1e-4)


def test_individuals_differ_as_much_as_the_estimate_says_that_people_of_their_height_and_weight_do() -> None:
    away = []
    for number in range(120):
        sex, drawn = measures_of(number)
        assert BMI[0] <= drawn["weight"] / (drawn["height"] / 100.0) ** 2 <= BMI[1]
        known = estimate([Evidence(name, drawn[name], "measured") for name in ("height", "weight")], sex)
        for name in ("chest", "waist", "hip"):
            figure = known.figure(name)
            away.append(figure.low <= drawn[name] <= figure.high)
    assert 0.74 < np.mean(away) < 0.86  # of 80 %
