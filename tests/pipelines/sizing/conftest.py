"""The survey, where it is at hand, and people drawn from what was learnt of it."""

import os
from pathlib import Path

import numpy as np
import pytest

from pipelines.sizing.ansur import Survey, read_surveys
from pipelines.sizing.people import load_people

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def ansur() -> tuple[Survey, Survey]:
    folder = Path(os.environ.get("ANSUR_FOLDER", ROOT.parent / "shared" / "data" / "ansur"))
    if not folder.is_dir():
        pytest.skip("no ../shared/data/ansur beside the checkout, and no ANSUR_FOLDER")
    return read_surveys(folder)


@pytest.fixture(scope="session")
def crowd() -> dict[str, list[dict[str, float]]]:
    """Sixty women and sixty men of the shipped distribution, by dimension."""
    people = load_people()
    found = {}
    for seed, (sex, one) in enumerate(people.populations.items()):
        bodies = np.exp(np.random.default_rng(seed).multivariate_normal(one.mean, one.covariance, 60))
        bodies[:, people.index("age")] = bodies[:, people.index("age")].clip(18, 90)
        found[sex] = [dict(zip(people.names, row, strict=True)) for row in bodies.tolist()]
    return found
