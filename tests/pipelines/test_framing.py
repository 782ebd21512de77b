"""What a shopper is told who cannot be seen, or not well."""

import numpy as np
import pytest

from pipelines.framing import framing_hint
from pipelines.types import CameraFrame
from tests.pipelines.scan.paper import person


def room(luma: int, lamp: int | None = None, noise: int = 0) -> CameraFrame:
    """Return a picture of nobody: everywhere of one brightness, a twentieth of it of another, speckled by `noise`."""
    y = np.full((480, 640), luma, np.int16)
    if lamp is not None:
        y[:, :32] = lamp
    y += np.random.default_rng(3).integers(-noise, noise + 1, y.shape, np.int16)
    grey = np.full((240, 320), 128, np.uint8)
    return CameraFrame(y.astype(np.uint8), grey, grey, 0.0, np.eye(3))


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        (room(120), "nobody"),
        (room(38), "more_light"),
        (room(18, lamp=90), "more_light"),  # a dark room, in which something can be made out
        (room(16), "covered"),
        (room(19, noise=3), "covered"),
    ],
    ids=["room", "dim room", "lamp in the dark", "black", "covered lens"],
)
def test_who_is_not_seen_is_told_why(frame: CameraFrame, hint: str) -> None:
    assert framing_hint(None, frame) == hint


def test_who_is_seen_is_never_told_that_the_camera_is_covered() -> None:
    sight = person(luma=17)
    assert framing_hint(sight.landmarks, sight.frame) != "covered"
