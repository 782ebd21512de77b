"""Contact sheets to look at: frame with the true joints | composed | what differs from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.trial import Glimpse

BOTH, EXTRA, MISSING = (90, 200, 90), (60, 60, 235), (235, 110, 60)  # BGR


def write_sheet(path: Path, glimpses: Sequence[Glimpse]) -> None:
    """Write one PNG with a line per glimpse: green agrees, red is drawn but wrong, blue is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [np.hstack([_joints(one), one.composed, _difference(one)]) for one in glimpses]
    cv2.imwrite(str(path), np.vstack(rows))


def _joints(one: Glimpse) -> NDArray[np.uint8]:
    picture = one.bgr.copy()
    for point in one.joints_px:
        cv2.circle(picture, _pixel(point), 3, (255, 255, 255), -1)
    if one.solved_px is not None:
        for true, solved in zip(one.joints_px, one.solved_px, strict=True):
            cv2.line(picture, _pixel(true), _pixel(solved), (0, 220, 255), 1)
            cv2.circle(picture, _pixel(solved), 2, (40, 40, 255), -1)
    return picture


def _difference(one: Glimpse) -> NDArray[np.uint8]:
    picture = (one.bgr * 0.45).astype(np.uint8)
    kinds = ((one.drawn & one.true, BOTH), (one.drawn & ~one.true, EXTRA), (~one.drawn & one.true, MISSING))
    for mask, colour in kinds:
        picture[mask] = (0.35 * picture[mask] + 0.65 * np.array(colour)).astype(np.uint8)
    return picture


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return (round(float(point[0])), round(float(point[1])))
