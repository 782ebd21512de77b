"""How far each vertex hangs along trunk and limbs: so long is the cloth, whatever the lengths of the body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.garment.cut import ARM_BONES, LEG_BONES, SIDES
from pipelines.garment.layout import BodyShape
from pipelines.garment.worn import Hanging

Points = NDArray[np.float64]
Weights = tuple[NDArray[np.int32], NDArray[np.float32]]  # bones (S, 4) of each vertex, and their weights

FROM_SHOULDERS_M = 0.05  # a garment that reaches this near to the shoulder joints hangs from them
SPINE = "spine03"
LIMBS = (("upperarm01", "lowerarm01", "wrist", ARM_BONES), ("upperleg01", "lowerleg01", "foot", LEG_BONES))


def hanging(body: BodyShape, rest: Points, weights: Weights, legs: tuple[float, float] = (1.0, np.inf)) -> Hanging:
    """Return how far the vertices `rest` (S, 3) hang along trunk, arms and legs, by what they are bound to.

    `legs` are `Hanging`'s own and room along those.
    """
    bones, axes, far = [], [], []
    shoulders, hips = (
        np.mean([body.heads[f"{bone}.{side}"] for side in SIDES], 0) for bone in (LIMBS[0][0], LIMBS[1][0])
    )
    if rest[:, 1].max() > shoulders[1] - FROM_SHOULDERS_M:
        axis, along = _along(shoulders, hips, rest)
        bones, axes, far = [SPINE], [axis], [along * (1 - _bound(body, weights, ARM_BONES, ""))]
    for first, middle, last, words in LIMBS:
        for side in SIDES:
            bound = _bound(body, weights, words, f".{side}")
            for start, end in ((first, middle), (middle, last)):
                axis, along = _along(body.heads[f"{start}.{side}"], body.heads[f"{end}.{side}"], rest)
                bones.append(f"{start}.{side}")
                axes.append(axis)
                far.append(along * bound)
    numbers = np.array([body.model.bone(name) for name in bones], np.int32)
    along_legs = np.array([name.startswith(LEG_BONES) for name in bones])
    own, room = (np.where(along_legs, one, usual) for one, usual in zip(legs, (1.0, np.inf), strict=True))
    told = (np.array(axes), np.stack(far, 1), own, room)
    return Hanging(numbers, *(one.astype(np.float32) for one in told))


def _along(start: Points, end: Points, rest: Points) -> tuple[Points, Points]:
    """Return the direction (3,) from `start` to `end`, and how far (S,) along it each vertex is, `end` at most."""
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length
    return axis, np.clip((rest - start) @ axis, 0.0, length)


def _bound(body: BodyShape, weights: Weights, words: tuple[str, ...], ending: str) -> Points:
    """Return how much (S,) of each vertex's binding belongs to the bones named by `words` with `ending`."""
    chosen = np.array([any(word in one for word in words) and one.endswith(ending) for one in body.model.bone_names])
    index, weight = weights
    return np.asarray((weight * chosen[index]).sum(1), np.float64)
