"""The outline's alpha against the exact area of known shapes."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.render.edges import SRGB_OF_ROOT, smooth_edges, straighten


def drawn(inside, color=(200, 100, 50)):
    rgba = np.zeros((*inside.shape, 4), np.uint8)
    rgba[inside] = (*color, 255)
    return rgba, np.where(inside, np.float32(1.0), np.float32(np.inf))


def half_plane(angle_rad, offset, size=64):
    """Return (hard mask, exact coverage) of a half plane, by 16 x 16 samples a pixel."""
    normal = np.array([np.cos(angle_rad), np.sin(angle_rad)])

    def inside(step):
        at = (np.arange(size * step) + 0.5) / step - size / 2
        return normal[0] * at[None, :] + normal[1] * at[:, None] < offset

    return inside(1), inside(16).reshape(size, 16, size, 16).mean(axis=(1, 3))


@pytest.mark.parametrize("degrees", [3, 8, 20, 35, 45, 60, 82, 130, 200, 290])
def test_straight_edge_gets_nearly_its_exact_coverage(degrees):
    mask, exact = half_plane(np.radians(degrees), 0.3)
    rgba, depth = drawn(mask)
    smooth_edges(rgba, depth)
    inner = (slice(12, -12), slice(12, -12))  # runs that the picture's border cuts are unknowable
    rim = (exact > 0.001) & (exact < 0.999)
    smooth = np.abs(rgba[..., 3] / 255.0 - exact)[inner][rim[inner]]
    hard = np.abs(mask - exact)[inner][rim[inner]]
    assert smooth.mean() < 0.13
    assert smooth.mean() < 0.65 * hard.mean()


def test_disc_keeps_its_area_and_changes_only_its_rim():
    at = np.arange(80) - 39.7
    radius = np.hypot(at[None, :], at[:, None])
    rgba, depth = drawn(radius < 25.3)
    smooth_edges(rgba, depth)
    assert rgba[..., 3].sum() / 255.0 == pytest.approx(np.pi * 25.3**2, rel=0.01)
    assert (rgba[radius < 23.5][:, 3] == 255).all() and not rgba[radius > 27][:, 3].any()


def test_grown_pixels_take_colour_and_depth_of_the_garment():
    mask, _ = half_plane(0.3, 0.2)
    rgba, depth = drawn(mask)
    smooth_edges(rgba, depth)
    some = rgba[..., 3] > 0
    assert (some & ~mask).sum() > 10
    assert (rgba[some][:, :3] == (200, 100, 50)).all() and (depth[some] == 1.0).all()
    assert not rgba[~some].any() and np.isinf(depth[~some]).all()


@pytest.mark.parametrize("mask", [np.zeros((6, 8), bool), np.ones((6, 8), bool), np.eye(2, dtype=bool)])
def test_mask_without_a_line_stays_whole(mask):
    rgba, depth = drawn(mask)
    smooth_edges(rgba, depth)
    assert np.array_equal(rgba[..., 3] == 255, mask)


def test_single_pixel_does_not_vanish():
    mask = np.zeros((7, 7), bool)
    mask[3, 3] = True
    rgba, depth = drawn(mask)
    smooth_edges(rgba, depth)
    assert rgba[3, 3, 3] > 0 and np.isfinite(depth[3, 3])


def test_what_nobody_drew_has_neither_colour_nor_depth():
    color = np.zeros((1, 2, 4), np.uint8)
    color[0] = [(180, 120, 60, 255), (180, 120, 60, 0)]
    rgba, depth = straighten(color, np.full((1, 2), 0.98, np.float32))
    assert rgba[0].tolist() == [[*SRGB_OF_ROOT[[180, 120, 60]].tolist(), 255], [0, 0, 0, 0]]
    assert np.isfinite(depth[0, 0]) and np.isinf(depth[0, 1])


def test_roots_become_srgb():
    linear = (np.array([0, 40, 128, 255]) / 255.0) ** 2
    srgb = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055)
    assert np.abs(SRGB_OF_ROOT[[0, 40, 128, 255]] - 255 * srgb).max() <= 0.5
    assert (np.diff(SRGB_OF_ROOT.astype(int)) >= 0).all()
