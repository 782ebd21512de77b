"""Where cloth is sewn: seams, hems, topstitching, welts, belt loops and pocket openings in the texture atlas.

Distances are metres in the atlas. Front and back of trousers share one chart, as do left and right of all
garments; so what only the front has (fly, button) is not drawn, and pocket openings show on both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.garment import cut
from pipelines.garment.look import Weave
from pipelines.garment.package import GarmentPackage, SkirtTemplate, TopTemplate, TrousersTemplate
from pipelines.garment.stretch import pleat_share
from pipelines.garment.weaves import RIB_M

Values = NDArray[np.float32]

KNITTED = ("rib", "knit", "cable", "fleece")  # these end in a ribbed welt, not in a stitched hem
WELT_M = 0.058
SHIRT_CUFF_M = 0.06  # height of the cuffs of shirts and jackets
LEG_CUFF_M = 0.845  # where the ribbed cuffs of joggers begin
PLACKET_M, FIRST_BUTTON_M = 0.032, 0.085
SIDE_M = cut.TRUNK_CHART_M + cut.CHART_GAP_M  # where the charts of sleeves and neckband begin
LEG_BAND_M = cut.LEG_CHART_M + cut.CHART_GAP_M
PLEAT_EDGE = 0.97  # of a pleat's width, from its valley to its edge; the rest is hidden below the next
LOOP_M = 0.011  # width of a belt loop
THREAD_DARK, SEAM_DARK = 0.74, 0.66  # shade of stitches and of seams, of the cloth's


@dataclass(frozen=True, slots=True)
class Sewing:
    """Per texel (H, W), 0..1 unless said otherwise."""

    thread: Values  # cover of stitches
    seam: Values  # depth of seams and edges
    rib: Values  # -1 valley .. 1 crest of ribbed welts and bands; 0 elsewhere
    raised_m: Values  # thickness of what is sewn on or folded
    welt: NDArray[np.bool_]  # ribbed: neither print nor weave here
    button: Values  # cover of buttons
    fold: Values  # how much of the light the folds of pleats keep off


def sewing(kind: str, package: GarmentPackage, u: Values, v: Values) -> Sewing:
    """Return the sewing of a garment whose atlas is of `kind` at u (1, W), v (H, 1)."""
    weave = package.material.weave
    match package.template:
        case TopTemplate():
            top = _top(weave, bottom_m(kind), u, v)
            if package.template.sleeve == "long" and package.template.collar == "shirt" and weave not in KNITTED:
                top = _cuffed(top, bottom_m(kind), u, v)
            return _front(package.template, top, u, v)
        case TrousersTemplate():
            return _trousers(package, u, v)
        case SkirtTemplate(pleats=int(pleats)):
            return _pleated(_skirt(u, v), pleats, u, v)
        case _:
            return _skirt(u, v)


def bottom_m(kind: str) -> float:
    """Return where hem and cuffs of a top or dress lie in its atlas."""
    return cut.LONG_CHART_M if kind == "long" else cut.TOP_CHART_M


def _front(template: TopTemplate, plain: Sewing, u: Values, v: Values) -> Sewing:
    """Add what the front has: placket, buttons, pockets; the middle of the front is u = 0."""
    texel = float(v[1, 0] - v[0, 0])
    thread, seam, raised, button = plain.thread, plain.seam, plain.raised_m, plain.button
    bound = u < cut.TRUNK_CHART_M / 2
    if template.front != "plain":
        last = 0.24 if template.front == "placket" else 2.0
        strip = (u < PLACKET_M / 2) & (v < last)
        thread = np.maximum(thread, stitches(u - PLACKET_M / 2 + 0.004, v, texel) * strip)
        seam = np.maximum(seam, line(u - PLACKET_M / 2, 0.0022, texel) * (v < last))
        seam = np.maximum(seam, line(v - last, 0.0022, texel) * (u < PLACKET_M / 2))
        raised = raised + 0.0006 * strip
        down = v - FIRST_BUTTON_M
        step = 0.045 if template.front == "placket" else 0.085
        near = np.hypot(u, np.mod(down + step / 2, step) - step / 2)
        on = (down > -step / 2) & (v < last - 0.01) & (v < cut.TOP_CHART_M - 0.03)
        cover, edge = _button(near, texel)
        button, seam = np.maximum(button, cover * on), np.maximum(seam, edge * on)
        raised = raised + 0.0015 * button
    if template.collar in ("shirt", "lapel"):
        edge = cut.COLLAR_CHART_M[0] + 0.9 * cut.COLLAR_CHART_M[1] - v
        thread = np.maximum(thread, stitches(edge - 0.005, u, texel) * (u > SIDE_M - cut.CHART_GAP_M / 2))
    if template.pocket != "none":
        away = _chest_pocket(u, v) if template.pocket == "chest" else _kangaroo(u, v)
        thread = np.maximum(thread, stitches(away - 0.004, u + v, texel) * bound)
        seam = np.maximum(seam, line(away, 0.0022, texel) * bound)
        raised = raised + 0.0007 * (away > 0) * bound
    return replace(
        plain, thread=np.asarray(thread, np.float32), seam=np.asarray(seam, np.float32),
        raised_m=np.asarray(raised, np.float32), button=np.asarray(button, np.float32),
    )  # fmt: skip


def _button(near: Values, texel: float) -> tuple[Values, Values]:
    """Return cover and edge of a button, its middle `near` (H, W)."""
    cover = np.clip((0.0055 - near) / texel + 0.5, 0, 1)
    return np.asarray(cover, np.float32), line(near - 0.0062, 0.0012, texel)


def _cuffed(plain: Sewing, bottom: float, u: Values, v: Values) -> Sewing:
    """Give the sleeves cuffs in place of hems: a band with stitched edges, its button at the back of the wrist."""
    texel, up = float(v[1, 0] - v[0, 0]), bottom - v
    arm, back = u > SIDE_M - cut.CHART_GAP_M / 2, u - SIDE_M - cut.LIMB_CHART_M
    hem = arm & (up < 0.03)
    thread = np.maximum(stitches(up - 0.005, u, texel), stitches(up - SHIRT_CUFF_M + 0.005, u, texel)) * arm
    seam = np.where(hem, line(back, 0.0030, texel), plain.seam)
    seam = np.maximum(seam, line(up - SHIRT_CUFF_M, 0.0026, texel) * arm)
    button, edge = _button(np.hypot(back, up - SHIRT_CUFF_M / 2), texel)
    seam = np.maximum(seam, edge)
    raised = np.where(hem, 0.0, plain.raised_m) + 0.0007 * (arm & (up < SHIRT_CUFF_M)) + 0.0015 * button
    thread = np.where(hem, 0.0, plain.thread) + thread
    return replace(
        plain, thread=np.asarray(thread, np.float32),
        seam=np.asarray(seam, np.float32), raised_m=np.asarray(raised, np.float32),
        button=np.asarray(np.maximum(plain.button, button), np.float32),
    )  # fmt: skip


def _chest_pocket(u: Values, v: Values) -> Values:
    """Return the distance (H, W) inside a breast pocket 10 cm wide and 12 cm high, its lower corners cut off."""
    inside = np.minimum(0.05 - np.abs(u - 0.10), 0.06 - np.abs(v - 0.29))
    corner = (0.092 - np.abs(u - 0.10) - np.clip(v - 0.29, 0, None)) / np.sqrt(2)
    return np.asarray(np.minimum(inside, corner), np.float32)


def _kangaroo(u: Values, v: Values) -> Values:
    """Return the distance (H, W) inside the pocket of a hoodie: both hands go in at its slanting sides."""
    low, high = cut.TOP_CHART_M - WELT_M - 0.004, cut.TOP_CHART_M - WELT_M - 0.20
    slant = (0.165 - u - 0.36 * np.clip(low - 0.05 - v, 0, None) / 0.6) / np.hypot(1, 0.6)
    return np.asarray(np.minimum(slant, np.minimum(low - v, v - high)), np.float32)


def neckband(u: Values, v: Values) -> NDArray[np.bool_]:
    """Return which texels (H, W) are the neckband of a top."""
    return (u > SIDE_M - cut.CHART_GAP_M / 2) & (v < 2 * cut.CHART_GAP_M + cut.BAND_M)


def waistband(kind: str, u: Values, v: Values) -> NDArray[np.bool_]:
    """Return which texels (H, W) are the waistband of trousers or a skirt."""
    if kind == "skirt":
        return (v > cut.SKIRT_CHART_M + cut.CHART_GAP_M / 2) & (u > -1)
    return (u > LEG_BAND_M - cut.CHART_GAP_M / 2) & (v > -1)


def line(distance: Values, width_m: float, texel_m: float) -> Values:
    """Return the cover of a line, its edges a texel wide."""
    return np.asarray(np.clip((width_m / 2 - np.abs(distance)) / texel_m + 0.5, 0, 1), np.float32)


def stitches(across: Values, along: Values, texel_m: float) -> Values:
    """Return a row of stitches 4 mm long, 1.5 mm apart."""
    dash = line(np.mod(along, 0.0055) - 0.0022, 0.0044, texel_m)
    return line(across, 0.0016, texel_m) * dash


def _top(weave: Weave, bottom: float, u: Values, v: Values) -> Sewing:
    texel = float(v[1, 0] - v[0, 0])
    band = neckband(u, v)
    up = bottom - v  # from hem or cuff
    zero = np.zeros(np.broadcast_shapes(u.shape, v.shape), np.float32)
    seam = line(u - cut.TRUNK_CHART_M / 2, 0.0022, texel) + line(u - SIDE_M - cut.LIMB_CHART_M, 0.0030, texel) * ~band
    seam = np.maximum(seam, line(v - cut.CHART_GAP_M - cut.BAND_M, 0.0024, texel) * band)
    welt = band.copy()
    thread, raised = zero.copy(), zero.copy()
    if weave in KNITTED:
        welt |= (up < WELT_M) & ~band
        seam = np.maximum(seam, 0.6 * line(up - WELT_M, 0.003, texel) * ~band)
    else:
        for inset in (0.018, 0.024):
            thread = np.maximum(thread, stitches(up - inset, u, texel))
        seam = np.maximum(seam, 0.4 * line(up - 0.0255, 0.0015, texel))
        raised = raised + 0.0004 * (up < 0.025)
    rib = np.where(welt, np.cos(2 * np.pi * u / (0.0045 if weave not in KNITTED else RIB_M)), 0).astype(np.float32)
    return Sewing(thread, seam, rib, raised, welt, zero, zero)


def _bands(kind: str, u: Values, down: Values, texel: float) -> tuple[Values, Values]:
    """Return stitches and seam of a waistband, `down` (H, 1) from its upper edge."""
    on = waistband(kind, u, down) if kind == "trousers" else np.ones((1, u.shape[1]), bool)
    thread = np.maximum(stitches(down - 0.003, u, texel), stitches(down - cut.WAISTBAND_M + 0.003, u, texel)) * on
    return thread, line(down - cut.WAISTBAND_M, 0.004, texel) * on


def _trousers(package: GarmentPackage, u: Values, v: Values) -> Sewing:
    five_pocket, knitted = package.category == "jeans", package.material.weave in KNITTED
    texel = float(v[1, 0] - v[0, 0])
    legs = u < LEG_BAND_M - cut.CHART_GAP_M / 2
    inner = cut.LEG_CHART_M - u  # from inseam, and from the middle line above the crotch
    down = v - cut.WAISTBAND_M  # from the waistband
    thread, band_seam = _bands("trousers", u, v - cut.CHART_GAP_M, texel)
    seam = line(u, 0.004, texel) + line(inner, 0.004, texel) + 0 * v
    seam = np.asarray(seam * legs, np.float32)
    seam = np.maximum(np.maximum(seam, band_seam), line(down, 0.003, texel) * legs)
    pocket = _scoop(u, down) if five_pocket else _slant(u, down)
    within = legs & (down > 0) & (u < 0.15)
    seam = np.maximum(seam, line(pocket, 0.0025, texel) * within)
    for away in (0.003, 0.0095) if five_pocket else (0.005,):
        thread = np.maximum(thread, stitches(pocket - away, u + v, texel) * within)
        if five_pocket:
            thread = np.maximum(thread, stitches(inner - away, v, texel) * legs * (v < cut.RISE_M))
    if five_pocket:
        thread = np.maximum(thread, stitches(u - 0.003, v, texel) * legs * (down < 0.17))
    zero = np.zeros(seam.shape, np.float32)
    if knitted:  # ribbed waistband and cuffs
        welt = waistband("trousers", u, v) | (legs & (v > LEG_CUFF_M))
        seam = np.maximum(seam, line(v - LEG_CUFF_M, 0.003, texel) * legs)
        rib = np.where(welt, np.cos(2 * np.pi * u / RIB_M), 0).astype(np.float32)
        return Sewing(np.asarray(thread * ~welt, np.float32), np.asarray(seam, np.float32), rib, zero, welt, zero, zero)
    loops, edge = _loops(u, v, texel)
    seam = np.asarray(np.maximum(seam, edge), np.float32)
    return Sewing(np.asarray(thread, np.float32), seam, zero, 0.0012 * loops, np.zeros(seam.shape, bool), zero, zero)


def _scoop(u: Values, down: Values) -> Values:
    """Return the distance (H, W) below the curved pocket opening of jeans, from the waistband to the side seam."""
    across, high = 0.115, 0.085
    radius = np.sqrt((u / across) ** 2 + (down / high) ** 2)
    return np.asarray((radius - 1) * high, np.float32)


def _slant(u: Values, down: Values) -> Values:
    """Return the distance (H, W) from a straight slanting pocket: 4 cm in at the waistband, 16 cm down at the side."""
    away = (u / 0.045 + down / 0.165 - 1) / np.hypot(1 / 0.045, 1 / 0.165)
    return np.asarray(away, np.float32)


def _loops(u: Values, v: Values, texel: float) -> tuple[Values, Values]:
    """Return cover and edges of belt loops: on the side seam and midway to the middle, over the waistband."""
    at = u - LEG_BAND_M
    tall = line(v - cut.CHART_GAP_M - cut.WAISTBAND_M / 2, cut.WAISTBAND_M + 0.004, texel)
    loops = np.zeros(np.broadcast_shapes(u.shape, v.shape), np.float32)
    edge = loops.copy()
    for place in (0.0, 0.15):
        loops = np.maximum(loops, line(at - place, LOOP_M, texel) * tall)
        edge = np.maximum(edge, line(np.abs(at - place) - LOOP_M / 2, 0.0022, texel) * tall * (at > -0.008))
    return loops, edge


def _skirt(u: Values, v: Values) -> Sewing:
    texel = float(v[1, 0] - v[0, 0])
    thread, band_seam = _bands("skirt", u, v - cut.SKIRT_CHART_M - cut.CHART_GAP_M, texel)
    thread = np.maximum(thread, stitches(v - cut.SKIRT_CHART_M + 0.025, u, texel))
    cloth = v < cut.SKIRT_CHART_M
    seam = np.maximum(band_seam, line(u - cut.TRUNK_CHART_M / 2, 0.0022, texel) * cloth)
    zero = np.zeros_like(seam)
    return Sewing(thread, seam, zero, zero, np.zeros(seam.shape, bool), zero, zero)


def _pleated(plain: Sewing, pleats: int, u: Values, v: Values) -> Sewing:
    """Add the shade below the edges of pleats, narrow where they are shut; their folds hide the side seams."""
    texel = float(v[1, 0] - v[0, 0])
    cloth = v < cut.SKIRT_CHART_M + cut.CHART_GAP_M / 2
    across = np.mod(pleat_share(u) * pleats / 2, 1)
    open_ = np.clip(v / cut.SKIRT_CHART_M, 0, 1)
    below = np.clip(1 - across / (0.10 + 0.42 * open_), 0, 1) ** 1.5 * (0.55 + 0.15 * open_)
    hidden = np.clip((across - PLEAT_EDGE) * 2 * cut.TRUNK_CHART_M / pleats / texel + 0.5, 0, 1)
    fold = np.maximum(below, 0.7 * hidden) * cloth
    seam = line(v - cut.SKIRT_CHART_M - cut.CHART_GAP_M - cut.WAISTBAND_M, 0.004, texel) + 0 * u
    return replace(plain, seam=np.asarray(seam, np.float32), fold=np.asarray(fold, np.float32))
