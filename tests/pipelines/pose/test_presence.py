"""Only people are believed: proportions, a face, patience."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.pose.presence import PresenceSettings, PresenceState, judge_presence
from pipelines.types import Landmarks
from tests.pipelines.pose.faces import FRAME, Faces

SETTINGS = PresenceSettings()


def person(torso_px: float = 150.0, shoulders_px: float = 95.0) -> Landmarks:
    uv = np.zeros((33, 2), np.float32)
    uv[11], uv[12] = (320 + shoulders_px / 2, 150), (320 - shoulders_px / 2, 150)
    uv[23], uv[24] = (350, 150 + torso_px), (290, 150 + torso_px)
    return Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), None)


def watch(sights: list[Landmarks | None], faces: Faces) -> list[PresenceState]:
    state, out = PresenceState(), []
    for sight in sights:
        state = judge_presence(sight, FRAME, faces, state, SETTINGS)
        out.append(state)
    return out


def test_somebody_with_a_face_is_believed_at_once() -> None:
    assert watch([person()], Faces(True))[0].believed


def test_somebody_without_a_face_is_believed_after_patience() -> None:
    believed = [s.believed for s in watch([person()] * 6, Faces(False))]
    assert believed == [False] * 4 + [True] * 2


def test_clothes_whose_collar_seems_a_head_are_not_believed_without_a_face() -> None:
    sunk = person()
    sunk.uv_px[:11] = (320, 120)
    assert not any(s.believed for s in watch([sunk] * 20, Faces(False)))
    assert watch([sunk], Faces(True))[0].believed


@pytest.mark.parametrize(("hands", "believed"), [("on the person", True), ("beside", False), ("outside", True)])
def test_hands_that_lie_on_nobody_are_not_believed_without_a_face(hands: str, believed: bool) -> None:
    matte = np.zeros((192, 256), np.uint8)
    matte[:, 100:156] = 255
    one = replace(person(), matte=matte)
    one.uv_px[[15, 16]] = {"on the person": (320, 240), "beside": (60, 240), "outside": (320, 900)}[hands]
    assert watch([one] * 6, Faces(False))[-1].believed is believed


def test_faces_are_not_looked_for_once_somebody_is_believed() -> None:
    faces = Faces(True)
    watch([person()] * 10, faces)
    assert faces.asked == 1


def test_a_small_or_broad_shape_is_never_believed_even_with_a_face() -> None:
    for shape in (person(torso_px=40), person(torso_px=100, shoulders_px=200)):
        assert not any(s.believed for s in watch([shape] * 20, Faces(True)))


def test_a_side_view_with_narrow_shoulders_is_believed() -> None:
    assert watch([person(shoulders_px=4)], Faces(True))[0].believed


def test_somebody_believed_survives_two_bad_frames_and_not_three() -> None:
    states = watch([person(), None, None, person(), None, None, None], Faces(True))
    assert [s.believed for s in states] == [True, True, True, True, True, True, False]


def test_the_tracker_searches_afresh_when_it_is_locked_on_a_thing() -> None:
    states = watch([person(torso_px=20)] * 20, Faces(False))
    assert [i for i, s in enumerate(states) if s.search_afresh] == [9, 19]


def test_an_empty_room_needs_no_fresh_search() -> None:
    assert not any(s.search_afresh for s in watch([None] * 30, Faces(False)))


def test_threshold_gives_room_to_whoever_is_believed() -> None:
    edge = person(torso_px=0.15 * 480 - 4, shoulders_px=40)
    assert not watch([edge] * 10, Faces(True))[-1].believed
    assert all(s.believed for s in watch([person(), edge, edge, edge, edge], Faces(True)))


def test_landmarks_are_not_changed() -> None:
    sight = person()
    before = replace(sight, uv_px=sight.uv_px.copy())
    watch([sight], Faces(True))
    assert np.array_equal(before.uv_px, sight.uv_px)
