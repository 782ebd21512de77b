"""A whole scan: a judging shopper's films as the camera, the real tracker in a real worker, the guide obeyed."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.judge.scanned import WARM_UP, truth
from benchmarks.judge.scenes import Film
from server.app import LIVE_PATH
from server.catalogue import open_catalogue
from tests.server.clients import Camera, Shopper, running
from tests.server.scan_films import scan_films
from tests.server.shop import shop_settings

SHOWN = 8  # times that each picture is shown: it takes a second to paint
PICTURES = WARM_UP + 2  # of each film


class Turning(Camera):
    """Shows the film of one view, back and forth, until told to show the other."""

    def __init__(self, films: tuple[Film, ...]) -> None:
        super().__init__(fps=20)
        self.films, self.view = films, 0

    async def recv(self) -> av.VideoFrame:
        self._start_s = self._start_s or time.monotonic()
        await asyncio.sleep(max(0.0, self._start_s + self.sent / self.fps - time.monotonic()))
        planes = self.films[self.view].planes[:PICTURES]
        there = self.sent // SHOWN % (2 * len(planes) - 2)
        frame = _frame_of(planes[min(there, 2 * len(planes) - 2 - there)])
        frame.pts, frame.time_base = int(90_000 * self.sent / self.fps), Fraction(1, 90_000)
        self.sent += 1
        return frame


def _frame_of(planes: tuple[np.ndarray, ...]) -> av.VideoFrame:
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], "yuv420p")
    for plane, values in zip(frame.planes, planes, strict=True):
        padded = np.zeros((values.shape[0], plane.line_size), np.uint8)
        padded[:, : values.shape[1]] = values
        plane.update(padded.tobytes())
    return frame


async def _scan(shopper: Shopper, camera: Turning, height_cm: float) -> list[dict[str, Any]]:
    """Do what the guide says until it ends; return what it said."""
    shopper.tell(type="scan", action="start", height_cm=height_cm, height_source="measured")
    async with asyncio.timeout(150):
        while not (said := shopper.said("scan")) or said[-1]["step"] in ("front", "side"):
            camera.view = int(bool(said) and said[-1]["step"] == "side")
            await asyncio.sleep(0.05)
    return said


async def test_a_shopper_who_does_what_they_are_told_is_measured(tmp_path: Path) -> None:
    films = scan_films()
    person, camera = films[0].person, Turning(films)
    async with running(tmp_path, open_catalogue(shop_settings(tmp_path)), LIVE_PATH) as house:
        shopper = Shopper(house, camera=camera)
        async with house.socket() as socket:
            await shopper.enter(socket)
            said = await _scan(shopper, camera, round(person.height_cm))
            await shopper.leave()
    steps = [one["step"] for one in said]
    assert (steps[0], steps[-1]) == ("front", "done") and "side" in steps
    true, found = truth(person.body), {one["name"]: one for one in said[-1]["measures"]}
    for name in ("chest", "navel_waist", "hip"):
        assert abs(found[name]["value"] - true[name]) < 3 * found[name]["error"], name
