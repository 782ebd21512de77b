"""Patterns of tops, dresses, jackets and coats: neckline, sleeves or armholes, skirt below, open front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.body.model import BodyModel
from pipelines.body.slicing import unique_edges
from pipelines.garment import mesh
from pipelines.garment.collars import Piece, collar
from pipelines.garment.cut import (
    ARM_BONES,
    BAND_M,
    CHART_GAP_M,
    COLLAR_CHART_M,
    LIMB_CHART_M,
    LONG_CHART_M,
    SIDES,
    TOP_CHART_M,
    TRUNK_CHART_M,
    Cut,
    arm_frame,
    bone_share,
    by_side,
    finish,
    heads_of,
    keep_faces,
    refined,
    rims_of,
    rounded,
    template_sheet,
)
from pipelines.garment.mesh import Points, Sheet
from pipelines.garment.package import TopTemplate
from pipelines.garment.rings import Limb

Values = NDArray[np.float64]

SHORT_SLEEVE, LONG_SLEEVE = 0.62, 1.92  # 0 shoulder, 1 elbow, 2 wrist
NECK_SCALE = np.array([1.08, 0.92, 1.0])
ARMHOLE_SCALE = np.array([1.0, 0.85, 0.7])
SKIRT_ROWS, SKIRT_COLUMNS = 11, 72
ON_LINE_M = 0.004  # a vertex this near to a line of the cut lies on it


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Where a top is cut on the mean body: fields that are positive inside of it."""

    mean: Points
    arms: Values
    frames: list[Limb]
    neck: Points  # (3,) centre of the neckline's sphere
    template: TopTemplate
    sleeve_m: float  # its end, from the shoulder joint
    hem_y: float

    def from_neck(self, sheet: Sheet) -> Values:
        """Return metres from the neckline, round or V."""
        away = sheet.at(self.mean) - self.neck
        radius = self.template.neck_radius_cm / 100
        field = np.linalg.norm(away * NECK_SCALE, axis=1) - radius
        if self.template.v_neck_cm:
            low, wide = radius + self.template.v_neck_cm / 100, 0.93 * radius
            slope = low / wide
            v = (np.abs(away[:, 0]) * slope - (away[:, 1] + low)) / np.hypot(1, slope)
            field = np.where(away[:, 2] > 0, np.minimum(field, v), field)
        return np.asarray(field)

    def from_armhole(self, sheet: Sheet) -> Values:
        """Return metres from the armholes of a top without sleeves; all of the arm lies inside of them."""
        points = sheet.at(self.mean)
        side = np.abs(points) * [1, 0, 0] + points * [0, 1, 1]
        centre = self.frames[0].to_body(np.zeros((1, 3)))[0] + [0.012, 0.012, -0.01]
        away = np.linalg.norm((side - centre) * ARMHOLE_SCALE, axis=1) - self.template.armhole_cm / 100
        return np.minimum(away, 0.12 * (0.5 - sheet.at(self.arms)))

    def along_arm(self, sheet: Sheet) -> Values:
        """Return metres from the shoulder joint along the sleeves, -1 on the trunk."""
        s = by_side(self.frames, sheet.at(self.mean))[:, 1]
        return np.where(sheet.at(self.arms) > 0.4, s, -1.0)


def cut_top(model: BodyModel, template: TopTemplate) -> Cut:
    """Return the cut of a top."""
    lines = _lines(model, template)
    mean, arms, end = lines.mean, lines.arms, lines.sleeve_m
    sheet = template_sheet(model, model.tights)
    s = lines.along_arm(sheet)
    sheet = keep_faces(sheet, (s < end + 0.03) & ((sheet.at(mean)[:, 1] > lines.hem_y - 0.05) | (s > 0)))
    longest = 0.036 if template.skirted else 0.0275 if template.sleeve == "long" else 0.0248
    sheet = refined(sheet, mean, longest)
    sheet = mesh.clip(sheet, end - lines.along_arm(sheet))[0]
    sheet = mesh.clip(sheet, np.where(lines.along_arm(sheet) > 0, 1.0, sheet.at(mean)[:, 1] - lines.hem_y))[0]
    sheet = mesh.largest_part(sheet)
    sheet = mesh.largest_part(mesh.clip(sheet, lines.from_neck(sheet))[0])
    if template.sleeve == "none":
        sheet = mesh.largest_part(mesh.clip(sheet, lines.from_armhole(sheet))[0])
    else:
        sheet = mesh.clip(sheet, 0.5 - sheet.at(arms), keep_below=True)[0]
    sheet = mesh.clip(sheet, lines.from_neck(sheet) - BAND_M, keep_below=True)[0]
    rims = rims_of(sheet, sheet.at(mean), "neck", "hem")
    for rim in ("neck", "cuff.L", "cuff.R") if template.sleeve == "none" else ("neck",):
        sheet = rounded(sheet, rims[rim])
    if template.skirted:
        sheet = _skirted(model, sheet, lines)
    if template.open_front_cm:
        sheet = _opened(sheet, lines)
    return _finish_top(model, sheet, lines)


def _lines(model: BodyModel, template: TopTemplate) -> _Lines:
    mean = model.mean_m.astype(np.float64)
    heads = heads_of(model, mean)
    joints = [heads[f"{bone}.L"] for bone in ("upperarm01", "lowerarm01", "wrist")]
    upper, fore = (float(np.linalg.norm(b - a)) for a, b in zip(joints, joints[1:], strict=False))
    end = {"none": 0.6 * upper, "short": SHORT_SLEEVE * upper, "long": upper + (LONG_SLEEVE - 1) * fore}
    return _Lines(
        mean,
        bone_share(model, ARM_BONES),
        [arm_frame(heads, side) for side in SIDES],
        heads["neck01"] + np.array([0.0, template.neck_up_cm, template.neck_front_cm]) / 100,
        template,
        end[template.sleeve],
        float(heads["upperleg01.L"][1]) - 0.042,
    )


def _skirted(model: BodyModel, sheet: Sheet, lines: _Lines) -> Sheet:
    """Add a tube from the hem down to the knees, each ring a slice of the body's own skirt."""
    points = sheet.at(lines.mean)
    rim = rims_of(sheet, points, "neck", "hem")["hem"]
    skirt = template_sheet(model, model.skirt)
    cloth, edges = skirt.at(lines.mean), unique_edges(skirt.faces)
    knee = float(heads_of(model, lines.mean)["lowerleg01.L"][1])
    rows = [_slice(skirt, cloth, edges, y) for y in np.linspace(lines.hem_y, knee, SKIRT_ROWS + 1)[1:]]
    start = sheet.weights.shape[0]
    rings = [start + n * SKIRT_COLUMNS + np.arange(SKIRT_COLUMNS) for n in range(SKIRT_ROWS)]
    theta = np.arange(SKIRT_COLUMNS) * (2 * np.pi / SKIRT_COLUMNS)
    angle = np.arctan2(points[rim, 0], points[rim, 2]) % (2 * np.pi)
    order = np.argsort(angle)
    faces = [sheet.faces, _zipped((rim[order], angle[order]), (rings[0], theta))]
    faces += [_zipped((upper, theta), (lower, theta)) for upper, lower in zip(rings, rings[1:], strict=False)]
    return Sheet(sparse.vstack([sheet.weights, *rows], format="csr"), np.concatenate(faces).astype(np.int32))


def _slice(sheet: Sheet, points: Points, edges: NDArray[np.int32], y: float) -> sparse.csr_matrix:
    """Return weights (SKIRT_COLUMNS, T) of evenly spaced angles on the slice of a tube at height `y`."""
    a, b = edges[((points[edges, 1] - y) > 0).sum(1) == 1].T
    t = (y - points[a, 1]) / (points[b, 1] - points[a, 1])
    n = np.arange(len(a))
    met = sparse.csr_matrix(
        (np.concatenate([1 - t, t]), (np.tile(n, 2), np.concatenate([a, b]))), (len(a), len(points))
    )
    where = met @ points
    angle = np.arctan2(where[:, 0], where[:, 2]) % (2 * np.pi)
    order = np.argsort(angle)
    theta = np.arange(SKIRT_COLUMNS) * (2 * np.pi / SKIRT_COLUMNS)
    after = np.searchsorted(angle[order], theta) % len(order)
    low, high = order[after - 1], order[after]
    wide = (angle[high] - angle[low]) % (2 * np.pi)
    share = ((theta - angle[low]) % (2 * np.pi)) / np.maximum(wide, 1e-9)
    return (sparse.diags(1 - share) @ met[low] + sparse.diags(share) @ met[high]) @ sheet.weights


def _zipped(upper: tuple[NDArray[np.int32], Values], lower: tuple[NDArray[np.int32], Values]) -> NDArray[np.int32]:
    """Return the faces between two closed rings, each given by vertices and rising angles."""
    (top, at_top), (low, at_low) = upper, lower
    first = int(np.abs((at_low - at_top[0] + np.pi) % (2 * np.pi) - np.pi).argmin())
    low, at_low = np.roll(low, -first), np.roll(at_low, -first)
    top_end, low_end = (np.append(np.unwrap(at), np.unwrap(at)[0] + 2 * np.pi) for at in (at_top, at_low))
    low_end += 2 * np.pi * np.round((top_end[0] - low_end[0]) / (2 * np.pi))
    faces, i, j = [], 0, 0
    while i < len(top) or j < len(low):
        a, b = top[i % len(top)], low[j % len(low)]
        if j >= len(low) or (i < len(top) and top_end[i + 1] <= low_end[j + 1]):
            i += 1
            faces.append((a, b, top[i % len(top)]))
        else:
            j += 1
            faces.append((a, b, low[j % len(low)]))
    return np.array(faces, np.int32)


def _opened(sheet: Sheet, lines: _Lines) -> Sheet:
    """Take the strip between the front edges out."""
    points = sheet.at(lines.mean)
    away = np.abs(points[:, 0]) - lines.template.open_front_cm / 200
    return mesh.largest_part(mesh.clip(sheet, np.where(points[:, 2] > 0, away, 1.0))[0])


def _finish_top(model: BodyModel, sheet: Sheet, lines: _Lines) -> Cut:
    template, points, from_neck = lines.template, sheet.at(lines.mean), lines.from_neck(sheet)
    on_arm = sheet.at(lines.arms) - 0.5 if template.sleeve != "none" else np.full(len(points), -1.0)
    chart = np.where(on_arm[sheet.faces].sum(1) > 0, 1, np.where((from_neck - BAND_M)[sheet.faces].sum(1) < 0, 2, 0))
    limb = np.full(len(points), -1, np.int8)
    inner = np.setdiff1d(sheet.faces[chart == 1], sheet.faces[chart != 1])
    limb[inner] = np.where(points[inner, 0] > 0, 0, 1)
    rims = _rims(sheet, points, from_neck)
    top, bottom = points[rims["neck"], 1].max(), points[rims["hem"], 1].mean()
    long_m = LONG_CHART_M if template.skirted else TOP_CHART_M
    theta = np.abs(np.arctan2(points[:, 0], points[:, 2])) / np.pi
    trunk = np.stack([theta * TRUNK_CHART_M, (top - points[:, 1]) / (top - bottom) * long_m], 1)
    local = by_side(lines.frames, points)
    phi = np.abs(np.arctan2(local[:, 0], local[:, 2])) / np.pi
    side_m = TRUNK_CHART_M + CHART_GAP_M
    arm = np.stack([side_m + phi * LIMB_CHART_M, local[:, 1] - lines.sleeve_m + long_m], 1)
    band = np.stack([side_m + theta * LIMB_CHART_M, np.clip(from_neck, 0, BAND_M) + CHART_GAP_M], 1)
    pieces: tuple[Piece, ...] = ()
    if template.collar != "none":
        heads = heads_of(model, lines.mean)
        up = heads["head"] - heads["neck01"]
        place = np.array([side_m, COLLAR_CHART_M[0], LIMB_CHART_M, COLLAR_CHART_M[1]])
        pieces = (collar(template.collar, sheet, lines.mean, rims["neck"], up / np.linalg.norm(up), place),)
    layouts = ([trunk, arm, band], chart)
    extent = 1.12 if template.skirted else 0.8
    return finish(model, "top", sheet, limb, rims, layouts, extent, template.skirted, pieces)


def _rims(sheet: Sheet, points: Points, from_neck: Values) -> dict[str, NDArray[np.int32]]:
    """Name the rims; the rim of an open front is one loop, of which neck and hem are parts."""
    rims = rims_of(sheet, points, "neck", "hem")
    if rims["neck"] is not rims["hem"]:
        return rims
    loop = rims["hem"]
    low = float(points[loop, 1].min())
    rims["hem"] = loop[points[loop, 1] < low + 3 * ON_LINE_M]
    high = (points[loop, 1] > low + 0.2) & (np.abs(from_neck[loop]) < ON_LINE_M)
    return rims | {"neck": loop[high], "edge": loop}
