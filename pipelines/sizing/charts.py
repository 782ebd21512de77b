"""Size charts as typed data: what bodies a size is made for, and what the garment itself measures.

The two never mix: a `BodyChart` holds ranges of body dimensions (names of `measures.py`, after ISO 8559-1), a
`GarmentChart` points of measure of the finished garment. Between them lies the ease, which no standard fixes. Every row
says where it was taken from. A chart that contradicts itself cannot be made: `ChartRejected` says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.errors import ChartRejected
from pipelines.sizing.evidence import is_number
from pipelines.sizing.labels import label_rank
from pipelines.sizing.measures import MEASURES

SourceKind: TypeAlias = Literal["brand", "standard", "retail"]
Range: TypeAlias = tuple[float, float]
MAX_ROWS = 80
INCH_CM = 2.54
SLACK = 1.1  # a chart may begin below and end above what people have

# ISO 8559-1:2017's names of the dimensions that charts use.
ISO_8559_1 = {
    "height": "stature", "weight": "body mass", "neck": "neck girth", "chest": "bust girth / chest girth",
    "underbust": "underbust girth", "waist": "waist girth", "hip": "hip girth", "thigh": "thigh girth",
    "upper_arm": "upper arm girth", "wrist": "wrist girth", "shoulder_width": "total shoulder length",
    "sleeve": "arm length", "inseam": "inside leg height", "back_waist": "back neck point to waist",
}  # fmt: skip
# Points of measure of a finished garment, girths all the way round, and what garments for grown-ups measure, in cm.
POINTS: dict[str, Range] = {
    "chest": (60, 200), "waist": (45, 200), "hip": (60, 220), "hem": (50, 400), "length": (25, 170),
    "shoulder": (28, 80), "sleeve": (5, 90), "upper_arm": (20, 90), "cuff": (12, 90), "neck": (28, 70),
    "thigh": (35, 110), "knee": (25, 110), "leg_opening": (18, 120), "inseam": (5, 105), "rise": (12, 50),
    "outseam": (20, 130),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row was taken from."""

    title: str
    kind: SourceKind
    where: str = ""  # address, or place in a document


@dataclass(frozen=True, slots=True)
class BodyRow:
    """The bodies that one size is made for: ranges in cm by dimension."""

    size: str
    body_cm: Mapping[str, Range]
    source: Source


@dataclass(frozen=True, slots=True)
class GarmentRow:
    """What one size of a garment measures, in cm by point of measure."""

    size: str
    garment_cm: Mapping[str, float]
    source: Source


@dataclass(frozen=True, slots=True)
class BodyChart:
    """Rows of rising size; `system` as Google Merchant names them, or a standard's name.  Raises ChartRejected."""

    system: str
    rows: tuple[BodyRow, ...]

    def __post_init__(self) -> None:
        _check_sizes([row.size for row in self.rows])
        for row in self.rows:
            _check_same(row.size, row.body_cm, self.rows[0].body_cm, ISO_8559_1, "body dimension")
            for name, (low, high) in row.body_cm.items():
                limits = (MEASURES[name].low / SLACK, MEASURES[name].high * SLACK)
                _check_value(f"{row.size} {name}", low, limits)
                _check_value(f"{row.size} {name}", high, limits)
                if low > high:
                    raise ChartRejected(f"{row.size} {name}: {low:g} is above {high:g}")
        for smaller, larger in zip(self.rows, self.rows[1:], strict=False):
            for name, (low, high) in larger.body_cm.items():
                _check_rising(name, smaller.size, smaller.body_cm[name][0], larger.size, low)
                _check_rising(name, smaller.size, smaller.body_cm[name][1], larger.size, high)

    @property
    def sizes(self) -> tuple[str, ...]:
        """Labels, the smallest first."""
        return tuple(row.size for row in self.rows)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Body dimensions that every row gives."""
        return tuple(self.rows[0].body_cm)


@dataclass(frozen=True, slots=True)
class GarmentChart:
    """Rows of rising size.  Raises ChartRejected."""

    rows: tuple[GarmentRow, ...]

    def __post_init__(self) -> None:
        _check_sizes([row.size for row in self.rows])
        for row in self.rows:
            _check_same(row.size, row.garment_cm, self.rows[0].garment_cm, POINTS, "point of measure")
            for name, value in row.garment_cm.items():
                _check_value(f"{row.size} {name}", value, POINTS[name])
        for smaller, larger in zip(self.rows, self.rows[1:], strict=False):
            for name, value in larger.garment_cm.items():
                _check_rising(name, smaller.size, smaller.garment_cm[name], larger.size, value)

    @property
    def sizes(self) -> tuple[str, ...]:
        """Labels, the smallest first."""
        return tuple(row.size for row in self.rows)


def in_order(sizes: Sequence[str]) -> list[int]:
    """Return the places of `sizes` from the smallest to the largest, as they stand where labels have no order."""
    ranks = [label_rank(size) for size in sizes]
    if any(rank is None for rank in ranks) or len({rank[0] for rank in ranks if rank}) != 1:
        return list(range(len(sizes)))
    return sorted(range(len(sizes)), key=lambda i: ranks[i] or ("", 0.0))


def _check_sizes(sizes: Sequence[str]) -> None:
    if not 1 <= len(sizes) <= MAX_ROWS:
        raise ChartRejected(f"{len(sizes)} sizes; a chart has 1 to {MAX_ROWS}")
    for size in sizes:
        if not size.strip() or len(size) > 20:
            raise ChartRejected(f"size {size[:20]!r}: a label has 1 to 20 characters")
        if sizes.count(size) > 1:
            raise ChartRejected(f"size {size} stands there twice")
    if in_order(sizes) != list(range(len(sizes))):
        raise ChartRejected(f"sizes {', '.join(sizes)} are not in rising order")


def _check_same(
    size: str, given: Mapping[str, object], first: Mapping[str, object], known: Mapping[str, object], kind: str
) -> None:
    if not given:
        raise ChartRejected(f"{size}: no {kind}")
    for name in given:
        if name not in known:
            raise ChartRejected(f"{size} {name}: no {kind}; known are {', '.join(known)}")
    if given.keys() != first.keys():
        odd = sorted(given.keys() ^ first.keys())
        raise ChartRejected(f"{size}: {', '.join(odd)} is not given for every size")


def _check_value(what: str, value: float, limits: Range) -> None:
    if not is_number(value):
        raise ChartRejected(f"{what}: not a number")
    low, high = limits
    if not low <= value <= high:
        meant = [
            unit for unit, factor in (("inches", INCH_CM), ("half the girth", 2.0)) if low <= value * factor <= high
        ]
        hint = f"; is it {' or '.join(meant)}?" if meant and value < low else ""
        raise ChartRejected(f"{what}: {value:g} is outside {low:.4g} to {high:.4g}{hint}")


def _check_rising(name: str, smaller_size: str, smaller: float, larger_size: str, larger: float) -> None:
    if larger < smaller:
        raise ChartRejected(
            f"{name}: {larger:g} in {larger_size} is below {smaller:g} in {smaller_size}, the smaller size"
        )
