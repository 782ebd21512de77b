"""`run_server.py render`: the main path over a video or a picture."""

from __future__ import annotations

import argparse
import errno
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipelines.beside import dress, panes
from pipelines.body.model import SEXES, Sex, load_body_model
from pipelines.captions import captioned
from pipelines.errors import InputRejected, TryOnError
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import PEOPLE_MAX, Comparison
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import KnownBody, evidence_of
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
from pipelines.types import CameraFrame, PersonReport, TryOnResult
from server.catalogue import split_name
from server.errors import MessageRefused
from server.media_files import (
    PICTURE_SUFFIXES,
    VIDEO_SUFFIXES,
    Source,
    VideoWriter,
    filling,
    layer_picture,
    open_source,
    replacing,
    to_rgb_picture,
)
from server.worker.ledger import Ledger

PICTURE_PASSES = 12  # a still picture is looked at this often, so that filters, width and cloth settle
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
_PASS_S = 1 / 8  # longer than any shutter: what filters do in between is no motion, and blurs nothing


def main(args: argparse.Namespace) -> int:
    """Render `args.input` to `args.out`; raises InputRejected."""
    wish = _wish(args)
    _check_outputs(args.input, args.out, args.report, args.layers)
    try:
        with native_logs_aside():
            totals = _render(args, wish)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise InputRejected(f"{error.filename or args.out}: cannot be written ({error.strerror})") from error
    _tell(args.out, totals)
    return 0


def _wish(args: argparse.Namespace) -> Wish:
    """Return what is to be worn; raises InputRejected."""
    first, *others = (
        tuple(_choice(name.strip(), args.size) for name in names.split(",") if name.strip())
        for names in (args.garment, *args.other)
    )
    if not first:
        raise InputRejected("--garment names no garment; `run_server.py garment list` shows what there is")
    if not 1 <= args.people <= PEOPLE_MAX or len(others) >= args.people:
        raise InputRejected(f"--people is 1 to {PEOPLE_MAX}, and --other may be given for each but the first of them")
    known = None if args.known is None else known_from(args.known, args.height_cm)
    compare = None if args.compare is None else _comparison(args.compare, first)
    return Wish(
        first, args.height_cm, people=args.people, others=tuple(others), known=known, fit_map=args.fit_map,
        compare=compare,
    )  # fmt: skip


def _comparison(text: str, worn: tuple[GarmentChoice, ...]) -> Comparison:
    """Read `M,L`, or `ID:M,L` of another garment than the outermost.  Raises InputRejected."""
    garment, _, sizes = text.rpartition(":")
    one, *more = (size.strip() for size in sizes.split(","))
    if len(more) != 1 or more[0] == one:
        raise InputRejected(f"--compare {text}: two different sizes, such as M,L")
    return Comparison(garment or worn[-1].id, (one, more[0]))


def known_from(text: str, height_cm: float | None) -> KnownBody:
    """Read `sex=male,weight=78kg,…`.  Raises InputRejected."""
    told = {name.strip(): value for name, _, value in (entry.partition("=") for entry in text.split(","))}
    sex: Sex | None = next((sex for sex in SEXES if sex == told.get("sex", "").strip()), None)
    if "sex" in told and sex is None:
        raise InputRejected(f"--known sex={told['sex']}: {' or '.join(SEXES)}")
    evidence = [evidence_of(name, value) for name, value in told.items() if name != "sex"]
    if height_cm is not None and "height" not in told:
        evidence.append(evidence_of("height", height_cm))
    known = KnownBody(tuple(evidence), sex)
    estimate(known.evidence, known.sex)  # what makes no sense is refused before anything slow starts
    return known


def _choice(name: str, size: str | None) -> GarmentChoice:
    try:
        garment_id, colourway, tucked = split_name(name)
    except MessageRefused as refused:
        raise InputRejected(f"--{refused.message}") from None
    return GarmentChoice(garment_id, size, colourway, tucked)


def _check_outputs(source: Path, out: Path, report: Path | None, layers: Path | None) -> None:
    """Refuse outputs that would cost the input or each other, before anything slow starts."""
    if out.suffix.lower() not in (*PICTURE_SUFFIXES, *VIDEO_SUFFIXES):
        kinds = " ".join((*VIDEO_SUFFIXES, *PICTURE_SUFFIXES))
        raise InputRejected(f"{out}: the output's name ends in one of {kinds}")
    if report is not None and report.resolve() == out.resolve():
        raise InputRejected(f"{out}: is both --out and --report")
    for target in (out, report):
        if target is not None and target.resolve() == source.resolve():
            raise InputRejected(f"{target}: is the input itself, and would be overwritten")
    for file in (source, out, report):
        if layers is not None and file is not None and _is_layer_name(file, layers):
            raise InputRejected(f"{file}: a layer of --layers would be written over it")


def _is_layer_name(file: Path, layers: Path) -> bool:
    return file.resolve().parent == layers.resolve() and re.fullmatch(r"frame_\d{6,}\.png", file.name) is not None


def _render(args: argparse.Namespace, wish: Wish) -> Totals:
    settings = TryOnSettings()
    outfit = prepare(wish, load_catalogue(), load_body_model())
    with ExitStack() as stack:
        source = stack.enter_context(open_source(args.input))
        if not source.is_picture and args.out.suffix.lower() in PICTURE_SUFFIXES:
            raise InputRejected(f"{args.out}: a video cannot be written as a picture, use .mp4")
        target = stack.enter_context(replacing(args.out))
        layers = None if args.layers is None else stack.enter_context(filling(args.layers))
        report = None if args.report is None else stack.enter_context(_report_file(args.report))
        engines = load_track_engine(settings), load_dress_engine(settings)
        for engine in engines:
            stack.callback(engine.close)
        totals = Totals()
        sink = stack.enter_context(_sink(target, source))
        states = TrackState(), DressState()
        for number, frame in enumerate(_passes(source)):
            ledger = Ledger()
            result, states = step(frame, outfit, states, engines, ledger.watch, dress)
            result = replace(result, stage_ms=ledger.stage_ms)
            if source.is_picture and number < PICTURE_PASSES - 1:
                continue
            told = panes(frame, outfit, states[1]) if outfit.fits else ()
            sink(captioned(result.frame, told, outfit.mapped) if told else result.frame)
            index = totals.add(result)
            if layers is not None:
                picture = layer_picture(result.layer, source.size_px)
                picture.save(layers / f"frame_{index:06d}.png", compress_level=1)
            _write_line(report, frame_line(index, frame.captured_s, result))
            _progress(index + 1, source.count)
        _write_line(report, {"totals": totals.summary()})
    return totals


@contextmanager
def native_logs_aside() -> Iterator[None]:
    """Keep what libraries print past Python out of standard error; shown only where something unforeseen fails.

    mediapipe's C++ logs start before it reads any setting that would quiet them.
    """
    sys.stderr.flush()
    ours = sys.stderr
    with os.fdopen(os.dup(2), "w", buffering=1) as terminal, tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        sys.stderr = terminal
        try:
            yield
        except (TryOnError, KeyboardInterrupt):
            raise
        except BaseException:
            aside.seek(0)
            terminal.write(aside.read().decode(errors="replace"))
            raise
        finally:
            terminal.flush()
            sys.stderr = ours
            os.dup2(terminal.fileno(), 2)


@contextmanager
def _report_file(path: Path) -> Iterator[TextIO]:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as report:
        yield report


def _passes(source: Source) -> Iterator[CameraFrame]:
    """Yield the frames; a still picture several times, at rising times."""
    for frame in source.frames:
        for i in range(PICTURE_PASSES if source.is_picture else 1):
            yield replace(frame, captured_s=frame.captured_s + i * _PASS_S)


@contextmanager
def _sink(target: Path, source: Source) -> Iterator[Callable[[CameraFrame], None]]:
    """Yield what takes the composed frames."""
    kind = PICTURE_SUFFIXES.get(target.suffix.lower())
    if kind is not None:
        yield lambda frame: to_rgb_picture(frame, source.size_px).save(target, kind)
        return
    with VideoWriter(target, source) as writer:
        yield writer.write


def frame_line(index: int, t_s: float, result: TryOnResult) -> dict[str, Any]:
    """Return the report of one frame, as the documented hook says."""
    return {
        "frame": index,
        "t_s": round(t_s, 6),
        "people": [_person_line(person) for person in result.people if _is_shown(person)],
        "stage_ms": {stage: round(ms, 3) for stage, ms in result.stage_ms.items()},
    }


def _is_shown(person: PersonReport) -> bool:
    """Return whether the person is there, or their garments still are."""
    return person.pose or any(garment.area_px for garment in person.garments)


def _person_line(person: PersonReport) -> dict[str, Any]:
    uv = np.full((33, 2), np.nan) if person.uv_px is None else person.uv_px
    visibility = np.zeros(33) if person.visibility is None else person.visibility
    return {
        "id": person.id,
        "pose": person.pose,
        "uv_px": [[None, None] if np.isnan(x) else [round(float(x), 2), round(float(y), 2)] for x, y in uv],
        "visibility": [round(float(v), 4) for v in visibility],
        "garments": [{"id": g.id, "size": g.size, "area_px": g.area_px} for g in person.garments],
    }


class Totals:
    """Counts over a whole clip."""

    def __init__(self) -> None:
        self.frames = self.with_pose = self.drawn = 0
        self._stages: dict[str, list[float]] = {}
        self._started_s = time.perf_counter()

    def add(self, result: TryOnResult) -> int:
        """Count one frame and return its number."""
        self.frames += 1
        self.with_pose += any(person.pose for person in result.people)
        self.drawn += result.layer is not None and any(g.area_px for p in result.people for g in p.garments)
        for stage, ms in result.stage_ms.items():
            self._stages.setdefault(stage, []).append(ms)
        return self.frames - 1

    def summary(self) -> dict[str, Any]:
        """Return the totals: frames, how many had a pose and a garment, and the median stage times."""
        spent_s = time.perf_counter() - self._started_s
        return {
            "frames": self.frames,
            "with_pose": self.with_pose,
            "drawn": self.drawn,
            "seconds": round(spent_s, 3),
            "fps": round(self.frames / max(spent_s, 1e-9), 2),
            "stage_ms": {stage: round(float(np.median(ms)), 3) for stage, ms in self._stages.items()},
        }


def _write_line(report: TextIO | None, line: dict[str, Any]) -> None:
    if report is not None:
        report.write(json.dumps(line) + "\n")


def _progress(done: int, count: int | None) -> None:
    if sys.stderr.isatty():
        print(f"\rframe {done}{f' of {count}' if count else ''}", end="", file=sys.stderr, flush=True)


def _tell(out: Path, totals: Totals) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    summary = totals.summary()
    print(
        f"{out}: {summary['frames']} frames, a person in {summary['with_pose']}, "
        f"garments drawn in {summary['drawn']}, {summary['fps']} fps"
    )
    if not totals.with_pose:
        print("nobody was found: the person should face the camera, from head to hips", file=sys.stderr)
