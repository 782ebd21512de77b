"""The judge's camera meters: person and room are under the same lamps, and all of them get its one gain.

A camera opens until the middle of what it sees is as bright as it aims at (ISO 2721: a card of 18 % grey), and cameras
differ by some tenths of a stop. So how bright a frame is tells how bright a white surface in it is, as it does in
every real picture, up to what the room is painted with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.synthetic.paint import Light

AIM = 0.46  # sRGB of 18 % grey
LATITUDE = 0.2  # standard deviation of what cameras aim at, in stops
DIM = 0.15  # so dark a picture is metered: nothing in it is clipped
GAMMA = 2.2  # of the painter
WINDOW = 0.6  # of half the picture: spread of the weight of its middle


@dataclass(frozen=True, slots=True)
class Exposed:
    """The lamps and the ambient light as the sensor gets them."""

    lights: tuple[Light, ...]
    ambient: float

    def times(self, gain: float) -> Exposed:
        """Return them `gain` times as bright."""
        lights = tuple(replace(one, intensity=gain * one.intensity) for one in self.lights)
        return Exposed(lights, gain * self.ambient)

    def facing_rgb(self) -> NDArray[np.float32]:
        """Return what a white wall that faces the camera sends back (3,), linear."""
        total = np.full(3, self.ambient)
        for one in self.lights:
            facing = max(0.0, -one.toward[2]) / float(np.linalg.norm(one.toward))
            total += facing * one.intensity / np.pi * np.array(one.colour)
        return total.astype(np.float32)


def metered(light: Exposed, picture: Callable[[Exposed], NDArray[np.floating]], stops: float) -> Exposed:
    """Return `light` with the gain at which `picture` of it, (H, W, 3) BGR 0..255, is what a camera aims at.

    `stops` more or less of what this camera aims at.
    """
    linear = linear_of(picture(light.times(DIM)))[::4, ::4] / DIM
    weight = _middle(*linear.shape[:2])
    low, high = 0.02, 50.0
    for _ in range(24):
        gain = float(np.sqrt(low * high))
        brightness = float((weight * srgb_of(gain * linear).mean(axis=2)).sum()) / 255.0
        low, high = (gain, high) if brightness < AIM else (low, gain)
    return light.times(gain * 2.0**stops)


def linear_of(bgr: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return painted pixels 0..255 as linear light 0..1."""
    return np.asarray((bgr.astype(np.float32) / 255.0) ** np.float32(GAMMA), np.float32)


def srgb_of(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return linear light as painted pixels, clipped at white."""
    return np.asarray(np.clip(linear, 0.0, 1.0) ** (1.0 / GAMMA) * 255.0 + 0.5, np.uint8)


def _middle(height: int, width: int) -> NDArray[np.float64]:
    """Return weights (H, W) of a centre-weighted meter; they add up to 1."""
    y, x = np.linspace(-1.0, 1.0, height)[:, None], np.linspace(-1.0, 1.0, width)
    weight = np.exp(-(x**2 + y**2) / (2.0 * WINDOW**2))
    return np.asarray(weight / weight.sum())
