"""Sizes from product text: F1 over single facts on the hand-written texts, Chinese and English.

`run_server.py evaluate size-text --data FILE` scores any file in the same format: a JSON object a line with `id`,
`lang`, `text` and `expect` (docs/sizing.md).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import InputRejected
from pipelines.sizing.text.extract import extract
from server.settings import SettingsRejected, load_settings
from server.text_reader import reading

HERE = Path(__file__).parent / "data" / "size_text"
MAX_BYTES, MAX_LINES = 64 * 1024 * 1024, 100_000
TARGET = 0.95
NEAR_CM = 0.5
GROUPS = {"letters": ("letter",), "numbers": ("number",), "values": ("value",)}
Fact = tuple[str, ...]
Read = Callable[[str], Mapping[str, Any]]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Score the hand-written texts, each half by itself."""
    del args
    metrics: dict[str, Any] = {}
    for half in ("dev", "test"):
        cases = [case for lang in ("zh", "en") for case in read_cases(HERE / f"{lang}_{half}.jsonl")]
        found, with_reader = score(cases, read).metrics(TARGET), score(cases, read_with_reader).metrics()
        for name, one in found.items():
            metrics[f"{half}_{name}"] = one | {"peers": {"with reader": with_reader[name]["value"]}}
    return metrics


def read(text: str) -> Mapping[str, Any]:
    """Return the facts of one text as the contract has them."""
    return extract(text).contract()


def read_with_reader(text: str) -> Mapping[str, Any]:
    """Return the facts with the reader deciding where the rules guess."""
    return extract(text, with_reader=True).contract()


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a JSONL file.  Raises InputRejected."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRejected(f"{path}: larger than {MAX_BYTES // 2**20} MiB")
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRejected(f"{path}: cannot be read ({error})") from error
    cases = []
    for number, line in enumerate(lines[:MAX_LINES], 1):
        if line.strip():
            cases.append(_case(path, number, line))
    if not cases:
        raise InputRejected(f"{path}: no cases")
    return cases


def _case(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except ValueError as error:
        raise InputRejected(f"{path} line {number}: no JSON ({error})") from error
    if not isinstance(case, dict) or not isinstance(case.get("text"), str) or not isinstance(case.get("expect"), dict):
        raise InputRejected(f"{path} line {number}: an object with text and expect is needed")
    return case


class Score:
    """Counts of right, missed and wrong facts, by language, group and class."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.texts: Counter[str] = Counter()
        self.misses: list[dict[str, Any]] = []

    def add(self, case: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Count one case."""
        lang = str(case.get("lang", "?"))
        right, missed, wrong = compare(case["expect"], found)
        for outcome, facts in (("right", right), ("missed", missed), ("wrong", wrong)):
            for fact in facts:
                for key in (lang, f"{lang} {fact[0]}", _class_of(fact), "all"):
                    self.counts.setdefault(key, Counter())[outcome] += 1
        self.texts.update([lang, f"{lang} whole"] if not missed and not wrong else [lang])
        if missed or wrong:
            told = {"missed": [" ".join(fact) for fact in missed], "wrong": [" ".join(fact) for fact in wrong]}
            self.misses.append({"id": case.get("id"), "text": case["text"], **told})

    def f1(self, *keys: str) -> float:
        """Return the micro-averaged F1 of some counts; 1 where there is nothing to find and nothing was found."""
        total: Counter[str] = sum((self.counts.get(key, Counter()) for key in keys), Counter())
        wrong = total["missed"] + total["wrong"]
        return 1.0 if not wrong else 2 * total["right"] / (2 * total["right"] + wrong)

    def metrics(self, target: float | None = None) -> dict[str, Any]:
        """Return F1 by language and group, and of each class."""
        found: dict[str, Any] = {}
        for lang in sorted(key for key in self.texts if " " not in key):
            found[f"{lang}_f1"] = _metric(self.f1(lang), target)
            for group, kinds in GROUPS.items():
                found[f"{lang}_{group}_f1"] = _metric(self.f1(*(f"{lang} {kind}" for kind in kinds)), target)
            found[f"{lang}_whole_texts"] = _metric(self.texts[f"{lang} whole"] / self.texts[lang], None)
        return found

    def report(self) -> str:
        """Return precision, recall and F1 of every class as a table."""
        rows = ["class                    precision  recall     F1  facts"]
        for key in sorted(key for key in self.counts if key[:3] not in ("zh ", "en ") and len(key) > 3):
            one = self.counts[key]
            precision = one["right"] / max(1, one["right"] + one["wrong"])
            recall = one["right"] / max(1, one["right"] + one["missed"])
            facts = one["right"] + one["missed"]
            rows.append(f"{key:24} {precision:9.3f} {recall:7.3f} {self.f1(key):6.3f} {facts:6d}")
        return "\n".join(rows)


def score(cases: Iterable[Mapping[str, Any]], reader: Read) -> Score:
    """Return how `reader` does on `cases`."""
    total = Score()
    for case in cases:
        total.add(case, reader(case["text"]))
    return total


def compare(expect: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[list[Fact], list[Fact], list[Fact]]:
    """Return the facts that are right, missed and wrong; lengths agree within half a centimetre."""
    wanted, told = _facts(expect), _facts(found)
    right: list[Fact] = []
    for fact in wanted:
        match = next((other for other in told if _same(fact, other)), None)
        if match is not None:
            told.remove(match)
            right.append(fact)
    missed = list(wanted)
    for fact in right:
        missed.remove(fact)
    return right, missed, told


def _facts(one: Mapping[str, Any]) -> list[Fact]:
    facts: list[Fact] = [("letter", str(label)) for label in dict.fromkeys(one.get("letters") or ())]
    facts += [("number", str(label)) for label in dict.fromkeys(one.get("numeric_sizes") or ())]
    facts += [(kind, str(one[kind])) for kind in ("gender", "fit", "runs") if one.get(kind)]
    for size, values in (one.get("measurements_cm") or {}).items():
        facts += [("value", str(size), str(name), *_ends(value)) for name, value in values.items()]
    model = one.get("model") or {}
    if model.get("height_cm"):
        facts.append(("model_height", str(model["height_cm"])))
    if model.get("wears"):
        facts.append(("model_wears", str(model["wears"])))
    return facts


def _ends(value: Any) -> tuple[str, ...]:
    return (
        tuple(str(end) for end in value)
        if isinstance(value, Sequence) and not isinstance(value, str)
        else (str(value),)
    )


def _same(one: Fact, other: Fact) -> bool:
    if one[0] != other[0] or len(one) != len(other):
        return False
    at = {"value": 3, "model_height": 1}.get(one[0], len(one))
    try:
        ends = zip(one[at:], other[at:], strict=True)
        return one[:at] == other[:at] and all(abs(float(a) - float(b)) <= NEAR_CM + 1e-9 for a, b in ends)
    except ValueError:
        return False


def _class_of(fact: Fact) -> str:
    if fact[0] in ("gender", "fit", "runs"):
        return f"{fact[0]} {fact[1]}"
    return f"value {fact[2]}" if fact[0] == "value" else fact[0]


def _metric(value: float, target: float | None) -> dict[str, Any]:
    return {"value": round(value, 4), "unit": "F1", "target": target, "better": "higher"}


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Score the file of `evaluate size-text`, print the report by class, write the misses.  Raises InputRejected."""
    cases = read_cases(args.data)
    if args.model is not None:
        total, notes = _score_with_model(cases, args)
    else:
        total, notes = score(cases, read_with_reader if args.reader else read), Counter()
    print(total.report())
    for note, texts in notes.most_common():
        print(f"{texts} of {len(cases)} texts {note}", file=sys.stderr)
    if args.misses is not None:
        lines = [json.dumps(miss, ensure_ascii=False) + "\n" for miss in total.misses]
        try:
            args.misses.write_text("".join(lines), "utf-8")
        except OSError as error:
            raise InputRejected(f"{args.misses}: cannot be written ({error.strerror})") from error
        print(f"{len(total.misses)} texts with a miss are in {args.misses}", file=sys.stderr)
    return total.metrics()


def _score_with_model(cases: Sequence[Mapping[str, Any]], args: argparse.Namespace) -> tuple[Score, Counter[str]]:
    """Return how a language model does, and why it did not read how many texts.  Raises InputRejected."""
    notes: Counter[str] = Counter()
    try:
        settings = load_settings(args.config, {"language_model.model": args.model, "language_model.sha256": ""})
        with reading(settings.language_model, load=True) as read_text:

            def told(text: str) -> Mapping[str, Any]:
                found = read_text(text)
                notes.update([found.note] if found.note else [])
                return found.contract()

            return score(cases, told), notes
    except SettingsRejected as rejected:
        raise InputRejected(str(rejected)) from None
