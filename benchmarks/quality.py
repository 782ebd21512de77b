"""Joints, garments, cloth and light against the truth, on shoppers that the pipeline's own model did not make.

python run_server.py bench quality
python -m benchmarks.quality --sheets out/quality --only front
python -m benchmarks.quality --quick
python -m benchmarks.quality --parts films --taped
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.judge import clips, fairness, scale
from benchmarks.judge.media import MEDIA
from benchmarks.judge.metrics import PEERS, summarise
from benchmarks.judge.people import sexes
from benchmarks.judge.scanned import truth
from benchmarks.judge.scenes import Scene, all_scenes, shoot
from benchmarks.judge.sheets import write_sheet, write_worst
from benchmarks.judge.trial import Bench, Trial
from benchmarks.registry import table
from pipelines.body.model import Body, Sex
from pipelines.garment.catalogue import load_catalogue
from pipelines.sizing.evidence import Evidence, KnownBody

GARMENT = "tee_crew"
TAPED = ("height", "weight", "chest", "navel_waist", "hip")
QUICK_FRAMES = 10  # measured of each film in a quick run
PARTS = ("films", "scale", "fairness", "clips")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Film the judging shoppers, dress them, and return the figures; `args.sheets` names a folder for pictures.

    What needs real clips is left out where there are none beside the checkout.
    """
    parts, only = getattr(args, "parts", None) or PARTS, getattr(args, "only", None)
    quick, sheets = getattr(args, "quick", False), getattr(args, "sheets", None)
    garment = getattr(args, "garment", GARMENT)
    metrics: dict[str, Any] = {}
    bench = Bench(load_catalogue())
    try:
        if "films" in parts:
            metrics |= _films(bench, garment, only, quick, sheets, getattr(args, "taped", False))
        if "scale" in parts and only is None:
            metrics |= _scale(bench, quick, sheets)
        if "fairness" in parts and only is None:
            metrics |= _fairness(bench, garment, quick, sheets)
        if "clips" in parts and only is None and MEDIA.is_dir():
            metrics |= clips.watch_media(MEDIA, bench.catalogue, garment, quick, sheets)
    finally:
        bench.close()
    return metrics


def try_on(
    bench: Bench,
    scenes: Sequence[Scene],
    garment: str = GARMENT,
    sheets: Path | None = None,
    oracle: bool = True,
    taped: bool = False,
) -> list[Trial]:
    """Return the measured frames of each scene; one line a scene is printed as it is done.

    Shoppers tell a height, or when `taped` what scales and a tape say of them as well.
    """
    trials = []
    for number, scene in enumerate(scenes, 1):
        film = shoot(scene)
        known = _taped(film.person.body, sexes()[scene.person % len(sexes())]) if taped else None
        trial = bench.try_on(film, garment, oracle=oracle, known=known)
        trials.append(trial)
        print(f"{number:3}/{len(scenes)}  {scene.name:18} {_line(trial)}", flush=True)
        if sheets is not None:
            write_sheet(sheets / f"{scene.name.replace(' ', '_')}.png", trial.glimpses)
    return trials


def _taped(body: Body, sex: Sex) -> KnownBody:
    """Return what height, weight and the girths of `body` make known of it."""
    true = truth(body)
    return KnownBody(tuple(Evidence(name, true[name], "tape") for name in TAPED), sex)


def _films(
    bench: Bench, garment: str, only: str | None, quick: bool, sheets: Path | None, taped: bool
) -> dict[str, Any]:
    scenes = [scene for scene in all_scenes() if only is None or only in scene.name or only == scene.group]
    if quick:
        scenes = [replace(scene, frames=scene.burn_in + QUICK_FRAMES) for scene in scenes[::2]]
    trials = try_on(bench, scenes, garment, sheets, taped=taped)
    if sheets is not None:
        write_worst(sheets, [glimpse for trial in trials for glimpse in trial.glimpses])
    return _figures(trials)


def _scale(bench: Bench, quick: bool, sheets: Path | None) -> dict[str, Any]:
    """Dress one known body in every size."""
    film = shoot(scale.SCENE)
    sizes = [row.size for row in bench.catalogue.get(scale.GARMENT).size_chart]
    trials = {size: bench.try_on(film, scale.GARMENT, size) for size in (sizes[::2] if quick else sizes)}
    if sheets is not None:
        write_sheet(sheets / "scale.png", [glimpse for trial in trials.values() for glimpse in trial.glimpses])
    return scale.scaled(trials)


def _fairness(bench: Bench, garment: str, quick: bool, sheets: Path | None) -> dict[str, Any]:
    """Film every group doing the same and compare."""
    films, glimpses = {}, []
    for group in list(fairness.groups())[:: 3 if quick else 1]:
        trial = bench.try_on(shoot(group.scene), garment, oracle=False)
        films[group] = trial.tracked
        glimpses += trial.glimpses
        print(f"         {group.axis:8} {group.name:8} {_line(trial)}", flush=True)
    if sheets is not None:
        write_sheet(sheets / "fairness.png", glimpses)
    return fairness.fair(films)


def _figures(trials: Sequence[Trial]) -> dict[str, Any]:
    return summarise(
        [one.tracked for one in trials], [one.true_joints for one in trials], [one.true_body for one in trials]
    )


def _line(trial: Trial) -> str:
    """Return the film's figures with what the truth fed in makes of them behind bars."""
    figures = _figures([trial])
    group = trial.tracked[0].group
    told = []
    for name, label in (
        ("joints_median", "joints"),
        ("joints_p95", "p95"),
        (f"{group}_iou", "IoU"),
        (f"{group}_spill", "spill"),
        ("hands_f1", "hands F1"),
        ("passer_f1", "passer F1"),
        (f"{group}_jitter_second", "jitter"),
    ):
        if name in figures:
            values = [figures[name]["value"], *(figures[name]["peers"].get(peer) for peer in PEERS)]
            told.append(f"{label} " + " | ".join(f"{value:.3g}" for value in values if value is not None))
    return "   ".join(told)


def main() -> None:
    """Run from the command line, with pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets, the worst frames of each figure first")
    parser.add_argument("--only", help="only films of this view group, or with this in their name")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="only these (default: all)")
    parser.add_argument("--garment", default=GARMENT)
    parser.add_argument("--taped", action="store_true", help="the films' shoppers tell weight and girths too")
    parser.add_argument("--quick", action="store_true", help="some of the films, a few frames of each")
    print(table(run(parser.parse_args())))


if __name__ == "__main__":
    main()
