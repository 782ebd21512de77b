"""Framing help: what the shopper should do so that the garments can sit right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.types import CameraFrame, Landmarks

DARK_LUMA = 45.0  # mean luma of the frame, 16..235
BLACK_LUMA = 26.0  # of a frame whose brightest spots are darker nothing can be made out
BRIGHTEST = 99  # per cent: a few pixels of noise are brighter still
FAR_TORSO = 0.18  # torso length / frame height
SEEN = 0.5


@dataclass(frozen=True, slots=True)
class Window:
    """What of the picture is around the shopper: all of its height, and so much across, px."""

    centre_px: float
    width_px: float
    found: bool  # there was somebody to follow


def framing_hint(landmarks: Landmarks | None, frame: CameraFrame) -> str | None:
    """Return the most useful of "covered", "more_light", "nobody", "come_closer", "step_back", or None."""
    if landmarks is None:
        return "covered" if is_black(frame) else "more_light" if is_dark(frame) else "nobody"
    uv = landmarks.uv_px
    hips = uv[23:25]
    inside = np.all((hips >= 0) & (hips < (frame.width_px, frame.height_px)))
    if not inside or landmarks.visibility[23:25].min() < SEEN:
        return "step_back"
    torso = float(np.linalg.norm(uv[11:13].mean(axis=0) - hips.mean(axis=0)))
    if torso < FAR_TORSO * frame.height_px:
        return "come_closer"
    return "more_light" if is_dark(frame) else None


def is_dark(frame: CameraFrame) -> bool:
    """Return whether a picture is too dark to find somebody in."""
    return float(frame.y[::8, ::8].mean()) < DARK_LUMA


def is_black(frame: CameraFrame) -> bool:
    """Return whether nothing at all is to be seen: the lens is covered, or the camera sends no picture."""
    return float(np.percentile(frame.y[::8, ::8], BRIGHTEST)) < BLACK_LUMA
