"""The packed layer: drawn over the camera's frame it is the composed picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipelines.composite.backend import select_compositor
from pipelines.composite.packed import SHADE, canvases, packed
from pipelines.composite.people import merged
from pipelines.composite.shadow import Shadow
from pipelines.types import CameraFrame, GarmentLayer, Region

LEVELS = 3.0  # what rounding may cost, of 255


@pytest.fixture(params=["numba", "torch"])
def compositor(request):
    return select_compositor(request.param)[0]


def room(width=96, height=80, seed=0) -> CameraFrame:
    rng = np.random.default_rng(seed)
    y = rng.integers(16, 236, (height, width), np.uint8)
    u, v = (rng.integers(60, 190, (height // 2, width // 2), np.uint8) for _ in range(2))
    return CameraFrame(y, u, v, 1.25, np.eye(3))


def soft_layer(region: Region, rgb: tuple[int, int, int]) -> GarmentLayer:
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    rgba = np.zeros((*shape, 4), np.uint8)
    rgba[..., :3] = rgb
    rgba[6:-6, 6:-6, 3] = 255
    rgba[..., 3] = cv2.GaussianBlur(rgba[..., 3], (0, 0), 2.0)
    return GarmentLayer(rgba, np.ones(shape, np.float32), region)


def over(frame: CameraFrame, pack: CameraFrame) -> list[np.ndarray]:
    """Draw a packed layer over a camera's frame, as the page does but plane by plane."""
    height = frame.height_px

    def of_four(plane):
        return plane.reshape(plane.shape[0] // 2, 2, -1, 2).mean((1, 3))

    alpha = (pack.y[height:] - 16.0) / 219.0
    shade = (pack.u[height // 2 :] - 128.0) / SHADE
    share, wide = of_four(alpha), shade.repeat(2, 0).repeat(2, 1)
    planes = [16 + (frame.y - 16.0) * (1 - alpha) * (1 - wide) + (pack.y[:height] - 16.0) * alpha]
    for own, drawn in ((frame.u, pack.u), (frame.v, pack.v)):
        planes.append(128 + (own - 128.0) * (1 - share) * (1 - shade) + (drawn[: height // 2] - 128.0) * share)
    return planes


def blended(compositor, frame, jobs):
    layers, frames = [], (frame, *canvases(frame))
    for layer, shadow in jobs:
        done = [compositor.composite(one, layer, None, 0.8, shadow) for one in frames]
        frames = tuple(one for one, _ in done)
        layers.append(done[0][1])
    return frames, merged(layers)


def worst(frame, pack, composed) -> float:
    want = (composed.y, composed.u, composed.v)
    return max(float(np.abs(got - one).max()) for got, one in zip(over(frame, pack), want, strict=True))


def shadow_over(frame: CameraFrame) -> Shadow:
    return Shadow(np.full((frame.height_px, frame.width_px), 255, np.uint8), 3.0, (1.0, 2.0))


def test_layer_over_the_frame_is_the_composed_picture(compositor) -> None:
    frame = room()
    jobs = [(soft_layer(Region(20, 16, 70, 60), (40, 160, 140)), shadow_over(frame))]
    (composed, black, white), layer = blended(compositor, frame, jobs)
    pack = packed(black, white, layer)
    assert pack.y.shape == (160, 96)
    assert pack.u.shape == pack.v.shape == (80, 48)
    assert pack.captured_s == frame.captured_s
    assert worst(frame, pack, composed) <= LEVELS


def test_layers_of_two_people_become_one(compositor) -> None:
    frame = room()
    jobs = [
        (soft_layer(Region(8, 16, 56, 60), (200, 60, 40)), shadow_over(frame)),
        (soft_layer(Region(40, 20, 90, 70), (40, 60, 200)), shadow_over(frame)),
    ]
    (composed, black, white), layer = blended(compositor, frame, jobs)
    assert worst(frame, packed(black, white, layer), composed) <= LEVELS + 1.0  # rounded twice


def test_nothing_drawn_leaves_the_camera_as_it_is() -> None:
    frame = room()
    pack = packed(*canvases(frame), None)
    assert all(
        np.array_equal(got, own) for got, own in zip(over(frame, pack), (frame.y, frame.u, frame.v), strict=True)
    )


def test_colour_goes_on_beyond_the_edge_without_a_step(compositor) -> None:
    frame = room()
    (_, black, white), layer = blended(compositor, frame, [(soft_layer(Region(20, 16, 70, 60), (40, 160, 140)), None)])
    pack = packed(black, white, layer)
    colour = pack.y[: frame.height_px].astype(int)
    assert np.ptp(pack.y[frame.height_px :]) > 150
    assert np.ptp(colour) < 20
    assert np.abs(np.diff(colour, axis=1)).max() <= 10  # of 219: what rounding makes of a faint edge
