"""The person matte of one among several: it spills over onto neighbours, so only what own limbs reach is kept."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import CameraFrame, Landmarks

SHOULDERS_PER_TORSO = 0.65
LIMB_REACH = 0.30  # of the shoulder width, around the lines between joints
TORSO_REACH = 0.35
HEAD_REACH = 0.65  # around the middle of the face: hair goes along
LIMBS = ((11, 13), (13, 15), (15, 19), (12, 14), (14, 16), (16, 20), (23, 25), (25, 27), (24, 26), (26, 28))
FEET = ((27, 31), (28, 32))
OUTLINES = ((11, 12, 24, 23), (23, 24, 26, 25), (25, 26, 28, 27))  # torso; between the legs hangs a skirt or coat
_SHIFT = 4  # fixed-point bits of a coordinate


def with_own_matte(landmarks: Landmarks, frame: CameraFrame) -> Landmarks:
    """Return `landmarks` with a matte that is 0 where the person cannot be."""
    matte = landmarks.matte
    if matte is None:
        return landmarks
    scale = np.array([matte.shape[1] / frame.width_px, matte.shape[0] / frame.height_px])
    reach = _reach(landmarks.uv_px.astype(np.float64) * scale, matte.shape)
    return replace(landmarks, matte=np.minimum(matte, reach))


def _reach(uv: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return 255 within reach of the body whose points in matte pixels are `uv` (33, 2), else 0."""
    out = np.zeros(shape, np.uint8)
    shoulders, hips = uv[11:13], uv[23:25]
    torso = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    width = max(2.0, float(np.linalg.norm(shoulders[0] - shoulders[1])), SHOULDERS_PER_TORSO * torso)
    at = np.clip(uv * (1 << _SHIFT), -(2**14), 2**14).astype(np.int32)
    limb, around = round(2 * LIMB_REACH * width), round(2 * TORSO_REACH * width)
    for one, other in (*LIMBS, *FEET):
        cv2.line(out, at[one].tolist(), at[other].tolist(), [255], max(1, limb), shift=_SHIFT)
    for corners in OUTLINES:
        cv2.fillConvexPoly(out, cv2.convexHull(at[list(corners)]), [255], shift=_SHIFT)
    cv2.polylines(out, [at[list(OUTLINES[0])]], True, [255], max(1, around), shift=_SHIFT)
    middle = np.clip(uv[:11].mean(axis=0) * (1 << _SHIFT), -(2**14), 2**14).astype(np.int32)
    cv2.line(out, middle.tolist(), at[11:13].mean(axis=0).astype(int).tolist(), [255], max(1, limb), shift=_SHIFT)
    cv2.circle(out, middle.tolist(), round(HEAD_REACH * width * (1 << _SHIFT)), [255], -1, shift=_SHIFT)
    return out
