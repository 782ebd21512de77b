"""What the judge films: who, doing what, seen from where, through which lens; and the films themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.camera import Lens, expose, through_codec
from benchmarks.judge.exposure import LATITUDE, Exposed, metered
from benchmarks.judge.people import Looks, Person, make_person
from benchmarks.judge.rooms import background
from pipelines.body.skinning import pose_bones
from pipelines.synthetic.motion import minimum_jerk, motion_named, stance_at
from pipelines.synthetic.paint import Painter, Part
from pipelines.synthetic.rig import body_transform, bone_rotations, true_joints
from pipelines.types import PointsF32, RgbaU8, Transforms

FPS = 30
FRAMES = 30
BURN_IN = 12  # frames before anything is measured: the tracker and its filters start
ARRIVAL = 18  # frames of turning to where the film is about
STILL_WAIT = 30  # frames more of who keeps still: what creeps in the first second is the tracker finding them
SPANS = {"knees": (0.24, 1.10), "whole": (-0.06, 1.12), "desk": (0.26, 0.92), "scan": (-0.10, 1.14)}
SIZES = {"knees": (640, 480), "whole": (480, 640), "desk": (640, 480), "scan": (480, 640)}
GROUPS = ("front", "three-quarter", "side", "back", "arms-wide", "hands", "passer", "still", "seated")
SIT_DEG, KNEE_DEG = 82.0, 84.0  # hips and knees of who sits
SEAT = 0.22  # of the height: how much lower the hips of who sits are
PASSER_NEARER = 0.80  # of the shopper's distance: where the second person goes by
PASSER_PATH_M, PASSER_FRAMES = 1.0, 43  # from the middle to either side, at a walk: 1.4 m/s
SAME_M = 0.002  # two depths that differ by less belong to one surface
SHIRT_EVERY = 4  # frames between those in which the own shirt's pixels are told apart


@dataclass(frozen=True, slots=True)
class Scene:
    """One short film; `yaw_deg` turns the person, positive shows the left side less."""

    name: str
    group: str
    person: int
    motion: str
    yaw_deg: float = 0.0
    framing: str = "knees"
    start_s: float = 0.0
    frames: int = FRAMES
    arrive_deg: float = 0.0  # turned this much less in the first frame: the person turns there while nothing counts
    looks: Looks = Looks()
    shot: int | None = None  # scenes of one number and body have lens, light, room and noise alike
    seated: bool = False
    passer: bool = False  # a second person goes by in front
    photo: bool = False  # in a real room, where its picture is at hand
    wait: int = 0  # frames more before anything is measured

    @property
    def burn_in(self) -> int:
        """Frames before anything is measured."""
        return BURN_IN + self.wait + (ARRIVAL if self.arrive_deg else 0)


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """What the camera saw, and what was really there."""

    scene: Scene
    person: Person
    lens: Lens
    planes: list[tuple[NDArray[np.uint8], ...]]  # (y, u, v) per frame, after the codec
    joints_m: list[PointsF32]  # (17, 3) per frame
    T_cam_rest: list[Transforms]
    persons: list[NDArray[np.bool_]]  # (H, W) per frame, clothes and hair included
    shirts: dict[int, NDArray[np.bool_]]  # (H, W) by frame: what is seen of the own shirt
    passers: list[tuple[Part, ...]]  # per frame the meshes of who goes by, camera frame


FRONTS = (  # name, motion, yaw, start, framing
    ("down", "sway", 0.0, 0.0, "knees"),
    ("A", "a_pose", 20.0, 0.0, "knees"),
    ("moving", "gesture", -12.0, 0.3, "whole"),
    ("crossing", "cross", -20.0, 0.5, "knees"),
    ("raising", "raise", 15.0, 0.2, "whole"),
    ("down far", "sway", -28.0, 1.0, "whole"),
    ("crossing low", "cross", 10.0, 1.2, "whole"),
)
WIDES = (
    ("T", "t_pose", 8.0, 0.0, "knees"),
    ("T far", "t_pose", -18.0, 0.5, "whole"),
    ("up", "raise", 0.0, 2.0, "whole"),
)


def all_scenes() -> tuple[Scene, ...]:
    """Return the films of the full benchmark: every body is filmed, every view by several."""
    scenes = []
    for i, (name, motion, yaw, start, framing) in enumerate(FRONTS):
        scenes.append(Scene(f"front {name}", "front", i, motion, yaw, framing, start, photo=i % 3 == 2))
    for i, (name, motion, yaw, start, framing) in enumerate(WIDES):
        scenes.append(Scene(f"wide {name}", "arms-wide", 3 * i + 3, motion, yaw, framing, start, photo=i == 1))
    for i, yaw in enumerate((52.0, -58.0, 55.0, -50.0)):
        motion, framing = ("sway", "a_pose")[i % 2], ("knees", "whole")[i // 2]
        scenes.append(Scene(f"turned {yaw:+.0f}", "three-quarter", i + 8, motion, yaw, framing, photo=i == 3))
    for i, yaw in enumerate((90.0, -90.0, 90.0)):
        framing, arrive = ("knees", "whole")[i % 2], float(np.copysign(45.0, yaw))
        scene = Scene(f"side {yaw:+.0f} {i}", "side", i * 3 + 1, "sway", yaw, framing)
        scenes.append(replace(scene, frames=FRAMES + ARRIVAL, arrive_deg=arrive))
    for i, motion in enumerate(("sway", "a_pose", "raise", "sway")):
        yaw, framing = 180.0 + 12.0 * (i - 1), ("knees", "whole")[i % 2]
        scenes.append(Scene(f"back {motion} {i}", "back", i * 3 + 2, motion, yaw, framing, photo=i == 1))
    for i, (motion, start) in enumerate((("cross", 0.6), ("cross", 1.6), ("gesture", 1.0))):
        scenes.append(Scene(f"hands {motion} {i}", "hands", i * 4 + 1, motion, 6.0 * i - 6.0, "knees", start))
    for i in range(2):
        one = Scene(f"passer {i}", "passer", i * 5 + 2, "sway", -8.0 * i, "knees", passer=True, photo=i == 1)
        scenes.append(replace(one, frames=BURN_IN + PASSER_FRAMES))
    for i, framing in enumerate(("knees", "whole")):
        still = Scene(f"still {framing}", "still", i * 5 + 3, "still", 5.0, framing)
        seated = Scene(f"seated {i}", "seated", i * 5 + 4, "still", 6.0 * i, "desk", seated=True)
        scenes += [replace(one, frames=FRAMES + STILL_WAIT, wait=STILL_WAIT) for one in (still, seated)]
    return tuple(scenes)


def shoot(scene: Scene, seed: int = 1) -> Film:
    """Film `scene`; the same arguments give the same film on the same GL driver."""
    rng = np.random.default_rng((seed, scene.person, len(scene.name) if scene.shot is None else scene.shot))
    person = make_person(scene.person, seed, scene.looks)
    lens = Lens(*SIZES[scene.framing], focal=float(rng.uniform(0.85, 1.4)), k1=float(rng.uniform(-0.08, 0.03)))
    width, height, K = lens.canvas
    T_cam_ground = _place(person, lens, SPANS[scene.framing], float(rng.uniform(-6.0, 4.0)))
    painter = Painter(width, height)
    poses = [_pose(scene, person, T_cam_ground, i) for i in range(scene.frames)]
    room_of = partial(background, int(rng.integers(1 << 30)), painter, K, T_cam_ground, photo=scene.photo)
    person = replace(
        person, light=_metered(rng, painter, K, person, poses[min(scene.burn_in, scene.frames - 1)], room_of)
    )
    light, room = person.light, room_of(light=person.light).astype(np.float32)
    passers = _passers(scene, T_cam_ground)
    pictures, persons, shirts = [], [], {}
    for index, (T, passer) in enumerate(zip(poses, passers, strict=True)):
        parts = [one.pose(T) for one in person.pieces]
        rgba, depth = painter.paint([*parts, *passer], K, light.lights, light.ambient)
        pictures.append(expose(lens.bend(_before(rgba, room)), rng, noise=1.0))
        own = rgba[:, :, 3]
        if passer:
            own = np.where(painter.depth(list(passer), K) <= depth + SAME_M, 0, own)
        persons.append(_is_set(lens, own))
        if index % SHIRT_EVERY == 0:
            named = zip(person.pieces, parts, strict=True)
            shirt = painter.depth([part for one, part in named if one.name == "shirt"], K)
            shirts[index] = _is_set(lens, np.where(np.isfinite(shirt) & (shirt <= depth + SAME_M), 255, 0))
    painter.close()
    names, heads = person.body.model.bone_names, person.body.heads_m
    joints = [true_joints(names, heads, T) for T in poses]
    planes = list(through_codec(pictures, FPS))
    return Film(scene, person, lens, planes, joints, poses, persons, shirts, passers)


def _metered(
    rng: np.random.Generator,
    painter: Painter,
    K: NDArray[np.float64],
    person: Person,
    T_cam_rest: Transforms,
    room_of: Callable[..., NDArray[np.uint8]],
) -> Exposed:
    """Return the light on `person` as a camera meters it that sees them in the room of `room_of`."""
    parts = [one.pose(T_cam_rest) for one in person.pieces]

    def picture(light: Exposed) -> NDArray[np.float32]:
        rgba, _ = painter.paint(parts, K, light.lights, light.ambient)
        return _before(rgba, room_of(light=light))

    return metered(person.light, picture, LATITUDE * float(rng.standard_normal()))


def _before(rgba: RgbaU8, room: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return the picture (H, W, 3) BGR of people `rgba`, premultiplied, before `room`."""
    clear = 1.0 - rgba[:, :, 3:].astype(np.float32) / 255.0
    return np.asarray(rgba[:, :, 2::-1] + room * clear, np.float32)


def _is_set(lens: Lens, alpha: NDArray[np.generic]) -> NDArray[np.bool_]:
    return np.asarray(lens.bend(np.ascontiguousarray(alpha, np.uint8)) > 127)


def _passers(scene: Scene, T_cam_ground: NDArray[np.float64]) -> list[tuple[Part, ...]]:
    """Return the meshes, frame by frame, of a second person who goes by in front, from side to side."""
    if not scene.passer:
        return [()] * scene.frames
    other = make_person(scene.person + 5, 3)
    begin, rest = scene.burn_in, max(1, scene.frames - scene.burn_in)
    passers = []
    for index in range(scene.frames):
        along = (index - begin) / rest  # comes into the picture before anything counts
        T = T_cam_ground.copy()
        T[2, 3] *= PASSER_NEARER
        T[0, 3] += (2.0 * along - 1.0) * PASSER_PATH_M
        pose = _pose(replace(scene, seated=False, yaw_deg=80.0, motion="sway"), other, T, index)
        passers.append(tuple(one.pose(pose) for one in other.pieces))
    return passers


def _pose(scene: Scene, person: Person, T_cam_ground: NDArray[np.float64], index: int) -> Transforms:
    stance = stance_at(motion_named(scene.motion), scene.start_s + index / FPS, scene.person)
    body = person.body
    rotations = bone_rotations(person.naked.rig, stance)
    placed = T_cam_ground @ _rotation(1, scene.yaw_deg - scene.arrive_deg * _to_come(index))
    if scene.seated:
        _sit(rotations, body.model.bone_names)
        placed = placed @ _moved(0.0, -SEAT * person.height_cm / 100.0, 0.0)
    return pose_bones(body.heads_m, body.model.bone_parents, rotations, body_transform(stance, placed))


def _to_come(index: int) -> float:
    return 1.0 - minimum_jerk(min(1.0, index / ARRIVAL))


def _sit(rotations: NDArray[np.float64], names: tuple[str, ...]) -> None:
    """Bend hips and knees of standing bone rotations (B, 3, 3), in place."""
    for side in "LR":
        for bone, degrees in (("upperleg01", -SIT_DEG), ("lowerleg01", KNEE_DEG)):
            number = names.index(f"{bone}.{side}")
            rotations[number] = _rotation(0, degrees)[:3, :3] @ rotations[number]


def _moved(x: float, y: float, z: float) -> NDArray[np.float64]:
    T = np.eye(4)
    T[:3, 3] = (x, y, z)
    return T


def _place(person: Person, lens: Lens, span: tuple[float, float], pitch_deg: float) -> NDArray[np.float64]:
    """Return T_cam_ground of a camera that shows `span` of the body's height, tilted by `pitch_deg` about it."""
    low, high = (part * person.height_cm / 100.0 for part in span)
    away = lens.K[1, 1] * (high - low) / lens.height_px
    lift = np.eye(4)
    lift[:3, 3] = (0.0, -(low + high) / 2, 0.0)
    back = np.eye(4)
    back[2, 3] = -away
    return np.asarray(back @ _rotation(0, pitch_deg) @ lift)


def _rotation(axis: int, degrees: float) -> NDArray[np.float64]:
    T, vector = np.eye(4), np.zeros(3)
    vector[axis] = np.radians(degrees)
    T[:3, :3], _ = cv2.Rodrigues(vector)
    return T
