"""Who stands in front hides the garment of who stands behind, and layers are merged."""

import numpy as np

from pipelines.composite.people import left_visible, merged
from pipelines.types import CameraFrame, GarmentLayer, Region

FRAME = CameraFrame(
    np.zeros((80, 160), np.uint8), np.zeros((40, 80), np.uint8), np.zeros((40, 80), np.uint8), 0.0, np.eye(3)
)
REGION = Region(40, 20, 120, 60)


def layer(region: Region, rgba: tuple[int, int, int, int], depth_m: float) -> GarmentLayer:
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    return GarmentLayer(np.full((*shape, 4), rgba, np.uint8), np.full(shape, depth_m, np.float32), region)


def half_matte() -> np.ndarray:
    matte = np.zeros((40, 80), np.uint8)
    matte[:, :40] = 255  # the left half of the picture
    return matte


def test_person_in_front_hides_what_their_matte_covers() -> None:
    shown = left_visible([half_matte()], FRAME, REGION, None)
    assert not shown[:, :36].any()
    assert (shown[:, 44:] == 255).all()


def test_hands_and_people_both_hide() -> None:
    hands = np.full((40, 80), 255, np.uint8)
    hands[:10] = 0
    shown = left_visible([half_matte()], FRAME, REGION, hands)
    assert not shown[:10].any() and not shown[:, :36].any()
    assert (shown[10:, 44:] == 255).all()


def test_nobody_in_front_leaves_the_occlusion_as_it_is() -> None:
    hands = np.full((40, 80), 9, np.uint8)
    assert left_visible([], FRAME, REGION, hands) is hands
    assert left_visible([], FRAME, REGION, None) is None


def test_nearer_layer_lies_over_the_farther_one() -> None:
    far, near = layer(Region(0, 0, 40, 40), (200, 0, 0, 255), 3.0), layer(Region(20, 20, 60, 60), (0, 0, 100, 255), 2.0)
    both = merged([far, near])
    assert both.region == Region(0, 0, 60, 60)
    assert both.rgba[30, 30].tolist() == [0, 0, 100, 255]
    assert both.rgba[10, 10].tolist() == [200, 0, 0, 255]
    assert both.rgba[10, 50, 3] == 0
    assert (both.depth_m[30, 30], both.depth_m[10, 10]) == (2.0, 3.0)
    assert np.isinf(both.depth_m[10, 50])


def test_half_transparent_layer_mixes_as_if_blended_twice() -> None:
    region = Region(0, 0, 2, 2)
    both = merged([layer(region, (200, 0, 0, 128), 3.0), layer(region, (0, 0, 100, 128), 2.0)])
    r, g, b, a = (int(x) for x in both.rgba[0, 0])
    assert abs(a - 192) <= 1
    assert abs(r * a / 255 - 200 * 0.5 * 0.5) <= 1.5
    assert abs(b * a / 255 - 100 * 0.5) <= 1.5


def test_single_layer_and_no_layer_stay_what_they_are() -> None:
    one = layer(REGION, (1, 2, 3, 4), 1.0)
    assert merged([one]) is one
    assert merged([]) is None
