"""Runs the pipeline over a film and compares every frame with the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.oracle import true_sight
from benchmarks.judge.rows import Row, Shot, bgr_of, drawn_pixels, measure_row
from benchmarks.judge.scenes import FPS, Film
from benchmarks.judge.truth import Truth, true_garments
from pipelines.body.conform import project
from pipelines.body.measure import measure
from pipelines.body.model import Body, load_body_model
from pipelines.garment.catalogue import Catalogue
from pipelines.outfit import Tailor, Told
from pipelines.sizing.evidence import KnownBody
from pipelines.sizing.packages import item_of
from pipelines.sizing.recommend import size_of
from pipelines.tryon import (
    DressEngine,
    DressState,
    GarmentChoice,
    Outfit,
    Seen,
    Tracked,
    TrackEngine,
    TrackState,
    TryOnSettings,
    Wish,
    dress,
    load_dress_engine,
    load_track_engine,
    prepare,
    track,
)
from pipelines.types import CameraFrame
from server.media_files import intrinsics

GLIMPSE_EVERY = 10


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One frame to look at."""

    bgr: NDArray[np.uint8]
    composed: NDArray[np.uint8]
    drawn: NDArray[np.bool_]
    true: NDArray[np.bool_]
    joints_px: NDArray[np.float64]  # (17, 2) true
    solved_px: NDArray[np.float64] | None  # (17, 2)
    sure: NDArray[np.bool_] | None  # drawn with the true joints fed in
    row: Row


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One film, measured three times: with nothing told, with the true joints, with true joints and body."""

    film_name: str
    tracked: list[Row] = field(default_factory=list)
    true_joints: list[Row] = field(default_factory=list)
    true_body: list[Row] = field(default_factory=list)
    glimpses: list[Glimpse] = field(default_factory=list)


class TrueTailor(Tailor):
    """Cuts for the person's own body instead of the one guessed from their height."""

    def __init__(self, catalogue: Catalogue, body: Body) -> None:
        super().__init__(catalogue, body.model)
        self._body = body

    def _shape(self, told: Told) -> Body:
        return self._body


class Bench:
    """The pipeline under test with its engines; `close` frees them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.settings = TryOnSettings()
        self._dress: DressEngine = load_dress_engine(self.settings)

    def close(self) -> None:
        """Free the engines."""
        self._dress.close()

    def try_on(
        self, film: Film, garment: str, size: str | None = None, oracle: bool = True, known: KnownBody | None = None
    ) -> Trial:
        """Return the measured frames of `film`; with `oracle` also with the truth fed in.

        The shopper tells the own height, rounded to a centimetre, or what is `known` of them, and wears `size`, or what
        the chart recommends.
        """
        package = self.catalogue.get(garment)
        size = size or size_of(measure(film.person.body), item_of(package))
        wish = Wish((GarmentChoice(garment, size),), height_cm=round(film.person.height_cm), known=known)
        outfit = prepare(wish, self.catalogue, load_body_model())
        made = TrueTailor(self.catalogue, film.person.body).prepare(wish) if oracle else outfit
        trial, begin = Trial(film.scene.name), film.scene.burn_in
        seen, state, sure, whole = TrackState(), DressState(), DressState(), DressState()
        with self._tracker() as tracker:
            for i, truth in enumerate(true_garments(film, package, size)):
                frame = _frame(film, i)
                tracked, seen = track(frame, seen, tracker, unwatched)
                shot, state = self._dressed(film, i, tracked, truth, outfit, state)
                told = None
                if oracle:
                    sight = Tracked(frame, (Seen(0, *true_sight(film, i, frame)),), tracked.passer)
                    told, sure = self._dressed(film, i, sight, truth, outfit, sure)
                    known, whole = self._dressed(film, i, sight, truth, made, whole)
                    _measure_into(trial.true_joints, told)
                    _measure_into(trial.true_body, known)
                _measure_into(trial.tracked, shot)
                if shot is not None and (i - begin) % GLIMPSE_EVERY == 0:
                    trial.glimpses.append(_glimpse(shot, told, trial.tracked[-1]))
        return trial

    def _dressed(
        self, film: Film, index: int, tracked: Tracked, truth: Truth | None, outfit: Outfit, state: DressState
    ) -> tuple[Shot | None, DressState]:
        """Return what there is to measure, None before anything is, and the state for the next frame."""
        result, dressed = dress(tracked, outfit, state, self._dress, unwatched)
        if truth is None:
            return None, dressed
        drawn = drawn_pixels(result.layer, tracked.frame)
        return Shot(film, index, tracked.frame, result.frame, drawn, truth, outfit, dressed.of(0)), dressed

    @contextmanager
    def _tracker(self) -> Iterator[TrackEngine]:
        tracker = load_track_engine(self.settings)
        try:
            yield tracker
        finally:
            tracker.close()


def _measure_into(rows: list[Row], shot: Shot | None) -> None:
    if shot is not None:
        rows.append(measure_row(shot))


def unwatched(_stage: str) -> AbstractContextManager[None]:
    """Book nothing."""
    return nullcontext()


def _glimpse(shot: Shot, told: Shot | None, row: Row) -> Glimpse:
    pose, film = shot.wearer.pose, shot.film
    solved = None if pose is None else project(pose.joints_m, shot.frame.K)
    joints = film.lens.project(film.joints_m[shot.index])
    sure = None if told is None else told.drawn
    pictures = bgr_of(shot.frame), bgr_of(shot.composed)
    return Glimpse(*pictures, shot.drawn, shot.truth.visible, joints, solved, sure, row)


def _frame(film: Film, index: int) -> CameraFrame:
    """Return frame `index` as the pipeline gets it: with the intrinsics assumed of an unknown camera."""
    y, u, v = film.planes[index]
    return CameraFrame(y, u, v, index / FPS, intrinsics(film.lens.width_px, film.lens.height_px))
