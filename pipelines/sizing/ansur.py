"""ANSUR II (US Army, 2012; a US Government work): the columns that are used, in centimetres, kilograms and years."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import SEXES, Sex
from pipelines.errors import InputRejected

SOURCE = "ANSUR II, US Army anthropometric survey 2012 (US Government work); means and covariances only"
COLUMNS: dict[str, str | tuple[str, str]] = {
    "height": "stature",
    "weight": "weightkg",  # in hectograms
    "neck": "neckcircumference",
    "shoulder_girth": "shouldercircumference",
    "chest": "chestcircumference",
    "navel_waist": "waistcircumference",  # ANSUR measures the waist at the navel
    "hip": "buttockcircumference",
    "thigh": "thighcircumference",
    "calf": "calfcircumference",
    "upper_arm": "bicepscircumferenceflexed",
    "wrist": "wristcircumference",
    "biacromial": "biacromialbreadth",
    "sleeve": "sleeveoutseam",
    "inseam": "crotchheight",
    "back_navel": "waistbacklength",  # to the level of the navel
    "nape_height": "cervicaleheight",
    "upper_arm_length": "acromionradialelength",
    "forearm_length": "radialestylionlength",
    "thigh_length": ("trochanterionheight", "lateralfemoralepicondyleheight"),  # the one less the other
    "calf_length": ("lateralfemoralepicondyleheight", "lateralmalleolusheight"),
    "shoulder_breadth": "bideltoidbreadth",
    "chest_breadth": "chestbreadth",
    "waist_breadth": "waistbreadth",
    "hip_breadth": "hipbreadth",
    "chest_depth": "chestdepth",
    "waist_depth": "waistdepth",
    "hip_depth": "buttockdepth",
}
# The survey's arm is flexed; a shopper's hangs. Ratio relaxed to flexed from paired adult studies, about.
RELAXED_ARM = {"female": 0.95, "male": 0.93}
INCH_CM, POUND_KG = 2.54, 0.45359237


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """People of one sex; N rows in the order of the file."""

    sex: Sex
    names: tuple[str, ...]  # (M,): age, then COLUMNS
    values: NDArray[np.float64]  # (N, M) years, cm, kg
    reported: NDArray[np.float64]  # (N, 2) told height in cm and weight in kg, NaN where they make no sense

    group: NDArray[np.int64]  # (N,) the survey's DODRace; to measure who is served worse, never to learn from

    def rows(self, kept: NDArray[np.bool_]) -> Survey:
        """Return the people of `kept` (N,)."""
        return Survey(self.sex, self.names, self.values[kept], self.reported[kept], self.group[kept])

    def column(self, name: str) -> NDArray[np.float64]:
        """Return the values (N,) of one dimension.  Raises ValueError."""
        return self.values[:, self.names.index(name)]


def read_surveys(folder: Path) -> tuple[Survey, Survey]:
    """Read women and men from the files of `folder`.  Raises InputRejected."""
    surveys = []
    for sex in SEXES:
        files = sorted(folder.glob(f"ansur_ii_{sex}*.csv"))
        if not files:
            raise InputRejected(f"{folder}: no file ansur_ii_{sex}*.csv")
        surveys.append(_read(files[0], sex))
    return surveys[0], surveys[1]


def _read(path: Path, sex: Sex) -> Survey:
    with path.open(encoding="latin1", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        age = np.array([float(row["Age"]) for row in rows])
        table = np.array([[_value(row, column) for column in COLUMNS.values()] for row in rows]) / 10
        group = np.array([int(row["DODRace"]) for row in rows])
        told = np.array([[float(row["Heightin"]) * INCH_CM, float(row["Weightlbs"]) * POUND_KG] for row in rows])
    except (KeyError, ValueError) as error:
        raise InputRejected(f"{path}: not the columns of ANSUR II ({error})") from error
    names = tuple(COLUMNS)
    table[:, names.index("upper_arm")] *= RELAXED_ARM[sex]
    off = np.abs(np.log(np.maximum(told, 1.0) / table[:, :2])) > (0.08, 0.25)  # slips of the pen, one weight of 0
    told[off.any(axis=1)] = np.nan
    return Survey(sex, ("age", *names), np.column_stack([age, table]), told, group)


def _value(row: dict[str, str], column: str | tuple[str, str]) -> float:
    if isinstance(column, str):
        return float(row[column])
    return float(row[column[0]]) - float(row[column[1]])
