"""Who may come in is told by what a frame costs here."""

import pytest

from server.admission import CAMERA_FPS, USABLE, Admission, cores
from server.errors import TryLater


def admission(least_fps: float = 12.0, cores: float = 2.0, rim_s: float = 0.0) -> Admission:
    made = Admission(least_fps, cores)
    made.look(0.0, 0)
    made.look(100 * rim_s, 100)
    return made


@pytest.mark.parametrize(("worker_s", "room"), [(0.010, 11), (0.029, 4), (0.050, 2), (0.100, 1)])
def test_as_many_come_in_as_leave_everybody_enough_frames(worker_s: float, room: int) -> None:
    house = admission()
    assert house.room(0, worker_s) == room
    for seated in range(room):
        house.check(seated, worker_s)
    with pytest.raises(TryLater, match=r"would see \d+ frames a second.*15 seconds") as refused:
        house.check(room, worker_s)
    assert refused.value.retry_s == 15
    assert house.fps_of(room, worker_s) >= 12 > house.fps_of(room + 1, worker_s)


def test_an_empty_house_takes_one_in_however_slow_it_is() -> None:
    house = admission()
    house.check(0, 5.0)
    with pytest.raises(TryLater):
        house.check(1, 5.0)


def test_this_process_counts_too() -> None:
    assert admission(rim_s=0.02).room(0, 0.02) < admission().room(0, 0.02)


def test_a_moment_without_frames_tells_nothing_of_the_price() -> None:
    house = admission(rim_s=0.01)
    before = house.fps_of(8, 0.02)
    house.look(50.0, 103)
    assert house.fps_of(8, 0.02) == before


def test_a_slow_machine_learns_its_price_too() -> None:
    house = Admission(12.0, 2.0)
    for second in range(10):
        house.look(0.2 * second, 5 * second)
    assert house.fps_of(4, 0.0) == pytest.approx(USABLE * 2.0 / (4 * 0.04))


def test_hours_without_a_shopper_are_no_price() -> None:
    house = Admission(12.0, 2.0)
    for second in range(100):
        house.look(10.0 * second, 0)
    house.look(990.1, 10)
    house.look(990.3, 30)
    assert house.fps_of(10, 0.0) == pytest.approx(USABLE * 2.0 / (10 * 0.01))


def test_more_cores_hold_more_and_nobody_gets_more_than_the_camera_gives() -> None:
    assert admission(cores=16.0).room(0, 0.04) > 5 * admission().room(0, 0.04)
    assert admission(cores=64.0).fps_of(1, 0.04) == CAMERA_FPS


def test_without_a_least_rate_only_the_number_counts() -> None:
    assert admission(least_fps=0.0).room(10, 9.0) == 64


def test_the_machine_has_cores() -> None:
    assert cores() > 0
