"""Following one person among several.

The nearest is tracked first; what their matte covers is grey in the picture of those behind, so that no tracker jumps
to the neighbour in front. Whose torso is hidden altogether coasts on for a while.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipelines.pose.blanked import PERSON, only, without
from pipelines.pose.clothes import behind, clothes_at, inside, seen_band, torso_band
from pipelines.pose.own_matte import with_own_matte
from pipelines.pose.person import COAST_S, F64, OVERLAPPED, STRIP, Known, Sight, axis_of, expected, is_close, is_same
from pipelines.pose.tracker import Tracker
from pipelines.types import CameraFrame, Landmarks, MatteU8

SLID = 0.15  # torso lengths toward somebody behind
OWN_GROW = 6  # matte pixels around the person, beyond what they move, that stay theirs
JUMP, JUMP_S = 0.3, 2.0  # torso lengths, and as many a second, that nobody moves beyond what was expected
TOUCHED = 0.04  # share of a single shopper behind a passer, from which they are held
HIDDEN = 0.6  # share of a torso behind somebody, from which it is not looked for
HALF_HIDDEN, HALF_COAST_S = 0.35, 0.6  # what shows of a torso so hidden draws the landmarks over: coasting is better
SURE = 1.0  # logarithm by which a point shows somebody else's clothes rather than the own
MIXED = 0.35  # share of such points of a torso, from which it is somebody else, or two people taken for one
UNLIKE = 0.3  # of two torsos' clothes, below which they cannot be one person's


def follow(
    frame: CameraFrame,
    person: Known,
    nearer: list[Landmarks],
    farther: tuple[Known, ...],
    tracker: Tracker,
    unseen: tuple[Known, ...] = (),
) -> Sight:
    """Return what is seen of `person` between those `nearer`, tracked in this frame, and those `farther`.

    `unseen` are all others who are out of sight and may be taken for them when they come back.
    """
    if person.idle:
        return Sight(None)
    axis = expected(person, frame.captured_s)
    close = [other for other in nearer if axis is None or is_close(axis_of(other), axis)]
    mattes = [other.matte for other in close if other.matte is not None]
    if person.strip_px is not None:
        axis = None  # seen elsewhere than where they were expected
    hidden = 0.0 if axis is None else _hidden_share(frame, axis, mattes)
    landmarks = None
    blind_s = frame.captured_s - person.seen_s
    if hidden < HALF_HIDDEN or (hidden < HIDDEN and blind_s > HALF_COAST_S):
        mattes += _beside(frame, person, axis, farther)
        landmarks = tracker.track(_shown(frame, person, axis, mattes, tracker))
    if landmarks is not None and (
        _is_wrong(landmarks, person, nearer, axis, hidden, frame.captured_s)
        or _is_behind(landmarks, person, axis, farther, frame.captured_s)
        or _wears_clothes_of(frame, landmarks, person, unseen, mattes)
        or (person.lost and _is_clothed_otherwise(frame, landmarks, person, mattes))
    ):
        landmarks = None
    if landmarks is None:
        tracker.reset()
        return _coast(person, frame, axis) if hidden > OVERLAPPED else Sight(None)
    return Sight(with_own_matte(landmarks, frame), hidden=hidden)


def follow_alone(frame: CameraFrame, person: Known, hidden: float, tracker: Tracker) -> Sight:
    """Return what is seen of a single `person`, who is whoever the tracker finds.

    As soon as a passer hides a share of them, the limbs of both would be mixed up: for a moment they are held as they
    were.
    """
    if hidden < TOUCHED or person.landmarks is None or frame.captured_s - person.seen_s > COAST_S:
        return Sight(tracker.track(frame))
    return Sight(person.landmarks, coasting=True, hidden=hidden)


def _beside(frame: CameraFrame, person: Known, axis: F64 | None, farther: tuple[Known, ...]) -> list[MatteU8]:
    """Return the last mattes of those close behind, without all that the person may have come to cover since."""
    own = None if person.landmarks is None else person.landmarks.matte
    if axis is None or own is None:
        return []
    moved_px = float(np.linalg.norm(person.velocity_px_s)) * max(0.0, frame.captured_s - person.at_s)
    reach = 2 * round(OWN_GROW + moved_px * own.shape[1] / frame.width_px) + 1
    grown = np.asarray(cv2.dilate(own, np.ones((reach, reach), np.uint8)), np.uint8)
    mattes = []
    for other in farther:
        if other.landmarks is None or other.landmarks.matte is None or other.idle:
            continue
        if is_close(axis_of(other.landmarks), axis):
            mattes.append(np.where(grown > PERSON, np.uint8(0), other.landmarks.matte))
    return mattes


def _shown(frame: CameraFrame, person: Known, axis: F64 | None, mattes: list[MatteU8], tracker: Tracker) -> CameraFrame:
    """Return the picture that the tracker gets; one that has to begin anew sees only where the person must be."""
    strip = person.strip_px
    if strip is None and axis is not None and person.at_s < frame.captured_s and person.lost:
        strip = float(axis[0, 0]) - STRIP * person.size_px, float(axis[0, 0]) + STRIP * person.size_px
    picture = without(frame, mattes)
    if strip is None:
        return picture
    tracker.reset()
    return only(picture, *strip)


def _hidden_share(frame: CameraFrame, axis: F64, mattes: list[MatteU8]) -> float:
    """Return the share, of what the picture could show of a torso, that lies behind the people of `mattes`."""
    points = torso_band(axis)
    points = points[inside(points, frame)]
    return float(behind(points, frame, mattes).mean()) if mattes and len(points) else 0.0


def _coast(person: Known, frame: CameraFrame, axis: F64 | None) -> Sight:
    """Return the last landmarks moved on; None after COAST_S."""
    last = person.landmarks
    if last is None or axis is None or frame.captured_s - person.seen_s > COAST_S:
        return Sight(None)
    moved = (axis - axis_of(last)).mean(axis=0).astype(np.float32)
    matte = last.matte
    if matte is not None:
        across, down = moved * matte.shape[1] / frame.width_px
        move = np.array([[1.0, 0.0, across], [0.0, 1.0, down]])
        matte = np.asarray(cv2.warpAffine(matte, move, matte.shape[::-1]), np.uint8)
    return Sight(Landmarks(last.uv_px + moved, last.visibility, last.world_m, matte), True)


def _is_wrong(
    landmarks: Landmarks, person: Known, nearer: list[Landmarks], axis: F64 | None, hidden: float, now_s: float
) -> bool:
    """Return whether the tracker has gone over to somebody else."""
    found = axis_of(landmarks)
    if any(is_same(found, axis_of(other)) for other in nearer):
        return True
    if axis is None:  # begins anew
        return False
    away = float(np.linalg.norm(found[0] - axis[0])) / max(8.0, person.size_px)
    limit = JUMP + JUMP_S * max(0.0, now_s - person.at_s)
    return away > (0.5 * limit if hidden > OVERLAPPED else limit)


def _is_behind(landmarks: Landmarks, person: Known, axis: F64 | None, farther: tuple[Known, ...], now_s: float) -> bool:
    """Return whether the tracker has slid over to somebody who stands behind."""
    if axis is None:
        return False
    found = axis_of(landmarks)[0]
    away = float(np.linalg.norm(found - axis[0]))
    places = [expected(other, now_s) for other in farther if not other.idle and not other.lost]
    nearest = min((float(np.linalg.norm(found - place[0])) for place in places if place is not None), default=np.inf)
    return nearest < away and away > SLID * person.size_px


def _wears_clothes_of(
    frame: CameraFrame, landmarks: Landmarks, person: Known, unseen: tuple[Known, ...], mattes: list[MatteU8]
) -> bool:
    """Return whether who was found is dressed, at least in part, like one of the `unseen`, and not like `person`."""
    clothes = [other.clothes for other in unseen if other.clothes is not None]
    points = seen_band(frame, axis_of(landmarks), mattes) if clothes else None
    if person.clothes is None or points is None:
        return False
    own = person.clothes.likelihood(frame, points)
    return any(float((theirs.likelihood(frame, points) > own + SURE).mean()) > MIXED for theirs in clothes)


def _is_clothed_otherwise(frame: CameraFrame, landmarks: Landmarks, person: Known, mattes: list[MatteU8]) -> bool:
    """Return whether who was found where somebody was lost is somebody else."""
    fresh = clothes_at(frame, axis_of(landmarks), mattes)
    return fresh is not None and person.clothes is not None and person.clothes.alike(fresh) < UNLIKE
