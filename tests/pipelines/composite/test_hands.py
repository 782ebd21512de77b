"""A painted shopper with painted hands: what is skin, where, and when it is not believed."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.hands import hand_occlusion
from pipelines.composite.skin import DEFAULT_SKIN, REDNESS_BINS, REDNESS_RANGE, least_redness, measure_skin
from pipelines.composite.sleeve import Cuff, sleeve_line
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

SKIN, WALL, SHIRT = (224, 172, 146), (140, 150, 150), (40, 60, 120)
HERE = (np.nan, np.nan)  # wrist depth unknown: taken as in front


def frame_of(rgb):
    height, width = rgb.shape[:2]
    rng = np.random.default_rng(0)
    noisy = np.clip(rgb + rng.normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)
    yuv = cv2.cvtColor(noisy, cv2.COLOR_RGB2YUV_I420)
    u = yuv[height : height * 5 // 4].reshape(height // 2, width // 2)
    v = yuv[height * 5 // 4 :].reshape(height // 2, width // 2)
    return CameraFrame(yuv[:height].copy(), u.copy(), v.copy(), 0.0, np.eye(3))


def landmarks():
    uv = np.full((33, 2), 20.0, np.float32)
    uv[[3, 6, 9, 10, 0]] = [(172, 40), (148, 40), (168, 62), (152, 62), (160, 52)]
    uv[[11, 12, 23, 24]] = [(210, 90), (110, 90), (195, 220), (125, 220)]
    uv[[15, 17, 19, 21]] = [(200, 180), (172, 176), (172, 184), (178, 172)]  # the left hand, on the belly
    uv[[16, 18, 20, 22]] = [(40, 220), (38, 235), (42, 235), (46, 232)]  # the right hand, off the garment
    return Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)


def picture(shirt=SHIRT, hand=True, skin=SKIN):
    rgb = np.empty((240, 320, 3), np.uint8)
    rgb[:] = WALL
    cv2.ellipse(rgb, (160, 50), (22, 30), 0, 0, 360, skin, -1)
    cv2.rectangle(rgb, (112, 84), (208, 226), shirt, -1)
    if hand:
        cv2.ellipse(rgb, (172, 180), (26, 13), 0, 0, 360, skin, -1)
    truth = np.zeros((240, 320), np.uint8)
    cv2.ellipse(truth, (172, 180), (26, 13), 0, 0, 360, 255, -1)
    return frame_of(rgb), truth > 0


def garment(depth_m=1.5):
    region = Region(100, 80, 220, 230)
    shape = (150, 120)
    rgba = np.full((*shape, 4), 255, np.uint8)
    return GarmentLayer(rgba, np.full(shape, depth_m, np.float32), region)


def crop(mask):
    return mask[80:230, 100:220]


def test_hand_before_the_garment_takes_its_pixels_away():
    frame, truth = picture()
    found = hand_occlusion(frame, landmarks(), garment(), HERE)
    hand = found.multiplier < 128
    union = (hand | crop(truth)).sum()
    assert (hand & crop(truth)).sum() / union > 0.85
    assert found.use_model == (False, False)
    assert found.middles_px[1] is None and np.abs(found.middles_px[0] - (172, 180)).max() < 3


def test_garment_is_untouched_when_no_hand_is_near():
    frame, _ = picture(hand=False)
    points = landmarks()
    points.uv_px[15:22:2] = (20, 200)
    found = hand_occlusion(frame, points, garment(), HERE)
    assert found.multiplier is None and found.use_model == (False, False)
    assert found.middles_px == (None, None)


def test_skin_coloured_background_beside_the_hand_is_left_to_the_garment():
    """A wooden shelf behind the shopper: the matte knows that it is no part of the person."""
    frame, truth = picture()
    wood = frame.u.copy(), frame.v.copy()
    rows, columns = slice(84, 98), slice(66, 88)  # chroma: beside the fingers, over the garment
    for plane, source in zip(wood, (frame.u, frame.v), strict=True):
        plane[rows, columns] = source[88:92, 82:90].mean()
    shelf = replace(frame, u=wood[0], v=wood[1])
    person = np.where(cv2.dilate(truth.astype(np.uint8), np.ones((9, 9))) > 0, 255, 0).astype(np.uint8)
    seen = replace(landmarks(), matte=cv2.resize(person, (256, 192), interpolation=cv2.INTER_AREA))
    with_matte = hand_occlusion(shelf, seen, garment(), HERE).multiplier < 128
    without = hand_occlusion(shelf, landmarks(), garment(), HERE)
    assert (with_matte & ~crop(truth)).sum() < 0.25 * crop(truth).sum()
    assert without.use_model[0] or (without.multiplier < 128).sum() > 1.15 * with_matte.sum()
    assert (with_matte & crop(truth)).sum() > 0.85 * crop(truth).sum()


def test_hand_behind_the_back_takes_nothing_away():
    frame, _ = picture()
    found = hand_occlusion(frame, landmarks(), garment(1.5), (1.8, 1.8))
    assert found.multiplier is None or (found.multiplier == 255).all()


def test_cuff_at_the_wrist_stays_and_fingers_before_the_torso_show():
    """The virtual sleeve ends at the wrist: the cloth there is as near as the wrist itself."""
    frame, truth = picture()
    layer = garment(1.5)
    depth = layer.depth_m.copy()
    depth[:, 90:] = 1.21  # the sleeve, from x = 190 on
    found = hand_occlusion(frame, landmarks(), replace(layer, depth_m=depth), (1.2, np.nan))
    assert (found.multiplier[:, 93:] > 200).all()
    fingers = crop(truth).copy()
    fingers[:, 85:] = False
    assert (found.multiplier[fingers] < 128).mean() > 0.85


def test_bare_arm_beneath_a_long_sleeve_does_not_show_through_its_cuff():
    """The real forearm is bare, and taken to be nearer than it is; the drawn sleeve ends at the wrist all the same."""
    frame, truth = picture()
    frame = replace(frame, K=np.array([[600.0, 0, 160], [0, 600, 120], [0, 0, 1]]))
    layer = garment(1.5)
    depth = layer.depth_m.copy()
    depth[80:120, 64:] = 1.36  # the near side of the sleeve, from x = 164 on
    layer = replace(layer, depth_m=depth)
    x, y = (170 - 160) / 600 * 1.4, -(180 - 120) / 600 * 1.4
    joints = np.array([[0.3, 0.2, -1.4], [0.25, y, -1.4], [x, y, -1.4]], np.float32)
    cuff = Cuff(sleeve_line(joints, 2.0), 0.035)
    before = hand_occlusion(frame, landmarks(), layer, (1.3, np.nan))
    after = hand_occlusion(frame, landmarks(), layer, (1.3, np.nan), cuffs=(cuff, None))
    sleeve, fingers = crop(truth).copy(), crop(truth).copy()
    sleeve[:, :66] = False
    fingers[:, 62:] = False
    assert (before.multiplier[sleeve] < 128).mean() > 0.3
    assert (after.multiplier[sleeve] > 127).all()
    assert (after.multiplier[fingers] < 128).mean() > 0.75 and (after.multiplier == before.multiplier)[fingers].all()


@pytest.mark.parametrize("shirt", [SKIN, (216, 166, 140)])
def test_skin_coloured_shirt_leaves_the_hand_to_the_body_model(shirt):
    frame, _ = picture(shirt=shirt)
    found = hand_occlusion(frame, landmarks(), garment(), HERE)
    assert found.use_model == (True, False)
    found = hand_occlusion(frame, landmarks(), garment(), HERE, found.skin, model_drawn=found.use_model)
    assert found.use_model == (True, False)
    assert found.multiplier is None


@pytest.mark.parametrize("times", [1.2, 1.5, 1.8, 2.3])
def test_a_hand_is_hidden_in_no_frame_and_does_not_blink_where_it_is_nearly_too_large(times):
    """The model's hand is a hole in the layer, in the frame after the one that asked for it."""
    size = np.sqrt(times * 0.11 * 104**2 / (26 * 13 * np.pi))
    axes = round(26 * size), round(13 * size)
    rgb, truth = np.empty((240, 320, 3), np.uint8), np.zeros((240, 320), np.uint8)
    rgb[:] = WALL
    cv2.ellipse(rgb, (160, 50), (22, 30), 0, 0, 360, SKIN, -1)
    cv2.rectangle(rgb, (112, 84), (208, 226), SHIRT, -1)
    for picture_of, colour in ((rgb, SKIN), (truth, 255)):
        cv2.ellipse(picture_of, (160, 180), axes, 0, 0, 360, colour, -1)
    frame, hand = frame_of(rgb), crop(truth) > 0
    skin, drawn, switches = DEFAULT_SKIN, (False, False), 0
    for _ in range(12):
        layer = garment()
        hole = hand & drawn[0] & (np.indices(hand.shape)[0] % 4 > 0)  # three quarters of it
        layer.depth_m[hole], layer.rgba[hole] = np.inf, 0
        found = hand_occlusion(frame, landmarks(), layer, HERE, skin, model_drawn=drawn)
        gone = hole | (False if found.multiplier is None else found.multiplier < 128)
        assert gone[hand].mean() > 0.6
        switches += found.use_model[0] != drawn[0]
        skin, drawn = found.skin, found.use_model
    assert switches <= 1


def beside_the_hip(knees_seen):
    """A hand that hangs before trousers in a shade of skin, under a long garment: (frame, landmarks, layer, truth)."""
    rgb, truth = np.empty((320, 320, 3), np.uint8), np.zeros((320, 320), np.uint8)
    rgb[:] = WALL
    cv2.ellipse(rgb, (160, 50), (22, 30), 0, 0, 360, SKIN, -1)
    cv2.rectangle(rgb, (112, 84), (208, 150), SHIRT, -1)
    cv2.rectangle(rgb, (112, 150), (208, 320), (205, 165, 140), -1)
    for picture_of, colour in ((rgb, SKIN), (truth, 255)):
        cv2.ellipse(picture_of, (198, 185), (9, 24), 0, 0, 360, colour, -1)
    points = landmarks()
    points.uv_px[[23, 24, 25, 26]] = [(195, 150), (125, 150), (192, 300), (128, 300)]
    points.uv_px[[15, 17, 19, 21]] = [(198, 163), (196, 184), (201, 186), (204, 182)]
    points.visibility[[25, 26]] = 1.0 if knees_seen else 0.1
    rgba = np.full((150, 120, 4), 255, np.uint8)
    layer = GarmentLayer(rgba, np.full((150, 120), 1.5, np.float32), Region(100, 80, 220, 230))
    return frame_of(rgb), points, layer, truth


def test_trousers_in_a_shade_of_skin_are_not_taken_for_the_hand_before_them():
    frame, points, layer, truth = beside_the_hip(knees_seen=True)
    found = hand_occlusion(frame, points, layer, HERE)
    hand, true = found.multiplier < 128, crop(truth) > 0
    assert (hand & true).sum() / (hand | true).sum() > 0.8
    assert not found.use_model[0]


def test_trousers_that_nobody_sees_are_not_told_apart():
    frame, points, layer, truth = beside_the_hip(knees_seen=False)
    found = hand_occlusion(frame, points, layer, HERE)
    assert found.use_model[0] or ((found.multiplier < 128) & (crop(truth) == 0)).sum() > 0.3 * (truth > 0).sum()


def test_shaded_folds_of_a_warm_white_shirt_are_not_taken_for_skin():
    frame, truth = picture(shirt=(225, 205, 195))
    rows, columns = slice(70, 108), slice(60, 100)
    v = frame.v.copy()
    fold = ~truth[::2, ::2][rows, columns] & (np.indices((38, 40)).sum(axis=0) % 12 < 5)
    v[rows, columns][fold] += 5  # warm light from below: half way to the skin's red
    found = hand_occlusion(replace(frame, v=v), landmarks(), garment(), HERE)
    hand = found.multiplier < 128
    assert (hand & ~crop(truth)).sum() < 0.15 * crop(truth).sum()
    assert (hand & crop(truth)).sum() > 0.7 * crop(truth).sum()


def shaded_cuff():
    """A pale jacket lit warmly beside a hand that is redder and darker than the face."""
    rgb = np.empty((240, 320, 3), np.uint8)
    rgb[:] = WALL
    cv2.ellipse(rgb, (160, 50), (22, 30), 0, 0, 360, (190, 152, 130), -1)
    cv2.rectangle(rgb, (112, 84), (208, 226), (205, 202, 196), -1)
    cv2.rectangle(rgb, (158, 164), (196, 200), (165, 132, 114), -1)
    cv2.ellipse(rgb, (172, 180), (26, 13), 0, 0, 360, (115, 70, 48), -1)
    return frame_of(rgb)


def test_pale_cloth_in_the_warm_shade_of_the_hand_is_not_cut_out_with_it():
    _, truth = picture()
    found = hand_occlusion(shaded_cuff(), landmarks(), garment(), HERE)
    hand = found.multiplier < 128
    assert (hand & ~crop(truth)).sum() < 0.1 * crop(truth).sum()
    assert (hand & crop(truth)).sum() > 0.85 * crop(truth).sum()
    assert found.use_model == (False, False)


def test_hand_half_in_the_light_stays_whole():
    rgb_frame, truth = picture()
    shade = np.ones((240, 320))
    shade[:, :172] = 0.55
    y = (16 + (rgb_frame.y - 16.0) * shade).astype(np.uint8)
    found = hand_occlusion(replace(rgb_frame, y=y), landmarks(), garment(), HERE)
    assert ((found.multiplier < 128) & crop(truth)).sum() > 0.85 * crop(truth).sum()


@pytest.mark.parametrize(
    ("groups", "split"),
    [
        ([(-2.3, 900), (-0.8, 700)], True),
        ([(-2.3, 900)], False),
        ([(-2.3, 900), (-1.8, 700)], False),  # light and shade of one hand
        ([(-2.3, 900), (-0.8, 90)], False),  # a few reddish samples are no hand
        ([(-2.3, 9), (-0.8, 7)], False),  # too few to tell
    ],
)
def test_least_redness_parts_two_groups_and_never_one(groups, split):
    rng = np.random.default_rng(0)
    samples = np.concatenate([rng.normal(mean, 0.25, count) for mean, count in groups])
    core = rng.normal(groups[-1][0], 0.25, 50)
    least = least_redness(*(np.histogram(values, REDNESS_BINS, REDNESS_RANGE)[0] for values in (samples, core)))
    assert (least is not None) == split
    assert least is None or -1.9 < least < -1.2


def test_redder_things_beside_the_hand_do_not_make_it_cloth():
    rng = np.random.default_rng(0)
    wood, hand = rng.normal(-0.8, 0.25, 900), rng.normal(-2.3, 0.25, 700)
    counts = [np.histogram(x, REDNESS_BINS, REDNESS_RANGE)[0] for x in (np.concatenate([wood, hand]), hand[:50])]
    assert least_redness(*counts) is None


def test_skin_that_does_not_touch_the_palm_leaves_the_hand_to_the_body_model():
    rgb_frame, _ = picture(hand=False)
    u, v = rgb_frame.u.copy(), rgb_frame.v.copy()
    inside = picture()[0]
    u[98:106, 82:104], v[98:106, 82:104] = inside.u[88:96, 82:104].min(), inside.v[88:96, 82:104].max()
    found = hand_occlusion(replace(rgb_frame, u=u, v=v), landmarks(), garment(), HERE, model_drawn=(True, True))
    assert found.use_model[0] and found.multiplier is None


def test_grey_skin_of_a_dim_room_is_not_trusted():
    frame, _ = picture(skin=(70, 62, 60), shirt=(30, 30, 30))
    points = landmarks()
    skin = DEFAULT_SKIN
    for _ in range(3):
        found = hand_occlusion(frame, points, garment(), HERE, skin, model_drawn=(True, True))
        skin = found.skin
    assert skin.measured and found.use_model[0] and found.multiplier is None


def test_skin_chroma_is_measured_on_the_face_and_follows_slowly():
    frame, _ = picture()
    first = measure_skin(frame, landmarks())
    assert first.measured
    inside = frame.u[20:30, 76:84].mean(), frame.v[20:30, 76:84].mean()
    assert np.abs(first.mean - inside).max() < 1.0
    warmer, _ = picture(skin=(230, 160, 120))
    second = measure_skin(warmer, landmarks(), first)
    assert 0 < np.abs(second.mean - first.mean).max() < 4.0


@pytest.mark.parametrize("fault", ["turned away", "off the picture", "not finite", "green"])
def test_skin_of_the_last_frame_is_kept_when_no_face_is_seen(fault):
    frame, _ = picture(skin=(60, 180, 60) if fault == "green" else SKIN)
    points = landmarks()
    if fault == "turned away":
        points.visibility[:11] = 0.1
    elif fault == "off the picture":
        points.uv_px[:11] += 1000
    elif fault == "not finite":
        points.uv_px[3] = np.nan
    assert measure_skin(frame, points, DEFAULT_SKIN) is DEFAULT_SKIN


@pytest.mark.parametrize("glasses", range(1, 8))
def test_face_of_one_even_colour_is_measured(glasses):
    frame = picture()[0]
    u, v = np.full_like(frame.u, 113), np.full_like(frame.v, 151)
    u[23, 76 : 76 + glasses] = v[23, 76 : 76 + glasses] = 128  # what is trimmed away leaves no spread at all
    skin = measure_skin(replace(frame, u=u, v=v), landmarks())
    assert skin.measured and np.allclose(skin.mean, (113, 151)) and np.isfinite(skin.cov).all()


def test_kept_state_holds_five_numbers_and_no_place():
    skin = measure_skin(picture()[0], landmarks())
    assert skin.mean.shape == (2,) and skin.cov.shape == (2, 2)
    assert np.array_equal(skin.cov, skin.cov.T)


@pytest.mark.parametrize("x", [np.nan, -500.0, 5000.0])
def test_wrist_anywhere_does_no_harm(x):
    frame, _ = picture()
    points = landmarks()
    points.uv_px[15] = (x, 100)
    found = hand_occlusion(frame, points, garment(), HERE)
    assert found.multiplier is None or found.multiplier.shape == (150, 120)


FLUSHED, PRINT = (243, 165, 126), (196, 184, 168)


def test_a_hand_of_another_colour_than_the_face_is_whole():
    """Before a pale print: only its outline, mixed with that, has the colour of the face."""
    _, truth = picture(shirt=(60, 60, 66), hand=False)
    rgb = np.empty((240, 320, 3), np.uint8)
    rgb[:] = WALL
    cv2.ellipse(rgb, (160, 50), (22, 30), 0, 0, 360, SKIN, -1)
    cv2.rectangle(rgb, (112, 84), (208, 226), (60, 60, 66), -1)
    cv2.rectangle(rgb, (124, 120), (196, 200), PRINT, -1)
    cv2.ellipse(rgb, (172, 180), (26, 13), 0, 0, 360, SKIN, -1)
    cv2.ellipse(rgb, (170, 180), (19, 7), 0, 0, 360, FLUSHED, -1)
    found = hand_occlusion(frame_of(rgb), landmarks(), garment(), HERE)
    hand = found.multiplier < 128
    assert (hand & crop(truth)).sum() > 0.75 * crop(truth).sum()
    assert (hand & ~crop(truth)).sum() < 0.2 * crop(truth).sum()


def test_own_clothes_between_two_fingers_are_no_part_of_the_hand():
    frame, truth = picture()
    gap = np.zeros((240, 320), np.uint8)
    cv2.ellipse(gap, (168, 180), (14, 5), 0, 0, 360, 255, -1)
    planes = [np.where(gap[::step, ::step] > 0, plane[110, 65] if step == 2 else plane[220, 130], plane)
              for plane, step in ((frame.y, 1), (frame.u, 2), (frame.v, 2))]  # fmt: skip
    ring = replace(frame, y=planes[0], u=planes[1], v=planes[2])
    found = hand_occlusion(ring, landmarks(), garment(), HERE)
    inner = crop(cv2.erode(gap, np.ones((5, 5), np.uint8))) > 0
    assert (found.multiplier[inner] > 127).mean() > 0.9
