import json
from pathlib import Path

import numpy as np
import pytest

import run_server
from pipelines.sizing.people import load_people

BREADTHS = "bideltoidbreadth,chest_breadth_cm,waist_breadth_cm,hip_breadth_cm"
HEADER = f"sex,age,height_cm,weight_kg,{BREADTHS},chest_cm,waist_cm,hip_cm"
NAMES = (
    "age", "height", "weight", "shoulder_breadth", "chest_breadth", "waist_breadth", "hip_breadth",
    "chest", "navel_waist", "hip",
)  # fmt: skip


def lines(count: int = 80) -> list[str]:
    people = load_people()
    rows = []
    for sex, one in people.populations.items():
        logs = np.random.default_rng(3).multivariate_normal(one.mean, one.covariance, count)
        columns = [people.index(name) for name in NAMES]
        rows += [",".join([sex, *(f"{value:.2f}" for value in row)]) for row in np.exp(logs[:, columns]).tolist()]
    return rows


def test_evaluate_scores_a_file_and_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "people.csv", tmp_path / "out.json"
    data.write_text("\n".join([HEADER, *lines()]), "utf-8")
    assert run_server.main(["evaluate", "body", "--data", str(data), "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    metrics = json.loads(out.read_text())["metrics"]
    for name in ("chest", "waist", "hip"):
        assert f"{name}_mae" in printed
        assert metrics[f"{name}_mae"]["value"] < metrics[f"typed_{name}_mae"]["value"]
        assert 65 < metrics[f"{name}_cover"]["value"] < 95
    assert 0.4 < metrics["letter_exact_men"]["value"] <= metrics["letter_within_one_men"]["value"] <= 1


def test_rows_that_make_no_sense_are_counted_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "people.csv"
    bad = ["male,30,17,70,,,,,90,80,95", "female,30,😀,60,,,,,90,80,95", "cat,3,30,4,,,,,40,40,40"]
    bad += ["male,30,175,70,,,,,-90,80,95", "male,30,,,,,,,90,80,95"]
    bad += ["male,30,172,5,70,,,,,95,80,96", "male,30,172,5,70,,,,,95,80,96"]  # of decimal commas
    good = ["male,30,175,70,,,,,95,,96,,", "F,,165,60,,,,,,75,"]
    data.write_text("\n".join([HEADER, *bad, *good]), "utf-8")
    assert run_server.main(["evaluate", "body", "--data", str(data)]) == 0
    told = capsys.readouterr()
    assert "refused 7 of 9" in told.err
    assert "n 1" in told.out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"),
        (HEADER.encode(), "no rows"),
        (b"sex,height_cm\nmale,180\n", "to compare with"),
        (b"sex,chest_cm\nmale,100\n", "to estimate from"),
        (HEADER.encode() + b"\nmale,30,17,70,,,,,90,80,95\n", "nobody"),
        (HEADER.encode() + b"\nmale,30,172,5,70,,,,,95,80,96\n", "decimal sign"),
        (HEADER.encode() + b"\nmale,30,172,70\nfemale,30\n", "to compare with"),
        (HEADER.replace(",", ";").encode() + b"\nmale;30;172,5;70;;;;;95;80;96\n", "semicolons"),
        (b"\xff\xfe\x00sex", "CSV"),
        (HEADER.encode() + b"\nmale,\0", "nobody"),
    ],
)
def test_a_file_that_cannot_be_scored_is_refused_in_one_line(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "people.csv"
    data.write_bytes(content)
    assert run_server.main(["evaluate", "body", "--data", str(data)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert reason in told[-1]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_server.main(["evaluate", "body", "--data", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_figures_that_cannot_be_written_are_a_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "people.csv", tmp_path / "none" / "out.json"
    data.write_text(f"{HEADER}\nmale,30,175,70,,,,,95,80,96\n", "utf-8")
    assert run_server.main(["evaluate", "body", "--data", str(data), "--json", str(out)]) == 2
    assert "cannot be written" in capsys.readouterr().err
