from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.body.conform import project
from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.outline import BELIEVED, FORGET_S, Offset, Yoke, measure_offset
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.pose.skeleton import posed_joints
from pipelines.types import BodyPose, CameraFrame, MatteU8

K = np.array([[700.0, 0, 320], [0, 700.0, 320], [0, 0, 1]])
SIZE = 640
CLOTHES_M = 0.016
FPS = 30


@pytest.fixture(scope="module")
def body() -> Body:
    return shape_body(load_body_model(), np.zeros(24))


@pytest.fixture(scope="module")
def yoke(body: Body) -> Yoke:
    return Yoke.of(body)


def _pose(body: Body, lowered_deg: float = 40.0, turned_deg: float = 0.0) -> BodyPose:
    """Return somebody at two metres whose arms hang `lowered_deg` below those of the rest pose."""
    model = body.model
    R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
    for side, sign in (("L", -1), ("R", 1)):
        t = np.radians(lowered_deg) * sign
        R[model.bone(f"upperarm01.{side}")] = [[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]]
    at, turn = np.eye(4), np.radians(turned_deg)
    at[:3, :3] = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    at[:3, 3] = [0, -1.2, -2.0]
    T = pose_bones(body.heads_m, model.bone_parents, R, at)
    return BodyPose(posed_joints(body, T), T)


def _matte(body: Body, pose: BodyPose, right_m: float = 0.0, up_m: float = 0.0) -> MatteU8:
    """Return the matte of `body` in clothes, which stands somewhere else than `pose` says."""
    model = body.model
    points = skin_points(body.rest_m, model.skin_index, model.skin_weight, pose.T_cam_rest)
    corners = project(points + np.array([right_m, up_m, 0.0]), K)[model.body.faces[: model.skin_faces]]
    matte = np.zeros((SIZE, SIZE), np.uint8)
    for corner in (16.0 * corners).round().astype(np.int32):
        cv2.fillConvexPoly(matte, corner, 255, shift=4)
    reach = round(2.0 * CLOTHES_M * K[0, 0] / 2.0) + 1
    return np.asarray(cv2.dilate(matte, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))), np.uint8)


def _watched(matte: MatteU8, pose: BodyPose, yoke: Yoke, offset: Offset | None = None, seconds: float = 1.0) -> Offset:
    offset = offset or Offset()
    for _ in range(round(seconds * FPS)):
        frame = CameraFrame(matte, matte[::2, ::2], matte[::2, ::2], max(0.0, offset.at_s) + 1.0 / FPS, K)
        offset = measure_offset(matte, frame, pose, yoke, offset)
    return offset


@pytest.mark.parametrize(("right_m", "up_m"), [(0.02, 0.0), (-0.015, 0.0), (0.0, 0.015), (0.0, -0.02), (0.01, -0.01)])
def test_body_is_led_to_where_the_outline_lies(body: Body, yoke: Yoke, right_m: float, up_m: float) -> None:
    pose = _pose(body)
    here, there = (_watched(_matte(body, pose, *by), pose, yoke) for by in ((0.0, 0.0), (right_m, up_m)))
    assert there.right_m - here.right_m == pytest.approx(BELIEVED[0] * right_m, abs=0.002)
    assert there.up_m - here.up_m == pytest.approx(BELIEVED[1] * up_m, abs=0.002)


def test_clothes_alone_hardly_move_the_body(body: Body, yoke: Yoke) -> None:
    pose = _pose(body)
    offset = _watched(_matte(body, pose), pose, yoke)
    assert abs(offset.right_m) < 0.001
    assert abs(offset.up_m) < 0.005


def test_one_frame_of_a_steady_outline_tells_as_much_as_many(body: Body, yoke: Yoke) -> None:
    pose = _pose(body)
    matte = _matte(body, pose, 0.02, 0.0)
    assert _watched(matte, pose, yoke, seconds=1.0 / FPS).right_m == pytest.approx(_watched(matte, pose, yoke).right_m)


def test_single_odd_outline_moves_a_settled_body_little(body: Body, yoke: Yoke) -> None:
    pose = _pose(body)
    settled = _watched(_matte(body, pose), pose, yoke)
    odd = _watched(_matte(body, pose, 0.03, 0.03), pose, yoke, settled, seconds=1.0 / FPS)
    assert abs(odd.right_m - settled.right_m) < 0.001
    assert abs(odd.up_m - settled.up_m) < 0.001


@pytest.mark.parametrize(("lowered_deg", "turned_deg"), [(-30.0, 0.0), (40.0, 80.0)])
def test_raised_arms_and_a_side_view_tell_nothing(
    body: Body, yoke: Yoke, lowered_deg: float, turned_deg: float
) -> None:
    pose = _pose(body, lowered_deg, turned_deg)
    known = Offset(0.01, 0.02, (1.0, 1.0), 0.0)
    later = _watched(_matte(body, pose, 0.02, 0.02), pose, yoke, known, seconds=1.0)
    fade = np.exp(-1.0 / FORGET_S)
    assert (later.right_m, later.up_m) == pytest.approx((0.01 * fade, 0.02 * fade))


def test_nobody_in_the_matte_tells_nothing(body: Body, yoke: Yoke) -> None:
    nobody = np.zeros((SIZE, SIZE), np.uint8)
    assert replace(_watched(nobody, _pose(body), yoke), at_s=-1.0) == Offset()


def test_moved_pose_is_the_same_pose_elsewhere(body: Body) -> None:
    pose = _pose(body)
    moved = Offset(0.01, -0.02).applied(pose)
    assert moved.joints_m - pose.joints_m == pytest.approx(
        np.tile((0.01, -0.02, 0.0), (len(pose.joints_m), 1)), abs=1e-6
    )
    assert moved.joints_m == pytest.approx(posed_joints(body, moved.T_cam_rest), abs=1e-5)
