"""What a garment measures by the links of a text: in cm, under the right size and name, and plausible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.sizing.charts import INCH_CM, MAX_ROWS, POINTS
from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.links import Link

FLAT = {"chest": "chest_width", "waist": "waist_width", "hip": "hip_width"}
HALF = {"chest_width": "chest", "waist_width": "waist", "hip_width": "hip", "hem_width": "hem", "thigh_width": "thigh"}
FLAT_MOST_CM = 78.0  # above it a "flat" width is a girth that was measured flat
GIRTH_LEAST_CM = 57.0  # below it no grown-up's chest girth
KIDS, BIG = 0.45, 1.25  # how far children's garments and large ones reach beyond `POINTS`
ANY = "*"
EVERY_MOST = 200  # characters of what says that a value is the same in every size
RANGE = "-"  # the label of a range of sizes, which names no value's
RANGE_GAP = re.compile(r"\s?[码号]?\s?(?:-|to|through|thru|到|至)\s?")
PARTNER_GAP = re.compile(r"\s?[/(=]\s?")


@dataclass(frozen=True, slots=True)
class Value:
    """A measure of one size in cm, `low` to `high`; `problem` says why it is not to be believed."""

    size: str
    name: str
    low: float
    high: float
    link: Link
    problem: str = ""


def values_of(layout: Layout, links: Sequence[Link], labels: Mapping[int, str], children: bool) -> list[Value]:
    """Return the values of `links`, all of the garment; `labels` are the size tokens that can name a value's size."""
    keys = _keys(layout, links, labels)
    units, flat = _units(layout), _is_flat(layout)
    all_sizes = sorted(set(labels.values()))[:MAX_ROWS]
    found: list[Value] = []
    for link in links:
        number = layout.tokens[link.number]
        name, factor = link.called or layout.tokens[link.name].value, 1.0
        unit = number.unit or units or _likely_unit(name, number.low, layout)
        factor = INCH_CM if unit == "in" else 1.0
        most = number.high if link.stretched is None else layout.tokens[link.stretched].high
        low, high = round(number.low * factor, 2), round(most * factor, 2)
        name = _flat_name(layout, link, name, low, children, flat)
        every = all_sizes if link.size is None and _of_every_size(layout, link) else []
        found += [
            Value(size, name, low, high, link, _problem(name, low, high)) for size in every or [keys[link.number]]
        ]
    return found


def _of_every_size(layout: Layout, link: Link) -> bool:
    """Whether a value is said to be the same in all sizes."""
    start = layout.tokens[min(link.name, link.number)].start
    end = layout.tokens[max(link.name, link.number)].end
    if end - start > EVERY_MOST:
        return False
    behind = re.split(r"[,，;；。.\n]", layout.plain.text[end : end + 16])[0]
    text = layout.plain.text[start:end] + behind
    return any(word in text for word in ("统一", "各码", "all sizes", "every size", "均为"))


def _units(layout: Layout) -> str:
    """Return the unit of bare numbers by the words of the text: "cm", "in" or ""."""
    if any(layout.is_cue(i, "cm") for i in range(len(layout.tokens))):
        return "cm"
    if any(layout.is_cue(i, "inch") for i in range(len(layout.tokens))):
        return "in"
    written = {token.unit for token in layout.tokens if token.kind == "number"} & {"cm", "in"}
    return written.pop() if len(written) == 1 else ""


def _likely_unit(name: str, value: float, layout: Layout) -> str:
    """Return inches for a number in an English text that is too small in cm and right in inches."""
    girth = HALF.get(name, name)
    if layout.is_chinese:
        return "cm"
    low, high = POINTS[girth]
    half = 0.5 if name in HALF else 1.0
    return "in" if value < low * half <= value * INCH_CM <= high * half else "cm"


def _flat_name(layout: Layout, link: Link, name: str, low: float, children: bool, flat: bool) -> str:
    """Return the name with `_width` where the garment lies flat; `flat`: everything does."""
    if name in HALF and low > FLAT_MOST_CM and HALF[name] in FLAT:
        return HALF[name]
    if name not in FLAT or low > FLAT_MOST_CM:
        return name
    if flat or any(layout.is_cue(i, "flat") for i in layout.same_sentence(link.name)):
        return FLAT[name]
    return FLAT[name] if name == "chest" and low < GIRTH_LEAST_CM and not children else name


def _is_flat(layout: Layout) -> bool:
    """Whether the text says once that everything was measured flat."""
    flats = [i for i in range(len(layout.tokens)) if layout.is_cue(i, "flat")]
    return any(not _beside_a_name(layout, i) for i in flats)


def _beside_a_name(layout: Layout, i: int) -> bool:
    return any(
        0 <= j < len(layout.tokens) and layout.tokens[j].kind == "name" and layout.line(j) == layout.line(i)
        for j in (i - 1,)
    )


def _problem(name: str, low: float, high: float) -> str:
    """Return what is wrong with a value that no garment has, "" where nothing is."""
    girth = HALF.get(name, name)
    half = 0.5 if name in HALF else 1.0
    least, most = POINTS[girth][0] * half * KIDS, POINTS[girth][1] * half * BIG
    if least <= low <= high <= most:
        return ""
    return f"{name} {low:g} cm is outside {least:.3g} to {most:.3g}"


def _keys(layout: Layout, links: Sequence[Link], labels: Mapping[int, str]) -> dict[int, str]:
    """Return each linked number's size: as written, else by what stands before or behind it."""
    found = {link.number: labels[link.size] for link in links if link.size is not None and labels.get(link.size)}
    loose = [link for link in links if link.number not in found]
    at = sorted(labels)
    distinct = dict.fromkeys(labels[i] for i in at)
    if len(distinct) <= 1 and RANGE not in distinct or _is_one_size(layout, at, labels):
        return found | {link.number: _letter_first(list(distinct)) for link in loose}
    used = {link.size for link in links}
    return found | _by_place(layout, links, loose, {i: label for i, label in labels.items() if i not in used})


def _letter_first(labels: Sequence[str]) -> str:
    """Return the letter among the names of one size, else the first."""
    return min(labels, key=lambda label: any(char.isdigit() for char in label[:1]), default=ANY)


def _is_one_size(layout: Layout, at: Sequence[int], labels: Mapping[int, str]) -> bool:
    """Whether all labels are names of one size: M (165/88A)."""
    if len(at) != 2 or RANGE in (labels[at[0]], labels[at[1]]) or not _joins(layout, *at):
        return False
    return "(" in layout.gap(at[0]) or ("/" in labels[at[0]]) != ("/" in labels[at[1]])


def _by_place(
    layout: Layout, links: Sequence[Link], loose: Sequence[Link], labels: Mapping[int, str]
) -> dict[int, str]:
    """Assign sizes that lead their values, or that follow them."""
    told = {layout.sentence(link.number) for link in links}
    single = {i: label for i, label in _single_labels(layout, labels).items() if _is_key(layout, i, told)}
    events = sorted([(i, label) for i, label in single.items()] + [(link.number, "") for link in loose])
    leads = bool(events) and bool(events[0][1])
    return _leading(events) if leads else _trailing(events, bool(single))


def _is_key(layout: Layout, i: int, told: set[int]) -> bool:
    """Whether a label may name the size of values: not where its sentence has none and is about stock or advice."""
    if layout.sentence(i) in told:
        return True
    return not any(layout.is_cue(j, "gone", "stock", "only", "advice", "body", "ask") for j in layout.same_sentence(i))


def _leading(events: Sequence[tuple[int, str]]) -> dict[int, str]:
    found, key = {}, ANY
    for i, label in events:
        if label:
            key = label
        else:
            found[i] = key
    return found


def _trailing(events: Sequence[tuple[int, str]], any_label: bool) -> dict[int, str]:
    """Give values before the first label to it, where it has none of its own; then as they alternate."""
    found: dict[int, str] = {}
    waiting: list[int] = []
    last_label_at = max((n for n, (_, label) in enumerate(events) if label), default=-1)
    trailing = last_label_at == len(events) - 1
    key = ANY
    for n, (i, label) in enumerate(events):
        if not label:
            if trailing or key == ANY:
                waiting.append(i)
            else:
                found[i] = key
            continue
        follows_value = n + 1 < len(events) and not events[n + 1][1]
        if waiting and (trailing or not follows_value or key == ANY and _another(events, n)):
            found |= dict.fromkeys(waiting, label)
            waiting = []
        key = label
    return found | dict.fromkeys(waiting, ANY)


def _another(events: Sequence[tuple[int, str]], n: int) -> bool:
    """Whether the label after this one comes before any value."""
    return n + 1 < len(events) and bool(events[n + 1][1])


def _single_labels(layout: Layout, labels: Mapping[int, str]) -> dict[int, str]:
    """Return the labels that stand alone, one for each place; lists of sizes name no value's size."""
    found: dict[int, str] = {}
    at = sorted(labels)
    run: list[int] = []
    for i in [*at, None]:
        if run and (i is None or labels[i] in map(labels.get, run) or not _joins(layout, run[-1], i)):
            if key := _key_of(layout, run, labels):
                found[run[0]] = key
            run = []
        if i is not None:
            run.append(i)
    return found


def _joins(layout: Layout, i: int, j: int) -> bool:
    """Whether label j goes on the list of label i, or is another name of the same size."""
    if j == i + 2 and layout.is_cue(i + 1, "system"):
        return layout.gap(i).strip() == "(" and len(layout.gap(i + 1)) <= 1
    return j == i + 1 and (
        layout.is_list_gap(i) or _partners(layout, i) or RANGE_GAP.fullmatch(layout.gap(i)) is not None
    )


def _partners(layout: Layout, i: int) -> bool:
    return PARTNER_GAP.fullmatch(layout.gap(i)) is not None


def _key_of(layout: Layout, run: Sequence[int], labels: Mapping[int, str]) -> str:
    """Return the one size that neighbouring labels name, "" where they are a list."""
    distinct = list(dict.fromkeys(labels[i] for i in run))
    if RANGE in distinct or any(RANGE_GAP.fullmatch(layout.gap(i)) for i in run[:-1]):
        return ""
    if len(distinct) == 1:
        return labels[run[0]]
    kinds = {layout.tokens[i].kind + ("/" if "/" in labels[i] else "") for i in run}
    if len(run) == 2 and (len(kinds) == 2 or "(" in layout.gap(run[0])):
        return _letter_first(distinct)
    if (
        len(run) == 2
        and layout.gap(run[0]) == "/"
        and all(layout.tokens[i].kind == "size" for i in run)
        and len(labels) > 2
    ):
        return "/".join(labels[i] for i in run)
    return ""
