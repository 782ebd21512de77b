"""Whether a size is called small, right or large: learnt from a made-up shop's feedback, beside the best possible.

No public data set comes with the project, so the shop is made up (`fit_shop.py`) in RentTheRunway's shape: 150,000
rows, as many items and users, shares of the answers and gaps. The chances that its answers were drawn with are known.
The bounds are the scores of these chances: of who knows everything of item and wearer; of who knows the items, but of
the wearer only the body and the size taken; and of who knows neither. The learner is compared with the bound of what a
split lets it know: the items, but on new items neither. `evaluate fit` takes a real shop's.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.body_scores import metric
from benchmarks.fit_scores import F64, Split, auc, plain_scores, score_splits
from benchmarks.fit_shop import Made, Shop, make_shop
from pipelines.sizing.fit_learning.encode import BODY, FEATURES, Encoder, folds_of
from pipelines.sizing.fit_learning.learner import learn_fit
from pipelines.sizing.fit_learning.table import Feedback, read_feedback

# Set before the learner was first run on this shop.
BELOW_BOUND = {"random": 0.03, "time": 0.05, "new_item": 0.02, "new_user": 0.03}  # of the area
CALIBRATION_ERROR, TRAIN_S, SHUFFLED_OFF = 0.015, 30.0, 0.02
SHUFFLED_ROWS = 30_000


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Learn and score every split; return scores, bounds and what shuffled answers give."""
    shop = make_shop(Made())
    rows = read_feedback(shop.lines).feedback
    metrics, said, found = score_splits(rows)
    for name, split in found.items():
        _set_beside(metrics, name, rows, split, shop)
    start, busy = time.perf_counter(), time.process_time()
    learn_fit(rows)
    peers = {"rows": len(rows), "processor": time.process_time() - busy}
    metrics["train_all"] = metric(time.perf_counter() - start, "s", TRAIN_S, "lower", peers)
    metrics["shuffled_auc_off"] = _shuffled(rows, found["random"])
    return metrics


def _set_beside(metrics: dict[str, Any], name: str, rows: Feedback, split: Split, shop: Shop) -> None:
    """Add the bounds, a logistic regression on the body, and the targets to the scores of one split."""
    called = rows.fit[split.tested]
    known = shop.bodies if name == "new_item" else shop.items
    peers = {"bound": known, "bound with the wearer known": shop.everything}
    body = plain_scores(_by_body(rows, split), called)
    for kind in ("auc", "accuracy", "macro_f1", "log_loss"):
        beside = {peer: plain_scores(chances[split.tested], called)[kind] for peer, chances in peers.items()}
        metrics[f"{name}_{kind}"]["peers"] |= {"body alone": body[kind]} | beside
    bound = metrics[f"{name}_auc"]["peers"]["bound"]
    below = bound - metrics[f"{name}_auc"]["value"]
    metrics[f"{name}_below_bound"] = metric(below, "area", BELOW_BOUND[name], "lower")
    metrics[f"{name}_calibration_error"]["target"] = CALIBRATION_ERROR if name != "time" else None


def _by_body(rows: Feedback, split: Split) -> F64:
    """Return what a logistic regression on body, size and category says (N, 3)."""
    learnt, tested = rows.rows(split.learnt), rows.rows(split.tested)
    folds = folds_of(learnt, np.random.default_rng(0))
    encoder = Encoder.learn(learnt, folds)
    columns = [FEATURES.index(name) for name in BODY]
    inputs, asked = encoder.features(learnt, folds)[:, columns], encoder.features(tested)[:, columns]
    middle, spread = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    inputs, asked = (np.nan_to_num((part - middle) / spread) for part in (inputs, asked))
    said: F64 = LogisticRegression(max_iter=200).fit(inputs, learnt.fit).predict_proba(asked)
    return said


def _shuffled(rows: Feedback, split: Split) -> dict[str, Any]:
    """Return how far from chance the area is after learning from answers dealt out at random: what leaks shows here."""
    rng = np.random.default_rng(0)
    learnt = rows.rows(rng.permutation(np.flatnonzero(split.learnt))[:SHUFFLED_ROWS])
    learnt.fit[:] = rng.permutation(learnt.fit)
    tested = rows.rows(split.tested)
    area = plain_scores(learn_fit(learnt).chances(tested), tested.fit)["auc"]
    own = _shuffled_own(learnt)
    off = max(abs(area - 0.5), abs(own - 0.5))
    return metric(off, "area", SHUFFLED_OFF, "lower", {"unseen rows": area, "worst feature of own rows": own})


def _shuffled_own(rows: Feedback) -> float:
    """Return the area farthest from one half that any feature of the rows learnt from has for their own answers."""
    folds = folds_of(rows, np.random.default_rng(0))
    inputs = np.nan_to_num(Encoder.learn(rows, folds).features(rows, folds), nan=-9.0)
    areas = [auc(column, called) for column in inputs.T for called in _one_against_rest(rows.fit)]
    return max(areas, key=lambda area: abs(area - 0.5))


def _one_against_rest(called: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [called == i for i in range(3)]
