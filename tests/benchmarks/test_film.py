from __future__ import annotations

import numpy as np
import pytest

from benchmarks.film import FILM_FRAMES, film, read_mark, stamp


def test_every_frame_of_the_film_says_its_number_and_differs_from_the_one_before() -> None:
    frames = film(320, 240)
    assert [read_mark(frame, 320) for frame in frames] == list(range(FILM_FRAMES))
    pictures = [frame.to_ndarray(format="gray").astype(int) for frame in frames[:3]]
    assert np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2)).min() > 1


@pytest.mark.parametrize("scale", [1.0, 0.75, 0.5, 0.25])
def test_number_survives_being_scaled_down(scale: float) -> None:
    frame = film(640, 480)[0]
    for number in (0, 9999, 0b10_1010_1010_1010):
        stamp(frame, number)
        scaled = frame.reformat(round(640 * scale), round(480 * scale))
        assert read_mark(scaled, 640) == number
