"""Scores of estimated bodies against measured ones: error, how often the stated interval holds, letters."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.body.model import Sex
from pipelines.errors import MeasurementRejected
from pipelines.sizing.charts import BodyChart, BodyRow, Source
from pipelines.sizing.estimate import SURE, Estimate, estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.letters import LETTERS, letter_of, letter_probabilities
from pipelines.sizing.people import People
from pipelines.sizing.recommend import Item, advise, choose, ranges_of
from pipelines.sizing.standards import letter_chart

LEAST = 100  # people of a group
GIRTHS = {"chest": "chest", "waist": "navel_waist", "hip": "hip"}  # as the figures name them, and as the estimate does


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, and what a tape found."""

    sex: Sex
    evidence: tuple[Evidence, ...]
    truth_cm: Mapping[str, float]  # of GIRTHS
    group: int = 0  # the survey's, to see who is served worse
    all_cm: Mapping[str, float] = field(default_factory=dict)  # of all dimensions, where they are known


@dataclass(frozen=True, slots=True)
class Guess:
    """What was estimated of a person."""

    person: Person
    found: Estimate
    girths: Mapping[str, tuple[float, float, float]]  # of GIRTHS: low, value, high in cm
    letter: str


def guesses(people_known: Iterable[Person], people: People | None = None) -> tuple[list[Guess], list[str]]:
    """Estimate every person; return guesses, and for those who were refused the reason."""
    done, refused = [], []
    for person in people_known:
        try:
            found = estimate(person.evidence, person.sex, people)
        except MeasurementRejected as error:
            refused.append(str(error))
            continue
        girths = {}
        for name, dimension in GIRTHS.items():
            figure = found.figure(dimension)
            girths[name] = (figure.low, figure.value, figure.high)
        chances = letter_probabilities(found, person.sex)
        done.append(Guess(person, found, girths, max(chances, key=chances.__getitem__)))
    return done, refused


def girth_metrics(done: Sequence[Guess], prefix: str = "", targets_cm: Sequence[float | None] = ()) -> dict[str, Any]:
    """Return error and coverage of each girth that a tape found."""
    metrics: dict[str, Any] = {}
    for name, target in zip(GIRTHS, targets_cm or [None] * len(GIRTHS), strict=True):
        known = [guess for guess in done if name in guess.person.truth_cm]
        if not known:
            continue
        truth = np.array([guess.person.truth_cm[name] for guess in known])
        low, value, high = np.array([guess.girths[name] for guess in known]).T
        errors = np.abs(value - truth)
        peers = {"p90": float(np.quantile(errors, 0.9)), "bias": float((value - truth).mean()), "n": len(known)}
        for sex in ("male", "female"):
            of_sex = np.array([guess.person.sex == sex for guess in known])
            if of_sex.any():
                peers[sex] = float(errors[of_sex].mean())
        metrics[f"{prefix}{name}_mae"] = metric(float(errors.mean()), "cm", target, "lower", peers)
        held = float(((low <= truth) & (truth <= high)).mean())
        metrics[f"{prefix}{name}_cover"] = metric(
            100 * held, "%", None, "higher", {"stated": 100 * SURE, "mean width": float((high - low).mean())}
        )
    return metrics


def dimension_metrics(done: Sequence[Guess], prefix: str, off: float) -> dict[str, Any]:
    """Return how well the intervals of all dimensions hold that were measured and not given, the worst of them."""
    holds: dict[str, list[bool]] = {}
    for guess in done:
        given = {one.name for one in guess.person.evidence}
        for name, truth in guess.person.all_cm.items():
            if name not in given:
                figure = guess.found.figure(name)
                holds.setdefault(name, []).append(figure.low <= truth <= figure.high)
    covers = {name: 100 * float(np.mean(held)) for name, held in holds.items()}
    worst = max(covers, key=lambda name: abs(covers[name] - 100 * SURE))
    value = abs(covers[worst] - 100 * SURE)
    return {
        f"{prefix}all_cover_worst_off": metric(value, "points", off, "lower", {worst: covers[worst], "of": len(covers)})
    }


def letter_metrics(
    done: Sequence[Guess], prefix: str = "", targets: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, Any]:
    """Return the share of right letters, and of those that are at most one off, by sex."""
    metrics: dict[str, Any] = {}
    for sex, title in (("male", "men"), ("female", "women")):
        known = [guess for guess in done if guess.person.sex == sex and "chest" in guess.person.truth_cm]
        if not known:
            continue
        right = [LETTERS.index(letter_of(guess.person.truth_cm["chest"], guess.person.sex)) for guess in known]
        off = np.abs(np.array([LETTERS.index(guess.letter) for guess in known]) - right)
        exact, within = (targets or {}).get(sex, (None, None))
        metrics[f"{prefix}letter_exact_{title}"] = metric(float((off == 0).mean()), "share", exact, "higher")
        metrics[f"{prefix}letter_within_one_{title}"] = metric(float((off <= 1).mean()), "share", within, "higher")
    return metrics


def group_metrics(done: Sequence[Guess], most: float) -> dict[str, Any]:
    """Return the largest error of any group of people over that of all, of any girth; groups of at least LEAST."""
    ratios: dict[str, float] = {}
    groups = np.array([guess.person.group for guess in done])
    for name in GIRTHS:
        errors = np.array([abs(guess.girths[name][1] - guess.person.truth_cm[name]) for guess in done])
        for group in sorted(set(groups.tolist())):
            if (groups == group).sum() >= LEAST:
                ratios[f"{name}, group {group}"] = float(errors[groups == group].mean() / errors.mean())
    worst = max(ratios, key=ratios.__getitem__)
    return {"worst_group_ratio": metric(ratios[worst], "x", most, "lower", {worst: ratios[worst], "of": len(ratios)})}


def calibration_metrics(done: Sequence[Guess], error: float, off: float) -> dict[str, Any]:
    """Return how far what is said of the likeliest size is from how often it is right, on two charts.

    Right is the size that the true measures take: letters by chest, and a dress or suit by chest and hip.
    """
    said, right = [], []
    for guess in done:
        for chart in (letter_chart(guess.person.sex), _chest_and_hip(guess.person.sex)):
            item = Item(chart, None)
            chances = advise(guess.found, item).chances
            best = max(chances, key=chances.__getitem__)
            truth = np.array([[guess.person.truth_cm[name] for name in chart.dimensions]])
            said.append(chances[best])
            right.append(item.sizes[choose(truth, ranges_of(item), item.stretch)[0]] == best)
    shares, hits = np.array(said), np.array(right)
    bins = np.round(10 * shares).astype(int)
    gaps = {n: (float(hits[bins == n].mean() - shares[bins == n].mean()), float((bins == n).mean())) for n in set(bins)}
    mean_gap = sum(abs(gap) * share for gap, share in gaps.values())
    return {
        "size_calibration_error": metric(mean_gap, "share", error, "lower"),
        "size_said_70_off": metric(abs(gaps[7][0]), "share", off, "lower", {"right": float(hits[bins == 7].mean())}),
        "size_likeliest_right": metric(float(hits.mean()), "share", None, "higher", {"said": float(shares.mean())}),
    }


def _chest_and_hip(sex: Sex) -> BodyChart:
    """Return a chart in steps of 6 cm of both girths, as of a dress or a suit."""
    chest, hip = (76, 84) if sex == "female" else (84, 84)
    source = Source("made for this benchmark", "brand")
    rows = [
        BodyRow(str(n), {"chest": (chest + 6 * n, chest + 6 * n + 6), "hip": (hip + 6 * n, hip + 6 * n + 6)}, source)
        for n in range(9)
    ]
    return BodyChart("", tuple(rows))


def metric(
    value: float, unit: str, target: float | None, better: str, peers: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Return one figure in the form of `registry.py`."""
    return {"value": value, "unit": unit, "target": target, "better": better, "peers": dict(peers or {})}


def tell_refused(refused: Sequence[str], of: int) -> None:
    """Say on stderr how many people were refused, and why the first one was."""
    if refused:
        print(f"refused {len(refused)} of {of}; the first: {refused[0]}", file=sys.stderr)
