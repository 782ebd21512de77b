"""Pyramids, and the level that a garment is drawn with."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.render.mipmap import MAX_SIDE_PX, base_size, level_for, pyramid, uv_per_pixel


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (64, 64), (100, 300)])
def test_pyramid_halves_down_to_one_pixel_and_keeps_the_mean(shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    levels = pyramid(picture)
    assert levels[0].shape == picture.shape and levels[-1].shape == (1, 1, 3)
    assert len(levels) == 1 + int(np.log2(max(shape)))
    for level in levels:
        assert np.abs(level.mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 12


def test_huge_picture_is_reduced_first():
    picture = np.zeros((10, MAX_SIDE_PX * 3, 3), np.uint8)
    assert pyramid(picture)[0].shape == (3, MAX_SIDE_PX, 3)
    assert base_size(picture) == (MAX_SIDE_PX, 3)


@pytest.mark.parametrize(("depth_m", "level"), [(0.5, 0), (1.0, 1), (2.0, 2), (4.0, 3), (300.0, 9)])
def test_level_has_a_texel_about_as_large_as_a_pixel(depth_m, level):
    """A square of 1 m shows 512 texels on 512 / depth * 0.6 pixels, and its back is not counted."""
    corners = np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) - np.float32([0.5, 0.5, depth_m])
    packed = np.zeros((4, 8), np.float32)
    packed[:, :3], packed[:, 6:] = corners, [[0, 1], [1, 1], [1, 0], [0, 0]]
    front, back = np.int32([[0, 1, 2]]), np.int32([[0, 2, 1]])
    camera = np.array([307.2, 307.2, 320.0, 240.0])
    area = uv_per_pixel(packed, front, camera)
    assert area == pytest.approx((depth_m / 307.2) ** 2, rel=1e-5)
    assert level_for(area, 1.0, (512, 512), 10) == level
    assert uv_per_pixel(packed, back, camera) == 0.0
    assert level_for(0.0, 1.0, (512, 512), 10) == 0
