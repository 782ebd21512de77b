"""From a product text to its size facts: `extract(text)`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.sizing.labels import LETTERS, ONE
from pipelines.sizing.text.facts import Fact, SizeFacts
from pipelines.sizing.text.layout import Layout, layout_of
from pipelines.sizing.text.numbered import expanded
from pipelines.sizing.text.plain import plain_text
from pipelines.sizing.text.roles import Parts, Role, parts_of
from pipelines.sizing.text.values import RANGE as RANGE_LABEL
from pipelines.sizing.text.values import Value, values_of

RANGE = re.compile(r"\s?[码号]?\s?(?:-|to|through|thru|until|up to|到|至)\s?(?:a )?(?:size )?")
NUMBERED = re.compile(r"(\d{1,2})([A-Z]?)")
EVIDENCE_MOST = 40  # characters
VALUES_MOST = 2000  # a text has some hundreds
NOBODY = {
    (word, unit): limits
    for words, unit, limits in ((("height", "身高"), "cm", (120.0, 230.0)), (("weight", "体重"), "kg", (30.0, 300.0)))
    for word in words
}
CHILDREN = ("girls", "boys", "kids")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was read: its tokens, the part of each, and the facts that follow."""

    layout: Layout
    parts: Parts
    facts: SizeFacts


def extract(text: str, *, with_reader: bool = False) -> SizeFacts:
    """Return what `text` says of sizes: the facts of `read`.  Raises InputRejected for a text that is too long."""
    return read(text, with_reader=with_reader).facts


def read(text: str, *, with_reader: bool = False) -> Reading:
    """Return `text` as it is read by rules, or with the reader where they guess.

    The rules alone do better on all texts tried so far (docs/sizing.md), hence the default.  Raises InputRejected for a
    text that is too long.
    """
    layout = layout_of(plain_text(text))
    parts = parts_of(layout)
    if with_reader:
        from pipelines.sizing.text.judge import second_thoughts  # its weights are loaded only where it is asked for

        parts = second_thoughts(layout, parts)
    return Reading(layout, parts, facts_of(layout, parts))


def facts_of(layout: Layout, parts: Parts) -> SizeFacts:
    """Return the facts that follow from the parts of the tokens."""
    gender = _gender(layout, parts.roles)
    said = [
        *_sizes(layout, parts.roles),
        *([gender] if gender else []),
        *_said(layout, parts.roles, "fit"),
        *_said(layout, parts.roles, "runs"),
        *measured(layout, parts, gender is not None and gender.value in CHILDREN),
        *_model(layout, parts.roles),
        *_nobody(layout),
    ]
    facts, doubted = (tuple(fact for fact in said if bool(fact.problem) is doubt) for doubt in (False, True))
    return SizeFacts(layout.plain.raw, facts, doubted)


def span_of(layout: Layout, first: int, last: int) -> tuple[int, int]:
    """Return where the tokens from `first` to `last`, in any order, were written."""
    one, other = sorted((layout.tokens[first], layout.tokens[last]), key=lambda token: token.start)
    return layout.plain.span(one.start, other.end)


def labels_at(layout: Layout, i: int) -> list[str]:
    """Return the sizes that token i, a label or a number, names."""
    token = layout.tokens[i]
    if token.kind == "number":
        return expanded(token)
    return [token.value]


def _sizes(layout: Layout, roles: Sequence[Role]) -> Iterator[Fact]:
    """Yield the sizes that can be had, ranges expanded."""
    gone = _gone_labels(layout, roles)
    told: set[str] = set()
    for i, role in enumerate(roles):
        if role != "offer":
            continue
        labels = labels_at(layout, i)
        start, end = span_of(layout, i, i)
        if i + 1 < len(roles) and roles[i + 1] == "offer" and (more := _range(layout, i)):
            labels = more
            _, end = span_of(layout, i + 1, i + 1)
        for label in labels:
            if label not in told and label not in gone:
                told.add(label)
                yield Fact("letter" if label in LETTERS or label == ONE else "number", label, start, end)


def _range(layout: Layout, i: int) -> list[str]:
    """Return the sizes from token i to the next where a dash or "to" stands between."""
    one, other = layout.tokens[i].value, layout.tokens[i + 1].value
    if RANGE.fullmatch(layout.gap(i)) is None:
        return []
    if one in LETTERS and other in LETTERS:
        return list(LETTERS[LETTERS.index(one) : LETTERS.index(other) + 1])
    low, high = NUMBERED.fullmatch(one), NUMBERED.fullmatch(other)
    if low and high and low[2] == high[2]:  # 4T-6T
        return [f"{n}{low[2]}" for n in range(int(low[1]), int(high[1]) + 1)][:40]
    return []


def _gone_labels(layout: Layout, roles: Sequence[Role]) -> set[str]:
    """Return the labels that are gone and not on offer in another colour."""
    colours = _colours(layout)
    gone = {label: colours[i] for i, role in enumerate(roles) if role == "gone" for label in labels_at(layout, i)}
    for i, role in enumerate(roles):
        if role == "offer":
            for label in labels_at(layout, i):
                if gone.get(label) and colours[i] not in ("", gone[label]):
                    gone.pop(label)
    return set(gone)


def _colours(layout: Layout) -> list[str]:
    """Return the colour that was last named before each token on its line, "" where none was."""
    found: list[str] = []
    colour, line = "", 0
    for i, token in enumerate(layout.tokens):
        if layout.line(i) != line:
            colour, line = "", layout.line(i)
        found.append(colour)
        if layout.is_cue(i, "colour"):
            colour = layout.plain.text[token.start : token.end]
    return found


def _gender(layout: Layout, roles: Sequence[Role]) -> Fact | None:
    """Return for whom the garment is said to be."""
    said = [i for i, role in enumerate(roles) if role == "said" and layout.tokens[i].kind == "gender"]
    if not said:
        return None
    kinds = {layout.tokens[i].value for i in said}
    at = said[0]
    value = layout.tokens[at].value
    if "unisex" in kinds or {"women", "men"} <= kinds:
        value = "unisex"
    if kinds & set(CHILDREN):
        narrow = kinds & {"girls", "boys"}
        value = narrow.pop() if len(narrow) == 1 and "kids" not in kinds else "kids"
        value = "girls" if kinds == {"girls", "kids"} else "boys" if kinds == {"boys", "kids"} else value
    at = next((i for i in said if layout.tokens[i].value == value), at)
    return Fact("gender", value, *span_of(layout, at, at))


def _said(layout: Layout, roles: Sequence[Role], kind: str) -> Iterator[Fact]:
    """Yield the fit, or how the item runs: what is said most often, of equals the first."""
    said = [i for i, role in enumerate(roles) if role == "said" and layout.tokens[i].kind == kind]
    if not said:
        yield from _fits_like(layout, roles) if kind == "runs" else ()
        return
    counts = Counter(layout.tokens[i].value for i in said)
    at = max(said, key=lambda i: (counts[layout.tokens[i].value], -i))
    both = 0 < counts["small"] == counts["large"] >= counts["true"]
    problem = "said to run small and to run large" if both else ""
    yield Fact("fit" if kind == "fit" else "runs", layout.tokens[at].value, *span_of(layout, at, at), problem=problem)


def _fits_like(layout: Layout, roles: Sequence[Role]) -> Iterator[Fact]:
    """Yield how an item runs that is labelled XL and fits like an L."""
    label: int | None = None  # the last on offer before the word
    for i in range(2, len(roles)):
        if roles[i - 2] == "offer" and layout.tokens[i - 2].value in LETTERS:
            label = i - 2
        token = layout.tokens[i]
        if token.kind != "size" or token.value not in LETTERS or not layout.is_cue(i - 1, "equals"):
            continue
        said = layout.plain.text[layout.tokens[i - 1].start : layout.tokens[i - 1].end]
        if label is not None and said.startswith(("fits", "like", "more like")):
            step = LETTERS.index(token.value) - LETTERS.index(layout.tokens[label].value)
            if step:
                yield Fact("runs", "small" if step < 0 else "large", *span_of(layout, i - 1, i))
                return


def own_labels(layout: Layout, roles: Sequence[Role]) -> dict[int, str]:
    """Return the garment's own sizes, had or gone, by their tokens; `RANGE` for a range of them."""
    own = [i for i, role in enumerate(roles) if role in ("offer", "gone")]
    return {i: RANGE_LABEL if layout.tokens[i].low < layout.tokens[i].high else labels_at(layout, i)[0] for i in own}


def measured(layout: Layout, parts: Parts, children: bool) -> Iterator[Fact]:
    """Yield what the garment measures, each size and name once but for doubted values."""
    links = [link for link in parts.links if parts.roles[link.number] == "garment"]
    labels = own_labels(layout, parts.roles)
    known: set[tuple[str, str]] = set()
    for value in islice(values_of(layout, links, labels, children), VALUES_MOST):
        if (value.size, value.name) not in known:
            if not value.problem:
                known.add((value.size, value.name))
            yield _value_fact(layout, value)


def _value_fact(layout: Layout, value: Value) -> Fact:
    told_by = [value.link.name] if value.link.size is None else [value.link.size, value.link.name]
    near = [i for i in told_by if abs(layout.tokens[i].start - layout.tokens[value.link.number].start) < EVIDENCE_MOST]
    start, end = span_of(layout, near[0] if near else value.link.number, value.link.number)
    shown = f"{value.low:g}" if value.low == value.high else f"{value.low:g}-{value.high:g}"
    return Fact("value", shown, start, end, value.size, value.name, value.low, value.high, value.problem)


def _nobody(layout: Layout) -> Iterator[Fact]:
    """Yield the heights and weights that no grown-up has, as doubted."""
    for i in range(1, len(layout.tokens)):
        number = layout.tokens[i]
        if number.kind != "number" or layout.tokens[i - 1].value != "of a body" or not layout.is_soft(i - 1):
            continue
        limits = NOBODY.get((layout.plain.text[layout.tokens[i - 1].start : layout.tokens[i - 1].end], number.unit))
        if limits and not limits[0] <= number.low <= number.high <= limits[1] and not layout.is_for_children:
            problem = f"{limits[0]:g} to {limits[1]:g} {number.unit} are possible"
            yield Fact("body", f"{number.low:g} {number.unit}", *span_of(layout, i - 1, i), problem=problem)


def _model(layout: Layout, roles: Sequence[Role]) -> Iterator[Fact]:
    for kind in ("number", "size"):
        for i, role in enumerate(roles):
            token = layout.tokens[i]
            if role == "model" and (token.kind == "number" and token.low > 100) == (kind == "number"):
                start, end = span_of(layout, i, i)
                if kind == "number":
                    yield Fact("model height", f"{token.low:g}", start, end, low=token.low, high=token.low)
                else:
                    yield Fact("model wears", labels_at(layout, i)[0], start, end)
                break
