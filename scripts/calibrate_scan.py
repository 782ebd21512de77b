"""Fit what lies between a silhouette and a caliper: `pipelines/scan/data/calibration.json`.

    python scripts/calibrate_scan.py [--people 40] [--rows /tmp/scan_rows.npz]

Films people drawn from the body model's population, never the judging bodies, in fitted clothes, from the front and from
the side, and fits a line for each station of `pipelines/scan/figures.py`. What the lines leave open is told on people held
back (each is predicted by lines that were fitted without them), and that is the error that a scan states.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.judge.people import Looks  # noqa: E402
from benchmarks.judge.scanned import scenes, sights, truth  # noqa: E402
from benchmarks.judge.scenes import Film, shoot  # noqa: E402
from pipelines.body.model import SEXES, load_body_model  # noqa: E402
from pipelines.scan.figures import CALIBRATION, STATIONS, settled, station  # noqa: E402
from pipelines.scan.guide import look  # noqa: E402
from pipelines.scan.outline import Outline, Upright  # noqa: E402
from pipelines.tryon import TryOnSettings, load_track_engine  # noqa: E402

FRAMES = 12
SEED = 4000
F64 = NDArray[np.float64]


def main() -> None:
    """Film, fit, tell and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", type=Path, help="keep what was filmed here, and read it from here")
    options = parser.parse_args()
    rows = _rows(options.people, options.processes, options.rows)
    stations = {name: _line(name, rows) for name in STATIONS}
    for name, one in stations.items():
        print(f"{name:15} = {one['gain']:.3f} x + {one['offset_cm']:.2f} cm, error {one['error_cm']:.2f} cm")
    for part in ("eye", "ankle"):
        levels = rows[f"{part}_level"]
        print(f"{part} seen at {np.nanmean(levels):.4f} of the height, sd {np.nanstd(levels):.4f}")
    source = f"{options.people} people drawn from the body model in fitted clothes, filmed by scripts/calibrate_scan.py"
    CALIBRATION.write_text(json.dumps({"source": source, "stations": stations}, indent=1) + "\n")


def _rows(people: int, processes: int, cache: Path | None) -> dict[str, F64]:
    if cache is not None and cache.is_file():
        with np.load(cache) as file:
            return dict(file)
    found: list[dict[str, float]] = []
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=10) as pool:
        for number, row in enumerate(pool.imap(film, range(people)), 1):
            found.append(row)
            print(f"filmed {number} of {people}", flush=True)
    rows = {name: np.array([row.get(name, np.nan) for row in found]) for name in sorted({n for r in found for n in r})}
    if cache is not None:
        np.savez_compressed(cache, **rows)
    return rows


def film(number: int) -> dict[str, Any]:
    """Film one person from both sides; return what is shown and what is true at each station."""
    rng = np.random.default_rng((SEED, number))
    model, sex = load_body_model(), int(rng.integers(len(SEXES)))
    z = rng.multivariate_normal(model.sex_mean[sex], model.sex_covariance[sex])
    looks = Looks(coefficients=tuple(z.tolist()), fitted=True)
    films = tuple(shoot(scene, SEED) for scene in scenes(number, looks, SEED, FRAMES))
    true = truth(films[0].person.body)
    engine = load_track_engine(TryOnSettings())
    outlines: list[Outline] = []
    levels: list[tuple[float, float]] = []
    starts = np.cumsum([0] + [len(one.planes) for one in films])
    for at, (which, sight) in enumerate(sights(films, engine)):
        one = films[which]
        if at - starts[which] < one.scene.burn_in:
            continue
        view = one.scene.group
        found = look(sight, view, true["height"])  # type: ignore[arg-type]
        if isinstance(found, Outline):
            outlines.append(found)
            levels.append(_levels(one, at - int(starts[which]), Upright.of(sight.landmarks, sight.joints, 1.0)))  # type: ignore[arg-type]
        else:
            print(number, view, found, file=sys.stderr)
    engine.close()
    row = {f"true_{name}": true[name] for name in STATIONS} | {"height": true["height"], "sex": float(sex)}
    for name in STATIONS:
        shown = np.array([station(one, name) for one in outlines if one.view == STATIONS[name][0]])
        row[f"seen_{name}"] = settled(shown) or np.nan if len(shown) else np.nan
    for view in ("front", "side"):
        profile = [one.breadth_cm for one in outlines if one.view == view]
        row[f"profile_{view}"] = np.nanmedian(profile, axis=0) if profile else np.nan
    row["eye_level"], row["ankle_level"] = np.mean(levels, axis=0) if levels else (np.nan, np.nan)
    return row


def _levels(one: Film, index: int, stands: Upright) -> tuple[float, float]:
    """Return at which shares of the height eyes and ankles are seen, on the upright through the body's middle."""
    shares = np.linspace(-0.05, 1.05, 111)
    line = np.zeros((len(shares), 3))
    line[:, 1] = shares * one.person.height_cm / 100.0
    T = one.T_cam_rest[index][0].astype(np.float64)
    rows = one.lens.project(line @ T[:3, :3].T + T[:3, 3])[:, 1]
    eye, ankle = (float(np.interp(-y, -rows, shares)) for y in (stands.eye_px[1], stands.ankle_px[1]))
    return eye, ankle


def _line(name: str, rows: dict[str, F64]) -> dict[str, float]:
    seen, true = rows[f"seen_{name}"], rows[f"true_{name}"]
    known = np.isfinite(seen)
    seen, true = seen[known], true[known]
    left = []
    for out in range(len(seen)):
        rest = np.arange(len(seen)) != out
        gain, offset = np.polyfit(seen[rest], true[rest], 1)
        left.append(true[out] - gain * seen[out] - offset)
    gain, offset = np.polyfit(seen, true, 1)
    return {
        "gain": round(float(gain), 4),
        "offset_cm": round(float(offset), 3),
        "error_cm": round(float(np.std(left, ddof=2)), 3),
    }


if __name__ == "__main__":
    main()
