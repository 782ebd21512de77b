"""Contact sheets to look at: frame with the true joints | composed | what differs from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.judge.trial import Glimpse

BOTH, EXTRA, MISSING = (90, 200, 90), (60, 60, 235), (235, 110, 60)  # BGR
SMALL_PX, COLUMNS = 240, 8
WORST = {  # lower is better
    "iou": False, "coverage": False, "spill": True, "own_left": True, "inside": True, "light_deg": True, "colour": True,
}  # fmt: skip


def write_sheet(path: Path, glimpses: Sequence[Glimpse]) -> None:
    """Write one PNG with a line per glimpse: green agrees, red is drawn but wrong, blue is missing.

    The last picture of a line is the difference that is left with the true joints fed in.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for one in glimpses:
        pictures = [_joints(one), one.composed, _difference(one, one.drawn)]
        if one.sure is not None:
            pictures.append(_difference(one, one.sure))
        rows.append(np.hstack(pictures))
    width = max(row.shape[1] for row in rows)
    cv2.imwrite(str(path), np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows]))


def smaller(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) of SMALL_PX rows."""
    size = max(1, round(picture.shape[1] * SMALL_PX / picture.shape[0])), SMALL_PX
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def write_mosaic(path: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Write one PNG of pictures of one size, line by line, COLUMNS in each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pictures[0].shape[:2]
    sheet = np.zeros((-(-len(pictures) // COLUMNS) * height, min(COLUMNS, len(pictures)) * width, 3), np.uint8)
    for number, picture in enumerate(pictures):
        row, column = number // COLUMNS * height, number % COLUMNS * width
        sheet[row : row + height, column : column + width] = picture
    cv2.imwrite(str(path), sheet)


def write_worst(folder: Path, glimpses: Sequence[Glimpse], count: int = 4) -> None:
    """Write one sheet for each figure that is told frame by frame, with its `count` worst frames."""
    for name, lower_is_better in WORST.items():
        known = [one for one in glimpses if not np.isnan(one.row.values.get(name, np.nan))]
        known.sort(key=lambda one: one.row.values[name], reverse=lower_is_better)
        if known:
            write_sheet(folder / f"worst_{name}.png", known[:count])


def _joints(one: Glimpse) -> NDArray[np.uint8]:
    picture = one.bgr.copy()
    for point in one.joints_px:
        cv2.circle(picture, _pixel(point), 3, (255, 255, 255), -1)
    if one.solved_px is not None:
        for true, solved in zip(one.joints_px, one.solved_px, strict=True):
            cv2.line(picture, _pixel(true), _pixel(solved), (0, 220, 255), 1)
            cv2.circle(picture, _pixel(solved), 2, (40, 40, 255), -1)
    return picture


def _difference(one: Glimpse, drawn: NDArray[np.bool_]) -> NDArray[np.uint8]:
    picture = (one.bgr * 0.45).astype(np.uint8)
    kinds = ((drawn & one.true, BOTH), (drawn & ~one.true, EXTRA), (~drawn & one.true, MISSING))
    for mask, colour in kinds:
        picture[mask] = (0.35 * picture[mask] + 0.65 * np.array(colour)).astype(np.uint8)
    return picture


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return (round(float(point[0])), round(float(point[1])))
