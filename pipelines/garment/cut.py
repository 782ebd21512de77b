"""Cut garments out of the body's own templates, once for every body.

A cut is made on the mean body with clean lines (no saw teeth) and keeps each vertex as a weighted mean
of template vertices, so it can be laid on any body of the same template. The texture atlas is mirrored:
left and right share it, and a garment's texture measures `extent_m` across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.body.model import BodyModel, MeshRange
from pipelines.body.skinning import vertex_normals
from pipelines.body.slicing import unique_edges
from pipelines.garment import mesh
from pipelines.garment.collars import Piece, frames
from pipelines.garment.mesh import Net, Points, Sheet
from pipelines.garment.rings import Limb
from pipelines.garment.worn import Followers
from pipelines.types import FacesI32, UvF32

ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
FOOT_BONES = ("foot", "toe")
LEG_BONES = ("upperleg", "lowerleg", *FOOT_BONES)
SIDES = ("L", "R")
TRUNK_CHART_M, LIMB_CHART_M = 0.56, 0.21  # half girths in the texture atlas
CHART_GAP_M = 0.02
TOP_CHART_M = 0.76  # from neck to hem, and the lower end of the sleeves
LONG_CHART_M = 1.10  # the same of dresses and coats
COLLAR_CHART_M = (0.065, 0.10)  # of collars in the atlas of tops: how far down, how high
BAND_M = 0.019  # width of a neckband
WAISTBAND_M = 0.038
RISE_M = 0.23  # from the crotch up to the waist of trousers, on the mean body
LEG_CHART_M, SKIRT_CHART_M = 0.28, 0.66
FOLD_M = 0.0016  # thickness of a hem
SKIRT_ROUNDS = 60
HEM_LEG_SHARE = 0.35  # of the leg weights that a top's hem keeps; the rest goes to the pelvis


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A garment on the template; S vertices, limbs 0 left and 1 right."""

    kind: str
    sheet: Sheet  # (S, template)
    net: Net  # of the sheet
    limb: NDArray[np.int8]  # (S,) -1 trunk, 0 left, 1 right sleeve or leg
    rims: dict[str, NDArray[np.int32]]  # "neck", "hem", "waist", "cuff.L", "cuff.R"; closed unless the front is open
    armhole: NDArray[np.intp]  # (A,) where sleeves or legs are set in; empty without any
    faces: FacesI32  # (F, 3) as drawn, over the S vertices and their followers
    followers: Followers
    uv: UvF32  # (V, 2)
    extent_m: float
    skin_index: NDArray[np.int32]  # (S, 4)
    skin_weight: NDArray[np.float32]  # (S, 4)
    arm_weight: NDArray[np.float32]  # (S,)
    skirted: bool = False  # a top that goes on below the crotch as one tube


def heads_of(model: BodyModel, rest: Points) -> dict[str, Points]:
    """Return the head of every bone of a body with rest vertices `rest` (V, 3)."""
    bones = len(model.bone_names)
    joints = np.einsum("jk,jkc->jc", model.joint_weight[:bones], rest[model.joint_index[:bones]])
    return dict(zip(model.bone_names, joints, strict=True))


def arm_frame(heads: dict[str, Points], side: str) -> Limb:
    """Return the frame of an arm: s from the shoulder joint, angle 0 on its upper side."""
    joints = np.stack([heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist")])
    return Limb.through(joints, np.array([0.0, 0.0, 1.0 if side == "L" else -1.0]))


def leg_frame(heads: dict[str, Points], side: str) -> Limb:
    """Return the frame of a leg: s from the hip joint, angle 0 on its outer side."""
    joints = np.stack([heads[f"{bone}.{side}"] for bone in ("upperleg01", "lowerleg01", "foot")])
    return Limb.through(joints, np.array([0.0, 0.0, 1.0 if side == "L" else -1.0]))


def bone_share(model: BodyModel, words: tuple[str, ...]) -> NDArray[np.float64]:
    """Return per template vertex (V,) how much of its skinning belongs to bones named by `words`."""
    chosen = np.array([any(word in name for word in words) for name in model.bone_names])
    return np.asarray((model.skin_weight * chosen[model.skin_index]).sum(1), np.float64)


def by_side(frames: list[Limb], points: Points) -> Points:
    """Return points (N, 3) in the frame of the limb on their own side."""
    left, right = (frame.to_local(points) for frame in frames)
    return np.where(points[:, :1] > 0, left, right)


def template_sheet(model: BodyModel, part: MeshRange) -> Sheet:
    """Return one part of the body's template as a sheet."""
    whole = Sheet(sparse.identity(len(model.mean_m), format="csr"), part.faces)
    return mesh.compact(whole, whole.faces)


def keep_faces(sheet: Sheet, inside: NDArray[np.bool_]) -> Sheet:
    """Return `sheet` without the faces that have no corner `inside` (V,)."""
    return mesh.compact(sheet, sheet.faces[inside[sheet.faces].any(1)])


def refined(sheet: Sheet, mean: Points, longest_m: float) -> Sheet:
    """Return `sheet` with edges of at most about `longest_m` on the mean body."""
    for _ in range(2):
        sheet = mesh.refine(sheet, sheet.at(mean), longest_m)
    return sheet


def rims_of(sheet: Sheet, points: Points, upper: str, lower: str | None) -> dict[str, NDArray[np.int32]]:
    """Name the closed rims: those on the body's middle line by height, the others by their side."""
    rims: dict[str, NDArray[np.int32]] = {}
    centre: list[NDArray[np.int32]] = []
    for loop in mesh.boundary_loops(sheet.faces):
        x = float(points[loop, 0].mean())
        if abs(x) > 0.05:
            rims["cuff.L" if x > 0 else "cuff.R"] = loop
        else:
            centre.append(loop)
    centre.sort(key=lambda loop: float(points[loop, 1].mean()))
    rims[upper] = centre[-1]
    if lower is not None:
        rims[lower] = centre[0]
    return rims


def rounded(sheet: Sheet, rim: NDArray[np.int32], rounds: int = 3) -> Sheet:
    """Return `sheet` with the corners of one rim rounded off along the rim."""
    count = sheet.weights.shape[0]
    step = np.zeros(count)
    step[rim] = 0.5
    n = np.tile(rim, 2)
    beside = np.concatenate([np.roll(rim, 1), np.roll(rim, -1)])
    mean = sparse.diags(1 - step) + sparse.csr_matrix((np.full(len(n), 0.25), (n, beside)), (count, count))
    weights = sheet.weights
    for _ in range(rounds):
        weights = mean @ weights
    return Sheet(weights.tocsr(), sheet.faces)


def finish(
    model: BodyModel,
    kind: str,
    sheet: Sheet,
    limb: NDArray[np.int8],
    rims: dict[str, NDArray[np.int32]],
    charts: tuple[list[NDArray[np.float64]], NDArray[np.integer[Any]]],
    extent_m: float,
    skirted: bool = False,
    pieces: tuple[Piece, ...] = (),
) -> Cut:
    """Add skinning, texture seams and hem folds; `charts` are layouts (S, 2) and which of them each face uses."""
    faces, uv, parts = _charted(sheet, *charts)
    start = sheet.weights.shape[0] + sum(len(part[0]) for part in parts)
    for rim in mesh.boundary_loops(sheet.faces):
        fold, strip = _fold(sheet, rim, uv, start)
        parts.append(fold)
        faces = np.concatenate([faces, strip])
        start += len(fold[0])
    shaped = np.zeros((0, 3), np.int32)
    for piece in pieces:
        parts.append(_sewn_on(model, sheet, piece))
        shaped = np.concatenate([shaped, piece.faces + np.int32(start)])
        start += len(piece.parent)
    faces = np.concatenate([faces, shaped])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    followers = Followers(
        columns[0].astype(np.int32), columns[1].astype(np.int32),
        columns[2].astype(np.float32), columns[3].astype(np.float32),
        columns[5].astype(np.int32), columns[6].astype(np.float32), shaped,
    )  # fmt: skip
    layout = (np.concatenate([uv, columns[4]]) / extent_m).astype(np.float32)
    index, weight = _skinning(model, sheet, kind, skirted)
    arm = sheet.at(bone_share(model, ARM_BONES)).astype(np.float32)
    return Cut(
        kind, sheet, Net.of(sheet), limb, rims, set_in(sheet, limb), faces.astype(np.int32), followers, layout,
        extent_m, index, weight, arm, skirted,
    )  # fmt: skip


def set_in(sheet: Sheet, limb: NDArray[np.int8]) -> NDArray[np.intp]:
    """Return the vertices of the line between trunk and limbs."""
    on_limb = (limb[sheet.faces] >= 0).any(1)
    return np.asarray(np.intersect1d(sheet.faces[on_limb], sheet.faces[~on_limb]), np.intp)


def _charted(
    sheet: Sheet, layouts: list[NDArray[np.float64]], used: NDArray[np.integer[Any]]
) -> tuple[FacesI32, NDArray[np.float64], list[tuple[NDArray[Any], ...]]]:
    """Return faces that use twins along texture seams, the vertices' layout, and the twins as followers."""
    count = sheet.weights.shape[0]
    faces = sheet.faces.copy()
    uv = layouts[0].copy()
    own = np.full(count, -1)
    parts: list[tuple[NDArray[Any], ...]] = []
    start = count
    for n, layout in enumerate(layouts):
        here = np.unique(sheet.faces[used == n])
        first = here[own[here] < 0]
        own[first] = n
        uv[first] = layout[first]
        seam = np.setdiff1d(here, first)
        twin = np.arange(count, dtype=np.int32)
        twin[seam] = start + np.arange(len(seam), dtype=np.int32)
        faces[used == n] = twin[sheet.faces[used == n]]
        zero = np.zeros(len(seam), np.float32)
        parts.append((seam, seam, zero, zero, layout[seam], seam, zero))
        start += len(seam)
    return faces, uv, parts


def _fold(
    sheet: Sheet, rim: NDArray[np.int32], uv: NDArray[np.float64], start: int
) -> tuple[tuple[NDArray[np.generic], ...], FacesI32]:
    """Turn the edge at `rim` inward: two rings of followers and the strip of faces between them."""
    edges = unique_edges(sheet.faces)
    both = np.concatenate([edges, edges[:, ::-1]])
    on_rim = np.zeros(sheet.weights.shape[0], bool)
    on_rim[rim] = True
    both = both[on_rim[both[:, 0]] & ~on_rim[both[:, 1]]]
    inner = np.full(len(on_rim), -1, np.int64)
    for a, b in both[::-1]:  # the neighbour that lies most straight inward, judged in the texture
        if inner[a] < 0 or np.abs(uv[b] - uv[a]).min() < np.abs(uv[inner[a]] - uv[a]).min():
            inner[a] = b
    known = np.flatnonzero(inner[rim] >= 0)
    for n in np.flatnonzero(inner[rim] < 0):
        inner[rim[n]] = inner[rim[known[np.abs(known - n).argmin()]]]
    n = len(rim)
    after = np.roll(np.arange(n), -1)
    edge, deep = start + np.arange(n), start + n + np.arange(n)
    strip = np.concatenate([
        np.stack([rim[after], rim, edge], 1), np.stack([rim[after], edge, edge[after]], 1),
        np.stack([edge[after], edge, deep], 1), np.stack([edge[after], deep, deep[after]], 1),
    ])  # fmt: skip
    share = np.repeat([0.02, 0.5], n)
    depth = np.repeat([FOLD_M, FOLD_M * 1.2], n)
    parent, inward = np.tile(rim, 2), np.tile(inner[rim], 2)
    zero = np.zeros(2 * len(rim))
    return (parent, inward, share, depth, np.tile(uv[rim], (2, 1)), parent, zero), strip.astype(np.int32)


def _sewn_on(model: BodyModel, sheet: Sheet, piece: Piece) -> tuple[NDArray[np.generic], ...]:
    """Return the followers of a collar or hood."""
    points = sheet.at(model.mean_m)
    normals = vertex_normals(points.astype(np.float32), sheet.faces).astype(np.float64)
    inner, side, share, side_share, depth = frames(points, normals, piece)
    return piece.parent, inner, share, depth, piece.uv_m, side, side_share


def _skinning(
    model: BodyModel, sheet: Sheet, kind: str, skirted: bool
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the four strongest bones of each vertex; hems that hang free leave most of the legs to the pelvis.

    A trouser leg hangs from the calf: it does not turn with the foot.
    """
    bones = len(model.bone_names)
    dense = np.zeros((len(model.skin_weight), bones))
    np.add.at(dense, (np.arange(len(dense))[:, None], model.skin_index), model.skin_weight)
    weight = sheet.at(dense)
    legs = [n for n, name in enumerate(model.bone_names) if any(word in name for word in LEG_BONES)]
    keep = np.full((len(weight), 1), HEM_LEG_SHARE if kind == "top" else 1.0)
    if kind == "skirt" or skirted:  # the two legs share the cloth between them; the waistband stays with the pelvis
        y = sheet.at(model.mean_m)[:, 1:2]
        waist = float(heads_of(model, model.mean_m.astype(np.float64))["upperleg01.L"][1]) + 0.06
        waist = waist if skirted else float(y.max()) - WAISTBAND_M
        smooth = mesh.smoothing(sheet.faces, len(weight))
        shared = legs if skirted else list(range(bones))
        for _ in range(SKIRT_ROUNDS):
            weight[:, shared] = smooth @ weight[:, shared]
        keep = np.clip((waist - y) / 0.2, 0, 1)
    freed = (weight[:, legs] * (1 - keep)).sum(1)
    weight[:, legs] *= keep
    weight[:, model.bone("root")] += freed
    if kind == "trousers":
        for side in SIDES:
            feet = [n for n, name in enumerate(model.bone_names) if name.startswith(FOOT_BONES) and name.endswith(side)]
            weight[:, model.bone(f"lowerleg02.{side}")] += weight[:, feet].sum(1)
            weight[:, feet] = 0
    return top_bones(weight)


def top_bones(weight: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the four strongest bones (S, 4) of dense weights (S, B) and their shares, which sum to 1."""
    index = np.argsort(-weight, axis=1)[:, :4]
    top = np.take_along_axis(weight, index, 1)
    return index.astype(np.int32), (top / top.sum(1, keepdims=True)).astype(np.float32)
