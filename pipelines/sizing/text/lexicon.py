"""Finds known phrases in a text: at every place the longest one, Latin ones as whole words only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipelines.sizing.text import words


@dataclass(frozen=True, slots=True)
class Phrase:
    """A known phrase: `kind` is "name", "cue", "gender", "fit" or "" for one that means nothing here."""

    kind: str
    value: str


Lexicon = Mapping[str, tuple[tuple[str, Phrase], ...]]


@cache
def lexicon() -> Lexicon:
    """Return the phrases by their first character, the longest first."""
    known: dict[str, Phrase] = {}
    for kind, groups in (("name", words.NAMES), ("cue", words.CUES), ("gender", words.GENDERS), ("fit", words.FITS)):
        for value, phrases in groups.items():
            known |= {phrase: Phrase(kind if value else "", value) for phrase in phrases if phrase not in known}
    known |= {phrase: Phrase("name", "of a body") for phrase in words.BODY_NAMES}
    known |= {phrase: Phrase("name", "of something else") for phrase in words.OTHER_NAMES if phrase not in known}
    known |= {phrase: Phrase("", "") for phrase in (*words.SWALLOWED, *words.NOT_FIT)}
    first: dict[str, list[tuple[str, Phrase]]] = {}
    for phrase, meaning in known.items():
        first.setdefault(phrase[0], []).append((phrase, meaning))
    return {char: tuple(sorted(found, key=lambda one: -len(one[0]))) for char, found in first.items()}


def phrase_at(text: str, place: int) -> tuple[str, Phrase] | None:
    """Return the longest known phrase that begins at `place`."""
    for phrase, meaning in lexicon().get(text[place], ()):
        if text.startswith(phrase, place) and is_alone(text, place, place + len(phrase)):
            return phrase, meaning
    return None


def is_alone(text: str, start: int, end: int) -> bool:
    """Return whether no Latin letter or digit continues a Latin phrase on either side."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (_is_latin(text[start]) and _is_latin(before)) and not (_is_latin(text[end - 1]) and _is_latin(after))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


@cache
def _misspellable() -> tuple[str, ...]:
    return (
        "chest", "waist", "length", "sleeve", "shoulder", "inseam", "medium", "small", "large", "sleeves", "shoulders",
        "women", "womens", "ladies", "relaxed", "oversized", "loose", "fitted",
    )  # fmt: skip


def respelt(word: str) -> str | None:
    """Return the size word that `word` misses by a letter left out, added, changed or swapped; None where none."""
    if not 4 <= len(word) <= 10 or not word.isascii() or phrase_at(word + " ", 0) is not None:
        return None
    return next((known for known in _misspellable() if word[0] == known[0] and _one_slip(word, known)), None)


def _one_slip(word: str, known: str) -> bool:
    if word == known or abs(len(word) - len(known)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    rest, goal = word[at:], known[at:]
    if len(word) == len(known):
        return rest[1:] == goal[1:] or (rest[:2] == goal[:2][::-1] and rest[2:] == goal[2:])
    return rest[1:] == goal if len(word) > len(known) else rest == goal[1:]
