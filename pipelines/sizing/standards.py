"""Charts and codes of the size systems, compiled from public sources; brands keep to them loosely.

The standards' own texts are sold and not copied here: what stands here is what open pages say of them. An answer is
never drawn from these charts where a garment has one of its own.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pipelines.body.model import Sex
from pipelines.sizing.charts import INCH_CM, BodyChart, BodyRow, Range, Source
from pipelines.sizing.estimate import Estimate, Figure
from pipelines.sizing.letters import BEGINS_CM, LETTERS, letter_of
from pipelines.sizing.systems import LINES, TAILORING, same_line

EN_13402_3 = Source(
    "EN 13402-3, letter bands by chest or bust girth, as widely quoted",
    "standard",
    "https://en.wikipedia.org/wiki/Joint_European_standard_for_size_labelling_of_clothes",
)
ASTM_D5585 = Source(
    "ASTM D5585-11e1, misses' bust girths, as its publisher shows them",
    "standard",
    "http://www.astm.org/Standards/D5585.htm",
)
JIS_MEN = Source(
    "JIS L 4004, ranges S, M, L of men, as shops quote them", "standard", "http://smallsize.iza-yoi.net/category0001"
)
JIS_WOMEN = Source(
    "JIS L 4005, A body type, sizes 5 to 15: 9 is 83, 64, 91 cm, as quoted",
    "standard",
    "https://chigai-hikaku.com/?p=55770",
)
GB_T_1335 = Source(
    "GB/T 1335.1, .2-2008: height in steps of 5 cm, chest of 4, waist of 2, as quoted",
    "standard",
    "http://yrzx.net/news/show.php?itemid=10484",
)
UK_WOMEN = Source(
    "W. Aldrich, Metric Pattern Cutting for Women's Wear, 6th edition: standard figure, as a grading site quotes it",
    "retail",
    "https://patterngrader.com/en/grading-chart/womens-standard",
)
# GB/T 1335: least drop, chest less waist, of each body type; Y is the slimmest waist.
DROPS_CM: dict[Sex, tuple[tuple[str, float], ...]] = {
    "male": (("Y", 16.5), ("A", 11.5), ("B", 6.5), ("C", 1.5)),
    "female": (("Y", 18.5), ("A", 13.5), ("B", 8.5), ("C", 3.5)),
}
LABEL_CM = 16.0  # two letters: where the middle 80 % of a figure are wider, a label says nothing
SPOKEN = ("US", "UK", "EU", "JP")
GIRTHS = ("chest", "hip", "waist")  # the first that is known says the size
NUMBERS_MOST = 3  # numbered sizes over which the middle 80 % may reach


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
    """Return UK sizes 6 to 24 by bust, waist and hip."""
    girths: dict[str, Sequence[float]] = {
        "chest": (80, 84, 88, 92, 96, 100, 104, 110, 116, 122),
        "waist": (64, 68, 72, 76, 80, 84, 88, 94, 100, 106),
        "hip": (88, 92, 96, 100, 104, 108, 112, 118, 124, 132),
    }
    return BodyChart("UK", _about([str(size) for size in range(6, 26, 2)], girths, UK_WOMEN))


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


def jacket_chart() -> BodyChart:
    """Return men's jackets of US and UK by chest, after whose inches they are called."""
    sizes = LINES["male"]["US"].sizes
    return BodyChart("US", _about(sizes, {"chest": [float(size) * INCH_CM for size in sizes]}, TAILORING))


@functools.cache
def numbered_charts(sex: Sex) -> tuple[BodyChart, ...]:
    """Return the charts whose systems call people of `sex` by numbers, or by letters of their own."""
    if sex == "female":
        return astm_women_chart(), uk_women_chart(), jis_women_chart()
    return jacket_chart(), jis_men_chart()


def sizes_between(chart: BodyChart, name: str, low: float, high: float) -> tuple[str, ...]:
    """Return the sizes that people from `low` to `high` cm take by one dimension, () where the chart ends before."""
    found = [row.size for row in chart.rows if row.body_cm[name][0] <= high and low < row.body_cm[name][1]]
    inside = chart.rows[0].body_cm[name][0] <= low and high < chart.rows[-1].body_cm[name][1]
    return tuple(found) if inside else ()


def sizes_made_for(chart: BodyChart, name: str, low: float, high: float) -> tuple[str, ...]:
    """Return the sizes whose middle lies within `low` to `high` cm of one dimension, or else the one around that."""
    middles = {row.size: sum(row.body_cm[name]) / 2 for row in chart.rows}
    inside = tuple(size for size, middle in middles.items() if low <= middle < high)
    middle = (low + high) / 2
    return inside or sizes_between(chart, name, middle, middle)


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
    """Return what a label by the standards would say of a body's figures: auxiliary, never an answer.

    Letters and codes are the median's; numbers of US, UK, EU and JP are those of the middle 80 % of the chest ("6–8").
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
        **_numbers_of(figures[1], sex),
    }


def _numbers_of(chest: Figure, sex: Sex) -> dict[str, str]:
    found = {chart.system: sizes_between(chart, "chest", chest.low, chest.high) for chart in numbered_charts(sex)}
    return _spoken({system: sizes for system, sizes in found.items() if 0 < len(sizes) <= NUMBERS_MOST}, sex)


def sources_of(sex: Sex) -> dict[str, Source]:
    """Return where each system's chart was taken from, by which people of `sex` are called."""
    lines = {system: LINES[sex][system].source for system in SPOKEN}
    charts = {chart.system: chart.rows[0].source for chart in (letter_chart(sex), *numbered_charts(sex))}
    return {**lines, **charts, "CN": GB_T_1335}


def labels_made_for(body_cm: Mapping[str, Range], sex: Sex) -> dict[str, str]:
    """Return what the standards call the people that one size is made for, by their girths alone."""
    made: dict[str, tuple[str, ...]] = {}
    for chart in (letter_chart(sex), *numbered_charts(sex)):
        name = next((one for one in GIRTHS if one in body_cm and one in chart.dimensions), None)
        made[chart.system] = sizes_made_for(chart, name, *body_cm[name]) if name else ()
    labels = {system: _from_to(sizes) for system, sizes in made.items() if sizes}
    if all(name in body_cm for name in ("height", "chest", "waist")):
        height, chest, waist = (sum(body_cm[name]) / 2 for name in ("height", "chest", "waist"))
        labels["CN"] = gbt_code(height, chest, gbt_type(chest, waist, sex))
    return labels | _spoken(made, sex)


def _spoken(found: Mapping[str, Sequence[str]], sex: Sex) -> dict[str, str]:
    """Return sizes by system as text, "6–8", with those systems that follow from another by its line."""
    base = "UK" if sex == "female" else "US"
    lines = {wanted: [same_line(size, base, wanted, sex) for size in found.get(base, ())] for wanted in SPOKEN}
    sizes = {wanted: found.get(wanted) or [size for size in line if size] for wanted, line in lines.items()}
    return {system: _from_to(many) for system, many in sizes.items() if many}


def _from_to(sizes: Sequence[str]) -> str:
    return "–".join(dict.fromkeys((sizes[0], sizes[-1])))


def _about(sizes: Sequence[str], girths_cm: dict[str, Sequence[float]], source: Source) -> tuple[BodyRow, ...]:
    """Return rows whose ranges reach half way to the neighbouring sizes' girths."""
    ranges: dict[str, list[tuple[float, float]]] = {}
    for name, values in girths_cm.items():
        between = [(low + high) / 2 for low, high in pairwise(values)]
        edges = [2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]]
        ranges[name] = list(pairwise(edges))
    return tuple(BodyRow(size, {name: ranges[name][i] for name in girths_cm}, source) for i, size in enumerate(sizes))
