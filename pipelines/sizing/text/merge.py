"""What the rules read and what a language model answered, together.

The rules' facts stay as they are. The model's are added where they are new and plausible; what contradicts the rules,
or what no garment has, is told as doubted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipelines.sizing.text.extract import CHILDREN, Reading, labels_at, measured, own_labels, span_of
from pipelines.sizing.text.facts import Fact, SizeFacts
from pipelines.sizing.text.links import Link
from pipelines.sizing.text.questions import Question, Topic, written
from pipelines.sizing.text.roles import Parts
from pipelines.sizing.text.values import ANY, HALF

GUESSED = {
    "garment": "a measure of the garment",
    "body": "a measure of a body",
    "offer": "a size",
    "gone": "a size that is gone",
}
SAME_CM = 0.5


def merged(reading: Reading, question: Question, answer: str) -> SizeFacts:
    """Return the facts with those of an answer.  Raises InputRejected for one that the question does not allow."""
    facts, doubted = list(reading.facts.facts), list(reading.facts.doubted)
    for about, words in question.answers(answer):
        if words == ("none",):
            continue
        if isinstance(about, int):
            new = [_judged(reading, about, fact, facts) for fact in _of_number(reading, about, words)]
        else:
            new = [_of_topic(reading, question, about, words)]
        for fact in new:
            if fact is not None and not any(_same(fact, one) for one in (*facts, *doubted)):
                (doubted if fact.problem else facts).append(replace(fact, by="model"))
    return SizeFacts(reading.facts.text, tuple(facts), tuple(doubted))


def _of_number(reading: Reading, i: int, words: Sequence[str]) -> Iterator[Fact]:
    """Yield what a line says of number i."""
    layout, token = reading.layout, reading.layout.tokens[i]
    at = span_of(layout, i, i)
    match words:
        case ("body",):
            yield Fact("body", written(layout, i), *at)
        case ("size",):
            yield from (Fact("number", label, *at) for label in labels_at(layout, i))
        case ("model", *worn):
            yield Fact("model height", f"{token.low:g}", *at, low=token.low, high=token.low)
            yield from (Fact("model wears", size, *_nearest_span(reading, i, size)) for size in worn)
        case (size, name):
            children = any(fact.value in CHILDREN for fact in reading.facts.of("gender"))
            link = Link(i, i, None if size == ANY else _nearest(reading, i, size), called=name)
            roles = list(reading.parts.roles)
            roles[i] = "garment"
            for fact in measured(layout, Parts(tuple(roles), reading.parts.sure, (link,)), children):
                yield replace(fact, size=ANY) if size == ANY else fact  # not that of a neighbour


def _nearest(reading: Reading, i: int, size: str) -> int:
    """Return the token of a size that stands nearest to number i: in its sentence, rather before than behind it."""
    layout = reading.layout
    same = [j for j, label in own_labels(layout, reading.parts.roles).items() if label == size]
    return min(same, key=lambda j: (layout.sentence(j) != layout.sentence(i), j > i, abs(j - i)))


def _nearest_span(reading: Reading, i: int, size: str) -> tuple[int, int]:
    at = _nearest(reading, i, size)
    return span_of(reading.layout, at, at)


def _judged(reading: Reading, i: int, fact: Fact, facts: Sequence[Fact]) -> Fact | None:
    """Return what was said of number i, with its problem if it has one; None where the rules say the same."""
    role = reading.parts.roles[i]
    if role in GUESSED:
        start, end = span_of(reading.layout, i, i)
        by_rules = [one for one in facts if start == one.start or one.end == end]  # a number begins or ends its words
        same = fact.kind == "body" if role == "body" else any(_agree(fact, one) for one in by_rules)
        measures = (f"{one.size} {one.name}" for one in by_rules if one.kind == "value")
        return None if same else replace(fact, problem=f"the rules read {next(measures, GUESSED[role])}")
    if fact.kind == "body":  # nothing that is told
        return None
    return fact if fact.problem else replace(fact, problem=_conflict(fact, facts))


def _agree(fact: Fact, one: Fact) -> bool:
    """Whether a fact says of a number what the rules' does, perhaps without the size."""
    of_size = fact.size in (one.size, ANY)
    return fact.kind == one.kind and _girth(fact) == _girth(one) and of_size


def _conflict(fact: Fact, facts: Sequence[Fact]) -> str:
    """Return which fact another one contradicts, "" for none."""
    for one in facts:
        if fact.kind != one.kind or fact.kind not in ("value", "model height", "model wears"):
            continue
        if fact.kind == "model wears" and one.value != fact.value:
            return f"the model wears {one.value}"
        if fact.kind == "model height" and one.low != fact.low:
            return f"the model is {one.value} cm tall"
        if fact.kind == "value" and fact.size == one.size and _girth(fact)[0] == _girth(one)[0]:
            if not _same(fact, one):
                return f"{one.size} {one.name} is {one.value} cm"
    return ""


def _same(fact: Fact, one: Fact) -> bool:
    """Whether two facts say the same, wherever."""
    if fact.kind != one.kind or fact.size != one.size:
        return False
    if fact.kind != "value":
        return fact.value == one.value
    (name, low, high), (other, least, most) = _girth(fact), _girth(one)
    return name == other and abs(low - least) <= SAME_CM and abs(high - most) <= SAME_CM


def _girth(fact: Fact) -> tuple[str, float, float]:
    """Return name and cm of a value, all the way round where it is flat."""
    times = 2 if fact.name in HALF else 1
    return HALF.get(fact.name, fact.name), fact.low * times, fact.high * times


def _of_topic(reading: Reading, question: Question, topic: Topic, words: Sequence[str]) -> Fact:
    """Return the fit, whom for, or how it runs; doubted where the rules read its words as said of nothing."""
    value, line = words
    start, end = question.pieces[int(line) - 1]
    denied = any(
        token.kind == topic and token.value == value and start <= token.start < end for token in reading.layout.tokens
    )
    problem = "the rules read these words as said of nothing" if denied else ""
    return Fact(topic, value, *reading.layout.plain.span(start, end), problem=problem)
