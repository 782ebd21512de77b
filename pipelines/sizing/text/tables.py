"""Tables in a text, on lines or in one run: measures across and sizes down, or sizes across and measures down."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.links import Link

HEADINGS = ("size", "cm", "inch", "garment", "body", "flat")
HEADER_MOST, CELLS_MOST = 40, 20  # tokens of a header, cells of a line


def table_links(layout: Layout, taken: set[int], keys: set[int]) -> list[Link]:
    """Return the links of all tables; `taken` grows by their tokens, `keys` by numbers that name a row's size."""
    found: list[Link] = []
    at = 0
    while at < len(layout.tokens):
        columns, after = _header(layout, at)
        rows, end = _rows(layout, columns, after) if len(columns) > 1 else ([], at)
        for row in rows:
            found += _row_links(layout, columns, row, keys)
            taken.update(row)
        if rows:
            taken.update(range(at, after))
            at = end
        else:
            at += 1
    return found + _across(layout, taken)


def _header(layout: Layout, first: int) -> tuple[list[int], int]:
    """Return the columns (measures, and the word for size) of a run of headings, and the index after it."""
    columns: list[int] = []
    at = first
    while at < len(layout.tokens):
        if at - first == HEADER_MOST:
            return [], at
        token = layout.tokens[at]
        if token.kind == "name":
            columns.append(at)
        elif layout.is_cue(at, "size") and not any(layout.is_cue(one, "size") for one in columns):
            columns.append(at)
        elif not layout.is_cue(at, *HEADINGS):
            break
        at += 1
    begins = layout.tokens[first].kind == "name" or layout.is_cue(first, "size")
    names = sum(layout.tokens[one].kind == "name" for one in columns)
    named = names > 1 or (names == 1 and len(columns) > 1 and "\n" in layout.gap(at - 1))
    return (columns, at) if begins and named else ([], at)


def _rows(layout: Layout, columns: Sequence[int], first: int) -> tuple[list[tuple[int, ...]], int]:
    """Return the rows under a header: as many cells as columns, one more where no column is the size's."""
    width = sum(layout.tokens[one].kind == "name" for one in columns) + 1
    size_at = next((i for i, one in enumerate(columns) if layout.is_cue(one, "size")), 0)
    rows: list[tuple[int, ...]] = []
    at = first
    while True:
        row: list[int] = []
        while at < len(layout.tokens) and len(row) < width and _is_cell(layout, at):
            if row and layout.tokens[at].kind == "size" and len(row) != size_at:
                break
            row.append(at)
            at += 1
        if len(row) < width or not _starts_a_row(layout, columns, row, at):
            return rows, row[0] if row else at
        rows.append(tuple(row))
        while layout.is_cue(at, "cm", "inch") and layout.line(at) == layout.line(row[-1]):
            at += 1


def _is_cell(layout: Layout, at: int) -> bool:
    token = layout.tokens[at]
    return token.kind == "size" or (token.kind == "number" and token.unit != "other")


def _starts_a_row(layout: Layout, columns: Sequence[int], row: Sequence[int], after: int) -> bool:
    """Whether a row that begins with a number may: a column is the size's, and the lines fit."""
    if any(layout.tokens[one].kind == "size" for one in row):
        return True
    ends_line = after >= len(layout.tokens) or layout.line(after) > layout.line(row[-1])
    own_line = layout.line(row[0]) == layout.line(row[-1]) > layout.line(columns[-1])
    return layout.is_cue(columns[0], "size") and own_line and ends_line


def _row_links(layout: Layout, columns: Sequence[int], row: Sequence[int], keys: set[int]) -> list[Link]:
    order = list(columns) if any(layout.is_cue(one, "size") for one in columns) else [columns[0], *columns]
    size_at = next((i for i, one in enumerate(order) if layout.is_cue(one, "size")), 0)
    if layout.tokens[row[0]].kind == "size":
        size_at, order = 0, [order[size_at], *(one for i, one in enumerate(order) if i != size_at)]
    if layout.tokens[row[size_at]].kind == "number":
        keys.add(row[size_at])
    return [Link(name, row[i], row[size_at], True) for i, name in enumerate(order) if i != size_at]


def _across(layout: Layout, taken: set[int]) -> list[Link]:
    """Return the links of lines "chest 96 100 104" under a line of as many sizes."""
    found: list[Link] = []
    heads = [run for run in layout.size_lists if len(run) > 1 and not taken.intersection(run)]
    for i, token in enumerate(layout.tokens):
        if token.kind != "name" or i in taken:
            continue
        numbers = i + 1
        while layout.is_cue(numbers, "cm", "inch", "flat") and layout.line(numbers) == layout.line(i):
            numbers += 1
        within = range(numbers, min(numbers + CELLS_MOST, len(layout.tokens)))
        cells = [at for at in within if layout.line(at) == layout.line(i)]
        head = next((run for run in reversed(heads) if layout.line(run[0]) < layout.line(i)), ())
        if 0 < len(head) == len(cells) and all(layout.tokens[at].kind == "number" for at in cells):
            found += [Link(i, number, size, True) for number, size in zip(cells, head, strict=True)]
            taken.update((i, *cells))
    return found
