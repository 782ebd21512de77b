"""A body as the tailor sees it: tube frames, profiles of trunk and limbs, landmark heights."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.body.slicing import unique_edges
from pipelines.garment.cut import ARM_BONES, SIDES, arm_frame, bone_share, heads_of, leg_frame
from pipelines.garment.rings import Limb, Profile, profile_of
from pipelines.types import FacesI32

Points = NDArray[np.float64]
Values = NDArray[np.float64]

STEP_M = 0.012  # between rings
MIDDLE_M = 0.012  # from the middle of the body to either side: there is the crotch


@dataclass(frozen=True, slots=True, eq=False)
class BodyShape:
    """One body in the rest pose."""

    model: BodyModel
    rest: Points  # (V, 3)
    heads: dict[str, Points]
    arm_share: Values  # (V,)
    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    faces: FacesI32  # (F, 3) of the closed skin
    edges: NDArray[np.int32]  # (E, 2) of it
    middles: Points  # (F, 3) of its faces
    crotch_m: float  # height

    @staticmethod
    def of(model: BodyModel, rest: Points) -> BodyShape:
        """Measure rest vertices `rest` (V, 3)."""
        heads = heads_of(model, rest)
        left, right = SIDES
        faces = model.body.faces[: model.skin_faces]
        low = rest[model.tights.vertices][_crotch(model), 1]
        return BodyShape(
            model, rest, heads, bone_share(model, ARM_BONES),
            (arm_frame(heads, left), arm_frame(heads, right)),
            (leg_frame(heads, left), leg_frame(heads, right)),
            faces, _edges(model), rest[faces].mean(1), float(low.min()),
        )  # fmt: skip

    def trunk_profile(self, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of trunk and legs between two heights, arms left out."""
        return profile_of(self.rest, _trunk(self), np.arange(low_m, high_m + STEP_M, STEP_M))

    def arm_profile(self, side: int, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of one arm, by metres from the shoulder joint."""
        return profile_of(*_arm(self, side), np.arange(low_m, high_m + STEP_M, STEP_M))

    def leg_profile(self, side: int, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of one leg, by metres from the hip joint."""
        return profile_of(*_leg(self, side), np.arange(low_m, high_m + STEP_M, STEP_M))


@functools.lru_cache(4)
def _trunk(body: BodyShape) -> NDArray[np.int32]:
    """Return the edges (E, 2) of the skin without the arms."""
    return _within(body.arm_share < 0.3, body.edges)


@functools.lru_cache(8)
def _arm(body: BodyShape, side: int) -> tuple[Points, NDArray[np.int32]]:
    """Return the skin of one arm in its frame, and the edges between its vertices."""
    return _along(body, body.arms[side], (body.arm_share > 0.5) & ((body.rest[:, 0] > 0) == (side == 0)))


@functools.lru_cache(8)
def _leg(body: BodyShape, side: int) -> tuple[Points, NDArray[np.int32]]:
    """Return the skin of one leg in its frame, and the edges between its vertices."""
    on = ((body.rest[:, 0] > 0) == (side == 0)) & ~body.model.vertices_of("left_foot", "right_foot")
    return _along(body, body.legs[side], on & (body.rest[:, 1] < body.crotch_m + 0.02))


def _along(body: BodyShape, limb: Limb, on: NDArray[np.bool_]) -> tuple[Points, NDArray[np.int32]]:
    """Return the vertices `on` (V,) a limb in its frame, and the edges between them in their numbers."""
    place = np.cumsum(on, dtype=np.int32) - np.int32(1)
    return limb.to_local(body.rest[on]), place[_within(on, body.edges)]


def _within(chosen: NDArray[np.bool_], edges: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return those of `edges` (E, 2) of which both ends are `chosen` (V,)."""
    return np.asarray(edges[chosen[edges[:, 0]] & chosen[edges[:, 1]]])


@functools.lru_cache(2)
def _edges(model: BodyModel) -> NDArray[np.int32]:
    """Return the edges (E, 2) of the closed skin, the same for every body."""
    return unique_edges(model.body.faces[: model.skin_faces])


def _crotch(model: BodyModel) -> NDArray[np.bool_]:
    """Return which vertices of the tights lie between the legs of the mean body; a heavy body's thighs meet lower."""
    mean = model.mean_m.astype(np.float64)
    tights = mean[model.tights.vertices]
    knee = float(heads_of(model, mean)["lowerleg01.L"][1])
    return np.asarray((np.abs(tights[:, 0]) < MIDDLE_M) & (tights[:, 1] > knee))
