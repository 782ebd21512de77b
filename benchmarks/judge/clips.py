"""Real clips and photos, which need no truth: does the garment blink, and is it drawn where nobody is?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.metrics import Metrics, metric
from benchmarks.judge.rows import bgr_of, drawn_pixels
from benchmarks.judge.sheets import smaller, write_mosaic
from benchmarks.judge.trial import unwatched
from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import Catalogue
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    TryOnSettings,
    Wish,
    load_dress_engine,
    load_track_engine,
    prepare,
    step,
)
from pipelines.types import CameraFrame
from server.media_files import open_source

BLINK_FRAMES = 10  # a shorter gap is a blink, not somebody who left
STARE_FRAMES = 10  # the camera looks at a photo for so many frames
STARE_HZ = 30.0
REACH = 0.10  # of the width: so far from a person's middle the garment's may lie
EVERY, SLOW_FRAMES = 10, 16  # frames on a clip's sheet, and in a row on that of its fastest part
LEAST_PX = 50  # a garment smaller than this is not to be seen

Column = tuple[float, float]  # frame, place as a share of the width

# Frames in which the room is empty, first and last (seen by eye).
EMPTY = {
    "onebyone_p1": ((0, 3), (147, 153)),
    "onebyone_p3": ((0, 3),),
    "onebyone_p6": ((0, 3), (131, 139)),
}
# Frames in which somebody stands so before the shopper that next to nothing of a top could be seen (seen by eye).
HIDDEN = {"intel_store_aisle": ((41, 46),)}
# Where the people are who are small in the picture: their middles from frame to frame (seen by eye).
WALKERS: dict[str, tuple[tuple[Column, ...], ...]] = {
    "walk_across_far": (
        (
            (39, 0.87),
            (59, 0.79),
            (79, 0.70),
            (99, 0.58),
            (119, 0.48),
            (139, 0.36),
            (159, 0.24),
            (179, 0.12),
            (200, 0.0),
        ),
        (
            (0, 0.29),
            (109, 0.38),
            (139, 0.38),
            (179, 0.45),
            (189, 0.59),
            (199, 0.64),
            (209, 0.77),
            (219, 0.82),
            (228, 0.85),
        ),
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One clip: what was drawn in each of its frames."""

    name: str
    area_px: tuple[int, ...]
    place: tuple[float, ...]  # the drawn garment's middle, share of the width; NaN where nothing is drawn
    worst: NDArray[np.uint8] | None  # a composed frame with something wrong in it
    small: tuple[NDArray[np.uint8], ...] = ()  # all composed frames, to look at

    @property
    def drawn(self) -> tuple[bool, ...]:
        """Whether a garment was to be seen, or could not be since somebody stood before it, by frame."""
        hidden = {frame for first, last in HIDDEN.get(self.name, ()) for frame in range(first, last + 1)}
        return tuple(area >= LEAST_PX or frame in hidden for frame, area in enumerate(self.area_px))


def blinks(drawn: Sequence[bool]) -> int:
    """Return how often the garment is gone for less than BLINK_FRAMES and comes back."""
    runs = [(kind, len(list(run))) for kind, run in groupby(drawn)]
    return sum(not kind and length < BLINK_FRAMES for kind, length in runs[1:-1])


def misplaced(watched: Watched) -> list[int]:
    """Return the frames in which a garment is drawn in an empty room, or beside all who are in the picture."""
    wrong = []
    for frame, (drawn, place) in enumerate(zip(watched.drawn, watched.place, strict=True)):
        empty = any(first <= frame <= last for first, last in EMPTY.get(watched.name, ()))
        walkers = WALKERS.get(watched.name)
        lost = walkers is not None and all(abs(place - at) > REACH for at in _places(walkers, frame))
        if drawn and (empty or lost):
            wrong.append(frame)
    return wrong


def fastest(place: Sequence[float]) -> slice:
    """Return SLOW_FRAMES frames in a row in which the drawn garment moves most."""
    moved = np.nan_to_num(np.abs(np.diff(np.asarray(place, float))))
    if len(moved) <= SLOW_FRAMES:
        return slice(0, SLOW_FRAMES)
    begin = int(np.argmax(np.convolve(moved, np.ones(SLOW_FRAMES - 1), "valid")))
    return slice(begin, begin + SLOW_FRAMES)


def _places(walkers: tuple[tuple[Column, ...], ...], frame: int) -> Iterator[float]:
    for path in walkers:
        frames, places = zip(*path, strict=True)
        if frames[0] <= frame <= frames[-1]:
            yield float(np.interp(frame, frames, places))


def watch_media(media: Path, catalogue: Catalogue, garment: str, quick: bool, sheets: Path | None) -> Metrics:
    """Dress every clip and look at every photo of things under `media`; one line each is printed as it is done.

    A clip that is part of a joined one ("X_all") is left out: the joins are the harder test.
    """
    films = sorted((media / "people_video").glob("*.m*"))
    joined = tuple(film.stem.removesuffix("all") for film in films if film.stem.endswith("_all"))
    films = [film for film in films if film.stem.endswith("_all") or not (joined and film.stem.startswith(joined))]
    things = [photo for photo in sorted((media / "garment_photo").iterdir()) if photo.suffix in (".jpg", ".png")]
    if quick:
        films, things = films[::4], things[::8]
    mirror = Mirror(catalogue, garment, looks=sheets is not None)
    blinking, wrong, false_things = 0, 0, 0
    try:
        for number, film in enumerate(films, 1):
            seen = mirror.watch(film)
            gone, lost = blinks(seen.drawn), len(misplaced(seen))
            blinking, wrong = blinking + gone, wrong + lost
            print(f"{number:3}/{len(films)}  {film.name:26} drawn {np.mean(seen.drawn):.2f}   blinks {gone}   "
                  f"on nobody {lost}", flush=True)  # fmt: skip
            _keep(sheets, f"clip {film.stem}", seen.worst)
            if sheets is not None and seen.small:
                write_mosaic(sheets / f"all_{film.stem}.png", seen.small[::EVERY])
                write_mosaic(sheets / f"slow_{film.stem}.png", seen.small[fastest(seen.place)])
        for thing in things:
            seen = mirror.watch(thing)
            if any(seen.drawn):
                false_things += 1
                print(f"         {thing.name}: drawn on a thing", flush=True)
                _keep(sheets, f"thing {thing.stem}", seen.worst)
    finally:
        mirror.close()
    print(f"         {len(things)} photos of things: drawn on {false_things}", flush=True)
    return {
        "blinks": metric(blinking, f"of {len(films)} clips", 0.0),
        "drawn_on_nobody": metric(wrong, "frames of clips", 0.0),
        "drawn_on_things": metric(false_things, f"of {len(things)} photos", 0.0),
    }


def _keep(sheets: Path | None, name: str, picture: NDArray[np.uint8] | None) -> None:
    if sheets is not None and picture is not None:
        sheets.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(sheets / f"{name.replace(' ', '_')}.png"), picture)


class Mirror:
    """The pipeline as it meets the outside world; `close` frees its engines."""

    def __init__(self, catalogue: Catalogue, garment: str, looks: bool = False) -> None:
        self._settings, self._looks = TryOnSettings(), looks
        self._dress = load_dress_engine(self._settings)
        self._outfit = prepare(Wish((GarmentChoice(garment),)), catalogue, load_body_model())

    def close(self) -> None:
        """Free the engines."""
        self._dress.close()

    def watch(self, path: Path) -> Watched:
        """Return what is drawn on a clip, or on a photo that the camera looks at for a while."""
        engine = load_track_engine(self._settings)
        states = (TrackState(), DressState())
        areas, places, small, kept, last = [], [], [], None, None
        try:
            with open_source(path) as source:
                for frame in _stare(source.frames) if source.is_picture else source.frames:
                    result, states = step(frame, self._outfit, states, (engine, self._dress), unwatched)
                    drawn = drawn_pixels(result.layer, frame)
                    areas.append(int(drawn.sum()))
                    places.append(
                        float(np.flatnonzero(drawn.any(axis=0)).mean() / drawn.shape[1]) if areas[-1] else np.nan
                    )
                    last = result.frame
                    if self._looks:
                        small.append(smaller(bgr_of(last)))
                    seen = Watched(path.stem, tuple(areas), tuple(places), None)
                    if kept is None and (
                        blinks(seen.drawn) or misplaced(seen) or (source.is_picture and any(seen.drawn))
                    ):
                        kept = bgr_of(last)
        finally:
            engine.close()
        return Watched(path.stem, tuple(areas), tuple(places), kept, tuple(small))


def _stare(frames: Iterable[CameraFrame]) -> Iterator[CameraFrame]:
    """Yield a photo's only frame as a camera would that is held at it."""
    for frame in frames:
        yield from (replace(frame, captured_s=i / STARE_HZ) for i in range(STARE_FRAMES))
