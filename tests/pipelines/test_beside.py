"""Two sizes side by side: two true pictures of one shopper in one pose, each in its half."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from pipelines import tryon
from pipelines.beside import Halves, dress, follow, half_px, panes, through
from pipelines.body.conform import project
from pipelines.errors import GarmentNotFound, InputRejected
from pipelines.framing import Window
from pipelines.light.fit import LightState
from pipelines.outfit import Comparison, GarmentChoice, Outfit, Tailor, Wish
from pipelines.sizing.evidence import KnownBody, evidence_of
from pipelines.tryon import DressEngine, DressState, Tracked, TrackState, TryOnSettings, track
from pipelines.types import CameraFrame, TryOnResult
from server.media_files import open_source
from server.worker.live_path import WARM_CLIP

TOLD = {"height": 178.0, "chest": 97.0, "waist": 84.0, "hip": 98.0}
KNOWN = KnownBody(tuple(evidence_of(name, value, "tape") for name, value in TOLD.items()), "male")
SIZES = ("M", "XXL")


@pytest.fixture(scope="module")
def engine() -> Iterator[DressEngine]:
    engine = tryon.load_dress_engine(TryOnSettings(render_backend="numba"))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def tracked() -> list[Tracked]:
    engine, state, seen = tryon.load_track_engine(TryOnSettings()), TrackState(), []
    with open_source(WARM_CLIP) as source:
        for frame in islice(source.frames, 8):
            one, state = track(frame, state, engine, lambda _: nullcontext())
            seen.append(one)
    engine.close()
    return seen


def compared(tailor: Tailor, *ids: str, sizes: tuple[str, str] = SIZES, **wish: object) -> Outfit:
    choices = tuple(GarmentChoice(id) for id in ids)
    return tailor.prepare(Wish(choices, known=KNOWN, compare=Comparison(ids[-1], sizes), **wish))  # type: ignore[arg-type]


def watch(
    tracked: list[Tracked], outfit: Outfit, engine: DressEngine, state: DressState | None = None
) -> tuple[TryOnResult, DressState]:
    state = state or DressState()
    for one in tracked:
        result, state = dress(one, outfit, state, engine, lambda _: nullcontext())
    return result, state


def halves_of(frame: CameraFrame) -> tuple[np.ndarray, np.ndarray]:
    width = half_px(frame)
    return frame.y[:, :width], frame.y[:, frame.width_px - width :]


def test_both_halves_show_the_same_shopper_in_either_size(tailor, tracked, engine) -> None:
    outfit = compared(tailor, "tee_crew")
    result, state = watch(tracked, outfit, engine)
    assert (result.frame.width_px, result.frame.height_px) == (tracked[0].frame.width_px, tracked[0].frame.height_px)
    assert (outfit.garments[0].size, outfit.beside.garments[0].size) == SIZES
    one, two = state.wearers[0], state.second[0]
    assert np.array_equal(one.pose.T_cam_rest, two.pose.T_cam_rest)
    widths = [np.ptp(wearer.cloth[0].x[:, 0][garment.arm_weight[: len(wearer.cloth[0].x)] < 0.1])
              for wearer, garment in ((one, outfit.garments[0]), (two, outfit.beside.garments[0]))]  # fmt: skip
    assert widths[1] > widths[0] + 0.03
    alpha = result.layer.rgba[..., 3] > 127
    split = result.frame.width_px // 2 - result.layer.region.x0
    assert alpha[:, split:].sum() > 1.15 * alpha[:, :split].sum()


def test_a_half_is_the_picture_that_its_outfit_alone_makes_through_the_window(tailor, tracked, engine) -> None:
    outfit = compared(tailor, "tee_crew")
    result, _ = watch(tracked[:3], outfit, engine)
    single, state, window = replace(outfit.beside, beside=None), DressState(), None
    for one in tracked[:3]:
        window = follow(one, window)
        seen = through(one, Halves.of(one.frame, window))
        alone, state = tryon.dress(seen, single, state, engine, lambda _: nullcontext())
    right = halves_of(result.frame)[1]
    top = (right.shape[0] - alone.frame.height_px) // 4 * 2
    inside = right[top : top + alone.frame.height_px]
    assert np.array_equal(inside[:, 4:], alone.frame.y[:, 4:])  # but for the seam


def test_light_is_read_once_for_both(tailor, tracked, engine) -> None:
    class Counted:
        name, calls = "counted", 0

        def fit_light(self, frame, points, normals, state):  # type: ignore[no-untyped-def]
            self.calls += 1
            return np.ones((9, 3), np.float32), LightState()

    light = Counted()
    watch(tracked[:2], compared(tailor, "tee_crew"), replace(engine, light=light))
    assert light.calls == 2


def test_without_a_comparison_it_is_the_main_path_itself(tailor, tracked, engine) -> None:
    outfit = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),)))
    ours, _ = watch(tracked[:3], outfit, engine)
    state = DressState()
    for one in tracked[:3]:
        theirs, state = tryon.dress(one, outfit, state, engine, lambda _: nullcontext())
    assert all(np.array_equal(getattr(ours.frame, name), getattr(theirs.frame, name)) for name in "yuv")


def test_comparison_begins_and_ends_without_a_blink(tailor, tracked, engine) -> None:
    one = tailor.prepare(Wish((GarmentChoice("tee_crew", "M"),), known=KNOWN))
    two = compared(tailor, "tee_crew")
    state = DressState()
    for index, seen in enumerate(tracked):
        result, state = dress(seen, two if 2 <= index < 5 else one, state, engine, lambda _: nullcontext())
        assert result.people[0].garments[0].area_px > 0
        assert bool(state.second) is (2 <= index < 5)
        assert state.wearers[0].posed_s == seen.frame.captured_s


def test_captured_time_and_lens_stay_the_camera_s(tailor, tracked, engine) -> None:
    result, _ = watch(tracked[:2], compared(tailor, "tee_crew"), engine)
    assert result.frame.captured_s == tracked[1].frame.captured_s
    assert np.array_equal(result.frame.K, tracked[1].frame.K)


def test_order_of_the_sizes_stays_in_a_mirrored_picture(tailor, tracked, engine) -> None:
    straight, _ = watch(tracked[:3], compared(tailor, "tee_crew"), engine)
    flipped, _ = watch(tracked[:3], compared(tailor, "tee_crew", mirror=True), engine)
    for ours, theirs in zip(halves_of(straight.frame), halves_of(flipped.frame), strict=True):
        assert np.abs(ours[:, 4:-4].astype(int) - theirs[:, ::-1][:, 4:-4]).mean() < 0.5


def test_the_rest_of_the_outfit_is_the_same_in_both(tailor) -> None:
    outfit = compared(tailor, "jeans_straight", "shirt_stripe")
    sizes = [{worn.package.id: worn.size for worn in one.garments} for one in (outfit, outfit.beside)]
    assert sizes[0]["jeans_straight"] == sizes[1]["jeans_straight"]
    assert [one["shirt_stripe"] for one in sizes] == list(SIZES)


def test_what_is_not_worn_or_not_made_is_refused(tailor) -> None:
    choice = (GarmentChoice("tee_crew"),)
    with pytest.raises(InputRejected, match="shirt_stripe is not worn"):
        tailor.prepare(Wish(choice, compare=Comparison("shirt_stripe", SIZES)))
    with pytest.raises(GarmentNotFound, match="no size"):
        tailor.prepare(Wish(choice, compare=Comparison("tee_crew", ("M", "XXXXL"))))


def test_panes_tell_both_sizes_and_where_they_are_seen(tailor, tracked, engine) -> None:
    outfit = compared(tailor, "shirt_stripe")
    _, state = watch(tracked, outfit, engine)
    left, right = panes(tracked[-1].frame, outfit, state)
    assert left.place[0] == 0.0 and right.place[2] == 1.0 and left.place[2] <= right.place[0]
    for pane in (left, right):
        at = dict(zip((one.point for one in pane.outfit.fits[0].regions), pane.spots[0], strict=True))
        x0, y0, x1, y1 = pane.place
        assert x0 < at["chest"][0] < x1 and y0 < at["chest"][1] < y1
        assert at["chest"][1] < at["length"][1]
    eases = [{one.point: one.ease for one in pane.outfit.fits[0].regions} for pane in (left, right)]
    assert eases[1]["chest"] - eases[0]["chest"] == pytest.approx(25.5)
    nobody = panes(tracked[-1].frame, outfit, replace(state, wearers={}, second={}))
    assert all(pane.spots == (None,) for pane in nobody)


def test_window_shows_of_every_point_the_same_pixel(tracked) -> None:
    frame = tracked[0].frame
    halves = Halves.of(frame, Window(0.55 * frame.width_px, 0.71 * frame.width_px, True))
    seen = through(tracked[0], halves)
    points = np.array([[0.1, 0.2, -2.0], [-0.3, -0.4, -3.0]])
    scale = (halves.width / halves.across, halves.height / frame.height_px)
    expected = (project(points, frame.K) - (halves.x0, 0)) * scale
    assert np.allclose(project(points, seen.frame.K), expected)
    old, new = tracked[0].people[0].landmarks, seen.people[0].landmarks
    torso = slice(11, 25, 12)
    picked = [[int(v) for v in point] for point in new.uv_px[torso]]
    before = [[int(v) for v in point] for point in old.uv_px[torso]]
    for (x, y), (u, v) in zip(picked, before, strict=True):
        assert abs(int(seen.frame.y[y, x]) - int(frame.y[v, u])) < 25
    share = [(one.matte > 127).mean() * width for one, width in ((old, frame.width_px), (new, halves.across))]
    assert share[1] == pytest.approx(share[0], rel=0.1)


def test_window_keeps_still_until_the_shopper_walks_and_then_follows(tracked) -> None:
    seen = tracked[0].people[0]

    def moved(by_px: float) -> Tracked:
        landmarks = replace(seen.landmarks, uv_px=seen.landmarks.uv_px + np.array([by_px, 0], np.float32))
        return replace(tracked[0], people=(replace(seen, landmarks=landmarks),))

    first = follow(moved(0.0), None)
    assert first.found
    assert follow(moved(0.04 * first.width_px), first) == first
    window = first
    for _ in range(60):
        window = follow(moved(100.0), window)
    assert window.centre_px - first.centre_px == pytest.approx(100.0 - 0.06 * window.width_px, abs=2.0)
    assert follow(replace(tracked[0], people=()), window) == window
