"""Trouser legs beside own ones that are drawn as flat outlines."""

import cv2
import numpy as np
import pytest

from pipelines.body.conform import project
from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.leg_outline import LEGS, MUCH_WIDER_M, PLACES, WIDEST_M, LegCloth, LegOutline, follow_outline
from pipelines.outfit import GarmentChoice, Tailor, Wish
from pipelines.pose.skeleton import posed_joints
from pipelines.types import BodyPose, CameraFrame

SIZE = (1280, 960)  # of the picture, upright
K = np.array([[1400.0, 0.0, 480.0], [0.0, 1400.0, 640.0], [0.0, 0.0, 1.0]])
AWAY_M = 2.3
METRE_PX = 1400.0 / AWAY_M


@pytest.fixture(scope="module")
def trousers():
    """Jeans in the rest pose before the camera: (vertices, where they lie on the legs, the pose, faces)."""
    outfit = Tailor(load_catalogue(), load_body_model()).prepare(Wish((GarmentChoice("jeans_straight"),)))
    move = np.array([0.0, -0.9, -AWAY_M], np.float32)
    T = np.tile(np.eye(4, dtype=np.float32), (len(outfit.body.model.bone_names), 1, 1))
    T[:, :3, 3] = move
    worn = outfit.garments[0]
    return worn.rest_m + move, outfit.trousers[0], BodyPose(posed_joints(outfit.body, T), T), worn.faces


def frame_at(captured_s: float) -> CameraFrame:
    y = np.full(SIZE, 128, np.uint8)
    return CameraFrame(y, y[::2, ::2].copy(), y[::2, ::2].copy(), captured_s, K)


def rows_of(cloth: LegCloth, place: int) -> list[np.ndarray]:
    """Return which vertices (V,) of the left and of the right leg lie at a place."""
    near = np.abs(cloth.along - PLACES[place]) < 0.075
    return [near & (cloth.leg == leg) for leg in range(2)]


def own_trousers(trousers, wider_m: float, aside_m: float = 0.0, apron: bool = False) -> np.ndarray:
    """Return the matte of legs like the garment's, so much wider on each side and so far to the right."""
    (points, cloth, _, faces), out = trousers, np.zeros(SIZE, np.uint8)
    uv = (project(points, K) + (aside_m * METRE_PX, 0.0)).round().astype(np.int32)
    for face in faces[(cloth.along > 0.3)[faces].all(axis=1)]:
        cv2.fillConvexPoly(out, uv[face], (255,))
    size = 2 * round(abs(wider_m) * METRE_PX) + 1
    out = (cv2.dilate if wider_m >= 0.0 else cv2.erode)(out, np.ones((1, size), np.uint8))
    if apron:
        cv2.fillConvexPoly(out, cv2.convexHull(np.argwhere(out > 0)[:, ::-1].astype(np.int32)), (255,))
    return np.asarray(cv2.resize(out, (SIZE[1] // 2, SIZE[0] // 2), interpolation=cv2.INTER_AREA))


def sides(points, trousers, place: int) -> np.ndarray:
    """Return where each leg (2, 2) ends left and right in the picture, as its vertices at a place tell."""
    first, cloth, _, _ = trousers
    out = []
    for at in rows_of(cloth, place):
        ends = np.flatnonzero(at)[[first[at, 0].argmin(), first[at, 0].argmax()]]
        out.append(points[ends, 0])
    return np.array(out)


def led(trousers, matte) -> np.ndarray:
    points, cloth, pose, _ = trousers
    return follow_outline(points, cloth, pose, frame_at(0.0), matte, LegOutline.none())[0]


def test_a_leg_that_stands_beside_the_own_one_moves_there_and_stays_as_wide(trousers) -> None:
    moved = led(trousers, own_trousers(trousers, 0.0, aside_m=0.02))
    for place in (4, 6):  # knee and calf
        old, new = sides(trousers[0], trousers, place), sides(moved, trousers, place)
        assert np.abs((new - old).mean(axis=1) - 0.02).max() < 0.003
        assert np.abs(np.ptp(new - old, axis=1)).max() < 0.012  # a few millimetres over the outline


def test_a_leg_is_widened_over_a_thin_rim_on_both_sides(trousers) -> None:
    moved = led(trousers, own_trousers(trousers, 0.008))
    for place in (4, 6):
        wider = (sides(moved, trousers, place) - sides(trousers[0], trousers, place)) * (-1.0, 1.0)
        assert wider.min() > 0.004
        assert 0.014 < wider.sum(axis=1).min() <= wider.sum(axis=1).max() <= 2.0 * WIDEST_M + 1e-4


@pytest.mark.parametrize(
    ("why", "wider_m", "at_most_m"),
    [("narrower", -0.012, 1e-4), ("as wide", 0.0, 0.008), ("much wider", MUCH_WIDER_M + 0.01, 0.006)],
)
def test_legs_stay_where_no_rim_of_theirs_is_left(trousers, why: str, wider_m: float, at_most_m: float) -> None:
    moved = led(trousers, own_trousers(trousers, wider_m))
    for place in (4, 6):
        assert np.abs(sides(moved, trousers, place) - sides(trousers[0], trousers, place)).max() < at_most_m


def test_nobody_in_the_picture_moves_nothing(trousers) -> None:
    assert np.array_equal(led(trousers, np.zeros((640, 480), np.uint8)), trousers[0])


def test_what_hangs_over_both_legs_is_no_outline_of_either(trousers) -> None:
    moved = led(trousers, own_trousers(trousers, 0.012, apron=True))
    knees = sides(moved, trousers, 4) - sides(trousers[0], trousers, 4)
    left, right = knees  # of the shopper: the picture's right and left
    assert np.abs([left[0], right[1]]).max() < 1e-3  # the inner sides stay


def test_hips_and_seat_keep_their_width(trousers) -> None:
    points, cloth, _, _ = trousers
    moved = led(trousers, own_trousers(trousers, 0.015))
    above = cloth.along <= PLACES[0]
    assert above.sum() > 100
    assert np.array_equal(moved[above], points[above])


def test_what_is_seen_in_one_frame_alone_moves_little(trousers) -> None:
    points, cloth, pose, _ = trousers
    still, beside = (own_trousers(trousers, 0.0, aside_m=x) for x in (0.0, 0.02))
    settled, outline = follow_outline(points, cloth, pose, frame_at(0.0), still, LegOutline.none())
    moved, _ = follow_outline(points, cloth, pose, frame_at(1 / 30), beside, outline)
    assert 0.0 < np.abs(moved - settled).max() < 0.005


def test_who_is_not_seen_keeps_the_legs_as_they_were(trousers) -> None:
    points, cloth, pose, _ = trousers
    beside = own_trousers(trousers, 0.0, aside_m=0.02)
    moved, outline = follow_outline(points, cloth, pose, frame_at(0.0), beside, LegOutline.none())
    held, after = follow_outline(points, cloth, pose, frame_at(1 / 30), None, outline)
    assert np.array_equal(held, moved)
    assert after is outline


def test_a_leg_that_points_at_the_camera_stays(trousers) -> None:
    points, cloth, pose, _ = trousers
    matte = own_trousers(trousers, 0.015)
    joints = pose.joints_m.copy()
    for leg in LEGS:  # thigh and calf come forward by all their length
        joints[leg[1]] = joints[leg[0]] + (0.0, -0.1, 0.4)
        joints[leg[2]] = joints[leg[1]] + (0.0, -0.1, 0.4)
    moved, _ = follow_outline(points, cloth, BodyPose(joints, pose.T_cam_rest), frame_at(0.0), matte, LegOutline.none())
    assert np.array_equal(moved, points)


@pytest.mark.parametrize(("wider_m", "told"), [(0.05, True), (0.008, False)])
def test_own_trousers_that_stay_to_be_seen_are_told_after_a_while(trousers, wider_m: float, told: bool) -> None:
    points, cloth, pose, _ = trousers
    wide, none = own_trousers(trousers, wider_m), own_trousers(trousers, 0.0)
    outline, shown = LegOutline.none(), []
    for i in range(60):
        _, outline = follow_outline(points, cloth, pose, frame_at(i / 15), wide if i < 30 else none, outline)
        shown.append(outline.shown)
    assert not any(shown[:5])
    assert shown[29] is told
    assert not shown[59]
    assert np.count_nonzero(np.diff(np.array(shown, int))) == 2 * told  # it does not flicker


def test_only_trousers_follow_legs() -> None:
    tailor = Tailor(load_catalogue(), load_body_model())
    outfit = tailor.prepare(Wish((GarmentChoice("tee_crew"), GarmentChoice("skirt_pencil"))))
    assert outfit.trousers == (None, None)
