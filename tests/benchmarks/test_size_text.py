import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import run_server
from benchmarks.size_text import HERE, compare, read, read_cases, read_with_reader, score
from pipelines.errors import InputRejected
from pipelines.sizing.text.extract import read as read_parts
from pipelines.sizing.text.merge import merged
from pipelines.sizing.text.people import is_height
from pipelines.sizing.text.questions import Question, question_of, written

EMPTY: dict[str, Any] = {
    "letters": [], "numeric_sizes": [], "gender": None, "fit": None, "runs": None, "measurements_cm": {}, "model": {},
}  # fmt: skip


def said(**facts: Any) -> dict[str, Any]:
    return EMPTY | facts


@pytest.mark.parametrize(
    ("expect", "found", "counts"),
    [
        (EMPTY, EMPTY, (0, 0, 0)),
        ({}, EMPTY, (0, 0, 0)),
        (said(letters=["S", "M"]), said(letters=["M", "L"]), (1, 1, 1)),
        (said(gender="women"), said(gender="men"), (0, 1, 1)),
        (said(measurements_cm={"M": {"chest": 101.6}}), said(measurements_cm={"M": {"chest": 102.1}}), (1, 0, 0)),
        (said(measurements_cm={"M": {"chest": 101.6}}), said(measurements_cm={"M": {"chest": 102.2}}), (0, 1, 1)),
        (
            said(measurements_cm={"M": {"waist": [60, 80]}}),
            said(measurements_cm={"M": {"waist": [60, 80.4]}}),
            (1, 0, 0),
        ),
        (said(measurements_cm={"M": {"waist": [60, 80]}}), said(measurements_cm={"M": {"waist": 60}}), (0, 1, 1)),
        (said(measurements_cm={"*": {"chest": 100}}), said(measurements_cm={"M": {"chest": 100}}), (0, 1, 1)),
        (said(model={"height_cm": 175, "wears": "S"}), said(model={"height_cm": 175.3}), (1, 1, 0)),
        (said(model=None), EMPTY, (0, 0, 0)),
    ],
)
def test_facts_are_compared_one_by_one(expect: dict[str, Any], found: dict[str, Any], counts: tuple[int, ...]) -> None:
    assert tuple(map(len, compare(expect, found))) == counts


def test_there_are_enough_hand_written_texts_and_none_twice() -> None:
    for lang in ("zh", "en"):
        texts = [case["text"] for half in ("dev", "test") for case in read_cases(HERE / f"{lang}_{half}.jsonl")]
        assert len(texts) == len(set(texts)) >= 200


@pytest.mark.parametrize("half", ["dev", "test"])
def test_hand_written_texts_are_read_as_well_as_promised(half: str) -> None:
    cases = [case for lang in ("zh", "en") for case in read_cases(HERE / f"{lang}_{half}.jsonl")]
    found = score(cases, read)
    for lang in ("zh", "en"):
        assert found.f1(lang) >= 0.95
        for group in ("letter", "number", "value"):
            assert found.f1(f"{lang} {group}") >= 0.95


def test_reader_comes_near_the_rules() -> None:
    cases = read_cases(HERE / "en_dev.jsonl") + read_cases(HERE / "zh_dev.jsonl")
    assert score(cases, read_with_reader).f1("all") >= 0.95


def test_door_scores_a_file_and_writes_figures_and_misses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out, misses = (tmp_path / name for name in ("cases.jsonl", "out.json", "misses.jsonl"))
    cases = [
        {"id": "1", "lang": "en", "text": "sizes S-L", "expect": said(letters=["S", "M", "L"])},
        {"id": "2", "lang": "zh", "text": "均码", "expect": said(letters=["M"])},
    ]
    data.write_text("\n".join(map(json.dumps, cases)), "utf-8")
    assert (
        run_server.main(["evaluate", "size-text", "--data", str(data), "--json", str(out), "--misses", str(misses)])
        == 0
    )
    metrics = json.loads(out.read_text("utf-8"))["metrics"]
    assert (metrics["en_f1"]["value"], metrics["zh_f1"]["value"], metrics["en_letters_f1"]["value"]) == (1, 0, 1)
    assert [json.loads(line)["id"] for line in misses.read_text("utf-8").splitlines()] == ["2"]
    assert "letter" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["", "nonsense", "[]", '{"text": "S"}', '{"text": 3, "expect": {}}'])
def test_a_file_that_holds_no_cases_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(line, "utf-8")
    with pytest.raises(InputRejected, match="cases.jsonl"):
        read_cases(file)


def test_a_text_is_shown_with_its_words_underlined(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_server.main(["size-text", "M: chest 100cm"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[:2] == ["M: chest 100cm", "^  ^^^^^^^^^^^"]
    assert "chart: M by chest" in shown


def test_a_text_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_server.main(["size-text", "--json", "尺码：S M"]) == 0
    assert json.loads(capsys.readouterr().out)["letters"] == ["S", "M"]


def test_right_answers_of_a_language_model_help() -> None:
    """What a model can give at most on these texts: an oracle that has read what is expected of them."""
    cases = {case["text"]: case for lang in ("zh", "en") for case in read_cases(HERE / f"{lang}_test.jsonl")}

    def read_with_oracle(text: str) -> Mapping[str, Any]:
        reading = read_parts(text)
        question = question_of(reading)
        if question is None:
            return reading.facts.contract()
        return merged(reading, question, right_answer(question, cases[text]["expect"])).contract()

    rules, oracle = score(cases.values(), read), score(cases.values(), read_with_oracle)
    for lang in ("zh", "en"):
        assert oracle.f1(lang) > rules.f1(lang)


def right_answer(question: Question, expect: Mapping[str, Any]) -> str:
    wanted = [
        (size, name, value) for size, of in expect.get("measurements_cm", {}).items() for name, value in of.items()
    ]
    model = expect.get("model", {})
    lines = []
    for i in question.numbers:
        token, said = question.layout.tokens[i], "none"
        for size, name, value in wanted:
            low = value[0] if isinstance(value, list) else value
            if size in ("*", *question.sizes) and min(abs(token.low * unit - low) for unit in (1, 2.54)) < 0.5:
                said = f"{size} {name}"
        if token.low == model.get("height_cm") and is_height(question.layout, i):
            said = f"model {model['wears']}" if model.get("wears") in question.sizes else "model"
        lines.append(f"{written(question.layout, i)}: {said}")
    said_of = [(topic, expect.get(topic)) for topic in question.topics]
    return "\n".join([*lines, *(f"{topic}: {value} 1" if value else f"{topic}: none" for topic, value in said_of)])
