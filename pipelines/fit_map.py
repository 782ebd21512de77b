"""The fit map: a garment drawn in the colours of how it fits, on the cloth itself.

Every vertex gets a number, cm beyond what the cut intends (`pipelines.sizing.regions` has the numbers at the points of
measure, here they are spread over the cloth), and its place on a scale of colours. The scale is a texture and the
number a texture coordinate: nothing of the renderers changes, folds and light stay, and a frame costs no more than with
a print.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from pipelines.body.measure import levels_m, trunk_girths_cm
from pipelines.body.model import Body, shape_body
from pipelines.drape.cloth import ClothState
from pipelines.garment.worn import WornGarment
from pipelines.render.backend import Material
from pipelines.sizing.ease import SNUG_CM, PointFit, spare
from pipelines.sizing.estimate import Figure
from pipelines.sizing.packages import item_of
from pipelines.sizing.regions import regions_of
from pipelines.types import Mat33, Sh9, UvF32

F64 = NDArray[np.float64]

# Blue and orange stay apart for every kind of colour blindness, and both are darker than the middle.
SCALE: tuple[tuple[float, tuple[int, int, int]], ...] = (  # cm beyond what the cut intends, sRGB
    (-14.0, (6, 30, 98)),
    (-9.0, (18, 66, 150)),
    (-4.0, (76, 130, 194)),
    (-1.0, (182, 196, 208)),
    (0.0, (206, 206, 200)),
    (1.0, (218, 202, 178)),
    (4.0, (222, 148, 66)),
    (9.0, (186, 88, 14)),
    (14.0, (130, 46, 2)),
)
TIGHTEST, LOOSEST = SCALE[0][0], SCALE[-1][0]
OPEN_CM = 4.0  # the scale goes on so far below its tight end: there the cloth is striped, for it does not close
PAD_CM = 4.0  # of the texture beyond either end: coarse levels of it mix neighbours, and it repeats
NEARLY_CM = 1.0  # cloth that only just closes is as tight as can be
_FIRST, _LAST = TIGHTEST - OPEN_CM - PAD_CM, LOOSEST + PAD_CM  # of the texture
STRIPE_M, STRIPE_RGB = 0.026, (250, 236, 120)
STEPS, STRIPE_STEPS = 256, 32
STATIONS = ("chest", "waist", "hip", "thigh")
BETWEEN = 6  # heights between two stations at which the body is measured
SLEEVE = (0.3, 0.7)  # arm weight over which the trunk's numbers become the sleeve's
AHEAD_M = 0.4  # a point so far before the body: what of the cloth is nearest to it lies in front


@dataclass(frozen=True, slots=True, eq=False)
class GarmentFit:
    """How one garment sits, and where on its cloth to show it."""

    regions: tuple[PointFit, ...]
    vertices: NDArray[np.intp]  # (R,) a simulated vertex of each region

    @property
    def closes(self) -> bool:
        """Whether it can be closed at every point that is known."""
        return all(one.sits != "does not close" for one in self.regions)

    def at_px(self, cloth: ClothState, K: Mat33) -> F64:
        """Return where the regions are in the picture, (R, 2) px, of `cloth` as it hangs now."""
        T = cloth.T_cam_root
        points = cloth.x[self.vertices] @ T[:3, :3].T + T[:3, 3]
        depth = np.maximum(1e-3, -points[:, 2])
        return np.stack([K[0, 2] + K[0, 0] * points[:, 0] / depth, K[1, 2] - K[1, 1] * points[:, 1] / depth], axis=1)


def fit_on(worn: WornGarment, body: Body, figures: Mapping[str, Figure]) -> GarmentFit:
    """Return how `worn` sits on `body`, whose dimensions are `figures`."""
    regions = regions_of(figures, item_of(worn.package), worn.size)
    spots = _spots(body)
    cloth = worn.rest_m[: worn.cloth.count]
    vertices = cKDTree(cloth).query([spots[one.point] for one in regions])[1] if regions else []
    return GarmentFit(regions, np.asarray(vertices, np.intp))


def mapped(worn: WornGarment, fit: GarmentFit, body: Body) -> WornGarment:
    """Return `worn` with the texture coordinates of the scale of colours; the cloth is the same."""
    off, left = spread(worn, fit, body)
    scale = np.clip(off, TIGHTEST, LOOSEST)
    nearly = np.clip(1.0 - left / NEARLY_CM, 0.0, 1.0)
    scale += nearly * (TIGHTEST - scale) - np.clip(-left, 0.0, OPEN_CM) * (left < 0.0)
    u = (scale - _FIRST) / (_LAST - _FIRST)
    v = (worn.rest_m[:, 0] + worn.rest_m[:, 1]) / STRIPE_M
    uv: UvF32 = np.stack([u, v], axis=1).astype(np.float32)
    return replace(worn, uv=uv)


def spread(worn: WornGarment, fit: GarmentFit, body: Body) -> tuple[F64, F64]:
    """Return per vertex (V,) the cm beyond what the cut intends, and by how many cm the cloth there still closes.

    At the heights of the points of measure these are the regions' own numbers. Between them it counts for the first
    how far the body swells more, or less, than people's usually does: a belly below the waist.
    """
    known = {one.point: one for one in fit.regions}
    stretch = item_of(worn.package).stretch
    levels, y = levels_m(body.model, body.rest_m), worn.rest_m[:, 1].astype(np.float64)
    stations = [name for name in STATIONS[::-1] if name in known]  # from below
    if not stations:
        return np.zeros(len(y)), np.full(len(y), np.inf)
    heights = [levels[name] for name in stations]
    heights = np.maximum.accumulate(heights) + 1e-6 * np.arange(len(heights))
    swell = np.interp(y, *_swell(body), left=0.0, right=0.0)
    off = _through(y, heights, [known[name].off for name in stations]) - swell
    left = _through(y, heights, [_spare(known[name], stretch) for name in stations])
    off, left = _over_shoulders(off, left, known, worn, body, levels)
    if "upper_arm" in known:
        sleeve = _smooth(worn.arm_weight.astype(np.float64), *SLEEVE)
        off += sleeve * (known["upper_arm"].off - off)
        left += sleeve * (_spare(known["upper_arm"], stretch) - left)
    return off, left


def _through(y: F64, heights: F64, values: list[float]) -> F64:
    """Return at `y` (V,) a smooth curve through `values` at `heights`, rising; level beyond both ends."""
    if len(values) == 1:
        return np.full(len(y), values[0])
    return np.asarray(PchipInterpolator(heights, values)(np.clip(y, heights[0], heights[-1])))


def _spare(one: PointFit, stretch: float) -> float:
    """Return by how many cm the garment still closes there; much, where that is not known."""
    return float(min(spare(one.point, one.ease, one.garment, stretch), 50.0))


def _over_shoulders(
    off: F64, left: F64, known: Mapping[str, PointFit], worn: WornGarment, body: Body, levels: Mapping[str, float]
) -> tuple[F64, F64]:
    """Let the numbers of the chest run out into those of the shoulders, which lie open at the neck."""
    if "chest" not in known:
        return off, left
    top = float(body.rest_m[body.model.landmarks["acromion_left"], 1])
    above = _smooth(worn.rest_m[:, 1].astype(np.float64), levels["chest"], max(top, levels["chest"] + 0.05))
    if "shoulder" in known:
        off = off + above * (known["shoulder"].off * SNUG_CM["girth"] / SNUG_CM["length"] - off)
    return off, left + above * (50.0 - left)


def _smooth(value: F64, low: float, high: float) -> F64:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


@functools.lru_cache(8)
def _swell(body: Body) -> tuple[F64, F64]:
    """Return heights (H,) from hip to chest and by how many cm (H,) the body swells there more, or less, than usual.

    0 at chest, waist and hip, and wherever the average woman or man, or somebody between them, swells as much.
    """
    heights, own = _bulge(body)
    usual = [_bulge(shape_body(body.model, mean))[1] for mean in body.model.sex_mean]
    return heights, own - np.clip(own, np.minimum(*usual), np.maximum(*usual))


def _bulge(body: Body) -> tuple[F64, F64]:
    """Return heights and how far the girth there is above the straight line from station to station."""
    levels = levels_m(body.model, body.rest_m)
    ends = np.array([levels[name] for name in ("hip", "waist", "chest")])
    place = np.linspace(0.0, 2.0, 2 * BETWEEN + 3)
    heights = np.interp(place, (0.0, 1.0, 2.0), ends)
    girths = trunk_girths_cm(body, heights)
    return heights, girths - np.interp(place, (0.0, 1.0, 2.0), girths[[0, BETWEEN + 1, -1]])


def _spots(body: Body) -> dict[str, F64]:
    """Return a place (3,) in the rest pose to which the cloth of each point of measure is nearest."""
    levels = levels_m(body.model, body.rest_m)
    bones = {name: body.heads_m[body.model.bone(name)].astype(np.float64) for name in _BONES}
    spots = {name: np.array([0.0, levels[name], AHEAD_M]) for name in ("chest", "waist", "hip")}
    spots["thigh"] = np.array([bones["upperleg01.L"][0], levels["thigh"] - 0.05, AHEAD_M])
    spots["upper_arm"] = (bones["upperarm01.L"] + bones["lowerarm01.L"]) / 2 + np.array([0.08, 0.04, 0.05])
    spots["shoulder"] = body.rest_m[body.model.landmarks["acromion_right"]] + np.array([0.0, 0.1, 0.05])
    spots["sleeve"] = bones["wrist.R"]
    spots["length"] = np.array([0.08, 0.0, AHEAD_M])
    spots["inseam"] = bones["foot.L"]
    return spots


_BONES = ("upperleg01.L", "upperarm01.L", "lowerarm01.L", "wrist.R", "foot.L")


@functools.cache
def map_material() -> Material:
    """Return the cloth of a map: colours along u, stripes along v where it does not close."""
    off = _FIRST + (np.arange(STEPS) + 0.5) / STEPS * (_LAST - _FIRST)
    row = np.stack([np.interp(off, [at for at, _ in SCALE], [rgb[c] for _, rgb in SCALE]) for c in range(3)], axis=1)
    picture = np.repeat(row[None], STRIPE_STEPS, axis=0)
    stripes = np.arange(STRIPE_STEPS) < STRIPE_STEPS // 2
    picture[np.ix_(stripes, off < TIGHTEST - 0.1)] = STRIPE_RGB
    white = np.full(3, 255, np.uint8)
    return Material(white, texture=np.ascontiguousarray(np.round(picture), np.uint8), roughness=0.9)


def colour_of(off_cm: float) -> tuple[int, int, int]:
    """Return the scale's sRGB colour of so many cm beyond what the cut intends."""
    at = [at for at, _ in SCALE]
    return tuple(int(round(float(np.interp(off_cm, at, [rgb[c] for _, rgb in SCALE])))) for c in range(3))  # type: ignore[return-value]


def colourless(light: Sh9) -> Sh9:
    """Return `light` as bright, from the same sides, and white: on a map colours mean something."""
    return np.ascontiguousarray(np.repeat(light.mean(axis=1, keepdims=True), 3, axis=1), np.float32)
