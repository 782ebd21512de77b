"""A made-up shop's fit feedback in the shape of RentTheRunway's, of which the best possible prediction is known.

Who wears what in which size follows from a body, a taste and what the item is like; whether it was called small or
large from how tight that is, plus chance. Everything is normally distributed, so that the chance of each answer can be
reckoned from what a predictor might know at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pipelines.sizing.labels import LETTERS

F64 = NDArray[np.float64]
SHARES = (0.134, 0.738, 0.128)  # of small, fit, large on RentTheRunway
SIZES = len(LETTERS)
TYPES = ("hourglass", "athletic", "pear", "petite", "straight & narrow", "full bust", "apple")
CATEGORIES = 40
QUADRATURE = 24
START_S, SPAN_S = 1.3e9, 2.2e8  # when the feedback came


@dataclass(frozen=True, slots=True)
class Made:
    """How the shop is made; all spreads in sizes."""

    rows: int = 150_000
    items: int = 5_850
    users: int = 105_500
    seed: int = 1
    shape: float = 0.7  # of the size that somebody needs, at a body as told
    taste: float = 0.45  # of the size that somebody takes beyond what they need
    tolerated: float = 0.55  # share of the taste that is not felt as too large
    chance_choice: float = 0.45  # of the size taken
    kind: float = 0.25  # of how categories run
    item: float = 0.75  # of how items of a category run
    grade: float = 0.08  # of how much more so from size to size
    foreseen: float = 0.35  # share of how an item runs that people allow for
    chance_felt: float = 0.65  # of what is felt


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """Lines of a CSV table and, for each, the chances (N, 3) of its answer."""

    lines: tuple[str, ...]
    everything: F64  # knowing the item and the wearer wholly: nobody can predict better
    items: F64  # knowing the items wholly, of the wearer only the body and the size taken
    bodies: F64  # knowing only the kinds of garment, the body and the size taken


def make_shop(made: Made = Made()) -> Shop:
    """Return a shop's feedback; the same for the same `made`."""
    rng = np.random.default_rng(made.seed)
    wearers, items = _wearers(rng, made), _items(rng, made)
    who = np.concatenate([np.arange(made.users), rng.integers(0, made.users, max(made.rows - made.users, 0))])
    who = rng.permutation(who[: made.rows])
    which = rng.choice(made.items, made.rows, p=items["share"])
    need, shape, taste = (wearers[name][who] for name in ("need", "shape", "taste"))
    kind, offset, grade = (items[name][which] for name in ("kind", "offset", "grade"))
    took = need + shape + taste + made.foreseen * offset + made.chance_choice * rng.standard_normal(made.rows)
    size = np.round(took).clip(0, SIZES - 1)
    tight = need + shape + made.tolerated * taste + offset + grade * (size - SIZES / 2) - size
    felt = tight + made.chance_felt * rng.standard_normal(made.rows)
    limits = np.quantile(felt, (SHARES[2], 1 - SHARES[0]))
    fit = np.where(felt > limits[1], 0, np.where(felt < limits[0], 2, 1))
    time_s = START_S + SPAN_S * (items["from"][which] + (1 - items["from"][which]) * rng.random(made.rows))
    lines = _lines(rng, wearers, items, (who, which, size.astype(int), fit, time_s))
    everything = _chances(tight, made.chance_felt, limits)
    known = offset + grade * (size - SIZES / 2)
    by_items = _bound(made, limits, size, need + known, need + made.foreseen * offset, 0.0, 0.0)
    unknown = made.item**2
    spread = unknown + (made.grade * (size - SIZES / 2)) ** 2
    by_bodies = _bound(made, limits, size, need + kind, need + made.foreseen * kind, spread, unknown)
    return Shop(lines, everything, by_items, by_bodies)


def _wearers(rng: np.random.Generator, made: Made) -> dict[str, Any]:
    """Draw bodies, what size they need, and tastes."""
    height = rng.normal(166, 6.8, made.users).clip(140, 200)
    bmi = np.exp(rng.normal(np.log(23), 0.15, made.users)).clip(16, 50)
    weight = (bmi * (height / 100) ** 2).clip(36, 200)
    age = np.exp(rng.normal(np.log(33), 0.22, made.users)).clip(18, 80)
    kind = rng.integers(0, len(TYPES), made.users)
    need = 4 + 1.6 * (np.log(weight) - np.log(64)) / 0.17 - 0.25 * (height - 166) / 6.8 + 0.1 * (age - 33) / 8
    need += np.linspace(-0.4, 0.4, len(TYPES))[kind]
    return {
        "height": height.round(), "weight": weight.round(1), "age": age.round(), "type": kind, "need": need,
        "shape": made.shape * rng.standard_normal(made.users), "taste": made.taste * rng.standard_normal(made.users),
    }  # fmt: skip


def _items(rng: np.random.Generator, made: Made) -> dict[str, Any]:
    """Draw what items are like, how often they are worn, and from when on."""
    popular = 1 / (np.arange(made.items) + 25.0) ** 0.9
    category = (rng.random(made.items) ** 1.6 * CATEGORIES).astype(int)
    kinds = made.kind * rng.standard_normal(CATEGORIES)
    return {
        "share": rng.permutation(popular / popular.sum()), "category": category, "kind": kinds[category],
        "offset": kinds[category] + made.item * rng.standard_normal(made.items),
        "grade": made.grade * rng.standard_normal(made.items),
        "from": (rng.random(made.items) * 1.5 - 0.6).clip(min=0), "letters": rng.random(made.items) < 0.3,
    }  # fmt: skip


def _lines(rng: np.random.Generator, wearers: Any, items: Any, rows: tuple[NDArray[Any], ...]) -> tuple[str, ...]:
    """Write the table, with gaps as large as RentTheRunway's."""

    def written() -> Iterator[str]:
        yield "user_id,item_id,size,height_cm,weight_kg,age,body_type,category,fit,time"
        gaps = rng.random((len(rows[0]), 3)) < (0.156, 0.005, 0.076)
        for who, which, size, fit, time_s, (weight, age, kind) in zip(*rows, gaps, strict=True):
            label = LETTERS[size] if items["letters"][which] else str(2 * size)
            yield (
                f"u{who},i{which},{label},{wearers['height'][who]:g},{'' if weight else wearers['weight'][who]},"
                f"{'' if age else wearers['age'][who]},{'' if kind else TYPES[wearers['type'][who]]},"
                f"c{items['category'][which]},{('small', 'fit', 'large')[fit]},{time_s:.0f}"
            )

    return tuple(written())


def _chances(tight: F64, spread: float | F64, limits: F64) -> F64:
    """Return the chances (…, 3) of small, fit, large of what is felt about `tight`."""
    small, large = ndtr((tight - limits[1]) / spread), ndtr((limits[0] - tight) / spread)
    return np.stack([small, 1 - small - large, large], axis=-1)


def _bound(made: Made, limits: F64, size: F64, felt: F64, took: F64, felt_open: F64 | float, took_open: float) -> F64:
    """Return the chances (N, 3) given the size taken, where shape and taste are not known.

    `felt` and `took` (N,) are the means of tightness and of the size taken before it is rounded; `felt_open` and
    `took_open` how much the item adds to the variance of how it runs.
    """
    felt = felt - size
    felt_variance = made.shape**2 + (made.tolerated * made.taste) ** 2 + felt_open
    took_variance = made.shape**2 + made.taste**2 + made.chance_choice**2 + made.foreseen**2 * took_open
    together = made.shape**2 + made.tolerated * made.taste**2 + made.foreseen * took_open
    sd = np.sqrt(took_variance)
    low = np.where(size > 0, ndtr((size - 0.5 - took) / sd), 0.0)
    high = np.where(size < SIZES - 1, ndtr((size + 0.5 - took) / sd), 1.0)
    at = (np.arange(QUADRATURE) + 0.5) / QUADRATURE
    inside = ndtri((low[:, None] + (high - low)[:, None] * at).clip(1e-12, 1 - 1e-12)) * sd
    tight = felt[:, None] + together / took_variance * inside
    open_still = np.sqrt(felt_variance - together**2 / took_variance + made.chance_felt**2)
    chances: F64 = _chances(tight, np.broadcast_to(np.asarray(open_still), size.shape)[:, None], limits).mean(axis=1)
    return chances
