"""How bodies differ: for each sex one normal distribution of the logarithms of all dimensions and of the age.

In logarithms girths, lengths and weight are as good as jointly normal and their ratios are linear, so that everything
known of a shopper is one linear update. Fitted by `scripts/fit_people.py`; the file holds means and covariances.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import SEXES, Sex

PEOPLE_FILE = Path(__file__).parent / "data" / "people.json"
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """People of one sex: ln(dimensions) ~ N(mean, covariance)."""

    mean: F64  # (M,)
    covariance: F64  # (M, M)
    told: F64  # (2, 4): ln (told height, weight) = told[:, 0] + told[:, 1:3] @ ln (height, weight), sd told[:, 3]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Women and men."""

    names: tuple[str, ...]  # (M,)
    populations: dict[Sex, Population]  # by sex
    source: str

    def index(self, name: str) -> int:
        """Return the place of a dimension.  Raises ValueError."""
        return self.names.index(name)


@functools.cache
def load_people() -> People:
    """Read the distributions that ship with the project."""
    return people_from(json.loads(PEOPLE_FILE.read_text("utf-8")))


def people_from(fields: dict[str, Any]) -> People:
    """Return the people of a decoded file.  Raises KeyError."""
    populations = {
        sex: Population(*(np.array(fields[sex][key]) for key in ("mean", "covariance", "told"))) for sex in SEXES
    }
    return People(tuple(fields["names"]), populations, fields["source"])


def people_text(people: People) -> str:
    """Return the file that `people_from` reads, one row of a matrix a line."""
    fields: dict[str, Any] = {"source": people.source, "names": list(people.names)}
    for sex, one in people.populations.items():
        fields[sex] = {
            "mean": np.round(one.mean, 6).tolist(),
            "covariance": np.round(one.covariance, 9).tolist(),
            "told": np.round(one.told, 5).tolist(),
        }
    return json.dumps(fields, indent=1).replace("\n    ", " ").replace("\n   ]", "]") + "\n"
