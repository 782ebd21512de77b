"""Body girths from what a shopper knows, and from breadths and depths: five-fold on ANSUR II.

Needs the survey's files in the folder that ANSUR_FOLDER names, or in ../shared/data/ansur beside the checkout. Every
person is estimated by a model that has not seen them, on the path that serves. Breadths and depths are a caliper's, not
a camera's.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asking import asking_metrics
from benchmarks.body_scores import (
    GIRTHS,
    Guess,
    Person,
    calibration_metrics,
    dimension_metrics,
    girth_metrics,
    group_metrics,
    guesses,
    letter_metrics,
    metric,
    tell_refused,
)
from pipelines.errors import InputRejected
from pipelines.sizing.ansur import Survey, read_surveys
from pipelines.sizing.estimate import SURE, estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.learn import learn
from pipelines.sizing.measures import FRONT_BREADTHS, SIDE_DEPTHS
from pipelines.sizing.reasons import reason
from pipelines.sizing.recommend import Item, advise
from pipelines.sizing.standards import letter_chart

FOLDS, SEED = 5, 1
TYPED = ("height", "weight", "age")
LEVELS: dict[str, tuple[tuple[str, ...], tuple[float, float, float] | None]] = {
    "typed": (TYPED, (2.75, 3.45, 2.15)),
    "front": ((*TYPED, *FRONT_BREADTHS), (2.3, 1.9, 1.25)),
    "front_side": ((*TYPED, *FRONT_BREADTHS, *SIDE_DEPTHS), (1.6, 1.25, 1.1)),
    "no_weight": (("height", "age", *FRONT_BREADTHS, *SIDE_DEPTHS), None),
}
LETTER_TARGETS = {"male": (0.69, 0.997), "female": (0.60, 0.99)}
COVER_OFF = 3.0  # percentage points by which 80 % intervals may hold too seldom or too often
CALIBRATION_ERROR, SAID_70_OFF = 0.03, 0.04
HEAVY_BMI = 30.0
GROUP_RATIO = 1.5


def folder() -> Path:
    """Return where the survey lies.  Raises InputRejected."""
    path = Path(os.environ.get("ANSUR_FOLDER", Path(__file__).resolve().parents[2] / "shared" / "data" / "ansur"))
    if not path.is_dir():
        raise InputRejected(f"{path}: no such folder; ANSUR_FOLDER names the one with the ANSUR II files")
    return path


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Estimate everybody at every level; return errors, coverage and letters."""
    surveys = read_surveys(folder())
    metrics: dict[str, Any] = {}
    for level, (names, targets) in LEVELS.items():
        done = _held_out(surveys, [(name, "measured") for name in names])
        metrics |= _with_cover_targets(girth_metrics(done, f"{level}_", targets or ()), level if targets else "")
        if level == "typed":
            _add_plain_means(metrics, done)
            metrics |= letter_metrics(done, targets=LETTER_TARGETS)
            metrics |= dimension_metrics(done, "typed_", COVER_OFF)
            metrics |= group_metrics(done, GROUP_RATIO)
            metrics |= calibration_metrics(done, CALIBRATION_ERROR, SAID_70_OFF)
            heavy = [guess for guess in done if _bmi(guess.person) > HEAVY_BMI]
            metrics |= girth_metrics(heavy, "typed_heavy_")
    told = _held_out(surveys, [("height", "told"), ("weight", "told"), ("age", "told")])
    metrics |= girth_metrics(told, "told_") | letter_metrics(told, "told_") | asking_metrics(told)
    metrics["answer_ms"] = metric(_answer_ms(), "ms", 20.0, "lower")
    return metrics


def _held_out(surveys: Sequence[Survey], given: Sequence[tuple[str, str]]) -> list[Guess]:
    """Guess everybody with the model that was fitted to the other folds."""
    rng = np.random.default_rng(SEED)
    folds = [rng.permutation(len(survey.values)) % FOLDS for survey in surveys]
    done: list[Guess] = []
    for fold in range(FOLDS):
        people = learn([survey.rows(of != fold) for survey, of in zip(surveys, folds, strict=True)], "folds")
        tested = [
            person
            for survey, of in zip(surveys, folds, strict=True)
            for person in persons(survey.rows(of == fold), given)
        ]
        found, refused = guesses(tested, people)
        tell_refused(refused, len(tested))
        done += found
    return done


def persons(survey: Survey, given: Sequence[tuple[str, str]]) -> list[Person]:
    """Return the people of `survey`, of whom the dimensions `given` are known, each from its source."""
    people = []
    for row, told, group in zip(survey.values, survey.reported, survey.group.tolist(), strict=True):
        value = dict(zip(survey.names, row.tolist(), strict=True))
        said = {"height": float(told[0]), "weight": float(told[1]), "age": value["age"]}
        if any(source == "told" for _, source in given) and np.isnan(told).any():
            continue
        evidence = [Evidence(name, said[name] if source == "told" else value[name], source) for name, source in given]
        truth = {name: value[dimension] for name, dimension in GIRTHS.items()}
        people.append(Person(survey.sex, tuple(evidence), truth, group, value))
    return people


def _with_cover_targets(metrics: dict[str, Any], level: str) -> dict[str, Any]:
    """Add how far each interval's coverage is off what is stated."""
    if not level:
        return metrics
    for name in GIRTHS:
        cover = metrics[f"{level}_{name}_cover"]["value"]
        metrics[f"{level}_{name}_cover_off"] = metric(abs(cover - 100 * SURE), "points", COVER_OFF, "lower")
    return metrics


def _add_plain_means(metrics: dict[str, Any], done: Sequence[Guess]) -> None:
    """Set beside the error that of guessing the sex's mean."""
    for name in GIRTHS:
        errors = []
        for sex in ("female", "male"):
            truth = np.array([guess.person.truth_cm[name] for guess in done if guess.person.sex == sex])
            errors.append(np.abs(truth - truth.mean()))
        metrics[f"typed_{name}_mae"]["peers"]["mean of the sex"] = float(np.concatenate(errors).mean())


def _bmi(person: Person) -> float:
    known = {one.name: one.value for one in person.evidence}
    return known["weight"] / (known["height"] / 100) ** 2


def _answer_ms(runs: int = 50) -> float:
    """Return the median time of an answer: a body of unknown sex, all its figures, a size and the reason."""
    item = Item(letter_chart("male"), None)
    evidence = [Evidence("height", 171.0, "told"), Evidence("weight", 66.0, "told"), Evidence("hip", 96.0, "tape")]
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        found = estimate(evidence)
        reason(found.figures(), item, advise(found, item), "en")
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))
