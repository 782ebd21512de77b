"""Who shows no face where one should be has turned the back; who hides a face once seen has not."""

import numpy as np
import pytest

from pipelines.pose.facing import CHECKS, RECHECK_FRAMES, FacingState, judge_facing, turned_round
from pipelines.types import Landmarks
from tests.pipelines.pose.faces import FRAME, Faces


def person(yaw_deg: float = 0.0, head_px: float = 60.0) -> Landmarks:
    uv, world = np.zeros((33, 2), np.float32), np.zeros((33, 3), np.float32)
    turn = np.array([np.cos(np.radians(yaw_deg)), 0.0, np.sin(np.radians(yaw_deg))])
    for left, half_m, y_px in ((11, 0.17, 160.0), (23, 0.10, 320.0)):
        for landmark, sign in ((left, 1.0), (left + 1, -1.0)):
            world[landmark] = sign * half_m * turn
            uv[landmark] = (320 + 300 * world[landmark, 0], y_px)
    uv[7:9] = (320, 160 - head_px)
    return Landmarks(uv, np.ones(33, np.float32), world, None)


def watch(sights: list[Landmarks], faces: Faces, state: FacingState | None = None) -> FacingState:
    state = state or FacingState()
    for sight in sights:
        state = judge_facing(sight, FRAME, faces, state)
    return state


def test_who_shows_no_face_has_turned_the_back() -> None:
    assert not watch([person()] * (CHECKS - 1), Faces(False)).turned
    assert watch([person()] * CHECKS, Faces(False)).turned


def test_a_back_that_is_a_front_in_the_next_frame_has_not_turned_unless_a_face_is_there() -> None:
    assert watch([person(180.0), person()], Faces(False)).turned
    assert watch([person(180.0), person()], Faces(True)) == FacingState(proven=True)
    assert not watch([person(180.0), person(90.0), person()], Faces(False)).turned


def test_a_face_once_seen_may_hide() -> None:
    faces = Faces(True)
    state = watch([person()], faces)
    faces.answer = False
    assert not watch([person()] * 50, faces, state).turned
    assert faces.asked == 1


def test_after_standing_sideways_the_face_must_be_seen_again() -> None:
    state = watch([person(), person(80.0)], Faces(True))
    assert watch([person()] * CHECKS, Faces(False), state).turned


def test_a_face_that_appears_ends_the_mistake() -> None:
    state = watch([person()] * CHECKS, Faces(False))
    faces = Faces(True)
    state = watch([person()] * RECHECK_FRAMES, faces, state)
    assert (state.turned, faces.asked) == (False, 1)


def test_who_is_said_to_show_the_back_is_believed() -> None:
    faces = Faces(False)
    assert not watch([person(180.0)] * 30, faces).turned
    assert faces.asked == 0


@pytest.mark.parametrize("sight", [person(head_px=20.0), person(55.0), person(head_px=140.0)])
def test_heads_too_small_cut_off_or_in_profile_prove_nothing(sight: Landmarks) -> None:
    assert watch([sight] * 40, Faces(False)) == FacingState()


def test_turning_round_twice_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    one = Landmarks(*(rng.random(shape).astype(np.float32) for shape in ((33, 2), (33,), (33, 3))), None)
    once, twice = turned_round(one), turned_round(turned_round(one))
    assert np.array_equal(once.uv_px[[11, 16, 28, 7]], one.uv_px[[12, 15, 27, 8]])
    assert np.array_equal(once.world_m[15], one.world_m[16] * (1, 1, -1))
    assert np.array_equal(twice.uv_px, one.uv_px)
    assert np.array_equal(twice.world_m, one.world_m)
