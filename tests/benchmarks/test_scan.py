"""The bench of the camera scan, on shoppers whose scans are made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import scan as bench
from benchmarks.body_scores import GIRTHS
from benchmarks.judge.individuals import JUDGING, individuals
from benchmarks.judge.people import shaped
from benchmarks.judge.scanned import truth
from pipelines.scan.guide import Scan, ScanWish
from pipelines.sizing.evidence import Evidence


def shopper(number: int, error: float, stated: float = 0.02, step: Any = "done") -> dict[str, Any]:
    """Return a shopper whose camera is off by `error` (a share, its sign by lot) and states `stated`."""
    sex, looks = individuals(JUDGING)[number]
    true = truth(shaped(number, looks), looks.navel)
    signs = np.random.default_rng(number).choice((-1.0, 1.0), 3)
    found = tuple(
        Evidence(girth, true[girth] * (1 + error * sign), "camera", true[girth] * stated)
        for girth, sign in zip(GIRTHS.values(), signs, strict=True)
    )
    done = Scan(ScanWish(true["height"]), step=step, found=found if step == "done" else ())
    scans = dict.fromkeys(("measured", "told", "front"), done)
    return {"sex": sex, "true": true, "told": bench._told(true, sex, number), "scans": scans}


def test_a_good_camera_is_better_than_height_and_weight_and_a_bad_one_is_not() -> None:
    good, bad = (bench._metrics([shopper(number, error) for number in range(12)]) for error in (0.004, 0.15))
    for name in GIRTHS:
        assert good[f"scan_{name}_gain"]["value"] > 0 > bad[f"scan_{name}_gain"]["value"], name
    assert good["seen_chest_off"]["peers"]["sd"] < 1.0 < bad["seen_chest_off"]["value"]


def test_a_camera_that_says_less_than_it_is_off_is_caught_by_its_intervals() -> None:
    shoppers = [shopper(number, 0.06, stated=0.01) for number in range(12)]
    metrics = bench._metrics(shoppers)
    assert metrics["scan_cover_off"]["peers"]["held"] < 60.0
    assert metrics["scan_cover_off"]["value"] > bench.COVER_OFF


def test_whose_scan_was_not_finished_is_known_by_height_and_weight() -> None:
    metrics = bench._metrics([shopper(number, 0.004, step="front") for number in range(6)])
    assert metrics["scans_done"]["value"] == 0.0
    for name in GIRTHS:
        assert metrics[f"scan_{name}_gain"]["value"] == pytest.approx(0.0)
