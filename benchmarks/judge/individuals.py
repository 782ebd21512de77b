"""Single people for the camera scan: the judging bodies are each the mean of fifteen people, and nobody is.

What height and weight leave open of a body is what a scan is for, and of the mean of fifteen people that is a quarter
of what it is of one. Each of these is a full-rank body that measures like one person drawn from the survey's
distribution, and that no coefficients of the model under test can express (`scripts/bake_scan_people.py`). The scan is
calibrated on one group of them and judged by another.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.judge.people import Looks
from pipelines.body.model import Sex, load_body_model

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
CALIBRATING, JUDGING = DATA / "scan_people.npz", DATA / "scan_judges.npz"


@cache
def individuals(path: Path) -> tuple[tuple[Sex, Looks], ...]:
    """Return sex and body, in fitted clothes, of everybody in the file at `path`."""
    model = load_body_model()
    with np.load(path) as file:
        sexes: list[Sex] = file["sex"].tolist()
        within = np.einsum("nk,kvc->nvc", file["coefficients"], model.components_m)
        navels: list[float] = file["navel"].tolist()
        rest_m = (model.mean_m + within + file["unit_m"] * file["beyond"]).astype(np.float32)
    people = zip(sexes, rest_m, navels, strict=True)
    return tuple((sex, Looks(rest_m=one, navel=navel, fitted=True)) for sex, one, navel in people)
