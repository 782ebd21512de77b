"""Sections, tapes and the measures of a body."""

import numpy as np
import pytest
import trimesh

from pipelines.body.measure import DENSITY_KG_M3, MEASURES, measure
from pipelines.body.model import COMPONENTS, SEXES, load_body_model, shape_body
from pipelines.body.slicing import enclosed_volume, plane_at, section, tape_length, unique_edges


@pytest.fixture(scope="module")
def model():
    return load_body_model()


def cylinder(radius=0.1, height=1.0, sides=256):
    mesh = trimesh.creation.cylinder(radius=radius, height=height, sections=sides)
    return mesh.vertices.astype(np.float32), mesh.faces.astype(np.int32)


def test_tape_around_a_cylinder_is_its_circumference():
    vertices, faces = cylinder()
    points = section(vertices, unique_edges(faces), plane_at(np.array([0, 0, 0.2]), np.array([0, 0, 1.0])))
    assert tape_length(points) == pytest.approx(2 * np.pi * 0.1, rel=1e-3)


def test_tape_around_a_tilted_section_is_the_ellipse():
    vertices, faces = cylinder()
    normal = np.array([0, np.sin(0.6), np.cos(0.6)])
    points = section(vertices, unique_edges(faces), plane_at(np.zeros(3), normal))
    a, b = 0.1 / np.cos(0.6), 0.1
    ramanujan = np.pi * (3 * (a + b) - np.sqrt((3 * a + b) * (a + 3 * b)))
    assert tape_length(points) == pytest.approx(ramanujan, rel=2e-3)


def test_tape_bridges_a_hollow():
    square_with_notch = np.array([[0, 0], [2, 0], [2, 2], [1, 0.5], [0, 2], [1, 0], [0, 1]], float)
    assert tape_length(square_with_notch) == pytest.approx(8)


def test_tape_of_too_few_points_has_no_length():
    assert tape_length(np.zeros((2, 2))) == 0


def test_section_outside_the_radius_or_mesh_is_empty():
    vertices, faces = cylinder()
    edges = unique_edges(faces)
    assert len(section(vertices, edges, plane_at(np.array([0, 0, 9.0]), np.array([0, 0, 1.0])))) == 0
    assert len(section(vertices, edges, plane_at(np.array([5.0, 0, 0]), np.array([0, 0, 1.0])), radius_m=0.5)) == 0


def test_volume_of_a_cylinder_is_found():
    vertices, faces = cylinder()
    assert enclosed_volume(vertices, faces) == pytest.approx(np.pi * 0.01, rel=1e-3)


def test_measures_of_the_mean_woman_and_man_are_human(model):
    woman, man = (measure(shape_body(model, mean)) for mean in model.sex_mean)
    assert list(woman) == list(MEASURES)
    expected = {  # adults, mean of large surveys, with the spread between countries
        "height": ((160, 166), (173, 179)),
        "neck": ((31, 35), (38, 42)),
        "chest": ((90, 100), (100, 110)),
        "waist": ((75, 90), (85, 100)),
        "hip": ((98, 107), (98, 107)),
        "wrist": ((14.5, 16.5), (16.5, 18.5)),
        "shoulder_width": ((37, 42), (42, 48)),
        "inseam": ((73, 82), (80, 88)),
        "weight": ((60, 75), (78, 95)),
    }
    for name, (of_woman, of_man) in expected.items():
        assert of_woman[0] < woman[name] < of_woman[1], name
        assert of_man[0] < man[name] < of_man[1], name


def test_measures_vary_as_people_do(model):
    rng = np.random.default_rng(4)
    for sex, height in zip(range(len(SEXES)), (163, 175.5), strict=True):
        factor = np.linalg.cholesky(model.sex_covariance[sex])
        people = [measure(shape_body(model, model.sex_mean[sex] + factor @ rng.standard_normal(24))) for _ in range(80)]
        table = np.array([[person[name] for name in MEASURES] for person in people])
        mean, spread = dict(zip(MEASURES, table.mean(0), strict=True)), dict(zip(MEASURES, table.std(0), strict=True))
        assert mean["height"] == pytest.approx(height, abs=2.5)
        assert 5 < spread["height"] < 9
        assert 7 < spread["chest"] < 15
        assert 9 < spread["waist"] < 18
        together = np.corrcoef(table[:, MEASURES.index("weight")], table[:, MEASURES.index("waist")])[0, 1]
        assert together > 0.75


def test_larger_copy_of_a_body_measures_larger_in_proportion(model):
    from pipelines.body.measure import measure_rest, tape_for

    body = shape_body(model, np.zeros(COMPONENTS))
    once = measure_rest(tape_for(model), body.rest_m, body.heads_m)
    scale = np.float32(1.1)  # the tape's drops below landmarks are absolute
    larger = measure_rest(tape_for(model), scale * body.rest_m, scale * body.heads_m)
    assert np.allclose(larger[:-1] / once[:-1], 1.1, atol=4e-3)
    assert larger[-1] / once[-1] == pytest.approx(1.1**3, rel=1e-3)


def test_girths_grow_when_the_body_is_widened(model):
    """Pushing the skin out by a centimetre along its normals lengthens a round tape by about 2 pi cm."""
    from pipelines.body.measure import measure_rest, tape_for
    from pipelines.body.skinning import vertex_normals

    body = shape_body(model, np.zeros(COMPONENTS))
    normals = vertex_normals(body.rest_m, model.body.faces[: model.skin_faces])
    wider = measure_rest(tape_for(model), body.rest_m + np.float32(0.01) * normals, body.heads_m)
    gain = dict(zip(MEASURES, wider - measure_rest(tape_for(model), body.rest_m, body.heads_m), strict=True))
    for name in ("neck", "underbust", "waist", "hip", "thigh", "upper_arm", "wrist"):
        assert 4.5 < gain[name] < 7.5, name
    assert 4.0 < gain["chest"] < 9.0


def test_measures_do_not_jump_on_the_way_between_two_people(model):
    rng = np.random.default_rng(6)
    for start, end in ((0, 0), (0, 1), (1, 1)):
        ends = [rng.multivariate_normal(model.sex_mean[sex], 2.0 * model.sex_covariance[sex]) for sex in (start, end)]
        way = [measure(shape_body(model, ends[0] + t * (ends[1] - ends[0]))) for t in np.linspace(0, 1, 120)]
        for name in MEASURES:
            steps = np.abs(np.diff([point[name] for point in way]))
            assert steps.max() < 0.3 + 4 * np.median(steps), name


def test_weight_is_the_volume_of_the_skin(model):
    body = shape_body(model, np.zeros(COMPONENTS))
    volume = enclosed_volume(body.rest_m, model.body.faces[: model.skin_faces])
    assert measure(body)["weight"] == pytest.approx(DENSITY_KG_M3 * volume)


def test_arms_do_not_count_into_the_chest(model):
    """Moving the arms away leaves the trunk's girths as they are."""
    from pipelines.body.measure import measure_rest, tape_for

    body = shape_body(model, np.zeros(COMPONENTS))
    away = body.rest_m.copy()
    away[model.vertices_of("left_hand", "left_forearm")] += np.float32((0.5, 0.4, 0))
    tape = tape_for(model)
    before, after = (measure_rest(tape, rest, body.heads_m) for rest in (body.rest_m, away))
    for name in ("chest", "underbust", "waist", "hip"):
        assert before[MEASURES.index(name)] == pytest.approx(after[MEASURES.index(name)])
