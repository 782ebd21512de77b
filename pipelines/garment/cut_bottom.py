"""Patterns of trousers, shorts and skirts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.garment import mesh
from pipelines.garment.cut import (
    ARM_BONES,
    CHART_GAP_M,
    LEG_CHART_M,
    RISE_M,
    SIDES,
    SKIRT_CHART_M,
    TRUNK_CHART_M,
    WAISTBAND_M,
    Cut,
    bone_share,
    by_side,
    finish,
    heads_of,
    keep_faces,
    leg_frame,
    refined,
    rims_of,
    template_sheet,
)
from pipelines.garment.mesh import Points, Sheet
from pipelines.garment.package import SkirtTemplate, TrousersTemplate
from pipelines.garment.pleats import pleated


def cut_trousers(model: BodyModel, template: TrousersTemplate) -> Cut:
    """Return the cut of trousers or shorts."""
    mean = model.mean_m.astype(np.float64)
    heads = heads_of(model, mean)
    frames = [leg_frame(heads, side) for side in SIDES]
    sheet = template_sheet(model, model.tights)
    points = sheet.at(mean)
    middle = points[(np.abs(points[:, 0]) < 0.012) & (points[:, 1] > 0.4)]
    crotch = float(middle[:, 1].min())
    waist = crotch + RISE_M
    joint = "lowerleg01.L" if template.short else "foot.L"
    end = float(frames[0].to_local(heads[joint][None])[0, 1]) - 0.03

    def along(sheet: Sheet) -> tuple[Points, NDArray[np.float64]]:
        points = sheet.at(mean)
        return points, by_side(frames, points)[:, 1]

    sheet = keep_faces(sheet, (points[:, 1] < waist + 0.05) & (sheet.at(bone_share(model, ARM_BONES)) < 0.1))
    sheet = refined(sheet, mean, 0.0248 if template.short else 0.0275)
    points, s = along(sheet)
    sheet = mesh.clip(sheet, np.where(points[:, 1] < crotch - 0.1, end - s, 1.0))[0]
    sheet = mesh.largest_part(mesh.clip(sheet, waist - sheet.at(mean)[:, 1])[0])
    sheet = mesh.clip(sheet, waist - WAISTBAND_M - sheet.at(mean)[:, 1], keep_below=True)[0]
    points, s = along(sheet)
    limb = np.where(points[:, 1] > crotch, -1, np.where(points[:, 0] > 0, 0, 1)).astype(np.int8)
    local = by_side(frames, points)
    outer = np.abs(np.arctan2(local[:, 0], local[:, 2])) / np.pi
    side = np.abs(2 * np.abs(np.arctan2(points[:, 0], points[:, 2])) / np.pi - 1)
    fade = np.clip((points[:, 1] - crotch) / 0.08 + 0.5, 0, 1)
    u = (outer * (1 - fade) + side * fade) * LEG_CHART_M
    chart = ((points[:, 1] - waist + WAISTBAND_M)[sheet.faces].sum(1) > 0).astype(np.int64)
    legs = np.stack([u, waist - points[:, 1]], 1)
    band = np.stack([LEG_CHART_M + CHART_GAP_M + side * LEG_CHART_M, waist - points[:, 1] + CHART_GAP_M], 1)
    return finish(model, "trousers", sheet, limb, rims_of(sheet, points, "waist", None), ([legs, band], chart), 1.12)


def cut_skirt(model: BodyModel, template: SkirtTemplate) -> Cut:
    """Return the cut of a skirt."""
    mean = model.mean_m.astype(np.float64)
    heads = heads_of(model, mean)
    knee = float(heads["lowerleg01.L"][1])
    sheet = template_sheet(model, model.skirt)
    sheet = keep_faces(sheet, sheet.at(mean)[:, 1] > knee - 0.05)
    sheet = refined(sheet, mean, 0.026)
    points = sheet.at(mean)
    waist = max(float(points[loop, 1].min()) for loop in mesh.boundary_loops(sheet.faces)) - 0.002
    sheet = mesh.clip(sheet, points[:, 1] - knee)[0]
    sheet = mesh.clip(sheet, waist - sheet.at(mean)[:, 1])[0]
    sheet = mesh.clip(sheet, waist - WAISTBAND_M - sheet.at(mean)[:, 1], keep_below=True)[0]
    points = sheet.at(mean)
    theta = np.abs(np.arctan2(points[:, 0], points[:, 2])) / np.pi
    chart = ((points[:, 1] - waist + WAISTBAND_M)[sheet.faces].sum(1) > 0).astype(np.int64)
    down = (waist - points[:, 1]) / (waist - knee)
    cloth = np.stack([theta * TRUNK_CHART_M, down * SKIRT_CHART_M], 1)
    band = np.stack([theta * TRUNK_CHART_M, waist - points[:, 1] + SKIRT_CHART_M + CHART_GAP_M], 1)
    limb = np.full(len(points), -1, np.int8)
    rims = rims_of(sheet, points, "waist", "hem")
    sewn = finish(model, "skirt", sheet, limb, rims, ([cloth, band], chart), 0.8)
    if template.pleats is None:
        return sewn
    return pleated(sewn, np.arctan2(points[:, 0], points[:, 2]) / np.pi, down, template.pleats)
