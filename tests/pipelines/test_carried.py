"""Between two tracked frames people go on as they went."""

import numpy as np
import pytest

from pipelines.carried import GOES_ON, carried
from pipelines.tryon import Tracked
from pipelines.types import CameraFrame, Landmarks, SeenJoints
from pipelines.wearer import Seen


def frame(at_s: float) -> CameraFrame:
    planes = np.zeros((48, 64), np.uint8), np.zeros((24, 32), np.uint8), np.zeros((24, 32), np.uint8)
    return CameraFrame(*planes, at_s, np.eye(3))


def sight(at_s: float, *people: tuple[int, float]) -> Tracked:
    """People by number, all their points at x."""
    told = []
    for number, x in people:
        uv = np.full((33, 2), x, np.float32)
        landmarks = Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)
        joints = SeenJoints(np.full((12, 2), x), np.ones(12), np.full((19, 3), x / 100))
        told.append(Seen(number, landmarks, joints))
    return Tracked(frame(at_s), tuple(told))


@pytest.mark.parametrize(("coming_s", "share"), [(0.05, 0.5), (0.1, 1.0), (0.15, 1.0)])
def test_who_moves_goes_on_for_most_of_the_way(coming_s: float, share: float) -> None:
    picture = frame(0.1 + coming_s)
    (seen,) = carried(picture, sight(0.0, (0, 10.0)), sight(0.1, (0, 20.0))).people
    assert seen.landmarks is not None
    assert seen.joints is not None
    assert seen.landmarks.uv_px == pytest.approx(20.0 + GOES_ON * share * 10.0)
    assert seen.joints.uv_px == pytest.approx(20.0 + GOES_ON * share * 10.0)
    assert seen.joints.points_m == pytest.approx(0.2 + GOES_ON * share * 0.1)
    assert seen.landmarks.uv_px.dtype == np.float32


@pytest.mark.parametrize(("passed_s", "coming_s"), [(0.5, 0.05), (0.05, 0.5), (0.1, 0.0)])
def test_after_a_pause_people_stay_where_they_were_seen(passed_s: float, coming_s: float) -> None:
    before, last = sight(0.0, (0, 10.0)), sight(passed_s, (0, 20.0))
    (seen,) = carried(frame(passed_s + coming_s), before, last).people
    assert seen.landmarks is not None
    assert seen.landmarks.uv_px == pytest.approx(20.0)


def test_each_goes_their_own_way_and_newcomers_stay() -> None:
    last = sight(0.1, (0, 20.0), (1, 50.0))
    told = carried(frame(0.2), sight(0.0, (0, 10.0)), last)
    assert [round(float(seen.landmarks.uv_px[0, 0]), 1) for seen in told.people if seen.landmarks] == [27.0, 50.0]
    assert told.frame.captured_s == 0.2


def test_who_was_not_seen_is_not_invented() -> None:
    nobody = Tracked(frame(0.1), (Seen(0, None, None),))
    assert carried(frame(0.2), sight(0.0, (0, 10.0)), nobody).people[0].landmarks is None
