"""What of a person is before their own garments: hands, arms, hair, face, and what is held.

`pipelines.tryon` calls this for each person in turn. Where own sleeves are looked at it tells how those lie, since a
bare arm that is painted over one hides less of the garment than the sleeve would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.composite.arm_reading import ArmAxis, arm_axis, read_arm
from pipelines.composite.arms import arm_occlusion
from pipelines.composite.face import face_occlusion
from pipelines.composite.hair import hair_occlusion
from pipelines.composite.hands import HandOcclusion, hand_occlusion
from pipelines.composite.held import held_occlusion
from pipelines.composite.own_colours import HANDS
from pipelines.composite.own_sleeves import ARM, Bared, Sight, SleeveColours, follow_sleeve, is_due
from pipelines.composite.plate import Plate
from pipelines.composite.skin import face_luma
from pipelines.composite.sleeve import Cuff, sleeve_line
from pipelines.hiding import Limb
from pipelines.outfit import Outfit
from pipelines.types import JOINTS, BodyPose, CameraFrame, GarmentLayer, Landmarks
from pipelines.wearer import ARMS, Seen, Wearer, arm_advance_m, distance_m

HEAD = JOINTS.index("head")
VISIBLE = 0.5  # of a wrist
CUFF = 1.6  # of a limb, 2 at the wrist: a sleeve that ends beyond is met by the hand
LEFT_WRIST, RIGHT_WRIST = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What of a person is before their garments."""

    left: NDArray[np.uint8] | None = None  # (h, w) how much of the layer body, hair and what is held leave; None: all
    arms: tuple[Bared | None, Bared | None] = (None, None)  # left, right, where own sleeves are looked at
    held: NDArray[np.uint8] | None = None  # (h, w) what is held before the layer; None: nothing


def hide_behind_own(
    seen: Seen,
    pose: BodyPose,
    outfit: Outfit,
    frame: CameraFrame,
    layer: GarmentLayer,
    plate: Plate | None,
    wearer: Wearer,
) -> tuple[Before, Wearer]:
    """Return what is before the layer, and the wearer that remembers it; without a `plate` no arms are bared."""
    if seen.landmarks is None or layer.region.is_empty:
        return Before(), wearer
    wearer = replace(wearer, face_luma=face_luma(frame, seen.landmarks, wearer.face_luma))
    advance = arm_advance_m(pose)
    wrists = (-float(pose.joints_m[LEFT_WRIST, 2]) - advance[0], -float(pose.joints_m[RIGHT_WRIST, 2]) - advance[1])
    cuffs = _cuff(outfit.limbs[0], pose, 0), _cuff(outfit.limbs[1], pose, 1)
    hands = hand_occlusion(frame, seen.landmarks, layer, wrists, wearer.skin, cuffs, wearer.model_hands)
    left_over, model = hands.multiplier, [True, True]
    fallen, hair = hair_occlusion(frame, seen.landmarks, layer, wearer.hair)
    face = face_occlusion(seen.landmarks, layer, -float(pose.joints_m[HEAD, 2]))
    hides = [one for one in (fallen, face) if one is not None]
    bared: list[Bared | None] = [None, None]
    for side, limb in enumerate(outfit.limbs):
        arm = arm_axis(pose.joints_m[ARMS[side]], limb.radius_m, limb.bare_from, advance[side], frame.K)
        model[side] = arm is None
        if arm is None:
            continue
        bared[side], wearer = _look_at_sleeve(seen.landmarks, frame, layer, arm, side, hands, plate, wearer)
        hand = hands.middles_px[side], hands.multiplier
        hidden = arm_occlusion(frame, layer, arm, hands.skin, hands.clothes, *hand, bared[side])
        if hidden is not None:
            hides.append(hidden)
    for hidden in hides:
        left_over = _less(left_over, hidden)
    metre_px = float(frame.K[0, 0]) / distance_m(pose)
    thing, held = held_occlusion(frame, seen.landmarks, layer, left_over, hands.skin, metre_px, wearer.held)
    left_over = left_over if thing is None else _less(left_over, thing)
    read = replace(wearer, skin=hands.skin, hair=hair, held=held)
    read = replace(read, model_hands=hands.use_model, model_arms=(model[0], model[1]))
    return Before(left_over, (bared[0], bared[1]), thing), read


def _look_at_sleeve(
    landmarks: Landmarks,
    frame: CameraFrame,
    layer: GarmentLayer,
    arm: ArmAxis,
    side: int,
    hands: HandOcclusion,
    plate: Plate | None,
    wearer: Wearer,
) -> tuple[Bared | None, Wearer]:
    """Return what is seen of an own sleeve beyond the drawn one, None where it is not looked at, and the wearer."""
    known, own = wearer.sleeves[side], wearer.own_top.colours
    parted = hands.clothes is not None or known.alpha > 0.0  # of one frame the colours may be nearer to each other
    if plate is None or landmarks.matte is None or own is None or not parted:
        return None, wearer
    if not is_due(known, frame.captured_s):
        return None, wearer
    reading = read_arm(frame, arm, hands.skin, hands.clothes)
    colours = SleeveColours.of(own, hands.skin, wearer.face_luma)
    sight = Sight(frame, layer, landmarks.matte, hands_seen(landmarks, (side,)), plate)
    bared, known = follow_sleeve(sight, arm, reading, colours, ARM, known)
    sleeves = (known, wearer.sleeves[1]) if side == 0 else (wearer.sleeves[0], known)
    return bared, replace(wearer, sleeves=sleeves)


def hands_seen(landmarks: Landmarks, sides: Sequence[int]) -> NDArray[np.float64]:
    """Return the points (H, 4, 2) of HANDS of those hands at `sides` that are there."""
    hands_px = landmarks.uv_px[[HANDS[side] for side in sides]].astype(np.float64)
    there = np.isfinite(hands_px).all(axis=(1, 2)) & (
        landmarks.visibility[[HANDS[side][0] for side in sides]] >= VISIBLE
    )
    return np.asarray(hands_px[there], np.float64)


def _less(left: NDArray[np.uint8] | None, hidden: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what (h, w) is `left` of the layer, None for all, without what is `hidden`."""
    rest = np.asarray(255 - hidden, np.uint8)
    return rest if left is None else np.minimum(left, rest, dtype=np.uint8)


def _cuff(limb: Limb, pose: BodyPose, side: int) -> Cuff | None:
    """Return the sleeve that ends at a hand; None where it ends well above."""
    if limb.bare_from < CUFF:
        return None
    return Cuff(sleeve_line(pose.joints_m[ARMS[side]], limb.bare_from), float(limb.radius_m[-1]))
