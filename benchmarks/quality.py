"""Joints and garment silhouettes against the truth, on shoppers that the pipeline's own model did not make.

python run_server.py bench quality
python -m benchmarks.quality --sheet out/quality --only front
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.judge.metrics import Row, by_group, summarise
from benchmarks.judge.scenes import Scene, all_scenes, shoot
from benchmarks.judge.sheets import write_sheet
from benchmarks.judge.trial import Bench
from pipelines.garment.catalogue import load_catalogue

GARMENT = "tee_crew"


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Film the judging shoppers, dress them, and return the figures; `args.sheet` names a folder for pictures."""
    only = getattr(args, "only", None)
    scenes = tuple(scene for scene in all_scenes() if only is None or only in scene.name or only == scene.group)
    garment, oracle = getattr(args, "garment", GARMENT), getattr(args, "oracle", False)
    metrics = summarise(try_on(scenes, garment, getattr(args, "sheet", None), oracle))
    print(by_group(metrics))
    return metrics


def try_on(
    scenes: tuple[Scene, ...], garment: str = GARMENT, sheet: Path | None = None, oracle: bool = False
) -> list[list[Row]]:
    """Return the measured frames of each scene; one line a scene is printed as it is done."""
    bench = Bench(load_catalogue(), garment, oracle)
    films = []
    try:
        for scene in scenes:
            rows, glimpses = bench.try_on(shoot(scene))
            films.append(rows)
            print(f"{scene.name:24} {_line(rows)}", flush=True)
            if sheet is not None:
                write_sheet(sheet / f"{scene.name.replace(' ', '_')}.png", glimpses)
    finally:
        bench.close()
    return films


def _line(rows: list[Row]) -> str:
    figures = summarise([rows])
    group = rows[0].group
    return (
        f"joints {figures['joints_median']['value']:5.1f} / {figures['joints_p95']['value']:5.1f} % SW   "
        f"IoU {figures[f'{group}_iou']['value']:.3f}   spill {figures[f'{group}_spill']['value']:4.1f} %   "
        f"coverage {figures[f'{group}_coverage']['value']:.3f}"
    )


def main() -> None:
    """Run from the command line, with pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sheet", type=Path, help="folder for contact sheets")
    parser.add_argument("--only", help="a view group, or part of a scene's name")
    parser.add_argument("--garment", default=GARMENT)
    parser.add_argument("--oracle", action="store_true", help="feed true landmarks instead of the network's")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
