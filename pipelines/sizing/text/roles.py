"""What part each size, number and word plays: offered, gone, the model's, of the garment, of a body, or something else.

These are the rules; `reader.py` can be asked where they only guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipelines.sizing.text import stock
from pipelines.sizing.text.layout import Layout
from pipelines.sizing.text.links import Link, links_in
from pipelines.sizing.text.numbered import numbered_sizes
from pipelines.sizing.text.people import buyer_sentence, model_tokens, of_a_body, orders
from pipelines.sizing.text.runs import CONDITION, NEGATED
from pipelines.sizing.text.tables import table_links

PHRASE_END = re.compile(r"[,，;；。.!?()\n]| - ")
Role: TypeAlias = Literal["other", "offer", "gone", "model", "garment", "body", "said"]
ROLES: tuple[Role, ...] = ("other", "offer", "gone", "model", "garment", "body", "said")


@dataclass(frozen=True, slots=True)
class Parts:
    """The part of each token, how sure the rules are of it, and which numbers are whose measure."""

    roles: tuple[Role, ...]
    sure: tuple[bool, ...]
    links: tuple[Link, ...]


def parts_of(layout: Layout) -> Parts:
    """Return the parts that the rules give."""
    taken: set[int] = set()
    keys: set[int] = set()
    links = table_links(layout, taken, keys)
    links += links_in(layout, taken)
    roles: list[Role] = ["other"] * len(layout.tokens)
    sure = [False] * len(layout.tokens)
    linked = {link.number for link in links}
    sized = numbered_sizes(layout, linked, keys)
    for i, token in enumerate(layout.tokens):
        if token.kind == "size" or i in sized:
            roles[i] = "offer"
            sure[i] = token.kind == "size" and token.style in ("letter", "one", "code", "pair") or i in keys
        elif token.kind in ("gender", "fit", "runs"):
            roles[i], sure[i] = ("said", True) if _is_said(layout, i) else ("other", True)
    for link in links:
        body = of_a_body(layout, link)
        roles[link.number] = "body" if body else "garment"
        sure[link.number] = link.table or layout.tokens[link.name].value.startswith("of ")
    _people(layout, roles, sure)
    _weak(layout, roles)
    for i, role in stock.availability(layout, [i for i, one in enumerate(roles) if one == "offer"]).items():
        roles[i], sure[i] = role, True
    for i in orders(layout):
        roles[i], sure[i] = "other", True
    return Parts(tuple(roles), tuple(sure), tuple(links))


def _people(layout: Layout, roles: list[Role], sure: list[bool]) -> None:
    """Take out what is of models and buyers."""
    for i in model_tokens(layout, roles):
        roles[i], sure[i] = "model", True
    for i, role in enumerate(roles):
        if role == "offer" and buyer_sentence(layout, i):
            roles[i] = "other"


def _weak(layout: Layout, roles: list[Role]) -> None:
    """Take out letters that may be none: lower case, S66, 大码, unless in a list or behind a word for size."""
    for run in layout.size_lists:
        styles = {layout.tokens[i].style for i in run}
        named = layout.is_cue(run[0] - 1, "size") and layout.is_soft(run[0] - 1)
        if len(run) == 1 and styles & {"weak", "plus"} and not named:
            roles[run[0]] = "other"
    glued = [i for i, token in enumerate(layout.tokens) if token.style == "glued"]
    if len(glued) == 1:
        roles[glued[0]] = "other"


def _is_said(layout: Layout, i: int) -> bool:
    """Whether a word on fit or gender is said of the garment: not negated, not on a condition."""
    token, text = layout.tokens[i], layout.plain.text
    if token.kind == "runs":
        return True
    before = text[max(0, token.start - 16) : token.start]
    if token.kind == "gender":
        beside = (near for near in (i - 1, i + 1) if layout.is_cue(near, "model"))
        return not any(layout.is_soft(min(near, i)) for near in beside)
    if layout.gap(i - 1).strip() == "(" and i and layout.tokens[i - 1].kind == "name":
        return False
    if token.kind == "fit" and not layout.is_chinese and buyer_sentence(layout, i):
        return False
    after = text[token.end : token.end + 6].strip()
    if NEGATED.search(before) or before.rstrip(" 很太算是的够那么特别").endswith(
        ("不", "非", "没", "别", "勿", "无", "neither", "nor", "less")
    ):
        return False
    if before.rstrip().endswith(
        ("isn't a", "not a", "not", "neither", "nor", "less", "不是", "也不算")
    ) or after.startswith(("? no", "？不")):
        return False
    return CONDITION.search(_phrase_around(text, token.start, token.end)) is None


def _phrase_around(text: str, start: int, end: int) -> str:
    """Return what stands between the signs around text[start:end]."""
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    return PHRASE_END.split(before)[-1] + text[start:end] + PHRASE_END.split(after)[0]
