"""Figures of the fit written into a picture, for files: on the page the client writes them itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.beside import Pane
from pipelines.composite.backend import BT601
from pipelines.fit_map import SCALE, colour_of
from pipelines.sizing.ease import LENGTHS, PointFit
from pipelines.types import CameraFrame

FONT = cv2.FONT_HERSHEY_SIMPLEX
LINE = 0.034  # height of a line, of the picture's
INK_RGB, PAPER_RGB, ALARM_RGB = (245, 245, 245), (24, 26, 30), (250, 236, 120)
OF_LENGTH = {"tight": "too short", "snug": "short", "loose": "long", "wide": "too long"}
TICKS_CM = (-8, -4, 0, 4, 8)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Planes that are written on."""

    planes: tuple[NDArray[np.uint8], ...]  # y (H, W), u, v (H/2, W/2)

    def fill(self, x0: int, y0: int, x1: int, y1: int, rgb: tuple[int, int, int]) -> None:
        yuv = np.array([16.0, 128.0, 128.0]) + BT601 @ np.array(rgb, np.float64)
        for plane, part, value in zip(self.planes, (1, 2, 2), yuv.round().astype(np.uint8), strict=True):
            plane[max(0, y0 // part) : y1 // part, max(0, x0 // part) : x1 // part] = value

    def write(self, text: str, x: int, y: int, line_px: int, rgb: tuple[int, int, int]) -> None:
        """Write on the line whose upper left corner is (x, y), on paper."""
        size = line_px / 30.0
        thick = 2 if line_px > 34 else 1
        (width, _), _ = cv2.getTextSize(text, FONT, size, thick)
        self.fill(x, y, x + width + line_px // 2, y + line_px, PAPER_RGB)
        luma = int(16.0 + BT601[0] @ np.array(rgb, np.float64))
        at = (x + line_px // 4, y + int(0.74 * line_px))
        cv2.putText(self.planes[0], text, at, FONT, size, (luma,), thick, cv2.LINE_AA)


def captioned(frame: CameraFrame, panes: Sequence[Pane], in_colours: bool) -> CameraFrame:
    """Return `frame` with the size and the figures of what is worn in each pane, and the scale of a map's colours."""
    sheet = _Sheet((frame.y.copy(), frame.u.copy(), frame.v.copy()))
    line_px = max(12, 2 * round(LINE * frame.height_px / 2))
    for pane in panes:
        x = int(pane.place[0] * frame.width_px) + line_px // 2
        y = int(pane.place[1] * frame.height_px) + line_px // 2
        for worn, fit in zip(pane.outfit.garments, pane.outfit.fits, strict=True):
            sheet.write(f"{worn.package.name.get('en', worn.package.id)} {worn.size}", x, y, line_px + 6, INK_RGB)
            y += line_px + 8
            for one in fit.regions:
                alarm = one.sits == "does not close"
                sheet.write(line_of(one), x, y, line_px, ALARM_RGB if alarm else INK_RGB)
                y += line_px
            y += line_px // 2
    if in_colours:
        _legend(sheet, frame, line_px)
    return replace(frame, y=sheet.planes[0], u=sheet.planes[1], v=sheet.planes[2])


def line_of(one: PointFit) -> str:
    """Return what is said of one point, such as `chest +6.0 cm (cut +8.0): snug`."""
    if one.point == "length":  # beside which measure of the body it is held means little to anybody
        return f"length {one.off:+.1f} cm: {OF_LENGTH.get(one.sits, one.sits)}"
    sits = OF_LENGTH.get(one.sits, one.sits) if one.point in LENGTHS else one.sits
    if one.ease is None or one.intended is None:
        return f"{one.point.replace('_', ' ')} {one.off:+.1f} cm: {sits}"
    return f"{one.point.replace('_', ' ')} {one.ease:+.1f} cm (cut {one.intended:+.1f}): {sits}"


def _legend(sheet: _Sheet, frame: CameraFrame, line_px: int) -> None:
    """Draw the scale of colours along the lower edge."""
    low, high = SCALE[0][0], SCALE[-1][0]
    width, x0 = frame.width_px // 2, frame.width_px // 4
    y0 = frame.height_px - 3 * line_px
    sheet.fill(x0 - line_px, y0 - line_px // 2, x0 + width + line_px, y0 + 2 * line_px + line_px // 2, PAPER_RGB)
    for x in range(0, width - 1, 2):
        sheet.fill(x0 + x, y0, x0 + x + 2, y0 + line_px, colour_of(low + (high - low) * x / width))
    for tick in TICKS_CM:
        x = x0 + round(width * (tick - low) / (high - low))
        sheet.write(f"{tick:+d}" if tick else "as cut", x - line_px, y0 + line_px, line_px - 2, INK_RGB)
