"""The loops of the numba rasteriser: clip, light, visibility, shading. All serial, all deterministic.

Visibility first, shading after: the depth loop leaves the nearest triangle of every pixel, then each
pixel is shaded once. Attributes are interpolated perspective-correct, by barycentrics over depth.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.render.backend import FAR_M, INSIDE_GAIN, NEAR_M, SH_C0, SH_C1, SH_C2_AXIS, SH_C2_DIFF, SH_C2_MIXED

ATTRIBUTES = 9  # even light 3, odd light 3, sheen, u, v
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
    """Return attributes (V, 9) of `packed` (V, 8: position, normal, uv): see `shaders/garment.vert`."""
    out = np.empty((packed.shape[0], ATTRIBUTES), np.float32)
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
        out[i, 7], out[i, 8] = packed[i, 6] * scale, packed[i, 7] * scale
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


@njit(cache=True, nogil=True)
def texture_levels(
    screen: NDArray[np.float64], attributes: NDArray[np.float32], faces: NDArray[np.int32], sizes: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """Return the pyramid level (F,) at which a texel is about a pixel; sizes (L, 3) are offset, width, height."""
    levels = np.zeros(faces.shape[0], np.uint8)
    width, height, last = sizes[0, 1], sizes[0, 2], sizes.shape[0] - 1
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x1, y1 = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
        x2, y2 = screen[c, 0] - screen[a, 0], screen[c, 1] - screen[a, 1]
        area = x1 * y2 - x2 * y1
        if abs(area) < 1e-9:
            continue
        u1, v1 = (attributes[b, 7] - attributes[a, 7]) * width, (attributes[b, 8] - attributes[a, 8]) * height
        u2, v2 = (attributes[c, 7] - attributes[a, 7]) * width, (attributes[c, 8] - attributes[a, 8]) * height
        ux, uy = u1 * y2 - u2 * y1, u2 * x1 - u1 * x2
        vx, vy = v1 * y2 - v2 * y1, v2 * x1 - v1 * x2
        rho = max(ux * ux + vx * vx, uy * uy + vy * vy) / (area * area)
        if rho > 2.0:
            levels[t] = min(last, int(0.5 * np.log2(rho) + 0.5))
    return levels


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _sample(texels, sizes, level, u, v):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    """Return the bilinear, repeating sample (0..255) of one pyramid level."""
    offset, width, height = sizes[level, 0], sizes[level, 1], sizes[level, 2]
    x = (u - np.floor(u)) * width - np.float32(0.5)
    y = (v - np.floor(v)) * height - np.float32(0.5)
    i, j = int(np.floor(x)), int(np.floor(y))
    fx, fy = np.float32(x - i), np.float32(y - j)
    i0, i1 = (i if i >= 0 else width - 1), (i + 1 if i + 1 < width else 0)
    j0, j1 = (j if j >= 0 else height - 1), (j + 1 if j + 1 < height else 0)
    p, q = offset + 3 * (j0 * width + i0), offset + 3 * (j0 * width + i1)
    r, s = offset + 3 * (j1 * width + i0), offset + 3 * (j1 * width + i1)
    one = np.float32(1.0)
    wp, wq, wr, ws = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
    red = wp * texels[p] + wq * texels[q] + wr * texels[r] + ws * texels[s]
    green = wp * texels[p + 1] + wq * texels[q + 1] + wr * texels[r + 1] + ws * texels[s + 1]
    blue = wp * texels[p + 2] + wq * texels[q + 2] + wr * texels[r + 2] + ws * texels[s + 2]
    return red, green, blue


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _linear(c):  # type: ignore[no-untyped-def]  # inlined: plain numba types
    c = c * np.float32(1.0 / 255.0)
    return c * (c * (c * np.float32(0.305306011) + np.float32(0.682171111)) + np.float32(0.012522878))


@njit(cache=True, nogil=True, fastmath=True)
def _tilt(
    packed: NDArray[np.float32],
    attributes: NDArray[np.float32],
    corners: NDArray[np.int32],
    slope: NDArray[np.float32],
    bump_x: float,
    bump_y: float,
    out: NDArray[np.float32],
) -> None:
    """Write into `out` (3,) what the weave's tilt adds to the odd light: see `shaders/garment.frag`."""
    a, b, c = corners[0], corners[1], corners[2]
    u1, v1 = attributes[b, 7] - attributes[a, 7], attributes[b, 8] - attributes[a, 8]
    u2, v2 = attributes[c, 7] - attributes[a, 7], attributes[c, 8] - attributes[a, 8]
    turn = 1.0 if u1 * v2 - u2 * v1 >= 0.0 else -1.0
    t2 = b2 = 1e-20
    for k in range(3):
        e1, e2 = packed[b, k] - packed[a, k], packed[c, k] - packed[a, k]
        t2 += (e1 * v2 - e2 * v1) ** 2
        b2 += (e2 * u1 - e1 * u2) ** 2
    along_u, along_v = turn * bump_x / np.sqrt(t2), -turn * bump_y / np.sqrt(b2)
    out[:] = 0.0
    for k in range(3):
        e1, e2 = packed[b, k] - packed[a, k], packed[c, k] - packed[a, k]
        tilt = along_u * (e1 * v2 - e2 * v1) + along_v * (e2 * u1 - e1 * u2)
        for channel in range(3):
            out[channel] += slope[k, channel] * tilt


@njit(cache=True, nogil=True, fastmath=True)
def shade(
    owner: int,
    owners: NDArray[np.uint8],
    triangle: NDArray[np.int32],
    inverse_depth: NDArray[np.float32],
    screen: NDArray[np.float64],
    faces: NDArray[np.int32],
    packed: NDArray[np.float32],
    attributes: NDArray[np.float32],
    tint: NDArray[np.float32],
    slope: NDArray[np.float32],
    texels: NDArray[np.uint8],
    sizes: NDArray[np.int32],
    levels: NDArray[np.uint8],
    weave: NDArray[np.uint8],
    weave_sizes: NDArray[np.int32],
    weave_levels: NDArray[np.uint8],
    table: NDArray[np.uint8],
    rgba: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
) -> None:
    """Colour the pixels that `owner` won. Empty `sizes` or `weave_sizes` mean no texture, no normal map."""
    height, width = triangle.shape
    textured, woven = sizes.shape[0] > 0, weave_sizes.shape[0] > 0
    half, full, one = np.float32(0.5), np.float32(255.0), np.float32(1.0)
    bump = np.zeros(3, np.float32)
    for j in range(height):
        for i in range(width):
            if owners[j, i] != owner:
                continue
            t = triangle[j, i]
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            ax, ay = screen[a, 0], screen[a, 1]
            bx, by, cx, cy = screen[b, 0] - ax, screen[b, 1] - ay, screen[c, 0] - ax, screen[c, 1] - ay
            area = bx * cy - by * cx
            x, y = i + 0.5 - ax, j + 0.5 - ay
            near = inverse_depth[j, i]
            over = 1.0 / (area * near)
            wb = np.float32((x * cy - y * cx) * over * screen[b, 2])
            wc = np.float32((bx * y - by * x) * over * screen[c, 2])
            wa = one - wb - wc
            red, green, blue = tint[0], tint[1], tint[2]
            u = wa * attributes[a, 7] + wb * attributes[b, 7] + wc * attributes[c, 7]
            v = wa * attributes[a, 8] + wb * attributes[b, 8] + wc * attributes[c, 8]
            if textured:
                tr, tg, tb = _sample(texels, sizes, levels[t], u, v)
                red, green, blue = red * _linear(tr), green * _linear(tg), blue * _linear(tb)
            gain = one
            if woven:
                nx, ny, nz = _sample(weave, weave_sizes, weave_levels[t], u, v)
                _tilt(packed, attributes, faces[t], slope, nx / 127.5 - 1.0, ny / 127.5 - 1.0, bump)
                gain = np.float32(min(max(nz / 127.5 - 1.0, 0.0), 1.0))
            front = area < 0.0  # counter-clockwise with v pointing down
            sign = one if front else -one
            fuzz = np.float32(0.0)
            if front:
                fuzz = half * (wa * attributes[a, 6] + wb * attributes[b, 6] + wc * attributes[c, 6])
            else:
                gain *= np.float32(INSIDE_GAIN)
            for k in range(3):
                base = red if k == 0 else green if k == 1 else blue
                even = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
                odd = wa * attributes[a, k + 3] + wb * attributes[b, k + 3] + wc * attributes[c, k + 3]
                light = max(even + sign * (odd + bump[k]), np.float32(0.0)) * gain
                shaded = min(light * (base + fuzz * (one + base)), one)
                rgba[j, i, k] = table[int(np.sqrt(shaded) * full + half)]
            rgba[j, i, 3] = 255
            depth_m[j, i] = one / near
