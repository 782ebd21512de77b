"""True size: how wide each size is drawn on a body whose measures are known, against what the chart's garment is."""

from __future__ import annotations

from benchmarks.judge.metrics import Metrics, metric, values
from benchmarks.judge.people import Looks
from benchmarks.judge.rows import Row
from benchmarks.judge.scenes import BURN_IN, Scene
from benchmarks.judge.trial import Trial

GARMENT = "tee_heather"  # comes in all sizes
HEIGHT_CM = 172.0
TARGET_CM = 1.0
MEASURED_FRAMES = 5
SETTLING = 30  # frames more before that: cloth that was lifted with the arms swings for a while, a wide one longest

LOOKS = Looks(measures=(("height", HEIGHT_CM),), plain=True, head="short", sleeve=0.5)
FRAMES = BURN_IN + SETTLING + MEASURED_FRAMES
SCENE = Scene("scale", "scale", 2, "t_pose", 0.0, "knees", 0.0, FRAMES, looks=LOOKS, wait=SETTLING)


def scaled(trials: dict[str, Trial]) -> Metrics:
    """Return the largest error of the drawn chest's width over all sizes (`trials` by size), signed ones as peers."""
    metrics: Metrics = {}
    for name, rows in (("true_scale", "tracked"), ("true_scale_true_joints", "true_joints")):
        errors = {size: _error_cm(getattr(trial, rows)) for size, trial in trials.items()}
        worst = max(abs(error) for error in errors.values())
        metrics[name] = metric(worst, "cm of chest width", TARGET_CM) | {
            "peers": {size: round(error, 2) for size, error in errors.items()}
        }
    widths = [values([trial.tracked], "chest_cm").mean() for trial in trials.values()]
    trues = [values([trial.tracked], "true_chest_cm").mean() for trial in trials.values()]
    grown = metric(widths[-1] - widths[0], "cm, largest less smallest size", None, "higher")
    metrics["true_scale_range"] = grown | {"peers": {"true garment": float(trues[-1] - trues[0])}}
    return metrics


def _error_cm(rows: list[Row]) -> float:
    return float((values([rows], "chest_cm") - values([rows], "true_chest_cm")).mean())
