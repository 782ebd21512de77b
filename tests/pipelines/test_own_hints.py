"""What is told of own clothes that stay to be seen, on films of a synthetic shopper who wears various ones."""

from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from pipelines.composite.own_top import APPEARS_S, OwnTop
from pipelines.leg_outline import LegOutline
from pipelines.outfit import Outfit, Tailor
from pipelines.synthetic import shopper
from pipelines.synthetic.crowd import SyntheticCrowd, Walk
from pipelines.tryon import (
    DressState,
    GarmentChoice,
    TrackState,
    Wish,
    step,
)
from pipelines.types import CameraFrame
from pipelines.wearer import Wearer
from tests.pipelines.conftest import Engines

FPS = 10.0
Own = tuple[tuple[str, float], ...]  # what differs of the own clothes
SWEATER, LONG, BARE = (("shirt_ease_m", 0.05),), (("sleeve", 1.9),), (("sleeve", 0.45),)


@pytest.fixture(scope="module")
def film():
    """Film somebody in clothes that differ from the seed's: frames of two seconds."""

    @cache
    def filmed(own: Own, motion: str = "sway", seed: int = 3) -> list[CameraFrame]:
        looks = replace(shopper.seeded_outfit(seed), **dict(own))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shopper, "seeded_outfit", lambda _: looks)
            made = shopper.SyntheticShopper(seed, motion=motion, framing="knees", fps=FPS)
        try:
            return [made.frame(index).frame for index in range(20)]
        finally:
            made.close()

    return filmed


def wear(tailor: Tailor, *ids: str) -> Outfit:
    return tailor.prepare(Wish(tuple(GarmentChoice(name) for name in ids)))


def hints(frames: list[CameraFrame], outfits: Outfit | list[Outfit], engines: Engines) -> list[str | None]:
    engines[0].reset()
    states, told = (TrackState(), DressState()), []
    for i, frame in enumerate(frames):
        outfit = outfits[i] if isinstance(outfits, list) else outfits
        result, states = step(frame, outfit, states, engines, lambda _: nullcontext())
        told.append(result.people[0].hint)
    return told


def without_painting(engines: Engines) -> Engines:
    tracker, dresser = engines
    return tracker, replace(dresser, settings=replace(dresser.settings, paint_out=False))


@pytest.mark.parametrize(("own", "garment"), [(SWEATER, "tee_crew"), (LONG, "tee_crew"), (BARE, "tank_top")])
def test_own_top_that_shows_beside_a_garment_is_told_after_a_second(own, garment, film, tailor, engines) -> None:
    told = hints(film(own), wear(tailor, garment), without_painting(engines))
    assert set(told[: round(FPS * APPEARS_S) - 2]) == {None}
    assert set(told[16:]) == {"own_top"}


@pytest.mark.parametrize("own", [SWEATER, LONG], ids=["room is painted", "arms are painted"])
def test_own_top_that_is_painted_out_is_not_told(own, film, tailor, engines) -> None:
    assert set(hints(film(own), wear(tailor, "tee_crew"), engines)) == {None}


@pytest.mark.parametrize(
    ("own", "motion", "garment"),
    [
        ((), "sway", "tee_crew"),
        (BARE, "cross", "tee_crew"),
        (LONG, "sway", "long_sleeve"),
        (SWEATER, "sway", "skirt_pencil"),
    ],
    ids=["close", "arms crossed", "covered", "no top"],
)
def test_own_top_is_not_told_where_it_is_covered(own, motion, garment, film, tailor, engines) -> None:
    assert set(hints(film(own, motion), wear(tailor, garment), engines)) == {None}


@pytest.mark.parametrize("seed", [11, 12])
def test_nobodys_skin_is_taken_for_own_clothes(seed, film, tailor, engines) -> None:
    assert set(hints(film(BARE, "gesture", seed), wear(tailor, "tee_crew"), engines)) == {None}


def test_hint_goes_with_what_is_worn_and_with_the_shopper(film, tailor, engines) -> None:
    frames = film(LONG)
    gone = [np.full_like(plane, 128) for plane in (frames[0].y, frames[0].u, frames[0].v)]
    empty = [CameraFrame(*gone, frames[-1].captured_s + (i + 1) / FPS, frames[0].K) for i in range(16)]
    tee, sleeves, engines = wear(tailor, "tee_crew"), wear(tailor, "long_sleeve"), without_painting(engines)
    told = hints(frames, [tee] * 17 + [sleeves] * 3, engines)
    assert told[16] == "own_top"
    assert set(told[17:]) == {None}
    told = hints([*frames, *empty], tee, engines)
    assert told[19] == "own_top"
    assert told[-1] == "nobody"
    assert "own_top" not in told[told.index("nobody") :]


def test_how_the_shopper_is_seen_comes_first(film, tailor, engines) -> None:
    low = [replace(f, y=f.y[:280], u=f.u[:140], v=f.v[:140]) for f in film(LONG)]  # the hips are cut off
    assert set(hints(low, wear(tailor, "tee_crew"), engines)[2:]) == {"step_back"}


def test_who_passes_is_not_the_shoppers_top(tailor, engines) -> None:
    way = ((0.0, -2.0, -0.5), (0.3, -2.0, -0.5), (2.3, 2.0, -0.5))
    crowd = SyntheticCrowd((Walk(6, ((0.0, 0.1, -1.5),), sleeve=0.45), Walk(3, way, sleeve=1.9)))
    try:
        frames = [crowd.frame(index).frame for index in range(0, 84, 3)]
    finally:
        crowd.close()
    assert "own_top" not in hints(frames, wear(tailor, "tee_crew"), engines)


def test_own_top_is_told_before_own_trousers() -> None:
    legs = replace(LegOutline.none(), shown=True)
    assert Wearer(legs=legs, own_top=OwnTop(shown=True)).own_shown == "own_top"
    assert Wearer(legs=legs).own_shown == "own_trousers"
    assert Wearer().own_shown is None
