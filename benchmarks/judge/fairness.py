"""Is anybody served worse? The same film with one thing changed: skin, weight, height, hair.

Skin tones are the ten steps of the Monk scale (E. Monk, 2019; swatches CC BY 4.0), brought into the range of
reflectances that skin has. Bodies are made to height and weight, each with what sets a judging body apart from
every body of the model under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.judge.metrics import Metrics, metric, values
from benchmarks.judge.people import Looks
from benchmarks.judge.rows import Row
from benchmarks.judge.scenes import BURN_IN, Scene

MONK = (
    "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
)  # fmt: skip
DARKEST, RANGE = 0.025, 0.62  # reflectance of black skin, and how far swatch white is above it
BMIS = (17, 22, 28, 35, 45)
HEIGHTS_CM = (148, 160, 175, 195)
HEADS = ("bald", "short", "long", "scarf")
USUAL_CM, USUAL_BMI = 170.0, 24.0
WORST = 1.5  # times the mean of all groups
MEASURED_FRAMES = 8
PERSON = 7  # whose clothes, light and room all groups share, and whose body where none is made to measure


@dataclass(frozen=True, slots=True)
class Group:
    """One group of an axis, and the film of it."""

    axis: str
    name: str
    scene: Scene


def groups() -> Iterator[Group]:
    """Yield every group of every axis; within an axis nothing but that axis differs."""
    for step, swatch in enumerate(MONK, 1):
        yield _group("skin", f"Monk {step}", Looks(skin=monk_albedo(swatch)))
    for bmi in BMIS:
        yield _group("weight", f"BMI {bmi}", Looks(measures=_measures(USUAL_CM, bmi)))
    for height in HEIGHTS_CM:
        yield _group("height", f"{height} cm", Looks(measures=_measures(height, USUAL_BMI)))
    for head in HEADS:
        yield _group("hair", head, Looks(head=head))


def fair(films: dict[Group, list[Row]]) -> Metrics:
    """Return for each axis how the worst group compares with the mean of its groups; groups stand as peers."""
    metrics: Metrics = {}
    for axis in dict.fromkeys(group.axis for group in films):
        rows = {group.name: rows for group, rows in films.items() if group.axis == axis}
        joints = {name: _joints(some) for name, some in rows.items()}
        missed = {name: 1.0 - float(values([some], "iou").mean()) for name, some in rows.items()}
        tinged = {name: float(values([some], "colour").mean()) for name, some in rows.items()}
        for kind, errors in (("joints", joints), ("overlap", missed), ("colour", tinged)):
            mean = float(np.mean(list(errors.values())))
            one = metric(max(errors.values()) / mean, "worst / mean", WORST)
            metrics[f"fair_{axis}_{kind}"] = one | {"peers": {name: round(value, 3) for name, value in errors.items()}}
    return metrics


def monk_albedo(swatch: str) -> tuple[float, float, float]:
    """Return the reflectance, linear RGB, of skin whose sRGB swatch is `swatch`."""
    srgb = np.array([int(swatch[i : i + 2], 16) for i in (0, 2, 4)]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    red, green, blue = DARKEST * linear / linear.max() + RANGE * linear
    return (float(red), float(green), float(blue))


def _group(axis: str, name: str, looks: Looks) -> Group:
    looks = replace(looks, head=looks.head or "short", sleeve=0.5)
    scene = Scene(f"{axis} {name}", "front", PERSON, "gesture", 10.0, "knees", 0.3, BURN_IN + MEASURED_FRAMES)
    return Group(axis, name, replace(scene, looks=looks, shot=1))


def _measures(height_cm: float, bmi: float) -> tuple[tuple[str, float], ...]:
    return (("height", float(height_cm)), ("weight", bmi * (height_cm / 100.0) ** 2))


def _joints(rows: list[Row]) -> float:
    return float(np.nanmedian(np.concatenate([row.joints_px for row in rows])))
