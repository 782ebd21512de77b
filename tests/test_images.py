from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.images import assert_image_close


def test_assert_image_close_passes_within_bounds_and_saves_nothing(tmp_path: Path) -> None:
    grey = np.full((4, 6, 3), 100, np.uint8)
    assert_image_close(grey, grey + 2, tmp_path, max_mean_abs=2.0)
    assert list(tmp_path.iterdir()) == []


def test_assert_image_close_saves_the_amplified_difference_when_it_fails(tmp_path: Path) -> None:
    expected = np.full((4, 6), 100, np.uint8)
    actual = expected.copy()
    actual[1, 2] = 90  # must not wrap around below zero
    with pytest.raises(AssertionError, match="shirt: mean difference 0.42"):
        assert_image_close(actual, expected, tmp_path, max_mean_abs=0.4, name="shirt")
    difference = np.asarray(Image.open(tmp_path / "shirt_difference.png"))
    assert difference.shape == expected.shape
    assert difference[1, 2] == 255
    assert difference.sum() == 255


def test_assert_image_close_refuses_another_shape(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="shape"):
        assert_image_close(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), tmp_path, max_mean_abs=255)
