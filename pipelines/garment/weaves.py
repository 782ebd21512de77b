"""Weaves and knits as height fields that tile, and how much relief and shade each shows.

What is finer than a texel (the loops of a jersey, the diagonal of a satin) is left to noise along the yarns: drawn
as a grid it would beat against the pixels. Wales, ribs and cables have their real size.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.garment.look import Weave

Values = NDArray[np.float32]

TILE_M = 0.24  # every repeat below divides it
# Metres from valley to crest; darkening of the valleys.
RELIEF: dict[Weave, tuple[float, float]] = {
    "plain": (0.00010, 0.05), "jersey": (0.00014, 0.05), "rib": (0.00080, 0.26), "twill": (0.00016, 0.07),
    "denim": (0.00022, 0.06), "knit": (0.00060, 0.24), "cable": (0.00240, 0.34), "satin": (0.00003, 0.03),
    "linen": (0.00016, 0.15), "fleece": (0.00090, 0.13), "corduroy": (0.00060, 0.30),
}  # fmt: skip
RIB_M, WALE_M, KNIT_M, DIAGONAL_M, CABLE_M = 0.24 / 36, 0.24 / 48, 0.24 / 40, 0.24 / 64, 0.08


@functools.lru_cache(maxsize=16)
def weave(kind: Weave, size_px: int) -> Values:
    """Return the height (size, size), 0..1, of TILE_M of cloth, x along the weft, y along the warp; it tiles."""
    t = (np.arange(size_px, dtype=np.float32) + 0.5) / size_px * TILE_M
    x, y = t[None, :], t[:, None]
    unit = size_px / 307  # texels of the noise, at 0.8 mm
    match kind:
        case "rib":
            height = 0.9 * _ridges(x, RIB_M) + 0.1 * noise(size_px, 1 * unit, 3 * unit)
        case "corduroy":
            height = 0.82 * _ridges(x, WALE_M) + 0.18 * noise(size_px, unit, 4 * unit)
        case "knit":
            height = 0.85 * _loops(x, y, KNIT_M) + 0.15 * noise(size_px, 2 * unit, 2 * unit)
        case "cable":
            height = 0.9 * _cables(x, y) + 0.1 * noise(size_px, unit, 2 * unit)
        case "twill" | "denim":
            wave = 0.5 + 0.5 * np.cos(2 * np.pi * (x + y) / DIAGONAL_M)
            height = 0.45 * wave + 0.55 * noise(size_px, 0.7 * unit, 5 * unit)
        case "linen":
            height = 0.5 * _slubs(size_px, unit) + 0.5 * _slubs(size_px, unit).T[::-1]
        case "fleece":
            height = 0.6 * noise(size_px, 5 * unit, 5 * unit) + 0.4 * noise(size_px, 1.5 * unit, 1.5 * unit)
        case "jersey":
            height = 0.7 * noise(size_px, 0.8 * unit, 4 * unit) + 0.3 * noise(size_px, 2 * unit, 2 * unit)
        case "satin":
            height = noise(size_px, 0.8 * unit, 9 * unit)
        case "plain":
            height = 0.5 * noise(size_px, 0.8 * unit, 4 * unit) + 0.5 * noise(size_px, 4 * unit, 0.8 * unit)
    return np.asarray(np.clip(height, 0, 1), np.float32)


@functools.lru_cache(maxsize=32)
def noise(size_px: int, sigma_x: float, sigma_y: float, seed: int = 20) -> Values:
    """Return smooth noise (size, size) that tiles, about 0..1 with mean 0.5; sigmas in pixels."""
    fine = np.random.default_rng(seed).standard_normal((size_px, size_px), dtype=np.float32)
    pad = min(size_px, int(np.ceil(3 * max(sigma_x, sigma_y))) + 1)
    wide = cv2.GaussianBlur(np.pad(fine, pad, mode="wrap"), (0, 0), sigma_x, sigmaY=sigma_y)
    smooth = wide[pad:-pad, pad:-pad]
    return np.asarray(np.clip(0.5 + (smooth - smooth.mean()) / (5 * smooth.std()), 0, 1), np.float32)


def laid(tile: NDArray[np.float32], period_m: tuple[float, float], x_m: Values, y_m: Values) -> NDArray[np.float32]:
    """Return `tile` (h, w) or (h, w, 3), which repeats every `period_m` (x, y), at x_m, y_m (H, W)."""
    height, width = tile.shape[:2]
    padded = np.pad(tile, ((1, 1), (1, 1)) + ((0, 0),) * (tile.ndim - 2), mode="wrap")
    across = np.mod(x_m / np.float32(period_m[0]), 1) * width + 0.5
    down = np.mod(y_m / np.float32(period_m[1]), 1) * height + 0.5
    across, down = np.broadcast_arrays(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(
        cv2.remap(padded, np.ascontiguousarray(across), np.ascontiguousarray(down), cv2.INTER_LINEAR), np.float32
    )


def _ridges(x: Values, period_m: float) -> Values:
    """Return rounded ridges with narrow valleys between."""
    return np.asarray(np.sqrt(np.abs(np.cos(np.pi * x / period_m))), np.float32)


def _loops(x: Values, y: Values, period_m: float) -> Values:
    """Return the V of stocking stitch: two slanting strands a wale, four fifths of a wale high."""
    across = np.mod(x / period_m, 1)
    strand = np.sqrt(np.abs(np.sin(2 * np.pi * across)))
    slant = 0.5 + 0.5 * np.cos(2 * np.pi * (y / (period_m * 0.8) + 0.9 * np.abs(across - 0.5)))
    return np.asarray(strand * (0.45 + 0.55 * slant), np.float32)


def _cables(x: Values, y: Values) -> Values:
    """Return two-strand cables on purl ground, a rib between any two of them; one lies on x = 0."""
    across = (np.mod(x / CABLE_M + 0.5, 1) - 0.5) * CABLE_M
    turn = 2 * np.pi * y / (CABLE_M * 0.75)
    ground = 0.12 + 0.10 * _loops(x, y, KNIT_M)
    height = np.maximum(ground, 0.5 * _bump((np.abs(across) - 0.031) / 0.0045))
    for side in (1, -1):
        at = side * 0.0085 * np.sin(turn)
        over = 0.5 + 0.5 * side * np.cos(turn)
        yarn = 0.06 * np.cos(2 * np.pi * (y / (KNIT_M * 0.8) + side * np.abs(across - at) / 0.008))
        strand = _bump((across - at) / 0.0095)
        height = np.maximum(height, strand * (0.62 + 0.32 * over + yarn))
    return np.asarray(height, np.float32)


def _bump(t: Values) -> Values:
    return np.asarray(np.sqrt(np.clip(1 - t * t, 0, 1)), np.float32)


def _slubs(size_px: int, unit: float) -> Values:
    """Return threads along y, some of them thick for a few centimetres."""
    thin = noise(size_px, 0.8 * unit, 12 * unit)
    thick = noise(size_px, 1.1 * unit, 30 * unit, seed=7)
    return np.asarray(0.6 * thin + 0.9 * np.clip(thick - 0.62, 0, 1), np.float32)
