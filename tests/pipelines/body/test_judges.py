"""The bodies that judge the try-on: real people's measures, and shapes that the model cannot make."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.body.measure import MEASURES, measure
from pipelines.body.model import COMPONENTS, body_of, load_body_model

JUDGES = Path(__file__).parents[2] / "data" / "judge_bodies.npz"


@pytest.fixture(scope="module")
def judges():
    with np.load(JUDGES) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def model():
    return load_body_model()


def test_there_are_six_women_and_six_men_in_the_models_vertex_order(judges, model):
    assert JUDGES.stat().st_size <= 2e6
    assert judges["rest_m"].shape == (12, *model.mean_m.shape)
    assert list(judges["sex"]) == ["female"] * 6 + ["male"] * 6
    feet = judges["rest_m"][:, model.body.vertices, 1].min(axis=1)
    assert np.allclose(feet, 0, atol=1e-3)


def test_they_measure_like_the_people_they_stand_for(judges, model):
    """The survey's names that mean the same as ours, within half a percent."""
    names = list(judges["target_names"])
    shared = [name for name in MEASURES if name in names]
    assert {"height", "weight", "chest", "hip", "inseam"} <= set(shared)
    for rest, target, stored in zip(judges["rest_m"], judges["targets"], judges["measures"], strict=True):
        found = measure(body_of(model, rest))
        assert np.allclose(list(found.values()), stored, atol=0.1)
        for name in shared:
            assert found[name] == pytest.approx(target[names.index(name)], rel=0.005), name


def test_their_limbs_are_as_long_as_those_peoples_bones(judges, model):
    """A tape takes a bone from what can be felt, so the way between joints is one share of it, the same in all."""
    names = list(judges["target_names"])
    limbs = {
        "upper_arm_length": ("upperarm01", "lowerarm01"),
        "forearm_length": ("lowerarm01", "wrist"),
        "thigh_length": ("upperleg01", "lowerleg01"),
        "calf_length": ("lowerleg01", "foot"),
    }
    heads = np.einsum("jk,njkc->njc", model.joint_weight, judges["rest_m"][:, model.joint_index])
    for name, (start, stop) in limbs.items():
        sides = [heads[:, model.bone(f"{start}.{s}")] - heads[:, model.bone(f"{stop}.{s}")] for s in "LR"]
        share = 100 * np.linalg.norm(sides, axis=2).mean(axis=0) / judges["targets"][:, names.index(name)]
        assert np.allclose(share, np.median(share), rtol=0.01), name


def test_they_differ_widely(judges):
    height, weight = (judges["targets"][:, list(judges["target_names"]).index(name)] for name in ("height", "weight"))
    mass_index = weight / (height / 100) ** 2
    assert np.ptp(height) > 25
    assert mass_index.min() < 21
    assert mass_index.max() > 32


def test_no_judge_lies_in_the_models_shape_space(judges, model):
    rows = np.r_[model.body.vertices, model.tights.vertices]
    basis = model.components_m[:, rows].reshape(COMPONENTS, -1).T
    offsets = (judges["rest_m"] - model.mean_m)[:, rows].reshape(12, -1).T
    best = basis @ np.linalg.lstsq(basis, offsets, rcond=None)[0]
    outside = np.linalg.norm((offsets - best).T.reshape(12, -1, 3), axis=-1).mean(axis=1)
    assert outside.min() > 0.004


def test_left_and_right_of_a_judge_are_not_mirror_images(judges, model):
    left, right = (model.landmarks[f"acromion_{side}"] for side in ("left", "right"))
    apart = judges["rest_m"][:, left] * (-1, 1, 1) - judges["rest_m"][:, right]
    assert np.median(np.linalg.norm(apart, axis=1)) > 5e-4
