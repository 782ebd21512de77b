"""Prints: periodic pictures in centimetres, and a logo; deterministic, drawn without picture files.

A print is laid from the middle line of a panel (x = 0), where its mirror image begins, so each is
symmetric there or keeps clear of it.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.garment.look import Check, Dots, Floral, Logo, Pinstripe, Stripe, Tartan
from pipelines.garment.weaves import Values, laid

Tile = tuple[NDArray[np.float32], tuple[float, float]]  # (h, w, 4) RGB 0..255 and cover 0..1; its size (x, y) in metres

PIXEL_M = 0.0004
TWILL_M = 0.0035  # of the diagonal where two colours of a tartan cross
FLORAL_M = 0.32
_SHIFT = 4  # fractional bits of OpenCV's drawing
_OVER = 4  # supersampling of dots, blossoms and logos


def rgb(text: str) -> NDArray[np.float32]:
    """Return "#rrggbb" as (3,) 0..255."""
    return np.array([int(text[n : n + 2], 16) for n in (1, 3, 5)], np.float32)


@functools.lru_cache(maxsize=32)
def tile(pattern: Stripe | Pinstripe | Check | Tartan | Floral | Dots) -> Tile:
    """Return one repeat of `pattern`."""
    match pattern:
        case Stripe():
            down = _band(pattern.spacing_cm, pattern.width_cm)
            return _flat(pattern.colour, down[:, None]), (pattern.spacing_cm / 100, pattern.spacing_cm / 100)
        case Pinstripe():
            across = _band(pattern.spacing_cm, pattern.width_cm)
            return _flat(pattern.colour, across[None, :]), (pattern.spacing_cm / 100, pattern.spacing_cm / 100)
        case Check():
            band = _band(2 * pattern.size_cm, pattern.size_cm)
            return _flat(pattern.colour, (band[:, None] + band[None, :]) / 2), (pattern.size_cm / 50,) * 2
        case Tartan():
            return _tartan(pattern)
        case Dots():
            return _dots(pattern)
        case Floral():
            return _floral(pattern)


def logo(pattern: Logo, x_m: Values, y_m: Values) -> NDArray[np.float32]:
    """Return (H, W, 4) RGB and cover of a logo whose origin is at x = y = 0; x_m rises along rows, y_m down columns."""
    ink = np.zeros((*x_m.shape, 4), np.float32)
    outlines = [np.array(shape.points_cm) / 100 * [1, -1] for shape in pattern.shapes]
    points = np.concatenate(outlines)
    top, bottom = np.searchsorted(y_m[:, 0], [points[:, 1].min() - 0.005, points[:, 1].max() + 0.005])
    right = int(np.searchsorted(x_m[0], points[:, 0].max() + 0.005))
    across, down = x_m[0, :right], y_m[top:bottom, 0]
    if not across.size or not down.size:
        return ink
    canvas = np.zeros((len(down) * _OVER, right * _OVER, 4), np.float32)
    for outline, shape in zip(outlines, pattern.shapes, strict=True):
        column = np.interp(outline[:, 0], across, np.arange(right)) + 0.5
        row = np.interp(outline[:, 1], down, np.arange(len(down))) + 0.5
        column[outline[:, 0] == 0] = -1  # beyond the middle line, where its mirror image goes on
        _fill(canvas, np.stack([column, row], 1) * _OVER, (*rgb(shape.colour), 1.0))
    small = cv2.resize(_premultiplied(canvas), (right, len(down)), interpolation=cv2.INTER_AREA)
    ink[top:bottom, :right] = _covered(np.asarray(small, np.float32))
    return ink


def printed(
    pattern: Stripe | Pinstripe | Check | Tartan | Floral | Dots, x_m: Values, y_m: Values, texel_m: float
) -> NDArray[np.float32]:
    """Return (H, W, 4) RGB and cover of `pattern` at x_m, y_m, softened to a texel of `texel_m`."""
    picture, period = tile(pattern)
    return laid(_softened(picture, 0.45 * texel_m / PIXEL_M), period, x_m, y_m)


def _pixels(length_cm: float) -> int:
    return max(4, round(length_cm / 100 / PIXEL_M))


def _band(period_cm: float, width_cm: float) -> Values:
    """Return the cover (n,) of a band centred on 0 over one period, its edges as wide as a pixel."""
    n = _pixels(period_cm)
    at = (np.arange(n, dtype=np.float32) + 0.5) / n * period_cm
    away = np.minimum(at, period_cm - at)
    return np.asarray(np.clip((width_cm / 2 - away) / (period_cm / n) + 0.5, 0, 1), np.float32)


def _flat(colour: str, cover: Values) -> NDArray[np.float32]:
    side = max(cover.shape)
    picture = np.empty((side, side, 4), np.float32)
    picture[..., :3] = rgb(colour)
    picture[..., 3] = cover
    return picture


def _softened(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    pad = int(np.ceil(3 * sigma_px)) + 1
    wide = np.pad(_premultiplied(picture), ((pad, pad), (pad, pad), (0, 0)), mode="wrap")
    return _covered(np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma_px)[pad:-pad, pad:-pad], np.float32))


def _premultiplied(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], 2)


def _covered(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    cover = picture[..., 3:]
    return np.concatenate([picture[..., :3] / np.maximum(cover, 1e-6), cover], 2)


def _tartan(pattern: Tartan) -> Tile:
    """Return the sett and its mirror image, warp over weft; where colours cross, a diagonal shows both."""
    widths = np.array([thread.width_cm for thread in pattern.sett])
    colours = np.stack([rgb(thread.colour) for thread in pattern.sett])
    half = float(widths.sum())
    n = _pixels(2 * half)
    at = (np.arange(n) + 0.5) / n * 2 * half
    at = np.minimum(at, 2 * half - at)
    line = colours[np.minimum(np.searchsorted(np.cumsum(widths), at), len(widths) - 1)]
    repeats = max(1, round(2 * half / 100 / TWILL_M))
    t = np.arange(n) / n * repeats
    warp = (0.5 + 0.22 * np.cos(2 * np.pi * (t[:, None] + t[None, :])))[..., None]
    picture = np.ones((n, n, 4), np.float32)
    picture[..., :3] = warp * line[None] + (1 - warp) * line[:, None]
    return picture, (half / 50, half / 50)


def _dots(pattern: Dots) -> Tile:
    """Return two staggered rows: a dot in the corners and one amid them."""
    n = _pixels(pattern.spacing_cm) * _OVER
    canvas = np.zeros((n, n, 4), np.float32)
    canvas[..., :3] = rgb(pattern.colour)
    scale = n / pattern.spacing_cm
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(t), np.sin(t)], 1) * pattern.size_cm / 2 * scale
    for x, y in ((0, 0), (0, n), (n, 0), (n, n), (n / 2, n / 2)):
        _fill(canvas, circle + [x, y], (*rgb(pattern.colour), 1.0))
    small = cv2.resize(canvas, (n // _OVER,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), (pattern.spacing_cm / 100,) * 2


def _fill(canvas: NDArray[np.float32], points_px: NDArray[np.float64], colour: tuple[float, ...]) -> None:
    corners = np.round((points_px - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(canvas, [corners], [float(c) for c in colour], shift=_SHIFT)


def _floral(pattern: Floral) -> Tile:
    """Return blossoms scattered as in a Poisson disc (Bridson's rule by dart throwing), drawn where they wrap."""
    rng = np.random.default_rng(pattern.seed)
    n = round(FLORAL_M / PIXEL_M)
    canvas = np.zeros((2 * n, 2 * n, 4), np.float32)
    scale = 2 * n / (100 * FLORAL_M)
    period = 100 * FLORAL_M
    spots: list[tuple[float, float, float]] = []
    for share in (1.0, 0.72, 0.5):
        radius = pattern.blossom_cm / 2 * share
        for _ in range(700):
            x, y = rng.random(2) * period
            if min(x, period - x) < 0.6 * radius:
                x = 0.0  # a blossom lies on the middle line or clear of it
            elif min(x, period - x) < 1.75 * radius:
                continue
            near = ((_round(x - a, period) ** 2 + _round(y - b, period) ** 2) ** 0.5 - r for a, b, r in spots)
            if min(near, default=np.inf) > radius * 1.25 + 0.1 * pattern.blossom_cm:
                spots.append((x, y, radius))
    for number, (x, y, radius) in enumerate(spots):
        tilt = -np.pi / 2 if x == 0 else rng.random() * 2 * np.pi
        petal = rgb(pattern.petals[number % len(pattern.petals)])
        for dx in (-period, 0.0, period):
            for dy in (-period, 0.0, period):
                if -3 * radius < x + dx < period + 3 * radius and -3 * radius < y + dy < period + 3 * radius:
                    _blossom(canvas, np.array([x + dx, y + dy]) * scale, radius * scale, tilt, (petal, pattern))
    small = cv2.resize(_premultiplied(canvas), (n, n), interpolation=cv2.INTER_AREA)
    return _covered(np.asarray(small, np.float32)), (FLORAL_M, FLORAL_M)


def _round(distance: float, period: float) -> float:
    return abs((distance + period / 2) % period - period / 2)


def _blossom(
    canvas: NDArray[np.float32],
    at: NDArray[np.float64],
    radius: float,
    tilt: float,
    colours: tuple[NDArray[np.float32], Floral],
) -> None:
    """Draw two leaves, five petals with a lighter rim and a vein, and the eye; symmetric about the tilt's axis."""
    petal, pattern = colours
    leaf = rgb(pattern.leaf)
    for side in (-1, 1):
        turn = tilt + np.pi + side * 0.62
        _fill(canvas, at + _turned(_leaf(1.7 * radius, 0.30 * radius), turn), (*leaf, 1.0))
        _fill(canvas, at + _turned(_leaf(1.55 * radius, 0.035 * radius), turn), (*(leaf * 0.72), 1.0))
    for n in range(5):
        turn = tilt + 2 * np.pi * n / 5
        _fill(canvas, at + _turned(_petal(radius), turn), (*np.clip(petal * 0.8, 0, 255), 1.0))
    for n in range(5):
        turn = tilt + 2 * np.pi * n / 5
        _fill(canvas, at + _turned(_petal(0.9 * radius), turn), (*petal, 1.0))
        light = petal + 0.45 * (255 - petal)
        _fill(canvas, at + _turned(_petal(0.55 * radius) * [1, 0.5] + [0.28 * radius, 0], turn), (*light, 1.0))
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(t), np.sin(t)], 1)
    eye = rgb(pattern.eye)
    _fill(canvas, at + circle * 0.25 * radius, (*(eye * 0.7), 1.0))
    _fill(canvas, at + circle * 0.18 * radius, (*eye, 1.0))


def _petal(length: float) -> NDArray[np.float64]:
    """Return a petal along +x from the origin, broad at its end, slightly notched."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    along = 0.5 - 0.5 * np.cos(t)
    wide = np.sin(t) * (0.10 + 0.36 * along)
    return np.stack([length * (along - 0.10 * along**8 * (1 - np.abs(np.sin(t)))), length * wide], 1)


def _leaf(length: float, width: float) -> NDArray[np.float64]:
    t = np.linspace(0, 1, 16)
    edge = width * np.sin(np.pi * t**0.8)
    return np.concatenate([np.stack([length * t, edge], 1), np.stack([length * t, -edge], 1)[::-1]])


def _turned(points: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]]), np.float64)
