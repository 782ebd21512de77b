"""Skin that cloth is not bound to and may meet: arms and hands before the trunk, the trunk beside a sleeve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

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
    points, corners, first, limbs, arms = _coarse(body, tuple(n for n in range(len(LIMBS)) if (own != n).any()))
    more = replace(
        skin,
        rest_m=np.concatenate([skin.rest_m, body.rest[points].astype(np.float32)]),
        skin_index=np.concatenate([skin.skin_index, model.skin_index[points]]),
        skin_weight=np.concatenate([skin.skin_weight, model.skin_weight[points]]),
        arms=np.concatenate([skin.arms, arms]),
    )
    return more, Across((corners + len(skin.rest_m)).astype(np.int32), first, limbs, own)


@lru_cache(8)
def _coarse(
    body: BodyShape, met: tuple[int, ...]
) -> tuple[Numbers, Numbers, NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return the coarse skin of the limbs `met`: the body's vertices (N,) and faces (K, 3) over them, patch by patch.

    Then where each patch begins (P + 1,), its limb (P,), and the vertices' arm weights (N,).
    """
    model = body.model
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
    first = np.concatenate([[0], np.cumsum([len(patch) for patch in patches])]).astype(np.int32)
    arms = arm_share(model, model.skin_index[points], model.skin_weight[points])
    return points, corners.reshape(-1, 3), first, np.array(limbs, np.int32), arms


def _patches(middle: Points, numbers: Numbers) -> Iterator[Numbers]:
    """Yield `numbers` of points (N, 3) in groups of no more than PATCH that lie together."""
    if len(numbers) <= PATCH:
        yield numbers
        return
    axis = int(np.ptp(middle[numbers], axis=0).argmax())
    order = numbers[np.argsort(middle[numbers, axis], kind="stable")]
    for half in np.array_split(order, 2):
        yield from _patches(middle, half)
