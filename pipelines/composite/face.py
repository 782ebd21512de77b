"""A face is before the collar, whatever the posed body says: a head that is bent forward is lower than the posed one.

What of the garment is drawn over the face between ears, eyes and chin goes, unless it is well before the head, as a
sleeve is that is held there. Only where the pose network's points of a face are believed: not from behind.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import GarmentLayer, Landmarks

SHOULDERS = (11, 12)
INNER = (0, 1, 4, 9, 10)  # nose, inner eyes, mouth corners: hair seldom covers them
OUTLINE = (3, 6, 7, 8, 9, 10)  # outer eyes, ears, mouth corners; the chin is reckoned:
CHIN = 0.6  # below the mouth, of the way from eyes to mouth
JAW = 0.9  # its angle below each ear, of that way
OUTWARD = 0.15  # of the way from the eyes to an ear: so much farther out it may be than the network puts it
EARS, EYES, MOUTH = (7, 8), (2, 5), (9, 10)
SEEN = 0.5  # visibility
BEFORE_M = 0.15  # what is so much nearer than the head's joint is before the face
SOFT_PX = 3


def shows_face(landmarks: Landmarks) -> bool:
    """Return whether the face is to be seen: not from behind, where the pose network invents one."""
    turned_to_us = landmarks.uv_px[SHOULDERS[0], 0] > landmarks.uv_px[SHOULDERS[1], 0]
    return bool(turned_to_us and landmarks.visibility[list(INNER)].min() > SEEN)


def face_occlusion(landmarks: Landmarks, layer: GarmentLayer, head_m: float) -> NDArray[np.uint8] | None:
    """Return how much (h, w) of each of the layer's pixels the face hides, 255 all; None where it hides nothing.

    `head_m` is how far away the head's joint is.
    """
    if not shows_face(landmarks):
        return None
    points = _outline_px(landmarks.uv_px.astype(np.float64)) - (layer.region.x0, layer.region.y0)
    height, width = layer.depth_m.shape
    low, high = np.floor(points.min(axis=0)) - SOFT_PX, np.ceil(points.max(axis=0)) + SOFT_PX + 1
    (x0, y0), (x1, y1) = np.clip(low, 0, (width, height)).astype(int), np.clip(high, 0, (width, height)).astype(int)
    part = np.s_[y0:y1, x0:x1]
    on_head = np.isfinite(layer.depth_m[part]) & (layer.depth_m[part] > head_m - BEFORE_M)
    if not on_head.any():
        return None
    face = np.zeros(on_head.shape, np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(points - (x0, y0)).astype(np.int32)), (255,))
    soft = cv2.GaussianBlur(face, (SOFT_PX, SOFT_PX), 0.0)
    out = np.zeros(layer.depth_m.shape, np.uint8)
    out[part] = np.where(on_head, soft, 0)
    return out if out.any() else None


def _outline_px(uv_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (N, 2) whose hull is the face below the eyes."""
    eyes, mouth, ears = uv_px[list(EYES)].mean(axis=0), uv_px[list(MOUTH)].mean(axis=0), uv_px[list(EARS)]
    down = mouth - eyes
    ears = ears + OUTWARD * (ears - eyes)
    return np.vstack([uv_px[list(OUTLINE)], ears + JAW * down, mouth + CHIN * down])
