"""Stills of a figure, and the stills of a whole turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.composite.backend import Compositor
from pipelines.errors import InputRejected
from pipelines.garment.thumbnail import studio_light
from pipelines.outfit import Outfit
from pipelines.render.backend import Renderer
from pipelines.types import CameraFrame
from pipelines.viewpoint.avatar import avatar_of
from pipelines.viewpoint.figure import standing
from pipelines.viewpoint.studio import Figure, View, portrait

RgbU8: TypeAlias = Annotated[NDArray[np.uint8], "H W 3", "sRGB"]

OVERSAMPLE = 2  # drawn twice as large and averaged: smooth edges everywhere, between garments too
SIDE_MIN_PX, SIDE_MAX_PX = 64, 1280


def stand(outfit: Outfit) -> Figure:
    """Return `outfit` on its mannequin, standing at ease."""
    return standing(outfit, avatar_of(outfit.body, outfit.garments))


def still(figure: Figure, view: View, size_px: tuple[int, int], backends: tuple[Renderer, Compositor]) -> RgbU8:
    """Return the picture (H, W, 3) of `figure`, `size_px` (width, height).  Raises InputRejected."""
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in size_px):
        raise InputRejected(f"picture of {size_px[0]} x {size_px[1]}: {SIDE_MIN_PX} to {SIDE_MAX_PX} px are possible")
    large = (size_px[0] * OVERSAMPLE, size_px[1] * OVERSAMPLE)
    picture = _rgb(portrait(figure, view, large, studio_light(), backends))
    return np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA), np.uint8)


def turn(
    figure: Figure, frames: int, pitch_deg: float, size_px: tuple[int, int], backends: tuple[Renderer, Compositor]
) -> Iterator[RgbU8]:
    """Yield `frames` stills once round the figure, the front first and its left side next."""
    for index in range(frames):
        yield still(figure, View(360.0 * index / frames, pitch_deg), size_px, backends)


def _rgb(frame: CameraFrame) -> RgbU8:
    packed = np.concatenate([plane.ravel() for plane in (frame.y, frame.u, frame.v)])
    return np.asarray(cv2.cvtColor(packed.reshape(-1, frame.width_px), cv2.COLOR_YUV2RGB_I420), np.uint8)
