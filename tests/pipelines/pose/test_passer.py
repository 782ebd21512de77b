"""Who passes before a single shopper, on pictures of coloured boxes with noise."""

import cv2
import numpy as np
import pytest

from pipelines.pose.passer import ALONE_S, SETTLED_S, Passer, passed
from pipelines.pose.stir import LASTING_S, Stir, stirred
from pipelines.types import CameraFrame

FPS = 30.0
ROOM, SHOPPER, OTHER = (120, 128, 128), (90, 100, 190), (60, 160, 110)  # y, u, v
STANDS = (260, 60, 380, 480)  # left, top, right, bottom of the shopper, in a picture of 640 x 480
WIDE, SPEED = 150, 12  # pixels across, and a frame, of who passes
MATTE = (192, 256)


class Camera:
    """Films boxes before a textured room; noise and texture are the same in every test."""

    def __init__(self) -> None:
        self.rng, self.frames = np.random.default_rng(0), 0
        self.texture = cv2.resize(self.rng.integers(-25, 25, (60, 80)).astype(np.float32), (640, 480))

    def shoot(self, *boxes: tuple[tuple[int, int, int, int], tuple[int, int, int]], gain: float = 1.0) -> CameraFrame:
        planes = []
        for index, part in ((0, 1), (1, 2), (2, 2)):
            shade = self.texture[::part, ::part] if index == 0 else 0.0
            plane = np.full((480 // part, 640 // part), ROOM[index], np.float32) + shade
            for (left, top, right, bottom), colour in boxes:
                inside = np.s_[max(0, top) // part : bottom // part, max(0, left) // part : max(0, right) // part]
                across = np.arange(plane.shape[1])[None, :] * part - left  # the stripes go along with the box
                plane[inside] = (colour[index] + (10.0 * (across // 16 % 2) * (index == 0)))[:, inside[1]]
            noisy = plane * (gain if index == 0 else 1.0) + self.rng.normal(0.0, 1.5, plane.shape)
            planes.append(np.clip(noisy, 16, 235).astype(np.uint8))
        self.frames += 1
        return CameraFrame(*planes, self.frames / FPS, np.eye(3))


def matte_of(*box: int) -> np.ndarray:
    matte = np.zeros((480, 640), np.uint8)
    matte[box[1] : box[3], box[0] : box[2]] = 255
    return cv2.resize(matte, MATTE[::-1], interpolation=cv2.INTER_AREA)


def at(step: int, speed: int = SPEED) -> tuple[int, int, int, int]:
    """Return the box of who comes in from the left."""
    return (step * speed - WIDE, 0, step * speed, 480)


def calm(camera: Camera, frames: int = 20) -> Passer:
    passer = Passer()
    for _ in range(frames):
        passer = passed(camera.shoot((STANDS, SHOPPER)), matte_of(*STANDS), passer)
    assert passer.matte is None
    return passer


def come_before(camera: Camera) -> Passer:
    """Let somebody walk in until they hide most of the shopper."""
    passer = calm(camera)
    for step in range(2, 30):
        own = matte_of(*STANDS) if at(step)[2] < STANDS[0] else None  # whoever is hidden is not tracked well
        passer = passed(camera.shoot((STANDS, SHOPPER), (at(step), OTHER)), own, passer)
    return passer


def overlap(passer: Passer, box: tuple[int, int, int, int]) -> float:
    """Return the overlap (IoU) of what was found with `box`; 0 where nothing was."""
    if passer.matte is None:
        return 0.0
    found = cv2.resize(passer.matte, (640, 480)) > 127
    true = np.zeros((480, 640), bool)
    true[max(0, box[1]) : box[3], max(0, box[0]) : max(0, box[2])] = True
    return float((found & true).sum() / (found | true).sum())


def test_who_comes_in_without_a_head_is_found_and_followed_before_the_shopper_and_out_again() -> None:
    camera = Camera()
    passer = calm(camera)
    found, hidden = [], []
    for step in range(2, 64):
        box = at(step)
        hides = box[0] < STANDS[2] and box[2] > STANDS[0]
        own = None if hides else matte_of(*STANDS)  # whoever is hidden is not tracked well
        passer = passed(camera.shoot((STANDS, SHOPPER), (box, OTHER)), own, passer)
        found.append(overlap(passer, box))
        hidden.append(passer.hidden)
    assert min(found[8:50]) > 0.9
    assert hidden[15] == 0.0 and max(hidden) > 0.9 and hidden[-1] == 0.0
    for _ in range(int(FPS * 1.5)):
        passer = passed(camera.shoot((STANDS, SHOPPER)), matte_of(*STANDS), passer)
    assert passer.matte is None


def test_the_shopper_is_seen_between_arm_and_trunk_of_who_passes() -> None:
    camera, gap_px, arm_px = Camera(), 14, 40
    passer, between, arms = calm(camera), [], []
    for step in range(2, 38):
        trunk = at(step)
        arm = (trunk[2] + gap_px, 0, trunk[2] + gap_px + arm_px, 480)
        shoulder = (trunk[2], 0, arm[0], 120)
        own = matte_of(*STANDS) if arm[2] < STANDS[0] else None
        picture = camera.shoot((STANDS, SHOPPER), *((box, OTHER) for box in (trunk, shoulder, arm)))
        passer = passed(picture, own, passer)
        if STANDS[0] <= trunk[2] and arm[0] <= STANDS[2]:
            assert passer.matte is not None
            found = cv2.resize(passer.matte, (640, 480)) > 127
            between.append(found[140:460, trunk[2] : arm[0]].mean())
            arms.append(found[140:460, arm[0] + 4 : arm[2] - 4].mean())
    assert np.median(between) < 0.6
    assert np.median(arms) > 0.95


def test_who_passes_behind_hides_nothing_of_the_shopper() -> None:
    camera = Camera()
    passer, stands = calm(camera), matte_of(*STANDS)
    inner = np.s_[STANDS[1] + 20 : STANDS[3], STANDS[0] + 16 : STANDS[2] - 16]
    hidden = []
    for step in range(2, 64):
        passer = passed(camera.shoot((at(step), OTHER), (STANDS, SHOPPER)), stands, passer)
        matte = np.zeros((480, 640)) if passer.matte is None else cv2.resize(passer.matte, (640, 480)) > 127
        hidden.append(float(matte[inner].mean()))
    assert max(hidden) < 0.02


def test_an_arm_that_moves_is_nobody_who_passes() -> None:
    camera = Camera()
    passer = calm(camera)
    for step in range(60):
        reach = int(60 * abs(np.sin(step / 8)))
        arm = (STANDS[2], 150, STANDS[2] + reach, 190)
        own = np.maximum(matte_of(*STANDS), matte_of(*arm))
        passer = passed(camera.shoot((STANDS, SHOPPER), (arm, SHOPPER)), own, passer)
        assert passer.matte is None


@pytest.mark.parametrize(("what", "limb_y"), [((0, 430, 210, 480), (400, 470)), ((0, 0, 230, 300), (150, 190))])
def test_own_limbs_that_move_before_a_shadow_from_the_border_are_nobody_who_passes(
    what: tuple[int, int, int, int], limb_y: tuple[int, int]
) -> None:
    """One lies flat on the floor; one is on the wall, and ends above the feet."""
    camera = Camera()
    passer = calm(camera)
    for step in range(90):
        reach = int(150 * abs(np.sin(step / 6)))
        limb = (STANDS[0] - reach, limb_y[0], STANDS[0], limb_y[1])
        own = np.maximum(matte_of(*STANDS), matte_of(*limb))
        passer = passed(camera.shoot((what, (90, 128, 128)), (STANDS, SHOPPER), (limb, SHOPPER)), own, passer)
        assert passer.hidden == 0.0


def test_a_child_who_comes_in_is_found() -> None:
    camera = Camera()
    passer, found = calm(camera), []
    for step in range(2, 22):
        child = (at(step)[0], 270, at(step)[2], 480)
        passer = passed(camera.shoot((STANDS, SHOPPER), (child, OTHER)), matte_of(*STANDS), passer)
        found.append(overlap(passer, child))
    assert min(found) > 0.9


def test_who_stops_before_the_shopper_goes_on_hiding_them() -> None:
    camera = Camera()
    passer = come_before(camera)
    for _ in range(int(FPS * 2 * SETTLED_S)):
        passer = passed(camera.shoot((STANDS, SHOPPER), (at(29), OTHER)), None, passer)
    shopper = cv2.resize(passer.matte, (640, 480))[100:460, STANDS[0] + 8 : at(29)[2] - 8]
    assert (shopper > 127).mean() > 0.95


def test_what_is_left_inside_of_the_shopper_is_the_shopper() -> None:
    camera = Camera()
    passer = come_before(camera)
    inside = (STANDS[0] + 20, 150, STANDS[2] - 20, 400)
    for _ in range(int(FPS * (ALONE_S + 0.5))):
        passer = passed(camera.shoot((STANDS, SHOPPER), (inside, OTHER)), matte_of(*STANDS), passer)
    assert passer.matte is None


@pytest.mark.parametrize("what", ["light", "screen", "camera"])
def test_what_changes_and_does_not_come_in_hides_nothing(what: str) -> None:
    camera = Camera()
    passer = calm(camera)
    for step in range(45):
        if what == "camera":
            camera.texture = np.roll(camera.texture, 14, axis=1)
        boxes = [(STANDS, SHOPPER)]
        if what == "screen":  # that flickers on the wall
            boxes.append(((480, 80, 580, 200), OTHER if step % 4 < 2 else SHOPPER))
        frame = camera.shoot(*boxes, gain=0.8 if what == "light" and step > 5 else 1.0)
        passer = passed(frame, matte_of(*STANDS), passer)
        assert passer.matte is None


def test_pictures_of_another_size_begin_anew() -> None:
    camera = Camera()
    passer = calm(camera)
    for step in range(2, 8):
        passer = passed(camera.shoot((STANDS, SHOPPER), (at(step), OTHER)), matte_of(*STANDS), passer)
    assert passer.matte is not None
    full = camera.shoot((STANDS, SHOPPER))
    half = CameraFrame(full.y[:, ::2].copy(), full.u[:, ::2].copy(), full.v[:, ::2].copy(), full.captured_s, full.K)
    assert passed(half, matte_of(*STANDS), passer).matte is None


@pytest.mark.parametrize(("change", "stirs"), [("beside", True), ("own", False), ("light", False), ("nothing", False)])
def test_what_moves_beside_the_shopper_stirs(change: str, stirs: bool) -> None:
    camera, own = Camera(), matte_of(*STANDS)
    before = stirred(camera.shoot((STANDS, SHOPPER)), own, Stir())
    moved = (STANDS[0] - 10, *STANDS[1:])
    after = {
        "beside": lambda: camera.shoot((STANDS, SHOPPER), ((0, 100, 80, 300), OTHER)),
        "own": lambda: camera.shoot((moved, SHOPPER)),
        "light": lambda: camera.shoot((STANDS, SHOPPER), gain=1.1),
        "nothing": lambda: camera.shoot((STANDS, SHOPPER)),
    }[change]()
    now_s = after.captured_s
    told = stirred(after, own, before)
    assert told.is_recent(now_s) is stirs
    assert not told.is_recent(now_s + 0.1 + LASTING_S)
