"""What a synthetic shopper holds before the garment is in front of it, and without it nothing is."""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import Outfit, Tailor
from pipelines.synthetic.paint import Part
from pipelines.synthetic.shopper import SyntheticFrame, SyntheticShopper
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    Wish,
    step,
)
from pipelines.types import JOINTS, CameraFrame, TryOnResult
from tests.pipelines.conftest import Engines

FPS = 8.0
DOWN_S, THERE_S, GONE_S, END_S = 1.0, 1.6, 3.2, 4.0  # the hands hang; one is before the trunk; empty; the film ends
PHONE, CARD = ((0.08, 0.16), (0.01, 0.01, 0.012)), ((0.16, 0.20), (0.02, 0.05, 0.40))  # size in metres, linear RGB
ELBOW, WRIST = JOINTS.index("left_elbow"), JOINTS.index("left_wrist")
UNLIKE, LIKE = 12, 25  # differences of a pixel


@dataclass(frozen=True)
class Film:
    """The same with a thing in the hand and without."""

    held: list[SyntheticFrame]
    empty: list[SyntheticFrame]

    def thing(self, index: int) -> NDArray[np.bool_]:
        """Return where (H, W) the thing is seen."""
        return apart(self.held[index].bgr, self.empty[index].bgr) > UNLIKE


@pytest.fixture(scope="module")
def outfit() -> Outfit:
    return Tailor(load_catalogue(), load_body_model()).prepare(Wish((GarmentChoice("tee_crew"),)))


def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int16]:
    return np.abs(one.astype(np.int16) - other).max(axis=2)


def plate(joints_m: NDArray[np.float32], size: tuple[float, float], colour: tuple[float, float, float]) -> Part:
    """Return a thing that the left hand holds before itself."""
    joints = joints_m.astype(np.float64)
    along = joints[WRIST] - joints[ELBOW]
    middle = joints[WRIST] + 0.09 * along / np.linalg.norm(along) + (0.0, 0.02, 0.05)
    corners = 0.5 * np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]) * (*size, 0.0)
    faces = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
    return Part(middle + corners, np.tile((0.0, 0.0, 1.0), (4, 1)), faces, np.array(colour))


def filmed(seed: int, size: tuple[float, float], colour: tuple[float, float, float]) -> Film:
    shopper = SyntheticShopper(seed, motion="cross", framing="knees", fps=FPS)
    film = Film([], [])
    try:
        for index in range(round(END_S * FPS)):
            at_s = index / FPS
            pose = shopper.pose(float(np.interp(at_s, (DOWN_S, THERE_S), (0.0, 1.2))))
            film.empty.append(shopper.film(pose, at_s, index))
            things = [plate(film.empty[-1].joints_m, size, colour)] if at_s < GONE_S else []
            film.held.append(shopper.film(pose, at_s, index, things))
    finally:
        shopper.close()
    return film


def bgr(frame: CameraFrame) -> NDArray[np.float64]:
    """Return the planes (H, W, 3), which is all that is compared here."""
    return np.dstack([frame.y, *(np.repeat(np.repeat(one, 2, 0), 2, 1) for one in (frame.u, frame.v))]).astype(float)


def covered(result: TryOnResult) -> NDArray[np.uint8]:
    """Return how much (H, W) of each pixel the garment covers."""
    assert result.layer is not None
    out, region = np.zeros(result.frame.y.shape, np.uint8), result.layer.region
    out[region.y0 : region.y1, region.x0 : region.x1] = result.layer.rgba[..., 3]
    return out


def worn(frames: list[SyntheticFrame], outfit: Outfit, engines: Engines) -> tuple[list[TryOnResult], list[bool]]:
    """Return what is made of the frames, and whether a thing was in front in each."""
    engines[0].reset()
    states, results, shown = (TrackState(), DressState()), [], []
    for one in frames:
        result, states = step(one.frame, outfit, states, engines, lambda _: nullcontext())
        results.append(result)
        shown.append(states[1].of(0).held.opacity > 0.0)
    return results, shown


@pytest.mark.parametrize(("seed", "thing"), [(3, PHONE), (6, CARD)], ids=["phone and black trousers", "card"])
def test_a_held_thing_is_in_front_until_it_is_gone(seed, thing, outfit, engines) -> None:
    film = filmed(seed, *thing)
    results, held = worn(film.held, outfit, engines)
    for index in range(round((THERE_S + 1.0) * FPS), round(GONE_S * FPS)):
        seen = film.thing(index)
        assert seen.sum() > 1000
        unlike = np.abs(bgr(results[index].frame) - bgr(film.held[index].frame)).max(axis=2)
        assert (unlike[seen] < LIKE).mean() > 0.8
    bare, shown = worn(film.empty, outfit, engines)
    assert not any(shown)
    assert not held[-1]
    was = film.thing(round(GONE_S * FPS) - 1) & (covered(bare[-1]) > 200)
    assert (covered(results[-1])[was] > 200).mean() > 0.95


def test_nothing_is_in_front_of_who_holds_nothing(outfit, engines) -> None:
    shopper = SyntheticShopper(4, motion="gesture", framing="knees", fps=FPS)
    try:
        frames = [shopper.frame(index) for index in range(round(5.0 * FPS))]
    finally:
        shopper.close()
    assert not any(worn(frames, outfit, engines)[1])
