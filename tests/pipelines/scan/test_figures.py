"""From outlines to evidence."""

import numpy as np
import pytest

from pipelines.scan.figures import BREADTHS, GIRTHS, LOOSE_CM, calibration, measured, scale_cm, settled, station
from pipelines.scan.outline import LEVELS, Outline
from pipelines.sizing.estimate import estimate
from pipelines.sizing.evidence import Evidence


def outlines(view, breadth_cm, frames=20, noise=0.3, seed=1):
    rng = np.random.default_rng(seed)
    return [Outline(view, np.full(len(LEVELS), breadth_cm) + rng.normal(0, noise), 0.0) for _ in range(frames)]


def by_name(found):
    return {one.name: one for one in found}


def test_a_few_frames_that_are_far_off_change_nothing():
    good = outlines("front", 32.0)
    bad = outlines("front", 60.0, frames=4)
    plain, mixed = (by_name(measured(some, "fitted")) for some in (good, good + bad))
    assert mixed["hip_breadth"].value == pytest.approx(plain["hip_breadth"].value, abs=0.2)


def test_too_few_frames_tell_nothing():
    assert measured(outlines("front", 32.0, frames=2), "fitted") == ()
    hidden = Outline("front", np.full(len(LEVELS), np.nan), 0.0)
    assert measured([*outlines("front", 32.0, frames=5), *[hidden] * 40], "fitted") == ()


def test_loose_clothes_are_taken_off_and_leave_more_open():
    fitted, loose = (by_name(measured(outlines("front", 34.0, noise=0.0), clothes)) for clothes in ("fitted", "loose"))
    for name in fitted:
        line = calibration()[name]
        assert fitted[name].value == pytest.approx(line(34.0), abs=0.01)
        assert loose[name].value == pytest.approx(line(34.0 - LOOSE_CM), abs=0.01)
        assert loose[name].error > fitted[name].error + 0.1


def test_a_station_of_which_half_is_hidden_is_not_known():
    breadth = np.full(len(LEVELS), 30.0)
    breadth[LEVELS > 0.66] = np.nan
    assert np.isnan(station(Outline("front", breadth, 0.0), "chest_breadth"))
    assert station(Outline("front", breadth, 0.0), "waist_breadth") == 30.0


def test_settled_is_the_middle_of_what_agrees():
    assert settled(np.array([30.0, 30.1, 29.9, 30.0, 45.0])) == pytest.approx(30.0, abs=0.06)
    assert settled(np.array([np.nan, 30.0, 31.0])) is None


def test_calibrated_lines_are_lines_of_a_silhouette():
    lines = calibration()
    assert set(lines) == {*GIRTHS, *BREADTHS}
    for name, line in lines.items():
        assert 0.85 < line.breadth + line.depth < 1.2, name  # a body twice as large has about twice the girth
        assert 0.005 < line.error < 0.08, name
    assert 70 < lines["navel_waist"](29.0, 22.0) < 90  # with cloth and the edge of the matte in both


def test_the_camera_narrows_what_height_and_weight_leave_open():
    told = [Evidence("height", 172.0, "measured"), Evidence("weight", 70.0, "measured")]
    seen = measured([*outlines("front", 33.0), *outlines("side", 24.0)], "fitted")
    alone, together = (
        estimate(told, "male").figure("navel_waist"),
        estimate([*told, *seen], "male").figure("navel_waist"),
    )
    assert together.high - together.low < 0.75 * (alone.high - alone.low)
    assert together.source == "camera"


def test_a_side_view_turns_breadths_into_girths():
    front, side = outlines("front", 33.0), outlines("side", 24.0)
    assert set(by_name(measured(front, "fitted"))) == {"waist_breadth", "hip_breadth"}
    assert set(by_name(measured([*front, *side], "fitted"))) == {"chest", "navel_waist", "hip"}
    assert measured(side, "fitted") == ()


def test_a_height_that_is_less_sure_makes_everything_less_sure():
    seen = [*outlines("front", 33.0), *outlines("side", 24.0)]
    sure, unsure = (by_name(measured(seen, "fitted", error)) for error in (0.0, 0.02))
    for name in sure:
        assert unsure[name].value == sure[name].value and unsure[name].error > sure[name].error


def test_told_heights_lose_what_people_add():
    value, error = scale_cm(172.0, "told")
    assert 169.5 < value < 171.5 and 1.0 < error < 3.5
    value, error = scale_cm(172.0, "measured")
    assert value == pytest.approx(172.0, abs=0.05) and error < 0.3
