"""What the judge films: who, doing what, seen from where, through which lens; and the films themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.camera import Lens, expose, through_codec
from benchmarks.judge.people import Person, make_person
from pipelines.body.skinning import pose_bones
from pipelines.synthetic.motion import minimum_jerk, motion_named, stance_at
from pipelines.synthetic.paint import Painter
from pipelines.synthetic.rig import body_transform, bone_rotations, true_joints
from pipelines.synthetic.room import paint_room
from pipelines.types import PointsF32, Transforms

FPS = 30
FRAMES = 48
BURN_IN = 12  # frames before anything is measured: the tracker and its filters start
ARRIVAL = 18  # frames of turning to where the film is about
SPANS = {"knees": (0.24, 1.10), "whole": (-0.06, 1.12)}
SIZES = {"knees": (640, 480), "whole": (480, 640)}
GROUPS = ("front", "three-quarter", "side", "back", "still")


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

    @property
    def burn_in(self) -> int:
        """Frames before anything is measured."""
        return BURN_IN + (ARRIVAL if self.arrive_deg else 0)


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


FRONTS = (  # name, motion, yaw, start, framing
    ("down", "sway", 0.0, 0.0, "knees"),
    ("A", "a_pose", 20.0, 0.0, "knees"),
    ("moving", "gesture", -12.0, 0.3, "whole"),
    ("T", "t_pose", 8.0, 0.0, "knees"),
    ("crossing", "cross", -20.0, 0.5, "knees"),
    ("raising", "raise", 15.0, 0.2, "whole"),
    ("down far", "sway", -28.0, 1.0, "whole"),
    ("crossing low", "cross", 10.0, 1.2, "whole"),
)


def all_scenes() -> tuple[Scene, ...]:
    """Return the films of the full benchmark: every body is filmed, every view by several."""
    scenes = []
    for i, (name, motion, yaw, start, framing) in enumerate(FRONTS):
        scenes.append(Scene(f"front {name}", "front", i, motion, yaw, framing, start))
    for i, yaw in enumerate((52.0, -58.0, 55.0, -50.0)):
        motion, framing = ("sway", "a_pose")[i % 2], ("knees", "whole")[i // 2]
        scenes.append(Scene(f"turned {yaw:+.0f}", "three-quarter", i + 8, motion, yaw, framing))
    for i, yaw in enumerate((90.0, -90.0, 90.0)):
        framing, arrive = ("knees", "whole")[i % 2], float(np.copysign(45.0, yaw))
        scene = Scene(f"side {yaw:+.0f} {i}", "side", i * 3 + 1, "sway", yaw, framing)
        scenes.append(replace(scene, frames=FRAMES + ARRIVAL, arrive_deg=arrive))
    for i, motion in enumerate(("sway", "a_pose", "raise", "sway")):
        yaw, framing = 180.0 + 12.0 * (i - 1), ("knees", "whole")[i % 2]
        scenes.append(Scene(f"back {motion} {i}", "back", i * 3 + 2, motion, yaw, framing))
    for i, framing in enumerate(("knees", "whole")):
        scenes.append(Scene(f"still {framing}", "still", i * 5 + 3, "still", 5.0, framing))
    return tuple(scenes)


def shoot(scene: Scene, seed: int = 1) -> Film:
    """Film `scene`; the same arguments give the same film on the same GL driver."""
    rng = np.random.default_rng((seed, scene.person, len(scene.name)))
    person = make_person(scene.person, seed)
    lens = Lens(*SIZES[scene.framing], focal=float(rng.uniform(0.85, 1.4)), k1=float(rng.uniform(-0.08, 0.03)))
    width, height, K = lens.canvas
    T_cam_ground = _place(person, lens, SPANS[scene.framing], float(rng.uniform(-6.0, 4.0)))
    painter = Painter(width, height)
    room = _background(rng, painter, K, T_cam_ground).astype(np.float32)
    poses = [_pose(scene, person, T_cam_ground, i) for i in range(scene.frames)]
    pictures, persons = [], []
    for T in poses:
        rgba, _ = painter.paint([one.pose(T) for one in person.pieces], K, person.lights, person.ambient)
        alpha = rgba[:, :, 3:].astype(np.float32) / 255.0
        seen = lens.bend(rgba[:, :, 2::-1] + room * (1.0 - alpha))
        pictures.append(expose(seen, rng, noise=1.0))
        persons.append(lens.bend(np.ascontiguousarray(rgba[:, :, 3])) > 127)
    painter.close()
    names, heads = person.body.model.bone_names, person.body.heads_m
    joints = [true_joints(names, heads, T) for T in poses]
    return Film(scene, person, lens, list(through_codec(pictures, FPS)), joints, poses, persons)


def _pose(scene: Scene, person: Person, T_cam_ground: NDArray[np.float64], index: int) -> Transforms:
    stance = stance_at(motion_named(scene.motion), scene.start_s + index / FPS, scene.person)
    body = person.body
    rotations = bone_rotations(person.naked.rig, stance)
    to_come = 1.0 - minimum_jerk(min(1.0, index / ARRIVAL))
    turned = T_cam_ground @ _rotation(1, scene.yaw_deg - scene.arrive_deg * to_come)
    return pose_bones(body.heads_m, body.model.bone_parents, rotations, body_transform(stance, turned))


def _place(person: Person, lens: Lens, span: tuple[float, float], pitch_deg: float) -> NDArray[np.float64]:
    """Return T_cam_ground of a camera that shows `span` of the body's height, tilted by `pitch_deg` about it."""
    low, high = (part * person.height_cm / 100.0 for part in span)
    away = lens.K[1, 1] * (high - low) / lens.height_px
    lift = np.eye(4)
    lift[:3, 3] = (0.0, -(low + high) / 2, 0.0)
    back = np.eye(4)
    back[2, 3] = -away
    return np.asarray(back @ _rotation(0, pitch_deg) @ lift)


def _background(
    rng: np.random.Generator, painter: Painter, K: NDArray[np.float64], T: NDArray[np.float64]
) -> NDArray[np.uint8]:
    kinds = (
        partial(paint_room, painter, K, T, int(rng.integers(1 << 30))),
        partial(_shelves, rng, K),
        partial(_street, rng, K),
    )
    return kinds[int(rng.integers(len(kinds)))]()


def _shelves(rng: np.random.Generator, K: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return a wall of shelves with things on them, out of focus."""
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    wall = np.full((height, width, 3), rng.uniform(90, 190, 3), np.float32)
    for top in np.arange(rng.integers(5, 30), height, height / 6):
        x = 0.0
        while x < width:
            wide, tall = rng.uniform(8, 40), rng.uniform(0.3, 0.85) * height / 6
            floor = int(top + height / 6) - 6
            if rng.random() < 0.85:
                colour = [float(c) for c in rng.uniform(20, 220, 3)]
                cv2.rectangle(wall, (int(x), int(floor - tall)), (int(x + wide) - 2, floor), colour, -1)
            x += wide
        cv2.rectangle(wall, (0, floor), (width, floor + 6), (50.0, 70.0, 95.0), -1)
    return cv2.GaussianBlur(wall, (0, 0), 2.2).astype(np.uint8)


def _street(rng: np.random.Generator, K: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return sky, foliage and pavement: noise of several sizes in three bands."""
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    texture = sum(
        cv2.resize(rng.standard_normal((n, n)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC) * w
        for n, w in ((6, 10.0), (24, 14.0), (90, 12.0))
    )
    rows = np.linspace(0, 1, height)[:, None, None]
    sky, leaf, stone = (np.array(c, np.float32) for c in ((225, 205, 180), (60, 105, 80), (130, 135, 140)))
    base = np.where(rows < 0.25, sky, np.where(rows < 0.72, leaf, stone)) * np.ones((1, width, 1))
    gain = np.where(rows < 0.25, 0.15, np.where(rows < 0.72, 1.5, 0.35))
    return np.clip(cv2.GaussianBlur(base + gain * np.asarray(texture)[:, :, None], (0, 0), 1.5), 0, 255).astype(
        np.uint8
    )


def _rotation(axis: int, degrees: float) -> NDArray[np.float64]:
    T, vector = np.eye(4), np.zeros(3)
    vector[axis] = np.radians(degrees)
    T[:3, :3], _ = cv2.Rodrigues(vector)
    return T
