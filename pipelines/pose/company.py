"""Who is in the picture? Up to three people, each with an own tracker, each kept who they are.

People are found by the detector in a picture from which those already followed are blanked out, every FIND_FRAMES,
and only while a place is free. A tracker then follows each person by itself. The nearest is tracked first; what
their matte covers is grey in the picture of those behind, so that no tracker jumps to the neighbour in front. Whose
torso is hidden altogether coasts on for a while. Somebody lost is remembered by their clothes and their place, and
gets the same number, and so the same garments, when they are found again. No face is used to tell people apart.

With one person nothing of this runs: the tracker searches by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.pose.blanked import PERSON, only, without
from pipelines.pose.clothes import Clothes, behind, clothes_at, inside, torso_band
from pipelines.pose.facing import FacingState
from pipelines.pose.finder import PersonFinder, Sighting
from pipelines.pose.own_matte import with_own_matte
from pipelines.pose.presence import PresenceSettings, PresenceState
from pipelines.pose.tracker import Tracker
from pipelines.types import CameraFrame, Landmarks, MatteU8

F64 = NDArray[np.float64]

PEOPLE_MAX = 3
FIND_FRAMES, MISSING_FIND_FRAMES = 5, 3  # between looks for others; while somebody has just been lost
JUST_S = 1.0
MEMORY_S = 20.0  # somebody lost is remembered this long
ALIKE = 0.6  # of two torsos' clothes, from which they can be one person's
PLACE = 0.2  # what the right place adds to it for somebody who was seen a moment ago
UNLIKE = 0.3  # below it they cannot
SLID = 0.15  # torso lengths toward somebody behind
STRIP = 0.9  # half the width, in torso lengths, of what a starting tracker is shown
CLOSE = 1.6  # torso lengths between two middles
OWN_GROW = 6  # matte pixels around the person, beyond what they move, that stay theirs
SAME_TORSO = 0.4  # two torsos nearer than this, in torso lengths, are one
JUMP, JUMP_S = 0.3, 2.0  # torso lengths, and as many a second, that nobody moves beyond what was expected
HIDDEN = 0.6  # share of a torso behind somebody, from which it is not looked for
HALF_HIDDEN, HALF_COAST_S = 0.35, 0.6  # what shows of a torso so hidden draws the landmarks over: coasting is better
OVERLAPPED = 0.15  # share from which a sight that surprises is not believed
COAST_S = 1.2  # somebody hidden is taken to go on as before for this long
STOP_S = 1.5  # time constant with which somebody unseen is taken to come to a stand
SPEED_S, CLOTHES_SHARE, SIZE_SHARE = 0.15, 0.05, 0.2
SWAP = 0.06  # by this much somebody must seem nearer to take the place of whoever stood before them
VOTE = 0.5  # what the colours of the overlap say, against a logarithm of size


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
class Company:
    """Everybody known, nearest first."""

    people: tuple[Known, ...] = ()
    frames: int = 0  # since the last look for others


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


# --- who is there


def look_round(frame: CameraFrame, company: Company, finder: PersonFinder, most: int) -> Company:
    """Return the company of at most `most`, 1..3, with newcomers to start on, in the order of nearness."""
    if most == 1:
        shopper = next((replace(p, idle=False, strip_px=None) for p in company.people if p.id == 0), Known(0))
        return Company((shopper,))
    people = tuple(person for person in company.people if person.id < most)
    active = [person for person in people if not person.idle and not person.lost]
    missing = any(p not in active and frame.captured_s - p.seen_s < JUST_S + COAST_S for p in people)
    pause = MISSING_FIND_FRAMES if missing or not active else FIND_FRAMES
    frames = company.frames + 1
    if len(active) < most and (frames >= pause or not people):
        frames = 0
        for sighting in _strangers(frame, active, finder):
            if len(active) < most:
                newcomer = _welcome(frame, sighting, people, active, most)
                active.append(newcomer)
                known = newcomer.id in (person.id for person in people)
                people = tuple(newcomer if p.id == newcomer.id else p for p in people)
                people = people if known else (*people, newcomer)
    return Company(_nearest_first(frame, people), frames)


def _strangers(frame: CameraFrame, active: list[Known], finder: PersonFinder) -> list[Sighting]:
    """Return who is seen and not followed yet."""
    known = [axis for person in active if (axis := expected(person, frame.captured_s)) is not None]
    mattes = [p.landmarks.matte for p in active if p.landmarks is not None and p.landmarks.matte is not None]
    found = finder.find(without(frame, mattes))
    return [one for one in found if not any(_same(np.stack([one.shoulders_px, one.hips_px]), axis) for axis in known)]


def _same(one: F64, other: F64) -> bool:
    """Return whether two middle lines are the same torso's, in a picture of it that may be cut."""
    length = max(8.0, float(np.linalg.norm(other[1] - other[0])))
    return bool(np.linalg.norm(one[0] - other[0]) < SAME_TORSO * length)


def _welcome(
    frame: CameraFrame, sighting: Sighting, people: tuple[Known, ...], active: list[Known], most: int
) -> Known:
    """Return the record of whoever was sighted: of somebody remembered, or a new one."""
    axis = np.stack([sighting.shoulders_px, sighting.hips_px])
    mattes = [p.landmarks.matte for p in active if p.landmarks is not None and p.landmarks.matte is not None]
    clothes = clothes_at(frame, axis, mattes)
    missing = [person for person in people if person not in active]
    back = max(missing, key=lambda person: _likeness(person, clothes, axis, frame.captured_s), default=None)
    if back is None or _likeness(back, clothes, axis, frame.captured_s) < ALIKE:
        free = [i for i in range(most) if all(person.id != i for person in people)]
        forgotten = [person for person in missing if frame.captured_s - person.seen_s > MEMORY_S]
        if free or forgotten or back is None:
            back = Known(free[0] if free else min(forgotten, key=lambda person: person.seen_s).id)
    half = STRIP * float(np.linalg.norm(axis[1] - axis[0]))
    middle = float(sighting.shoulders_px[0])
    left, right = middle - half, middle + half
    for other in active:
        if other.landmarks is not None:  # not beyond half the way to the neighbour
            between = 0.5 * (middle + float(axis_of(other.landmarks)[0, 0]))
            left, right = (max(left, between), right) if between < middle else (left, min(right, between))
    if not back.idle and back.lost:  # hidden until now
        return replace(back, strip_px=(left, right))
    return Known(
        back.id, proven=back.proven, clothes=back.clothes or clothes, seen_s=frame.captured_s, strip_px=(left, right)
    )


def _likeness(person: Known, clothes: Clothes | None, axis: F64, now_s: float) -> float:
    """Return 0 .. 1: how well a sighting can be this remembered person."""
    gone_s = now_s - person.seen_s
    if gone_s > MEMORY_S or clothes is None or person.clothes is None:
        return 0.0
    colour, expected_px = person.clothes.alike(clothes), expected(person, now_s)
    if expected_px is None or gone_s > JUST_S + COAST_S:
        return colour
    away = float(np.linalg.norm(axis[0] - expected_px[0])) / max(8.0, person.size_px)
    return colour + PLACE * float(np.exp(-away * away))


# --- who stands before whom


def _nearest_first(frame: CameraFrame, people: tuple[Known, ...]) -> tuple[Known, ...]:
    """Return `people` sorted; whoever stood before another stays there unless the picture says otherwise."""
    order = list(people)
    for _ in order:
        for i in range(len(order) - 1):
            if _nearer_by(frame, order[i + 1], order[i]) > SWAP:
                order[i], order[i + 1] = order[i + 1], order[i]
    return tuple(order)


def _nearer_by(frame: CameraFrame, one: Known, other: Known) -> float:
    """Return how much nearer `one` seems: bigger in the picture, and the own clothes seen where the two overlap."""
    axes = expected(one, frame.captured_s), expected(other, frame.captured_s)
    if axes[0] is None or axes[1] is None or one.idle or other.idle or one.lost or other.lost:
        return 0.0
    by_size = float(np.log(max(one.size_px, 1.0) / max(other.size_px, 1.0)))
    if one.clothes is None or other.clothes is None or not _is_close(axes[0], axes[1]):
        return by_size
    points = torso_band(axes[0])
    points = points[_within(points, axes[1]) & inside(points, frame)]
    if len(points) < 12:
        return by_size
    vote = one.clothes.likelihood(frame, points) - other.clothes.likelihood(frame, points)
    return by_size + VOTE * float(np.clip(vote, -1.0, 1.0).mean())


def _within(points: F64, axis: F64) -> NDArray[np.bool_]:
    """Return which points (N, 2) lie on the band of the torso with the middle line `axis`."""
    down = axis[1] - axis[0]
    square = max(1.0, float(down @ down))
    along = (points - axis[0]) @ down / square
    across = (points - axis[0]) @ np.array([-down[1], down[0]]) / square
    return np.asarray((along > 0.0) & (along < 1.0) & (np.abs(across) < 0.3))


# --- following one of them


def follow(
    frame: CameraFrame, person: Known, nearer: list[Landmarks], farther: tuple[Known, ...], tracker: Tracker
) -> Sight:
    """Return what is seen of `person` between those `nearer`, tracked in this frame, and those `farther`."""
    if person.idle:
        return Sight(None)
    axis = expected(person, frame.captured_s)
    close = [other for other in nearer if axis is None or _is_close(axis_of(other), axis)]
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
        or (person.lost and _is_clothed_otherwise(frame, landmarks, person, mattes))
    ):
        landmarks = None
    if landmarks is None:
        tracker.reset()
        return _coast(person, frame, axis) if hidden > OVERLAPPED else Sight(None)
    return Sight(with_own_matte(landmarks, frame), hidden=hidden)


def _is_close(one: F64, other: F64) -> bool:
    """Return whether two torsos are so near to each other that one may reach into the other's picture."""
    length = max(float(np.linalg.norm(axis[1] - axis[0])) for axis in (one, other))
    return bool(np.linalg.norm(one[0] - other[0]) < CLOSE * length)


def are_apart(frame: CameraFrame, company: Company) -> bool:
    """Return whether everybody is followed and nobody is close to another, so that the order does not matter."""
    axes = [expected(person, frame.captured_s) for person in company.people]
    if any(person.idle or person.lost or person.strip_px is not None for person in company.people):
        return False
    known = [axis for axis in axes if axis is not None]
    return len(known) == len(axes) and not any(_is_close(one, other) for one, other in combinations(known, 2))


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
        if _is_close(axis_of(other.landmarks), axis):
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
    if any(_same(found, axis_of(other)) for other in nearer):
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


def _is_clothed_otherwise(frame: CameraFrame, landmarks: Landmarks, person: Known, mattes: list[MatteU8]) -> bool:
    """Return whether who was found where somebody was lost is somebody else."""
    fresh = clothes_at(frame, axis_of(landmarks), mattes)
    return fresh is not None and person.clothes is not None and person.clothes.alike(fresh) < UNLIKE


def remembered(frame: CameraFrame, person: Known, sight: Sight) -> Known:
    """Return what is known of `person` after this frame."""
    landmarks, now_s = sight.landmarks, frame.captured_s
    lost = landmarks is None or sight.coasting
    if landmarks is None or person.presence.implausible:
        return replace(person, lost=lost)
    if sight.coasting:
        return replace(person, landmarks=landmarks, at_s=now_s, strip_px=None, lost=True)
    axis, size_px, velocity = axis_of(landmarks), torso_px(landmarks), person.velocity_px_s
    if person.landmarks is not None and 0.0 < now_s - person.at_s < 0.5:
        step_s = now_s - person.at_s
        moved = (axis - axis_of(person.landmarks)).mean(axis=0) / step_s
        moved = moved if sight.hidden < OVERLAPPED else velocity  # half of a torso seems to stay behind
        velocity = velocity + (1.0 - float(np.exp(-step_s / SPEED_S))) * (moved - velocity)
    if person.size_px > 0.0:
        size_px = person.size_px + SIZE_SHARE * (size_px - person.size_px)
    return replace(
        person,
        landmarks=landmarks,
        velocity_px_s=velocity,
        size_px=size_px,
        clothes=_clothes_after(frame, person, axis) if sight.hidden < OVERLAPPED else person.clothes,
        seen_s=now_s,
        at_s=now_s,
        strip_px=None,
        lost=False,
    )


def _clothes_after(frame: CameraFrame, person: Known, axis: F64) -> Clothes | None:
    fresh, known = clothes_at(frame, axis), person.clothes
    if known is None or fresh is None:
        return known or fresh
    return known.blended(fresh, CLOTHES_SHARE) if known.alike(fresh) > ALIKE else known


def settled(company: Company, people: list[Known], presence: PresenceSettings, most: int) -> Company:
    """Return `company` with what is known of its `people` now: who is lost is only remembered, mistakes are dropped."""
    if most == 1:
        return replace(company, people=tuple(people))
    kept = []
    for person in people:
        lost = not person.presence.believed and person.presence.implausible >= presence.doubt_frames
        if person.proven or not lost:
            kept.append(replace(person, idle=person.idle or lost))
    return replace(company, people=tuple(kept))
