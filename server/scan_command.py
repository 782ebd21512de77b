"""`run_server.py scan`: body measurements from a film or photo of the front, and one of the side."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.errors import InputRejected, MeasurementRejected
from pipelines.scan.figures import allowance_cm, measured, scale_cm
from pipelines.scan.guide import Sight, look
from pipelines.scan.outline import Outline, Upright, View, ends_px
from pipelines.scan.words import Hint, words
from pipelines.sizing.estimate import Estimate, estimate
from pipelines.sizing.evidence import Evidence, KnownBody
from pipelines.sizing.measures import MEASURES
from pipelines.tryon import TrackEngine, TrackState, TryOnSettings, load_track_engine, track
from server.media_files import Source, open_source, replacing, to_rgb_picture
from server.render_command import PICTURE_PASSES, known_from, native_logs_aside
from server.worker.ledger import Ledger

TOLD = ("height", "weight", "chest", "underbust", "waist", "navel_waist", "hip", "thigh", "shoulder_width", "inseam")
PASS_S = 1 / 15
LEAST_SEEN = 0.1  # of a film's frames: of somebody who stands there to be measured more are good
LINE_RGB, SCALE_RGB = (255, 60, 60), (60, 120, 255)


def main(args: argparse.Namespace) -> int:
    """Measure; raises InputRejected."""
    known = known_from(args.known, None)
    height = next((one for one in known.evidence if one.name == "height"), None)
    if height is None:
        raise InputRejected("--known height=…: the height gives the scale")
    height_cm, height_error = scale_cm(height.value, height.source)
    files: list[tuple[View, Path]] = [("front", args.front)] + ([("side", args.side)] if args.side else [])
    with native_logs_aside():
        engine = load_track_engine(TryOnSettings())
        try:
            outlines = [one for view, path in files for one in _outlines(path, view, height_cm, engine, args.pictures)]
        finally:
            engine.close()
    found = measured(outlines, args.clothes, height_error / height_cm)
    if not found:
        raise InputRejected(words("unclear")["en"])
    try:
        body = estimate([*known.evidence, *found], known.sex)
    except MeasurementRejected as error:
        told = ", ".join(f"{one.name} {one.value:.0f}" for one in found)
        raise InputRejected(
            f"what the camera shows ({told} cm) and what is told contradict each other: {error}"
        ) from error
    off_cm = allowance_cm(args.clothes)
    as_json = _as_json(body, found, off_cm)
    print(json.dumps(as_json, indent=2) if args.json else _as_text(body, known, found, off_cm))
    return 0


def _outlines(path: Path, view: View, height_cm: float, engine: TrackEngine, pictures: Path | None) -> list[Outline]:
    """Return what the frames of `path` show; raises InputRejected, with what is wrong, where too few do."""
    found: list[Outline] = []
    faults: Counter[Hint] = Counter()
    engine.reset()
    state, best = TrackState(), None
    with open_source(path) as source:
        for frame in _passes(source):
            tracked, state = track(frame, state, engine, Ledger().watch)
            seen = tracked.people[0]
            sight = Sight(frame, seen.landmarks, seen.joints, tracked.passer is None)
            one = look(sight, view, height_cm)
            if isinstance(one, Outline):
                found.append(one)
                best = sight
            else:
                faults[one] += 1
        size_px = source.size_px
    if not found or len(found) < LEAST_SEEN * (len(found) + faults.total()):
        worst = faults.most_common(1)[0][0] if faults else "nobody"
        raise InputRejected(f"{path}: cannot be measured from the {view}: {words(worst)['en']}")
    if faults:
        told = ", ".join(f"{hint} in {count}" for hint, count in faults.most_common())
        print(f"{path.name}: {len(found)} frames measured; {told}", file=sys.stderr)
    if pictures is not None and best is not None:
        _draw(best, view, height_cm, size_px, pictures)
    return found


def _passes(source: Source) -> Iterator[Any]:
    """Yield the frames; a still picture several times, so that the tracker settles."""
    for frame in source.frames:
        for i in range(PICTURE_PASSES if source.is_picture else 1):
            yield replace(frame, captured_s=frame.captured_s + i * PASS_S)


def _draw(sight: Sight, view: View, height_cm: float, size_px: tuple[int, int], folder: Path) -> None:
    """Write the last measured frame with a line wherever the trunk was measured."""
    landmarks, joints = sight.landmarks, sight.joints
    if landmarks is None or joints is None:
        return
    picture: NDArray[np.uint8] = np.array(to_rgb_picture(sight.frame, size_px))
    size = sight.frame.width_px, sight.frame.height_px
    for row, left, right in zip(*ends_px(size, landmarks, joints, view, height_cm), strict=True):
        if np.isfinite(left) and np.isfinite(right):
            cv2.line(picture, (round(left), round(row)), (round(right), round(row)), LINE_RGB, 1)
    stands, x = Upright.of(size, landmarks, view, height_cm), round(float(landmarks.uv_px[11:13, 0].mean()))
    for y in (round(stands.head_px), round(stands.foot_px)):
        cv2.line(picture, (x - 20, y), (x + 20, y), SCALE_RGB, 2)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"{view}.png") as target:
        Image.fromarray(picture).save(target, "PNG")


def _as_json(body: Estimate, found: tuple[Evidence, ...], off_cm: float) -> dict[str, Any]:
    figures = body.figures()
    return {
        "clothes_cm": off_cm,
        "camera": {one.name: {"value": one.value, "error": one.error, "unit": "cm"} for one in found},
        "figures": {
            name: {"value": round(one.value, 1), "low": round(one.low, 1), "high": round(one.high, 1), "unit": one.unit,
                   "source": one.source, "from": [list(part) for part in one.drawn_from]}
            for name, one in figures.items()
        },
    }  # fmt: skip


def _as_text(body: Estimate, known: KnownBody, found: tuple[Evidence, ...], off_cm: float) -> str:
    """Return a line for each figure: value, the middle 80 %, and what it was drawn from."""
    names = (*TOLD, *(one.name for one in found))
    rows = []
    for name in names:
        one = body.figure(name)
        drawn = one.source if one.source != "estimated" else ", ".join(part for part, _ in one.drawn_from[:4])
        rows.append(f"{MEASURES[name].en:40} {one.value:6.1f}  {one.low:6.1f} to {one.high:6.1f} {one.unit:3} {drawn}")
    alone = estimate(known.evidence, known.sex)
    girths = ", ".join(
        f"{MEASURES[name].en} {alone.figure(name).value:.1f}" for name in ("chest", "navel_waist", "hip")
    )
    clothes = f"for clothes, {off_cm:g} cm were taken off each breadth and depth"
    return "\n".join([*rows, clothes, f"without the camera: {girths}"])
