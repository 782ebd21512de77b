"""Several people at once: frame rate of three, who is who through crossings, blinks, and who hides whom.

Speed is that of the real worker process at 640x480. The rest is told by synthetic people whose truth is known: each
must keep the own number wherever most of the torso is seen, however fast they pass each other, and where somebody
walks through before the shopper, the edge at which the garment ends must be theirs.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.trial import drawn_pixels
from benchmarks.stages import LIVE, TEE, feed
from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import load_catalogue
from pipelines.outfit import GarmentChoice, Wish, prepare
from pipelines.synthetic.crowd import CrowdFrame, SyntheticCrowd, Walk
from pipelines.tryon import DressState, TrackState, TryOnSettings, load_dress_engine, load_track_engine, step
from pipelines.types import CameraFrame, TryOnResult
from server.media_files import intrinsics

RUN_S = 10.0
NEAR_PX = 4
TRIO = (Walk(3, ((0, -0.95, -1.2),)), Walk(6, ((0, 0.0, -1.0),), "gesture"), Walk(5, ((0, 0.95, -1.3),)))
CROSSINGS = {
    "cross": (
        Walk(3, ((0, -0.8, -0.4), (0.5, -0.8, -0.4), (2.9, 0.8, -0.4))),
        Walk(6, ((0, 0.7, -1.3), (0.5, 0.7, -1.3), (2.9, -0.8, -1.3))),
    ),
    "alike": (
        Walk(6, ((0, -0.7, -1.2), (0.5, -0.7, -1.2), (2.3, 0.7, -1.2))),
        Walk(5, ((0, 0.7, -1.7), (0.5, 0.7, -1.7), (2.3, -0.7, -1.7))),
    ),
    "wait": (
        Walk(3, ((0, -0.8, -1.0), (0.5, -0.8, -1.0), (1.5, -0.05, -1.0), (2.0, -0.05, -1.0), (3.0, -0.8, -1.0))),
        Walk(6, ((0, 0.1, -1.6),)),
    ),
    "three": (
        Walk(3, ((0, -0.9, -0.9), (0.5, -0.9, -0.9), (2.7, 0.9, -0.9))),
        Walk(6, ((0, 0.0, -1.5),)),
        Walk(4, ((0, 0.9, -1.8), (0.5, 0.9, -1.8), (2.7, -0.9, -1.8))),
    ),
}
SPEEDS = (0.7, 1.0, 1.5)  # of those ways: the slow are hidden for long, the fast are gone soon
BEGIN_S, REST_S = 0.5, 0.4  # everybody stands before they go, and stays in the picture a little after
FRAMES = 100
SHOPPER = Walk(3, ((0, 0.0, -1.2),))
PASSER = Walk(6, ((0, -2.2, -0.3), (0.3, -2.2, -0.3), (2.9, 2.2, -0.3)))
SHOULDERS, HIPS = slice(4, 6), slice(10, 12)  # of JOINTS


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure and return the figures."""
    metrics: dict[str, Any] = {}
    frames = [assumed(film.frame) for film in filmed(TRIO, 45)]
    for people, target in ((3, 15.0), (2, None)):
        fed = asyncio.run(feed(LIVE, frames, RUN_S, 30.0, {**TEE, "people": people}))
        metrics[f"people_{people}_fps"] = metric(fed.fps, "fps", target, "higher")
        metrics[f"people_{people}_track_ms"] = metric(fed.median("pose"), "ms", None, "lower")
    metrics |= crossings()
    metrics["passer_edge_f1"] = metric(passer_edge_f1(), "", 0.70, "higher")
    return metrics


def crossings() -> dict[str, Any]:
    """Return who is taken for whom, missed or undressed in the crossings, at all speeds and at each."""
    told: list[Told] = []
    speed_of: dict[int, float] = {}
    for number, (walks, speed) in enumerate(product(CROSSINGS.values(), SPEEDS)):
        films = list(filmed(*at_speed(walks, speed)))
        told += sights_of(number, films, dressed([film.frame for film in films], Wish(garments("tee_crew"), people=3)))
        speed_of[number] = speed
    metrics = {}
    for name, key, target in (("wrong_person", "wrong", 0.0), ("missed_person", "missed", 1.0)):
        metrics[name] = metric(share_of(told, key), "% of sights", target, "lower")
        by_speed = {speed: [one for one in told if speed_of[one.film] == speed] for speed in SPEEDS}
        metrics[name]["peers"] = {f"speed {speed:g}": share_of(some, key) for speed, some in by_speed.items()}
    return {**metrics, "blinks": metric(blinks_of(told), "", 0.0, "lower")}


def at_speed(walks: tuple[Walk, ...], speed: float) -> tuple[tuple[Walk, ...], int]:
    """Return the same ways gone `speed` times as fast, and how many frames they take."""

    def later(t_s: float) -> float:
        return min(t_s, BEGIN_S) + max(0.0, t_s - BEGIN_S) / speed

    gone = tuple(replace(walk, way=tuple((later(t_s), x, z) for t_s, x, z in walk.way)) for walk in walks)
    return gone, round(30 * (REST_S + max(t_s for walk in gone for t_s, _, _ in walk.way)))


def share_of(told: list[Told], name: str) -> float:
    """Return the share of `told`, in %, for which `name` holds."""
    return round(100.0 * float(np.mean([getattr(one, name) for one in told])), 3)


def filmed(walks: tuple[Walk, ...], count: int) -> Iterator[CrowdFrame]:
    """Yield `count` frames of the people who go `walks`."""
    crowd = SyntheticCrowd(walks)
    try:
        yield from (crowd.frame(index) for index in range(count))
    finally:
        crowd.close()


def assumed(frame: CameraFrame) -> CameraFrame:
    """Return `frame` with the intrinsics taken for an unknown camera's."""
    return replace(frame, K=intrinsics(frame.width_px, frame.height_px))


def garments(*ids: str) -> tuple[GarmentChoice, ...]:
    """Return the garments in size M."""
    return tuple(GarmentChoice(name, "M") for name in ids)


def dressed(frames: Iterable[CameraFrame], wish: Wish) -> list[TryOnResult]:
    """Return what the main path makes of `frames`."""
    outfit = prepare(wish, load_catalogue(), load_body_model())
    engines = load_track_engine(TryOnSettings()), load_dress_engine(TryOnSettings())
    states, results = (TrackState(), DressState()), []
    for frame in frames:
        result, states = step(assumed(frame), outfit, states, engines, lambda _: nullcontext())
        results.append(result)
    for engine in engines:
        engine.close()
    return results


@dataclass(frozen=True, slots=True)
class Told:
    """What the main path says of one person in one frame that shows most of their torso."""

    film: int
    who: int
    frame: int
    wrong: bool  # somebody else's number stands there
    missed: bool  # nobody's does
    bare: bool  # no garment is drawn for the person's number


def sights_of(number_of_film: int, films: list[CrowdFrame], results: list[TryOnResult]) -> list[Told]:
    """Return what is told of whom; whose number is whose is told by the first half second."""
    number: dict[int, int] = {}
    told = []
    for index, (film, result) in enumerate(zip(films, results, strict=True)):
        for who, joints in enumerate(film.joints_m):
            axis = np.stack([project(joints[part], film.frame).mean(axis=0) for part in (SHOULDERS, HIPS)])
            if visible_share(axis, film.seen[who]) < 0.7:
                continue
            here = [p.id for p in result.people if p.uv_px is not None and is_at(p.uv_px, axis)]
            if film.frame.captured_s < 0.5:
                number.update({who: here[0]} if len(here) == 1 else {})
                continue
            own = number.get(who)
            dressed_now = any(p.id == own and any(g.area_px for g in p.garments) for p in result.people)
            wrong = bool(here) and own not in here
            told.append(Told(number_of_film, who, index, wrong, not here, not dressed_now))
    return told


def project(joints_m: NDArray[np.float32], frame: CameraFrame) -> NDArray[np.float64]:
    """Return the pixels (N, 2) of joints (N, 3)."""
    K, p = frame.K, joints_m.astype(np.float64)
    return np.stack([K[0, 2] - K[0, 0] * p[:, 0] / p[:, 2], K[1, 2] + K[1, 1] * p[:, 1] / p[:, 2]], axis=1)


def visible_share(axis: NDArray[np.float64], seen: NDArray[np.bool_]) -> float:
    """Return the share of the middle line (2, 2) of a torso that the picture shows."""
    points = (axis[0] + np.linspace(0.0, 1.0, 20)[:, None] * (axis[1] - axis[0])).astype(int)
    inside = ((points >= 0) & (points < seen.shape[::-1])).all(axis=1)
    return float(seen[points[inside, 1], points[inside, 0]].sum() / len(points))


def is_at(uv_px: NDArray[np.float32], axis: NDArray[np.float64]) -> bool:
    """Return whether the shoulders of landmarks lie within half a torso of the true ones."""
    away = np.linalg.norm(uv_px[11:13].mean(axis=0) - axis[0])
    return bool(away < 0.5 * np.linalg.norm(axis[1] - axis[0]))


def blinks_of(told: list[Told]) -> int:
    """Return how often a garment is gone for fewer than ten frames while its wearer is seen."""
    blinks = 0
    for _, group in groupby(told_by_person(told), key=lambda one: (one.film, one.who)):
        gaps = "".join("." if one.bare else "x" for one in group).strip(".").split("x")
        blinks += sum(0 < len(gap) < 10 for gap in gaps)
    return blinks


def told_by_person(told: list[Told]) -> list[Told]:
    """Return `told` by film, person and frame."""
    return sorted(told, key=lambda one: (one.film, one.who, one.frame))


def passer_edge_f1() -> float:
    """Return how well the garment of a shopper ends at the edge of who walks by in front, wearing nothing of ours."""
    wish = Wish(garments("tee_crew"))
    alone = dressed((film.frame for film in filmed((SHOPPER,), FRAMES)), wish)
    films = list(filmed((SHOPPER, PASSER), FRAMES))
    both = dressed((film.frame for film in films), wish)
    scores = []
    for film, bare, result in zip(films, alone, both, strict=True):
        garment = drawn_pixels(bare.layer, film.frame)
        truth = garment & film.seen[1]
        if 0.1 < truth.sum() / max(1, garment.sum()) < 0.9:
            scores.append(edge_f1(garment & ~drawn_pixels(result.layer, film.frame), truth, garment))
    return float(np.mean(scores))


def edge_f1(found: NDArray[np.bool_], truth: NDArray[np.bool_], garment: NDArray[np.bool_]) -> float:
    """Return the F1 of the two masks' edges inside the garment, NEAR_PX apart at most."""
    inner = cv2.erode(garment.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    one, other = (edge(mask) & inner for mask in (found, truth))
    if not one.any() or not other.any():
        return 0.0
    precision, recall = (float(near(b)[a].mean()) for a, b in ((one, other), (other, one)))
    return 2.0 * precision * recall / max(1e-9, precision + recall)


def edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) of the mask beside pixels that are not."""
    return np.asarray(mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0))


def near(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) within NEAR_PX of the mask."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) <= NEAR_PX)


def metric(value: float, unit: str, target: float | None, better: str) -> dict[str, Any]:
    """Return one line of the table."""
    return {"value": round(float(value), 3), "unit": unit, "target": target, "better": better, "peers": {}}
