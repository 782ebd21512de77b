"""What the pose solver needs to know of one shopper's body: joints, landmark offsets, bone chains."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import Body
from pipelines.pose.ray_pbd import POINTS

F64 = NDArray[np.float64]

SIDES = (("L", 1.0), ("R", -1.0))

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
    joints_m: F64  # (12, 3) rest joints, order of ray_pbd.POINTS, left before right
    offsets_m: F64  # (12, 3) landmark minus joint, rest axes
    face_m: F64  # (3, 3) rest left ear, right ear, nose landmarks
    knuckles_m: F64  # (4, 3) rest index L, R then little-finger L, R knuckles
    shoulder_width_m: float
    image_bias: float  # landmarks lie this share of the shoulder width too far right in the image


@cache
def landmark_table() -> dict[str, Any]:
    """Return the measured landmark offsets (see the file's own "about")."""
    table: dict[str, Any] = json.loads((Path(__file__).parent / "landmark_offsets.json").read_text("utf-8"))
    return table


def build_rig(body: Body) -> Rig:
    """Return the rig of `body`."""
    model, heads = body.model, body.heads_m.astype(np.float64)
    table = landmark_table()
    width = float(np.linalg.norm(heads[model.bone("upperarm01.L")] - heads[model.bone("upperarm01.R")]))
    joints, offsets = np.empty((12, 3)), np.empty((12, 3))
    for i, name in enumerate(POINTS):
        row = table["points"][name]
        for j, (side, sign) in enumerate(SIDES):
            joints[2 * i + j] = heads[model.bone(f"{row['joint']}.{side}")]
            offsets[2 * i + j] = _to_body_axes(row["offset"], sign, width)
    head = heads[model.bone("head")]
    ear, nose = table["points"]["ear"]["offset"], table["points"]["nose"]["offset"]
    face = [head + _to_body_axes(ear, 1.0, width), head + _to_body_axes(ear, -1.0, width)]
    knuckles = [heads[model.bone(f"finger{n}-1.{side}")] for n in (2, 5) for side, _ in SIDES]
    key_bones = np.array([model.bone(name) for name in KEY_BONES], np.int32)
    return Rig(
        heads_m=heads,
        parents=np.asarray(model.bone_parents, np.int32),
        key_bones=key_bones,
        key_heads_m=heads[key_bones],
        joints_m=joints,
        offsets_m=offsets,
        face_m=np.array([*face, head + _to_body_axes(nose, 1.0, width)]),
        knuckles_m=np.array(knuckles),
        shoulder_width_m=width,
        image_bias=table["image_bias_x"] / 100.0,
    )


def _to_body_axes(offset: list[float], side: float, width_m: float) -> F64:
    """Turn (lateral, down, back) in hundredths of the shoulder width into body axes, metres."""
    lateral, down, back = offset
    return np.array([side * lateral, -down, -back]) * (width_m / 100.0)
