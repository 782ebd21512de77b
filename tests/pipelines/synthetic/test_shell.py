"""Cutting clothes from surfaces."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.synthetic.shell import clip, dense_weights, hang, make_shell, normals, offset, smooth, subdivide, thicken


@pytest.fixture
def tube():
    """An open cylinder of radius 0.2 m, 1 m high, its upper half on bone 0 and its lower on bone 1."""
    rows, columns = 11, 24
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    ring = np.stack([0.2 * np.sin(angle), np.zeros(columns), 0.2 * np.cos(angle)], 1)
    points = np.concatenate([ring + [0, y, 0] for y in np.linspace(1, 0, rows)])
    faces = []
    for r in range(rows - 1):
        for c in range(columns):
            a, b = r * columns + c, r * columns + (c + 1) % columns
            faces += [[a, a + columns, b], [b, a + columns, b + columns]]
    index = np.where(points[:, 1:2] > 0.5, 0, 1).astype(np.int32)
    return make_shell(points, np.array(faces, np.int32), dense_weights(index, np.ones((len(points), 1), np.float32), 2))


def area(shell) -> float:
    a, b, c = (shell.rest_m[shell.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def test_clip_cuts_a_straight_hem_where_the_field_is_zero(tube):
    cut = clip(tube, tube.rest_m[:, 1] - 0.333)
    assert cut.rest_m[:, 1].min() == pytest.approx(0.333, abs=1e-9)
    assert area(cut) == pytest.approx(area(tube) * 0.667, rel=1e-6)
    assert np.allclose(cut.weights.sum(1), 1.0)


def test_clip_keeps_the_outside_outside(tube):
    cut = clip(tube, tube.rest_m[:, 1] - 0.333)
    outward = cut.rest_m * [1, 0, 1]
    assert ((normals(cut.rest_m, cut.faces) * outward).sum(1) > 0).all()


def test_subdivide_splits_in_four_and_keeps_the_area(tube):
    fine = subdivide(tube)
    assert len(fine.faces) == 4 * len(tube.faces)
    assert area(fine) == pytest.approx(area(tube), rel=1e-9)
    assert np.allclose(fine.weights.sum(1), 1.0)


def test_offset_moves_outward_by_the_distance(tube):
    wide = offset(tube, 0.05)
    assert np.hypot(wide.rest_m[:, 0], wide.rest_m[:, 2]) == pytest.approx(0.25, abs=1e-3)


def test_smooth_keeps_hems_level(tube):
    soft = smooth(tube, 10)
    assert soft.rest_m[:, 1].max() == pytest.approx(1.0)
    assert soft.rest_m[:, 1].min() == pytest.approx(0.0)


def test_thicken_closes_the_sheet(tube):
    sheet = thicken(tube, 0.01)
    edges = np.concatenate([sheet.faces[:, [0, 1]], sheet.faces[:, [1, 2]], sheet.faces[:, [2, 0]]])
    key = edges[:, 0].astype(int) * len(sheet.rest_m) + edges[:, 1]
    back = edges[:, 1].astype(int) * len(sheet.rest_m) + edges[:, 0]
    assert np.isin(key, back).all()


def test_thicken_with_rings_lines_the_hem_only(tube):
    hem, full = thicken(tube, 0.01, rings=1), thicken(tube, 0.01)
    assert len(tube.faces) < len(hem.faces) < len(full.faces)


def test_hang_bridges_a_waist_but_leaves_what_is_above(tube):
    y = tube.rest_m[:, 1:2]
    waisted = tube.rest_m * np.where((y > 0.25) & (y < 0.55), [[0.6, 1, 0.6]], [[1.0, 1, 1.0]])
    shell = make_shell(waisted, tube.faces, tube.weights)
    hung = hang(shell, np.zeros(3), 0.9, np.ones(len(waisted)), taper=1.0)
    radius = np.hypot(hung.rest_m[:, 0], hung.rest_m[:, 2])
    assert radius.min() > 0.19
    above = waisted[:, 1] > 0.9
    assert np.array_equal(hung.rest_m[above], waisted[above])
