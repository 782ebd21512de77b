"""The person's matte where it is needed: over a part of the picture, pixel for pixel."""

from __future__ import annotations

import cv2
import numpy as np

from pipelines.types import CameraFrame, MatteU8, Region


def matte_over(matte: MatteU8, frame: CameraFrame, region: Region, step: int = 1) -> MatteU8:
    """Return `matte`, which lies over the whole of `frame`, over `region`: one value every `step` pixels (h, w)."""
    sx, sy = matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px
    middle = 0.5 * step
    to_matte = np.array(
        [[step * sx, 0.0, (region.x0 + middle) * sx - 0.5], [0.0, step * sy, (region.y0 + middle) * sy - 0.5]]
    )
    size = (region.x1 - region.x0) // step, (region.y1 - region.y0) // step
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(matte, to_matte, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)
