"""Charts and codes of the size systems, compiled from public sources; brands keep to them loosely.

The standards' own texts are sold and not copied here: what stands here is what open pages say of them. An answer is
never drawn from these charts where a garment has one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from pipelines.body.model import Sex
from pipelines.sizing.charts import INCH_CM, BodyChart, BodyRow, Source
from pipelines.sizing.estimate import Estimate
from pipelines.sizing.letters import BEGINS_CM, LETTERS, letter_of

EN_13402_3 = Source("EN 13402-3, letter bands by chest or bust girth, as widely quoted", "standard")
ASTM_D5585 = Source("ASTM D5585-11e1, misses' bust girths, as widely quoted", "standard")
JIS_MEN = Source("JIS L 4004, ranges S, M, L of men, as shops quote them", "standard")
JIS_WOMEN = Source("JIS L 4005, A body type, sizes 5 to 15, as shops quote them", "standard")
UK_WOMEN = Source("A UK dressmaker's chart of body girths, sizes 4 to 14", "retail")
GB_T_1335 = Source("GB/T 1335.1, .2-2008: height in steps of 5 cm, chest of 4, waist of 2", "standard")

# Sizes of women's clothing that stand in one line in conversion tables; JP by its own girths is about one line smaller.
WOMEN = {
    "UK": ("4", "6", "8", "10", "12", "14", "16", "18", "20"),
    "US": ("0", "2", "4", "6", "8", "10", "12", "14", "16"),
    "EU": ("32", "34", "36", "38", "40", "42", "44", "46", "48"),
    "DE": ("30", "32", "34", "36", "38", "40", "42", "44", "46"),
    "FR": ("32", "34", "36", "38", "40", "42", "44", "46", "48"),
    "IT": ("36", "38", "40", "42", "44", "46", "48", "50", "52"),
    "JP": ("1", "3", "5", "7", "9", "11", "13", "15", "17"),
}
# Google Merchant's names of systems and schema.org's (`WearableSizeSystem` + …).
SCHEMA_SYSTEMS = {
    "AU": "AU", "BR": "BR", "CN": "CN", "DE": "DE", "EU": "Europe", "FR": "FR", "IT": "IT", "JP": "JP", "MEX": "MX",
    "UK": "UK", "US": "US",
}  # fmt: skip
# GB/T 1335: least drop, chest less waist, of each body type; Y is the slimmest waist.
LABEL_CM = 16.0  # two letters: where the middle 80 % of a figure are wider, a label says nothing
DROPS_CM: dict[Sex, tuple[tuple[str, float], ...]] = {
    "male": (("Y", 16.5), ("A", 11.5), ("B", 6.5), ("C", 1.5)),
    "female": (("Y", 18.5), ("A", 13.5), ("B", 8.5), ("C", 3.5)),
}


def letter_chart(sex: Sex) -> BodyChart:
    """Return EN 13402-3's letters from XS to XXL by chest girth."""
    begins = dict(zip(LETTERS[1:], BEGINS_CM[sex], strict=True))
    ends = dict(zip(LETTERS, BEGINS_CM[sex], strict=False))
    rows = [BodyRow(letter, {"chest": (begins[letter], ends[letter])}, EN_13402_3) for letter in LETTERS[1:-1]]
    return BodyChart("EN 13402", tuple(rows))


def astm_women_chart() -> BodyChart:
    """Return ASTM D5585's misses' sizes 00 to 20 by bust girth."""
    sizes = ("00", "0", "2", "4", "6", "8", "10", "12", "14", "16", "18", "20")
    busts = (31.125, 31.75, 33, 34.125, 35.25, 36.25, 37.25, 38.75, 40.375, 42.125, 44, 46)
    return BodyChart("US", _about(sizes, {"chest": [bust * INCH_CM for bust in busts]}, ASTM_D5585))


def uk_women_chart() -> BodyChart:
    """Return UK sizes 4 to 14 by bust, waist and hip."""
    girths: dict[str, Sequence[float]] = {
        "chest": (78, 80.5, 83, 88, 93, 98),
        "waist": (60, 62.5, 65, 70, 75, 80),
        "hip": (83.5, 86, 88.5, 93.5, 98.5, 103.5),
    }
    return BodyChart("UK", _about(("4", "6", "8", "10", "12", "14"), girths, UK_WOMEN))


def jis_women_chart() -> BodyChart:
    """Return Japanese women's sizes 5 to 15 by bust, waist and hip."""
    girths: dict[str, Sequence[float]] = {"chest": range(77, 93, 3), "waist": range(58, 74, 3), "hip": range(87, 98, 2)}
    return BodyChart("JP", _about(("5", "7", "9", "11", "13", "15"), girths, JIS_WOMEN))


def jis_men_chart() -> BodyChart:
    """Return Japanese men's S, M and L by height, chest and waist."""
    rows = [
        BodyRow(size, {"height": (155 + n, 165 + n), "chest": (80 + m, 88 + m), "waist": (68 + m, 76 + m)}, JIS_MEN)
        for size, n, m in (("S", 0, 0), ("M", 10, 8), ("L", 20, 16))
    ]
    return BodyChart("JP", tuple(rows))


def same_line(size: str, system: str, wanted: str) -> str | None:
    """Return what a women's size of one system is called in another, None where the tables do not say."""
    if system not in WOMEN or wanted not in WOMEN or size not in WOMEN[system]:
        return None
    return WOMEN[wanted][WOMEN[system].index(size)]


def gbt_type(chest_cm: float, waist_cm: float, sex: Sex) -> str:
    """Return the body type of GB/T 1335 by chest less waist; Y also beyond its range, "" for less than C's."""
    drop = chest_cm - waist_cm
    return next((letter for letter, least in DROPS_CM[sex] if drop >= least), "")


def gbt_code(height_cm: float, girth_cm: float, body_type: str, *, lower: bool = False) -> str:
    """Return 号/型体型, e.g. 170/88A: of a top by chest girth, of a `lower` garment by waist girth, the nearest."""
    height = 5 * math.floor(height_cm / 5 + 0.5)
    step = 2 if lower else 4
    return f"{height}/{step * math.floor(girth_cm / step + 0.5)}{body_type}"


def labels_of(found: Estimate) -> dict[str, str]:
    """Return what a label by the standards would say of a body's median figures: auxiliary, never an answer.

    Of an unknown sex by the scale of the more probable one.  Empty where chest or waist is hardly known.
    """
    sex = found.likeliest.sex
    figures = [found.figure(name) for name in ("height", "chest", "waist")]
    if any(one.high - one.low > LABEL_CM for one in figures):
        return {}
    height, chest, waist = (one.value for one in figures)
    body_type = gbt_type(chest, waist, sex)
    return {
        "EN 13402-3": letter_of(chest, sex),
        "GB/T 1335 top": gbt_code(height, chest, body_type),
        "GB/T 1335 bottom": gbt_code(height, waist, body_type, lower=True),
    }


def _about(sizes: Sequence[str], girths_cm: dict[str, Sequence[float]], source: Source) -> tuple[BodyRow, ...]:
    """Return rows whose ranges reach half way to the neighbouring sizes' girths."""
    ranges: dict[str, list[tuple[float, float]]] = {}
    for name, values in girths_cm.items():
        between = [(low + high) / 2 for low, high in pairwise(values)]
        edges = [2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]]
        ranges[name] = list(pairwise(edges))
    return tuple(BodyRow(size, {name: ranges[name][i] for name in girths_cm}, source) for i, size in enumerate(sizes))
