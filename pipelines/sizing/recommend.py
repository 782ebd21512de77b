"""Which size, with what probability, and why.

The body is known as a distribution, so the size is one too: draws of the body are each given the size whose ranges they
lie in or nearest to, and the shares of the sizes are the answer. Calibrated by construction as far as the body's
distribution is: what is said with 70 % is what the true measures would give in 70 %.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ChartRejected
from pipelines.sizing.charts import BodyChart, GarmentChart
from pipelines.sizing.estimate import Doubt, Estimate
from pipelines.sizing.evidence import RELATIVE_ERROR, is_number
from pipelines.sizing.people import F64

Preference: TypeAlias = Literal["snug", "regular", "loose"]
Verdict: TypeAlias = Literal["sure", "between", "nearest", "unsure", "none fits"]
Cut: TypeAlias = Literal["slim", "regular", "loose"]

DRAWS = 1024
# What decides: girths that the garment must go round. Lengths break ties.
WEIGHT = {"height": 0.15, "inseam": 0.4, "sleeve": 0.3, "shoulder_width": 0.5, "back_waist": 0.2}
PREFERS = {"snug": -0.4, "regular": 0.0, "loose": 0.4}  # of the step from size to size
STRETCH_MOST = 1.0  # no cloth gives more than its own width under a gentle pull
STRETCHY = 0.2  # a cloth that gives this much under a gentle pull is worn as easily too small as too large
SURE, LIKELY, PAIR = 0.8, 0.45, 0.75  # of the first size, and that it fits; of it and what else may be, together
CHANCE = 0.05  # from which a size is named beside the first
THIN = 1.0  # steps from size to size: a girth that is known worse than this names no size
COARSE_CM = 9.0  # a longer step counts as this there: that sizes lie far apart makes no body better known
NONE_UNSEEN = 0.95  # from which it is said that nothing fits somebody of whom so little is known
BEARS = 0.2  # of what is known of a dimension: from there a doubtful value puts the size in doubt
CLOSES = 0.5  # of the cloth's stretch: what a garment gives before it does not close
NOT_CLOSED = 20.0  # how much worse that is than being too wide by as much
# How far a body may be above a size's range and below it, in steps and at most in cm, and still wear it.
TIGHT, TIGHT_CM = 0.5, 4.0
LOOSE, LOOSE_CM = 1.0, 8.0
TAPES = ("chest", "navel_waist", "hip")  # what a shopper is asked to measure
# What may be asked, and how far off answers are (standard deviations of their logarithms).
ANSWERED = {"height": 0.011, "weight": 0.032} | dict.fromkeys(TAPES, RELATIVE_ERROR["tape"])
EFFORT = 2.0  # of a tape, beside what everybody knows by heart
TELLS = 0.05  # bits: what tells less is not asked
PARTS = 8  # of the answers to a question, equally many in each
# Ease in cm that a cut has where the merchant tells only the garment: at the chest, at a waistband, at the hip.
USUAL_EASE: dict[Cut, dict[str, float]] = {
    "slim": {"chest": 5, "waist": 1, "hip": 3},
    "regular": {"chest": 10, "waist": 2, "hip": 7},
    "loose": {"chest": 18, "waist": 3, "hip": 12},
}
EASE_UNSURE = 2.5  # cm, standard deviation about that
EASE_LEAST, EASE_MOST = 0.5, 2.0  # of it: with less the largest size is too small, with more the smallest too large
# Of a garment's girth and its cloth's stretch: what is cut off the ease because the cloth gives. So it is among the
# package garments: tees with a stretch of 0.18 have 6 cm less at the chest than shirts, one with 0.4 has none left.
EASE_TAKEN = 0.3


@dataclass(frozen=True, slots=True)
class Runs:
    """What feedback and returns say of an item: `sizes` > 0 runs small, one size at 1.0."""

    sizes: float = 0.0
    sd: float = 0.0
    count: int = 0  # of pieces of feedback


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of a garment; one chart at least.  Raises ChartRejected."""

    body: BodyChart | None
    garment: GarmentChart | None
    stretch: float = 0.0  # share that the cloth gives across under a gentle pull
    runs: Runs = Runs()
    cut: Cut = "regular"  # where there is no body chart

    def __post_init__(self) -> None:
        if self.body is None and self.garment is None:
            raise ChartRejected("a garment without a chart has no size to recommend")
        if self.body is not None and self.garment is not None and self.body.sizes != self.garment.sizes:
            raise ChartRejected("the two charts name different sizes")
        if not is_number(self.stretch) or not 0 <= self.stretch <= STRETCH_MOST:
            hint = "; is it in per cent?" if is_number(self.stretch) and 1 < self.stretch <= 100 else ""
            raise ChartRejected(f"stretch {self.stretch}: a cloth gives a share of 0 to {STRETCH_MOST:g}{hint}")

    @property
    def sizes(self) -> tuple[str, ...]:
        """Labels, the smallest first."""
        chart = self.body or self.garment
        return chart.sizes if chart is not None else ()


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer; `size` is None where no size is named."""

    verdict: Verdict
    size: str | None
    chances: Mapping[str, float]  # of every size; with `none_fits` they sum to 1
    none_fits: float  # probability that no size goes round the body, or none is small enough
    too_small: bool  # whether in that case the largest is too small, else the smallest too large
    ask: tuple[str, ...]  # what to tell or measure next, the most telling first; what is to be checked before that
    check: tuple[Doubt, ...] = ()  # what was told, matters here and hardly goes with the rest: then no size is named
    gap: tuple[str, str] | None = None  # where neither is the case: the sizes that are too small and too large


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Body ranges of S sizes and D dimensions, in cm."""

    names: tuple[str, ...]  # (D,)
    low: F64  # (S, D)
    high: F64  # (S, D)
    closes: F64  # (S, D) the girth that the garment still goes round; infinite where that is not known
    step: F64  # (D,) from size to size
    unsure: float  # cm, standard deviation of all of them together

    @property
    def girths(self) -> NDArray[np.bool_]:
        """Which dimensions (D,) the garment must go round."""
        return np.array([name not in WEIGHT for name in self.names])

    @property
    def decides(self) -> NDArray[np.bool_]:
        """Which dimensions (D,) say whether a size fits: the girths, or all where there are none."""
        return self.girths if self.girths.any() else np.ones(len(self.names), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Reach:
    """Which bodies (N,) no size fits, and why, and which sizes (N, S) fit them at every dimension that decides."""

    small: NDArray[np.bool_]  # the largest size is too small somewhere
    large: NDArray[np.bool_]  # the smallest is too large everywhere
    gap: NDArray[np.intp]  # the size that is too large everywhere while the next smaller is too small; 0 where none is
    fits: NDArray[np.bool_]

    @property
    def none(self) -> NDArray[np.bool_]:
        """Which bodies no size fits."""
        return self.small | self.large | (self.gap > 0)


def advise(found: Estimate, item: Item, preference: Preference = "regular") -> Advice:
    """Return which size `item` the shopper of `found` would take.  Some 1 ms, 3 where there is something to ask."""
    advice = advise_unasked(found, item, preference)
    if advice.verdict in ("sure", "none fits"):
        return advice
    return replace(advice, ask=(*advice.ask, *questions(found, item, preference)))


def advise_unasked(found: Estimate, item: Item, preference: Preference = "regular") -> Advice:
    """Return what `advise` does, with nothing to ask but to check.  Some 1 ms."""
    ranges = ranges_of(item)
    bodies = _widened(_draws(found, ranges.names), _normal(2)[1], ranges, item)
    chosen = choose(bodies, ranges, item.stretch, preference)
    reach = _reach(bodies, ranges, item.stretch)
    none = reach.none
    shares = np.bincount(chosen[~none], minlength=len(item.sizes)) / len(chosen)
    best = int(shares.argmax())
    well = float(((chosen == best) & reach.fits[:, best]).mean())
    check = _doubtful(found, ranges)
    ask = tuple(dict.fromkeys(doubt.name for doubt in check))
    spread = (bodies.std(axis=0) / np.minimum(ranges.step, COARSE_CM))[ranges.decides].max()
    verdict = "unsure" if check else _verdict(shares, float(none.mean()), well, bool(spread > THIN))
    size = item.sizes[best] if verdict in ("sure", "between", "nearest") else None
    small, large, between = (int(which.sum()) for which in (reach.small, reach.large, reach.gap > 0))
    at = int(np.bincount(reach.gap[reach.gap > 0]).argmax()) if between > max(small, large) else 0
    gap = (item.sizes[at - 1], item.sizes[at]) if at else None
    chances = dict(zip(item.sizes, shares.tolist(), strict=True))
    return Advice(verdict, size, chances, float(none.mean()), small >= large, ask, check, gap)


def size_of(measures_cm: Mapping[str, float], item: Item) -> str:
    """Return the size of a body whose measures are all known.  Raises KeyError where one of the chart's is missing."""
    ranges = ranges_of(item)
    body = np.array([[measures_cm[name] for name in ranges.names]])
    return item.sizes[int(choose(body, ranges, item.stretch)[0])]


def questions(found: Estimate, item: Item, preference: Preference = "regular") -> tuple[str, ...]:
    """Return what would narrow the answer, the best first: dimensions to tell or measure, or "sex".  Some 2 ms.

    A question counts by the bits that its answer is expected to take off the sizes. A tape has to be fetched, so it
    must tell twice as much as what is known by heart to come first. What tells next to nothing is not asked: once the
    girths have been measured a doubt is of the sizes, not of the body.
    """
    ranges, given = ranges_of(item), {one.name for one in found.evidence}
    asked = [name for name in ANSWERED if name not in given]
    names = tuple(dict.fromkeys((*ranges.names, *asked)))
    bodies, chance = _draws(found, names), _normal(2 + len(asked))[1]
    worn = _widened(bodies[:, : len(ranges.names)], chance[:, :2], ranges, item)
    chosen = choose(worn, ranges, item.stretch, preference)
    chosen = np.where(_reach(worn, ranges, item.stretch).none, len(item.sizes), chosen)
    gains = {}
    for i, name in enumerate(asked):
        heard = np.log(bodies[:, names.index(name)]) + ANSWERED[name] * chance[:, 2 + i]
        gains[name] = _narrowing(chosen, heard.argsort().argsort() * PARTS // len(heard))
    if len(found.posteriors) > 1:
        others = np.arange(DRAWS) >= round(DRAWS * found.posteriors[0].probability)
        gains["sex"] = _narrowing(chosen, others.astype(np.intp))
    worth = {name: gain / (EFFORT if name in TAPES else 1.0) for name, gain in gains.items() if gain >= TELLS}
    return tuple(sorted(worth, key=lambda name: -worth[name]))


def _narrowing(chosen: NDArray[np.intp], answers: NDArray[np.intp]) -> float:
    """Return how many bits less is open of `chosen` (N,) once it is known which of the `answers` (N,) is true.

    Less what as many draws would seem to tell by chance (Miller and Madow's correction).
    """
    table = np.zeros((answers.max() + 1, chosen.max() + 1))
    np.add.at(table, (answers, chosen), 1.0)
    share = table / len(chosen)
    alone = share.sum(axis=1, keepdims=True) * share.sum(axis=0)
    seen = share > 0.0
    told = float((share[seen] * np.log2(share[seen] / alone[seen])).sum())
    cells = int(seen.sum()) - int((table.sum(axis=1) > 0).sum()) - int((table.sum(axis=0) > 0).sum()) + 1
    return told - cells / (2 * len(chosen) * math.log(2))


def choose(bodies: F64, ranges: Ranges, stretch: float, preference: Preference = "regular") -> NDArray[np.intp]:
    """Return the number (N,) of the size that bodies (N, D) in cm of known measures take.

    The size in whose ranges they lie, or to whose they are nearest. Too tight is worse than too wide, unless the cloth
    stretches, and what does not close is worst.
    """
    wished = bodies + ranges.girths * ranges.step * PREFERS[preference]
    weight = np.array([WEIGHT.get(name, 1.0) for name in ranges.names])
    over = np.maximum(wished[:, None] - ranges.high, 0.0) / ranges.step  # (N, S, D)
    under = np.maximum(ranges.low - wished[:, None], 0.0) / ranges.step
    middle = np.abs(wished[:, None] - (ranges.low + ranges.high) / 2) / ranges.step
    open_still = np.maximum(bodies[:, None] - ranges.closes, 0.0) / ranges.step
    harsher = 2.0 - min(stretch / STRETCHY, 1.0)
    cost = weight * (over * harsher + under + NOT_CLOSED * open_still + 1e-3 * middle)
    chosen: NDArray[np.intp] = cost.sum(axis=2).argmin(axis=1)
    return chosen


def _widened(bodies: F64, chance: F64, ranges: Ranges, item: Item) -> F64:
    """Return bodies (N, D) as their girths count for the item, which runs small or large; `chance` (N, 2) is normal."""
    runs = item.runs.sizes + item.runs.sd * chance[:, :1]
    return bodies + ranges.girths * (runs * ranges.step + ranges.unsure * chance[:, 1:])


def _reach(bodies: F64, ranges: Ranges, stretch: float) -> _Reach:
    """Return which of bodies (N, D) no size fits, and which sizes fit them."""
    decides = ranges.decides
    over, under = bodies[:, None] - ranges.high, ranges.low - bodies[:, None]  # (N, S, D)
    gives = np.minimum(np.minimum(TIGHT * ranges.step, TIGHT_CM) * (1 + stretch / STRETCHY), LOOSE_CM)
    tight = ((over > gives) | (bodies[:, None] > ranges.closes))[..., decides].any(axis=2)
    loose = (under > np.minimum(LOOSE * ranges.step, LOOSE_CM))[..., decides]
    too_large = loose.all(axis=2)
    small, large = tight[:, -1], too_large[:, 0]
    gap = np.where(~small & (tight | too_large).all(axis=1), (~tight).argmax(axis=1), 0)
    return _Reach(small, large, gap, ~tight & ~loose.any(axis=2))


def _doubtful(found: Estimate, ranges: Ranges) -> tuple[Doubt, ...]:
    """Return what hardly goes with the rest and bears on a dimension that tells the sizes apart, the oddest first."""
    shares = found.likeliest.shares[[found.names.index(name) for name in ranges.names]]  # (D, E)
    weight = np.array([[WEIGHT.get(name, 1.0)] for name in ranges.names])
    bears = {
        one.name for one, share in zip(found.evidence, (weight * shares).max(axis=0), strict=True) if share >= BEARS
    }
    return tuple(doubt for doubt in found.doubts if doubt.name in bears)


def _verdict(shares: F64, none_fits: float, well: float, thin: bool) -> Verdict:
    """Return how far the shares (S,) go; `well` is that of the first size where it fits, too, `thin` what is known."""
    best = int(shares.argmax())
    if none_fits > (NONE_UNSEEN if thin else 0.5):
        return "none fits"
    if shares[best] >= SURE and well >= SURE * shares[best]:
        return "sure"
    beside = max((shares[i] for i in (best - 1, best + 1) if 0 <= i < len(shares)), default=0.0)
    if thin or shares[best] < LIKELY or shares[best] + max(beside, none_fits) < PAIR:
        return "unsure"
    return "between" if beside >= max(none_fits, float(shares[best]) - well, CHANCE) else "nearest"


def ranges_of(item: Item) -> Ranges:
    """Return the bodies that each size of `item` is for.  Raises ChartRejected."""
    if item.body is not None:
        names = item.body.dimensions
        low, high = (np.array([[row.body_cm[name][i] for name in names] for row in item.body.rows]) for i in (0, 1))
        return Ranges(names, low, high, _closes(item, names), _steps(low, high), 0.0)
    return _from_garment(item)


def _from_garment(item: Item) -> Ranges:
    """Guess the bodies of a garment from what it measures, less the ease of its cut."""
    rows = item.garment.rows if item.garment is not None else ()
    points = ("chest",) if "chest" in rows[0].garment_cm else ("waist", "hip")
    names = tuple(point for point in points if point in rows[0].garment_cm)
    if not names:
        raise ChartRejected("neither chest nor waist nor hip is given: no size can be told from that")
    made = np.array([[row.garment_cm[name] for name in names] for row in rows])
    ease = np.array([USUAL_EASE[item.cut][name] for name in names])
    worn = made * (1 + EASE_TAKEN * item.stretch)
    middles = worn - ease
    step = _steps(middles, middles)
    between = [(smaller + larger) / 2 for smaller, larger in pairwise(middles)]
    low = np.array([np.minimum(middles[0] - step / 2, worn[0] - EASE_MOST * ease), *between])
    high = np.array([*between, np.maximum(middles[-1] + step / 2, worn[-1] - EASE_LEAST * ease)])
    return Ranges(names, low, high, _closes(item, names), step if between else (high - low)[0], EASE_UNSURE)


def _closes(item: Item, names: tuple[str, ...]) -> F64:
    """Return the largest girth (S, D) that each size goes round, its cloth pulled gently."""
    closes = np.full((len(item.sizes), len(names)), np.inf)
    for i, row in enumerate(item.garment.rows if item.garment is not None else ()):
        for j, name in enumerate(names):
            if name not in WEIGHT and name in row.garment_cm:
                closes[i, j] = row.garment_cm[name] * (1 + CLOSES * item.stretch)
    return closes


def _steps(low: F64, high: F64) -> F64:
    """Return how far the sizes lie apart (D,); where all are alike or one alone, the width of a range or 4 cm."""
    middles = (low + high) / 2
    if len(middles) > 1:
        step = (middles[-1] - middles[0]) / (len(middles) - 1)
    else:
        step = (high - low)[0]
    steps: F64 = np.where(step > 0.5, step, 4.0)
    return steps


def _draws(found: Estimate, names: tuple[str, ...]) -> F64:
    """Return bodies (N, D) of the posterior, in cm."""
    at = [found.names.index(name) for name in names]
    unit = _normal(len(names))[0]
    bodies, start = [], 0.0
    for one in found.posteriors:
        first, last = round(start * DRAWS), round((start + one.probability) * DRAWS)
        root = np.linalg.cholesky(one.covariance[np.ix_(at, at)] + 1e-12 * np.eye(len(at)))
        bodies.append(np.exp(one.mean[at] + unit[first:last] @ root.T))
        start += one.probability
    return np.concatenate(bodies)


@functools.cache
def _normal(dimensions: int) -> tuple[F64, F64]:
    """Return two fixed sets (N, D) of normal draws, mirrored about zero: the same question has the same answer."""
    rng = np.random.default_rng(20)
    sets = []
    for _ in range(2):
        half = rng.standard_normal((DRAWS // 2, dimensions))
        sets.append(np.concatenate([half, -half])[rng.permutation(DRAWS)])
    return sets[0], sets[1]
