"""Bake the bodies that judge the try-on into `tests/data/judge_bodies.npz`.

    ANNY_CACHE_DIR=/tmp/anny python scripts/bake_judges.py ansur_ii_female.csv ansur_ii_male.csv

(in the environment of `bake_body.py`). Each body is a random full-rank anny shape, every body-shape
change drawn at once and left and right apart, then moved the least that makes it measure like a small
group of real people: the mean of the fifteen nearest to a chosen height and weight, so no row ships.
The 24 components of `body.npz` cannot represent these bodies exactly; the script prints by how much.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from bake_anatomy import read_anatomy  # noqa: E402
from bake_population import DRAWS, Bodies, Sculptor  # noqa: E402
from fit_adults import COLUMNS, read  # noqa: E402

from pipelines.body.measure import MEASURES, Tape, tape_for  # noqa: E402
from pipelines.body.model import SEXES, BodyModel, load_body_model  # noqa: E402
from pipelines.body.survey import survey_measures  # noqa: E402

# (height, weight at that height) of each pair, in standard deviations of the survey's women or men.
KINDS = ((-1.6, -1.1), (1.6, -1.2), (0.0, 0.0), (-1.1, 1.6), (1.4, 1.7), (0.4, 0.8))
NEIGHBOURS = 15
UNIT_M = 2.0**-13  # vertices are rounded to an eighth of a millimetre, which halves the file
FACE = ("cheek", "chin", "ear-", "eye", "forehead", "mouth", "nose", "neck-double")
LEFT_OUT = ("breast-volume-vert-up", "bulge-incr", "stomach-pregnant-incr", "torso-trans-out", "head-trans-out")
CHANGE_SPREAD = 0.22
ASYMMETRY = 0.08
ROUNDS = 16
SETTLING = 3
TOLERANCE = 0.003  # of each measure
TRIES = 8  # random bodies until one of them can be moved that near


def main() -> None:
    """Make, print and write the bodies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("female", type=Path)
    parser.add_argument("male", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/data/judge_bodies.npz")
    args = parser.parse_args()
    rng = np.random.default_rng(7)
    sculptor, model = Sculptor(read_anatomy()), load_body_model()
    vertices, targets, found, sexes = [], [], [], []
    for sex, path in zip(SEXES, (args.female, args.male), strict=True):
        for target in groups_of_people(read(path, sex)):
            body = sculpt(sculptor, tape_for(model), target, sex == "male", rng)
            measured = survey_measures(tape_for(model), body.vertices_m[0], body.heads_m[0])
            tell(sex, target, measured, *distance_to_space(model, body.vertices_m[0]))
            vertices.append(UNIT_M * np.round(body.vertices_m[0] / UNIT_M))
            targets.append(target)
            found.append([measured[name] for name in MEASURES])
            sexes.append(sex)
    args.out.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        args.out,
        rest_m=np.stack(vertices).astype(np.float32),  # (12, V, 3), vertex order of body.npz
        sex=np.array(sexes),
        target_names=np.array(list(COLUMNS)),
        targets=np.array(targets, np.float32),
        measure_names=np.array(MEASURES),
        measures=np.array(found, np.float32),
        licence=np.array(model.licence),
    )
    print(f"{args.out.relative_to(ROOT)}: {args.out.stat().st_size / 1e6:.2f} MB")


def groups_of_people(table: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """For each of KINDS the mean measures (M,) of its medoid's nearest people in `table` (people, M)."""
    scaled = (table - table.mean(0)) / table.std(0)
    height = scaled[:, list(COLUMNS).index("height")]
    weight = scaled[:, list(COLUMNS).index("weight")]
    correlation = float(np.mean(height * weight))
    stoutness = (weight - correlation * height) / np.sqrt(1 - correlation**2)
    groups = []
    for kind in KINDS:
        medoid = np.hypot(height - kind[0], stoutness - kind[1]).argmin()
        nearest = np.argsort(np.linalg.norm(scaled - scaled[medoid], axis=1))[:NEIGHBOURS]
        groups.append(table[nearest].mean(0))
    return groups


def sculpt(
    sculptor: Sculptor,
    tape: Tape,
    target: NDArray[np.float64],
    is_male: bool,
    rng: np.random.Generator,
    tries: int = TRIES,
    navel: float | None = None,
) -> Bodies:
    """A random full-rank body that measures like `target`; raises RuntimeError where none of `tries` gets there.

    `navel` is where the waist's tape lies, as in `survey_measures`.
    """
    for _ in range(tries):
        body, off = _moved_to(sculptor, tape, target, is_male, rng, navel)
        if off < TOLERANCE:
            return body
    raise RuntimeError(f"no body measures like {dict(zip(COLUMNS, np.round(target, 1).tolist(), strict=True))}")


def _moved_to(
    sculptor: Sculptor,
    tape: Tape,
    target: NDArray[np.float64],
    is_male: bool,
    rng: np.random.Generator,
    navel: float | None,
) -> tuple[Bodies, float]:
    """A random body moved by least-norm Gauss-Newton steps toward `target`, and how far off its log measures stay."""
    sex = np.array([is_male])
    phenotypes, changes = sculptor.parameters(rng.standard_normal((1, DRAWS)), sex)
    changes += _any_changes(sculptor.change_labels, rng)
    draws = np.zeros(DRAWS)

    def bodies(steps: NDArray[np.float64]) -> Bodies:
        """Bodies with `steps` (N, DRAWS) added, in the spreads of the population."""
        moved, local = sculptor.move(phenotypes, changes, steps)
        return sculptor.shape(moved, local, np.repeat(sex, len(steps)))

    def logs(steps: NDArray[np.float64]) -> NDArray[np.float64]:
        shaped = bodies(steps)
        found = [survey_measures(tape, v, h, navel) for v, h in zip(shaped.vertices_m, shaped.heads_m, strict=True)]
        return np.log([[one[name] for name in COLUMNS] for one in found])

    miss = np.log(target) - logs(draws[None])[0]
    for turn in range(ROUNDS):
        jacobian = (logs(draws + 0.2 * np.eye(DRAWS)) - np.log(target) + miss).T / 0.2
        start = 0 * draws if turn < SETTLING else draws  # the least move first, then only mending
        gram = jacobian @ jacobian.T + 1e-6 * np.eye(len(target))
        goal = start + jacobian.T @ np.linalg.solve(gram, miss + jacobian @ (draws - start))
        steps = draws + np.array([1.0, 0.6, 0.3, 0.1])[:, None] * (goal - draws)
        misses = np.log(target) - logs(steps)
        best = np.abs(misses).max(axis=1).argmin()
        draws, miss = steps[best], misses[best]
        if np.abs(miss).max() < TOLERANCE:
            break
    return bodies(draws[None]), float(np.abs(miss).max())


def _any_changes(labels: list[str], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draws (1, L) for every body-shape change there is; left and right nearly alike."""
    shared = {label.removeprefix("l-").removeprefix("r-"): rng.standard_normal() for label in labels}
    values = np.array([shared[label.removeprefix("l-").removeprefix("r-")] for label in labels])
    values = CHANGE_SPREAD * values + ASYMMETRY * rng.standard_normal(len(labels))
    values[[label in LEFT_OUT for label in labels]] = 0.0
    values[[any(part in label for part in FACE) for label in labels]] *= 0.5
    return values[None]


def distance_to_space(model: BodyModel, vertices: NDArray[np.float32]) -> tuple[float, float]:
    """Mean and 99th percentile in millimetres between a body's skin and its best 24-component copy."""
    rows = np.r_[model.body.vertices, model.tights.vertices]
    basis = model.components_m[:, rows].reshape(len(model.components_m), -1)
    offset = (vertices - model.mean_m)[rows].reshape(-1)
    best = np.linalg.lstsq(basis.T, offset, rcond=None)[0]
    left = 1e3 * np.linalg.norm((offset - best @ basis).reshape(-1, 3), axis=1)
    return float(left.mean()), float(np.percentile(left, 99))


def tell(sex: str, target: NDArray[np.float64], measured: dict[str, float], mean_mm: float, p99_mm: float) -> None:
    """Print one body's line."""
    off, worst = max((abs(measured[name] / value - 1), name) for name, value in zip(COLUMNS, target, strict=True))
    print(
        f"{sex:6s} {measured['height']:5.1f} cm {measured['weight']:5.1f} kg  chest {measured['chest']:5.1f}"
        f"  waist {measured['waist']:5.1f}  hip {measured['hip']:5.1f}  {worst} {100 * off:.1f} % off"
        f"  outside the 24 components: mean {mean_mm:.1f} mm, p99 {p99_mm:.1f} mm"
    )


if __name__ == "__main__":
    main()
