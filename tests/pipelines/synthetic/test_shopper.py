"""The synthetic shopper as a camera."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.errors import InputRejected
from pipelines.pose.tracker import load_tracker
from pipelines.synthetic.figure import naked_of
from pipelines.synthetic.rig import true_joints
from pipelines.synthetic.shopper import SyntheticShopper, camera_frame, camera_matrix
from pipelines.synthetic.wardrobe import Outfit, arm_share, make_shirt, make_trousers
from pipelines.types import JOINTS

BODY_POINTS = [*range(11, 17), *range(23, 29)]  # shoulders to wrists, hips to ankles
LANDMARK_OF = {"left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13, "right_wrist": 16, "left_knee": 25}


@pytest.fixture(scope="module")
def shopper():
    made = SyntheticShopper(3, 480, 640, "gesture")
    yield made
    made.close()


def project(frame) -> np.ndarray:
    K, p = frame.frame.K, frame.joints_m
    return np.stack([K[0, 2] - K[0, 0] * p[:, 0] / p[:, 2], K[1, 2] + K[1, 1] * p[:, 1] / p[:, 2]], 1)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize(
    ("seed", "size", "motion", "seen_at_least"),
    [(0, (480, 360), "raise", 0.95), (3, (480, 640), "sway", 0.95), (1, (480, 360), "cross", 0.90)],
)
def test_landmark_network_sees_every_body_point_where_it_is(seed, size, motion, seen_at_least):
    made = SyntheticShopper(seed, *size, motion)
    tracker = load_tracker("bundled")
    try:
        for index in range(0, 60, 10):
            film = made.frame(index)
            seen = tracker.track(film.frame)
            assert seen is not None
            assert seen.visibility[BODY_POINTS].min() >= seen_at_least
            uv = project(film)
            left, right = (film.joints_m[JOINTS.index(f"{side}_shoulder")] for side in ("left", "right"))
            width_px = film.frame.K[0, 0] * np.linalg.norm(left - right) / -left[2]
            for joint, landmark in LANDMARK_OF.items():
                away = np.linalg.norm(seen.uv_px[landmark] - uv[JOINTS.index(joint)]) / width_px
                assert away < 0.40, f"{joint} at frame {index}"  # landmarks are not joints, but they are near them
    finally:
        tracker.close()
        made.close()


def test_mask_and_joints_agree(shopper):
    film = shopper.frame(20)
    for (u, v), joint in zip(project(film), JOINTS, strict=True):
        if joint != "head":
            assert film.person[round(float(v)), round(float(u))] > 127, joint
    share = (film.person > 127).mean()
    assert 0.05 < share < 0.5


def test_same_seed_films_the_same_picture_and_another_seed_another(shopper):
    again, other = SyntheticShopper(3, 480, 640, "gesture"), SyntheticShopper(4, 480, 640, "gesture")
    first = shopper.frame(7)
    assert difference(first.bgr, again.frame(7).bgr) < 0.05
    assert difference(first.bgr, other.frame(7).bgr) > 2
    again.close()
    other.close()


def test_film_truth_is_the_posed_skeleton(shopper):
    film = shopper.frame(11)
    T = shopper.pose(11 / shopper.fps)
    assert np.array_equal(film.T_cam_rest, T)
    assert np.array_equal(film.joints_m, true_joints(shopper.body.model.bone_names, shopper.body.heads_m, T))
    assert film.frame.captured_s == pytest.approx(11 / 30)


def test_camera_frame_keeps_colours_within_what_chroma_subsampling_loses():
    bgr = np.full((8, 8, 3), (40, 120, 200), np.uint8)
    frame = camera_frame(bgr, 0.0, camera_matrix(8, 8, 1.0))
    assert frame.y.shape == (8, 8) and frame.u.shape == frame.v.shape == (4, 4)
    y, u, v = (float(plane.mean()) for plane in (frame.y, frame.u, frame.v))
    red = 1.164 * (y - 16) + 1.596 * (v - 128)
    blue = 1.164 * (y - 16) + 2.018 * (u - 128)
    assert (red, blue) == (pytest.approx(200, abs=3), pytest.approx(40, abs=3))


def test_waistband_is_a_level_band_between_shirt_and_trousers(shopper):
    naked, outfit = naked_of(shopper.body), Outfit()
    trousers, belt = make_trousers(naked, outfit, 1)
    shirt = make_shirt(naked, outfit, 1)
    top = naked.hip_y_m + outfit.waist_over_hip_m
    assert belt.rest_m[:, 1].max() == pytest.approx(top, abs=0.012)
    assert np.ptp(belt.rest_m[:, 1]) == pytest.approx(0.038, abs=0.015)
    trunk = arm_share(shirt, naked.rig) < 0.5
    assert shirt.rest_m[trunk, 1].min() < top - 0.01  # tucked in: no skin between
    assert trousers.rest_m[:, 1].max() > top - 0.012


def test_shoppers_come_and_go_without_taking_each_others_canvas(shopper):
    before = shopper.frame(3).bgr
    SyntheticShopper(8, 64, 48).close()
    assert difference(shopper.frame(3).bgr, before) < 0.05


def test_unknown_framing_is_refused_by_name():
    with pytest.raises(InputRejected, match='"selfie".*knees'):
        SyntheticShopper(framing="selfie")
