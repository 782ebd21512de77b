"""Fit the log-normal distribution of adult measurements that the bake aims at.

    python scripts/fit_adults.py ansur_ii_female.csv ansur_ii_male.csv

Reads the public ANSUR II files (US Army, 2012; a US Government work) and writes
`scripts/adults.json`: per sex the mean and covariance of the logarithms, and where the waist was measured. No row is
kept.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SOURCE = "ANSUR II, US Army anthropometric survey 2012 (US Government work); means and covariances only"
COLUMNS: dict[str, str | tuple[str, str]] = {
    "height": "stature",
    "weight": "weightkg",
    "neck": "neckcircumference",
    "chest": "chestcircumference",
    "navel_waist": "waistcircumference",  # ANSUR measures the waist at the navel
    "hip": "buttockcircumference",
    "thigh": "thighcircumference",
    "upper_arm": "bicepscircumferenceflexed",
    "wrist": "wristcircumference",
    "calf": "calfcircumference",
    "biacromial": "biacromialbreadth",
    "sleeve": "sleeveoutseam",
    "inseam": "crotchheight",
    "nape_height": "cervicaleheight",
    "upper_arm_length": "acromionradialelength",
    "forearm_length": "radialestylionlength",
    "thigh_length": ("trochanterionheight", "lateralfemoralepicondyleheight"),  # the one less the other
    "calf_length": ("lateralfemoralepicondyleheight", "lateralmalleolusheight"),
}
NAPE, CROTCH, NAVEL = "cervicaleheight", "crotchheight", "waistheightomphalion"
FITTED = Path(__file__).with_name("adults.json")
# The survey's arm is flexed; ours hangs. Ratio relaxed to flexed from paired adult studies, about.
RELAXED_ARM = {"female": 0.95, "male": 0.93}


def main() -> None:
    """Write the JSON file beside this script."""
    fitted = {"source": SOURCE, "measures": list(COLUMNS)}
    for sex, path in zip(("female", "male"), sys.argv[1:3], strict=True):
        logs, navel = np.log(read(Path(path), sex)), navel_shares(Path(path))
        fitted[sex] = {
            "mean": np.round(logs.mean(0), 5).tolist(),
            "covariance": np.round(np.cov(logs.T), 7).tolist(),
            "navel": [round(float(navel.mean()), 4), round(float(navel.std()), 4)],
        }
    FITTED.write_text(json.dumps(fitted, indent=1) + "\n")


def draw_navel(sex: str, rng: np.random.Generator) -> float:
    """Return how far up from the crotch to the nape somebody's navel is, a share of that way."""
    mean, spread = json.loads(FITTED.read_text())[sex]["navel"]
    return float(mean + spread * rng.standard_normal())


def read(path: Path, sex: str) -> NDArray[np.float64]:
    """Measures (people, 18) in cm and kg."""
    rows = _rows(path)
    table = np.array([[_value(row, column) for column in COLUMNS.values()] for row in rows]) / 10
    table[:, list(COLUMNS).index("upper_arm")] *= RELAXED_ARM[sex]
    return table


def navel_shares(path: Path) -> NDArray[np.float64]:
    """How far up from the crotch to the nape the navel is (people,), shares of that way.

    All that else is known of somebody leaves four fifths of its spread.
    """
    nape, crotch, navel = np.array([[float(row[name]) for name in (NAPE, CROTCH, NAVEL)] for row in _rows(path)]).T
    return np.asarray((navel - crotch) / (nape - crotch))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="latin1", newline="") as file:
        return list(csv.DictReader(file))


def _value(row: dict[str, str], column: str | tuple[str, str]) -> float:
    if isinstance(column, str):
        return float(row[column])
    return float(row[column[0]]) - float(row[column[1]])


if __name__ == "__main__":
    main()
