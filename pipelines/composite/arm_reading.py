"""Where an arm lies in the picture: the posed axis of its bare part, and what is read across that.

An arm's colours are those of the shopper's skin where it shows, else those of the sleeve along the axis against what
lies beside it; where neither tells, edges and the body's arm remain (`pipelines.composite.ribbon`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipelines.composite.ribbon import ACROSS, REACH, best_ribbon, edges, read_across, skin_says, sleeve_says
from pipelines.composite.skin import SkinChroma
from pipelines.composite.sleeve import LEAST_SLEEVE, sleeve_line
from pipelines.types import CameraFrame, Mat33, PointsF32

F64 = NDArray[np.float64]

BELOW_WRIST = 0.1  # the ribbon reaches so far beyond the wrist, in forearms,
ABOVE_CUFF, MOST_ABOVE = 0.1, 0.35  # and into the sleeve, in upper arms, at least and at most,
MOUTH = 0.6  # so much deeper where its mouth faces the camera
LAST_BARE = 1.8  # a sleeve that ends beyond leaves no arm to be seen
ROUND = 0.2  # the elbow's corner, to either side
NEAREST_M, LEAST_RADIUS_PX, LEAST_LENGTH = 0.2, 2.0, 2.0  # of an arm that can be read; length in radii
SPACING = 0.35  # of the radius, between stations
MOST = 32  # stations
SKIN_SHARE = 0.3  # of the samples about the axis, from which the arm is taken to be bare


@dataclass(frozen=True, slots=True, eq=False)
class ArmAxis:
    """The bare part of one arm in the picture, sleeve's end first."""

    points_px: F64  # (S, 2)
    radius_px: F64  # (S,) of the body's own arm
    depth_m: F64  # (S,) of the axis along -z, as the drawn sleeve has it
    front_m: F64  # (S,) cloth beyond this depth may be behind the arm
    from_cuff_m: F64  # (S,) along the axis from the end of the sleeve
    sleeve_m: F64  # (3, 3) the axis of the sleeve, see `sleeve_line`
    sleeved: bool  # whether there is one
    upper: NDArray[np.bool_]  # (S,) above the elbow


@dataclass(frozen=True, slots=True, eq=False)
class ArmReading:
    """What the picture shows across the stations of an axis."""

    across: NDArray[np.float32]  # (S, 2 REACH + 1, 3) yuv, NaN outside of the picture
    says: NDArray[np.float32]  # (S, 2 REACH + 1) -1 beside the arm … 1 arm
    borders: NDArray[np.int64]  # (S, 2) samples: the arm is all that lies from the first to before the last
    bare: bool  # skin shows

    @property
    def sides(self) -> F64:
        """Where (S, 2) the arm ends on either side, radii from the axis."""
        return np.asarray((self.borders - 0.5 - REACH) / ACROSS, np.float64)


def arm_axis(joints_m: PointsF32, radius_m: F64, bare_from: float, advance_m: float, K: Mat33) -> ArmAxis | None:
    """Return the bare part of an arm, or None where it is too short in the picture to be a ribbon.

    `joints_m` (3, 3) are shoulder, elbow and wrist in the camera frame, `radius_m` (N,) the radius at even steps along
    them; `bare_from` is where the sleeve ends, 1 at the elbow and 2 at the wrist. Cloth counts as behind the arm
    although it is up to `advance_m` nearer, above the elbow by the less the nearer to the shoulder.
    """
    if bare_from > LAST_BARE or joints_m[:, 2].max() > -NEAREST_M:
        return None
    stations = _stations(joints_m.astype(np.float64), radius_m, bare_from, _above_cuff(joints_m, bare_from), K)
    if len(stations) == 0:
        return None
    radius_px, depth_m = stations[:, 3], stations[:, 2]
    place = stations[:, 5]
    front_m = depth_m - advance_m * np.minimum(place, 1.0) - radius_px * depth_m / K[0, 0]
    points = np.ascontiguousarray(stations[:, :2])
    line, sleeved = sleeve_line(joints_m, bare_from), bare_from >= LEAST_SLEEVE
    return ArmAxis(points, radius_px.copy(), depth_m, front_m, stations[:, 4], line, sleeved, place < 1.0)


def _above_cuff(joints_m: PointsF32, bare_from: float) -> float:
    """Return how far above the sleeve's end, in upper arms, its mouth may be seen into.

    That is the deeper, the more the mouth faces the camera.
    """
    first = 0 if bare_from <= 1.0 else 1
    along = (joints_m[first + 1] - joints_m[first]).astype(np.float64)
    end = joints_m[first] + (bare_from - first) * along
    faces = -float(along @ end) / max(1e-9, float(np.linalg.norm(along) * np.linalg.norm(end)))
    return min(MOST_ABOVE, ABOVE_CUFF + MOUTH * max(0.0, faces))


@njit(cache=True, nogil=True)
def _stations(joints_m: F64, radius_m: F64, bare_from: float, above: float, K: F64) -> F64:
    """Return (S, 6) pixels, depth, radius in pixels, metres from the cuff and place; none if the arm is too short."""
    place = np.linspace(max(0.0, bare_from - above), 2.0 + BELOW_WRIST, 4 * MOST)
    line, travelled, along, radius_px = _lay(joints_m, radius_m, place, K)
    mean_px = radius_px.mean()
    if not LEAST_RADIUS_PX < mean_px or along[-1] < LEAST_LENGTH * mean_px:
        return np.empty((0, 6))
    count = int(min(float(MOST), along[-1] / (SPACING * mean_px)))
    at = np.searchsorted(along, np.linspace(0.0, along[-1], count))
    cuff_m = travelled[min(int(np.searchsorted(place, bare_from)), len(place) - 1)]
    out = np.empty((count, 6))
    for s in range(count):
        k = min(at[s], len(place) - 1)
        out[s, :3], out[s, 3], out[s, 4], out[s, 5] = line[k], radius_px[k], travelled[k] - cuff_m, place[k]
    return out


@njit(cache=True, nogil=True)
def _lay(joints_m: F64, radius_m: F64, place: F64, K: F64) -> tuple[F64, F64, F64, F64]:
    """Return the arm at `place` (N,), its corner at the elbow rounded.

    Pixels and depth (N, 3), the way there in metres (N,) and in pixels (N,), and the radius in pixels (N,).
    """
    count, even = len(place), len(radius_m) - 1
    line, travelled, along, radius = np.empty((count, 3)), np.zeros(count), np.zeros(count), np.empty(count)
    here, before = np.empty(3), np.empty(3)
    for n in range(count):
        bend = min(max((place[n] - 1.0 + ROUND) / (2.0 * ROUND), 0.0), 1.0)  # 0 above the elbow, 1 below it
        beyond = place[n] - 1.0 if place[n] > 1.0 + ROUND else ROUND * bend * bend  # integral of bend over the place
        for c in range(3):
            upper, lower = joints_m[1, c] - joints_m[0, c], joints_m[2, c] - joints_m[1, c]
            here[c] = joints_m[0, c] + (place[n] - beyond) * upper + beyond * lower
        depth = -here[2]
        line[n, 0], line[n, 1], line[n, 2] = (
            K[0, 2] + K[0, 0] * here[0] / depth,
            K[1, 2] - K[1, 1] * here[1] / depth,
            depth,
        )
        step = min(max(place[n] / 2.0, 0.0), 1.0) * even
        k = min(int(step), even - 1)
        radius[n] = (radius_m[k] + (step - k) * (radius_m[k + 1] - radius_m[k])) * K[0, 0] / depth
        if n:
            travelled[n] = travelled[n - 1] + np.sqrt(np.sum((here - before) ** 2))
            along[n] = along[n - 1] + np.hypot(line[n, 0] - line[n - 1, 0], line[n, 1] - line[n - 1, 1])
        before[:] = here
    return line, travelled, along, radius


def read_arm(frame: CameraFrame, arm: ArmAxis, skin: SkinChroma, clothes: SkinChroma | None) -> ArmReading:
    """Return what `frame` shows of `arm`.

    `skin` and `clothes` are the shopper's own colours; `clothes` is None where they do not part.
    """
    across = read_across(frame.y, frame.u, frame.v, arm.points_px, normals_of(arm.points_px), arm.radius_px)
    says, bare = None, False
    if clothes is not None:
        says = skin_says(across, skin.mean, skin.precision(), clothes.mean, clothes.precision())
        core = says[:, REACH - ACROSS // 2 : REACH + ACROSS // 2 + 1]
        bare = bool((core > 0.0).mean() > SKIN_SHARE)
    if says is None or not bare:
        says = sleeve_says(across)
    return ArmReading(across, says, best_ribbon(says, edges(across)), bare)


@njit(cache=True, nogil=True)
def normals_of(points: F64) -> F64:
    """Return unit vectors (S, 2) across the line of `points` (S, 2)."""
    out, last = np.empty_like(points), len(points) - 1
    for s in range(last + 1):
        x, y = points[min(s + 1, last)] - points[max(s - 1, 0)]
        length = max(np.hypot(x, y), 1e-6)
        out[s, 0], out[s, 1] = -y / length, x / length
    return out
