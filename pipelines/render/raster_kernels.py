"""The loops of the numba rasteriser: clip, light, visibility, shading. All serial, all deterministic.

Visibility first, shading after: the depth loop leaves the nearest triangle of every pixel, then each
pixel is shaded once. Attributes are interpolated perspective-correct, by barycentrics over depth.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import (
    FAR_M,
    INSIDE_GAIN,
    NEAR_M,
    SH_C0,
    SH_C1,
    SH_C2_AXIS,
    SH_C2_DIFF,
    SH_C2_MIXED,
    SHOULDER,
)
from pipelines.render.screen import TANGENT_COLUMNS

PLAIN, WOVEN = 9, 15  # attributes: even light 3, odd light 3, sheen, u, v; light along u 3, against v 3
NEAREST = 1.0 / FAR_M  # the inverse depth that an empty pixel starts with


@njit(cache=True, nogil=True)
def clip_near(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], bad: NDArray[np.bool_], new: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cut triangles at the near plane; return vertices (V', C) and faces (F', 3), without broken triangles.

    The first three of the C columns are the position, the others are carried along linearly. `new` is (V + 2 F, C).
    """
    count = vertices.shape[0]
    new[:count] = vertices
    out = np.empty((2 * faces.shape[0], 3), np.int32)
    kept = 0
    ring = np.empty(4, np.int32)
    for t in range(faces.shape[0]):
        if bad[faces[t, 0]] or bad[faces[t, 1]] or bad[faces[t, 2]]:
            continue
        corners = 0
        for k in range(3):
            a, b = faces[t, k], faces[t, (k + 1) % 3]
            za, zb = vertices[a, 2] + NEAR_M, vertices[b, 2] + NEAR_M
            if za <= 0.0:
                ring[corners] = a
                corners += 1
            if (za <= 0.0) != (zb <= 0.0):
                s = np.float32(za / (za - zb))
                new[count] = vertices[a] + s * (vertices[b] - vertices[a])
                ring[corners] = count
                corners, count = corners + 1, count + 1
        for k in range(2, corners):
            out[kept, 0], out[kept, 1], out[kept, 2] = ring[0], ring[k - 1], ring[k]
            kept += 1
    return new[:count], out[:kept]


@njit(cache=True, nogil=True)
def project(
    vertices: NDArray[np.float32], camera: NDArray[np.float64], x0: int, y0: int, recede_m: float
) -> NDArray[np.float64]:
    """Return (V, 3): u and v in pixels of the region, and inverse depth; receding along the view ray."""
    screen = np.empty((vertices.shape[0], 3), np.float64)
    for i in range(vertices.shape[0]):
        x, y, z = np.float64(vertices[i, 0]), np.float64(vertices[i, 1]), np.float64(vertices[i, 2])
        away = 1.0
        if recede_m > 0.0:
            away += recede_m / max(np.sqrt(x * x + y * y + z * z), 1e-3)
        inverse = 1.0 / (z if z < -1e-6 else -1e-6)
        screen[i, 0] = camera[2] - camera[0] * x * inverse - x0
        screen[i, 1] = camera[3] + camera[1] * y * inverse - y0
        screen[i, 2] = -inverse / away
    return screen


@njit(cache=True, nogil=True)
def light_vertices(
    packed: NDArray[np.float32], light: NDArray[np.float32], fit: NDArray[np.float64], scale: float
) -> NDArray[np.float32]:
    """Return attributes (V, 9 or 15) of `packed` (V, 8 or 12): see `shaders/garment.vert`."""
    woven = packed.shape[1] == TANGENT_COLUMNS
    out = np.empty((packed.shape[0], WOVEN if woven else PLAIN), np.float32)
    for i in range(packed.shape[0]):
        px, py, pz = packed[i, 0], packed[i, 1], packed[i, 2]
        x, y, z = packed[i, 3], packed[i, 4], packed[i, 5]
        inverse = np.float32(1.0) / np.sqrt(x * x + y * y + z * z)
        x, y, z = x * inverse, y * inverse, z * inverse
        for c in range(3):
            out[i, c] = (
                SH_C0 * light[0, c]
                + SH_C2_MIXED * (light[4, c] * x * y + light[5, c] * y * z + light[7, c] * x * z)
                + SH_C2_AXIS * (3.0 * z * z - 1.0) * light[6, c]
                + SH_C2_DIFF * (x * x - y * y) * light[8, c]
            )
            out[i, 3 + c] = SH_C1 * (light[1, c] * y + light[2, c] * z + light[3, c] * x)
        facing = abs(x * px + y * py + z * pz) / max(np.sqrt(px * px + py * py + pz * pz), 1e-6)
        out[i, 6] = fit[3] * (np.exp(fit[0] * facing + fit[1]) + fit[2]) if fit[3] > 0.0 else 0.0
        last = packed.shape[1] - 1
        out[i, 7], out[i, 8] = packed[i, last - 1] * scale, packed[i, last] * scale
        if woven:
            tx, ty, tz, side = packed[i, 6], packed[i, 7], packed[i, 8], packed[i, 9]
            ux, uy, uz = (y * tz - z * ty) * side, (z * tx - x * tz) * side, (x * ty - y * tx) * side
            for c in range(3):
                out[i, 9 + c] = SH_C1 * (light[1, c] * ty + light[2, c] * tz + light[3, c] * tx)
                out[i, 12 + c] = SH_C1 * (light[1, c] * uy + light[2, c] * uz + light[3, c] * ux)
    return out


@njit(cache=True, nogil=True)
def visibility(
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    owner: int,
    inverse_depth: NDArray[np.float32],
    triangle: NDArray[np.int32],
    owners: NDArray[np.uint8],
) -> None:
    """Leave in the buffers (h, w) every pixel whose centre a triangle of `faces` covers nearer than before."""
    height, width = inverse_depth.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        left, right = min(ax, bx, cx), max(ax, bx, cx)
        top, bottom = min(ay, by, cy), max(ay, by, cy)
        if right < 0.0 or bottom < 0.0 or left > width or top > height:
            continue
        i0, i1 = max(0, int(np.ceil(left - 0.5))), int(min(width - 1.0, np.floor(right - 0.5)))
        j0, j1 = max(0, int(np.ceil(top - 0.5))), int(min(height - 1.0, np.floor(bottom - 0.5)))
        if i1 < i0 or j1 < j0:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        turn = 1.0 / area
        # Barycentrics of b and c, and the inverse depth, are linear on the screen.
        bdx, bdy = (cy - ay) * turn, (ax - cx) * turn
        cdx, cdy = (ay - by) * turn, (bx - ax) * turn
        qa, qb, qc = screen[a, 2], screen[b, 2] - screen[a, 2], screen[c, 2] - screen[a, 2]
        x, y = i0 + 0.5 - ax, j0 + 0.5 - ay
        b_row, c_row = bdx * x + bdy * y, cdx * x + cdy * y
        for j in range(j0, j1 + 1):
            wb, wc = b_row, c_row
            for i in range(i0, i1 + 1):
                if wb >= 0.0 and wc >= 0.0 and wb + wc <= 1.0:
                    q = np.float32(qa + wb * qb + wc * qc)
                    if q > inverse_depth[j, i]:
                        inverse_depth[j, i] = q
                        triangle[j, i] = t
                        owners[j, i] = owner
                wb += bdx
                wc += cdx
            b_row += bdy
            c_row += cdy


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _sample(picture, u, v):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    """Return the bilinear, repeating sample (0..255) of `picture` (h, w, 3)."""
    height, width = picture.shape[0], picture.shape[1]
    x = (u - np.floor(u)) * width - np.float32(0.5)
    y = (v - np.floor(v)) * height - np.float32(0.5)
    i, j = int(np.floor(x)), int(np.floor(y))
    fx, fy = np.float32(x - i), np.float32(y - j)
    i0, i1 = (i if i >= 0 else width - 1), (i + 1 if i + 1 < width else 0)
    j0, j1 = (j if j >= 0 else height - 1), (j + 1 if j + 1 < height else 0)
    one = np.float32(1.0)
    p, q, r, s = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
    red = p * picture[j0, i0, 0] + q * picture[j0, i1, 0] + r * picture[j1, i0, 0] + s * picture[j1, i1, 0]
    green = p * picture[j0, i0, 1] + q * picture[j0, i1, 1] + r * picture[j1, i0, 1] + s * picture[j1, i1, 1]
    blue = p * picture[j0, i0, 2] + q * picture[j0, i1, 2] + r * picture[j1, i0, 2] + s * picture[j1, i1, 2]
    return red, green, blue


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _linear(c):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    c = c * np.float32(1.0 / 255.0)
    return c * (c * (c * np.float32(0.305306011) + np.float32(0.682171111)) + np.float32(0.012522878))


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _mixed(values, k, at):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    """Return column `k` of `values` at a point of a triangle: `at` names its corners, then their shares."""
    a, b, c, wa, wb, wc = at
    return wa * values[a, k] + wb * values[b, k] + wc * values[c, k]


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _shares(screen, a, b, c, x, y, near):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    """Return the perspective-correct shares of b and c at (x, y), and whether the triangle shows its front."""
    ax, ay = screen[a, 0], screen[a, 1]
    bx, by, cx, cy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
    area = bx * cy - by * cx
    over = 1.0 / (area * near)
    x, y = x - ax, y - ay
    wb = np.float32((x * cy - y * cx) * over * screen[b, 2])
    wc = np.float32((bx * y - by * x) * over * screen[c, 2])
    return wb, wc, area < 0.0  # counter-clockwise with v pointing down


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _rolled_off(shaded):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    """Return linear light with its top bent below 1."""
    if shaded <= np.float32(SHOULDER):
        return shaded
    rest = np.float32(1.0 - SHOULDER)
    over = (shaded - np.float32(SHOULDER)) / rest
    return np.float32(SHOULDER) + rest * over / (np.float32(1.0) + over)


@njit(cache=True, nogil=True, fastmath=True)
def shade(
    owner: int,
    owners: NDArray[np.uint8],
    triangle: NDArray[np.int32],
    inverse_depth: NDArray[np.float32],
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    attributes: NDArray[np.float32],
    tint: NDArray[np.float32],
    texture: NDArray[np.uint8],
    weave: NDArray[np.uint8],
    table: NDArray[np.uint8],
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
) -> None:
    """Colour the pixels that `owner` won. A `texture` or `weave` without pixels means there is none."""
    height, width = triangle.shape
    textured, woven = texture.shape[0] > 0, weave.shape[0] > 0
    half, full, one, to_unit = np.float32(0.5), np.float32(255.0), np.float32(1.0), np.float32(2.0 / 255.0)
    for j in range(height):
        for i in range(width):
            if owners[j, i] != owner:
                continue
            a, b, c = faces[triangle[j, i], 0], faces[triangle[j, i], 1], faces[triangle[j, i], 2]
            near = inverse_depth[j, i]
            wb, wc, front = _shares(screen, a, b, c, i + 0.5, j + 0.5, near)
            at = (a, b, c, one - wb - wc, wb, wc)
            red, green, blue = tint[0], tint[1], tint[2]
            u, v = _mixed(attributes, 7, at), _mixed(attributes, 8, at)
            if textured:
                tr, tg, tb = _sample(texture, u, v)
                red, green, blue = red * _linear(tr), green * _linear(tg), blue * _linear(tb)
            gain = one
            nx = ny = np.float32(0.0)
            if woven:
                nx, ny, nz = _sample(weave, u, v)
                nx, ny = nx * to_unit - one, ny * to_unit - one
                gain = min(max(nz * to_unit - one, np.float32(0.0)), one)
            sign, fuzz = one, half * _mixed(attributes, 6, at)
            if not front:
                sign, fuzz, gain = -one, np.float32(0.0), gain * np.float32(INSIDE_GAIN)
            for k in range(3):
                base = red if k == 0 else green if k == 1 else blue
                odd = _mixed(attributes, k + 3, at)
                if woven:
                    odd += nx * _mixed(attributes, k + 9, at) + ny * _mixed(attributes, k + 12, at)
                light = max(_mixed(attributes, k, at) + sign * odd, np.float32(0.0)) * gain
                shaded = _rolled_off(light * (base + fuzz * (one + base)))
                rgba[j, i, k] = table[int(np.sqrt(shaded) * full + half)]
            rgba[j, i, 3] = 255
            depth_m[j, i] = one / near
