"""Linear blend skinning and vertex normals."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pipelines.body.model import COMPONENTS, load_body_model, shape_body
from pipelines.body.skinning import pose_bones, skin_points, vertex_normals


@pytest.fixture(scope="module")
def body():
    return shape_body(load_body_model(), np.zeros(COMPONENTS))


def identity(body):
    return np.tile(np.eye(3), (len(body.model.bone_names), 1, 1))


def posed(body, rotations, T_cam_body):
    model = body.model
    transforms = pose_bones(body.heads_m, model.bone_parents, rotations, T_cam_body)
    return transforms, skin_points(body.rest_m, model.skin_index, model.skin_weight, transforms)


def test_rest_pose_comes_back_when_nothing_turns(body):
    transforms, points = posed(body, identity(body), np.eye(4))
    assert transforms.dtype == points.dtype == np.float32
    assert np.allclose(transforms, np.eye(4), atol=1e-7)
    assert np.allclose(points, body.rest_m, atol=1e-6)


def test_body_moves_rigidly_when_only_the_camera_moves(body):
    T = np.eye(4)
    T[:3, :3] = Rotation.from_euler("xyz", (20, -130, 5), degrees=True).as_matrix()
    T[:3, 3] = (0.3, -1.0, -2.8)
    points = posed(body, identity(body), T)[1]
    assert np.allclose(points, body.rest_m @ T[:3, :3].T + T[:3, 3], atol=1e-5)


def test_elbow_bend_turns_the_forearm_about_the_elbow_and_nothing_else(body):
    model = body.model
    elbow = model.bone("lowerarm01.L")
    rotations = identity(body)
    rotations[elbow] = Rotation.from_rotvec((0, 0, np.radians(70))).as_matrix()
    transforms, points = posed(body, rotations, np.eye(4))
    head = body.heads_m[elbow]
    wrist = body.heads_m[model.bone("wrist.L")]
    moved = transforms[model.bone("wrist.L")] @ np.append(wrist, 1)
    assert np.allclose(moved[:3], rotations[elbow] @ (wrist - head) + head, atol=1e-5)
    assert np.allclose(transforms[elbow] @ np.append(head, 1), np.append(head, 1), atol=1e-6)
    still = ~model.vertices_of("left_forearm", "left_hand", "left_upper_arm")
    assert np.allclose(points[still], body.rest_m[still], atol=1e-6)
    hand = model.vertices_of("left_hand")
    assert np.allclose(points[hand], (body.rest_m[hand] - head) @ rotations[elbow].T + head, atol=2e-3)


def test_children_carry_on_from_their_parents(body):
    """Shoulder then elbow equals the product of both turns about both heads."""
    model = body.model
    shoulder, elbow = model.bone("upperarm01.R"), model.bone("lowerarm01.R")
    rotations = identity(body)
    rotations[shoulder] = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    rotations[elbow] = Rotation.from_euler("y", -60, degrees=True).as_matrix()
    transforms = pose_bones(body.heads_m, model.bone_parents, rotations, np.eye(4))

    def about(bone):
        T, back = np.eye(4), np.eye(4)
        T[:3, :3] = rotations[bone]
        T[:3, 3] = body.heads_m[bone]
        back[:3, 3] = -body.heads_m[bone]
        return T @ back

    assert np.allclose(transforms[elbow], about(shoulder) @ about(elbow), atol=1e-5)


def test_skinning_blends_two_bones_by_their_weights():
    transforms = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    transforms[1, :3, 3] = (0, 2, 0)
    index = np.array([[0, 1, 0, 0]], np.int32)
    weight = np.array([[0.25, 0.75, 0, 0]], np.float32)
    point = np.array([[1, 1, 1]], np.float32)
    assert np.allclose(skin_points(point, index, weight, transforms), [[1, 2.5, 1]])


def test_skinning_writes_into_the_callers_buffer(body):
    model = body.model
    out = np.zeros_like(body.rest_m)
    transforms = pose_bones(body.heads_m, model.bone_parents, identity(body), np.eye(4))
    assert skin_points(body.rest_m, model.skin_index, model.skin_weight, transforms, out) is out
    assert np.allclose(out, body.rest_m, atol=1e-6)


def test_normals_of_a_sphere_point_outward():
    import trimesh

    sphere = trimesh.creation.icosphere(subdivisions=3)
    vertices = sphere.vertices.astype(np.float32)
    normals = vertex_normals(vertices, sphere.faces.astype(np.int32))
    assert np.allclose((normals * vertices).sum(1), 1, atol=0.01)


def test_normals_weigh_faces_by_area():
    vertices = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)  # areas 2 (+z) and 1 (+x)
    assert np.allclose(vertex_normals(vertices, faces)[0], np.array([1, 0, 2]) / np.sqrt(5), atol=1e-6)


def test_normal_of_a_vertex_without_faces_is_zero():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    normals = vertex_normals(vertices, np.array([[0, 1, 2]], np.int32))
    assert np.allclose(normals[3], 0)
    assert np.isfinite(normals).all()
