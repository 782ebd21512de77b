"""Fit how bodies differ, for size advice.

    python scripts/fit_people.py FOLDER

Reads the public ANSUR II files (US Army, 2012; a US Government work) in FOLDER and writes
`pipelines/sizing/data/people.json`: for each sex mean and covariance of the logarithms, and how people tell their
height and weight. No row is kept. Dimensions that the survey lacks (the waist of the size standards, underbust,
shoulder width over the nape, back waist length) are taken from the body model: how they follow from the survey's on
bodies drawn from it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipelines.body.measure import tape_for  # noqa: E402
from pipelines.body.model import SEXES, BodyModel, Sex, load_body_model, shape_body  # noqa: E402
from pipelines.body.survey import survey_measures  # noqa: E402
from pipelines.sizing.ansur import SOURCE, read_surveys  # noqa: E402
from pipelines.sizing.learn import extended, learn  # noqa: E402
from pipelines.sizing.people import F64, PEOPLE_FILE, people_text  # noqa: E402

DERIVED = ("waist", "underbust", "shoulder_width", "back_waist")
FROM = ("height", "weight", "chest", "navel_waist", "hip", "biacromial", "nape_height", "inseam", "neck")
BODIES = 1500  # of each sex
MODEL_ERROR = 0.012  # standard deviation of a logarithm: how far the model's anatomy may be from people's


def main() -> None:
    """Write the file that ships."""
    people = learn(read_surveys(Path(sys.argv[1])), SOURCE)
    model = load_body_model()
    maps = {sex: derived(model, sex, people.names) for sex in SEXES}
    PEOPLE_FILE.write_text(people_text(extended(people, DERIVED, maps)), "utf-8")


def derived(model: BodyModel, sex: Sex, names: tuple[str, ...]) -> tuple[F64, F64, F64]:
    """Return offset, slopes on `names` and open covariance of DERIVED on bodies drawn from the model."""
    index = SEXES.index(sex)
    rng = np.random.default_rng(index)
    draws = rng.multivariate_normal(model.sex_mean[index], model.sex_covariance[index], BODIES)
    rows = []
    for z in draws:
        body = shape_body(model, z)
        found = survey_measures(tape_for(model), body.rest_m, body.heads_m)
        rows.append([found[name] for name in (*FROM, *DERIVED)])
    logs = np.log(rows)
    inputs = np.column_stack([np.ones(BODIES), logs[:, : len(FROM)]])
    slopes, _, _, _ = np.linalg.lstsq(inputs, logs[:, len(FROM) :], rcond=None)
    rest = np.cov((logs[:, len(FROM) :] - inputs @ slopes).T) + MODEL_ERROR**2 * np.eye(len(DERIVED))
    wide = np.zeros((len(DERIVED), len(names)))
    wide[:, [names.index(name) for name in FROM]] = slopes[1:].T
    return slopes[0], wide, rest


if __name__ == "__main__":
    main()
