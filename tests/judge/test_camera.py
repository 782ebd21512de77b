"""The judge's lens, sensor and codec."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.judge.camera import BIT_RATE, Lens, expose, through_codec


@pytest.mark.parametrize("k1", [-0.08, 0.0, 0.03])
def test_bent_picture_and_projected_points_agree(k1):
    lens = Lens(320, 240, 1.0, k1)
    width, height, K = lens.canvas
    points = np.array([[-0.4, 0.3, -1.0], [0.35, -0.25, -1.0], [0.0, 0.0, -1.0], [0.45, 0.3, -1.0]], np.float32)
    for point in points:
        drawn = np.zeros((height, width), np.float32)
        u, v = K[0, 2] + K[0, 0] * point[0], K[1, 2] - K[1, 1] * point[1]
        yy, xx = np.mgrid[0:height, 0:width] + 0.5
        drawn[:] = np.exp(-((xx - u) ** 2 + (yy - v) ** 2) / 8.0)
        seen = lens.bend(drawn)
        yy, xx = np.mgrid[0:240, 0:320] + 0.5
        centre = np.array([(seen * xx).sum(), (seen * yy).sum()]) / seen.sum()
        assert np.allclose(centre, lens.project(point[None])[0], atol=0.15)


def test_barrel_lens_pulls_corners_inward():
    corner = np.array([[0.45, 0.3, -1.0]], np.float32)
    barrel, plain = Lens(320, 240, 1.0, -0.08).project(corner)[0], Lens(320, 240, 1.0, 0.0).project(corner)[0]
    middle = np.array([160.0, 120.0])
    assert np.linalg.norm(barrel - middle) < np.linalg.norm(plain - middle) - 1.0


def test_noise_grows_with_light_and_repeats_with_the_seed():
    flat = np.stack([np.full((64, 64), level, np.float32) for level in (10, 120, 220)], -1)
    once, again = (expose(flat, np.random.default_rng(3), 1.0) for _ in range(2))
    assert np.array_equal(once, again)
    spread = once.std(axis=(0, 1))
    assert 0.8 < spread[0] < spread[1] < spread[2] < 5


def test_codec_returns_every_frame_in_order_within_the_bit_rate():
    rng = np.random.default_rng(1)
    pictures = [np.full((128, 160, 3), 20 + 8 * i, np.uint8) for i in range(20)]
    for picture in pictures:
        picture[32:96, 40:120] = rng.integers(0, 255, (64, 80, 3))
    planes = list(through_codec(pictures, 30))
    assert len(planes) == 20
    assert [y.shape for y, _, _ in planes] == [(128, 160)] * 20
    assert planes[0][1].shape == (64, 80)
    corners = np.array([float(y[:24, :24].mean()) for y, _, _ in planes])
    expected = 16 + np.array([20 + 8 * i for i in range(20)]) * 219 / 255
    assert np.abs(corners - expected).max() < 4
    assert BIT_RATE == 1_000_000
    inside = planes[-1][0][32:96, 40:120].astype(int)
    assert np.abs(np.diff(inside, axis=1)).mean() > 5  # detail survives, though not unharmed
