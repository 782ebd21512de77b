"""Comparing pictures with pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def assert_image_close(
    actual: NDArray[np.uint8], expected: NDArray[np.uint8], out_dir: Path, *, max_mean_abs: float, name: str = "image"
) -> None:
    """Fail unless the mean absolute difference, of 255, is within bounds; then `out_dir` holds all three pictures.

    Both are (H, W), (H, W, 3) or (H, W, 4) uint8. The saved difference is the largest over the channels, amplified
    to 255.
    """
    assert actual.shape == expected.shape, f"{name}: shape {actual.shape}, expected {expected.shape}"
    difference = np.abs(actual.astype(np.int16) - expected.astype(np.int16))
    mean = float(difference.mean())
    if mean <= max_mean_abs:
        return
    largest = difference.max(axis=2) if difference.ndim == 3 else difference
    amplified = (largest * (255 / largest.max())).astype(np.uint8)
    for label, picture in (("actual", actual), ("expected", expected), ("difference", amplified)):
        Image.fromarray(picture).save(out_dir / f"{name}_{label}.png")
    raise AssertionError(
        f"{name}: mean difference {mean:.2f} of 255, at most {max_mean_abs}; see {out_dir}/{name}_*.png"
    )
