"""Size systems: their names, and which sizes of several systems stand in one line.

Every line names the page that it was taken from. Pages disagree by a size or two, because no standard fixes any of
this: what a size is called elsewhere is a guide, and never what advice is drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.body.model import Sex
from pipelines.sizing.charts import Source
from pipelines.sizing.labels import plain_label

# Google Merchant's names of systems and schema.org's (`WearableSizeSystem` + …).
SCHEMA_SYSTEMS = {
    "AU": "AU", "BR": "BR", "CN": "CN", "DE": "DE", "EU": "Europe", "FR": "FR", "IT": "IT", "JP": "JP", "MEX": "MX",
    "UK": "UK", "US": "US",
}  # fmt: skip
BSI = Source(
    "British Standards Institution, 11 March 2002: UK 12 is DE 38, FR 40, IT 44; from there in steps of two",
    "standard",
    "https://www.bsigroup.com/en-GB/about-bsi/media-centre/press-releases/2002/3/All-change-for-clothes-sizes/",
)
UK_TO_EU = Source(
    "UK Calculator, women's size conversion: UK 6 to 20 is EU 34 to 48",
    "retail",
    "https://ukcalculator.com/blog/dress-size-calculator-guide.html",
)
US_TO_ALL = Source(
    "LazyTools, women's size conversion: US 8 is UK 12, JP 13; from there in steps of two",
    "retail",
    "https://lazytools.io/blog/clothing-size-guide/",
)
AU_IS_UK = Source(
    "CalculOver, size converter: AU 12 is UK 12", "retail", "https://calculover.com/daily-life/clothing/size-converter/"
)
UK_TO_CN = Source(
    "Mai Studio, size labels: UK 8 is CN 160/84A, UK 14 is CN 175/96A",
    "retail",
    "https://www.maigoc.com/blog/international-size-conversion",
)
TAILORING = Source(
    "Lord & Taylor, men's tailoring: jackets by chest in inches",
    "retail",
    "https://lordandtaylor.com/pages/mens-tailoring-size-chart",
)


@dataclass(frozen=True, slots=True)
class Line:
    """The sizes of one system from the smallest, "" where the source names none."""

    sizes: tuple[str, ...]
    source: Source


def _every_second(first: int, count: int) -> tuple[str, ...]:
    return tuple(str(first + 2 * n) for n in range(count))


LINES: Mapping[Sex, Mapping[str, Line]] = {
    "female": {
        "UK": Line(_every_second(4, 9), BSI),
        "US": Line(_every_second(0, 9), US_TO_ALL),
        "EU": Line(("", *_every_second(34, 8)), UK_TO_EU),
        "DE": Line(_every_second(30, 9), BSI),
        "FR": Line(_every_second(32, 9), BSI),
        "IT": Line(_every_second(36, 9), BSI),
        "JP": Line(_every_second(5, 9), US_TO_ALL),
        "CN": Line(("", "155/80A", "160/84A", "165/88A", "170/92A", "175/96A", "", "", ""), UK_TO_CN),
        "AU": Line(_every_second(4, 9), AU_IS_UK),
    },
    "male": {
        "UK": Line(_every_second(34, 7), TAILORING),
        "US": Line(_every_second(34, 7), TAILORING),
        "EU": Line(_every_second(44, 7), TAILORING),
        "JP": Line(("S", "M", "L", "LL", "LL", "3L", "3L"), TAILORING),
    },
}


def same_line(size: str, system: str, wanted: str, sex: Sex = "female") -> str | None:
    """Return what a size of one system is called in another; men's are jackets.

    None where no source says, or it gives `size` to several lines.
    """
    lines = LINES[sex]
    if system not in lines or wanted not in lines:
        return None
    label = plain_label(size)
    places = [n for n, one in enumerate(lines[system].sizes) if one and plain_label(one) == label]
    return lines[wanted].sizes[places[0]] or None if len(places) == 1 else None
