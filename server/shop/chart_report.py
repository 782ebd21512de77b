"""What `shop chart` tells: how a file was understood, what its chart says, and how it goes with the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipelines.sizing.charts import Range
from pipelines.sizing.drafts import Charts, Measure
from pipelines.sizing.elsewhere import labels_elsewhere, sources_elsewhere
from pipelines.sizing.recommend import Item
from server.shop.chart_file import Read
from server.shop.merchants import Fitted

UNITS = {"cm": "cm", "mm": "mm", "in": "inches", "m": "metres", "ft": "feet", "": "each value's own unit"}
FORMS = {"table": "a table", "document": "schema.org's SizeSpecifications", "text": "a text"}
SAME_CM = 0.5  # what two charts may differ by and still say the same


def understood(read: Read) -> Iterator[str]:
    """Yield how a file was understood: which words became which measure, what was left out, what is doubted."""
    charts = read.charts
    of = f" of the system {charts.system}" if charts.system else ""
    whom = f" for {charts.group}" if charts.group else ""
    yield f"{FORMS[read.form]} ({read.encoding}) with sizes {', '.join(charts.sizes)}{of}{whom}"
    yield from (_measure(one) for one in charts.measures)
    yield from (f"  left out: {what}" for what in charts.left_out)
    yield from (f"  doubt: {what}" for what in charts.doubts)


def shown(charts: Charts) -> Iterator[str]:
    """Yield the chart in cm, line by line, and what sizes are called elsewhere."""
    cells, names = _cells(charts), labels_elsewhere(charts)
    columns = list(dict.fromkeys(column for _, column in cells))
    elsewhere = {size: _others(names[size], charts.system) for size in charts.sizes}
    lines = [["in cm", *columns, "elsewhere" if any(elsewhere.values()) else ""]]
    for size in charts.sizes:
        values = [_range(cells[size, column]) for column in columns]
        lines.append([size, *values, elsewhere[size]])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    yield from _sources(charts)


def _sources(charts: Charts) -> Iterator[str]:
    """Yield where it was taken from what sizes are called elsewhere, but for the merchant's own word."""
    by_source: dict[str, list[str]] = {}
    for system, source in sources_elsewhere(charts).items():
        by_source.setdefault(source.title, []).append(system)
    if by_source:
        yield "elsewhere is a guide, by"
    yield from (f"  {', '.join(systems)}: {title}" for title, systems in by_source.items())


def against(product: str, new: Fitted) -> Iterator[str]:
    """Yield which sizes chart and product do not share."""
    if new.unsold:
        yield f"{product} does not come in {', '.join(new.unsold)}: left out"
    if new.uncharted:
        yield f"{product} also comes in {', '.join(new.uncharted)}, of which the chart says nothing"


def differences(new: Item, own: Item) -> Iterator[str]:
    """Yield where a merchant's chart and that of the garment itself differ."""
    ours = _cells(own)
    for (size, column), there in _cells(new).items():
        here = ours.get((size, column))
        if here is None or any(abs(one - other) > SAME_CM for one, other in zip(here, there, strict=True)):
            own_says = _range(here) if here else "nothing"
            yield f"  {size} {column}: {_range(there)} in the file, {own_says} in garment.json"


def _measure(one: Measure) -> str:
    how = f"; {one.how}" if one.how else ""
    return f"  {one.words!r}: {one.name} of the {one.kind}, in {UNITS[one.unit]}{how}"


def _others(names: Mapping[str, str], own: str) -> str:
    return ", ".join(f"{system} {name}" for system, name in sorted(names.items()) if system != own)


def _cells(charts: Charts | Item) -> dict[tuple[str, str], Range]:
    """Return what charts say by size and column; a garment's one value as a range of none."""
    found: dict[tuple[str, str], Range] = {}
    for body in charts.body.rows if charts.body else ():
        found |= {(body.size, f"body {name}"): ends for name, ends in body.body_cm.items()}
    for garment in charts.garment.rows if charts.garment else ():
        found |= {(garment.size, f"garment {name}"): (cm, cm) for name, cm in garment.garment_cm.items()}
    return found


def _range(ends: Range) -> str:
    return "–".join(dict.fromkeys(f"{end:g}" for end in ends))
