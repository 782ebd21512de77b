"""What the sizes of a merchant's chart are called in other countries: for shoppers who know their own number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.body.model import Sex
from pipelines.sizing.charts import Source
from pipelines.sizing.drafts import Charts
from pipelines.sizing.standards import labels_made_for, sources_of
from pipelines.sizing.systems import LINES, Line, same_line

Names = dict[str, dict[str, str]]  # size to system to label


@dataclass(frozen=True, slots=True)
class _Found:
    """Names by where they are from: the merchant's own word, a line, girths."""

    told: Names
    by_line: Names
    by_girth: Names


def labels_elsewhere(charts: Charts) -> Names:
    """Return each size's names by system: as the merchant says, else by the lines of `systems.py`, else by girths.

    Whose bodies the sizes are for must be known for anything but the merchant's own word.
    """
    found = _found(charts)
    return {
        size: found.by_girth.get(size, {}) | found.by_line.get(size, {}) | found.told[size] for size in charts.sizes
    }


def sources_elsewhere(charts: Charts) -> dict[str, Source]:
    """Return where the names of each system were taken from, of those that the merchant does not tell."""
    sex, found = charts.sex, _found(charts)
    if sex is None:
        return {}
    by_line, by_girth, told = (
        {system for names in one.values() for system in names} for one in (found.by_line, found.by_girth, found.told)
    )
    of_girths = sources_of(sex)
    sources = {system: of_girths[system] for system in by_girth if system in of_girths}
    sources |= {system: LINES[sex][system].source for system in by_line}
    return {system: source for system, source in sorted(sources.items()) if system not in told}


def _found(charts: Charts) -> _Found:
    own = [charts.system] if charts.system else []
    told = {size: {**charts.labels.get(size, {}), **dict.fromkeys(own, size)} for size in charts.sizes}
    sex = charts.sex
    if sex is None:
        return _Found(told, {}, {})
    lines = _lines(charts, sex)
    by_line = {
        size: {wanted: name for wanted in lines if (name := same_line(size, charts.system, wanted, sex))}
        for size in charts.sizes
    }
    by_girth = {row.size: labels_made_for(row.body_cm, sex) for row in (charts.body.rows if charts.body else ())}
    return _Found(told, by_line, by_girth)


def _lines(charts: Charts, sex: Sex) -> Mapping[str, Line]:
    """Return the lines that hold for a chart: men's are jackets, and trousers of 34 are none."""
    body, garment = charts.body, charts.garment
    has_chest = (body and "chest" in body.dimensions) or (garment and "chest" in garment.rows[0].garment_cm)
    return LINES[sex] if sex == "female" or has_chest else {}
