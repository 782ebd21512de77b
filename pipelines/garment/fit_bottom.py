"""Skirts and trousers: they hang from the waistband, over the hips, to a level hem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.garment import shape
from pipelines.garment.assemble import assemble
from pipelines.garment.cut import Cut
from pipelines.garment.layout import BodyShape
from pipelines.garment.package import GarmentPackage, SizeRow
from pipelines.garment.rings import Trunk
from pipelines.garment.rules import Placed
from pipelines.garment.worn import WornGarment

Points = NDArray[np.float64]
Values = NDArray[np.float64]

ANKLE_SPARE_M = 0.012  # a trouser leg that is longer bunches up this far above the ankle


def fit_skirt(package: GarmentPackage, row: SizeRow, body: BodyShape, cut: Cut) -> WornGarment:
    """Return a skirt in the size `row` on `body`."""
    chart = {str(key): value / 100 for key, value in row.garment_cm.items()}
    start = cut.sheet.at(body.rest)
    hem = cut.rims["hem"]
    waist_s = float(start[cut.rims["waist"], 1].mean())
    end = max(waist_s - chart["length"], 0.05)
    trunk = body.trunk_profile(end - 0.03, waist_s + 0.02)
    hip_s = _hip(trunk.s, trunk.girth(), body.crotch_m, waist_s)
    stations = [(waist_s, chart["waist"]), (hip_s, chart["hip"]), (end, chart["hem"])]
    tube = shape.Tube(Trunk(), trunk, shape.graded_trunk(trunk, stations, hip_s, even=True), np.arange(len(start)))
    theta = trunk.angle(start)
    level = _level(start, cut.rims["waist"], theta, waist_s)
    moved = shape.stretched(level, theta, waist_s - 0.02, (theta[hem], level[hem]), end)
    rest = tube.place(start, start, moved)
    ease = shape.eases(trunk, stations, {"waist": waist_s, "hip": hip_s})
    return assemble(package, row.size, body, cut, Placed(rest, ease, waist_s, end))


def fit_trousers(package: GarmentPackage, row: SizeRow, body: BodyShape, cut: Cut) -> WornGarment:
    """Return trousers in the size `row` on `body`."""
    chart = {str(key): value / 100 for key, value in row.garment_cm.items()}
    start = cut.sheet.at(body.rest)
    waist_s = float(start[cut.rims["waist"], 1].mean())
    crotch = body.crotch_m
    trunk = body.trunk_profile(crotch + 0.01, waist_s + 0.02)
    hip_s = _hip(trunk.s, trunk.girth(), crotch, waist_s)
    stations = [(waist_s, chart["waist"]), (hip_s, chart["hip"])]
    held = np.flatnonzero(start[:, 1] > crotch + 0.045)
    graded = shape.graded_trunk(trunk, stations, crotch, even=True)
    theta = trunk.angle(start)
    target = start.copy()
    level = _level(start, cut.rims["waist"], theta, waist_s)
    target[held] = shape.Tube(Trunk(), trunk, graded, held).place(start, start, level)
    fixed = np.zeros(len(start), bool)
    fixed[held] = True
    ease = shape.eases(trunk, stations, {"waist": waist_s, "hip": hip_s})
    for side in (0, 1):
        on_leg, where, thigh, legs = _leg(chart, body, cut, start, side)
        target[on_leg], ease["thigh"] = where, thigh
        fixed[on_leg] = True
    rest = start + shape.spread_moves(cut.net, target - start, fixed)
    return assemble(package, row.size, body, cut, Placed(rest, ease, waist_s, crotch - chart["inseam"], legs))


def _hip(s: Values, girth: Values, crotch: float, waist_s: float) -> float:
    between = (s > crotch + 0.02) & (s < waist_s - 0.08)
    return float(s[between][girth[between].argmax()])


def _level(start: Points, rim: NDArray[np.int32], theta: Values, waist_s: float) -> Values:
    """Return heights with the waist's rim brought level; the shift fades out over the hips."""
    order = np.argsort(theta[rim])
    height = np.interp(theta, theta[rim][order], start[rim, 1][order], period=2 * np.pi)
    fade = np.clip(1 - (height - start[:, 1]) / 0.15, 0, 1)
    return np.asarray(start[:, 1] + (waist_s - height) * fade)


def _leg(
    chart: dict[str, float], body: BodyShape, cut: Cut, start: Points, side: int
) -> tuple[NDArray[np.intp], Points, float, tuple[float, float]]:
    """Return the vertices that one trouser leg places, where they go, and the ease at the thigh in cm.

    And how much longer cloth and leg are than what is worn of both: `Hanging`'s own and room.
    """
    frame = body.legs[side]
    local = frame.to_local(start)
    at_crotch = float(frame.to_local(np.array([[start[cut.limb == side, 0].mean(), body.crotch_m, 0.0]]))[0, 1])
    first = at_crotch + 0.05
    ankle = float(frame.to_local(body.heads["foot.L" if side == 0 else "foot.R"][None])[0, 1])
    cloth, room = at_crotch + chart["inseam"], ankle - ANKLE_SPARE_M
    end = min(cloth, room)
    leg = body.leg_profile(side, first - 0.02, end + 0.01)
    stations = [(first, chart["thigh"]), (end, chart["leg_opening"])]
    middle = (first + end) / 2
    if "knee" in chart:
        stations.append((middle, chart["knee"]))
    graded = shape.graded_limb(leg, stations, np.zeros(2))
    held = np.flatnonzero((cut.limb == side) & (local[:, 1] > first))
    rim = cut.rims["cuff.L" if side == 0 else "cuff.R"]
    theta = leg.angle(local)
    moved = shape.stretched(local[:, 1], theta, first, (theta[rim], local[rim, 1]), end)
    thigh = round(100 * (chart["thigh"] - float(leg.girth()[1])), 1)
    return held, shape.Tube(frame, leg, graded, held).place(start, local, moved), thigh, (cloth / end, room / end)
