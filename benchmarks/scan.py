"""Body girths from a guided camera scan of judging shoppers, beside what height and weight alone give.

python run_server.py bench scan
python -m benchmarks.scan --only 3
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.body_scores import GIRTHS, Guess, Person, girth_metrics, guesses, metric, tell_refused
from benchmarks.judge.people import BODIES, Looks
from benchmarks.judge.scanned import scan, scenes, truth
from benchmarks.judge.scenes import Film, shoot
from benchmarks.registry import table
from pipelines.body.model import Sex
from pipelines.errors import MeasurementRejected
from pipelines.scan.figures import STATIONS, scale_cm
from pipelines.scan.guide import Scan, ScanWish
from pipelines.sizing.estimate import SURE
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.people import load_people
from pipelines.tryon import TryOnSettings, load_track_engine

SEEDS = (1, 2)  # each body is filmed in so many clothes, rooms, lights and through as many lenses
TARGETS = (2.5, 2.5, 2.0)
COVER_OFF = 3.0
Known = dict[str, Any]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Film everybody from the front and from the side, scan, and return errors and coverage."""
    only = getattr(args, "only", None)
    with np.load(BODIES) as file:
        sexes: list[Sex] = file["sex"].tolist()
    bodies = range(len(sexes)) if only is None else [only]
    engine = load_track_engine(TryOnSettings())
    shoppers: list[Known] = []
    try:
        for seed in getattr(args, "seeds", None) or SEEDS:
            for person in bodies:
                films = tuple(shoot(scene, seed) for scene in scenes(person, Looks(fitted=True), seed))
                shoppers.append(_shopper(films, sexes[person], (seed, person), engine))
                print(f"{len(shoppers):3}  {_line(shoppers[-1])}", flush=True)
    finally:
        engine.close()
    return _metrics(shoppers)


def _shopper(films: tuple[Film, ...], sex: Sex, seed: tuple[int, int], engine: Any) -> Known:
    """Return what is true of a shopper, what they tell, and what scans at the right and at the told height find."""
    true = truth(films[0].person.body)
    told = _told(true, sex, seed)
    scans = {}
    value, error = scale_cm(told["height"], "told")
    for name, wish in (("measured", ScanWish(true["height"])), ("told", ScanWish(value, error / value))):
        scans[name] = scan(films, wish, engine)
    return {"sex": sex, "true": true, "told": told, "scans": scans}


def _told(true: dict[str, float], sex: Sex, seed: tuple[int, int]) -> dict[str, float]:
    """Return height and weight as the survey's people told theirs: the usual bias, and an error of their own."""
    lines = load_people().populations[sex].told
    logs = np.log([true["height"], true["weight"]])
    noise = np.random.default_rng((*seed, 9)).standard_normal(2)
    said = np.exp(lines[:, 0] + lines[:, 1:3] @ logs + lines[:, 3] * noise)
    return {"height": float(said[0]), "weight": float(said[1])}


def _metrics(shoppers: Sequence[Known]) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    done = sum(one["scans"]["measured"].step == "done" for one in shoppers)
    metrics["scans_done"] = metric(100.0 * done / len(shoppers), "%", 100.0, "higher")
    levels: dict[str, tuple[Callable[[Known], list[Evidence]], tuple[float, ...] | None]] = {
        "typed": (lambda one: _typed(one, "measured"), None),
        "scan": (lambda one: _typed(one, "measured") + _camera(one, "measured"), TARGETS),
        "front": (lambda one: _typed(one, "measured") + _camera(one, "measured", "front"), None),
        "no_weight": (lambda one: _typed(one, "measured")[:1] + _camera(one, "measured"), None),
        "told": (lambda one: _typed(one, "told"), None),
        "told_scan": (lambda one: _typed(one, "told") + _camera(one, "told"), TARGETS),
        "caliper": (lambda one: _typed(one, "measured") + _calipers(one), None),
    }
    scores: dict[str, dict[str, Any]] = {}
    for level, (evidence, targets) in levels.items():
        people = [_person(one, evidence(one)) for one in shoppers]
        found, refused = guesses(people)
        tell_refused(refused, len(people))
        scores[level] = girth_metrics(found, f"{level}_", targets or ())
        metrics |= scores[level]
        metrics |= _coverage(found, level, targets is not None)
    for name in GIRTHS:
        for level, alone in (("scan", "typed"), ("told_scan", "told")):
            without = scores[alone][f"{alone}_{name}_mae"]["value"]
            with_camera = scores[level][f"{level}_{name}_mae"]["value"]
            metrics[f"{level}_{name}_gain"] = metric(
                without - with_camera, "cm", 0.0, "higher", {"without a camera": without}
            )
    return metrics | _stations(shoppers)


def _coverage(found: Sequence[Guess], level: str, has_target: bool) -> dict[str, Any]:
    """Return how often the stated intervals hold, all girths together: of each there are few."""
    held = [
        guess.girths[name][0] <= guess.person.truth_cm[name] <= guess.girths[name][2]
        for guess in found
        for name in GIRTHS
    ]
    off = abs(100.0 * float(np.mean(held)) - 100.0 * SURE)
    return {
        f"{level}_cover_off": metric(
            off, "points", COVER_OFF if has_target else None, "lower", {"held": 100.0 * float(np.mean(held))}
        )
    }


def _stations(shoppers: Sequence[Known]) -> dict[str, Any]:
    """Return how far the camera's breadths and depths are off a caliper's on the same body."""
    metrics = {}
    for name in STATIONS:
        pairs = [
            (one.value, shopper["true"][name], one.error)
            for shopper in shoppers
            for one in shopper["scans"]["measured"].found
            if one.name == name
        ]
        if pairs:
            seen, true, error = np.array(pairs).T
            away = seen - true
            peers = {
                "bias": float(away.mean()),
                "sd": float(away.std()),
                "stated": float(error.mean()),
                "n": len(pairs),
            }
            metrics[f"{name}_off"] = metric(float(np.abs(away).mean()), "cm", None, "lower", peers)
    return metrics


def _person(one: Known, evidence: list[Evidence]) -> Person:
    return Person(one["sex"], tuple(evidence), {name: one["true"][girth] for name, girth in GIRTHS.items()})


def _typed(one: Known, source: Any) -> list[Evidence]:
    said = one["true"] if source == "measured" else one["told"]
    return [Evidence(name, said[name], source) for name in ("height", "weight")]


def _camera(one: Known, scale: str, view: str | None = None) -> list[Evidence]:
    done: Scan = one["scans"][scale]
    return [found for found in done.found if view is None or STATIONS[found.name][0] == view]


def _calipers(one: Known) -> list[Evidence]:
    return [Evidence(name, one["true"][name], "measured") for name in STATIONS]


def _line(one: Known) -> str:
    done: Scan = one["scans"]["measured"]
    told = ", ".join(f"{found.name} {found.value - one['true'][found.name]:+.1f}" for found in done.found)
    return f"{one['sex']:6} {one['true']['height']:.0f} cm {one['true']['weight']:.0f} kg  {done.hint or ''}{told}"


def main() -> None:
    """Run from the command line, some bodies alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", type=int, help="one judging body, by number")
    parser.add_argument("--seeds", type=int, nargs="+", help=f"default: {' '.join(map(str, SEEDS))}")
    try:
        print(table(run(parser.parse_args())))
    except MeasurementRejected as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
