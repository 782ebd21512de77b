"""What a new outfit costs the tailor, in processor time of its thread, which other work on the machine hardly changes.

Fresh: nothing is kept anywhere, as on a new installation. New: pattern and cloth lie on the shelf, as idle workers
leave them there, but nobody wore the garment in this process, and it fits no other body. Again: it was worn before.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.body.model import load_body_model
from pipelines.garment import patterns
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.cut_shelf import shelved_cuts
from pipelines.garment.shelf import shelved
from pipelines.outfit import GarmentChoice, Tailor, Wish

HEIGHT_CM = 174.0
FIRST = "tee_crew"  # worn before the clock starts: the body is shaped and measured
GARMENTS = (
    "hoodie_fleece", "shirt_stripe", "long_sleeve", "dress_a_line", "coat_wool", "skirt_pleated", "jeans_straight",
)  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Dress one shopper three times and return the median cost of a garment."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Path(folder)
        _costs_ms(_tailor(shelf))  # loads the compiled kernels
        for kept in shelf.iterdir():
            kept.unlink()
        fresh = _costs_ms(_tailor(shelf))
        tailor = _tailor(shelf)
        new, again = _costs_ms(tailor), _costs_ms(tailor)
    return {"fresh_cpu_ms": _metric(fresh), "new_cpu_ms": _metric(new), "again_cpu_ms": _metric(again)}


def _tailor(shelf: Path) -> Tailor:
    """Return a tailor who knows no more than what lies on the shelf."""
    patterns.cut.cache_clear()
    return Tailor(load_catalogue(), load_body_model(), shelved(shelf), shelved_cuts(shelf))


def _costs_ms(tailor: Tailor) -> list[float]:
    """Return what each garment costs after the first."""
    costs = []
    for garment in (FIRST, *GARMENTS):
        began_s = time.thread_time()
        tailor.prepare(Wish((GarmentChoice(garment),), HEIGHT_CM))
        costs.append(1000 * (time.thread_time() - began_s))
    return costs[1:]


def _metric(costs_ms: list[float]) -> dict[str, Any]:
    return {"value": round(float(np.median(costs_ms)), 1), "unit": "ms", "target": None, "better": "lower", "peers": {}}
