"""Runs the rows of the wire's table, ours and stock aiortc, and lays them out as metrics."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.wire.faults import FAULTS
from benchmarks.wire.rows import HIGHER, ROWS, UNITS, Figures, Row
from benchmarks.wire.soak import SOAKS
from benchmarks.wire.tun import why_not
from pipelines.errors import BackendUnavailable, InputRejected

STOCK_RUNS = 1
ALONE: tuple[Row, ...] = (*FAULTS, *SOAKS)  # stock aiortc is no server: it has nothing to come back to


def run(only: str | None) -> dict[str, Any]:
    """Run all rows, or one.  Raises InputRejected for an unknown row, BackendUnavailable without a wire."""
    rows = chosen((*ROWS, *ALONE), only)
    if (reason := why_not()) is not None:
        raise BackendUnavailable(f"no wire between network namespaces: {reason}")
    metrics: dict[str, Any] = {}
    for row in rows:
        stock = [] if row in ALONE else [_measure(row, False, seed) for seed in range(1, STOCK_RUNS + 1)]
        ours = [_measure(row, True, seed) for seed in range(1, row.runs + 1)]
        metrics |= laid_out(row.name, row.targets, ours, stock)
    return metrics


def chosen(rows: Iterable[Row], only: str | None) -> list[Row]:
    """Return the rows to run.  Raises InputRejected for an unknown one."""
    known = {row.name: row for row in rows}
    if only is None:
        return list(known.values())
    if only not in known:
        raise InputRejected(f"no row named {only!r}; there are {', '.join(known)}")
    return [known[only]]


def laid_out(
    name: str, targets: Mapping[str, float], ours: Sequence[Figures], stock: Sequence[Figures]
) -> dict[str, Any]:
    """Return a row's metrics: medians, with the lowest and highest run and stock's median beside them."""
    metrics = {}
    for figure, unit in UNITS.items():
        if figure not in ours[0]:
            continue
        values = [each[figure] for each in ours]
        spread = {"lowest": min(values), "highest": max(values)} if len(values) > 1 else {}
        metrics[f"{name}_{figure}"] = {
            "value": round(float(np.median(values)), 3),
            "unit": unit,
            "target": targets.get(figure),
            "better": "higher" if figure in HIGHER else "lower",
            "peers": {**({"stock": float(np.median([each[figure] for each in stock]))} if stock else {}), **spread},
        }
    return metrics


def _measure(row: Row, ours: bool, seed: int) -> Figures:
    load = os.getloadavg()[0]
    figures = row.measure(ours, seed)
    told = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
    print(f"{row.name:16} {'ours' if ours else 'stock':5} seed {seed}  {told}  (load {load:.1f})", file=sys.stderr)
    return figures
