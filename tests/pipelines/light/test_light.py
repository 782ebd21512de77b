"""A head under known light, painted into a frame: does the fit find that light again?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines.errors import BackendUnavailable, ShapeError
from pipelines.light.backend import LightFitter, select_light_fitter
from pipelines.light.fit import EVERY_S, EXPOSURE, LEAST_SHARE, TAU_S, LightState
from pipelines.light.sh import DEFAULT_LIGHT, light_from, sh_basis, without_negative
from pipelines.types import CameraFrame

FRONT = np.float32([[0.0, 0.0, 1.0]])
ALBEDOS = {"light": (0.62, 0.42, 0.32), "middle": (0.45, 0.27, 0.19), "dark": (0.20, 0.11, 0.07)}


CUDA = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"))


@pytest.fixture(scope="module", params=["numba", "torch", CUDA])
def fitter(request):
    return select_light_fitter(request.param)[0]


def srgb(linear):
    linear = np.clip(linear, 0.0, 1.0)
    return 255.0 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055)


def frame_of(rgb, captured_s=0.0):
    r, g, b = np.moveaxis(rgb, -1, 0)
    y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255.0
    u, v = (128 + (c @ np.array([r, g, b]).reshape(3, -1)).reshape(r.shape) / 255.0 for c in (_CB, _CR))
    planes = [np.round(p).astype(np.uint8) for p in (y, u[::2, ::2], v[::2, ::2])]
    return CameraFrame(*planes, captured_s, np.eye(3))


_CB, _CR = np.array([-37.797, -74.203, 112.0]), np.array([112.0, -93.786, -18.214])


def head(light, albedo="middle", wall=0.8, radius=70, captured_s=0.0, spots=0):
    """Return (frame, points, normals) of a ball of skin before a wall of reflectance `wall`, both under `light`."""
    y, x = np.mgrid[:240, :320]
    dx, dy = (x + 0.5 - 160) / radius, (y + 0.5 - 110) / radius
    inside = dx**2 + dy**2 < 0.98
    normal = np.stack([dx, -dy, np.sqrt(np.clip(1 - dx**2 - dy**2, 0, 1))], -1).astype(np.float32)
    shade = np.clip((sh_basis(normal.reshape(-1, 3)) @ light).reshape(240, 320, 3), 0, None)
    linear = np.where(inside[..., None], shade * ALBEDOS[albedo], wall * np.clip(sh_basis(FRONT) @ light, 0, None)[0])
    rgb = srgb(linear)
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(inside)
    if spots:  # hair, glasses, background taken for skin
        pick = rng.choice(len(rows), spots, replace=False)
        for channel, value in enumerate((40, 90, 200)):
            rgb[rows[pick], columns[pick], channel] = value
    pick = rng.choice(len(rows), 1500, replace=False)
    points = np.stack([columns[pick] + 0.5, rows[pick] + 0.5], axis=1).astype(np.float32)
    return frame_of(rgb, captured_s), points, normal[rows[pick], columns[pick]]


def level(light, normal=FRONT):
    return float((sh_basis(np.float32(normal).reshape(-1, 3)) @ light).mean())


def direction(light):
    mean = light.mean(axis=1)
    return np.array([mean[3], mean[1], mean[2]]) / np.linalg.norm(mean[1:4])


class TestEveryFitter:
    @pytest.mark.parametrize("aim", [(1, 0.4, 0.6), (-1, 0.2, 0.7), (0.1, 1, 0.5), (0, 0, 1)])
    def test_direction_of_the_light_is_found(self, fitter: LightFitter, aim):
        true = light_from(aim, ambient=0.35, key=0.5)
        fitted, state = fitter.fit_light(*head(true), LightState())
        angle = np.degrees(np.arccos(np.clip(direction(fitted) @ direction(true), -1, 1)))
        assert angle < 15
        assert state.samples > 350

    @pytest.mark.parametrize("albedo", list(ALBEDOS))
    def test_white_garment_is_white_in_neutral_light_on_every_skin(self, fitter: LightFitter, albedo):
        fitted, _ = fitter.fit_light(*head(light_from((0.2, 0.5, 1), 0.6, 0.4), albedo), LightState())
        tee = srgb(0.9 * (sh_basis(FRONT) @ fitted))[0]
        assert tee.min() > 185
        assert tee.max() - tee.min() < 16

    @pytest.mark.parametrize("strength", [0.5, 1.0])
    def test_strength_of_the_light_is_found_within_a_third_in_a_room_of_usual_albedo(
        self, fitter: LightFitter, strength
    ):
        true = light_from((0.2, 0.5, 1), 0.6 * strength, 0.4 * strength)
        fitted, _ = fitter.fit_light(*head(true, wall=0.3), LightState())
        assert level(fitted) == pytest.approx(level(true), rel=0.33)

    @pytest.mark.parametrize("aim", [(0.1, 0.2, 1), (0.2, 1, 0.6), (1, 0.6, 0.5)])
    def test_what_faces_the_camera_is_as_bright_as_without_a_face(self, fitter: LightFitter, aim):
        """A face tells where the lamp is; how bright a wall is that the frame shows does not change with it."""
        true = light_from(aim, ambient=0.15, key=0.85)
        frame, points, normals = head(0.7 * true / level(true), wall=0.3)
        fitted, state = fitter.fit_light(frame, points, normals, LightState())
        faceless, none = fitter.fit_light(frame, points[:5], normals[:5], LightState())
        assert state.samples > none.samples == 0
        assert level(fitted) == pytest.approx(level(faceless), rel=0.15)

    @pytest.mark.parametrize("albedo", ["light", "dark"])
    def test_darkness_of_skin_is_not_taken_for_darkness(self, fitter: LightFitter, albedo):
        true = light_from((0.2, 0.5, 1), 0.6, 0.4)
        fitted, _ = fitter.fit_light(*head(true, albedo, wall=0.3), LightState())
        assert level(fitted) == pytest.approx(level(true), rel=0.33)

    @pytest.mark.parametrize("off", [(0.0, 0.0), (0.2, 0.0), (-0.1, 0.2), (0.0, -0.2)])
    def test_face_beside_its_landmarks_is_found(self, fitter: LightFitter, off):
        true = light_from((1, 0.4, 0.6), 0.35, 0.5)
        frame, points, normals = head(true)
        size = float(np.sqrt(points.var(axis=0).sum()))
        fitted, state = fitter.fit_light(frame, points + np.float32(off) * np.float32(size), normals, LightState())
        assert state.offset == pytest.approx((-off[0], -off[1]), abs=0.11)
        assert direction(fitted) @ direction(true) > np.cos(np.radians(15))

    def test_dim_room_gives_dim_garments(self, fitter: LightFitter):
        lights = [light_from((0.2, 0.5, 1), 0.6 * strength, 0.4 * strength) for strength in (1.0, 0.4, 0.1)]
        levels = [level(fitter.fit_light(*head(true), LightState())[0]) for true in lights]
        assert levels[0] == pytest.approx(level(lights[0]), rel=0.25)  # no brighter than white cloth can show
        assert levels[0] > 1.3 * levels[1]  # what a frame that is bright by itself tells is cut
        assert levels[1] > 2.5 * levels[2]

    def test_warm_light_warms_the_garment_a_little_and_no_more(self, fitter: LightFitter):
        true = light_from((0.2, 0.5, 1), 0.6, 0.35) * np.float32([1.25, 1.0, 0.7])
        fitted, _ = fitter.fit_light(*head(true), LightState())
        red, green, blue = (sh_basis(FRONT) @ fitted)[0]
        assert 1.02 < red / blue < 1.2
        assert abs(green / np.sqrt(red * blue) - 1) < 0.05

    def test_hair_and_background_among_the_points_change_little(self, fitter: LightFitter):
        true = light_from((1, 0.4, 0.6), 0.35, 0.5)
        clean, _ = fitter.fit_light(*head(true), LightState())
        spoilt, state = fitter.fit_light(*head(true, spots=4000), LightState())
        assert np.abs(clean - spoilt).max() < 0.15 * abs(clean).max()
        assert state.samples < 450

    def test_a_lamp_at_the_side_is_found_though_it_parts_the_face_in_two(self, fitter: LightFitter):
        true = light_from((-1, 0.6, 0.4), ambient=0.2, key=0.7)
        fitted, _ = fitter.fit_light(*head(true, spots=2000), LightState())
        assert np.degrees(np.arccos(direction(fitted) @ direction(true))) < 20

    def test_no_direction_gets_negative_light(self, fitter: LightFitter):
        true = light_from((1, 0, 0.2), 0.02, 0.9)
        fitted, _ = fitter.fit_light(*head(true), LightState())
        around = np.random.default_rng(1).normal(size=(500, 3)).astype(np.float32)
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        assert (sh_basis(around) @ fitted).min() > 0.0

    def test_too_few_points_give_the_default_at_the_frames_exposure(self, fitter: LightFitter):
        nothing = np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32)
        bright, state = fitter.fit_light(head(light_from((0, 0, 1), 0.6, 0.4))[0], *nothing, LightState())
        dim, _ = fitter.fit_light(head(light_from((0, 0, 1), 0.06, 0.04))[0], *nothing, LightState())
        assert state.samples == 0
        assert direction(bright) == pytest.approx(direction(DEFAULT_LIGHT), abs=1e-3)
        assert level(dim) < 0.3 * level(bright)

    def test_the_back_of_a_head_tells_nothing(self, fitter: LightFitter):
        frame, points, normals = head(light_from((0.0, 0.3, 1.0), 1.0, 0.3), "dark")
        normals[300:, 2] = -np.abs(normals[300:, 2])  # a fifth is seen, of neck and ears
        _, state = fitter.fit_light(frame, points, normals, LightState())
        assert state.samples == 0
        assert state.fitted is None

    def test_light_follows_with_its_time_constant(self, fitter: LightFitter):
        first, second = light_from((1, 0.3, 0.5), 0.4, 0.5), light_from((-1, 0.3, 0.5), 0.4, 0.5)
        start, state = fitter.fit_light(*head(first), LightState())
        goal, _ = fitter.fit_light(*head(second), LightState())
        frame, points, normals = head(second)
        for n in range(1, 16):
            light, state = fitter.fit_light(replace(frame, captured_s=n / 30), points, normals, state)
        done = np.vdot(light - start, goal - start) / np.vdot(goal - start, goal - start)
        late_s = EVERY_S + 1 / 30  # the new light is seen at the next fit
        assert 1 - np.exp(-(0.5 - late_s) / TAU_S) < done < 1 - np.exp(-0.5 / TAU_S) + 0.01

    def test_light_is_kept_while_the_face_is_turned_away_and_follows_the_lamp(self, fitter: LightFitter):
        true = light_from((1, 0.3, 0.5), 0.4, 0.5)
        lit, state = fitter.fit_light(*head(true), LightState())
        nothing = np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32)
        bright, dim = head(true)[0], head(true * 0.6)[0]
        for n in range(1, 60):
            held, state = fitter.fit_light(replace(bright, captured_s=n / 30), *nothing, state)
        assert np.abs(held - lit).max() < 0.02
        for n in range(60, 160):
            dimmed, state = fitter.fit_light(replace(dim, captured_s=n / 30), *nothing, state)
        assert level(dimmed) == pytest.approx(0.6 * level(lit), rel=0.1)
        assert direction(dimmed) == pytest.approx(direction(lit), abs=0.02)

    def test_long_gap_starts_afresh(self, fitter: LightFitter):
        first, second = light_from((1, 0.3, 0.5), 0.4, 0.5), light_from((-1, 0.3, 0.5), 0.4, 0.5)
        _, state = fitter.fit_light(*head(first), LightState())
        late, _ = fitter.fit_light(*head(second, captured_s=60.0), state)
        fresh, _ = fitter.fit_light(*head(second), LightState())
        assert np.allclose(late, fresh, atol=1e-6)

    @pytest.mark.parametrize("fault", ["outside", "broken normals", "from behind", "black", "white"])
    def test_useless_points_do_no_harm(self, fitter: LightFitter, fault):
        frame, points, normals = head(light_from((0, 0, 1), 0.6, 0.4))
        if fault == "outside":
            points = points + 1e6
        elif fault == "broken normals":
            normals = np.full_like(normals, np.nan)
        elif fault == "from behind":
            normals = -normals
        else:
            frame = frame_of(np.full((240, 320, 3), 0.0 if fault == "black" else 255.0))
        light, state = fitter.fit_light(frame, points, normals, LightState())
        assert state.samples < 40 and np.isfinite(light).all()
        assert EXPOSURE[0] * 0.5 < level(light) <= EXPOSURE[1] + 1e-4

    def test_points_and_normals_of_other_shapes_are_refused(self, fitter: LightFitter):
        frame, points, normals = head(light_from((0, 0, 1), 0.6, 0.4))
        with pytest.raises(ShapeError, match="normals"):
            fitter.fit_light(frame, points, normals[:-1], LightState())


def test_both_fitters_give_the_same_light():
    seen = head(light_from((1, 0.4, 0.6), 0.35, 0.5))
    lights = [select_light_fitter(name)[0].fit_light(*seen, LightState())[0] for name in ("numba", "torch")]
    assert np.allclose(*lights, atol=1e-5)


def test_harmonics_are_orthonormal():
    k = np.arange(20000) + 0.5
    turn, z = k * np.pi * (3 - 5**0.5), 1 - 2 * k / 20000
    ring = np.sqrt(1 - z * z)
    basis = sh_basis(np.stack([ring * np.cos(turn), ring * np.sin(turn), z], 1).astype(np.float32)).astype(float)
    assert np.allclose(4 * np.pi * basis.T @ basis / 20000, np.eye(9), atol=2e-3)


def test_distant_light_is_a_clamped_cosine():
    light = light_from((0, 0, 1), ambient=0.0, key=1.0)
    for degrees in (0, 30, 60, 90, 120, 180):
        normal = [np.sin(np.radians(degrees)), 0, np.cos(np.radians(degrees))]
        assert level(light, normal) == pytest.approx(max(np.cos(np.radians(degrees)), 0), abs=0.1)


def test_shrunk_light_keeps_its_mean_and_its_direction():
    dark_sided = light_from((1, 0, 0), ambient=-0.1, key=1.0)
    healed = without_negative(dark_sided, LEAST_SHARE)
    assert healed[0] == pytest.approx(dark_sided[0])
    assert direction(healed) == pytest.approx(direction(dark_sided), abs=1e-6)
    assert level(healed, [-1, 0, 0]) > 0
    bright = light_from((0, 0, 1), 0.8, 0.2)
    assert np.allclose(without_negative(bright, LEAST_SHARE), bright)


def test_default_light_shows_white_as_nearly_white_from_the_front():
    assert 0.75 < level(DEFAULT_LIGHT) < 0.95
    assert level(DEFAULT_LIGHT, [0, 1, 0]) > level(DEFAULT_LIGHT) > level(DEFAULT_LIGHT, [0, -1, 0]) > 0.2


def test_unknown_fitter_is_refused():
    with pytest.raises(BackendUnavailable, match="lamp"):
        select_light_fitter("lamp")
