"""Judging shoppers who have themselves measured by the camera: the two films of a scan, and what is true of the body.

Fitted clothes, the whole body in the picture with some room; arms a little away, from the side stretched forward;
turned up to some degrees off each view, as people are. Camera, light, noise and codec are the judge's. Both films of a
scan come from one camera that stands still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.judge.people import Looks
from benchmarks.judge.scenes import Film, Scene
from benchmarks.judge.trial import unwatched
from pipelines.body.measure import tape_for
from pipelines.body.model import Body
from pipelines.body.survey import survey_measures
from pipelines.scan.guide import Scan, ScanWish, Sight, advance, begin
from pipelines.tryon import TrackEngine, TrackState, track
from pipelines.types import CameraFrame
from server.media_files import intrinsics

HZ = 3.0  # pictures a second: more would show the same standing person
SHOWN = 2  # times that each picture is shown, since it takes a second to paint
WARM_UP = 3  # pictures until the tracker has settled
GOOD_FRAMES = 7
FRONT_DEG, SIDE_DEG = 4.0, 7.0  # standard deviations of how people turn when asked to


def scenes(person: int, looks: Looks, seed: int, frames: int = GOOD_FRAMES) -> tuple[Scene, Scene]:
    """Return the films of judging body `person` (or of `looks`) from the front and from the side."""
    rng = np.random.default_rng((seed, person, 5))
    front = float(np.clip(rng.normal(0.0, FRONT_DEG), -12, 12))
    side = float(rng.choice((-90.0, 90.0)) + np.clip(rng.normal(0.0, SIDE_DEG), -16, 16))
    return tuple(  # type: ignore[return-value]
        Scene(f"scan {view}", view, person, motion, yaw, "scan", 0.0, WARM_UP + frames, looks=looks, shot=person)
        for view, motion, yaw in (("front", "a_pose", front), ("side", "ahead", side))
    )


def sights(films: tuple[Film, ...], engine: TrackEngine) -> Iterator[tuple[int, Sight]]:
    """Yield what the pipeline sees in each picture of `films`, one after the other, with the film's number."""
    engine.reset()
    state, number = TrackState(), 0
    for which, film in enumerate(films):
        for y, u, v in (planes for planes in film.planes for _ in range(SHOWN)):
            K = intrinsics(film.lens.width_px, film.lens.height_px)
            frame = CameraFrame(y, u, v, number / HZ, K)
            tracked, state = track(frame, state, engine, unwatched)
            seen = tracked.people[0]
            yield which, Sight(frame, seen.landmarks, seen.joints, tracked.passer is None)
            number += 1


def scan(films: tuple[Film, ...], wish: ScanWish, engine: TrackEngine) -> Scan:
    """Return the scan after `films`."""
    return scans(films, {"one": wish}, engine)["one"]


def scans(films: tuple[Film, ...], wishes: Mapping[str, ScanWish], engine: TrackEngine) -> dict[str, Scan]:
    """Return a scan for each of `wishes` after `films`, which are tracked once; each sees a film for every view."""
    states = {name: begin(wish) for name, wish in wishes.items()}
    for which, sight in sights(films, engine):
        for name, state in states.items():
            if which < len(state.wish.views):
                states[name] = advance(state, sight)
    return states


def truth(body: Body, navel: float | None = None) -> dict[str, float]:
    """Return what tape and caliper find on `body`, cm and kg; `navel` is that of `Looks`."""
    return survey_measures(tape_for(body.model), body.rest_m, body.heads_m, navel)
