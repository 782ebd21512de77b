"""What is behind somebody where no plate is known: the plain walls beside them."""

import numpy as np
import pytest

from pipelines.composite.plate import Plate
from pipelines.composite.room import GAP_M, levels_of, room_behind
from pipelines.types import CameraFrame, Region

METRE_PX = 400.0
LIGHT, DARK = 170, 110
WHOLE = Region(0, 0, 240, 80)


def behind(left: slice, blocked: slice = slice(0, 0)) -> np.ndarray:
    """Return the luma (40, 120) carried behind a person in the columns `left`, before a light and a dark wall."""
    y = np.full((80, 240), LIGHT, np.uint8)
    y[:, left.start + left.stop :] = DARK
    frame = CameraFrame(y, np.full((40, 120), 128, np.uint8), np.full((40, 120), 128, np.uint8), 0.0, np.eye(3))
    person, barred = np.zeros((40, 120), np.uint8), np.zeros((40, 120), bool)
    person[:, left], barred[:, blocked] = 255, True
    plate = Plate.unknown(frame)
    room = room_behind(frame, plate, person, WHOLE, (person > 0, barred), METRE_PX)
    return np.asarray(levels_of(room, plate, WHOLE, room.plain)[..., 0])


def test_each_wall_goes_on_to_the_middle() -> None:
    luma = behind(slice(50, 70))
    assert luma[:, 50:58] == pytest.approx(LIGHT, abs=1)
    assert luma[:, 62:70] == pytest.approx(DARK, abs=1)


def test_a_wall_goes_on_behind_what_is_drawn() -> None:
    luma = behind(slice(40, 80), blocked=slice(44, 76))
    assert (luma[:, 44:76] == 0).all()
    assert luma[:, 41:43] == pytest.approx(LIGHT, abs=1)
    assert behind(slice(40, 80), blocked=slice(40, 55))[:, 56:59] == pytest.approx(LIGHT, abs=1)


def test_a_wall_goes_no_farther_than_it_is_likely_to() -> None:
    gap = round(GAP_M * 0.5 * METRE_PX)
    luma = behind(slice(5, 115))  # no wall beside is wide enough
    assert (luma == 0).all()
    assert gap < 55
    wide = behind(slice(16, 119))
    assert wide[:, 18 : 16 + gap - 5] == pytest.approx(LIGHT, abs=1)
    assert (wide[:, 16 + gap + 2 : 118] == 0).all()


def test_what_is_near_above_goes_on_rather_than_what_is_far_beside() -> None:
    """An arm that is held out before a light wall, at its end a dark one."""
    y = np.full((160, 240), LIGHT, np.uint8)
    y[:, 200:] = DARK
    frame = CameraFrame(y, np.full((80, 120), 128, np.uint8), np.full((80, 120), 128, np.uint8), 0.0, np.eye(3))
    person = np.zeros((80, 120), np.uint8)
    person[34:46, 20:100] = 255
    plate = Plate.unknown(frame)
    masks = person > 0, np.zeros(person.shape, bool)
    room = room_behind(frame, plate, person, Region(0, 0, 240, 160), masks, METRE_PX)
    luma = levels_of(room, plate, Region(0, 0, 240, 160), masks[0])[..., 0]
    assert np.mean(np.abs(luma[36:44, 20:90].astype(int) - LIGHT) <= 1) > 0.98
    assert luma[39:41, 99] == pytest.approx(DARK, abs=2)
