"""The camera's noise on the cloth: drawn clean, a garment looks pasted on a picture that is not.

How noisy the camera's luma is, is read around the garment from second differences, which see neither shades nor steady
slopes (Immerkaer 1996, "Fast noise variance estimation"), within cells of the 8 x 8 pixels that JPEG and H.264 code
together, so that their borders are no noise. Texture and edges are told from noise by what they are not: everywhere.
The quietest cells of each brightness show the noise alone; where a coder left more of it in one cell than in the next,
they show the least. Differences over one pixel against those over two tell how wide the noise is smeared.

Noise of that strength and width is laid on the garment's luma, afresh in every frame: a part of one tile, taken where
the frame's time says. Video that was denoised or strongly compressed has less than FAINT, and nothing is added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import CameraFrame, GarmentLayer, Region

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

CELL = 8  # side of what a coder codes at once, pixels
MOST_CELLS = 600
AROUND, LEAST_AROUND_PX = 0.25, 48.0  # of the garment's size: so far beside it the picture is looked at
BANDS = np.array([30.0, 60.0, 100.0, 150.0, 220.0])  # borders of luma; beyond them noise is clipped
MIDDLES = 0.5 * (BANDS[1:] + BANDS[:-1])
LEAST_CELLS = 40  # in a band
QUIETEST, ALIKE = 0.06, 2.0  # share of the cells that are the quietest; of their variance, up to which others count
UNLIKE = 4.0  # of the variance in the quietest band: cameras differ less from dark to bright
USUAL = np.array([2.5, 1.4, 1.0, 0.9])  # the bands' variances against each other: of one in which too little is seen
ROUNDING = 1.0 / 12.0  # variance of whole levels

EVERY_S, RESET_S = 0.25, 2.0  # between measurements; a gap after which the noise starts afresh
RISES_S, FALLS_S = 1.0, 0.3  # how slowly it is followed: a coder's whole pictures are noisier than those after them

FAINT, PLAIN = 1.2, 1.6  # levels of luma: nothing is added below, all of it from there
STRONGEST = 6.0
HELD_BACK = 0.9  # of what is measured is added: too much is seen sooner than too little
AT_ENDS, ENDS = 0.5, (16.0, 40.0, 211.0, 235.0)  # of it in black and in white, where the camera's own is clipped
SMEARS = (0.0, 0.35, 0.5, 0.65, 0.8, 1.0)  # standard deviations, pixels
TILE = 256  # side, pixels, a power of two
UNIT = 30  # levels of the tile that are a standard deviation
SHIFT = 12


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """The noise so far; holds no picture."""

    variance: F64  # (4,) squared levels of luma, of each brightness, as differences over two pixels show it
    whiteness: float  # mean square second difference over one pixel, of that over two: 1 where nothing is smeared
    measured_s: float  # when

    @property
    def levels(self) -> F64:
        """Standard deviation (4,) of the luma's noise, of each brightness."""
        shown = np.interp(-self.whiteness, -_WHITENESS, _SHOWN[:, 1])
        return np.asarray(np.sqrt(self.variance / shown))


def measure_grain(frame: CameraFrame, region: Region, before: Grain | None) -> Grain | None:
    """Return the noise of `frame` about `region`, mixed with that `before`; None while none could be measured."""
    gap_s = RESET_S + 1.0 if before is None else frame.captured_s - before.measured_s
    is_fresh = not 0.0 <= gap_s <= RESET_S
    if region.is_empty or (not is_fresh and gap_s < EVERY_S):
        return before
    across, down = (max(AROUND * s, LEAST_AROUND_PX) for s in (region.x1 - region.x0, region.y1 - region.y0))
    around = region.grown(across, down, frame)
    found = _noise(_cells(frame.y, around.x0, around.y0, around.x1, around.y1))
    if before is None or is_fresh:
        return None if found is None else Grain(*found, frame.captured_s)
    if found is None:
        return replace(before, measured_s=frame.captured_s)
    rise, fall = (1.0 - float(np.exp(-gap_s / tau_s)) for tau_s in (RISES_S, FALLS_S))
    more = found[0] - before.variance
    variance = before.variance + np.where(more > 0.0, rise, fall) * more
    return Grain(variance, before.whiteness + rise * (found[1] - before.whiteness), frame.captured_s)


def with_grain(layer: GarmentLayer, grain: Grain | None, captured_s: float) -> GarmentLayer:
    """Return `layer` with noise like `grain` where it is not transparent; as it is where that is not to be seen."""
    if grain is None or layer.region.is_empty:
        return layer
    gains, smear_px = _gains(grain)
    if gains is None:
        return layer
    right, down = _place(captured_s)
    rgba = np.ascontiguousarray(layer.rgba).view(np.uint32)[..., 0]
    out = np.empty_like(rgba)
    _lay(rgba, _tile(smear_px), gains, layer.region.x0 + right, layer.region.y0 + down, out)
    return replace(layer, rgba=out[..., None].view(np.uint8))


def strengths(grain: Grain) -> F64:
    """Return the standard deviation (256,), in levels of luma, of what is added to each grey, 0 black .. 255 white."""
    levels = grain.levels
    levels = np.minimum(HELD_BACK * levels * np.clip((levels - FAINT) / (PLAIN - FAINT), 0.0, 1.0), STRONGEST)
    return np.interp(_LUMA, MIDDLES, levels) * _AT_ENDS


# --- how noisy the picture is


@njit(cache=True, nogil=True)
def _cells(y: U8, x0: int, y0: int, x1: int, y1: int) -> F64:
    """Return (N, 3) of the whole cells inside: mean luma, mean square second difference over one and two pixels.

    The latter two are scaled so that white noise shows its variance. Of too many cells some are left out.
    """
    first, top = -(-x0 // CELL), -(-y0 // CELL)
    across, down = max(x1 // CELL - first, 0), max(y1 // CELL - top, 0)
    step = 1
    while -(-across // step) * -(-down // step) > MOST_CELLS:
        step += 1
    columns, rows = -(-across // step), -(-down // step)
    out = np.zeros((columns * rows, 3))
    for n in range(columns * rows):
        j, i = CELL * (top + step * (n // columns)), CELL * (first + step * (n % columns))
        total = 0
        for k in range(CELL * CELL):
            total += int(y[j + k // CELL, i + k % CELL])
        out[n, 0] = total / (CELL * CELL)
        for over in (1, 2):
            square = 0
            for a in range(CELL):
                for b in range(CELL - 2 * over):
                    square += _bend2(y, j + a, i + b, 0, over) + _bend2(y, j + b, i + a, over, 0)
            out[n, over] = square / (6 * 2 * CELL * (CELL - 2 * over))
    return out


@njit(cache=True, nogil=True)
def _bend2(y: U8, j: int, i: int, down: int, right: int) -> int:
    """Return the square of a second difference that begins at (j, i)."""
    bend = int(y[j, i]) - 2 * int(y[j + down, i + right]) + int(y[j + 2 * down, i + 2 * right])
    return bend * bend


def _noise(cells: F64) -> tuple[F64, float] | None:
    """Return the variance (4,) and the whiteness of what `cells` (N, 3) show; None where too few are of one band."""
    variance, near, far = _quietest(cells)
    known = np.flatnonzero(np.isfinite(variance))
    if len(known) == 0:
        return None
    seen = variance[known]
    same, usual = (np.interp(MIDDLES, MIDDLES[known], seen / by[known]) * by for by in (np.ones(len(USUAL)), USUAL))
    return np.minimum(np.minimum(same, usual), UNLIKE * seen.min()), near / far if near < far else 1.0


@njit(cache=True, nogil=True)
def _quietest(cells: F64) -> tuple[F64, float, float]:
    """Return the variance (4,) of each band's quiet cells, NaN of too few, and the sums of both their differences."""
    variance, near, far = np.full(len(MIDDLES), np.nan), 0.0, 0.0
    for band in range(len(MIDDLES)):
        of_band = cells[(cells[:, 0] >= BANDS[band]) & (cells[:, 0] < BANDS[band + 1])]
        count = len(of_band)
        if count < LEAST_CELLS:
            continue
        most = ALIKE * np.sort(of_band[:, 2])[int(QUIETEST * count)]
        total, alike = 0.0, 0
        for n in range(count):
            if of_band[n, 2] <= most:
                near += of_band[n, 1]
                total += of_band[n, 2]
                alike += 1
        variance[band] = max(total / alike - ROUNDING, 0.0)
        far += total
    return variance, near, far


# --- what is laid on the cloth


def _taps(smear_px: float) -> F64:
    """Return the weights (9,) that smear along a row or a column."""
    return np.asarray(np.exp(-0.5 * (np.arange(-4, 5) / max(smear_px, 0.1)) ** 2))


def _shown(smear_px: float) -> list[float]:
    """Return what second differences over one and two pixels show of the variance of white noise that was smeared."""
    alike = np.correlate(_taps(smear_px), _taps(smear_px), "full")[8:]
    return [float(1.0 - (4.0 * alike[step] - alike[2 * step]) / (3.0 * alike[0])) for step in (1, 2)]


_SHOWN = np.array([_shown(smear_px) for smear_px in SMEARS])
_WHITENESS = _SHOWN[:, 0] / _SHOWN[:, 1]
_LUMA = 16.0 + np.arange(256) * (219.0 / 255.0)
_AT_ENDS = np.interp(_LUMA, ENDS, (AT_ENDS, 1.0, 1.0, AT_ENDS))


@lru_cache(8)
def _gains(grain: Grain) -> tuple[NDArray[np.int32] | None, float]:
    """Return by how much (256,) of 2 ** SHIFT the tile is laid on each grey, None of nothing, and how it is smeared."""
    levels = strengths(grain)
    gains = np.round(levels * (255.0 / 219.0 * (1 << SHIFT) / UNIT)).astype(np.int32)
    return gains if levels.any() else None, SMEARS[int(np.abs(_WHITENESS - grain.whiteness).argmin())]


@lru_cache(len(SMEARS))
def _tile(smear_px: float) -> NDArray[np.int8]:
    """Return noise (TILE, TILE) of standard deviation UNIT; beyond each side it goes on at the other."""
    noise = np.random.default_rng(TILE).standard_normal((TILE, TILE))
    for axis in (0, 1):
        noise = np.sum([tap * np.roll(noise, k - 4, axis) for k, tap in enumerate(_taps(smear_px))], axis=0)
    return np.asarray(np.clip(np.round(noise * (UNIT / noise.std())), -127, 127), np.int8)


def _place(captured_s: float) -> tuple[int, int]:
    """Return where in the tile a frame of that time begins (Steele et al. 2014, "Fast splittable ... generators")."""
    mixed = (round(captured_s * 1e6) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (mixed >> 16) % TILE, (mixed >> 40) % TILE


@njit(cache=True, nogil=True)
def _byte(level: np.int32) -> np.int32:
    return min(max(level, np.int32(0)), np.int32(255))


@njit(cache=True, nogil=True)
def _lay(
    rgba: NDArray[np.uint32],
    tile: NDArray[np.int8],
    gains: NDArray[np.int32],
    x0: int,
    y0: int,
    out: NDArray[np.uint32],
) -> None:
    """Write the pixels `rgba` (h, w), alpha in their highest byte, into `out`, the tile laid on their grey.

    Their corner is at (x0, y0) of the tile; `gains` (256,) tell how strong it is on each grey.
    """
    eight, sixteen, byte, half = np.uint32(8), np.uint32(16), np.uint32(255), np.int32(1 << (SHIFT - 1))
    for j in range(rgba.shape[0]):
        row = tile[(y0 + j) & (TILE - 1)]
        for i in range(rgba.shape[1]):
            p = rgba[j, i]
            if p < np.uint32(1 << 24):
                out[j, i] = p
                continue
            r, g, b = np.int32(p & byte), np.int32((p >> eight) & byte), np.int32((p >> sixteen) & byte)
            n = (gains[(r + g + g + b) >> np.int32(2)] * np.int32(row[(x0 + i) & (TILE - 1)]) + half) >> np.int32(SHIFT)
            r, g, b = r + n, g + n, b + n
            if (r | g | b) >> np.int32(8) != 0:
                r, g, b = _byte(r), _byte(g), _byte(b)
            out[j, i] = (p & np.uint32(0xFF000000)) | np.uint32(r) | (np.uint32(g) << eight) | (np.uint32(b) << sixteen)
