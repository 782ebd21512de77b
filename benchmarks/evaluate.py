"""`run_server.py evaluate`: scores what the project estimates on anybody's own data.

`evaluate body --data FILE.csv` reads people with their tape measures, one a line, under a header of

    sex,age,height_cm,weight_kg[,breadths and depths in cm…],chest_cm,waist_cm,hip_cm

with the waist at the navel. Sex is `female` or `male`; a cell may be empty; columns may come in any order and others
are ignored. Breadths and depths are those of `BREADTHS`; the survey's own column names do as well.

`evaluate fit` is in `evaluate_fit.py`, `evaluate size-text` in `size_text.py`.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import size_text
from benchmarks.body_scores import GIRTHS, Person, girth_metrics, guesses, letter_metrics, tell_refused
from benchmarks.evaluate_fit import evaluate_fit, read_file, read_shop, verdicts
from benchmarks.registry import table
from pipelines.body.model import Sex
from pipelines.errors import InputRejected, MeasurementRejected
from pipelines.sizing.evidence import Evidence, Source
from pipelines.sizing.measures import FRONT_BREADTHS, MEASURES, SIDE_DEPTHS

BREADTHS = (*FRONT_BREADTHS, *SIDE_DEPTHS, "biacromial")
TYPED = {"age": "age", "height": "height", "weight": "weight"}
ALSO = {
    "bideltoid_breadth": "shoulder_breadth", "bideltoid": "shoulder_breadth", "buttock_depth": "hip_depth",
    "hip_width": "hip_breadth", "waist_width": "waist_breadth", "chest_width": "chest_breadth",
    "biacromial_breadth": "biacromial",
}  # fmt: skip
SEX_NAMES: dict[str, Sex] = {
    "female": "female", "f": "female", "woman": "female", "women": "female", "女": "female",
    "male": "male", "m": "male", "man": "male", "men": "male", "男": "male",
}  # fmt: skip
BEYOND = "(beyond the header)"  # where cells lie that have no column
MAX_BYTES, MAX_ROWS = 256 * 1024 * 1024, 1_000_000


def main(args: argparse.Namespace) -> int:
    """Score one file, print the table.  Raises InputRejected."""
    if args.what == "size-text":
        metrics = size_text.evaluate(args)
    elif args.what == "fit":
        reading = read_shop(args.config) if args.shop else read_file(args.data)
        metrics = evaluate_fit(reading, "the shop's feedback" if args.shop else str(args.data))
    else:
        metrics = evaluate_body(args.data, "told" if args.told else "measured")
    print(table(metrics))
    if args.what == "fit":
        print("\n" + verdicts(reading.feedback))
    if args.json is not None:
        result = {"evaluate": args.what, "data": args.data.name if args.data else "shop", "metrics": metrics}
        try:
            args.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
        except OSError as error:
            raise InputRejected(f"{args.json}: cannot be written ({error.strerror})") from error
    return 0


def evaluate_body(path: Path, source: Source) -> dict[str, Any]:
    """Return errors, coverage and letters of the people in `path`.

    With breadths or depths in the file, `typed_` figures say what age, height and weight alone would give.
    """
    rows = _rows(path)
    columns = {header: _dimension(header) for header in rows[0]}
    known = [name for name in columns.values() if name in (*TYPED, *BREADTHS)]
    if not set(known) & {"height", "weight", *BREADTHS}:
        raise InputRejected(f"{path}: no height_cm, weight_kg or breadth to estimate from")
    if not set(GIRTHS) & {_bare(header) for header in rows[0]}:
        raise InputRejected(f"{path}: none of the columns {', '.join(f'{name}_cm' for name in GIRTHS)} to compare with")
    print(f"{len(rows)} rows; estimated from sex, {', '.join(known)}", file=sys.stderr)
    metrics: dict[str, Any] = {}
    for prefix, names in (("", known), ("typed_", [name for name in known if name in TYPED])):
        if prefix and (len(names) == len(known) or not names):
            continue
        people, refused = _people(rows, columns, names, source)
        done, impossible = guesses(people)
        tell_refused(refused + impossible, len(rows))
        if not done:
            raise InputRejected(f"{path}: nobody in it can be estimated; {(refused + impossible)[0]}")
        if not any(one.truth_cm for one in people):
            raise InputRejected(f"{path}: nobody in it has a girth to compare with")
        metrics |= girth_metrics(done, prefix) | letter_metrics(done, prefix)
    return metrics


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRejected(f"{path}: larger than {MAX_BYTES // 2**20} MiB")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row, _ in zip(csv.DictReader(file, restkey=BEYOND), range(MAX_ROWS), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputRejected(f"{path}: cannot be read as CSV ({error})") from error
    if not rows:
        raise InputRejected(f"{path}: no rows")
    if ";" in "".join(rows[0]) and len(rows[0].keys() - {BEYOND}) == 1:
        raise InputRejected(f"{path}: its columns are separated by semicolons; commas are expected")
    return rows


def _bare(header: str | None) -> str:
    """Return a header in lower case without its unit."""
    text = (header or "").strip().lower().replace(" ", "_").replace("-", "_")
    return text.removesuffix("_cm").removesuffix("_kg").removesuffix("_years")


def _dimension(header: str | None) -> str:
    """Return the dimension that a column holds, "" for none that is estimated from."""
    bare = _bare(header)
    if bare in TYPED or bare in BREADTHS:
        return bare
    if bare in ALSO:
        return ALSO[bare]
    run_together = {name.replace("_", ""): name for name in BREADTHS} | {k.replace("_", ""): v for k, v in ALSO.items()}
    return run_together.get(bare, "")


def _people(
    rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], names: Sequence[str], source: Source
) -> tuple[list[Person], list[str]]:
    people, refused = [], []
    for number, row in enumerate(rows, 2):
        try:
            people.append(_person(row, columns, names, source))
        except MeasurementRejected as error:
            refused.append(f"line {number}: {error}")
    return people, refused


def _person(row: Mapping[str, str], columns: Mapping[str, str], names: Sequence[str], source: Source) -> Person:
    if any(cell.strip() for cell in row.get(BEYOND, "")):
        raise MeasurementRejected("more cells than columns; is the decimal sign a comma?", problem="number")
    cells = {_bare(header): (cell or "").strip() for header, cell in row.items() if header != BEYOND}
    sex_text = (cells.get("sex") or cells.get("gender") or "").lower()
    if sex_text not in SEX_NAMES:
        raise MeasurementRejected(f"sex {sex_text!r}: female or male", "sex", "unknown")
    evidence = []
    for header, name in columns.items():
        if name in names and (row[header] or "").strip():
            evidence.append(Evidence(name, _number(name, row[header]), source if name in TYPED else "measured"))
    truth = {}
    for header, cell in row.items():
        if _bare(header) in GIRTHS and (cell or "").strip():
            truth[_bare(header)] = _girth(_bare(header), cell)
    return Person(SEX_NAMES[sex_text], tuple(evidence), truth)


def _girth(name: str, cell: str) -> float:
    value, measure = _number(name, cell), MEASURES[GIRTHS[name]]
    if not measure.low <= value <= measure.high:
        raise MeasurementRejected(f"{name} {value:g}: no girth that an adult has to compare with", name, "range")
    return value


def _number(name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise MeasurementRejected(f"{name} {cell!r}: not a number", name, "number")
    return value
