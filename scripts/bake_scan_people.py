"""Bake the people whom the camera scan is calibrated on, or those who judge it: `scan_people.npz`, `scan_judges.npz`.

    ANNY_CACHE_DIR=/tmp/anny python scripts/bake_scan_people.py
    ANNY_CACHE_DIR=/tmp/anny python scripts/bake_scan_people.py --judges

(in the environment of `bake_body.py`). Each body is a random full-rank anny shape that measures like one person drawn
from `adults.json`, women and men in turn: unlike every body of the model, as shoppers are. The waist's tape lies where
the survey's people have their navel, which the bodies' own are too far from.
Each file holds of each the nearest 24 coefficients and what is left, `beyond`, in units of `unit_m`, and `navel`, the
waist's share of the way up from crotch to nape.
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
from bake_judges import distance_to_space, sculpt, tell  # noqa: E402
from bake_population import Adults, Sculptor  # noqa: E402
from fit_adults import draw_navel  # noqa: E402

from pipelines.body.measure import Tape, tape_for  # noqa: E402
from pipelines.body.model import SEXES, BodyModel, load_body_model  # noqa: E402
from pipelines.body.survey import survey_measures  # noqa: E402

DATA = ROOT / "tests/data"
SEEDS = {"scan_people.npz": 4100, "scan_judges.npz": 4200}
PEOPLE = {"scan_people.npz": 40, "scan_judges.npz": 40}
TRIES = 2  # random bodies, until another person is drawn
PERSONS = 20  # drawn, until one can be made
UNIT_M = 2.0**-11  # half a millimetre


def main() -> None:
    """Make, print and write the bodies."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judges", action="store_true", help="make those who judge")
    name = "scan_judges.npz" if parser.parse_args().judges else "scan_people.npz"
    sculptor, tape = Sculptor(read_anatomy()), tape_for(load_body_model())
    people = [person(sculptor, tape, SEEDS[name], number) for number in range(PEOPLE[name])]
    write(DATA / name, tape.model, np.stack([rest_m for rest_m, _ in people]), np.array([navel for _, navel in people]))
    print(f"{name}: {(DATA / name).stat().st_size / 1e6:.2f} MB")


def person(sculptor: Sculptor, tape: Tape, seed: int, number: int) -> tuple[NDArray[np.float32], float]:
    """The vertices (V, 3) and `navel` of person `number`; raises RuntimeError where nobody could be made."""
    rng, is_male = np.random.default_rng((seed, number)), number % 2 == 1
    navel = draw_navel(SEXES[is_male], np.random.default_rng((seed, number, 1)))
    for _ in range(PERSONS):
        target = np.exp(Adults().draw(np.array([is_male]), rng)[0])
        try:
            body = sculpt(sculptor, tape, target, is_male, rng, TRIES, navel)
        except RuntimeError as error:
            print(error)
            continue
        vertices: NDArray[np.float32] = body.vertices_m[0]
        measured = survey_measures(tape, vertices, body.heads_m[0], navel)
        tell(SEXES[is_male], target, measured, *distance_to_space(tape.model, vertices))
        return vertices, navel
    raise RuntimeError(f"none of {PERSONS} persons could be made")


def write(path: Path, model: BodyModel, rest_m: NDArray[np.float32], navel: NDArray[np.float64]) -> None:
    """Write bodies (N, V, 3), women and men in turn, and their `navel` (N,)."""
    basis = model.components_m.reshape(len(model.components_m), -1).astype(np.float64)
    away = (rest_m - model.mean_m).reshape(len(rest_m), -1).astype(np.float64)
    coefficients = np.linalg.lstsq(basis.T, away.T, rcond=None)[0].T
    beyond = np.round((away - coefficients @ basis) / UNIT_M)
    np.savez_compressed(
        path,
        coefficients=coefficients.astype(np.float32),  # (N, 24)
        beyond=beyond.reshape(rest_m.shape).astype(np.int16),
        unit_m=np.array(UNIT_M),
        navel=navel.astype(np.float32),
        sex=np.array([SEXES[number % len(SEXES)] for number in range(len(rest_m))]),
        licence=np.array(model.licence),
    )


if __name__ == "__main__":
    main()
