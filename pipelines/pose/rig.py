"""What the pose solver needs to know of one shopper's body: joints, points of the face, bone chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body

F64 = NDArray[np.float64]

LIMB_BONES = ("upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot")  # their heads are the joints
KNUCKLE_BONES = ("finger2-1", "finger5-1")  # of the index and the little finger
FACE = np.array([[0.162, 0.114, 0.062], [-0.162, 0.114, 0.062], [0.0, 0.067, 0.281]])  # from the head's joint, in
# shoulder widths: left ear, right ear, nose

# Bones whose rotation the solver sets; every other bone moves with its parent.
KEY_BONES = (
    *("root", "spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "neck02", "neck03", "head"),
    *(f"{name}.{side}" for name in ("clavicle", "upperarm01", "upperarm02", "lowerarm01") for side in "LR"),
    *(f"{name}.{side}" for name in ("lowerarm02", "wrist", "upperleg01", "lowerleg01") for side in "LR"),
)
KEY = {name: i for i, name in enumerate(KEY_BONES)}


@dataclass(frozen=True, slots=True)
class Rig:
    """Rest-pose geometry of one body, body frame, metres."""

    heads_m: F64  # (B, 3)
    parents: NDArray[np.int32]  # (B,)
    key_bones: NDArray[np.int32]  # (len(KEY_BONES),) bone index of each key bone
    key_heads_m: F64  # (len(KEY_BONES), 3)
    joints_m: F64  # (12, 3) rest joints, order of LIMB_BONES, left before right
    face_m: F64  # (3, 3) rest left ear, right ear, nose
    knuckles_m: F64  # (4, 3) rest index L, R then little-finger L, R knuckles
    shoulder_width_m: float


def build_rig(body: Body) -> Rig:
    """Return the rig of `body`."""
    model, heads = body.model, body.heads_m.astype(np.float64)
    width = float(np.linalg.norm(heads[model.bone("upperarm01.L")] - heads[model.bone("upperarm01.R")]))
    key_bones = np.array([model.bone(name) for name in KEY_BONES], np.int32)
    return Rig(
        heads_m=heads,
        parents=np.asarray(model.bone_parents, np.int32),
        key_bones=key_bones,
        key_heads_m=heads[key_bones],
        joints_m=heads[[model.bone(f"{bone}.{side}") for bone in LIMB_BONES for side in "LR"]],
        face_m=heads[model.bone("head")] + width * FACE,
        knuckles_m=heads[[model.bone(f"{bone}.{side}") for bone in KNUCKLE_BONES for side in "LR"]],
        shoulder_width_m=width,
    )
