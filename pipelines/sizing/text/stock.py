"""Which of the sizes that are named can be had: sold out, only S left, all but L, S ✗ M ✓."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from pipelines.sizing.text.layout import Layout

Stock: TypeAlias = Literal["offer", "gone", "other"]
RANGE = re.compile(r"[码号]?\s?(?:-|to|through|到|至)\s?")
CAN_WEAR = ("都能", "可穿", "能穿", "可以穿", "都可")
NEAR = 14  # characters between a size and "sold out"
NO_BEFORE = re.compile(r"(?:\bno|\bnot|没有|无)\s?(?:size\s?)?$")
NONE_LEFT = re.compile(r"\s?(?:[:(]\s?0\s?(?:\)|left|件|pcs|in stock|$)|0\s?(?:件|left|pcs))")
LEADS = re.compile(r"[\s:(=]*+(?:尺码|sizes?|size)?[\s:]*+")


def availability(layout: Layout, offered: Sequence[int]) -> Mapping[int, Stock]:
    """Return, of the sizes at `offered`, which are gone or never were there."""
    changed: dict[int, Stock] = {}
    used: set[int] = set()
    runs = _runs(layout, offered)
    for run in runs:
        if gone := _gone(layout, run, used):
            changed.update(dict.fromkeys(gone, "gone"))
        elif _asked_for(layout, run) or _is_converted(layout, run):
            changed.update(dict.fromkeys(run, "other"))
    changed.update(dict.fromkeys(_gone_rows(layout, offered, used), "gone"))
    for i, run in enumerate(runs):
        if _only(layout, run) and not any(one in changed for one in run):
            changed.update({one: "gone" for earlier in runs[:i] for one in earlier})
    if _all_gone(layout):
        changed.update(dict.fromkeys(offered, "gone"))
    return changed


def _runs(layout: Layout, offered: Sequence[int]) -> list[list[int]]:
    """Return the lists that sizes stand in; a label that comes again begins a new one: S, M, L, M sold out."""
    runs: list[list[int]] = []
    for i in offered:
        joined = bool(runs) and runs[-1][-1] == i - 1 and _go_on(layout, i - 1)
        if joined and (layout.tokens[i].kind != "size" or layout.tokens[i].value not in _values(layout, runs[-1])):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _go_on(layout: Layout, i: int) -> bool:
    return layout.is_list_gap(i) or RANGE.fullmatch(layout.gap(i)) is not None


def _values(layout: Layout, run: Sequence[int]) -> set[str]:
    return {layout.tokens[i].value for i in run}


def _gone(layout: Layout, run: Sequence[int], used: set[int]) -> Sequence[int]:
    """Return those of a list that are said to be gone; the words that say so are used up."""
    text, first, last = layout.plain.text, layout.tokens[run[0]], layout.tokens[run[-1]]
    after = run[-1] + 1
    while layout.is_cue(after, "size", "only", "all", "stock") and layout.tokens[after].start - last.end <= NEAR:
        if layout.is_cue(after, "stock"):
            break
        after += 1
    if layout.is_cue(after, "gone") and _near(layout, run[-1], after) and not _leads(layout, after):
        while layout.is_cue(after, "gone"):
            used.add(after)
            after += 1
        after -= 1
        return run[-1:] if "(" in text[last.end : layout.tokens[after].start] or _is_split(layout, run) else run
    if NONE_LEFT.match(text, last.end):
        return run[-1:]
    before = run[0] - 1
    while layout.is_cue(before, "size") and layout.is_soft(before):
        before -= 1
    if (
        layout.is_cue(before, "gone")
        and before not in used
        and LEADS.fullmatch(text, layout.tokens[before].end, first.start)
    ):
        return run
    if (
        layout.is_cue(before, "except")
        and first.start - layout.tokens[before].end <= 6
        and not _from_list(layout, before)
    ):
        return run
    return run if NO_BEFORE.search(text[max(0, first.start - 10) : first.start]) else ()


def _gone_rows(layout: Layout, offered: Sequence[int], used: set[int]) -> list[int]:
    """Return sizes whose whole row is said to be gone: XL: chest 100 (sold out)."""
    found: list[int] = []
    for cue in range(1, len(layout.tokens)):
        if not layout.is_cue(cue, "gone") or cue in used or not layout.gap(cue - 1).rstrip().endswith(("(", "-", "[")):
            continue
        at = cue - 1
        while at > 0 and cue - at < 12 and layout.tokens[at].kind in ("name", "number"):
            at -= 1
        if at in offered and at < cue - 1 and layout.clause(at) == layout.clause(cue):
            found.append(at)
    return found


def _is_split(layout: Layout, run: Sequence[int]) -> bool:
    """Whether only the last of a list is spoken of: XS-3XL, XXL sold out; S | M sold out."""
    if any("|" in layout.gap(i) for i in run[:-1]):
        return True
    dashes = [RANGE.fullmatch(layout.gap(i)) is not None for i in run[:-1]]
    return any(dashes) and not dashes[-1]


def _leads(layout: Layout, cue: int) -> bool:
    """Whether "sold out:" speaks of what follows."""
    while layout.is_cue(cue + 1, "gone", "size") and len(layout.gap(cue)) <= 1:
        cue += 1
    return layout.gap(cue).lstrip().startswith(":")


def _from_list(layout: Layout, cue: int) -> bool:
    """Whether the cue is 其中, "among them", which alone says nothing."""
    return layout.plain.text.startswith("其中", layout.tokens[cue].start)


def _near(layout: Layout, size: int, cue: int) -> bool:
    gap = layout.plain.text[layout.tokens[size].end : layout.tokens[cue].start]
    return (
        len(gap) <= NEAR and layout.sentence(size) == layout.sentence(cue) and not re.search(r"[,，;；](?!\s?$)", gap)
    )


def _asked_for(layout: Layout, run: Sequence[int]) -> bool:
    """Whether a shopper asks for a size, or one size for all is said to suit those of some sizes."""
    if layout.is_cue(run[-1] + 1, "body") and layout.plain.text.startswith(CAN_WEAR, layout.tokens[run[-1] + 1].start):
        return layout.first_one_size < run[0]
    if layout.is_cue(run[0] - 1, "body") and layout.gap(run[0] - 1).strip() == "":
        return layout.first_one_size < run[0]
    asks = any(layout.is_cue(i, "ask") for i in layout.same_sentence(run[0]) if i < run[0])
    return asks and layout.is_question(run[0])


def _is_converted(layout: Layout, run: Sequence[int]) -> bool:
    """Whether it is what a size would be called elsewhere: L = US M, 跟2XL似的, fits more like XL."""
    before = run[0] - 1
    while layout.is_cue(before, "size", "system", "buyer") and layout.is_soft(before):
        before -= 1
    if before < 0 or len(layout.gap(before)) > 6 or not (layout.is_cue(before, "equals") or "=" in layout.gap(before)):
        return False
    left = before - 1 if layout.is_cue(before, "equals") else before
    return left < 0 or layout.tokens[left].kind != "number" or not layout.tokens[left].unit


def _only(layout: Layout, run: Sequence[int]) -> bool:
    """Whether a list says that there is nothing but it: only S and L left, 仅剩S."""
    before, after = run[0] - 1, run[-1] + 1
    while layout.is_cue(before, "size", "stock") and layout.is_soft(before):
        before -= 1
    text = layout.plain.text
    if layout.is_cue(before, "only") and layout.tokens[run[0]].start - layout.tokens[before].end <= 8:
        return True
    return layout.is_cue(after, "only") and text[layout.tokens[run[-1]].end : layout.tokens[after].start].strip() in (
        "",
        "码",
    )


def _all_gone(layout: Layout) -> bool:
    """Whether everything is said to be sold out."""
    return any(
        layout.is_cue(i, "all") and layout.is_cue(j, "gone") and layout.tokens[j].start - layout.tokens[i].end <= NEAR
        for i in range(len(layout.tokens))
        for j in (i + 1, i + 2)
        if not any(layout.tokens[k].kind == "size" for k in range(i, min(j, len(layout.tokens))))
    )
