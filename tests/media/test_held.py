"""Real clips of people who hold something before themselves, and of people who only talk with their hands."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    TryOnSettings,
    Wish,
    load_dress_engine,
    load_track_engine,
    prepare,
    step,
)
from pipelines.types import CameraFrame, TryOnResult
from server.media_files import open_source

pytestmark = pytest.mark.slow
BOARD = range(73, 106)  # frames in which he holds up a board with white squares
WHITE, UNLIKE = 165, 25  # luma of the squares; difference from it


def dressed(clip: Path, count: int) -> Iterator[tuple[CameraFrame, TryOnResult, bool]]:
    """Yield the frames, what is made of them in a T-shirt, and whether something held is in front."""
    outfit = prepare(Wish((GarmentChoice("tee_crew"),)), load_catalogue(), load_body_model())
    engines, states = (
        (load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())),
        (TrackState(), DressState()),
    )
    try:
        with open_source(clip) as source:
            for frame in islice(source.frames, count):
                result, states = step(frame, outfit, states, engines, lambda _: nullcontext())
                yield frame, result, states[1].of(0).held.opacity > 0.0
    finally:
        for engine in engines:
            engine.close()


def test_a_board_is_before_the_shirt_in_every_frame(media: Path) -> None:
    shares, before = [], []
    for index, (frame, result, shown) in enumerate(dressed(media / "people_video" / "webcam_gesture.mp4", BOARD.stop)):
        if index not in BOARD:
            before.append(shown)
            continue
        assert shown
        assert result.layer is not None
        region = result.layer.region
        part = np.s_[region.y0 + 60 : region.y1, region.x0 : region.x1]  # below the face
        squares = frame.y[part] > WHITE
        away = np.abs(result.frame.y[part].astype(int) - frame.y[part])
        shares.append(float((away[squares] < UNLIKE).mean()))
    assert not any(before[:60])
    assert np.mean(shares) > 0.8


@pytest.mark.parametrize("name", ["asl_A_all.mp4", "asl_E_all.mp4", "squats_woman.mp4"])
def test_nothing_is_in_front_of_who_holds_nothing(media: Path, name: str) -> None:
    assert not any(shown for _, _, shown in dressed(media / "people_video" / name, 90))
