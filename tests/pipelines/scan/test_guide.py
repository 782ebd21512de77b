"""What somebody who is being measured is told, and when they are done."""

from dataclasses import replace

import pytest

from pipelines.scan.guide import LOST_S, TIMEOUT_S, VIEW_S, ScanWish, advance, begin, cancelled, is_alone_among
from pipelines.scan.words import WORDS, words
from tests.pipelines.scan.paper import HEIGHT_CM, nobody, person

WISH = ScanWish(HEIGHT_CM)
HZ = 10


def seen(scan, seconds, start_s=0.0, **how):
    for number in range(round(seconds * HZ)):
        scan = advance(scan, person(start_s + number / HZ, **how))
    return scan


def test_a_scan_goes_from_the_front_to_the_side_and_ends_with_measures():
    scan = begin(WISH)
    assert (scan.step, scan.progress) == ("front", 0.0)
    scan = seen(scan, VIEW_S / 2)
    assert scan.step == "front" and scan.hint == "hold" and 0.2 < scan.progress < 0.3
    scan = seen(scan, VIEW_S, VIEW_S / 2)
    assert scan.step == "side" and scan.hint == "turn_sideways" and scan.progress == pytest.approx(0.5)
    scan = seen(scan, VIEW_S + 0.5, 10.0, yaw_deg=88.0)
    assert scan.step == "done" and scan.hint is None and scan.progress == 1.0
    assert {one.name for one in scan.found} == {"chest", "navel_waist", "hip"}
    assert all(one.source == "camera" and one.error for one in scan.found)
    assert scan.outlines == ()  # nothing of the pictures is kept


def test_a_front_view_alone_gives_breadths_alone():
    scan = seen(begin(replace(WISH, views=("front",))), VIEW_S + 0.5)
    assert scan.step == "done"
    assert {one.name for one in scan.found} == {"waist_breadth", "hip_breadth"}


@pytest.mark.parametrize(
    ("how", "hint"),
    [
        ({"arms": "down"}, "arms_away"),
        ({"yaw_deg": 30.0}, "face_camera"),
        ({"yaw_deg": 140.0}, "face_camera"),
        ({"alone": False}, "one_person"),
        ({"luma": 30}, "more_light"),
        ({"down_px": 60.0}, "step_back"),
        ({"down_px": -60.0}, "step_back"),
    ],
)
def test_what_is_wrong_is_said_and_takes_no_time_off(how, hint):
    scan = seen(begin(WISH), 2.0, **how)
    assert (scan.step, scan.hint, scan.progress) == ("front", hint, 0.0)


def test_whose_face_is_too_small_to_be_told_from_a_back_is_measured_all_the_same():
    assert seen(begin(WISH), VIEW_S + 0.5, yaw_deg=175.0).step == "side"


def test_whoever_faces_the_camera_is_asked_to_turn_for_the_side():
    scan = seen(seen(begin(WISH), VIEW_S + 0.5), 1.0, 10.0)
    assert (scan.step, scan.hint) == ("side", "turn_sideways")


def test_who_moves_is_asked_to_hold_still():
    scan = begin(WISH)
    for number in range(20):
        scan = advance(scan, person(number / HZ, shift_px=8.0 * number))
    assert scan.hint == "hold_still" and scan.progress < 0.05


def test_who_leaves_for_a_moment_goes_on_and_who_stays_away_is_refused():
    scan = seen(begin(WISH), 2.0)
    before = scan.progress
    scan = advance(scan, nobody(5.0))
    assert scan.hint == "nobody" and scan.progress == before
    scan = seen(scan, 1.0, 6.0)
    assert scan.progress > before
    scan = advance(scan, nobody(7.0 + LOST_S))
    assert (scan.step, scan.hint, scan.outlines) == ("refused", "lost", ())
    assert advance(scan, person(30.0)) is scan


def test_in_the_dark_nobody_is_told_to_turn_on_a_light():
    assert advance(begin(WISH), nobody(0.0, luma=30)).hint == "more_light"


def test_nothing_but_black_is_said_to_be_a_covered_camera():
    assert advance(begin(WISH), nobody(0.0, luma=17)).hint == "covered"


def test_a_view_that_never_comes_ends():
    scan = begin(WISH)
    for second in range(int(TIMEOUT_S) + 2):
        scan = advance(scan, person(float(second), arms="down"))
    assert (scan.step, scan.hint) == ("refused", "timeout")


def test_a_scan_that_finds_nothing_plausible_is_refused():
    scan = seen(begin(replace(WISH, views=("front",), height_cm=45.0)), VIEW_S + 0.5)
    assert (scan.step, scan.hint) == ("refused", "unclear")


def test_few_frames_a_second_take_longer_rather_than_too_few_frames():
    scan = begin(WISH)
    for second in range(8):
        scan = advance(scan, person(float(second)))
    assert scan.step == "front"


def test_cancelling_forgets_what_was_seen():
    scan = cancelled(seen(begin(WISH), 2.0))
    assert (scan.step, scan.hint, scan.outlines, scan.found, scan.running) == ("cancelled", None, (), (), False)


def test_others_count_when_they_are_about_as_large():
    class Somebody:
        def __init__(self, size):
            import numpy as np

            self.shoulders_px, self.hips_px = np.zeros(2), np.array([0.0, size])

    assert is_alone_among([]) and is_alone_among([Somebody(100)]) and is_alone_among([Somebody(100), Somebody(30)])
    assert not is_alone_among([Somebody(60), Somebody(100)])


def test_every_hint_has_words_in_both_languages():
    for hint, said in WORDS.items():
        assert set(said) == {"en", "zh"} and all(said.values()), hint
    assert words(None) == {}
