"""Knife pleats: a skirt is drawn in folds, each over the next, that open toward the hem.

The drape moves the smooth skirt below. The folds follow it as collars do: each of their vertices keeps its place on
a triangle of that cloth and its height above it, so that pleats cost the simulation nothing and swing with it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pipelines.garment.cut import CHART_GAP_M, SKIRT_CHART_M, TRUNK_CHART_M, Cut
from pipelines.garment.sewing import PLEAT_EDGE
from pipelines.garment.stretch import pleat_at
from pipelines.garment.worn import Followers
from pipelines.types import FacesI32, UvF32

Values = NDArray[np.float64]

ROWS = 12
DEEP_M = 0.019  # from the valley of a pleat to its edge, at the hem
PRESSED = 0.12  # share of that depth below the waistband, where the pleats are shut
# Across a pleat, in the order of the drawing: its face from the valley up to the edge, then back below the edge to the
# next valley. The edge stands there twice, so that the face and what it hides are lit apart.
PLACE = np.array([0.0, 0.28, 0.64, PLEAT_EDGE, PLEAT_EDGE, 1.0])
HEIGHT = np.array([0.0, 0.5, 0.86, 1.0, 1.0, 0.0])
NEAR = 24  # triangles looked at for each vertex


def pleated(cut: Cut, around: Values, down: Values, pleats: int) -> Cut:
    """Return a skirt's cut with an even number of `pleats` below its waistband.

    `around` (S,) is the angle of the vertices in half turns, -1 to 1, `down` (S,) 0 at the waist and 1 at the hem.
    """
    band = cut.faces[(cut.uv[cut.faces, 1] * cut.extent_m > SKIRT_CHART_M + CHART_GAP_M / 2).all(1)]
    top = float(down[np.unique(band[band < len(down)])].max())
    base, atlas, faces = _only(cut, band)
    where, uv, height_m = _grid(top, pleats)
    corner, weight = _located(cut.sheet.faces, around, down, where)
    shaped = _faces(pleats) + np.int32(len(down) + len(base.parent))
    followers = Followers(
        np.concatenate([base.parent, corner[:, 0]]),
        np.concatenate([base.inner, corner[:, 1]]),
        np.concatenate([base.share, weight[:, 1]]),
        np.concatenate([base.depth_m, -height_m]).astype(np.float32),
        np.concatenate([base.side, corner[:, 2]]),
        np.concatenate([base.side_share, weight[:, 2]]),
        shaped,
    )
    layout = np.concatenate([atlas, (uv / cut.extent_m).astype(np.float32)])
    return replace(cut, faces=np.concatenate([faces, shaped]), followers=followers, uv=layout)


def _only(cut: Cut, faces: FacesI32) -> tuple[Followers, UvF32, FacesI32]:
    """Return the followers that `faces` (K, 3) use, the atlas (V, 2) without the others, and the faces renumbered."""
    count = len(cut.limb)
    kept = np.unique(faces[faces >= count]) - count
    number = np.arange(len(cut.uv), dtype=np.int32)
    number[kept + count] = count + np.arange(len(kept), dtype=np.int32)
    own = cut.followers
    followers = Followers(
        own.parent[kept], own.inner[kept], own.share[kept], own.depth_m[kept], own.side[kept], own.side_share[kept],
        np.zeros((0, 3), np.int32),
    )  # fmt: skip
    return followers, np.concatenate([cut.uv[:count], cut.uv[count + kept]]), number[faces]


def _grid(top: float, pleats: int) -> tuple[Values, Values, Values]:
    """Return the vertices of the folds, row by row: place (N, 2) as around and down, atlas (N, 2) in m, height (N,)."""
    down = np.concatenate([[top], np.linspace(top + 0.03, 1.0, ROWS - 1)])
    open_ = PRESSED + (1 - PRESSED) * np.linspace(0, 1, ROWS) ** 1.3
    open_[0] = 0.0  # sewn to the waistband
    step = 2 / pleats
    first = -1 + step * np.arange(pleats)
    share = (first[:, None] + step * PLACE).ravel()  # of the half girth
    around = np.sign(share) * pleat_at(np.abs(share)) / TRUNK_CHART_M
    # Left and right share the atlas; what lies in it between two lines is turned so that it runs as the pleat does.
    across = pleat_at((np.where(first < -1e-9, -first - step, first)[:, None] + step * PLACE).ravel())
    shape = (ROWS, len(around))
    where = np.stack([np.broadcast_to(around, shape), np.broadcast_to(down[:, None], shape)], -1)
    atlas = np.stack([np.broadcast_to(across, shape), np.broadcast_to(down[:, None] * SKIRT_CHART_M, shape)], -1)
    height = DEEP_M * open_[:, None] * np.tile(HEIGHT, pleats)
    return where.reshape(-1, 2), atlas.reshape(-1, 2), height.ravel()


def _faces(pleats: int) -> FacesI32:
    """Return the faces (K, 3) between the rows, those of no width left out."""
    columns = pleats * len(PLACE)
    number = np.arange(ROWS * columns, dtype=np.int32).reshape(ROWS, pleats, len(PLACE))
    left = np.concatenate([number[..., :3], number[..., 4:5]], -1)
    right = np.concatenate([number[..., 1:4], number[..., 5:6]], -1)
    a, b, c, d = (part.ravel() for part in (left[:-1], right[:-1], left[1:], right[1:]))
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])


def _located(
    faces: FacesI32, around: Values, down: Values, where: Values
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the corners (N, 3) of the triangle that each of `where` (N, 2) lies in, and their weights (N, 3)."""
    chart = np.stack([around, down], 1)[faces]
    across_back = np.ptp(chart[..., 0], 1) > 1
    chart[..., 0] += 2 * ((chart[..., 0] < 0) & across_back[:, None])
    faces, chart = np.concatenate([faces, faces]), np.concatenate([chart, chart - [2.0, 0.0]])
    _, near = cKDTree(chart.mean(1)).query(where, k=NEAR)
    a, b, c = np.moveaxis(chart[near], 2, 0)
    first, second, to = b - a, c - a, where[:, None] - a
    area = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    one = (to[..., 0] * second[..., 1] - to[..., 1] * second[..., 0]) / area
    two = (first[..., 0] * to[..., 1] - first[..., 1] * to[..., 0]) / area
    weight = np.stack([1 - one - two, one, two], -1)
    best = np.nan_to_num(weight.min(-1), nan=-np.inf).argmax(1)[:, None]
    weight = np.take_along_axis(weight, best[..., None], 1)[:, 0]
    corner = faces[np.take_along_axis(near, best, 1)[:, 0]]
    order = np.argsort(-weight, axis=1)  # the normal is that of the nearest corner
    return np.take_along_axis(corner, order, 1), np.take_along_axis(weight, order, 1).astype(np.float32)
