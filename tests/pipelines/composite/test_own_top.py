"""Own clothes beside a top that is narrower or has shorter sleeves, drawn as flat shapes."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.own_top import (
    APPEARS_S,
    GOES_S,
    LITTLE_M2,
    LOOK_S,
    MUCH_M2,
    Look,
    OwnTop,
    View,
    is_due,
    looked_at,
    remembered,
)
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Region

WALL, SWEATER, BROWN, SKIN, BLACK = (170, 128, 128), (90, 150, 110), (60, 120, 136), (130, 112, 148), (30, 128, 128)
METRE_PX = 300.0
SHOULDERS, HIPS, ELBOWS, WRISTS = JOINTS_PX = np.array(
    [[(375, 160), (265, 160)], [(355, 320), (285, 320)], [(410, 250), (230, 250)], [(425, 330), (215, 330)]], float
)
REGION = Region(180, 110, 460, 400)
FACE_SKIN = SkinChroma(np.array(SKIN[1:], float), np.array([[9.0, 0.0], [0.0, 9.0]]), True)


def shape(wider_m: float = 0.0, sleeve: float = 0.6) -> np.ndarray:
    """Return 255 (480, 640) on trunk and sleeves, so much wider on all sides; 1 to the elbow, 2 to the wrist."""
    out, more = np.zeros((480, 640), np.uint8), 2.0 * wider_m * METRE_PX
    trunk = np.array([*SHOULDERS, *HIPS[::-1]]).round().astype(np.int32)
    cv2.polylines(out, [trunk], True, (255,), round(24 + more))
    cv2.fillPoly(out, [trunk], (255,))
    for arm in zip(SHOULDERS, ELBOWS, WRISTS, strict=True):
        joints = np.array(arm)
        whole = int(min(sleeve, 1.0) == 1.0) + 1
        end = joints[whole - 1] + (sleeve - whole + 1) * (joints[whole] - joints[whole - 1])
        line = np.array([*joints[:whole], end]).round().astype(np.int32)
        cv2.polylines(out, [line], False, (255,), round(30 + more))
    return out


def painted(*layers: tuple[np.ndarray, tuple[int, int, int]], wall: tuple[int, int, int] = WALL) -> CameraFrame:
    """Return a picture of flat colours before a wall."""
    yuv = np.full((480, 640, 3), wall, np.uint8)
    for mask, colour in layers:
        yuv[mask > 0] = colour
    noise = np.random.default_rng(1).integers(-2, 3, yuv.shape)
    y, u, v = np.moveaxis((yuv + noise).astype(np.uint8), 2, 0)
    return CameraFrame(y, u[::2, ::2], v[::2, ::2], 0.0, np.eye(3))


def layer(alpha: np.ndarray) -> GarmentLayer:
    part = alpha[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1]
    rgba = np.ascontiguousarray(np.dstack([part] * 4))
    return GarmentLayer(rgba, np.where(part > 0, np.float32(2.0), np.float32(np.inf)), REGION)


def matte_of(*masks: np.ndarray) -> np.ndarray:
    whole = np.maximum.reduce(masks)
    return np.asarray(cv2.resize(whole, (256, 192), interpolation=cv2.INTER_AREA))


def seen_m2(view: View) -> float:
    return looked_at(view).area_m2


def look(own: np.ndarray, colour=SWEATER, arms=None, garment=None, wall=WALL) -> View:
    """Return who wears `own` of a colour, their bare `arms`, and a T-shirt drawn over them."""
    bare = shape(sleeve=2.0) if arms is None else arms
    frame = painted((bare, SKIN), (own, colour), wall=wall)
    drawn = layer(shape(0.01) if garment is None else garment)
    return View(frame, matte_of(bare, own), (), drawn, None, JOINTS_PX, METRE_PX, FACE_SKIN, None)


def gaussian(colour: tuple[int, int, int]) -> np.ndarray:
    """Return hair of a colour, (1, 13)."""
    return np.array([[*colour, *(np.eye(3) / 30.0).reshape(9), 3.0 * np.log(30.0)]])


@pytest.mark.parametrize(("wider_m", "sleeve"), [(0.06, 0.6), (0.0, 1.6), (0.05, 1.6)])
def test_own_clothes_that_are_wider_or_have_longer_sleeves_are_seen(wider_m: float, sleeve: float) -> None:
    own = shape(wider_m, sleeve)
    assert seen_m2(look(own)) > MUCH_M2
    truth = np.count_nonzero((own > 0) & (shape(0.01) == 0)) / METRE_PX**2
    assert 0.25 * truth < seen_m2(look(own)) < truth  # not near the neck, nor below the waist


def test_own_sleeves_beside_a_tank_top_are_seen() -> None:
    tank = np.zeros((480, 640), np.uint8)
    cv2.fillPoly(tank, [np.array([(350, 150), (290, 150), (280, 330), (360, 330)], np.int32)], (255,))
    assert seen_m2(look(shape(), garment=tank)) > MUCH_M2


@pytest.mark.parametrize("colour", [SWEATER, SKIN, BLACK], ids=["blue", "like skin", "black"])
@pytest.mark.parametrize("sleeve", [0.6, 0.0])
def test_bare_arms_beside_a_close_shirt_are_not_own_clothes(colour: tuple[int, int, int], sleeve: float) -> None:
    assert seen_m2(look(shape(0.0, sleeve), colour)) < LITTLE_M2


def test_a_thin_strip_is_not_told() -> None:
    assert seen_m2(look(shape(0.025))) < LITTLE_M2


def test_what_is_like_skin_is_not_told() -> None:
    assert seen_m2(look(shape(0.05, 1.6), SKIN)) == 0.0


def test_what_has_another_colour_than_what_is_covered_is_not_told() -> None:
    view = look(shape(0.06))
    bag = shape(0.06) - np.minimum(shape(0.06), shape(0.01))
    frame = painted((shape(sleeve=2.0), SKIN), (shape(0.06), SWEATER), (bag, BROWN))
    assert seen_m2(replace(view, frame=frame)) < LITTLE_M2


def test_sleeves_that_come_out_before_the_garment_are_seen() -> None:
    view = look(shape(), garment=shape(0.01))
    before = np.full(view.layer.rgba.shape[:2], 255, np.uint8)
    before[80:120, 60:200] = 0  # an arm in the own sleeve
    assert seen_m2(replace(view, left=before)) > seen_m2(view) + 0.01


def test_near_the_neck_only_what_is_unlike_hair_is_seen() -> None:
    fallen = np.zeros((480, 640), np.uint8)
    cv2.rectangle(fallen, (263, 125), (377, 152), (255,), -1)  # over both shoulders
    own = np.maximum(shape(), fallen)
    view = look(own)
    assert seen_m2(view) < LITTLE_M2  # no hair is known
    assert seen_m2(replace(view, hair=gaussian(SWEATER))) < LITTLE_M2
    assert seen_m2(replace(view, hair=gaussian(BROWN))) > LITTLE_M2


def test_own_clothes_within_an_open_front_are_not_told() -> None:
    jacket = shape(0.01)
    jacket[:, 300:340] = 0
    assert seen_m2(look(shape(), garment=jacket)) < LITTLE_M2


def test_a_garment_that_was_drawn_aside_is_not_told() -> None:
    own = shape(0.0)
    aside = np.roll(shape(0.0), 20, axis=1)
    assert seen_m2(look(own, arms=np.zeros_like(own), garment=aside)) < LITTLE_M2


def test_dark_clothes_before_a_dark_room_are_in_doubt() -> None:
    own = shape(0.06, 1.6)
    assert seen_m2(look(own, BLACK)) > MUCH_M2
    assert seen_m2(look(own, BLACK, wall=(36, 128, 128))) < 0.4 * seen_m2(look(own, BLACK))
    assert seen_m2(look(own, WALL)) > MUCH_M2  # light ones before a light wall are not


def test_things_held_are_not_own_clothes() -> None:
    held = np.zeros((480, 640), np.uint8)
    for x, y in WRISTS:
        cv2.rectangle(held, (int(x) - 28, int(y) - 10), (int(x) + 28, int(y) + 46), (255,), -1)
    assert seen_m2(look(np.maximum(shape(), held))) < LITTLE_M2


def test_who_passes_in_front_is_not_the_own_clothes() -> None:
    view = look(shape(0.06, 1.6))
    beside = np.zeros((480, 640), np.uint8)
    beside[:, 380:], beside[:, :260] = 255, 255
    assert seen_m2(replace(view, before=(matte_of(beside),))) < 0.4 * seen_m2(view)
    small = cv2.resize(matte_of(np.full((480, 640), 255, np.uint8)), (128, 96))
    assert seen_m2(replace(view, before=(matte_of(beside), small))) == 0.0


@pytest.mark.parametrize("away_px", [(-2000.0, 0.0), (0.0, 1e7), (1e7, -1e7)])
def test_who_is_out_of_the_picture_shows_nothing(away_px: tuple[float, float]) -> None:
    view = look(shape(0.06, 1.6))
    assert seen_m2(replace(view, joints_px=JOINTS_PX + away_px)) == 0.0


def test_what_is_painted_over_is_not_seen() -> None:
    own = shape(0.05)
    view = look(own)
    assert seen_m2(replace(view, painted=np.ascontiguousarray(own[::2, ::2]))) == 0.0
    assert seen_m2(replace(view, painted=np.zeros_like(own[::2, ::2]))) == seen_m2(view)


def test_colours_are_kept_from_the_last_look_that_saw_them() -> None:
    seen = looked_at(look(shape(0.05)))
    assert seen.colours is not None
    assert np.abs(seen.colours[1, :3] - SWEATER).max() < 3.0
    known = remembered(OwnTop(), seen, 1.0)
    assert remembered(known, Look(0.0, None), 1.3).colours is seen.colours


def told(areas_m2: list[float], fps: float = 30.0) -> list[bool]:
    """Return in which frames it is told, of areas seen at so many frames a second."""
    known, out = OwnTop(), []
    for i, area_m2 in enumerate(areas_m2):
        if is_due(known, i / fps):
            known = remembered(known, Look(area_m2, None), i / fps)
        out.append(known.shown)
    return out


def test_it_is_told_after_a_second_and_for_two_more() -> None:
    shown = told([0.0] * 10 + [2 * MUCH_M2] * 60 + [0.0] * 90)
    first, last = shown.index(True), len(shown) - 1 - shown[::-1].index(True)
    assert 30 * (APPEARS_S - LOOK_S) <= first - 10 <= 30 * (APPEARS_S + 2.5 * LOOK_S)
    assert 30 * (GOES_S - LOOK_S) <= last - 70 <= 30 * (GOES_S + 2.5 * LOOK_S)
    assert all(shown[first : last + 1])


def test_what_comes_and_goes_is_not_told_and_does_not_flicker() -> None:
    often = [2 * MUCH_M2 * (i // 15 % 2) for i in range(300)]  # half a second each
    assert not any(told(often))
    shown = told([2 * MUCH_M2] * 60 + often)
    assert all(shown[40:120])
    assert np.count_nonzero(np.diff(np.array(shown, int))) <= 2


def test_a_little_less_is_still_told_but_does_not_begin() -> None:
    between = 0.5 * (MUCH_M2 + LITTLE_M2)
    assert not any(told([between] * 120))
    assert all(told([2 * MUCH_M2] * 60 + [between] * 120)[50:])


def test_after_a_gap_it_is_not_told_at_once() -> None:
    known = remembered(OwnTop(), Look(2 * MUCH_M2, None), 3.0)
    assert not is_due(known, 3.0 + 0.5 * LOOK_S)
    assert is_due(known, 2.0)  # the film began anew
    assert not remembered(known, Look(2 * MUCH_M2, None), 60.0).shown
