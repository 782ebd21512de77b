"""One person of the main path: how their pose, width, light and cloth go on, and what is drawn of them.

`pipelines.tryon` calls these for each person in turn; nothing here knows that there are others.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import Profile, TorsoRows, conform, girth_kept, measure_profile, project
from pipelines.composite.grain import Grain, measure_grain, with_grain
from pipelines.composite.hair import HairState
from pipelines.composite.held import Held
from pipelines.composite.own_hem import Hem
from pipelines.composite.own_sleeves import OwnSleeve
from pipelines.composite.own_top import OwnTop
from pipelines.composite.paint_out import Painted, left_of
from pipelines.composite.shadow import Shadow
from pipelines.composite.skin import DEFAULT_SKIN, SkinChroma
from pipelines.drape.cloth import ClothState, DrapeSettings, drape
from pipelines.garment.worn import WornGarment
from pipelines.leg_outline import LegOutline, follow_outline
from pipelines.light.backend import LightFitter
from pipelines.light.fit import LightState
from pipelines.outfit import Outfit
from pipelines.pose.skeleton import SkeletonState, SmoothSettings, pose_body
from pipelines.types import (
    JOINTS,
    BodyPose,
    CameraFrame,
    GarmentLayer,
    Landmarks,
    PointsF32,
    SeenJoints,
    Sh9,
    Surface,
)

HOLD_S = 0.5  # a lost person keeps the garment this long …
FADE_S = 0.3  # … then it fades away
EDGE = 0.05  # of the width: who was last seen this near to a side has walked out and needs no holding
ARM_ADVANCE_M, NEAR_ARM_ADVANCE_M = 0.06, 0.12
LAYER_STEP = 0.014  # of the distance, per garment worn over it: 3 cm at arm's length from a mirror

SHADOW_M = 0.010  # how soft the shadow of cloth on the body is, a standard deviation
STANDS_OFF_M = 0.012  # how far cloth stands off the skin that its shadow falls on

LONG_STEP_S = 0.1  # between frames; over a longer one a speed tells nothing of the shutter's time
CHEST = JOINTS.index("chest")
LEFT_SHOULDER, RIGHT_SHOULDER = JOINTS.index("left_shoulder"), JOINTS.index("right_shoulder")
ARMS = [[JOINTS.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist")] for side in ("left", "right")]
TRUNK = [JOINTS.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("shoulder", "hip")]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one frame shows of one person."""

    id: int
    landmarks: Landmarks | None  # None when they are not believed to be there
    joints: SeenJoints | None


@dataclass(frozen=True, slots=True, eq=False)
class Wearer:
    """What `dress` keeps of one person from frame to frame."""

    outfit: Outfit | None = None
    skeleton: SkeletonState = field(default_factory=SkeletonState)
    profile: Profile = field(default_factory=Profile.neutral)
    light: LightState = field(default_factory=LightState)
    skin: SkinChroma = DEFAULT_SKIN  # chroma alone
    face_luma: float = 0.0  # 0: never seen
    hair: HairState = field(default_factory=HairState)  # colours alone
    grain: Grain | None = None  # of the picture about them
    legs: LegOutline = field(default_factory=LegOutline.none)
    own_top: OwnTop = field(default_factory=OwnTop)
    hem: Hem = field(default_factory=Hem)  # of the own top, above own trousers
    sleeves: tuple[OwnSleeve, OwnSleeve] = (OwnSleeve(), OwnSleeve())  # left, right, beyond the drawn ones
    trouser_legs: tuple[OwnSleeve, OwnSleeve] = (OwnSleeve(), OwnSleeve())  # the own ones, below a skirt or shorts
    yoke: OwnSleeve = field(default_factory=OwnSleeve)  # own clothes in necklines and armholes
    painted: Painted | None = None  # where the room is painted over own clothes
    held: Held = field(default_factory=Held)  # what their hands hold before the garment
    model_hands: tuple[bool, bool] = (True, True)  # left, right: the drawn hand hides the cloth, not the real one
    model_arms: tuple[bool, bool] = (True, True)  # the same of what the sleeves leave bare of the arms
    cloth: tuple[ClothState, ...] = ()
    pose: BodyPose | None = None  # the last one believed
    posed_s: float = -1.0  # when it was
    velocity_px_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))  # of the trunk in the picture
    drawn_s: float = -1.0
    opacity: float = 0.0

    @property
    def is_drawn(self) -> bool:
        """Whether there is something to draw."""
        return self.pose is not None and self.opacity > 0.0 and self.outfit is not None and bool(self.outfit.garments)

    @property
    def own_shown(self) -> str | None:
        """What is told of own clothes that stay to be seen beside the garments: "own_top", else "own_trousers"."""
        return "own_top" if self.own_top.shown else "own_trousers" if self.legs.shown else None


def change_clothes(wearer: Wearer, outfit: Outfit) -> Wearer:
    """Start the new cloth; what is known of the person stays."""
    if outfit is wearer.outfit:
        return wearer
    if wearer.outfit is not None and outfit.hangs_as(wearer.outfit):
        return replace(wearer, outfit=outfit)
    own_top = OwnTop(colours=wearer.own_top.colours)
    return replace(wearer, outfit=outfit, cloth=outfit.cloth, own_top=own_top, hem=Hem(), painted=None)


def move_on(seen: Seen, frame: CameraFrame, outfit: Outfit, wearer: Wearer, smooth: SmoothSettings) -> Wearer:
    """Move the pose on, or hold it and fade while the person is not seen."""
    landmarks, joints, now_s = seen.landmarks, seen.joints, frame.captured_s
    if landmarks is None or joints is None:
        missing_s = now_s - wearer.posed_s
        opacity = wearer.opacity if missing_s <= HOLD_S else max(0.0, 1.0 - (missing_s - HOLD_S) / FADE_S)
        if opacity <= 0.0 or wearer.pose is None or _has_left(wearer.pose, frame):
            return Wearer(outfit, cloth=wearer.cloth)
        return replace(wearer, opacity=opacity, velocity_px_s=np.zeros(2))
    if wearer.pose is not None and wearer.posed_s == now_s:
        return wearer  # moved on already, in another outfit
    pose, skeleton = pose_body(joints, frame, outfit.skeleton, wearer.skeleton, smooth)
    profile = wearer.profile
    if landmarks.matte is not None:
        profile = measure_profile(landmarks.matte, frame, pose, outfit.torso, profile)
    moved = replace(wearer, pose=pose, skeleton=skeleton, profile=profile, posed_s=now_s, opacity=1.0)
    return replace(moved, velocity_px_s=_velocity_px_s(wearer, pose, frame))


def _velocity_px_s(wearer: Wearer, pose: BodyPose, frame: CameraFrame) -> NDArray[np.float64]:
    """Return how fast the trunk goes through the picture; 0 after a gap or a jump."""
    step_s = frame.captured_s - wearer.posed_s
    if wearer.pose is None or not 0.0 < step_s < LONG_STEP_S:
        return np.zeros(2)
    before, after = (project(one.joints_m[TRUNK], frame.K).mean(axis=0) for one in (wearer.pose, pose))
    return np.asarray(after - before) / step_s


def _has_left(pose: BodyPose, frame: CameraFrame) -> bool:
    """Return whether the person was last seen walking out over a side of the picture."""
    u_px = float(project(pose.joints_m[CHEST : CHEST + 1], frame.K)[0, 0])
    return not EDGE * frame.width_px < u_px < (1.0 - EDGE) * frame.width_px


def drape_all(
    outfit: Outfit, pose: BodyPose, frame: CameraFrame, wearer: Wearer, settings: DrapeSettings
) -> tuple[tuple[Surface, ...], Wearer]:
    """Return the garments' surfaces, innermost first, and the wearer with the cloth moved on."""
    dt_s = min(0.2, max(0.001, frame.captured_s - wearer.drawn_s))
    surfaces: list[Surface] = []
    cloth: list[ClothState] = []
    for worn, state in zip(outfit.garments, wearer.cloth, strict=True):
        rest, skin = garment_shape(worn, outfit.torso, wearer.profile)
        surface, moved = drape(worn, rest, pose.T_cam_rest, state, dt_s, settings, cloth, skin)
        surfaces.append(surface)
        cloth.append(moved)
    receded = tuple(_receded(surface, worn) for surface, worn in zip(surfaces, outfit.garments, strict=True))
    return receded, replace(wearer, cloth=tuple(cloth))


def follow_legs(
    seen: Seen, outfit: Outfit, pose: BodyPose, frame: CameraFrame, surfaces: tuple[Surface, ...], wearer: Wearer
) -> tuple[tuple[Surface, ...], Wearer]:
    """Return the surfaces with trouser legs led toward the outline of the own ones, and the wearer that remembers.

    Not where it is shown how garments fit: there all of them are as wide as they are.
    """
    if outfit.fits:
        return surfaces, wearer
    matte = None if seen.landmarks is None else seen.landmarks.matte
    led = list(surfaces)
    for i, cloth in enumerate(outfit.trousers):
        if cloth is not None:
            vertices_m, legs = follow_outline(surfaces[i].vertices_m, cloth, pose, frame, matte, wearer.legs)
            led[i] = replace(surfaces[i], vertices_m=vertices_m)
            wearer = replace(wearer, legs=legs)
    return tuple(led), wearer


def garment_shape(worn: WornGarment, torso: TorsoRows, profile: Profile) -> tuple[PointsF32, PointsF32]:
    """Return the garment (V, 3) and the skin under it (N, 3) at rest, on the body as the matte shows it."""
    rest = conform(worn.rest_m, worn.arm_weight, torso, girth_kept(profile, torso, worn.ease_cm))
    return rest, conform(worn.cloth.skin.rest_m, worn.cloth.skin.arms, torso, profile)


def fit_light(
    seen: Seen, outfit: Outfit, pose: BodyPose, frame: CameraFrame, wearer: Wearer, fitter: LightFitter
) -> tuple[Sh9, Wearer]:
    """Return the light that the person's skin shows, and the wearer that remembers it."""
    landmarks = None if seen.landmarks is None else seen.landmarks.uv_px
    light, state = fitter.fit_light(frame, *outfit.skin.seen(pose.T_cam_rest, frame.K, landmarks), wearer.light)
    return light, replace(wearer, light=state)


def grained(frame: CameraFrame, layer: GarmentLayer, wearer: Wearer) -> tuple[GarmentLayer, Wearer]:
    """Return the layer as noisy as the picture about it, and the wearer that remembers how noisy that is."""
    grain = measure_grain(frame, layer.region, wearer.grain)
    return with_grain(layer, grain, frame.captured_s), replace(wearer, grain=grain)


def shadow_of(seen: Seen, pose: BodyPose, frame: CameraFrame, light: Sh9, painted: Painted | None) -> Shadow | None:
    """Return how the garments throw their shadow on the body, as far as it is seen; None where no outline is known."""
    if seen.landmarks is None or seen.landmarks.matte is None:
        return None
    metre_px = float(frame.K[0, 0]) / distance_m(pose)
    up, near, right = (float(one) for one in light[1:4].mean(axis=1))
    steep = STANDS_OFF_M * metre_px / max(near, 0.5 * float(np.hypot(up, right)), 1e-6)
    return Shadow(left_of(seen.landmarks.matte, painted), SHADOW_M * metre_px, (-steep * right, steep * up))


def arm_advance_m(pose: BodyPose) -> tuple[float, float]:
    """How much nearer the left and the right forearm and hand are taken to be.

    The depth of an arm is a guess that often leaves it inside the cloth. Who faces the camera holds the arms
    before the torso, and seen from the side the near arm is in front; behind the back nothing is changed.
    """
    across = pose.joints_m[LEFT_SHOULDER] - pose.joints_m[RIGHT_SHOULDER]
    across = across / max(1e-6, float(np.linalg.norm(across)))
    before = ARM_ADVANCE_M * max(0.0, float(across[0]))
    left, right = (NEAR_ARM_ADVANCE_M * max(0.0, sign * float(across[2])) for sign in (1.0, -1.0))
    return before + left, before + right


def distance_m(pose: BodyPose) -> float:
    """Return how far from the camera the person stands, metres."""
    return max(0.3, -float(pose.joints_m[CHEST, 2]))


def _receded(surface: Surface, worn: WornGarment) -> Surface:
    """Step a garment back along the view rays where others are worn over it, so that it cannot come through them."""
    if worn.beneath is None:
        return surface
    return replace(surface, vertices_m=surface.vertices_m * (1 + np.float32(LAYER_STEP) * worn.beneath[:, None]))
