"""Body girths from a guided camera scan of judging shoppers, beside what height and weight alone give.

Everybody is scanned in two takes, each in other clothes, another room, another light and before another lens. Beside
the gain over height and weight stands what a tape would gain that errs as much as the scan says of itself.

python run_server.py bench scan
python -m benchmarks.scan --kinds group --only 3
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.body_scores import GIRTHS, Guess, Person, girth_metrics, guesses, metric, tell_refused
from benchmarks.judge.individuals import JUDGING, individuals
from benchmarks.judge.people import Looks, sexes
from benchmarks.judge.scanned import scans, scenes, truth
from benchmarks.judge.scenes import Film, shoot
from benchmarks.registry import table
from pipelines.body.model import Sex
from pipelines.errors import MeasurementRejected
from pipelines.scan.figures import QUANTILE_80, STATIONS, scale_cm
from pipelines.scan.guide import Scan, ScanWish
from pipelines.sizing.estimate import SURE, estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.people import load_people
from pipelines.tryon import TryOnSettings, load_track_engine

SEEDS = (1, 2)  # of clothes, rooms, lights and lenses
TAPES = 10  # draws of the error of a tape that is as unsure as the scan
KINDS = ("group", "single")  # means of fifteen people, and single people
TARGETS = (2.5, 2.5, 2.0)
COVER_OFF = 3.0
Known = dict[str, Any]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Film everybody from the front and from the side, scan, and return errors and coverage."""
    wanted, kinds = getattr(args, "only", None), getattr(args, "kinds", None) or KINDS
    engine = load_track_engine(TryOnSettings())
    shoppers: dict[str, list[Known]] = {kind: [] for kind in kinds}
    try:
        for kind, person, sex, looks in everybody():
            if kind not in kinds or (wanted is not None and person not in wanted):
                continue
            for seed in SEEDS:
                films = tuple(shoot(scene, seed) for scene in scenes(person, looks, seed))
                shoppers[kind].append(_shopper(films, sex, person, engine))
                print(f"{kind:6} {person:2}  {_line(shoppers[kind][-1])}", flush=True)
    finally:
        engine.close()
    metrics: dict[str, Any] = {}
    for kind, some in shoppers.items():
        if some:
            metrics |= {f"{kind}_{name}": one for name, one in _metrics(some).items()}
    return metrics


def everybody() -> Iterator[tuple[str, int, Sex, Looks]]:
    """Yield the judging bodies, each the mean of a group of people, then single people; with their numbers."""
    for person, sex in enumerate(sexes()):
        yield "group", person, sex, Looks(fitted=True)
    for person, (sex, looks) in enumerate(individuals(JUDGING)):
        yield "single", person, sex, looks


def _shopper(films: tuple[Film, ...], sex: Sex, seed: int, engine: Any) -> Known:
    """Return what is true of a shopper, what they tell, and what scans at the right and at the told height find."""
    true = truth(films[0].person.body, films[0].scene.looks.navel)
    told = _told(true, sex, seed)
    value, error = scale_cm(told["height"], "told")
    wishes = {
        "measured": ScanWish(true["height"]),
        "told": ScanWish(value, error / value),
        "front": ScanWish(true["height"], views=("front",)),
    }
    return {"sex": sex, "true": true, "told": told, "scans": scans(films, wishes, engine)}


def _told(true: dict[str, float], sex: Sex, seed: int) -> dict[str, float]:
    """Return height and weight as the survey's people told theirs: the usual bias, and an error of their own."""
    lines = load_people().populations[sex].told
    logs = np.log([true["height"], true["weight"]])
    noise = np.random.default_rng((seed, 9)).standard_normal(2)
    said = np.exp(lines[:, 0] + lines[:, 1:3] @ logs + lines[:, 3] * noise)
    return {"height": float(said[0]), "weight": float(said[1])}


def _metrics(shoppers: Sequence[Known]) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    done = sum(one["scans"]["measured"].step == "done" for one in shoppers)
    metrics["scans_done"] = metric(100.0 * done / len(shoppers), "%", 100.0, "higher")
    levels: dict[str, tuple[Callable[[Known], list[Evidence]], tuple[float, ...] | None]] = {
        "typed": (lambda one: _typed(one, "measured"), None),
        "scan": (lambda one: _typed(one, "measured") + _camera(one, "measured"), TARGETS),
        "front": (lambda one: _typed(one, "measured") + _camera(one, "front"), None),
        "no_weight": (lambda one: _typed(one, "measured")[:1] + _camera(one, "measured"), None),
        "told": (lambda one: _typed(one, "told"), None),
        "told_scan": (lambda one: _typed(one, "told") + _camera(one, "told"), TARGETS),
    }
    scores: dict[str, dict[str, Any]] = {}
    for level, (evidence, targets) in levels.items():
        people = [_person(one, evidence(one)) for one in shoppers]
        found, refused = guesses(people)
        tell_refused(refused, len(people))
        scores[level] = girth_metrics(found, f"{level}_", targets or ())
        metrics |= scores[level]
        metrics |= _coverage(found, level, targets is not None)
    tapes = {level: _with_tape(shoppers, source) for level, source in (("scan", "measured"), ("told_scan", "told"))}
    for name in GIRTHS:
        for level, alone in (("scan", "typed"), ("told_scan", "told")):
            without = scores[alone][f"{alone}_{name}_mae"]["value"]
            with_camera = scores[level][f"{level}_{name}_mae"]["value"]
            peers = {"without a camera": without, "a tape as unsure": without - tapes[level][name]}
            metrics[f"{level}_{name}_gain"] = metric(without - with_camera, "cm", 0.0, "higher", peers)
    metrics["unlike_survey"] = metric(_unlike_survey(shoppers), "standard deviations", None, "lower")
    return metrics | _seen(shoppers)


def _with_tape(shoppers: Sequence[Known], source: str) -> dict[str, float]:
    """Return the mean error of each girth, cm, with a tape in the camera's place: unbiased, its error as stated."""
    rng, off = np.random.default_rng(0), []
    for _ in range(TAPES):
        found, _ = guesses([_person(one, [*_typed(one, source), *_taped(one, source, rng)]) for one in shoppers])
        off.append(
            [np.mean([abs(one.girths[name][1] - one.person.truth_cm[name]) for one in found]) for name in GIRTHS]
        )
    return dict(zip(GIRTHS, np.mean(off, axis=0).tolist(), strict=True))


def _taped(one: Known, source: str, rng: np.random.Generator) -> list[Evidence]:
    found = _camera(one, source)
    truth_cm = [one["true"][each.name] * np.exp(each.error / each.value * rng.normal()) for each in found]
    return [replace(each, value=float(value)) for each, value in zip(found, truth_cm, strict=True)]


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


def _unlike_survey(shoppers: Sequence[Known]) -> float:
    """Return how far (root mean square) breadths and depths are from what the survey's people of those girths have."""
    away = []
    for one in shoppers:
        known = [Evidence(name, one["true"][name], "tape", 0.5) for name in ("height", *GIRTHS.values())]
        found = estimate([*known, Evidence("weight", one["true"]["weight"], "measured")], one["sex"])
        for name in STATIONS:
            figure = found.figure(name)
            away.append((one["true"][name] - figure.value) / ((figure.high - figure.low) / (2 * QUANTILE_80)))
    return float(np.sqrt(np.mean(np.square(away))))


def _seen(shoppers: Sequence[Known]) -> dict[str, Any]:
    """Return how far the camera's own girths are off a tape's, before anything else is known of the body."""
    metrics = {}
    for name in GIRTHS.values():
        pairs = [
            (one.value, shopper["true"][name], one.error)
            for shopper in shoppers
            for one in shopper["scans"]["measured"].found
            if one.name == name
        ]
        if pairs:
            seen, true, error = np.array(pairs).T
            away = seen - true
            peers = {"bias": float(away.mean()), "sd": float(away.std()), "stated": float(error.mean())}
            metrics[f"seen_{name}_off"] = metric(float(np.abs(away).mean()), "cm", None, "lower", peers)
    return metrics


def _person(one: Known, evidence: list[Evidence]) -> Person:
    return Person(one["sex"], tuple(evidence), {name: one["true"][girth] for name, girth in GIRTHS.items()})


def _typed(one: Known, source: Any) -> list[Evidence]:
    said = one["true"] if source == "measured" else one["told"]
    return [Evidence(name, said[name], source) for name in ("height", "weight")]


def _camera(one: Known, which: str) -> list[Evidence]:
    done: Scan = one["scans"][which]
    return list(done.found)


def _line(one: Known) -> str:
    done: Scan = one["scans"]["measured"]
    told = ", ".join(f"{found.name} {found.value - one['true'][found.name]:+.1f}" for found in done.found)
    return f"{one['sex']:6} {one['true']['height']:.0f} cm {one['true']['weight']:.0f} kg  {done.hint or ''}{told}"


def main() -> None:
    """Run from the command line, some bodies alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="only these (default: all)")
    parser.add_argument("--only", type=int, nargs="+", help="shoppers by number")
    try:
        print(table(run(parser.parse_args())))
    except MeasurementRejected as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
