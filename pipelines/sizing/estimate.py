"""Everything about a body from the little that is known of it, each figure with an interval and where it came from.

One linear update of a normal distribution in logarithms for each sex (`people.py`): told figures, tapes, breadths and
depths all enter as linear observations with a known error, so that they weigh as much as they deserve and contradict
each other audibly. Where the sex is not told both are kept, each with its probability.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from pipelines.body.model import SEXES, Sex
from pipelines.errors import MeasurementRejected
from pipelines.sizing.evidence import Evidence, checked
from pipelines.sizing.measures import BONES, MEASURES, Unit
from pipelines.sizing.people import F64, People, Population, load_people

# What contradicts itself, in standard deviations: all values together (root mean square), and one given the others.
MAX_SURPRISE, MAX_CONFLICT = 3.5, 4.5
DOUBTFUL = 2.7  # from here a value is used and asked about
ROOM = 0.012  # of a value, added in that test: two people's tapes differ although neither is wrong
RARE = 1.5  # times the usual spread of height and weight in that test: who is unusual is not wrong
BMI_LIMITS = (12.5, 75.0)
DOUBTFUL_BMI = (15.0, 60.0)  # people have less and more, but a slip of the finger is likelier
# What goes round or across within what, and of whom that is certain: a man's ribs may be wider than his chest.
WITHIN: tuple[tuple[str, str, tuple[Sex, ...]], ...] = (
    ("underbust", "chest", ("female",)),
    ("biacromial", "shoulder_breadth", SEXES),
)
WITHIN_DEVIATIONS = 2.0  # of both values' errors: by as much the inner may seem larger
# Few soldiers are as heavy, or as light, as many shoppers are: what is not measured grows uncertain beyond.
USUAL_BMI, WIDER_PER_BMI, WIDEST = (18.5, 30.0), 0.04, 1.6
LEADING = ("age", "height", "weight")
SURE = 0.8  # of the stated intervals
WORTH_TELLING = 0.02  # of what is known of a dimension: from there a piece of evidence is named
BISECTIONS = 30  # to a millionth of the span


@dataclass(frozen=True, slots=True)
class Figure:
    """One dimension of one body: the median and the middle 80 %, in cm, kg or years."""

    name: str
    value: float
    low: float
    high: float
    source: str  # of the evidence where this very dimension was given, else "estimated"
    drawn_from: tuple[tuple[str, float], ...]  # evidence and its share in what is known, the largest first

    @property
    def unit(self) -> Unit:
        """Unit of the three values."""
        return MEASURES[self.name].unit


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that hardly goes with the others, which would make it about `likely`; cm, kg or years."""

    name: str
    value: float
    likely: float
    deviations: float  # standard deviations from what the others predict


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known, if the shopper is of one sex: ln(dimensions) ~ N(mean, covariance)."""

    sex: Sex
    probability: float
    mean: F64  # (M,)
    covariance: F64  # (M, M)
    shares: F64  # (M, E) of the evidence in what is known of each dimension
    usual: F64  # (M,) the mean of the sex, before any evidence

    def below(self, at: int, log_value: float) -> float:
        """Return the probability that dimension number `at` lies below exp(`log_value`)."""
        return 0.5 * math.erfc((self.mean[at] - log_value) / math.sqrt(2 * self.covariance[at, at]))


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """One body: what was given and what follows."""

    names: tuple[str, ...]  # (M,)
    evidence: tuple[Evidence, ...]
    posteriors: tuple[Posterior, ...]  # one, or one for each sex
    doubts: tuple[Doubt, ...] = ()  # what was given and hardly goes with the rest: worth asking about

    @property
    def likeliest(self) -> Posterior:
        """The posterior of the more probable sex."""
        return max(self.posteriors, key=lambda one: one.probability)

    def figure(self, name: str, sure: float = SURE) -> Figure:
        """Return one dimension with the interval that holds the middle `sure`.  Raises MeasurementRejected."""
        return self._figures([name], sure)[name]

    def figures(self) -> dict[str, Figure]:
        """Return every dimension but the age."""
        return self._figures([name for name in self.names if name != "age"], SURE)

    def quantile(self, name: str, probability: float) -> float:
        """Return the value that the dimension stays below with `probability`.  Raises MeasurementRejected."""
        return float(self._quantiles(self._places([name]), np.array([probability]))[0, 0])

    def _places(self, names: Sequence[str]) -> list[int]:
        for name in names:
            if name not in self.names:
                raise MeasurementRejected(f"{name}: not estimated", name, "unknown")
        return [self.names.index(name) for name in names]

    def _figures(self, names: Sequence[str], sure: float) -> dict[str, Figure]:
        places = self._places(names)
        ends = self._quantiles(places, np.array([(1 - sure) / 2, 0.5, (1 + sure) / 2]))
        shares = self.likeliest.shares[places]
        figures = {}
        for name, (low, value, high), share in zip(names, ends.tolist(), shares.tolist(), strict=True):
            given = [one for one in self.evidence if one.name == name]
            source = min(given, key=lambda one: one.relative_error).source if given else "estimated"
            drawn = sorted(zip((one.name for one in self.evidence), share, strict=True), key=lambda pair: -pair[1])
            told = tuple((which, round(part, 3)) for which, part in drawn if part >= WORTH_TELLING)
            figures[name] = Figure(name, value, low, high, source, told)
        return figures

    def _quantiles(self, places: list[int], probabilities: F64) -> F64:
        """Return values (D, P): by bisection where the sexes are mixed."""
        parts = [one for one in self.posteriors if one.probability > 1e-6]
        means = np.array([one.mean[places] for one in parts])[:, :, None]
        spreads = np.sqrt(np.array([np.diag(one.covariance)[places] for one in parts]))[:, :, None]
        ends = means + spreads * ndtri(probabilities)
        low, high = ends.min(axis=0), ends.max(axis=0)
        chances = np.array([one.probability for one in parts])[:, None, None]
        for _ in range(BISECTIONS if len(parts) > 1 else 0):
            middle = (low + high) / 2
            short = (chances * ndtr((middle - means) / spreads)).sum(axis=0) < probabilities * chances.sum()
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        values: F64 = np.exp((low + high) / 2)
        return values


def estimate(evidence: Iterable[Evidence], sex: Sex | None = None, people: People | None = None) -> Estimate:
    """Return what `evidence` says of the body.

    Raises MeasurementRejected when a value is none, is not an adult's, or contradicts the others.
    """
    if sex is not None and sex not in SEXES:
        raise MeasurementRejected(f"sex: {', '.join(SEXES)} or nothing", "sex", "unknown")
    people = people or load_people()
    known = checked(evidence)
    for one in known:
        if one.name not in people.names:
            raise MeasurementRejected(f"{one.name}: not among the dimensions of these people", one.name, "unknown")
    sexes: tuple[Sex, ...] = (sex,) if sex is not None else ("female", "male")
    observed = {one: _observe(people, people.populations[one], known) for one in sexes}
    doubts = _doubts(known, people, observed)
    updated = {one: _update(people, people.populations[one], *observed[one]) for one in sexes}
    best = max(updated[one][0] for one in sexes)
    odds = {one: math.exp(updated[one][0] - best) for one in sexes}
    total = sum(odds.values())
    posteriors = tuple(
        Posterior(one, odds[one] / total, *updated[one][1:], people.populations[one].mean) for one in sexes
    )
    found = Estimate(people.names, known, posteriors, doubts)
    _refuse_impossible(people, found)
    return found


@functools.cache
def anybody() -> Estimate:
    """Return what is known of a shopper who tells nothing: a woman or a man, as bodies are."""
    people = load_people()
    nothing = np.zeros((len(people.names), 0))
    posteriors = tuple(
        Posterior(sex, 1 / len(SEXES), one.mean, one.covariance, nothing, one.mean)
        for sex, one in people.populations.items()
    )
    return Estimate(people.names, (), posteriors)


def _observe(people: People, one: Population, known: tuple[Evidence, ...]) -> tuple[F64, F64, F64]:
    """Return rows (E, M), values (E,) and variances (E,) of the linear observations that `known` are."""
    rows = np.zeros((len(known), len(people.names)))
    values, variances = np.empty(len(known)), np.empty(len(known))
    body = [people.index("height"), people.index("weight")]
    for i, item in enumerate(known):
        values[i], variances[i] = math.log(item.value), item.relative_error**2
        if item.source == "told" and item.error is None and item.name in ("height", "weight"):
            offset, *slopes, spread = one.told[("height", "weight").index(item.name)]
            rows[i, body] = slopes
            values[i], variances[i] = values[i] - offset, spread**2
        else:
            rows[i, people.index(item.name)] = 1.0
    return rows, values, variances


def _update(people: People, one: Population, rows: F64, values: F64, variances: F64) -> tuple[float, F64, F64, F64]:
    """Return the evidence's log likelihood, and mean, covariance and shares of the posterior."""
    likelihood, mean, covariance, shares = _condition(one.mean, one.covariance, rows, values, variances)
    bmi = _bmi(people, mean)
    beyond = max(USUAL_BMI[0] - bmi, bmi - USUAL_BMI[1], 0.0)
    if beyond > 0.0:
        wider = min(1.0 + WIDER_PER_BMI * beyond, WIDEST)
        _, mean, covariance, shares = _condition(one.mean, _widened(people, one, wider), rows, values, variances)
    return likelihood, mean, covariance, shares


def _bmi(people: People, mean: F64) -> float:
    return math.exp(mean[people.index("weight")] - 2 * (mean[people.index("height")] - math.log(100)))


def _condition(mean: F64, covariance: F64, rows: F64, values: F64, variances: F64) -> tuple[float, F64, F64, F64]:
    across = rows @ covariance  # (E, M)
    spread = across @ rows.T + np.diag(variances)
    gain = np.linalg.solve(spread, across).T  # (M, E)
    misfit = values - rows @ mean
    _, size = np.linalg.slogdet(spread)
    likelihood = -0.5 * (float(misfit @ np.linalg.solve(spread, misfit)) + float(size))
    gained = gain * across.T  # (M, E): what each piece takes off the variance, together all that is gone
    positive = np.maximum(gained, 0.0)  # who only helps another to be understood takes nothing off by itself
    scale = gained.sum(axis=1) / np.maximum(positive.sum(axis=1), 1e-12) / np.diag(covariance)
    shares = positive * scale[:, None]
    after = covariance - gain @ across
    return likelihood, mean + gain @ misfit, (after + after.T) / 2, shares


def _widened(people: People, one: Population, wider: float) -> F64:
    """Return the covariance with `wider` times the spread of all flesh at a given age, height and weight."""
    factor = np.array([1.0 if name in BONES else wider for name in people.names])
    explained = _explained(people, one, LEADING)
    return explained + (one.covariance - explained) * np.outer(factor, factor)


def _explained(people: People, one: Population, lead: tuple[str, ...]) -> F64:
    """Return the part (M, M) of the covariance that the dimensions `lead` bring about."""
    at = [people.index(name) for name in lead]
    gain = np.linalg.solve(one.covariance[np.ix_(at, at)], one.covariance[at])
    explained: F64 = gain.T @ one.covariance[at]
    return explained


def _refuse_impossible(people: People, found: Estimate) -> None:
    """Raise MeasurementRejected when weight and height make a body that nobody has."""
    bmi = _bmi(people, found.likeliest.mean)
    if not BMI_LIMITS[0] <= bmi <= BMI_LIMITS[1]:
        given = {one.name: one.value for one in found.evidence}
        height, weight = (given.get(name) or found.quantile(name, 0.5) for name in ("height", "weight"))
        raise MeasurementRejected(
            f"weight {weight:.0f} kg at a height of {height:.0f} cm: no adult has that; check both",
            "weight",
            "conflict",
        )


def _doubts(
    known: tuple[Evidence, ...], people: People, observed: Mapping[Sex, tuple[F64, F64, F64]]
) -> tuple[Doubt, ...]:
    """Return what hardly goes with the rest, by the sex that it goes with best.

    A value's conflict is its distance from what all the others predict (the inverse covariance holds the conditional
    variances on its diagonal).  Raises MeasurementRejected when no person of any sex in question can have these values
    together, or is likely to.
    """
    if len(known) == 1:
        return ()
    found = [_conflicts(known, people, people.populations[sex], *observed[sex]) for sex in observed]
    surprise, doubts = min(found, key=lambda one: (one[0], one[1][0].deviations))
    _refuse_inside_out(known, doubts, tuple(observed))
    worst = doubts[0]
    if surprise > MAX_SURPRISE or worst.deviations > MAX_CONFLICT:
        unit = MEASURES[worst.name].unit
        text = (
            f"{MEASURES[worst.name].en} {worst.value:g} {unit} does not go with the other measurements:"
            f" about {worst.likely:.0f} {unit} would; measure again"
        )
        raise MeasurementRejected(text, worst.name, "conflict", likely=worst.likely)
    odd = _odd_weight(known)
    return tuple(one for one in doubts if one.deviations > DOUBTFUL or (odd and one.name == "weight"))


def _refuse_inside_out(known: tuple[Evidence, ...], doubts: Sequence[Doubt], sexes: tuple[Sex, ...]) -> None:
    """Raise MeasurementRejected where a part is wider than the whole of anybody of `sexes`."""
    for inner, outer, certain in WITHIN:
        for part, whole in itertools.product(*([one for one in known if one.name == name] for name in (inner, outer))):
            room = WITHIN_DEVIATIONS * math.hypot(part.relative_error, whole.relative_error)
            if set(sexes) <= set(certain) and math.log(part.value / whole.value) > room:
                part_cm, whole_cm = (f"{MEASURES[one.name].en} {one.value:g} cm" for one in (part, whole))
                raise MeasurementRejected(
                    f"{part_cm} is more than {whole_cm}, which cannot be; measure both again",
                    part.name,
                    "conflict",
                    likely=next(one.likely for one in doubts if (one.name, one.value) == (part.name, part.value)),
                    inside=((part.name, part.value), (whole.name, whole.value)),
                )


def _odd_weight(known: tuple[Evidence, ...]) -> bool:
    """Whether height and weight, both given, make a body that hardly anybody has."""
    given = {one.name: one.value for one in known}
    if not {"height", "weight"} <= given.keys():
        return False
    return not DOUBTFUL_BMI[0] <= given["weight"] / (given["height"] / 100) ** 2 <= DOUBTFUL_BMI[1]


def _conflicts(
    known: tuple[Evidence, ...], people: People, one: Population, rows: F64, values: F64, variances: F64
) -> tuple[float, list[Doubt]]:
    """Return how far all values together are off (root mean square), and each from the rest, the farthest first."""
    rare = one.covariance + (RARE**2 - 1) * _explained(people, one, ("height", "weight"))
    names = [item.name for item in known]
    room = ROOM**2 * np.equal.outer(names, names)  # one dimension told twice is meant alike: no room between the two
    precision = np.linalg.inv(rows @ rare @ rows.T + np.diag(variances) + room)
    misfit = values - rows @ one.mean
    pull = precision @ misfit
    conflict = np.abs(pull) / np.sqrt(np.diag(precision))
    likely = -pull / np.diag(precision)  # beyond the value, in logarithms
    doubts = [
        Doubt(item.name, item.value, item.value * math.exp(likely[i]), float(conflict[i]))
        for i, item in enumerate(known)
    ]
    surprise = math.sqrt(max(float(misfit @ pull), 0.0) / len(known))
    return surprise, sorted(doubts, key=lambda doubt: -doubt.deviations)
