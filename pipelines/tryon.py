"""The main path on one page: frame -> pose -> body -> drape -> light -> render -> composite -> frame.

Three functions, which the rim may run in three threads:

`prepare` (pipelines.outfit)  a wish -> an outfit: body shaped, garments cut, graded and settled. Slow, rare.
`track`                       a frame -> the landmarks of everybody who is believed to be there, nearest first.
`dress`                       a tracked frame and an outfit -> the composed frame.

One person is the common case, three are the most. Who is who is `pipelines.pose.company`'s; what is drawn of one
person is `pipelines.wearer`'s; who hides whom is decided here, by drawing the farthest first.

`track` and `dress` share no state but the `Tracked` record, so they overlap on consecutive frames; each
has an engine of its own, to be made, used and closed by the thread that runs it (a GL context belongs to
its thread). `run_server.py render`, the live worker and the benchmarks all come through here.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.composite.backend import Compositor, select_compositor
from pipelines.composite.blur import motion_blurred
from pipelines.composite.packed import canvases, packed
from pipelines.composite.paint_out import laid_over
from pipelines.composite.people import left_visible, merged
from pipelines.composite.plate import Plate
from pipelines.drape.cloth import DrapeSettings
from pipelines.drawing import request_of
from pipelines.framing import Window, framing_hint
from pipelines.in_front import hide_behind_own
from pipelines.light.backend import LightFitter, select_light_fitter
from pipelines.mirror import mirrored
from pipelines.outfit import GarmentChoice, Outfit, Wish, prepare
from pipelines.own_clothes import Others, over_rim, paint_over, room_of
from pipelines.pose.company import Company, are_apart, look_round, placed, remembered, settled
from pipelines.pose.facing import FacingState, judge_facing, turned_round
from pipelines.pose.finder import BundledPersonFinder, PersonFinder
from pipelines.pose.following import follow, follow_alone
from pipelines.pose.lift import JointLift
from pipelines.pose.passer import Passer, passed
from pipelines.pose.person import Known, Sight
from pipelines.pose.presence import BundledFaceFinder, FaceFinder, PresenceSettings, judge_presence
from pipelines.pose.skeleton import SmoothSettings
from pipelines.pose.tracker import Tracker, load_tracker
from pipelines.render.backend import Renderer, select_renderer
from pipelines.render.coverage import garment_areas
from pipelines.types import (
    FACE_LANDMARKS,
    CameraFrame,
    GarmentLayer,
    GarmentReport,
    Landmarks,
    MatteU8,
    PersonReport,
    TryOnResult,
)
from pipelines.wearer import (
    Seen,
    Wearer,
    change_clothes,
    drape_all,
    fit_light,
    follow_legs,
    grained,
    move_on,
    shadow_of,
)

__all__ = [
    "DressEngine",
    "DressState",
    "GarmentChoice",
    "Outfit",
    "Seen",
    "TrackEngine",
    "TrackState",
    "Tracked",
    "TryOnSettings",
    "Wish",
    "dress",
    "load_dress_engine",
    "load_track_engine",
    "prepare",
    "step",
    "track",
]

Stopwatch = Callable[[str], AbstractContextManager[None]]  # `with watch("drape"): ...` books a stage


@dataclass(frozen=True, slots=True)
class TryOnSettings:
    """Which backends run, and the knobs of the stages."""

    pose_model: str = "bundled"  # or the path of a .task file
    render_backend: str = "auto"  # auto, pyrender, numba
    composite_backend: str = "auto"  # auto, numba, torch, cuda
    light_backend: str = "auto"  # auto, numba, torch, cuda
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    smooth: SmoothSettings = field(default_factory=SmoothSettings)
    drape: DrapeSettings = field(default_factory=DrapeSettings)
    paint_out: bool = True  # own clothes beside garments become room, and below them bare arms and legs


@dataclass(frozen=True, slots=True, eq=False)
class TrackEngine:
    """The models of `track`; those of the second and third person are loaded when they come."""

    trackers: list[Tracker]
    finder: PersonFinder
    faces: FaceFinder
    lift: JointLift
    settings: TryOnSettings
    helpers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))  # starts no thread until used

    def tracker_of(self, person: int) -> Tracker:
        """Return the tracker that follows `person`; raises BackendUnavailable."""
        while len(self.trackers) <= person:
            self.trackers.append(load_tracker(self.settings.pose_model))
        return self.trackers[person]

    def reset(self) -> None:
        """Forget whom the trackers follow."""
        for tracker in self.trackers:
            tracker.reset()

    def close(self) -> None:
        """Release the models."""
        for tracker in self.trackers:
            tracker.close()
        self.helpers.shutdown()
        self.finder.close()
        self.faces.close()


@dataclass(frozen=True, slots=True, eq=False)
class DressEngine:
    """The backends of `dress`, and why they were chosen."""

    renderer: Renderer
    compositor: Compositor
    light: LightFitter
    reasons: dict[str, str]
    settings: TryOnSettings

    def close(self) -> None:
        """Release the backends."""
        self.renderer.close()


def load_track_engine(settings: TryOnSettings) -> TrackEngine:
    """Load the models of `track`; raises BackendUnavailable."""
    trackers = [load_tracker(settings.pose_model)]
    return TrackEngine(trackers, BundledPersonFinder(), BundledFaceFinder(), JointLift(), settings)


def load_dress_engine(settings: TryOnSettings) -> DressEngine:
    """Start renderer and compositor in this thread; raises BackendUnavailable."""
    renderer, why_render = select_renderer(settings.render_backend)
    compositor, why_composite = select_compositor(settings.composite_backend)
    light, why_light = select_light_fitter(settings.light_backend)
    reasons = {"render": why_render, "composite": why_composite, "light": why_light}
    return DressEngine(renderer, compositor, light, reasons, settings)


@dataclass(frozen=True, slots=True, eq=False)
class TrackState:
    """What `track` keeps from frame to frame."""

    company: Company = field(default_factory=Company)
    passer: Passer = field(default_factory=Passer)  # before a single shopper


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """What `track` tells `dress` about one frame."""

    frame: CameraFrame
    people: tuple[Seen, ...]  # who is there, or was a moment ago; nearest first
    passer: MatteU8 | None = None  # who passes before them


@dataclass(frozen=True, slots=True, eq=False)
class DressState:
    """What `dress` keeps from frame to frame."""

    wearers: dict[int, Wearer] = field(default_factory=dict)  # by the person's number
    second: dict[int, Wearer] = field(default_factory=dict)  # the same in another size (`pipelines.beside`)
    window: Window | None = None  # what is seen of the picture then
    plate: Plate | None = None  # the room, as far as it was seen; None where nothing is painted over with it

    def of(self, person: int) -> Wearer:
        """Return what is known of `person`."""
        return self.wearers.get(person) or Wearer()


def track(
    frame: CameraFrame, state: TrackState, engine: TrackEngine, watch: Stopwatch, people: int = 1
) -> tuple[Tracked, TrackState]:
    """Find up to `people` people to dress in `frame`, and who passes before a single one."""
    passer = Passer()
    with watch("pose"):
        company = look_round(frame, state.company, engine.finder, people)
        told: list[Seen] = []
        known: list[Known] = []
        nearer: list[Landmarks] = []
        at_once = _follow_at_once(frame, company, engine, people, state.passer)
        for place, person in enumerate(company.people):
            if at_once:
                sight = at_once[place]
            else:
                unseen = tuple(p for p in company.people if p.id != person.id and (p.idle or p.lost))
                sight = follow(frame, person, nearer, company.people[place + 1 :], engine.tracker_of(person.id), unseen)
            seen, person = _believe(frame, person, sight, engine)
            if people > 1:
                person = remembered(frame, person, sight)
            elif not sight.coasting:
                person = placed(frame, person, seen.landmarks)
            if seen.landmarks is not None:
                nearer.append(seen.landmarks)
            if person.proven or (people == 1 and person.id == 0):
                told.append(seen)
            known.append(person)
        company = settled(company, known, engine.settings.presence, people)
        if people == 1:
            own = told[0].landmarks
            passer = passed(frame, None if own is None else own.matte, state.passer)
    return Tracked(frame, tuple(told), passer.matte), TrackState(company, passer)


def _follow_at_once(
    frame: CameraFrame, company: Company, engine: TrackEngine, people: int, passer: Passer
) -> list[Sight]:
    """Return what is seen of everybody, tracked side by side; empty where the nearer must be tracked first."""
    if people == 1:
        return [follow_alone(frame, company.people[0], passer.hidden, engine.tracker_of(0))]
    if len(company.people) < 2 or not are_apart(frame, company):
        return []
    trackers = [engine.tracker_of(person.id) for person in company.people]
    return list(engine.helpers.map(lambda one, by: follow(frame, one, [], (), by), company.people, trackers))


def _believe(frame: CameraFrame, person: Known, sight: Sight, engine: TrackEngine) -> tuple[Seen, Known]:
    """Return the landmarks and joints of `person`, if they are believed to be there."""
    landmarks, facing = sight.landmarks, person.facing
    presence = judge_presence(landmarks, frame, engine.faces, person.presence, engine.settings.presence)
    if presence.search_afresh:
        engine.tracker_of(person.id).reset()
    proven = person.proven or presence.believed
    if landmarks is None or not presence.believed or presence.implausible:
        facing = facing if presence.believed else FacingState()
        return Seen(person.id, None, None), replace(person, presence=presence, facing=facing, proven=proven)
    if not sight.coasting:  # of somebody hidden the face says nothing
        facing = judge_facing(landmarks, frame, engine.faces, facing)
    if facing.turned:
        landmarks = turned_round(landmarks)
    seen = Seen(person.id, landmarks, engine.lift(landmarks, frame))
    return seen, replace(person, presence=presence, facing=facing, proven=proven)


def dress(
    tracked: Tracked, outfit: Outfit, state: DressState, engine: DressEngine, watch: Stopwatch
) -> tuple[TryOnResult, DressState]:
    """Drape, draw and blend the outfits onto the tracked frame, or onto canvases, the farthest person's first."""
    frame = tracked.frame
    composed: tuple[CameraFrame, ...] = canvases(frame) if outfit.delivery == "layer" else (frame,)
    wearers: dict[int, Wearer] = {}
    layers: list[GarmentLayer] = []
    reports: list[PersonReport] = []
    with watch("composite"):
        plate = _room(tracked, outfit, state, engine.settings)
    for place, seen in reversed(tuple(enumerate(tracked.people))):
        if seen.id >= outfit.people:
            continue
        own = outfit.of(seen.id)
        with watch("skeleton"):
            wearer = move_on(seen, frame, own, change_clothes(state.of(seen.id), own), engine.settings.smooth)
        areas = (0,) * len(own.garments)
        if wearer.is_drawn:
            others = _others(tracked, place, plate)
            composed, layer, areas, wearer = _draw(composed, frame, seen, own, wearer, others, engine, watch)
            layers.append(layer)
        reports.append(_report(seen, frame, own, areas, wearer.own_shown))
        wearers[seen.id] = replace(wearer, drawn_s=frame.captured_s)
    if not any(report.id == 0 for report in reports):  # of the shopper it is told that they are not there
        reports.append(_report(Seen(0, None, None), frame, outfit, (0,) * len(outfit.garments)))
    with watch("composite"):
        drawn = merged(layers)
        picture = composed[0] if len(composed) == 1 else packed(composed[0], composed[1], drawn)
    result = TryOnResult(picture, drawn, tuple(sorted(reports, key=lambda report: report.id)))
    return mirrored(result) if outfit.mirror else result, DressState(wearers, plate=plate)


def _room(tracked: Tracked, outfit: Outfit, state: DressState, settings: TryOnSettings) -> Plate | None:
    """Return the room behind everybody; None where nothing is painted over own clothes, neither room nor bare limbs.

    That is where it is shown how garments fit, and where somebody else composes.
    """
    if not settings.paint_out or not outfit.garments or outfit.fits or outfit.delivery == "layer":
        return None
    return room_of(tracked.frame, tracked.people, tracked.passer, state.plate)


def _others(tracked: Tracked, place: int, plate: Plate | None) -> Others:
    """Return who else is there beside the person at `place`."""
    people = [None if seen.landmarks is None else seen.landmarks.matte for seen in tracked.people]
    before = [matte for matte in (tracked.passer, *people[:place]) if matte is not None]
    return Others(before, [*before, *(matte for matte in people[place + 1 :] if matte is not None)], plate)


def _draw(
    composed: tuple[CameraFrame, ...],
    frame: CameraFrame,
    seen: Seen,
    outfit: Outfit,
    wearer: Wearer,
    others: Others,
    engine: DressEngine,
    watch: Stopwatch,
) -> tuple[tuple[CameraFrame, ...], GarmentLayer, tuple[int, ...], Wearer]:
    """Blend one person's garments into each of `composed`."""
    pose = wearer.pose
    assert pose is not None  # noqa: S101
    with watch("drape"):
        surfaces, wearer = drape_all(outfit, pose, frame, wearer, engine.settings.drape)
        surfaces, wearer = follow_legs(seen, outfit, pose, frame, surfaces, wearer)
    with watch("light"):
        light, wearer = fit_light(seen, outfit, pose, frame, wearer, engine.light)
    with watch("render"):
        layer = engine.renderer.render(request_of(outfit, pose, surfaces, frame, light, wearer))
    with watch("composite"):
        layer = motion_blurred(over_rim(seen, pose, outfit, frame, layer, wearer), wearer.velocity_px_s, frame)
        before, wearer = hide_behind_own(seen, pose, outfit, frame, layer, others.plate, wearer)
        patches, wearer = paint_over(seen, pose, outfit, frame, layer, before, light, engine.renderer, others, wearer)
        occlusion = left_visible(others.before, frame, layer.region, before.left)
        layer, wearer = grained(frame, layer, wearer)
        shadow = shadow_of(seen, pose, frame, light, wearer.painted)
        composed = tuple(laid_over(one, patches) for one in composed)
        blended = [engine.compositor.composite(one, layer, occlusion, wearer.opacity, shadow) for one in composed]
        layer = blended[0][1]
    return tuple(one for one, _ in blended), layer, garment_areas(surfaces, layer, frame.K), wearer


Dressing = Callable[[Tracked, Outfit, DressState, DressEngine, Stopwatch], tuple[TryOnResult, DressState]]


def step(
    frame: CameraFrame,
    outfit: Outfit,
    states: tuple[TrackState, DressState],
    engines: tuple[TrackEngine, DressEngine],
    watch: Stopwatch,
    dressing: Dressing = dress,
) -> tuple[TryOnResult, tuple[TrackState, DressState]]:
    """Run the whole path over one frame; `dressing` is `dress`, or what does the same and more."""
    tracked, track_state = track(frame, states[0], engines[0], watch, outfit.people)
    result, dress_state = dressing(tracked, outfit, states[1], engines[1], watch)
    return result, (track_state, dress_state)


def _report(
    seen: Seen, frame: CameraFrame, outfit: Outfit, areas: tuple[int, ...], own_shown: str | None = None
) -> PersonReport:
    landmarks, uv = seen.landmarks, None
    if landmarks is not None:
        uv = landmarks.uv_px.copy()
        uv[:FACE_LANDMARKS] = np.nan
    visibility = None if landmarks is None else landmarks.visibility
    worn = zip(outfit.garments, areas, strict=True)
    garments = tuple(GarmentReport(one.package.id, one.size, area) for one, area in worn)
    hint = framing_hint(landmarks, frame) or own_shown
    return PersonReport(seen.id, landmarks is not None, uv, visibility, garments, hint)
