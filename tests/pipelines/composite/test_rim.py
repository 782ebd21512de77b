"""Own clothes a little wider than the garment, drawn as flat shapes."""

import cv2
import numpy as np
import pytest

from pipelines.composite.rim import RIM_M, cover_rim
from pipelines.types import CameraFrame, GarmentLayer, Region

WALL, BLUE, PINK, TEAL = (150, 128, 128), (70, 150, 120), (160, 112, 150), (40, 140, 120)
METRE_PX = 300.0
YOKE = np.array([[430.0, 300.0], [400.0, 160.0], [240.0, 160.0], [210.0, 300.0]])  # elbow, shoulders, elbow
REGION = Region(170, 130, 470, 450)


def shape(wider_px: float) -> np.ndarray:
    """Return 255 (480, 640) on trunk and short sleeves, `wider_px` wider than the garment."""
    out = np.zeros((480, 640), np.uint8)
    line = YOKE.round().astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(out, [line], False, (255,), round(44 + 2 * wider_px))
    out[270:] = 0  # cuffs
    out[160:440, round(250 - wider_px) : round(390 + wider_px)] = 255
    return out


def seen(own: np.ndarray, colour: tuple[int, int, int] = BLUE) -> tuple[CameraFrame, np.ndarray]:
    """Return (frame, matte) of somebody in `own`, its rim of `colour`, what the garment covers BLUE."""
    yuv = np.full((480, 640, 3), WALL, np.uint8)
    yuv[own > 0] = colour
    yuv[shape(0.0) > 0] = BLUE
    planes = [np.ascontiguousarray(yuv[..., k]) for k in range(3)]
    frame = CameraFrame(planes[0], planes[1][::2, ::2].copy(), planes[2][::2, ::2].copy(), 0.0, np.eye(3))
    return frame, np.asarray(cv2.resize(own, (256, 192), interpolation=cv2.INTER_AREA))


def garment() -> GarmentLayer:
    alpha = shape(0.0)[REGION.y0 : REGION.y1, REGION.x0 : REGION.x1]
    rgba = np.dstack([*(np.full_like(alpha, value) for value in TEAL), alpha])
    return GarmentLayer(rgba, np.where(alpha > 0, np.float32(2.0), np.float32(np.inf)), REGION)


def grown(layer: GarmentLayer) -> np.ndarray:
    """Return True (480, 640) where `layer` covers more than the garment itself."""
    out, r = np.zeros((480, 640), bool), layer.region
    out[r.y0 : r.y1, r.x0 : r.x1] = layer.rgba[:, :, 3] > 127
    return out & (shape(2.0) == 0)


def test_a_thin_rim_on_shoulders_and_sleeves_gets_the_garments_colour_and_depth() -> None:
    own = shape(6.0)
    frame, matte = seen(own)
    layer = cover_rim(frame, matte, garment(), YOKE, METRE_PX)
    more, r = grown(layer), layer.region
    rim = (own > 0) & (shape(2.0) == 0)
    assert more[:150][rim[:150]].mean() > 0.8  # over the shoulders
    assert not (more & (cv2.dilate(own, np.ones((7, 7), np.uint8)) == 0)).any()
    filled = more[r.y0 : r.y1, r.x0 : r.x1]
    assert np.abs(layer.rgba[filled][:, :3].astype(int) - TEAL).max() <= 2
    assert np.allclose(layer.depth_m[filled], 2.0, atol=1e-3)


def test_beside_the_trunk_and_below_the_cuffs_the_own_clothes_stay() -> None:
    own = shape(6.0)
    cv2.polylines(own, [YOKE[:2].round().astype(np.int32).reshape(-1, 1, 2)], False, (255,), 50)  # a long sleeve
    layer = cover_rim(*seen(own), garment(), YOKE, METRE_PX)
    assert not grown(layer)[330:].any()
    assert not grown(layer)[285:, 400:].any()


@pytest.mark.parametrize("why", ["wider than a rim", "of another colour", "none", "far away", "like the wall"])
def test_nothing_is_covered_that_is_no_rim(why: str) -> None:
    own = shape({"wider than a rim": 1.5 * RIM_M * METRE_PX, "none": 0.0}.get(why, 6.0))
    frame, matte = seen(own, PINK if why == "of another colour" else BLUE)
    if why == "like the wall":
        frame = seen(np.full_like(own, 255))[0]
    layer = garment()
    found = cover_rim(frame, matte, layer, YOKE, 60.0 if why == "far away" else METRE_PX)
    assert not grown(found)[:150].any()
    assert why in ("wider than a rim",) or found is layer


def test_a_short_piece_is_left_out_and_a_long_one_has_a_smooth_edge_within_the_person() -> None:
    own = shape(0.0)
    own[:, 300:312] = shape(6.0)[:, 300:312]  # 12 pixels of a rim on the shoulders
    layer = garment()
    assert cover_rim(*seen(own), layer, YOKE, METRE_PX) is layer
    own = shape(6.0)
    layer = cover_rim(*seen(own), layer, YOKE, METRE_PX)
    over, r = np.zeros((480, 640), np.uint8), layer.region
    over[r.y0 : r.y1, r.x0 : r.x1] = layer.rgba[:, :, 3]
    arm = over[175:255, 400:]  # slanted: a staircase has two levels alone
    assert len(np.unique(arm)) > 20
    assert not (over[cv2.dilate(own, np.ones((7, 7), np.uint8)) == 0] > 16).any()
