from __future__ import annotations

import math

import pytest

from benchmarks.wire import browser, table
from benchmarks.wire.call import FPS, Record
from benchmarks.wire.channel import Impairment
from benchmarks.wire.rows import CLEAN, HIGHER, ROWS, UNITS, Call, Connect, connect_time_s, figures
from benchmarks.wire.tun import why_not
from pipelines.errors import InputRejected

REASON = why_not()
wired = pytest.mark.skipif(REASON is not None, reason=f"no wire between namespaces: {REASON}")
SECONDS = 6


def record(delay_s: float, lost: range = range(0)) -> Record:
    sent = {number: 100 + number / FPS for number in range(SECONDS * FPS)}
    seen = [(at_s + delay_s, number) for number, at_s in sent.items() if number not in lost]
    return Record(100.0, 100.4, sent, seen)


def test_figures_tell_rate_delay_and_the_longest_freeze_after_the_beginning() -> None:
    found = figures(record(0.06, range(90, 100)), 1.0, 4.0)
    assert found["fps"] == pytest.approx((4 * FPS - 10) / 4)
    assert (found["p50_ms"], found["p95_ms"]) == (pytest.approx(60), pytest.approx(60))
    assert found["freeze_ms"] == pytest.approx(11_000 / FPS)


def test_picture_that_stops_is_a_freeze_to_the_end() -> None:
    assert figures(record(0.06, range(90, 180)), 1.0, 4.0)["freeze_ms"] == pytest.approx(2000 + 1000 / FPS, abs=40)


def test_call_without_a_picture_misses_every_bound() -> None:
    silent = Record(100.0, 100.4, {0: 100.0}, [(100.1, 5)])
    found = figures(silent, 1.0, 4.0)
    assert found["fps"] == 0
    assert math.isinf(found["p95_ms"])
    assert connect_time_s(silent) == pytest.approx(0.4)
    assert math.isinf(connect_time_s(Record(100.0, None)))


def test_rows_of_the_browser_s_probe_count_each_number_once() -> None:
    rows = [[1000.0 * number / FPS + 70, number, 70.0, 0.0] for number in range(120)]
    rows += [[row[0] + 5, row[1], 75.0, 0.0] for row in rows[60:]]
    found = browser.figures(sorted(rows), 1000.0, 2.0)
    assert found["fps"] == pytest.approx(45, abs=2)
    assert (found["p50_ms"], found["p95_ms"]) == (70, 70)
    assert found["freeze_ms"] == pytest.approx(1000 / FPS, abs=5)
    assert math.isinf(browser.figures([], 0.0, 2.0)["p95_ms"])


def test_row_is_laid_out_with_its_targets_spread_and_the_stock_figure() -> None:
    ours = [{"fps": fps, "p95_ms": 200.0} for fps in (29.0, 30.0, 28.0)]
    metrics = table.laid_out("loss_2", {"fps": 29}, ours, [{"fps": 30.0, "p95_ms": 600.0}])
    assert metrics["loss_2_fps"] == {
        "value": 29.0,
        "unit": "fps",
        "target": 29,
        "better": "higher",
        "peers": {"stock": 30.0, "lowest": 28.0, "highest": 30.0},
    }
    assert metrics["loss_2_p95_ms"]["target"] is None


def test_rows_have_names_of_their_own_and_targets_that_are_figures() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(set(row.targets) <= set(UNITS) for row in ROWS)
    assert set(HIGHER) <= set(UNITS)


def test_unknown_row_is_refused_with_those_there_are() -> None:
    assert table.chosen(ROWS, "jitter_30")[0].name == "jitter_30"
    assert len(table.chosen(ROWS, None)) == len(ROWS)
    with pytest.raises(InputRejected, match="loss_2"):
        table.chosen(ROWS, "loss_3")


@wired
@pytest.mark.parametrize("ours", [True, False])
def test_call_over_a_clean_wire_shows_pictures(ours: bool) -> None:
    found = Call("clean", CLEAN, {}, seconds=1.0, settle_s=0.5).measure(ours, 1)
    assert found["fps"] > 10
    assert 50 < found["p50_ms"] < 1000


@wired
def test_calls_over_a_dead_wire_do_not_connect() -> None:
    found = Connect("dead", Impairment(down=True), {}, calls=2, together=2, limit_s=1.0).measure(True, 1)
    assert found["connected"] == 0
