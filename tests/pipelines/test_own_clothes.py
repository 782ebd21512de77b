"""Own clothes painted out in whole films: somebody walks in, in a bulky sweater or in a close one, and is dressed."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from pipelines import own_clothes
from pipelines.composite import paint_out as room_painting
from pipelines.outfit import Comparison, Outfit
from pipelines.own_clothes import bare_from
from pipelines.synthetic import crowd
from pipelines.tryon import (
    DressEngine,
    DressState,
    GarmentChoice,
    Tracked,
    TrackEngine,
    TrackState,
    TryOnSettings,
    Wish,
    dress,
    load_dress_engine,
    load_track_engine,
    track,
)
from pipelines.types import CameraFrame, GarmentLayer, Region, TryOnResult

FPS, FRAMES = 10, 40
SEED = 3
ENTERS = ((0.0, -1.3, -0.4), (1.5, 0.0, -0.4))
AWAY = ((0.0, 50.0, -0.4),)
BULKY, CLOSE = (("shirt_ease_m", 0.05), ("sleeve", 0.45)), ()
LONG, SHORT = (("sleeve", 1.9),), (("sleeve", 0.45),)  # own sleeves to the wrist, and above the drawn ones' ends


@pytest.fixture(scope="module")
def trackers() -> Iterator[TrackEngine]:
    engine = load_track_engine(TryOnSettings())
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[DressEngine]:
    engine = load_dress_engine(TryOnSettings())
    yield engine
    engine.close()


def filmed(own: tuple[tuple[str, float], ...], way, frames: int = FRAMES) -> list[CameraFrame]:
    looks = replace(crowd.seeded_outfit(SEED), **dict(own))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowd, "seeded_outfit", lambda _: looks)
        made = crowd.SyntheticCrowd((crowd.Walk(SEED, way),), fps=FPS)
    try:
        return [made.frame(index).frame for index in range(frames)]
    finally:
        made.close()


@pytest.fixture(scope="module")
def film(trackers: TrackEngine):
    """Return what is tracked of who walks in."""

    @cache
    def tracked(own: tuple[tuple[str, float], ...], shaken: bool = False) -> list[Tracked]:
        trackers.reset()
        state, out = TrackState(), []
        for i, frame in enumerate(filmed(own, ENTERS)):
            seen, state = track(moved(frame, i) if shaken else frame, state, trackers, lambda _: nullcontext())
            out.append(seen)
        return out

    return tracked


def moved(frame: CameraFrame, i: int) -> CameraFrame:
    """Return what a camera in a hand sees."""
    right, down = 2 * round(9 * np.sin(1.3 * i)), 2 * round(5 * np.cos(1.7 * i))
    y = np.roll(frame.y, (down, right), axis=(0, 1))
    u, v = (np.roll(plane, (down // 2, right // 2), axis=(0, 1)) for plane in (frame.u, frame.v))
    return replace(frame, y=y, u=u, v=v)


def dressed(
    tracked: list[Tracked], outfit: Outfit, engine: DressEngine, paint_out: bool = True
) -> tuple[list[TryOnResult], list[bool]]:
    """Return the results, and in which frames something was painted out."""
    engine = replace(engine, settings=replace(engine.settings, paint_out=paint_out))
    state, results, painted = DressState(), [], []
    for seen in tracked:
        result, state = dress(seen, outfit, state, engine, lambda _: nullcontext())
        results.append(result)
        known = state.of(0)
        painted.append(
            known.painted is not None
            or any(limb.alpha > 0.0 for limb in (*known.sleeves, *known.trouser_legs, known.yoke))
        )
    return results, painted


def bare(result: TryOnResult) -> np.ndarray:
    """Return where (H, W) no garment is drawn."""
    out = np.ones(result.frame.y.shape, bool)
    if result.layer is not None:
        region = result.layer.region
        out[region.y0 : region.y1, region.x0 : region.x1] = result.layer.rgba[..., 3] == 0
    return out


def far(one: TryOnResult, two: CameraFrame) -> np.ndarray:
    return np.abs(one.frame.y.astype(int) - two.y)


def with_and_without(tracked: list[Tracked], outfit: Outfit, engine: DressEngine) -> tuple[TryOnResult, CameraFrame]:
    """Return the last frame as it is painted over, and as it is where nothing may be."""
    bared, painted = dressed(tracked, outfit, engine)
    without, never = dressed(tracked, outfit, engine, paint_out=False)
    assert all(painted[28:])
    assert not any(never)
    return bared[-1], without[-1].frame


def test_what_is_painted_out_is_the_room(film, tailor, engine) -> None:
    tee = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    with_it, painted = dressed(film(BULKY), tee, engine)
    without, never = dressed(film(BULKY), tee, engine, paint_out=False)
    room = filmed(CLOSE, AWAY, 1)[0]
    assert not any(never)
    assert sum(painted[20:]) >= 15
    gone = [bare(a) & (far(a, b.frame) > 8) for a, b in zip(with_it, without, strict=True)]
    whole = [i for i in range(25, FRAMES) if painted[i] and painted[i - 3] and gone[i].sum() > 300]
    assert len(whole) >= 8
    for i in whole:
        right, wrong = far(with_it[i], room)[gone[i]], far(without[i], room)[gone[i]]
        assert np.median(right) <= 3
        assert np.mean(right > 12) < 0.15
        assert np.median(wrong) > 8


def test_pictures_in_bulky_and_in_close_clothes_come_nearer(film, tailor, engine) -> None:
    tee = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    close, _ = dressed(film(CLOSE), tee, engine)
    apart = []
    for paint_out in (False, True):
        bulky, _ = dressed(film(BULKY), tee, engine, paint_out)
        pairs = list(zip(bulky, close, strict=True))[25:]
        apart.append(sum(int(((far(a, b.frame) > 20) & bare(a) & bare(b)).sum()) for a, b in pairs))
    assert apart[1] < 0.8 * apart[0]


def test_pictures_in_close_clothes_stay_bit_for_bit(film, tailor, engine) -> None:
    """Under a polo shirt, whose collar covers the own one."""
    polo = tailor.prepare(Wish((GarmentChoice("polo_pique", "M"),)))
    with_it, painted = dressed(film(CLOSE), polo, engine)
    without, _ = dressed(film(CLOSE), polo, engine, paint_out=False)
    assert not any(painted)
    for a, b in zip(with_it, without, strict=True):
        assert all(np.array_equal(getattr(a.frame, name), getattr(b.frame, name)) for name in "yuv")


def test_under_a_round_neckline_close_clothes_change_at_the_neck_alone(film, tailor, engine) -> None:
    tee = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    after, before = with_and_without(film(CLOSE), tee, engine)
    landmarks = film(CLOSE)[-1].people[0].landmarks
    assert landmarks is not None
    rows, columns = np.nonzero(far(after, before) > 8)
    (left, right), shoulders_px = landmarks.uv_px[[12, 11], 0], landmarks.uv_px[11:13, 1].mean()
    assert len(rows) > 20
    assert columns.min() > left
    assert columns.max() < right
    assert rows.max() < shoulders_px + 0.25 * (right - left)


def test_long_own_sleeves_under_short_ones_become_bare_arms(film, tailor, engine) -> None:
    tee = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    truth, _ = dressed(film(SHORT), tee, engine)
    bared, painted = dressed(film(LONG), tee, engine)
    without, _ = dressed(film(LONG), tee, engine, paint_out=False)
    assert all(painted[25:])
    apart = [
        sum(int(((far(a, b.frame) > 20) & bare(a) & bare(b)).sum()) for a, b in zip(one[25:], truth[25:], strict=True))
        for one in (bared, without)
    ]
    assert apart[0] < 0.5 * apart[1]


def test_own_trousers_below_shorts_become_bare_legs(film, tailor, engine) -> None:
    shorts = tailor.prepare(Wish((GarmentChoice("shorts_chino", "M"),)))
    one, other = with_and_without(film(LONG), shorts, engine)
    legs = bare(one) & (far(one, other) > 12)
    assert legs.sum() > 800
    skin = np.median(one.frame.v[legs[::2, ::2]].astype(float) - one.frame.u[legs[::2, ::2]])
    assert skin > np.median(other.v[legs[::2, ::2]].astype(float) - other.u[legs[::2, ::2]]) + 8.0


def test_legs_in_trousers_of_ours_or_under_a_top_alone_stay(film, tailor, engine) -> None:
    for worn in (("tee_crew",), ("tee_crew", "jeans_straight")):
        assert tailor.prepare(Wish(tuple(GarmentChoice(name, "M") for name in worn))).bare_legs is None
    legs = tailor.prepare(Wish((GarmentChoice("shorts_chino", "M"),))).bare_legs
    assert legs is not None
    assert 0.4 < legs[0].bare_from < 1.0
    for leg in legs:
        assert all(0.03 < radius < 0.15 for radius in leg.radius_m)
        assert leg.radius_m[-1] < 0.8 * leg.radius_m[len(leg.radius_m) // 2 + 1]  # an ankle, not a foot


@pytest.mark.parametrize(("covered_to", "from_place"), [(2.0, 0.9), (0.6, 0.6), (0.0, 0.4)])
def test_legs_are_bare_from_where_a_skirt_has_slid_to(covered_to, from_place) -> None:
    frame = filmed(CLOSE, AWAY, 1)[0]
    leg = np.array([[0.0, 0.4, -2.5], [0.0, 0.0, -2.5], [0.0, -0.4, -2.5]], np.float32)
    rows = frame.K[1, 2] - frame.K[1, 1] * np.interp(covered_to, (0, 1, 2), leg[:, 1]) / 2.5
    rgba = np.zeros((*frame.y.shape, 4), np.uint8)
    rgba[: max(0, round(rows)), :, 3] = 255
    layer = GarmentLayer(rgba, np.zeros(frame.y.shape, np.float32), Region(0, 0, frame.width_px, frame.height_px))
    assert abs(bare_from(leg, 0.9, layer, frame) - from_place) < 0.06
    nothing = replace(layer, region=Region(0, 0, 0, 0), rgba=rgba[:0, :0])
    assert bare_from(leg, 0.9, nothing, frame) == 0.9  # what hides it is not known
    assert bare_from(leg, 0.3, layer, frame) == 0.3  # a hem above all that is painted


def test_an_own_shirt_under_a_tank_top_becomes_shoulders(film, tailor, engine) -> None:
    tank = tailor.prepare(Wish((GarmentChoice("tank_top", "M"),)))
    one, other = with_and_without(film(SHORT), tank, engine)
    changed = (bare(one) & (far(one, other) > 12))[::2, ::2]
    assert changed.sum() > 80
    x, y = film(SHORT)[-1].people[0].landmarks.uv_px[[13, 15]].mean(axis=0).astype(int) // 2  # on a bare forearm
    apart = [
        np.median(np.hypot(*(plane[changed] - float(plane[y, x]) for plane in (frame.u, frame.v))))
        for frame in (one.frame, other)
    ]
    assert apart[0] < 0.6 * apart[1]


def test_shoulders_are_bare_under_closed_tops_without_collar_alone(tailor) -> None:
    tank, tee, open_one, shirt = (
        tailor.prepare(Wish((GarmentChoice(name, "M"),))).yoke
        for name in ("tank_top", "tee_v", "cardigan_knit", "shirt_stripe")
    )
    assert tank is not None and tee is not None and open_one is None and shirt is None
    assert np.ptp(tank.rest_m[:, 0]) > np.ptp(tee.rest_m[:, 0]) + 0.05  # arms are drawn where there are no sleeves


def test_bare_arms_stay_while_clothes_change(film, tailor, engine) -> None:
    tee, polo = (tailor.prepare(Wish((GarmentChoice(name, "M"),))) for name in ("tee_crew", "polo_pique"))
    state, alphas = DressState(), []
    for i, seen in enumerate(film(LONG)):
        _, state = dress(seen, tee if i < 30 else polo, state, engine, lambda _: nullcontext())
        alphas.append(min(sleeve.alpha for sleeve in state.of(0).sleeves))
    assert min(alphas[25:]) == 1.0


def test_nothing_is_painted_out_while_the_camera_moves(film, tailor, engine) -> None:
    tee = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    _, painted = dressed(film(BULKY, shaken=True), tee, engine)
    assert not any(painted)


@pytest.mark.parametrize(
    "wish",
    [
        Wish((GarmentChoice("tee_crew", "M"),), delivery="layer"),
        Wish((GarmentChoice("tee_crew", "M"),), fit_map=True),
        Wish((GarmentChoice("tee_crew", "M"),), compare=Comparison("tee_crew", ("S", "M"))),
    ],
    ids=["composed elsewhere", "fit map", "compared"],
)
def test_nothing_is_painted_out_where_only_clothes_are_asked_for(wish, film, tailor, engine) -> None:
    _, painted = dressed(film(LONG), tailor.prepare(wish), engine)
    assert not any(painted)
    _, painted = dressed(film(BULKY), tailor.prepare(wish), engine)
    assert not any(painted)


def test_clothes_that_are_changed_begin_anew(film, tailor, engine) -> None:
    tee, tank = (tailor.prepare(Wish((GarmentChoice(name, "M"),))) for name in ("tee_crew", "long_sleeve"))
    state, before = DressState(), None
    for i, seen in enumerate(film(BULKY)):
        _, state = dress(seen, tee if i < 35 else tank, state, engine, lambda _: nullcontext())
        before = state.of(0) if i == 34 else before
        assert i != 35 or not state.of(0).hem.told
    assert before is not None
    assert before.hem.told
    assert before.own_top.colours is not None
    assert state.of(0).own_top.colours is not before.own_top.colours


def test_trousers_of_another_colour_are_told_while_the_shopper_is_painted(film, tailor, engine, monkeypatch) -> None:
    told: list[bool] = []

    def noted(view, own, cuffs, bared, others, apart, *rest):
        told.append(apart)
        return room_painting.paint_out(view, own, cuffs, bared, others, apart, *rest)

    monkeypatch.setattr(own_clothes, "paint_out", noted)
    dressed(film(BULKY), tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),))), engine)
    assert len(told) > 20
    assert told == sorted(told), "once they are known they stay so"
    assert (told[0], told[-1]) == (False, True)


def test_a_picture_that_changes_its_size_begins_anew(film, tailor, engine) -> None:
    tee, low = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),))), []
    for seen in film(BULKY)[-4:]:
        frame = seen.frame
        low.append(replace(seen, frame=replace(frame, y=frame.y[:400], u=frame.u[:200], v=frame.v[:200])))
    results, painted = dressed(film(BULKY)[:-4] + low, tee, engine)
    assert painted[-5]
    assert not any(painted[-4:])
    assert results[-1].frame.y.shape == (400, 640)
