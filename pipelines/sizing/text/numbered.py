"""Numbers that are sizes: 26 27 28, EU 36-44, size 120, 80码; and the steps of their ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.tokens import Token

STEP_BEFORE = re.compile(r"(?:[大小偏]|第|no\.?|#|满)\s?$")
WAIST_AFTER = re.compile(r"\s?腰(?!围)")
CUE_GAP = re.compile(
    r"[\s:：=()\[\]\-.]*(?:为|是|are|is|in|run|for|a|from|avail|available|women'?s|men'?s|of|有)?[\s:.(]*(?:from)?[\s.:]*"
)
LIST_LEAST = 3
PARTNER = re.compile(r"\s?[/(]\s?")


def numbered_sizes(layout: Layout, linked: set[int], keys: set[int]) -> set[int]:
    """Return the number tokens that are sizes; `linked` are measures, `keys` rows of tables."""
    found = set(keys)
    for run in layout.number_lists:
        free = _rising(layout, [i for i in run if i not in linked])
        if free and _is_size_run(layout, free):
            found.update(i for i in free if not _is_step(layout, i))
    for i, token in enumerate(layout.tokens):
        if i in linked or i in found or token.kind != "number" or token.unit:
            continue
        if token.style == "tagged" and not _is_step(layout, i) or _paired(layout, i):
            found.add(i)
    return {i for i in found if not _is_converted(layout, i)}


def _rising(layout: Layout, run: Sequence[int]) -> list[int]:
    """Return a list up to where it falls: size 50, 6 buttons."""
    for n, (i, j) in enumerate(zip(run, run[1:], strict=False), 1):
        if layout.tokens[j].low < layout.tokens[i].low:
            return list(run[:n])
    return list(run)


def _is_size_run(layout: Layout, run: Sequence[int]) -> bool:
    tokens = [layout.tokens[i] for i in run]
    if not all(_could_be(token) for token in tokens):
        return False
    units = {token.unit for token in tokens}
    told = _is_told(layout, run)
    if "cm" in units:  # children's sizes are heights: 80cm 90cm
        if len(tokens) == 1 and tokens[0].high - tokens[0].low >= 30 and tokens[0].low >= 66:
            return _children(layout) and tokens[0].low % 10 == 0 == tokens[0].high % 10
        return told and len(run) >= LIST_LEAST and all(token.low % 5 == 0 and token.low >= 50 for token in tokens)
    if told or any(token.style == "tagged" for token in tokens):
        return True
    if layout.tokens[run[0] - 1].kind == "name" and run[0] > 0 and layout.is_soft(run[0] - 1):
        return layout.tokens[run[0] - 1].value == "neck" and len(run) >= LIST_LEAST
    return _is_series(layout, tokens)


def _is_told(layout: Layout, run: Sequence[int]) -> bool:
    """Whether a word for sizes, or a system, stands right before or behind."""
    before, after = run[0] - 1, run[-1] + 1
    if layout.is_cue(before, "stock") and layout.is_cue(before - 1, "size") and len(layout.gap(before - 1)) <= 1:
        return True
    if layout.is_cue(before, "size", "system") and CUE_GAP.fullmatch(layout.gap(before)):
        return not _fits_a_body(layout, before)
    if layout.is_cue(after, "gone") and len(layout.gap(run[-1])) <= 6:
        return True
    if layout.is_cue(after, "system") and len(layout.gap(run[-1])) <= 2:
        return True
    if layout.is_cue(after, "size") and len(run) >= LIST_LEAST and len(layout.gap(run[-1])) <= 4:
        return True
    return WAIST_AFTER.match(layout.plain.text, layout.tokens[run[-1]].end) is not None and len(run) > 1


def _fits_a_body(layout: Layout, system: int) -> bool:
    """Whether one size for all is said to suit bodies of some sizes: one size, fits UK 8-14."""
    one = any(token.style == "one" for token in layout.tokens)
    return one and layout.is_cue(system - 1, "body") and layout.is_soft(system - 1)


def _could_be(token: Token) -> bool:
    return all(value == int(value) and (0 <= value <= 60 or 50 <= value <= 190) for value in (token.low, token.high))


def _is_series(layout: Layout, tokens: Sequence[Token]) -> bool:
    """Whether numbers without any word rise as sizes do."""
    if any(token.low != token.high for token in tokens):
        return len(tokens) == 1 and _children(layout) and tokens[0].low >= 66 and tokens[0].low % 10 == 0
    values = [token.low for token in tokens]
    steps = [b - a for a, b in zip(values, values[1:], strict=False)]
    if len(values) < LIST_LEAST or min(steps) <= 0 or max(steps) > 10:
        return len(values) == 2 and steps == [10] and values[0] >= 80 and _children(layout)
    return (values[-1] <= 60 and max(steps) <= 2 and values[0] >= 0) or (
        values[0] >= 50 and set(steps) <= {5, 6, 7, 10}
    )


def _children(layout: Layout) -> bool:
    return any(token.kind == "gender" and token.value in ("girls", "boys", "kids") for token in layout.tokens)


def _is_step(layout: Layout, i: int) -> bool:
    """Whether a number counts steps (大1码) or is no label."""
    start = layout.tokens[i].start
    return STEP_BEFORE.search(layout.plain.text[max(0, start - 4) : start]) is not None


def _paired(layout: Layout, i: int) -> bool:
    """Whether a number is the other name of a letter: 36/S, 46(S)."""
    token = layout.tokens[i]
    if token.low < token.high <= 60 and i and layout.tokens[i - 1].kind == "size" and layout.gap(i - 1).strip() == "(":
        return True
    if token.low != token.high or token.low > 60 or token.low < 24 or i + 1 >= len(layout.tokens):
        return False
    behind = layout.tokens[i + 1].kind == "size" and PARTNER.fullmatch(layout.gap(i)) is not None
    return behind and layout.tokens[i + 1].style == "letter" and (i == 0 or layout.tokens[i - 1].kind != "name")


def _is_converted(layout: Layout, i: int) -> bool:
    """Whether it is another system's name of a size: EU 38 = UK 10."""
    return any(
        layout.is_cue(j, "equals") or "=" in layout.gap(j - 1) for j in (i - 1, i) if 0 < j < len(layout.tokens)
    ) and (
        layout.is_cue(i - 1, "equals")
        or "=" in layout.plain.text[max(0, layout.tokens[i].start - 6) : layout.tokens[i].start]
    )


def expanded(token: Token) -> list[str]:
    """Return the labels of a number or of a range of numbers, by the step of its system."""
    low, high = int(token.low), int(token.high)
    if low == high:
        return [_plain(token.low)]
    if low >= 50:
        step = 10 if (high - low) % 10 == 0 else 5
    elif token.style == "tagged" or 24 <= low <= 33 and high <= 40:
        step = 1
    else:
        step = 2 if (high - low) % 2 == 0 else 1
    return [str(value) for value in range(low, high + 1, step)][:40]


def _plain(value: float) -> str:
    return f"{value:g}"
