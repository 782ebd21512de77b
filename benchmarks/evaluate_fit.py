"""`run_server.py evaluate fit`: how well a shop's own fit feedback is predicted.

Reads the columns that `pipelines/sizing/fit_learning/table.py` tells, learns from a part and tests on another: at
random, later in time, on items and on wearers that were never learnt from.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.fit_scores import score_splits
from pipelines.errors import InputRejected
from pipelines.sizing.fit_learning.learner import check_enough
from pipelines.sizing.fit_learning.table import Reading, read_feedback

MAX_BYTES = 1024**3


def evaluate_fit(path: Path) -> dict[str, Any]:
    """Return the scores of every split of the feedback in `path`.  Raises InputRejected."""
    reading = read_file(path)
    tell(reading)
    try:
        check_enough(reading.feedback)
        return score_splits(reading.feedback)[0]
    except InputRejected as error:
        raise InputRejected(f"{path}: {error}") from error


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
