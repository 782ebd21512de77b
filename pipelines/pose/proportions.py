"""Proportions of this shopper, read from the picture.

Height alone leaves arms, legs and trunk some centimetres wrong, and a bone of the wrong length cannot reach its
landmark. Where a limb lies square to the view its length in the image tells. Yet the joints under clothes are
guessed from what is usual, and whoever is unusual is seen too usual: what is seen is weighed against how much
people of one height differ (the Gaussian posterior of log lengths given what was read). One unknown more is how far
away somebody stands. Hips are the joints that clothes hide best, so the trunk alone tells it poorly; trunk and
legs together do better, because at a given height a short trunk goes with long legs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.body.model import BodyModel
from pipelines.pose.limbs import HIPS
from pipelines.pose.ray_pbd import ANKLE, ELBOW, HIP, KNEE, SHOULDER, WRIST
from pipelines.pose.rig import LIMB_BONES

F64 = NDArray[np.float64]

# rows: upper arms, forearms, thighs, calves, shoulders' width, hips' width, trunk
LIMBS = ((SHOULDER, ELBOW), (ELBOW, WRIST), (HIP, KNEE), (KNEE, ANKLE))
ACROSS = [[(joint, joint + 1)] * 2 for joint in (SHOULDER, HIP)]
TRUNK = [(SHOULDER, HIP), (SHOULDER + 1, HIP + 1)]
SIDES = np.array([[(a, b), (a + 1, b + 1)] for a, b in LIMBS] + [*ACROSS, TRUNK])
SEGMENTS = len(SIDES)
THIGH, CALF, SCALE = 2, 3, SEGMENTS  # `times` has the whole against the average body last
# Of a length read for long, standard deviation of its logarithm.
NOISE = np.array([0.08, 0.07, 0.06, 0.06, 0.07, 0.03, 0.03])
APART = 0.2  # so much more hips' widths differ: what the pose takes for hip joints is led by flesh as much as by bone
SHARED_KNEE = -0.7  # correlation of what is read wrong of a thigh and of its calf: they share the knee
SCALE_SPREAD = 0.06  # of the scale that shoulders and hips tell by their widths, standard deviation of its logarithm
SHORTEST, LONGEST = 0.85, 1.17  # of the average body's
SURE = 0.5  # weight from which a joint is measured
SQUARE = 0.85  # a limb is measured where this much of its length is seen
SETTLE_S = 1.5  # over which lengths are averaged …
LONGEST_STEP_S = 0.1  # that one frame counts for
FIRST_S = 0.3  # … and how long one must be seen to be told half as sure as it ever is


def population_spread(model: BodyModel) -> F64:
    """Return the covariance (7, 7) of the segments' log lengths among adults of one height."""
    heads, slopes = _joints(model, model.mean_m), np.stack([_joints(model, part) for part in model.components_m])
    skin = model.mean_m[model.body.vertices, 1]
    top, sole = model.body.vertices.start + skin.argmax(), model.body.vertices.start + skin.argmin()
    tall = (model.components_m[:, top, 1] - model.components_m[:, sole, 1]) / float(skin.max() - skin.min())
    start, stop = SIDES[:, 0].T
    along = heads[stop] - heads[start]
    lengths = np.einsum("msc,sc->sm", slopes[:, stop] - slopes[:, start], along) / (along * along).sum(axis=1)[:, None]
    with_height = lengths @ tall / float(tall @ tall)
    spread = lengths @ lengths.T - float(tall @ tall) * np.outer(with_height, with_height)
    spread[HIPS, HIPS] += APART**2
    return np.asarray(spread)


def _joints(model: BodyModel, points_m: NDArray[np.float32]) -> F64:
    """Return where `points_m` (V, 3) put the twelve joints."""
    rows = [model.bone(f"{bone}.{side}") for bone in LIMB_BONES for side in "LR"]
    weight, index = model.joint_weight[rows], model.joint_index[rows]
    return np.asarray(np.einsum("jk,jkc->jc", weight, points_m[index]), np.float64)


@dataclass(frozen=True, slots=True)
class Proportions:
    """What is known of a build: upper arms, forearms, thighs, calves, shoulders, hips, trunk, and the whole."""

    times: F64 = field(default_factory=lambda: np.ones(SEGMENTS + 1))  # the average body's; last SCALE
    read: F64 = field(default_factory=lambda: np.zeros(SEGMENTS))  # log of each length against the average body's
    seen_s: F64 = field(default_factory=lambda: np.zeros(SEGMENTS))  # how long each was measured


def measure_proportions(
    known: Proportions,
    seen_px: F64,
    drawn_px: F64,
    drawn_m: F64,
    depth_px_m: float,
    weights: F64,
    elapsed_s: float,
    spread: F64,
) -> Proportions:
    """Return `known` led toward what the picture shows: a running mean, weighed against the population.

    `seen_px` and `drawn_px` (12, 2) are the joints as seen and as solved; `drawn_m` (12, 3) the latter in
    the camera frame, `depth_px_m` pixels a metre there; `weights` (12,) 0 where unseen; `spread` as told by
    `population_spread`.
    """
    step_s = min(max(0.0, elapsed_s), LONGEST_STEP_S)
    if step_s <= 0.0:
        return known
    drawn_log = np.log(known.times[:SEGMENTS] * known.times[SCALE])
    now = drawn_log + _longer(seen_px, drawn_px, drawn_m, depth_px_m, weights)
    shown = np.isfinite(now)
    seen_s = known.seen_s + step_s * shown
    gain = step_s / np.clip(seen_s, step_s, SETTLE_S)
    read = np.where(shown, known.read + gain * (now - known.read), known.read)
    return Proportions(most_probable(read, seen_s, spread), read, seen_s)


def _longer(seen_px: F64, drawn_px: F64, drawn_m: F64, depth_px_m: float, weights: F64) -> F64:
    """Return the log (7,) of seen over drawn lengths, NaN where a segment is not shown square to the view."""
    long_m, drawn, seen = (_lengths(points) for points in (drawn_m, drawn_px, seen_px))
    told = (weights[SIDES].min(axis=2) >= SURE) & (drawn > SQUARE * depth_px_m * long_m) & (seen > 0.0)
    logs = np.log(np.divide(seen, drawn, out=np.ones_like(seen), where=told)).sum(axis=1)
    return np.divide(logs, told.sum(axis=1), out=np.full(SEGMENTS, np.nan), where=told.any(axis=1))


def _lengths(points: F64) -> F64:
    """Return the lengths (7, 2) of the segments of each side."""
    along = points[SIDES[..., 1]] - points[SIDES[..., 0]]
    return np.asarray(np.sqrt((along * along).sum(axis=2)))


def most_probable(read: F64, seen_s: F64, spread: F64) -> F64:
    """Return `times` (8,) of the most probable build, of which `read` (7,) was seen for `seen_s` (7,)."""
    rows = seen_s > 0.0
    if not rows.any():
        return np.ones(SEGMENTS + 1)
    noise = NOISE * np.sqrt(1.0 + FIRST_S / np.maximum(seen_s, 1e-3))
    error = np.diag(noise**2)
    error[THIGH, CALF] = error[CALF, THIGH] = SHARED_KNEE * noise[THIGH] * noise[CALF]
    pull = np.linalg.inv((spread + error)[np.ix_(rows, rows)])
    scale = float((pull @ read[rows]).sum()) / (float(pull.sum()) + SCALE_SPREAD**-2)
    lengths = spread[:, rows] @ pull @ (read[rows] - scale)
    return np.asarray(np.clip(np.exp(np.append(lengths, scale)), SHORTEST, LONGEST))
