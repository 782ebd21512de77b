"""Motion blur: while the shopper moves fast the camera smears them, and cloth drawn sharp would stand out.

The layer is averaged along the way that it goes while the shutter is open (Potmesil & Chakravarty 1983, "Modeling
motion blur in computer-generated images"), all of it alike: a hand that waves does not smear the trunk.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, GarmentLayer

SHUTTER_S = 1.0 / 60.0  # how long the shutter of a camera indoors is open
LEAST_PX, MOST_PX = 4.0, 32.0  # a shorter smear is not seen
STEP_PX = 2.0  # between the copies that are averaged


def motion_blurred(layer: GarmentLayer, velocity_px_s: NDArray[np.float64], frame: CameraFrame) -> GarmentLayer:
    """Return `layer` smeared along `velocity_px_s` (2,), grown by the smear; as it is where that is not to be seen."""
    smear = np.asarray(velocity_px_s, np.float64) * SHUTTER_S
    length = float(np.hypot(*smear))
    if layer.region.is_empty or not LEAST_PX <= length:
        return layer
    smear *= min(1.0, MOST_PX / length)
    region = layer.region.grown(0.5 * abs(smear[0]), 0.5 * abs(smear[1]), frame)
    corner = (layer.region.x0 - region.x0, layer.region.y0 - region.y0)
    shape = (region.y1 - region.y0, region.x1 - region.x0)
    rgba, depth_m = np.zeros((*shape, 4), np.uint8), np.full(shape, np.inf, np.float32)
    copies = 1 + 2 * int(np.ceil(0.5 * min(length, MOST_PX) / STEP_PX))
    places = np.round(np.linspace(-0.5, 0.5, copies)[:, None] * smear).astype(np.int64)
    _average(layer.rgba, layer.depth_m, places + corner, rgba, depth_m)
    return GarmentLayer(rgba, depth_m, region)


@njit(cache=True, nogil=True)
def _average(
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
    places: NDArray[np.int64],
    out: NDArray[np.uint8],
    out_m: NDArray[np.float32],
) -> None:
    """Write the mean of copies of `rgba` (straight alpha), their corners at `places` (N, 2), and the nearest depth."""
    count = places.shape[0]
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            red = green = blue = weight = np.int64(0)
            for k in range(count):
                y, x = j - places[k, 1], i - places[k, 0]
                if 0 <= y < rgba.shape[0] and 0 <= x < rgba.shape[1]:
                    a = np.int64(rgba[y, x, 3])
                    red += a * np.int64(rgba[y, x, 0])
                    green += a * np.int64(rgba[y, x, 1])
                    blue += a * np.int64(rgba[y, x, 2])
                    weight += a
                    out_m[j, i] = min(out_m[j, i], depth_m[y, x])
            if weight > 0:
                half = weight >> 1
                out[j, i, 0], out[j, i, 1], out[j, i, 2] = (
                    (red + half) // weight,
                    (green + half) // weight,
                    (blue + half) // weight,
                )
                out[j, i, 3] = (weight + (count >> 1)) // count
