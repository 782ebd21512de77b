"""A collar drawn over a face."""

import numpy as np
import pytest

from pipelines.composite.face import face_occlusion
from pipelines.types import GarmentLayer, Landmarks, Region

HEAD_M = 2.0
REGION = Region(200, 100, 440, 400)


def landmarks(from_behind: bool = False, visibility: float = 0.99) -> Landmarks:
    """Return a head of 80 px between the ears, whose eyes are at row 130, the mouth at 170."""
    uv = np.zeros((33, 2), np.float32)
    uv[[0, 9, 10]] = [(320, 150), (332, 170), (308, 170)]
    uv[[1, 2, 3, 7]] = [(330, 130), (336, 130), (344, 131), (360, 138)]
    uv[[4, 5, 6, 8]] = [(310, 130), (304, 130), (296, 131), (280, 138)]
    uv[[11, 12]] = [(220, 240), (420, 240)] if from_behind else [(420, 240), (220, 240)]
    return Landmarks(uv, np.full(33, visibility, np.float32), np.zeros((33, 3), np.float32), None)


def layer(nearer_m: float = 0.0, from_row: int = 100) -> GarmentLayer:
    """Return a garment all over the region below `from_row`, `nearer_m` before the head."""
    height, width = REGION.y1 - REGION.y0, REGION.x1 - REGION.x0
    depth_m = np.full((height, width), HEAD_M - nearer_m, np.float32)
    depth_m[: from_row - REGION.y0] = np.inf
    alpha = np.where(np.isfinite(depth_m), 255, 0).astype(np.uint8)
    return GarmentLayer(np.dstack([np.full((height, width, 3), 90, np.uint8), alpha]), depth_m, REGION)


def hidden(found: np.ndarray, x: int, y: int) -> bool:
    return bool(found[y - REGION.y0, x - REGION.x0] > 127)


def test_a_collar_over_cheeks_and_chin_goes() -> None:
    found = face_occlusion(landmarks(), layer(), HEAD_M)
    assert found is not None
    assert all(hidden(found, *place) for place in ((320, 150), (290, 160), (350, 160), (320, 188)))
    assert not any(hidden(found, *place) for place in ((320, 210), (250, 150), (390, 150), (280, 195)))


def test_a_sleeve_held_before_the_face_stays() -> None:
    assert face_occlusion(landmarks(), layer(nearer_m=0.3), HEAD_M) is None


def test_a_garment_below_the_chin_is_not_touched() -> None:
    assert face_occlusion(landmarks(), layer(from_row=200), HEAD_M) is None


@pytest.mark.parametrize("why", ["from behind", "not seen", "out of the picture"])
def test_no_face_hides_nothing(why: str) -> None:
    seen = landmarks(from_behind=why == "from behind", visibility=0.2 if why == "not seen" else 0.99)
    if why == "out of the picture":
        seen.uv_px[:] -= 5000
    assert face_occlusion(seen, layer(), HEAD_M) is None
