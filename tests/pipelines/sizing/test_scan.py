"""Measurements from a scan's surface, on bodies that the model cannot make."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.body.measure import tape_for
from pipelines.body.model import body_of, load_body_model
from pipelines.body.survey import survey_measures
from pipelines.errors import MeasurementRejected
from pipelines.sizing.estimate import estimate
from pipelines.sizing.scan import scan_evidence

JUDGES = Path(__file__).parents[2] / "data" / "judge_bodies.npz"


@pytest.fixture(scope="module")
def model():
    return load_body_model()


@pytest.fixture(scope="module")
def judges():
    with np.load(JUDGES) as file:
        return list(zip(file["rest_m"].astype(np.float64), file["sex"].tolist(), strict=True))


@pytest.fixture(scope="module")
def faces(model):
    return model.body.faces[: model.skin_faces].astype(np.int64)


@pytest.fixture(scope="module")
def scans(judges, faces):
    return [scan_evidence(rest, faces) for rest, _ in judges]


def values(evidence):
    return {one.name: one.value for one in evidence}


def test_scans_measure_what_a_tape_on_the_same_body_does(model, judges, scans):
    off = {}
    for (rest, _), evidence in zip(judges, scans, strict=True):
        body = body_of(model, rest.astype(np.float32))
        truth = survey_measures(tape_for(model), body.rest_m, body.heads_m)
        for name, value in values(evidence).items():
            off.setdefault(name, []).append(value / truth[name] - 1)
    for name, most in {"height": 0.001, "chest": 0.02, "hip": 0.015, "thigh": 0.01, "inseam": 0.01}.items():
        assert np.abs(off[name]).mean() < most, name


def test_a_scan_brings_the_whole_body_closer_than_height_and_weight(model, judges, scans):
    errors = []
    for (rest, sex), evidence in zip(judges, scans, strict=True):
        body = body_of(model, rest.astype(np.float32))
        truth = survey_measures(tape_for(model), body.rest_m, body.heads_m)
        found = estimate(evidence, sex)
        errors.append([abs(found.figure(name).value - truth[name]) for name in ("chest", "hip", "upper_arm")])
        assert found.figure("chest").source == "scan"
    assert (np.mean(errors, axis=0) < (2.0, 1.5, 2.5)).all()


def test_units_and_the_upward_axis_are_found(judges, faces, scans):
    rest = judges[0][0]
    for turned in (rest * 100, rest * 1000, rest / 0.0254, rest[:, [0, 2, 1]] * (1, -1, 1), rest + (5, -3, 2)):
        assert values(scan_evidence(turned, faces)) == pytest.approx(values(scans[0]), rel=0.01)


def test_a_told_height_gives_the_scale(judges, faces, scans):
    found = values(scan_evidence(judges[0][0] * 7.3, faces, height_cm=180.0))
    assert found["height"] == 180
    assert found["chest"] == pytest.approx(values(scans[0])["chest"] * 180 / values(scans[0])["height"], rel=0.005)


def test_seams_of_a_texture_do_not_open_the_surface(judges, faces, scans):
    rest = judges[3][0]
    torn, corners = rest[faces.reshape(-1)], np.arange(3 * len(faces)).reshape(-1, 3)
    assert values(scan_evidence(torn, corners)) == pytest.approx(values(scans[3]), rel=1e-3)


def box(size):
    import trimesh

    mesh = trimesh.creation.box(extents=size).subdivide().subdivide()
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda rest, faces: (np.zeros((0, 3)), np.zeros((0, 3), int)), "triangles"),
        (lambda rest, faces: (rest[:, :2], faces), "vertices and triangles"),
        (lambda rest, faces: (rest, faces[:50]), "50 triangles"),
        (lambda rest, faces: (rest * np.nan, faces), "no numbers"),
        (lambda rest, faces: (rest, faces + len(rest)), "not there"),
        (lambda rest, faces: box((0.3, 1.7, 0.3)), "legs"),
        (lambda rest, faces: box((3.0, 1.7, 0.4)), "wider than high"),
        (lambda rest, faces: (rest * 20, faces), "unit"),
        (lambda rest, faces: (rest, faces[np.abs(rest[faces][:, :, 0]).max(axis=1) < 0.2]), "arms|legs"),
        (lambda rest, faces: (rest * 0, faces), "standing"),
    ],
)
def test_what_is_no_standing_body_is_refused(judges, faces, make, why):
    with pytest.raises(MeasurementRejected, match=why) as refused:
        scan_evidence(*make(judges[0][0], faces))
    assert refused.value.problem == "scan"
