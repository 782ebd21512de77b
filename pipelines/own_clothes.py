"""What stays to be seen of a person's own clothes beside the garments: covered, painted out, or told.

`pipelines.tryon` calls these for each person in turn. A thin rim is covered by the garment; over own sleeves beyond the
drawn ones bare arms are painted, bare legs over own trousers below a skirt or shorts, and shoulders in necklines and
armholes; what stands out farther is painted over with the room behind, where that is known; of what then is still much
the shopper is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import project
from pipelines.composite.arm_reading import arm_axis, read_arm
from pipelines.composite.bare_limbs import Lit, bare_limb, with_arms, without
from pipelines.composite.bare_yoke import YokeSight, bare_yoke
from pipelines.composite.own_hem import followed
from pipelines.composite.own_sleeves import LEG, Bared, Sight, SleeveColours, follow_sleeve, leg_colours
from pipelines.composite.own_sleeves import is_due as limb_is_due
from pipelines.composite.own_top import Look, View, is_due, looked_at, remembered
from pipelines.composite.paint_out import Patch, paint_out
from pipelines.composite.plate import Plate, learnt
from pipelines.composite.rim import cover_rim
from pipelines.composite.sleeve import LEAST_SLEEVE
from pipelines.drawing import front_level, yoke_request
from pipelines.in_front import Before, hands_seen
from pipelines.light.sh import sh_basis
from pipelines.outfit import Outfit
from pipelines.render.backend import Renderer
from pipelines.types import JOINTS, BodyPose, CameraFrame, GarmentLayer, MatteU8, PointsF32, Sh9
from pipelines.wearer import ARMS, Seen, Wearer, distance_m

YOKE = [ARMS[0][1], ARMS[0][0], ARMS[1][0], ARMS[1][1]]  # from elbow to elbow
LEGS = [[JOINTS.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")] for side in ("left", "right")]
CALF = 0.92  # of a calf is painted: shoes begin above the ankle
THIGH, SLID = 0.4, 0.05  # above no leg is painted, however far a skirt slides up; between places that are looked at
SEEN = 127  # of 255, of the layer
TO_PALM = 0.6  # of the way from the wrist to the knuckles: so far an arm is painted where no skin shows
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
    renderer: Renderer,
    others: Others,
    wearer: Wearer,
) -> tuple[list[Patch], Wearer]:
    """Return what is to be painted over own clothes, and the wearer that remembers what is seen of them.

    Bare arms over own sleeves, bare legs over own trousers, bare shoulders in necklines and armholes, and the room over
    what is left beside arms and garments.
    `before` is what of the person is before the layer.
    """
    lit = _lit_by(light)
    arms = _bare_arms(seen, frame, layer, before, lit, others)
    yoke, wearer = _bare_yoke(seen, pose, outfit, frame, (layer, before), light, renderer, others, wearer)
    arms = ([] if yoke is None else [yoke]) + arms
    legs, wearer = _bare_legs(seen, pose, outfit, frame, layer, lit, others, wearer)
    worn, left = with_arms(layer, before.left, arms)
    bared = [arm is not None and arm.alpha > 0.5 for arm in before.arms]
    room, wearer = _room_beside(seen, pose, outfit, frame, (worn, left), (bared[0], bared[1]), others, wearer)
    return ([] if room is None else [room]) + legs + arms, wearer


def _lit_by(light: Sh9) -> Lit:
    """Return what tells how much of `light` falls on normals."""
    luma = light @ LUMA
    return lambda normals: np.asarray(sh_basis(normals) @ luma, np.float32)


def _bare_arms(
    seen: Seen, frame: CameraFrame, layer: GarmentLayer, before: Before, lit: Lit, others: Others
) -> list[Patch]:
    """Return the bare arms over own sleeves, the farther one first."""
    landmarks = seen.landmarks
    if landmarks is None or landmarks.matte is None:
        return []
    arms: list[tuple[float, Patch | None]] = []
    for side, bared in enumerate(before.arms):
        if bared is not None:
            hands_px, own_hand = hands_seen(landmarks, (0, 1)), hands_seen(landmarks, (side,))
            palm = None
            if len(own_hand) > 0:
                wrist, small, index, _ = own_hand[0]
                palm = wrist + TO_PALM * (0.5 * (small + index) - wrist)
            patch = bare_limb(frame, landmarks.matte, others.before, bared, palm, hands_px, lit, others.plate)
            held = None if before.held is None or patch is None else without(patch, before.held, layer.region)
            arms.append((float(bared.arm.depth_m.mean()), patch if held is None else held))
    return _farthest_first(arms)


def _bare_yoke(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    drawn: tuple[GarmentLayer, Before],
    light: Sh9,
    renderer: Renderer,
    others: Others,
    wearer: Wearer,
) -> tuple[Patch | None, Wearer]:
    """Return the skin over own clothes in necklines and armholes, None where there is none, and the wearer.

    `drawn` are the garments, and what of the person is before them.
    """
    landmarks, own, (layer, before) = seen.landmarks, wearer.own_top.colours, drawn
    if landmarks is None or landmarks.matte is None or others.plate is None or outfit.yoke is None:
        return None, wearer
    if layer.region.is_empty or own is None or wearer.face_luma == 0.0:
        return None, wearer
    if not limb_is_due(wearer.yoke, frame.captured_s):
        return None, wearer
    grey = renderer.render(yoke_request(outfit.yoke, outfit, pose, frame, light, wearer))
    front = front_level(light)
    colours = SleeveColours.of(own, wearer.skin, wearer.face_luma)
    skin = np.array([wearer.face_luma, *wearer.skin.mean])
    metre_px = float(frame.K[0, 0]) / distance_m(pose)
    looks = grey, front, colours, skin, wearer.hair, metre_px
    patch, yoke = bare_yoke(YokeSight(frame, landmarks, others.before, layer, *looks), wearer.yoke)
    return _behind(patch, before, layer), replace(wearer, yoke=yoke)


def _behind(patch: Patch | None, before: Before, layer: GarmentLayer) -> Patch | None:
    """Return `patch` without what of the person, and what they hold, is before the layer."""
    own = None if before.left is None else np.asarray(255 - before.left, np.uint8)
    for hidden in (own, before.held):
        patch = patch if patch is None or hidden is None else without(patch, hidden, layer.region)
    return patch


def _bare_legs(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    layer: GarmentLayer,
    lit: Lit,
    others: Others,
    wearer: Wearer,
) -> tuple[list[Patch], Wearer]:
    """Return the bare legs over own trousers below a skirt or shorts, the farther one first, and the wearer."""
    landmarks = seen.landmarks
    if landmarks is None or landmarks.matte is None or outfit.bare_legs is None or others.plate is None:
        return [], wearer
    sight = Sight(frame, layer, landmarks.matte, hands_seen(landmarks, (0, 1)), others.plate)
    known = list(wearer.trouser_legs)
    legs: list[Bared] = []
    for side, limb in enumerate(outfit.bare_legs):
        hip, knee, ankle = pose.joints_m[LEGS[side]]
        joints_m = np.stack([hip, knee, knee + CALF * (ankle - knee)])
        leg = arm_axis(joints_m, limb.radius_m, bare_from(joints_m, limb.bare_from, layer, frame), 0.0, frame.K)
        if leg is None or not limb_is_due(known[side], frame.captured_s):
            continue
        reading = read_arm(frame, leg, wearer.skin, None)
        colours = leg_colours(reading, wearer.skin, wearer.face_luma)
        bared, known[side] = follow_sleeve(sight, leg, reading, colours, LEG, known[side])
        legs.append(bared)
    alpha = min(leg.alpha for leg in known)  # never one of them alone
    painted = [
        (float(leg.arm.depth_m.mean()), bare_limb(frame, landmarks.matte, others.before, leg, None, None, lit, None))
        for leg in (replace(leg, alpha=min(leg.alpha, alpha)) for leg in legs)
    ]
    return _farthest_first(painted), replace(wearer, trouser_legs=(known[0], known[1]))


def bare_from(joints_m: PointsF32, hem: float, layer: GarmentLayer, frame: CameraFrame) -> float:
    """Return where on the leg `joints_m` (3, 3) the drawn cloth ends: at the `hem`, or where that has slid up to."""
    places = np.arange(hem, THIGH, -SLID)
    if len(places) == 0:
        return hem
    x, y = project(np.stack([np.interp(places, (0.0, 1.0, 2.0), joint) for joint in joints_m.T], axis=1), frame.K).T
    region, alpha = layer.region, layer.rgba[:, :, 3]
    inside = (x >= region.x0) & (x < region.x1) & (y >= region.y0) & (y < region.y1)
    column, row = (x[inside] - region.x0).astype(int), (y[inside] - region.y0).astype(int)
    covered = np.zeros(len(places), bool)
    covered[inside] = alpha[row, column] > SEEN
    if not covered.any():
        return float(places[-1]) if inside.all() else hem
    return float(places[int(np.argmax(covered))])


def _farthest_first(limbs: list[tuple[float, Patch | None]]) -> list[Patch]:
    """Return the patches that there are, by their depth."""
    return [patch for _, patch in sorted(limbs, key=lambda one: -one[0]) if patch is not None]


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
        cuffs = outfit.limbs[0].bare_from, outfit.limbs[1].bare_from
        apart = wearer.hem.is_apart(frame.captured_s)
        patch, painted = paint_out(view, own, cuffs, bared, others.all, apart, others.plate, wearer.painted)
    wearer = replace(wearer, painted=painted)
    if due:
        view = replace(view, painted=None if painted is None else painted.alpha)
        wearer = replace(wearer, own_top=remembered(wearer.own_top, looked_at(view), frame.captured_s))
        if own is not None:
            wearer = replace(wearer, hem=followed(wearer.hem, view, own))
    return patch, wearer
