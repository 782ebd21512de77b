"""Fit what lies between silhouettes and a tape: `pipelines/scan/data/calibration.json`.

    python scripts/calibrate_scan.py [--people 60] [--films /tmp/scan_films]

Films people in fitted clothes, from the front and from the side, and fits how girths follow from what is shown. They
are drawn from the body model's population, or are unlike every body of it, as shoppers are (`bake_scan_people.py`);
none of them judges. How far the lines are off is told on the latter, held back (each is predicted by what was fitted
without them): that is the error that a scan states. `--films` keeps what the pipeline saw.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fit_adults import draw_navel  # noqa: E402

from benchmarks.judge.individuals import CALIBRATING, individuals  # noqa: E402
from benchmarks.judge.people import Looks  # noqa: E402
from benchmarks.judge.scanned import SHOWN, WARM_UP, scenes, sights, truth  # noqa: E402
from benchmarks.judge.scenes import Film, shoot  # noqa: E402
from pipelines.body.model import SEXES, load_body_model  # noqa: E402
from pipelines.scan.figures import BREADTHS, CALIBRATION, GIRTHS, STATIONS, station  # noqa: E402
from pipelines.scan.outline import HIPS, SHOULDERS, Outline, Upright, outline_of  # noqa: E402
from pipelines.tryon import TryOnSettings, load_track_engine  # noqa: E402
from pipelines.types import Landmarks, SeenJoints  # noqa: E402

FRAMES = 1
TAKES = 3  # films of everybody unlike the model, each in other clothes, another room and before another camera
SEED, BEYOND_SEED = 4000, 4100  # of the films of people from the model, and of the first of those who are unlike it
HUBER, ROUNDS = 1.5, 20
SURE_LEVELS = (0.04, 0.95)  # shares of the height between which rows are reckoned
F64 = NDArray[np.float64]
Shots = dict[str, NDArray[np.generic]]


def main() -> None:
    """Film, fit, tell and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=60, help="drawn from the model (default: 60)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--films", type=Path, help="folder that keeps what was seen, and from which it is read again")
    options = parser.parse_args()
    with multiprocessing.get_context("spawn").Pool(options.processes, maxtasksperchild=10) as pool:
        seen = list(pool.imap(functools.partial(shots_of, folder=options.films), everybody(options.people)))
    rows = [row_of(one) for one in seen]
    levels = np.array([_levels(one) for one in seen])
    for i, view in enumerate(("front", "side")):
        print(f"{view}: head, foot, hips and shoulders seen at {levels[:, i].mean(axis=0).round(4)} of the height,"
              f" standard deviations {levels[:, i].std(axis=0).round(4)}")  # fmt: skip
    fitted = {name: girth_line(name, rows) for name in GIRTHS} | {name: breadth_line(name, rows) for name in BREADTHS}
    for name, one in fitted.items():
        print(name, one)
    beyond = len({row["number"] for row in rows if row["beyond"]})
    source = f"{options.people} people of the body model, {beyond} unlike it, fitted clothes: scripts/calibrate_scan.py"
    CALIBRATION.write_text(json.dumps({"source": source, "lines": fitted}, indent=1) + "\n")


def everybody(people: int) -> list[tuple[bool, int, int]]:
    """Return whether somebody is unlike the model, their number, and which film of them: of all that are filmed."""
    beyond = len(individuals(CALIBRATING))
    modelled = [(False, number, 0) for number in range(people)]
    return modelled + [(True, number, take) for take in range(TAKES) for number in range(beyond)]


def shots_of(who: tuple[bool, int, int], folder: Path | None) -> Shots:
    """Return what the pipeline saw in one film of `everybody`, from `folder` where it lies there."""
    beyond, number, take = who
    known: Shots = {"beyond": np.array(beyond), "number": np.array(number)}
    file = None if folder is None else folder / f"{'beyond_' * beyond}{number}{f'_{take}' * (take > 0)}.npz"
    if file is not None and file.is_file():
        with np.load(file) as kept:
            return dict(kept) | known
    looks = individuals(CALIBRATING)[number][1] if beyond else _drawn(number)
    shots = film(number, looks, BEYOND_SEED + 1000 * take if beyond else SEED)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(file, **shots)
    print(f"filmed {file or number}", flush=True)
    return shots | known


def _drawn(number: int) -> Looks:
    """Return somebody of the model's population."""
    rng = np.random.default_rng((SEED, number))
    model, sex = load_body_model(), int(rng.integers(len(SEXES)))
    coefficients = tuple(rng.multivariate_normal(model.sex_mean[sex], model.sex_covariance[sex]).tolist())
    return Looks(coefficients=coefficients, navel=draw_navel(SEXES[sex], rng), fitted=True)


def film(number: int, looks: Looks, seed: int) -> Shots:
    """Film one person from both sides; return what the pipeline saw, and what is true."""
    films = tuple(shoot(scene, seed) for scene in scenes(number, looks, seed, FRAMES))
    engine = load_track_engine(TryOnSettings())
    found: list[dict[str, NDArray[np.generic]]] = []
    start, last = 0, 0
    for at, (which, sight) in enumerate(sights(films, engine)):
        start, last = (at, which) if which != last else (start, last)
        landmarks, joints = sight.landmarks, sight.joints
        if at - start < SHOWN * WARM_UP or landmarks is None or landmarks.matte is None or joints is None:
            continue
        size = np.array([sight.frame.width_px, sight.frame.height_px])
        found.append({
            "side": np.array(which), "matte": landmarks.matte, "uv": landmarks.uv_px,
            "visibility": landmarks.visibility,
            "joints": joints.uv_px, "points": joints.points_m, "size": size,
            "upright_rows": _upright_rows(films[which], (at - start) // SHOWN),
        })  # fmt: skip
    engine.close()
    true = truth(films[0].person.body, looks.navel)
    shots: Shots = {name: np.stack([one[name] for one in found]) for name in found[0]}
    return shots | {f"true_{name}": np.array(value) for name, value in true.items()}


def row_of(shots: Shots) -> dict[str, float]:
    """Return what is shown at each station, and what is true."""
    outlines: list[Outline] = []
    for i in range(len(shots["matte"])):
        landmarks = Landmarks(shots["uv"][i], shots["visibility"][i], np.zeros((33, 3), np.float32), shots["matte"][i])
        joints = SeenJoints(shots["joints"][i], np.ones(12), shots["points"][i])
        width, height = map(int, shots["size"][i])
        view = "side" if shots["side"][i] else "front"
        found = outline_of((width, height), landmarks, joints, view, float(shots["true_height"]))
        if found is not None:
            outlines.append(found)
    row = {}
    for name, (view, *_) in STATIONS.items():
        row[name] = float(np.nanmedian([station(one, name) for one in outlines if one.view == view]))
    return row | {name: float(shots[name]) for name in shots if name.startswith(("true_", "beyond", "number"))}


def girth_line(name: str, rows: list[dict[str, float]]) -> dict[str, float]:
    """Return how the logarithm of a girth follows from those of a breadth and a depth."""
    breadth, depth = GIRTHS[name]
    seen = np.log([[row[breadth], row[depth]] for row in rows])
    true = np.log([row[f"true_{name}"] for row in rows])
    offset, one, other, error = _fit(seen, true, _person(rows))
    return {"offset": offset, "breadth": one, "depth": other, "error": error}


def breadth_line(name: str, rows: list[dict[str, float]]) -> dict[str, float]:
    """Return how the logarithm of a caliper's breadth follows from that of what is shown."""
    seen = np.log([[row[name]] for row in rows])
    offset, one, error = _fit(seen, np.log([row[f"true_{name}"] for row in rows]), _person(rows))
    return {"offset": offset, "breadth": one, "depth": 0.0, "error": error}


def _person(rows: list[dict[str, float]]) -> NDArray[np.intp]:
    """Return the number of who is unlike the model, -1 of all others."""
    return np.array([int(row["number"]) if row["beyond"] else -1 for row in rows])


def _fit(seen: F64, true: F64, person: NDArray[np.intp]) -> tuple[float, ...]:
    """Return the line's numbers, and the root mean square of its errors on those unlike the model, each held back."""
    known = np.isfinite(seen).all(axis=1)
    inputs, true, person = np.column_stack([np.ones(known.sum()), seen[known]]), true[known], person[known]
    left = []
    for one in np.unique(person[person >= 0]):
        out = person == one
        left.append(true[out] - inputs[out] @ _line(inputs[~out], true[~out]))
    error = round(float(np.sqrt(np.mean(np.square(np.concatenate(left))))), 4)
    return (*(round(float(number), 4) for number in _line(inputs, true)), error)


def _line(inputs: F64, true: F64) -> F64:
    """Return the numbers of the line by Huber's weights: one odd belly must not tilt it.

    A regression's guess lies nearer to the mean than the truth, by what it does not know; the update of
    `pipelines.sizing` draws evidence to the mean of its own accord. So the line is steepened until its guess of
    somebody is right on average whoever they are.
    """
    weight = np.ones(len(true))
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        numbers, *_ = np.linalg.lstsq(inputs * root[:, None], true * root, rcond=None)
        off = np.abs(true - inputs @ numbers)
        weight = np.minimum(1.0, HUBER * 1.4826 * np.median(off) / np.maximum(off, 1e-9))
    middle, around = true.mean(), true - true.mean()
    slope = float(around @ (inputs @ numbers) / (around @ around))
    steep = np.asarray(numbers) / slope
    steep[0] = middle + (numbers[0] - middle) / slope
    return steep


def _upright_rows(one: Film, index: int) -> F64:
    """Return the rows (2,) of the ground and of the crown's height, on the upright through the body's middle."""
    line = np.zeros((2, 3))
    line[:, 1] = np.array(SURE_LEVELS) * one.person.height_cm / 100.0
    T = one.T_cam_rest[index][0].astype(np.float64)
    low, high = one.lens.project(line @ T[:3, :3].T + T[:3, 3])[:, 1]
    slope = (high - low) / (SURE_LEVELS[1] - SURE_LEVELS[0])
    return np.array([low - SURE_LEVELS[0] * slope, low + (1.0 - SURE_LEVELS[0]) * slope])


def _levels(shots: Shots) -> F64:
    """Return at which shares of the height head, foot (of `Upright`), hip joints and shoulders are seen: (2, 4)."""
    found: list[list[list[float]]] = [[], []]
    for i, which in enumerate(shots["side"].tolist()):
        landmarks = Landmarks(shots["uv"][i], shots["visibility"][i], np.zeros((33, 3), np.float32), shots["matte"][i])
        width, height = map(int, shots["size"][i])
        stands = Upright.of((width, height), landmarks, "side" if which else "front", 1.0)
        ground, crown = shots["upright_rows"][i]
        joints = (float(shots["joints"][i, part, 1].mean()) for part in (HIPS, SHOULDERS))
        rows = stands.head_px, stands.foot_px, *joints
        found[which].append([(row - ground) / (crown - ground) for row in rows])
    return np.array([np.median(some, axis=0) for some in found])


if __name__ == "__main__":
    main()
