"""Own clothes in necklines and armholes, painted as skin: a flat shopper in a shirt under a tank top."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.composite.bare_yoke import YokeSight, bare_yoke
from pipelines.composite.hair import HairState
from pipelines.composite.own_sleeves import APPEARS_S, FADE_S, OwnSleeve, SleeveColours
from pipelines.composite.paint_out import laid_over
from pipelines.composite.skin import SkinChroma
from pipelines.types import CameraFrame, GarmentLayer, Landmarks, Region

FPS, METRE_PX = 20, 300.0
SIZE = 240, 320
K = np.array([[600.0, 0.0, 160.0], [0.0, 600.0, 120.0], [0.0, 0.0, 1.0]])
WALL, SKIN, SHIRT, SCARF, HAIR = (205, 128, 126), (150, 114, 150), (90, 150, 112), (120, 90, 140), (40, 128, 130)
CHEST, NECK, STRAP = np.s_[100:240, 100:220], np.s_[60:100, 145:175], np.s_[130:240, 120:200]
ALONE = np.s_[108:126, 110:210]  # own shirt above the tank top


def gaussian(colour: tuple[int, int, int]) -> np.ndarray:
    """Return one of `pipelines.composite.hair`'s Gaussians."""
    variances = np.array([150.0, 8.0, 8.0])
    return np.concatenate([colour, np.diag(1 / variances).ravel(), [np.log(variances.prod())]]).astype(float)


def sight(at_s: float = 0.0, *, also: tuple = (), **changes) -> YokeSight:
    """Return who stands there; `also` are (places, colour) painted over the picture."""
    yuv = np.full((*SIZE, 3), WALL, np.float64)
    matte = np.zeros(SIZE, np.uint8)
    for place, colour in ((NECK, SKIN), (CHEST, SHIRT), *also):
        yuv[place] = colour
        matte[place] = 255
    planes = np.clip(yuv + np.random.default_rng(0).normal(0, 1.5, yuv.shape), 16, 240).astype(np.uint8)
    frame = CameraFrame(*(np.ascontiguousarray(planes[::s, ::s, c]) for c, s in ((0, 1), (1, 2), (2, 2))), at_s, K)
    own = np.tile(np.concatenate([SHIRT, [150.0, 5.0, 5.0]]), (3, 1))
    colours = SleeveColours.of(own, SkinChroma(np.array(SKIN[1:], float), np.diag([6.0, 6.0]), True), SKIN[0])
    known = YokeSight(
        frame,
        landmarks(matte),
        (),
        layer(STRAP),
        skin_layer(),
        128.0,
        colours,
        np.array(SKIN, float),
        HairState(),
        METRE_PX,
    )
    return replace(known, **changes)


def landmarks(matte: np.ndarray) -> Landmarks:
    """Return arms that hang beside the trunk."""
    uv = np.zeros((33, 2), np.float32)
    for left, right, dx, y in (
        (11, 12, 50, 108),
        (13, 14, 95, 170),
        (15, 16, 95, 225),
        (17, 18, 95, 238),
        (19, 20, 95, 238),
    ):
        uv[left], uv[right] = (160 + dx, y), (160 - dx, y)
    uv[[7, 8, 9, 10]] = [(184, 40), (136, 40), (168, 55), (152, 55)]
    uv[[23, 24]] = [(190, 239), (130, 239)]
    return Landmarks(uv, np.ones(33, np.float32), np.zeros((33, 3), np.float32), matte)


def layer(place) -> GarmentLayer:
    rgba = np.zeros((*SIZE, 4), np.uint8)
    rgba[place] = 255
    return GarmentLayer(rgba, np.ones(SIZE, np.float32), Region(0, 0, SIZE[1], SIZE[0]))


def skin_layer() -> GarmentLayer:
    """Return neck, shoulders and chest as they are drawn: lighter at the left."""
    rgba = np.zeros((SIZE[0] // 2, SIZE[1] // 2, 4), np.uint8)
    for place in (NECK, np.s_[104:200, 104:216]):
        half = tuple(slice(part.start // 2, part.stop // 2) for part in place)
        rgba[half] = 255
    rgba[..., :3] = np.linspace(150, 100, SIZE[1] // 2).astype(np.uint8)[None, :, None]
    return GarmentLayer(rgba, np.ones(rgba.shape[:2], np.float32), Region(0, 0, SIZE[1] // 2, SIZE[0] // 2))


def followed(frames: int = 20, known: OwnSleeve | None = None, **looks):
    """Return what is painted after so many frames (H, W), the picture with it, what is remembered, and the alphas."""
    known, patch, alphas = known or OwnSleeve(), None, []
    first = max(0.0, known.looked_s + 1 / FPS)
    for i in range(frames):
        seen = sight(first + i / FPS, **looks)
        patch, known = bare_yoke(seen, known)
        alphas.append(known.alpha)
    out = np.zeros(SIZE, np.uint8)
    if patch is not None:
        out[patch.region.y0 : patch.region.y1, patch.region.x0 : patch.region.x1] = patch.alpha
    return out, laid_over(seen.frame, [] if patch is None else [patch]), known, alphas


def test_own_clothes_above_a_tank_top_become_skin() -> None:
    painted, after, _, _ = followed()
    assert painted[ALONE].min() > 250
    for plane, level, tolerance, part in (
        (after.y, SKIN[0], 25, 1),
        (after.u, SKIN[1], 4, 2),
        (after.v, SKIN[2], 4, 2),
    ):
        place = tuple(slice(one.start // part, one.stop // part) for one in ALONE)
        assert abs(np.median(plane[place].astype(int)) - level) <= tolerance
    assert after.y[110:124, 112:125].mean() > after.y[110:124, 195:208].mean() + 8  # lit from the left


def test_real_skin_other_colours_and_what_is_no_person_stay() -> None:
    painted, _, _, _ = followed(also=((np.s_[104:128, 150:190], SCARF),))
    assert painted[60:94, 150:170].max() < 30
    assert painted[110:124, 158:182].max() < 30
    assert painted[112:122, 112:138].min() > 250
    assert painted[:, :92].max() == 0


@pytest.mark.parametrize("falls", [True, False])
def test_hair_stays_that_comes_from_beside_the_neck(falls: bool) -> None:
    strand = np.s_[45:126, 178:192] if falls else np.s_[100:126, 178:192]
    own = np.tile(np.concatenate([(60, 130, 128), [400.0, 8.0, 8.0]]), (3, 1))  # a dark shirt: near to the hair
    looks = sight().colours
    colours = replace(looks, own=own)
    also = ((CHEST, (60, 130, 128)), (strand, HAIR))
    painted, _, _, _ = followed(also=also, colours=colours, hair=HairState(gaussian(HAIR)[None], gaussian(SKIN)[None]))
    assert painted[112:122, 112:138].min() > 250
    assert (painted[112:122, 181:189].max() < 60) == falls


def test_long_hair_like_the_clothes_lets_nothing_begin_and_ends_nothing_at_once() -> None:
    black = np.tile(np.concatenate([HAIR, [400.0, 12.0, 12.0]]), (3, 1))
    looks = {
        "also": ((CHEST, HAIR), (np.s_[45:126, 178:192], HAIR)),
        "colours": replace(sight().colours, own=black),
        "hair": HairState(gaussian(HAIR)[None], gaussian(SKIN)[None]),
    }
    *_, alphas = followed(**looks)
    assert max(alphas) == 0.0
    *_, known, _ = followed()
    *_, alphas = followed(frames=60, known=known, **looks)
    assert alphas[FPS // 2] == 1.0
    assert alphas[-1] == 0.0


def test_a_forearm_before_the_chest_is_no_chest() -> None:
    crossed = sight().landmarks
    crossed.uv_px[[13, 15, 17, 19]] = [(205, 118), (150, 114), (135, 113), (135, 113)]
    painted, *_ = followed(landmarks=crossed)
    assert painted[110:118, 145:200].max() < 40
    assert painted[110:120, 106:112].min() > 200


def test_skin_comes_and_goes_softly_and_outlasts_a_moment() -> None:
    *_, known, alphas = followed()
    steps = np.diff(alphas)
    assert alphas[int(APPEARS_S * FPS) - 1] == 0.0
    assert 0.0 <= steps.min() <= steps.max() <= 1.0 / (FADE_S * FPS) + 1e-6
    assert alphas[-1] == 1.0
    covered = layer(np.s_[90:240, 90:230])
    *_, gone = followed(frames=60, known=known, layer=covered)
    assert gone[FPS // 2] == 1.0
    assert gone[-1] == 0.0


@pytest.mark.parametrize(("columns", "becomes_skin"), [(8, False), (14, True)])
def test_own_collars_in_a_round_neckline_become_skin_and_less_stays(columns: int, becomes_skin: bool) -> None:
    """A crew neck leaves 11 cm² of an own one that is higher."""
    covered = layer(np.s_[90:240, 90:230])
    covered.rgba[112:120, 150 : 150 + columns] = 0
    assert (8 * columns / METRE_PX**2 > 0.0011) == becomes_skin
    *_, alphas = followed(layer=covered)
    assert max(alphas) == (1.0 if becomes_skin else 0.0)


def test_after_a_gap_all_begins_afresh() -> None:
    *_, known, _ = followed()
    _, after = bare_yoke(sight(known.looked_s + 5.0), known)
    assert after.alpha == 0.0


def test_who_stands_in_front_is_not_painted_over() -> None:
    other = np.zeros(SIZE, np.uint8)
    other[:, 160:] = 255
    painted, *_ = followed(before=(other,))
    assert painted[:, 164:].max() == 0
    assert painted[112:122, 115:150].min() > 250


def test_a_body_outside_of_the_picture_paints_nothing() -> None:
    nowhere = GarmentLayer(np.zeros((0, 0, 4), np.uint8), np.zeros((0, 0), np.float32), Region(0, 0, 0, 0))
    painted, *_, alphas = followed(drawn=nowhere)
    assert painted.max() == 0
    assert max(alphas) == 0.0
