"""Where the samples of skin lie on a body, and where they go in a picture."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.body.conform import project
from pipelines.body.fit import body_from_measurements
from pipelines.body.model import load_body_model
from pipelines.light.face import MARKS, FaceSkin
from pipelines.light.fit import LightState

K = np.array([[600.0, 0, 320], [0, 600.0, 240], [0, 0, 1]])


@pytest.fixture(scope="module")
def body():
    return body_from_measurements(load_body_model(), {"height": 172.0})


@pytest.fixture(scope="module")
def skin(body):
    return FaceSkin.of(body)


@pytest.fixture(scope="module")
def facing(body):
    """Return the bones of the body before the camera, the head in the middle."""
    T = np.tile(np.eye(4, dtype=np.float32), (len(body.heads_m), 1, 1))
    T[:, :3, 3] = (0.0, -1.6, -2.0)
    return T


def test_samples_face_the_camera_with_unit_normals(skin, facing):
    points, normals = skin.seen(facing, K, None)
    assert len(points) == len(normals) > 500
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-3)
    assert (normals[:, 2] > 0.15).mean() > 0.6


def test_samples_turn_with_the_head(skin, facing, body):
    turned = facing.copy()
    angle = np.radians(40.0)
    R = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    turned[:, :3, :3] = R
    _, before = skin.seen(facing, K, None)
    _, after = skin.seen(turned, K, None)
    assert np.allclose(after, before @ R.T, atol=1e-3)


def test_samples_go_where_eyes_and_mouth_are_seen(skin, facing):
    there, _ = skin.seen(facing, K, None)
    marks = project(np.float32(skin.rest_m[: len(MARKS)]) + facing[0, :3, 3], K)
    seen = np.full((33, 2), np.nan, np.float32)
    seen[list(MARKS)] = marks.mean(axis=0) + 1.1 * (marks - marks.mean(axis=0)) + (9.0, -6.0)
    moved, _ = skin.seen(facing, K, seen)
    wanted = marks.mean(axis=0) + 1.1 * (there - marks.mean(axis=0)) + (9.0, -6.0)
    assert np.allclose(moved, wanted, atol=0.05)


@pytest.mark.parametrize("fault", ["elsewhere", "broken"])
def test_landmarks_that_are_no_face_move_nothing(skin, facing, fault):
    there, _ = skin.seen(facing, K, None)
    seen = np.full((33, 2), np.nan if fault == "broken" else 0.0, np.float32)
    assert np.allclose(skin.seen(facing, K, seen)[0], there)


def test_nothing_of_a_face_is_kept():
    kept = set(LightState.__dataclass_fields__)
    assert kept == {"light", "captured_s", "samples", "fitted", "fitted_s", "fitted_brightness", "offset"}
