"""What stays to be seen of a person's own clothes beside the garments: covered, painted out, or told.

`pipelines.tryon` calls these for each person in turn. A thin rim is covered by the garment; what stands out farther is
painted over with the room behind, where that is known; of what then is still much the shopper is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.composite.own_top import Look, View, is_due, looked_at, remembered
from pipelines.composite.paint_out import Patch, paint_out
from pipelines.composite.plate import Plate, learnt
from pipelines.composite.rim import cover_rim
from pipelines.composite.sleeve import LEAST_SLEEVE
from pipelines.outfit import Outfit
from pipelines.types import JOINTS, BodyPose, CameraFrame, GarmentLayer, MatteU8
from pipelines.wearer import ARMS, Seen, Wearer, distance_m

YOKE = [ARMS[0][1], ARMS[0][0], ARMS[1][0], ARMS[1][1]]  # from elbow to elbow
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


def look_beside(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    layer: GarmentLayer,
    left: NDArray[np.uint8] | None,
    others: Others,
    wearer: Wearer,
) -> tuple[Patch | None, Wearer]:
    """Return what is to be painted over own clothes beside a top, and the wearer that remembers what is seen of them.

    `left` (h, w) is how much of the layer own hands, arms and hair leave, None for all. Most frames are let pass where
    nothing is painted.
    """
    due = is_due(wearer.own_top, frame.captured_s)
    if seen.landmarks is None or seen.landmarks.matte is None or not (due or wearer.painted is not None):
        return None, wearer
    if all(worn.package.is_bottom for worn in outfit.garments):
        return None, replace(wearer, own_top=remembered(wearer.own_top, Look(0.0, None), frame.captured_s))
    joints_px = project(pose.joints_m[UPPER], frame.K).reshape(4, 2, 2)
    places = joints_px, float(frame.K[0, 0]) / distance_m(pose)
    view = View(frame, seen.landmarks.matte, others.before, layer, left, *places, wearer.skin, wearer.hair.hair)
    patch, painted, own = None, None, wearer.own_top.colours
    if others.plate is not None and own is not None:
        bare_from = outfit.limbs[0].bare_from, outfit.limbs[1].bare_from
        patch, painted = paint_out(view, own, bare_from, others.all, others.plate, wearer.painted)
    wearer = replace(wearer, painted=painted)
    if due:
        view = replace(view, painted=None if painted is None else painted.alpha)
        wearer = replace(wearer, own_top=remembered(wearer.own_top, looked_at(view), frame.captured_s))
    return patch, wearer
