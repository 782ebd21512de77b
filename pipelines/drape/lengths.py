"""A garment keeps its length: trunk and limbs are stretched to the shopper's own, the cloth along them is not.

Long trousers alone are as long as the leg: they are taken up where they would reach the ground.
"""

from __future__ import annotations

import numpy as np

from pipelines.garment.worn import Hanging
from pipelines.types import PointsF32, Transforms


def as_long(rest_m: PointsF32, T: Transforms, hanging: Hanging) -> tuple[PointsF32, PointsF32]:
    """Return `rest_m` (S, 3) such that the stretched bones `T` (B, 4, 4) carry each vertex as far as the cloth reaches.

    And the same as it is laid out flat, for rest lengths. To first order in the stretch, which is a few hundredths.
    """
    carried = np.einsum("kij,kj->ki", T[hanging.bones, :3, :3], hanging.axes)
    stretch = np.linalg.norm(carried, axis=1)
    long = np.minimum(hanging.own, hanging.room * stretch)
    hung, laid = (hanging.far_m @ ((one - 1)[:, None] * hanging.axes) for one in (long / stretch, long))
    return np.asarray(rest_m + hung, np.float32), np.asarray(rest_m + laid, np.float32)
