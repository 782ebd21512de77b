"""Who is in the picture? Up to three people, each with an own tracker, each kept who they are.

People are found by the detector in a picture from which those already followed are blanked out, every FIND_FRAMES,
and only while a place is free. A tracker then follows each person by itself (`pipelines.pose.following`). Somebody
lost is remembered by their clothes and their place, and gets the same number, and so the same garments, when they are
found again. No face is used to tell people apart.

Where one is dressed, that is whoever the tracker finds by itself, as if there were nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from pipelines.pose.blanked import without, without_columns
from pipelines.pose.clothes import Clothes, clothes_at, inside, torso_band
from pipelines.pose.finder import PersonFinder, Sighting
from pipelines.pose.person import (
    COAST_S,
    F64,
    OVERLAPPED,
    STRIP,
    Known,
    Sight,
    axis_of,
    expected,
    is_close,
    is_same,
    torso_px,
)
from pipelines.pose.presence import PresenceSettings
from pipelines.types import CameraFrame, Landmarks

FIND_FRAMES, MISSING_FIND_FRAMES = 5, 3  # between looks for others; while somebody has just been lost or come
SIGHTED = 0.5  # torso lengths from the middle of who was sighted that turn grey
JUST_S = 1.0
MEMORY_S = 20.0  # somebody lost is remembered this long
ALIKE = 0.6  # of two torsos' clothes, from which they can be one person's
UNLIKE = 0.3  # below which they cannot, while they were seen a moment ago
PLACE = 0.2  # what the right place adds to it for somebody who was seen a moment ago
SPEED_S, CLOTHES_SHARE, SIZE_SHARE = 0.15, 0.05, 0.2
SWAP = 0.06  # by this much somebody must seem nearer to take the place of whoever stood before them
VOTE = 0.5  # what the colours of the overlap say, against a logarithm of size


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Everybody known, nearest first."""

    people: tuple[Known, ...] = ()
    frames: int = 0  # since the last look for others


# --- who is there


def look_round(frame: CameraFrame, company: Company, finder: PersonFinder, dressed: int) -> Company:
    """Return the company, of whom at most `dressed`, 1..3, are dressed, with newcomers to start on, nearest first."""
    if dressed == 1:
        return Company(tuple(p for p in company.people if p.id == 0) or (Known(0),))
    people = tuple(person for person in company.people if person.id < dressed)
    active = [person for person in people if not person.idle and not person.lost]
    missing = any(p not in active and frame.captured_s - p.seen_s < JUST_S + COAST_S for p in people)
    pause, frames = MISSING_FIND_FRAMES if missing or not active else FIND_FRAMES, company.frames + 1
    if len(active) < dressed and (frames >= pause or not people):
        frames = 0
        for newcomer in _welcome(
            frame, _strangers(frame, active, finder, dressed - len(active)), people, active, dressed
        ):
            known = newcomer.id in (person.id for person in people)
            people = tuple(newcomer if p.id == newcomer.id else p for p in people)
            people = people if known else (*people, newcomer)
    return Company(_nearest_first(frame, people), frames)


def _strangers(frame: CameraFrame, active: list[Known], finder: PersonFinder, places: int) -> list[Sighting]:
    """Return who is seen and not followed yet, looking on while there are more `places`.

    Of two close together the second is found when the first turns grey.
    """
    known = [axis for person in active if (axis := expected(person, frame.captured_s)) is not None]
    mattes = [p.landmarks.matte for p in active if p.landmarks is not None and p.landmarks.matte is not None]
    picture, strangers = without(frame, mattes), list[Sighting]()
    while len(strangers) < places:
        fresh = [one for one in finder.find(picture) if not any(is_same(one.axis_px, axis) for axis in known)]
        if not fresh:
            break
        strangers += fresh
        known += [one.axis_px for one in fresh]
        for one in fresh:
            half, middle = SIGHTED * one.torso_px, float(one.shoulders_px[0])
            picture = without_columns(picture, middle - half, middle + half)
    return strangers


def _welcome(
    frame: CameraFrame, strangers: list[Sighting], people: tuple[Known, ...], active: list[Known], most: int
) -> list[Known]:
    """Return the records of those sighted for whom there is a number: of people remembered, or new ones.

    All are decided together, so that nobody's number goes to the first who is a little like them.
    """
    now_s = frame.captured_s
    mattes = [p.landmarks.matte for p in active if p.landmarks is not None and p.landmarks.matte is not None]
    axes = [one.axis_px for one in strangers]
    clothes = [clothes_at(frame, axis, mattes) for axis in axes]
    missing = [p if now_s - p.seen_s < MEMORY_S else Known(p.id) for p in people if p not in active]
    numbers = [Known(i) for i in range(most) if all(p.id != i for p in people)] + missing
    claims = [
        [_claim(person, worn, axis, now_s) for person in numbers] for worn, axis in zip(clothes, axes, strict=True)
    ]
    welcomed: list[Known] = []
    for row, column in _matched(claims, len(numbers)):
        others = [axis_of(p.landmarks) for p in active if p.landmarks is not None] + axes[:row] + axes[row + 1 :]
        welcomed.append(_begun(now_s, numbers[column], axes[row], clothes[row], others))
    return welcomed


def _matched(claims: list[list[float]], columns: int) -> list[tuple[int, int]]:
    """Return the pairs (row, column), each once at most, with the largest sum of claims; no claim below 0."""
    best, pairs = 0.0, []
    for rows in product([None, *range(len(claims))], repeat=columns):
        chosen = [(row, column) for column, row in enumerate(rows) if row is not None]
        if len({row for row, _ in chosen}) < len(chosen) or any(claims[row][column] < 0.0 for row, column in chosen):
            continue
        worth = sum(1e-3 + claims[row][column] - 1e-4 * (row + column) for row, column in chosen)
        if worth > best:  # equal ones: the surest sighting, the lowest number
            best, pairs = worth, chosen
    return pairs


def _claim(person: Known, clothes: Clothes | None, axis: F64, now_s: float) -> float:
    """Return how good it would be to take who was sighted for `person`; below 0 it cannot be them."""
    gone_s = now_s - person.seen_s
    if gone_s > MEMORY_S:
        return ALIKE  # a number that is nobody's
    likeness = _likeness(person, clothes, axis, now_s)
    dressed = clothes is not None and person.clothes is not None
    return -1.0 if dressed and gone_s < JUST_S + COAST_S and likeness < UNLIKE else likeness


def _begun(now_s: float, person: Known, axis: F64, clothes: Clothes | None, others: list[F64]) -> Known:
    """Return the record of `person`, sighted at `axis`, for the tracker to begin there, between the `others`' axes."""
    half = STRIP * float(np.linalg.norm(axis[1] - axis[0]))
    middle = float(axis[0, 0])
    left, right = middle - half, middle + half
    for other in others:  # not beyond half the way to the neighbour
        between = 0.5 * (middle + float(other[0, 0]))
        left, right = (max(left, between), right) if between < middle else (left, min(right, between))
    if not person.idle and person.lost:  # hidden until now
        return replace(person, strip_px=(left, right))
    return Known(
        person.id, proven=person.proven, clothes=person.clothes or clothes, seen_s=now_s, strip_px=(left, right)
    )


def _likeness(person: Known, clothes: Clothes | None, axis: F64, now_s: float) -> float:
    """Return 0 .. 1: how well a sighting can be this remembered person."""
    gone_s = now_s - person.seen_s
    if clothes is None or person.clothes is None:
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
    if one.clothes is None or other.clothes is None or not is_close(axes[0], axes[1]):
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


def are_apart(frame: CameraFrame, company: Company) -> bool:
    """Return whether everybody is followed and nobody is close to another, so that the order does not matter."""
    axes = [expected(person, frame.captured_s) for person in company.people]
    if any(person.idle or person.lost or person.strip_px is not None for person in company.people):
        return False
    known = [axis for axis in axes if axis is not None]
    return len(known) == len(axes) and not any(is_close(one, other) for one, other in combinations(known, 2))


# --- what is remembered of them


def placed(frame: CameraFrame, person: Known, landmarks: Landmarks | None) -> Known:
    """Return `person` where they are in this frame: all that is to be known of who is alone."""
    if landmarks is None:
        return replace(person, lost=True)
    now_s = frame.captured_s
    here = replace(person, landmarks=landmarks, seen_s=now_s, at_s=now_s, strip_px=None, lost=False)
    return replace(here, velocity_px_s=np.zeros(2), size_px=0.0)


def remembered(frame: CameraFrame, person: Known, sight: Sight) -> Known:
    """Return what is known of `person` after this frame."""
    landmarks, now_s = sight.landmarks, frame.captured_s
    lost = landmarks is None or sight.coasting
    if landmarks is None or person.presence.implausible:
        return replace(person, lost=lost)
    if sight.coasting:
        return replace(person, landmarks=landmarks, at_s=now_s, strip_px=None, lost=True)
    axis, size_px, velocity = axis_of(landmarks), torso_px(landmarks), person.velocity_px_s
    if person.landmarks is not None and not person.lost and 0.0 < now_s - person.at_s < 0.5:
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


def settled(company: Company, people: list[Known], presence: PresenceSettings, dressed: int) -> Company:
    """Return `company` with what is known of its `people` now: who is lost is only remembered, mistakes are dropped.

    The only one who is dressed is never given up.
    """
    kept = []
    for person in people:
        lost = not person.presence.believed and person.presence.implausible >= presence.doubt_frames
        if dressed == 1 and person.id == 0:
            kept.append(person)
        elif person.proven or not lost:
            kept.append(replace(person, idle=person.idle or lost))
    return replace(company, people=tuple(kept))
