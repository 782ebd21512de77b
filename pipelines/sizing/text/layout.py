"""How the tokens of a text stand to each other: sentences, phrases, lines, and lists of sizes or numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from pipelines.sizing.text.plain import Plain
from pipelines.sizing.text.tokens import Token, tokens_of
from pipelines.sizing.text.words import FILLERS

SENTENCE = re.compile(r"[。！!？?\n]|\.(?=\s|$)|\.\.")
CLAUSE = re.compile(r"[;；]")
PHRASE = re.compile(r"[,，、(\[|)\]/]")
LIST_GAP = re.compile(r"[\s/,、，|&+·]*(?:and|or|和|及|或|&)?[\s/,、|]*")
PUNCTUATION = re.compile(r"[\s:=()\[\]\-,，'\"*~/|]+")
SENTENCE_MOST = 60  # tokens
SOFT_MAX = 24


@dataclass(frozen=True)
class Layout:
    """The tokens of a text and where they stand; every index is a token's."""

    plain: Plain
    tokens: tuple[Token, ...]

    def gap(self, i: int) -> str:
        """Return the text between token i and the next one."""
        end = self.tokens[i + 1].start if i + 1 < len(self.tokens) else len(self.plain.text)
        return self.plain.text[self.tokens[i].end : end]

    @cached_property
    def _breaks(self) -> tuple[list[int], list[int], list[int], list[int]]:
        gaps = [self.plain.text[: self.tokens[0].start] if self.tokens else "", *map(self.gap, range(len(self.tokens)))]
        ends = [SENTENCE.search(gap) is not None for gap in gaps]
        clauses = [end or CLAUSE.search(gap) is not None for end, gap in zip(ends, gaps, strict=True)]
        phrases = [end or PHRASE.search(gap) is not None for end, gap in zip(clauses, gaps, strict=True)]
        lines = [gap.count("\n") for gap in gaps]
        return tuple(list(accumulate(map(int, each)))[:-1] or [] for each in (ends, clauses, phrases, lines))  # type: ignore[return-value]

    def sentence(self, i: int) -> int:
        """Return the number of the sentence that token i is in."""
        return self._breaks[0][i]

    def clause(self, i: int) -> int:
        """Return the number of the part between semicolons or sentences' ends that token i is in."""
        return self._breaks[1][i]

    def phrase(self, i: int) -> int:
        """Return the number of the part between commas, slashes or brackets that token i is in."""
        return self._breaks[2][i]

    def line(self, i: int) -> int:
        """Return the number of the line that token i begins on."""
        return self._breaks[3][i]

    @cached_property
    def _sentences(self) -> dict[int, tuple[int, int]]:
        spans: dict[int, tuple[int, int]] = {}
        for i in range(len(self.tokens)):
            first, _ = spans.get(self.sentence(i), (i, i))
            spans[self.sentence(i)] = (first, i + 1)
        return spans

    def same_sentence(self, i: int) -> range:
        """Return the indices of the sentence that token i is in, at most `SENTENCE_MOST` to either side."""
        first, end = self._sentences[self.sentence(i)]
        return range(max(first, i - SENTENCE_MOST), min(end, i + SENTENCE_MOST))

    def is_question(self, i: int) -> bool:
        """Whether the sentence of token i ends with a question mark."""
        last = self.same_sentence(i)[-1]
        found = SENTENCE.search(self.gap(last))
        return found is not None and found[0] in "？?"

    def is_cue(self, i: int, *values: str) -> bool:
        """Whether token i is there and one of these cues."""
        return 0 <= i < len(self.tokens) and self.tokens[i].kind == "cue" and self.tokens[i].value in values

    def is_soft(self, i: int) -> bool:
        """Whether only words like "about" and signs like ":" stand between token i and the next."""
        gap = self.gap(i)
        if len(gap) > SOFT_MAX or SENTENCE.search(gap) or ";" in gap:
            return False
        return all(word in FILLERS or not word for word in PUNCTUATION.sub(" ", gap).split(" "))

    def is_list_gap(self, i: int) -> bool:
        """Whether token i and the next are neighbours in a list."""
        gap = self.gap(i)
        return len(gap) <= 12 and LIST_GAP.fullmatch(gap) is not None and gap.count("\n") == 0

    def runs_of(self, wanted: Callable[[Token], bool]) -> list[tuple[int, ...]]:
        """Return the lists of neighbouring tokens that are `wanted`, single ones too."""
        found: list[list[int]] = []
        for i, token in enumerate(self.tokens):
            if not wanted(token):
                continue
            if found and found[-1][-1] == i - 1 and self.is_list_gap(i - 1):
                found[-1].append(i)
            else:
                found.append([i])
        return [tuple(one) for one in found]

    @cached_property
    def is_chinese(self) -> bool:
        """Whether there is a Chinese character in the text."""
        return any("\u4e00" <= char <= "\u9fff" for char in self.plain.text)

    @cached_property
    def is_for_children(self) -> bool:
        """Whether the text names children."""
        return any(token.kind == "gender" and token.value in ("girls", "boys", "kids") for token in self.tokens)

    @cached_property
    def first_one_size(self) -> int:
        """The first token that is one size for all; where there is none, how many tokens there are."""
        return next((i for i, token in enumerate(self.tokens) if token.style == "one"), len(self.tokens))

    @cached_property
    def _told(self) -> dict[tuple[str, ...], bool]:
        return {}

    def says(self, words: tuple[str, ...]) -> bool:
        """Whether any of `words` is somewhere in the text; looked for once."""
        if words not in self._told:
            self._told[words] = any(word in self.plain.text for word in words)
        return self._told[words]

    @cached_property
    def size_lists(self) -> list[tuple[int, ...]]:
        """Lists of size labels."""
        return self.runs_of(lambda token: token.kind == "size")

    @cached_property
    def number_lists(self) -> list[tuple[int, ...]]:
        """Lists of numbers without a unit, or with cm."""
        return self.runs_of(lambda token: token.kind == "number" and token.unit in ("", "cm"))

    @cached_property
    def sized_number_lists(self) -> list[tuple[int, ...]]:
        """Those of them that a word for sizes, or for a system, calls sizes."""
        return [
            run
            for run in self.number_lists
            if self.is_cue(run[0] - 1, "size", "system") or any(self.tokens[i].style == "tagged" for i in run)
        ]


def layout_of(plain: Plain) -> Layout:
    """Return a text's tokens, laid out."""
    return Layout(plain, tuple(tokens_of(plain)))
