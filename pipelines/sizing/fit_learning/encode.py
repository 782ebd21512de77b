"""From feedback to what the learner sees of a row: body, size, and what others said of item, size and wearer.

Whatever is reckoned from the answers is made out of folds: a row's own answer never enters the rates that it is
learnt with. Leaving only the row itself out would not do: by how much the rates of an item's rows differ from each
other, trees read the answers off them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.sizing.fit_learning.scales import Expected, SizeScales
from pipelines.sizing.fit_learning.table import Feedback
from pipelines.sizing.people import F64

I64 = NDArray[np.int64]
FOLDS = 5
ALL = -1  # in the place of a fold: of a row that nothing was learnt from
# How many pieces of feedback what is said beforehand counts as much as.
WEIGHT = {"category": 50.0, "body_type": 50.0, "item": 10.0, "item_size": 5.0, "user": 3.0}
OFFSET_WEIGHT = {"item": 5.0, "user": 2.0}  # the same of how much larger people take an item, and somebody takes all
BODY = (
    "height",
    "weight",
    "bmi",
    "age",
    "place",
    "beyond",
    "category_small",
    "category_large",
    "type_small",
    "type_large",
)
USER = ("user_count", "user_small", "user_large", "beyond_usual", "beyond_needed", "beyond_user")
ITEM = (
    "item_count", "item_small", "item_large", "item_beyond", "beyond_item", "beyond_both",
    "item_size_count", "item_size_small", "item_size_large",
)  # fmt: skip
FEATURES = (*BODY, *USER, *ITEM)
CALLED_STEP = 0.5  # standard deviations of sizes that who calls a size small would have needed more
COUNT, SMALL, LARGE, PLACED, PLACE, BEYOND = range(6)  # columns of a tally


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Sums over the rows of each key, kept by fold."""

    keys: I64  # (K,) ascending
    sums: F64  # (FOLDS, K, V)

    @staticmethod
    def of(keys: I64, folds: I64, values: F64) -> Tally:
        """Sum `values` (N, V) by key (N,), negative where there is none, and fold (N,)."""
        kept = keys >= 0
        known, place = np.unique(keys[kept], return_inverse=True)
        cell = folds[kept] * len(known) + place
        columns = [np.bincount(cell, column, FOLDS * len(known)) for column in values[kept].T]
        return Tally(known, np.stack(columns, axis=1).reshape(FOLDS, len(known), values.shape[1]))

    def of_others(self, keys: I64, folds: I64) -> F64:
        """Return the sums (N, V) of each key over the folds other than the row's own; of unknown keys 0."""
        if not len(self.keys):
            return np.zeros((len(keys), self.sums.shape[2]))
        place = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        known = (self.keys[place] == keys)[:, None]
        own = np.where((folds >= 0)[:, None], self.sums[folds, place], 0.0)
        sums: F64 = np.where(known, self.sums.sum(axis=0)[place] - own, 0.0)
        return sums


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """What a set of rows says of items, sizes, wearers and kinds."""

    names: dict[str, tuple[str, ...]]  # of the text columns that the keys are places in
    scales: SizeScales
    expected: Expected
    tallies: dict[str, Tally]
    everything: Tally  # one key, 0

    @staticmethod
    def learn(rows: Feedback, folds: I64) -> Encoder:
        """Return what `rows` say, each in one of the `folds` (N,)."""
        names = {name: getattr(rows, name).names for name in ("user", "item", "size", "body_type", "category")}
        scales = SizeScales.learn(rows)
        place = scales.places(rows)
        expected = Expected.learn(rows, place)
        values = _values(rows, place, expected.places(rows))
        tallies = {name: Tally.of(keys, folds, values) for name, keys in _keys(rows, names).items()}
        everything = Tally.of(np.zeros(len(rows), np.int64), folds, values)
        return Encoder(names, scales, expected, tallies, everything)

    def features(self, rows: Feedback, folds: I64 | None = None) -> F64:
        """Return FEATURES (N, D) of `rows`; of rows that were learnt from give their `folds`."""
        folds = np.full(len(rows), ALL, np.int64) if folds is None else folds
        place = self.scales.places(rows)
        beyond = place - self.expected.places(rows)
        sums = {name: self.tallies[name].of_others(keys, folds) for name, keys in _keys(rows, self.names).items()}
        everyone = self.everything.of_others(np.zeros(len(rows), np.int64), folds)
        rates = _rates(sums, everyone[:, [SMALL, LARGE]] / everyone[:, [COUNT]])
        item_beyond, user_beyond = (
            sums[name][:, BEYOND] / (sums[name][:, PLACED] + OFFSET_WEIGHT[name]) for name in ("item", "user")
        )
        user, (placed, usual) = sums["user"], _usual(sums["user"])
        needed = usual + CALLED_STEP * (user[:, SMALL] - user[:, LARGE]) / np.where(placed > 0, placed, np.nan)
        bmi = rows.weight / (rows.height / 100) ** 2
        body = (rows.height, rows.weight, bmi, rows.age, place, beyond, *rates["category"].T, *rates["body_type"].T)
        own = (user[:, COUNT], *rates["user"].T, place - usual, place - needed, beyond - user_beyond)
        item = (sums["item"][:, COUNT], *rates["item"].T, item_beyond, beyond - item_beyond)
        both = (beyond - item_beyond - user_beyond, sums["item_size"][:, COUNT], *rates["item_size"].T)
        return np.column_stack([*body, *own, *item, *both])

    def knows_item(self, rows: Feedback) -> NDArray[np.bool_]:
        """Return of which `rows` (N,) the item has been spoken of."""
        return np.isin(rows.item.as_in(self.names["item"]), self.tallies["item"].keys)


def _usual(sums: F64) -> tuple[F64, F64]:
    """Return how many sizes (N,) of a wearer are known, and their mean, NaN where there is none."""
    placed = sums[:, PLACED]
    return placed, sums[:, PLACE] / np.where(placed > 0, placed, np.nan)


def _rates(sums: dict[str, F64], shares: F64) -> dict[str, F64]:
    """Return how often (N, 2) each was called small and large, drawn to what is said beforehand: `shares` (N, 2)."""
    before = {"category": shares, "body_type": shares, "user": shares}
    rates: dict[str, F64] = {}
    for name in ("category", "body_type", "user", "item", "item_size"):
        prior = before.get(name)
        if prior is None:
            prior = rates["category" if name == "item" else "item"]
        called, count = sums[name][:, [SMALL, LARGE]], sums[name][:, [COUNT]]
        rates[name] = (called + WEIGHT[name] * prior) / (count + WEIGHT[name])
    return rates


def _values(rows: Feedback, place: F64, expected: F64) -> F64:
    """Return what is summed of each row (N, 6)."""
    known = np.isfinite(place)
    sizes = (known, np.where(known, place, 0.0), np.where(known, place - expected, 0.0))
    return np.column_stack([np.ones(len(rows)), rows.fit == 0, rows.fit == 2, *sizes])


def _keys(rows: Feedback, names: dict[str, tuple[str, ...]]) -> dict[str, I64]:
    """Return the keys (N,) of each tally among `names`, -1 where nothing was told or it is not among them."""
    codes = {name: getattr(rows, name).as_in(among) for name, among in names.items()}
    item, size = codes["item"], codes.pop("size")
    codes["item_size"] = np.where((item >= 0) & (size >= 0), item * len(names["size"]) + size, -1)
    return codes


def folds_of(rows: Feedback, rng: np.random.Generator) -> I64:
    """Return a fold (N,) for each row, all equally large."""
    return rng.permutation(len(rows)) % FOLDS
