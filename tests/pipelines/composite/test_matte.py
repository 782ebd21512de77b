"""The matte over a part of the picture."""

import numpy as np
import pytest

from pipelines.composite.matte import matte_over
from pipelines.types import CameraFrame, Region


@pytest.mark.parametrize("step", [1, 2])
def test_matte_lies_over_the_region_as_over_the_picture(step: int) -> None:
    frame = CameraFrame(*(np.zeros(shape, np.uint8) for shape in ((96, 128), (48, 64), (48, 64))), 0.0, np.eye(3))
    matte = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (48, 1))  # 64 columns: 2 levels a pixel of the picture
    region = Region(20, 10, 60, 50)
    over = matte_over(matte, frame, region, step)
    assert over.shape == (40 // step, 40 // step)
    middles = region.x0 + step * (np.arange(over.shape[1]) + 0.5)
    assert np.abs(over - (2.0 * middles - 2.0)).max() <= 1.0


def test_beyond_the_picture_the_matte_goes_on() -> None:
    frame = CameraFrame(*(np.zeros(shape, np.uint8) for shape in ((96, 128), (48, 64), (48, 64))), 0.0, np.eye(3))
    assert (matte_over(np.full((48, 64), 200, np.uint8), frame, Region(100, 80, 140, 110)) == 200).all()
