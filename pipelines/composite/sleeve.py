"""Which of the drawn cloth is an arm's own sleeve: what lies near the sleeve's axis, told by its depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.types import GarmentLayer, Mat33, PointsF32, Region

F64 = NDArray[np.float64]

OWN_M = 0.03  # cloth this much farther than the skin from the axis of a sleeve is that sleeve
LEAST_SLEEVE = 0.2  # of an upper arm: a shorter sleeve is none
SOFT_M = 0.02  # over which an arm comes out before its sleeve


@dataclass(frozen=True, slots=True, eq=False)
class Cuff:
    """The sleeve that ends at a hand."""

    line_m: NDArray[np.float64]  # (3, 3) its axis in the camera frame, see `sleeve_line`
    radius_m: float  # of the arm at its end


def sleeve_line(joints_m: PointsF32, bare_from: float) -> F64:
    """Return the axis (3, 3) of a sleeve: shoulder, elbow if it goes so far, and its end.

    `joints_m` (3, 3) are shoulder, elbow and wrist in the camera frame; the sleeve ends at `bare_from`, 1 at the elbow
    and 2 at the wrist.
    """
    shoulder, elbow, wrist = joints_m.astype(np.float64)
    corner = shoulder + min(bare_from, 1.0) * (elbow - shoulder)
    return np.stack([shoulder, corner, corner + min(max(bare_from - 1.0, 0.0), 1.0) * (wrist - elbow)])


def leave_cuff(seen: NDArray[np.uint8], layer: GarmentLayer, box: Region, cuff: Cuff | None, K: Mat33) -> None:
    """Take the near side of the sleeve `cuff` out of the hand's mask `seen` (h, w) over `box`, in place."""
    if cuff is None:
        return
    depth_m = layer.depth_m[box.y0 : box.y1, box.x0 : box.x1]
    end_m = np.full(seen.shape, -cuff.line_m[2, 2], np.float32)
    corner = (layer.region.x0 + box.x0, layer.region.y0 + box.y0)
    leave_nearer(seen, seen, depth_m, end_m, corner, cuff.line_m, cuff.radius_m + OWN_M, K)


@njit(cache=True, nogil=True)
def leave_nearer(
    mask: NDArray[np.uint8],
    within: NDArray[np.uint8],
    depth_m: NDArray[np.float32],
    near_m: NDArray[np.float32],
    corner: tuple[int, int],
    sleeve_m: F64,
    reach_m: float,
    K: F64,
) -> None:
    """Fade `mask` (h, w) out, in place, where cloth within `reach_m` of the sleeve's axis is nearer than `near_m`.

    It is gone where that cloth is nearer by SOFT_M, and before that cloth no more than the mask `within` (h, w).
    """
    for j in range(mask.shape[0]):
        for i in range(mask.shape[1]):
            depth = float(depth_m[j, i])
            if mask[j, i] == 0 or not depth < np.inf:
                continue
            if reach_m < np.inf:
                x = (corner[0] + i + 0.5 - K[0, 2]) / K[0, 0] * depth
                y = (K[1, 2] - corner[1] - j - 0.5) / K[1, 1] * depth
                if min(_away2(x, y, -depth, sleeve_m, 0), _away2(x, y, -depth, sleeve_m, 1)) > reach_m * reach_m:
                    continue
            share = min(1.0, max(0.0, 1.0 - (near_m[j, i] - depth) / SOFT_M))
            mask[j, i] = np.uint8(min(mask[j, i], within[j, i]) * share)


@njit(cache=True, nogil=True)
def _away2(x: float, y: float, z: float, line: F64, part: int) -> float:
    """Return the squared distance of a point from one `part` of a line of points (N, 3)."""
    ax, ay, az = line[part + 1, 0] - line[part, 0], line[part + 1, 1] - line[part, 1], line[part + 1, 2] - line[part, 2]
    px, py, pz = x - line[part, 0], y - line[part, 1], z - line[part, 2]
    share = min(max((px * ax + py * ay + pz * az) / max(ax * ax + ay * ay + az * az, 1e-12), 0.0), 1.0)
    px, py, pz = px - share * ax, py - share * ay, pz - share * az
    return float(px * px + py * py + pz * pz)
