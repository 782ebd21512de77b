"""Drape a worn garment over the posed body: skinned anchors, then position-based dynamics.

The cloth is simulated in the frame of the pelvis, so that camera shake does not shake it; a share of
the pelvis' acceleration comes back as an inertial force. Every vertex stays within a sphere around
its skinned anchor and outside of the skinned body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.skinning import skin_points
from pipelines.drape import xpbd
from pipelines.drape.lengths import as_long
from pipelines.drape.motion import Feel, Limits, Threads, move
from pipelines.drape.pelvis import felt
from pipelines.drape.sleeves import untwisted
from pipelines.drape.surface import surface
from pipelines.garment.worn import ClothModel, WornGarment
from pipelines.types import PointsF32, Surface, Transforms, require_shape

Mat44 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DrapeSettings:
    """Quality and feel of the cloth."""

    substeps: int = 10  # with fewer, wide cloth hangs narrower than it is, and never twice alike
    gravity_m_s2: float = 7.0  # less than 9.8: few sweeps carry it with less stretch, the folds are the same
    inertia: float = 0.3  # share of the pelvis' acceleration that the cloth feels
    lag: float = 0.15  # share of a limb's move that the cloth stays behind
    damping_hz: float = 5.0
    still_m_s: float = 0.02  # slower cloth comes to rest
    still_m: float = 0.0003  # a shorter move in one frame is damped: friction within the cloth
    even: float = 0.25  # share by which creases of a mesh's edge are smoothed in a frame
    relax: float = 0.75  # share of a frame's move, relative to the body, that is taken
    top_m_s: float = 3.0
    gap_m: float = 0.002  # between cloth and skin
    friction: float = 0.4
    jump_m: float = 0.12  # mean anchor move in one frame that is taken for a tracking jump
    settle_frames: int = 8  # simulated at once after a jump


@dataclass(frozen=True, slots=True, eq=False)
class ClothState:
    """The cloth of one garment between two frames, in the frame of the pelvis."""

    x: PointsF32  # (S, 3)
    v: PointsF32  # (S, 3) m/s
    anchor: PointsF32  # (S, 3)
    bound: NDArray[np.int32]  # (S,) body triangle that each vertex was last kept off, -1 for none
    met: NDArray[np.int32]  # (S,) face of another limb that each vertex was last kept behind, -1 for none
    T_root_rest: Transforms  # (B, 4, 4)
    T_cam_root: Mat44
    linear: NDArray[np.float64]  # (3,) m/s of the pelvis, camera frame
    angular: NDArray[np.float64]  # (3,) rad/s


@dataclass(frozen=True, slots=True, eq=False)
class _Posed:
    """What the cloth of one frame hangs from and stays outside of, in the frame of the pelvis."""

    T_root_rest: Transforms
    anchor: PointsF32  # (S, 3)
    laid_m: PointsF32  # (S, 3) whose distances are rest lengths
    body: PointsF32  # (N, 3) the skin, and the cloth below where it hangs now
    capsules: NDArray[np.float32]  # (C, 8)


SETTLE_FRAMES = 60  # at most
SETTLE_SUBSTEPS = 5
SETTLED_M, SETTLED_SHARE = 0.002, 0.98  # a frame in which so many vertices move no farther ends it: the rest is live
_STEP_S = 1 / 30
_ACROSS_GAP_M = np.float32(0.004)  # above a coarse skin, which lies a little below the fine one


def start(
    worn: WornGarment, rest_m: PointsF32, settings: DrapeSettings | None = None, below: Sequence[ClothState] = ()
) -> ClothState:
    """Return the cloth of `worn` settled on the body in the rest pose, over the settled garments `below`.

    In SETTLE_SUBSTEPS, whatever `settings` say: the wearer waits, and the rest settles live.
    """
    settings = replace(settings or DrapeSettings(), substeps=SETTLE_SUBSTEPS)
    model = worn.cloth
    _check(worn, rest_m)
    numbers = (
        worn.skin_index, model.skin.skin_index, model.capsules.bones, model.shoulders.bones, model.hanging.bones
    )  # fmt: skip
    bones = 1 + max(model.root_bone, *(int(some.max()) for some in numbers if some.size))
    T_rest = np.broadcast_to(np.eye(4, dtype=np.float32), (bones, 4, 4)).copy()
    anchor = np.ascontiguousarray(rest_m[: model.count], np.float32)
    zero = np.zeros(3)
    bound, met = model.candidates[:, 0].copy(), np.full(model.count, -1, np.int32)
    state = ClothState(anchor.copy(), np.zeros_like(anchor), anchor, bound, met, T_rest, np.eye(4), zero, zero)
    gravity, posed = np.array([0.0, -settings.gravity_m_s2, 0.0]), _posed(worn, rest_m, None, T_rest, below)
    for _ in range(SETTLE_FRAMES):
        before = state.x
        state = _advance(worn, posed, state, (gravity, np.zeros((3, 3))), _STEP_S, settings)
        if (np.abs(state.x - before).max(1) < SETTLED_M).mean() > SETTLED_SHARE:
            break
    return replace(state, v=np.zeros_like(anchor))


def drape(
    worn: WornGarment,
    rest_m: PointsF32,
    T_cam_rest: Transforms,
    state: ClothState,
    dt_s: float,
    settings: DrapeSettings | None = None,
    below: Sequence[ClothState] = (),
    skin_m: PointsF32 | None = None,
) -> tuple[Surface, ClothState]:
    """Move the cloth on by `dt_s` to the pose `T_cam_rest` (B, 4, 4); raises ShapeError.

    `below` are the garments worn under it, innermost first, already moved on; the cloth stays outside of them.
    `rest_m` (V, 3) is `worn.rest_m`, or the same as it hangs on a person of another width, and rest lengths follow
    it; `skin_m` (N, 3) is that person's skin in place of `worn.cloth.skin.rest_m`. After a tracking jump the cloth
    moves with the body and settles there.
    """
    settings = settings or DrapeSettings()
    _check(worn, rest_m)
    T_cam_root = T_cam_rest[worn.cloth.root_bone].astype(np.float64)
    T_root_rest = (np.linalg.inv(T_cam_root) @ T_cam_rest).astype(np.float32)
    step_s = float(np.clip(dt_s, 1 / 120, 1 / 12))
    force, gradient, linear, angular = felt(
        (T_cam_root, state.T_cam_root), (state.linear, state.angular), step_s, settings.gravity_m_s2, settings.inertia
    )
    push = (force, gradient)
    posed = _posed(worn, rest_m, skin_m, T_root_rest, below)
    moved = posed.anchor - state.anchor
    frames = 1
    if not np.isfinite(moved).all():
        return surface(worn, state.x, state.T_cam_root), state
    if 3 * float(np.abs(moved).mean()) > settings.jump_m:
        state = _teleport(worn, posed, state)
        push = (force, np.zeros((3, 3)))
        frames = settings.settle_frames
    for _ in range(frames):
        state = _advance(worn, posed, state, push, step_s, settings)
    state = replace(state, T_cam_root=T_cam_root, linear=linear, angular=angular)
    return surface(worn, state.x, T_cam_root), state


def _check(worn: WornGarment, rest_m: PointsF32) -> None:
    require_shape("rest_m", rest_m, worn.rest_m.shape)


def _posed(
    worn: WornGarment, rest_m: PointsF32, skin_m: PointsF32 | None, T: Transforms, below: Sequence[ClothState]
) -> _Posed:
    hung_m, laid_m = as_long(rest_m[: worn.cloth.count], T, worn.cloth.hanging)
    anchor = _skin(worn, hung_m, T)
    return _Posed(T, anchor, laid_m, _skin_body(worn, skin_m, T, below), _capsules(worn.cloth, T))


def _skin(worn: WornGarment, hung_m: PointsF32, T: Transforms) -> PointsF32:
    """Return the anchors: where the bones, as the sleeves feel them, carry the rest shape."""
    count, carried = worn.cloth.count, untwisted(T, worn.cloth.shoulders)
    return skin_points(hung_m, worn.skin_index[:count], worn.skin_weight[:count], carried)


def _skin_body(worn: WornGarment, skin_m: PointsF32 | None, T: Transforms, below: Sequence[ClothState]) -> PointsF32:
    """Return what the cloth stays outside of, posed (N, 3): the skin, and the cloth below where it hangs now."""
    skin = worn.cloth.skin
    rest = skin.rest_m if skin_m is None else skin_m
    layers = skin.layers if below else ()
    own = layers[0].first if layers else len(rest)
    posed = np.empty_like(rest)
    skin_points(rest[:own], skin.skin_index, skin.skin_weight, T, posed[:own])
    for layer in layers:
        np.take(below[layer.garment].x, layer.vertices, 0, posed[layer.first : layer.first + len(layer.vertices)])
    return posed


def _teleport(worn: WornGarment, posed: _Posed, state: ClothState) -> ClothState:
    """Carry the cloth with the body: each vertex keeps its place relative to its own bones."""
    index, weight = worn.skin_index[: worn.cloth.count], worn.skin_weight[: worn.cloth.count, :, None, None]
    shoulders = worn.cloth.shoulders
    before = (untwisted(state.T_root_rest, shoulders)[index, :3, :3] * weight).sum(1)
    after = (untwisted(posed.T_root_rest, shoulders)[index, :3, :3] * weight).sum(1)
    local = np.einsum("vji,vj->vi", before, state.x - state.anchor)
    x = (posed.anchor + np.einsum("vij,vj->vi", after, local)).astype(np.float32)
    return replace(state, x=x, v=np.zeros_like(x), anchor=posed.anchor, T_root_rest=posed.T_root_rest)


def _advance(
    worn: WornGarment,
    posed: _Posed,
    state: ClothState,
    push: tuple[NDArray[np.float64], Mat44],
    dt_s: float,
    settings: DrapeSettings,
) -> ClothState:
    """Simulate one frame; a result that is not finite is replaced by the anchors."""
    model, anchor, body = worn.cloth, posed.anchor, posed.body
    x = state.x + np.float32(1 - settings.lag) * (anchor - state.anchor)
    v = state.v.copy()
    plane, bound = np.empty((model.count, 4), np.float32), state.bound.copy()
    xpbd.bind_planes(x, body, model.skin.faces, model.candidates, bound, np.float32(settings.gap_m), plane)
    across, met, limbs = np.empty_like(plane), state.met.copy(), model.across
    xpbd.bind_across(x, body, limbs.faces, limbs.first, limbs.limb, limbs.own, met, _ACROSS_GAP_M, across)
    field = (state.x @ push[1].T.astype(np.float32) + push[0].astype(np.float32)).astype(np.float32)
    limits = Limits(plane, across, model.capsules.touch, posed.capsules)
    if not move(x, v, anchor, field, posed.laid_m, _threads(model), limits, _feel(dt_s, settings)):
        x, v = anchor.copy(), np.zeros_like(v)
    return replace(state, x=x, v=v, anchor=anchor, bound=bound, met=met, T_root_rest=posed.T_root_rest)


def _threads(model: ClothModel) -> Threads:
    return Threads(
        model.edges, model.bends, model.ties, model.edge_slack, model.bend_slack, model.tie_slack,
        model.edge_pull_s2, model.edge_push_s2, model.bend_s2, model.limit_m,
    )  # fmt: skip


def _feel(dt_s: float, settings: DrapeSettings) -> Feel:
    h = np.float32(dt_s / settings.substeps)
    numbers = (
        np.exp(-settings.damping_hz * h), settings.still_m_s, settings.top_m_s, settings.friction, settings.even,
        settings.still_m, settings.relax,
    )  # fmt: skip
    return Feel(settings.substeps, h, *(np.float32(number) for number in numbers))


def _capsules(model: ClothModel, T_root_rest: Transforms) -> NDArray[np.float32]:
    """Return the posed capsules (C, 8): two ends, their radii."""
    capsules = model.capsules
    if not capsules.bones.size:
        return np.zeros((0, 8), np.float32)
    T = T_root_rest[capsules.bones]  # (C, 2, 4, 4)
    ends = np.einsum("ceij,cej->cei", T[..., :3, :3], capsules.ends_m) + T[..., :3, 3]
    return np.asarray(np.concatenate([ends.reshape(-1, 6), capsules.radii_m], 1), np.float32)
