"""Scores of predicted fit: how feedback is split, and how good what is said of the part held out is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.body_scores import metric
from pipelines.errors import InputRejected
from pipelines.sizing.fit_learning.encode import Tally
from pipelines.sizing.fit_learning.learner import learn_fit
from pipelines.sizing.fit_learning.table import FITS, Feedback

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
HELD_OUT = 0.1
TIME_LEARNT = 0.8  # of the rows by time; the last HELD_OUT are tested, as in the published figures
LEAST_TESTED, LEAST_IDS = 50, 20
BINS = 10
ITEM_WEIGHT = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Which rows (N,) are learnt from and which are tested."""

    learnt: Mask
    tested: Mask


def splits(rows: Feedback, seed: int = 0) -> tuple[dict[str, Split], dict[str, str]]:
    """Return the splits that `rows` allow, by name, and why the others are left out."""
    rng = np.random.default_rng(seed)
    found: dict[str, Split] = {}
    missing: dict[str, str] = {}
    tested = rng.permutation(len(rows)) < HELD_OUT * len(rows)
    found["random"] = Split(~tested, tested)
    if np.isfinite(rows.time_s).mean() < 0.9:
        missing["time"] = "fewer than nine rows in ten tell their time"
    else:
        found["time"] = split_by_time(rows)
    for name, column in (("new_item", rows.item), ("new_user", rows.user)):
        ids = np.unique(column.codes[column.codes >= 0])
        if len(ids) < LEAST_IDS:
            missing[name] = f"fewer than {LEAST_IDS} of them"
            continue
        tested = np.isin(column.codes, rng.permutation(ids)[: round(HELD_OUT * len(ids))])
        found[name] = Split(~tested, tested)
    return found, missing


def split_by_time(rows: Feedback) -> Split:
    """Learn from the first TIME_LEARNT of the rows, test the last HELD_OUT; rows of one time are not torn apart."""
    known = np.isfinite(rows.time_s)
    before, after = np.quantile(rows.time_s[known], (TIME_LEARNT, 1 - HELD_OUT))
    learnt = known & (rows.time_s <= before)
    return Split(learnt, known & (rows.time_s > after) & ~learnt)


def score_splits(rows: Feedback, seed: int = 0) -> tuple[dict[str, Any], dict[str, F64], dict[str, Split]]:
    """Return the metrics of every split, what was said of its tested rows, and the splits.

    Why a split is missing is told in the unit of its area, which has no value.
    """
    metrics: dict[str, Any] = {}
    said: dict[str, F64] = {}
    found, missing = splits(rows, seed)
    for name, split in found.items():
        tested = rows.rows(split.tested)
        if len(tested) < LEAST_TESTED or len(np.unique(tested.fit)) < len(FITS):
            missing[name] = f"only {len(tested)} rows to test, or not all answers among them"
            continue
        learnt = rows.rows(split.learnt)
        start = time.perf_counter()
        try:
            model = learn_fit(learnt, seed)
        except InputRejected as error:
            missing[name] = str(error)
            continue
        seconds = time.perf_counter() - start
        said[name] = model.chances(tested)
        peers = {"majority": class_shares(learnt, tested), "item rate": item_rates(learnt, tested)}
        metrics |= scores(f"{name}_", said[name], tested.fit, peers)
        metrics[f"{name}_train"] = metric(seconds, "s", None, "lower", {"rows": len(learnt), "tested": len(tested)})
    for name, reason in missing.items():
        metrics[f"{name}_auc"] = {**metric(0.0, f"left out: {reason}", None, "higher"), "value": None}
    return metrics, said, found


def class_shares(learnt: Feedback, tested: Feedback) -> F64:
    """Return for everybody (N, 3) how often each answer was given."""
    return np.tile(np.bincount(learnt.fit, minlength=len(FITS)) / len(learnt), (len(tested), 1))


def item_rates(learnt: Feedback, tested: Feedback) -> F64:
    """Return how often (N, 3) each answer was given of the item, drawn to that of all items."""
    one_hot = (learnt.fit[:, None] == np.arange(len(FITS))).astype(np.float64)
    tally = Tally.of(learnt.item.codes, np.zeros(len(learnt), np.int64), one_hot)
    sums = tally.of_others(tested.item.as_in(learnt.item.names), np.full(len(tested), -1, np.int64))
    return (sums + ITEM_WEIGHT * class_shares(learnt, tested)) / (sums.sum(axis=1, keepdims=True) + ITEM_WEIGHT)


def scores(prefix: str, said: F64, called: NDArray[np.int64], peers: Mapping[str, F64]) -> dict[str, Any]:
    """Return the metrics of chances `said` (N, 3) of answers `called` (N,), and the same of each of the `peers`."""
    own = plain_scores(said, called)
    others = {name: plain_scores(chances, called) for name, chances in peers.items()}
    metrics = {}
    for name, (unit, better) in KINDS.items():
        beside = {peer: values[name] for peer, values in others.items()}
        metrics[f"{prefix}{name}"] = metric(own[name], unit, None, better, beside)
    classes = {one: auc(said[:, i], called == i) for i, one in enumerate(FITS)}
    metrics[f"{prefix}auc"]["peers"] = classes | metrics[f"{prefix}auc"]["peers"]
    return metrics


KINDS = {
    "auc": ("area", "higher"), "accuracy": ("share", "higher"), "macro_f1": ("share", "higher"),
    "log_loss": ("nats", "lower"), "calibration_error": ("share", "lower"),
}  # fmt: skip


def plain_scores(said: F64, called: NDArray[np.int64]) -> dict[str, float]:
    """Return each of KINDS."""
    guess = said.argmax(axis=1)
    right = np.maximum(said[np.arange(len(called)), called], 1e-12)
    return {
        "auc": float(np.mean([auc(said[:, i], called == i) for i in range(len(FITS))])),
        "accuracy": float((guess == called).mean()),
        "macro_f1": float(np.mean([_f1(guess == i, called == i) for i in range(len(FITS))])),
        "log_loss": float(-np.log(right).mean()),
        "calibration_error": calibration_error(said, called),
    }


def auc(said: F64, hit: Mask) -> float:
    """Return the area under the ROC curve of `said` (N,) for `hit` (N,): how often a hit is said more than another."""
    hits = int(hit.sum())
    ranks = float(rankdata(said)[hit].sum())
    return (ranks - hits * (hits + 1) / 2) / (hits * (len(hit) - hits))


def _f1(guess: Mask, truth: Mask) -> float:
    both = int((guess & truth).sum())
    return 2 * both / max(int(guess.sum()) + int(truth.sum()), 1)


def calibration_error(said: F64, called: NDArray[np.int64]) -> float:
    """Return how far what is said of an answer is from how often it comes: in BINS of as many, over all answers."""
    gaps = []
    for i in range(said.shape[1]):
        for part in np.array_split(np.argsort(said[:, i], kind="stable"), BINS):
            gaps.append(abs(float(said[part, i].mean()) - float((called[part] == i).mean())) * len(part))
    return sum(gaps) / len(called) / said.shape[1]
