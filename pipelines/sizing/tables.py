"""A merchant's CSV table as rows of sizes: which column is what, in which unit, and what its cells say.

Sizes may stand in the rows or in the columns, below a title or not; units in the header, in a title, in the corner or
in the cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from pipelines.errors import ChartRejected
from pipelines.sizing.cells import UNIT_CM, Cell, read_cell
from pipelines.sizing.charts import POINTS, Range
from pipelines.sizing.drafts import Measure
from pipelines.sizing.headers import BODY_NAMES, Header, Kind, read_header, unit_of
from pipelines.sizing.text.values import FLAT_MOST_CM

MAX_TEXT = 256 * 1024
SEPARATORS = ",;\t"
TITLES = 6  # rows, within which the header stands
NUMBERED = re.compile(r"\d(?!/2)(?<!/2)")  # a digit, but of 1/2


@dataclass(frozen=True, slots=True)
class Column:
    """One measure of the table: its values in cm by row, how they were understood, and what is doubted."""

    measure: Measure
    values: tuple[Range | None, ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read: its cells, its headers, which column has the labels, and its measures."""

    headers: tuple[Header, ...]
    rows: tuple[tuple[str, ...], ...]
    label_at: int
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]


def read_table(text: str, kind: Kind | None, unit: str, system: str) -> Table:
    """Return what a table says.

    `kind` and `unit` are for columns that do not say; `system` tells which column of several is the label's.  Raises
    ChartRejected.
    """
    headers, rows, titled = _headed(_grid(text))
    label_at = _label_at(headers, system)
    unit = headers[label_at].unit or titled or unit
    columns, left_out = [], []
    for i, header in enumerate(headers):
        if header.role == "measure":
            columns.append(_column(header, kind, unit, [(row[label_at], row[i]) for row in rows]))
        elif header.role == "unknown" and any(row[i].strip() for row in rows):
            left_out.append(_unknown(header, i))
    return Table(tuple(headers), tuple(map(tuple, rows)), label_at, tuple(columns), tuple(left_out))


def is_table(text: str) -> bool:
    """Return whether a text is a table: a row of names without numbers, one of which is the sizes', one a measure's."""
    try:
        grid = _grid(text)[: TITLES + 1]
        names = [[cell for cell in row if not NUMBERED.search(cell)] for row in grid]
        roles = [{read_header(cell).role for cell in row} for row in names]
        below = {read_header(row[0]).role for row in grid[1:]}
    except ChartRejected:
        return False
    told = any({"size", "measure"} <= row for row in roles)
    return len(grid) > 1 and len(grid[0]) > 1 and (told or ("measure" in below and any("size" in row for row in roles)))


def _grid(text: str) -> list[list[str]]:
    """Return the rows of a table, all of one length.  Raises ChartRejected."""
    if len(text) > MAX_TEXT:
        raise ChartRejected(f"table: more than {MAX_TEXT // 1024} KiB")
    try:
        lines = csv.reader(io.StringIO(text := text.lstrip("\ufeff")), delimiter=_separator(text))
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ChartRejected(f"table: no CSV ({error})") from error
    width = max(map(len, rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _separator(text: str) -> str:
    """Return what separates the cells: what stands equally often in most lines."""

    def evenness(separator: str) -> tuple[int, int]:
        counts = Counter(count for line in text.splitlines()[:50] if (count := line.count(separator)))
        often, lines = counts.most_common(1)[0] if counts else (0, 0)
        return lines, often

    return max(SEPARATORS, key=evenness)


def _headed(grid: list[list[str]]) -> tuple[list[Header], list[list[str]], str]:
    """Return headers, the rows below them, and the unit that a title above names.  Raises ChartRejected."""
    if len(grid) < 2:
        raise ChartRejected("table: a header and at least one size are needed")
    read = [[read_header(cell) for cell in row] for row in grid[:TITLES]]
    roles = [{one.role for one in row} for row in read]
    at = next((i for i, row in enumerate(roles) if row >= {"size", "measure"}), None)
    at = next((i for i, row in enumerate(roles) if "size" in row), 0) if at is None else at
    titles = unit_of(" ".join(cell for row in grid[:at] for cell in row))
    below = [read_header(row[0]).role for row in grid[at + 1 :]]
    if "measure" in below and not any(one.role == "measure" for one in read[at]):  # sizes stand in the columns
        corner, turned = read[at][0], [list(row) for row in zip_longest(*grid[at:], fillvalue="")]
        headers = [replace(corner, role="size", name="size"), *(read_header(cell) for cell in turned[0][1:])]
        return headers, turned[1:], titles
    headers = read[at]
    if headers[0].text.strip() == "" and not any(one.role == "size" for one in headers):
        headers = [replace(headers[0], role="size", name="size"), *headers[1:]]
    rows = grid[at + 1 :]
    if not rows:
        raise ChartRejected("table: a header and at least one size are needed")
    return headers, rows, titles


def _label_at(headers: Sequence[Header], system: str) -> int:
    """Return which column has the labels: that of `system`, or that of none, or the first.  Raises ChartRejected."""
    sizes = [i for i, header in enumerate(headers) if header.role == "size"]
    if not sizes:
        raise ChartRejected("table: no column named size")
    own = [i for i in sizes if headers[i].system == system]
    return (own or [i for i in sizes if headers[i].system == ""] or sizes)[0]


def _unknown(header: Header, i: int) -> str:
    name = header.text.strip()[:40]
    why = "a weight; charts hold lengths" if header.name == "weight" else "not a measurement that is known"
    return f"column {name!r}: {why}" if name else f"column {i + 1}: no header"


def _column(header: Header, kind: Kind | None, unit: str, cells: Sequence[tuple[str, str]]) -> Column:
    """Return one measure, by `cells` of label and text.  Raises ChartRejected."""
    kind, where = header.kind or kind, header.text.strip()[:40]
    if kind is None:
        raise ChartRejected(f"column {where!r}: say whether it is of the body or of the garment (--of)")
    unit, read = header.unit or unit, []
    for size, text in cells:
        try:
            read.append(cell := read_cell(text))
        except ValueError as error:
            raise ChartRejected(f"{size.strip()[:20]} {where}: {text.strip()[:40]!r} is {error}") from None
        if cell is not None and not (cell.unit or unit):
            raise ChartRejected(f"{size.strip()[:20]} {where}: no unit; cm or inches? (--unit)")
    return _measured(header, kind, unit, read)


def _measured(header: Header, kind: Kind, unit: str, cells: Sequence[Cell | None]) -> Column:
    """Return cells as values in cm: half girths twice, with what pieces may be off by."""
    values = [None if cell is None else cell.in_cm(unit) for cell in cells]
    how, doubt, factor = [], "", 1
    if header.flat and any(values):
        factor, doubt = _turns(header, [end for value in values if value for end in value])
        how.append("half of a girth, taken twice" if factor == 2 else "said to lie flat, but a whole girth")
    off = max((cell.tolerance * UNIT_CM[cell.unit or unit] for cell in cells if cell), default=0.0)
    if off:
        how.append(
            f"a piece may be off by {off:g} cm" if kind == "garment" else f"from {off:g} cm less to {off:g} more"
        )
    wider = 0.0 if kind == "garment" else off
    made = [value and (round(value[0] * factor - wider, 2), round(value[1] * factor + wider, 2)) for value in values]
    name = BODY_NAMES.get(header.name, header.name) if kind == "body" else header.name
    units = {cell.unit or unit for cell in cells if cell}
    told = units.pop() if len(units) == 1 else ""
    return Column(Measure(header.text.strip(), name, kind, told, "; ".join(how)), tuple(made), doubt)


def _turns(header: Header, values: Sequence[float]) -> tuple[int, str]:
    """Return by how much values of what lies flat make a girth, and the doubt where both would make sense."""
    low, high = POINTS[header.name]
    whole = all(low <= value <= high for value in values)
    twice = all(low <= 2 * value <= high for value in values)
    if whole != twice:
        return (2 if twice else 1), ""
    if header.flat == "half" or not whole:
        return 2, ""
    factor = 2 if max(values) <= FLAT_MOST_CM else 1
    reach = f"{min(values):g} to {max(values):g} cm"
    taken = "halves" if factor == 2 else "whole girths"
    return factor, f"column {header.text[:40]!r}: {reach} could be half or whole girths; taken for {taken}"
