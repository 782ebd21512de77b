"""Tops: the trunk hangs from the chest, sleeves hang from the arms, the yoke stays on the shoulders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.garment import shape
from pipelines.garment.assemble import assemble
from pipelines.garment.cut import Cut
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage, SizeRow
from pipelines.garment.rings import Profile, Trunk
from pipelines.garment.rules import Placed
from pipelines.garment.worn import WornGarment

Points = NDArray[np.float64]
Values = NDArray[np.float64]

ACROMION_M = 0.012  # the shoulder point lies this far beyond the joint
YOKE_M = 0.08  # above the armpits a neckline lies on the skin; below, that of a deep V hangs with the front
GIVES = 0.5  # of the cloth's stretch: what a garment gives before it does not close (`sizing.recommend.CLOSES`)
WRIST_SPARE_M = 0.012  # a sleeve that is longer bunches up here


def fit_top(package: GarmentPackage, row: SizeRow, body: BodyShape, cut: Cut) -> WornGarment:
    """Return a top in the size `row` on `body`."""
    chart = {str(key): value / 100 for key, value in row.garment_cm.items()}
    start = cut.sheet.at(body.rest)
    neck, hem = cut.rims["neck"], cut.rims["hem"]
    end_y = float(start[neck, 1].max()) - chart["length"]
    armpit = float(start[_armhole(cut), 1].min())
    trunk = body.trunk_profile(end_y - 0.03, armpit - 0.005)
    chest_s, waist_s = _stations(trunk, armpit)
    seat = trunk.s < waist_s if not cut.skirted else (trunk.s < waist_s) & (trunk.s > body.crotch_m + 0.02)
    hip_s = max(end_y, float(trunk.s[seat][trunk.girth()[seat].argmax()])) if seat.any() else end_y
    stations = _girths(chart, (chest_s, waist_s, hip_s), end_y)
    graded = shape.graded_trunk(trunk, stations, chest_s)
    held = np.flatnonzero((cut.limb < 0) & (start[:, 1] < armpit - 0.012))
    reach = _reach(graded, stations, package) if "edge" in cut.rims else None
    tube = shape.Tube(Trunk(), trunk, graded, held, reach)
    theta = trunk.angle(start)
    moved_s = shape.stretched(start[:, 1], theta, armpit, (theta[hem], start[hem, 1]), end_y)
    target = start.copy()
    target[held] = tube.place(start, start, moved_s)
    fixed = np.zeros(len(start), bool)
    fixed[held] = True
    fixed[neck[start[neck, 1] > armpit + YOKE_M]] = True
    for side in (0, 1) if (cut.limb >= 0).any() else ():
        on_arm, where = _sleeve(chart, body, cut, start, side)
        target[on_arm] = where
        fixed[on_arm] = True
    rest = start + shape.spread_moves(cut.net, target - start, fixed)
    ease = shape.eases(trunk, stations, {"chest": chest_s, "waist": waist_s, "hip": hip_s})
    return assemble(package, row.size, body, cut, Placed(rest, ease, chest_s, end_y))


def _reach(graded: Profile, stations: list[tuple[float, float]], package: GarmentPackage) -> Values:
    """Return how much of each ring (H,) a garment that is open in front goes round: all, where it could be closed.

    Where it could not, its front edges stay apart by what is missing.
    """
    closed = shape.girths(graded.s, stations) * (1 + GIVES * package.fabric.stretch_weft)
    return np.asarray(np.minimum(1.0, closed / graded.girth()))


def _armhole(cut: Cut) -> NDArray[np.intp]:
    """Return the vertices of the line where the sleeves are set in, or of the bare armholes."""
    if (cut.limb < 0).all():
        return np.concatenate([cut.rims["cuff.L"], cut.rims["cuff.R"]]).astype(np.intp)
    return cut.armhole


def _stations(trunk: Profile, armpit: float) -> tuple[float, float]:
    """Return the heights of chest (widest just below the armpit) and waist (narrowest above the hips)."""
    girth = trunk.girth()
    chest = (trunk.s > armpit - 0.12) & (trunk.s < armpit - 0.015)
    chest_s = float(trunk.s[chest][girth[chest].argmax()])
    waist = (trunk.s > armpit - 0.40) & (trunk.s < chest_s - 0.08)
    return chest_s, float(trunk.s[waist][girth[waist].argmin()]) if waist.any() else chest_s - 0.2


def _girths(chart: dict[str, float], at_s: tuple[float, float, float], end_y: float) -> list[tuple[float, float]]:
    """Return the girths wanted at chest, waist, hip (heights `at_s`) and hem."""
    chest_s, waist_s, hip_s = at_s
    stations = [(chest_s + 0.2, chart["chest"]), (chest_s, chart["chest"])]
    stations.append((end_y, chart.get("hem", chart["chest"])))
    if "waist" in chart and end_y < waist_s < chest_s:
        stations.append((waist_s, chart["waist"]))
    if "hip" in chart and end_y < hip_s < waist_s:
        stations.append((hip_s, chart["hip"]))
    return stations


def _sleeve(
    chart: dict[str, float], body: BodyShape, cut: Cut, start: Points, side: int
) -> tuple[NDArray[np.intp], Points]:
    """Return the vertices that one sleeve places and where they go."""
    frame = body.arms[side]
    local = frame.to_local(start)
    first = float(local[_armhole(cut)][(start[_armhole(cut), 0] > 0) == (side == 0), 1].max()) + 0.01
    joint = abs(float(body.heads["upperarm01.L"][0]))
    wrist = float(frame.to_local(body.heads["wrist.L" if side == 0 else "wrist.R"][None])[0, 1])
    end = min(chart["shoulder"] / 2 + chart["sleeve"] - joint - ACROMION_M, wrist + WRIST_SPARE_M)
    end = max(end, first + 0.05)
    arm = body.arm_profile(side, first - 0.02, end + 0.02)
    girth = arm.girth()
    upper = chart.get("upper_arm", float(girth.max()) * 1.15)
    cuff = chart.get("cuff", upper * 0.94)
    down = frame.to_local(frame.to_body(np.array([[0, (first + end) / 2, 0]])) + [[0, -0.05, 0]])[0, [0, 2]]
    down /= np.linalg.norm(down)
    graded = shape.graded_limb(arm, [(first, upper), (end, cuff)], down)
    held = np.flatnonzero((cut.limb == side) & (local[:, 1] > first))
    rim = cut.rims["cuff.L" if side == 0 else "cuff.R"]
    theta = arm.angle(local)
    moved = shape.stretched(local[:, 1], theta, first, (theta[rim], local[rim, 1]), end)
    return held, shape.Tube(frame, arm, graded, held).place(start, local, moved)
