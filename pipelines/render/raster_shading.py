"""The loops of the numba rasteriser that colour what is seen: `shaders/garment.vert` and `garment.frag` on the CPU.

Each pixel is shaded once. Attributes are interpolated perspective-correct, by barycentrics over depth. The pixels of
a garment are taken in batches, a step for all of a batch at once, so that the processor works on many side by side.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import (
    GLINT,
    INSIDE_GAIN,
    SH_C0,
    SH_C1,
    SH_C2_AXIS,
    SH_C2_DIFF,
    SH_C2_MIXED,
    SHOULDER,
)
from pipelines.render.screen import TANGENT_COLUMNS

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

PLAIN, WOVEN = 9, 15  # attributes: u, v, sheen; light of the outside 3, of the inside 3; light along u 3, against v 3
MIXED = 12  # of them are looked at in one pixel: of its light that of one side
BATCH = 256  # pixels: what is known of so many stays in the processor's cache
_F = np.float32
_TO_UNIT, _BENT = _F(2.0 / 255.0), _F(1.0 - SHOULDER)
_C0, _C1, _C2_MIXED, _C2_AXIS, _C2_DIFF = (_F(c) for c in (SH_C0, SH_C1, SH_C2_MIXED, SH_C2_AXIS, SH_C2_DIFF))


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def light_vertices(packed: Floats, light: Floats, fit: Floats, gloss: np.float32, scale: np.float32) -> Floats:
    """Return attributes (V, 9 or 15) of `packed` (V, 8 or 12): see `shaders/garment.vert`."""
    woven = packed.shape[1] == TANGENT_COLUMNS
    out = np.empty((packed.shape[0], WOVEN if woven else PLAIN), np.float32)
    last = packed.shape[1] - 1
    for i in range(packed.shape[0]):
        px, py, pz = packed[i, 0], packed[i, 1], packed[i, 2]
        x, y, z = packed[i, 3], packed[i, 4], packed[i, 5]
        open_to = np.sqrt(x * x + y * y + z * z)
        inverse = _F(1.0) / open_to
        x, y, z = x * inverse, y * inverse, z * inverse
        out[i, 0], out[i, 1] = packed[i, last - 1] * scale, packed[i, last] * scale
        away = _F(1.0) / max(np.sqrt(px * px + py * py + pz * pz), _F(1e-6))
        along = (x * px + y * py + z * pz) * away
        out[i, 2] = fit[3] * (np.exp(fit[0] * abs(along) + fit[1]) + fit[2]) if fit[3] > _F(0.0) else _F(0.0)
        if gloss > _F(0.0):
            turn = _F(2.0) * along
            out[i, 2] += gloss * _mirrored(light, px * away - turn * x, py * away - turn * y, pz * away - turn * z)
        mixed, axis, diff = _C2_MIXED, _C2_AXIS * (_F(3.0) * z * z - _F(1.0)), _C2_DIFF * (x * x - y * y)
        for c in range(3):
            even = _C0 * light[0, c] + mixed * (light[4, c] * x * y + light[5, c] * y * z + light[7, c] * x * z)
            even += axis * light[6, c] + diff * light[8, c]
            odd = _C1 * (light[1, c] * y + light[2, c] * z + light[3, c] * x)
            out[i, 3 + c], out[i, 6 + c] = open_to * (even + odd), open_to * (even - odd)
        if woven:
            tx, ty, tz, side = packed[i, 6], packed[i, 7], packed[i, 8], packed[i, 9]
            ux, uy, uz = (y * tz - z * ty) * side, (z * tx - x * tz) * side, (x * ty - y * tx) * side
            for c in range(3):
                out[i, 9 + c] = open_to * _C1 * (light[1, c] * ty + light[2, c] * tz + light[3, c] * tx)
                out[i, 12 + c] = open_to * _C1 * (light[1, c] * uy + light[2, c] * uz + light[3, c] * ux)
    return out


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _mirrored(light: Floats, x: np.float32, y: np.float32, z: np.float32) -> np.float32:
    """Return how bright a lamp shows in satin from the direction (x, y, z): see `shaders/garment.vert`."""
    mean = _C0 * light[0, 1]
    lamp = _C1 * (light[1, 1] * y + light[2, 1] * z + light[3, 1] * x)
    lamp += _C2_MIXED * (light[4, 1] * x * y + light[5, 1] * y * z + light[7, 1] * x * z)
    lamp += _C2_AXIS * (_F(3.0) * z * z - _F(1.0)) * light[6, 1] + _C2_DIFF * (x * x - y * y) * light[8, 1]
    over = max(lamp, _F(0.0)) / max(mean, _F(1e-6))
    glint: np.float32 = _F(GLINT) * over * over
    return glint


@njit(cache=True, nogil=True)
def pixels_of(owners: Bytes, most: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the numbers of all pixels that have an owner, by owner up to `most`, and where those of each begin."""
    flat = owners.reshape(-1)
    counts = np.zeros(most + 1, np.int64)
    for n in range(flat.shape[0]):
        counts[flat[n]] += 1
    counts[0] = 0
    first = np.zeros(most + 2, np.int64)
    first[1:] = np.cumsum(counts)
    place, out = first[:-1].copy(), np.empty(first[-1], np.int32)
    for n in range(flat.shape[0]):
        owner = flat[n]
        if owner > 0:
            out[place[owner]] = n
            place[owner] += 1
    return out, first


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def shade(
    pixels: NDArray[np.int32],
    triangle: NDArray[np.int32],
    inverse_depth: Floats,
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    attributes: Floats,
    tint: Floats,
    texture: NDArray[np.uint32],
    weave: NDArray[np.uint32],
    table: Bytes,
    rgba: Bytes,
    depth_m: Floats,
) -> None:
    """Colour `pixels` (N,). A `texture` or `weave` (h, w) holds a texel in one number, red lowest.

    One without pixels means there is none.
    """
    mixed, sign = np.empty((MIXED, BATCH), np.float32), np.empty(BATCH, np.float32)
    base, bump = np.empty((3, BATCH), np.float32), np.empty((3, BATCH), np.float32)
    roots = np.empty((3, BATCH), np.float32)
    color, depth, near = rgba.reshape(-1, 4), depth_m.reshape(-1), inverse_depth.reshape(-1)
    for start in range(0, len(pixels), BATCH):
        batch = pixels[start : start + BATCH]
        count = len(batch)
        _mix(batch, triangle, near, screen, faces, attributes, mixed, sign)
        if texture.shape[0] > 0:
            _sample(texture, mixed[0], mixed[1], count, base)
        else:
            base[:] = _F(255.0)
        if weave.shape[0] > 0:
            _sample(weave, mixed[0], mixed[1], count, bump)
        else:
            bump[:2], bump[2] = _F(127.5), _F(255.0)
        _shine(mixed, sign, base, bump, tint, count, roots)
        for n in range(count):
            p = np.uint32(batch[n])
            color[p, 0], color[p, 1] = table[np.uint8(roots[0, n])], table[np.uint8(roots[1, n])]
            color[p, 2], color[p, 3] = table[np.uint8(roots[2, n])], np.uint8(255)
            depth[p] = _F(1.0) / near[p]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _mix(
    batch: NDArray[np.int32],
    triangle: NDArray[np.int32],
    near: Floats,
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    attributes: Floats,
    mixed: Floats,
    sign: Floats,
) -> None:
    """Write the attributes of each pixel of `batch` into `mixed` (12, n), and into `sign` (n,) 1 for an outside, -1."""
    won, width, woven = triangle.reshape(-1), np.uint32(triangle.shape[1]), attributes.shape[1] == WOVEN
    for n in range(len(batch)):
        p = np.uint32(batch[n])
        t = np.uint32(won[p])
        a, b, c = np.uint32(faces[t, 0]), np.uint32(faces[t, 1]), np.uint32(faces[t, 2])
        ax, ay = screen[a, 0], screen[a, 1]
        row = p // width
        x, y = _F(p - row * width + 0.5 - ax), _F(row + 0.5 - ay)
        bx, by, cx, cy = (
            _F(screen[b, 0] - ax),
            _F(screen[b, 1] - ay),
            _F(screen[c, 0] - ax),
            _F(screen[c, 1] - ay),
        )
        area = bx * cy - by * cx
        over = _F(1.0) / (area * near[p])
        wb, wc = (x * cy - y * cx) * over * _F(screen[b, 2]), (bx * y - by * x) * over * _F(screen[c, 2])
        wa = _F(1.0) - wb - wc
        outside = area < _F(0.0)  # counter-clockwise with v pointing down
        sign[n] = _F(1.0) if outside else _F(-1.0)
        lit = np.uint32(3 if outside else 6)
        for k in range(3):
            mixed[k, n] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
            m = lit + np.uint32(k)
            mixed[3 + k, n] = wa * attributes[a, m] + wb * attributes[b, m] + wc * attributes[c, m]
        if woven:
            for k in range(9, WOVEN):
                mixed[k - 3, n] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
        else:
            for k in range(6, MIXED):
                mixed[k, n] = _F(0.0)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _sample(picture: NDArray[np.uint32], us: Floats, vs: Floats, count: int, out: Floats) -> None:
    """Write into `out` (3, n) the bilinear, repeating samples (0..255) of `picture` (h, w)."""
    flat, part, texel = picture.reshape(-1), np.empty((2, BATCH), np.float32), np.empty((4, BATCH), np.uint32)
    place = np.empty((4, BATCH), np.int32)
    _place(np.int32(picture.shape[0]), np.int32(picture.shape[1]), us, vs, count, part, place)
    for k in range(4):
        for n in range(count):
            texel[k, n] = flat[np.uint32(place[k, n])]
    for k in range(3):
        low, byte = np.uint32(8 * k), np.uint32(255)
        for n in range(count):
            a, b = _F(np.int32((texel[0, n] >> low) & byte)), _F(np.int32((texel[1, n] >> low) & byte))
            c, d = _F(np.int32((texel[2, n] >> low) & byte)), _F(np.int32((texel[3, n] >> low) & byte))
            upper, lower = a + part[0, n] * (b - a), c + part[0, n] * (d - c)
            out[k, n] = upper + part[1, n] * (lower - upper)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _place(
    height: np.int32, width: np.int32, us: Floats, vs: Floats, count: int, part: Floats, place: NDArray[np.int32]
) -> None:
    """Write into `place` (4, n) which texels lie about (u, v), and into `part` (2, n) how far it is between them."""
    nothing, one = np.int32(0), np.int32(1)
    for n in range(count):
        x = (us[n] - np.floor(us[n])) * _F(width) - _F(0.5)
        y = (vs[n] - np.floor(vs[n])) * _F(height) - _F(0.5)
        left, top = np.floor(x), np.floor(y)
        part[0, n], part[1, n] = x - left, y - top
        i, j = np.int32(left), np.int32(top)
        i1, j1 = np.int32(i + one), np.int32(j + one)
        i0, i1 = i if i >= nothing else np.int32(width - one), i1 if i1 < width else nothing
        j0, j1 = j if j >= nothing else np.int32(height - one), j1 if j1 < height else nothing
        upper, lower = np.int32(j0 * width), np.int32(j1 * width)
        place[0, n], place[1, n], place[2, n], place[3, n] = upper + i0, upper + i1, lower + i0, lower + i1


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _shine(mixed: Floats, sign: Floats, base: Floats, bump: Floats, tint: Floats, count: int, roots: Floats) -> None:
    """Write into `roots` (3, n) the square roots of linear RGB, as bytes: see `shaders/garment.frag`."""
    one, nothing = _F(1.0), _F(0.0)
    for k in range(3):
        for n in range(count):
            texel = base[k, n] * _F(1.0 / 255.0)
            linear = texel * (texel * (texel * _F(0.305306011) + _F(0.682171111)) + _F(0.012522878))
            color, outside = tint[k] * linear, sign[n] > nothing
            nx, ny = bump[0, n] * _TO_UNIT - one, bump[1, n] * _TO_UNIT - one
            gain = min(max(bump[2, n] * _TO_UNIT - one, nothing), one) * (one if outside else _F(INSIDE_GAIN))
            light = mixed[3 + k, n] + sign[n] * (nx * mixed[6 + k, n] + ny * mixed[9 + k, n])
            fuzz = _F(0.5) * mixed[2, n] * (one + color) if outside else nothing
            shaded = max(light, nothing) * gain * (color + fuzz)
            over = max(shaded - _F(SHOULDER), nothing) / _BENT
            rolled_off = min(shaded, _F(SHOULDER)) + _BENT * over / (one + over)
            roots[k, n] = np.sqrt(max(rolled_off, nothing)) * _F(255.0) + _F(0.5)
