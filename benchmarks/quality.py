"""Joints, garments, cloth and light against the truth, on shoppers that the pipeline's own model did not make.

python run_server.py bench quality
python -m benchmarks.quality --sheets out/quality --only front
python -m benchmarks.quality --quick
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.judge.metrics import PEER, summarise
from benchmarks.judge.scenes import Scene, all_scenes, shoot
from benchmarks.judge.sheets import write_sheet
from benchmarks.judge.trial import Bench, Trial
from benchmarks.registry import table
from pipelines.garment.catalogue import load_catalogue

GARMENT = "tee_crew"
QUICK_FRAMES = 10  # measured of each film in a quick run


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Film the judging shoppers, dress them, and return the figures; `args.sheets` names a folder for pictures."""
    only, quick = getattr(args, "only", None), getattr(args, "quick", False)
    scenes = [scene for scene in all_scenes() if only is None or only in scene.name or only == scene.group]
    if quick:
        scenes = [replace(scene, frames=scene.burn_in + QUICK_FRAMES) for scene in scenes[::2]]
    bench = Bench(load_catalogue())
    try:
        trials = try_on(bench, scenes, getattr(args, "garment", GARMENT), getattr(args, "sheets", None))
        return summarise([one.tracked for one in trials], [one.true_joints for one in trials])
    finally:
        bench.close()


def try_on(
    bench: Bench, scenes: Sequence[Scene], garment: str = GARMENT, sheets: Path | None = None, oracle: bool = True
) -> list[Trial]:
    """Return the measured frames of each scene; one line a scene is printed as it is done."""
    trials = []
    for number, scene in enumerate(scenes, 1):
        trial = bench.try_on(shoot(scene), garment, oracle=oracle)
        trials.append(trial)
        print(f"{number:3}/{len(scenes)}  {scene.name:18} {_line(trial)}", flush=True)
        if sheets is not None:
            write_sheet(sheets / f"{scene.name.replace(' ', '_')}.png", trial.glimpses)
    return trials


def _line(trial: Trial) -> str:
    """Return the film's figures with what the true joints make of them behind a bar."""
    figures = summarise([trial.tracked], [trial.true_joints])
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
            sure = figures[name]["peers"].get(PEER)
            told.append(f"{label} {figures[name]['value']:.3g}" + ("" if sure is None else f" | {sure:.3g}"))
    return "   ".join(told)


def main() -> None:
    """Run from the command line, with pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets")
    parser.add_argument("--only", help="a view group, or part of a scene's name")
    parser.add_argument("--garment", default=GARMENT)
    parser.add_argument("--quick", action="store_true", help="every second film, a few frames of each")
    print(table(run(parser.parse_args())))


if __name__ == "__main__":
    main()
