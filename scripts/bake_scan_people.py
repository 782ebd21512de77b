"""Bake the people whom the camera scan is calibrated on into `tests/data/scan_people.npz`.

    ANNY_CACHE_DIR=/tmp/anny python scripts/bake_scan_people.py [--people 40]

(in the environment of `bake_body.py`). Each body is a random full-rank anny shape that measures like one person drawn
from `adults.json`, women and men in turn: unlike every body of the model, as shoppers are; none of them judges.
The file holds of each the nearest 24 coefficients and what is left, `beyond`, in units of `unit_m`.
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

from pipelines.body.measure import Tape, tape_for  # noqa: E402
from pipelines.body.model import SEXES, BodyModel, load_body_model  # noqa: E402
from pipelines.body.survey import survey_measures  # noqa: E402

SEED = 4100
TRIES = 2  # random bodies, until another person is drawn
PERSONS = 20  # drawn, until one can be made
UNIT_M = 2.0**-11  # half a millimetre; an int8 holds six centimetres of it


def main() -> None:
    """Make, print and write the bodies."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/data/scan_people.npz")
    args = parser.parse_args()
    sculptor, model = Sculptor(read_anatomy()), load_body_model()
    rest_m = np.stack([person(sculptor, tape_for(model), number) for number in range(args.people)])
    write(args.out, model, rest_m)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")


def person(sculptor: Sculptor, tape: Tape, number: int) -> NDArray[np.float32]:
    """The vertices (V, 3) of person `number`; raises RuntimeError where nobody could be made."""
    rng, is_male = np.random.default_rng((SEED, number)), number % 2 == 1
    for _ in range(PERSONS):
        target = np.exp(Adults().draw(np.array([is_male]), rng)[0])
        try:
            body = sculpt(sculptor, tape, target, is_male, rng, TRIES)
        except RuntimeError as error:
            print(error)
            continue
        vertices: NDArray[np.float32] = body.vertices_m[0]
        measured = survey_measures(tape, vertices, body.heads_m[0])
        tell(SEXES[is_male], target, measured, *distance_to_space(tape.model, vertices))
        return vertices
    raise RuntimeError(f"none of {PERSONS} persons could be made")


def write(path: Path, model: BodyModel, rest_m: NDArray[np.float32]) -> None:
    """Write bodies (N, V, 3), women and men in turn."""
    basis = model.components_m.reshape(len(model.components_m), -1).astype(np.float64)
    away = (rest_m - model.mean_m).reshape(len(rest_m), -1).astype(np.float64)
    coefficients = np.linalg.lstsq(basis.T, away.T, rcond=None)[0].T
    beyond = np.round((away - coefficients @ basis) / UNIT_M)
    if np.abs(beyond).max() > np.iinfo(np.int8).max:
        raise ValueError(f"{np.abs(beyond).max() * UNIT_M:.3f} m beyond the model do not fit")
    np.savez_compressed(
        path,
        coefficients=coefficients.astype(np.float32),  # (N, 24)
        beyond=beyond.reshape(rest_m.shape).astype(np.int8),
        unit_m=np.array(UNIT_M),
        sex=np.array([SEXES[number % len(SEXES)] for number in range(len(rest_m))]),
        licence=np.array(model.licence),
    )


if __name__ == "__main__":
    main()
