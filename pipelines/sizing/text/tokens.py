"""Cuts a text into what matters for sizes: labels, numbers with units, measures, cues; the rest is the gap between.

Every expression is bounded and looks at one place, so that reading takes time in proportion to the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from pipelines.sizing.text.labelled import label_at
from pipelines.sizing.text.lexicon import phrase_at, respelt
from pipelines.sizing.text.numbers import fold_numbers, number_at
from pipelines.sizing.text.numerals import NUMERAL
from pipelines.sizing.text.plain import Plain
from pipelines.sizing.text.runs import runs_phrases
from pipelines.sizing.text.words import SHORT_NAMES

Kind: TypeAlias = Literal["size", "number", "name", "cue", "gender", "fit", "runs"]
MAX_TOKENS = 2000  # a product page has some hundreds
WORD = re.compile(r"[a-z0-9]+(?:['-][a-z]+)?")
FOLLOWS = re.compile(rf"\s?:?\s?(?:\d|{NUMERAL.pattern})")
GLUED_SYSTEM = re.compile(r"(?:eu|uk|us|it|fr|jp|de|au|eur)(?=\d{1,2}(?!\d))")
TWO_LETTERS = frozenset(("eu", "uk", "us", "it", "jp", "fr", "de", "au", "cn", "ru", "br", "mx"))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of `Plain.text`; of a number `low` and `high` in `unit`, of a label its `style`."""

    kind: Kind
    value: str
    start: int
    end: int
    low: float = 0.0
    high: float = 0.0
    unit: str = ""  # "cm", "in", "kg", "other", ""
    style: str = ""


def tokens_of(plain: Plain) -> list[Token]:
    """Return the tokens of a text, in order, none over another; the first `MAX_TOKENS`."""
    return fold_numbers(list(islice(_scan(plain), MAX_TOKENS)), plain.text)


def _scan(plain: Plain) -> Iterator[Token]:
    text = plain.text
    phrases = {start: (end, value) for start, end, value in islice(runs_phrases(text), MAX_TOKENS)}
    place, last = 0, 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        if place in phrases:
            end, value = phrases[place]
            if value:
                yield Token("runs", value, place, end)
            place = last = end
            continue
        token, end = _token_at(plain, place, last)
        if token is not None:
            yield token
            last = end
        place = end


def _token_at(plain: Plain, place: int, last: int) -> tuple[Token | None, int]:
    """Return the token that begins at `place`, or none, and where to go on; `last` is the end of the token before."""
    text = plain.text
    if found := label_at(plain, place, last):
        label, end, style = found
        return Token("size", label, place, end, style=style), end
    if known := phrase_at(text, place):
        phrase, meaning = known
        end = place + len(phrase)
        if phrase in TWO_LETTERS and not plain.cased[place:end].isupper():
            return None, end
        return (Token(meaning.kind, meaning.value, place, end) if meaning.kind else None), end  # type: ignore[arg-type]
    if short := SHORT_NAMES.get(text[place]):
        if FOLLOWS.match(text, place + 1) and not (
            place and text[place - 1].isalpha() and not text[place - 1].isascii()
        ):
            return Token("name", short, place, place + 1), place + 1
    if number := number_at(text, place, last):
        low, high, unit, end, style = number
        return Token("number", "", place, end, low, high, unit, style), end
    return _word(plain, place)


def _word(plain: Plain, place: int) -> tuple[Token | None, int]:
    text = plain.text
    if system := GLUED_SYSTEM.match(text, place):
        if not place or not text[place - 1].isalnum():
            return Token("cue", "system", place, system.end()), system.end()
    word = WORD.match(text, place)
    if word is None:
        return None, place + 1
    meant = respelt(word[0])
    if meant is None:
        return None, word.end()
    if meant in ("small", "medium", "large"):
        return Token("size", meant[0].upper(), place, word.end(), style="word"), word.end()
    known = phrase_at(meant, 0)
    if known is None or not known[1].kind:
        return None, word.end()
    return Token(known[1].kind, known[1].value, place, word.end()), word.end()  # type: ignore[arg-type]
