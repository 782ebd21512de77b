"""`run_server.py render`: the main path over a video or a picture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipelines.body.model import load_body_model
from pipelines.errors import InputRejected
from pipelines.garment.catalogue import load_catalogue
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
from server.media_files import (
    PICTURE_SUFFIXES,
    Source,
    VideoWriter,
    layer_picture,
    open_source,
    replacing,
    to_rgb_picture,
)
from server.worker.ledger import Ledger

PICTURE_PASSES = 12  # a still picture is looked at this often, so that filters, width and cloth settle
_PASS_S = 1 / 15


def main(args: argparse.Namespace) -> int:
    """Render `args.input` to `args.out`; raises InputRejected."""
    choices = tuple(GarmentChoice(name.strip(), args.size) for name in args.garment.split(",") if name.strip())
    if not choices:
        raise InputRejected("--garment names no garment; `run_server.py garment list` shows what there is")
    outfit = prepare(Wish(choices, args.height_cm), load_catalogue(), load_body_model())
    if args.out.suffix.lower() not in PICTURE_SUFFIXES and not args.out.suffix:
        raise InputRejected(f"{args.out}: give the output a suffix, for example .mp4 or .png")
    settings = TryOnSettings()
    with ExitStack() as stack:
        source = stack.enter_context(open_source(args.input))
        if not source.is_picture and args.out.suffix.lower() in PICTURE_SUFFIXES:
            raise InputRejected(f"{args.out}: a video cannot be written as a picture, use .mp4")
        target = stack.enter_context(replacing(args.out))
        report = None if args.report is None else stack.enter_context(replacing(args.report)).open("w", encoding="utf-8")
        if args.layers is not None:
            args.layers.mkdir(parents=True, exist_ok=True)
        track_engine, dress_engine = load_track_engine(settings), load_dress_engine(settings)
        stack.callback(track_engine.close)
        stack.callback(dress_engine.close)
        totals = Totals()
        sink = _open_sink(stack, target, source)
        states = (TrackState(), DressState())
        for number, frame in enumerate(_passes(source)):
            ledger = Ledger()
            result, states = step(frame, outfit, states, (track_engine, dress_engine), ledger.watch)
            result = replace(result, stage_ms=ledger.stage_ms)
            if source.is_picture and number < PICTURE_PASSES - 1:
                continue
            sink(result.frame)
            index = totals.add(result)
            if args.layers is not None:
                layer_picture(result.layer, source.size_px).save(
                    args.layers / f"frame_{index:06d}.png", compress_level=1
                )
            _write_line(report, frame_line(index, frame.captured_s, result))
            _progress(index + 1, source.count)
        _write_line(report, {"totals": totals.summary()})
        if report is not None:
            report.close()
    _tell(args.out, totals)
    return 0


def _passes(source: Source) -> Iterator[CameraFrame]:
    """Yield the frames; a still picture several times, at rising times."""
    for frame in source.frames:
        for i in range(PICTURE_PASSES if source.is_picture else 1):
            yield replace(frame, captured_s=frame.captured_s + i * _PASS_S)


def _open_sink(stack: ExitStack, target: Path, source: Source) -> Any:
    if target.suffix.lower() in PICTURE_SUFFIXES:
        kind = PICTURE_SUFFIXES[target.suffix.lower()]
        return lambda frame: to_rgb_picture(frame, source.size_px).save(target, kind)
    writer = VideoWriter(target, source.rate)
    stack.callback(writer.close)
    return writer.write


def frame_line(index: int, t_s: float, result: TryOnResult) -> dict[str, Any]:
    """Return the report of one frame, as the documented hook says."""
    return {
        "frame": index,
        "t_s": round(t_s, 6),
        "people": [_person_line(person) for person in result.people if person.pose or result.layer is not None],
        "stage_ms": {stage: round(ms, 3) for stage, ms in result.stage_ms.items()},
    }


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
