import argparse
import json
import math
from pathlib import Path

import pytest

import benchmarks
from benchmarks import registry
from pipelines.errors import InputRejected

BENCH = '''"""Measures the demo.

More about it.
"""
def run(args):
    return {"demo_ms": {"value": VALUE, "unit": "ms", "target": 3.0, "better": "lower", "peers": {"stock": 9.87}}}
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(benchmarks, "__path__", [*benchmarks.__path__, str(tmp_path)])
    return tmp_path


def args(name: str | None, json: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(name=name, list=name is None, json=json)


def metric(value: float | None, target: float | None, better: str = "lower") -> dict[str, object]:
    return {"value": value, "unit": "ms", "target": target, "better": better, "peers": {}}


def test_list_names_benches_without_importing_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken_demo.py").write_text('"""Breaks on import."""\nimport nowhere\ndef run(args): ...\n')
    (folder / "helper_demo.py").write_text('"""Has no run of its own."""\n')
    assert registry.main(args(None)) == 0
    listed = capsys.readouterr().out
    assert "Breaks on import." in listed
    assert "helper_demo" not in listed
    assert "registry" not in listed


def test_bench_writes_what_it_prints_and_fails_when_a_target_is_missed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "slow_demo.py").write_text(BENCH.replace("VALUE", "3.5"))
    out = folder / "slow.json"
    assert registry.main(args("slow_demo", out)) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[1].split() == ["demo_ms", "3.5", "ms", "≤", "3", "MISSED", "stock", "9.87"]
    assert printed.err == "missed: demo_ms\n"
    result = json.loads(out.read_text())
    assert result["bench"] == "slow_demo"
    assert result["metrics"]["demo_ms"]["value"] == 3.5
    assert {"cpu", "cores", "load_1min", "python", "commit", "date"} <= result["machine"].keys()


def test_bench_passes_when_the_target_is_met(folder: Path) -> None:
    (folder / "quick_demo.py").write_text(BENCH.replace("VALUE", "3.0"))
    assert registry.main(args("quick_demo")) == 0


def test_unknown_bench_is_refused_with_the_names_there_are(folder: Path) -> None:
    (folder / "some_demo.py").write_text(BENCH)
    with pytest.raises(InputRejected, match="no benchmark named 'nope'.*some_demo"):
        registry.main(args("nope"))


def test_bench_refuses_a_folder_that_is_not_there_before_it_measures(folder: Path) -> None:
    (folder / "never_demo.py").write_text(BENCH.replace("VALUE", "1 / 0"))
    with pytest.raises(InputRejected, match="no such folder"):
        registry.main(args("never_demo", folder / "nowhere" / "r.json"))


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        (metric(2, 3), False),
        (metric(4, 3), True),
        (metric(2, 3, "higher"), True),
        (metric(4, 3, "higher"), False),
        (metric(4, None), False),
        (metric(math.nan, 3), True),
        (metric(None, 3), True),
    ],
)
def test_target_is_missed_on_the_wrong_side_or_without_a_number(measured: dict[str, object], missed: bool) -> None:
    assert registry.misses(measured) is missed
