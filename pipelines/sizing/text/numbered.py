"""Numbers that are sizes: 26 27 28, EU 36-44, size 120, 80码; and the steps of their ranges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.tokens import Token

STEP_BEFORE = re.compile(r"(?:[大小偏]|第|no\.?|#|满)\s?$")
WAIST_AFTER = re.compile(r"\s?腰(?!围)")
CUE_GAP = re.compile(
    r"[\s:：=()\[\]\-.]*+(?:为|是|are|is|in|run|for|a|from|avail|available|women'?s|men'?s|of|有)?[\s:.(]*+(?:from)?[\s.:]*"
)
TROUSERS = ("裤", "jeans", "trousers", "pants", "chinos")
LIST_LEAST = 3
EQUALS = re.compile(r"=\s?[a-z]{0,4}\s?$")
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
        tagged = token.style == "tagged" and not _is_step(layout, i) and not _is_a_player(layout, i)
        if tagged or _paired(layout, i) or _paired_behind(layout, i):
            found.add(i)
    found.update(_bracketed(layout, linked))
    return {i for i in found if not _is_converted(layout, i)}


def _rising(layout: Layout, run: Sequence[int]) -> list[int]:
    """Return a list up to where it falls: size 50, 6 buttons."""
    for n, (i, j) in enumerate(zip(run, run[1:], strict=False), 1):
        if layout.tokens[j].low < layout.tokens[i].low:
            return list(run[:n])
    return list(run)


def _is_size_run(layout: Layout, run: Sequence[int]) -> bool:
    tokens = [layout.tokens[i] for i in run]
    if not all(could_be_size(token) for token in tokens):
        return False
    units = {token.unit for token in tokens}
    told = _is_told(layout, run)
    if "cm" in units:  # children's sizes are heights: 80cm 90cm
        if len(tokens) == 1 and tokens[0].high - tokens[0].low >= 30 and tokens[0].low >= 66:
            return layout.is_for_children and tokens[0].low % 10 == 0 == tokens[0].high % 10
        return told and len(run) >= LIST_LEAST and all(token.low % 5 == 0 and token.low >= 50 for token in tokens)
    if told or any(layout.tokens[i].style == "tagged" and not _is_a_player(layout, i) for i in run):
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
    one = layout.first_one_size < len(layout.tokens)
    return one and layout.is_cue(system - 1, "body") and layout.is_soft(system - 1)


def could_be_size(token: Token) -> bool:
    """Whether there are sizes of such a number."""
    return all(value == int(value) and (0 <= value <= 60 or 50 <= value <= 190) for value in (token.low, token.high))


def _is_series(layout: Layout, tokens: Sequence[Token]) -> bool:
    """Whether numbers without any word rise as sizes do."""
    if any(token.low != token.high for token in tokens):
        return _is_range(layout, tokens)
    values = [token.low for token in tokens]
    steps = [b - a for a, b in zip(values, values[1:], strict=False)]
    if len(values) < LIST_LEAST or min(steps) <= 0 or max(steps) > (30 if layout.is_for_children else 12):
        return len(values) == 2 and steps == [10] and values[0] >= 80 and layout.is_for_children
    if values[0] >= 50:
        return set(steps) <= {5, 6, 7, 10} or (layout.is_for_children and all(step % 5 == 0 for step in steps))
    return values[-1] <= 60 and max(steps) <= 2


def _is_range(layout: Layout, tokens: Sequence[Token]) -> bool:
    """Whether a range without any word is of sizes: children's heights, waists of trousers."""
    low, high = tokens[0].low, tokens[0].high
    if all(is_double(token) for token in tokens):
        return layout.is_for_children
    if len(tokens) > 1:
        return False
    if 22 <= low < high <= 48:
        return layout.says(TROUSERS)
    return layout.is_for_children and low >= 66 and low % 10 == 0


def is_double(token: Token) -> bool:
    """Whether it is a children's double size: 122-128."""
    return token.low >= 50 and token.high - token.low == 6


def _is_step(layout: Layout, i: int) -> bool:
    """Whether a number counts steps (大1码) or is no label."""
    start = layout.tokens[i].start
    return STEP_BEFORE.search(layout.plain.text[max(0, start - 4) : start]) is not None


def _is_a_player(layout: Layout, i: int) -> bool:
    """Whether 5号 counts something: small, and no other such number beside it."""
    beside = (j for j in (i - 1, i + 1) if 0 <= j < len(layout.tokens))
    alone = not any(layout.tokens[j].style == "tagged" for j in beside)
    token = layout.tokens[i]
    return alone and token.low < 20 and token.high == token.low and layout.plain.text[token.end - 1] == "号"


def _paired_behind(layout: Layout, i: int) -> bool:
    """Whether a number is the other name of the letter before it: S/36, M (38)."""
    token = layout.tokens[i]
    if i == 0 or layout.tokens[i - 1].kind != "size" or token.low != token.high or not 24 <= token.low <= 60:
        return False
    gap, text = layout.gap(i - 1).strip(), layout.plain.text
    closed = text[token.end : token.end + 1]
    if any(layout.is_cue(j, "stock") for j in layout.same_sentence(i)):
        return False
    return gap == "(" and closed == ")" or gap == "/" and closed in ("", " ", "\n", ",", "、", ")", "，")


def _bracketed(layout: Layout, linked: set[int]) -> list[int]:
    """Return rising numbers that all have something in brackets: 28 (2.1尺) 29 (2.2尺) 30 (2.3尺)."""
    free = [i for i, token in enumerate(layout.tokens) if token.kind == "number" and i not in linked and not token.unit]
    ends = {i: layout.tokens[i].end for i in free if could_be_size(layout.tokens[i])}
    found = [i for i, end in ends.items() if layout.plain.text[end : end + 2].strip().startswith("(")]
    values = [layout.tokens[i].low for i in found]
    rising = all(0 < b - a <= 10 for a, b in zip(values, values[1:], strict=False))
    return found if len(found) >= LIST_LEAST and rising else []


def _paired(layout: Layout, i: int) -> bool:
    """Whether a number is the other name of a letter: 36/S, 46(S)."""
    token = layout.tokens[i]
    if token.low < token.high <= 60 and i and layout.tokens[i - 1].kind == "size" and layout.gap(i - 1).strip() == "(":
        return True
    if token.low != token.high or token.low > 60 or token.low < 24 or i + 1 >= len(layout.tokens):
        return False
    if layout.tokens[i + 1].style not in ("letter", "code") or PARTNER.fullmatch(layout.gap(i)) is None:
        return False
    return i == 0 or layout.tokens[i - 1].kind != "name"


def _is_converted(layout: Layout, i: int) -> bool:
    """Whether it is another system's name of a size: EU 38 = UK 10."""
    start = layout.tokens[i].start
    return layout.is_cue(i - 1, "equals") or EQUALS.search(layout.plain.text[max(0, start - 6) : start]) is not None


def expanded(token: Token) -> list[str]:
    """Return the labels of a number or of a range of numbers, by the step of its system."""
    low, high = int(token.low), int(token.high)
    if low == high:
        return [_plain(token.low)]
    if is_double(token):
        return [f"{low}-{high}"]
    if low >= 50:
        step = 10 if (high - low) % 10 == 0 else 5
    elif token.style == "tagged" or 24 <= low <= 33 and high <= 40:
        step = 1
    else:
        step = 2 if (high - low) % 2 == 0 else 1
    return [str(value) for value in range(low, high + 1, step)][:40]


def _plain(value: float) -> str:
    return f"{value:g}"
