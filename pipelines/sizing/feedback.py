"""What feedback and returns say of an item: whether it runs small or large, by how much, and how sure that is.

Of an item that few have spoken of, the others of its kind tell beforehand; of one that many have, hardly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.special import ndtr

from pipelines.sizing.fit_learning.table import Feedback
from pipelines.sizing.people import F64
from pipelines.sizing.recommend import Runs

# Somebody calls a garment small when it is at least half a size smaller to them than they expected. On a large rental
# site (RentTheRunway, 192,544 pieces of feedback) 74 % say "fit": expectation and garment differ by 0.44 sizes.
# How much of that lies in the item and how much in the wearer is an assumption, until a shop's own feedback tells.
CALLED_OFF = 0.5  # sizes
ITEMS_SD, WEARERS_SD = 0.3, 0.33  # sizes; together 0.44
LEAST = 5  # pieces of feedback from which an item is judged at all
GRID = np.linspace(-1.5, 1.5, 301)
LEAST_ITEMS = 30  # with LEAST voices each, from which a shop's own spread is learnt
MEANS, SPREADS = np.linspace(-0.6, 0.6, 49), np.linspace(0.05, 0.6, 12)  # of items that are looked at
COARSE = slice(None, None, 3)  # of GRID, where all items of a shop are looked at together
KINDS_SD = 0.15  # sizes: how far the means of kinds of garment lie apart

Voices: TypeAlias = tuple[int, int, int]  # how often an item was called too small, right and too large


@dataclass(frozen=True, slots=True)
class Kind:
    """How the items of a kind run before anybody has spoken of one of them, in sizes; `items` is how many tell."""

    mean: float = 0.0
    sd: float = ITEMS_SD
    items: int = 0


@dataclass(frozen=True, slots=True)
class Tendencies:
    """What a shop's feedback says of its items."""

    voices: Mapping[str, Voices]  # by item
    kinds: Mapping[str, Kind]  # by category; "" is any

    def runs(self, item: str, category: str = "") -> Runs:
        """Return how `item` runs, of which nobody needs to have spoken."""
        kind = self.kinds.get(category) or self.kinds.get("", Kind())
        return runs_of(*self.voices.get(item, (0, 0, 0)), kind)


def runs_of(small: int, fit: int, large: int, kind: Kind = Kind()) -> Runs:
    """Return how an item runs by how often it was called too small, right and too large; returns count alike.

    The posterior of its offset in sizes, by Bayes over a grid. Where nothing is known of its `kind`, fewer than LEAST
    voices say nothing.  Raises ValueError for negative counts.
    """
    if min(small, fit, large) < 0:
        raise ValueError("counts are not negative")
    count = small + fit + large
    if count < LEAST and not kind.items:
        return Runs(count=count)
    log_chance = -0.5 * ((GRID - kind.mean) / kind.sd) ** 2 + _log_likelihood([(small, fit, large)])[0]
    chance = np.exp(log_chance - log_chance.max())
    chance /= chance.sum()
    mean = float(chance @ GRID)
    return Runs(round(mean, 4), round(float(np.sqrt(chance @ (GRID - mean) ** 2)), 4), count)


def tendencies(voices: Mapping[str, Voices], categories: Mapping[str, str]) -> Tendencies:
    """Return what the `voices` on each item say, drawn to the item's category where `categories` tells it.

    How far items differ, and how those of each category run, is learnt from the items that have LEAST voices or more;
    from fewer than LEAST_ITEMS of them nothing is.
    """
    heard = [item for item, voice in voices.items() if sum(voice) >= LEAST]
    if len(heard) < LEAST_ITEMS:
        return Tendencies(voices, {})
    likelihood = np.exp(_log_likelihood([voices[item] for item in heard])[:, COARSE])  # (I, G)
    mean, sd = _spread(likelihood)
    kinds = {"": Kind(mean, sd, len(heard))}
    category = np.array([categories.get(item, "") for item in heard])
    for name in sorted(set(category.tolist()) - {""}):
        kinds[name] = _kind(likelihood[category == name], mean, sd)
    return Tendencies(voices, kinds)


def tendencies_in(rows: Feedback) -> Tendencies:
    """Return what the items of `rows` are called, and how the kinds run that they are of."""
    spoken = rows.rows(rows.item.codes >= 0)
    names, kinds = spoken.item.names, (*spoken.category.names, "")
    counts = np.bincount(3 * spoken.item.codes + spoken.fit, minlength=3 * len(names)).reshape(-1, 3).tolist()
    voices = {name: (small, fit, large) for name, (small, fit, large) in zip(names, counts, strict=True)}
    categories = {names[item]: kinds[kind] for item, kind in zip(spoken.item.codes, spoken.category.codes, strict=True)}
    return tendencies(voices, categories)


def _log_likelihood(voices: Sequence[Voices]) -> F64:
    """Return ln of how probable `voices` (I,) are for items of each offset of GRID, (I, G), the most probable 0."""
    above, below = (ndtr((sign * GRID - CALLED_OFF) / WEARERS_SD) for sign in (1, -1))
    logs = np.log(np.maximum(np.stack([above, 1 - above - below, below]), 1e-12))
    likelihood = np.asarray(voices, np.float64) @ logs
    relative: F64 = likelihood - likelihood.max(axis=1, keepdims=True)
    return relative


def _evidence(likelihood: F64, means: F64, sd: float) -> F64:
    """Return ln of how probable the items (I, G) are together for each of the `means` (M,) of a normal distribution."""
    density = np.exp(-0.5 * ((GRID[COARSE] - means[:, None]) / sd) ** 2)
    density /= density.sum(axis=1, keepdims=True)
    together: F64 = np.log(np.maximum(likelihood @ density.T, 1e-300)).sum(axis=0)
    return together


def _spread(likelihood: F64) -> tuple[float, float]:
    """Return the likeliest mean and standard deviation of items (I, G)."""
    tried = np.stack([_evidence(likelihood, MEANS, float(sd)) for sd in SPREADS])
    best = np.unravel_index(int(tried.argmax()), tried.shape)
    return float(MEANS[best[1]]), float(SPREADS[best[0]])


def _kind(likelihood: F64, mean: float, sd: float) -> Kind:
    """Return how the items (I, G) of one kind run, drawn to the `mean` of all."""
    logs = _evidence(likelihood, MEANS, sd) - 0.5 * ((MEANS - mean) / KINDS_SD) ** 2
    chance = np.exp(logs - logs.max())
    chance /= chance.sum()
    own = float(chance @ MEANS)
    return Kind(own, float(np.sqrt(sd**2 + chance @ (MEANS - own) ** 2)), len(likelihood))
