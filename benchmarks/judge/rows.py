"""One frame of a film, as the pipeline drew it, measured against the truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.cloth import shares_inside, strains
from benchmarks.judge.edges import EdgeCount, occlusion_edges
from benchmarks.judge.light import colour_error, direction_error_deg
from benchmarks.judge.scenes import Film
from benchmarks.judge.truth import Truth
from pipelines.body.conform import project
from pipelines.drape.surface import surface
from pipelines.outfit import Outfit
from pipelines.types import JOINTS, CameraFrame, GarmentLayer
from pipelines.wearer import Wearer

Mask = NDArray[np.bool_]

MEASURED = tuple(i for i, name in enumerate(JOINTS) if name.startswith(("left", "right")) or name == "neck")
TORSO = tuple(JOINTS.index(name) for name in ("left_shoulder", "right_shoulder", "right_hip", "left_hip"))
PELVIS = JOINTS.index("pelvis")
LOST = 100.0  # error of a joint, % of the shoulder width, where no pose was believed
CLOTH_EVERY = 16  # frames between those in which the cloth is held against the body
SAME_SLEEVE = 0.65  # own sleeves up to here are no longer than a T-shirt's
FRINGE_M = 0.02  # own clothes this near to the garment still spoil it
CHEST = 0.45  # of the way from shoulders to hips: below the armpits and what hangs from the arms
STILL = ("still", "seated")


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What there is to measure in one frame."""

    film: Film
    index: int
    frame: CameraFrame  # as the camera gave it
    composed: CameraFrame
    drawn: Mask  # (H, W)
    truth: Truth
    outfit: Outfit
    wearer: Wearer


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One measured frame; errors in % of the 3-D shoulder width (SW)."""

    group: str
    joints_px: NDArray[np.float64]  # (13,) in the image, over the shoulder width at the person's depth; NaN off screen
    joints_m: NDArray[np.float64]  # (13,) in space, about the pelvis: one camera cannot tell the distance
    values: dict[str, float]  # by figure; what this frame cannot tell is left out or NaN
    hands: EdgeCount = EdgeCount()
    passer: EdgeCount = EdgeCount()
    cloth_px: NDArray[np.float64] | None = None  # (V, 2) drawn vertices of who keeps still, % of SW
    strain: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, 0)))  # (2, E) of every edge, and its
    # length at rest (m), in some frames


def measure_row(shot: Shot) -> Row:
    """Return how far pose, garment, light and cloth of `shot` are from the truth."""
    film, index, wearer, truth = shot.film, shot.index, shot.wearer, shot.truth
    joints_m = film.joints_m[index]
    width_m = float(np.linalg.norm(joints_m[TORSO[0]] - joints_m[TORSO[1]]))
    width_px = film.lens.K[0, 0] * width_m / -float(joints_m[list(TORSO), 2].mean())
    off_px, off_m = _joints(shot, width_m, width_px)
    values = _silhouettes(shot, width_px / width_m) | _lit(shot)
    strain = np.zeros((2, 0))
    is_still = film.scene.group in STILL and wearer.pose is not None
    if wearer.pose is not None and (index - film.scene.burn_in) % CLOTH_EVERY == 0:
        shares = shares_inside(shot.outfit, wearer.profile, wearer.pose.T_cam_rest, wearer.cloth)
        values["inside"], values["pinched"] = (100.0 * share for share in shares)
        strain = np.stack(strains(shot.outfit, wearer.profile, wearer.cloth))
    return Row(
        group=film.scene.group,
        joints_px=off_px,
        joints_m=off_m,
        values=values,
        hands=occlusion_edges(shot.drawn, truth.full, truth.behind_arms, truth.behind_others | truth.behind_passer),
        passer=occlusion_edges(shot.drawn, truth.full, truth.behind_passer, truth.behind_others | truth.behind_arms),
        cloth_px=_cloth_px(shot) * (100.0 / width_px) if is_still else None,
        strain=strain,
    )


def _joints(shot: Shot, width_m: float, width_px: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the joints' errors (13,) in the image and in space, % of SW."""
    film, pose = shot.film, shot.wearer.pose
    joints_m = film.joints_m[shot.index]
    joints_px = film.lens.project(joints_m)
    size = np.array([film.lens.width_px, film.lens.height_px])
    seen = ((joints_px >= 0) & (joints_px < size)).all(axis=1)[list(MEASURED)]
    off_px = off_m = np.full(len(MEASURED), LOST)
    if pose is not None:
        solved = project(pose.joints_m, shot.frame.K)
        off_px = 100.0 * np.linalg.norm(solved - joints_px, axis=1)[list(MEASURED)] / width_px
        away = (pose.joints_m - pose.joints_m[PELVIS]) - (joints_m - joints_m[PELVIS])
        off_m = 100.0 * np.linalg.norm(away, axis=1)[list(MEASURED)] / width_m
    return np.where(seen, off_px, np.nan), np.where(seen, off_m, np.nan)


def _silhouettes(shot: Shot, metre_px: float) -> dict[str, float]:
    film, drawn, true = shot.film, shot.drawn, shot.truth.visible
    joints_px = film.lens.project(film.joints_m[shot.index])
    torso = np.zeros(true.shape, np.uint8)
    cv2.fillConvexPoly(torso, joints_px[list(TORSO)].round().astype(np.int32), 1)
    inside = true & (torso > 0)
    near = cv2.dilate(film.persons[shot.index].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    values = {
        "iou": float((drawn & true).sum() / max((drawn | true).sum(), 1)),
        "spill": 100.0 * share(drawn & ~near, drawn),
        "true_spill": 100.0 * share(true & ~near, true),
        "coverage": share(drawn & inside, inside),
    }
    shirt = film.shirts.get(shot.index)
    if shirt is not None and film.person.outfit.sleeve <= SAME_SLEEVE:
        fringe = max(1, round(FRINGE_M * metre_px))
        region = cv2.dilate(true.astype(np.uint8), np.ones((2 * fringe + 1, 2 * fringe + 1), np.uint8)) > 0
        values["own_left"] = 100.0 * float((shirt & region & ~drawn).sum() / max(true.sum(), 1))
    if film.scene.group == "scale":
        ours, theirs = (chest_width_px(mask, joints_px) for mask in (drawn, shot.truth.full))
        values["chest_cm"], values["true_chest_cm"] = 100.0 * ours / metre_px, 100.0 * theirs / metre_px
    return values


def _lit(shot: Shot) -> dict[str, float]:
    """Return the errors of the light's direction and of the cloth's colour; only a face tells the light."""
    values = {}
    if shot.film.scene.group in ("front", "hands", "arms-wide") and shot.wearer.pose is not None:
        values["light_deg"] = direction_error_deg(shot.wearer.light.light, shot.film.person)
        if shot.truth.bgr is not None:
            both = shot.drawn & shot.truth.visible
            values["colour"] = colour_error(bgr_of(shot.composed), shot.truth.bgr, both)
    return values


def _cloth_px(shot: Shot) -> NDArray[np.float64]:
    """Return where (V, 2) every fifth vertex of the drawn cloth lies in the picture, px."""
    points = [
        surface(worn, cloth.x, cloth.T_cam_root).vertices_m[::5]
        for worn, cloth in zip(shot.outfit.garments, shot.wearer.cloth, strict=True)
    ]
    return project(np.concatenate(points), shot.frame.K)


def chest_width_px(garment: Mask, joints_px: NDArray[np.float64]) -> float:
    """Return how wide the run of `garment` through the middle of the chest is; 0 where nothing is drawn there."""
    top, bottom = joints_px[list(TORSO[:2])].mean(axis=0), joints_px[list(TORSO[2:])].mean(axis=0)
    widths = []
    for along in (CHEST - 0.03, CHEST, CHEST + 0.03):
        u, v = (top + along * (bottom - top)).round().astype(int)
        line = garment[min(max(v, 0), garment.shape[0] - 1)]
        u = min(max(u, 0), len(line) - 1)
        gaps = np.flatnonzero(~line)
        left, right = gaps[gaps < u], gaps[gaps > u]
        ends = (left.max() if len(left) else -1, right.min() if len(right) else len(line))
        widths.append(ends[1] - ends[0] - 1 if line[u] else 0)
    return float(np.median(widths))


def share(part: Mask, whole: Mask) -> float:
    """Return how much of `whole` is `part`; NaN where there is nothing."""
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def drawn_pixels(layer: GarmentLayer | None, frame: CameraFrame) -> Mask:
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
