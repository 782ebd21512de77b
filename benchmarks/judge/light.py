"""The light that the pipeline read against the lamps that were there, and the cloth's colour under both."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.people import Person
from pipelines.types import Sh9

LUMA = np.array([0.2126, 0.7152, 0.0722])
INSET_PX, STEP_PX, BLUR_PX = 5, 4, 9


def true_direction(person: Person) -> NDArray[np.float64]:
    """Return where the light comes from (3,), unit: the lamps' first spherical harmonics add up as vectors."""
    total = np.zeros(3)
    for lamp in person.light.lights:
        away = -np.array(lamp.toward, np.float64)
        total += lamp.intensity * float(LUMA @ lamp.colour) * away / np.linalg.norm(away)
    return np.asarray(total / np.linalg.norm(total))


def direction_error_deg(light: Sh9, person: Person) -> float:
    """Return the angle between the fitted light's first harmonics and the lamps."""
    y, z, x = light[1:4].astype(np.float64) @ LUMA
    found = np.array([x, y, z])
    cosine = found @ true_direction(person) / max(float(np.linalg.norm(found)), 1e-12)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def colour_error(bgr: NDArray[np.uint8], true_bgr: NDArray[np.uint8], both: NDArray[np.bool_]) -> float:
    """Return the mean CIEDE2000 of two pictures (H, W, 3) well inside of `both` (H, W); NaN where that is empty.

    Both are blurred over BLUR_PX pixels first: noise and the weave's pixels are not the light's.
    """
    kernel = np.ones((2 * INSET_PX + 1, 2 * INSET_PX + 1), np.uint8)
    kept = cv2.erode(both.astype(np.uint8), kernel)[::STEP_PX, ::STEP_PX] > 0
    if not kept.any():
        return float("nan")
    ours, theirs = (lab(cv2.blur(one, (BLUR_PX, BLUR_PX))[::STEP_PX, ::STEP_PX][kept]) for one in (bgr, true_bgr))
    return float(ciede2000(ours, theirs).mean())


def lab(bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return CIELAB (N, 3), D65, of sRGB pixels (N, 3) in the order blue, green, red."""
    scaled = bgr.reshape(-1, 1, 3).astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_BGR2Lab), np.float64).reshape(-1, 3)


def ciede2000(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colour differences (N,) of CIELAB colours (N, 3), after Sharma, Wu and Dalal (2005)."""
    l1, a1, b1 = one.T
    l2, a2, b2 = two.T
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2.0) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean7 / (mean7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360.0 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0.0
    turn = np.where(grey, 0.0, (h2 - h1 + 180.0) % 360.0 - 180.0)
    hue_step = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2.0)
    light, chroma = (l1 + l2) / 2.0, (c1 + c2) / 2.0
    apart = np.abs(h1 - h2) > 180.0
    hue = np.where(grey, h1 + h2, (h1 + h2) / 2.0 + np.where(apart, np.where(h1 + h2 < 360.0, 180.0, -180.0), 0.0))
    weights = zip((-0.17, 0.24, 0.32, -0.20), (1, 2, 3, 4), (-30, 0, 6, -63), strict=True)
    t = 1.0 + sum(share * np.cos(np.radians(times * hue + shift)) for share, times, shift in weights)
    from_50 = (light - 50.0) ** 2
    s_light = 1.0 + 0.015 * from_50 / np.sqrt(20.0 + from_50)
    s_chroma, s_hue = 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma * t
    bend = 2.0 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    r_t = -bend * np.sin(np.radians(60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))))
    d_l, d_c, d_h = (l2 - l1) / s_light, (c2 - c1) / s_chroma, hue_step / s_hue
    return np.asarray(np.sqrt(d_l**2 + d_c**2 + d_h**2 + r_t * d_c * d_h))
