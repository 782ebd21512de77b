"""The baked body and its loader."""

import numpy as np
import pytest

from pipelines.body.model import BODY_FILE, COMPONENTS, load_body_model, shape_body
from pipelines.body.slicing import enclosed_volume, unique_edges
from pipelines.errors import ShapeError

MAIN_BONES = ("upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot", "clavicle")


@pytest.fixture(scope="module")
def model():
    return load_body_model()


@pytest.fixture(scope="module")
def mean_body(model):
    return shape_body(model, np.zeros(COMPONENTS))


def test_file_stays_small():
    assert BODY_FILE.stat().st_size <= 6e6


def test_licence_is_named_in_file_and_beside_it(model):
    assert "CC0" in model.licence
    assert "CC0" in (BODY_FILE.parent / "LICENSE.md").read_text()


def test_skin_weights_are_a_partition_of_unity(model):
    assert model.skin_weight.shape == model.skin_index.shape == (len(model.mean_m), 4)
    assert np.allclose(model.skin_weight.sum(axis=1), 1, atol=1e-5)
    assert model.skin_weight.min() >= 0
    assert model.skin_index.min() >= 0
    assert model.skin_index.max() < len(model.bone_names)


def test_bone_tree_lists_parents_before_children(model):
    assert len(model.bone_names) == len(set(model.bone_names)) == 104
    assert model.bone_parents[0] == -1
    assert (model.bone_parents[1:] >= 0).all()
    assert (model.bone_parents < np.arange(104)).all()
    assert model.bone_names[model.bone_parents[model.bone("lowerarm01.L")]] == "upperarm02.L"


def test_model_refuses_unknown_bone_and_part(model):
    with pytest.raises(KeyError, match="tail"):
        model.bone("tail")
    with pytest.raises(KeyError, match="wing"):
        model.vertices_of("torso", "wing")


def test_arrays_cannot_be_changed_by_a_user(model, mean_body):
    for array in (model.mean_m, model.components_m, model.body.faces, mean_body.rest_m, mean_body.heads_m):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_each_range_has_its_own_faces(model):
    for part in (model.body, model.tights, model.skirt):
        assert part.faces.min() == part.vertices.start
        assert part.faces.max() == part.vertices.stop - 1
        assert part.local_faces.min() == 0
    assert model.tights.quads.shape == (2650, 4)
    assert model.skirt.quads.shape == (684, 4)


def test_skin_is_closed_and_faces_outward(model, mean_body):
    faces = model.body.faces[: model.skin_faces]
    ends = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2), axis=1)
    assert (np.unique(ends, axis=0, return_counts=True)[1] == 2).all()
    assert 0.05 < enclosed_volume(mean_body.rest_m, faces) < 0.12


def test_occluder_is_closed_and_made_of_skin_vertices(model, mean_body):
    assert 1000 <= len(model.occluder_index) <= 2000
    assert model.occluder_index.max() < model.body.vertices.stop
    edges = unique_edges(model.occluder_faces)
    assert len(model.occluder_index) - len(edges) + len(model.occluder_faces) == 2  # Euler: a sphere
    coarse = enclosed_volume(mean_body.rest_m[model.occluder_index], model.occluder_faces)
    fine = enclosed_volume(mean_body.rest_m, model.body.faces[: model.skin_faces])
    assert coarse == pytest.approx(fine, rel=0.03)


def test_body_stands_on_the_ground_facing_front_with_left_at_plus_x(model, mean_body):
    rest, heads = mean_body.rest_m[model.body.vertices], mean_body.heads_m
    assert rest[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert 1.6 < rest[:, 1].max() < 1.8
    assert heads[model.bone("wrist.L"), 0] > 0.3
    assert np.allclose(heads[model.bone("wrist.L")] * (-1, 1, 1), heads[model.bone("wrist.R")], atol=2e-3)
    toes = model.vertices_of("left_foot")[model.body.vertices]
    assert rest[toes, 2].max() > 0.12  # toes point forward
    assert mean_body.rest_m[model.landmarks["nape"], 2] < heads[model.bone("neck01"), 2]
    ankles = heads[[model.bone("foot.L"), model.bone("foot.R")]]
    assert np.allclose(ankles.mean(axis=0)[[0, 2]], 0, atol=3e-3)


def test_parts_lie_where_they_belong(model, mean_body):
    at = {
        part: mean_body.rest_m[model.body.vertices][model.vertices_of(part)[model.body.vertices]]
        for part in model.part_names
    }
    assert at["left_hand"][:, 0].min() > 0 > at["right_hand"][:, 0].max()
    assert at["head"][:, 1].mean() > at["neck"][:, 1].mean() > at["torso"][:, 1].mean() > at["left_calf"][:, 1].mean()
    assert at["left_foot"][:, 1].max() < 0.25


def test_tights_wrap_the_skin_closely(model, mean_body):
    from scipy.spatial import cKDTree

    distance = cKDTree(mean_body.rest_m[model.body.vertices]).query(mean_body.rest_m[model.tights.vertices])[0]
    assert np.percentile(distance, 95) < 0.03


def test_heads_are_where_the_source_model_puts_them(model):
    """Six adults whose coefficients and joints were stored at the bake, the joints by anny itself."""
    with np.load(BODY_FILE) as file:
        coefficients, heads = file["check_coefficients"], file["check_heads_m"]
    rows = [model.bone(f"{bone}.{side}") for bone in MAIN_BONES for side in "LR"]
    for z, expected in zip(coefficients, heads, strict=True):
        error = np.linalg.norm(shape_body(model, z).heads_m[rows] - expected[rows], axis=1)
        assert error.mean() < 0.0025
        assert error.max() < 0.010


def test_heads_follow_the_shape(model, mean_body):
    taller = shape_body(model, np.eye(COMPONENTS)[0] * 2)
    other = shape_body(model, -np.eye(COMPONENTS)[0] * 2)
    lengths = [
        np.linalg.norm(body.heads_m[model.bone("lowerleg01.L")] - body.heads_m[model.bone("upperleg01.L")])
        for body in (taller, other)
    ]
    assert abs(lengths[0] - lengths[1]) > 0.01


def test_tail_of_a_bone_meets_the_head_of_its_child(model, mean_body):
    for parent, child in (("upperarm01.L", "upperarm02.L"), ("spine02", "spine01"), ("upperleg02.R", "lowerleg01.R")):
        assert np.allclose(mean_body.tails_m[model.bone(parent)], mean_body.heads_m[model.bone(child)], atol=1e-3)


def test_shape_is_linear_in_the_coefficients(model, mean_body):
    z = np.random.default_rng(0).standard_normal(COMPONENTS)
    half, whole = shape_body(model, z / 2), shape_body(model, z)
    offset = whole.rest_m - mean_body.rest_m
    assert np.allclose((half.rest_m - mean_body.rest_m)[:, [0, 2]], offset[:, [0, 2]] / 2, atol=1e-5)


def test_shape_refuses_wrong_number_of_coefficients(model):
    with pytest.raises(ShapeError):
        shape_body(model, np.zeros(10))


def test_population_is_two_sexes_around_a_unit_normal(model):
    pooled = model.sex_covariance.mean(axis=0)
    apart = model.sex_mean - model.sex_mean.mean(axis=0)
    total = pooled + np.einsum("si,sj->ij", apart, apart) / 2
    assert np.allclose(model.sex_mean.mean(axis=0), 0, atol=0.2)
    assert np.allclose(np.diag(total), 1, atol=0.35)
    assert np.linalg.norm(apart[0] - apart[1]) > 1
    assert all(np.linalg.eigvalsh(covariance).min() > 0 for covariance in model.sex_covariance)
