"""A body as the tailor sees it: tube frames, profiles of trunk and limbs, landmark heights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.garment import mesh
from pipelines.garment.cut import ARM_BONES, SIDES, arm_frame, bone_share, heads_of, leg_frame
from pipelines.garment.rings import Limb, Profile, profile_of

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
    edges: NDArray[np.int32]  # of the closed skin
    crotch_m: float  # height

    @staticmethod
    def of(model: BodyModel, rest: Points) -> BodyShape:
        """Measure rest vertices `rest` (V, 3)."""
        heads = heads_of(model, rest)
        left, right = SIDES
        low = rest[model.tights.vertices][_crotch(model), 1]
        return BodyShape(
            model, rest, heads, bone_share(model, ARM_BONES),
            (arm_frame(heads, left), arm_frame(heads, right)),
            (leg_frame(heads, left), leg_frame(heads, right)),
            mesh.unique_edges(model.body.faces[: model.skin_faces]), float(low.min()),
        )  # fmt: skip

    def trunk_profile(self, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of trunk and legs between two heights, arms left out."""
        off = self.arm_share < 0.3
        edges = self.edges[off[self.edges].all(1)]
        return profile_of(self.rest, edges, np.arange(low_m, high_m + STEP_M, STEP_M))

    def arm_profile(self, side: int, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of one arm, by metres from the shoulder joint."""
        on = (self.arm_share > 0.5) & ((self.rest[:, 0] > 0) == (side == 0))
        edges = self.edges[on[self.edges].all(1)]
        used, edges = np.unique(edges, return_inverse=True)
        local = self.arms[side].to_local(self.rest[used])
        return profile_of(local, edges.reshape(-1, 2), np.arange(low_m, high_m + STEP_M, STEP_M))

    def leg_profile(self, side: int, low_m: float, high_m: float) -> Profile:
        """Return the convex rings of one leg, by metres from the hip joint."""
        feet = self.model.vertices_of("left_foot", "right_foot")
        on = ((self.rest[:, 0] > 0) == (side == 0)) & ~feet
        edges = self.edges[on[self.edges].all(1)]
        used, edges = np.unique(edges, return_inverse=True)
        below = self.rest[used, 1] < self.crotch_m + 0.02
        edges = edges.reshape(-1, 2)
        local = self.legs[side].to_local(self.rest[used])
        return profile_of(local, edges[below[edges].all(1)], np.arange(low_m, high_m + STEP_M, STEP_M))


def _crotch(model: BodyModel) -> NDArray[np.bool_]:
    """Return which vertices of the tights lie between the legs of the mean body; a heavy body's thighs meet lower."""
    mean = model.mean_m.astype(np.float64)
    tights = mean[model.tights.vertices]
    knee = float(heads_of(model, mean)["lowerleg01.L"][1])
    return np.asarray((np.abs(tights[:, 0]) < MIDDLE_M) & (tights[:, 1] > knee))
