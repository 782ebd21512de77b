"""A body's dimensions as a survey takes them: those of `measure.py`, and girths, breadths, depths and bones besides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.body.measure import MEASURES, UP, Tape, levels_m, measure_rest
from pipelines.body.slicing import plane_at, section, tape_length
from pipelines.types import PointsF32

# From joint to joint, and how much longer the survey's bone is, which a tape finds by what can be felt, in the average
# adult.
LIMBS = {
    "upper_arm_length": ("upperarm01", "lowerarm01", 1.142),
    "forearm_length": ("lowerarm01", "wrist", 1.082),
    "thigh_length": ("upperleg01", "lowerleg01", 0.945),
    "calf_length": ("lowerleg01", "foot", 0.993),
}


def survey_measures(tape: Tape, rest_m: PointsF32, heads_m: PointsF32, navel: float | None = None) -> dict[str, float]:
    """Return in cm and kg what rest vertices (V, 3) with bone heads (B, 3) measure.

    Our own MEASURES and the survey's: girths at navel and calf, breadths and depths, height of the nape, limbs.
    The tape around the navel lies at the model's own, or at `navel`, a share of the way up from crotch to nape: on
    bodies the navel lies higher or lower than on people, whose girth there changes with its level.
    """
    model = tape.model
    found = dict(zip(MEASURES, measure_rest(tape, rest_m, heads_m).tolist(), strict=True))
    skin = rest_m[model.body.vertices]
    at = {name: rest_m[index].astype(float) for name, index in model.landmarks.items()}
    chest = section(skin, tape.trunk, plane_at(np.array([0.0, levels_m(model, rest_m)["chest"], 0.0]), UP))
    found["chest_breadth"], found["chest_depth"] = _extent_cm(chest)
    level = at["navel"] if navel is None else at["crotch"] + navel * (at["nape"] - at["crotch"])
    waist = section(skin, tape.trunk, plane_at(level, UP))
    found["navel_waist"] = 100 * tape_length(waist)
    found["waist_breadth"], found["waist_depth"] = _extent_cm(waist)
    seat = section(skin, tape.trunk, plane_at((at["buttock_left"] + at["buttock_right"]) / 2, UP))
    found["hip_breadth"], found["hip_depth"] = _extent_cm(seat)
    knee, ankle = heads_m[model.bone("lowerleg01.L")], heads_m[model.bone("foot.L")]
    calf = plane_at(knee + 0.3 * (ankle - knee), ankle - knee)
    found["calf"] = 100 * tape_length(section(skin, tape.calves[0], calf))
    found["biacromial"] = 100 * float(np.linalg.norm(at["acromion_left"] - at["acromion_right"]))
    found["nape_height"] = 100 * float(at["nape"][1] - skin[:, 1].min())
    for name, (start, stop, longer) in LIMBS.items():
        sides = [heads_m[model.bone(f"{start}.{side}")] - heads_m[model.bone(f"{stop}.{side}")] for side in "LR"]
        found[name] = 100 * longer * float(np.linalg.norm(sides, axis=1).mean())
    return found


def _extent_cm(points_m: NDArray[np.float64]) -> tuple[float, float]:
    """Return breadth and depth of a level section (N, 2)."""
    breadth, depth = 100 * np.ptp(points_m, axis=0)
    return float(breadth), float(depth)
