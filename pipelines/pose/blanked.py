"""The picture without somebody: what a person's matte covers turns grey, so that a network looks for others."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import CameraFrame, MatteU8

GREY_LUMA, GREY_CHROMA = 110, 128
PERSON = 127  # of 255
GROW = 3  # matte pixels around the person that go along


def without(frame: CameraFrame, mattes: list[MatteU8]) -> CameraFrame:
    """Return `frame` with everything grey that one of the `mattes` (each over the whole frame) covers."""
    if not mattes:
        return frame
    covered = np.maximum.reduce(mattes) > PERSON
    grown = np.asarray(cv2.dilate(covered.astype(np.uint8), np.ones((GROW, GROW), np.uint8)), np.uint8)
    return _grey(frame, grown)


def only(frame: CameraFrame, left_px: float, right_px: float) -> CameraFrame:
    """Return `frame` with everything grey outside of the columns from `left_px` to `right_px`."""
    covered = np.ones((1, frame.width_px), np.uint8)
    covered[:, max(0, int(left_px)) : max(0, int(right_px))] = 0
    return _grey(frame, covered)


def without_columns(frame: CameraFrame, left_px: float, right_px: float) -> CameraFrame:
    """Return `frame` with the columns from `left_px` to `right_px` grey."""
    covered = np.zeros((1, frame.width_px), np.uint8)
    covered[:, max(0, int(left_px)) : max(0, int(right_px))] = 1
    return _grey(frame, covered)


def _grey(frame: CameraFrame, covered: NDArray[np.uint8]) -> CameraFrame:
    planes = []
    for plane, value in ((frame.y, GREY_LUMA), (frame.u, GREY_CHROMA), (frame.v, GREY_CHROMA)):
        mask = cv2.resize(covered, plane.shape[::-1], interpolation=cv2.INTER_NEAREST)
        planes.append(np.where(mask > 0, np.uint8(value), plane))
    return replace(frame, y=planes[0], u=planes[1], v=planes[2])
