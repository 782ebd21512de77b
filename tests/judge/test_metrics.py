"""The judge's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judge.metrics import Row, by_group, jitter, summarise


def row(group="front", joints=3.0, iou=0.9, spill=0.01, coverage=0.97, stance=None) -> Row:
    points = np.zeros((4, 2)) if stance is None else stance
    return Row(group, np.full(13, joints), np.full(13, 2 * joints), iou, spill, 0.02, coverage, points)


def test_figures_are_per_view_and_carry_the_targets():
    metrics = summarise([[row(), row(iou=0.8)], [row("side", joints=9.0, iou=0.7)]])
    assert metrics["front_iou"]["value"] == pytest.approx(0.85)
    assert metrics["front_iou"]["target"] == 0.87
    assert metrics["side_iou"]["target"] == 0.77
    assert metrics["joints_median"]["value"] == pytest.approx(3.0)
    assert metrics["joints_p95"]["value"] == pytest.approx(9.0)
    assert metrics["front_spill"]["value"] == pytest.approx(1.0)
    assert metrics["front_spill"]["peers"]["true garment"] == pytest.approx(2.0)
    assert "back_iou" not in metrics and "still_jitter" not in metrics
    assert "front" in by_group(metrics) and "side" in by_group(metrics)


def test_joints_outside_the_picture_do_not_count_but_lost_ones_do():
    partly = row()
    partly.joints_px[:12] = np.nan
    partly.joints_px[12] = 100.0
    metrics = summarise([[partly]])
    assert metrics["joints_median"]["value"] == pytest.approx(100.0)


def test_frames_without_a_garment_lower_the_overlap_and_leave_the_spill():
    metrics = summarise([[row(), row(iou=0.0, spill=float("nan"), coverage=0.0)]])
    assert metrics["front_iou"]["value"] == pytest.approx(0.45)
    assert metrics["front_spill"]["value"] == pytest.approx(1.0)


def test_steady_walk_has_no_jitter_and_shaking_has():
    walk = [row("still", stance=np.full((4, 2), 0.5 * i)) for i in range(10)]
    shake = [row("still", stance=np.full((4, 2), 0.5 * (i % 2))) for i in range(10)]
    assert jitter(walk) == pytest.approx(0.0)
    assert jitter(shake) == pytest.approx(np.sqrt(2.0))
