"""Noise is read from pictures with noise that is known, and laid on flat cloth, where it can be read again."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.blend import composite
from pipelines.composite.grain import (
    EVERY_S,
    FAINT,
    HELD_BACK,
    RESET_S,
    STRONGEST,
    Grain,
    measure_grain,
    strengths,
    with_grain,
)
from pipelines.composite.packed import canvases, packed
from pipelines.types import CameraFrame, GarmentLayer, Region
from pipelines.wearer import Wearer, grained

HEIGHT, WIDTH = 480, 640
REGION = Region(200, 140, 440, 440)
TEAL = (40, 140, 130)


def shaded() -> np.ndarray:
    """Return luma (480, 640) of a wall that darkens to the left, with things on it."""
    luma = np.broadcast_to(np.linspace(50.0, 200.0, WIDTH), (HEIGHT, WIDTH)).copy()
    cv2.circle(luma, (320, 120), 60, 150.0, -1)
    cv2.rectangle(luma, (500, 250), (560, 400), 70.0, -1)
    return luma


def noise(levels: float, smear_px: float, seed: int = 0) -> np.ndarray:
    out = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH))
    if smear_px:
        out = cv2.GaussianBlur(out, (0, 0), smear_px)
    return out * (levels / out.std())


def filmed(luma: np.ndarray, captured_s: float = 0.0) -> CameraFrame:
    grey = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
    return CameraFrame(np.clip(luma + 0.5, 0, 255).astype(np.uint8), grey, grey, captured_s, np.eye(3))


def cloth(colour: tuple[int, int, int] = TEAL) -> GarmentLayer:
    """Return a disc of flat cloth, whole in its middle, half transparent at its rim."""
    shape = (REGION.y1 - REGION.y0, REGION.x1 - REGION.x0)
    alpha = np.zeros(shape, np.uint8)
    cv2.circle(alpha, (120, 150), 110, 128, -1)
    cv2.circle(alpha, (120, 150), 100, 255, -1)
    rgba = np.dstack([*(np.full(shape, value, np.uint8) for value in colour), alpha])
    return GarmentLayer(rgba, np.where(alpha > 0, np.float32(2.0), np.float32(np.inf)), REGION)


def grain_of(levels: float, whiteness: float = 1.0) -> Grain:
    return Grain(np.full(4, levels**2), whiteness, 0.0)


def luma_of(rgba: np.ndarray) -> np.ndarray:
    return 16.0 + rgba[..., :3] @ (np.array([65.481, 128.553, 24.966]) / 255.0)


@pytest.mark.parametrize("smear_px", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("levels", [2.0, 4.0, 6.0])
def test_noise_of_known_strength_is_measured(levels: float, smear_px: float) -> None:
    grain = measure_grain(filmed(shaded() + noise(levels, smear_px)), REGION, None)
    assert grain is not None
    assert grain.levels == pytest.approx(np.full(4, levels), rel=0.2)


def test_dark_parts_may_be_noisier_than_bright_ones() -> None:
    luma = shaded()
    grain = measure_grain(filmed(luma + noise(1.0, 0.0) * np.where(luma < 100.0, 5.0, 3.0)), REGION, None)
    assert grain is not None
    assert grain.levels == pytest.approx([5.0, 5.0, 3.0, 3.0], rel=0.2)
    assert strengths(grain)[70] > 1.4 * strengths(grain)[150]


def test_of_noise_in_the_dark_alone_bright_cloth_gets_less() -> None:
    grain = measure_grain(filmed(45.0 + noise(4.0, 0.5)), REGION, None)
    assert grain is not None
    assert grain.levels[0] == pytest.approx(4.0, rel=0.2)
    assert grain.levels[3] < 0.7 * grain.levels[0]


def textured(kind: str) -> np.ndarray:
    """Return a clean picture (480, 640), a third of it smooth."""
    j, i = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    rough = cv2.GaussianBlur(np.random.default_rng(3).standard_normal((HEIGHT, WIDTH)), (0, 0), 1.0)
    luma = {
        "stripes": 110.0 + 40.0 * np.sign(np.sin(0.9 * i + 0.4 * j)),
        "checks": 110.0 + 30.0 * (np.sin(1.3 * i) + np.sin(1.1 * j)),
        "weave": 110.0 + 8.0 * np.sin(2.1 * i) * np.sin(2.1 * j),
        "grass": 110.0 + 60.0 * rough / rough.std(),
    }[kind]
    return np.where(i < WIDTH * 0.45, shaded(), luma)


@pytest.mark.parametrize("kind", ["stripes", "checks", "weave", "grass"])
@pytest.mark.parametrize("quality", [None, 90, 30])
def test_texture_and_coding_are_no_noise(kind: str, quality: int | None) -> None:
    luma = np.clip(textured(kind), 16, 235).astype(np.uint8)
    if quality is not None:
        coded = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        luma = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    grain = measure_grain(filmed(luma), REGION, None)
    assert grain is not None
    assert grain.levels.max() < 0.6 * FAINT
    layer = cloth()
    assert with_grain(layer, grain, 0.0) is layer


@pytest.mark.parametrize("level", [0, 16, 235, 255])
def test_a_clipped_picture_adds_nothing(level: int) -> None:
    luma = np.full((HEIGHT, WIDTH), level) + noise(5.0, 0.0)
    grain = measure_grain(filmed(luma.clip(level, 255) if level < 128 else luma.clip(0, level)), REGION, None)
    layer = cloth()
    assert grain is None
    assert with_grain(layer, grain, 0.0) is layer


@pytest.mark.parametrize("smear_px", [0.0, 0.5, 0.8])
def test_cloth_gets_noise_as_strong_and_as_wide_as_the_pictures(smear_px: float) -> None:
    frame = filmed(110.0 + noise(4.0, smear_px))
    layer, wearer = grained(frame, cloth(), Wearer())
    on_cloth = luma_of(layer.rgba)[100:200, 70:170]
    assert on_cloth.std() == pytest.approx(HELD_BACK * 4.0, rel=0.15)
    assert on_cloth.mean() == pytest.approx(float(luma_of(np.array(TEAL))), abs=0.3)
    again = np.full((HEIGHT, WIDTH), 110.0)
    again[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1] = luma_of(with_grain(whole(), wearer.grain, 0.0).rgba)
    inside = Region(REGION.x0 + 48, REGION.y0 + 48, REGION.x1 - 48, REGION.y1 - 48)
    read = measure_grain(filmed(again), inside, None)
    assert read is not None and wearer.grain is not None
    assert read.whiteness == pytest.approx(wearer.grain.whiteness, abs=0.1)


def whole() -> GarmentLayer:
    layer = cloth()
    rgba = layer.rgba.copy()
    rgba[..., 3] = 255
    return replace(layer, rgba=rgba)


def test_alpha_depth_and_what_is_transparent_stay() -> None:
    layer = cloth()
    before = layer.rgba.copy()
    noisy = with_grain(layer, grain_of(6.0), 1.0)
    assert np.array_equal(layer.rgba, before)  # the one that came in
    assert np.array_equal(noisy.rgba[..., 3], before[..., 3])
    assert noisy.depth_m is layer.depth_m and noisy.region == layer.region
    nothing = before[..., 3] == 0
    assert np.array_equal(noisy.rgba[nothing], before[nothing])
    assert (noisy.rgba != before)[before[..., 3] == 255].any(axis=-1).mean() > 0.8


def test_picture_outside_of_the_garment_stays() -> None:
    frame = filmed(shaded() + noise(5.0, 0.5))
    layer, _ = grained(frame, cloth(), Wearer())
    clean, noisy = (composite(frame, one)[0] for one in (cloth(), layer))
    drawn = np.zeros((HEIGHT, WIDTH), bool)
    drawn[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1] = cloth().rgba[..., 3] > 0
    assert np.array_equal(noisy.y[~drawn], frame.y[~drawn])
    assert (noisy.y != clean.y)[drawn].mean() > 0.8
    assert np.array_equal(noisy.u, clean.u) and np.array_equal(noisy.v, clean.v)  # its chroma too


def test_layer_that_is_delivered_alone_is_noisy_too() -> None:
    frame = filmed(110.0 + noise(4.0, 0.0))
    layer, _ = grained(frame, cloth(), Wearer())
    over = [composite(one, layer) for one in canvases(frame)]
    pack = packed(over[0][0], over[1][0], over[0][1])
    assert pack.y[REGION.y0 + 100 : REGION.y0 + 200, REGION.x0 + 70 : REGION.x0 + 170].std() > 3.0
    clean = [composite(one, cloth()) for one in canvases(frame)]
    assert np.array_equal(pack.y[HEIGHT:], packed(clean[0][0], clean[1][0], clean[0][1]).y[HEIGHT:])


def test_each_time_has_its_own_noise() -> None:
    once, again, later = (with_grain(cloth(), grain_of(4.0), t).rgba for t in (1.0, 1.0, 1.0 + 1 / 30))
    assert np.array_equal(once, again)
    first, second = ((luma_of(rgba) - luma_of(cloth().rgba))[60:240, 40:200].ravel() for rgba in (once, later))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_black_and_white_cloth_keep_their_brightness(colour: tuple[int, int, int]) -> None:
    noisy = with_grain(cloth(colour), grain_of(6.0), 1.0)
    away = np.abs(luma_of(noisy.rgba) - luma_of(cloth(colour).rgba))
    assert 0.0 < away.mean() < 1.5
    assert away.max() < 3.5 * STRONGEST


def test_strong_noise_is_capped_and_faint_noise_left_out() -> None:
    assert strengths(grain_of(20.0)).max() == pytest.approx(STRONGEST)
    assert not strengths(grain_of(0.95 * FAINT)).any()
    assert 0.0 < strengths(grain_of(1.05 * FAINT)).max() < 0.2  # and between there is no step


def test_empty_layers_and_pictures_too_small_to_tell_are_left_alone() -> None:
    region = Region(0, 0, 0, 0)
    empty = GarmentLayer(np.zeros((0, 0, 4), np.uint8), np.zeros((0, 0), np.float32), region)
    frame = filmed(shaded() + noise(5.0, 0.0))
    assert measure_grain(frame, region, None) is None
    layer, wearer = grained(frame, empty, Wearer(grain=grain_of(4.0)))
    assert layer is empty and wearer.grain is not None
    small = CameraFrame(frame.y[:6, :6], frame.u[:3, :3], frame.v[:3, :3], 0.0, np.eye(3))
    assert measure_grain(small, Region(0, 0, 6, 6), None) is None


def test_noise_is_followed_slowly_up_faster_down_and_afresh_after_a_gap() -> None:
    clean, noisy = shaded(), shaded() + noise(4.0, 0.0)
    start = measure_grain(filmed(noisy), REGION, None)
    assert start is not None
    assert measure_grain(filmed(clean, 0.5 * EVERY_S), REGION, start) is start
    down = measure_grain(filmed(clean, 1.0), REGION, start)
    up = measure_grain(filmed(noisy, 1.2), REGION, measure_grain(filmed(clean, 1.0), REGION, None))
    assert down is not None and up is not None
    assert down.variance.max() < 0.1 * start.variance.min()
    assert up.variance.max() < 0.25 * start.variance.min()
    for gap_s in (RESET_S + 0.1, -1.0):
        afresh = measure_grain(filmed(noisy, 1.2 + gap_s), REGION, up)
        assert afresh is not None and afresh.levels == pytest.approx(start.levels)
    unseen = measure_grain(filmed(np.full((HEIGHT, WIDTH), 255.0), 0.3), REGION, start)
    assert unseen is not None and np.array_equal(unseen.variance, start.variance)
