"""From a survey's people to the distributions of `people.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.body.model import Sex
from pipelines.sizing.ansur import Survey
from pipelines.sizing.people import F64, People, Population

# Soldiers are younger, leaner and more alike than shoppers. How all other dimensions go with age, height and weight is
# taken from the survey as it is; how these three are spread is widened, so that a figure that was not told is not
# guessed to be a soldier's.
AGE_YEARS, AGE_SPREAD = 38.0, 0.36  # median, standard deviation of the logarithm
HEIGHT_WIDER, WEIGHT_WIDER = 1.15, 1.4  # of the standard deviations; that of the weight at a given height
WEIGHT_HEAVIER = 0.02  # of the logarithm
LEADING = ("age", "height", "weight")


def learn(surveys: Sequence[Survey], source: str) -> People:
    """Return the people that `surveys` (one a sex, the same columns) speak of, widened to shoppers."""
    populations: dict[Sex, Population] = {}
    for survey in surveys:
        logs = np.log(survey.values)
        mean, covariance = _for_shoppers(logs.mean(axis=0), np.cov(logs.T), survey.names)
        populations[survey.sex] = Population(mean, covariance, _told(survey))
    return People(surveys[0].names, populations, source)


def extended(people: People, names: Sequence[str], maps: dict[Sex, tuple[F64, F64, F64]]) -> People:
    """Return `people` with further dimensions that follow from the others.

    `maps` by sex: offset (K,), slopes (K, M) and the covariance (K, K) of what the slopes leave open, in logarithms.
    """
    populations: dict[Sex, Population] = {}
    for sex, one in people.populations.items():
        offset, slopes, rest = maps[sex]
        across = slopes @ one.covariance
        covariance = np.block([[one.covariance, across.T], [across, across @ slopes.T + rest]])
        populations[sex] = Population(np.concatenate([one.mean, offset + slopes @ one.mean]), covariance, one.told)
    return People((*people.names, *names), populations, people.source)


def _for_shoppers(mean: F64, covariance: F64, names: Sequence[str]) -> tuple[F64, F64]:
    """Give age, height and weight a shopper's spread and keep what follows from them (Jeffrey's rule)."""
    lead = [names.index(name) for name in LEADING]
    gain = np.linalg.solve(covariance[np.ix_(lead, lead)], covariance[lead]).T  # (M, 3)
    open_still = covariance - gain @ covariance[lead]
    lead_mean, lead_covariance = _shoppers(mean[lead], covariance[np.ix_(lead, lead)])
    return mean + gain @ (lead_mean - mean[lead]), open_still + gain @ lead_covariance @ gain.T


def _shoppers(mean: F64, covariance: F64) -> tuple[F64, F64]:
    """Return mean (3,) and covariance (3, 3) of ln age, height and weight of shoppers, in that order."""
    chain = np.linalg.cholesky(covariance)
    unit = chain / np.diag(chain)  # the slopes of each on the innovations before it
    innovation = np.diag(chain) * (1.0, HEIGHT_WIDER, WEIGHT_WIDER)
    innovation[0] = AGE_SPREAD
    shift = np.array([np.log(AGE_YEARS) - mean[0], 0.0, WEIGHT_HEAVIER])
    wide: F64 = unit * innovation
    return mean + unit @ shift, wide @ wide.T


def _told(survey: Survey) -> F64:
    """Return how told height and weight (2, 4) follow from the true ones: offset, two slopes, standard deviation."""
    known = np.isfinite(survey.reported).all(axis=1)
    truth = np.log(np.column_stack([survey.column("height"), survey.column("weight")])[known])
    told = np.log(survey.reported[known])
    inputs = np.column_stack([np.ones(len(truth)), truth])
    slopes, _, _, _ = np.linalg.lstsq(inputs, told, rcond=None)
    spread = (told - inputs @ slopes).std(axis=0, ddof=3)
    return np.column_stack([slopes.T, spread])
