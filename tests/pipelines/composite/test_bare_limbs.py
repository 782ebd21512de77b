"""Own sleeves beyond short ones, painted as bare arms: flat arms before a flat shirt and a wall."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.arm_reading import ArmAxis, arm_axis, read_arm
from pipelines.composite.arms import arm_occlusion
from pipelines.composite.bare_limbs import bare_limb, with_arms, without
from pipelines.composite.own_sleeves import (
    APPEARS_S,
    ARM,
    FADE_S,
    GOES_S,
    LEG,
    Bared,
    OwnSleeve,
    Sight,
    SleeveColours,
    follow_sleeve,
    leg_colours,
)
from pipelines.composite.paint_out import Patch, laid_over
from pipelines.composite.plate import LONGEST, Plate
from pipelines.composite.skin import SkinChroma
from pipelines.in_front import hands_seen
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

FPS = 15
SIZE = 240, 320
K = np.array([[600.0, 0.0, 160.0], [0.0, 600.0, 120.0], [0.0, 0.0, 1.0]])
JOINTS = np.array([[0.20, 0.12, -2.0], [0.20, -0.12, -2.0], [-0.06, -0.12, -2.0]], np.float32)  # forearm across
SLEEVE_END = 0.7
ELBOW, WRIST = (220, 156), (142, 156)
HANDS_PX = np.array(
    [[[142, 156], [118, 166], [118, 146], [128, 140]], [[500, 500], [520, 500], [520, 510], [510, 520]]], float
)
PALM_PX = np.array([128.0, 156.0])
SKIN, SHIRT, GREEN, WALL = (200, 150, 126), (60, 90, 160), (40, 150, 60), (205, 204, 200)
NOTHING = OwnSleeve()
CLOSE_PX, BULKY_PX = 30, 44  # the body's own arm is 27 pixels wide


def picture(
    sleeve=SHIRT,
    hand=SKIN,
    width: int = CLOSE_PX,
    bare_to: int = 0,
    aside: int = 0,
    other_hand=None,
    at_s: float = 0.0,
    beyond=SKIN,
) -> tuple[CameraFrame, np.ndarray]:
    """Return a person whose left sleeve goes on to the wrist, and their matte.

    Skin, or what is `beyond`, shows up to column `bare_to`, the forearm lies `aside` of the posed one, and an
    `other_hand` (x, y) lies on it.
    """
    rgb, person = np.full((*SIZE, 3), WALL, np.uint8), np.zeros(SIZE, np.uint8)
    line = np.array([(220, 84), ELBOW, WRIST]) + (0, aside)
    cv2.rectangle(person, (10, 60), (120, 239), 255, -1)
    cv2.polylines(person, [line], False, 255, width)
    rgb[person > 0] = SHIRT
    arm = np.zeros(SIZE, np.uint8)
    cv2.polylines(arm, [line], False, 255, width)
    rgb[arm > 0] = sleeve
    rgb[(arm > 0) & (np.arange(SIZE[1]) < bare_to)[None, :]] = beyond
    cv2.circle(rgb, (128, 156), 17, hand, -1)
    cv2.circle(person, (128, 156), 17, 255, -1)
    if other_hand is not None:
        cv2.circle(rgb, other_hand, 12, SKIN, -1)
    noisy = np.clip(rgb + np.random.default_rng(0).normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)
    yuv = cv2.cvtColor(noisy, cv2.COLOR_RGB2YUV_I420)
    u, v = yuv[240:300].reshape(120, 160), yuv[300:].reshape(120, 160)
    return CameraFrame(yuv[:240], u, v, at_s, K), person


def yuv_of(rgb: tuple[int, int, int]) -> np.ndarray:
    planes = cv2.cvtColor(np.full((2, 2, 3), rgb, np.uint8), cv2.COLOR_RGB2YUV_I420)
    return np.array([planes[0, 0], planes[2, 0], planes[2, 1]], float)


def colours(own=SHIRT, face_luma: float = 150.0) -> SleeveColours:
    gaussians = np.tile(np.concatenate([yuv_of(own), [150.0, 5.0, 5.0]]), (3, 1))
    return SleeveColours.of(gaussians, SkinChroma(yuv_of(SKIN)[1:], np.diag([6.0, 6.0]), True), face_luma)


def axis() -> ArmAxis:
    arm = arm_axis(JOINTS, np.full(13, 0.045), SLEEVE_END, 0.06, K)
    assert arm is not None
    return arm


def layer(right: int = SIZE[1], depth_m: float = 2.1) -> GarmentLayer:
    """Return cloth up to the column `right`."""
    rgba = np.zeros((*SIZE, 4), np.uint8)
    rgba[:, :right, 3] = 255
    return GarmentLayer(rgba, np.full(SIZE, depth_m, np.float32), Region(0, 0, SIZE[1], SIZE[0]))


def plate(known: bool = False) -> Plate:
    frame, _ = picture()
    unknown = Plate.unknown(frame)
    return replace(unknown, looks=np.full_like(unknown.looks, LONGEST), since_s=-1.0) if known else unknown


def followed(frames=20, own=None, known=NOTHING, right=SIZE[1], room=False, **looks):
    """Return the arm after so many frames, the last frame, its matte, and what is remembered."""
    bared, first = None, max(0.0, known.looked_s + 1 / FPS)
    clothes = SkinChroma(yuv_of(SHIRT)[1:], np.diag([6.0, 6.0]), True)
    for i in range(frames):
        frame, matte = picture(at_s=first + i / FPS, **looks)
        arm, told = axis(), own or colours()
        reading = read_arm(frame, arm, told.skin, clothes)
        sight = Sight(frame, layer(right), matte, HANDS_PX[:1], plate(room))
        bared, known = follow_sleeve(sight, arm, reading, told, ARM, known)
    return bared, frame, matte, known


def even(normals: np.ndarray) -> np.ndarray:
    return np.ones(len(normals), np.float32)


def patch_of(bared: Bared, frame: CameraFrame, matte: np.ndarray, lit=even, before=(), room=None) -> Patch | None:
    return bare_limb(frame, matte, before, bared, PALM_PX, HANDS_PX, lit, room)


def over(patch: Patch) -> np.ndarray:
    out = np.zeros(SIZE, np.uint8)
    region = patch.region
    out[region.y0 : region.y1, region.x0 : region.x1] = patch.alpha
    return out


def sleeve_pixels(width: int = CLOSE_PX) -> np.ndarray:
    """Return where (H, W) the forearm's sleeve is, without its borders, elbow and wrist."""
    mask = np.zeros(SIZE, np.uint8)
    cv2.line(mask, (205, 156), (168, 156), 255, width - 6)
    return mask > 0


def test_an_own_sleeve_becomes_an_arm_in_the_colour_of_the_hand() -> None:
    bared, frame, matte, _ = followed()
    assert bared is not None
    assert bared.alpha == 1.0
    patch = patch_of(bared, frame, matte)
    assert patch is not None
    assert (over(patch)[sleeve_pixels()] > 250).mean() > 0.95
    after = laid_over(frame, [patch])
    for plane, level, tolerance in zip((after.y, after.u, after.v), yuv_of(SKIN), (8, 3, 3), strict=True):
        seen = sleeve_pixels()[:: 2 if plane.shape != SIZE else 1, :: 2 if plane.shape != SIZE else 1]
        assert abs(np.median(plane[seen]) - level) <= tolerance
    assert after is not frame
    assert frame.y[156, 180] == picture(at_s=frame.captured_s)[0].y[156, 180]  # the camera's picture stays


def test_real_skin_and_what_is_beyond_the_person_is_not_painted_over() -> None:
    bared, frame, matte, _ = followed()
    patch = patch_of(bared, frame, matte)
    assert patch is not None
    hand = np.zeros(SIZE, np.uint8)
    cv2.circle(hand, (128, 156), 12, 255, -1)
    assert over(patch)[hand > 0].max() < 60
    assert over(patch)[matte == 0].max() == 0


@pytest.mark.parametrize(
    "looks",
    [{"sleeve": SKIN}, {"sleeve": GREEN}, {"hand": SHIRT}, {"hand": (250, 240, 235)}],
    ids=["bare arm", "something else", "no hand", "white glove"],
)
def test_what_is_no_own_sleeve_with_a_hand_stays(looks) -> None:
    bared, frame, matte, _ = followed(**looks)
    assert bared.alpha == 0.0
    assert patch_of(bared, frame, matte) is None


def test_nothing_is_painted_before_any_skin_was_seen() -> None:
    known = NOTHING
    for i in range(20):
        frame, matte = picture(at_s=i / FPS, hand=(250, 240, 235))
        sight = Sight(frame, layer(), matte, np.zeros((0, 4, 2)), plate())
        bared, known = follow_sleeve(
            sight, axis(), read_arm(frame, axis(), colours().skin, None), colours(), LEG, known
        )
    assert (known.skin, known.alpha, bared.alpha) == (None, 0.0, 0.0)


def as_leg(frames=20, known=NOTHING, **looks):
    """Return the same limb taken for a leg, the last frame, its matte, and what is remembered."""
    bared, skin, first = None, colours().skin, max(0.0, known.looked_s + 1 / FPS)
    for i in range(frames):
        frame, matte = picture(at_s=first + i / FPS, **looks)
        reading = read_arm(frame, axis(), skin, None)
        told = leg_colours(reading, skin, 150.0)
        bared, known = follow_sleeve(
            Sight(frame, layer(), matte, HANDS_PX[:1], plate()), axis(), reading, told, LEG, known
        )
    return bared, frame, matte, known


def test_a_leg_ends_where_the_shoe_begins() -> None:
    bared, frame, matte, _ = as_leg(bare_to=162, beyond=(225, 226, 230))
    assert bared.alpha == 1.0
    painted = over(bare_limb(frame, matte, (), bared, None, None, even, None))
    assert painted[150:162, 172:205].min() > 250
    assert painted[:, :156].max() < 60
    assert painted[:, :152].max() == 0


def test_legs_follow_the_light_of_a_hand_slowly() -> None:
    dim = tuple(round(0.85 * level) for level in SKIN)
    (*_, arm), (*_, leg) = followed(), as_leg()
    (*_, arm_after), (*_, leg_after) = followed(frames=15, known=arm, hand=dim), as_leg(frames=15, known=leg, hand=dim)
    assert leg.skin[0] - leg_after.skin[0] < 0.4 * (arm.skin[0] - arm_after.skin[0])


def test_skin_beyond_a_sleeve_tells_the_colour_before_the_hand_does() -> None:
    tanned = tuple(round(0.9 * level) for level in SKIN)
    *_, known = followed(bare_to=200, beyond=tanned)
    assert abs(known.skin[0] - yuv_of(tanned)[0]) < abs(known.skin[0] - yuv_of(SKIN)[0])


def test_brown_shoes_tell_no_colour_of_a_leg() -> None:
    tanned = tuple(round(0.9 * level) for level in SKIN)
    *_, known = as_leg(bare_to=170, beyond=tanned)
    assert abs(known.skin[0] - yuv_of(SKIN)[0]) < abs(known.skin[0] - yuv_of(tanned)[0])


def test_clothes_in_the_colour_of_skin_stay() -> None:
    bared, *_ = followed(own=colours(own=SKIN), sleeve=SKIN)
    assert bared.alpha == 0.0


def test_a_sleeve_that_is_rolled_up_is_painted_to_its_end() -> None:
    bared, frame, matte, _ = followed(bare_to=185)
    assert bared.alpha == 1.0
    painted = over(patch_of(bared, frame, matte))
    assert painted[152:160, 195:210].min() > 250
    assert painted[152:160, 150:175].max() < 60


def test_a_bulky_sleeve_stays_unless_the_room_behind_is_known() -> None:
    assert followed(width=BULKY_PX, right=0)[0].alpha == 0.0
    bared, frame, matte, _ = followed(width=BULKY_PX, right=0, room=True)
    assert bared.alpha == 1.0
    wide = over(patch_of(bared, frame, matte, room=plate(True))) > 127
    assert wide[:, 180].sum() < 38  # the room is painted beside it, by others
    unknown = over(patch_of(bared, frame, matte, room=plate())) > 127
    assert unknown[:, 180].sum() > wide[:, 180].sum()


def test_arms_come_and_go_softly_and_outlast_a_moment() -> None:
    known, alphas = OwnSleeve(), []
    for _ in range(20):
        _, _, _, known = followed(frames=1, known=known)
        alphas.append(known.alpha)
    steps = np.diff(alphas)
    assert alphas[int(APPEARS_S * FPS) - 1] == 0.0
    assert 0.0 <= steps.min() <= steps.max() <= 1.0 / (FADE_S * FPS) + 1e-6
    assert alphas[-1] == 1.0
    for looks, stays_s in (({"hand": SHIRT}, 1.0 + GOES_S), ({"sleeve": GREEN}, 0.3)):
        gone, after = [], known
        for _ in range(60):
            _, _, _, after = followed(frames=1, known=after, **looks)
            gone.append(after.alpha)
        assert min(gone[: int((stays_s - 0.2) * FPS)]) == 1.0
        assert gone[int((stays_s + FADE_S + 0.3) * FPS)] == 0.0


def test_after_a_gap_all_but_the_colour_begins_afresh() -> None:
    *_, known = followed()
    *_, after = followed(frames=1, known=replace(known, looked_s=known.looked_s + 5.0))
    assert after.alpha == 1.0
    frame, matte = picture(at_s=known.looked_s + 5.0)
    sight = Sight(frame, layer(), matte, HANDS_PX[:1], plate())
    reading = read_arm(frame, axis(), colours().skin, None)
    bared, after = follow_sleeve(sight, axis(), reading, colours(), ARM, known)
    assert (bared.alpha, after.due_s) == (0.0, 0.0)
    assert after.skin is not None


def test_an_arm_lies_where_the_sleeve_lies() -> None:
    bared, frame, matte, _ = followed(aside=7)
    rows = np.flatnonzero(over(patch_of(bared, frame, matte))[:, 180] > 127)
    assert abs(rows.mean() - (156 + 7)) < 3.0


def test_another_hand_on_the_sleeve_is_left_alone_and_ends_no_arm() -> None:
    *_, known = followed()
    bared, frame, matte, _ = followed(known=known, other_hand=(188, 156))
    painted = over(patch_of(bared, frame, matte))
    assert painted[152:160, 184:192].max() < 60
    assert painted[156, 166] > 250
    assert painted[156, 208] > 250


def test_what_is_held_before_an_arm_is_not_painted_over() -> None:
    bared, frame, matte, _ = followed()
    held = np.zeros(SIZE, np.uint8)
    held[150:170, 170:190] = 255
    painted = over(without(patch_of(bared, frame, matte), held, Region(0, 0, SIZE[1], SIZE[0])))
    assert painted[155:165, 175:185].max() == 0
    assert painted[156, 200] > 250


def test_hands_that_are_not_there_tell_nothing() -> None:
    uv, seen = np.full((33, 2), 50.0, np.float32), np.ones(33, np.float32)
    landmarks = Landmarks(uv, seen, np.zeros((33, 3), np.float32), None)
    assert len(hands_seen(landmarks, (0, 1))) == 2
    uv[19], seen[16] = np.nan, 0.2
    assert len(hands_seen(landmarks, (0, 1))) == 0
    bared, frame, matte, _ = followed()
    assert bare_limb(frame, matte, (), bared, None, np.zeros((0, 4, 2)), even, None) is not None


def test_who_stands_in_front_is_not_painted_over() -> None:
    bared, frame, matte, _ = followed()
    other = np.zeros(SIZE, np.uint8)
    other[:, :180] = 255
    painted = over(patch_of(bared, frame, matte, before=(other,)))
    assert painted[:, :176].max() == 0
    assert painted[156, 200] > 250


def test_light_from_above_lights_the_upper_side() -> None:
    bared, frame, matte, _ = followed()
    after = laid_over(frame, [patch_of(bared, frame, matte, lit=lambda normals: 0.8 + 0.5 * normals[:, 1])])
    assert after.y[148, 160:200].mean() > after.y[164, 160:200].mean() + 10


def test_a_bare_arm_hides_less_of_the_cloth_than_the_sleeve() -> None:
    bared, frame, _, _ = followed(width=BULKY_PX - 6, right=SIZE[1])
    assert bared.alpha == 1.0
    clothes = SkinChroma(yuv_of(SHIRT)[1:], np.diag([6.0, 6.0]), True)
    wall = replace(frame, y=np.where(sleeve_pixels(BULKY_PX), frame.y, 30).astype(np.uint8))
    skin = colours().skin
    by_sleeve, by_arm = (
        arm_occlusion(wall, layer(), axis(), skin, clothes, bared=one)[:, 160:200] > 127 for one in (None, bared)
    )
    assert 0 < by_arm.sum() < by_sleeve.sum()


def test_arms_count_as_garment_where_it_is_looked_what_is_beside() -> None:
    bared, frame, matte, _ = followed()
    patch = patch_of(bared, frame, matte)
    small = GarmentLayer(np.full((40, 40, 4), 255, np.uint8), np.full((40, 40), 2.0, np.float32), Region(0, 0, 40, 40))
    worn, left = with_arms(small, np.zeros((40, 40), np.uint8), [patch])
    at = worn.region
    assert worn.rgba[156 - at.y0, 180 - at.x0, 3] > 250
    assert left[156 - at.y0, 180 - at.x0] == 255
    assert (left[:40, :40][worn.rgba[:40, :40, 3] == 255] == 0).all()
    assert with_arms(small, None, []) == (small, None)


def test_nothing_of_a_picture_is_remembered() -> None:
    *_, known = followed()
    kept = [value for name in OwnSleeve.__slots__ if isinstance(value := getattr(known, name), np.ndarray)]
    assert sum(value.size for value in kept) < 64
