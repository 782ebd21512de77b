"""Flip a composed result left to right, for shoppers who want the picture itself mirrored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipelines.types import GarmentLayer, Region, TryOnResult


def mirrored(result: TryOnResult) -> TryOnResult:
    """Return `result` as a mirror shows it; the reports' points are flipped along."""
    frame, layer = result.frame, result.layer
    flipped = replace(
        frame,
        y=np.ascontiguousarray(frame.y[:, ::-1]),
        u=np.ascontiguousarray(frame.u[:, ::-1]),
        v=np.ascontiguousarray(frame.v[:, ::-1]),
    )
    if layer is not None:
        old = layer.region
        region = Region(frame.width_px - old.x1, old.y0, frame.width_px - old.x0, old.y1)
        layer = GarmentLayer(
            np.ascontiguousarray(layer.rgba[:, ::-1]), np.ascontiguousarray(layer.depth_m[:, ::-1]), region
        )
    people = tuple(
        replace(person, uv_px=None if person.uv_px is None else (frame.width_px, 0) + person.uv_px * (-1, 1))
        for person in result.people
    )
    return replace(result, frame=flipped, layer=layer, people=people)
