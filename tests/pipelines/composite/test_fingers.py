"""A hand with thin fingers before cloth, coded as cameras do: chroma at half the size."""

import cv2
import numpy as np
import pytest

from pipelines.composite.fingers import with_fingers

SKIN, GREEN, RED, GREY = (80, 118, 146), (130, 112, 112), (110, 108, 190), (130, 127, 128)
PALM, RADIUS = (40, 60), 40.0
FINGERS = ((18, 20), (32, 14), (46, 14), (60, 20))


def drawn(cloth: tuple, shadow: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return (all of the hand, palm alone, y, u, v)."""
    hand = np.zeros((100, 80), np.uint8)
    cv2.ellipse(hand, PALM, (16, 18), 0, 0, 360, (255,), -1)
    palm = hand.copy()
    for tip in FINGERS:
        cv2.line(hand, (PALM[0] + (tip[0] - PALM[0]) // 3, 50), tip, (255,), 3)
    yuv = np.where(hand[..., None] > 0, np.array(SKIN, np.float32), np.array(cloth, np.float32))
    if shadow:  # beside the palm, as long as a finger
        dark = np.zeros_like(hand)
        cv2.line(dark, (52, 68), (72, 80), (255,), 4)
        lit = np.array([16.0, 128.0, 128.0])
        yuv = np.where((dark > 0)[..., None] & (hand[..., None] == 0), lit + 0.55 * (yuv - lit), yuv)
    yuv = yuv + np.random.default_rng(0).normal(0.0, 1.5, yuv.shape)
    y = np.clip(yuv[..., 0], 16, 235).astype(np.uint8)
    u, v = (cv2.resize(yuv[..., c], (40, 50), interpolation=cv2.INTER_AREA).round().astype(np.uint8) for c in (1, 2))
    return hand, palm, y, u, v


def test_fingers_of_three_pixels_are_followed_to_their_tips() -> None:
    hand, palm, *planes = drawn(GREEN)
    grown = with_fingers(palm, np.full_like(palm, 255), *planes, RADIUS)
    fingers = (hand > 0) & (palm == 0)
    assert (grown[fingers] > 0).mean() > 0.85
    assert (grown[hand == 0] > 0).mean() < 0.02
    assert (grown[palm > 0] > 0).all()


@pytest.mark.parametrize("cloth", [GREEN, RED])
def test_a_shadow_beside_the_hand_is_no_finger(cloth: tuple) -> None:
    hand, palm, *planes = drawn(cloth, shadow=True)
    grown = with_fingers(palm, np.full_like(palm, 255), *planes, RADIUS)
    assert (grown[hand == 0] > 0).mean() < 0.02


def test_nothing_is_claimed_beyond_the_candidates() -> None:
    _, palm, *planes = drawn(GREEN)
    assert np.array_equal(with_fingers(palm, palm, *planes, RADIUS), palm)


@pytest.mark.parametrize("why", ["no luma", "no chroma", "no hand"])
def test_where_hand_and_cloth_do_not_part_the_hand_stays_as_it_is(why: str) -> None:
    cloth = {"no luma": (82, 112, 112), "no chroma": (130, 119, 145)}.get(why, GREY)
    _, palm, *planes = drawn(cloth)
    hand = np.zeros_like(palm) if why == "no hand" else palm
    assert np.array_equal(with_fingers(hand, np.full_like(palm, 255), *planes, RADIUS), hand)
