"""Shoppers who are individuals: the judging bodies are each the mean of fifteen people, and nobody is.

What height and weight leave open of a body is what a scan is for, and of the mean of fifteen people that is a quarter
of what it is of one. So measures are drawn, one person's at a time, from the distribution that `pipelines.sizing` was
fitted to, and a body is made to them that also has what sets a judging body apart from every body of the model. What
that adds to weight and girths, some 2 %, would make these people differ more from what their height and weight say than
people do; so what is asked of the model is moved until the whole body has the drawn height, weight and girths.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.judge.people import Looks, shaped
from benchmarks.judge.scanned import truth
from pipelines.body.model import SEXES, Sex
from pipelines.sizing.people import load_people

MEASURES = ("height", "weight", "neck", "chest", "waist", "hip", "thigh", "upper_arm", "shoulder_width", "inseam")
BMI = (18.5, 34.0)
FARTHEST = 2.2  # standard deviations of any measure
TRIES = 1000
KEPT = ("height", "weight", "chest", "waist", "hip")  # what the body has as it was drawn
ROUNDS = 3  # until it does, to 0.1 %


def individual(number: int, looks: Looks) -> tuple[Sex, Looks]:
    """Return the sex of individual `number`, and `looks` with what to ask of the model for a body of their measures."""
    sex, drawn = measures_of(number)
    asked = dict(drawn)
    for _ in range(ROUNDS):
        found = truth(shaped(number, replace(looks, measures=tuple(asked.items()))))
        asked |= {name: asked[name] * drawn[name] / found[name] for name in KEPT}
    return sex, replace(looks, measures=tuple(asked.items()))


def measures_of(number: int) -> tuple[Sex, dict[str, float]]:
    """Return sex and measures, cm and kg, of individual `number`."""
    rng = np.random.default_rng((11, number))
    sex = SEXES[number % len(SEXES)]
    people = load_people()
    one = people.populations[sex]
    at = [people.index(name) for name in MEASURES]
    spread = np.sqrt(np.diag(one.covariance)[at])
    for _ in range(TRIES):
        logs = rng.multivariate_normal(one.mean[at], one.covariance[np.ix_(at, at)])
        value = dict(zip(MEASURES, np.exp(logs).tolist(), strict=True))
        bmi = value["weight"] / (value["height"] / 100.0) ** 2
        if BMI[0] <= bmi <= BMI[1] and (np.abs(logs - one.mean[at]) <= FARTHEST * spread).all():
            break
    return sex, value
