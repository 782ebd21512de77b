"""Own clothes that stand out beside a T-shirt, painted over with the room behind: flat shapes before known walls."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.own_top import View, looked_at
from pipelines.composite.paint_out import COMES_S, Painted, Patch, laid_over, left_of, paint_out
from pipelines.composite.plate import FINE, LONGEST, Plate
from pipelines.types import CameraFrame
from tests.pipelines.composite.test_own_top import (
    BROWN,
    ELBOWS,
    HIPS,
    SHOULDERS,
    SKIN,
    SWEATER,
    WRISTS,
    layer,
    look,
    matte_of,
    painted,
    shape,
)

BARE_FROM = (0.85, 0.85)
FULL = (480, 640)


def of_room(frame: CameraFrame, known: np.ndarray | None = None) -> Plate:
    """Return the plate of what `frame` shows, known everywhere or where `known` (H/2, W/2) is True."""
    y, u, v = (plane.astype(np.uint16) * FINE for plane in (frame.y, frame.u, frame.v))
    looks = np.full(frame.u.shape, LONGEST, np.uint8)
    return Plate(y, u, v, looks if known is None else looks * known.astype(np.uint8), 0.0, -1.0)


def papered(wall: np.ndarray, view: View, person: np.ndarray) -> View:
    """Return `view` before another wall, luma (H, W)."""
    y = np.where(person > 0, view.frame.y, wall).astype(np.uint8)
    return replace(view, frame=replace(view.frame, y=y))


def steps(
    view: View, plate: Plate, frames: int = 12, others=(), bare_from=BARE_FROM, apart=False
) -> tuple[Patch | None, Painted | None]:
    """Return what is painted after so many frames."""
    own = looked_at(view).colours
    assert own is not None
    patch, painted = None, None
    for i in range(frames):
        now = replace(view, frame=replace(view.frame, captured_s=i / 15))
        patch, painted = paint_out(now, own, bare_from, (False, False), others, apart, plate, painted)
    return patch, painted


def coloured(frame: CameraFrame, mask: np.ndarray) -> CameraFrame:
    """Return `frame` with skin where `mask` (H, W) is set."""
    planes = [
        np.where(over > 0, level, plane).astype(np.uint8)
        for plane, over, level in zip(
            (frame.y, frame.u, frame.v), (mask, mask[::2, ::2], mask[::2, ::2]), SKIN, strict=True
        )
    ]
    return replace(frame, y=planes[0], u=planes[1], v=planes[2])


def over(patch: Patch) -> np.ndarray:
    """Return where (480, 640) something is painted."""
    out = np.zeros(FULL, np.uint8)
    region = patch.region
    out[region.y0 : region.y1, region.x0 : region.x1] = patch.alpha
    return out


EMPTY = look(np.zeros(FULL, np.uint8), arms=np.zeros(FULL, np.uint8)).frame
ROWS, COLUMNS = np.mgrid[:480, :640] // 12
SHELVES = np.where((ROWS + COLUMNS) % 2, 170, 120).astype(np.int16)


def test_what_stands_out_is_painted_over_with_the_room() -> None:
    own = shape(0.05)
    view = look(own)
    patch, painted = steps(view, of_room(EMPTY))
    assert patch is not None
    assert painted is not None
    after = laid_over(view.frame, [patch])
    beside = (own > 0) & (shape(0.012) == 0)
    beside[:185] = False  # shoulders slope
    beside[215:] = False  # a cuff begins
    before = np.abs(view.frame.y.astype(int) - EMPTY.y)[beside].mean()
    assert np.abs(after.y.astype(int) - EMPTY.y)[beside].mean() < 0.25 * before
    assert np.abs(after.u.astype(int) - EMPTY.u)[beside[::2, ::2]].mean() < 4.0


def test_a_papered_wall_goes_on_behind() -> None:
    own = np.maximum(shape(0.05), shape(sleeve=2.0))
    view = papered(SHELVES, look(shape(0.05)), own)
    patch, _ = steps(view, of_room(replace(EMPTY, y=SHELVES.astype(np.uint8))))
    assert patch is not None
    gone = over(patch) > 250
    assert gone.sum() > 2000
    assert np.abs(laid_over(view.frame, [patch]).y.astype(int) - SHELVES)[gone].max() <= 3


def test_cuffs_hands_and_bare_arms_stay() -> None:
    view = look(shape(0.05, 1.9))
    patch, _ = steps(view, of_room(EMPTY))
    assert patch is not None
    arms = np.zeros(FULL, np.uint8)
    for elbow, wrist in zip(ELBOWS, WRISTS, strict=True):
        cv2.line(arms, elbow.round().astype(int), wrist.round().astype(int), (255,), 36)
    assert over(patch)[arms > 0].max() == 0


def test_close_clothes_and_bare_arms_are_left_alone() -> None:
    for own, colour in ((shape(0.01), SWEATER), (shape(0.02), SWEATER), (shape(), BROWN)):
        assert steps(look(own, colour), of_room(EMPTY)) == (None, None)
    view = look(shape(0.05))
    own = looked_at(view).colours
    assert own is not None
    nude = replace(view, frame=look(shape(0.05), SKIN).frame)
    assert paint_out(nude, own, BARE_FROM, (False, False), (), False, of_room(EMPTY), None) == (None, None)


def test_of_an_unknown_room_only_what_is_plain_goes_on() -> None:
    own = np.maximum(shape(0.05), shape(sleeve=2.0))
    seen = cv2.dilate(own, np.ones((25, 25), np.uint8))[::2, ::2] == 0
    patch, _ = steps(look(shape(0.05)), of_room(EMPTY, seen))
    assert patch is not None
    assert np.abs(laid_over(look(shape(0.05)).frame, [patch]).y.astype(int) - EMPTY.y)[over(patch) > 250].max() < 8
    papers = replace(EMPTY, y=SHELVES.astype(np.uint8))
    assert steps(papered(SHELVES, look(shape(0.05)), own), of_room(papers, seen)) == (None, None)


def test_plate_that_does_not_fit_the_picture_is_not_used() -> None:
    own = np.maximum(shape(0.05), shape(sleeve=2.0))
    view = papered(SHELVES, look(shape(0.05)), own)
    assert steps(view, of_room(replace(EMPTY, y=np.roll(SHELVES, 12, axis=1).astype(np.uint8)))) == (None, None)


def test_light_that_changed_is_taken_over() -> None:
    own = np.maximum(shape(0.05), shape(sleeve=2.0))
    view = papered(SHELVES + 8, look(shape(0.05)), own)
    patch, _ = steps(view, of_room(replace(EMPTY, y=SHELVES.astype(np.uint8))))
    assert patch is not None
    gone = over(patch) > 250
    assert np.abs(laid_over(view.frame, [patch]).y.astype(int) - SHELVES - 8)[gone].mean() < 2.0


def test_print_in_the_clothes_goes_with_them() -> None:
    view = look(shape(0.05))
    patch, _ = steps(view, of_room(EMPTY))
    assert patch is not None
    gone = over(patch) > 250
    rows, columns = np.nonzero(gone & (shape(0.045) > 0))
    y, u, v = (plane.copy() for plane in (view.frame.y, view.frame.u, view.frame.v))
    for j, i in zip(rows[::60], columns[::60], strict=True):
        y[j : j + 4, i : i + 4], u[j // 2, i // 2], v[j // 2, i // 2] = 225, 128, 128
    printed = replace(view, frame=replace(view.frame, y=y, u=u, v=v))
    patch, _ = steps(printed, of_room(EMPTY))
    assert patch is not None
    left = np.abs(laid_over(printed.frame, [patch]).y.astype(int) - EMPTY.y)[gone] > 20
    assert left.mean() < 0.05


def test_nothing_is_painted_over_other_people() -> None:
    own = shape(0.05)
    whole, _ = steps(look(own), of_room(EMPTY))
    right = np.zeros(FULL, np.uint8)
    right[:, 330:] = 255
    half, _ = steps(look(own), of_room(EMPTY), others=(matte_of(right),))
    assert whole is not None
    assert half is not None
    assert over(half)[:, 336:].max() == 0
    assert (over(half)[:, :300] > 0).sum() > 0.8 * (over(whole)[:, :300] > 0).sum()


def test_what_is_before_the_garment_is_not_painted_over() -> None:
    arm = np.zeros(FULL, np.uint8)
    cv2.line(arm, (300, 180), (200, 180), (255,), 24)
    view = look(shape(0.05))
    view = replace(view, frame=coloured(view.frame, arm))
    region = view.layer.region
    left = np.ascontiguousarray(255 - arm[region.y0 : region.y1, region.x0 : region.x1])
    patch, _ = steps(replace(view, left=left), of_room(EMPTY))
    assert patch is not None
    inner = (cv2.erode(arm, np.ones((9, 9), np.uint8)) > 0) & (layer_alpha(view) > 0)
    assert over(patch)[inner].max() == 0


def layer_alpha(view: View) -> np.ndarray:
    out, region = np.zeros(FULL, np.uint8), view.layer.region
    out[region.y0 : region.y1, region.x0 : region.x1] = view.layer.rgba[..., 3]
    return out


def test_pieces_come_and_go_softly() -> None:
    view, plate = look(shape(0.05)), of_room(EMPTY)
    own = looked_at(view).colours
    assert own is not None
    painted, strengths = None, []
    for i in range(24):
        room = (
            plate if i < 12 else replace(plate, y=np.ascontiguousarray(plate.y + 60 * FINE))
        )  # not this room any more
        now = replace(view, frame=papered(SHELVES, view, shape(0.06)).frame) if i >= 12 else view
        now = replace(now, frame=replace(now.frame, captured_s=i / 20))
        _, painted = paint_out(now, own, BARE_FROM, (False, False), (), False, room, painted)
        strengths.append(0 if painted is None else int(painted.alpha.max()))
    assert strengths[11] == 255
    assert strengths[-1] == 0
    assert np.abs(np.diff(strengths)).max() <= 255 / (20 * COMES_S) * 2.1
    assert np.all(np.diff(strengths[:12]) >= 0)


def test_matte_is_left_where_nothing_is_painted() -> None:
    view = look(shape(0.05))
    _, painted = steps(view, of_room(EMPTY))
    assert left_of(view.matte, None) is view.matte
    left = left_of(view.matte, painted)
    assert (left < 64).sum() > (view.matte < 64).sum()
    assert np.array_equal(left[90:100, 110:146], view.matte[90:100, 110:146])


@pytest.mark.parametrize("away_px", [5000.0, -5000.0])
def test_who_is_out_of_the_picture_is_not_painted_out(away_px: float) -> None:
    view = look(shape(0.05))
    own = looked_at(view).colours
    assert own is not None
    gone = replace(view, joints_px=view.joints_px + away_px)
    assert paint_out(gone, own, BARE_FROM, (False, False), (), False, of_room(EMPTY), None) == (None, None)


def test_a_smaller_garment_shows_more_to_paint_over() -> None:
    own = shape(0.05)
    areas = []
    for wider_m in (0.02, 0.0):
        patch, _ = steps(replace(look(own), layer=layer(shape(wider_m))), of_room(EMPTY))
        assert patch is not None
        areas.append(int((over(patch) > 127).sum()))
    assert areas[1] > areas[0]


LONG = (2.0, 2.0)
ROW = np.mgrid[:480, :640][0]


@pytest.mark.parametrize("fringed", [False, True])
def test_own_clothes_beside_long_sleeves_go_too(fringed: bool) -> None:
    """Also where the edge of pale cloth, mixed with what is behind, looks like skin."""
    own, drawn = shape(0.05, 1.9), shape(0.01, 2.0)
    view = look(own, garment=drawn)
    hands = np.zeros(FULL, np.uint8)
    for x, y in WRISTS:
        cv2.circle(hands, (round(x), round(y) + 25), 16, (255,), -1)
    view = replace(view, frame=coloured(view.frame, hands), matte=matte_of(own, hands, shape(sleeve=2.0)))
    if fringed:
        view = replace(view, frame=coloured(view.frame, own - cv2.erode(own, np.ones((5, 5), np.uint8))))
    patch, _ = steps(view, of_room(EMPTY), bare_from=LONG)
    assert patch is not None
    beside = (cv2.erode(own, np.ones((3, 3), np.uint8)) > 0) & (shape(0.02, 2.0) == 0)
    beside[:, 240:400] = False  # between arms and trunk
    for rows in ((200, 240), (255, 285)):  # beside the upper arm, and the forearm
        here = beside & (ROW > rows[0]) & (ROW < rows[1])
        assert here.sum() > 300
        assert (over(patch)[here] > 200).mean() > 0.8
    assert over(patch)[hands > 0].max() == 0


def in_trousers(colour: tuple[int, int, int], ends: int = 345) -> View:
    """Return somebody with raised arms in a sweater that ends at a row, above trousers of a colour."""
    own = np.where(ROW > ends, 0, shape(0.05)).astype(np.uint8)
    legs = np.where(ROW > ends, shape(0.05), 0).astype(np.uint8)
    legs[345:470, 290:350] = 255
    raised = np.array([SHOULDERS, HIPS, [(470, 170), (170, 170)], [(560, 170), (80, 170)]], float)
    view = look(np.maximum(own, legs), garment=shape(0.01))
    return replace(view, frame=painted((own, SWEATER), (legs, colour)), joints_px=raised)


def flanks(patch: Patch | None) -> float:
    """Return which share of what stands out beside the hips is painted over, under a long top."""
    whole = np.zeros(FULL, np.uint8) if patch is None else over(patch)
    beside = (shape(0.045) > 0) & (shape(0.02) == 0) & (ROW > 300) & (ROW < 325)
    assert beside.sum() > 200
    return float((whole[beside] > 200).mean())


def test_beside_the_hem_own_clothes_go_where_they_are_told_from_trousers() -> None:
    assert flanks(steps(in_trousers(BROWN), of_room(EMPTY), apart=True)[0]) > 0.8
    assert flanks(steps(in_trousers(BROWN), of_room(EMPTY))[0]) == 0.0


@pytest.mark.parametrize("alone", [False, True])
def test_what_is_told_from_trousers_no_more_fades(alone: bool) -> None:
    """With other pieces that go on being painted, and `alone`: sleeves and trunk are covered."""
    view = in_trousers(BROWN)
    if alone:
        view = replace(view, layer=layer(np.where(ROW < 285, shape(0.08), shape(0.01)).astype(np.uint8)))
    own = looked_at(in_trousers(BROWN)).colours
    assert own is not None
    painted, seen = None, []
    for i in range(24):
        now = replace(view, frame=replace(view.frame, captured_s=i / 15))
        patch, painted = paint_out(now, own, BARE_FROM, (False, False), (), i < 12, of_room(EMPTY), painted)
        seen.append(strength(patch))
    assert seen[11] > 200
    assert all(0 < later < earlier for earlier, later in zip(seen[11:], seen[12:15], strict=False)), seen
    assert seen[12 + round(15 * COMES_S) + 1 :] == [0] * (11 - round(15 * COMES_S))


def strength(patch: Patch | None) -> int:
    """Return how much the room is painted beside the hips."""
    whole = np.zeros(FULL, np.uint8) if patch is None else over(patch)
    return int(np.median(whole[(shape(0.04) > 0) & (shape(0.025) == 0) & (ROW > 302) & (ROW < 323)]))


def test_who_comes_before_what_is_painted_is_seen_at_once() -> None:
    view, matte = in_trousers(BROWN), np.zeros((192, 256), np.uint8)
    _, painted = steps(view, of_room(EMPTY), apart=True)
    own = looked_at(view).colours
    assert own is not None
    matte[115:135] = 255
    now = replace(view, frame=replace(view.frame, captured_s=12 / 15))
    patch, _ = paint_out(now, own, BARE_FROM, (False, False), (matte,), True, of_room(EMPTY), painted)
    assert strength(patch) == 0


def test_trousers_beside_the_hem_are_no_print() -> None:
    """A short sweater, and jeans beside the drawn hem: they lie between that, the room and nothing else."""
    patch, _ = steps(in_trousers(BROWN, ends=295), of_room(EMPTY), apart=True)
    assert patch is not None, "beside the sleeves"
    assert flanks(patch) == 0.0


def test_hips_beside_a_hanging_long_sleeve_stay() -> None:
    """The sleeve hangs beside them, but they lie on its inner side."""
    own, drawn = shape(0.05), shape(0.01)
    arms = [(240.0, 240.0), (400.0, 240.0)], [(240.0, 350.0), (400.0, 350.0)]
    view = replace(look(own, garment=drawn), joints_px=np.array([SHOULDERS, HIPS, *arms]))
    patch, _ = steps(view, of_room(EMPTY), bare_from=LONG)
    assert patch is not None
    assert flanks(patch) == 0.0


def test_bare_arms_under_long_sleeves_that_are_drawn_aside_stay() -> None:
    drawn = np.roll(shape(0.005, 2.0), 8, axis=1)
    patch, _ = steps(look(shape(0.05, 0.5), garment=drawn), of_room(EMPTY), bare_from=LONG)
    bare = (shape(sleeve=2.0) > 0) & (shape(0.07, 0.5) == 0) & (ROW < 320)
    assert (bare & (drawn == 0)).sum() > 200
    assert patch is None or (over(patch)[bare & (drawn == 0)] > 100).mean() < 0.05


def test_own_clothes_in_an_open_front_stay() -> None:
    """Down to the drawn trousers, though the own ones below have another colour."""
    coat, own, legs = shape(0.02), shape(0.07), np.zeros(FULL, np.uint8)
    coat[:, 300:340] = 0
    coat[335:, 260:300] = coat[335:, 340:380] = 255
    coat[318:400, 300:340] = 255
    own[325:] = 0
    legs[325:470, 285:355] = 255
    picture = painted((shape(sleeve=2.0), SKIN), (own, SWEATER), (legs, BROWN))
    view = look(np.maximum(own, legs), garment=coat)
    patch, _ = steps(replace(view, frame=picture), of_room(EMPTY), apart=True)
    assert patch is not None, "beside the hips"
    assert over(patch)[200:312, 305:335].max() == 0


def test_a_wall_goes_on_without_streaks() -> None:
    """Row by row a wall with a grain has other means, which would show as lines."""
    own = np.maximum(shape(0.05), shape(sleeve=2.0))
    rng = np.random.default_rng(3)
    grain = np.repeat(np.repeat(rng.integers(-7, 8, (120, 64)), 4, 0), 10, 1)
    wall = (EMPTY.y.astype(int) + grain[:480, :640]).astype(np.int16)
    seen = cv2.dilate(own, np.ones((25, 25), np.uint8))[::2, ::2] == 0
    view = papered(wall, look(shape(0.05)), own)
    patch, _ = steps(view, of_room(replace(EMPTY, y=wall.astype(np.uint8)), seen))
    assert patch is not None
    levels = patch.levels[..., 0].astype(int)
    both = (levels[1:] > 0) & (levels[:-1] > 0)
    assert both.sum() > 300
    assert np.abs(np.diff(levels, axis=0))[both].mean() < 1.0
