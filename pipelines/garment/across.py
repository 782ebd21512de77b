"""Skin that cloth is not bound to and may meet: arms and hands before the trunk, the trunk beside a sleeve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.body.conform import arm_share
from pipelines.garment.cut import SIDES, Cut
from pipelines.garment.layout import BodyShape
from pipelines.garment.worn import Across, Skin

Points = NDArray[np.float64]
Numbers = NDArray[np.intp]

REST = len(SIDES)  # number of what is no arm
LIMBS = (
    ("left_upper_arm", "left_forearm", "left_hand"),
    ("right_upper_arm", "right_forearm", "right_hand"),
    ("torso", "left_thigh", "right_thigh"),
)
PATCH = 56  # faces at most


def skin_across(cut: Cut, body: BodyShape, skin: Skin) -> tuple[Skin, Across]:
    """Return `skin` with the points of a coarse skin of all that the cloth may meet, and that skin in patches."""
    model = body.model
    own = np.full(len(cut.limb), REST, np.int32)
    if cut.kind in ("top", "mesh"):
        own[cut.limb >= 0] = cut.limb[cut.limb >= 0]
    met = [limb for limb in range(len(LIMBS)) if (own != limb).any()]
    patches, limbs = [], []
    for limb in met:
        on_limb = model.vertices_of(*LIMBS[limb])[model.occluder_index]
        faces = model.occluder_faces[on_limb[model.occluder_faces].all(axis=1)]
        middle = body.rest[model.occluder_index[faces]].mean(axis=1)
        for patch in _patches(middle, np.arange(len(faces))):
            patches.append(faces[patch])
            limbs.append(limb)
    used, corners = np.unique(np.concatenate(patches), return_inverse=True)
    points = model.occluder_index[used]
    index, weight = model.skin_index[points], model.skin_weight[points]
    more = replace(
        skin,
        rest_m=np.concatenate([skin.rest_m, body.rest[points].astype(np.float32)]),
        skin_index=np.concatenate([skin.skin_index, index]),
        skin_weight=np.concatenate([skin.skin_weight, weight]),
        arms=np.concatenate([skin.arms, arm_share(model, index, weight)]),
    )
    faces = (corners.reshape(-1, 3) + len(skin.rest_m)).astype(np.int32)
    first = np.concatenate([[0], np.cumsum([len(patch) for patch in patches])]).astype(np.int32)
    return more, Across(faces, first, np.array(limbs, np.int32), own)


def _patches(middle: Points, numbers: Numbers) -> Iterator[Numbers]:
    """Yield `numbers` of points (N, 3) in groups of no more than PATCH that lie together."""
    if len(numbers) <= PATCH:
        yield numbers
        return
    axis = int(np.ptp(middle[numbers], axis=0).argmax())
    order = numbers[np.argsort(middle[numbers, axis], kind="stable")]
    for half in np.array_split(order, 2):
        yield from _patches(middle, half)
