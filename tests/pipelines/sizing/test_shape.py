"""The body follows the estimate."""

import numpy as np
import pytest

from pipelines.body.measure import measure
from pipelines.body.model import load_body_model
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence
from pipelines.sizing.shape import SAME, body_of, shape_of


@pytest.fixture(scope="module")
def model():
    return load_body_model()


def test_body_measures_what_the_estimate_says(model, crowd):
    for sex, people in crowd.items():
        for person in people[:12]:
            found = estimate([Evidence(name, person[name], "told") for name in ("height", "weight")], sex)
            measured = measure(body_of(found, model))
            for name, most in {
                "height": 0.2,
                "weight": 2.0,
                "chest": 2.5,
                "waist": 2.5,
                "hip": 2.5,
                "inseam": 1.5,
            }.items():
                assert measured[name] == pytest.approx(found.figure(name).value, abs=most), name


def test_what_was_measured_is_met_closer_than_what_was_estimated(model, crowd):
    for sex, people in crowd.items():
        for person in people[:12]:
            evidence = [
                Evidence(name, person[name], "measured") for name in ("height", "weight", "chest", "hip", "inseam")
            ]
            measured = measure(body_of(estimate(evidence, sex), model))
            for name in ("chest", "hip", "inseam"):
                assert measured[name] == pytest.approx(person[name], rel=0.012), name


def test_a_wider_waist_changes_the_body_at_the_waist(model):
    typed = [Evidence("height", 178.0, "told"), Evidence("weight", 80.0, "told")]
    slim, wide = (
        measure(body_of(estimate([*typed, Evidence("navel_waist", girth, "tape")], "male"), model))
        for girth in (80.0, 98.0)
    )
    assert wide["waist"] - slim["waist"] > 14
    assert abs(wide["inseam"] - slim["inseam"]) < 2


def test_more_knowledge_makes_the_shape_surer(model):
    typed = [Evidence("height", 178.0, "told"), Evidence("weight", 80.0, "told")]
    tapes = [Evidence("chest", 100.0, "tape"), Evidence("navel_waist", 90.0, "tape"), Evidence("hip", 100.0, "tape")]
    less, more = (shape_of(estimate(evidence, "male"), model) for evidence in (typed, typed + tapes))
    assert np.trace(more.covariance) < np.trace(less.covariance) < np.trace(model.sex_covariance[1])
    assert np.linalg.eigvalsh(more.covariance).min() > -1e-9


def test_unknown_sex_takes_the_more_probable_body(model):
    found = estimate([Evidence("height", 158.0, "told"), Evidence("weight", 52.0, "told")])
    assert shape_of(found, model).sex == "female"


def test_extreme_people_have_a_body(model):
    for height, weight, sex in ((150, 150, "female"), (205, 160, "male"), (150, 38, "female"), (132, 40, "female")):
        found = estimate(
            [Evidence("height", float(height), "measured"), Evidence("weight", float(weight), "measured")], sex
        )
        measured = measure(body_of(found, model))
        assert measured["height"] == pytest.approx(height, abs=1)
        assert measured["weight"] == pytest.approx(weight, rel=0.03)


def test_same_estimate_same_body(model):
    found = estimate([Evidence("height", 170.0, "told")], "female")
    assert (shape_of(found, model).coefficients == shape_of(found, model).coefficients).all()
    assert set(SAME) <= set(found.names)
