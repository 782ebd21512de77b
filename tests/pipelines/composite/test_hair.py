"""Hair over the garment, on drawn shoppers with noise."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.hair import HairState, hair_occlusion, is_long
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

WALL, SKIN, BROWN, BLACK, WHITE = (150, 128, 128), (160, 112, 150), (70, 122, 136), (40, 128, 128), (200, 128, 128)
REGION = Region(200, 170, 440, 420)
ARM = slice(185, 310)  # rows of upper arms
MIDDLE, WIDTH = 320, 130  # of the shopper and their shoulders, px


def landmarks(from_behind: bool = False, ends: int = 300, invented_face: bool = False) -> Landmarks:
    uv = np.zeros((33, 2), np.float32)
    uv[0] = (MIDDLE, 115)
    uv[[1, 4, 9, 10, 7, 8]] = [(330, 100), (310, 100), (330, 130), (310, 130), (345, 110), (295, 110)]
    arms = ((11, 12, 65, 190), (13, 14, 85, 270), (15, 16, 85, 340), (17, 18, 85, 365), (19, 20, 85, 365))
    for left, right, dx, y in (*arms, (23, 24, 45, 400)):
        aside = -dx if from_behind else dx
        uv[left], uv[right] = (MIDDLE + aside, y), (MIDDLE - aside, y)
    visibility = np.full(33, 0.99, np.float32)
    visibility[:7] = 0.99 if invented_face or not from_behind else 0.1
    return Landmarks(uv, visibility, np.zeros((33, 3), np.float32), matte(ends))


def matte(ends: int) -> np.ndarray:
    out = np.zeros((480, 640), np.uint8)
    cv2.ellipse(out, (MIDDLE, 112), (40, 50), 0, 0, 360, (255,), -1)
    cv2.rectangle(out, (MIDDLE - 95, 175), (MIDDLE + 95, 479), (255,), -1)
    cv2.rectangle(out, (MIDDLE - 30, 140), (MIDDLE + 30, 180), (255,), -1)
    return cv2.resize(np.maximum(out, hair_shape(ends)), (256, 192), interpolation=cv2.INTER_AREA)


def hair_shape(ends: int) -> np.ndarray:
    """Return 255 (480, 640) on top of the head and in two strands beside the face, down to the row `ends`."""
    out = np.zeros((480, 640), np.uint8)
    cv2.ellipse(out, (MIDDLE, 112), (40, 50), 0, 180, 360, (255,), -1)
    for side in (-1, 1):
        left, right = sorted((MIDDLE + 24 * side, MIDDLE + 44 * side))
        out[105:ends, left:right] = 255
    cv2.rectangle(out, (MIDDLE - 22, 90), (MIDDLE + 22, 160), (0,), -1)
    return out


def picture(hair: np.ndarray, hair_is: tuple, clothes: tuple, seed: int = 0, t_s: float = 0.0) -> CameraFrame:
    yuv = np.full((480, 640, 3), WALL, np.float32)
    yuv[175:, MIDDLE - 95 : MIDDLE + 95] = clothes
    yuv[140:190, MIDDLE - 28 : MIDDLE + 28] = SKIN
    head = np.zeros((480, 640), np.uint8)
    cv2.ellipse(head, (MIDDLE, 112), (40, 50), 0, 0, 360, (255,), -1)
    yuv[head > 0] = SKIN
    yuv[hair > 0] = hair_is
    yuv += np.random.default_rng(seed).normal(0.0, 3.0, yuv.shape)
    planes = [np.clip(yuv[..., c], 16, 240).astype(np.uint8) for c in range(3)]
    return CameraFrame(planes[0], planes[1][::2, ::2].copy(), planes[2][::2, ::2].copy(), t_s, np.eye(3))


def painted(frame: CameraFrame, rows: slice, columns: slice, colour: tuple) -> CameraFrame:
    """Return `frame` with a rectangle in one colour."""
    planes = [frame.y.copy(), frame.u.copy(), frame.v.copy()]
    for plane, value, part in zip(planes, colour, (1, 2, 2), strict=True):
        plane[rows.start // part : rows.stop // part, columns.start // part : columns.stop // part] = value
    return replace(frame, y=planes[0], u=planes[1], v=planes[2])


def layer() -> GarmentLayer:
    shape = (REGION.y1 - REGION.y0, REGION.x1 - REGION.x0)
    return GarmentLayer(np.full((*shape, 4), 255, np.uint8), np.ones(shape, np.float32), REGION)


def over(mask: np.ndarray) -> np.ndarray:
    return mask[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1] > 0


@pytest.mark.parametrize(("hair", "clothes"), [(BROWN, WHITE), (BLACK, WHITE), (WHITE, BLACK), (BROWN, (90, 100, 190))])
def test_strands_before_the_garment_are_found_and_nothing_else_is(hair: tuple, clothes: tuple) -> None:
    true = hair_shape(300)
    found, _ = hair_occlusion(picture(true, hair, clothes), landmarks(), layer(), HairState())
    both = (found > 127) & over(true)
    assert both.sum() > 0.85 * over(true).sum()
    beyond = cv2.dilate(over(true).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (found[beyond] > 127).mean() < 0.01


@pytest.mark.parametrize("invented_face", [False, True])
def test_from_behind_all_of_the_head_is_hair(invented_face: bool) -> None:
    true = hair_shape(180)
    cv2.rectangle(true, (MIDDLE - 40, 70), (MIDDLE + 40, 280), (255,), -1)
    seen = landmarks(from_behind=True, invented_face=invented_face)
    found, _ = hair_occlusion(picture(true, BROWN, BLACK), seen, layer(), HairState())
    assert (found[over(true)] > 127).mean() > 0.9


@pytest.mark.parametrize("why", ["short", "alike", "no ears", "no matte", "out of the picture"])
def test_nothing_is_claimed_where_nothing_can_be_told(why: str) -> None:
    ends = 130 if why == "short" else 300
    frame, seen = picture(hair_shape(ends), BROWN, BROWN if why == "alike" else WHITE), landmarks(ends=ends)
    if why == "no ears":
        seen.uv_px[7] = np.nan
    if why == "no matte":
        seen = replace(seen, matte=None)
    if why == "out of the picture":
        seen.uv_px[:] += 5000
    assert hair_occlusion(frame, seen, layer(), HairState())[0] is None


def test_a_print_of_the_hairs_colour_on_the_chest_is_no_hair() -> None:
    frame = painted(picture(hair_shape(130), BROWN, WHITE), slice(240, 300), slice(290, 350), BROWN)
    assert hair_occlusion(frame, landmarks(ends=130), layer(), HairState())[0] is None


def test_a_print_that_hangs_together_with_the_hair_is_no_hair() -> None:
    frame = picture(hair_shape(300), BROWN, WHITE)
    frame = painted(frame, slice(220, 300), slice(276, 364), BROWN)  # from strand to strand
    assert hair_occlusion(frame, landmarks(), layer(), HairState())[0] is None


def test_a_hood_that_goes_on_in_a_sleeve_is_no_hair() -> None:
    frame, seen = picture(hair_shape(300), BLACK, WHITE), landmarks()
    found, known = hair_occlusion(frame, seen, layer(), HairState())
    assert found is not None
    hooded = painted(frame, slice(180, 300), slice(MIDDLE + 20, MIDDLE + 94), BLACK)
    assert hair_occlusion(hooded, seen, layer(), known)[0] is None


@pytest.mark.parametrize(("ends", "long"), [(300, True), (118, False)])
def test_long_hair_is_told_by_what_is_beside_the_jaw(ends: int, long: bool) -> None:
    frame, seen = picture(hair_shape(ends), BLACK, BLACK), landmarks(ends=ends)
    _, known = hair_occlusion(frame, seen, layer(), HairState())
    assert known.hair is not None
    assert is_long(frame, seen, known) == long


def test_colours_are_kept_while_the_clothes_are_hidden_for_a_moment() -> None:
    true, state = hair_shape(300), HairState()
    for number in range(3):
        _, state = hair_occlusion(picture(true, BROWN, WHITE, number, 0.3 * number), landmarks(), layer(), state)
    hidden = picture(true, BROWN, WHITE, 9, 1.2)
    hidden = painted(hidden, slice(330, 480), slice(224, 330), BROWN)  # something held before the chest
    found, _ = hair_occlusion(hidden, landmarks(), layer(), state)
    assert (found[over(true)] > 127).mean() > 0.85


def test_hair_does_not_blink_when_it_looks_like_the_clothes_for_a_moment() -> None:
    true, seen, state = hair_shape(300), landmarks(), HairState()
    shown = []
    for step, alike in enumerate((False, True, False, *(True,) * 6)):
        frame = picture(true, BROWN, WHITE, t_s=0.3 * step)
        for rows, columns in ((slice(310, 480), slice(160, 480)), (ARM, slice(160, 262)), (ARM, slice(378, 480))):
            frame = painted(frame, rows, columns, BROWN) if alike else frame
        found, state = hair_occlusion(frame, seen, layer(), state)
        shown.append(found is not None)
    assert shown[:3] == [True] * 3
    assert not shown[-1]  # they are alike


def test_an_arm_held_to_the_head_is_no_hair() -> None:
    true, seen = hair_shape(150), landmarks(ends=150)
    seen.uv_px[[13, 15, 17, 19]] = [(440, 200), (365, 110), (345, 90), (343, 92)]
    matte = cv2.line(seen.matte.copy(), (176, 80), (146, 44), (255,), 12)
    bare = picture(true, BROWN, WHITE)
    planes = [plane.copy() for plane in (bare.y, bare.u, bare.v)]
    for plane, value, part in zip(planes, BROWN, (1, 2, 2), strict=True):
        cv2.line(plane, (440 // part, 200 // part), (365 // part, 110 // part), (value,), 26 // part)
    arm = replace(bare, y=planes[0], u=planes[1], v=planes[2])
    found, _ = hair_occlusion(arm, replace(seen, matte=matte), layer(), HairState())
    assert found is None or (found > 127).sum() < 100


def test_hair_that_turns_to_another_light_is_followed() -> None:
    true, state = hair_shape(300), HairState()
    for number in range(20):
        lighter = tuple(np.add(BROWN, (2 * number, 0, 0)))
        found, state = hair_occlusion(picture(true, lighter, WHITE, number, 0.3 * number), landmarks(), layer(), state)
        assert (found[over(true)] > 127).mean() > 0.8
