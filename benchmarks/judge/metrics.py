"""From measured frames to the figures, by view group, with the targets beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.scenes import GROUPS

IOU_TARGETS = {"front": 0.87, "three-quarter": 0.83, "side": 0.77, "back": 0.87}
SPILL_TARGETS = {"front": 4.0, "back": 4.0}
JOINTS_MEDIAN, JOINTS_P95 = 6.0, 15.0
JITTER = 0.05

Metrics = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One measured frame; errors in % of the 3-D shoulder width (SW)."""

    group: str
    joints_px: NDArray[np.float64]  # (13,) in the image, over the shoulder width at the person's depth; NaN off screen
    joints_m: NDArray[np.float64]  # (13,) in space, about the pelvis: one camera cannot tell the distance
    iou: float  # drawn garment with true garment
    spill: float  # share of drawn pixels outside the person
    true_spill: float  # the same of the true garment: what its cut lets stand off this person's own clothes
    coverage: float  # share of the true garment's torso pixels that are drawn
    stance_px: NDArray[np.float64]  # (4, 2) solved torso joints in % of SW, for the jitter


def summarise(films: Sequence[Sequence[Row]]) -> Metrics:
    """Return every figure of `films`, a list of measured frames each; groups without a film are left out."""
    rows = [row for film in films for row in film]
    metrics: Metrics = {}
    off_px, off_m = np.concatenate([row.joints_px for row in rows]), np.concatenate([row.joints_m for row in rows])
    metrics["joints_median"] = _metric(np.nanmedian(off_px), "% SW", JOINTS_MEDIAN)
    metrics["joints_p95"] = _metric(np.nanpercentile(off_px, 95), "% SW", JOINTS_P95)
    metrics["joints_3d_median"] = _metric(np.nanmedian(off_m), "% SW", None)
    metrics["joints_3d_p95"] = _metric(np.nanpercentile(off_m, 95), "% SW", None)
    for group in GROUPS:
        ours = [row for row in rows if row.group == group]
        if not ours:
            continue
        iou = np.array([row.iou for row in ours])
        joints = np.concatenate([row.joints_px for row in ours])
        metrics[f"{group}_joints_median"] = _metric(np.nanmedian(joints), "% SW", None)
        metrics[f"{group}_iou"] = _metric(iou.mean(), "", IOU_TARGETS.get(group), "higher")
        metrics[f"{group}_iou_p10"] = _metric(np.percentile(iou, 10), "", None, "higher")
        spill = 100.0 * _mean([row.spill for row in ours])
        metrics[f"{group}_spill"] = _metric(spill, "%", SPILL_TARGETS.get(group))
        metrics[f"{group}_spill"]["peers"] = {"true garment": 100.0 * _mean([row.true_spill for row in ours])}
        metrics[f"{group}_coverage"] = _metric(_mean([row.coverage for row in ours]), "", None, "higher")
    still = [jitter(film) for film in films if film and film[0].group == "still"]
    if still:
        metrics["still_jitter"] = _metric(float(np.mean(still)), "% SW second difference", JITTER)
    return metrics


def jitter(film: Sequence[Row]) -> float:
    """Return the mean second difference of the torso joints over a film, % of SW a frame squared."""
    path = np.array([row.stance_px for row in film])
    return float(np.linalg.norm(np.diff(path, 2, axis=0), axis=2).mean())


def by_group(metrics: Metrics) -> str:
    """Return the figures as a table with one view a line."""
    names = ("joints_median", "iou", "iou_p10", "spill", "coverage")
    lines = [f"{'view':14}" + "".join(f"{name:>15}" for name in names)]
    for group in GROUPS:
        if f"{group}_iou" in metrics:
            values = [metrics[f"{group}_{name}"]["value"] for name in names]
            lines.append(f"{group:14}" + "".join(f"{value:15.3f}" for value in values))
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is a number, NaN where nothing is: frames without a garment have no spill."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _metric(value: float, unit: str, target: float | None, better: str = "lower") -> dict[str, Any]:
    return {"value": float(value), "unit": unit, "target": target, "better": better, "peers": {}}
