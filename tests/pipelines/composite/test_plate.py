"""The background plate: flat rooms with edges, before which somebody stands or walks."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.composite.plate import FINE, LOOK_S, STEADY_S, SURE, Plate, learnt
from pipelines.types import CameraFrame

SHAPE = (120, 160)


def room(shift: int = 0, brighter: int = 0) -> np.ndarray:
    """Return the luma of a room with shelves and a door."""
    luma = np.full(SHAPE, 150, np.int16)
    luma[30:34] = 60
    luma[:, 40:44] = 200
    luma[70:74, 80:] = 90
    return np.roll(luma, (shift, shift), axis=(0, 1)) + brighter


def filmed(luma: np.ndarray, at_s: float, seed: int = 0) -> CameraFrame:
    noise = np.random.default_rng((seed, round(1000 * at_s))).integers(-2, 3, SHAPE)
    chroma = np.full((SHAPE[0] // 2, SHAPE[1] // 2), 128, np.uint8)
    return CameraFrame((luma + noise).clip(16, 235).astype(np.uint8), chroma, chroma, at_s, np.eye(3))


def somebody(x0: int = 0, x1: int = 0) -> np.ndarray:
    matte = np.zeros((60, 80), np.uint8)
    matte[20:, x0:x1] = 255
    return matte


def seen(plate: Plate | None, frames: int, luma: np.ndarray, matte: np.ndarray, from_s: float = 0.0) -> Plate:
    for i in range(frames):
        plate = learnt(filmed(luma, from_s + i * 1.1 * LOOK_S), [matte], plate)
    assert plate is not None
    return plate


def test_room_is_known_where_nobody_stands_nor_near() -> None:
    plate = seen(None, 8, room(), somebody(20, 40))
    known = plate.looks >= SURE
    assert known[:, 50:].all()
    assert known[:, :14].all()
    assert not known[21:, 18:42].any()
    assert np.abs(plate.y[:, 100:] / FINE - room()[:, 100:]).max() < 3.0


def test_room_is_remembered_while_somebody_stands_before_it() -> None:
    plate = seen(None, 8, room(), somebody(20, 40))
    hidden = room()
    hidden[44:, 100:] = 40
    later = seen(plate, 8, hidden, somebody(46, 80), plate.at_s + LOOK_S)
    assert np.abs(later.y[60:, 104:] / FINE - room()[60:, 104:]).max() < 3.0
    assert (later.looks[:, 52:] >= SURE).all()


def test_few_looks_are_not_enough() -> None:
    assert not (seen(None, SURE - 1, room(), somebody()).looks >= SURE).any()


def test_looks_follow_each_other_at_leisure() -> None:
    first = seen(None, 4, room(), somebody())
    assert learnt(filmed(room(), first.at_s + 0.5 * LOOK_S), [somebody()], first) is first


@pytest.mark.parametrize("changed", [room(12), room(brighter=25)], ids=["camera moves", "light is switched on"])
def test_all_is_forgotten_when_camera_or_light_change(changed: np.ndarray) -> None:
    plate = seen(None, 8, room(), somebody(20, 40))
    assert plate.is_settled
    after = learnt(filmed(changed, plate.at_s + 1.1 * LOOK_S), [somebody(20, 40)], plate)
    assert after is not None
    assert not (after.looks >= SURE).any()
    assert not after.is_settled
    frames = round(STEADY_S / LOOK_S) + 3
    assert seen(after, frames, changed, somebody(20, 40), after.at_s + LOOK_S).is_settled


def test_exposure_that_drifts_is_followed() -> None:
    plate = None
    for i in range(40):
        plate = learnt(filmed(room(brighter=i // 2), i * 1.1 * LOOK_S), [somebody(20, 40)], plate)
    assert plate is not None
    assert plate.is_settled
    assert np.abs(plate.y[:, 100:] / FINE - room(brighter=19)[:, 100:]).max() < 8.0


def test_what_is_there_for_a_moment_does_not_stay() -> None:
    plate = seen(None, 8, room(), somebody())
    ball = room()
    ball[90:100, 100:110] = 30
    plate = seen(plate, 1, ball, somebody(), plate.at_s + 1.1 * LOOK_S)
    plate = seen(plate, 4, room(), somebody(), plate.at_s + 1.1 * LOOK_S)
    assert np.abs(plate.y[90:100, 100:110] / FINE - 150).max() < 3.0
    moved = seen(plate, 12, ball, somebody(), plate.at_s + 1.1 * LOOK_S)
    assert np.abs(moved.y[92:98, 102:108] / FINE - 30).max() < 4.0


def test_it_begins_anew_after_a_gap_a_jump_back_or_in_another_size() -> None:
    plate = seen(None, 8, room(), somebody())
    for at_s in (plate.at_s + 5.0, plate.at_s - 1.0):
        after = learnt(filmed(room(), at_s), [somebody()], plate)
        assert after is not None
        assert after.looks.max() == 1
    small = filmed(room(), plate.at_s + 1.1 * LOOK_S)
    small = replace(small, y=small.y[:60], u=small.u[:30], v=small.v[:30])
    after = learnt(small, [somebody()], plate)
    assert after is not None
    assert after.y.shape == (60, 160)
