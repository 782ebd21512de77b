"""Whether own trousers are told from the own top: flat shapes, a sweater above trousers, under a long drawn top."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.own_hem import APPEARS_S, EDGE_S, GOES_S, Hem, counted, followed, trousers_told
from pipelines.composite.own_top import LOOK_S, View, looked_at
from pipelines.types import GarmentLayer, Region
from tests.pipelines.composite.test_own_top import BLACK, BROWN, SKIN, SWEATER, look, painted, shape
from tests.pipelines.composite.test_paint_out import in_trousers


def told(view: View) -> bool:
    own = looked_at(view).colours
    assert own is not None
    return trousers_told(view, own)


def over(view: View, quad: tuple[tuple[int, int], tuple[int, int]], colour: tuple[int, int, int]) -> View:
    """Return `view` with a rectangle of a colour before the person."""
    (x0, y0), (x1, y1) = quad
    y, u, v = (plane.copy() for plane in (view.frame.y, view.frame.u, view.frame.v))
    y[y0:y1, x0:x1], u[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = colour[0], colour[1]
    v[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2] = colour[2]
    return replace(view, frame=replace(view.frame, y=y, u=u, v=v))


def test_other_trousers_are_told_and_the_same_are_not() -> None:
    assert told(in_trousers(BROWN, ends=320))
    assert not told(in_trousers(SWEATER, ends=320))


@pytest.mark.parametrize(
    ("what", "quad", "colour"),
    [
        ("belt", ((260, 322), (380, 334)), BROWN),
        ("hands", ((280, 300), (360, 350)), SKIN),
        ("shirt", ((260, 320), (380, 345)), BROWN),  # below a sweater, above trousers of the sweater's colour
    ],
)
def test_neither_belts_nor_hands_nor_shirts_tell(what: str, quad, colour) -> None:
    assert not told(over(in_trousers(SWEATER, ends=320), quad, colour)), what


def test_what_is_before_the_garment_does_not_tell() -> None:
    view = over(in_trousers(SWEATER, ends=320), ((280, 290), (360, 480)), BLACK)
    assert told(view), "it has the colour of no sweater"
    region = view.layer.region
    left = np.full(view.layer.rgba.shape[:2], 255, np.uint8)
    left[290 - region.y0 :, 280 - region.x0 : 360 - region.x0] = 0
    drawn = replace(view.layer, rgba=np.full_like(view.layer.rgba, 255))
    assert not told(replace(view, layer=drawn, left=left))


def test_the_room_between_legs_does_not_tell() -> None:
    own = np.maximum(shape(0.05), 0)
    for x in (275, 365):
        cv2.rectangle(own, (x - 20, 330), (x + 20, 470), (255,), -1)
    view = look(own, garment=shape(0.01))
    assert not told(replace(view, frame=painted((own, SWEATER))))


@pytest.mark.parametrize(
    ("region", "reaches"),
    [(Region(180, 110, 460, 480), True), (Region(180, 110, 460, 440), False), (Region(0, 0, 0, 0), False)],
)
def test_where_the_garment_reaches_the_lower_edge_no_trousers_are_to_be_seen(region: Region, reaches: bool) -> None:
    view = in_trousers(SWEATER)
    own = looked_at(view).colours
    assert own is not None
    rows, columns = region.y1 - region.y0, region.x1 - region.x0
    drawn = GarmentLayer(np.full((rows, columns, 4), 255, np.uint8), np.ones((rows, columns), np.float32), region)
    view = replace(view, layer=drawn, frame=replace(view.frame, captured_s=7.0))
    hem = followed(Hem(), view, own)
    assert (hem.is_apart(7.0), hem.told) == (reaches, False)
    assert not hem.is_apart(7.0 + EDGE_S), "it is no memory of trousers"


def test_trousers_are_known_after_some_looks_and_for_a_while() -> None:
    hem, now_s, changes = Hem(), 0.0, []
    for seen, seconds in ((True, 2.0), (False, 8.0)):
        begun_s = now_s
        while now_s < begun_s + seconds:
            before, now_s = hem.told, now_s + LOOK_S
            hem = counted(hem, seen, now_s)
            if hem.told != before:
                changes.append((hem.told, now_s - begun_s))
    assert [told for told, _ in changes] == [True, False]
    assert APPEARS_S <= changes[0][1] < APPEARS_S + 3 * LOOK_S
    assert changes[1][1] == pytest.approx(GOES_S, abs=2 * LOOK_S)


def test_one_look_tells_nothing() -> None:
    hem = counted(counted(Hem(), False, 1.0), True, 1.0 + LOOK_S)
    assert not hem.told
    assert not counted(hem, False, 1.0 + 2 * LOOK_S).told
    assert counted(Hem(5.0, GOES_S, True), True, 2.0).told, "time that goes back"
