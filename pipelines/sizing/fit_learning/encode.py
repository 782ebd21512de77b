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
FELT_WEIGHT = {"item": 8.0, "user": 3.0, "item_size": 8.0}  # and of how much smaller each is called than others are
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
USER = ("user_count", "user_small", "user_large", "user_felt", "beyond_usual", "beyond_needed", "beyond_user")
ITEM = (
    "item_count", "item_small", "item_large", "item_felt",
    "item_size_count", "item_size_small", "item_size_large", "item_size_felt",
    "item_beyond", "beyond_item", "beyond_both", "called_item", "called_both",
)  # fmt: skip
FEATURES = (*BODY, *USER, *ITEM)
CALLED_STEP = 0.5  # standard deviations of sizes that who calls a size small would have needed more
COUNT, SMALL, LARGE, PLACED, PLACE, BEYOND = range(6)  # columns of a tally
SIZED = [COUNT, BEYOND, PLACE]  # what answers are expected from, before anything is known of item and wearer


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
        sums: F64 = np.stack(columns, axis=1).astype(np.float64)
        return Tally(known, sums.reshape(FOLDS, len(known), values.shape[1]))

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
    slopes: F64  # (FOLDS + 1, 3) of the answers on SIZED, without each fold, last without none

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
        return Encoder(names, scales, expected, tallies, everything, _slopes(values, folds))

    def features(self, rows: Feedback, folds: I64 | None = None) -> F64:
        """Return FEATURES (N, D) of `rows`; of rows that were learnt from give their `folds`."""
        folds = np.full(len(rows), ALL, np.int64) if folds is None else folds
        place = self.scales.places(rows)
        beyond = place - self.expected.places(rows)
        sums = {name: self.tallies[name].of_others(keys, folds) for name, keys in _keys(rows, self.names).items()}
        everyone = self.everything.of_others(np.zeros(len(rows), np.int64), folds)
        rates = _rates(sums, everyone[:, [SMALL, LARGE]] / everyone[:, [COUNT]].clip(min=1))
        slopes = self.slopes[folds]
        sized = np.column_stack([np.ones(len(rows)), np.nan_to_num(beyond), np.nan_to_num(place)])
        felt = {name: _felt(sums[name], slopes, weight) for name, weight in FELT_WEIGHT.items()}
        said = Said(sums, rates, felt)
        bmi = rows.weight / (rows.height / 100) ** 2
        body = (rows.height, rows.weight, bmi, rows.age, place, beyond, *rates["category"].T, *rates["body_type"].T)
        item = _of_item(said, beyond, (sized * slopes).sum(axis=1))
        return np.column_stack([*body, *_of_user(said, place, beyond), *item])

    def knows_item(self, rows: Feedback) -> NDArray[np.bool_]:
        """Return of which `rows` (N,) the item has been spoken of."""
        return np.isin(rows.item.as_in(self.names["item"]), self.tallies["item"].keys)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What others said of each row's item, size, wearer and kind."""

    sums: dict[str, F64]  # by tally (N, 6)
    rates: dict[str, F64]  # by tally (N, 2): how often small and large
    felt: dict[str, F64]  # by tally (N,): how much more often small than large beyond what the sizes taken explain

    def beyond(self, name: str) -> F64:
        """Return how much larger than expected (N,) the sizes taken were."""
        return self.sums[name][:, BEYOND] / (self.sums[name][:, PLACED] + OFFSET_WEIGHT[name])


def _of_user(said: Said, place: F64, beyond: F64) -> tuple[F64, ...]:
    """Return the columns of USER."""
    user = said.sums["user"]
    placed = np.where(user[:, PLACED] > 0, user[:, PLACED], np.nan)
    usual = user[:, PLACE] / placed
    needed = usual + CALLED_STEP * (user[:, SMALL] - user[:, LARGE]) / placed
    known = (user[:, COUNT], *said.rates["user"].T, said.felt["user"])
    return (*known, place - usual, place - needed, beyond - said.beyond("user"))


def _of_item(said: Said, beyond: F64, called: F64) -> tuple[F64, ...]:
    """Return the columns of ITEM; `called` (N,) is what the size taken leads to expect."""
    item, felt = said.beyond("item"), said.felt["item"]
    rows = []
    for name in ("item", "item_size"):
        rows += [said.sums[name][:, COUNT], *said.rates[name].T, said.felt[name]]
    sized = (item, beyond - item, beyond - item - said.beyond("user"))
    return (*rows, *sized, called + felt, called + felt + said.felt["user"])


def _slopes(values: F64, folds: I64) -> F64:
    """Return the slopes (FOLDS + 1, 3) of small less large on SIZED: over the rows outside of each fold, and all."""
    inputs, called = values[:, SIZED], values[:, SMALL] - values[:, LARGE]
    kept = [folds != fold for fold in range(FOLDS)] + [folds >= 0]
    return np.stack([np.linalg.solve(inputs[k].T @ inputs[k] + np.eye(3), inputs[k].T @ called[k]) for k in kept])


def _felt(sums: F64, slopes: F64, weight: float) -> F64:
    """Return how much more often (N,) small than large was said in `sums` (N, 6) than the sizes taken explain."""
    felt: F64 = sums[:, SMALL] - sums[:, LARGE] - (sums[:, SIZED] * slopes).sum(axis=1)
    return felt / (sums[:, COUNT] + weight)


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


def item_folds_of(rows: Feedback, rng: np.random.Generator) -> I64:
    """Return a fold (N,) for each row, one and the same for all rows of an item."""
    of_item = np.append(rng.permutation(len(rows.item.names)) % FOLDS, ALL)  # the last where no item was told
    return np.where(rows.item.codes >= 0, of_item[rows.item.codes], folds_of(rows, rng))
