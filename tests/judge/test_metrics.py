"""The judge's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judge.edges import EdgeCount
from benchmarks.judge.metrics import jitter, summarise
from benchmarks.judge.rows import Row


def row(group="front", joints=3.0, cloth=None, strain=(), hands=None, **values) -> Row:
    told = {"iou": 0.9, "spill": 1.0, "true_spill": 2.0, "coverage": 0.97} | values
    cloth_px = None if cloth is None else np.full((5, 2), cloth, float)
    return Row(
        group,
        np.full(13, joints),
        np.full(13, 2 * joints),
        told,
        hands or EdgeCount(),
        EdgeCount(),
        cloth_px,
        np.stack([np.array(strain, float), np.ones(len(strain))]),
    )


def test_figures_are_per_view_and_carry_the_targets():
    metrics = summarise([[row(), row(iou=0.8)], [row("side", joints=9.0, iou=0.7)]])
    assert metrics["front_iou"]["value"] == pytest.approx(0.85)
    assert metrics["front_iou"]["target"] == 0.91
    assert metrics["side_iou"]["target"] == 0.81
    assert metrics["joints_median"]["value"] == pytest.approx(3.0)
    assert metrics["joints_p95"]["value"] == pytest.approx(9.0)
    assert metrics["front_spill"]["value"] == pytest.approx(1.0)
    assert metrics["front_spill"]["peers"]["true garment"] == pytest.approx(2.0)


def test_figures_that_no_film_shows_are_left_out():
    metrics = summarise([[row()]])
    for name in (
        "back_iou",
        "still_jitter_frame",
        "passer_f1",
        "cloth_inside_body",
        "cloth_strain_p95",
        "relit_colour",
    ):
        assert name not in metrics


def test_what_the_truth_fed_in_reaches_stands_beside():
    metrics = summarise([[row(iou=0.8)]], [[row(iou=0.9, joints=1.0)]], [[row(iou=0.98, joints=0.5)]])
    assert metrics["front_iou"]["peers"] == pytest.approx({"true joints": 0.9, "true joints and body": 0.98})
    assert metrics["joints_median"]["peers"] == pytest.approx({"true joints": 1.0, "true joints and body": 0.5})
    assert metrics["front_iou_true_joints"]["value"] == pytest.approx(0.9)
    assert metrics["front_iou_true_joints"]["target"] == 0.97


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


def test_boundaries_of_all_frames_count_by_their_length():
    films = [[row(hands=EdgeCount(100, 100, 100, 100)), row(hands=EdgeCount(300, 0, 300, 0)), row()]]
    assert summarise(films)["hands_f1"]["value"] == pytest.approx(0.25)


def test_strain_is_that_of_the_edges_of_all_frames():
    metrics = summarise([[row(strain=np.linspace(0.0, 0.1, 101)), row(), row(strain=np.zeros(101))]])
    assert metrics["cloth_strain_p95"]["value"] == pytest.approx(9.0, abs=0.2)


def test_steady_walk_has_steps_but_no_second_difference_and_shaking_has_both():
    walk = [row("still", cloth=0.5 * i) for i in range(10)]
    shake = [row("still", cloth=0.5 * (i % 2)) for i in range(10)]
    assert jitter(walk, 1) == pytest.approx(0.5 * np.sqrt(2.0))
    assert jitter(walk, 2) == pytest.approx(0.0)
    assert jitter(shake, 2) == pytest.approx(np.sqrt(2.0))


def test_person_who_is_lost_while_still_has_no_jitter_figure():
    assert np.isnan(jitter([row("still", cloth=1.0), row("still"), row("still", cloth=1.0)], 1))
    assert "still_jitter_frame" not in summarise([[row("still")]])
