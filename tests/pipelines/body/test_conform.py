from dataclasses import replace

import numpy as np
import pytest

from pipelines.body.conform import (
    OWN_CLOTHES_M,
    ROWS,
    Profile,
    TorsoRows,
    conform,
    girth_kept,
    measure_profile,
    project,
)
from pipelines.body.model import Body, load_body_model, shape_body
from pipelines.body.skinning import pose_bones, skin_points
from pipelines.pose.skeleton import posed_joints
from pipelines.types import BodyPose, CameraFrame

K = np.array([[1200.0, 0, 512], [0, 1200.0, 512], [0, 0, 1]])
MIDDLE = slice(4, 11)  # rows clear of armpits and hips


@pytest.fixture(scope="module")
def body() -> Body:
    return shape_body(load_body_model(), np.zeros(24))


@pytest.fixture(scope="module")
def torso(body: Body) -> TorsoRows:
    return TorsoRows.of(body)


def _wide(times: float, deep: float = 1.0) -> Profile:
    ratios = np.tile([times, times, deep, deep], (ROWS, 1))
    return Profile(ratios, np.ones(4), 0.0)


def _seen_profile(body: Body, torso: TorsoRows, more_m: float) -> np.ndarray:
    """Return the ratios of a shopper with raised arms whose matte stands `more_m` off the average skin."""
    model = body.model
    R = np.broadcast_to(np.eye(3), (len(model.bone_names), 3, 3)).copy()
    for side, sign in (("L", 1), ("R", -1)):
        t = np.radians(45.0) * sign
        R[model.bone(f"upperarm01.{side}")] = [[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]]
    at = np.eye(4)
    at[:3, 3] = [0, -1.1, -2.0]
    T = pose_bones(body.heads_m, model.bone_parents, R, at)
    points = skin_points(torso.rest_m, torso.skin_index, torso.skin_weight, T)
    points[:, 0] += more_m * np.sign(points[:, 0])
    uv = project(points, K)
    matte = np.zeros((1024, 1024), np.uint8)
    for row in range(ROWS):
        own = uv[torso.row == row]
        top, bottom = own[:, 1].min() - 3, own[:, 1].max() + 3
        matte[int(top) : int(bottom) + 1, int(np.ceil(own[:, 0].min())) : int(own[:, 0].max()) + 1] = 255
    frame = CameraFrame(matte, matte[::2, ::2], matte[::2, ::2], 0.0, K)
    profile = measure_profile(matte, frame, BodyPose(posed_joints(body, T), T), torso, Profile.neutral())
    return profile.ratios[MIDDLE, :2]


def test_what_own_clothes_may_explain_is_hardly_taken_for_body(body: Body, torso: TorsoRows) -> None:
    half = torso.half_m[MIDDLE, 0].mean()
    for clothes in (0.6 * OWN_CLOTHES_M, OWN_CLOTHES_M, 1.4 * OWN_CLOTHES_M):
        shown = abs(clothes - OWN_CLOTHES_M) / half
        assert np.abs(_seen_profile(body, torso, clothes) - 1).mean() < 0.6 * shown + 0.01


def test_larger_build_than_the_average_is_followed(body: Body, torso: TorsoRows) -> None:
    ratios = _seen_profile(body, torso, OWN_CLOTHES_M + 0.03)
    half = torso.half_m[MIDDLE, 0].mean()
    assert ratios.mean() == pytest.approx(1 + 0.03 / half, abs=0.05)
    assert ratios.mean() > 1.1


def test_loose_garment_keeps_its_girth_on_a_wider_body_and_takes_its_proportions(torso: TorsoRows) -> None:
    loose = {"chest": 20.0, "waist": 25.0, "hip": 18.0}
    ratios = girth_kept(_wide(1.12), torso, loose).ratios
    assert (ratios[:, 0] > 1.02).all()
    assert (ratios[:, 2] < 0.98).all()
    before = np.hypot(*torso.half_m.T)
    after = np.hypot(*(torso.half_m * ratios[:, [0, 2]]).T)
    assert np.allclose(after, before, rtol=1e-6)
    assert np.allclose(ratios[:, 0] / ratios[:, 2], 1.12)


def test_close_garment_stretches_with_the_body_and_a_tight_one_shrinks_with_it(torso: TorsoRows) -> None:
    close = {"chest": 0.0, "waist": 0.0, "hip": 0.0}
    assert np.allclose(girth_kept(_wide(1.1, 1.1), torso, close).ratios, 1.1)
    assert np.allclose(girth_kept(_wide(0.95, 0.95), torso, close).ratios, 1.0)
    tight = dict.fromkeys(close, -10.0)
    assert np.allclose(girth_kept(_wide(0.95, 0.95), torso, tight).ratios, 0.95)


def test_garment_of_unknown_ease_follows_the_body(torso: TorsoRows) -> None:
    profile = _wide(1.1)
    assert girth_kept(profile, torso, {}) is profile
    one = girth_kept(profile, torso, {"hip": 30.0}).ratios
    assert np.allclose(one[:, 0], one[0, 0], atol=0.02)


def test_body_as_it_is_changes_nothing(body: Body, torso: TorsoRows) -> None:
    arms = np.zeros(len(torso.rest_m), np.float32)
    same = conform(torso.rest_m, arms, torso, girth_kept(Profile.neutral(), torso, {"chest": 5.0}))
    assert np.allclose(same, torso.rest_m, atol=1e-6)
    wide = conform(torso.rest_m, arms, torso, replace(Profile.neutral(), ratios=_wide(1.2).ratios))
    assert np.ptp(wide[:, 0]) > 1.1 * np.ptp(torso.rest_m[:, 0])
