"""Product texts made from templates, with the part that each size, number and word plays in them: training text.

`corpus(seed, count)` draws texts in Chinese and English. A part is one of `ROLES`; what is not marked is "other":
prices, weights, style numbers, somebody's own size. The templates lie in `size_text_zh.py` and `size_text_en.py`; none
was taken from the hand-written texts that the extractor is scored on.

A template is text with slots: `{cm:garment}` is a length in the part `garment`, `{sizes:offer}` a list of sizes,
`{chest}` a word for the chest; `{cm}` without a part is "other".
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent))

import size_text_en  # noqa: E402
import size_text_zh  # noqa: E402

ROLES = ("other", "offer", "gone", "model", "garment", "body", "said")
LETTERS = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "2XL", "3XL", "4XL", "5XL")
PRICES = ("19.9", "59", "129", "399")
# First size and step of a system's numbers.
SERIES = ((24, 1), (26, 1), (28, 2), (34, 2), (36, 2), (44, 2), (90, 10), (110, 10), (2, 2), (6, 2))
SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")
LANGUAGES: dict[str, ModuleType] = {"zh": size_text_zh, "en": size_text_en}


@dataclass(frozen=True, slots=True)
class Made:
    """One text; `marks` are (start, end, part), rising."""

    lang: str
    text: str
    marks: tuple[tuple[int, int, str], ...]


def corpus(seed: int, count: int) -> Iterator[Made]:
    """Yield `count` texts, both languages by turns."""
    rng = random.Random(seed)  # noqa: S311 - made-up texts, no secret
    for number in range(count):
        yield Writer(rng, "en" if number % 2 else "zh").text()


class Writer:
    """Draws the parts of one text and remembers what they are."""

    def __init__(self, rng: random.Random, lang: str) -> None:
        self.rng, self.lang, self.words = rng, lang, LANGUAGES[lang]
        self.pieces: list[tuple[str, str]] = []
        self.inches = lang == "en" and rng.random() < 0.4
        self.letters = rng.random() < 0.65
        self.sizes = self._sizes()

    def text(self) -> Made:
        """Return a text of one to six parts."""
        parts: dict[str, tuple[str, ...]] = self.words.PARTS
        weights = [self.words.WEIGHTS.get(name, 1.0) for name in parts]
        joint = self.rng.choice(self.words.JOINTS)
        for place, name in enumerate(self.rng.choices(list(parts), weights, k=self.rng.choice((1, 1, 2, 3, 4, 6)))):
            if place:
                self.pieces.append((joint, "other"))
            self.part(name, parts[name])
        return self._made()

    def part(self, name: str, templates: tuple[str, ...]) -> None:
        """Write one part: a table, or a template."""
        if name in ("table", "body_table"):
            self._table("garment" if name == "table" else "body")
        else:
            self.fill(self.rng.choice(templates))

    def fill(self, template: str) -> None:
        """Write a template with its slots filled."""
        at = 0
        for slot in SLOT.finditer(template):
            self.pieces.append((template[at : slot.start()], "other"))
            self.pieces += self._slot(slot[1], slot[2] or "other")
            at = slot.end()
        self.pieces.append((template[at:], "other"))

    def _slot(self, name: str, role: str) -> list[tuple[str, str]]:
        rng = self.rng
        filled: dict[str, Callable[[], str]] = {
            "size": lambda: self._label(rng.choice(self.sizes)), "cm": lambda: self._length(15, 130),
            "girth": lambda: self._length(62, 130), "height": self._height, "kg": self._weight, "pair": self._pair,
            "small": lambda: str(rng.randint(1, 60)), "price": lambda: rng.choice(PRICES),
            "colour": lambda: rng.choice(self.words.COLOURS), "code": self._code,
        }  # fmt: skip
        if name in filled:
            return [(filled[name](), role)]
        if name in ("sizes", "girths"):
            items = self.sizes if name == "sizes" else self._series()
            items = [self._label(item) for item in items] if name == "sizes" else items
            return self._list(items, role)
        if name == "range":
            ends = [self._label(self.sizes[0]), self._label(self.sizes[-1])]
            dash = self.rng.choice(self.words.DASHES)
            return [(ends[0], role), (dash, "other"), (ends[1], role)]
        return [(self.rng.choice(self.words.WORDS[name]), role)]

    def _list(self, items: list[str], role: str) -> list[tuple[str, str]]:
        comma = self.rng.choice(self.words.COMMAS)
        pieces: list[tuple[str, str]] = []
        for place, item in enumerate(items):
            if place:
                pieces.append((comma, "other"))
            pieces.append((item, role))
        return pieces

    def _sizes(self) -> list[str]:
        rng = self.rng
        if self.letters:
            first = rng.randrange(len(LETTERS) - 1)
            return [one for one in LETTERS[first : first + rng.randint(1, 6)] if one != "2XL"] or ["L"]
        first, step = rng.choice(SERIES)
        first += step * rng.randint(0, 2)
        return [str(first + step * n) for n in range(rng.randint(1, 6))]

    def _label(self, size: str) -> str:
        if not size.isdigit() and self.rng.random() < 0.1:
            size = self.words.SPELT.get(size, size)
        return size + (self.rng.choice(("码", "码", "号", "")) if self.lang == "zh" and self.rng.random() < 0.5 else "")

    def _length(self, low: int, high: int) -> str:
        value = self.rng.randint(low, high) + self.rng.choice((0.0, 0.0, 0.5))
        if self.inches:
            return f"{value / 2.54:.{self.rng.choice((0, 1))}f}" + self.rng.choice(('"', " in", "in", " inches", ""))
        if self.rng.random() < 0.12:
            return f"{value:g}-{value + self.rng.choice((2, 4, 10, 20)):g}" + self.rng.choice(self.words.CM)
        return f"{value:g}" + self.rng.choice(self.words.CM)

    def _series(self) -> list[str]:
        first, step = self.rng.randint(50, 110), self.rng.choice((1, 2, 4))
        unit = self.rng.choice(("", "cm"))
        return [f"{first + step * place}{unit}" for place in range(max(2, len(self.sizes)))]

    def _height(self) -> str:
        cm = self.rng.randint(155, 192)
        if self.lang == "en" and self.rng.random() < 0.5:
            feet, inches = divmod(round(cm / 2.54), 12)
            return self.rng.choice((f"{feet}'{inches}\"", f"{feet}ft {inches}in", f"{feet}'{inches}"))
        if self.rng.random() < 0.1:
            return f"{cm / 100:.2f}" + ("米" if self.lang == "zh" else " m")
        return f"{cm}" + self.rng.choice(("cm", "cm", " cm", "CM", ""))

    def _weight(self) -> str:
        kg = self.rng.randint(42, 95)
        low, high, unit = self.rng.choice(self.words.WEIGHT_UNITS)
        value = round(kg * self.rng.uniform(low, high))
        return f"{value}-{value + self.rng.choice((5, 10))}{unit}" if self.rng.random() < 0.4 else f"{value}{unit}"

    def _code(self) -> str:
        return f"{self.rng.randrange(150, 190, 5)}/{self.rng.randrange(76, 108, 4)}{self.rng.choice('AAABCY')}"

    def _pair(self) -> str:
        waist, leg = self.rng.randint(26, 38), self.rng.choice((28, 30, 32, 34))
        return self.rng.choice((f"W{waist} L{leg}", f"{waist}x{leg}", f"W{waist}/L{leg}", f"{waist}W x {leg}L"))

    def _table(self, role: str) -> None:
        """Write a table, sizes down or across."""
        rng, words = self.rng, self.words
        names = rng.sample(words.TABLE_NAMES, rng.randint(2, 4))
        cell = rng.choice((" ", "  ", "\t", " | ", ","))
        self.fill(rng.choice(words.TABLE_TITLES[role]) + "\n")
        first = {name: rng.randint(30, 110) for name in names}
        if rng.random() < 0.6:
            rows = [[rng.choice(words.SIZE_HEADS), *names]]
            rows += [[size, *(str(first[name] + 4 * n) for name in names)] for n, size in enumerate(self.sizes)]
        else:
            rows = [[rng.choice(words.SIZE_HEADS), *self.sizes]]
            rows += [[name, *(str(first[name] + 2 * n) for n in range(len(self.sizes)))] for name in names]
        for row in rows:
            for place, item in enumerate(row):
                kind = "offer" if item in self.sizes and (row is rows[0] or place == 0) else role
                self.pieces += [
                    (cell if place else "", "other"),
                    (item, kind if item[-1].isdigit() or item in LETTERS else "other"),
                ]
            self.pieces.append(("\n", "other"))

    def _made(self) -> Made:
        text, marks = "", []
        for piece, role in self.pieces:
            if piece and role != "other":
                marks.append((len(text), len(text) + len(piece), role))
            text += piece
        return Made(self.lang, text, tuple(marks))
