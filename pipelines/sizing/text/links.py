"""Which number belongs to which measure, and, where the writing says so, to which size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.sizing.text.layout import Layout

LENGTHS = ("", "cm", "in")
NUMBER_THEN_SIZE = re.compile(r"\s?(?:[(\[:/\-]|(?:in|for|on)(?: an?| the)?(?: size)?(?= ))?\s?")
SIZE_THEN_NUMBER = re.compile(r"[\s\-:/=码号()的是为]*")
NUMBER_THEN_NEXT = re.compile(
    r"[)\]]?\s{0,2}(?:[,，、;；/|&]|and|和|及)?\s{0,2}(?:and )?[(\[]?"
)  # M 92, of S chest 88, M 92
STRETCH = re.compile(
    r"[\s,，、/(]*(?:最大|可|能)?(?:拉伸|拉开|撑开|弹开|stretch(?:es|ed|ing)?|extended|extends)(?:后|可|能|到|至|约|达|之后|:)*+"
    r"(?: to| up to| about|:|\))*+\s?(?:约|到|至)?\s?"
)
BEFORE_NAME = re.compile(r"\)?\s?(?:的|of|in(?: the)?|at(?: the)?|across(?: the)?|for the)?\s?")
SKIPPED = ("flat", "cm", "inch", "garment", "size", "rest")
CHAIN_MOST = 30  # measures
SEVERAL = 3  # numbers: so many are a list over sizes, though nothing says over which


@dataclass(frozen=True, slots=True)
class Link:
    """Token `number` is a value of the measure `name`; `size` is the label's token where the writing gives it."""

    name: int
    number: int
    size: int | None = None
    table: bool = False
    stretched: int | None = None  # the number of the same measure, pulled out
    called: str = ""  # the measure, where no token names it: then `name` is the number itself


def links_in(layout: Layout, taken: set[int]) -> list[Link]:
    """Return the links of running text; `taken` are tokens that tables hold, and grows by the numbers used here."""
    found: list[Link] = []
    for i, token in enumerate(layout.tokens):
        if token.kind != "name" or i in taken:
            continue
        links = _carried_on(layout, i, taken) or _backward(layout, i, taken)
        links = links or list(_forward(layout, i, taken)) or _trailing_name(layout, i, taken)
        taken.update(link.number for link in links)
        taken.update(link.name for link in links)
        found += links
    return found


def _is_number(layout: Layout, i: int, taken: set[int]) -> bool:
    return (
        0 <= i < len(layout.tokens)
        and layout.tokens[i].kind == "number"
        and layout.tokens[i].unit != "other"
        and layout.tokens[i].style != "tagged"
        and i not in taken
    )


def _carried_on(layout: Layout, i: int, taken: set[int]) -> list[Link]:
    """Read S chest 88, M 92, L 96: the measure stands behind the first size, and goes for those that follow."""
    if not (i and _is_label(layout, i - 1) and SIZE_THEN_NUMBER.fullmatch(layout.gap(i - 1))):
        return []
    if any(len(run) > 1 and i - 1 in run for run in layout.size_lists):
        return []
    if not (_leads_on(layout, i) and _is_number(layout, i + 1, taken)):
        return []
    links = [Link(i, i + 1, i - 1)]
    at = i + 2
    while at + 1 < len(layout.tokens) and NUMBER_THEN_NEXT.fullmatch(layout.gap(at - 1)):
        more = next(iter(_alternating(layout, i, at, taken)), None)
        if more is None:
            break
        links.append(more)
        at = more.number + 1
    return links if len(links) > 1 else []


def _backward(layout: Layout, i: int, taken: set[int]) -> list[Link]:
    """Read 42" chest, 29" long: from the first number to a measure that no number follows."""
    if not _touches(layout, i, taken) or (
        i - 2 not in taken and i >= 2 and layout.tokens[i - 2].kind == "name" and _leads_on(layout, i - 2)
    ):
        return []
    links: list[Link] = []
    at = i
    while len(links) < CHAIN_MOST and at < len(layout.tokens) and layout.tokens[at].kind == "name":
        if not _touches(layout, at, taken):
            break
        links.append(Link(at, at - 1))
        at += 2
    if _is_number(layout, at - 1, taken) and _leads_on(layout, at - 2):
        return []
    return links[:1]


def _trailing_name(layout: Layout, i: int, taken: set[int]) -> list[Link]:
    """Read small 34 medium 36 large 38 (bust): sizes with numbers, and the measure behind them."""
    links: list[Link] = []
    at = i - 1
    while (
        at > 0
        and _is_number(layout, at, taken)
        and layout.tokens[at - 1].kind == "size"
        and layout.tokens[at - 1].style != "glued"
    ):
        links.append(Link(i, at, at - 1))
        at -= 2
    return links[::-1] if len(links) > 1 and layout.sentence(at + 1) == layout.sentence(i) else []


def _touches(layout: Layout, i: int, taken: set[int]) -> bool:
    """Whether a length stands right before the measure i."""
    return i > 0 and _is_number(layout, i - 1, taken) and BEFORE_NAME.fullmatch(layout.gap(i - 1)) is not None


def _forward(layout: Layout, i: int, taken: set[int]) -> Iterator[Link]:
    at = i
    while _leads_on(layout, at) and (layout.is_cue(at + 1, *SKIPPED) or _in_brackets(layout, at + 1)):
        at += 1
    if not _leads_on(layout, at) or at + 1 >= len(layout.tokens):
        return
    first = at + 1
    if layout.is_cue(at, "size") and not layout.tokens[first].unit and _is_number(layout, first + 1, taken):
        if _leads_on(layout, first):  # the waist of size 28 is 74 cm
            yield Link(i, first + 1, first)
            return
    if layout.tokens[first].style == "tagged":
        yield from _alternating(layout, i, first, taken)
    elif layout.tokens[first].kind == "size":
        yield from _sizes_first(layout, i, first, taken)
    elif _is_number(layout, first, taken):
        yield from _numbers_first(layout, i, first, taken)


def _in_brackets(layout: Layout, i: int) -> bool:
    """Whether token i says in brackets how the measure was taken: waist (relaxed) 66 cm."""
    ours = i < len(layout.tokens) and layout.tokens[i].kind == "fit"
    return ours and layout.gap(i - 1).strip() == "(" and layout.gap(i).startswith(")")


def _leads_on(layout: Layout, i: int) -> bool:
    """Whether what follows token i still belongs to it: words like "about", no comma."""
    return layout.is_soft(i) and not any(comma in layout.gap(i) for comma in ",，、")


def _sizes_first(layout: Layout, name: int, first: int, taken: set[int]) -> Iterator[Link]:
    """Read chest: S 92 / M 96, and chest (S/M/L): 92/96/100."""
    sizes = next(run for run in layout.size_lists if first in run)
    if len(sizes) > 1 and first == sizes[0]:
        numbers = number_list(layout, sizes[-1] + 1, taken)
        if len(numbers) == len(sizes) and SIZE_THEN_NUMBER.fullmatch(layout.gap(sizes[-1])):
            yield from (Link(name, number, size) for number, size in zip(numbers, sizes, strict=True))
            return
    yield from _alternating(layout, name, first, taken)


def _alternating(layout: Layout, name: int, first: int, taken: set[int]) -> Iterator[Link]:
    at = first
    while at + 1 < len(layout.tokens) and _is_label(layout, at):
        number = at + 2 if layout.plain.text[layout.tokens[at + 1].start] == "=" else at + 1  # S=88
        if not (_is_number(layout, number, taken) and SIZE_THEN_NUMBER.fullmatch(layout.gap(at))):
            return
        yield Link(name, number, at)
        at = number + 1


def _is_label(layout: Layout, i: int) -> bool:
    return layout.tokens[i].kind == "size" or layout.tokens[i].style == "tagged"


def _numbers_first(layout: Layout, name: int, first: int, taken: set[int]) -> Iterator[Link]:
    """Read chest 104, chest 104 (M), 108 (L), and chest 104/108 where two sizes are listed."""
    pairs = list(_number_size_pairs(layout, first, taken))
    if len(pairs) > 1:
        yield from (Link(name, number, size) for number, size in pairs)
        return
    numbers = number_list(layout, first, taken)
    if len(numbers) == 1 and (stretched := _stretched(layout, first, taken)):
        yield Link(name, first, stretched=stretched)
        return
    if len(numbers) == 1 or layout.tokens[name].value.startswith("of "):
        yield from (Link(name, number) for number in numbers)
        return
    sizes = _aligned(layout, first, len(numbers))
    if sizes:
        yield from (Link(name, number, size) for number, size in zip(numbers, sizes, strict=True))
    elif len(numbers) < SEVERAL and layout.tokens[name].value != "neck":
        yield Link(name, numbers[0])  # of a longer list none counts for all sizes


def _stretched(layout: Layout, number: int, taken: set[int]) -> int | None:
    """Return the number that follows with a word for stretching: waist 68 cm, stretched 88 cm."""
    if _is_number(layout, number + 1, taken) and STRETCH.fullmatch(layout.gap(number)):
        return number + 1 if layout.tokens[number + 1].low > layout.tokens[number].low else None
    return None


def _number_size_pairs(layout: Layout, first: int, taken: set[int]) -> Iterator[tuple[int, int]]:
    at = first
    while _is_number(layout, at, taken):
        named = layout.is_cue(at + 1, "size") and layout.gap(at + 1) in ("", " ")
        size = at + 2 if named else at + 1
        if size >= len(layout.tokens) or not (_is_label(layout, size) or named and _is_bare(layout, size)):
            return
        if not NUMBER_THEN_SIZE.fullmatch(layout.gap(at)):
            return
        yield at, size
        at = size + 1


def _is_bare(layout: Layout, i: int) -> bool:
    """Whether token i is a number without a unit: behind the word "size" it is one."""
    return layout.tokens[i].kind == "number" and not layout.tokens[i].unit


def number_list(layout: Layout, first: int, taken: set[int]) -> list[int]:
    """Return the neighbouring lengths from token `first` on."""
    found: list[int] = []
    at = first
    while _is_number(layout, at, taken) and layout.tokens[at].unit in LENGTHS:
        if found and not layout.is_list_gap(at - 1):
            break
        found.append(at)
        at += 1
    if len(found) > 1 and at < len(layout.tokens) and layout.tokens[at].kind == "name":
        if BEFORE_NAME.fullmatch(layout.gap(at - 1)) and not layout.is_soft(at):
            found.pop()
    return found or [first]


def _aligned(layout: Layout, at: int, count: int) -> Sequence[int]:
    """Return the nearest list of `count` sizes, labels or numbers, before the number at `at` or else behind it."""
    labels = [run for run in layout.size_lists if len(run) == count]
    spread = [run for run in layout.size_lists if len(run) == 1]
    if not labels and len(spread) == count and not any(len(run) > 1 for run in layout.size_lists):
        labels = [tuple(run[0] for run in spread)]
    numbers = [run for run in layout.sized_number_lists if len(run) == count and at not in run]
    runs = labels or numbers
    return min(runs, key=lambda run: (run[0] > at, abs(run[0] - at)), default=())
