"""What the synthetic shopper does: key poses, motions between them, and seeded sway.

Directions are given in the chest's frame as (out, up, front); `out` points away from the midline, so that
one pose serves both arms. Between key poses every joint angle follows a minimum-jerk curve
(Flash & Hogan 1985), which is what people's reaching looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import InputRejected

Vec3 = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ArmPose:
    """Where an arm points; with `reach`, where its wrist is held before the torso instead."""

    upper: Vec3 = (0.0, -1.0, 0.0)  # shoulder to elbow
    fore: Vec3 = (0.0, -1.0, 0.0)  # elbow to wrist
    reach: Vec3 | None = None  # (out in shoulder widths, down in torso lengths, clearance m) from the shoulder line


ARM_POSES: dict[str, ArmPose] = {
    "down": ArmPose((0.20, -0.98, -0.02), (0.12, -0.97, 0.20)),
    "a": ArmPose((0.62, -0.78, 0.02), (0.56, -0.80, 0.20)),
    "t": ArmPose((0.99, -0.08, 0.00), (0.98, -0.02, 0.16)),
    "up": ArmPose((0.46, 0.87, 0.12), (0.18, 0.96, 0.20)),
    "forward": ArmPose((0.14, -0.52, 0.84), (-0.02, 0.06, 0.99)),
    "ahead": ArmPose((0.12, -0.06, 0.99), (0.06, 0.0, 1.0)),
    "half": ArmPose((0.44, -0.89, 0.04), (0.36, -0.88, 0.30)),
    "wave": ArmPose((0.58, -0.74, 0.34), (0.24, 0.90, 0.36)),
    "hip": ArmPose((0.74, -0.62, -0.25), (-0.70, -0.60, 0.40)),
    "cross": ArmPose(reach=(-0.16, 0.52, 0.055)),
    "cross_high": ArmPose(reach=(-0.22, 0.24, 0.060)),
    "cross_low": ArmPose(reach=(-0.10, 0.80, 0.060)),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key pose at `t`, a fraction of the motion's period."""

    t: float
    left: str = "down"
    right: str = "down"
    yaw_deg: float = 0.0  # of the whole body, positive turns the person's own left toward the camera's right
    twist_deg: float = 0.0  # of the chest against the pelvis
    lean_deg: float = 0.0  # sideways, toward the person's own left


@dataclass(frozen=True, slots=True)
class Motion:
    """A loop of key poses; `sway` scales the small movements of a person who stands."""

    period_s: float
    keys: tuple[Key, ...]
    sway: float = 1.0


@dataclass(frozen=True, slots=True)
class Stance:
    """The parameters of one instant: two key poses a side, mixed by `mix`, and angles in degrees."""

    left: tuple[ArmPose, ArmPose]
    right: tuple[ArmPose, ArmPose]
    mix: float  # 0 the first pose .. 1 the second
    yaw_deg: float
    twist_deg: float
    lean_deg: float
    nod_deg: float
    turn_deg: float  # of the head against the chest
    shift_m: NDArray[np.float64]  # (3,) of the pelvis over the feet
    arm_wobble: NDArray[np.float64]  # (2, 2, 3) added to (left, right) x (upper, fore) directions


def _hold(arms: str, sway: float = 1.0, period_s: float = 4.0) -> Motion:
    return Motion(period_s, (Key(0.0, arms, arms),), sway)


MOTIONS: dict[str, Motion] = {
    "still": _hold("down", sway=0.0),
    "sway": _hold("down"),
    "a_pose": _hold("a"),
    "t_pose": _hold("t"),
    "ahead": _hold("ahead"),
    "raise": Motion(
        5.0, (Key(0.0), Key(0.25, "a", "a"), Key(0.5, "t", "t"), Key(0.72, "up", "up"), Key(0.86, "a", "a"))
    ),
    "cross": Motion(
        4.0,
        (Key(0.0), Key(0.3, "cross", "down"), Key(0.5, "cross_low", "cross_high"), Key(0.75, "down", "cross")),
    ),
    "gesture": Motion(
        4.0,
        (Key(0.0), Key(0.2, "wave", "down", 0, 6, 1), Key(0.45, "forward", "hip", 0, -4), Key(0.7, "a", "wave")),
    ),
    "turn": Motion(12.0, tuple(Key(i / 8, "down", "down", 45.0 * i) for i in range(8)), 0.7),
    "show": Motion(
        8.0,
        (
            Key(0.0),
            Key(0.14, "half", "half", 4.0, 2.0),
            Key(0.28, "hip", "down", 26.0, 8.0, 1.0),
            Key(0.44, "down", "wave", 6.0, -2.0, -1.0),
            Key(0.58, "down", "cross", -8.0, -2.0),
            Key(0.74, "down", "hip", -28.0, -9.0, -1.0),
            Key(0.88, "half", "half", -6.0),
        ),
    ),
}


def motion_named(name: str) -> Motion:
    """Return the motion called `name`.  Raises InputRejected, telling the names there are."""
    if name not in MOTIONS:
        raise InputRejected(f'no motion "{name}"; there are: {", ".join(sorted(MOTIONS))}')
    return MOTIONS[name]


def stance_at(motion: Motion, t_s: float, seed: int) -> Stance:
    """Return what the body does at `t_s`, for ever looping; the same seed gives the same sway."""
    phase = (t_s / motion.period_s) % 1.0
    before, after, mix = _around(motion.keys, phase)
    spin = after.yaw_deg + (360.0 if _wraps_full_turn(motion, before, after) else 0.0)
    wave = _Sway(seed, phase, motion.sway)
    return Stance(
        left=(ARM_POSES[before.left], ARM_POSES[after.left]),
        right=(ARM_POSES[before.right], ARM_POSES[after.right]),
        mix=mix,
        yaw_deg=before.yaw_deg + mix * (spin - before.yaw_deg) + wave(1.2),
        twist_deg=before.twist_deg + mix * (after.twist_deg - before.twist_deg) + wave(1.0),
        lean_deg=before.lean_deg + mix * (after.lean_deg - before.lean_deg) + wave(0.8),
        nod_deg=wave(2.0),
        turn_deg=wave(4.0),
        shift_m=np.array([wave(0.012), 0.0, wave(0.006)]),
        arm_wobble=np.array([[[wave(0.02) for _ in range(3)] for _ in range(2)] for _ in range(2)]),
    )


def minimum_jerk(x: float) -> float:
    """Return 0..1 for x in 0..1 with zero speed and acceleration at both ends."""
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))


def _around(keys: tuple[Key, ...], phase: float) -> tuple[Key, Key, float]:
    """Return the keys before and after `phase` and how far between them it is, eased."""
    index = max(i for i, key in enumerate(keys) if key.t <= phase)
    before, after = keys[index], keys[(index + 1) % len(keys)]
    span = (after.t - before.t) % 1.0 or 1.0
    constant_speed = len(keys) > 1 and all(key.left == key.right == "down" for key in keys)
    x = (phase - before.t) / span
    return before, after, x if constant_speed else minimum_jerk(x)


def _wraps_full_turn(motion: Motion, before: Key, after: Key) -> bool:
    return after.t < before.t and before.yaw_deg - after.yaw_deg > 180.0 and motion.period_s > 0


class _Sway:
    """Sums of three sines per call, periodic in the motion, with phases drawn from the seed in call order."""

    def __init__(self, seed: int, phase: float, scale: float) -> None:
        self._rng = np.random.default_rng(seed)
        self._phase = 2.0 * np.pi * phase
        self._scale = scale

    def __call__(self, amplitude: float) -> float:
        """Return a value of about +-`amplitude`."""
        offsets = self._rng.uniform(0.0, 2.0 * np.pi, 3)
        weights = np.array([0.6, 0.3, 0.1])
        return float(self._scale * amplitude * (weights * np.sin(np.array([1, 2, 3]) * self._phase + offsets)).sum())
