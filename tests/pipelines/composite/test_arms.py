"""A painted forearm before a drawn shirt: where it ends is read from the picture, not from the posed body."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.arm_reading import ArmAxis, arm_axis
from pipelines.composite.arms import arm_occlusion
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Region

K = np.array([[600.0, 0.0, 160.0], [0.0, 600.0, 120.0], [0.0, 0.0, 1.0]])
JOINTS = np.array([[0.20, 0.12, -2.0], [0.20, -0.12, -2.0], [-0.06, -0.12, -2.0]], np.float32)  # forearm across
RADIUS = np.full(13, 0.045)
SLEEVE_END = 0.7
SKIN, SHIRT, SLEEVE = (224, 172, 146), (60, 90, 160), (25, 25, 28)
ASIDE_PX = 5  # the real arm lies this much below the posed one


def frame_of(arm: tuple[int, int, int] | None) -> tuple[CameraFrame, np.ndarray]:
    rgb = np.full((240, 320, 3), SHIRT, np.uint8)
    mask = np.zeros((240, 320), np.uint8)
    line = np.array([[220, 84], [220, 156 + ASIDE_PX], [142, 156 + ASIDE_PX]])
    cv2.polylines(mask, [line], False, 255, 26)
    if arm is not None:
        rgb[mask > 0] = arm
    noisy = np.clip(rgb + np.random.default_rng(0).normal(0, 2, rgb.shape), 0, 255).astype(np.uint8)
    yuv = cv2.cvtColor(noisy, cv2.COLOR_RGB2YUV_I420)
    u, v = yuv[240:300].reshape(120, 160), yuv[300:].reshape(120, 160)
    return CameraFrame(yuv[:240].copy(), u.copy(), v.copy(), 0.0, K), mask > 0


def chroma(rgb: tuple[int, int, int]) -> SkinChroma:
    yuv = cv2.cvtColor(np.full((2, 2, 3), rgb, np.uint8), cv2.COLOR_RGB2YUV_I420)
    return SkinChroma(np.array([yuv[2, 0], yuv[2, 1]], np.float64), np.diag([6.0, 6.0]), True)


def layer_at(depth_m: float) -> GarmentLayer:
    region = Region(0, 0, 320, 240)
    return GarmentLayer(np.full((240, 320, 4), 255, np.uint8), np.full((240, 320), depth_m, np.float32), region)


@pytest.mark.parametrize("arm", [SKIN, SLEEVE])
def test_arm_before_the_cloth_hides_it_up_to_where_the_picture_ends_it(arm: tuple[int, int, int]) -> None:
    frame, painted = frame_of(arm)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    hidden = arm_occlusion(frame, layer_at(2.1), axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None
    forearm = np.zeros_like(painted)
    forearm[:, 150:200] = True  # away from cuff and wrist, which are not told apart here
    both = (hidden > 127) & painted & forearm
    assert both.sum() > 0.85 * (((hidden > 127) | painted) & forearm).sum()


def handless(x: int, y: int) -> np.ndarray:
    """What (240, 320) a hand at that pixel leaves of the layer."""
    left = np.full((240, 320), 255, np.uint8)
    cv2.circle(left, (x, y), 12, (0,), -1)
    return left


@pytest.mark.parametrize(("hand", "reached"), [((105, 163), True), ((112, 80), False), ((20, 156), False)])
def test_arm_goes_on_to_the_hand_that_is_seen_before_the_cloth(hand: tuple[int, int], reached: bool) -> None:
    """The posed wrist lies short of the real one, where an own sleeve ends: between the two there is no cloth."""
    frame, _ = frame_of(SLEEVE)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    colours = chroma(SKIN), chroma(SHIRT)
    before = arm_occlusion(frame, layer_at(2.1), axis, *colours)
    hidden = arm_occlusion(frame, layer_at(2.1), axis, *colours, np.array(hand, float), handless(*hand))
    assert hidden is not None and before is not None
    assert bool((hidden[159:164, 118:132] > 200).all()) == reached
    assert np.array_equal(hidden, before) != reached


def test_arm_that_meets_its_hand_stays_as_it_is() -> None:
    frame, _ = frame_of(SLEEVE)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    colours = chroma(SKIN), chroma(SHIRT)
    left = handless(120, 158)
    left[150:166, 120:150] = 0
    hidden = arm_occlusion(frame, layer_at(2.1), axis, *colours, np.array([120.0, 158.0]), left)
    before = arm_occlusion(frame, layer_at(2.1), axis, *colours)
    assert hidden is not None and before is not None and np.array_equal(hidden, before)


def test_arm_well_behind_the_cloth_hides_nothing() -> None:
    frame, _ = frame_of(None)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    assert arm_occlusion(frame, layer_at(1.5), axis, chroma(SKIN), chroma(SHIRT)) is None


@pytest.mark.parametrize("sleeve_end", [1.9, 2.0])
def test_sleeve_to_the_wrist_leaves_no_arm_to_be_read(sleeve_end: float) -> None:
    assert arm_axis(JOINTS, RADIUS, sleeve_end, 0.06, K) is None


def test_arm_that_points_at_the_camera_or_lies_behind_it_is_left_to_the_body() -> None:
    toward = JOINTS.copy()
    toward[1:] = [[0.20, 0.12, -1.75], [0.20, 0.12, -1.5]]
    assert arm_axis(toward, RADIUS, SLEEVE_END, 0.06, K) is None
    assert arm_axis(JOINTS * np.float32([1, 1, -1]), RADIUS, SLEEVE_END, 0.06, K) is None


@pytest.mark.parametrize("x", [-3.0, 3.0])
def test_arm_outside_of_the_picture_does_no_harm(x: float) -> None:
    frame, _ = frame_of(SKIN)
    axis = arm_axis(JOINTS + np.float32([x, 0, 0]), RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    hidden = arm_occlusion(frame, layer_at(2.1), axis, chroma(SKIN), None)
    assert hidden is None or not hidden.any()


def sleeve_before(layer: GarmentLayer, cuff_y: int, far_y: int) -> GarmentLayer:
    """The upper arm's sleeve, 6 cm before its axis: down to `cuff_y` in the middle, at its borders to `far_y`."""
    depth = layer.depth_m.copy()
    depth[:cuff_y, 202:238] = 1.94
    depth[:far_y, 202:206] = depth[:far_y, 234:238] = 1.94
    return GarmentLayer(layer.rgba, depth, layer.region)


def seen_into() -> tuple[CameraFrame, ArmAxis, int]:
    """A bare arm that comes a little toward the camera, and the row where its sleeve ends."""
    frame, _ = frame_of(SKIN)
    toward = JOINTS + np.array([[0.0, 0.0, -0.03], [0.0, 0.0, 0.03], [0.0, 0.0, 0.03]], np.float32)
    axis = arm_axis(toward, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    return frame, axis, round(float(axis.points_px[np.abs(axis.from_cuff_m).argmin(), 1]))


def test_arm_fills_the_mouth_of_its_sleeve_and_leaves_the_sleeve_itself() -> None:
    """The sleeve's end is an arc, since one sees into it a little: the shirt behind must not show there."""
    frame, axis, cuff_y = seen_into()
    layer = sleeve_before(layer_at(2.1), cuff_y - 14, cuff_y)
    hidden = arm_occlusion(frame, layer, axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None
    assert (hidden[cuff_y - 12 : cuff_y + 4, 212:228] > 127).all()
    assert not hidden[: cuff_y - 15, 202:238].any()
    assert not hidden[:cuff_y, 202:206].any()


def test_arm_across_the_view_hides_nothing_of_the_trunk_beside_its_sleeve() -> None:
    """Nobody sees into its sleeve: what is not the near side of that, farther up, is the trunk."""
    frame, _ = frame_of(SKIN)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    cuff_y = round(float(axis.points_px[np.abs(axis.from_cuff_m).argmin(), 1]))
    hidden = arm_occlusion(frame, layer_at(2.1), axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None
    assert not hidden[: cuff_y - 12].any() and hidden[cuff_y + 4].any()


def test_forearm_beside_its_own_upper_arm_does_not_bite_into_the_sleeve() -> None:
    """Bent all the way up, the forearm lies over the sleeve in the picture, and no nearer than it."""
    frame, _ = frame_of(SKIN)
    for toward, bitten in ((0.0, False), (0.12, True)):
        bent = np.array([[0.20, 0.12, -2.0], [0.20, -0.12, -2.0], [0.13, 0.12, -2.0 + 2 * toward]], np.float32)
        axis = arm_axis(bent, RADIUS, SLEEVE_END, 0.06, K)
        assert axis is not None
        hidden = arm_occlusion(frame, sleeve_before(layer_at(2.1), 125, 125), axis, chroma(SKIN), chroma(SHIRT))
        assert (hidden is not None and bool((hidden[100:120, 210:216] > 127).any())) == bitten


def test_line_of_dots_beside_the_end_of_a_sleeve_is_not_drawn() -> None:
    frame, _ = frame_of(SKIN)
    axis = arm_axis(JOINTS, RADIUS, SLEEVE_END, 0.06, K)
    assert axis is not None
    x, y = np.round(axis.points_px[np.abs(axis.from_cuff_m).argmin()]).astype(int)
    rgba = np.zeros((240, 320, 4), np.uint8)
    rgba[:y, x - 18 : x + 18] = 255
    rgba[y : y + 9 : 2, x + 20] = 255
    layer = GarmentLayer(
        rgba, np.where(rgba[:, :, 3] > 0, np.float32(1.94), np.float32(np.inf)), Region(0, 0, 320, 240)
    )
    hidden = arm_occlusion(frame, layer, axis, chroma(SKIN), None)
    assert hidden is not None
    assert (hidden[y : y + 9 : 2, x + 20] == 255).all()
    assert not hidden[: y - 1].any()


def sleeveless(chest_m: float) -> GarmentLayer:
    """Cloth of the trunk from the inner half of the hanging upper arm on, and a strap 2 pixels wide above it."""
    rgba = np.zeros((240, 320, 4), np.uint8)
    rgba[84:, :214] = rgba[60:84, 208:210] = 255
    depth = np.where(rgba[:, :, 3] > 0, np.float32(chest_m), np.float32(np.inf))
    return GarmentLayer(rgba, depth, Region(0, 0, 320, 240))


@pytest.mark.parametrize(("chest_m", "bitten"), [(1.9, False), (2.05, True)])
def test_upper_arm_bites_into_no_armhole_that_is_nearer_than_it(chest_m: float, bitten: bool) -> None:
    frame, _ = frame_of(SLEEVE)
    axis = arm_axis(JOINTS, RADIUS, 0.0, 0.06, K)
    assert axis is not None
    hidden = arm_occlusion(frame, sleeveless(chest_m), axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None and (hidden[160, 150:200] > 127).any()  # the forearm goes across
    assert bool((hidden[95:130, :214] > 127).any()) == bitten


def test_upper_arm_with_lost_borders_hides_cloth_no_wider_than_it_is() -> None:
    """Own sleeve and own shirt are of one colour, the edge that is found is a fold of the shirt."""
    frame, _ = frame_of(None)
    folded = frame.y.copy()
    folded[84:150, :198] += 60
    frame = replace(frame, y=folded)
    axis = arm_axis(JOINTS, RADIUS, 0.0, 0.06, K)
    assert axis is not None
    hidden = arm_occlusion(frame, sleeveless(2.05), axis, chroma(SKIN), None)
    assert hidden is not None and (hidden[95:130, 212] > 127).all()
    assert not (hidden[95:130, : 220 - round(1.3 * 13.5)] > 127).any()


def test_shoulder_strap_is_no_dots_beside_a_sleeve() -> None:
    frame, _ = frame_of(SKIN)
    axis = arm_axis(JOINTS, RADIUS, 0.0, 0.06, K)
    assert axis is not None
    hidden = arm_occlusion(frame, sleeveless(1.88), axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None and not hidden[60:80, 208:210].any()


def test_sleeve_and_arm_part_along_a_line_without_jags() -> None:
    """Folds of the cloth come out before the arm and go behind it again, over and over."""
    frame, axis, cuff_y = seen_into()
    layer = sleeve_before(layer_at(2.1), cuff_y - 4, cuff_y - 4)
    for left in (210, 217, 224):
        layer.depth_m[cuff_y - 4 : cuff_y + 8, left : left + 3] = 1.94
    hidden = arm_occlusion(frame, layer, axis, chroma(SKIN), chroma(SHIRT))
    assert hidden is not None
    first = (hidden[:, 210:228] > 127).argmax(axis=0)
    assert np.ptp(first) < 6
