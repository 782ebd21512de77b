"""`run_server.py evaluate fit`: how well a shop's own fit feedback is predicted, and what is said of its items then.

Reads the columns that `pipelines/sizing/fit_learning/table.py` tells, from a file or from the shop's database. Learns
from a part and tests on another: at random, later in time, on items and on wearers that were never learnt from.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fit_scores import score_splits
from pipelines.errors import InputRejected
from pipelines.sizing.feedback import tendencies_in
from pipelines.sizing.fit_learning.learner import check_enough, learn_fit
from pipelines.sizing.fit_learning.table import Feedback, Reading, Texts, read_feedback

MAX_BYTES = 1024**3
SHOWN = 20  # items


def evaluate_fit(reading: Reading, what: str) -> dict[str, Any]:
    """Return the scores of every split of the feedback read from `what`.  Raises InputRejected."""
    tell(reading)
    try:
        check_enough(reading.feedback)
        return score_splits(reading.feedback)[0]
    except InputRejected as error:
        raise InputRejected(f"{what}: {error}") from error


def read_file(path: Path) -> Reading:
    """Read a table.  Raises InputRejected."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRejected(f"larger than {MAX_BYTES // 2**20} MiB")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_feedback(file)
    except (OSError, UnicodeDecodeError) as error:
        raise InputRejected(f"{path}: cannot be read as CSV ({error})") from error
    except InputRejected as error:
        raise InputRejected(f"{path}: {error}") from error


def read_shop(config: Path | None) -> Reading:
    """Read what the shop's database has of fit.  Raises InputRejected."""
    from server import logs
    from server.catalogue import open_catalogue
    from server.settings import SettingsRejected, load_settings
    from server.shop.keeper import Keeper
    from server.shop.store import StoreClosed
    from server.shop.voices import feedback_lines

    logs.set_up("error", False)
    try:
        settings = load_settings(config)
        keeper = Keeper(settings, open_catalogue(settings))
        try:
            return read_feedback(keeper.read(feedback_lines))
        finally:
            keeper.close()
    except SettingsRejected as error:
        raise InputRejected(f"settings: {error}") from error
    except (StoreClosed, InputRejected) as error:
        raise InputRejected(f"the shop's feedback: {error}") from error


def tell(reading: Reading) -> None:
    """Say on stderr what was read and what was left out."""
    rows = reading.feedback
    print(
        f"{len(rows)} pieces of feedback of {len(rows.item.names)} items by {len(rows.user.names)} users",
        file=sys.stderr,
    )
    if reading.refused:
        print(f"{len(reading.refused)} rows make no sense; the first: {reading.refused[0]}", file=sys.stderr)
    if reading.repeats:
        print(f"{reading.repeats} rows stand there twice and count once", file=sys.stderr)


def verdicts(rows: Feedback) -> str:
    """Return as a table what all `rows` teach of the items that fit worst, each in the size it is worn in most.

    Of whoever wears it nothing is told. `runs` is in sizes, above 0 small, as size advice takes it.
    """
    asked = [_worn_most(rows, code) for code in np.unique(rows.item.codes[rows.item.codes >= 0])]
    if not asked:
        return ""
    worn = rows.rows(np.array(asked))
    nobody, unknown = np.full(len(worn), -1, np.int64), np.full(len(worn), np.nan)
    anybody = replace(
        worn, user=Texts(nobody, worn.user.names), body_type=Texts(nobody, worn.body_type.names),
        height=unknown, weight=unknown, age=unknown,
    )  # fmt: skip
    said, runs = learn_fit(rows).chances(anybody), tendencies_in(rows)
    lines = [f"{'item':<24} {'size':>8} {'small':>6} {'fit':>6} {'large':>6} {'runs':>6} {'voices':>7}"]
    for i in np.argsort(said[:, 1], kind="stable")[:SHOWN]:
        item, kind, size = (_name(column, i) for column in (worn.item, worn.category, worn.size))
        how = runs.runs(item, kind)
        shares = " ".join(f"{share:6.0%}" for share in said[i])
        lines.append(f"{item:<24.24} {size:>8.8} {shares} {how.sizes:+6.2f} {how.count:7}")
    return "\n".join(lines)


def _worn_most(rows: Feedback, item: int) -> int:
    """Return a row of `item` in the size that it is worn in most."""
    own = np.flatnonzero(rows.item.codes == item)
    sizes, first, counts = np.unique(rows.size.codes[own], return_index=True, return_counts=True)
    return int(own[first[counts.argmax()]])


def _name(column: Texts, row: int) -> str:
    return column.names[column.codes[row]] if column.codes[row] >= 0 else ""
