"""The blend, by every backend, against the textbook."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipelines.composite.backend import BT601, Compositor, select_compositor
from pipelines.composite.shadow import Shadow
from pipelines.errors import BackendUnavailable, InputRejected, ShapeError
from pipelines.types import CameraFrame, GarmentLayer, Region

REGION = Region(10, 6, 50, 36)


CUDA = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"))


@pytest.fixture(scope="module", params=["numba", "torch", CUDA])
def compositor(request):
    return select_compositor(request.param)[0]


def noise_frame(seed=0, width=64, height=48):
    rng = np.random.default_rng(seed)
    planes = [rng.integers(16, 236, (height, width), np.uint8)]
    planes += [rng.integers(16, 241, (height // 2, width // 2), np.uint8) for _ in range(2)]
    for plane in planes:
        plane.setflags(write=False)
    return CameraFrame(*planes, 1.25, np.eye(3))


def noise_layer(seed=1, region=REGION):
    rng = np.random.default_rng(seed)
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    rgba = rng.integers(0, 256, (*shape, 4), np.uint8)
    rgba[:8, :, 3], rgba[8:16, :, 3] = 0, 255
    return GarmentLayer(rgba, np.ones(shape, np.float32), region)


def expected(frame, rgba, region):
    """Blend in floating point, straight from the definitions."""
    alpha = rgba[..., 3] / 255.0
    yuv = rgba[..., :3] @ BT601.T + (16, 128, 128)
    planes = [plane.astype(np.float64) for plane in (frame.y, frame.u, frame.v)]

    def of_four(values):
        return values.reshape(values.shape[0] // 2, 2, values.shape[1] // 2, 2).mean(axis=(1, 3))

    rows, columns = slice(region.y0, region.y1), slice(region.x0, region.x1)
    planes[0][rows, columns] = planes[0][rows, columns] * (1 - alpha) + yuv[..., 0] * alpha
    half = slice(region.y0 // 2, region.y1 // 2), slice(region.x0 // 2, region.x1 // 2)
    for channel in (1, 2):
        planes[channel][half] = planes[channel][half] * (1 - of_four(alpha)) + of_four(yuv[..., channel] * alpha)
    return planes


def planes_of(frame):
    return frame.y, frame.u, frame.v


class TestEveryCompositor:
    def test_blend_is_the_definition_to_half_a_level(self, compositor: Compositor):
        frame, layer = noise_frame(), noise_layer()
        blended, _ = compositor.composite(frame, layer)
        for got, want in zip(planes_of(blended), expected(frame, layer.rgba, REGION), strict=True):
            assert np.abs(got - want).max() <= 0.51

    def test_nothing_changes_where_alpha_is_nothing(self, compositor: Compositor):
        frame, layer = noise_frame(), noise_layer()
        blended, _ = compositor.composite(frame, layer)
        outside = np.ones(frame.y.shape, bool)
        outside[REGION.y0 + 8 : REGION.y1, REGION.x0 : REGION.x1] = False
        assert np.array_equal(blended.y[outside], frame.y[outside])
        assert np.array_equal(blended.u[outside[::2, ::2]], frame.u[outside[::2, ::2]])
        assert np.array_equal(blended.v[outside[::2, ::2]], frame.v[outside[::2, ::2]])
        assert not np.array_equal(blended.y, frame.y)

    def test_result_shares_no_plane_and_keeps_time_and_camera(self, compositor: Compositor):
        frame, layer = noise_frame(), noise_layer()
        before = [plane.copy() for plane in planes_of(frame)]
        blended, _ = compositor.composite(frame, layer)
        for got, old, kept in zip(planes_of(blended), planes_of(frame), before, strict=True):
            assert not np.shares_memory(got, old)
            assert np.array_equal(old, kept)
        assert blended.captured_s == 1.25 and blended.K is frame.K

    def test_occlusion_and_fade_multiply_the_alpha(self, compositor: Compositor):
        frame, layer = noise_frame(), noise_layer()
        occlusion = np.random.default_rng(2).integers(0, 256, layer.rgba.shape[:2], np.uint8)
        blended, seen = compositor.composite(frame, layer, occlusion, 0.5)
        want = layer.rgba[..., 3] / 255.0 * occlusion / 255.0 * 0.5
        assert np.abs(seen.rgba[..., 3] - 255.0 * want).max() <= 1.01
        assert np.array_equal(seen.rgba[..., :3], layer.rgba[..., :3])
        for got, wanted in zip(planes_of(blended), expected(frame, seen.rgba, REGION), strict=True):
            assert np.abs(got - wanted).max() <= 0.51

    @pytest.mark.parametrize(("occlusion", "opacity"), [(0, 1.0), (255, 0.0)])
    def test_hidden_or_faded_out_layer_leaves_the_frame_bit_for_bit(self, compositor: Compositor, occlusion, opacity):
        frame, layer = noise_frame(), noise_layer()
        front = np.full(layer.rgba.shape[:2], occlusion, np.uint8)
        blended, seen = compositor.composite(frame, layer, front, opacity)
        assert not seen.rgba[..., 3].any()
        for got, old in zip(planes_of(blended), planes_of(frame), strict=True):
            assert np.array_equal(got, old)

    def test_opaque_primary_colours_come_out_as_bt601_says(self, compositor: Compositor):
        frame = noise_frame()
        for color, yuv in (
            ((255, 255, 255), (235, 128, 128)),
            ((0, 0, 0), (16, 128, 128)),
            ((255, 0, 0), (81, 90, 240)),
        ):
            rgba = np.empty((30, 40, 4), np.uint8)
            rgba[...] = (*color, 255)
            blended, _ = compositor.composite(frame, GarmentLayer(rgba, np.ones((30, 40), np.float32), REGION))
            assert (blended.y[20, 30], blended.u[10, 15], blended.v[10, 15]) == yuv

    def test_empty_layer_gives_a_copy(self, compositor: Compositor):
        frame = noise_frame()
        empty = GarmentLayer(np.zeros((0, 0, 4), np.uint8), np.zeros((0, 0), np.float32), Region(0, 0, 0, 0))
        blended, _ = compositor.composite(frame, empty)
        assert np.array_equal(blended.y, frame.y) and not np.shares_memory(blended.y, frame.y)

    def test_layer_over_the_whole_frame_is_blended(self, compositor: Compositor):
        frame, whole = noise_frame(), Region(0, 0, 64, 48)
        layer = noise_layer(region=whole)
        blended, _ = compositor.composite(frame, layer)
        for got, want in zip(planes_of(blended), expected(frame, layer.rgba, whole), strict=True):
            assert np.abs(got - want).max() <= 0.51

    @pytest.mark.parametrize("region", [Region(30, 6, 70, 36), Region(11, 6, 51, 36), Region(-2, 6, 38, 36)])
    def test_layer_that_does_not_fit_the_frame_is_refused(self, compositor: Compositor, region):
        with pytest.raises(InputRejected, match="layer at"):
            compositor.composite(noise_frame(), noise_layer(region=region))

    def test_occlusion_of_another_size_is_refused(self, compositor: Compositor):
        with pytest.raises(ShapeError, match="occlusion"):
            compositor.composite(noise_frame(), noise_layer(), np.zeros((4, 4), np.uint8))


def plain_frame(luma=150, width=64, height=48):
    half = (height // 2, width // 2)
    return CameraFrame(
        np.full((height, width), luma, np.uint8),
        np.full(half, 110, np.uint8),
        np.full(half, 150, np.uint8),
        1.25,
        np.eye(3),
    )


def block_layer():
    """Return an opaque block (20, 20) in the middle of a transparent layer."""
    rgba = np.zeros((30, 40, 4), np.uint8)
    rgba[5:25, 10:30] = (200, 200, 200, 255)
    return GarmentLayer(rgba, np.ones((30, 40), np.float32), REGION)


def shadow_of(person=None, fall_px=(0.0, 0.0), reach_px=3.0):
    return Shadow(np.full((48, 64), 255, np.uint8) if person is None else person, reach_px, fall_px)


class TestEveryShadow:
    def test_is_darkest_at_the_cloth_and_leaves_the_layer_alone(self, compositor: Compositor):
        frame, layer = plain_frame(), block_layer()
        blended, seen = compositor.composite(frame, layer, shadow=shadow_of())
        assert np.array_equal(seen.rgba, layer.rgba)
        plain, _ = compositor.composite(frame, layer)
        assert np.array_equal(blended.y[11:31, 20:40], plain.y[11:31, 20:40])  # the cloth itself
        below = blended.y[31:44, 30].astype(int)  # from the hem down
        assert below[0] < 135 and (np.diff(below) >= 0).all() and below[-1] == 150
        assert 128 < blended.v[16, 15] < 150 and 110 < blended.u[16, 15] < 128  # darker skin has less chroma

    def test_falls_away_from_the_light(self, compositor: Compositor):
        blended, _ = compositor.composite(plain_frame(), block_layer(), shadow=shadow_of(fall_px=(0.0, 4.0)))
        assert blended.y[33, 30] < blended.y[8, 30] - 10

    def test_only_the_person_is_darkened(self, compositor: Compositor):
        person = np.full((48, 64), 255, np.uint8)
        person[:, 40:] = 0
        blended, _ = compositor.composite(plain_frame(), block_layer(), shadow=shadow_of(person))
        assert (blended.y[:, 42:] == 150).all() and (blended.y[:, 17:19] < 140).any()

    def test_what_is_in_front_of_the_cloth_is_not_darkened(self, compositor: Compositor):
        occlusion = np.full((30, 40), 255, np.uint8)
        occlusion[10:20, 15:25] = 0  # a hand before the block
        blended, _ = compositor.composite(plain_frame(), block_layer(), occlusion, shadow=shadow_of())
        assert (blended.y[16:26, 26:34] == 150).all()

    def test_at_the_edge_of_the_picture_stays_inside(self, compositor: Compositor):
        layer = noise_layer(region=Region(0, 0, 64, 48))
        blended, _ = compositor.composite(noise_frame(), layer, shadow=shadow_of(reach_px=9.0))
        assert blended.y.shape == (48, 64)


def test_both_compositors_throw_the_same_shadow():
    frame, layer = noise_frame(), noise_layer()
    hands = np.full((30, 40), 255, np.uint8)
    hands[12:25, 10:22] = 0
    shadow = shadow_of(fall_px=(1.0, 2.0))
    pictures = [
        select_compositor(name)[0].composite(frame, layer, hands, 0.9, shadow)[0] for name in ("numba", "torch")
    ]
    plain, _ = select_compositor("numba")[0].composite(frame, layer, hands, 0.9)
    assert not np.array_equal(pictures[0].y, plain.y)
    for one, other in zip(planes_of(pictures[0]), planes_of(pictures[1]), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


class TestSelection:
    def test_auto_is_numba_and_says_why(self):
        chosen, reason = select_compositor()
        assert chosen.name == "numba" and "GPU" in reason

    def test_named_cuda_never_falls_back(self, monkeypatch):
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        with pytest.raises(BackendUnavailable, match="CUDA"):
            select_compositor("cuda")

    def test_unknown_name_is_refused(self):
        with pytest.raises(BackendUnavailable, match="metal"):
            select_compositor("metal")

    def test_backends_tell_where_they_run(self):
        assert select_compositor("numba")[0].describe()["device"] == "cpu"
        assert "torch" in select_compositor("torch")[0].describe()["backend"]
