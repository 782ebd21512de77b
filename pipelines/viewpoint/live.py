"""The live path with a free viewpoint: the mirror, an orbit round the shopper's avatar, or the last seconds again.

`dress` here is `pipelines.tryon.dress` and, where the shopper looks from elsewhere, a picture of the avatar in the
place of the camera's. It keeps bones and cloth of the last REPLAY_S seconds, and no picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.beside import dress as dress_mirror
from pipelines.body.conform import Profile
from pipelines.drape.surface import surface
from pipelines.garment.thumbnail import studio_light
from pipelines.mirror import mirrored
from pipelines.outfit import Outfit
from pipelines.pose.skeleton import posed_joints
from pipelines.render.backend import RenderRequest, empty_layer
from pipelines.tryon import DressEngine, DressState, Stopwatch, Tracked
from pipelines.types import JOINTS, CameraFrame, GarmentLayer, PointsF32, Transforms, TryOnResult
from pipelines.viewpoint.avatar import Avatar, avatar_of
from pipelines.viewpoint.figure import figure_of, standing
from pipelines.viewpoint.studio import Figure, View, portrait

F64 = NDArray[np.float64]
Mode = Literal["mirror", "orbit", "replay"]

REPLAY_S = 2.0
HOLD_S = 0.5  # the replay rests on its last moment before it begins again
FILL = 0.74  # of the picture's height: a mirror has controls over its upper and lower edge
STEADY = 0.15  # share of a move of the feet that the camera follows in each frame
LEAN_EVERY = 6  # moments between two looks at it
LEAN_MAX_RAD = 0.35  # a camera may look down, and depth is a guess; who leans farther means it
NECK, ANKLES = JOINTS.index("neck"), [JOINTS.index("left_ankle"), JOINTS.index("right_ankle")]


@dataclass(frozen=True, slots=True)
class Look:
    """What the shopper wants to see."""

    mode: Mode = "mirror"
    view: View = field(default_factory=View)
    speed: float = 1.0  # of the replay; below 1 is slow motion


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Bones and cloth of one frame."""

    at_s: float
    T_cam_rest: Transforms  # (B, 4, 4)
    cloth: tuple[tuple[PointsF32, F64], ...]  # of each garment: x (S, 3) in the pelvis frame, T_cam_root (4, 4)
    profile: Profile


@dataclass(frozen=True, slots=True, eq=False)
class ViewState:
    """What is kept from frame to frame."""

    dress: DressState = field(default_factory=DressState)
    past: tuple[Moment, ...] = ()  # the last REPLAY_S seconds in this outfit, oldest first
    outfit: Outfit | None = None  # of `past` and `avatar`
    avatar: Avatar | None = None  # made when it is first looked at
    at_ease: Figure | None = None  # shown while no pose is known
    foot_m: F64 | None = None  # (3,) where the camera believes the feet
    replayed_s: float | None = None  # how far the replay is; None while it does not run
    drawn_s: float = 0.0
    shown: Mode = "mirror"


def dress(
    tracked: Tracked, outfit: Outfit, state: ViewState, engine: DressEngine, watch: Stopwatch, look: Look
) -> tuple[TryOnResult, ViewState]:
    """Return the mirror's picture of the frame, or the avatar's from where `look` says.

    A replay without a past shows the avatar as the orbit does; `shown` tells which it was.
    """
    state = _change_clothes(state, outfit)
    if look.mode == "mirror":
        result, dressed = dress_mirror(tracked, outfit, state.dress, engine, watch)
        return result, _remember(replace(state, dress=dressed, shown="mirror", replayed_s=None, foot_m=None), tracked)
    unseen = replace(engine, renderer=_Undrawn())  # skeleton and cloth go on, nothing is drawn into the camera's frame
    alone = replace(outfit, mirror=False, others=(), delivery="composed", beside=None)
    result, dressed = dress_mirror(tracked, alone, state.dress, unseen, watch)
    state = replace(state, dress=dressed)
    if look.mode == "orbit" or len(state.past) < 2:
        state = _remember(replace(state, replayed_s=None, shown="orbit"), tracked)
    with watch("render"):
        frame, state = _draw(tracked.frame, outfit, state, engine, look)
    shown = replace(result, frame=frame, layer=None)
    return (mirrored(shown) if outfit.mirror else shown), state


class _Undrawn:
    """The Renderer of a picture that nobody sees."""

    name = "none"

    def describe(self) -> dict[str, str]:
        return {"backend": self.name}

    def render(self, request: RenderRequest) -> GarmentLayer:
        return empty_layer()

    def close(self) -> None:
        pass


def _change_clothes(state: ViewState, outfit: Outfit) -> ViewState:
    """Begin anew in other clothes, or in another body; other colours alone change no more than the figure at ease."""
    before = state.outfit
    if before is outfit:
        return state
    if before is not None and outfit.hangs_as(before) and outfit.body is before.body:
        return replace(state, outfit=outfit, at_ease=None)
    return ViewState(dress=state.dress, outfit=outfit, foot_m=state.foot_m, drawn_s=state.drawn_s)


def _remember(state: ViewState, tracked: Tracked) -> ViewState:
    """Add this frame's pose, if there was one, and forget what is too old."""
    now_s, dressed = tracked.frame.captured_s, state.dress.of(0)
    past = state.past
    if dressed.pose is not None and dressed.posed_s == now_s:
        cloth = tuple((one.x, one.T_cam_root) for one in dressed.cloth)
        past = (*past, Moment(now_s, dressed.pose.T_cam_rest, cloth, dressed.profile))
    newest_s = past[-1].at_s if past else now_s
    return replace(state, past=tuple(moment for moment in past if 0.0 <= newest_s - moment.at_s <= REPLAY_S))


def _draw(
    frame: CameraFrame, outfit: Outfit, state: ViewState, engine: DressEngine, look: Look
) -> tuple[CameraFrame, ViewState]:
    """Return the studio's picture, as large as `frame`."""
    dt_s = min(0.2, max(0.0, frame.captured_s - state.drawn_s))
    avatar = state.avatar or avatar_of(outfit.body, outfit.garments)
    state = replace(state, avatar=avatar, drawn_s=frame.captured_s)
    if not state.past:
        figure = state.at_ease or standing(outfit, avatar, engine.settings.drape)
        state = replace(state, at_ease=figure)
    elif look.mode == "replay" and len(state.past) >= 2:
        moment, state = _replayed(state, dt_s * look.speed)
        upright = _upright(state.past, outfit)
        figure = _figure(moment, outfit, avatar, upright)
        figure = replace(figure, foot_m=_middle(state.past, outfit, upright))
    else:
        figure = _figure(state.past[-1], outfit, avatar, _upright(state.past, outfit))
        foot = figure.foot_m if state.foot_m is None else state.foot_m + STEADY * (figure.foot_m - state.foot_m)
        figure, state = replace(figure, foot_m=foot), replace(state, foot_m=foot)
    size = (frame.width_px, frame.height_px)
    picture = portrait(
        figure, look.view, size, studio_light(), (engine.renderer, engine.compositor), frame.captured_s, FILL
    )
    return replace(picture, K=frame.K), state


def _replayed(state: ViewState, step_s: float) -> tuple[Moment, ViewState]:
    """Return the moment that is on, between two that were seen."""
    past = state.past
    length_s = past[-1].at_s - past[0].at_s
    at_s = 0.0 if state.replayed_s is None else state.replayed_s + step_s
    if at_s > length_s + HOLD_S:
        at_s = 0.0
    state = replace(state, replayed_s=at_s, shown="replay")
    then_s = past[0].at_s + min(at_s, length_s)
    after = next(index for index, moment in enumerate(past) if moment.at_s >= then_s or moment is past[-1])
    if after == 0:
        return past[0], state
    return _between(past[after - 1], past[after], then_s), state


def _between(a: Moment, b: Moment, at_s: float) -> Moment:
    """Return the moment between `a` and `b`; a frame apart, a straight line is as good as an arc."""
    share = np.float32((at_s - a.at_s) / max(1e-6, b.at_s - a.at_s))
    cloth = tuple((x + share * (y - x), T + share * (U - T)) for (x, T), (y, U) in zip(a.cloth, b.cloth, strict=True))
    return Moment(at_s, a.T_cam_rest + share * (b.T_cam_rest - a.T_cam_rest), cloth, b.profile)


def _upright(past: tuple[Moment, ...], outfit: Outfit) -> NDArray[np.float32]:
    """Return the rotation (4, 4) about X that brings the mean line from ankles to neck above the feet."""
    up = np.zeros(3)
    for moment in past[::LEAN_EVERY]:
        joints = posed_joints(outfit.body, moment.T_cam_rest)
        up += joints[NECK] - joints[ANKLES].mean(0)
    lean = float(np.clip(np.arctan2(up[2], up[1]), -LEAN_MAX_RAD, LEAN_MAX_RAD))
    T = np.eye(4, dtype=np.float32)
    T[1:3, 1:3] = [[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]
    return T


def _figure(moment: Moment, outfit: Outfit, avatar: Avatar, upright: NDArray[np.float32]) -> Figure:
    surfaces = [surface(worn, x, upright @ T) for worn, (x, T) in zip(outfit.garments, moment.cloth, strict=True)]
    return figure_of(outfit, avatar, np.matmul(upright, moment.T_cam_rest), surfaces, moment.profile)


def _middle(past: tuple[Moment, ...], outfit: Outfit, upright: NDArray[np.float32]) -> F64:
    """Return the ground (3,) below the middle of the way that the pelvis went, for a camera that stands still."""
    head = outfit.body.heads_m[0]
    roots = [upright @ moment.T_cam_rest[0] for moment in past]
    pelvis = np.mean([root[:3, :3] @ head + root[:3, 3] for root in roots], 0)
    return np.asarray(pelvis - (0.0, float(head[1]), 0.0), np.float64)
