"""What is known of one person while several are followed: landmarks, speed, clothes, and where they are expected."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.pose.clothes import Clothes
from pipelines.pose.facing import FacingState
from pipelines.pose.presence import PresenceState
from pipelines.types import Landmarks

F64 = NDArray[np.float64]

STRIP = 0.9  # half the width, in torso lengths, of what a starting tracker is shown
OVERLAPPED = 0.15  # share from which a sight that surprises is not believed
COAST_S = 1.2  # somebody hidden is taken to go on as before for this long
STOP_S = 1.5  # time constant with which somebody unseen is taken to come to a stand
CLOSE = 1.6  # torso lengths between two middles
SAME_TORSO = 0.4  # two torsos nearer than this, in torso lengths, are one


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """One person, followed or remembered."""

    id: int  # 0..2, in the order of appearance
    presence: PresenceState = field(default_factory=PresenceState)
    facing: FacingState = field(default_factory=FacingState)
    proven: bool = False  # was believed once
    idle: bool = False  # lost, and only remembered
    landmarks: Landmarks | None = None  # last seen or coasted
    velocity_px_s: F64 = field(default_factory=lambda: np.zeros(2))
    size_px: float = 0.0  # smoothed torso length
    clothes: Clothes | None = None
    seen_s: float = -1e9  # when the landmarks were last believed
    at_s: float = -1e9  # of `landmarks`
    strip_px: tuple[float, float] | None = None  # columns to start the tracker in
    lost: bool = False  # not seen in the frame before: the tracker has to begin anew


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one frame shows of one person, or is taken to."""

    landmarks: Landmarks | None
    coasting: bool = False  # not seen: hidden, and moved on from the frames before
    hidden: float = 0.0  # share of the torso that is behind others


def axis_of(landmarks: Landmarks) -> F64:
    """Return the middle line (2, 2) of the torso, shoulders first."""
    uv = landmarks.uv_px.astype(np.float64)
    return np.stack([uv[11:13].mean(axis=0), uv[23:25].mean(axis=0)])


def torso_px(landmarks: Landmarks) -> float:
    """Return the length of the torso; from shoulders wider than that allows, from them."""
    axis, uv = axis_of(landmarks), landmarks.uv_px
    return max(4.0, float(np.linalg.norm(axis[1] - axis[0])), 1.2 * float(np.linalg.norm(uv[11] - uv[12])))


def expected(person: Known, now_s: float) -> F64 | None:
    """Return the torso's middle line at `now_s` if the person goes on as before."""
    if person.landmarks is None:
        return None
    blind_s = max(0.0, now_s - person.seen_s), max(0.0, person.at_s - person.seen_s)
    slowed_s = STOP_S * float(np.exp(-blind_s[1] / STOP_S) - np.exp(-blind_s[0] / STOP_S))
    return axis_of(person.landmarks) + person.velocity_px_s * slowed_s


def is_same(one: F64, other: F64) -> bool:
    """Return whether two middle lines are the same torso's, in a picture of it that may be cut."""
    length = max(8.0, float(np.linalg.norm(other[1] - other[0])))
    return bool(np.linalg.norm(one[0] - other[0]) < SAME_TORSO * length)


def is_close(one: F64, other: F64) -> bool:
    """Return whether two torsos are so near to each other that one may reach into the other's picture."""
    length = max(float(np.linalg.norm(axis[1] - axis[0])) for axis in (one, other))
    return bool(np.linalg.norm(one[0] - other[0]) < CLOSE * length)
