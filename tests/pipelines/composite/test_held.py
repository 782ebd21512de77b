"""Things that are held before a drawn top, as flat shapes of colour; and the own colours that they are told from."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipelines.composite.held import COMES_S, GOES_S, Held, held_occlusion
from pipelines.composite.own_colours import ENOUGH, LOOK_S, OwnColours, is_due
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

METRE_PX = 300.0
WALL, SHIRT, TROUSERS = (170, 128, 128), (150, 140, 118), (32, 128, 128)
SKIN, BLUE, WHITE, BLACK = (130, 112, 148), (60, 170, 110), (225, 128, 128), (26, 128, 128)
REGION = Region(230, 120, 410, 340)
FACE_SKIN = SkinChroma(np.array(SKIN[1:], float), np.array([[9.0, 0.0], [0.0, 9.0]]), True)
DOWN, BEFORE, ASIDE = ((205, 360), (435, 360)), ((305, 235), (435, 360)), ((120, 200), (520, 200))
STEP_S = 0.1

Yuv = tuple[int, int, int]
Shape = tuple[np.ndarray, Yuv]
Hands = tuple[tuple[int, int], tuple[int, int]]


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    out = np.zeros((480, 640), np.uint8)
    out[y0:y1, x0:x1] = 255
    return out


CARD = box(270, 190, 320, 240)
BODY = np.maximum(box(240, 130, 400, 330), box(245, 330, 395, 480))


def picture(at_s: float, *things: Shape, shirt: Yuv = SHIRT) -> CameraFrame:
    """Return somebody in a shirt and trousers before a wall, and `things` before them."""
    yuv = np.full((480, 640, 3), WALL, np.uint8)
    yuv[130:330, 240:400], yuv[300:, 245:395] = shirt, TROUSERS
    for mask, colour in things:
        yuv[mask > 0] = colour
    noise = np.random.default_rng(round(1000 * at_s)).integers(-2, 3, yuv.shape)
    y, u, v = np.moveaxis((yuv + noise).astype(np.uint8), 2, 0)
    return CameraFrame(np.ascontiguousarray(y), u[::2, ::2].copy(), v[::2, ::2].copy(), at_s, np.eye(3))


def landmarks(hands: Hands, matte: np.ndarray = BODY) -> Landmarks:
    uv = np.full((33, 2), (320.0, 80.0), np.float32)
    uv[[11, 12, 23, 24]] = (380, 150), (260, 150), (355, 345), (285, 345)
    uv[[15, 17, 19, 21]], uv[[16, 18, 20, 22]] = hands[1], hands[0]
    small = np.asarray(cv2.resize(matte, (256, 192), interpolation=cv2.INTER_AREA))
    return Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), small)


def layer() -> GarmentLayer:
    alpha = np.zeros((480, 640), np.uint8)
    alpha[125:335, 235:405] = 255
    part = alpha[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1]
    rgba = np.ascontiguousarray(np.dstack([part] * 4))
    return GarmentLayer(rgba, np.where(part > 0, np.float32(2.0), np.float32(np.inf)), REGION)


def watch(
    state: Held, seconds: float, hands: Hands, *things: Shape, shirt: Yuv = SHIRT, matte: np.ndarray = BODY
) -> tuple[np.ndarray, Held]:
    """Return how much of the picture (480, 640) is left open at last, and the state after so long."""
    hidden = None
    for _ in range(round(seconds / STEP_S)):
        frame = picture(max(state.seen_s, 0.0) + STEP_S, *things, shirt=shirt)
        hidden, state = held_occlusion(frame, landmarks(hands, matte), layer(), None, FACE_SKIN, METRE_PX, state)
    out = np.zeros((480, 640), np.uint8)
    if hidden is not None:
        out[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1] = hidden
    return out, state


@pytest.fixture(scope="module")
def known() -> Held:
    """What is remembered of who stood there with hanging hands."""
    _, state = watch(Held(), 1.5, DOWN)
    assert state.own.known
    return state


def share(mask: np.ndarray, left_open: np.ndarray) -> float:
    return float((left_open[mask > 0] > 127).mean())


@pytest.mark.parametrize("colour", [BLUE, WHITE, BLACK], ids=["blue", "white", "black as the trousers"])
def test_a_thing_in_a_hand_is_in_front_and_nothing_else(colour: Yuv, known: Held) -> None:
    left_open, _ = watch(known, 1.0, BEFORE, (CARD, colour))
    assert share(CARD, left_open) > 0.95
    assert share(255 - np.asarray(cv2.dilate(CARD, np.ones((9, 9), np.uint8))), left_open) == 0.0


def test_it_comes_after_a_while_and_softly_and_stays_over_a_blink(known: Held) -> None:
    coming, state = watch(known, COMES_S - STEP_S, BEFORE, (CARD, BLUE))
    assert not coming.any()
    while not coming.any():
        coming, state = watch(state, STEP_S, BEFORE, (CARD, BLUE))
    assert coming.max() < 255
    assert state.seen_s < known.seen_s + COMES_S + 2 * STEP_S
    _, state = watch(state, 0.5, BEFORE, (CARD, BLUE))
    _, state = watch(state, STEP_S, BEFORE)
    again, state = watch(state, STEP_S, BEFORE, (CARD, BLUE))
    assert again.max() == 255
    _, state = watch(state, GOES_S + STEP_S, BEFORE)
    assert not state.shown
    gone, _ = watch(state, STEP_S, BEFORE, (CARD, BLUE))
    assert not gone.any()


def test_figures_in_the_colour_of_the_shirt_are_part_of_a_board(known: Held) -> None:
    board = [(CARD, WHITE), (box(280, 200, 290, 210), SHIRT), (box(300, 215, 320, 230), SHIRT)]
    left_open, _ = watch(known, 1.0, BEFORE, *board)
    assert share(CARD, left_open) > 0.95


def test_what_the_matte_misses_of_a_thing_is_in_front_too(known: Held) -> None:
    matte = BODY.copy()
    matte[215:235, 272:290] = 0
    left_open, _ = watch(known, 1.0, BEFORE, (CARD, BLUE), matte=matte)
    assert share(CARD, left_open) > 0.95


def test_no_strip_stays_between_a_thing_and_the_layers_edge(known: Held) -> None:
    card = box(239, 190, 300, 240)
    left_open, _ = watch(known, 1.0, BEFORE, (card, BLUE))
    assert left_open[200:230, 235:296].min() > 200


@pytest.mark.parametrize(
    ("thing", "colour"),
    [(CARD, SKIN), (CARD, (100, 136, 122)), (box(300, 225, 309, 234), BLUE), (box(340, 140, 390, 190), BLUE)],
    ids=["skin", "a shade on the shirt", "small", "away from the hand"],
)
def test_nothing_is_in_front_for(thing: np.ndarray, colour: Yuv, known: Held) -> None:
    left_open, state = watch(known, 1.5, BEFORE, (thing, colour))
    assert not left_open.any()
    assert state.due_s == 0.0


def test_where_much_else_is_strange_nothing_is_in_front(known: Held) -> None:
    left_open, _ = watch(known, 1.5, BEFORE, (CARD, BLUE), (box(345, 130, 400, 330), WHITE))
    assert not left_open.any()
    left_open, _ = watch(known, 1.5, BEFORE, shirt=WHITE)  # a jacket is off
    assert not left_open.any()


def test_nothing_is_learnt_while_a_hand_is_before_the_trunk() -> None:
    left_open, state = watch(Held(), 2.0, BEFORE, (CARD, BLUE))
    assert not left_open.any()
    assert state.own.looks == 0
    left_open, state = watch(state, 1.0, ASIDE)
    assert state.own.known


def test_a_new_shirt_is_learnt_once_the_hands_are_away(known: Held) -> None:
    _, state = watch(known, 3.0, ASIDE, shirt=BLUE)
    left_open, _ = watch(state, 1.5, BEFORE, shirt=BLUE)
    assert not left_open.any()


def test_a_hand_that_is_not_seen_holds_nothing(known: Held) -> None:
    state = known
    unseen = replace(landmarks(BEFORE), visibility=np.zeros(33, np.float32))
    for _ in range(10):
        frame = picture(state.seen_s + STEP_S, (CARD, BLUE))
        hidden, state = held_occlusion(frame, unseen, layer(), None, FACE_SKIN, METRE_PX, state)
        assert hidden is None


@pytest.mark.parametrize("region", [Region(638, 470, 640, 480), Region(300, 478, 330, 480), Region(0, 0, 0, 0)])
def test_a_layer_that_is_hardly_in_the_picture_is_let_pass(region: Region, known: Held) -> None:
    shape = region.y1 - region.y0, region.x1 - region.x0
    sliver = GarmentLayer(np.full((*shape, 4), 255, np.uint8), np.full(shape, 2.0, np.float32), region)
    frame = picture(known.seen_s + 10.0)
    for metre_px in (20.0, METRE_PX, 3000.0):
        hidden, _ = held_occlusion(frame, landmarks(DOWN), sliver, None, FACE_SKIN, metre_px, known)
        assert hidden is None


def test_looks_are_taken_now_and_then_and_after_the_clock_went_back() -> None:
    known = OwnColours(looks=ENOUGH, looked_s=5.0)
    assert not is_due(known, 5.0 + 0.5 * LOOK_S)
    assert is_due(known, 5.0 + LOOK_S)
    assert is_due(known, 4.0)
