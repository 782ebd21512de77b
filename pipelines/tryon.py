"""The main path on one page: frame -> pose -> body -> drape -> light -> render -> composite -> frame.

Three functions, which the rim may run in three threads:

`prepare` (pipelines.outfit)  a wish -> an outfit: body shaped, garments cut, graded and settled. Slow, rare.
`track`                       a frame -> the person's landmarks, if somebody is believed to be there.
`dress`                       a tracked frame and an outfit -> the composed frame.

`track` and `dress` share no state but the `Tracked` record, so they overlap on consecutive frames; each
has an engine of its own, to be made, used and closed by the thread that runs it (a GL context belongs to
its thread). `run_server.py render`, the live worker and the benchmarks all come through here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import Profile, conform, measure_profile, project
from pipelines.body.skinning import skin_points, vertex_normals
from pipelines.composite.backend import Compositor, select_compositor
from pipelines.composite.hands import hand_occlusion
from pipelines.composite.skin import DEFAULT_SKIN, SkinChroma
from pipelines.drape.cloth import ClothState, DrapeSettings, drape
from pipelines.framing import framing_hint
from pipelines.light.backend import LightFitter, select_light_fitter
from pipelines.light.fit import LightState
from pipelines.mirror import mirrored
from pipelines.outfit import BodyPatch, GarmentChoice, Outfit, Wish, prepare
from pipelines.pose.facing import FacingState, judge_facing, turned_round
from pipelines.pose.lift import JointLift
from pipelines.pose.presence import (
    BundledFaceFinder,
    FaceFinder,
    PresenceSettings,
    PresenceState,
    judge_presence,
)
from pipelines.pose.skeleton import SkeletonState, SmoothSettings, pose_body
from pipelines.pose.tracker import Tracker, load_tracker
from pipelines.render.backend import DrawItem, Renderer, RenderRequest, select_renderer
from pipelines.render.coverage import garment_areas
from pipelines.types import (
    FACE_LANDMARKS,
    JOINTS,
    BodyPose,
    CameraFrame,
    GarmentLayer,
    GarmentReport,
    Landmarks,
    PersonReport,
    PointsF32,
    SeenJoints,
    Sh9,
    Surface,
    TryOnResult,
)

__all__ = [
    "DressEngine",
    "DressState",
    "GarmentChoice",
    "Outfit",
    "TrackEngine",
    "TrackState",
    "Tracked",
    "TryOnSettings",
    "Wish",
    "dress",
    "load_dress_engine",
    "load_track_engine",
    "prepare",
    "step",
    "track",
]

Stopwatch = Callable[[str], AbstractContextManager[None]]  # `with watch("drape"): ...` books a stage

HOLD_S = 0.5  # a lost person keeps the garment this long …
FADE_S = 0.3  # … then it fades away
EDGE = 0.05  # of the width: who was last seen this near to a side has walked out and needs no holding
ARM_ADVANCE_M, NEAR_ARM_ADVANCE_M = 0.06, 0.12
LAYER_STEP = 0.014  # of the distance, per garment worn over it: 3 cm at arm's length from a mirror

CHEST, LEFT_SHOULDER, RIGHT_SHOULDER = (JOINTS.index(name) for name in ("chest", "left_shoulder", "right_shoulder"))
LEFT_WRIST, RIGHT_WRIST = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")


@dataclass(frozen=True, slots=True)
class TryOnSettings:
    """Which backends run, and the knobs of the stages."""

    pose_model: str = "bundled"  # or the path of a .task file
    render_backend: str = "auto"  # auto, pyrender, numba
    composite_backend: str = "auto"  # auto, numba, torch, cuda
    light_backend: str = "auto"  # auto, numba, torch, cuda
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    smooth: SmoothSettings = field(default_factory=SmoothSettings)
    drape: DrapeSettings = field(default_factory=DrapeSettings)


@dataclass(frozen=True, slots=True, eq=False)
class TrackEngine:
    """The models of `track`."""

    tracker: Tracker
    faces: FaceFinder
    lift: JointLift
    settings: TryOnSettings

    def close(self) -> None:
        """Release the models."""
        self.tracker.close()
        self.faces.close()


@dataclass(frozen=True, slots=True, eq=False)
class DressEngine:
    """The backends of `dress`, and why they were chosen."""

    renderer: Renderer
    compositor: Compositor
    light: LightFitter
    reasons: dict[str, str]
    settings: TryOnSettings

    def close(self) -> None:
        """Release the backends."""
        self.renderer.close()


def load_track_engine(settings: TryOnSettings) -> TrackEngine:
    """Load the models of `track`; raises BackendUnavailable."""
    return TrackEngine(load_tracker(settings.pose_model), BundledFaceFinder(), JointLift(), settings)


def load_dress_engine(settings: TryOnSettings) -> DressEngine:
    """Start renderer and compositor in this thread; raises BackendUnavailable."""
    renderer, why_render = select_renderer(settings.render_backend)
    compositor, why_composite = select_compositor(settings.composite_backend)
    light, why_light = select_light_fitter(settings.light_backend)
    reasons = {"render": why_render, "composite": why_composite, "light": why_light}
    return DressEngine(renderer, compositor, light, reasons, settings)


@dataclass(frozen=True, slots=True)
class TrackState:
    """What `track` keeps from frame to frame."""

    presence: PresenceState = field(default_factory=PresenceState)
    facing: FacingState = field(default_factory=FacingState)


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """What `track` tells `dress` about one frame."""

    frame: CameraFrame
    landmarks: Landmarks | None  # None when nobody is believed to be there
    joints: SeenJoints | None  # of the same person


@dataclass(frozen=True, slots=True, eq=False)
class DressState:
    """What `dress` keeps from frame to frame."""

    outfit: Outfit | None = None
    skeleton: SkeletonState = field(default_factory=SkeletonState)
    profile: Profile = field(default_factory=Profile.neutral)
    light: LightState = field(default_factory=LightState)
    skin: SkinChroma = DEFAULT_SKIN  # chroma alone
    model_hands: tuple[bool, bool] = (True, True)  # left, right: the drawn hand hides the cloth, not the real one
    cloth: tuple[ClothState, ...] = ()
    pose: BodyPose | None = None  # the last one believed
    posed_s: float = -1.0  # when it was
    drawn_s: float = -1.0
    opacity: float = 0.0


def track(frame: CameraFrame, state: TrackState, engine: TrackEngine, watch: Stopwatch) -> tuple[Tracked, TrackState]:
    """Find the person in `frame`."""
    with watch("pose"):
        landmarks = engine.tracker.track(frame)
        presence = judge_presence(landmarks, frame, engine.faces, state.presence, engine.settings.presence)
        if presence.search_afresh:
            engine.tracker.reset()
        plausible = presence.believed and presence.implausible == 0
        if landmarks is None or not plausible:
            return Tracked(frame, None, None), TrackState(
                presence, state.facing if presence.believed else FacingState()
            )
        facing = judge_facing(landmarks, frame, engine.faces, state.facing)
        if facing.turned:
            landmarks = turned_round(landmarks)
        joints = engine.lift(landmarks, frame)
    return Tracked(frame, landmarks, joints), TrackState(presence, facing)


def dress(
    tracked: Tracked, outfit: Outfit, state: DressState, engine: DressEngine, watch: Stopwatch
) -> tuple[TryOnResult, DressState]:
    """Drape, draw and blend `outfit` onto the tracked frame."""
    frame = tracked.frame
    if outfit is not state.outfit:
        state = _change_clothes(state, outfit)
    with watch("skeleton"):
        state = _follow(tracked, outfit, state, engine.settings)
    pose = state.pose
    if pose is None or state.opacity <= 0.0 or not outfit.garments:
        return _result(frame, None, tracked, outfit, ()), replace(state, drawn_s=frame.captured_s)
    with watch("drape"):
        surfaces, state = _drape(outfit, pose, frame, state, engine.settings.drape)
        surfaces = tuple(
            _receded(surface, above) for above, surface in zip(range(len(surfaces))[::-1], surfaces, strict=True)
        )
    with watch("light"):
        light, lit = _light(outfit, pose, frame, state, engine.light)
    with watch("render"):
        layer = engine.renderer.render(_request(outfit, pose, surfaces, frame, light, state))
    with watch("composite"):
        occlusion, state = _hide_behind_hands(tracked, pose, layer, state)
        composed, layer = engine.compositor.composite(frame, layer, occlusion, state.opacity)
    return _result(composed, layer, tracked, outfit, surfaces), replace(state, light=lit, drawn_s=frame.captured_s)


def step(
    frame: CameraFrame,
    outfit: Outfit,
    states: tuple[TrackState, DressState],
    engines: tuple[TrackEngine, DressEngine],
    watch: Stopwatch,
) -> tuple[TryOnResult, tuple[TrackState, DressState]]:
    """Run the whole path over one frame."""
    tracked, track_state = track(frame, states[0], engines[0], watch)
    result, dress_state = dress(tracked, outfit, states[1], engines[1], watch)
    return result, (track_state, dress_state)


def _change_clothes(state: DressState, outfit: Outfit) -> DressState:
    """Start the new cloth; what is known of the shopper stays."""
    same = state.outfit is not None and outfit.garments is state.outfit.garments
    return replace(state, outfit=outfit, cloth=state.cloth if same else outfit.cloth)


def _follow(tracked: Tracked, outfit: Outfit, state: DressState, settings: TryOnSettings) -> DressState:
    """Move the pose on, or hold it and fade while nobody is seen."""
    frame, landmarks, joints = tracked.frame, tracked.landmarks, tracked.joints
    now_s = frame.captured_s
    if landmarks is None or joints is None:
        missing_s = now_s - state.posed_s
        opacity = state.opacity if missing_s <= HOLD_S else max(0.0, 1.0 - (missing_s - HOLD_S) / FADE_S)
        gone = opacity <= 0.0 or state.pose is None or _has_left(state.pose, frame)
        return DressState(outfit, cloth=state.cloth) if gone else replace(state, opacity=opacity)
    pose, skeleton = pose_body(joints, frame, outfit.skeleton, state.skeleton, settings.smooth)
    profile = state.profile
    if landmarks.matte is not None:
        profile = measure_profile(landmarks.matte, frame, pose, outfit.torso, profile)
    return replace(state, pose=pose, skeleton=skeleton, profile=profile, posed_s=now_s, opacity=1.0)


def _has_left(pose: BodyPose, frame: CameraFrame) -> bool:
    """Return whether the person was last seen walking out over a side of the picture."""
    u_px = float(project(pose.joints_m[CHEST : CHEST + 1], frame.K)[0, 0])
    return not EDGE * frame.width_px < u_px < (1.0 - EDGE) * frame.width_px


def _drape(
    outfit: Outfit, pose: BodyPose, frame: CameraFrame, state: DressState, settings: DrapeSettings
) -> tuple[tuple[Surface, ...], DressState]:
    dt_s = min(0.2, max(0.001, frame.captured_s - state.drawn_s))
    surfaces, cloth = [], []
    for worn, cloth_state in zip(outfit.garments, state.cloth, strict=True):
        rest = conform(worn.rest_m, worn.arm_weight, outfit.torso, state.profile)
        surface, moved = drape(worn, rest, pose.T_cam_rest, cloth_state, dt_s, settings)
        surfaces.append(surface)
        cloth.append(moved)
    return tuple(surfaces), replace(state, cloth=tuple(cloth))


def _hide_behind_hands(
    tracked: Tracked, pose: BodyPose, layer: GarmentLayer, state: DressState
) -> tuple[NDArray[np.uint8] | None, DressState]:
    if tracked.landmarks is None or layer.region.is_empty:
        return None, state
    left, right = _arm_advance_m(pose)
    wrists = (-float(pose.joints_m[LEFT_WRIST, 2]) - left, -float(pose.joints_m[RIGHT_WRIST, 2]) - right)
    hands = hand_occlusion(tracked.frame, tracked.landmarks, layer, wrists, state.skin)
    return hands.multiplier, replace(state, skin=hands.skin, model_hands=hands.use_model)


def _posed(patch: BodyPatch, outfit: Outfit, pose: BodyPose, state: DressState) -> PointsF32:
    rest = conform(patch.rest_m, patch.arms, outfit.torso, state.profile)
    return skin_points(rest, patch.skin_index, patch.skin_weight, pose.T_cam_rest)


def _light(
    outfit: Outfit, pose: BodyPose, frame: CameraFrame, state: DressState, fitter: LightFitter
) -> tuple[Sh9, LightState]:
    points = _posed(outfit.skin, outfit, pose, state)
    normals = vertex_normals(points, outfit.skin.faces)
    return fitter.fit_light(frame, project(points, frame.K).astype(np.float32), normals, state.light)


def _request(
    outfit: Outfit,
    pose: BodyPose,
    surfaces: tuple[Surface, ...],
    frame: CameraFrame,
    light: Sh9,
    state: DressState,
) -> RenderRequest:
    items = tuple(
        DrawItem(surface, worn.uv, material, (worn.package.id, worn.size, id(worn)))
        for surface, worn, material in zip(surfaces, outfit.garments, outfit.materials, strict=True)
    )
    arms = []
    for side, advance_m in enumerate(_arm_advance_m(pose)):
        nearer = np.float32(1.0 - advance_m / _distance_m(pose))
        patches = [outfit.arms[side], outfit.hands[side]][: 1 + state.model_hands[side]]
        arms += [(patch, nearer * _posed(patch, outfit, pose, state)) for patch in patches]
    occluder = tuple(
        Surface(points, np.zeros_like(points), patch.faces)
        for patch, points in ((outfit.occluder, _posed(outfit.occluder, outfit, pose, state)), *arms)
        if len(patch.faces)
    )
    return RenderRequest(items, occluder, frame.K, frame.width_px, frame.height_px, light)


def _arm_advance_m(pose: BodyPose) -> tuple[float, float]:
    """How much nearer the left and the right forearm and hand are taken to be.

    The depth of an arm is a guess that often leaves it inside the cloth. Who faces the camera holds the arms
    before the torso, and seen from the side the near arm is in front; behind the back nothing is changed.
    """
    across = pose.joints_m[LEFT_SHOULDER] - pose.joints_m[RIGHT_SHOULDER]
    across = across / max(1e-6, float(np.linalg.norm(across)))
    before = ARM_ADVANCE_M * max(0.0, float(across[0]))
    left, right = (NEAR_ARM_ADVANCE_M * max(0.0, sign * float(across[2])) for sign in (1.0, -1.0))
    return before + left, before + right


def _distance_m(pose: BodyPose) -> float:
    return max(0.3, -float(pose.joints_m[CHEST, 2]))


def _receded(surface: Surface, layers_above: int) -> Surface:
    """Step an inner garment back along the view rays, so that it cannot come through what is worn over it."""
    if layers_above == 0:
        return surface
    return replace(surface, vertices_m=surface.vertices_m * np.float32(1.0 + LAYER_STEP * layers_above))


def _result(
    frame: CameraFrame,
    layer: GarmentLayer | None,
    tracked: Tracked,
    outfit: Outfit,
    surfaces: tuple[Surface, ...],
) -> TryOnResult:
    landmarks = tracked.landmarks
    uv = visibility = None
    if landmarks is not None:
        uv = landmarks.uv_px.copy()
        uv[:FACE_LANDMARKS] = np.nan
        visibility = landmarks.visibility
    areas = garment_areas(surfaces, layer, frame.K) or (0,) * len(outfit.garments)
    garments = tuple(
        GarmentReport(worn.package.id, worn.size, area) for worn, area in zip(outfit.garments, areas, strict=True)
    )
    person = PersonReport(0, landmarks is not None, uv, visibility, garments, framing_hint(landmarks, tracked.frame))
    result = TryOnResult(frame, layer, (person,))
    return mirrored(result) if outfit.mirror else result
