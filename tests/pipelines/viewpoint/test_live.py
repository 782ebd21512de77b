"""The live path from another side: orbit, replay, and back to an untouched mirror."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines import tryon
from pipelines.outfit import GarmentChoice, Outfit, Tailor, Wish
from pipelines.tryon import DressEngine, DressState, Tracked, TrackState, TryOnSettings
from pipelines.types import CameraFrame, TryOnResult
from pipelines.viewpoint.live import REPLAY_S, Look, ViewState, dress
from pipelines.viewpoint.studio import View
from server.media_files import open_source

FILM = Path(__file__).parents[3] / "xr_client" / "web" / "demo_shopper.webm"
FRAMES = 12


@pytest.fixture(scope="module")
def tracked() -> list[Tracked]:
    """The synthetic shopper's first frames, tracked once."""
    engine, state, found = tryon.load_track_engine(TryOnSettings()), TrackState(), []
    with open_source(FILM) as source:
        for frame, _ in zip(source.frames, range(FRAMES), strict=False):
            one, state = tryon.track(frame, state, engine, lambda _: nullcontext())
            found.append(one)
    engine.close()
    assert all(one.people[0].landmarks is not None for one in found[2:])
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[DressEngine]:
    engine = tryon.load_dress_engine(TryOnSettings(render_backend="numba"))
    yield engine
    engine.close()


class Watcher:
    """Runs frames through the live path, one after another."""

    def __init__(self, engine: DressEngine, outfit: Outfit) -> None:
        self.engine, self.outfit, self.state = engine, outfit, ViewState()

    def see(self, tracked: Tracked, look: Look | None = None) -> TryOnResult:
        look = look or Look()
        result, self.state = dress(tracked, self.outfit, self.state, self.engine, lambda _: nullcontext(), look)
        return result

    def see_all(self, tracked: list[Tracked], look: Look | None = None) -> list[TryOnResult]:
        return [self.see(one, look) for one in tracked]


@pytest.fixture
def watcher(engine: DressEngine, outfit: Outfit) -> Watcher:
    return Watcher(engine, outfit)


def later(tracked: Tracked, seconds: float, *, nobody: bool = False) -> Tracked:
    """The same camera frame again, `seconds` later."""
    frame = replace(tracked.frame, captured_s=tracked.frame.captured_s + seconds)
    return Tracked(frame, ()) if nobody else replace(tracked, frame=frame)


def difference(a: CameraFrame, b: CameraFrame) -> float:
    return float(np.abs(a.y.astype(np.int16) - b.y).mean())


def test_mirror_is_the_main_path_bit_for_bit(watcher: Watcher, tracked: list[Tracked]) -> None:
    state = DressState()
    for one in tracked:
        expected, state = tryon.dress(one, watcher.outfit, state, watcher.engine, lambda _: nullcontext())
        assert np.array_equal(watcher.see(one).frame.y, expected.frame.y)


def test_orbit_shows_the_avatar_and_no_pixel_of_the_camera(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked[:8])
    one = tracked[8]
    black = replace(one, frame=replace(one.frame, y=np.full_like(one.frame.y, 16)))
    state = watcher.state
    front = watcher.see(one, Look("orbit"))
    watcher.state = state
    assert np.array_equal(watcher.see(black, Look("orbit")).frame.y, front.frame.y)
    assert watcher.state.shown == "orbit"
    assert difference(front.frame, one.frame) > 20
    assert front.frame.captured_s == one.frame.captured_s
    assert [garment.id for garment in front.people[0].garments] == [w.package.id for w in watcher.outfit.garments]


def test_orbit_turns_with_the_angle_and_lives_with_the_pose(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked[:8])
    state, seen = watcher.state, []
    for yaw in (0.0, 90.0, 180.0):
        watcher.state = state
        seen.append(watcher.see(tracked[8], Look("orbit", View(yaw))).frame)
    assert min(difference(a, b) for a, b in ((seen[0], seen[1]), (seen[1], seen[2]), (seen[0], seen[2]))) > 1.0
    before = watcher.state.past[-1].at_s
    watcher.see(tracked[9], Look("orbit", View(180.0)))
    assert watcher.state.past[-1].at_s > before, "the pose goes on while the shopper looks from elsewhere"


def test_orbit_returns_to_the_mirror(watcher: Watcher, engine: DressEngine, tracked: list[Tracked]) -> None:
    straight = Watcher(engine, watcher.outfit)
    expected = straight.see_all(tracked)[-1]
    watcher.see_all(tracked[:6])
    watcher.see_all(tracked[6:9], Look("orbit", View(120.0)))
    back = watcher.see_all(tracked[9:])[-1]
    assert watcher.state.shown == "mirror"
    assert difference(back.frame, expected.frame) < 0.2, "cloth and filters went on as if nobody had looked away"


def test_orbit_of_somebody_not_seen_yet_stands_at_ease(watcher: Watcher, tracked: list[Tracked]) -> None:
    nobody = [later(tracked[0], index / 30, nobody=True) for index in range(3)]
    first, second, third = watcher.see_all(nobody, Look("orbit"))
    assert difference(first.frame, nobody[0].frame) > 20
    assert np.array_equal(second.frame.y, third.frame.y)
    assert watcher.see(later(nobody[0], 0.2), Look("replay")).frame is not None
    assert watcher.state.shown == "orbit", "there is nothing to replay"


def test_orbit_keeps_the_last_pose_when_the_shopper_steps_out(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked)
    standing = watcher.see(later(tracked[-1], 1 / 30), Look("orbit")).frame
    gone = [later(tracked[-1], 1 + index / 30, nobody=True) for index in range(3)]
    alone = watcher.see_all(gone, Look("orbit"))[-1].frame
    assert difference(standing, alone) < 0.5


def test_replay_goes_through_the_past_and_begins_again(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked)
    length_s = watcher.state.past[-1].at_s - watcher.state.past[0].at_s
    at_s = []
    for index in range(60):
        watcher.see(later(tracked[-1], (1 + index) / 30), Look("replay", View(90.0)))
        at_s.append(watcher.state.replayed_s)
    assert watcher.state.shown == "replay"
    steps = np.diff(at_s)
    assert steps[0] == pytest.approx(1 / 30)
    assert max(at_s) >= length_s
    assert (steps < 0).sum() >= 1, "it loops"
    assert (steps[steps > 0] < 1 / 29).all()


def test_slow_motion_takes_longer_and_shows_moments_between(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked)
    slow = [
        watcher.see(later(tracked[-1], (1 + index) / 30), Look("replay", View(40.0), speed=0.25)).frame
        for index in range(9)
    ]
    assert watcher.state.replayed_s == pytest.approx(8 * 0.25 / 30)
    steps = [difference(a, b) for a, b in zip(slow, slow[1:], strict=False)]
    assert max(steps) < 3 * np.median(steps) + 0.05, "no jumps from one seen frame to the next"


def test_memory_holds_two_seconds_and_no_picture(watcher: Watcher, tracked: list[Tracked]) -> None:
    for index in range(100):
        watcher.see(later(tracked[-1], index / 30), Look("orbit") if index % 10 == 0 else None)
    past = watcher.state.past
    assert past[-1].at_s - past[0].at_s <= REPLAY_S
    assert 55 <= len(past) <= 61
    arrays = [array for moment in past for array in (moment.T_cam_rest, *(a for one in moment.cloth for a in one))]
    assert sum(array.nbytes for array in arrays) < 12e6
    assert all(array.dtype != np.uint8 for array in arrays)


def test_nothing_is_kept_after_the_shopper_has_gone(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked)
    watcher.see(later(tracked[-1], 0.1), Look("replay"))
    kept = [weakref.ref(moment.T_cam_rest) for moment in watcher.state.past] + [weakref.ref(watcher.state.avatar.uv)]
    watcher.state = ViewState()
    gc.collect()
    assert [one for one in kept if one() is not None] == []


def test_other_clothes_are_seen_from_the_side_at_once(watcher: Watcher, tailor: Tailor, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked[:8])
    tee = watcher.see(tracked[8], Look("orbit", View(90.0))).frame
    watcher.outfit = tailor.prepare(Wish((GarmentChoice("sweater_cable", "L"),), 175.0))
    sweater = watcher.see(tracked[9], Look("orbit", View(90.0))).frame
    assert difference(tee, sweater) > 1.0
    assert len(watcher.state.past) == 1, "what was worn before is not replayed in other clothes"
    before = watcher.state.dress.of(0).cloth[0]
    watcher.see(later(tracked[9], 1e-4), Look("orbit"))
    moved = np.abs(watcher.state.dress.of(0).cloth[0].x - before.x).max()
    restarted = np.abs(watcher.outfit.cloth[0].x - before.x).max()
    assert moved < 0.1 * restarted, "the cloth goes on from where it was"


def test_mirrored_wish_flips_the_avatar_too(watcher: Watcher, tracked: list[Tracked]) -> None:
    watcher.see_all(tracked[:8])
    state = watcher.state
    plain = watcher.see(tracked[8], Look("orbit", View(40.0))).frame
    watcher.state, watcher.outfit = state, replace(watcher.outfit, mirror=True)
    assert np.array_equal(watcher.see(tracked[8], Look("orbit", View(40.0))).frame.y[:, ::-1], plain.y)
