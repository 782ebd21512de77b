"""A layer's pixels are shared among the garments that they show."""

import numpy as np

from pipelines.render.coverage import garment_areas
from pipelines.types import GarmentLayer, Region, Surface

K = np.array([[100.0, 0.0, 50.0], [0.0, 100.0, 50.0], [0.0, 0.0, 1.0]])


def wall(x0: float, x1: float, depth_m: float, cells: int = 12) -> Surface:
    """A square wall toward the camera, from x0 to x1 and as high, of small triangles."""
    grid = np.linspace(0, 1, cells + 1)
    x, y = np.meshgrid(x0 + (x1 - x0) * grid, -0.4 + 0.8 * grid)
    vertices = np.stack([x, y, np.full_like(x, -depth_m)], axis=-1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    a, b, c, d = corner, corner + 1, corner + cells + 2, corner + cells + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    return Surface(vertices, np.tile(np.float32([0, 0, 1]), (len(vertices), 1)), faces)


def layer_of(split: int) -> GarmentLayer:
    """100 x 100 pixels, opaque; depth 1 m left of column `split`, 2 m right of it."""
    depth = np.full((100, 100), 2.0, np.float32)
    depth[:, :split] = 1.0
    return GarmentLayer(np.full((100, 100, 4), 255, np.uint8), depth, Region(0, 0, 100, 100))


def test_one_garment_owns_every_opaque_pixel() -> None:
    layer = layer_of(50)
    layer.rgba[:10, :, 3] = 100
    assert garment_areas([wall(-0.5, 0.5, 1.0)], layer, K) == (9000,)


def test_two_garments_share_by_what_is_seen_of_them() -> None:
    near, far = wall(-0.5, -0.1, 1.0), wall(-1.0, 1.0, 2.0, cells=40)
    left, right = garment_areas([near, far], layer_of(40), K)
    assert left + right == 10_000
    visible_near, visible_far = 40 * 80, 60 * 40  # pixels of each wall that the depth lets through
    assert abs(left / right - visible_near / visible_far) < 0.15


def test_a_hidden_garment_has_no_pixel() -> None:
    near, hidden = wall(-0.5, 0.5, 1.0), wall(-0.5, 0.5, 1.5)
    assert garment_areas([near, hidden], layer_of(100), K) == (10_000, 0)


def test_nothing_drawn_is_no_area() -> None:
    assert garment_areas([wall(0, 1, 1.0)], None, K) == (0,)
