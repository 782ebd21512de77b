"""How cloth looks: procedural weaves, stripes, bands and stitching laid out in a garment's texture atlas.

Deterministic numpy, no picture files. A texture is (512, 512, 3) uint8, multiplied by the garment's
base colour when it is drawn, row 0 at v = 0; a texel measures `extent_m` / 512.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from pipelines.garment import cut
from pipelines.garment.fit_mesh import glb_of
from pipelines.garment.package import GarmentPackage
from pipelines.render.backend import Material

SIZE_PX = 512
Values = NDArray[np.float64]

EXTENT_M = {"top": 0.8, "trousers": 1.12, "skirt": 0.8}
ARMPIT_M = 0.25  # where the side seam of a top begins, in the atlas
_STITCH_DARK = 0.72
_SEAM_DARK = 0.62


@functools.lru_cache(maxsize=64)
def material_of(package: GarmentPackage) -> Material:
    """Return the material of a garment; the same object for the same package."""
    look = package.material
    if package.mesh is not None:
        glb = glb_of(package)
        return Material(glb.base_color_rgb, glb.texture, None, look.roughness, look.sheen)
    kind = package.template.kind if package.template else "top"
    extent = EXTENT_M[kind]
    colour = np.ones((SIZE_PX, SIZE_PX, 3)) * _rgb(look.base_colour)
    u, v = _grid(extent)
    if look.pattern is not None:
        stripe = _stripe(
            v + (0 if kind != "top" else 0.011), look.pattern.width_cm / 100, look.pattern.spacing_cm / 100
        )
        on = stripe * _printed(kind, u, v)
        colour += on[..., None] * (_rgb(look.pattern.colour) - colour)
    height = weave(look.weave, extent)
    shade = 1 + 0.05 * (height - 0.5)
    marks, relief = _sewing(kind, u, v)
    picture = np.clip(colour * (shade * marks)[..., None], 0, 255)
    base = picture.reshape(-1, 3).max(0)
    base = np.maximum(base, 1.0)
    texture = np.round(picture / base * 255).astype(np.uint8)
    return Material(
        np.round(base).astype(np.uint8),
        texture,
        normal_map(height * 0.0006 + relief, extent),
        look.roughness,
        look.sheen,
    )


def weave(kind: str, extent_m: float, size_px: int = SIZE_PX) -> Values:
    """Return the height (size, size), 0..1, of a weave over `extent_m` metres; it tiles."""
    cells = {"plain": 90, "jersey": 110, "rib": 62, "twill": 96, "denim": 96}[kind]
    n = max(4, round(cells * extent_m / 0.8))
    t = (np.arange(size_px) + 0.5) / size_px
    u, v = np.meshgrid(t, t)
    if kind == "jersey":
        height = (
            0.5
            + 0.25 * np.cos(2 * np.pi * n * u)
            + 0.25 * np.cos(2 * np.pi * (n * v + 0.5 * np.sin(2 * np.pi * n * u)))
        )
    elif kind == "rib":
        height = 0.5 + 0.5 * np.cos(2 * np.pi * n * u)
    elif kind in ("twill", "denim"):
        height = 0.5 + 0.5 * np.cos(2 * np.pi * n * (u + v))
    else:
        height = 0.5 + 0.25 * (np.cos(2 * np.pi * n * u) + np.cos(2 * np.pi * n * v))
    rough = {"denim": 0.5, "twill": 0.25}.get(kind, 0.15)
    return np.asarray(np.clip((1 - rough) * height + rough * _noise(size_px), 0, 1))


def normal_map(height_m: Values, extent_m: float) -> NDArray[np.uint8]:
    """Return the glTF tangent-space normal map of a height field (h, w) in metres that tiles over `extent_m`."""
    texel = extent_m / height_m.shape[0]
    du = (np.roll(height_m, -1, 1) - np.roll(height_m, 1, 1)) / (2 * texel)
    dv = (np.roll(height_m, -1, 0) - np.roll(height_m, 1, 0)) / (2 * texel)
    normal = np.stack([-du, dv, np.ones_like(du)], 2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return np.asarray(np.round((normal * 0.5 + 0.5) * 255), np.uint8)


def _rgb(text: str) -> Values:
    return np.array([int(text[n : n + 2], 16) for n in (1, 3, 5)], np.float64)


def _grid(extent_m: float) -> tuple[Values, Values]:
    t = (np.arange(SIZE_PX) + 0.5) / SIZE_PX * extent_m
    u, v = np.meshgrid(t, t)
    return u, v


def _noise(size_px: int) -> Values:
    """Return smooth noise that tiles, 0..1: the unevenness of yarn."""
    rng = np.random.default_rng(20)
    fine = rng.random((size_px, size_px))
    spectrum = np.fft.fft2(fine)
    f = np.abs(np.fft.fftfreq(size_px))[:, None] + np.abs(np.fft.fftfreq(size_px))[None]
    smooth = np.real(np.fft.ifft2(spectrum * np.exp(-((f / 0.12) ** 2))))
    return np.asarray((smooth - smooth.min()) / np.ptp(smooth))


def _stripe(v: Values, width_m: float, spacing_m: float) -> Values:
    """Return how much each texel is covered by horizontal stripes, with soft edges one texel wide."""
    texel = float(v[1, 0] - v[0, 0])
    away = np.abs((v + spacing_m / 2) % spacing_m - spacing_m / 2)
    return np.asarray(np.clip((width_m / 2 - away) / texel + 0.5, 0, 1))


def _printed(kind: str, u: Values, v: Values) -> Values:
    """Return where the pattern is printed: not on the neckband, and not on the yoke of a Breton shirt."""
    if kind != "top":
        return np.ones_like(u)
    side = u > cut.TRUNK_CHART_M + cut.CHART_GAP_M / 2
    band = side & (v < 2 * cut.CHART_GAP_M + cut.BAND_M)
    return np.where(band, 0.0, 1.0)


def _line(distance: Values, width_m: float, texel_m: float) -> Values:
    return np.clip((width_m / 2 - np.abs(distance)) / texel_m + 0.5, 0, 1)


def _stitches(across: Values, along: Values, texel_m: float) -> Values:
    """Return a dashed line: 6 mm stitches with 3 mm gaps."""
    dash = (along % 0.009) < 0.006
    return np.asarray(_line(across, 0.0018, texel_m) * dash)


def _sewing(kind: str, u: Values, v: Values) -> tuple[Values, Values]:
    """Return the darkening (h, w) of seams and stitches and their relief in metres."""
    texel = float(v[1, 0] - v[0, 0])
    thread, seam, rib = np.zeros_like(u), np.zeros_like(u), np.zeros_like(u)
    if kind == "top":
        hem = cut.TOP_CHART_M
        for inset in (0.018, 0.024):
            thread = np.maximum(thread, _stitches(v - hem + inset, u, texel))
        side = u > cut.TRUNK_CHART_M + cut.CHART_GAP_M / 2
        band = side & (v < 2 * cut.CHART_GAP_M + cut.BAND_M)
        rib = np.where(band, np.cos(2 * np.pi * u / 0.0045), 0.0)
        edge = np.where(side, _line(v - cut.CHART_GAP_M - cut.BAND_M, 0.003, texel), 0.0)
        seam = np.maximum(edge, np.where(side | (v < ARMPIT_M), 0, _line(u - cut.TRUNK_CHART_M / 2, 0.0022, texel)))
    elif kind == "trousers":
        legs = u < cut.LEG_CHART_M + cut.CHART_GAP_M / 2
        seam = np.where(legs, np.maximum(_line(u, 0.004, texel), _line(u - cut.LEG_CHART_M, 0.004, texel)), 0.0)
        thread = np.where(legs, _stitches(u - 0.006, v, texel), 0.0)
        band = ~legs & (v > cut.CHART_GAP_M)
        for at in (0.003, cut.WAISTBAND_M - 0.003):
            thread = np.maximum(thread, np.where(band, _stitches(v - cut.CHART_GAP_M - at, u, texel), 0.0))
        seam = np.maximum(seam, np.where(band, _line(v - cut.CHART_GAP_M - cut.WAISTBAND_M, 0.004, texel), 0.0))
    else:
        top = cut.SKIRT_CHART_M + cut.CHART_GAP_M
        thread = _stitches(v - cut.SKIRT_CHART_M + 0.025, u, texel)
        for at in (0.003, cut.WAISTBAND_M - 0.003):
            thread = np.maximum(thread, _stitches(v - top - at, u, texel))
        seam = np.maximum(
            _line(v - top - cut.WAISTBAND_M, 0.004, texel), _line(u - cut.TRUNK_CHART_M / 2, 0.0022, texel)
        )
    marks = (1 - (1 - _STITCH_DARK) * thread) * (1 - (1 - _SEAM_DARK) * seam) * (1 - 0.06 * (rib < 0))
    return marks, 0.0004 * rib - 0.0006 * thread - 0.0008 * seam
