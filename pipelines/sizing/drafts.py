"""A merchant's rows made into charts, with what was understood, what was left out and what is doubted.

What contradicts itself is refused. What some sizes lack cannot stand in a chart and is left out, by name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipelines.body.model import Sex
from pipelines.errors import ChartRejected
from pipelines.sizing.charts import BodyChart, BodyRow, GarmentChart, GarmentRow, Range, Source, in_order
from pipelines.sizing.headers import Kind
from pipelines.sizing.labels import label_rank

WIDEST = 1.8  # of a size's range: people from 70 to 160 cm wear no one size, not even the one that fits most
OVERLAP = 0.5  # of the narrower range: neighbours that share more can hardly be told apart
ROWS_MOST = 2000  # colours times sizes
WHO = {
    "mens": "men", "men": "men", "male": "men", "m": "men", "男": "men", "男士": "men", "男装": "men",
    "womens": "women", "women": "women", "female": "women", "f": "women", "w": "women", "misses": "women",
    "女": "women", "女士": "women", "女装": "women",
    "regular": "", "unisex": "", "": "", "男女": "", "男女通用": "", "中性": "",
}  # fmt: skip
SEX: Mapping[str, Sex] = {"women": "female", "men": "male"}


@dataclass(frozen=True, slots=True)
class Row:
    """One size as a merchant gives it: cm by dimension or point; `labels` are its names in other systems."""

    size: str
    body: Mapping[str, Range]
    garment: Mapping[str, Range]
    group: str = ""  # whom it is for: men, women petite …
    system: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """What the merchant's words were taken for; `how` tells what was done to the numbers."""

    words: str
    name: str
    kind: Kind
    unit: str  # "" where each number names its own
    how: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """What a merchant's file holds: at least one of the two charts, and how it was understood."""

    body: BodyChart | None
    garment: GarmentChart | None
    system: str = ""  # of the labels, as Google Merchant names it
    group: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by size: other systems' names, as told
    measures: tuple[Measure, ...] = ()
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """Labels, the smallest first."""
        chart = self.body or self.garment
        return chart.sizes if chart is not None else ()

    @property
    def sex(self) -> Sex | None:
        """Whose bodies the sizes are for, None where that is not said."""
        return SEX.get(self.group.partition(" ")[0])


@dataclass(frozen=True, slots=True)
class Notes:
    """What was understood while rows were read."""

    measures: tuple[Measure, ...] = ()
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def group_of(words: Iterable[str]) -> str:
    """Return whom sizes are for in one spelling, men or women first: `women petite`; "" for everybody."""
    plain = {WHO.get(word.strip().casefold(), word.strip().casefold()) for word in words}
    return " ".join(sorted(plain - {""}, key=lambda word: (word not in ("men", "women"), word)))


def charts_of(rows: Sequence[Row], source: Source, notes: Notes, system: str = "", group: str = "") -> Charts:
    """Return the charts of `rows`, those of one `group`.  Raises ChartRejected."""
    if not 0 < len(rows) <= ROWS_MOST:
        raise ChartRejected(f"more than {ROWS_MOST} rows" if rows else "no sizes")
    mine, group = _of_group(rows, group_of(group.split()))
    system = _system(mine, system)
    once = [row for i, row in enumerate(mine) if row not in mine[:i]]
    kept = _ordered([row for row in once if row.body or row.garment])
    lost = [*notes.left_out, *_lost_rows(mine, once), *_lost(kept, "body"), *_lost(kept, "garment")]
    body, garment = _body(kept, source, system), _garment(kept, source)
    if body is None and garment is None:
        raise ChartRejected("; ".join(("no measurements", *lost)))
    used = tuple(one for one in notes.measures if one.name in _shared(kept, one.kind))
    labels = {row.size: dict(row.labels) for row in kept}
    doubts = (*notes.doubts, *_doubts(kept, body, garment))
    return Charts(body, garment, system, group, labels, used, tuple(lost), doubts)


def _of_group(rows: Sequence[Row], wanted: str) -> tuple[list[Row], str]:
    """Return the rows of one group, and which that is."""
    groups = list(dict.fromkeys(row.group for row in rows))
    if groups == [""] or (not wanted and len(groups) == 1):
        return list(rows), wanted or groups[0]
    if wanted not in groups:
        told = ", ".join(group or "everybody" for group in groups)
        raise ChartRejected(f"the file has sizes for {told}; say for which of them (--for)")
    return [row for row in rows if row.group == wanted], wanted


def _system(rows: Sequence[Row], wanted: str) -> str:
    """Return the one system of the labels: the file's, or else what is said beside it."""
    systems = sorted({row.system for row in rows})
    if len(systems) > 1:
        raise ChartRejected(f"sizes of {' and '.join(one or 'no system' for one in systems)} in one chart")
    if wanted and systems[0] and systems[0] != wanted:
        raise ChartRejected(f"the sizes are of {systems[0]}, not of {wanted}")
    return wanted or systems[0]


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Return rows from the smallest to the largest.  Raises ChartRejected for what is no label."""
    for size in (row.size for row in rows):
        odd = any(unicodedata.category(letter).startswith("C") for letter in size)
        if odd or not any(letter.isalnum() for letter in size):
            raise ChartRejected(f"size {size[:20]!r}: a label has a letter or a digit")
    return [rows[i] for i in in_order([row.size for row in rows])]


def _lost_rows(rows: Sequence[Row], once: Sequence[Row]) -> Iterator[str]:
    """Tell which rows make no size."""
    if len(once) < len(rows):  # as variants of several colours do
        yield f"rows that repeat another: {len(rows) - len(once)}"
    for row in once:
        if row.size and not row.body and not row.garment:
            yield f"size {row.size[:40]}: no number"


def _values(row: Row, kind: Kind) -> Mapping[str, Range]:
    return row.body if kind == "body" else row.garment


def _named(rows: Sequence[Row], kind: Kind) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in _values(row, kind)))


def _ranged(rows: Sequence[Row], name: str) -> Row | None:
    """Return the first row whose garment measures no one value."""
    return next((row for row in rows if len(set(row.garment.get(name, (0.0, 0.0)))) > 1), None)


def _shared(rows: Sequence[Row], kind: Kind) -> list[str]:
    """Return what every row says, of garments as one value."""
    named = [name for name in _named(rows, kind) if all(name in _values(row, kind) for row in rows)]
    return [name for name in named if kind == "body" or _ranged(rows, name) is None]


def _lost(rows: Sequence[Row], kind: Kind) -> Iterator[str]:
    """Tell what cannot stand in the chart because some sizes lack it."""
    for name in _named(rows, kind):
        lacking = [row.size for row in rows if name not in _values(row, kind)]
        if lacking:
            yield f"{name} of the {kind}: {', '.join(lacking)} has none, and a chart gives it for every size"
        elif kind == "garment" and (row := _ranged(rows, name)) is not None:
            low, high = row.garment[name]
            yield f"{name} of the garment: a garment measures one value, {row.size} has {low:g} to {high:g}"


def _body(rows: Sequence[Row], source: Source, system: str) -> BodyChart | None:
    names = _shared(rows, "body")
    if not names:
        return None
    chart = BodyChart(
        system, tuple(BodyRow(row.size, {name: row.body[name] for name in names}, source) for row in rows)
    )
    for row in chart.rows:
        for name, (low, high) in row.body_cm.items():
            if high > WIDEST * low:
                raise ChartRejected(f"{row.size} {name}: {low:g} to {high:g} is more than one size fits")
    return chart


def _garment(rows: Sequence[Row], source: Source) -> GarmentChart | None:
    names = _shared(rows, "garment")
    if not names:
        return None
    return GarmentChart(
        tuple(GarmentRow(row.size, {name: row.garment[name][0] for name in names}, source) for row in rows)
    )


def _doubts(rows: Sequence[Row], body: BodyChart | None, garment: GarmentChart | None) -> Iterator[str]:
    """Tell what is allowed and yet likely a mistake."""
    if len(rows) > 1 and len({rank[0] if (rank := label_rank(row.size)) else row.size for row in rows}) > 1:
        yield "the sizes have no order of their own: taken as they stand, the smallest first"
    for smaller, larger in pairwise(body.rows if body else ()):
        for name, (low, high) in smaller.body_cm.items():
            next_low, next_high = larger.body_cm[name]
            narrower = min(high - low, next_high - next_low)
            if (shared := high - next_low) > OVERLAP * narrower > 0:
                yield f"{name}: {smaller.size} and {larger.size} share {shared:g} cm: who lies there could take either"
    for made, row in zip(body.rows if body else (), garment.rows if garment else (), strict=False):
        for name, value in row.garment_cm.items():
            if value < made.body_cm.get(name, (0.0, 0.0))[0]:
                yield f"{made.size} {name}: the garment's {value:g} is less than the body's; are the two mixed up?"
