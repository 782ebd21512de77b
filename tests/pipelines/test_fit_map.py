"""The fit map: its numbers are the size answer's, its colours are apart for everybody, and off it changes nothing."""

from contextlib import nullcontext
from itertools import islice

import cv2
import numpy as np
import pytest

from pipelines.body.measure import levels_m
from pipelines.fit_map import LOOSEST, SCALE, STRIPE_RGB, TIGHTEST, colour_of, map_material, spread
from pipelines.outfit import GarmentChoice, Outfit, Tailor, Wish
from pipelines.render.raster import NumbaBackend
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.tryon import (
    DressEngine,
    DressState,
    Tracked,
    TrackState,
    TryOnSettings,
    dress,
    load_dress_engine,
    load_track_engine,
    track,
)
from pipelines.types import CameraFrame
from server.media_files import open_source
from server.worker.live_path import WARM_CLIP

MEASURES = {"height": 178.0, "chest": 97.0, "waist": 84.0, "hip": 98.0}
LARGE = {"height": 178.0, "chest": 120.0, "waist": 115.0, "hip": 115.0}
DEUTERANOPE = np.array(  # of linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.0
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
PROTANOPE = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)


def known(told: dict[str, float]) -> KnownBody:
    return KnownBody(tuple(evidence_of(name, value, "tape") for name, value in told.items()), "male")


def wear(tailor: Tailor, garment: str, size: str, told: dict[str, float] = MEASURES, **wish: bool) -> Outfit:
    return tailor.prepare(Wish((GarmentChoice(garment, size),), known=known(told), **wish))


@pytest.fixture(scope="module")
def engine() -> DressEngine:
    return load_dress_engine(TryOnSettings(render_backend="numba"))


@pytest.fixture(scope="module")
def tracked() -> list[Tracked]:
    engine, state, seen = load_track_engine(TryOnSettings()), TrackState(), []
    with open_source(WARM_CLIP) as source:
        for frame in islice(source.frames, 6):
            one, state = track(frame, state, engine, lambda _: nullcontext())
            seen.append(one)
    engine.close()
    return seen


def watch(tracked: list[Tracked], outfits: list[Outfit], engine: DressEngine) -> list[CameraFrame]:
    state, frames = DressState(), []
    for one, outfit in zip(tracked, outfits, strict=True):
        result, state = dress(one, outfit, state, engine, lambda _: nullcontext())
        frames.append(result.frame)
    return frames


@pytest.mark.parametrize(("garment", "size"), [("tee_crew", "XL"), ("jeans_straight", "M"), ("dress_a_line", "L")])
def test_map_has_the_numbers_of_the_size_answer_where_they_are_taken(tailor: Tailor, garment: str, size: str) -> None:
    outfit = wear(tailor, garment, size, fit_map=True)
    worn, fit, body = outfit.garments[0], outfit.fits[0], outfit.body
    off, _ = spread(worn, fit, body)
    levels, on_trunk = levels_m(body.model, body.rest_m), worn.arm_weight < 0.1
    checked = 0
    for region in fit.regions:
        if region.point in levels:
            there = on_trunk & (np.abs(worn.rest_m[:, 1] - levels[region.point]) < 0.004)
            if there.any():
                assert np.abs(off[there] - region.off).max() < 0.5, region.point
                checked += 1
    assert checked >= 2


def test_larger_size_is_looser_all_over_the_same_person(tailor: Tailor) -> None:
    medium, large = (wear(tailor, "tee_crew", size, fit_map=True) for size in ("M", "XL"))
    off = [spread(one.garments[0], one.fits[0], one.body)[0] for one in (medium, large)]
    assert np.median(off[1]) - np.median(off[0]) > 5.0
    u = [one.garments[0].uv[:, 0] for one in (medium, large)]
    assert np.median(u[1]) - np.median(u[0]) > 0.1


def test_a_belly_is_tight_between_the_points_that_are_measured(tailor: Tailor) -> None:
    belly = {"height": 178.0, "chest": 104.0, "navel_waist": 112.0, "hip": 104.0}
    outfit = wear(tailor, "tee_crew", "L", belly, fit_map=True)
    worn, body = outfit.garments[0], outfit.body
    off, _ = spread(worn, outfit.fits[0], body)
    levels = levels_m(body.model, body.rest_m)
    y, trunk = worn.rest_m[:, 1], worn.arm_weight < 0.1
    between = trunk & (y < levels["chest"] - 0.02) & (y > levels["hip"] + 0.02)
    assert off[between].min() < min(one.off for one in outfit.fits[0].regions) - 1.0


def test_what_does_not_close_is_striped_and_all_else_is_not(tailor: Tailor) -> None:
    small, right = (wear(tailor, "shirt_stripe", size, LARGE, fit_map=True) for size in ("M", "XXL"))
    assert not small.fits[0].closes and right.fits[0].closes
    texture = map_material().texture
    assert texture is not None
    striped = (texture == np.array(STRIPE_RGB)).all(axis=2).any(axis=0)
    columns = [np.round(one.garments[0].uv[:, 0] * texture.shape[1]).astype(int) for one in (small, right)]
    assert striped[columns[0]].mean() > 0.3
    assert not striped[columns[1]].any()


def test_map_off_is_the_picture_that_was_never_on(tailor: Tailor, tracked: list[Tracked], engine: DressEngine) -> None:
    plain, colours = (wear(tailor, "tee_crew", "L", fit_map=on) for on in (False, True))
    assert plain.fits == () and not plain.mapped
    never = watch(tracked, [plain] * 6, engine)
    between = watch(tracked, [plain, plain, colours, colours, plain, plain], engine)
    for index in (0, 1, 4, 5):
        for name in ("y", "u", "v"):
            assert np.array_equal(getattr(never[index], name), getattr(between[index], name))
    assert not np.array_equal(never[2].u, between[2].u)


def test_map_keeps_the_cloth_and_its_folds(tailor: Tailor, tracked: list[Tracked], engine: DressEngine) -> None:
    plain, colours = (wear(tailor, "tee_crew", "M", fit_map=on) for on in (False, True))
    assert colours.hangs_as(plain)
    assert not colours.hangs_as(wear(tailor, "tee_crew", "L"))
    state = DressState()
    for one in tracked:
        result, state = dress(one, colours, state, engine, lambda _: nullcontext())
    assert result.layer is not None
    drawn = result.layer.rgba[result.layer.rgba[..., 3] == 255][:, :3].astype(float)
    assert np.ptp(drawn.mean(axis=1)) > 40  # as cut all over, and yet there is light and shade


def test_light_of_a_map_has_no_colour(tailor: Tailor, tracked: list[Tracked], engine: DressEngine) -> None:
    lights = []

    class Watched(NumbaBackend):
        def render(self, request):  # type: ignore[no-untyped-def]
            lights.append(request.light)
            return super().render(request)

    from dataclasses import replace

    for on in (False, True):
        watch(tracked[:1], [wear(tailor, "tee_crew", "M", fit_map=on)], replace(engine, renderer=Watched()))
    assert np.ptp(lights[0], axis=1).max() > 0.0
    assert np.ptp(lights[1], axis=1).max() == 0.0
    assert np.allclose(lights[0].mean(axis=1), lights[1][:, 0], atol=1e-6)


def seen_by(eye: np.ndarray | None, off_cm: float) -> np.ndarray:
    """Return Lab of the scale's colour as somebody sees it."""
    rgb = np.array(colour_of(off_cm)) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if eye is not None:
        linear = np.clip(eye @ linear, 0.0, 1.0)
    back = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return cv2.cvtColor(back.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2Lab)[0, 0]


@pytest.mark.parametrize("eye", [None, DEUTERANOPE, PROTANOPE], ids=["everybody", "deuteranope", "protanope"])
def test_colours_keep_their_order_for_who_sees_no_red_or_green(eye: np.ndarray | None) -> None:
    steps = [seen_by(eye, off) for off in np.linspace(TIGHTEST, LOOSEST, 15)]
    from_blue = [np.arctan2(lab[2], lab[0]) for lab in steps]  # blue .. yellow, of the lightness
    assert all(b > a for a, b in zip(from_blue, from_blue[1:], strict=False))
    middle = seen_by(eye, 0.0)
    for off in (4.0, 9.0):
        tight, loose = seen_by(eye, -off), seen_by(eye, off)
        assert np.linalg.norm(tight - loose) > 40
        assert min(np.linalg.norm(tight - middle), np.linalg.norm(loose - middle)) > 20
    assert all(lab[0] < middle[0] for lab in (steps[0], steps[-1]))


def test_scale_rises_and_is_centred_on_what_the_cut_intends() -> None:
    offs = [off for off, _ in SCALE]
    assert offs == sorted(offs) and 0.0 in offs
    assert offs[0] == -offs[-1]


def test_regions_are_shown_where_they_are(tailor: Tailor, tracked: list[Tracked], engine: DressEngine) -> None:
    outfit = wear(tailor, "shirt_stripe", "L", fit_map=True)
    state = DressState()
    for one in tracked:
        _, state = dress(one, outfit, state, engine, lambda _: nullcontext())
    fit, K = outfit.fits[0], tracked[-1].frame.K
    at = dict(zip((one.point for one in fit.regions), fit.at_px(state.of(0).cloth[0], K), strict=True))
    landmarks = tracked[-1].people[0].landmarks
    assert landmarks is not None
    uv = landmarks.uv_px
    assert uv[11:13, 1].mean() < at["chest"][1] < at["waist"][1] < at["hip"][1]
    assert abs(at["chest"][0] - uv[11:13, 0].mean()) < 0.3 * abs(uv[11, 0] - uv[12, 0])
    assert at["length"][1] >= at["hip"][1]
    on_arm = {
        one.point: bool(outfit.garments[0].arm_weight[v] > 0.9)
        for one, v in zip(fit.regions, fit.vertices, strict=True)
    }
    assert {point for point, there in on_arm.items() if there} == {"upper_arm", "sleeve"}
