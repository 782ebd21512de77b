"""`run_server.py bench`: finds a benchmark by name, runs it, prints its table, compares with the targets.

A benchmark is a module of this package with a top-level `run(args: argparse.Namespace) -> dict`; its name is the
module's, its summary the first line of the module's docstring. `run` returns

    {METRIC: {"value": float, "unit": str, "target": float | None, "better": "lower" | "higher",
              "peers": {NAME: float}}}

Modules are found by reading their syntax, not by importing them, so that `--list` is immediate and one broken
benchmark does not take the others along.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import benchmarks
from pipelines.errors import InputRejected

Metric = Mapping[str, Any]


def main(args: argparse.Namespace) -> int:
    """List the benchmarks, or run one; 1 when a target is missed.  Raises InputRejected for an unknown name."""
    known = dict(found())
    if args.list:
        width = max(map(len, known), default=0)
        print(*(f"{name:{width}}  {summary}" for name, summary in known.items()), sep="\n")
        return 0
    if args.name not in known:
        raise InputRejected(f"no benchmark named {args.name!r}; there are {', '.join(known)}")
    if args.json is not None and not args.json.parent.is_dir():
        raise InputRejected(f"--json {args.json}: no such folder")
    before = machine()  # the load average must be that of others, not of the benchmark
    metrics = importlib.import_module(f"benchmarks.{args.name}").run(args)
    print(table(metrics))
    print("{date}, commit {commit}, load {load_1min}, {cores} cores of {cpu}, Python {python}".format(**before))
    if args.json is not None:
        result = {"bench": args.name, "machine": before, "metrics": metrics}
        args.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    missed = [name for name, metric in metrics.items() if misses(metric)]
    if missed:
        print(f"missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def found() -> Iterator[tuple[str, str]]:
    """Yield name and summary of each benchmark, by name."""
    files = (file for folder in benchmarks.__path__ for file in Path(folder).glob("*.py"))
    for file in sorted(files, key=lambda file: file.stem):
        tree = ast.parse(file.read_text(), filename=str(file))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            yield file.stem, (ast.get_docstring(tree) or "").partition("\n")[0]


def misses(metric: Metric) -> bool:
    """Whether the metric has a target and its value is on the wrong side of it; no number is a miss."""
    value, target = metric["value"], metric.get("target")
    if target is None:
        return False
    if value is None or math.isnan(value):
        return True
    return bool(value > target) if metric["better"] == "lower" else bool(value < target)


def table(metrics: Mapping[str, Metric]) -> str:
    """Lay the metrics out as aligned text, one a line, with target, verdict and peers."""
    rows = [("metric", "value", "unit", "target", "", "peers"), *(_row(name, m) for name, m in metrics.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "{:{}}  {:>{}}  {:{}}  {:>{}}  {:{}}  {:{}}"
    return "\n".join(line.format(*(x for pair in zip(row, widths, strict=True) for x in pair)).rstrip() for row in rows)


def _row(name: str, metric: Metric) -> tuple[str, str, str, str, str, str]:
    target = metric.get("target")
    bound = "" if target is None else f"{'≤' if metric['better'] == 'lower' else '≥'} {_number(target)}"
    verdict = "" if target is None else "MISSED" if misses(metric) else "ok"
    peers = ", ".join(f"{peer} {_number(value)}" for peer, value in metric.get("peers", {}).items())
    return name, _number(metric["value"]), metric["unit"], bound, verdict, peers


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def machine() -> dict[str, str | int | float]:
    """Tell what the figures were taken on: processor, cores, load, Python, commit and date."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    """Short hash of the checkout, with `-dirty` where tracked files were changed; "unknown" outside git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
