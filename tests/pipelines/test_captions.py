"""What is written into a picture of the fit can be read, and leaves the person in it to be seen."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from pipelines.captions import TICKS, captioned
from pipelines.types import CameraFrame

GREY = 128


def grey(width_px: int, height_px: int) -> CameraFrame:
    half = (height_px // 2, width_px // 2)
    y, u, v = (np.full(shape, GREY, np.uint8) for shape in ((height_px, width_px), half, half))
    return CameraFrame(y, u, v, captured_s=0.0, K=np.eye(3))


@pytest.mark.parametrize("size", [(480, 854), (360, 640), (640, 480), (1280, 720)])
def test_the_ticks_of_the_scale_stand_apart_in_the_upper_edge(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[float, float]] = []
    put = cv2.putText

    def watch(plane, text, at, font, scale, colour, thick, kind):  # type: ignore[no-untyped-def]
        written.append((at[0], at[0] + cv2.getTextSize(text, font, scale, thick)[0][0]))
        return put(plane, text, at, font, scale, colour, thick, kind)

    monkeypatch.setattr(cv2, "putText", watch)
    frame = captioned(grey(*size), (), in_colours=True)
    assert len(written) == len(TICKS)
    assert all(end < start for (_, end), (start, _) in pairwise(sorted(written)))
    touched = np.flatnonzero((frame.y != GREY).any(axis=1))
    assert touched.max() < 0.06 * size[1]
