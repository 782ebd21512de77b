"""Garments that come as a GLB: bound to the body's surface, so that they repose and resize without a rig.

The mesh is modelled in metres around the mean body in its rest pose (+Y up, +Z front, feet on y = 0);
`mesh_frame` in garment.json maps other frames to it. Each vertex is tied to the nearest triangle of the
body (barycentric coordinates plus an offset), and inherits its skin weights.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from pipelines.body.model import BodyModel
from pipelines.body.slicing import unique_edges
from pipelines.errors import GarmentRejected
from pipelines.garment import mesh, shape
from pipelines.garment.assemble import assemble
from pipelines.garment.cut import ARM_BONES, Cut, bone_share, set_in, top_bones
from pipelines.garment.glb import GlbMesh, glb_bytes, read_glb
from pipelines.garment.layout import BodyShape
from pipelines.garment.mesh import Sheet
from pipelines.garment.package import GarmentPackage, SizeRow
from pipelines.garment.rings import Trunk, profile_of
from pipelines.garment.rules import Placed
from pipelines.garment.worn import Followers, WornGarment
from pipelines.types import UvF32

Points = NDArray[np.float64]

MAX_SIMULATED = 12_000
WELD_M = 1e-5
FARTHEST_M = 0.35  # a garment vertex farther from the body than this is in another frame


@dataclass(frozen=True, slots=True, eq=False)
class BoundMesh:
    """A GLB garment tied to the body."""

    cut: Cut
    offset_m: Points  # (S, 3) from the bound point on the skin


def glb_of(package: GarmentPackage) -> GlbMesh:
    """Read the package's GLB, once for all its colourways; raises GarmentRejected."""
    if package.folder is None or package.mesh is None:
        raise GarmentRejected(f"{package.id}: mesh: has no folder")
    return _read(package.folder / package.mesh)


@functools.lru_cache(maxsize=32)
def _read(path: Path) -> GlbMesh:
    return read_glb(glb_bytes(path))


def fit_mesh(package: GarmentPackage, row: SizeRow, body: BodyShape) -> WornGarment:
    """Return a GLB garment in the size `row` on `body`; raises GarmentRejected."""
    bound = bind_mesh(package, body.model)
    rest = bound.cut.sheet.at(body.rest) + bound.offset_m
    base = package.row(package.base_size)
    ease: dict[str, float] = {}
    top, bottom = float(rest[:, 1].max()), float(rest[:, 1].min())
    trunk = body.trunk_profile(max(bottom, 0.05), top)
    on_trunk = bound.cut.limb < 0
    at = _heights(body)
    stations = []
    mean = bound.cut.sheet.at(body.model.mean_m) + bound.offset_m
    for name in ("chest", "waist", "hip"):
        if name in row.garment_cm and bottom < at[name] < top:
            made = _girth(bound.cut, mean, _heights(BodyShape.of(body.model, body.model.mean_m.astype(float)))[name])
            wanted = made * row.garment_cm[name] / base.garment_cm[name]
            stations.append((at[name], wanted / max(_girth(bound.cut, rest, at[name]), 0.2)))
            ease[name] = round(100 * (wanted - float(np.interp(at[name], trunk.s, trunk.girth()))), 1)
    if stations:
        factor = shape.girths(rest[:, 1], stations)[:, None]
        centre = np.stack([np.interp(rest[:, 1], trunk.s, trunk.centre[:, k]) for k in (0, 1)], 1)
        fade = np.clip((at["chest"] + 0.12 - rest[:, 1:2]) / 0.1, 0, 1) * on_trunk[:, None]
        rest[:, [0, 2]] += fade * (factor - 1) * (rest[:, [0, 2]] - centre)
    return assemble(package, row.size, body, bound.cut, Placed(rest, ease, top, bottom))


def _heights(body: BodyShape) -> dict[str, float]:
    shoulder, hip = float(body.heads["upperarm01.L"][1]), float(body.heads["upperleg01.L"][1])
    return {
        "chest": shoulder - 0.26 * (shoulder - hip),
        "waist": shoulder - 0.65 * (shoulder - hip),
        "hip": hip - 0.02,
    }


def _girth(cut: Cut, points: Points, height_m: float) -> float:
    """Return the girth of the trunk part of `points` at a height, 0 where there is none."""
    edges = unique_edges(cut.sheet.faces)
    edges = edges[(cut.limb[edges] < 0).all(1)]
    try:
        return float(profile_of(Trunk().to_local(points), edges, np.array([height_m])).girth()[0])
    except ValueError:
        return 0.0


@functools.lru_cache(maxsize=32)
def bind_mesh(package: GarmentPackage, model: BodyModel) -> BoundMesh:
    """Tie the package's mesh to the mean body; raises GarmentRejected."""
    glb = glb_of(package)
    frame = package.mesh_frame
    points = glb.points_m.astype(np.float64) * frame.scale + np.array(frame.offset_m)
    _, first, twin = np.unique(np.round(points / WELD_M), axis=0, return_index=True, return_inverse=True)
    twin = twin.reshape(-1)
    faces = twin[glb.faces]
    keep = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    faces, drawn = faces[keep], glb.faces[keep]
    if len(first) > MAX_SIMULATED:
        raise GarmentRejected(f"{package.id}: mesh: {len(first)} vertices, at most {MAX_SIMULATED}")
    where = points[first]
    mean = model.mean_m.astype(np.float64)
    triangle, share, away = _nearest(model, mean, where)
    if float(np.abs(away).max()) > FARTHEST_M:
        raise GarmentRejected(f"{package.id}: mesh: lies up to {100 * float(np.abs(away).max()):.0f} cm off the body")
    corner = model.body.faces[triangle]
    n = np.arange(len(first))
    weights = sparse.csr_matrix((share.ravel(), (np.repeat(n, 3), corner.ravel())), (len(first), len(mean)))
    offset = where - weights @ mean
    if _inward(where, faces, offset):
        faces, drawn = faces[:, ::-1], drawn[:, ::-1]
    cut = _cut(model, Sheet(weights, np.ascontiguousarray(faces, np.int32)), drawn, (first, twin), glb.uv)
    return BoundMesh(cut, offset)


def _cut(
    model: BodyModel,
    sheet: Sheet,
    drawn: NDArray[np.integer[Any]],
    welded: tuple[NDArray[np.intp], NDArray[np.intp]],
    uv: UvF32,
) -> Cut:
    """Return the cut of a welded mesh; vertices that texture seams had doubled follow their twin."""
    first, twin = welded
    count = len(first)
    is_twin = np.ones(len(twin), bool)
    is_twin[first] = False
    extra = np.flatnonzero(is_twin)
    number = np.empty(len(twin), np.int32)
    number[first] = np.arange(count)
    number[extra] = count + np.arange(len(extra))
    parent = twin[extra].astype(np.int32)
    zero = np.zeros(len(extra), np.float32)
    arm = sheet.at(bone_share(model, ARM_BONES))
    points = sheet.at(model.mean_m)
    limb = np.where(arm > 0.5, np.where(points[:, 0] > 0, 0, 1), -1).astype(np.int8)
    rims = {f"rim{n}": loop for n, loop in enumerate(mesh.boundary_loops(sheet.faces))}
    dense = np.zeros((len(model.skin_weight), len(model.bone_names)))
    np.add.at(dense, (np.arange(len(dense))[:, None], model.skin_index), model.skin_weight)
    index, weight = top_bones(sheet.at(dense))
    return Cut(
        "mesh", sheet, mesh.Net.of(sheet), limb, rims, set_in(sheet, limb),
        np.ascontiguousarray(number[drawn], np.int32),
        Followers(parent, parent, zero, zero, parent, zero, np.zeros((0, 3), np.int32)),
        np.concatenate([uv[first], uv[extra]]).astype(np.float32), 1.0,
        index, weight, arm.astype(np.float32),
    )  # fmt: skip


def _nearest(model: BodyModel, mean: Points, points: Points) -> tuple[NDArray[np.intp], Points, NDArray[np.float64]]:
    """Return for each point the nearest skin triangle, barycentric coordinates on it, and the distance."""
    faces = model.body.faces[: model.skin_faces]
    _, near = cKDTree(mean[faces].mean(1)).query(points, k=12)
    share = _closest(mean[faces[near]], points[:, None])
    away = np.linalg.norm((share[..., None] * mean[faces[near]]).sum(2) - points[:, None], axis=2)
    best = away.argmin(1)
    n = np.arange(len(points))
    return near[n, best], share[n, best], away[n, best]


def _closest(corner: Points, point: Points) -> Points:
    """Return barycentric coordinates (..., 3) of the closest point of triangles (..., 3, 3), clamped."""
    a, b, c = corner[..., 0, :], corner[..., 1, :], corner[..., 2, :]
    u, v, w = b - a, c - a, point - a
    uu, uv, vv, wu, wv = ((p * q).sum(-1) for p, q in ((u, u), (u, v), (v, v), (w, u), (w, v)))
    scale = uu * vv - uv * uv + 1e-18
    s, t = (vv * wu - uv * wv) / scale, (uu * wv - uv * wu) / scale
    share = np.clip(np.stack([1 - s - t, s, t], -1), 0, None)
    return np.asarray(share / share.sum(-1, keepdims=True))


def _inward(points: Points, faces: NDArray[np.integer[Any]], offset: Points) -> bool:
    """Whether most of the surface faces the body."""
    corner = points[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return float((normal * offset[faces].mean(1)).sum()) < 0
