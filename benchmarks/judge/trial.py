"""Runs the pipeline over a film and compares every frame with the truth."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.metrics import Row
from benchmarks.judge.oracle import true_sight
from benchmarks.judge.scenes import FPS, Film
from benchmarks.judge.truth import true_silhouettes
from pipelines.body.measure import measure
from pipelines.body.model import load_body_model
from pipelines.garment.catalogue import Catalogue
from pipelines.garment.sizes import recommended_size
from pipelines.tryon import (
    DressEngine,
    DressState,
    GarmentChoice,
    Seen,
    Tracked,
    TrackEngine,
    TrackState,
    TryOnSettings,
    Wish,
    dress,
    load_dress_engine,
    load_track_engine,
    prepare,
    step,
)
from pipelines.types import JOINTS, BodyPose, CameraFrame, GarmentLayer
from server.media_files import intrinsics

MEASURED = tuple(i for i, name in enumerate(JOINTS) if name.startswith(("left", "right")) or name == "neck")
TORSO = tuple(JOINTS.index(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip"))
PELVIS = JOINTS.index("pelvis")
LOST = 100.0  # error of a joint, % of the shoulder width, where no pose was believed


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One frame to look at."""

    bgr: NDArray[np.uint8]
    composed: NDArray[np.uint8]
    drawn: NDArray[np.bool_]
    true: NDArray[np.bool_]
    joints_px: NDArray[np.float64]  # (17, 2) true
    solved_px: NDArray[np.float64] | None  # (17, 2)


class Bench:
    """The pipeline under test with its engines; `oracle` feeds it true landmarks.  `close` frees the engines."""

    def __init__(self, catalogue: Catalogue, garment: str, oracle: bool = False) -> None:
        self.catalogue, self.garment, self.oracle = catalogue, garment, oracle
        self.settings = TryOnSettings()
        self._dress: DressEngine = load_dress_engine(self.settings)

    def close(self) -> None:
        """Free the engines."""
        self._dress.close()

    def try_on(self, film: Film) -> tuple[list[Row], list[Glimpse]]:
        """Return the measured frames of `film` and some to look at.

        The shopper tells the own height, rounded to a centimetre, and wears the size the chart recommends.
        """
        package = self.catalogue.get(self.garment)
        size = recommended_size(package, measure(film.person.body))
        wish = Wish((GarmentChoice(self.garment, size),), height_cm=round(film.person.height_cm))
        outfit = prepare(wish, self.catalogue, load_body_model())
        tracker: TrackEngine = load_track_engine(self.settings)
        states = (TrackState(), DressState())
        rows, glimpses, begin = [], [], film.scene.burn_in
        try:
            for i, true in enumerate(true_silhouettes(film, package, size)):
                frame = _frame(film, i)
                if self.oracle:
                    tracked = Tracked(frame, (Seen(0, *true_sight(film, i, frame)),))
                    result, dressed = dress(tracked, outfit, states[1], self._dress, unwatched)
                    states = (states[0], dressed)
                else:
                    result, states = step(frame, outfit, states, (tracker, self._dress), unwatched)
                drawn = drawn_pixels(result.layer, frame)
                if i >= begin:
                    rows.append(compare(film, i, frame, states[1].of(0).pose, drawn, true))
                if i >= begin and (i - begin) % 12 == 0:
                    solved = None if states[1].of(0).pose is None else _project(states[1].of(0).pose, frame)
                    joints = film.lens.project(film.joints_m[i])
                    glimpses.append(Glimpse(bgr_of(frame), bgr_of(result.frame), drawn, true, joints, solved))
        finally:
            tracker.close()
        return rows, glimpses


def unwatched(_stage: str) -> AbstractContextManager[None]:
    """Book nothing."""
    return nullcontext()


def compare(
    film: Film,
    index: int,
    frame: CameraFrame,
    pose: BodyPose | None,
    drawn: NDArray[np.bool_],
    true: NDArray[np.bool_],
) -> Row:
    """Return how far `pose` and the `drawn` garment are from the truth of frame `index`."""
    joints_m, person = film.joints_m[index], film.persons[index]
    joints_px = film.lens.project(joints_m)
    left, right = joints_m[TORSO[0]], joints_m[TORSO[1]]
    width_m = float(np.linalg.norm(left - right))
    width_px = film.lens.K[0, 0] * width_m / -float(joints_m[list(TORSO), 2].mean())
    size = np.array([film.lens.width_px, film.lens.height_px])
    seen = ((joints_px >= 0) & (joints_px < size)).all(axis=1)[list(MEASURED)]
    off_px = off_m = np.full(len(MEASURED), LOST)
    stance = np.full((4, 2), np.nan)
    if pose is not None:
        solved = _project(pose, frame)
        off_px = 100.0 * np.linalg.norm(solved - joints_px, axis=1)[list(MEASURED)] / width_px
        away = (pose.joints_m - pose.joints_m[PELVIS]) - (joints_m - joints_m[PELVIS])
        off_m = 100.0 * np.linalg.norm(away, axis=1)[list(MEASURED)] / width_m
        stance = 100.0 * solved[list(TORSO)] / width_px
    torso = np.zeros(true.shape, np.uint8)
    cv2.fillConvexPoly(torso, joints_px[list(TORSO)].round().astype(np.int32), 1)
    inside = true & (torso > 0)
    near = cv2.dilate(person.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Row(
        group=film.scene.group,
        joints_px=np.where(seen, off_px, np.nan),
        joints_m=np.where(seen, off_m, np.nan),
        iou=float((drawn & true).sum() / max((drawn | true).sum(), 1)),
        spill=_share(drawn & ~near, drawn),
        true_spill=_share(true & ~near, true),
        coverage=_share(drawn & inside, inside),
        stance_px=stance,
    )


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def drawn_pixels(layer: GarmentLayer | None, frame: CameraFrame) -> NDArray[np.bool_]:
    """Return where (H, W) the layer is more opaque than not."""
    drawn = np.zeros(frame.y.shape, bool)
    if layer is not None:
        region = layer.region
        drawn[region.y0 : region.y1, region.x0 : region.x1] = layer.rgba[..., 3] > 127
    return drawn


def bgr_of(frame: CameraFrame) -> NDArray[np.uint8]:
    """Return the frame as a BGR picture."""
    planes = np.concatenate([plane.reshape(-1) for plane in (frame.y, frame.u, frame.v)])
    i420 = planes.reshape(frame.height_px * 3 // 2, frame.width_px)
    return np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420))


def _frame(film: Film, index: int) -> CameraFrame:
    """Return frame `index` as the pipeline gets it: with the intrinsics assumed of an unknown camera."""
    y, u, v = film.planes[index]
    return CameraFrame(y, u, v, index / FPS, intrinsics(film.lens.width_px, film.lens.height_px))


def _project(pose: BodyPose, frame: CameraFrame) -> NDArray[np.float64]:
    K, p = frame.K, pose.joints_m.astype(np.float64)
    return np.stack([K[0, 2] - K[0, 0] * p[:, 0] / p[:, 2], K[1, 2] + K[1, 1] * p[:, 1] / p[:, 2]], axis=1)
