"""What lies behind a limb is hidden, what lies before it or beside it is not."""

import numpy as np
import pytest

from pipelines.body.model import load_body_model, shape_body
from pipelines.body.skinning import skin_points
from pipelines.far_side import LegSkin, far_side
from pipelines.garment.catalogue import load_catalogue
from pipelines.garment.fit import fit_garment
from pipelines.garment.layers import layered


@pytest.fixture(scope="module")
def body():
    return shape_body(load_body_model(), np.zeros(24))


def _placed(body) -> np.ndarray:
    T = np.broadcast_to(np.eye(4, dtype=np.float32), (len(body.heads_m), 4, 4)).copy()
    T[:, :3, 3] = (0.0, -1.0, -2.5)
    return T


def test_near_side_of_a_leg_goes_behind_its_axis(body):
    legs, T = LegSkin.of(body), _placed(body)
    axis = skin_points(legs.axis_m, legs.skin_index, legs.skin_weight, T)
    moved = far_side(legs, T)
    assert moved.faces.shape == legs.faces.shape
    assert (np.linalg.norm(moved.vertices_m, axis=1) > np.linalg.norm(axis, axis=1) - 0.03).all()


def test_moved_points_stay_on_their_rays(body):
    legs, T = LegSkin.of(body), _placed(body)
    points = skin_points(legs.rest_m, legs.skin_index, legs.skin_weight, T)
    moved = far_side(legs, T).vertices_m
    cosine = (points * moved).sum(1) / np.linalg.norm(points, axis=1) / np.linalg.norm(moved, axis=1)
    assert cosine == pytest.approx(1.0, abs=1e-5)


def test_legs_step_back_with_the_cloth_that_others_are_worn_over(body):
    catalogue, T = load_catalogue(), _placed(body)
    worn = layered([fit_garment(catalogue.get(id), "M", body) for id in ("trousers_chino", "coat_wool")], body.model)
    legs = LegSkin.of(body, worn)
    assert legs.beneath.max() == pytest.approx(1.0)
    assert legs.beneath[legs.rest_m[:, 1] < 0.2].max() == 0.0  # the coat ends above
    away = [np.linalg.norm(far_side(legs, T, step).vertices_m, axis=1) for step in (0.0, 0.014)]
    assert away[1] / away[0] == pytest.approx(1.0 + 0.014 * legs.beneath, abs=1e-5)
