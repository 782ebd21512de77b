"""How cloth looks: fabric, print, colour blocks and sewing laid out in a garment's texture atlas.

Deterministic numpy, no picture files. A texture is (1024, 1024, 3) uint8, multiplied by the garment's
base colour when it is drawn, row 0 at v = 0; a texel measures `extent_m` / 1024. Prints and weaves are
laid in centimetres on the cloth: the atlas goes by angle around the body, `panel` undoes that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.garment import cut, variants
from pipelines.garment.fit_mesh import glb_of
from pipelines.garment.look import Logo, Look
from pipelines.garment.package import GarmentPackage, TopTemplate
from pipelines.garment.prints import logo, printed, rgb
from pipelines.garment.sewing import (
    LEG_BAND_M,
    SEAM_DARK,
    SIDE_M,
    THREAD_DARK,
    Sewing,
    bottom_m,
    line,
    neckband,
    sewing,
    waistband,
)
from pipelines.garment.stretch import stretched
from pipelines.garment.weaves import RELIEF, TILE_M, laid, noise, weave
from pipelines.render.backend import Material

SIZE_PX = 1024
Values = NDArray[np.float32]
Weave: TypeAlias = Callable[[GarmentPackage], Material]

EXTENT_M = {"top": 0.8, "long": 1.12, "trousers": 1.12, "skirt": 0.8}  # "long": dresses and coats
NECKLINE_M = 0.07  # from the highest point of a top's atlas down to the neckline in front
CUFF_M = 0.02
LOGO_SHARE = 0.3  # of the atlas, from the middle of the front: 24 cm
BUTTON_LIGHT, BUTTON_DARK = np.array([232, 226, 214], np.float32), np.array([96, 84, 72], np.float32)
WHITE_WEFT = np.array([224, 226, 222], np.float32)
# Right of this the atlas shows the mirror image of its left edge, so that a sample there, at any level of the
# pyramid, stays on the cloth: the texture repeats.
_SLEEVE_END_M = SIDE_M + cut.LIMB_CHART_M + 0.004
_FOLD_M = {"top": _SLEEVE_END_M, "long": _SLEEVE_END_M, "trousers": 0.85, "skirt": 0.68}


def kind_of(package: GarmentPackage) -> str:
    """Return which atlas a garment of a template has."""
    template = package.template
    if isinstance(template, TopTemplate):
        return "long" if template.skirted else "top"
    return template.kind if template else "top"


def material_of(package: GarmentPackage) -> Material:
    """Weave the material of a garment; takes some tenths of a second."""
    look = package.material
    if package.mesh is not None:
        shown = variants.look_of(look, glb_of(package).looks)
        return Material(shown.base_color_rgb, shown.texture, None, *look.surface)
    kind = kind_of(package)
    extent = EXTENT_M[kind]
    t = (np.arange(SIZE_PX, dtype=np.float32) + 0.5) / SIZE_PX * extent
    u, v = t[None, :], t[:, None]
    x, y = panel(kind, u, v)
    sewn = sewing(kind, package, u, v)
    height = laid(weave(look.weave, round(TILE_M / extent * SIZE_PX)), (TILE_M, TILE_M), x, y)
    height = np.where(sewn.welt, 0.5 + 0.5 * sewn.rib, height)
    picture = _folded(_coloured(look, kind, (u, v), (x, y), sewn, height), _FOLD_M[kind] / extent)
    base = np.maximum([picture[..., channel].max() for channel in range(3)], np.float32(1))
    relief, _ = RELIEF[look.weave]
    bumps = np.where(sewn.welt, max(relief, 0.0004), relief) * height
    bumps += sewn.raised_m - 0.0003 * sewn.thread - 0.0007 * sewn.seam
    return Material(
        np.round(base).astype(np.uint8),
        np.round(picture * (255 / base)).astype(np.uint8),
        _folded_normals(normal_map(bumps, extent), _FOLD_M[kind] / extent),
        *look.surface,
    )


def _folded(picture: Values, at: float) -> Values:
    """Return `picture` (h, w, ...) whose columns right of the share `at` mirror those at its left edge."""
    first = round(at * picture.shape[1])
    return np.concatenate([picture[:, :first], picture[:, : picture.shape[1] - first][:, ::-1]], 1)


def _folded_normals(normals: NDArray[np.uint8], at: float) -> NDArray[np.uint8]:
    first = round(at * normals.shape[1])
    mirrored = normals[:, : normals.shape[1] - first][:, ::-1].copy()
    mirrored[..., 0] = 255 - mirrored[..., 0]
    return np.concatenate([normals[:, :first], mirrored], 1)


def panel(kind: str, u: Values, v: Values) -> tuple[Values, Values]:
    """Return where on the cloth (H, W) a texel lies: x from the middle line of its panel, y downward, in metres.

    Front and back panel each begin at their middle, where the mirrored halves meet, and end at the side seam.
    """
    step = float(u[0, 1] - u[0, 0])
    stretch = stretched(kind, u[0], v[:, 0])
    from_front = np.cumsum(stretch, 1) * step - stretch * step / 2
    if kind == "trousers":
        x = from_front - from_front[:, [int(cut.LEG_CHART_M / 2 / step)]]
        x = np.where(u > LEG_BAND_M - cut.CHART_GAP_M / 2, u - LEG_BAND_M - cut.LEG_CHART_M / 2, x)
        return x.astype(np.float32), np.float32(1.03) * v + 0 * u
    last = from_front[:, [int(cut.TRUNK_CHART_M / step)]]
    x = np.where(u < cut.TRUNK_CHART_M / 2, from_front, np.abs(last - from_front))
    if kind in ("top", "long"):
        x = np.where(u > SIDE_M - cut.CHART_GAP_M / 2, (u - SIDE_M) * 0.95, x)
        return x.astype(np.float32), v + 0 * u
    return x.astype(np.float32), np.float32(0.93) * v + 0 * u


def normal_map(height_m: NDArray[np.float32] | NDArray[np.float64], extent_m: float) -> NDArray[np.uint8]:
    """Return the glTF tangent-space normal map of a height field (h, w) in metres that tiles over `extent_m`."""
    texel = extent_m / height_m.shape[0]
    normal = np.ones((*height_m.shape, 3), np.float32)
    normal[..., 0] = (np.roll(height_m, 1, 1) - np.roll(height_m, -1, 1)) / (2 * texel)
    normal[..., 1] = (np.roll(height_m, -1, 0) - np.roll(height_m, 1, 0)) / (2 * texel)
    normal *= 1 / np.sqrt((normal**2).sum(2, keepdims=True))
    return np.asarray(np.round((normal * 0.5 + 0.5) * 255), np.uint8)


def _coloured(
    look: Look, kind: str, uv: tuple[Values, Values], xy: tuple[Values, Values], sewn: Sewing, height: Values
) -> Values:
    """Return the colours (H, W, 3) 0..255."""
    colour = np.ones((*height.shape, 3), np.float32) * rgb(look.base_colour)
    texel = EXTENT_M[kind] / SIZE_PX
    if look.melange is not None:
        _mix(colour, rgb(look.melange.colour), _fibres(look.melange.share))
    if look.pattern is not None:
        _print(colour, look, kind, xy, sewn.welt)
    if look.blocks is not None:
        for part, where in _parts(kind, *uv).items():
            block = getattr(look.blocks, part)
            if block is not None:
                colour[where] = rgb(block)
    if look.weave == "denim":
        _mix(colour, WHITE_WEFT, _worn(kind, *uv, height, sewn))
    _, dark = RELIEF[look.weave]
    shade = 1 + np.where(sewn.welt, max(dark, 0.14), dark) * (height - height.mean())
    shade *= (1 - (1 - SEAM_DARK) * sewn.seam) * (1 - sewn.fold)
    if look.stitching is None:
        shade *= 1 - (1 - THREAD_DARK) * sewn.thread
    colour *= shade[..., None]
    if look.stitching is not None:
        halo = cv2.GaussianBlur(sewn.thread, (0, 0), 0.0015 / texel)
        colour *= (1 - 0.25 * halo)[..., None]
        _mix(colour, rgb(look.stitching), sewn.thread)
    _mix(colour, BUTTON_DARK if rgb(look.base_colour).mean() > 150 else BUTTON_LIGHT, sewn.button)
    return np.asarray(np.clip(colour, 0, 255), np.float32)


def _mix(colour: Values, other: Values, share: Values) -> None:
    """Mix `other` (3,) or (H, W, 3) into `colour` in place, where `share` (H, W) says so: often it is a few threads."""
    at = share != 0
    colour[at] += share[at][:, None] * ((other if other.ndim == 1 else other[at]) - colour[at])


def _print(
    colour: Values,
    look: Look,
    kind: str,
    at: tuple[Values, Values],
    welt: NDArray[np.bool_],
) -> None:
    x, y = at
    if isinstance(look.pattern, Logo):
        colour, x, y = (part[:, : int(LOGO_SHARE * SIZE_PX)] for part in (colour, x, y))  # the front, drawn in place
        on = np.ones(x.shape, np.float32)
        ink = logo(look.pattern, x, y - NECKLINE_M - look.pattern.down_cm / 100)
    elif look.pattern is not None:
        on = (~welt).astype(np.float32)
        ink = printed(look.pattern, x, y, EXTENT_M[kind] / SIZE_PX)
    _mix(colour, ink[..., :3], ink[..., 3] * on)


def _parts(kind: str, u: Values, v: Values) -> dict[str, NDArray[np.bool_]]:
    """Return the parts (H, W) that may have a colour of their own; later ones lie over earlier ones."""
    if kind not in ("top", "long"):
        return {"waistband": waistband(kind, u, v)}
    band = neckband(u, v)
    sleeve = (u > SIDE_M - cut.CHART_GAP_M / 2) & ~band & (v > sum(cut.COLLAR_CHART_M))
    return {"sleeves": sleeve, "cuffs": sleeve & (v > bottom_m(kind) - CUFF_M), "neckband": band}


@functools.lru_cache(maxsize=8)
def _fibres(share: float) -> Values:
    """Return how much of the second colour each texel of a melange yarn shows: short streaks along the wales."""
    half = noise(SIZE_PX // 2, 0.7, 1.3, seed=5)
    return np.asarray(np.clip(share + 0.75 * np.tile(half - 0.5, (2, 2)), 0, 1), np.float32)


def _worn(kind: str, u: Values, v: Values, height: Values, sewn: Sewing) -> Values:
    """Return how much white weft shows: the diagonal, uneven warp, rubbed thighs, seams and hems."""
    half = SIZE_PX // 2
    slub = np.tile(noise(half, 0.6, 5.0, seed=11), (2, 2))
    share = 0.12 * height + 0.08 * (slub - 0.5)
    puckers = np.tile(noise(half, 4.0, 4.0, seed=3), (2, 2))
    if kind == "trousers":
        thigh = np.exp(-(((u - 0.14) / 0.075) ** 2) - ((v - 0.36) / 0.17) ** 2)
        knee = np.exp(-(((u - 0.14) / 0.07) ** 2) - ((v - 0.60) / 0.08) ** 2)
        share = share + 0.24 * thigh + 0.08 * knee
    else:
        share = share + 0.2 * np.clip(puckers - 0.5, 0, 1) * line(np.minimum(np.abs(v - 0.64), 1), 0.05, 0.01)
    return np.asarray(np.clip(share + 0.3 * cv2.GaussianBlur(sewn.seam, (0, 0), 2.5) * puckers, 0, 0.8), np.float32)
