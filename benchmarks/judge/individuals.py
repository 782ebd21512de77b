"""Shoppers who are individuals: the judging bodies are each the mean of fifteen people, and nobody is.

What height and weight leave open of a body is what a scan is for, and of the mean of fifteen people that is a quarter
of what it is of one. So measures are drawn, one person's at a time, from the distribution that `pipelines.sizing` was
fitted to, and a body is made to them that also has what sets a judging body apart from every body of the model.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.judge.people import Looks
from pipelines.body.model import SEXES, Sex
from pipelines.sizing.people import load_people

MEASURES = ("height", "weight", "neck", "chest", "waist", "hip", "thigh", "upper_arm", "shoulder_width", "inseam")
BMI = (18.5, 34.0)
FARTHEST = 2.2  # standard deviations of any measure
TRIES = 1000


def individual(number: int, looks: Looks) -> tuple[Sex, Looks]:
    """Return the sex of individual `number`, and `looks` with their measures."""
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
    return sex, replace(looks, measures=tuple(value.items()))
