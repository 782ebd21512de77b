"""Figures of the fit written into a picture, for files: on the page the client writes them itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.beside import Pane
from pipelines.composite.backend import BT601
from pipelines.fit_map import SCALE, colour_of
from pipelines.sizing.ease import LENGTHS, PointFit
from pipelines.types import CameraFrame

FONT = cv2.FONT_HERSHEY_SIMPLEX
LINE, HEAD = 0.030, 0.044  # heights of a line and of the size, of the picture's
LEAST_PX = 9
INK_RGB, PAPER_RGB, ALARM_RGB = (245, 245, 245), (24, 26, 30), (250, 236, 120)
OF_LENGTH = {"tight": "too short", "snug": "short", "loose": "long", "wide": "too long"}
TICKS = {-10.0: "-10 cm", 0.0: "as cut", 10.0: "+10 cm"}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Planes that are written on."""

    planes: tuple[NDArray[np.uint8], ...]  # y (H, W), u, v (H/2, W/2)

    def fill(self, x0: int, y0: int, x1: int, y1: int, rgb: tuple[int, int, int]) -> None:
        yuv = np.array([16.0, 128.0, 128.0]) + BT601 @ np.array(rgb, np.float64)
        for plane, part, value in zip(self.planes, (1, 2, 2), yuv.round().astype(np.uint8), strict=True):
            plane[max(0, y0 // part) : max(0, y1 // part), max(0, x0 // part) : max(0, x1 // part)] = value

    def write(self, text: str, x: int, y: int, line_px: int, rgb: tuple[int, int, int]) -> None:
        """Write on paper, on the line whose upper left corner is (x, y)."""
        self.fill(x, y, x + _width_px(text, line_px), y + line_px, PAPER_RGB)
        luma = int(16.0 + BT601[0] @ np.array(rgb, np.float64))
        at = (x + line_px // 4, y + int(0.74 * line_px))
        cv2.putText(self.planes[0], text, at, FONT, line_px / 30.0, (luma,), _thick(line_px), cv2.LINE_AA)


def _thick(line_px: int) -> int:
    return 2 if line_px > 30 else 1


def _width_px(text: str, line_px: int) -> int:
    return cv2.getTextSize(text, FONT, line_px / 30.0, _thick(line_px))[0][0] + line_px // 2


def captioned(frame: CameraFrame, panes: Sequence[Pane], in_colours: bool) -> CameraFrame:
    """Return `frame` with size and figures of what is worn in each pane, and above it the scale of a map's colours."""
    sheet = _Sheet((frame.y.copy(), frame.u.copy(), frame.v.copy()))
    for pane in panes:
        _figures(sheet, frame, pane)
    if in_colours:
        _legend(sheet, frame)
    return replace(frame, y=sheet.planes[0], u=sheet.planes[1], v=sheet.planes[2])


def _figures(sheet: _Sheet, frame: CameraFrame, pane: Pane) -> None:
    """Write from the picture's lower edge upward, no wider than the pane."""
    lines: list[tuple[str, float, tuple[int, int, int]]] = []
    for worn, fit in zip(pane.outfit.garments, pane.outfit.fits, strict=True):
        lines.append((f"{worn.size}  {worn.package.name.en}", HEAD, INK_RGB))
        for one in fit.regions:
            lines.append((line_of(one), LINE, ALARM_RGB if one.sits == "does not close" else INK_RGB))
    x0, room = (round(share * frame.width_px) for share in (pane.place[0], pane.place[2] - pane.place[0]))
    fitting = [(share, _fitting(text, round(share * frame.height_px), room)) for text, share, _ in lines]
    sizes = [min(px for other, px in fitting if other == share) for share, _ in fitting]
    y = frame.height_px - sum(sizes)
    for (text, _, rgb), line_px in zip(lines, sizes, strict=True):
        sheet.write(text, x0, y, line_px, rgb)
        y += line_px


def _fitting(text: str, line_px: int, room_px: int) -> int:
    while line_px > LEAST_PX and _width_px(text, line_px) > room_px:
        line_px -= 1
    return line_px


def line_of(one: PointFit) -> str:
    """Return what is said of one point, such as `chest +6.0 cm, cut +8.0: snug`."""
    name = one.point.replace("_", " ")
    sits = OF_LENGTH.get(one.sits, one.sits) if one.point in LENGTHS else one.sits
    if one.point == "length" or one.ease is None or one.intended is None:
        return f"{name} {one.off:+.1f} cm: {sits}"  # beside what the hem is held means little to anybody
    return f"{name} {one.ease:+.1f} cm, cut {one.intended:+.1f}: {sits}"


def _legend(sheet: _Sheet, frame: CameraFrame) -> None:
    """Draw the scale of colours along the upper edge, no higher than it must be: heads are near."""
    low, high = SCALE[0][0], SCALE[-1][0]
    width, x0 = frame.width_px // 2, frame.width_px // 4
    room_px = int(width * min(b - a for a, b in pairwise(sorted(TICKS))) / (high - low))
    line_px = min(_fitting(text, round(LINE * frame.height_px), room_px) for text in TICKS.values())
    y0 = line_px // 2
    sheet.fill(x0 - line_px, 0, x0 + width + line_px, y0 + line_px, PAPER_RGB)
    for x in range(0, width - 1, 2):
        sheet.fill(x0 + x, 2, x0 + x + 2, y0, colour_of(low + (high - low) * x / width))
    for at, text in TICKS.items():
        middle = x0 + round(width * (at - low) / (high - low))
        sheet.write(text, middle - _width_px(text, line_px) // 2, y0, line_px, INK_RGB)
