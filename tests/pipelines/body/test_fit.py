"""From measurements to a body and back."""

import numpy as np
import pytest

from pipelines.body.fit import PLAUSIBLE, body_from_measurements
from pipelines.body.measure import MEASURES, measure
from pipelines.body.model import SEXES, load_body_model, shape_body
from pipelines.errors import MeasurementRejected


@pytest.fixture(scope="module")
def model():
    return load_body_model()


def people(model, count, seed):
    rng = np.random.default_rng(seed)
    factors = [np.linalg.cholesky(covariance) for covariance in model.sex_covariance]
    for i in range(count):
        sex = i % 2
        yield SEXES[sex], model.sex_mean[sex] + factors[sex] @ rng.standard_normal(24), rng


def test_forty_people_are_found_from_some_of_their_measures(model):
    for sex, z, rng in people(model, 40, 11):
        truth = measure(shape_body(model, z))
        known = rng.choice(MEASURES, size=rng.integers(1, len(MEASURES) + 1), replace=False)
        found = measure(body_from_measurements(model, {name: truth[name] for name in known}, sex))
        for name in known:
            assert found[name] == pytest.approx(truth[name], abs=0.1), name


def test_four_measures_bring_the_others_close(model):
    """Height, chest, waist and hip known: the rest is guessed better than the mean body guesses it."""
    error, blind = [], []
    for sex, z, _ in people(model, 16, 5):
        truth = measure(shape_body(model, z))
        known = {name: truth[name] for name in ("height", "chest", "waist", "hip")}
        found = measure(body_from_measurements(model, known, sex))
        mean = measure(shape_body(model, model.sex_mean[SEXES.index(sex)]))
        rest = [name for name in MEASURES if name not in known]
        error.append([abs(found[name] - truth[name]) for name in rest])
        blind.append([abs(mean[name] - truth[name]) for name in rest])
    assert np.mean(error) < 0.65 * np.mean(blind)


def test_nothing_known_gives_the_mean_person(model):
    assert np.allclose(body_from_measurements(model, {}).coefficients, 0)
    for sex, mean in zip(SEXES, model.sex_mean, strict=True):
        assert np.allclose(body_from_measurements(model, {}, sex).coefficients, mean, atol=1e-6)


def test_sex_decides_what_is_not_measured(model):
    woman = measure(body_from_measurements(model, {"height": 172, "waist": 80}, "female"))
    man = measure(body_from_measurements(model, {"height": 172, "waist": 80}, "male"))
    assert woman["hip"] > man["hip"] + 3
    assert man["shoulder_width"] > woman["shoulder_width"] + 1


def test_heavier_person_of_the_same_height_is_wider(model):
    light, heavy = (measure(body_from_measurements(model, {"height": 175, "weight": kg})) for kg in (62, 98))
    for name in ("neck", "chest", "underbust", "waist", "hip", "thigh", "upper_arm", "wrist"):
        assert heavy[name] > light[name], name


def test_large_and_small_shoppers_are_served(model):
    for sex, wanted in (
        ("female", {"height": 165, "weight": 120}),
        ("female", {"height": 150, "weight": 43}),
        ("female", {"height": 183, "chest": 88, "waist": 66, "hip": 94}),
        ("male", {"height": 198, "weight": 125}),
        ("male", {"height": 160, "weight": 55}),
        ("male", {"height": 178, "chest": 130, "waist": 135}),
    ):
        found = measure(body_from_measurements(model, wanted, sex))
        assert all(found[name] == pytest.approx(value, abs=0.1) for name, value in wanted.items())
        assert all(PLAUSIBLE[name][0] < found[name] < PLAUSIBLE[name][1] for name in MEASURES)


@pytest.mark.parametrize(
    ("measurements", "named"),
    [
        ({"height": 250}, "height 250 cm"),
        ({"weight": 3}, "weight 3 kg"),
        ({"waist": float("nan")}, "waist"),
        ({"waist": float("inf")}, "waist"),
        ({"waist": True}, "waist"),
        ({"waist": "80"}, "waist"),
        ({"ankle": 22}, "ankle"),
        ({"height": 190, "inseam": 60}, "inseam|height"),
        ({"chest": 130, "waist": 60}, "chest|waist"),
        ({"height": 175, "hip": 100, "waist": 85, "chest": 160}, "chest 160"),
        ({"height": 170, "weight": 40, "waist": 120}, "weight|waist"),
    ],
)
def test_impossible_or_contradictory_values_are_refused_by_name(model, measurements, named):
    with pytest.raises(MeasurementRejected, match=named):
        body_from_measurements(model, measurements)


def test_unknown_sex_is_refused(model):
    with pytest.raises(MeasurementRejected, match="sex"):
        body_from_measurements(model, {"height": 170}, "other")


def test_caller_keeps_their_measurements_untouched(model):
    wanted = {"height": 170}
    body_from_measurements(model, wanted)
    assert wanted == {"height": 170}
