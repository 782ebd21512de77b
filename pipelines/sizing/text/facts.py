"""The size facts of a product text, each with the words that say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pipelines.sizing.labels import label_rank

By: TypeAlias = Literal["rules", "model"]
Kind: TypeAlias = Literal["letter", "number", "gender", "fit", "runs", "value", "model height", "model wears", "body"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, said by text[start:end]; a value is in cm, `low` to `high`, of `size` and point of measure `name`."""

    kind: Kind
    value: str
    start: int
    end: int
    size: str = ""
    name: str = ""
    low: float = 0.0
    high: float = 0.0
    problem: str = ""  # why a value is not believed
    by: By = "rules"  # who read it: the rules, or the language model (`questions.py`)


@dataclass(frozen=True, slots=True)
class SizeFacts:
    """What a text says of sizes; `doubted` is what cannot be: values that no garment and nobody has, contradictions.

    `note` says why the language model was to be asked and gave nothing, "" otherwise.
    """

    text: str
    facts: tuple[Fact, ...]
    doubted: tuple[Fact, ...] = ()
    note: str = ""

    def of(self, kind: Kind) -> list[Fact]:
        """Return the facts of one kind."""
        return [fact for fact in self.facts if fact.kind == kind]

    def contract(self) -> dict[str, Any]:
        """Return the facts as `evaluate size-text` compares them (docs/sizing.md)."""
        measurements: dict[str, dict[str, float | list[float]]] = {}
        for fact in self.of("value"):
            value = fact.low if fact.low == fact.high else [fact.low, fact.high]
            measurements.setdefault(fact.size, {})[fact.name] = value
        height, wears = self.of("model height"), self.of("model wears")
        return {
            "letters": _sorted(fact.value for fact in self.of("letter")),
            "numeric_sizes": _sorted(fact.value for fact in self.of("number")),
            "gender": _first(self.of("gender")),
            "fit": _first(self.of("fit")),
            "runs": _first(self.of("runs")),
            "measurements_cm": measurements,
            "model": ({"height_cm": height[0].low} if height else {}) | ({"wears": wears[0].value} if wears else {}),
        }


def _sorted(labels: Any) -> list[str]:
    return sorted(dict.fromkeys(labels), key=lambda label: (label_rank(label) or ("~", 0.0), label))


def _first(facts: Sequence[Fact]) -> str | None:
    return facts[0].value if facts else None


def marked(found: SizeFacts) -> str:
    """Return the text with a line of carets under the words that facts rest on, line by line."""
    under = [False] * len(found.text)
    for fact in found.facts:
        under[fact.start : fact.end] = [True] * (fact.end - fact.start)
    lines, at = [], 0
    for line in found.text.split("\n"):
        marks = "".join(
            ("^" if under[at + n] else " ") * (2 if ord(char) > 0x2E7F else 1) for n, char in enumerate(line)
        )
        lines += [line, marks.rstrip()] if marks.strip() else [line]
        at += len(line) + 1
    return "\n".join(lines)
