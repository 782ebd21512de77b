"""The judge of cloth: inside or outside of the body, stretched or not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import trimesh

from benchmarks.judge.cloth import exceeded_by, inside, shares_inside, strains
from pipelines.body.conform import Profile
from pipelines.body.model import load_body_model
from pipelines.body.skinning import pose_bones
from pipelines.drape.cloth import drape
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import GarmentChoice, Wish, prepare


@pytest.fixture(scope="module")
def outfit():
    return prepare(Wish((GarmentChoice("tee_crew", "M"),)), load_catalogue(), load_body_model())


def test_points_in_a_ball_are_told_from_those_outside():
    ball = trimesh.creation.icosphere(subdivisions=3)
    points = np.random.default_rng(1).uniform(-1.5, 1.5, (300, 3)).astype(np.float32)
    away = np.linalg.norm(points, axis=1)
    clear = np.abs(away - 1.0) > 0.03
    found = inside(points, ball.vertices.astype(np.float32), ball.faces.astype(np.int32))
    assert (found[clear] == (away[clear] < 1.0)).all()


def test_cloth_pushed_into_the_body_is_seen_inside(outfit):
    rest = np.broadcast_to(np.eye(4, dtype=np.float32), (len(outfit.body.model.bone_names), 4, 4)).copy()
    hung = outfit.cloth[0]
    middle = hung.x.mean(axis=0)
    shrunk = replace(hung, x=(middle + (hung.x - middle) * (0.8, 1.0, 0.8)).astype(np.float32))
    settled, pushed = (shares_inside(outfit, Profile.neutral(), rest, (state,)) for state in (hung, shrunk))
    assert settled == (0.0, 0.0)
    assert pushed[0] > 0.3
    assert pushed[1] == 0.0


def test_cloth_between_an_arm_and_the_trunk_it_dips_into_is_pinched(outfit):
    body = outfit.body
    R = np.broadcast_to(np.eye(3), (len(body.model.bone_names), 3, 3)).copy()
    cloth, worn = outfit.cloth[0], outfit.garments[0]
    for degrees in range(-2, -53, -2):  # the left arm, at rest 45 degrees off, comes down into the flank
        R[body.model.bone("upperarm01.L")] = cv2.Rodrigues(np.array([0.0, 0.0, np.radians(degrees)]))[0]
        T = pose_bones(body.heads_m, body.model.bone_parents, R, np.eye(4))
        _, cloth = drape(worn, worn.rest_m, T, cloth, 1 / 30)
    own, pinched = shares_inside(outfit, Profile.neutral(), T, (cloth,))
    assert pinched > 0.02
    assert own < pinched / 2


def test_cloth_that_grows_is_strained_by_as_much(outfit):
    hung = outfit.cloth[0]
    rest = np.ascontiguousarray(outfit.garments[0].rest_m[: len(hung.x)])
    slack = outfit.garments[0].cloth.edge_slack
    at_rest = strains(outfit, Profile.neutral(), (replace(hung, x=rest),))
    assert at_rest[0] == pytest.approx(np.maximum(1.0 / slack - 1.0, 0.0), abs=1e-4)
    grown = strains(outfit, Profile.neutral(), (replace(hung, x=(1.1 * rest).astype(np.float32)),))
    assert grown[0] == pytest.approx(np.maximum(1.1 / slack - 1.0, 0.0), abs=1e-4)


def test_slivers_of_the_mesh_count_for_no_more_cloth_than_they_are():
    strain = np.concatenate([np.full(50, 0.3), np.full(50, 0.02)])
    length = np.concatenate([np.full(50, 0.001), np.full(50, 0.02)])
    assert exceeded_by(strain, length, 0.05) == pytest.approx(0.02)
    assert exceeded_by(strain, np.ones(100), 0.05) == pytest.approx(0.3)
