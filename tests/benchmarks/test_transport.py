from __future__ import annotations

import pytest

from benchmarks import transport
from benchmarks.film import FILM_FRAMES
from benchmarks.transport_leg import FPS, FRAMES, WARM_FRAMES
from pipelines.errors import BackendUnavailable

TOTAL = WARM_FRAMES + FRAMES
SENT = [(number, number / FPS, 0.2 * number / FPS) for number in range(TOTAL)]


def arrivals(delay_s: float, lost: tuple[int, ...] = ()) -> list[tuple[int, float, float]]:
    return [(n % FILM_FRAMES, at + delay_s, 0.1 * at) for n, at, _ in SENT if n not in lost]


@pytest.mark.parametrize("delay_s", [0.004, 0.5, 2.9])
def test_delay_is_found_by_the_mark_though_marks_come_again(delay_s: float) -> None:
    delays = transport.delays_s(SENT, arrivals(delay_s))
    assert list(delays) == list(range(TOTAL))
    assert list(delays.values()) == pytest.approx([delay_s] * TOTAL)


def test_figures_leave_the_first_second_out_and_count_what_was_lost() -> None:
    sizes = [50_000] + [8000] * (TOTAL - 1)
    lost = (5, *range(100, 124))
    figures = transport.figures(SENT, arrivals(0.006, lost), sizes)
    assert figures["p50_ms"] == figures["p99_ms"] == pytest.approx(6)
    assert figures["delivered"] == pytest.approx(90)
    assert (figures["send_cores"], figures["receive_cores"]) == (pytest.approx(0.2), pytest.approx(0.1))
    assert (figures["largest_kb"], figures["kbps"]) == (50, pytest.approx(8 * 8 * FPS))


def test_leg_without_a_picture_is_refused() -> None:
    with pytest.raises(BackendUnavailable, match="no frame"):
        transport.figures(SENT, [], [8000] * TOTAL)


def test_metrics_carry_median_spread_and_the_stock_figure() -> None:
    names = transport.UNITS
    ours = [dict.fromkeys(names, value) for value in (5.0, 9.0, 6.0)]
    metrics = transport.compare("h264", ours, [dict.fromkeys(names, value) for value in (42.0, 48.0, 40.0)])
    assert metrics["h264_p50_ms"]["value"] == 6
    assert metrics["h264_p50_ms"]["peers"] == {"stock": 42, "lowest": 5, "highest": 9}
    assert metrics["h264_p50_ratio"]["value"] == 7
