"""Films of random synthetic people, for training the joint lift: what the pose network says, and what is true.

Bodies are drawn from the population prior, half of them with something that lies beyond the model's reach, as it does
with shoppers; clothes, light, background, camera and pose at random. Every person moves between key poses while the
network tracks it, so its own smoothing and its lapses are in the data.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipelines.body.model import SEXES, Body, body_of, load_body_model, shape_body  # noqa: E402
from pipelines.body.skinning import pose_bones  # noqa: E402
from pipelines.pose.rig import KNUCKLE_BONES, LIMB_BONES, Rig, build_rig  # noqa: E402
from pipelines.pose.tracker import Tracker  # noqa: E402
from pipelines.synthetic.figure import dress_figure, naked_of  # noqa: E402
from pipelines.synthetic.motion import ARM_POSES, ArmPose, Stance, minimum_jerk  # noqa: E402
from pipelines.synthetic.paint import Light, Painter  # noqa: E402
from pipelines.synthetic.rig import SPINE, body_transform, bone_rotations  # noqa: E402
from pipelines.synthetic.rig import Rig as Bones  # noqa: E402
from pipelines.synthetic.room import paint_room  # noqa: E402
from pipelines.synthetic.shopper import camera_frame, camera_matrix  # noqa: E402
from pipelines.synthetic.wardrobe import Outfit  # noqa: E402
from pipelines.types import Landmarks, Transforms  # noqa: E402
from server.media_files import intrinsics  # noqa: E402

Rng = np.random.Generator
F64 = NDArray[np.float64]

PEOPLE = Path(__file__).resolve().parents[1] / "tests" / "data" / "scan_people.npz"

KEYS = 6  # poses a person
FPS = 12.0
SIZES = ((480, 360), (360, 480), (480, 270), (360, 480))  # the network looks at 256 px: more would cost, not tell
LOWEST = (-0.05, -0.05, 0.24, 0.24, 0.40, 0.52)  # where the picture ends, of the body's height
WARM_UP = 4  # frames until the network has found its region of interest
STRIDE_DEG = 11.0  # a turn's step from frame to frame


@dataclass(frozen=True, slots=True)
class Key:
    """One key pose."""

    arms: tuple[ArmPose, ArmPose]
    legs_deg: F64  # (2, 3) thigh forward, thigh outward, knee bent; 0 stands
    trunk_deg: F64  # (4,) yaw of the body, twist, lean aside, pitch forward
    head_deg: F64  # (2,) nod, turn
    shift_m: F64  # (3,)


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame: what the network said, and where the points of `lift.POINTS` truly are."""

    landmarks: Landmarks  # without the matte
    K: F64  # (3, 3) that the pipeline would assume
    joints_px: F64  # (12, 2)
    points_m: F64  # (19, 3) camera frame
    shoulder_width_px: float  # at the person's distance
    inside: NDArray[np.bool_]  # (12,) joint in the picture, or nearly


def film_person(seed: int, tracker: Tracker, clock_s: float) -> tuple[list[Sample], float, NDArray[np.uint8]]:
    """Return the samples of one person, the tracker's time afterwards, and the last picture (BGR)."""
    rng = np.random.default_rng((77, seed))
    body, outfit = random_body(rng), random_outfit(rng)
    naked = naked_of(body)
    pieces = [piece for piece in dress_figure(naked, outfit, seed) if outfit.tucked or piece.name != "belt"]
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    K = camera_matrix(width, height, float(rng.uniform(0.8, 1.45)))
    T_cam_ground = _place(rng, body, K, width, height)
    lights, ambient = random_lights(rng)
    painter = Painter(width, height)
    room = _background(rng, painter, K, T_cam_ground, seed)
    rig, samples, start = build_rig(body), [], random_key(rng)
    tracker.reset()
    for number in range(KEYS):
        stop = random_key(rng)
        steps = int(np.clip(abs(stop.trunk_deg[0] - start.trunk_deg[0]) / STRIDE_DEG, 7, 24))
        for step in range(steps):
            rotations, stance = between(naked.rig, start, stop, step / steps)
            T = _posed(body, rotations, body_transform(stance, T_cam_ground))
            rgba, _ = painter.paint([piece.pose(T) for piece in pieces], K, lights, ambient)
            picture = _exposed(rng, rgba, room, compressed=step % 2 == 1)
            clock_s += 1.0 / FPS
            found = tracker.track(camera_frame(picture, clock_s, K))
            if found is not None and (number > 0 or step >= WARM_UP):
                samples.append(_sample(found, T, rig, body, K, (width, height)))
        start = stop
    painter.close()
    return samples, clock_s + 1.0, picture


def random_body(rng: Rng) -> Body:
    """Draw a woman or a man from the population; half of them have something that no coefficients express."""
    model, sex = load_body_model(), int(rng.integers(len(SEXES)))
    drawn = rng.multivariate_normal(model.sex_mean[sex], model.sex_covariance[sex]).astype(np.float32)
    body = shape_body(model, drawn)
    if rng.random() < 0.5:
        return body
    mean, others = _beyond_model(sex)
    mixed = np.tensordot(rng.standard_normal(len(others)) / np.sqrt(len(others)), others, 1)
    return body_of(model, body.rest_m + (mean + mixed).astype(np.float32))


@functools.cache
def _beyond_model(sex: int) -> tuple[F64, F64]:
    """Return what lies beyond the model of the mean of full-rank people (V, 3), and of each from there (N, V, 3)."""
    with np.load(PEOPLE) as file:
        beyond = file["unit_m"] * file["beyond"][file["sex"] == SEXES[sex]].astype(np.float64)
    return beyond.mean(axis=0), beyond - beyond.mean(axis=0)


def random_outfit(rng: Rng) -> Outfit:
    """Draw clothes that stand up to 2 cm off the skin, of any colour, and a complexion."""

    def dye() -> tuple[float, float, float]:
        red, green, blue = np.clip(10.0 ** rng.uniform(-1.7, -0.2) * rng.uniform(0.5, 1.5, 3), 0.008, 0.7).tolist()
        return (red, green, blue)

    tan = np.array([0.62, 0.36, 0.25]) * rng.uniform(0.12, 1.0) * rng.uniform(0.9, 1.1, 3)
    strands = np.array([0.25, 0.18, 0.12]) * 10.0 ** rng.uniform(-1.3, 0.0)
    return Outfit(
        sleeve=float(rng.choice([0.45, 0.6, 0.8, 1.4, 1.95])),
        tucked=bool(rng.random() < 0.6),
        hem_over_hip_m=float(rng.uniform(-0.04, 0.05)),
        waist_over_hip_m=float(rng.uniform(0.06, 0.11)),
        shirt_ease_m=float(rng.uniform(0.004, 0.020)),
        trouser_ease_m=float(rng.uniform(0.003, 0.012)),
        sleeve_flare_m=float(rng.uniform(0.002, 0.018)),
        fold_m=float(rng.uniform(0.002, 0.006)),
        thickness_m=0.004,
        shirt=dye(),
        trousers=dye(),
        shoes=dye(),
        hair=(float(strands[0]), float(strands[1]), float(strands[2])),
        skin=(float(tan[0]), float(tan[1]), float(tan[2])),
    )


def random_lights(rng: Rng) -> tuple[tuple[Light, ...], float]:
    """Draw one to three lamps, and the ambient light."""
    lamps = []
    for strength in (3.2, 1.6, 1.2)[: int(rng.integers(1, 4))]:
        azimuth, height, warmth = rng.uniform(-1.6, 1.6), rng.uniform(0.1, 1.3), rng.uniform(-0.15, 0.15)
        toward = (-float(np.sin(azimuth)), -float(height), -float(np.cos(azimuth)))
        colour = (1.0, 0.95 - abs(float(warmth)) / 3, 0.95 - float(warmth))
        lamps.append(Light(toward, colour, strength * float(rng.uniform(0.7, 1.3))))
    return tuple(lamps), float(rng.uniform(0.12, 0.40))


def random_key(rng: Rng) -> Key:
    """Draw a pose: mostly toward the camera and standing, but from every side, bent and seated as well."""
    yaw = (rng.normal(0, 25), rng.normal(180, 25), rng.uniform(-100, 100), rng.uniform(-180, 180))[
        int(rng.choice(4, p=(0.35, 0.20, 0.25, 0.20)))
    ]
    legs = np.zeros((2, 3))
    if rng.random() < 0.4:
        legs = rng.uniform((0, -5, 0), (95, 30, 105), (2, 3))
        legs[1] = legs[0] if rng.random() < 0.5 else legs[1]
    lean = rng.uniform(-8, 8) if rng.random() < 0.7 else rng.uniform(-20, 20)
    pitch = rng.normal(0, 5) if rng.random() < 0.75 else rng.uniform(-10, 40)
    left, right = random_arm(rng), random_arm(rng)
    return Key(
        (left, left if rng.random() < 0.3 else right),
        legs,
        np.array([yaw, rng.normal(0, 8), lean, pitch]),
        rng.normal(0, (10, 18)),
        rng.normal(0, 0.01, 3) * (1, 0, 1),
    )


def random_arm(rng: Rng) -> ArmPose:
    """Draw an arm: hanging, one of the named poses, before the torso, or anywhere a shoulder lets it go."""
    kind = rng.random()
    if kind < 0.30:
        return ARM_POSES["down"]
    if kind < 0.65:
        return ARM_POSES[sorted(ARM_POSES)[int(rng.integers(len(ARM_POSES)))]]
    if kind < 0.72:
        return ArmPose(
            reach=(float(rng.uniform(-0.35, 0.6)), float(rng.uniform(-0.1, 0.95)), float(rng.uniform(0.03, 0.12)))
        )
    while True:
        upper = rng.uniform((-0.25, -1.0, -0.45), (1.0, 0.9, 1.0))
        upper /= np.linalg.norm(upper)
        hinge = np.cross(upper, rng.uniform((-0.5, -0.2, 1.0), (0.3, 1.0, 1.0)))
        turn, _ = cv2.Rodrigues(hinge / np.linalg.norm(hinge) * np.radians(rng.uniform(5, 130)))
        fore = turn @ upper
        out, _, front = (0.9 * upper + 0.85 * fore).tolist()  # the wrist, in upper arms from the shoulder
        if out > -1.2 and (out > -0.35 or front > 0.75):  # not across the midline through the trunk
            return ArmPose(tuple(upper.tolist()), tuple(fore.tolist()))


def between(bones: Bones, start: Key, stop: Key, part: float) -> tuple[F64, Stance]:
    """Return local rotations (B, 3, 3) and the stance, `part` of the way between two key poses."""
    mix = minimum_jerk(part)

    def at(name: str) -> F64:
        one, two = getattr(start, name), getattr(stop, name)
        return np.asarray(one + mix * (two - one))

    (yaw, twist, lean, pitch), (nod, turn) = at("trunk_deg"), at("head_deg")
    arms = ((start.arms[0], stop.arms[0]), (start.arms[1], stop.arms[1]))
    stance = Stance(*arms, mix, yaw, twist, lean, nod, turn, at("shift_m"), np.zeros((2, 2, 3)))
    local, row = bone_rotations(bones, stance), {name: i for i, name in enumerate(bones.names)}
    bend, tilt = _turn(0, pitch / 10), _turn(0, pitch / 2)
    for name in SPINE:
        local[row[name]] = bend @ local[row[name]]
    local[row["root"]] = tilt
    for side, (forward, outward, knee) in zip("LR", at("legs_deg"), strict=True):
        thigh = _turn(2, outward if side == "L" else -outward) @ _turn(0, -forward)
        local[row[f"upperleg01.{side}"]] = tilt.T @ thigh @ local[row[f"upperleg01.{side}"]]
        local[row[f"lowerleg01.{side}"]] = _turn(0, knee)
    return local, stance


def _place(rng: Rng, body: Body, K: F64, width: int, height: int) -> F64:
    """Draw T_cam_ground of a camera that looks at some part of the body."""
    tall = float(np.ptp(body.rest_m[body.model.body.vertices, 1]))
    low, high = float(rng.choice(LOWEST)) + rng.uniform(-0.04, 0.03), 1.08 + rng.uniform(-0.03, 0.14)
    away = K[1, 1] * (high - low) * tall / height
    lift, back, tilt = np.eye(4), np.eye(4), np.eye(4)
    lift[1, 3] = -(low + high) / 2 * tall
    back[:3, 3] = (rng.uniform(-0.14, 0.14) * width / K[0, 0] * away, 0.0, -away)
    tilt[:3, :3] = _turn(0, rng.uniform(-9, 6))
    return np.asarray(back @ tilt @ lift)


def _background(rng: Rng, painter: Painter, K: F64, T_cam_ground: F64, seed: int) -> NDArray[np.float32]:
    width, height = int(2 * K[0, 2]), int(2 * K[1, 2])
    if rng.random() < 0.5:
        return paint_room(painter, K, T_cam_ground, seed).astype(np.float32)
    wall = np.full((height, width, 3), rng.uniform(20, 230, 3), np.float32)
    for cells, strength in ((4, 40), (16, 25), (60, 15), (150, 8)):
        noise = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        wall += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * strength * rng.random()
    return np.clip(wall, 0, 255)


def _exposed(rng: Rng, rgba: NDArray[np.uint8], room: NDArray[np.float32], compressed: bool) -> NDArray[np.uint8]:
    alpha = rgba[:, :, 3:].astype(np.float32) / 255.0
    noise = 4.0 * rng.standard_normal((*rgba.shape[:2], 1), np.float32)
    picture = np.clip(rgba[:, :, 2::-1] + room * (1.0 - alpha) + noise + 0.5, 0, 255).astype(np.uint8)
    if not compressed:
        return picture
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


def _posed(body: Body, rotations: F64, T_cam_body: F64) -> Transforms:
    return pose_bones(body.heads_m, body.model.bone_parents, rotations, T_cam_body)


def _sample(found: Landmarks, T: Transforms, rig: Rig, body: Body, K: F64, size: tuple[int, int]) -> Sample:
    bones = body.model
    names = [f"{bone}.{side}" for bone in LIMB_BONES for side in "LR"] + ["head"] * 3
    names += [f"{bone}.{side}" for bone in KNUCKLE_BONES for side in "LR"]
    rest = np.concatenate([rig.joints_m, rig.face_m, rig.knuckles_m])
    at = T[[bones.bone(name) for name in names]].astype(np.float64)
    points = np.einsum("nij,nj->ni", at[:, :3, :3], rest) + at[:, :3, 3]
    joints = points[:12]
    px = np.stack([K[0, 2] - K[0, 0] * joints[:, 0] / joints[:, 2], K[1, 2] + K[1, 1] * joints[:, 1] / joints[:, 2]], 1)
    margin = 0.05 * np.array(size)
    inside = ((px > -margin) & (px < np.array(size) + margin)).all(axis=1)
    width_px = K[0, 0] * rig.shoulder_width_m / -float(joints[[0, 1, 6, 7], 2].mean())
    bare = Landmarks(found.uv_px, found.visibility, found.world_m, None)
    return Sample(bare, intrinsics(*size), px, points, width_px, inside)


def _turn(axis: int, degrees: float) -> F64:
    vector = np.zeros(3)
    vector[axis] = np.radians(degrees)
    return np.asarray(cv2.Rodrigues(vector)[0])
