"""Does anything move beside the shopper? Only then is it worth looking for somebody who may pass in front.

Two pictures of a few hundred cells are compared, away from the shopper's own matte; what all cells have in common is
the light or the camera's exposure and is taken out. A camera that is carried stirs everything, and then others are
looked for all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipelines.types import CameraFrame, DepthF32, MatteU8

CELL_PX = 16
MOVED = 6.0  # levels of luma by which a cell changes when something moves in it
LEAST = 0.008  # of the cells
OWN_CELLS = 2  # around the matte that may be moved by the shopper
LASTING_S = 0.7  # after the last stir others are still looked for


@dataclass(frozen=True, slots=True, eq=False)
class Stir:
    """What was seen beside the shopper."""

    luma: DepthF32 | None = None  # (h, w) means of the cells in the last frame
    last_s: float = -1e9  # when something moved
    share: float = 0.0  # of the cells beside the shopper, that moved just now

    def is_recent(self, now_s: float) -> bool:
        """Return whether something moved a moment ago."""
        return now_s - self.last_s < LASTING_S


def stirred(frame: CameraFrame, own: MatteU8 | None, before: Stir) -> Stir:
    """Return what `frame` adds to `before`; `own` is the shopper's matte over the whole frame, None if unknown."""
    size = max(2, frame.width_px // CELL_PX), max(2, frame.height_px // CELL_PX)
    luma = cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if own is None or before.luma is None or before.luma.shape != luma.shape:
        return Stir(luma, before.last_s)
    near = cv2.resize(own, size, interpolation=cv2.INTER_AREA)
    side = 2 * OWN_CELLS + 1
    beside = cv2.dilate(near, np.ones((side, side), np.uint8)) < 64
    change = (luma - before.luma)[beside]
    if len(change) == 0:
        return Stir(luma, before.last_s)
    moved = np.abs(change - np.median(change)) > MOVED
    last_s = frame.captured_s if moved.sum() >= LEAST * luma.size else before.last_s
    return Stir(luma, last_s, float(moved.mean()))
