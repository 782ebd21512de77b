"""What stays to be seen of a person's own clothes beside the garments: covered, painted out, or told.

`pipelines.tryon` calls these for each person in turn. A thin rim is covered by the garment; over own
sleeves beyond the drawn ones bare arms are painted; what stands out farther is painted over with the room behind, where
that is known; of what then is still much the shopper is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.composite.bare_arms import bare_arm, with_arms
from pipelines.composite.own_top import Look, View, is_due, looked_at, remembered
from pipelines.composite.paint_out import Patch, paint_out
from pipelines.composite.plate import Plate, learnt
from pipelines.composite.rim import cover_rim
from pipelines.composite.sleeve import LEAST_SLEEVE
from pipelines.in_front import HANDS, Before
from pipelines.light.sh import sh_basis
from pipelines.outfit import Outfit
from pipelines.types import JOINTS, BodyPose, CameraFrame, GarmentLayer, MatteU8, Sh9
from pipelines.wearer import ARMS, Seen, Wearer, distance_m

YOKE = [ARMS[0][1], ARMS[0][0], ARMS[1][0], ARMS[1][1]]  # from elbow to elbow
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear RGB
UPPER = [
    JOINTS.index(f"{side}_{joint}") for joint in ("shoulder", "hip", "elbow", "wrist") for side in ("left", "right")
]


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Who and what else is in the picture."""

    before: Sequence[MatteU8]  # the mattes of those in front
    all: Sequence[MatteU8]  # and of all
    plate: Plate | None  # the room; None where nothing is to be painted over


def room_of(frame: CameraFrame, people: Sequence[Seen], passer: MatteU8 | None, before: Plate | None) -> Plate | None:
    """Return the background plate with what is seen of the room beside all `people`.

    Where it is not known where somebody is, nothing is learnt.
    """
    mattes = [None if seen.landmarks is None else seen.landmarks.matte for seen in people]
    known = [matte for matte in (passer, *mattes) if matte is not None]
    return learnt(frame, known, before) if people and all(matte is not None for matte in mattes) else before


def over_rim(
    seen: Seen, pose: BodyPose, outfit: Outfit, frame: CameraFrame, layer: GarmentLayer, wearer: Wearer
) -> GarmentLayer:
    """Return the layer over the thin rim of own clothes that it leaves on shoulders and upper arms.

    Beside the trunk there is none: how wide the garment is there tells its size. Nor where it has no sleeves, or where
    nobody's outline is known, or where own clothes are painted out.
    """
    if seen.landmarks is None or seen.landmarks.matte is None or layer.region.is_empty:
        return layer
    if min(limb.bare_from for limb in outfit.limbs) < LEAST_SLEEVE:
        return layer
    metre_px = float(frame.K[0, 0]) / distance_m(pose)
    gone = None
    if wearer.painted is not None and wearer.painted.alpha.shape == frame.u.shape:
        gone = wearer.painted.alpha
    return cover_rim(frame, seen.landmarks.matte, layer, project(pose.joints_m[YOKE], frame.K), metre_px, gone)


def paint_over(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    layer: GarmentLayer,
    before: Before,
    light: Sh9,
    others: Others,
    wearer: Wearer,
) -> tuple[list[Patch], Wearer]:
    """Return what is to be painted over own clothes, and the wearer that remembers what is seen of them.

    Bare arms over own sleeves, and the room over what is left beside those and the garments. `before` is what of the
    person is before the layer.
    """
    arms = _bare_arms(seen, frame, before, light, others, wearer)
    worn, left = with_arms(layer, before.left, arms, frame)
    bared = [arm is not None and arm.alpha > 0.5 for arm in before.arms]
    room, wearer = _room_beside(seen, pose, outfit, frame, (worn, left), (bared[0], bared[1]), others, wearer)
    return ([] if room is None else [room]) + arms, wearer


def _bare_arms(
    seen: Seen, frame: CameraFrame, before: Before, light: Sh9, others: Others, wearer: Wearer
) -> list[Patch]:
    """Return the bare arms over own sleeves, the farther one first."""
    landmarks, own = seen.landmarks, wearer.own_top.colours
    if landmarks is None or landmarks.matte is None or own is None:
        return []
    arms, luma = [], light @ LUMA

    def lit(normals: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(sh_basis(normals) @ luma, np.float32)

    for side, bared in enumerate(before.arms):
        if bared is not None and bared.alpha > 0.0:
            hands_px = landmarks.uv_px[[HANDS[side], HANDS[1 - side]]].astype(np.float64)
            patch = bare_arm(frame, landmarks.matte, others.before, bared, hands_px, lit, others.plate)
            arms += [] if patch is None else [(float(bared.arm.depth_m.mean()), patch)]
    return [patch for _, patch in sorted(arms, key=lambda one: -one[0])]


def _room_beside(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    drawn: tuple[GarmentLayer, NDArray[np.uint8] | None],
    bared: tuple[bool, bool],
    others: Others,
    wearer: Wearer,
) -> tuple[Patch | None, Wearer]:
    """Return what of the room is to be painted over own clothes beside a top, and the wearer that remembers.

    `drawn` is the layer, with arms that are `bared`, and how much (h, w) of it own hands, arms and hair leave, None for
    all. Most frames are let pass where nothing is painted.
    """
    due = is_due(wearer.own_top, frame.captured_s)
    if seen.landmarks is None or seen.landmarks.matte is None or not (due or wearer.painted is not None):
        return None, wearer
    if all(worn.package.is_bottom for worn in outfit.garments):
        return None, replace(wearer, own_top=remembered(wearer.own_top, Look(0.0, None), frame.captured_s))
    joints_px = project(pose.joints_m[UPPER], frame.K).reshape(4, 2, 2)
    places = joints_px, float(frame.K[0, 0]) / distance_m(pose)
    view = View(frame, seen.landmarks.matte, others.before, *drawn, *places, wearer.skin, wearer.hair.hair)
    patch, painted, own = None, None, wearer.own_top.colours
    if others.plate is not None and own is not None:
        bare_from = outfit.limbs[0].bare_from, outfit.limbs[1].bare_from
        patch, painted = paint_out(view, own, bare_from, bared, others.all, others.plate, wearer.painted)
    wearer = replace(wearer, painted=painted)
    if due:
        view = replace(view, painted=None if painted is None else painted.alpha)
        wearer = replace(wearer, own_top=remembered(wearer.own_top, looked_at(view), frame.captured_s))
    return patch, wearer
