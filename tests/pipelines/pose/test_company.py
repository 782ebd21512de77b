"""Who is who among several: numbers, crossings, loss and return, on made-up sights."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.pose.blanked import GREY_LUMA
from pipelines.pose.clothes import clothes_at
from pipelines.pose.company import Company, are_apart, look_round, remembered, settled
from pipelines.pose.finder import Sighting
from pipelines.pose.following import follow, follow_alone
from pipelines.pose.own_matte import with_own_matte
from pipelines.pose.person import COAST_S, Known, Sight, axis_of
from pipelines.pose.presence import PresenceSettings, PresenceState
from pipelines.types import CameraFrame, Landmarks

TORSO = 100.0
RED, BLUE, GREY = (90, 100, 190), (90, 190, 100), (120, 128, 128)


def person_at(x: float, y: float = 150.0, size: float = TORSO) -> Landmarks:
    uv = np.zeros((33, 2), np.float32)
    uv[:11] = (x, y - 0.5 * size)
    for left, right, dx, dy in (
        (11, 12, 0.35, 0.0), (13, 14, 0.45, 0.6), (15, 16, 0.45, 1.1), (19, 20, 0.45, 1.2),
        (23, 24, 0.25, 1.0), (25, 26, 0.25, 1.8), (27, 28, 0.25, 2.6), (31, 32, 0.25, 2.7),
    ):  # fmt: skip
        uv[left], uv[right] = (x + dx * size, y + dy * size), (x - dx * size, y + dy * size)
    empty = Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), np.full((192, 256), 255, np.uint8))
    return with_own_matte(empty, picture({}))


def picture(people: dict[float, tuple[int, int, int]], t_s: float = 0.0) -> CameraFrame:
    """Return a grey picture with torsos of one colour (y, u, v) around the given columns, the last in front."""
    planes = [np.full(shape, value, np.uint8) for shape, value in zip(((480, 640), (240, 320), (240, 320)), GREY)]  # noqa: B905
    for x, colour in people.items():
        for plane, value, part in zip(planes, colour, (1, 2, 2), strict=True):
            plane[150 // part : 260 // part, int(max(0, x - 40)) // part : int(x + 40) // part] = value
    return CameraFrame(*planes, t_s, np.eye(3))


class Finder:
    def __init__(self, *columns: float) -> None:
        self.columns, self.asked = columns, 0

    def find(self, frame: CameraFrame) -> tuple[Sighting, ...]:
        self.asked += 1
        return tuple(Sighting(np.array([x, 150.0]), np.array([x, 250.0])) for x in self.columns)

    def close(self) -> None:
        pass


class Tracker:
    """Sees whoever it is told to; remembers the picture."""

    name = "told"

    def __init__(self, sees: Landmarks | None) -> None:
        self.sees, self.shown, self.resets = sees, None, 0

    def track(self, frame: CameraFrame) -> Landmarks | None:
        self.shown = frame
        return self.sees

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass


def known(number: int, x: float, frame: CameraFrame, **changes: object) -> Known:
    believed = Known(number, PresenceState(believed=True, plausible=9), proven=True)
    return replace(remembered(frame, believed, Sight(person_at(x))), **changes)


def test_nobody_is_looked_for_beside_a_single_shopper() -> None:
    finder, frame = Finder(100.0, 400.0), picture({100.0: RED, 400.0: BLUE})
    both = Company((known(0, 100.0, frame), known(1, 400.0, frame)), frames=99)
    for company in (Company(), both):
        for _ in range(30):
            company = look_round(frame, company, finder, 1)
        assert [person.id for person in company.people] == [0]
    assert finder.asked == 0


def test_a_single_shopper_is_held_for_a_moment_while_somebody_is_before_them() -> None:
    tracker, shopper = Tracker(person_at(300.0)), known(0, 100.0, picture({100.0: RED}))
    seen = follow_alone(picture({100.0: RED}, 0.03), shopper, 0.0, tracker)
    assert seen.landmarks is tracker.sees and not seen.coasting
    tracker.shown = None
    held = follow_alone(picture({120.0: BLUE}, 0.03), shopper, 0.3, tracker)
    assert held.landmarks is shopper.landmarks and held.coasting and tracker.shown is None
    late = follow_alone(picture({120.0: BLUE}, 0.03 + COAST_S), shopper, 0.3, tracker)
    assert late.landmarks is tracker.sees


def test_newcomers_get_numbers_in_the_order_of_appearance_and_no_more_than_asked() -> None:
    frame = picture({100.0: RED, 320.0: BLUE, 540.0: RED})
    people = look_round(frame, Company(), Finder(320.0, 100.0, 540.0), 2).people
    assert sorted(person.id for person in people) == [0, 1]
    assert {person.id: person.strip_px[0] < 320 < person.strip_px[1] for person in people} == {0: True, 1: False}


def test_somebody_already_followed_is_no_newcomer() -> None:
    frame = picture({100.0: RED})
    company = Company((known(0, 100.0, frame),), frames=99)
    assert len(look_round(frame, company, Finder(104.0), 3).people) == 1
    assert len(look_round(frame, company, Finder(104.0, 400.0), 3).people) == 2


def test_nobody_is_looked_for_while_all_places_are_taken() -> None:
    frame = picture({100.0: RED, 400.0: BLUE})
    finder = Finder(100.0, 400.0)
    company = Company((known(0, 100.0, frame), known(1, 400.0, frame)), frames=99)
    look_round(frame, company, finder, 2)
    assert finder.asked == 0


@pytest.mark.parametrize(("colour", "number"), [(RED, 0), (BLUE, 1)])
def test_somebody_who_comes_back_is_known_by_the_clothes(colour, number) -> None:
    early, late = picture({100.0: RED, 400.0: BLUE}), picture({250.0: colour}, 6.0)
    gone = Company((known(0, 100.0, early, idle=True), known(1, 400.0, early, idle=True)), 99)
    back = [p for p in look_round(late, gone, Finder(250.0), 2).people if not p.idle]
    assert [person.id for person in back] == [number]


def test_stranger_takes_a_free_number_not_that_of_somebody_remembered() -> None:
    early, late = picture({100.0: RED}), picture({400.0: BLUE}, 6.0)
    people = look_round(late, Company((known(0, 100.0, early, idle=True),), 99), Finder(400.0), 2).people
    assert {person.id: person.idle for person in people} == {0: True, 1: False}


def test_of_two_close_together_the_second_is_found_too_and_each_gets_an_own_strip() -> None:
    class SurestFinder(Finder):
        """Tells only the first of its columns that is not grey."""

        def find(self, frame: CameraFrame) -> tuple[Sighting, ...]:
            seen = [x for x in self.columns if frame.y[200, int(x)] != GREY_LUMA]
            return Finder(*seen[:1]).find(frame)

    early, late = picture({100.0: RED, 400.0: BLUE}), picture({220.0: RED, 300.0: BLUE}, 0.5)
    gone = Company((known(0, 100.0, early, idle=True), known(1, 400.0, early, idle=True)), 99)
    people = {p.id: p.strip_px for p in look_round(late, gone, SurestFinder(220.0, 300.0), 2).people if not p.idle}
    assert people[0][0] < 220 < people[0][1] <= people[1][0] < 300 < people[1][1]


@pytest.mark.parametrize("found", [(200.0, 420.0), (420.0, 200.0)])
def test_two_who_come_back_at_once_are_told_apart_together(found: tuple[float, float]) -> None:
    """The one in grey is a little like both; who is like one alone gets that number, whoever is sighted first."""
    early = picture({100.0: RED, 400.0: BLUE})
    late = picture({200.0: BLUE, 420.0: GREY}, 6.0)
    gone = Company((known(0, 100.0, early, idle=True), known(1, 400.0, early, idle=True)), 99)
    people = {p.id: p for p in look_round(late, gone, Finder(*found), 2).people if not p.idle}
    assert {i: p.strip_px[0] < 200 < p.strip_px[1] for i, p in people.items()} == {0: False, 1: True}


def test_number_of_who_was_lost_a_moment_ago_goes_to_nobody_in_other_clothes() -> None:
    early = picture({100.0: RED, 400.0: BLUE})
    near, lost = known(0, 100.0, early), known(1, 400.0, early, idle=True)
    for t_s, idle in ((0.5, True), (6.0, False)):  # later they may have changed, and the number is of no other use
        seen = replace(near, seen_s=t_s, at_s=t_s)
        people = look_round(picture({100.0: RED, 300.0: RED}, t_s), Company((seen, lost), 99), Finder(300.0), 2).people
        assert {p.id: p.idle for p in people} == {0: False, 1: idle}


def test_who_is_found_again_elsewhere_than_expected_is_not_taken_for_fast() -> None:
    hidden = known(1, 300.0, picture({300.0: BLUE}), lost=True)
    found = remembered(picture({240.0: BLUE}, 0.033), hidden, Sight(person_at(240.0)))
    assert np.allclose(found.velocity_px_s, hidden.velocity_px_s)
    assert not found.lost


def test_stranger_where_somebody_has_just_been_lost_does_not_get_their_number() -> None:
    early, late = picture({300.0: RED}), picture({300.0: BLUE}, 0.3)
    lost = known(0, 300.0, early, idle=True)
    people = look_round(late, Company((lost,), 99), Finder(300.0), 2).people
    assert {person.id: person.idle for person in people} == {0: True, 1: False}


def test_bigger_person_is_nearer_and_small_differences_change_nothing() -> None:
    frame = picture({100.0: RED, 500.0: BLUE})
    small, big = known(0, 100.0, frame, size_px=80.0), known(1, 500.0, frame, size_px=120.0)
    assert [p.id for p in look_round(frame, Company((small, big)), Finder(), 2).people] == [1, 0]
    alike = replace(big, size_px=82.0)
    assert [p.id for p in look_round(frame, Company((small, alike)), Finder(), 2).people] == [0, 1]


def test_who_shows_where_two_overlap_is_nearer() -> None:
    apart = picture({100.0: RED, 400.0: BLUE})
    red, blue = (known(n, x, apart, size_px=100.0) for n, x in ((0, 100.0), (1, 400.0)))
    met = [replace(p, landmarks=person_at(250.0), velocity_px_s=np.zeros(2)) for p in (red, blue)]
    in_front = picture({250.0: BLUE}, 0.0)
    assert [p.id for p in look_round(in_front, Company(tuple(met)), Finder(), 2).people] == [1, 0]


def test_nearer_person_is_blanked_out_for_the_one_behind() -> None:
    frame = picture({200.0: RED, 300.0: BLUE}, 0.033)
    tracker = Tracker(person_at(300.0))
    sight = follow(frame, known(1, 300.0, picture({300.0: BLUE})), [person_at(200.0)], (), tracker)
    assert not sight.coasting and sight.landmarks is not None
    assert tracker.shown.v[100, 100] == 128 != frame.v[100, 100]
    assert tracker.shown.v[100, 155] == frame.v[100, 155]


def test_hidden_person_coasts_on_and_is_lost_in_the_end() -> None:
    start = picture({300.0: BLUE})
    person = known(1, 300.0, start, velocity_px_s=np.array([60.0, 0.0]))
    tracker = Tracker(person_at(310.0))
    soon = follow(picture({}, 0.3), person, [person_at(310.0)], (), tracker)
    assert soon.coasting
    assert 305 < axis_of(soon.landmarks)[0, 0] < 319
    assert follow(picture({}, 3.0), person, [person_at(310.0)], (), tracker).landmarks is None


def test_torso_cut_by_the_edge_of_the_picture_is_not_taken_for_hidden() -> None:
    low = Tracker(person_at(300.0, y=420.0))
    person = replace(remembered(picture({}), Known(1), Sight(low.sees)), presence=PresenceState(believed=True))
    sight = follow(picture({}, 0.033), person, [person_at(180.0)], (), low)
    assert sight.landmarks is not None and not sight.coasting
    assert sight.hidden < 0.1


def test_tracker_that_has_gone_over_to_the_neighbour_is_not_believed() -> None:
    frame = picture({200.0: RED, 300.0: BLUE}, 0.033)
    tracker = Tracker(person_at(205.0))
    sight = follow(frame, known(1, 300.0, picture({300.0: BLUE})), [person_at(200.0)], (), tracker)
    assert sight.landmarks is None or sight.coasting
    assert tracker.resets == 1


def test_nearer_person_whose_tracker_slides_over_to_who_stands_behind_is_not_believed() -> None:
    before, now = picture({300.0: BLUE, 340.0: RED}), picture({330.0: BLUE, 340.0: RED}, 0.1)
    passer, behind = known(1, 300.0, before, velocity_px_s=np.array([300.0, 0.0])), known(0, 340.0, before)
    for slid, believed in ((340.0, False), (331.0, True)):
        sight = follow(now, passer, [], (behind,), Tracker(person_at(slid, 130.0)))
        assert (sight.landmarks is not None) == believed


def test_who_wears_the_clothes_of_somebody_out_of_sight_is_not_taken_for_another() -> None:
    before = picture({300.0: BLUE}), picture({340.0: RED})
    blue, red = known(1, 300.0, before[0]), known(0, 340.0, before[1], lost=True)
    there = Tracker(person_at(320.0))
    assert follow(picture({320.0: RED}, 0.033), blue, [], (), there, (red,)).landmarks is None
    assert follow(picture({320.0: BLUE}, 0.033), blue, [], (), there, (red,)).landmarks is not None


def test_two_who_are_taken_for_one_are_neither() -> None:
    """Half of the torso that the tracker finds shows the clothes of somebody out of sight, who has come out beside."""
    blue = known(1, 300.0, picture({300.0: BLUE}))
    red = known(0, 340.0, picture({340.0: RED}), lost=True)
    between = Tracker(person_at(320.0))
    both = picture({280.0: BLUE, 360.0: RED}, 0.033)
    assert follow(both, blue, [], (), between, (red,)).landmarks is None
    assert follow(both, blue, [], (), between, ()).landmarks is not None


def test_jump_that_nobody_can_make_is_not_believed_and_a_step_is() -> None:
    person = known(1, 300.0, picture({300.0: BLUE}))
    assert follow(picture({}, 0.033), person, [], (), Tracker(person_at(420.0))).landmarks is None
    assert follow(picture({}, 0.033), person, [], (), Tracker(person_at(312.0))).landmarks is not None


def test_lost_person_is_remembered_and_a_mistake_is_dropped() -> None:
    frame = picture({100.0: RED})
    lost = PresenceState(believed=False, implausible=3)
    proven, mistake = known(0, 100.0, frame, presence=lost), known(1, 400.0, frame, presence=lost, proven=False)
    kept = settled(Company(), [proven, mistake], PresenceSettings(), 2).people
    assert [(person.id, person.idle) for person in kept] == [(0, True)]


def test_people_far_apart_are_tracked_side_by_side_and_close_ones_in_turn() -> None:
    frame = picture({100.0: RED, 400.0: BLUE})
    far = Company((known(0, 100.0, frame), known(1, 400.0, frame)))
    assert are_apart(frame, far)
    assert not are_apart(frame, Company((known(0, 100.0, frame), known(1, 200.0, frame))))
    assert not are_apart(frame, replace(far, people=(far.people[0], replace(far.people[1], lost=True))))


def test_clothes_are_alike_in_another_place_and_unlike_in_another_colour() -> None:
    axis = np.array([[100.0, 150.0], [100.0, 250.0]])
    red, again, blue = (
        clothes_at(picture({x: colour}), axis + (x - 100.0, 0.0))
        for x, colour in ((100.0, RED), (400.0, RED), (100.0, BLUE))
    )
    assert red.alike(again) > 0.95
    assert red.alike(blue) < 0.2
    assert clothes_at(picture({}), axis - (300.0, 0.0)) is None


def test_matte_is_kept_to_the_reach_of_the_own_limbs() -> None:
    matte = person_at(320.0).matte
    assert matte[80, 128] == 255  # the torso
    assert matte[80, 20] == matte[80, 240] == 0
