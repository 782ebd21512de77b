"""A garment keeps its length: trunk and limbs are stretched to the shopper's own, the cloth along them is not."""

from __future__ import annotations

import numpy as np

from pipelines.garment.worn import Hanging
from pipelines.types import PointsF32, Transforms


def as_long(rest_m: PointsF32, T: Transforms, hanging: Hanging) -> PointsF32:
    """Return `rest_m` (S, 3) such that the stretched bones `T` (B, 4, 4) carry each vertex as far as the cloth reaches.

    To first order in the stretch, which is a few hundredths.
    """
    carried = np.einsum("kij,kj->ki", T[hanging.bones, :3, :3], hanging.axes)
    less = 1 / np.linalg.norm(carried, axis=1) - 1
    return np.asarray(rest_m + hanging.far_m @ (less[:, None] * hanging.axes), np.float32)
