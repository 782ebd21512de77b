"""Cloth is smeared along its way, and only when it goes fast."""

import numpy as np
import pytest

from pipelines.composite.blur import SHUTTER_S, motion_blurred
from pipelines.types import CameraFrame, GarmentLayer, Region

FRAME = CameraFrame(np.zeros((96, 128), np.uint8), *(np.zeros((48, 64), np.uint8),) * 2, 0.0, np.eye(3))


def block(x0: int = 40, y0: int = 30) -> GarmentLayer:
    region = Region(x0, y0, x0 + 40, y0 + 30)
    rgba = np.zeros((region.y1 - region.y0, region.x1 - region.x0, 4), np.uint8)
    rgba[10:20, 10:30] = (200, 100, 50, 255)
    depth_m = np.where(rgba[..., 3] > 0, 1.5, np.inf).astype(np.float32)
    return GarmentLayer(rgba, depth_m, region)


def test_slow_cloth_stays_sharp() -> None:
    layer = block()
    assert motion_blurred(layer, np.array([2.0, 0.0]) / SHUTTER_S, FRAME) is layer


@pytest.mark.parametrize(("way", "axis"), [((16.0, 0.0), 1), ((0.0, -16.0), 0)])
def test_fast_cloth_is_smeared_along_its_way_alone(way, axis) -> None:
    layer = block()
    smeared = motion_blurred(layer, np.array(way) / SHUTTER_S, FRAME)
    alpha = smeared.rgba[..., 3].astype(int)
    along, across = (np.flatnonzero(alpha.any(axis=1 - a)) for a in (axis, 1 - axis))
    assert len(across) == (10, 20)[1 - axis] and len(along) == (10, 20)[axis] + 16
    assert abs(int(alpha.sum()) - int(layer.rgba[..., 3].sum())) < 0.01 * alpha.sum()
    profile = alpha[:, alpha.shape[1] // 2] if axis == 0 else alpha[alpha.shape[0] // 2]
    assert 20 < profile[along[0]] < 60 and (np.diff(profile[along[: len(along) // 2]]) >= 0).all()
    assert (smeared.rgba[alpha > 0][:, :3] == (200, 100, 50)).all()
    assert (smeared.depth_m[alpha > 0] == np.float32(1.5)).all()


def test_smear_stays_inside_of_the_picture() -> None:
    smeared = motion_blurred(block(0, 0), np.array([900.0, 900.0]), FRAME)
    assert (smeared.region.x0, smeared.region.y0) == (0, 0)
    assert smeared.rgba.shape[:2] == (smeared.region.y1, smeared.region.x1)
